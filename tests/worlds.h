/*
 * Tables of worlds: what differs from a good one, and the verdict that must
 * come of it. A world goes the way that a program takes it: trust anchor from
 * PEM, quote from bytes, collateral from JSON, and then verify_quote.
 */
#ifndef ATTESTRY_WORLDS_H
#define ATTESTRY_WORLDS_H

#include "mint.h"
#include "tap.h"
#include "verify.h"

/* Sets of kinds of quote. */
#define SGX_V3 (1u << MINT_SGX_V3)
#define SGX_V4 (1u << MINT_SGX_V4)
#define TDX_V4 (1u << MINT_TDX_V4)
#define SGX_V5 (1u << MINT_SGX_V5)
#define TDX10_V5 (1u << MINT_TDX10_V5)
#define TDX15_V5 (1u << MINT_TDX15_V5)
#define SGX (SGX_V3 | SGX_V4 | SGX_V5)
#define TDX10 (TDX_V4 | TDX10_V5)
#define TDX (TDX10 | TDX15_V5)
#define V5 (SGX_V5 | TDX10_V5 | TDX15_V5)
#define V4_V5 (SGX_V4 | TDX_V4 | V5)
#define ALL (SGX | TDX)

/* "SGX v3" */
const char *kind_name(enum mint_kind kind);

/* Rows leave out what is zero at their end. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct world_case {
	const char *name;
	unsigned kinds;	      /* every one of them must answer so */
	const char *settings; /* mint_spec_set */
	enum fault_code code; /* FAULT_NONE: verified */
	const char *says;     /* part of the sentence; NULL: any, or none */
	/*
	 * NULL: UpToDate where the reason lies in the appraisal or there is
	 * none, and undetermined where the quote is not genuine.
	 */
	const char *tcb_status;
};

/* Does every kind answer as the row says? Notes it when not. */
bool world_case_holds(struct mint *mint, const struct world_case *c);

/* One TAP case a row; tap.h counts in the program that includes it. */
__attribute__((unused)) static void
worlds_run(struct mint *mint, const struct world_case *cases, size_t num)
{
	const struct world_case *c;

	for (c = cases; c < cases + num; c++)
		ok(world_case_holds(mint, c), "%s: %s",
		    c->code == FAULT_NONE ? "passes" : fault_reason(c->code),
		    c->name);
}

#define WORLDS_RUN(mint, cases) \
	worlds_run((mint), (cases), sizeof(cases) / sizeof((cases)[0]))

/* Makes a good world with these settings; mint_world_clear clears it. */
void world_make(struct mint_world *w, struct mint *mint, enum mint_kind kind,
    const char *settings);

/*
 * The verdict on a world at an instant. What keeps verify_quote from being
 * reached (a file that is not a quote, a field missing) is a refusal too.
 */
void world_judge(struct verdict *v, const struct mint_world *w, time_t at);

/* The same under another policy (policy_read). */
void world_judge_by(struct verdict *v, const struct mint_world *w,
    time_t at, const char *policy);

/*
 * The parts of a world for tests that judge it many times. Ends the program
 * when one cannot be made.
 */
void world_trust(struct trust *t, const struct mint_world *w);
struct collateral *world_collateral_new(const struct mint_world *w,
    const struct trust *t);

/*
 * For test_differ.py, which has another verifier judge the same: when
 * ATTESTRY_WORLDS is set, prints a judged quote as a note that stands before
 * its case: "#world [FACTS,COLLATERAL]", JSON. Judging a world does it.
 *
 * kind		or "" where that says nothing
 * collateral	the nine fields, JSON
 * root_pem	the trust anchor; NULL: Intel's
 */
void world_print(const char *kind, struct bytes quote, const char *collateral,
    const char *root_pem, time_t at, const struct verdict *v);

/* Is that the verdict? Notes what it is when it is not. */
bool verdict_is(const struct verdict *v, enum fault_code code,
    const char *says, const char *tcb_status);

#endif
