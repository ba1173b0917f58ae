/*
 * What must come of a minted world, told from its spec alone: the oracle of
 * fuzz_verify.c. It shares no code with the library, only its enums.
 */
#ifndef ATTESTRY_FUZZ_ORACLE_H
#define ATTESTRY_FUZZ_ORACLE_H

#include "mint.h"
#include "verify.h"

struct oracle_case {
	struct mint_spec good; /* that it began with */
	struct mint_spec spec; /* that it was made from */
	time_t at;
	unsigned accepts; /* the policy: set of 1u << enum tcb_status */

	/*
	 * What the spec does not show: something that must not be verified
	 * (NULL: nothing), and something whose effect nobody has worked out.
	 */
	const char *forbidden;
	bool is_unsure;
};

/* POLICY_DEFAULT */
#define ORACLE_ACCEPTS_DEFAULT \
	(1u << TCB_UP_TO_DATE | 1u << TCB_SW_HARDENING_NEEDED | \
	    1u << TCB_CONFIGURATION_NEEDED | \
	    1u << TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED)

/* Judges the world as a program does; ends the program when that is wrong. */
void oracle_check(struct oracle_case *c, const struct mint_world *w,
    const struct trust *trust);

#endif
