/*
 * JSON from strangers: every rule of the strict reader, the takers, and the
 * signed documents of the PCS.
 */
#include <string.h>

#include <json-c/json.h>

#include "json.h"
#include "signed_json.h"
#include "tap.h"

#define DEEP_7 "[[[[[[["
#define OBJECTS_4 "{\"a\":{\"a\":{\"a\":{\"a\":"
#define CLOSED_4 "}}}}"
#define END_7 "]]]]]]]"

/* The sentence has to say so; NULL: taken. */
static const struct {
	const char *text, *complaint;
} text_cases[] = {
	{ "{}", NULL },
	{ " \t\r\n{ \t\r\n} \t\r\n", NULL },
	{ "{\"a\":1}", NULL },
	{ "{\"a\" : [ 1 , true , false , null , \"x\" , { } , [ ] ] }", NULL },
	{ "{\"a\":{\"a\":{\"a\":1}}}", NULL },
	{ "[]", NULL },
	{ "[[],[]]", NULL },
	{ "{  \"a\"  :  1  }", NULL },
	{ "null", "not a JSON object" },
	{ "{\"\":1}", NULL },
	{ "{\"A\":1,\"a\":2}", NULL },
	{ "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"}",
	    NULL },
	{ "{\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}", NULL },

	/* Numbers. */
	{ "[0,-0,10,-10,0.5,1e5,1E+5,1e-5,-0.0e0]", NULL },
	{ "[01]", "begins with 0" },
	{ "[1:2]", "array without an end" },
	{ "[1/2]", "array without an end" },
	{ "[-01]", "begins with 0" },
	{ "[00]", "begins with 0" },
	{ "[1.]", "without digits" },
	{ "[.5]", "something else" },
	{ "[1e]", "without digits" },
	{ "[1e+]", "without digits" },
	{ "[-]", "without digits" },
	{ "[+1]", "something else" },
	{ "[0x10]", "array without an end" },
	{ "[1_000]", "array without an end" },
	{ "[NaN]", "something else" },
	{ "[nan]", "a word" },
	{ "[Infinity]", "something else" },
	{ "[-Infinity]", "without digits" },
	{ "[1 2]", "array without an end" },

	/* Words. */
	{ "[True]", "something else" },
	{ "[nul]", "a word" },
	{ "[nulll]", "array without an end" },
	{ "[fals]", "a word" },
	{ "[tru", "a word" },
	{ "[undefined]", "something else" },

	/* Strings. */
	{ "{'a':1}", "something else" },
	{ "{\"a\":'b'}", "something else" },
	{ "{a:1}", "something else" },
	{ "[\"a]", "string without an end" },
	{ "[\"a\\", "string without an end" },
	{ "[\"\\x41\"]", "unknown escape at byte 4 of 8" },
	{ "[\"\\'\"]", "unknown escape" },
	{ "[\"\\u00e\"]", "four hex digits" },
	{ "[\"\\u\"]", "four hex digits" },
	{ "[\"\\u00g0\"]", "four hex digits" },
	{ "[\"\n\"]", "control character" },
	{ "[\"\t\"]", "control character" },
	{ "[\"\x01\"]", "control character" },
	{ "[\"\x1f\"]", "control character" },
	{ "[\"\x7f\"]", NULL },
	{ "[\"\xff\"]", "not UTF-8" },
	{ "[\"\x80\"]", "not UTF-8" },
	{ "[\"\xc3\"]", "not UTF-8" },
	{ "[\"\xc3", "not UTF-8" },
	{ "[\"\xc3\xc3\"]", "not UTF-8" },
	{ "[\"\xc0\x80\"]", "not UTF-8" },
	{ "[\"\xc1\xbf\"]", "not UTF-8" },
	{ "[\"\xc2\x80\xdf\xbf\"]", NULL },
	{ "[\"\xe0\x9f\xbf\"]", "not UTF-8" },
	{ "[\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\"]", NULL },
	{ "[\"\xe2\x82\"]", "not UTF-8" },
	{ "[\"\xe2\x82 \"]", "not UTF-8" },
	{ "[\"\xed\xa0\x80\"]", "not UTF-8" },
	{ "[\"\xf0\x8f\xbf\xbf\"]", "not UTF-8" },
	{ "[\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]", NULL },
	{ "[\"\xf0\x90\x80\xc0\"]", "not UTF-8" },
	{ "[nulx]", "not true, false or null" },
	{ "[\"\xf4\x90\x80\x80\"]", "not UTF-8" },
	{ "[\"\xf5\x80\x80\x80\"]", "not UTF-8" },
	{ "{\"\xc0\x80\":1}", "not UTF-8" },
	/* The first and the last of so many octets. */
	{ "[\"\xc2\x80\xdf\xbf\"]", NULL },
	{ "[\"\xe0\xa0\x80\xef\xbf\xbf\"]", NULL },
	{ "[\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]", NULL },
	/* Characters beyond U+FFFF in two halves; one alone is none. */
	{ "[\"\\uD7FF\\uE000\"]", NULL },
	{ "[\"\\uD800\\uDC00\\uDBFF\\uDFFFx\"]", NULL },
	{ "[\"\\uD800\"]", "half a character" },
	{ "[\"\\uDBFFx\"]", "half a character" },
	{ "[\"\\uD800\\n\"]", "half a character" },
	{ "[\"\\uD800\\uE000\"]", "half a character" },
	{ "[\"\\uD800\\uDBFF\"]", "half a character" },
	{ "[\"\\uD800/uDC00\"]", "half a character" },
	{ "[\"\\uD800\\u00g0\"]", "four hex digits" },
	{ "[\"\\uDC00\"]", "half a character" },
	{ "[\"\\uDFFF\\uDC00\"]", "half a character" },

	/* Objects and arrays. */
	{ "{\"a\":1,}", "something else" },
	{ "{,}", "something else" },
	{ "{,\"a\":1}", "something else" },
	{ "{\"a\":1,,\"b\":2}", "something else" },
	{ "{\"a\" 1}", "without a colon" },
	{ "{\"a\":}", "something else" },
	{ "{\"a\"}", "without a colon" },
	{ "{\"a\":1 \"b\":2}", "object without an end" },
	{ "{\"a\":1", "object without an end" },
	{ "{", "something else" },
	{ "[1,]", "something else" },
	{ "[,1]", "something else" },
	{ "[,]", "something else" },
	{ "[1", "array without an end" },
	{ "[1}", "array without an end" },
	{ "{\"a\":1]", "object without an end" },
	{ "{} {}", "something after" },
	{ "{}x", "something after" },
	{ "{}]", "something after" },
	{ "", "something else" },
	{ " ", "something else" },
	{ "// x\n{}", "something else" },
	{ "{/* x */}", "something else" },
	{ "# x\n{}", "something else" },
	{ "\xef\xbb\xbf{}", "something else" },
	{ "null", "not a JSON object" },

	/* Names. */
	{ "{\"a\":1,\"a\":1}", "stands twice" },
	{ "{\"a\":1,\"b\":2,\"a\":3}", "stands twice" },
	{ "{\"x\":{\"a\":1,\"a\":2}}", "stands twice" },
	{ "[{\"a\":1},{\"b\":1,\"b\":2}]", "stands twice" },
	{ "{\"\":1,\"\":2}", "stands twice" },
	{ "{\"\\u0061\":1}", "with an escape" },
	{ "{\"a\\\"\":1}", "with an escape" },
	{ "{\"a\":1,\"\\u0061\":2}", "with an escape" },

	/* Depth: sixteen levels, no more. */
	{ DEEP_7 DEEP_7 "[[" "]]" END_7 END_7, NULL },
	{ DEEP_7 DEEP_7 "[{" "}]" END_7 END_7, NULL },
	{ DEEP_7 DEEP_7 "[[1]]" END_7 END_7, NULL },
	{ OBJECTS_4 OBJECTS_4 OBJECTS_4 OBJECTS_4 "1" CLOSED_4 CLOSED_4
	    CLOSED_4 CLOSED_4, NULL },
	{ OBJECTS_4 OBJECTS_4 OBJECTS_4 OBJECTS_4 "{}" CLOSED_4 CLOSED_4
	    CLOSED_4 CLOSED_4, "too deep" },
	{ DEEP_7 DEEP_7 "[[[" "]]]" END_7 END_7, "too deep" },
	{ DEEP_7 DEEP_7 "[[{" "}]]" END_7 END_7, "too deep" },
	{ DEEP_7 DEEP_7 "{\"a\":[[" "]]}" END_7 END_7, "too deep" },
	{ DEEP_7 DEEP_7 DEEP_7 DEEP_7 DEEP_7 DEEP_7, "too deep" },
};

