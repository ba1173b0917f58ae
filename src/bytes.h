/*
 * A cursor over borrowed bytes. All comparing of lengths and moving of
 * pointers over a stranger's input happens here: a length is compared with
 * what is left and never added to an offset, so nothing can wrap.
 */
#ifndef ATTESTRY_BYTES_H
#define ATTESTRY_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

/* Borrowed: whoever hands it out says what it points into. */
struct bytes {
	const uint8_t *ptr; /* may be NULL when len is 0 */
	size_t len;
};

/* The whole of an array or member. */
#define BYTES_OF(array) ((struct bytes){ (array), sizeof(array) })

/* The text of a C string, without its NUL. */
struct bytes bytes_of_string(const char *s);

/*
 * Readers. Each takes from the front of `in`, moves it on, and returns true;
 * when there is not enough, returns false and changes nothing.
 */
MUST_USE bool bytes_take(struct bytes *in, struct bytes *out, size_t len);
MUST_USE bool bytes_copy(struct bytes *in, uint8_t *out, size_t len);
MUST_USE bool bytes_get_u16le(struct bytes *in, uint16_t *out);
MUST_USE bool bytes_get_u32le(struct bytes *in, uint32_t *out);

/* A run that stands behind its own length (u16 or u32, little-endian). */
MUST_USE bool bytes_take_u16le(struct bytes *in, struct bytes *out);
MUST_USE bool bytes_take_u32le(struct bytes *in, struct bytes *out);

/* What stands behind the first len bytes; there must be so many. */
struct bytes bytes_behind(struct bytes b, size_t len);

bool bytes_equal(struct bytes a, struct bytes b);
/* Is it equal to one of these? */
bool bytes_is_among(const struct bytes *list, size_t num, struct bytes b);
bool bytes_is_zero(struct bytes b);

/*
 * Lower-case hex with a final NUL.
 *
 * out	room for 2 * in.len + 1 characters
 */
void hex_encode(char *out, struct bytes in);

/*
 * Hex of either case, without prefix or white space.
 *
 * out	exactly len bytes are written, only on success
 *
 * Returns false unless `text` is exactly 2 * len hex digits.
 */
MUST_USE bool hex_decode(uint8_t *out, size_t len, struct bytes text);

/* As much of each side as a sentence shows. */
#define FAULT_HEX_LEN_MAX 48

/*
 * A fault whose sentence is "what: want HEX, have HEX". Returns -1.
 */
int fault_set_hex(struct fault *f, enum fault_code code, const char *what,
    struct bytes want, struct bytes have);

#endif
