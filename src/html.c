#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"

/* The first; it doubles. Most pages fit. */
#define ROOM_MIN 16384
/* One number, with flags and width. */
#define NUMBER_LEN_MAX 64
/* U+FFFD, in place of what cannot be shown. */
#define REPLACEMENT "\xef\xbf\xbd"

static void
append(struct html *h, const char *text, size_t len)
{
	size_t room = h->room == 0 ? ROOM_MIN : h->room;
	char *grown;

	while (room - h->len <= len && !h->failed) {
		h->failed = room > SIZE_MAX / 2;
		room *= 2;
	}
	if (h->failed)
		return;
	if (room != h->room) {
		grown = realloc(h->text, room);
		if (grown == NULL) {
			h->failed = true;
			return;
		}
		h->text = grown;
		h->room = room;
	}
	memcpy(h->text + h->len, text, len);
	h->len += len;
	h->text[h->len] = '\0';
}

void
html_raw(struct html *h, const char *markup)
{
	append(h, markup, strlen(markup));
}

/*
 * How many bytes the UTF-8 character at the front has (RFC 3629), and which
 * it is; 0 when there is none.
 */
static size_t
take_character(struct bytes in, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t first = in.ptr[0];
	size_t len = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 :
	    first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
	uint32_t c = len == 1 ? first : first & (0x7fu >> len);
	size_t i;

	if (len == 0 || len > in.len)
		return 0;
	for (i = 1; i < len; i++) {
		if ((in.ptr[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (in.ptr[i] & 0x3f);
	}
	if (len > 1 && (c < least[len] || c > 0x10ffff ||
		(c >= 0xd800 && c <= 0xdfff)))
		return 0;
	*out = c;
	return len;
}

/* Neither a control character nor one that turns the text's direction. */
static bool
is_shown(uint32_t c)
{
	if (c < ' ')
		return c == '\t' || c == '\n' || c == '\r';
	return c != 0x7f && (c < 0x80 || c > 0x9f) && c != 0x61c &&
	    c != 0x200e && c != 0x200f && (c < 0x202a || c > 0x202e) &&
	    (c < 0x2066 || c > 0x2069) && (c & 0xfffe) != 0xfffe;
}

static const char *
reference(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
html_bytes(struct html *h, struct bytes text)
{
	const char *special;
	struct bytes one;
	uint32_t c;
	size_t len;

	while (text.len > 0) {
		len = take_character(text, &c);
		special = len > 0 && is_shown(c) ? reference(c) : REPLACEMENT;
		if (!bytes_take(&text, &one, len > 0 ? len : 1))
			return;
		if (special != NULL)
			html_raw(h, special);
		else
			append(h, (const char *)one.ptr, one.len);
	}
}

void
html_text(struct html *h, const char *text)
{
	html_bytes(h, bytes_of_string(text));
}

void
html_hex(struct html *h, struct bytes value)
{
	static const char digits[] = "0123456789abcdef";
	char two[2];
	size_t i;

	for (i = 0; i < value.len; i++) {
		two[0] = digits[value.ptr[i] >> 4];
		two[1] = digits[value.ptr[i] & 0xf];
		append(h, two, 2);
	}
}

/* One conversion, "%-5d" for one, of a value of the caller's. */
#define FORMAT_ONE(out, conversion, value) \
	snprintf((out), NUMBER_LEN_MAX, (conversion), (value))

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* length: "", "l", "ll" or "z" */
static void
format_number(char out[static NUMBER_LEN_MAX], const char *conversion,
    const char *length, va_list *ap)
{
	if (strcmp(length, "ll") == 0)
		FORMAT_ONE(out, conversion, va_arg(*ap, long long));
	else if (strcmp(length, "l") == 0)
		FORMAT_ONE(out, conversion, va_arg(*ap, long));
	else if (strcmp(length, "z") == 0)
		FORMAT_ONE(out, conversion, va_arg(*ap, size_t));
	else
		FORMAT_ONE(out, conversion, va_arg(*ap, int));
}
#pragma GCC diagnostic pop

/* Puts one conversion; returns what stands behind it in the format. */
static const char *
put_conversion(struct html *h, const char *at, va_list *ap)
{
	char conversion[16] = "", length[3] = "", number[NUMBER_LEN_MAX];
	size_t flags = strspn(at + 1, "-+ 0123456789");
	size_t num = strspn(at + 1 + flags, "lz");
	size_t len = 1 + flags + num + 1;

	if (at[1] == '%') {
		html_raw(h, "%");
		return at + 2;
	}
	if (at[1] == 's') {
		html_text(h, va_arg(*ap, const char *));
		return at + 2;
	}
	if (len >= sizeof(conversion) || num >= sizeof(length) ||
	    at[len - 1] == '\0' || strchr("cdux", at[len - 1]) == NULL) {
		h->failed = true;
		return "";
	}
	memcpy(conversion, at, len);
	memcpy(length, at + 1 + flags, num);
	format_number(number, conversion, length, ap);
	html_text(h, number);
	return at + len;
}

void
html_f(struct html *h, const char *format, ...)
{
	const char *at = format;
	size_t len;
	va_list ap;

	va_start(ap, format);
	while (*at != '\0') {
		len = strcspn(at, "%");
		append(h, at, len);
		at += len;
		if (*at == '%')
			at = put_conversion(h, at, &ap);
	}
	va_end(ap);
}

bool
html_is_whole(const struct html *h)
{
	return !h->failed && h->text != NULL;
}

void
html_clear(struct html *h)
{
	free(h->text);
	*h = (struct html){ 0 };
}