/* In a block of exactly its length. */
static struct json_object *
parse_new(struct bytes text, struct fault *f)
{
	uint8_t *block = malloc(text.len > 0 ? text.len : 1);
	struct json_object *json;
	int r;

	if (block == NULL)
		abort();
	if (text.len > 0)
		memcpy(block, text.ptr, text.len);
	r = json_parse_new(&json, (struct bytes){ block, text.len }, "test",
	    f);
	free(block);
	return r < 0 ? NULL : json;
}

static void
test_texts(void)
{
	struct json_object *json;
	struct fault f;
	size_t i;

	for (i = 0; i < sizeof(text_cases) / sizeof(text_cases[0]); i++) {
		f = (struct fault){ 0 };
		json = parse_new(bytes_of_string(text_cases[i].text), &f);
		ok(text_cases[i].complaint == NULL ? json != NULL :
		    json == NULL && f.code == FAULT_BAD_COLLATERAL &&
		    strstr(f.message, text_cases[i].complaint) != NULL,
		    "%s: case %zu%s%s", text_cases[i].complaint == NULL ?
		    "taken" : "refused", i + 1, f.message[0] == '\0' ? "" :
		    ": ", f.message);
		json_object_put(json);
	}
	/* A NUL anywhere. */
	json = parse_new((struct bytes){ (const uint8_t *)"{}\0", 3 }, &f);
	ok(json == NULL, "refused: a NUL behind");
	json = parse_new((struct bytes){ (const uint8_t *)"\0{}", 3 }, &f);
	ok(json == NULL, "refused: a NUL before");
	json = parse_new((struct bytes){ (const uint8_t *)"[\"a\0b\"]", 7 },
	    &f);
	ok(json == NULL, "refused: a NUL in a string");
}

