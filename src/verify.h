/*
 * Quote, collateral, trust anchor, policy and instant in; a verdict out. The
 * one function that programs, tests and fuzzers all use.
 *
 * Source: Intel's Quote Verification Library and Quote Verification Enclave;
 * where they are lax on dates, RFC 5280 and both ends of every validity.
 */
#ifndef ATTESTRY_VERIFY_H
#define ATTESTRY_VERIFY_H

#include "collateral.h"
#include "known.h"
#include "policy.h"
#include "tcb_report.h"

/* Three certificates of the quote's chain, and the collateral's. */
#define VERDICT_PERIODS_NUM (3 + COLLATERAL_PERIODS_NUM)

struct verdict {
	bool verified;
	struct fault fault; /* code FAULT_NONE when verified; a sentence may
			     * stand there all the same (TD relaunch) */
	enum tcb_status tcb_status;	  /* merged; as far as it got */
	struct advisories advisories;	  /* of platform, module, QE */
	time_t tcb_date;		  /* earliest of the three; 0: none */
	uint32_t tcb_evaluation_data_number; /* the lower of both */
	time_t verified_at;		  /* the instant it was judged for */
	time_t expires_at; /* earliest end of the evidence; 0: unknown */

	/*
	 * What is known once the quote's signatures hold: where platform, TDX
	 * module and QE stand. Zeros before.
	 */
	struct tcb_report tcb;
	/*
	 * Beginning and end of all that the verdict rests on; none when chain
	 * or collateral could not be read.
	 */
	size_t num_periods;
	struct collateral_period periods[VERDICT_PERIODS_NUM];
};

/* The one that ends first; NULL when there is none. */
const struct collateral_period *verdict_first_end(const struct verdict *v);

/*
 * Judges a quote.
 *
 * v	filled whenever 0 is returned
 * q	as quote_parse gave it
 * at	the instant to judge for, seconds since 1970
 * known	what need not be computed again; added to. The verdict is the same
 *	without it. May be NULL.
 *
 * Returns 0 with a verdict, good or bad; -1 with FAULT_INTERNAL when nothing
 * can be said (memory).
 */
MUST_USE int verify_quote(struct verdict *v, const struct quote *q,
    const struct collateral *c, const struct trust *trust,
    const struct policy *policy, time_t at, struct known *known,
    struct fault *f);

/* A refusal that needs no collateral: a quote without a PCK chain of ours. */
void verdict_set_refused(struct verdict *v, const struct fault *why,
    time_t at);

/*
 * Which collateral a quote needs, and facts for lists: reads the PCK chain,
 * without judging it by the clock.
 *
 * known	as for verify_quote
 *
 * Returns 0, or -1 with the faults of pck_chain_read, or
 * FAULT_MISSING_CERTIFICATES.
 */
MUST_USE int verify_read_pck(struct pck *out, const struct quote *q,
    const struct trust *trust, struct known *known, struct fault *f);

/*
 * Digest of what is signed in a quote (its signed part and its QE report):
 * padding and (r, n-s) variants of one attestation share it.
 */
MUST_USE int verify_content_sha256(const struct quote *q,
    uint8_t out[static SHA256_LEN], struct fault *f);

#endif
