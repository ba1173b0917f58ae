/*
 * JSON as it is written, held against what json-c makes of the same values.
 */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include <json-c/json.h>

#include "instant.h"
#include "json.h"
#include "json_builder.h"
#include "mint.h"
#include "tap.h"

#define PLAIN (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* Takes both over. */
static bool
is_as_json_c(struct json_text text, struct json_object *want)
{
	const char *spelt = json_object_to_json_string_ext(want, PLAIN);
	bool good = text.ptr != NULL && strcmp(text.ptr, spelt) == 0 &&
	    text.len == strlen(text.ptr);

	if (!good)
		tap_note("have %.200s, want %.200s", text.ptr, spelt);
	free(text.ptr);
	json_object_put(want);
	return good;
}

static struct json_text
write_text(const char *text)
{
	struct json_builder b = { 0 };

	json_add_text(&b, NULL, text);
	return json_finish(&b);
}

static struct json_text
write_ascii(struct bytes text)
{
	struct json_builder b = { 0 };

	json_add_ascii(&b, NULL, text);
	return json_finish(&b);
}

static bool
text_holds(const char *text)
{
	return is_as_json_c(write_text(text), json_object_new_string(text));
}

/*
 * The whole of a heap block, so that a sanitizer sees one byte too many.
 * Stands alone: null where a byte is no plain text.
 */
static bool
ascii_holds(const char *text, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct json_object *want;
	bool is_plain = true, good;
	size_t i;

	if (copy == NULL)
		mint_die("no memory");
	memcpy(copy, text, len);
	for (i = 0; i < len; i++)
		is_plain &= (copy[i] >= ' ' && copy[i] <= '~') ||
		    copy[i] == '\t' || copy[i] == '\r' || copy[i] == '\n';
	want = is_plain ? json_object_new_string_len(text, (int)len) : NULL;
	good = is_as_json_c(write_ascii((struct bytes){ copy, len }), want);
	free(copy);
	return good;
}

/* Each byte at each place of texts of up to 40 bytes. */
static void
test_each_byte(void)
{
	bool good = true, ascii = true;
	char text[41];
	size_t len, at;
	int c;

	for (len = 1; len < sizeof(text); len++)
		for (at = 0; at < len; at++)
			for (c = 0; c <= UCHAR_MAX; c++) {
				memset(text, 'a' + (int)(len % 26), len);
				text[len] = '\0';
				text[at] = (char)c;
				good &= c == 0 || text_holds(text);
				ascii &= ascii_holds(text, len);
			}
	ok(good, "every byte at every place of a text");
	ok(ascii, "and of a stranger's, which may be none");
}

static void
test_texts(void)
{
	static const char *const texts[] = {
		"", "\"", "\\", "/", "\\\\\"\"//", "\x7f", "\x01\x02\x1f",
		"\b\t\n\f\r\v", "</script>", "%s%n", "a\"", "\"a",
		"na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80",
		"\xff\xfe\x80 is not UTF-8", "12345678\n", "1234567\n",
		"\n\n\n\n\n\n\n\n\n", "-----BEGIN CERTIFICATE-----\n"
	};
	static const char few[] = "ab\"\\\n0123456789";
	struct json_builder b = { 0 };
	size_t i, num = 0;
	uint32_t seed = 1;
	char text[3000];
	bool good = true;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		num += text_holds(texts[i]) &&
		    ascii_holds(texts[i], strlen(texts[i]));
	ok(num == i, "texts: %zu that are out of the way", num);
	/* Bytes of all kinds, and a few kinds alone. */
	for (num = 0; num < 2000; num++) {
		for (i = 0; i < sizeof(text) - 1 - num; i++) {
			seed = seed * 1664525 + 1013904223;
			if (num % 2 == 0)
				text[i] = (char)(1 + (seed >> 8) % 255);
			else
				text[i] = few[(seed >> 8) % (sizeof(few) - 1)];
		}
		text[i] = '\0';
		good &= text_holds(text) && ascii_holds(text, i);
	}
	ok(good, "texts: %zu of chance", num);
	json_add_text(&b, NULL, NULL);
	ok(is_as_json_c(json_finish(&b), NULL), "no text is null");
}

static void
test_numbers(void)
{
	static const int64_t numbers[] = { 0, 1, -1, 9, 10, 99, 100, -100,
		INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN,
		1781524700000000 };
	struct json_builder b = { 0 };
	struct json_object *list = json_object_new_array();
	size_t i;

	json_begin_array(&b, NULL);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		json_add_number(&b, NULL, numbers[i]);
		json_object_array_add(list, json_object_new_int64(numbers[i]));
	}
	json_add_bool(&b, NULL, true);
	json_object_array_add(list, json_object_new_boolean(true));
	json_add_bool(&b, NULL, false);
	json_object_array_add(list, json_object_new_boolean(false));
	json_end_array(&b);
	ok(is_as_json_c(json_finish(&b), list), "numbers and truth");
}

