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

/* Which TCB statuses the relying party accepts. Never Revoked. */
struct policy {
	bool accepts[TCB_STATUS__MAX];
};

#define POLICY_DEFAULT \
	"UpToDate,SWHardeningNeeded,ConfigurationNeeded," \
	"ConfigurationAndSWHardeningNeeded"

/*
 * Reads a list of statuses with commas between them, POLICY_DEFAULT for one.
 *
 * Returns 0, or -1 with FAULT_INTERNAL (an unknown one, or Revoked).
 */
MUST_USE int policy_read(struct policy *p, const char *list, struct fault *f);

/* The list that policy_read reads, in the order of enum tcb_status. */
#define POLICY_LEN_MAX 256
void policy_format(const struct policy *p, char *out, size_t size);

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
};

/*
 * Judges a quote.
 *
 * v	filled whenever 0 is returned
 * q	as quote_parse gave it
 * at	the instant to judge for, seconds since 1970
 *
 * Returns 0 with a verdict, good or bad; -1 with FAULT_INTERNAL when nothing
 * can be said (memory).
 */
MUST_USE int verify_quote(struct verdict *v, const struct quote *q,
    const struct collateral *c, const struct trust *trust,
    const struct policy *policy, time_t at, struct fault *f);

/* A refusal that needs no collateral: a quote without a PCK chain of ours. */
void verdict_set_refused(struct verdict *v, const struct fault *why,
    time_t at);

/*
 * Which collateral a quote needs, and facts for lists: reads the PCK chain,
 * without judging it by the clock.
 *
 * Returns 0, or -1 with the faults of pck_chain_read, or
 * FAULT_MISSING_CERTIFICATES.
 */
MUST_USE int verify_read_pck(struct pck *out, const struct quote *q,
    const struct trust *trust, struct fault *f);

/*
 * Digest of what is signed in a quote (its signed part and its QE report):
 * padding and (r, n-s) variants of one attestation share it.
 */
MUST_USE int verify_content_sha256(const struct quote *q,
    uint8_t out[static SHA256_LEN], struct fault *f);

#endif
