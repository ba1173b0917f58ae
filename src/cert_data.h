/*
 * Certification data that names the platform instead of bringing its
 * certificate: the PPID, encrypted for Intel, and the TCB that the PCK
 * certificate is for.
 *
 * Source: Intel, "SGX ECDSA Quote Library", appendix A.4, QE certification
 * data of type 2 and 3; Intel PCS API v4, "Get PCK Certificate".
 */
#ifndef ATTESTRY_CERT_DATA_H
#define ATTESTRY_CERT_DATA_H

#include "quote.h"

#define PCE_SVN_LEN 2
#define QE_ID_LEN 16

#define ENCRYPTED_PPID_RSA2048_LEN 256
#define ENCRYPTED_PPID_RSA3072_LEN 384

struct encrypted_ppid {
	struct bytes ciphertext; /* borrowed from the quote */
	uint8_t cpu_svn[CPU_SVN_LEN];
	uint8_t pce_svn[PCE_SVN_LEN]; /* little-endian, as it stands */
	uint8_t pce_id[PCE_ID_LEN];   /* little-endian, as it stands */
	uint8_t qe_id[QE_ID_LEN];     /* from the header's user data */
};

/*
 * Reads certification data of type 2 or 3.
 *
 * out	borrows from the quote. Nothing to free.
 *
 * Returns 0, or -1 with FAULT_MISSING_CERTIFICATES (another type: with it no
 * certificate can be asked for) or FAULT_MALFORMED_QUOTE (another length).
 */
MUST_USE int encrypted_ppid_read(struct encrypted_ppid *out,
    const struct quote *q, struct fault *f);

#endif
