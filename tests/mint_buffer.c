#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mint_buffer.h"

#define DER_LEN_LEN_MAX 4 /* octets that tell a length, in the long form */

void
mint_die(const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "mint: ");
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(99); /* for Automake: an error of the test, not a failed check */
}

void
mint_buffer_clear(struct mint_buffer *b)
{
	free(b->ptr);
	*b = (struct mint_buffer){ 0 };
}

struct bytes
mint_buffer_bytes(const struct mint_buffer *b)
{
	return (struct bytes){ b->ptr, b->len };
}

uint8_t *
mint_buffer_block_new(const struct mint_buffer *b)
{
	uint8_t *block = malloc(b->len > 0 ? b->len : 1);

	if (block == NULL)
		mint_die("no memory for %zu bytes", b->len);
	if (b->len > 0)
		memcpy(block, b->ptr, b->len);
	return block;
}

char *
mint_buffer_string_new(const struct mint_buffer *b)
{
	char *s;

	if (b->len > 0 && memchr(b->ptr, '\0', b->len) != NULL)
		mint_die("a NUL byte inside of text");
	s = malloc(b->len + 1);
	if (s == NULL)
		mint_die("no memory for %zu bytes", b->len);
	if (b->len > 0)
		memcpy(s, b->ptr, b->len);
	s[b->len] = '\0';
	return s;
}

static void
buffer_reserve(struct mint_buffer *b, size_t more)
{
	size_t room = b->room;

	if (more < room - b->len)
		return;
	while (more >= room - b->len)
		room = room < 256 ? 256 : room * 2;
	b->ptr = realloc(b->ptr, room);
	if (b->ptr == NULL)
		mint_die("no memory for %zu bytes", room);
	b->room = room;
}

void
mint_put(struct mint_buffer *b, const void *ptr, size_t len)
{
	buffer_reserve(b, len);
	if (len > 0)
		memcpy(b->ptr + b->len, ptr, len);
	b->len += len;
	b->ptr[b->len] = '\0';
}

void
mint_put_bytes(struct mint_buffer *b, struct bytes bytes)
{
	mint_put(b, bytes.ptr, bytes.len);
}

void
mint_put_fill(struct mint_buffer *b, uint8_t value, size_t len)
{
	buffer_reserve(b, len);
	memset(b->ptr + b->len, value, len);
	b->len += len;
	b->ptr[b->len] = '\0';
}

void
mint_put_u16le(struct mint_buffer *b, uint16_t value)
{
	uint8_t raw[2] = { (uint8_t)value, (uint8_t)(value >> 8) };

	mint_put(b, raw, sizeof(raw));
}

void
mint_put_u32le(struct mint_buffer *b, uint32_t value)
{
	mint_put_u16le(b, (uint16_t)value);
	mint_put_u16le(b, (uint16_t)(value >> 16));
}

void
mint_put_text(struct mint_buffer *b, const char *format, ...)
{
	va_list ap, again;
	int len;

	va_start(ap, format);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (len < 0)
		mint_die("cannot format \"%s\"", format);
	buffer_reserve(b, (size_t)len + 1);
	vsnprintf((char *)b->ptr + b->len, (size_t)len + 1, format, again);
	va_end(again);
	b->len += (size_t)len;
}

void
mint_put_hex(struct mint_buffer *b, struct bytes bytes, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char pair[2];
	size_t i;

	for (i = 0; i < bytes.len; i++) {
		pair[0] = digits[bytes.ptr[i] >> 4];
		pair[1] = digits[bytes.ptr[i] & 15];
		mint_put(b, pair, sizeof(pair));
	}
}

static void
put_time(struct mint_buffer *b, time_t t, const char *format)
{
	char text[40];
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		mint_die("no such time: %lld", (long long)t);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	mint_put(b, text, strftime(text, sizeof(text), format, &tm));
#pragma GCC diagnostic pop
}

void
mint_put_instant(struct mint_buffer *b, time_t t)
{
	put_time(b, t, "%Y-%m-%dT%H:%M:%SZ");
}

void
mint_put_json_string(struct mint_buffer *b, const char *text)
{
	mint_put_text(b, "\"");
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			mint_put_text(b, "\\%c", *text);
		else if (*text == '\n')
			mint_put_text(b, "\\n");
		else if ((unsigned char)*text < 0x20)
			mint_put_text(b, "\\u%04x", (unsigned char)*text);
		else
			mint_put(b, text, 1);
	}
	mint_put_text(b, "\"");
}

void
mint_buffer_splice(struct mint_buffer *b, size_t at, size_t cut,
    struct bytes bytes)
{
	if (at > b->len || cut > b->len - at)
		mint_die("%zu bytes at %zu: there are only %zu", cut, at,
		    b->len);
	buffer_reserve(b, bytes.len);
	memmove(b->ptr + at + bytes.len, b->ptr + at + cut, b->len - at - cut);
	if (bytes.len > 0)
		memcpy(b->ptr + at, bytes.ptr, bytes.len);
	b->len = b->len - cut + bytes.len;
	b->ptr[b->len] = '\0';
}

