/*
 * Forms as clients send them, and as nobody should. Every content comes back
 * byte for byte, every form that can be read in two ways is refused.
 */
#include <malloc.h>
#include <string.h>

#include "multipart.h"
#include "tap.h"

#define TYPE "multipart/form-data; boundary=BB"
#define FILE_HEADERS                                                     \
	"Content-Disposition: form-data; name=\"file\"; filename=\"q\"\r\n" \
	"Content-Type: application/octet-stream\r\n\r\n"
#define PART(content) "--BB\r\n" FILE_HEADERS content "\r\n"
#define END "--BB--\r\n"
#define BOUNDARY_70                                                     \
	"0123456789012345678901234567890123456789012345678901234567890123" \
	"456789"

/* One form in a block of just its length, for the sanitizers. */
static int
read_form(struct bytes body, const char *content_type, bool *is_file,
    uint8_t *out, size_t *out_len, struct fault *f)
{
	struct multipart_field fields[] = {
		{ .name = "file" }, { .name = "hex" },
	};
	uint8_t *block = malloc(body.len + !body.len);
	int r;

	if (block == NULL)
		abort();
	if (body.len > 0)
		memcpy(block, body.ptr, body.len);
	r = multipart_read(fields, 2, (struct bytes){ block, body.len },
	    content_type, f);
	*is_file = fields[0].is_present;
	*out_len = fields[0].content.len;
	if (fields[0].content.len > 0)
		memcpy(out, fields[0].content.ptr, fields[0].content.len);
	free(block);
	return r;
}