/* Sizes that are too large, or nearly. */
static void
test_sizes(void)
{
	char *text = malloc(1 << 21), *p;
	struct json_object *json;
	struct fault f = { 0 };
	int i;

	if (text == NULL)
		abort();
	for (i = 64; i <= 65; i++) {
		int k;

		p = text + sprintf(text, "{");
		for (k = 0; k < i; k++)
			p += sprintf(p, "%s\"m%d\":%d", k == 0 ? "" : ",", k,
			    k);
		strcpy(p, "}");
		json = parse_new(bytes_of_string(text), &f);
		ok((json != NULL) == (i == 64), "%d members", i);
		json_object_put(json);
	}
	/* An array of 500 000 numbers takes no time to speak of. */
	p = text + sprintf(text, "[1");
	for (i = 0; i < 500000; i++)
		p += sprintf(p, ",1");
	strcpy(p, "]");
	json = parse_new(bytes_of_string(text), &f);
	ok(json != NULL && json_object_array_length(json) == 500001,
	    "half a million numbers");
	json_object_put(json);
	memset(text, '[', 1 << 20);
	text[1 << 20] = '\0';
	ok(parse_new(bytes_of_string(text), &f) == NULL &&
	    strstr(f.message, "too deep") != NULL, "a million brackets");
	/* Not read, so that nobody needs the memory. */
	ok(json_parse_new(&json, (struct bytes){ (const uint8_t *)text,
	    (size_t)JSON_TEXT_LEN_MAX + 1 }, "test", &f) < 0 &&
	    f.code == FAULT_BAD_COLLATERAL &&
	    strstr(f.message, "at most") != NULL, "too long");
	free(text);
}

/* Numbers as json_get_number takes them; `want` -1: refused. */
static const struct {
	const char *value;
	long min, max, want;
} number_cases[] = {
	{ "0", 0, 255, 0 },
	{ "255", 0, 255, 255 },
	{ "256", 0, 255, -1 },
	{ "-1", 0, 255, -1 },
	{ "3", 3, 3, 3 },
	{ "2", 3, 3, -1 },
	{ "2147483647", 0, 2147483647, 2147483647 },
	{ "2147483648", 0, 2147483647, -1 },
	{ "4294967296", 0, 65535, -1 },
	{ "9223372036854775807", 0, 65535, -1 },
	{ "9223372036854775808", 0, 65535, -1 },
	{ "18446744073709551615", 0, 65535, -1 },
	{ "18446744073709551616", 0, 65535, -1 },
	{ "18446744073709551619", 0, 65535, -1 },
	{ "-9223372036854775809", 0, 65535, -1 },
	{ "99999999999999999999999999999999999999", 0, 65535, -1 },
	{ "1.0", 0, 255, -1 },
	{ "1e0", 0, 255, -1 },
	{ "1E1", 0, 255, -1 },
	{ "\"1\"", 0, 255, -1 },
	{ "true", 0, 255, -1 },
	{ "null", 0, 255, -1 },
	{ "[1]", 0, 255, -1 },
	{ "{}", 0, 255, -1 },
};

