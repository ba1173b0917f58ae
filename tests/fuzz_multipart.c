/*
 * Fuzz target: forms. Input: how, then a body, or what one is made of.
 *
 * A form that is made of the input's parts comes back byte for byte. Of a body
 * that is the input itself, what is found stands where a splitter of its own,
 * which knows only lines and delimiters, sees the content of a part, and the
 * form has its end.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "multipart.h"

#define TYPE "multipart/form-data; boundary="
#define BOUNDARY_LEN_MAX 70
/* More than are allowed. */
#define MADE_NUM_MAX (MULTIPART_PARTS_NUM_MAX + 4)

static bool
has(struct bytes in, struct bytes what)
{
	return in.len >= what.len && (what.len == 0 ||
	    memmem(in.ptr, in.len, what.ptr, what.len) != NULL);
}

static bool
begins(struct bytes in, const char *with)
{
	size_t len = strlen(with);

	return in.len >= len && memcmp(in.ptr, with, len) == 0;
}

static struct bytes
skip(struct bytes in, size_t len)
{
	FUZZ_CHECK(len <= in.len);
	return (struct bytes){ in.ptr + len, in.len - len };
}

/* --- a body that is the input --------------------------------------------- */

enum line { NO_DELIMITER, DELIMITER, LAST };

/* Is this line, the rest of the body, a delimiter? Its length is at *len. */
static enum line
read_line(struct bytes rest, const char *boundary, size_t *len)
{
	size_t at = 2 + strlen(boundary);
	enum line line = DELIMITER;

	if (!begins(rest, "--") || !begins(skip(rest, 2), boundary))
		return NO_DELIMITER;
	if (begins(skip(rest, at), "--")) {
		line = LAST;
		at += 2;
	}
	/* GMime takes a CR for white space. */
	while (at < rest.len && memchr(" \t\r", rest.ptr[at], 3) != NULL)
		at++;
	if (begins(skip(rest, at), "\n"))
		at++;
	else if (at < rest.len || line != LAST)
		return NO_DELIMITER;
	*len = at;
	return line;
}

/* The content of a part: behind its headers' empty line. */
static bool
is_content_of(struct bytes part, struct bytes content)
{
	const uint8_t *at;

	at = memmem(part.ptr, part.len, "\r\n\r\n", 4);
	return at != NULL && content.ptr == at + 4 &&
	    content.ptr + content.len == part.ptr + part.len;
}

/* Goes through the lines; true when the content is that of a part. */
static bool
is_found(struct bytes body, const char *boundary, struct bytes content,
    bool *has_end)
{
	const uint8_t *begin = NULL;
	struct bytes rest = body;
	bool found = false;
	enum line line;
	size_t len;

	*has_end = false;
	while (rest.len > 0 && !*has_end) {
		len = 0;
		line = read_line(rest, boundary, &len);
		if (line != NO_DELIMITER && begin != NULL &&
		    rest.ptr - begin >= 2)
			found = found || is_content_of((struct bytes){ begin,
			    (size_t)(rest.ptr - begin) - 2 }, content);
		if (line != NO_DELIMITER)
			begin = rest.ptr + len;
		*has_end = line == LAST;
		while (len < rest.len && (len == 0 ||
		    rest.ptr[len - 1] != '\n'))
			len++;
		rest = skip(rest, len);
	}
	return found;
}

static void
check_body(struct bytes body)
{
	static const char boundary[] = "BB";
	struct multipart_field fields[] = {
		{ .name = "file" }, { .name = "hex" },
	};
	struct fault f = { 0 };
	int r, num = 0, i;
	bool has_end;

	r = multipart_read(fields, 2, body, TYPE "BB", &f);
	if (r < 0) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_MALFORMED_QUOTE));
		return;
	}
	is_found(body, boundary, (struct bytes){ NULL, 0 }, &has_end);
	FUZZ_CHECK(has_end);
	for (i = 0; i < 2; i++) {
		num += fields[i].is_present;
		FUZZ_CHECK(!fields[i].is_present || is_found(body, boundary,
		    fields[i].content, &has_end));
	}
	FUZZ_CHECK(num == r);
	FUZZ_CHECK(num < 2 || fields[0].content.ptr != fields[1].content.ptr);
}

/* --- a form that is made -------------------------------------------------- */

struct made {
	struct mint_buffer body;
	char type[sizeof(TYPE) + BOUNDARY_LEN_MAX + 2];
	const char *boundary; /* in type */
	size_t num_parts, overhead;
	size_t num[2];		  /* of file, of hex */
	struct bytes content[2];  /* of the input */
	bool is_ambiguous;	  /* a boundary stands in a content */
};

static void
make_type(struct made *made, struct bytes *in)
{
	static const char chars[] = "0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ'+_-.";
	size_t len = 1 + fuzz_take_u8(in) % BOUNDARY_LEN_MAX, i;
	char *at = made->type + strlen(TYPE);

	memcpy(made->type, TYPE, sizeof(TYPE));
	made->boundary = at;
	for (i = 0; i < len; i++)
		*at++ = chars[fuzz_take_u8(in) % (sizeof(chars) - 1)];
}