/* Forms by text: what is found of `file`; NULL: no such part. */
static const struct {
	const char *name;
	const char *type;
	const char *body;
	int found; /* what multipart_read returns */
	const char *file;
} forms[] = {
	{ "one file", TYPE, PART("abc") END, 1, "abc" },
	{ "curl -F file=@x", "multipart/form-data; boundary="
	    "------------------------d74496d66958873e",
	    "--------------------------d74496d66958873e\r\n"
	    "Content-Disposition: form-data; name=\"file\"; "
	    "filename=\"quote.bin\"\r\n"
	    "Content-Type: application/octet-stream\r\n\r\n"
	    "abc\r\n--------------------------d74496d66958873e--\r\n", 1,
	    "abc" },
	{ "curl -H of its own", "multipart/form-data; boundary="
	    "------------------------d7",
	    "--------------------------d7\r\n"
	    "Content-Disposition: attachment; name=\"file\"\r\n\r\n"
	    "abc\r\n--------------------------d7--\r\n", -1, NULL },
	{ "fetch, ends without CRLF", "multipart/form-data; "
	    "boundary=----formdata-undici-0123",
	    "------formdata-undici-0123\r\n"
	    "Content-Disposition: form-data; name=\"file\"; "
	    "filename=\"blob\"\r\n"
	    "Content-Type: application/octet-stream\r\n\r\n"
	    "abc\r\n------formdata-undici-0123--", 1, "abc" },
	{ "Chrome", "multipart/form-data; "
	    "boundary=----WebKitFormBoundaryABCdef012",
	    "------WebKitFormBoundaryABCdef012\r\n"
	    "Content-Disposition: form-data; name=\"file\"; "
	    "filename=\"quote.dat\"\r\n"
	    "Content-Type: application/octet-stream\r\n\r\n"
	    "abc\r\n------WebKitFormBoundaryABCdef012--\r\n", 1, "abc" },
	{ "python-requests", "multipart/form-data; "
	    "boundary=1d3a9f0ae3a4b5c6d7e8f90123456789",
	    "--1d3a9f0ae3a4b5c6d7e8f90123456789\r\n"
	    "Content-Disposition: form-data; name=\"file\"; "
	    "filename=\"quote\"\r\n\r\n"
	    "abc\r\n--1d3a9f0ae3a4b5c6d7e8f90123456789--\r\n", 1, "abc" },
	{ "Python's http client, quoted boundary", "multipart/form-data; "
	    "boundary=\"===============0123==\"",
	    "--===============0123==\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\n"
	    "abc\r\n--===============0123==--\r\n", 1, "abc" },
	{ "Go, reqwest", "multipart/form-data; "
	    "boundary=0123456789abcdef-0123456789abcdef",
	    "--0123456789abcdef-0123456789abcdef\r\n"
	    "Content-Disposition: form-data; name=\"file\"; "
	    "filename=\"q\"\r\nContent-Type: application/octet-stream\r\n"
	    "\r\nabc\r\n--0123456789abcdef-0123456789abcdef--\r\n", 1,
	    "abc" },
	{ "part with Content-Length", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"\r\n"
	    "Content-Length: 3\r\n\r\nabc\r\n" END, 1, "abc" },
	{ "empty content", TYPE, PART("") END, 1, "" },
	{ "hex beside file", TYPE, PART("abc")
	    "--BB\r\nContent-Disposition: form-data; name=\"hex\"\r\n\r\n"
	    "00ff\r\n" END, 2, "abc" },
	{ "only hex", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"hex\"\r\n\r\n"
	    "00ff\r\n" END, 1, NULL },
	{ "another name", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"File\"\r\n\r\n"
	    "abc\r\n" END, 0, NULL },
	{ "an empty form", TYPE, END, 0, NULL },
	{ "others around it", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
	    PART("abc")
	    "--BB\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n2\r\n"
	    END, 1, "abc" },
	{ "binary, 8bit, 7bit say nothing", TYPE,
	    "--BB\r\nContent-Transfer-Encoding: binary\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\n"
	    "a=3Db\r\n" END, 1, "a=3Db" },
	{ "a text part", TYPE,
	    "--BB\r\nContent-Type: text/plain; charset=utf-16\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\n"
	    "abc\r\n" END, 1, "abc" },
	{ "filename in UTF-8", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename=\"\xc3\xbc.bin\"\r\n\r\nabc\r\n" END, 1, "abc" },
	{ "filename*=", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename=\"q\"; filename*=UTF-8''%e2%82%ac\r\n\r\nabc\r\n" END,
	    1, "abc" },
	{ "filename with quotes and a semicolon", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename=\"a\\\"; name=\\\"hex.bin\"\r\n\r\nabc\r\n" END, 1,
	    "abc" },
	{ "filename with a percent sign", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename=\"a%22b%zz\"\r\n\r\nabc\r\n" END, 1, "abc" },
	{ "filename twice, as .NET sends it", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=file; "
	    "filename=q.bin; filename*=utf-8''q.bin\r\n\r\nabc\r\n" END, 1,
	    "abc" },
	{ "filename with a space, unquoted", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename=my quote.bin\r\n\r\nabc\r\n" END, 1, "abc" },
	{ "filename with an encoded word", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename=\"=?utf-8?B?w7wuYmlu?=\"\r\n\r\nabc\r\n" END, 1,
	    "abc" },
	{ "empty filename", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename=\"\"\r\n\r\nabc\r\n" END, 1, "abc" },
	{ "filename with a path", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename=\"C:\\tmp\\..\\q.bin\"\r\n\r\nabc\r\n" END, 1,
	    "abc" },
	{ "filename not UTF-8", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename=\"\xff\xfe\"\r\n\r\nabc\r\n" END, 1, "abc" },
	{ "filename* not decodable", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename*=no-such''%zz\r\n\r\nabc\r\n" END, 1, "abc" },
	{ "encoded word for a name", TYPE,
	    "--BB\r\nContent-Disposition: form-data; "
	    "name=\"=?utf-8?q?file?=\"\r\n\r\nabc\r\n" END, 1,
	    "abc" },
	{ "name*=", TYPE,
	    "--BB\r\nContent-Disposition: form-data; "
	    "name*=utf-8''file\r\n\r\nabc\r\n" END, 1, "abc" },
	{ "name with quotes is another name", TYPE,
	    "--BB\r\nContent-Disposition: form-data; "
	    "name=\"\\\"file\\\"\"\r\n\r\nabc\r\n" END, 0, NULL },
	{ "unquoted name", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=file\r\n\r\n"
	    "abc\r\n" END, 1, "abc" },
	{ "header names of any case", TYPE,
	    "--BB\r\ncontent-disposition: FORM-DATA; NAME=\"file\"\r\n\r\n"
	    "abc\r\n" END, 1, "abc" },
	{ "boundary of 70", "multipart/form-data; boundary=" BOUNDARY_70,
	    "--" BOUNDARY_70 "\r\n" FILE_HEADERS "abc\r\n--" BOUNDARY_70
	    "--\r\n", 1, "abc" },
	{ "preamble and epilogue", TYPE, "hello\r\n" PART("abc") END
	    "bye\r\n", 1, "abc" },
	{ "a nested message is only bytes", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n" END,
	    0, NULL },
	{ "content: longer boundary", TYPE, PART("a\r\n--BBx\r\nb") END, 1,
	    "a\r\n--BBx\r\nb" },
	{ "content: shorter boundary", TYPE, PART("a\r\n--B\r\nb") END, 1,
	    "a\r\n--B\r\nb" },
	{ "content: boundary amid a line", TYPE, PART("a --BB-- b") END, 1,
	    "a --BB-- b" },
	{ "content: closing boundary amid a line", TYPE,
	    PART("a\r\nx--BB--\r\nb") END, 1, "a\r\nx--BB--\r\nb" },
	{ "content: looks like headers", TYPE,
	    PART("\r\nContent-Disposition: form-data; name=\"hex\"\r\n\r\n")
	    END, 1,
	    "\r\nContent-Disposition: form-data; name=\"hex\"\r\n\r\n" },
	{ "content: From line", TYPE, PART("From a\r\n>From b") END, 1,
	    "From a\r\n>From b" },

	{ "empty body", TYPE, "", -1, NULL },
	{ "not a form", TYPE, "hello", -1, NULL },
	{ "no closing delimiter", TYPE, PART("abc"), -1, NULL },
	{ "no delimiter after the content", TYPE, "--BB\r\n" FILE_HEADERS
	    "abc", -1, NULL },
	{ "wrong boundary", "multipart/form-data; boundary=CC",
	    PART("abc") END, -1, NULL },
	{ "boundary a prefix", "multipart/form-data; boundary=B",
	    PART("abc") END, -1, NULL },
	{ "no boundary parameter", "multipart/form-data", PART("abc") END, -1,
	    NULL },
	{ "empty boundary", "multipart/form-data; boundary=\"\"",
	    "--\r\n" FILE_HEADERS "abc\r\n----\r\n", -1, NULL },
	{ "boundary of 71", "multipart/form-data; boundary=x" BOUNDARY_70,
	    "--x" BOUNDARY_70 "\r\n" FILE_HEADERS "abc\r\n--x" BOUNDARY_70
	    "--\r\n", -1, NULL },
	{ "two boundaries", TYPE "; boundary=CC", PART("abc") END, -1, NULL },
	{ "two content types", TYPE "\r\nContent-Type: text/plain",
	    PART("abc") END, -1, NULL },
	{ "another type", "multipart/mixed; boundary=BB", PART("abc") END, -1,
	    NULL },
	{ "no type", "", PART("abc") END, -1, NULL },
	{ "two types in a list", TYPE ", text/plain", PART("abc") END, -1,
	    NULL },
	{ "a comma in quotes", TYPE "; x=\"a, b\"", PART("abc") END, 1,
	    "abc" },
	{ "an escaped quote in quotes", TYPE "; x=\"a\\\", b\"",
	    PART("abc") END, 1, "abc" },
	{ "an equals sign in a boundary, unquoted",
	    "multipart/form-data; boundary=BB=B", PART("abc") END, -1, NULL },
	{ "quotes that do not end", "multipart/form-data; boundary=\"BB",
	    "--\"BB\r\n" FILE_HEADERS "abc\r\n--\"BB--\r\n", -1, NULL },
	{ "quotes that end escaped", TYPE "; x=\"a\\", PART("abc") END, -1,
	    NULL },
	{ "quotes that end escaped, with a quote", TYPE "; x=\"a\\\"",
	    PART("abc") END, -1, NULL },
	{ "a comment", "multipart/form-data (a); boundary=BB",
	    PART("abc") END, -1, NULL },
	{ "a comment behind the boundary", TYPE " (a)", PART("abc") END, -1,
	    NULL },
	{ "a word behind the boundary", TYPE " a", PART("abc") END, -1,
	    NULL },
	{ "a parameter without a value", TYPE "; x", PART("abc") END, -1,
	    NULL },
	{ "a parameter of an empty value", TYPE "; x=", PART("abc") END, -1,
	    NULL },
	{ "a semicolon behind the boundary", TYPE " ;",
	    PART("abc") END, 1, "abc" },
	{ "two files", TYPE, PART("abc") PART("def") END, -1, NULL },
	{ "two hex", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"hex\"\r\n\r\n"
	    "00\r\n"
	    "--BB\r\nContent-Disposition: form-data; name=\"hex\"\r\n\r\n"
	    "00\r\n" END, -1, NULL },
	{ "nested", TYPE,
	    "--BB\r\nContent-Type: multipart/mixed; boundary=CC\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\n"
	    "--CC\r\nContent-Disposition: attachment\r\n\r\nabc\r\n"
	    "--CC--\r\n" END, -1, NULL },
	{ "a message part", TYPE,
	    "--BB\r\nContent-Type: message/rfc822\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\n"
	    "Subject: a\r\n\r\nabc\r\n" END, -1, NULL },
	{ "base64", TYPE,
	    "--BB\r\nContent-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\n"
	    "YWJj\r\n" END, -1, NULL },
	{ "quoted-printable", TYPE,
	    "--BB\r\nContent-Transfer-Encoding: quoted-printable\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\n"
	    "abc\r\n" END, -1, NULL },
	{ "unknown encoding", TYPE,
	    "--BB\r\nContent-Transfer-Encoding: x-what\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\n"
	    "abc\r\n" END, -1, NULL },
	{ "two encodings", TYPE,
	    "--BB\r\nContent-Transfer-Encoding: binary\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\n"
	    "YWJj\r\n" END, -1, NULL },
	{ "base64 in a part beside it", TYPE, PART("abc")
	    "--BB\r\nContent-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: form-data; name=\"a\"\r\n\r\n"
	    "YWJj\r\n" END, -1, NULL },
	{ "no disposition", TYPE,
	    "--BB\r\nContent-Type: text/plain\r\n\r\nabc\r\n" END, -1, NULL },
	{ "no headers", TYPE, "--BB\r\n\r\nabc\r\n" END, -1, NULL },
	{ "no name", TYPE,
	    "--BB\r\nContent-Disposition: form-data\r\n\r\nabc\r\n" END, -1,
	    NULL },
	{ "two names", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"a\"; "
	    "name=\"file\"\r\n\r\nabc\r\n" END, -1, NULL },
	{ "two dispositions", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"a\"\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\n"
	    "abc\r\n" END, -1, NULL },
	{ "no empty line", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"\r\n" END,
	    -1, NULL },
	{ "a header without colon", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"\r\n"
	    "hello\r\n\r\nabc\r\n" END, -1, NULL },
	{ "a header without a name", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"\r\n"
	    ": hello\r\n\r\nabc\r\n" END, -1, NULL },
	{ "a header before a space", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"\r\n"
	    "X : hello\r\n\r\nabc\r\n" END, -1, NULL },
	{ "a header of bytes", TYPE,
	    "--BB\r\nContent-Disposition: form-data; name=\"file\"\r\n"
	    "X\xff: hello\r\n\r\nabc\r\n" END, -1, NULL },
	{ "LF for CRLF", TYPE,
	    "--BB\nContent-Disposition: form-data; name=\"file\"\n\n"
	    "abc\n--BB--\n", -1, NULL },
	{ "LF before a boundary", TYPE, "--BB\r\n" FILE_HEADERS "abc\n" END,
	    -1, NULL },
	{ "LF and a boundary inside the content", TYPE,
	    PART("abc\n--BB\nd") END, -1, NULL },
};

static void
test_forms(void)
{
	static uint8_t content[MULTIPART_BODY_LEN_MAX];
	struct fault f = { 0 };
	size_t i, len;
	bool is_file;
	int r;

	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		r = read_form(bytes_of_string(forms[i].body), forms[i].type,
		    &is_file, content, &len, &f);
		if (!ok(r == forms[i].found && (r < 0 ||
		    (is_file == (forms[i].file != NULL) && (!is_file ||
		    bytes_equal((struct bytes){ content, len },
		    bytes_of_string(forms[i].file))))), "%s", forms[i].name))
			tap_note("returned %d, %zu bytes, %s", r, len,
			    r < 0 ? f.message : "");
	}
}

/* Puts content between a head and an end, and reads it back. */
static bool
comes_back(struct bytes content)
{
	static const char head[] = "--BB\r\n" FILE_HEADERS, end[] =
	    "\r\n--BB--";
	static uint8_t body[MULTIPART_BODY_LEN_MAX],
	    out[MULTIPART_BODY_LEN_MAX];
	struct fault f = { 0 };
	size_t at = 0, len;
	bool is_file;
	int r;

	memcpy(body, head, sizeof(head) - 1);
	at += sizeof(head) - 1;
	if (content.len > 0)
		memcpy(body + at, content.ptr, content.len);
	at += content.len;
	memcpy(body + at, end, sizeof(end) - 1);
	at += sizeof(end) - 1;
	r = read_form((struct bytes){ body, at }, TYPE, &is_file, out, &len,
	    &f);
	if (r < 0)
		tap_note("%zu bytes: %s", content.len, f.message);
	return r == 1 && is_file &&
	    bytes_equal((struct bytes){ out, len }, content);
}

/* "--BB" at the beginning of a line is what a form cannot carry. */
static bool
comes_back_or_has_boundary(struct bytes content)
{
	size_t i;

	for (i = 0; i + 4 <= content.len; i++)
		if (memcmp(content.ptr + i, "--BB", 4) == 0 &&
		    (i == 0 || content.ptr[i - 1] == '\n'))
			return true;
	return comes_back(content);
}

static void
test_bytes(void)
{
	static const char *const ends[] = { "", "\r", "\n", "\r\n", "\r\n\r\n",
		"\n\n", "\r\r", "-", "--", "\r\n--", "\r\n--B", "\r\n--BA",
		" ", "\t", "--BB--", "--BB" };
	uint8_t all[512], one[3], joined[64], block[20480];
	size_t i, j, len, num_bad = 0;
	unsigned int seed = 1;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	ok(comes_back(BYTES_OF(all)), "all bytes, twice");
	ok(comes_back((struct bytes){ (const uint8_t *)"\0\0", 2 }), "NULs");

	for (i = 0; i < 256; i++) {
		one[0] = one[1] = one[2] = (uint8_t)i;
		num_bad += !comes_back((struct bytes){ one, 1 }) ||
		    !comes_back((struct bytes){ one, 2 }) ||
		    !comes_back((struct bytes){ one, 3 });
	}
	ok(num_bad == 0, "each byte alone, doubled, tripled");

	for (num_bad = i = 0; i < 256; i++)
		for (j = 0; j < sizeof(ends) / sizeof(*ends); j++) {
			len = strlen(ends[j]);
			joined[0] = joined[len + 1] = (uint8_t)i;
			memcpy(joined + 1, ends[j], len);
			num_bad += !comes_back_or_has_boundary(
			    (struct bytes){ joined, len + 1 });
			num_bad += !comes_back_or_has_boundary(
			    (struct bytes){ joined + 1, len + 1 });
		}
	ok(num_bad == 0, "each byte before and after every line end");

	for (num_bad = i = 0; i < 200; i++) {
		len = (size_t)rand_r(&seed) % sizeof(block);
		for (j = 0; j < len; j++)
			block[j] = "\r\n-B\0x"[rand_r(&seed) % 6];
		for (j = 0; j + 3 < len; j++)
			if (memcmp(block + j, "--BB", 4) == 0)
				block[j] = 'x';
		num_bad += !comes_back((struct bytes){ block, len });
	}
	ok(num_bad == 0, "random line ends, dashes and boundary letters");
}

/* Every proper beginning of a form is refused, but for the very last CRLF. */
static void
test_prefixes(void)
{
	static const char form[] = PART("abc") END;
	uint8_t out[sizeof(form)];
	struct fault f = { 0 };
	size_t i, len, num_taken = 0;
	bool is_file;

	for (i = 0; i < sizeof(form) - 1 - strlen("\r\n"); i++)
		num_taken += read_form((struct bytes){ (const uint8_t *)form,
		    i }, TYPE, &is_file, out, &len, &f) >= 0;
	ok(num_taken == 0, "every beginning of a form is refused");
}

/* A form with many headers or parts, built by repetition. */
static int
read_repeated(const char *head, const char *item, int num, const char *tail)
{
	static char body[MULTIPART_BODY_LEN_MAX + 4096];
	static uint8_t out[sizeof(body)];
	struct fault f = { 0 };
	bool is_file;
	size_t at, len;
	int i;

	at = (size_t)snprintf(body, sizeof(body), "%s", head);
	for (i = 0; i < num; i++)
		at += (size_t)snprintf(body + at, sizeof(body) - at, "%s",
		    item);
	at += (size_t)snprintf(body + at, sizeof(body) - at, "%s", tail);
	return read_form((struct bytes){ (uint8_t *)body, at }, TYPE,
	    &is_file, out, &len, &f);
}

#define SMALL "--BB\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"

static void
test_limits(void)
{
	ok(read_repeated("", SMALL, 15, PART("abc") END) == 1, "16 parts");
	ok(read_repeated("", SMALL, 16, PART("abc") END) == -1, "17 parts");
	ok(read_repeated("", SMALL, 1000, PART("abc") END) == -1,
	    "1000 parts");
	ok(read_repeated("--BB\r\n", "X: 0123456789\r\n", 500,
	    FILE_HEADERS "abc\r\n" END) == -1, "500 equal headers");
	ok(read_repeated("--BB\r\nX: ", "0123456789", 700,
	    "\r\n" FILE_HEADERS "abc\r\n" END) == 1, "a header of 7000");
	ok(read_repeated("--BB\r\nX: ", "0123456789", 1000,
	    "\r\n" FILE_HEADERS "abc\r\n" END) == -1, "a header of 10 000");
	ok(read_repeated("--BB\r\nX: ", "0123456789\r\n ", 60000,
	    FILE_HEADERS "abc\r\n" END) == -1, "a folded header of 780 000");
	ok(read_repeated("--BB\r\nContent-Disposition: form-data; "
	    "name=\"file\"; filename=\"", "\xff", 10000,
	    "\"\r\n\r\nabc\r\n" END) == -1, "a filename of 10 000");
	ok(read_repeated("--BB\r\nContent-Disposition: form-data; "
	    "name=\"file\"", "; a=b", 10000, "\r\n\r\nabc\r\n" END) == -1,
	    "10 000 parameters");
	ok(read_repeated("", "x", 10000, "\r\n" PART("abc") END) == -1,
	    "a preamble of 10 000");
	ok(read_repeated("--BB\r\n" FILE_HEADERS, "x",
	    MULTIPART_BODY_LEN_MAX, "\r\n" END) == -1, "a body too long");
}

static void
test_memory(void)
{
	static const char *const bodies[] = {
		PART("abc") END, PART("abc"), PART("a") PART("b") END,
		"--BB\r\nContent-Type: multipart/mixed; boundary=CC\r\n\r\n"
		"--CC\r\n\r\nabc\r\n--CC--\r\n" END, "hello",
	};
	uint8_t out[256];
	struct fault f = { 0 };
	size_t i, len, before = 0, after;
	bool is_file;

	/* mallinfo2 counts what glib's slices take, too */
	for (i = 0; i < 100000; i++) {
		if (i == 10000)
			before = mallinfo2().uordblks;
		if (read_form(bytes_of_string(bodies[i % 5]), TYPE, &is_file,
		    out, &len, &f) > 2)
			break;
	}
	after = mallinfo2().uordblks;
	ok(i == 100000 && after < before + 4096,
	    "100 000 forms leave no memory behind");
	tap_note("%zu bytes before, %zu after", before, after);
}

int
main(void)
{
	ok(multipart_is_form("Multipart/Form-Data; boundary=x") &&
	    !multipart_is_form("multipart/form-database") &&
	    !multipart_is_form("application/json") && !multipart_is_form(""),
	    "which content type is a form");
	test_forms();
	test_bytes();
	test_prefixes();
	test_limits();
	test_memory();
	return tap_done();
}
