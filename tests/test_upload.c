/*
 * The four forms of an upload, and what is refused of each.
 */
#include <malloc.h>
#include <string.h>

#include "tap.h"
#include "upload.h"

#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"
#define MULTIPART "multipart/form-data; boundary=BB"
#define PART(name, content)                                         \
	"--BB\r\nContent-Disposition: form-data; name=\"" name "\"\r\n" \
	"\r\n" content "\r\n"
#define FILE_PART(content)                                             \
	"--BB\r\nContent-Disposition: form-data; name=\"file\"; "      \
	"filename=\"q.bin\"\r\nContent-Type: application/octet-stream" \
	"\r\n\r\n" content "\r\n"
#define END "--BB--\r\n"

/* In a block of just its length, for the sanitizers. */
static enum upload_result
read_block(struct upload *out, struct bytes body, const char *type,
    size_t max_len, uint8_t **block, struct fault *f)
{
	*block = malloc(body.len + !body.len);
	if (*block == NULL)
		abort();
	if (body.len > 0)
		memcpy(*block, body.ptr, body.len);
	memset(out, 0, sizeof(*out));
	*f = (struct fault){ 0 };
	return upload_read(out, (struct bytes){ *block, body.len }, type,
	    max_len, f);
}

/* All of these are the bytes 0a bc ff. */
static const struct {
	const char *name;
	const char *type;
	const char *body;
} taken[] = {
	{ "JSON", JSON, "{\"hex\":\"0abcff\"}" },
	{ "JSON, 0x", JSON, "{\"hex\":\"0x0abcff\"}" },
	{ "JSON, 0X and upper case", JSON, "{\"hex\":\"0X0ABCFF\"}" },
	{ "JSON, mixed case", JSON, "{\"hex\":\"0aBcFf\"}" },
	{ "JSON, white space around", JSON,
	    " \r\n{ \"hex\" : \" \\t\\r\\n0x0abcff \\n\" } \n" },
	{ "JSON, vertical white space", JSON,
	    "{\"hex\":\"\\u000b\\f0abcff\\f\\u000b\"}" },
	{ "JSON, written as escapes", JSON,
	    "{\"hex\":\"\\u0030abcf\\u0066\"}" },
	{ "JSON among other members", JSON,
	    "{\"a\":[1,{\"hex\":\"00\"}],\"hex\":\"0abcff\",\"file\":\"x\"}" },
	{ "JSON with a charset", "application/json; charset=utf-8",
	    "{\"hex\":\"0abcff\"}" },
	{ "JSON in another case", "Application/JSON ;x",
	    "{\"hex\":\"0abcff\"}" },
	{ "urlencoded", FORM, "hex=0abcff" },
	{ "urlencoded, 0x", FORM, "hex=0X0aBCff" },
	{ "urlencoded, + and escapes around", FORM,
	    "hex=+%0d%0A0abcff%09+%0a" },
	{ "urlencoded, digits as escapes", FORM, "hex=%30%61bcff" },
	{ "urlencoded, the name as escapes", FORM, "%68e%78=0abcff" },
	{ "urlencoded among other fields", FORM,
	    "&a=b&&file=x&hex=0abcff&c&=&HEX=00" },
	{ "urlencoded, = in another value", FORM, "a=hex=&hex=0abcff" },
	{ "urlencoded with a charset", FORM ";charset=UTF-8", "hex=0abcff" },
	{ "multipart file", MULTIPART, FILE_PART("\x0a\xbc\xff") END },
	{ "multipart file without a filename", MULTIPART,
	    PART("file", "\x0a\xbc\xff") END },
	{ "multipart hex", MULTIPART, PART("hex", "0abcff") END },
	{ "multipart hex, 0x and white space", MULTIPART,
	    PART("hex", "\r\n 0x0ABCFF\r\n\t") END },
	{ "multipart hex beside an empty file", MULTIPART,
	    FILE_PART("") PART("hex", "0abcff") END },
	{ "multipart file beside an empty hex", MULTIPART,
	    PART("hex", "") FILE_PART("\x0a\xbc\xff") END },
	{ "multipart among other parts", MULTIPART,
	    PART("a", "00") PART("hex", "0abcff") PART("hexx", "00") END },
};

static void
test_taken(void)
{
	static const uint8_t want[] = { 0x0a, 0xbc, 0xff };
	struct upload u;
	struct fault f;
	uint8_t *block;
	size_t i;

	for (i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		ok(read_block(&u, bytes_of_string(taken[i].body),
		    taken[i].type, 3, &block, &f) == UPLOAD_TAKEN &&
		    bytes_equal(u.quote, (struct bytes){ want, 3 }),
		    "taken: %s", taken[i].name);
		free(block);
	}
}

