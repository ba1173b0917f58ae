/*
 * Fuzz target: If-None-Match. Input: a text, up to its first NUL.
 *
 * Where the text is what RFC 9110 says it may be, the answer is that of a
 * reading by its grammar; where it is not, there is at least no match without
 * the tag. And of a list that is made of the input's tags, those and no others
 * match.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "target.h"

#define ETAG "\"ab\""

enum reading { NO, YES, MALFORMED };

/* RFC 9110 8.8.3 */
static bool
is_etagc(unsigned char c)
{
	return c == 0x21 || (c >= 0x23 && c <= 0x7e) || c >= 0x80;
}

static const char *
skip_white_space(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

/* Behind an entity tag; NULL when there is none. */
static const char *
read_tag(const char *at, enum reading *reading)
{
	const char *begin;

	if (at[0] == 'W' && at[1] == '/')
		at += 2;
	begin = at;
	if (*at++ != '"')
		return NULL;
	while (is_etagc((unsigned char)*at))
		at++;
	if (*at++ != '"')
		return NULL;
	if ((size_t)(at - begin) == strlen(ETAG) &&
	    memcmp(begin, ETAG, strlen(ETAG)) == 0)
		*reading = YES;
	return at;
}

/* RFC 9110 5.6.1.2, 13.1.2: elements of a list may be empty */
static enum reading
read_by_grammar(const char *at)
{
	enum reading reading = NO;

	if (strcmp(at, "*") == 0)
		return YES;
	for (;;) {
		at = skip_white_space(at);
		if (*at != ',' && *at != '\0')
			at = read_tag(at, &reading);
		if (at == NULL)
			return MALFORMED;
		at = skip_white_space(at);
		if (*at == '\0')
			return reading;
		if (*at++ != ',')
			return MALFORMED;
	}
}

static void
check_text(const char *text)
{
	bool matches = target_matches_etag(text, ETAG);

	switch (read_by_grammar(text)) {
	case YES:
		FUZZ_CHECK(matches);
		break;
	case NO:
		FUZZ_CHECK(!matches);
		break;
	default:
		FUZZ_CHECK(!matches || strstr(text, ETAG) != NULL);
	}
}

/* A list of tags, each of a few of the input's bytes made fit. */
static void
check_made(struct bytes in)
{
	static const char *const separators[] = { ",", ", ", " ,\t", ",,, " };
	struct mint_buffer list = { 0 }, tag = { 0 };
	struct bytes name;
	size_t i;
	uint8_t how;

	while (in.len > 0 && list.len < 1000) {
		how = fuzz_take_u8(&in);
		name = fuzz_take(&in, how % 8);
		mint_put_text(&tag, "\"");
		for (i = 0; i < name.len; i++)
			if (is_etagc(name.ptr[i]))
				mint_put(&tag, name.ptr + i, 1);
		mint_put_text(&tag, "\"");
		if (list.len > 0)
			mint_put_text(&list, "%s", separators[how >> 3 & 3]);
		mint_put_text(&list, "%s%s", how >> 5 & 1 ? "W/" : "",
		    (const char *)tag.ptr);
		/* each so far is found, and so is the last one */
		FUZZ_CHECK(target_matches_etag((const char *)list.ptr,
		    (const char *)tag.ptr));
		mint_buffer_clear(&tag);
	}
	if (list.len > 0) {
		FUZZ_CHECK(read_by_grammar((const char *)list.ptr) ==
		    (enum reading)target_matches_etag(
		    (const char *)list.ptr, ETAG));
		/* longer than any of them */
		FUZZ_CHECK(!target_matches_etag((const char *)list.ptr,
		    "\"123456789\""));
	}
	mint_buffer_clear(&list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	if (text == NULL)
		mint_die("no memory");
	check_text(text);
	free(text);
	check_made((struct bytes){ data, size });
	return 0;
}

void
fuzz_make_seeds(fuzz_put *put)
{
	static const char *const texts[] = {
		"\"ab\"", "W/\"ab\"", "*", "", "\"a\", \"ab\"", "\"\"",
		",,\t\"ab\" ,", "\"ab", "ab", "\"a\" \"ab\"", "w/\"ab\"",
		"W/W/\"ab\"", "\"xab\"", "\"ab\"x", "\"\xff\"", "**",
		"\x02" "ab\x25" "abcde\x0a" "ab",
	};
	char name[] = "text-a";
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		name[5] = (char)('a' + i);
		put(name, bytes_of_string(texts[i]));
	}
}
