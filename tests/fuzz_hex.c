/*
 * Fuzz target: hex. Input: bytes, which are also taken for a text.
 *
 * Encoded bytes come back from either case. A text is decoded as by a model of
 * its own, whole or not at all, and alike in each of the forms in which an
 * upload may bring it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_upload.h"

#define UNTOUCHED 0xa5

static void
check_round_trip(struct bytes in)
{
	char *text = malloc(2 * in.len + 1);
	uint8_t *again = fuzz_block_new(in);
	size_t i;

	if (text == NULL)
		mint_die("no memory");
	hex_encode(text, in);
	FUZZ_CHECK(strlen(text) == 2 * in.len);
	memset(again, UNTOUCHED, in.len);
	FUZZ_CHECK(hex_decode(again, in.len, bytes_of_string(text)));
	FUZZ_CHECK(bytes_equal((struct bytes){ again, in.len }, in));
	for (i = 0; i < 2 * in.len; i++) {
		FUZZ_CHECK(isdigit(text[i]) || islower(text[i]));
		text[i] = (char)toupper(text[i]);
	}
	memset(again, UNTOUCHED, in.len);
	FUZZ_CHECK(hex_decode(again, in.len, bytes_of_string(text)));
	FUZZ_CHECK(bytes_equal((struct bytes){ again, in.len }, in));
	/* nor is another length taken for it */
	FUZZ_CHECK(!hex_decode(again, in.len + 1, bytes_of_string(text)));
	free(again);
	free(text);
}

static void
check_text(struct bytes text)
{
	size_t len = text.len / 2, i;
	uint8_t *out = malloc(len + 1);
	bool is_hex = text.len % 2 == 0;

	if (out == NULL)
		mint_die("no memory");
	for (i = 0; i < text.len; i++)
		is_hex = is_hex && isxdigit(text.ptr[i]);
	memset(out, UNTOUCHED, len + 1);
	FUZZ_CHECK(hex_decode(out, len, text) == is_hex);
	FUZZ_CHECK(out[len] == UNTOUCHED);
	for (i = 0; !is_hex && i < len; i++)
		FUZZ_CHECK(out[i] == UNTOUCHED);
	free(out);
}

/* hex=%30%34 */
static void
check_urlencoded(struct bytes text)
{
	struct mint_buffer body = { 0 };
	struct upload upload;
	struct fault f;
	uint8_t *block;
	size_t i;
	enum upload_result result;

	mint_put_text(&body, "hex=");
	for (i = 0; i < text.len; i++)
		mint_put_text(&body, "%%%02x", text.ptr[i]);
	result = fuzz_upload(&upload, mint_buffer_bytes(&body),
	    "application/x-www-form-urlencoded", &block, &f);
	if (text.len == 0)
		FUZZ_CHECK(result == UPLOAD_NONE);
	else
		fuzz_check_upload(result, &upload, &f, text,
		    UPLOAD_BAD_FORM_HEX);
	free(block);
	mint_buffer_clear(&body);
}

/* {"hex":"\u0030\u0034"}; JSON has characters, so ASCII only, without NUL */
static void
check_json(struct bytes text)
{
	struct mint_buffer body = { 0 };
	struct upload upload;
	struct fault f;
	uint8_t *block;
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.ptr[i] == 0 || text.ptr[i] > 0x7f)
			return;
	mint_put_text(&body, "{\"hex\":\"");
	for (i = 0; i < text.len; i++)
		mint_put_text(&body, "\\u00%02X", text.ptr[i]);
	mint_put_text(&body, "\"}");
	fuzz_check_upload(fuzz_upload(&upload, mint_buffer_bytes(&body),
	    "application/json", &block, &f), &upload, &f, text,
	    UPLOAD_BAD_JSON_HEX);
	free(block);
	mint_buffer_clear(&body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };

	check_round_trip(in);
	check_text(in);
	check_urlencoded(in);
	check_json(in);
	return 0;
}

void
fuzz_make_seeds(fuzz_put *put)
{
	static const char *const texts[] = {
		"", "00", "0aBc", "0x0abcff", "0X", "0x0", "0x0x00", " 00\n",
		"\t\r\n\v\f 0x0a \f", "0 0", "000", "g0", "G0",
		"/0", ":0", "@0", "`0", "\357\273\27700",
	};
	char name[] = "text-a";
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		name[5] = (char)('a' + i);
		put(name, bytes_of_string(texts[i]));
	}
	put("nul", (struct bytes){ (const uint8_t *)"00\00000", 5 });
	put("largest", bytes_of_string("0x"
	    "00112233445566778899aabbccddeeff00112233"
	    "00112233445566778899aabbccddeeff00112233"));
	put("too-large", bytes_of_string(
	    "00112233445566778899aabbccddeeff00112233"
	    "00112233445566778899aabbccddeeff0011223344"));
}
