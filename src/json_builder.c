#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"
#include "json.h"
#include "json_builder.h"

/* The first; it doubles. Most answers fit. */
#define ROOM_MIN 16384

/* Room for so many characters and a NUL; NULL when the whole has failed. */
static char *
reserve(struct json_builder *b, size_t len)
{
	size_t room = b->room == 0 ? ROOM_MIN : b->room;
	char *grown;

	if (b->failed || len > JSON_TEXT_LEN_MAX - b->len) {
		b->failed = true;
		return NULL;
	}
	while (room - b->len <= len)
		room *= 2;
	if (room != b->room) {
		grown = realloc(b->ptr, room);
		if (grown == NULL) {
			b->failed = true;
			return NULL;
		}
		b->ptr = grown;
		b->room = room;
	}
	return b->ptr + b->len;
}

static void
put(struct json_builder *b, const void *text, size_t len)
{
	char *to = reserve(b, len);

	if (to == NULL || len == 0)
		return;
	memcpy(to, text, len);
	b->len += len;
}

/* Before a value: a comma, unless it is the first, and its name. */
static void
put_name(struct json_builder *b, const char *name)
{
	size_t len = name == NULL ? 0 : strlen(name);
	char *to = reserve(b, len + 4);

	if (to == NULL)
		return;
	if (b->has_item)
		*to++ = ',';
	if (name != NULL) {
		*to++ = '"';
		memcpy(to, name, len);
		to += len;
		*to++ = '"';
		*to++ = ':';
	}
	b->len = (size_t)(to - b->ptr);
	b->has_item = true;
}

static void
begin(struct json_builder *b, const char *name, const char *bracket)
{
	put_name(b, name);
	put(b, bracket, 1);
	b->has_item = false;
}

static void
end(struct json_builder *b, const char *bracket)
{
	put(b, bracket, 1);
	b->has_item = true;
}

void
json_begin_object(struct json_builder *b, const char *name)
{
	begin(b, name, "{");
}

void
json_end_object(struct json_builder *b)
{
	end(b, "}");
}

void
json_begin_array(struct json_builder *b, const char *name)
{
	begin(b, name, "[");
}

void
json_end_array(struct json_builder *b)
{
	end(b, "]");
}

void
json_add_raw(struct json_builder *b, const char *name, struct bytes json)
{
	put_name(b, name);
	if (json.ptr == NULL)
		b->failed = true;
	put(b, json.ptr, json.len);
}

void
json_add_null(struct json_builder *b, const char *name)
{
	json_add_raw(b, name, bytes_of_string("null"));
}

void
json_add_bool(struct json_builder *b, const char *name, bool value)
{
	json_add_raw(b, name, bytes_of_string(value ? "true" : "false"));
}

void
json_add_number(struct json_builder *b, const char *name, int64_t n)
{
	uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (n < 0)
		digits[--at] = '-';
	put_name(b, name);
	put(b, digits + at, sizeof(digits) - at);
}

/* --- strings -------------------------------------------------------------- */

/* Eight bytes of that value. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Which of eight bytes are below n, at most 0x80: each has its top bit set,
 * and above the first of them some others may. All others are clear.
 */
static inline uint64_t
find_below(uint64_t word, uint8_t n)
{
	return (word - EACH(n)) & ~word & EACH(0x80);
}

static inline uint64_t
find_byte(uint64_t word, uint8_t c)
{
	return find_below(word ^ EACH(c), 1);
}

/* RFC 8259, 7: all that cannot stand in a string as it is. */
static inline bool
is_special(uint8_t c)
{
	return c < ' ' || c == '"' || c == '\\';
}

static inline uint64_t
find_special(uint64_t word)
{
	return find_below(word, ' ') | find_byte(word, '"') |
	    find_byte(word, '\\');
}

static inline bool
is_beyond_ascii(uint8_t c)
{
	return c > '~';
}

static inline uint64_t
find_beyond_ascii(uint64_t word)
{
	return (word & EACH(0x80)) | find_byte(word, 0x7f);
}

/* How many at the front are copied as they are. */
static size_t
run_len(struct bytes in, bool ascii)
{
	uint64_t word, found;
	size_t at;

	for (at = 0; in.len - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, in.ptr + at, sizeof(word));
		word = le64toh(word); /* the first byte is the lowest */
		found = find_special(word);
		if (ascii)
			found |= find_beyond_ascii(word);
		if (found != 0)
			return at + (size_t)__builtin_ctzll(found) / 8;
	}
	while (at < in.len && !is_special(in.ptr[at]) &&
	    !(ascii && is_beyond_ascii(in.ptr[at])))
		at++;
	return at;
}

