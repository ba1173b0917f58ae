/*
 * Certificate revocation lists as Intel issues them: complete ones, version
 * 2, ECDSA P-256 with SHA-256. Read here and not by GnuTLS, which takes
 * seconds over some ten thousand entries and does not show an entry's
 * critical extensions.
 *
 * Source: RFC 5280, section 5; Intel's PCK Certificate and CRL Profile, 1.5.
 */
#ifndef ATTESTRY_CRL_H
#define ATTESTRY_CRL_H

#include "x509.h"

#define CRL_ENTRIES_NUM_MAX 65536
#define CRL_NUMBER_LEN 20 /* RFC 5280, 5.2.3 */

struct crl {
	struct validity validity; /* thisUpdate, nextUpdate */
	uint8_t number[CRL_NUMBER_LEN]; /* big-endian */
	struct serial *revoked;	  /* sorted; owned */
	size_t num_revoked;
};

/*
 * Reads a CRL and checks its form and that `issuer` signed it.
 *
 * crl	owns memory on success; crl_clear frees it
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL, or FAULT_COLLATERAL_MISMATCH
 * when it is another issuer's.
 */
MUST_USE int crl_read(struct crl *crl, struct bytes der,
    const struct cert *issuer, struct fault *f);

bool crl_has(const struct crl *crl, const struct serial *serial);

void crl_clear(struct crl *crl);

#endif
