/*
 * Of a report: the history, and what it takes to check all of it elsewhere.
 */
#include "instant.h"
#include "page.h"

static void
put_one_verdict(struct html *h, const struct page_quote *q,
    const struct stored_verdict *s, int64_t number)
{
	const struct verdict *v = &s->verdict;
	const char *status = tcb_status_name(v->tcb_status);

	html_f(h, "<tr><th scope=\"row\">%lld</th><td "
	    "data-label=\"Judged at\">", (long long)number);
	page_put_time(h, v->verified_at);
	html_f(h, "</td><td><span class=\"mark %s\"><span aria-hidden=\"true\">"
	    "%s</span> %s</span></td><td data-label=\"TCB status\">%s</td><td "
	    "data-label=\"Reason\">",
	    v->verified ? "good" : "bad",
	    v->verified ? "\xe2\x9c\x93" : "\xe2\x9c\x97",
	    v->verified ? "verified" : "not verified",
	    status == NULL ? "\xe2\x80\x93" : status);
	if (v->fault.code != FAULT_NONE)
		html_f(h, "<code>%s</code>", fault_reason(v->fault.code));
	else
		html_raw(h, "\xe2\x80\x93");
	html_raw(h, "</td><td data-label=\"Collateral\">");
	if (s->has_collateral)
		html_f(h, "<a href=\"/api/collateral/%s?verdict=%lld\">JSON"
		    "<span class=\"hidden\"> of verdict %lld</span></a>",
		    q->checksum_hex, (long long)number, (long long)number);
	else
		html_raw(h, "none needed");
	html_raw(h, "</td></tr>\n");
}

void
page_put_history(struct html *h, const struct page_quote *q,
    const struct stored_verdict *verdicts, size_t num, int64_t first)
{
	size_t i;

	page_put_heading(h, "history", "Verdicts so far");
	if (num == 0) {
		html_raw(h, "<p>There is none yet.</p>\n");
		return;
	}
	html_raw(h, "<table>\n<caption>Newest first. Verdicts are added and "
	    "never changed.</caption>\n<thead>\n<tr><th scope=\"col\">No."
	    "</th><th scope=\"col\">Judged at</th><th scope=\"col\">Verdict"
	    "</th><th scope=\"col\">TCB status</th><th scope=\"col\">Reason"
	    "</th><th scope=\"col\">Collateral</th></tr>\n</thead>\n<tbody>\n");
	for (i = 0; i < num; i++)
		put_one_verdict(h, q, &verdicts[i], first - (int64_t)i);
	html_raw(h, "</tbody>\n</table>\n");
	if (first > (int64_t)num)
		html_f(h, "<p><a href=\"/api/v1/attestations/verdicts/%s"
		    "?limit=100\">More of them, as JSON</a></p>\n",
		    q->checksum_hex);
}

static void
put_commands(struct html *h, const char *origin, const struct page_quote *q)
{
	char at[INSTANT_LEN_MAX];

	html_f(h, "<pre><code data-copy=\"the commands\">"
	    "curl -sSo quote.bin %s/raw/%s\n"
	    "echo '%s  quote.bin' | sha256sum -c\n", origin, q->checksum_hex,
	    q->checksum_hex);
	if (q->newest.has_collateral) {
		instant_format(q->newest.verdict.verified_at, at);
		html_f(h, "curl -sSo collateral.json %s/api/collateral/%s\n"
		    "attestry verify quote.bin --collateral collateral.json "
		    "--time %s\n", origin, q->checksum_hex, at);
	} else {
		html_raw(h, "attestry verify quote.bin\n");
	}
	html_raw(h, "</code></pre>\n");
	if (q->quote.cert_data_type != CERT_DATA_PCK_CHAIN)
		return;
	html_f(h, "<p>The certificates alone, with OpenSSL and Intel\xe2\x80"
	    "\x99s root certificate:</p>\n<pre><code data-copy=\"the OpenSSL "
	    "commands\">curl -sSo view.json %s/api/v1/attestations/view/%s\n"
	    "python3 -c 'import json; print(json.load(open(\"view.json\"))"
	    "[\"cert_data\"])' >chain.pem\n"
	    "curl -sSO https://certificates.trustedservices.intel.com/"
	    "Intel_SGX_Provisioning_Certification_RootCA.pem\n"
	    "openssl verify -CAfile Intel_SGX_Provisioning_Certification_"
	    "RootCA.pem -untrusted chain.pem chain.pem\n</code></pre>\n",
	    origin, q->checksum_hex);
}

void
page_put_evidence(struct html *h, const struct call *c,
    const struct page_quote *q)
{
	char origin[PAGE_ORIGIN_LEN_MAX];

	page_origin(c, origin);
	page_put_heading(h, "evidence", "Check it yourself");
	html_raw(h, "<p>A verdict from somebody else\xe2\x80\x99s server is "
	    "their word. This is all that it was reached with:</p>\n<ul>\n");
	html_f(h, "<li><a href=\"/raw/%s\">The quote, byte for byte</a></li>\n"
	    "<li><a href=\"/api/collateral/%s\">The collateral, as Intel "
	    "signed it (JSON)</a></li>\n"
	    "<li><a href=\"/api/v1/attestations/view/%s\">This report for "
	    "programs (JSON)</a></li>\n</ul>\n", q->checksum_hex,
	    q->checksum_hex, q->checksum_hex);
	put_commands(h, origin, q);
}