static void
put_escape(struct json_builder *b, uint8_t c)
{
	static const char escapes[0x80] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
		['\r'] = 'r', ['"'] = '"', ['\\'] = '\\',
	};
	char text[7] = "\\u00";

	if (escapes[c] != '\0') {
		text[1] = escapes[c];
		put(b, text, 2);
	} else {
		hex_encode(text + 4, (struct bytes){ &c, 1 });
		put(b, text, 6);
	}
}

/* Returns false, in the middle of it, where `ascii` does not hold. */
static bool
put_string(struct json_builder *b, struct bytes in, bool ascii)
{
	uint8_t c;

	put(b, "\"", 1);
	for (;;) {
		size_t len = run_len(in, ascii);

		put(b, in.ptr, len);
		in = bytes_behind(in, len);
		if (in.len == 0)
			break;
		c = in.ptr[0];
		if (ascii && (is_beyond_ascii(c) || (c < ' ' && c != '\t' &&
		    c != '\r' && c != '\n')))
			return false;
		put_escape(b, c);
		in = bytes_behind(in, 1);
	}
	put(b, "\"", 1);
	return true;
}

void
json_add_text(struct json_builder *b, const char *name, const char *text)
{
	if (text == NULL) {
		json_add_null(b, name);
		return;
	}
	put_name(b, name);
	put_string(b, bytes_of_string(text), false);
}

void
json_add_ascii(struct json_builder *b, const char *name, struct bytes text)
{
	size_t len;

	put_name(b, name);
	len = b->len;
	if (!put_string(b, text, true)) {
		b->len = len;
		put(b, "null", 4);
	}
}

static void
add_hex(struct json_builder *b, const char *name, const char *prefix,
    struct bytes value)
{
	char *to;

	put_name(b, name);
	put(b, prefix, strlen(prefix));
	if (value.len > JSON_TEXT_LEN_MAX)
		b->failed = true;
	to = reserve(b, 2 * value.len + 1);
	if (to == NULL)
		return;
	hex_encode(to, value);
	to[2 * value.len] = '"';
	b->len += 2 * value.len + 1;
}

void
json_add_bare_hex(struct json_builder *b, const char *name,
    struct bytes value)
{
	add_hex(b, name, "\"", value);
}

void
json_add_hex(struct json_builder *b, const char *name, struct bytes value)
{
	add_hex(b, name, "\"0x", value);
}

void
json_add_instant_us(struct json_builder *b, const char *name, int64_t at_us)
{
	char text[INSTANT_LEN_MAX];

	instant_format_us(at_us, text);
	put_name(b, name);
	put(b, "\"", 1);
	put(b, text, strlen(text));
	put(b, "\"", 1);
}

/* --- the whole ------------------------------------------------------------ */

struct json_text
json_finish(struct json_builder *b)
{
	struct json_text text = { b->ptr, b->len };

	if (reserve(b, 0) == NULL) {
		free(b->ptr);
		text = (struct json_text){ NULL, 0 };
	} else {
		b->ptr[b->len] = '\0';
	}
	*b = (struct json_builder){ 0 };
	return text;
}

static void
break_line(struct json_builder *b, int depth)
{
	put(b, "\n", 1);
	for (; depth > 0; depth--)
		put(b, "\t", 1);
}

/* The length of the string at the front, its quotes included. */
static size_t
string_len(const char *at)
{
	size_t len = 1;

	while (at[len] != '"')
		len += at[len] == '\\' ? 2 : 1;
	return len + 1;
}

static bool
is_begin(char c)
{
	return c == '{' || c == '[';
}

static bool
is_end(char c)
{
	return c == '}' || c == ']';
}

/* As json-c breaks them, also in what is empty: "[", a new line, "]". */
struct json_text
json_indent_adopt(struct json_text text)
{
	struct json_builder b = { 0 };
	const char *at;
	size_t len;
	int depth = 0;

	if (text.ptr == NULL)
		return text;
	for (at = text.ptr; *at != '\0'; at += len) {
		len = *at == '"' ? string_len(at) : 1;
		if (is_end(*at))
			break_line(&b, --depth);
		put(&b, at, len);
		if (*at == ':')
			put(&b, " ", 1);
		depth += is_begin(*at);
		if ((is_begin(*at) || *at == ',') && !is_end(at[1]))
			break_line(&b, depth);
	}
	free(text.ptr);
	return json_finish(&b);
}

struct bytes
json_text_bytes(const struct json_text *text)
{
	return (struct bytes){ (const uint8_t *)text->ptr, text->len };
}
