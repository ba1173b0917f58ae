/*
 * Judging stored quotes again, all or those whose verdict could change, in an
 * order that can be taken up where it was left. A verdict that comes out other
 * than the newest one (verified, TCB status, reason, advisories) is added to
 * its quote's history and logged; one that comes out the same is not added,
 * whatever the collateral. That a whole platform was looked at is kept
 * instead, so that the next run has nothing to do.
 */
#ifndef ATTESTRY_REVERIFY_H
#define ATTESTRY_REVERIFY_H

#include "judge.h"

/* Quotes that need the same collateral. */
struct reverify_group {
	/* The two without: quotes of a TEE that have no readable PCK chain. */
	bool has_platform;
	struct platform_key key; /* without a platform only the TEE counts */
};

/* Where a run stands: enough for another one to go on from there. */
struct reverify_place {
	bool has_group; /* false: at the very beginning */
	struct reverify_group group;
	bool has_checksum; /* false: at the group's beginning */
	uint8_t checksum[SHA256_LEN]; /* the last one that is done */
	/* Of the group, so far. */
	bool is_whole; /* every due one was held against collateral_id */
	uint8_t collateral_id[SHA256_LEN];
	int64_t began_at_us; /* by the database's clock */
	int64_t num_same;    /* verdicts that came out as before */
};

struct reverify_counts {
	int64_t num_groups; /* gone through, or given up */
	int64_t num_judged;
	int64_t num_changed; /* of those: the verdict is another, or the first */
	/* What could not be judged. */
	int64_t num_quotes_failed;
	int64_t num_platforms_failed; /* no collateral to be had */
};

struct reverify_settings {
	const struct judge *judge;
	bool all;	  /* not only those whose verdict could change */
	int64_t since_us; /* uploaded since then; 0: whenever */
	const uint8_t *fmspc; /* FMSPC_LEN; NULL: of any platform */
	/*
	 * -1: judge by now. Else judge all quotes for this instant with the
	 * collateral of that time, tell `print`, and keep nothing.
	 */
	time_t at;
	int rate; /* quotes judged in a second; 0: as many as can be */

	/* Waits so long, perhaps 0; returns false when the run is to end. */
	bool (*wait)(void *ctx, int64_t ms);
	/* Place and counts have moved on. */
	void (*tell)(void *ctx);
	/* For `at`. collateral_id: NULL, or SHA256_LEN. Returns 0, or -1. */
	int (*print)(void *ctx, const uint8_t *checksum,
	    const struct verdict *v, const uint8_t *collateral_id);
	void *ctx;
};

/*
 * Judges what is selected, from a place on.
 *
 * place	{ 0 }, or where an earlier run of the same selection was left;
 *		afterwards where this one stands
 * counts	added to
 *
 * Returns 0 when it went through to the end, 1 when it was told to end before
 * that, or -1 with FAULT_INTERNAL (database, output). What could not be judged
 * is logged, counted and passed over.
 */
MUST_USE int reverify_run(const struct reverify_settings *settings,
    struct reverify_place *place, struct reverify_counts *counts,
    struct fault *f);

#endif
