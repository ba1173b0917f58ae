/*
 * A growing run of bytes, and what mint writes into it: little-endian
 * integers, hex, text, DER, PEM. Mint's own, so that a mistake in the code
 * under test cannot hide behind the same mistake here.
 *
 * Nothing here fails: a test without memory, or with a wrong offset, ends
 * with a sentence on stderr.
 */
#ifndef ATTESTRY_MINT_BUFFER_H
#define ATTESTRY_MINT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "bytes.h"

/* Usable after `= { 0 }`; mint_buffer_clear frees and empties it. */
struct mint_buffer {
	uint8_t *ptr; /* always a NUL behind the last byte, not counted */
	size_t len;
	size_t room;
};

/* Ends the program: a mistake in a test, or no memory. */
void mint_die(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

void mint_buffer_clear(struct mint_buffer *b);
struct bytes mint_buffer_bytes(const struct mint_buffer *b);

/* The bytes in a heap block of exactly their length; the caller frees. */
uint8_t *mint_buffer_block_new(const struct mint_buffer *b);

/* The bytes as a C string; the caller frees. Dies if there is a NUL inside. */
char *mint_buffer_string_new(const struct mint_buffer *b);

/* Appending. */
void mint_put(struct mint_buffer *b, const void *ptr, size_t len);
void mint_put_bytes(struct mint_buffer *b, struct bytes bytes);
void mint_put_fill(struct mint_buffer *b, uint8_t value, size_t len);
void mint_put_u16le(struct mint_buffer *b, uint16_t value);
void mint_put_u32le(struct mint_buffer *b, uint32_t value);
void mint_put_text(struct mint_buffer *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void mint_put_hex(struct mint_buffer *b, struct bytes bytes, bool upper);

/* In quotes, with escapes. */
void mint_put_json_string(struct mint_buffer *b, const char *text);

/* YYYY-MM-DDThh:mm:ssZ */
void mint_put_instant(struct mint_buffer *b, time_t t);

/* Puts `bytes` in the place of the `cut` bytes at `at`. */
void mint_buffer_splice(struct mint_buffer *b, size_t at, size_t cut,
    struct bytes bytes);

/*
 * DER. Nested values are written inside out: remember b->len, append the
 * content, then wrap what was appended.
 *
 *	size_t at = b->len;
 *	mint_der_put_oid(b, "1.2.840.10045.4.3.2");
 *	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
 */
enum {
	MINT_DER_BOOLEAN = 0x01,
	MINT_DER_INTEGER = 0x02,
	MINT_DER_BIT_STRING = 0x03,
	MINT_DER_OCTET_STRING = 0x04,
	MINT_DER_NULL = 0x05,
	MINT_DER_OID = 0x06,
	MINT_DER_ENUMERATED = 0x0a,
	MINT_DER_UTF8_STRING = 0x0c,
	MINT_DER_PRINTABLE_STRING = 0x13,
	MINT_DER_UTC_TIME = 0x17,
	MINT_DER_GENERALIZED_TIME = 0x18,
	MINT_DER_SEQUENCE = 0x30,
	MINT_DER_SET = 0x31
};

void mint_der_wrap(struct mint_buffer *b, size_t at, uint8_t tag);
void mint_der_put(struct mint_buffer *b, uint8_t tag, struct bytes content);
void mint_der_put_integer(struct mint_buffer *b, uint8_t tag, int64_t value);
void mint_der_put_bool(struct mint_buffer *b, bool value);
void mint_der_put_oid(struct mint_buffer *b, const char *dotted);

/* UTCTime up to 2049 and GeneralizedTime from 2050, or always the latter. */
void mint_der_put_time(struct mint_buffer *b, time_t t, bool generalized);

/* "-----BEGIN label-----", base64 in lines of 64, "-----END label-----". */
void mint_put_pem(struct mint_buffer *b, const char *label, struct bytes der,
    const char *line_end);

#endif