static void
test_hex(void)
{
	uint8_t value[100];
	struct json_builder b = { 0 };
	struct json_object *list = json_object_new_array();
	char hex[2 + 2 * sizeof(value) + 1] = "0x";
	size_t i;

	for (i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)(i * 37);
	json_begin_array(&b, NULL);
	for (i = 0; i <= sizeof(value); i++) {
		hex_encode(hex + 2, (struct bytes){ value, i });
		json_add_bare_hex(&b, NULL, (struct bytes){ value, i });
		json_object_array_add(list, json_object_new_string(hex + 2));
		json_add_hex(&b, NULL, (struct bytes){ value, i });
		json_object_array_add(list, json_object_new_string(hex));
	}
	json_end_array(&b);
	ok(is_as_json_c(json_finish(&b), list), "hex with and without 0x");
}

static void
test_instants(void)
{
	struct json_builder b = { 0 };
	struct json_text text;

	json_begin_array(&b, NULL);
	json_add_instant_us(&b, NULL, 0);
	json_add_instant_us(&b, NULL, 1781524700000001);
	json_end_array(&b);
	text = json_finish(&b);
	ok(strcmp(text.ptr, "[\"1970-01-01T00:00:00+00:00\","
	    "\"2026-06-15T11:58:20.000001+00:00\"]") == 0, "instants");
	free(text.ptr);
}

/* What is empty, what is in something, and what stands behind it. */
static struct json_text
write_nested(void)
{
	struct json_builder b = { 0 };

	json_begin_object(&b, NULL);
	json_begin_array(&b, "empty");
	json_end_array(&b);
	json_begin_object(&b, "none");
	json_end_object(&b);
	json_begin_array(&b, "list");
	json_begin_object(&b, NULL);
	json_end_object(&b);
	json_add_number(&b, NULL, 1);
	json_begin_array(&b, NULL);
	json_add_text(&b, NULL, "],{\":\\");
	json_end_array(&b);
	json_end_array(&b);
	json_add_null(&b, "null");
	json_add_raw(&b, "raw", bytes_of_string("{\"a\":[2,3]}"));
	json_end_object(&b);
	return json_finish(&b);
}

static void
test_nested(void)
{
	static const char plain[] = "{\"empty\":[],\"none\":{},\"list\":[{},1,"
	    "[\"],{\\\":\\\\\"]],\"null\":null,\"raw\":{\"a\":[2,3]}}";
	static const char lines[] = "{\n"
	    "\t\"empty\": [\n"
	    "\t],\n"
	    "\t\"none\": {\n"
	    "\t},\n"
	    "\t\"list\": [\n"
	    "\t\t{\n"
	    "\t\t},\n"
	    "\t\t1,\n"
	    "\t\t[\n"
	    "\t\t\t\"],{\\\":\\\\\"\n"
	    "\t\t]\n"
	    "\t],\n"
	    "\t\"null\": null,\n"
	    "\t\"raw\": {\n"
	    "\t\t\"a\": [\n"
	    "\t\t\t2,\n"
	    "\t\t\t3\n"
	    "\t\t]\n"
	    "\t}\n"
	    "}";
	struct json_text text = write_nested();

	ok(strcmp(text.ptr, plain) == 0 && text.len == strlen(plain),
	    "objects and arrays in each other");
	text = json_indent_adopt(text);
	ok(strcmp(text.ptr, lines) == 0 && text.len == strlen(lines),
	    "the same in lines");
	free(text.ptr);
}

static void
test_failures(void)
{
	static char mebibyte[1 << 20];
	struct bytes run = { (const uint8_t *)mebibyte, sizeof(mebibyte) };
	struct json_builder b = { 0 };
	struct json_text text;
	size_t i;

	memset(mebibyte, '1', sizeof(mebibyte));
	for (i = 0; i < JSON_TEXT_LEN_MAX / sizeof(mebibyte) - 1; i++) {
		json_add_raw(&b, NULL, run);
		b.has_item = false;
	}
	run.len = JSON_TEXT_LEN_MAX - b.len;
	json_add_raw(&b, NULL, (struct bytes){ run.ptr, run.len - 5 });
	text = json_finish(&b);
	ok(text.ptr != NULL && text.len == JSON_TEXT_LEN_MAX - 5,
	    "as long as may be, and room for a comma");
	b = (struct json_builder){ text.ptr, text.len, text.len + 1, false,
		false };
	json_add_text(&b, NULL, "abcd");
	json_add_null(&b, NULL);
	text = json_finish(&b);
	ok(text.ptr == NULL && text.len == 0, "longer is none");
	json_begin_array(&b, NULL);
	json_add_raw(&b, NULL, (struct bytes){ NULL, 0 });
	json_add_number(&b, NULL, 1);
	json_end_array(&b);
	text = json_finish(&b);
	ok(text.ptr == NULL && text.len == 0, "what lacks a part is none");
	json_begin_array(&b, NULL);
	json_end_array(&b);
	text = json_finish(&b);
	ok(text.ptr != NULL && strcmp(text.ptr, "[]") == 0,
	    "and the next one is whole");
	free(text.ptr);
}

int
main(void)
{
	test_each_byte();
	test_texts();
	test_numbers();
	test_hex();
	test_instants();
	test_nested();
	test_failures();
	return tap_done();
}
