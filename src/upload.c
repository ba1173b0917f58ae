#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "json.h"
#include "multipart.h"
#include "upload.h"

#define WHITE_SPACE " \t\r\n\v\f"

static bool
is_one_of(uint8_t c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* RFC 9110 8.3.1: case does not matter, parameters may follow. */
static bool
is_type(const char *content_type, const char *type)
{
	size_t len = strlen(type);

	return strncasecmp(content_type, type, len) == 0 &&
	    (content_type[len] == '\0' ||
	    strchr("; \t", content_type[len]) != NULL);
}

/* What stands between the white space, and behind "0x". */
static struct bytes
find_digits(struct bytes text)
{
	struct bytes rest = text, taken;

	while (rest.len > 0 && is_one_of(rest.ptr[rest.len - 1], WHITE_SPACE))
		rest.len--;
	do
		text = rest;
	while (bytes_take(&rest, &taken, 1) &&
	    is_one_of(taken.ptr[0], WHITE_SPACE));
	rest = text;
	if (bytes_take(&rest, &taken, 2) && taken.ptr[0] == '0' &&
	    is_one_of(taken.ptr[1], "xX"))
		return rest;
	return text;
}

static int
describe_bad_hex(struct bytes digits, struct fault *f)
{
	size_t i;

	for (i = 0; i < digits.len; i++)
		if (!is_one_of(digits.ptr[i], "0123456789abcdefABCDEF"))
			return fault_set(f, FAULT_MALFORMED_QUOTE,
			    "want hex digits, have something else at "
			    "character %zu of %zu", i + 1, digits.len);
	return fault_set(f, FAULT_MALFORMED_QUOTE,
	    "want an even number of hex digits, have %zu", digits.len);
}

/* `bad`: what it is called when this is not hex */
static enum upload_result
take_hex(struct upload *out, struct bytes text, size_t max_len,
    enum upload_result bad, struct fault *f)
{
	struct bytes digits = find_digits(text);

	if (digits.len / 2 > max_len)
		return UPLOAD_TOO_LARGE;
	if (!hex_decode(out->decoded, digits.len / 2, digits)) {
		describe_bad_hex(digits, f);
		return bad;
	}
	out->quote = (struct bytes){ out->decoded, digits.len / 2 };
	return UPLOAD_TAKEN;
}

static enum upload_result
read_multipart(struct upload *out, struct bytes body,
    const char *content_type, size_t max_len, struct fault *f)
{
	struct multipart_field fields[] = {
		{ .name = "file" },
		{ .name = "hex" },
	};
	const struct multipart_field *file = &fields[0], *hex = &fields[1];
	bool has_file, has_hex;

	if (multipart_read(fields, 2, body, content_type, f) < 0)
		return UPLOAD_BAD_FORM;
	/* A browser sends all fields of a form, also those left empty. */
	has_hex = hex->content.len > 0;
	has_file = file->is_present &&
	    (file->content.len > 0 || !hex->is_present);
	if (has_file && has_hex)
		return UPLOAD_BOTH;
	if (has_hex)
		return take_hex(out, hex->content, max_len,
		    UPLOAD_BAD_FORM_HEX, f);
	if (!has_file)
		return UPLOAD_NONE;
	if (file->content.len > max_len)
		return UPLOAD_TOO_LARGE;
	out->quote = file->content;
	return UPLOAD_TAKEN;
}

static enum upload_result
read_json(struct upload *out, struct bytes body, size_t max_len,
    struct fault *f)
{
	enum upload_result result = UPLOAD_NO_HEX_MEMBER;
	struct json_object *json;
	struct bytes text;

	if (json_parse_new(&json, body, "body", f) < 0)
		return f->code == FAULT_INTERNAL ? UPLOAD_NO_MEMORY :
						   UPLOAD_NO_HEX_MEMBER;
	if (json_get_text(json, "hex", &text)) {
		result = take_hex(out, text, max_len, UPLOAD_BAD_JSON_HEX, f);
	} else if (json_has(json, "hex")) {
		fault_set(f, FAULT_MALFORMED_QUOTE,
		    "want a string, have another kind of value");
		result = UPLOAD_BAD_JSON_HEX;
	}
	json_object_put(json);
	return result;
}

/*
 * Takes what stands before the next `end`, and `end` with it.
 *
 * Returns false when nothing is left.
 */
static bool
take_until(struct bytes *in, char end, struct bytes *out)
{
	const uint8_t *at;
	struct bytes ignored;

	if (in->len == 0)
		return false;
	at = memchr(in->ptr, end, in->len);
	if (at == NULL)
		return bytes_take(in, out, in->len);
	return bytes_take(in, out, (size_t)(at - in->ptr)) &&
	    bytes_take(in, &ignored, 1);
}

/*
 * One name or value, decoded (URL Standard, 5.1).
 *
 * out	room for as many bytes as it has characters
 */
static bool
url_decode(struct bytes in, uint8_t *out, size_t *out_len)
{
	struct bytes one, digits;
	size_t num = 0;

	while (bytes_take(&in, &one, 1)) {
		out[num] = one.ptr[0] == '+' ? ' ' : one.ptr[0];
		if (one.ptr[0] == '%' &&
		    (!bytes_take(&in, &digits, 2) ||
		    !hex_decode(&out[num], 1, digits)))
			return false;
		num++;
	}
	*out_len = num;
	return true;
}

/*
 * Finds the one field `hex`, decoded.
 *
 * text	room for the whole body; hex borrows from it
 */
static bool
find_hex_field(struct bytes body, uint8_t *text, struct bytes *hex,
    bool *found)
{
	struct bytes field, name, value;
	size_t len;

	*found = false;
	while (take_until(&body, '&', &field)) {
		value = field;
		if (!take_until(&value, '=', &name))
			continue; /* nothing between two & */
		if (!url_decode(name, text, &len))
			return false;
		name = (struct bytes){ text, len };
		if (!bytes_equal(name, bytes_of_string("hex"))) {
			if (!url_decode(value, text, &len))
				return false;
			continue;
		}
		/* A second one, and what follows, is decoded behind it. */
		if (*found || !url_decode(value, text, &len))
			return false;
		*hex = (struct bytes){ text, len };
		text += len;
		*found = true;
	}
	return true;
}

static enum upload_result
read_urlencoded(struct upload *out, struct bytes body, size_t max_len,
    struct fault *f)
{
	enum upload_result result = UPLOAD_NONE;
	uint8_t *text = malloc(body.len + 1);
	struct bytes hex;
	bool found;

	if (text == NULL)
		return UPLOAD_NO_MEMORY;
	if (!find_hex_field(body, text, &hex, &found)) {
		fault_set(f, FAULT_MALFORMED_QUOTE, "form: an escape without "
		    "two hex digits, or a field that stands there twice");
		result = UPLOAD_BAD_FORM;
	} else if (found && hex.len > 0) {
		result = take_hex(out, hex, max_len, UPLOAD_BAD_FORM_HEX, f);
	}
	free(text);
	return result;
}

enum upload_result
upload_read(struct upload *out, struct bytes body, const char *content_type,
    size_t max_len, struct fault *f)
{
	if (multipart_is_form(content_type))
		return read_multipart(out, body, content_type, max_len, f);
	if (is_type(content_type, "application/json"))
		return read_json(out, body, max_len, f);
	if (is_type(content_type, "application/x-www-form-urlencoded"))
		return read_urlencoded(out, body, max_len, f);
	/* Nothing at all: of no type, and nothing is given. */
	if (*content_type == '\0' && body.len == 0)
		return UPLOAD_NONE;
	return UPLOAD_UNKNOWN_TYPE;
}
