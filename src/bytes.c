#include <string.h>

#include "bytes.h"

struct bytes
bytes_of_string(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

struct bytes
bytes_behind(struct bytes b, size_t len)
{
	return (struct bytes){ len > 0 ? b.ptr + len : b.ptr, b.len - len };
}

bool
bytes_take(struct bytes *in, struct bytes *out, size_t len)
{
	if (len > in->len)
		return false;
	*out = (struct bytes){ in->ptr, len };
	*in = bytes_behind(*in, len);
	return true;
}

bool
bytes_copy(struct bytes *in, uint8_t *out, size_t len)
{
	struct bytes run;

	if (!bytes_take(in, &run, len))
		return false;
	if (len > 0)
		memcpy(out, run.ptr, len);
	return true;
}

bool
bytes_get_u16le(struct bytes *in, uint16_t *out)
{
	uint8_t raw[2];

	if (!bytes_copy(in, raw, sizeof(raw)))
		return false;
	*out = (uint16_t)(raw[0] | raw[1] << 8);
	return true;
}

bool
bytes_get_u32le(struct bytes *in, uint32_t *out)
{
	uint8_t raw[4];

	if (!bytes_copy(in, raw, sizeof(raw)))
		return false;
	*out = raw[0] | (uint32_t)raw[1] << 8 | (uint32_t)raw[2] << 16 |
	    (uint32_t)raw[3] << 24;
	return true;
}

bool
bytes_take_u16le(struct bytes *in, struct bytes *out)
{
	struct bytes rest = *in;
	uint16_t len;

	if (!bytes_get_u16le(&rest, &len) || !bytes_take(&rest, out, len))
		return false;
	*in = rest;
	return true;
}

bool
bytes_take_u32le(struct bytes *in, struct bytes *out)
{
	struct bytes rest = *in;
	uint32_t len;

	if (!bytes_get_u32le(&rest, &len) || !bytes_take(&rest, out, len))
		return false;
	*in = rest;
	return true;
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool
bytes_is_among(const struct bytes *list, size_t num, struct bytes b)
{
	size_t i;

	for (i = 0; i < num; i++)
		if (bytes_equal(list[i], b))
			return true;
	return false;
}

bool
bytes_is_zero(struct bytes b)
{
	size_t i;

	for (i = 0; i < b.len; i++)
		if (b.ptr[i] != 0)
			return false;
	return true;
}

void
hex_encode(char *out, struct bytes in)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < in.len; i++) {
		*out++ = digits[in.ptr[i] >> 4];
		*out++ = digits[in.ptr[i] & 15];
	}
	*out = '\0';
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
hex_decode(uint8_t *out, size_t len, struct bytes text)
{
	size_t i;

	if (text.len / 2 != len || text.len % 2 != 0)
		return false;
	for (i = 0; i < text.len; i++)
		if (hex_digit(text.ptr[i]) < 0)
			return false;
	for (i = 0; i < len; i++)
		out[i] = (uint8_t)(hex_digit(text.ptr[2 * i]) << 4 |
		    hex_digit(text.ptr[2 * i + 1]));
	return true;
}

static void
encode_start(char out[static 2 * FAULT_HEX_LEN_MAX + 1], struct bytes in)
{
	if (in.len > FAULT_HEX_LEN_MAX)
		in.len = FAULT_HEX_LEN_MAX;
	hex_encode(out, in);
}

int
fault_set_hex(struct fault *f, enum fault_code code, const char *what,
    struct bytes want, struct bytes have)
{
	char want_hex[2 * FAULT_HEX_LEN_MAX + 1];
	char have_hex[2 * FAULT_HEX_LEN_MAX + 1];

	encode_start(want_hex, want);
	encode_start(have_hex, have);
	return fault_set(f, code, "%s: want %s, have %s", what, want_hex,
	    have_hex);
}