void
mint_der_wrap(struct mint_buffer *b, size_t at, uint8_t tag)
{
	uint8_t head[2 + DER_LEN_LEN_MAX] = { tag };
	size_t len = b->len - at, head_len = 2, i, num = 0;

	if (len < 0x80) {
		head[1] = (uint8_t)len;
	} else {
		while (len >> (8 * num) != 0)
			num++;
		if (num > DER_LEN_LEN_MAX)
			mint_die("DER: %zu bytes", len);
		head[1] = (uint8_t)(0x80 | num);
		for (i = 0; i < num; i++)
			head[2 + i] = (uint8_t)(len >> (8 * (num - 1 - i)));
		head_len += num;
	}
	mint_buffer_splice(b, at, 0, (struct bytes){ head, head_len });
}

void
mint_der_put(struct mint_buffer *b, uint8_t tag, struct bytes content)
{
	size_t at = b->len;

	mint_put_bytes(b, content);
	mint_der_wrap(b, at, tag);
}

void
mint_der_put_integer(struct mint_buffer *b, uint8_t tag, int64_t value)
{
	uint8_t raw[8];
	size_t i, from = 0;

	for (i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)((uint64_t)value >> (8 * (7 - i)));
	/* The shortest form whose first bit still tells the sign. */
	while (from < 7 && ((raw[from] == 0 && raw[from + 1] < 0x80) ||
	    (raw[from] == 0xff && raw[from + 1] >= 0x80)))
		from++;
	mint_der_put(b, tag, (struct bytes){ raw + from, 8 - from });
}

void
mint_der_put_bool(struct mint_buffer *b, bool value)
{
	uint8_t content = value ? 0xff : 0;

	mint_der_put(b, MINT_DER_BOOLEAN, (struct bytes){ &content, 1 });
}

static void
put_base128(struct mint_buffer *b, unsigned long value)
{
	uint8_t raw[10];
	size_t at = sizeof(raw);

	raw[--at] = (uint8_t)(value & 0x7f);
	while ((value >>= 7) != 0)
		raw[--at] = (uint8_t)(0x80 | (value & 0x7f));
	mint_put(b, raw + at, sizeof(raw) - at);
}

void
mint_der_put_oid(struct mint_buffer *b, const char *dotted)
{
	size_t at = b->len;
	unsigned long first, second;
	char *end;

	first = strtoul(dotted, &end, 10);
	if (*end != '.')
		mint_die("not an OID: %s", dotted);
	second = strtoul(end + 1, &end, 10);
	put_base128(b, first * 40 + second);
	while (*end == '.')
		put_base128(b, strtoul(end + 1, &end, 10));
	if (*end != '\0')
		mint_die("not an OID: %s", dotted);
	mint_der_wrap(b, at, MINT_DER_OID);
}

void
mint_der_put_time(struct mint_buffer *b, time_t t, bool generalized)
{
	size_t at = b->len;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		mint_die("no such time: %lld", (long long)t);
	if (!generalized && tm.tm_year < 150) { /* RFC 5280 4.1.2.5 */
		put_time(b, t, "%y%m%d%H%M%SZ");
		mint_der_wrap(b, at, MINT_DER_UTC_TIME);
	} else {
		put_time(b, t, "%Y%m%d%H%M%SZ");
		mint_der_wrap(b, at, MINT_DER_GENERALIZED_TIME);
	}
}

/* Three octets at most as four digits. */
static void
put_base64(char out[static 4], const uint8_t *in, size_t num)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t three[3] = { 0 };

	memcpy(three, in, num);
	out[0] = digits[three[0] >> 2];
	out[1] = digits[(three[0] & 3) << 4 | three[1] >> 4];
	out[2] = num > 1 ? digits[(three[1] & 15) << 2 | three[2] >> 6] : '=';
	out[3] = num > 2 ? digits[three[2] & 63] : '=';
}

void
mint_put_pem(struct mint_buffer *b, const char *label, struct bytes der,
    const char *line_end)
{
	char line[64];
	struct bytes run;
	size_t i, num;

	mint_put_text(b, "-----BEGIN %s-----%s", label, line_end);
	while (der.len > 0) {
		run = (struct bytes){ der.ptr, der.len < 48 ? der.len : 48 };
		der = bytes_behind(der, run.len);
		for (i = 0, num = 0; i < run.len; i += 3, num += 4)
			put_base64(line + num, run.ptr + i,
			    run.len - i < 3 ? run.len - i : 3);
		mint_put(b, line, num);
		mint_put_text(b, "%s", line_end);
	}
	mint_put_text(b, "-----END %s-----%s", label, line_end);
}