static const char digits_at[] =
    "want hex digits, have something else at character ";

static const struct {
	const char *name;
	const char *type;
	const char *body;
	enum upload_result result;
	const char *message; /* how the fault's begins; NULL: any */
} refused[] = {
	{ "text", "text/plain", "hex=00", UPLOAD_UNKNOWN_TYPE, NULL },
	{ "a type that only begins alike", JSON "5", "{\"hex\":\"00\"}",
	    UPLOAD_UNKNOWN_TYPE, NULL },
	{ "another JSON", "application/vnd+json", "{\"hex\":\"00\"}",
	    UPLOAD_UNKNOWN_TYPE, NULL },
	{ "another multipart", "multipart/mixed; boundary=BB",
	    PART("hex", "00") END, UPLOAD_UNKNOWN_TYPE, NULL },
	{ "no type", "", "hex=00", UPLOAD_UNKNOWN_TYPE, NULL },
	{ "no type and no body", "", "", UPLOAD_NONE, NULL },

	{ "JSON: nothing", JSON, "", UPLOAD_NO_HEX_MEMBER, NULL },
	{ "JSON: an empty object", JSON, "{}", UPLOAD_NO_HEX_MEMBER, NULL },
	{ "JSON: another member", JSON, "{\"Hex\":\"00\"}",
	    UPLOAD_NO_HEX_MEMBER, NULL },
	{ "JSON: deeper", JSON, "{\"a\":{\"hex\":\"00\"}}",
	    UPLOAD_NO_HEX_MEMBER, NULL },
	{ "JSON: an array", JSON, "[{\"hex\":\"00\"}]", UPLOAD_NO_HEX_MEMBER,
	    NULL },
	{ "JSON: a string", JSON, "\"00\"", UPLOAD_NO_HEX_MEMBER, NULL },
	{ "JSON: null", JSON, "null", UPLOAD_NO_HEX_MEMBER, NULL },
	{ "JSON: a number", JSON, "1", UPLOAD_NO_HEX_MEMBER, NULL },
	{ "JSON: cut short", JSON, "{\"hex\":\"00\"", UPLOAD_NO_HEX_MEMBER,
	    NULL },
	{ "JSON: something behind", JSON, "{\"hex\":\"00\"}x",
	    UPLOAD_NO_HEX_MEMBER, NULL },
	{ "JSON: twice", JSON, "{\"hex\":\"00\",\"hex\":\"01\"}",
	    UPLOAD_NO_HEX_MEMBER, NULL },
	{ "JSON: twice, once as an escape", JSON,
	    "{\"hex\":\"00\",\"he\\u0078\":\"01\"}", UPLOAD_NO_HEX_MEMBER,
	    NULL },
	{ "JSON: single quotes", JSON, "{'hex':'00'}", UPLOAD_NO_HEX_MEMBER,
	    NULL },
	{ "JSON: not UTF-8", JSON, "{\"hex\":\"00\",\"a\":\"\xff\"}",
	    UPLOAD_NO_HEX_MEMBER, NULL },
	{ "JSON: hex is a number", JSON, "{\"hex\":12}", UPLOAD_BAD_JSON_HEX,
	    "want a string" },
	{ "JSON: hex is null", JSON, "{\"hex\":null}", UPLOAD_BAD_JSON_HEX,
	    "want a string" },
	{ "JSON: hex is a list", JSON, "{\"hex\":[\"00\"]}",
	    UPLOAD_BAD_JSON_HEX, "want a string" },
	{ "JSON: not hex", JSON, "{\"hex\":\"00zz\"}", UPLOAD_BAD_JSON_HEX,
	    "want hex digits, have something else at character 3 of 4" },
	{ "JSON: odd", JSON, "{\"hex\":\"0x123\"}", UPLOAD_BAD_JSON_HEX,
	    "want an even number of hex digits, have 3" },
	{ "JSON: white space inside", JSON, "{\"hex\":\"00 11\"}",
	    UPLOAD_BAD_JSON_HEX, digits_at },
	{ "JSON: white space behind 0x", JSON, "{\"hex\":\"0x 1\"}",
	    UPLOAD_BAD_JSON_HEX, digits_at },
	{ "JSON: 0x twice", JSON, "{\"hex\":\"0x0x00\"}",
	    UPLOAD_BAD_JSON_HEX, digits_at },
	{ "JSON: a NUL", JSON, "{\"hex\":\"00\\u0000\\u0000\"}",
	    UPLOAD_BAD_JSON_HEX, digits_at },
	{ "JSON: NULs around", JSON, "{\"hex\":\"\\u000000\\u0000\"}",
	    UPLOAD_BAD_JSON_HEX, digits_at },
	{ "JSON: beyond ASCII", JSON, "{\"hex\":\"\xc2\xa0" "00\"}",
	    UPLOAD_BAD_JSON_HEX, digits_at },
	{ "JSON: a sign", JSON, "{\"hex\":\"-000\"}", UPLOAD_BAD_JSON_HEX,
	    digits_at },
	{ "JSON: 4 bytes of quote", JSON, "{\"hex\":\"00112233\"}",
	    UPLOAD_TOO_LARGE, NULL },

	{ "urlencoded: nothing", FORM, "", UPLOAD_NONE, NULL },
	{ "urlencoded: an empty hex", FORM, "hex=", UPLOAD_NONE, NULL },
	{ "urlencoded: hex without =", FORM, "hex", UPLOAD_NONE, NULL },
	{ "urlencoded: other fields", FORM, "a=00&Hex=00&file=00",
	    UPLOAD_NONE, NULL },
	{ "urlencoded: twice", FORM, "hex=00&hex=00", UPLOAD_BAD_FORM, NULL },
	{ "urlencoded: twice, first empty", FORM, "hex=&hex=00",
	    UPLOAD_BAD_FORM, NULL },
	{ "urlencoded: % at the end", FORM, "hex=00%", UPLOAD_BAD_FORM, NULL },
	{ "urlencoded: %3 at the end", FORM, "hex=00%3", UPLOAD_BAD_FORM,
	    NULL },
	{ "urlencoded: % without digits", FORM, "hex=00%zz", UPLOAD_BAD_FORM,
	    NULL },
	{ "urlencoded: so in another value", FORM, "a=%&hex=00",
	    UPLOAD_BAD_FORM, NULL },
	{ "urlencoded: so in a name", FORM, "%g=1&hex=00", UPLOAD_BAD_FORM,
	    NULL },
	{ "urlencoded: not hex", FORM, "hex=0g", UPLOAD_BAD_FORM_HEX,
	    "want hex digits, have something else at character 2 of 2" },
	{ "urlencoded: odd", FORM, "hex=0x1", UPLOAD_BAD_FORM_HEX,
	    "want an even number of hex digits, have 1" },
	{ "urlencoded: a NUL", FORM, "hex=00%00", UPLOAD_BAD_FORM_HEX,
	    digits_at },
	{ "urlencoded: ;", FORM, "hex=00;0", UPLOAD_BAD_FORM_HEX,
	    digits_at },
	{ "urlencoded: 4 bytes of quote", FORM, "hex=00112233",
	    UPLOAD_TOO_LARGE, NULL },

	{ "multipart: nothing", MULTIPART, "", UPLOAD_BAD_FORM, NULL },
	{ "multipart: other parts", MULTIPART, PART("x", "00") END,
	    UPLOAD_NONE, NULL },
	{ "multipart: an empty hex", MULTIPART, PART("hex", "") END,
	    UPLOAD_NONE, NULL },
	{ "multipart: both, and both empty", MULTIPART,
	    FILE_PART("") PART("hex", "") END, UPLOAD_NONE, NULL },
	{ "multipart: both", MULTIPART, FILE_PART("x") PART("hex", "00") END,
	    UPLOAD_BOTH, NULL },
	{ "multipart: both, the other way round", MULTIPART,
	    PART("hex", "zz") FILE_PART("x") END, UPLOAD_BOTH, NULL },
	{ "multipart: hex twice", MULTIPART,
	    PART("hex", "00") PART("hex", "00") END, UPLOAD_BAD_FORM, NULL },
	{ "multipart: no end", MULTIPART, PART("hex", "00"), UPLOAD_BAD_FORM,
	    NULL },
	{ "multipart: not hex", MULTIPART, PART("hex", "zz") END,
	    UPLOAD_BAD_FORM_HEX, digits_at },
	{ "multipart: only white space is hex of nothing, and 0x odd",
	    MULTIPART, PART("hex", " 0x0 ") END, UPLOAD_BAD_FORM_HEX,
	    "want an even number of hex digits, have 1" },
	{ "multipart: a file of 4 bytes", MULTIPART, FILE_PART("1234") END,
	    UPLOAD_TOO_LARGE, NULL },
	{ "multipart: hex of 4 bytes", MULTIPART, PART("hex", "00112233") END,
	    UPLOAD_TOO_LARGE, NULL },
};

