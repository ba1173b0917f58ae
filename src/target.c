#include <string.h>

#include "target.h"

static int
hex_value(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)((at - digits) % 16);
}

/*
 * Up to `len` characters, percent-decoded, cut at `size`. "%00" stays as it
 * is: a NUL would end the text and hide what follows.
 */
static void
url_decode(char *out, size_t size, const char *in, size_t len)
{
	size_t i, num = 0;
	int high, low;

	for (i = 0; i < len && num < size - 1; i++) {
		high = in[i] == '%' && i + 2 < len ? hex_value(in[i + 1]) : -1;
		low = high >= 0 ? hex_value(in[i + 2]) : -1;
		if (low >= 0 && high + low > 0) {
			out[num++] = (char)(high << 4 | low);
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
