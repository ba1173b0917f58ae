/*
 * GET /reports/{checksum}: what was proven of a quote, and what was not.
 */
#include <stdio.h>
#include <stdlib.h>

#include "page.h"
#include "page_check.h"
#include "page_measure.h"
#include "target.h"

/* A short name for titles and lists. */
static void
put_kind(struct html *h, const struct quote *q)
{
	html_f(h, "Intel %s quote, version %u", tee_name(q->tee),
	    q->header.version);
	if (q->body_type == BODY_TD_REPORT15)
		html_raw(h, ", TDX 1.5");
}

static void
put_counts(struct html *h, const struct page_quote *q)
{
	enum check_result results[CHECK__MAX];
	int num[CHECK_NOT_MEANT + 1] = { 0 }, i;

	checks_find(results, q->quote.tee, &q->newest.verdict,
	    q->newest.has_collateral);
	for (i = 0; i < CHECK__MAX; i++)
		num[results[i]]++;
	if (!q->newest.verdict.verified)
		html_f(h, "<p>One check failed, after %d that passed%s",
		    num[CHECK_PASSED], num[CHECK_SHORT] > 0 ?
		    " and one that falls short" : "");
	else if (num[CHECK_SHORT] > 0)
		html_f(h, "<p>%d checks passed; the TCB level falls short, "
		    "which the policy accepts", num[CHECK_PASSED]);
	else
		html_f(h, "<p>All %d checks that apply passed",
		    num[CHECK_PASSED]);
	if (num[CHECK_NOT_MADE] > 0)
		html_f(h, "; %d were not made", num[CHECK_NOT_MADE]);
	html_raw(h, ". Judged at ");
	page_put_time(h, q->newest.verdict.verified_at);
	html_raw(h, q->newest.fixed_time ?
	    ", a fixed time and not the clock\xe2\x80\x99s.</p>\n" :
	    ".</p>\n");
}

static void
put_verdict(struct html *h, const struct call *c, const struct page_quote *q)
{
	const struct verdict *v = &q->newest.verdict;
	struct trust intel;

	html_f(h, "<section class=\"verdict %s\" aria-labelledby=\"verdict\">"
	    "\n<h1 id=\"verdict\">%s</h1>\n", page_verdict_class(q),
	    page_verdict_word(q));
	if (!q->has_verdict)
		html_raw(h, "<p>The quote is kept, and nothing has been "
		    "proven: verification could not be carried out yet, for "
		    "want of what Intel publishes about its platform or of "
		    "something here. It is tried again; you may also upload "
		    "the quote once more.</p>\n");
	else
		put_counts(h, q);
	if (v->fault.message[0] != '\0')
		html_f(h, "<p>%s</p>\n", v->fault.message);
	if (v->fault.code != FAULT_NONE)
		html_f(h, "<p>Reason: <code>%s</code></p>\n",
		    fault_reason(v->fault.code));
	trust_set_intel(&intel);
	if (!trust_equal(&c->api->judge.trust, &intel))
		html_raw(h, "<p><strong>This is a demonstration:</strong> the "
		    "trust anchor here is not Intel\xe2\x80\x99s, and what "
		    "verifies proves nothing about real hardware.</p>\n");
	if (!q->is_kept)
		html_raw(h, "<p>The quote is not kept here, and this page has "
		    "no link: enough copies of it are, or only genuine ones "
		    "are kept.</p>\n");
	html_raw(h, "</section>\n");
}

static void
put_advisories(struct html *h, const struct advisories *a)
{
	size_t i;

	html_raw(h, "<dt>Security advisories</dt>\n<dd>");
	for (i = 0; i < a->num; i++)
		html_f(h, "%s%s", i == 0 ? "" : ", ", a->id[i]);
	html_raw(h, a->num == 0 ? "none that Intel names</dd>\n" :
	    "</dd>\n");
}

static void
put_facts(struct html *h, const struct call *c, const struct page_quote *q)
{
	const char *status = tcb_status_name(q->newest.verdict.tcb_status);
	char origin[PAGE_ORIGIN_LEN_MAX];

	page_origin(c, origin);
	html_raw(h, "<dl>\n<dt>What it is</dt>\n<dd>");
	put_kind(h, &q->quote);
	html_f(h, "</dd>\n<dt>Checksum <small>SHA-256 of the upload</small>"
	    "</dt>\n<dd><code data-copy=\"the checksum\">%s</code></dd>\n",
	    q->checksum_hex);
	if (q->is_kept) {
		html_raw(h, "<dt>First uploaded</dt>\n<dd>");
		page_put_time_us(h, q->uploaded_at_us);
		html_f(h, "</dd>\n<dt>Link to this report</dt>\n<dd><code "
		    "data-copy=\"the link\">%s/reports/%s</code></dd>\n",
		    origin, q->checksum_hex);
	}
	if (q->has_verdict) {
		html_f(h, "<dt>TCB status</dt>\n<dd>%s</dd>\n",
		    status == NULL ? "not determined" : status);
		put_advisories(h, &q->newest.verdict.advisories);
	}
	html_raw(h, "</dl>\n");
}

