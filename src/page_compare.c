/*
 * GET /compare/{a}/{b}: two quotes field by field.
 */
#include <stdio.h>
#include <string.h>

#include "page.h"
#include "page_measure.h"
#include "target.h"

/*
 * A row up to its first value; what differs is said in a word. One value, over
 * both columns, stands for two that are equal.
 */
static void
put_row_begin(struct html *h, const char *name, bool is_same)
{
	html_f(h, "<tr><th scope=\"row\">%s</th><td><span class=\"mark %s\">"
	    "%s</span></td>", name, is_same ? "soft" : "open",
	    is_same ? "equal" : "different");
	html_raw(h, is_same ? "<td colspan=\"2\">" :
	    "<td data-label=\"First\">");
}

static void
put_second(struct html *h)
{
	html_raw(h, "</td><td data-label=\"Second\">");
}

static void
put_texts(struct html *h, const char *name, const char *a, const char *b)
{
	bool is_same = strcmp(a, b) == 0;

	put_row_begin(h, name, is_same);
	html_text(h, a);
	if (!is_same) {
		put_second(h);
		html_text(h, b);
	}
	html_raw(h, "</td></tr>\n");
}

static void
put_one(struct html *h, const struct measure *m)
{
	if (m == NULL) {
		html_raw(h, "not there");
		return;
	}
	html_raw(h, "<code>");
	page_put_measure(h, m);
	html_raw(h, "</code>");
}

/* NULL: this one has no such field. */
static void
put_measures(struct html *h, const struct measure *a, const struct measure *b)
{
	bool is_same = a != NULL && b != NULL &&
	    bytes_equal(a->value, b->value);

	put_row_begin(h, a != NULL ? a->name : b->name, is_same);
	put_one(h, a);
	if (!is_same) {
		put_second(h);
		put_one(h, b);
	}
	html_raw(h, "</td></tr>\n");
}

static const struct measure *
find_measure(const struct measure *in, size_t num, const char *name)
{
	size_t i;

	for (i = 0; i < num; i++)
		if (strcmp(in[i].name, name) == 0)
			return &in[i];
	return NULL;
}

static void
put_all_measures(struct html *h, const struct page_quote *a,
    const struct page_quote *b)
{
	struct measure of_a[MEASURES_NUM_MAX], of_b[MEASURES_NUM_MAX];
	size_t num_a = measures_of(of_a, &a->quote);
	size_t num_b = measures_of(of_b, &b->quote), i;

	for (i = 0; i < num_a; i++)
		put_measures(h, &of_a[i],
		    find_measure(of_b, num_b, of_a[i].name));
	for (i = 0; i < num_b; i++)
		if (find_measure(of_a, num_a, of_b[i].name) == NULL)
			put_measures(h, NULL, &of_b[i]);
}

static const char *
or_dash(const char *text)
{
	return text == NULL || *text == '\0' ? "\xe2\x80\x93" : text;
}

static void
put_kinds(struct html *h, const struct page_quote *a,
    const struct page_quote *b)
{
	char of_a[40], of_b[40];

	snprintf(of_a, sizeof(of_a), "%s, version %u",
	    tee_name(a->quote.tee), a->quote.header.version);
	snprintf(of_b, sizeof(of_b), "%s, version %u",
	    tee_name(b->quote.tee), b->quote.header.version);
	put_texts(h, "Kind", of_a, of_b);
}

static void
put_name(struct html *h, const char *which, const struct page_quote *q)
{
	html_f(h, "<p>%s: <a href=\"/reports/%s\"><code>%s</code></a></p>\n",
	    which, q->checksum_hex, q->checksum_hex);
}

static void
put_table(struct html *h, const struct page_quote *a,
    const struct page_quote *b)
{
	html_raw(h, "<table class=\"compare\">\n<thead>\n<tr><th "
	    "scope=\"col\">Field</th><th scope=\"col\">Difference</th><th "
	    "scope=\"col\">First</th><th scope=\"col\">Second</th></tr>\n"
	    "</thead>\n<tbody>\n");
	put_texts(h, "Verdict", page_verdict_word(a), page_verdict_word(b));
	put_texts(h, "Reason",
	    or_dash(fault_reason(a->newest.verdict.fault.code)),
	    or_dash(fault_reason(b->newest.verdict.fault.code)));
	put_texts(h, "TCB status",
	    or_dash(tcb_status_name(a->newest.verdict.tcb_status)),
	    or_dash(tcb_status_name(b->newest.verdict.tcb_status)));
	put_kinds(h, a, b);
	put_all_measures(h, a, b);
	html_raw(h, "</tbody>\n</table>\n");
}

static void
reply_compare(struct call *c, const struct page_quote *a,
    const struct page_quote *b)
{
	struct html h = { 0 };

	page_begin(&h, "Two quotes, field by field", PAGE_NONE);
	put_name(&h, "First", a);
	put_name(&h, "Second", b);
	put_table(&h, a, b);
	page_end(&h);
	page_reply(c->request, c->reply, 200, &h);
}

void
page_compare(struct call *c)
{
	const char *slash = strchr(c->argument, '/');
	struct page_quote a, b;
	char first[80];

	snprintf(first, sizeof(first), "%.*s", (int)(slash - c->argument),
	    c->argument);
	if (!page_take_quote(c, first, &a))
		return;
	if (page_take_quote(c, slash + 1, &b)) {
		reply_compare(c, &a, &b);
		page_quote_clear(&b);
	}
	page_quote_clear(&a);
}

/* The form of a report, which cannot make such a path. */
void
page_compare_form(struct call *c)
{
	char a[80] = "", b[80] = "", path[160];
	uint8_t of_a[SHA256_LEN], of_b[SHA256_LEN];
	char hex_a[PAGE_CHECKSUM_HEX_LEN + 1], hex_b[sizeof(hex_a)];

	(void)target_get_long_param(c->request->query, "a", a, sizeof(a));
	(void)target_get_long_param(c->request->query, "b", b, sizeof(b));
	if (!api_read_checksum(a, of_a) || !api_read_checksum(b, of_b)) {
		page_reply_error(c, 400, "Two checksums are wanted",
		    "Each is the SHA-256 of a quote that was uploaded here: "
		    "64 hex digits. One of the two is something else.");
		return;
	}
	hex_encode(hex_a, BYTES_OF(of_a));
	hex_encode(hex_b, BYTES_OF(of_b));
	snprintf(path, sizeof(path), "/compare/%s/%s", hex_a, hex_b);
	page_reply_see(c, path);
}
