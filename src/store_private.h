/*
 * What store.c and the store_*.c share.
 */
#ifndef ATTESTRY_STORE_PRIVATE_H
#define ATTESTRY_STORE_PRIVATE_H

#include "pg.h"
#include "store.h"

/* Between advisories when they travel as one text. */
#define STORE_ADVISORY_SEPARATOR '\n'

struct store {
	struct pg *pg;
};

/* A platform as three parameters in a row: tee, fmspc, ca. */
#define STORE_PLATFORM_PARAMS(key)                      \
	pg_text(tee_name((key)->tee)),                  \
	pg_bytes((key)->fmspc, sizeof((key)->fmspc)),   \
	pg_text(pck_ca_name((key)->ca))

/* Runs a statement without parameters and rows: BEGIN and the like. */
MUST_USE int store_run_plain(struct store *s, const char *name,
    const char *sql, struct fault *f);

/* For pg_run_row: a row of one boolean. */
bool store_read_flag(struct pg_cursor *c, void *out);

/* Takes a column as malloc'd text. */
MUST_USE bool store_take_text(struct pg_cursor *c, char **out);

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
