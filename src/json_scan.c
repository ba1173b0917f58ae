#include <string.h>

#include "json_scan.h"

/* Where the check stands, and the first thing that it did not like. */
struct scan {
	struct bytes in;
	const char *complaint;
	struct json_amount amount; /* so far */
};

static bool scan_value(struct scan *s, int depth);

static bool
complain(struct scan *s, const char *complaint)
{
	if (s->complaint == NULL)
		s->complaint = complaint;
	return false;
}

static bool
next_is(const struct scan *s, char c)
{
	return s->in.len > 0 && s->in.ptr[0] == c;
}

static bool
next_is_digit(const struct scan *s)
{
	return s->in.len > 0 && s->in.ptr[0] >= '0' && s->in.ptr[0] <= '9';
}

static bool
take_char(struct scan *s, char c)
{
	if (!next_is(s, c))
		return false;
	s->in = bytes_behind(s->in, 1);
	return true;
}

static void
skip_white_space(struct scan *s)
{
	while (take_char(s, ' ') || take_char(s, '\t') ||
	    take_char(s, '\r') || take_char(s, '\n'))
		continue;
}

static bool
take_digits(struct scan *s)
{
	if (!next_is_digit(s))
		return complain(s, "a number without digits");
	while (next_is_digit(s))
		s->in = bytes_behind(s->in, 1);
	return true;
}

/* RFC 8259, 6 */
static bool
scan_number(struct scan *s)
{
	take_char(s, '-');
	if (!take_char(s, '0') && !take_digits(s))
		return false;
	if (next_is_digit(s))
		return complain(s, "a number that begins with 0");
	if (take_char(s, '.') && !take_digits(s))
		return false;
	if (take_char(s, 'e') || take_char(s, 'E')) {
		if (!take_char(s, '+'))
			take_char(s, '-');
		return take_digits(s);
	}
	return true;
}

/* The digits of \uXXXX: what they say, by the higher octet. */
static bool
scan_code_unit(struct scan *s, uint8_t *high)
{
	struct bytes hex;
	uint8_t value[2];

	if (!bytes_take(&s->in, &hex, 4) ||
	    !hex_decode(value, sizeof(value), hex))
		return complain(s, "\\u without four hex digits");
	*high = value[0];
	return true;
}

/* One character: d800 to dbff is the first half of one, dc00 to dfff the
 * second (RFC 8259, 7). */
static bool
scan_unicode_escape(struct scan *s)
{
	uint8_t first, second;

	if (!scan_code_unit(s, &first))
		return false;
	if ((first & 0xf8) != 0xd8)
		return true;
	if ((first & 0xfc) != 0xd8 || !take_char(s, '\\') ||
	    !take_char(s, 'u') || !scan_code_unit(s, &second) ||
	    (second & 0xfc) != 0xdc)
		return complain(s, "half a character");
	return true;
}

static bool
scan_escape(struct scan *s)
{
	struct bytes one;

	if (!bytes_take(&s->in, &one, 1))
		return complain(s, "a string without an end");
	if (one.ptr[0] == 'u')
		return scan_unicode_escape(s);
	if (memchr("\"\\/bfnrt", one.ptr[0], 8) == NULL)
		return complain(s, "an unknown escape");
	return true;
}

/*
 * What follows the first octet of a character beyond ASCII (RFC 3629, 4):
 * json-c takes the same character written longer than need be.
 */
static bool
scan_utf8_tail(struct scan *s, uint8_t first)
{
	uint8_t low = 0x80, high = 0xbf;
	struct bytes tail;
	size_t len, i;

	if (first >= 0xc2 && first <= 0xdf)
		len = 1;
	else if (first >= 0xe0 && first <= 0xef)
		len = 2;
	else if (first >= 0xf0 && first <= 0xf4)
		len = 3;
	else
		return false;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f; /* no surrogates */
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f; /* none above U+10FFFF */
	if (!bytes_take(&s->in, &tail, len) || tail.ptr[0] < low ||
	    tail.ptr[0] > high)
		return false;
	for (i = 1; i < len; i++)
		if (tail.ptr[i] < 0x80 || tail.ptr[i] > 0xbf)
			return false;
	return true;
}

