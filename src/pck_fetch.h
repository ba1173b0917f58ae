/*
 * A PCK chain for a quote that brings none. Certification data of type 2 or 3
 * names the platform by its encrypted PPID and says which TCB the certificate
 * must be for; a PCS or PCCS has that certificate.
 */
#ifndef ATTESTRY_PCK_FETCH_H
#define ATTESTRY_PCK_FETCH_H

#include "pcs.h"
#include "verify.h"

/* PEM, with its NUL. */
struct pck_chain_text {
	char pem[QUOTE_CERT_DATA_LEN_MAX + 1];
};

/* Is it one of the two types? */
bool pck_fetch_is_needed(const struct quote *q);

/*
 * Fetches the chain, and holds the leaf's CPUSVN, PCE SVN and PCE ID against
 * the quote's: a source's word for it is not taken.
 *
 * out		the chain, for pck_fetch_attach
 * out_pck	what the leaf says
 *
 * Returns 0, or -1 with FAULT_MISSING_CERTIFICATES (every source answered, and
 * none has it, or what it has is of another TCB), FAULT_MALFORMED_QUOTE,
 * FAULT_COLLATERAL_UNAVAILABLE (a source could not be asked, or what it has
 * does not lead to the trust anchor) or FAULT_INTERNAL.
 */
MUST_USE int pck_fetch_chain(struct pcs *p, const struct quote *q,
    const struct trust *trust, struct pck_chain_text *out,
    struct pck *out_pck, struct fault *f);

/* From now on the quote stands as if it had brought this chain; borrows it. */
void pck_fetch_attach(struct quote *q, const struct pck_chain_text *chain);

#endif