static void
put_meaning(struct html *h, const struct page_quote *q)
{
	const char *who = q->quote.tee == TEE_TDX ? "a virtual machine" :
						    "an enclave";

	page_put_heading(h, "meaning", "What this says, and what it does not");
	html_raw(h, "<div class=\"cards\">\n<div class=\"card\">\n"
	    "<h3>Proven</h3>\n");
	if (q->newest.verdict.verified)
		html_f(h, "<p>A processor whose certificate leads to the trust "
		    "anchor signed this report about %s. The measurements "
		    "and the report data below are what it saw, and its TCB "
		    "was at a level that the operator accepts.</p>\n", who);
	else
		html_raw(h, "<p>Nothing beyond what is marked as passed "
		    "below. Do not rely on the measurements.</p>\n");
	html_raw(h, "</div>\n<div class=\"card\">\n<h3>Not proven</h3>\n"
	    "<ul>\n<li>Which software that is: compare the measurements with "
	    "what you expect.</li>\n"
	    "<li>That the quote is fresh: look for your nonce in the report "
	    "data.</li>\n"
	    "<li>Where the machine stands, and who has it.</li>\n"
	    "<li>That its TCB is still accepted today: see the "
	    "dates.</li>\n</ul>\n</div>\n</div>\n");
}

static void
put_compare_form(struct html *h, const struct page_quote *q)
{
	html_f(h, "<form action=\"/compare\" method=\"get\">\n"
	    "<input type=\"hidden\" name=\"a\" value=\"%s\">\n"
	    "<label for=\"b\">Compare with another quote, by its checksum"
	    "</label>\n<input type=\"text\" id=\"b\" name=\"b\" required "
	    "maxlength=\"66\" autocomplete=\"off\" spellcheck=\"false\">\n"
	    "<p><button>Compare the two</button></p>\n</form>\n",
	    q->checksum_hex);
}

/* The history, where there is a quote that is kept. */
static int
put_stored(struct html *h, struct call *c, const struct page_quote *q,
    struct fault *f)
{
	struct stored_verdict *verdicts;
	int64_t first = 0;
	size_t num = 0;
	int r;

	verdicts = calloc(PAGE_HISTORY_MAX, sizeof(*verdicts));
	if (verdicts == NULL)
		return fault_set_memory(f);
	r = api_get_verdicts(c->api, q->checksum, 0, PAGE_HISTORY_MAX,
	    verdicts, &num, &first, f);
	if (r >= 0) {
		page_put_history(h, q, verdicts, num, first);
		page_put_evidence(h, c, q);
		put_compare_form(h, q);
	}
	free(verdicts);
	return r < 0 ? -1 : 0;
}

void
page_reply_report(struct call *c, const struct page_quote *q,
    const char *expect)
{
	struct html h = { 0 };
	struct fault f = { 0 };
	char title[80];

	snprintf(title, sizeof(title), "%s: %s quote %.8s\xe2\x80\xa6",
	    page_verdict_word(q), tee_name(q->quote.tee), q->checksum_hex);
	page_begin_bare(&h, title, PAGE_NONE);
	put_verdict(&h, c, q);
	put_facts(&h, c, q);
	put_meaning(&h, q);
	page_put_checks(&h, q);
	page_put_shortfalls(&h, q);
	page_put_dates(&h, q, config_now(c->api->config));
	page_put_measures(&h, q, expect);
	page_put_certificates(&h, c, q);
	if (q->is_kept && put_stored(&h, c, q, &f) < 0) {
		html_clear(&h);
		page_reply_internal(c, &f);
		return;
	}
	page_end(&h);
	page_reply(c->request, c->reply, 200, &h);
}

void
page_report(struct call *c)
{
	char expect[EXPECTED_TEXT_LEN_MAX];
	bool has_expect = target_get_long_param(c->request->query, "expect",
	    expect, sizeof(expect));
	struct page_quote q;

	if (!page_take_quote(c, c->argument, &q))
		return;
	page_reply_report(c, &q, has_expect ? expect : NULL);
	page_quote_clear(&q);
}
