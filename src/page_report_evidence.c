/*
 * Of a report: certificates, the history, and what it takes to check all of
 * it elsewhere.
 */
#include <stdlib.h>

#include "instant.h"
#include "page.h"

#define CHAIN_NUM 3

static void
put_certificate(struct html *h, const struct cert *c)
{
	html_f(h, "<tr><th scope=\"row\"><span class=\"any\">%s</span></th>"
	    "<td data-label=\"Serial number\"><code>",
	    c->common_name[0] == '\0' ? "(no name)" : c->common_name);
	html_hex(h, (struct bytes){ c->serial.octets, c->serial.len });
	html_raw(h, "</code></td><td data-label=\"From\">");
	page_put_time(h, c->validity.not_before);
	html_raw(h, "</td><td data-label=\"To\">");
	page_put_time(h, c->validity.not_after);
	html_raw(h, "</td></tr>\n");
}

static void
put_chain(struct html *h, const struct cert *certs)
{
	int i;

	html_raw(h, "<table>\n<caption>As the quote brings them; whether they "
	    "are to be trusted is said under Checks.</caption>\n<thead>\n"
	    "<tr><th scope=\"col\">Subject</th><th scope=\"col\">Serial "
	    "number</th><th scope=\"col\">From</th><th scope=\"col\">To</th>"
	    "</tr>\n</thead>\n<tbody>\n");
	for (i = 0; i < CHAIN_NUM; i++)
		put_certificate(h, &certs[i]);
	html_raw(h, "</tbody>\n</table>\n");
}

/* What the platform's certificate says of it. */
static void
put_platform(struct html *h, const struct cert *certs)
{
	struct pck pck;
	struct fault f;
	int i;

	for (i = 0; i < CHAIN_NUM; i++)
		if (certs[i].sgx_extension_len > 0)
			break;
	if (i == CHAIN_NUM || pck_read_extension(&pck,
		(struct bytes){ certs[i].sgx_extension,
		certs[i].sgx_extension_len }, &f) < 0)
		return;
	html_raw(h, "<dl>\n<dt>fmspc <small>The model of the platform."
	    "</small></dt>\n<dd><code data-copy=\"fmspc\">");
	html_hex(h, BYTES_OF(pck.fmspc));
	html_raw(h, "</code></dd>\n<dt>ppid <small>This one platform."
	    "</small></dt>\n<dd><code data-copy=\"ppid\">");
	html_hex(h, BYTES_OF(pck.ppid));
	html_raw(h, "</code></dd>\n</dl>\n");
}

void
page_put_certificates(struct html *h, const struct page_quote *q)
{
	struct cert *certs = calloc(CHAIN_NUM, sizeof(*certs));
	struct fault f = { 0 };

	page_put_heading(h, "certificates", "Certificates and platform");
	if (certs == NULL) {
		h->failed = true;
	} else if (q->quote.cert_data_type != CERT_DATA_PCK_CHAIN) {
		html_f(h, "<p>The quote brings no certificates (certification "
		    "data of type %u).</p>\n", q->quote.cert_data_type);
	} else if (cert_read_pem(certs, CHAIN_NUM, q->quote.cert_data,
		&f) < 0) {
		html_f(h, "<p>They cannot be read: %s</p>\n", f.message);
	} else {
		put_chain(h, certs);
		put_platform(h, certs);
	}
	free(certs);
}

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
	    "commands\">curl -sS %s/api/v1/attestations/view/%s |\n"
	    "  python3 -c 'import json, sys; print(json.load(sys.stdin)"
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
