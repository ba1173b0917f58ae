/*
 * Fuzz target: urlencoded uploads. Input: a body.
 *
 * What upload_read makes of it is what a model makes that first splits and
 * decodes the whole of it into a list, as the URL Standard does. And a form
 * that is made of the input's names and values has the hex that was put into
 * it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_upload.h"

#define FORM "application/x-www-form-urlencoded"
#define FIELDS_NUM_MAX 512

struct field {
	struct mint_buffer name;
	struct mint_buffer value;
};

struct fields {
	struct field field[FIELDS_NUM_MAX];
	size_t num;
	bool is_malformed;
};

static int
digit(int c)
{
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* Returns false when there is a "%" without two digits. */
static bool
put_decoded(struct mint_buffer *out, const uint8_t *in, size_t len)
{
	uint8_t c;

	while (len > 0) {
		c = *in == '+' ? ' ' : *in;
		if (*in == '%') {
			if (len < 3 || !isxdigit(in[1]) || !isxdigit(in[2]))
				return false;
			c = (uint8_t)(16 * digit(in[1]) + digit(in[2]));
			in += 2;
			len -= 2;
		}
		mint_put(out, &c, 1);
		in++;
		len--;
	}
	return true;
}

/* Returns false when the body has too many fields for the model. */
static bool
read_fields(struct fields *out, struct bytes body)
{
	const uint8_t *at = body.ptr, *end = body.ptr + body.len, *stop,
	    *equals;
	struct field *field;

	while (at < end) {
		for (stop = at; stop < end && *stop != '&';)
			stop++;
		for (equals = at; equals < stop && *equals != '=';)
			equals++;
		if (stop > at) {
			if (out->num == FIELDS_NUM_MAX)
				return false;
			field = &out->field[out->num++];
			if (!put_decoded(&field->name, at,
			    (size_t)(equals - at)) ||
			    (equals < stop && !put_decoded(&field->value,
			    equals + 1, (size_t)(stop - equals - 1))))
				out->is_malformed = true;
		}
		at = stop + 1;
	}
	return true;
}

static void
clear_fields(struct fields *fields)
{
	while (fields->num > 0) {
		fields->num--;
		mint_buffer_clear(&fields->field[fields->num].name);
		mint_buffer_clear(&fields->field[fields->num].value);
	}
	fields->is_malformed = false;
}

static void
check_body(struct bytes body)
{
	static struct fields fields;
	const struct field *hex = NULL;
	struct upload upload;
	enum upload_result result;
	struct fault f;
	uint8_t *block;
	size_t num = 0, i;

	result = fuzz_upload(&upload, body, FORM, &block, &f);
	if (!read_fields(&fields, body))
		goto out;
	for (i = 0; i < fields.num; i++)
		if (bytes_equal(mint_buffer_bytes(&fields.field[i].name),
		    bytes_of_string("hex"))) {
			hex = &fields.field[i];
			num++;
		}
	if (fields.is_malformed || num > 1) {
		FUZZ_CHECK(result == UPLOAD_BAD_FORM);
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_MALFORMED_QUOTE));
	} else if (num == 0 || hex->value.len == 0) {
		FUZZ_CHECK(result == UPLOAD_NONE);
	} else {
		fuzz_check_upload(result, &upload, &f,
		    mint_buffer_bytes(&hex->value), UPLOAD_BAD_FORM_HEX);
	}
out:
	clear_fields(&fields);
	free(block);
}

/* In escapes, or as it is where that says the same. */
static void
put_encoded(struct mint_buffer *out, struct bytes text, uint8_t how)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.ptr[i] == ' ')
			mint_put_text(out, how % 2 == 0 ? "+" : "%%20");
		else if (isalnum(text.ptr[i]) && (how >> i % 8 & 1) != 0)
			mint_put(out, text.ptr + i, 1);
		else
			mint_put_text(out, "%%%02X", text.ptr[i]);
}

/* Input: the text of hex, then names and values beside it. */
static void
check_made(struct bytes in)
{
	struct mint_buffer body = { 0 };
	struct bytes hex = fuzz_take(&in, fuzz_take_u8(&in)), name;
	uint8_t how = fuzz_take_u8(&in);
	struct upload upload;
	struct fault f;
	uint8_t *block;

	if (hex.len == 0)
		return;
	if (how % 3 == 0)
		mint_put_text(&body, "&&");
	put_encoded(&body, bytes_of_string("hex"), how);
	mint_put_text(&body, "=");
	put_encoded(&body, hex, how);
	while (in.len > 0) {
		name = fuzz_take(&in, fuzz_take_u8(&in) % 8);
		if (bytes_equal(name, bytes_of_string("hex")))
			continue;
		mint_put_text(&body, "&");
		put_encoded(&body, name, how);
		mint_put_text(&body, "=");
		put_encoded(&body, fuzz_take(&in, fuzz_take_u8(&in) % 16),
		    how);
	}
	fuzz_check_upload(fuzz_upload(&upload, mint_buffer_bytes(&body), FORM,
	    &block, &f), &upload, &f, hex, UPLOAD_BAD_FORM_HEX);
	free(block);
	mint_buffer_clear(&body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_body((struct bytes){ data, size });
	check_made((struct bytes){ data, size });
	return 0;
}

void
fuzz_make_seeds(fuzz_put *put)
{
	static const char *const bodies[] = {
		"", "&", "=", "hex", "hex=", "hex=00", "hex=0x0aBc+",
		"a=b&hex=%30%61&c=%zz", "&a=b&&file=x&hex=0abcff&c&=&HEX=00",
		"hex=00&h%65x=01", "hex=&hex=", "%68e%78=0abcff", "a=hex=&hex=%",
		"hex=%00%0", "hex=+%0d%0A0abcff%09+%0a",
		"\x04" "00ff\x55\x01" "a\x02" "bc\x03" "hex\x01" "d",
	};
	char name[] = "body-a";
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		name[5] = (char)('a' + i);
		put(name, bytes_of_string(bodies[i]));
	}
}
