#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_upload.h"

/* In the C locale: white space is the six of upload.h. */
static struct bytes
trim(struct bytes text)
{
	while (text.len > 0 && isspace(text.ptr[0])) {
		text.ptr++;
		text.len--;
	}
	while (text.len > 0 && isspace(text.ptr[text.len - 1]))
		text.len--;
	if (text.len >= 2 && text.ptr[0] == '0' &&
	    tolower(text.ptr[1]) == 'x') {
		text.ptr += 2;
		text.len -= 2;
	}
	return text;
}

static bool
is_hex(struct bytes text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (!isxdigit(text.ptr[i]))
			return false;
	return text.len % 2 == 0;
}

static bool
is_same(struct bytes text, struct bytes quote)
{
	char pair[3] = "";
	size_t i;

	if (quote.len * 2 != text.len)
		return false;
	for (i = 0; i < quote.len; i++) {
		memcpy(pair, text.ptr + 2 * i, 2);
		if (strtoul(pair, NULL, 16) != quote.ptr[i])
			return false;
	}
	return true;
}

void
fuzz_check_upload(enum upload_result result, const struct upload *upload,
    const struct fault *f, struct bytes text, enum upload_result bad)
{
	text = trim(text);
	if (text.len / 2 > FUZZ_UPLOAD_LEN_MAX) {
		FUZZ_CHECK(result == UPLOAD_TOO_LARGE);
	} else if (!is_hex(text)) {
		FUZZ_CHECK(result == bad);
		fuzz_check_refusal(f, FUZZ_CODE(FAULT_MALFORMED_QUOTE));
	} else {
		FUZZ_CHECK(result == UPLOAD_TAKEN);
		FUZZ_CHECK(is_same(text, upload->quote));
	}
}

enum upload_result
fuzz_upload(struct upload *upload, struct bytes body,
    const char *content_type, uint8_t **out, struct fault *f)
{
	*out = fuzz_block_new(body);
	*f = (struct fault){ 0 };
	return upload_read(upload, (struct bytes){ *out, body.len },
	    content_type, FUZZ_UPLOAD_LEN_MAX, f);
}
