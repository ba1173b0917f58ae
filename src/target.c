#include <string.h>
#include <strings.h>

#include "target.h"

static const char *
skip_origin(const char *uri)
{
	if (strncasecmp(uri, "http://", 7) != 0 &&
	    strncasecmp(uri, "https://", 8) != 0)
		return uri;
	uri = strchr(uri, ':') + 3;
	return uri + strcspn(uri, "/?");
}

void
target_split(const char *uri, struct bytes *path, const char **query)
{
	const char *at = skip_origin(uri);
	size_t len = strcspn(at, "?");

	*path = (struct bytes){ (const uint8_t *)at, len };
	*query = at[len] == '?' ? at + len + 1 : at + len;
}

/*
 * Up to `len` characters, percent-decoded, cut at `size`. "%00" stays as it
 * is: a NUL would end the text and hide what follows.
 */
static void
url_decode(char *out, size_t size, const char *in, size_t len)
{
	size_t i, num = 0;
	uint8_t octet;

	for (i = 0; i < len && num < size - 1; i++) {
		if (in[i] == '%' && i + 2 < len && hex_decode(&octet, 1,
			(struct bytes){ (const uint8_t *)in + i + 1, 2 }) &&
		    octet != 0) {
			out[num++] = (char)octet;
			i += 2;
		} else {
			out[num++] = in[i] == '+' ? ' ' : in[i];
		}
	}
	out[num] = '\0';
}

bool
target_get_long_param(const char *query, const char *name, char *out,
    size_t size)
{
	size_t len, name_len = strlen(name);
	bool found = false;

	while (*query != '\0') {
		len = strcspn(query, "&");
		if (len > name_len && query[name_len] == '=' &&
		    strncmp(query, name, name_len) == 0) {
			url_decode(out, size, query + name_len + 1,
			    len - name_len - 1);
			found = true;
		}
		query += len;
		query += *query == '&';
	}
	return found;
}

bool
target_get_param(const char *query, const char *name,
    char out[static TARGET_PARAM_LEN_MAX])
{
	return target_get_long_param(query, name, out, TARGET_PARAM_LEN_MAX);
}

int
target_make_etag(struct bytes text, char out[static TARGET_ETAG_LEN],
    struct fault *f)
{
	uint8_t digest[SHA256_LEN];

	if (sha256(&text, 1, digest, f) < 0)
		return -1;
	out[0] = '"';
	hex_encode(out + 1, (struct bytes){ digest, SHA256_LEN / 2 });
	memcpy(out + 1 + SHA256_LEN, "\"", 2);
	return 0;
}

bool
target_matches_etag(const char *if_none_match, const char *etag)
{
	const char *at = if_none_match;
	size_t len = strlen(etag);

	if (strcmp(at, "*") == 0)
		return true;
	for (;;) {
		at += strspn(at, " \t,");
		if (strncmp(at, "W/", 2) == 0)
			at += 2;
		if (*at != '"')
			return false;
		if (strncmp(at, etag, len) == 0)
			return true;
		at = strchr(at + 1, '"');
		if (at == NULL)
			return false;
		at++;
	}
}