/* RFC 8259, 7. `out` is what stands between the quotes. */
static bool
scan_string(struct scan *s, struct bytes *out)
{
	struct bytes start, one;

	if (!take_char(s, '"'))
		return complain(s, "something else than a value or a name");
	start = s->in;
	while (!next_is(s, '"')) {
		if (!bytes_take(&s->in, &one, 1))
			return complain(s, "a string without an end");
		if (one.ptr[0] < 0x20)
			return complain(s, "a control character in a string");
		if (one.ptr[0] >= 0x80 && !scan_utf8_tail(s, one.ptr[0]))
			return complain(s, "a string that is not UTF-8");
		if (one.ptr[0] == '\\' && !scan_escape(s))
			return false;
		s->amount.num_chars++;
	}
	*out = (struct bytes){ start.ptr, start.len - s->in.len };
	return take_char(s, '"');
}

static bool
scan_word(struct scan *s, const char *word)
{
	struct bytes run;

	if (bytes_take(&s->in, &run, strlen(word)) &&
	    bytes_equal(run, bytes_of_string(word)))
		return true;
	return complain(s, "a word that is not true, false or null");
}

/* The name is new, and plain: so equal names are equal bytes. */
static bool
check_name(struct scan *s, const struct bytes *names, size_t num)
{
	size_t i;

	if (memchr(names[num].ptr, '\\', names[num].len) != NULL)
		return complain(s, "a member name with an escape");
	for (i = 0; i < num; i++)
		if (bytes_equal(names[i], names[num]))
			return complain(s, "a member name that stands twice");
	return true;
}

static bool
scan_object(struct scan *s, int depth)
{
	struct bytes names[JSON_MEMBERS_NUM_MAX];
	size_t num = 0;

	skip_white_space(s);
	if (take_char(s, '}'))
		return true;
	do {
		if (num == JSON_MEMBERS_NUM_MAX)
			return complain(s, "an object with too many members");
		skip_white_space(s);
		if (!scan_string(s, &names[num]) || !check_name(s, names, num))
			return false;
		num++;
		skip_white_space(s);
		if (!take_char(s, ':'))
			return complain(s, "a member without a colon");
		if (!scan_value(s, depth))
			return false;
	} while (take_char(s, ','));
	if (!take_char(s, '}'))
		return complain(s, "an object without an end");
	return true;
}

static bool
scan_array(struct scan *s, int depth)
{
	skip_white_space(s);
	if (take_char(s, ']'))
		return true;
	do {
		if (!scan_value(s, depth))
			return false;
	} while (take_char(s, ','));
	if (!take_char(s, ']'))
		return complain(s, "an array without an end");
	return true;
}

static bool
scan_bare_value(struct scan *s, int depth)
{
	struct bytes ignored;

	if (next_is(s, 'n'))
		return scan_word(s, "null");
	s->amount.num_values++;
	if (take_char(s, '{'))
		return scan_object(s, depth - 1);
	if (take_char(s, '['))
		return scan_array(s, depth - 1);
	if (next_is(s, 't'))
		return scan_word(s, "true");
	if (next_is(s, 'f'))
		return scan_word(s, "false");
	if (next_is(s, '-') || next_is_digit(s))
		return scan_number(s);
	return scan_string(s, &ignored);
}

/* A value and the white space around it; `depth` more levels may open. */
static bool
scan_value(struct scan *s, int depth)
{
	skip_white_space(s);
	if (depth == 0 && (next_is(s, '{') || next_is(s, '[')))
		return complain(s, "too deep");
	if (!scan_bare_value(s, depth))
		return false;
	skip_white_space(s);
	return true;
}

int
json_check(struct bytes text, const char *what, struct json_amount *amount,
    struct fault *f)
{
	struct scan s = { .in = text };

	if (text.len > JSON_TEXT_LEN_MAX)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: want at most %d bytes, have %zu", what,
		    JSON_TEXT_LEN_MAX, text.len);
	if (scan_value(&s, JSON_DEPTH_MAX) && s.in.len > 0)
		complain(&s, "something after the value");
	if (s.complaint != NULL)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: not JSON that we take: %s at byte %zu of %zu", what,
		    s.complaint, text.len - s.in.len, text.len);
	*amount = s.amount;
	return 0;
}

bool
json_find_text(struct bytes text, const char *name, struct bytes *out)
{
	struct scan s = { .in = text };
	struct bytes found, start;

	skip_white_space(&s);
	if (!take_char(&s, '{'))
		return false;
	do {
		skip_white_space(&s);
		if (!scan_string(&s, &found))
			return false;
		skip_white_space(&s);
		if (!take_char(&s, ':'))
			return false;
		skip_white_space(&s);
		start = s.in;
		if (!scan_bare_value(&s, JSON_DEPTH_MAX))
			return false;
		if (bytes_equal(found, bytes_of_string(name))) {
			*out = (struct bytes){ start.ptr,
				start.len - s.in.len };
			return true;
		}
		skip_white_space(&s);
	} while (take_char(&s, ','));
	return false;
}
