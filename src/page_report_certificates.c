/*
 * Of a report: the certificates that the quote brings, the platform that they
 * name, and the lists that tell whether they are revoked.
 */
#include <stdlib.h>

#include "page.h"
#include "pem.h"

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

/* What the quote brings. `certs` is room for them. */
static void
put_brought(struct html *h, const struct page_quote *q, struct cert *certs)
{
	struct fault f = { 0 };

	if (q->quote.cert_data_type != CERT_DATA_PCK_CHAIN) {
		html_f(h, "<p>The quote brings no certificates (certification "
		    "data of type %u).</p>\n", q->quote.cert_data_type);
	} else if (cert_read_pem(certs, CHAIN_NUM, q->quote.cert_data,
		&f) < 0) {
		html_f(h, "<p>They cannot be read: %s</p>\n", f.message);
	} else {
		put_chain(h, certs);
		put_platform(h, certs);
	}
}

/* --- revocation lists ---------------------------------------------------- */

static void
put_list(struct html *h, const char *name, const struct crl *crl)
{
	struct bytes number = BYTES_OF(crl->number), zero;

	while (number.len > 1 && number.ptr[0] == 0 &&
	    bytes_take(&number, &zero, 1))
		continue;
	html_f(h, "<tr><th scope=\"row\">%s</th><td data-label=\"Number\">"
	    "<code>0x", name);
	html_hex(h, number);
	html_f(h, "</code></td><td data-label=\"Revoked\">%zu</td><td "
	    "data-label=\"From\">", crl->num_revoked);
	page_put_time(h, crl->validity.not_before);
	html_raw(h, "</td><td data-label=\"To\">");
	page_put_time(h, crl->validity.not_after);
	html_raw(h, "</td></tr>\n");
}

/* One that cannot be read has no row: what is wrong is said under Checks. */
static void
put_list_of(struct html *h, const char *name,
    const struct collateral_text *text, enum collateral_field field,
    const struct cert *issuer)
{
	struct crl crl;
	struct fault f;

	if (collateral_read_crl(&crl, text, field, issuer, &f) < 0)
		return;
	put_list(h, name, &crl);
	crl_clear(&crl);
}

static void
put_lists(struct html *h, const struct collateral_text *text,
    const struct cert *issuers)
{
	html_raw(h, "<table>\n<caption>Revocation lists of the collateral."
	    "</caption>\n<thead>\n<tr><th scope=\"col\">List</th><th "
	    "scope=\"col\">Number</th><th scope=\"col\">Revoked "
	    "certificates</th><th scope=\"col\">From</th><th scope=\"col\">"
	    "To</th></tr>\n</thead>\n<tbody>\n");
	put_list_of(h, "Root CA", text, COLLATERAL_ROOT_CA_CRL, &issuers[1]);
	put_list_of(h, "PCK CA", text, COLLATERAL_PCK_CRL, &issuers[0]);
	html_raw(h, "</tbody>\n</table>\n");
}

static void
put_revocation(struct html *h, const struct call *c,
    const struct page_quote *q, struct cert *issuers)
{
	struct collateral_text text;
	struct fault f = { 0 };
	struct bytes chain;
	int r;

	if (!q->is_kept || !q->newest.has_collateral)
		return;
	r = store_get_collateral_by_id(c->api->store,
	    q->newest.collateral_id, &text, &f);
	if (r != 1) {
		html_raw(h, "<p>The revocation lists cannot be shown just "
		    "now.</p>\n");
		return;
	}
	chain = bytes_of_string(text.field[COLLATERAL_PCK_CRL_ISSUER_CHAIN]);
	if (cert_read_pem(issuers, 2, chain, &f) == 0)
		put_lists(h, &text, issuers);
	collateral_text_clear(&text);
}

void
page_put_certificates(struct html *h, const struct call *c,
    const struct page_quote *q)
{
	struct cert *certs = calloc(CHAIN_NUM, sizeof(*certs));

	if (certs == NULL) {
		h->failed = true;
		return;
	}
	page_put_heading(h, "certificates", "Certificates and platform");
	put_brought(h, q, certs);
	put_revocation(h, c, q, certs);
	free(certs);
}
