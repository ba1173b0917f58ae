/*
 * The PCK certificate's SGX extension: which platform the quote comes from
 * and which TCB its certificate was issued for.
 *
 * Source: Intel, "SGX PCK Certificate and Certificate Revocation List
 * Profile Specification", 1.5, section 1.3.5.
 */
#ifndef ATTESTRY_PCK_H
#define ATTESTRY_PCK_H

#include "quote.h"

/* Which of Intel's two CAs issued the PCK certificate. */
enum pck_ca { PCK_CA_PROCESSOR, PCK_CA_PLATFORM };

#define TCB_COMPONENTS_NUM 16

/* What a platform's collateral is looked up by. */
struct platform_key {
	enum tee tee;
	uint8_t fmspc[FMSPC_LEN];
	enum pck_ca ca;
};

struct pck {
	enum pck_ca ca;
	uint8_t ppid[PPID_LEN];
	uint8_t components[TCB_COMPONENTS_NUM]; /* SGX TCB component SVNs */
	uint16_t pce_svn;
	uint8_t cpu_svn[CPU_SVN_LEN];
	uint8_t pce_id[PCE_ID_LEN];
	uint8_t fmspc[FMSPC_LEN];
	uint8_t sgx_type; /* 0 standard, 1 scalable, 2 with integrity */
};

bool platform_key_equal(const struct platform_key *a,
    const struct platform_key *b);

/* "processor", "platform": the words of the PCS. */
const char *pck_ca_name(enum pck_ca ca);

/*
 * Reads the DER value of extension 1.2.840.113741.1.13.1 into every member
 * but `ca`: strictly, with exactly the members of the profile.
 *
 * Returns 0, or -1 with FAULT_BAD_CERTIFICATE.
 */
MUST_USE int pck_read_extension(struct pck *p, struct bytes der,
    struct fault *f);

#endif