static void
test_takers(void)
{
	struct json_object *json, *part;
	struct fault f;
	struct bytes text;
	uint8_t octets[2];
	char document[200];
	time_t at;
	long n;
	size_t i;
	bool got;

	for (i = 0; i < sizeof(number_cases) / sizeof(number_cases[0]); i++) {
		snprintf(document, sizeof(document), "{\"n\":%s}",
		    number_cases[i].value);
		json = parse_new(bytes_of_string(document), &f);
		n = -1;
		got = json_get_number(json, "n", number_cases[i].min,
		    number_cases[i].max, &n);
		ok(json != NULL && got == (number_cases[i].want >= 0) &&
		    n == number_cases[i].want, "number %s of %ld to %ld",
		    number_cases[i].value, number_cases[i].min,
		    number_cases[i].max);
		json_object_put(json);
	}
	json = parse_new(bytes_of_string("{\"o\":{\"x\":1},\"a\":[1],"
	    "\"t\":\"a\\u0000b\",\"h\":\"0aFF\",\"z\":null,"
	    "\"i\":\"2026-06-15T12:00:00Z\",\"j\":\"2026-06-15T12:00:00"
	    "+00:00\"}"), &f);
	ok(json_get_object(json, "o", &part) && !json_get_array(json, "o",
	    &part) && !json_get_text(json, "o", &text), "an object is one");
	ok(json_get_array(json, "a", &part) && !json_get_object(json, "a",
	    &part), "an array is one");
	ok(json_get_text(json, "t", &text) && text.len == 3 &&
	    memcmp(text.ptr, "a\0b", 3) == 0, "a text with its NUL");
	ok(json_get_hex(json, "h", octets, 2) && octets[0] == 0x0a &&
	    octets[1] == 0xff && !json_get_hex(json, "h", octets, 1) &&
	    !json_get_hex(json, "t", octets, 1) &&
	    !json_get_hex(json, "a", octets, 1), "hex");
	ok(json_get_instant(json, "i", &at) && at == 1781524800 &&
	    !json_get_instant(json, "j", &at) &&
	    !json_get_instant(json, "a", &at), "an instant");
	ok(json_has(json, "z") && !json_has(json, "y") &&
	    !json_get_object(json, "z", &part) &&
	    !json_get_text(json, "z", &text), "null is there and nothing");
	ok(!json_get_object(json, "none", &part) &&
	    !json_get_array(json, "none", &part) &&
	    !json_get_text(json, "none", &text), "nothing is nothing");
	json_get_array(json, "a", &part) ? (void)0 : abort();
	ok(!json_get_text(part, "x", &text) && !json_has(part, "x") &&
	    !json_get_text(NULL, "x", &text), "an array has no members");
	json_object_put(json);
}

#define SIG "0123456789abcdef0123456789ABCDEF0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"
#define SIGNATURE "\"signature\":\"" SIG "\""

