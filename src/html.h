/*
 * A page of HTML as it grows. Markup is the program's own and constant;
 * whatever else goes into it is escaped on its way, so that no text of a
 * quote, a certificate or a stranger can become markup.
 *
 * Want of memory is remembered and told once, by html_is_whole.
 */
#ifndef ATTESTRY_HTML_H
#define ATTESTRY_HTML_H

#include "bytes.h"

/* Zeroed to begin with; html_clear frees it. */
struct html {
	char *text; /* NUL-terminated once there is any */
	size_t len;
	size_t room;
	bool failed;
};

/* Markup as it is: constants alone. */
void html_raw(struct html *h, const char *markup);

/*
 * Text between tags or inside a quoted attribute: & < > " ' become
 * references. What is no UTF-8, no printable character, or turns the
 * direction of the text around it, becomes U+FFFD.
 */
void html_text(struct html *h, const char *text);

/* As html_text; it need not end in NUL. */
void html_bytes(struct html *h, struct bytes text);

/* Lower-case hex. */
void html_hex(struct html *h, struct bytes value);

/*
 * Markup with values in it:
 *
 *	html_f(&h, "<dt>%s<dd>%d of %zu", name, i, num);
 *
 * format	constant markup; of conversions it has %s, %c, %d, %u, %x, also
 *		with flags and width and with l, ll or z; and %%
 *
 * What a conversion makes is escaped as html_text does.
 */
void html_f(struct html *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Is everything in it, and not cut short for want of memory? */
MUST_USE bool html_is_whole(const struct html *h);

/* Usable again afterwards. */
void html_clear(struct html *h);

#endif