static void
test_refused(void)
{
	enum upload_result result;
	const char *message;
	struct upload u;
	struct fault f;
	uint8_t *block;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		result = read_block(&u, bytes_of_string(refused[i].body),
		    refused[i].type, 3, &block, &f);
		message = refused[i].message;
		if (!ok(result == refused[i].result && (message == NULL ||
		    strncmp(f.message, message, strlen(message)) == 0),
		    "refused: %s", refused[i].name))
			tap_note("%d: %s", (int)result, f.message);
		free(block);
	}
}

/* Nothing at all, and the largest there is, in each form. */
static void
test_lengths(void)
{
	static const struct {
		const char *type, *before, *after;
		bool is_bytes;
		enum upload_result empty;
	} forms[] = {
		{ JSON, "{\"hex\":\"", "\"}", false, UPLOAD_TAKEN },
		{ FORM, "hex=", "", false, UPLOAD_NONE },
		{ MULTIPART, PART("hex", ""), END, false, UPLOAD_NONE },
		{ MULTIPART, FILE_PART(""), END, true, UPLOAD_TAKEN },
	};
	static char body[2 * QUOTE_LEN_MAX + 512];
	struct upload u;
	struct fault f;
	uint8_t *block;
	size_t i, len, at, more, step;
	enum upload_result result;

	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		step = forms[i].is_bytes ? 1 : 2;
		for (more = 0; more < 3; more++) {
			len = more == 0 ? 0 : (QUOTE_LEN_MAX + more - 1) * step;
			at = strlen(forms[i].before);
			memcpy(body, forms[i].before, at);
			if (strcmp(forms[i].type, MULTIPART) == 0)
				at -= 2; /* the CRLF comes after it */
			memset(body + at, 'a', len);
			at += len;
			if (strcmp(forms[i].type, MULTIPART) == 0) {
				memcpy(body + at, "\r\n", 2);
				at += 2;
			}
			memcpy(body + at, forms[i].after,
			    strlen(forms[i].after));
			at += strlen(forms[i].after);
			result = read_block(&u,
			    (struct bytes){ (uint8_t *)body, at },
			    forms[i].type, QUOTE_LEN_MAX, &block, &f);
			ok(result == (more == 0 ? forms[i].empty :
			    more == 1 ? UPLOAD_TAKEN : UPLOAD_TOO_LARGE) &&
			    (result != UPLOAD_TAKEN ||
			    u.quote.len == len / step),
			    "form %zu: %zu bytes of quote", i, len / step);
			free(block);
		}
	}
}