/* What is cut out; NULL: refused. */
static const struct {
	const char *name, *document, *body;
} split_cases[] = {
	{ "as the PCS serves it", "{\"tcbInfo\":{\"a\":1}," SIGNATURE "}",
	    "{\"a\":1}" },
	{ "signature first", "{" SIGNATURE ",\"tcbInfo\":{\"a\":1}}",
	    "{\"a\":1}" },
	{ "white space around",
	    " { \"tcbInfo\" : \t{ \"a\" : 1 } \r\n, " SIGNATURE " } ",
	    "{ \"a\" : 1 }" },
	{ "an empty object", "{\"tcbInfo\":{}," SIGNATURE "}", "{}" },
	{ "other members", "{\"x\":[1,{\"tcbInfo\":2}],\"y\":\"tcbInfo\","
	    "\"tcbInfo\":{\"b\":2},\"z\":null," SIGNATURE "}", "{\"b\":2}" },
	{ "the same names inside", "{\"tcbInfo\":{\"tcbInfo\":{\"a\":1},"
	    "\"signature\":\"no\"}," SIGNATURE "}",
	    "{\"tcbInfo\":{\"a\":1},\"signature\":\"no\"}" },
	{ "the same names before", "{\"x\":{\"tcbInfo\":{\"a\":1},"
	    "\"signature\":\"no\"},\"tcbInfo\":{}," SIGNATURE "}", "{}" },
	{ "braces in strings",
	    "{\"x\":\"{\\\"tcbInfo\\\":{}\",\"tcbInfo\":{\"a\":\"}]{[,\\\"}\""
	    "}," SIGNATURE "}", "{\"a\":\"}]{[,\\\"}\"}" },
	{ "backslashes at the end of strings",
	    "{\"x\":\"\\\\\",\"tcbInfo\":{\"a\":\"\\\\\"}," SIGNATURE "}",
	    "{\"a\":\"\\\\\"}" },
	{ "names that begin alike", "{\"tcbInfos\":{\"a\":1},\"tcbInf\":{},"
	    "\"tcbInfo\":{\"b\":1}," SIGNATURE "}", "{\"b\":1}" },
	{ "escapes inside", "{\"tcbInfo\":{\"a\":\"\\u0041\\n\"}," SIGNATURE
	    "}", "{\"a\":\"\\u0041\\n\"}" },

	{ "no JSON", "tcbInfo", NULL },
	{ "nothing", "", NULL },
	{ "a list", "[{\"tcbInfo\":{}," SIGNATURE "}]", NULL },
	{ "no member", "{" SIGNATURE "}", NULL },
	{ "another member", "{\"enclaveIdentity\":{}," SIGNATURE "}", NULL },
	{ "the member is a text", "{\"tcbInfo\":\"{}\"," SIGNATURE "}",
	    NULL },
	{ "the member is a list", "{\"tcbInfo\":[{}]," SIGNATURE "}", NULL },
	{ "the member is null", "{\"tcbInfo\":null," SIGNATURE "}", NULL },
	{ "the member twice",
	    "{\"tcbInfo\":{},\"tcbInfo\":{}," SIGNATURE "}", NULL },
	{ "the member in an inner object alone",
	    "{\"x\":{\"tcbInfo\":{}}," SIGNATURE "}", NULL },
	{ "a name with an escape",
	    "{\"\\u0074cbInfo\":{}," SIGNATURE "}", NULL },
	{ "no signature", "{\"tcbInfo\":{}}", NULL },
	{ "signature in the object alone",
	    "{\"tcbInfo\":{" SIGNATURE "}}", NULL },
	{ "signature is an object",
	    "{\"tcbInfo\":{},\"signature\":{}}", NULL },
	{ "signature of 127 digits", "{\"tcbInfo\":{},\"signature\":\"1"
	    SIG "\"}", NULL },
	{ "signature with an escape", "{\"tcbInfo\":{},\"signature\":\""
	    "\\u0030" "0123456789abcdef0123456789ABCDEF0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcde\"}", NULL },
	{ "something behind", "{\"tcbInfo\":{}," SIGNATURE "}}", NULL },
	{ "cut", "{\"tcbInfo\":{}," SIGNATURE, NULL },
};

static void
test_split(void)
{
	struct bytes body, sig;
	struct fault f;
	uint8_t *block;
	size_t i, len;
	int r;

	f = (struct fault){ 0 };
	ok(signed_json_split(bytes_of_string("tcbInfo"), "tcbInfo", &body,
	    &sig, &f) < 0 && strstr(f.message, "not JSON") != NULL,
	    "what is no JSON is told from JSON without the member");
	for (i = 0; i < sizeof(split_cases) / sizeof(split_cases[0]); i++) {
		len = strlen(split_cases[i].document);
		block = malloc(len > 0 ? len : 1);
		if (block == NULL)
			abort();
		memcpy(block, split_cases[i].document, len);
		f = (struct fault){ 0 };
		r = signed_json_split((struct bytes){ block, len }, "tcbInfo",
		    &body, &sig, &f);
		ok(split_cases[i].body == NULL ?
		    r < 0 && f.code == FAULT_BAD_COLLATERAL :
		    r == 0 && bytes_equal(body,
			bytes_of_string(split_cases[i].body)) &&
		    bytes_equal(sig, bytes_of_string(SIG)) &&
		    body.ptr >= block && body.ptr < block + len,
		    "%s: %s", split_cases[i].body == NULL ? "refused" :
		    "split", split_cases[i].name);
		free(block);
	}
}

int
main(void)
{
	test_texts();
	test_sizes();
	test_takers();
	test_split();
	return tap_done();
}
