#include <stdlib.h>
#include <string.h>

#include "pcs_http.h"

static CURLU *
document_url(const struct pcs_urls *urls, enum pcs_document d,
    const struct platform_key *key, bool early)
{
	char fmspc[sizeof("fmspc=") + 2 * FMSPC_LEN] = "fmspc=";
	char ca[32];
	bool is_tdx = key->tee == TEE_TDX;
	/* Without it a service serves its standard ones. */
	const char *update = early ? "update=early" : NULL;

	switch (d) {
	case PCS_PCK_CRL:
		snprintf(ca, sizeof(ca), "ca=%s", pck_ca_name(key->ca));
		return pcs_url_new(urls, "/sgx/certification/v4/pckcrl",
		    (const char *const[]){ ca, "encoding=der", NULL });
	case PCS_ROOT_CA_CRL:
		return curl_url_dup(urls->root_ca_crl);
	case PCS_TCB_INFO:
		hex_encode(fmspc + strlen(fmspc), BYTES_OF(key->fmspc));
		return pcs_url_new(urls, is_tdx ?
		    "/tdx/certification/v4/tcb" : "/sgx/certification/v4/tcb",
		    (const char *const[]){ fmspc, update, NULL });
	case PCS_QE_IDENTITY:
		return pcs_url_new(urls, is_tdx ?
		    "/tdx/certification/v4/qe/identity" :
		    "/sgx/certification/v4/qe/identity",
		    (const char *const[]){ update, NULL });
	case PCS_DOCUMENT__MAX:
		break;
	}
	return NULL;
}

/* Of the names that a header has had, the first one that is there. */
static int
read_chain_new(const struct pcs_transfer *t, const char *const names[2],
    struct bytes *out, struct fault *f)
{
	int found = 0, i;

	for (i = 0; i < 2 && names[i] != NULL && found == 0; i++)
		found = pcs_transfer_header_new(t, names[i], out, f);
	if (found == 0)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "want a header %s, have none", names[0]);
	return found < 0 ? -1 : 0;
}

static int
read_answer(const struct pcs_transfer *t, enum pcs_document d,
    struct collateral_text *out, struct fault *f)
{
	const struct pcs_document_form *form = &pcs_documents[d];
	struct bytes chain = { NULL, 0 };
	char where[FAULT_MESSAGE_LEN_MAX];
	int r = 0;

	if (form->chain_headers[0] != NULL)
		r = read_chain_new(t, form->chain_headers, &chain, f);
	if (r == 0)
		r = pcs_document_read(d, pcs_transfer_body(t), chain, out, f);
	free((void *)chain.ptr);
	if (r == 0)
		return 0;
	snprintf(where, sizeof(where), "%s from %s", t->name, t->host);
	return fault_prefix(f, where);
}

/* The sentence for what a caller must tell from other failures. */
static int
refuse_fmspc(const struct pcs_transfer *t, const struct platform_key *key,
    struct fault *f)
{
	char fmspc[2 * FMSPC_LEN + 1];

	hex_encode(fmspc, BYTES_OF(key->fmspc));
	return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
	    "%s from %s: FMSPC %s is not known there: want HTTP status 200, "
	    "have %ld", t->name, t->host, fmspc, pcs_transfer_status(t));
}

int
pcs_http_fetch(struct pcs_client *c, const struct pcs_urls *urls,
    const struct platform_key *key, unsigned wanted, bool early,
    const struct pcs_limits *limits, struct collateral_text *out,
    struct pcs_end *out_end, struct fault *f)
{
	const char *tcb_info = pcs_documents[PCS_TCB_INFO].name;
	const struct pcs_transfer *failed, *t = c->transfers;
	int d, r = -1;

	*out_end = (struct pcs_end){ .outcome = PCS_FAILED };
	for (d = 0; d < PCS_DOCUMENT__MAX; d++)
		if ((wanted & 1u << d) != 0 &&
		    pcs_client_add_adopt(c, pcs_documents[d].name,
			document_url(urls, d, key, early),
			pcs_documents[d].len_max, f) < 0)
			goto out;
	if (pcs_client_run(c, limits, out_end, &failed, f) < 0) {
		if (out_end->outcome == PCS_UNKNOWN &&
		    failed->name == tcb_info) {
			out_end->is_fmspc_unknown = true;
			refuse_fmspc(failed, key, f);
		}
		goto out;
	}
	for (d = 0; d < PCS_DOCUMENT__MAX; d++)
		if ((wanted & 1u << d) != 0 &&
		    read_answer(t++, d, out, f) < 0) {
			out_end->outcome = PCS_FAILED;
			goto out;
		}
	r = 0;
out:
	pcs_client_clear(c);
	return r;
}
