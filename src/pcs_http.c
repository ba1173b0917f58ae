#include <stdlib.h>
#include <string.h>

#include "pcs_http.h"

#define HTTP_BAD_REQUEST 400

#define PCK_CHAIN_HEADER "SGX-PCK-Certificate-Issuer-Chain"
#define TCBM_HEADER "SGX-TCBm"
#define TCBM_LEN (CPU_SVN_LEN + PCE_SVN_LEN)

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

static int
prefix_source(const struct pcs_transfer *t, struct fault *f)
{
	char where[FAULT_MESSAGE_LEN_MAX];

	snprintf(where, sizeof(where), "%s from %s", t->name, t->host);
	return fault_prefix(f, where);
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
	int r = 0;

	if (form->chain_headers[0] != NULL)
		r = read_chain_new(t, form->chain_headers, &chain, f);
	if (r == 0)
		r = pcs_document_read(d, pcs_transfer_body(t), chain, out, f);
	free((void *)chain.ptr);
	return r < 0 ? prefix_source(t, f) : 0;
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

/* "name=" and the bytes in hex. */
static const char *
hex_parameter(char *out, size_t size, const char *name, struct bytes value)
{
	int len = snprintf(out, size, "%s=", name);

	if (len < 0 || (size_t)len + 2 * value.len + 1 > size)
		return NULL;
	hex_encode(out + len, value);
	return out;
}

static CURLU *
pck_url(const struct pcs_urls *urls, const struct encrypted_ppid *p)
{
	char ppid[sizeof("encrypted_ppid=") + 2 * ENCRYPTED_PPID_RSA3072_LEN];
	char cpu_svn[64], pce_svn[32], pce_id[32], qe_id[64];

	return pcs_url_new(urls, "/sgx/certification/v4/pckcert",
	    (const char *const[]){
		hex_parameter(ppid, sizeof(ppid), "encrypted_ppid",
		    p->ciphertext),
		hex_parameter(cpu_svn, sizeof(cpu_svn), "cpusvn",
		    BYTES_OF(p->cpu_svn)),
		hex_parameter(pce_svn, sizeof(pce_svn), "pcesvn",
		    BYTES_OF(p->pce_svn)),
		hex_parameter(pce_id, sizeof(pce_id), "pceid",
		    BYTES_OF(p->pce_id)),
		/* For a PCCS alone; Intel's service does not mind it. */
		hex_parameter(qe_id, sizeof(qe_id), "qeid",
		    BYTES_OF(p->qe_id)),
		NULL });
}

/* Which TCB the certificate is for: that of the quote? */
static int
check_tcbm(const struct pcs_transfer *t, const struct encrypted_ppid *p,
    struct pcs_end *end, struct fault *f)
{
	uint8_t want[TCBM_LEN], have[TCBM_LEN];
	char want_hex[2 * TCBM_LEN + 1], have_hex[2 * TCBM_LEN + 1];
	struct bytes text = { NULL, 0 };
	bool is_read;

	if (pcs_transfer_header_new(t, TCBM_HEADER, &text, f) < 0)
		return -1;
	is_read = hex_decode(have, sizeof(have), text);
	free((void *)text.ptr);
	if (!is_read)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "want a header %s of %d hex digits", TCBM_HEADER,
		    2 * TCBM_LEN);
	memcpy(want, p->cpu_svn, CPU_SVN_LEN);
	memcpy(want + CPU_SVN_LEN, p->pce_svn, PCE_SVN_LEN);
	if (memcmp(want, have, sizeof(want)) == 0)
		return 0;
	end->outcome = PCS_UNKNOWN;
	hex_encode(want_hex, BYTES_OF(want));
	hex_encode(have_hex, BYTES_OF(have));
	return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
	    "want one for CPUSVN and PCESVN %s, have one for %s", want_hex,
	    have_hex);
}

/* The leaf, a line end if it has none, and its issuers. */
static int
join_pem_new(struct bytes leaf, struct bytes issuers, char **out,
    struct fault *f)
{
	bool has_end = leaf.len > 0 && leaf.ptr[leaf.len - 1] == '\n';
	size_t len = leaf.len + (has_end ? 0 : 1) + issuers.len;
	char *at;

	if (!pcs_is_pem(leaf) || !pcs_is_pem(issuers))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "want certificates in PEM, and more in %s, have something "
		    "else", PCK_CHAIN_HEADER);
	if (len > QUOTE_CERT_DATA_LEN_MAX)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "want a chain of at most %d bytes, have %zu",
		    QUOTE_CERT_DATA_LEN_MAX, len);
	at = *out = malloc(len + 1);
	if (at == NULL)
		return fault_set_memory(f);
	memcpy(at, leaf.ptr, leaf.len);
	at += leaf.len;
	if (!has_end)
		*at++ = '\n';
	memcpy(at, issuers.ptr, issuers.len);
	at[issuers.len] = '\0';
	return 0;
}

static int
read_pck_answer_new(const struct pcs_transfer *t,
    const struct encrypted_ppid *p, char **out, struct pcs_end *end,
    struct fault *f)
{
	static const char *const names[2] = { PCK_CHAIN_HEADER };
	struct bytes issuers = { NULL, 0 };
	int r = -1;

	end->outcome = PCS_FAILED;
	if (check_tcbm(t, p, end, f) == 0 &&
	    read_chain_new(t, names, &issuers, f) == 0 &&
	    join_pem_new(pcs_transfer_body(t), issuers, out, f) == 0) {
		end->outcome = PCS_GOOD;
		r = 0;
	}
	free((void *)issuers.ptr);
	return r < 0 ? prefix_source(t, f) : 0;
}

int
pcs_http_fetch_pck_chain_new(struct pcs_client *c,
    const struct pcs_urls *urls, const struct encrypted_ppid *ppid,
    const struct pcs_limits *limits, char **out, struct pcs_end *out_end,
    struct fault *f)
{
	const struct pcs_transfer *failed;
	int r = -1;

	*out_end = (struct pcs_end){ .outcome = PCS_FAILED };
	if (pcs_client_add_adopt(c, "PCK certificate", pck_url(urls, ppid),
		QUOTE_CERT_DATA_LEN_MAX, f) < 0)
		goto out;
	if (pcs_client_run(c, limits, out_end, &failed, f) == 0)
		r = read_pck_answer_new(&c->transfers[0], ppid, out, out_end,
		    f);
	else if (failed != NULL &&
	    pcs_transfer_status(failed) == HTTP_BAD_REQUEST)
		out_end->outcome = PCS_UNKNOWN;
out:
	pcs_client_clear(c);
	return r;
}