/* Every beginning of a good body: refused, or less of the same. */
static void
test_cut_short(void)
{
	struct upload u;
	struct fault f;
	uint8_t *block;
	size_t i, len;
	bool is_good;

	for (i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		is_good = true;
		for (len = 0; len < strlen(taken[i].body); len++) {
			if (read_block(&u, (struct bytes){
			    (const uint8_t *)taken[i].body, len },
			    taken[i].type, 3, &block, &f) == UPLOAD_TAKEN &&
			    u.quote.len > 3)
				is_good = false;
			free(block);
		}
		ok(is_good, "cut short anywhere: %s", taken[i].name);
	}
}

static void
test_memory(void)
{
	struct upload u;
	struct fault f;
	uint8_t *block;
	size_t before = 0, after;
	int round;
	size_t i;

	/* glib's slices grow a little at first */
	for (round = 0; round < 5000; round++) {
		if (round == 2000)
			before = mallinfo2().uordblks;
		for (i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
			if (read_block(&u, bytes_of_string(taken[i].body),
			    taken[i].type, 3, &block, &f) != UPLOAD_TAKEN)
				abort();
			free(block);
		}
		for (i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
			if (read_block(&u, bytes_of_string(refused[i].body),
			    refused[i].type, 3, &block, &f) == UPLOAD_TAKEN)
				abort();
			free(block);
		}
	}
	after = mallinfo2().uordblks;
	ok(after < before + 4096, "nothing is kept of any of them");
	tap_note("%zu bytes before, %zu after", before, after);
}

int
main(void)
{
	test_taken();
	test_refused();
	test_lengths();
	test_cut_short();
	test_memory();
	return tap_done();
}
