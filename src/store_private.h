/*
 * What store.c and the store_*.c share.
 */
#ifndef ATTESTRY_STORE_PRIVATE_H
#define ATTESTRY_STORE_PRIVATE_H

#include "pg.h"
#include "store.h"

struct store {
	struct pg *pg;
};

/* What store_read_verdict reads of a row of verdict that is called v. */
#define STORE_VERDICT_COLUMNS                                         \
	" v.verified_at, v.recorded_at, v.fixed_time, v.verified,"    \
	" v.reason, v.message, v.tcb_status, v.tcb_date,"             \
	" v.tcb_evaluation_data_number, v.expires_at,"                \
	" array_to_string(v.advisory_ids, chr(10)),"                  \
	" v.policy, v.engine_version, v.collateral_id"

/* Takes those columns; the checksum is not among them. */
MUST_USE bool store_read_verdict(struct pg_cursor *c,
    struct stored_verdict *out);

#endif
