#include <stdlib.h>
#include <string.h>

#include "cert_data.h"
#include "pck_fetch.h"

bool
pck_fetch_is_needed(const struct quote *q)
{
	return q->cert_data_type == CERT_DATA_PPID_RSA2048 ||
	    q->cert_data_type == CERT_DATA_PPID_RSA3072;
}

void
pck_fetch_attach(struct quote *q, const struct pck_chain_text *chain)
{
	q->cert_data_type = CERT_DATA_PCK_CHAIN;
	q->cert_data = bytes_of_string(chain->pem);
}

/* Is it the certificate for the TCB that the quote was made under? */
static int
check_leaf(const struct pck *pck, const struct encrypted_ppid *want,
    struct fault *f)
{
	const uint8_t pce_svn[PCE_SVN_LEN] = { (uint8_t)pck->pce_svn,
		(uint8_t)(pck->pce_svn >> 8) };

	if (memcmp(pck->cpu_svn, want->cpu_svn, sizeof(pck->cpu_svn)) != 0)
		return fault_set_hex(f, FAULT_MISSING_CERTIFICATES,
		    "PCK certificate of the source: CPUSVN",
		    BYTES_OF(want->cpu_svn), BYTES_OF(pck->cpu_svn));
	if (memcmp(pce_svn, want->pce_svn, sizeof(pce_svn)) != 0)
		return fault_set_hex(f, FAULT_MISSING_CERTIFICATES,
		    "PCK certificate of the source: PCE SVN",
		    BYTES_OF(want->pce_svn), BYTES_OF(pce_svn));
	if (memcmp(pck->pce_id, want->pce_id, sizeof(pck->pce_id)) != 0)
		return fault_set_hex(f, FAULT_MISSING_CERTIFICATES,
		    "PCK certificate of the source: PCE ID",
		    BYTES_OF(want->pce_id), BYTES_OF(pck->pce_id));
	return 0;
}

int
pck_fetch_chain(struct pcs *p, const struct quote *q,
    const struct trust *trust, struct pck_chain_text *out,
    struct pck *out_pck, struct fault *f)
{
	struct encrypted_ppid want;
	struct quote with_chain = *q;
	char *pem = NULL;
	size_t len;

	if (encrypted_ppid_read(&want, q, f) < 0)
		return -1;
	if (pcs_fetch_pck_chain(p, q, &pem, f) < 0) {
		/* Which sources there are is not the client's business. */
		if (f->code == FAULT_MISSING_CERTIFICATES)
			fault_set(f, f->code, "PCK chain: the quote brings "
			    "none, and no source has the certificate for its "
			    "PPID and TCB");
		return -1;
	}
	len = strlen(pem);
	if (len >= sizeof(out->pem)) {
		free(pem);
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "PCK chain of the source: want at most %d bytes, have %zu",
		    QUOTE_CERT_DATA_LEN_MAX, len);
	}
	memcpy(out->pem, pem, len + 1);
	free(pem);
	pck_fetch_attach(&with_chain, out);
	if (verify_read_pck(out_pck, &with_chain, trust, NULL, f) < 0) {
		/* The source's fault: it says nothing about the quote. */
		if (f->code != FAULT_INTERNAL)
			f->code = FAULT_COLLATERAL_UNAVAILABLE;
		return fault_prefix(f, "PCK chain of the source");
	}
	return check_leaf(out_pck, &want, f);
}
