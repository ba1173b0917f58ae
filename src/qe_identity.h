/*
 * QE identity, version 2: what Intel's quoting enclave looks like, and what
 * Intel says of each of its versions.
 *
 * Source: Intel PCS API v4, "Get Quoting Enclave Identity", appendix
 * "Enclave Identity V2".
 */
#ifndef ATTESTRY_QE_IDENTITY_H
#define ATTESTRY_QE_IDENTITY_H

#include "quote.h"
#include "tcb.h"

struct qe_identity {
	enum tee tee; /* of the member id: QE or TD_QE */
	time_t issue_date;
	time_t next_update;
	uint32_t tcb_evaluation_data_number;
	uint8_t miscselect[4];
	uint8_t miscselect_mask[4];
	uint8_t attributes[16];
	uint8_t attributes_mask[16];
	uint8_t mrsigner[32];
	uint16_t isvprodid;
	struct isv_levels levels;
};

/*
 * Reads the inner object, whose signature has been checked.
 *
 * q	owns memory on success; qe_identity_clear frees it
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL.
 */
MUST_USE int qe_identity_read(struct qe_identity *q, struct bytes json,
    struct fault *f);

/*
 * Holds a QE's report against the identity.
 *
 * out	the level of its ISVSVN
 *
 * Returns 0, or -1 with FAULT_QE_IDENTITY_MISMATCH.
 */
MUST_USE int qe_identity_match(const struct qe_identity *q,
    const struct enclave_report *report, const struct isv_level **out,
    struct fault *f);

void qe_identity_clear(struct qe_identity *q);

#endif
