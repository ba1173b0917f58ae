/*
 * Fuzz target: targets of requests. Input: a text, up to its first NUL.
 *
 * Origin, path and query put together again are the text, and are split where
 * a reading of its own splits it. A query's parameter is the one that a model
 * finds which decodes all of them; and what is put into a query comes back.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "target.h"

#define NAME "limit"
#define VALUE_LEN_MAX (TARGET_PARAM_LEN_MAX - 1)

static char *
string_new(struct bytes in)
{
	size_t len = strnlen((const char *)in.ptr, in.len);
	char *out = strndup((const char *)in.ptr, len);

	if (out == NULL)
		mint_die("no memory");
	return out;
}

/* The length of "http://authority", or 0. */
static size_t
origin_len(const char *uri)
{
	size_t len, i;
	char scheme[9] = "";

	for (i = 0; i < 8 && uri[i] != '\0'; i++)
		scheme[i] = (char)tolower((unsigned char)uri[i]);
	if (memcmp(scheme, "http://", 7) == 0)
		len = 7;
	else if (memcmp(scheme, "https://", 8) == 0)
		len = 8;
	else
		return 0;
	while (uri[len] != '\0' && uri[len] != '/' && uri[len] != '?')
		len++;
	return len;
}

static void
check_split(const char *uri)
{
	size_t origin = origin_len(uri), i;
	struct bytes path = { NULL, 99 };
	const char *query = NULL, *end;

	target_split(uri, &path, &query);
	FUZZ_CHECK((const char *)path.ptr == uri + origin);
	end = uri + origin + path.len;
	for (i = 0; i < path.len; i++)
		FUZZ_CHECK(path.ptr[i] != '?' && path.ptr[i] != '\0');
	if (*end == '?')
		FUZZ_CHECK(query == end + 1);
	else
		FUZZ_CHECK(*end == '\0' && *query == '\0');
}

static int
digit(int c)
{
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* The value behind NAME= of one parameter, decoded and cut. */
static void
decode(const char *in, size_t len, char out[static TARGET_PARAM_LEN_MAX])
{
	size_t at = 0, num = 0;
	int value;

	while (at < len && num < VALUE_LEN_MAX) {
		value = 0;
		if (in[at] == '%' && at + 2 < len &&
		    isxdigit((unsigned char)in[at + 1]) &&
		    isxdigit((unsigned char)in[at + 2]))
			value = 16 * digit(in[at + 1]) + digit(in[at + 2]);
		if (value > 0) {
			out[num++] = (char)value;
			at += 3;
		} else {
			out[num++] = in[at] == '+' ? ' ' : in[at];
			at++;
		}
	}
	out[num] = '\0';
}

/* The last one wins. */
static bool
find(const char *query, char out[static TARGET_PARAM_LEN_MAX])
{
	const char *at, *stop;

	for (at = query + strlen(query); at >= query; at--) {
		if (at != query && at[-1] != '&')
			continue;
		if (strncmp(at, NAME "=", strlen(NAME "=")) != 0)
			continue;
		at += strlen(NAME "=");
		stop = strchr(at, '&');
		decode(at, stop != NULL ? (size_t)(stop - at) : strlen(at),
		    out);
		return true;
	}
	return false;
}

static void
check_param(const char *query)
{
	char have[TARGET_PARAM_LEN_MAX], want[TARGET_PARAM_LEN_MAX];
	bool found;

	memset(have, '#', sizeof(have));
	found = target_get_param(query, NAME, have);
	FUZZ_CHECK(found == find(query, want));
	if (found)
		FUZZ_CHECK(strcmp(have, want) == 0);
	else
		FUZZ_CHECK(have[0] == '#' &&
		    memcmp(have, have + 1, sizeof(have) - 1) == 0);
}

/* A value in escapes, between others. */
static void
check_made(const char *value)
{
	struct mint_buffer query = { 0 };
	char have[TARGET_PARAM_LEN_MAX];
	size_t len = strnlen(value, VALUE_LEN_MAX), i;

	mint_put_text(&query, "x=%s&" NAME "=0&x" NAME "=1&" NAME "=",
	    strpbrk(value, "&") == NULL ? value : "");
	for (i = 0; i < len; i++)
		mint_put_text(&query, "%%%02x", (unsigned char)value[i]);
	mint_put_text(&query, "&" NAME "&" NAME "x=2");
	FUZZ_CHECK(target_get_param((const char *)query.ptr, NAME, have));
	FUZZ_CHECK(strlen(have) == len && memcmp(have, value, len) == 0);
	mint_buffer_clear(&query);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = string_new((struct bytes){ data, size });
	char *query = strchr(text, '?');

	check_split(text);
	check_param(text);
	if (query != NULL)
		check_param(query + 1);
	check_made(text);
	free(text);
	return 0;
}

/* Longer than it is taken. */
#define LONG "limit=0123456789012345678901234567890123456789" \
	"01234567890123456789012345"

void
fuzz_make_seeds(fuzz_put *put)
{
	static const char *const targets[] = {
		"/api/v1/attestations/recent?skip=0&limit=20", "/", "", "*",
		"?", "/a?b?c", "http://a/b?limit=1", "HTTPS://a?limit=%31",
		"http://", "https:///", "httpx://a/b", "/?limit=1&limit=%zz",
		"limit=%00%41+%", "limit=", "limit", "xlimit=1&limitx=2",
		"limit=%61%62%63%64%65%66%67%68%69%6a%6b%6c%6d%6e%6f%70",
		LONG,
	};
	char name[] = "target-a";
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		name[7] = (char)('a' + i);
		put(name, bytes_of_string(targets[i]));
	}
}
