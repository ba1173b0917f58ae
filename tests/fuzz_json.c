/*
 * Fuzz target: json_parse_new. Input: a text.
 *
 * What is accepted has, by a check of its own that knows only brackets and
 * strings, no name twice and no more levels than allowed; json-c's tree has as
 * many members and items; and written out again it is the same value.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "fuzz.h"
#include "json.h"

struct level {
	bool is_object;
	size_t num;
	struct bytes names[JSON_MEMBERS_NUM_MAX];
};

static bool
is_white_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Behind a string that begins at `at`. */
static size_t
skip_string(struct bytes text, size_t at)
{
	for (at++; at < text.len && text.ptr[at] != '"'; at++) {
		FUZZ_CHECK(text.ptr[at] >= 0x20);
		if (text.ptr[at] == '\\')
			at++;
	}
	FUZZ_CHECK(at < text.len);
	return at + 1;
}

static void
add_name(struct level *l, struct bytes name)
{
	size_t i;

	FUZZ_CHECK(l->num < JSON_MEMBERS_NUM_MAX);
	for (i = 0; i < l->num; i++)
		FUZZ_CHECK(!bytes_equal(l->names[i], name));
	l->names[l->num++] = name;
}

/* Returns the number of members of all objects. */
static size_t
check_text(struct bytes text)
{
	static struct level levels[JSON_DEPTH_MAX];
	size_t depth = 0, at = 0, start, members = 0;
	struct bytes name;

	while (at < text.len) {
		switch (text.ptr[at]) {
		case '{':
		case '[':
			FUZZ_CHECK(depth < JSON_DEPTH_MAX);
			levels[depth].is_object = text.ptr[at] == '{';
			levels[depth++].num = 0;
			at++;
			break;
		case '}':
		case ']':
			FUZZ_CHECK(depth > 0);
			depth--;
			FUZZ_CHECK(levels[depth].is_object ==
			    (text.ptr[at] == '}'));
			at++;
			break;
		case '"':
			start = at + 1;
			at = skip_string(text, at);
			name = (struct bytes){ text.ptr + start,
				at - 1 - start };
			while (at < text.len && is_white_space(text.ptr[at]))
				at++;
			if (at == text.len || text.ptr[at] != ':')
				break;
			FUZZ_CHECK(depth > 0 && levels[depth - 1].is_object);
			add_name(&levels[depth - 1], name);
			members++;
			break;
		default:
			at++;
		}
	}
	FUZZ_CHECK(depth == 0);
	return members;
}

static size_t
count_members(struct json_object *o, int depth)
{
	size_t num = 0, i;

	FUZZ_CHECK(depth <= JSON_DEPTH_MAX + 1);
	if (json_object_is_type(o, json_type_array)) {
		for (i = 0; i < json_object_array_length(o); i++)
			num += count_members(json_object_array_get_idx(o, i),
			    depth + 1);
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value) {
			FUZZ_CHECK(strchr(key, '\\') == NULL);
			num += 1 + count_members(value, depth + 1);
		}
	}
	return num;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { data, size };
	struct json_object *json = NULL, *again = NULL;
	struct mint_buffer written = { 0 };
	struct fault f = { 0 };

	if (json_parse_new(&json, text, "fuzz", &f) < 0) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_BAD_COLLATERAL));
		return 0;
	}
	FUZZ_CHECK(check_text(text) == count_members(json, 1));
	/* A bare number wants something behind it, so: a space. */
	mint_put_text(&written, "%s ", json_object_to_json_string_ext(json,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	FUZZ_CHECK(json_parse_new(&again, mint_buffer_bytes(&written), "again",
	    &f) == 0);
	FUZZ_CHECK(json_object_equal(json, again));
	mint_buffer_clear(&written);
	json_object_put(again);
	json_object_put(json);
	return 0;
}

static void
put_text(fuzz_put *put, const char *name, const char *text)
{
	put(name, bytes_of_string(text));
}

void
fuzz_make_seeds(fuzz_put *put)
{
	struct mint_world w;
	char *collateral;

	fuzz_world_make(&w, MINT_TDX15_V5, "");
	put_text(put, "tcb-info", w.fields[MINT_FIELD_TCB_INFO]);
	put_text(put, "qe-identity", w.fields[MINT_FIELD_QE_IDENTITY]);
	collateral = mint_world_collateral_new(&w);
	put_text(put, "collateral", collateral);
	free(collateral);
	mint_world_clear(&w);
	put_text(put, "kinds", "[null,true,false,-0.5e+10,12,\"\\u00e9\\n\", "
	    "{\"a\" : {}, \"b\":[ ]}]");
	put_text(put, "deep", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]");
	put_text(put, "too-deep", "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]");
	put_text(put, "twice", "{\"a\":1,\"a\":2}");
	put_text(put, "utf-8", "{\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}");
	put_text(put, "surrogates", "[\"\\ud83d\\ude00\",\"\\ud83d\"]");
	put_text(put, "large", "[99999999999999999999,-9223372036854775808,"
	    "1e999]");
}