/* Of a part: the bytes that may stand in quotes, as they are. */
static void
put_filename(struct mint_buffer *b, struct bytes name)
{
	size_t i;

	mint_put_text(b, "; filename=\"");
	for (i = 0; i < name.len; i++)
		if (name.ptr[i] >= ' ' && name.ptr[i] != 0x7f &&
		    name.ptr[i] != '"' && name.ptr[i] != '\\')
			mint_put(b, name.ptr + i, 1);
	mint_put_text(b, "\"");
}

/* A header so long that there can be too much beside the content. */
static void
put_filler(struct mint_buffer *b)
{
	mint_put_text(b, "X: ");
	mint_put_fill(b, 'y', 600);
	mint_put_text(b, "\r\n");
}

static void
make_part(struct made *made, struct bytes *in)
{
	static const char *const names[] = { "file", "hex", "x", "FILE",
		"hex ", "filehex", "fil", "a" };
	uint8_t how = fuzz_take_u8(in);
	size_t which = how % 8;
	struct mint_buffer *b = &made->body;
	struct bytes content;

	mint_put_text(b, "--%s\r\nContent-Disposition: form-data; "
	    "name=\"%s\"", made->boundary, names[which]);
	if ((how & 8) != 0)
		put_filename(b, fuzz_take(in, fuzz_take_u8(in) % 32));
	mint_put_text(b, "\r\n%s", (how & 16) != 0 ?
	    "Content-Type: application/octet-stream\r\n" : "");
	content = fuzz_take(in, fuzz_take_u8(in));
	if ((how & 32) != 0)
		put_filler(b);
	mint_put_text(b, "\r\n");
	mint_put_bytes(b, content);
	mint_put_text(b, "\r\n");
	made->num_parts++;
	made->overhead -= content.len;
	if (has(content, bytes_of_string(made->boundary)))
		made->is_ambiguous = true;
	if (which < 2) {
		made->num[which]++;
		made->content[which] = content;
	}
}

static void
check_made(struct bytes in)
{
	struct multipart_field fields[] = {
		{ .name = "file" }, { .name = "hex" },
	};
	struct made made = { .num_parts = 0 };
	struct fault f = { 0 };
	uint8_t *block;
	size_t i;
	int r;

	make_type(&made, &in);
	while (in.len > 0 && made.num_parts < MADE_NUM_MAX)
		make_part(&made, &in);
	mint_put_text(&made.body, "--%s--", made.boundary);
	made.overhead += made.body.len;
	block = mint_buffer_block_new(&made.body);
	r = multipart_read(fields, 2, (struct bytes){ block, made.body.len },
	    made.type, &f);
	if (made.is_ambiguous)
		goto out;
	if (made.num[0] > 1 || made.num[1] > 1 ||
	    made.num_parts > MULTIPART_PARTS_NUM_MAX ||
	    made.overhead > MULTIPART_OVERHEAD_LEN_MAX) {
		FUZZ_CHECK(r == -1);
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_MALFORMED_QUOTE));
		goto out;
	}
	FUZZ_CHECK(r == (int)(made.num[0] + made.num[1]));
	for (i = 0; i < 2; i++) {
		FUZZ_CHECK(fields[i].is_present == (made.num[i] == 1));
		FUZZ_CHECK(!fields[i].is_present ||
		    bytes_equal(fields[i].content, made.content[i]));
	}
out:
	free(block);
	mint_buffer_clear(&made.body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };

	if (fuzz_take_u8(&in) % 2 == 0)
		check_body(in);
	else
		check_made(in);
	return 0;
}

#define FILLED "\"\001z\"\001z\"\001z\"\001z"
#define HEADERS "Content-Disposition: form-data; name=\"file\"\r\n\r\n"

void
fuzz_make_seeds(fuzz_put *put)
{
	static const char *const inputs[] = {
		"0--BB\r\n" HEADERS "abc\r\n--BB--\r\n",
		"0x\r\n--BB \t\r\n" HEADERS "\r\n--BB--",
		"0--BB\r\n" HEADERS "a\r\n--BBx\r\nb\r\n--BB--\r\nx",
		"0--BB\r\n" HEADERS "a\n--BB--\r\n",
		"0--BB\n" HEADERS "a\r\n--BB\r\nContent-Disposition: "
		    "form-data; name=hex\r\n\r\n00\r\n--BB--\r\n",
		"0--BB\r\nContent-Type: a/b\r\n" HEADERS
		    "a\r\n--BB\r\n" HEADERS "b\r\n--BB--\r\n",
		"0--BB--", "1", "1Aabcdefghij",
		"1\x02" "abc\x18\x04" "q.bi\x08" "contents\x01\x04" "00ff",
		"1\x02" "abc\x01\x04" "00ff\x01\x04" "00ff",
		"1\x02" "abc\x02\x09" "--bcd\r\n--\x08\x02=?\x03\r\r\n",
		/* fillers in 13 parts, and in 12 */
		"1\x02" "abc" FILLED FILLED FILLED "\"\001z",
		"1\x02" "abc" FILLED FILLED FILLED "\x08\001q\001z",
	};
	char name[] = "form-a";
	size_t i;

	for (i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		name[5] = (char)('a' + i);
		put(name, bytes_of_string(inputs[i]));
	}
}
