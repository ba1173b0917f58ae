/*
 * Of a report: measurements, report data, and whether one of them is what
 * somebody expects.
 */
#include "page.h"
#include "page_measure.h"

/* Bytes as text, where it is any: up to the zeros at their end. */
static void
put_as_text(struct html *h, struct bytes value)
{
	size_t i;

	while (value.len > 0 && value.ptr[value.len - 1] == '\0')
		value.len--;
	for (i = 0; i < value.len; i++)
		if (value.ptr[i] < ' ' || value.ptr[i] > '~')
			break;
	if (value.len == 0)
		html_raw(h, "<p class=\"soft\">All zeros: nothing is bound to "
		    "this quote.</p>\n");
	else if (i < value.len)
		html_raw(h, "<p class=\"soft\">As text it is nothing "
		    "readable.</p>\n");
	else {
		html_raw(h, "<p>As text: <code>");
		html_bytes(h, value);
		html_raw(h, "</code></p>\n");
	}
}

static void
put_fits(struct html *h, const struct page_quote *q,
    const struct expected *e)
{
	struct measure measures[MEASURES_NUM_MAX];
	size_t num = measures_of(measures, &q->quote), i, num_fits = 0;
	enum fit fit;

	for (i = 0; i < num; i++) {
		fit = expected_fit(e, &measures[i]);
		if (fit == FIT_NONE)
			continue;
		num_fits++;
		html_f(h, "<p class=\"mark good\"><span aria-hidden=\"true\">"
		    "\xe2\x9c\x93</span> It is equal to %s%s.</p>\n",
		    measures[i].name, fit == FIT_PADDED ?
		    ", which has zeros behind it" : "");
	}
	if (num_fits == 0)
		html_f(h, "<p class=\"mark bad\"><span aria-hidden=\"true\">"
		    "\xe2\x9c\x97</span> None of the values is equal to these "
		    "%zu bytes.</p>\n", e->len);
	else if (!q->newest.verdict.verified)
		html_raw(h, "<p class=\"mark open\"><span aria-hidden=\"true\">"
		    "!</span> But the quote is not verified.</p>\n");
}

static void
put_expect(struct html *h, const struct page_quote *q, const char *expect)
{
	struct expected e;
	struct fault f;

	html_raw(h, "<form action=\"#expect\" method=\"get\">\n<label "
	    "for=\"expect\">Is one of them what you expect?</label>\n"
	    "<input type=\"text\" id=\"expect\" name=\"expect\" required "
	    "maxlength=\"399\" autocomplete=\"off\" spellcheck=\"false\" "
	    "placeholder=\"hex\"");
	if (expect != NULL)
		html_f(h, " value=\"%s\"", expect);
	html_raw(h, ">\n<div role=\"status\">\n");
	if (expect != NULL && expected_read(&e, expect, &f) < 0)
		html_f(h, "<p class=\"mark bad\">That cannot be compared: "
		    "%s.</p>\n", f.message);
	else if (expect != NULL)
		put_fits(h, q, &e);
	html_raw(h, "</div>\n<p><button>Compare</button></p>\n</form>\n");
}

void
page_put_measures(struct html *h, const struct page_quote *q,
    const char *expect)
{
	struct measure measures[MEASURES_NUM_MAX];
	size_t num = measures_of(measures, &q->quote), i;

	page_put_heading(h, "measurements", "Measurements");
	if (!q->newest.verdict.verified)
		html_raw(h, "<p class=\"mark open\"><span aria-hidden=\"true\">"
		    "!</span> As the quote has them; they are not proven.</p>"
		    "\n");
	if (q->is_kept)
		put_expect(h, q, expect);
	html_raw(h, "<dl>\n");
	for (i = 0; i < num; i++) {
		html_f(h, "<dt>%s <small>%s</small></dt>\n<dd><code "
		    "data-copy=\"%s\">", measures[i].name, measures[i].what,
		    measures[i].name);
		page_put_measure(h, &measures[i]);
		html_raw(h, "</code>");
		if (i + 1 == num)
			put_as_text(h, measures[i].value);
		html_raw(h, "</dd>\n");
	}
	html_raw(h, "</dl>\n");
}
