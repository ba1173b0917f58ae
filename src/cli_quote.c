#include <string.h>

#include "cli.h"
#include "file.h"

/* A quote in hex, with "0x" and white space around it. */
#define QUOTE_FILE_LEN_MAX (2 * QUOTE_LEN_MAX + 4096)

static struct bytes
trim(struct bytes text)
{
	static const char white_space[] = " \t\r\n\f\v";

	while (text.len > 0 &&
	    memchr(white_space, text.ptr[0], sizeof(white_space) - 1)) {
		text.ptr++;
		text.len--;
	}
	while (text.len > 0 && memchr(white_space, text.ptr[text.len - 1],
		sizeof(white_space) - 1))
		text.len--;
	if (text.len >= 2 && text.ptr[0] == '0' &&
	    (text.ptr[1] == 'x' || text.ptr[1] == 'X')) {
		text.ptr += 2;
		text.len -= 2;
	}
	return text;
}

/* A quote never looks like hex: its second byte is zero. */
static void
decode_hex(struct cli_quote *in)
{
	struct bytes text = trim(in->raw);
	size_t len = text.len / 2;

	/* In place: each pair of digits is read before its byte is written. */
	if (len > 0 && hex_decode(in->file, len, text))
		in->raw = (struct bytes){ in->file, len };
}

int
cli_read_quote(struct cli_quote *in, const char *path, struct fault *f)
{
	struct bytes file;

	memset(in, 0, sizeof(*in));
	if (file_read_new(&file, path, QUOTE_FILE_LEN_MAX, f) < 0) {
		f->code = FAULT_MALFORMED_QUOTE;
		return -1;
	}
	in->file = (uint8_t *)file.ptr;
	in->raw = file;
	decode_hex(in);
	if (sha256(&in->raw, 1, in->checksum, f) < 0)
		return -1;
	in->has_checksum = true;
	if (quote_parse(&in->quote, in->raw, f) < 0)
		return -1;
	in->is_quote = true;
	return 0;
}
