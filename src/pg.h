/*
 * A connection to PostgreSQL that never waits for ever, and comes back by
 * itself. With pg_*.c the only module that knows libpq.
 *
 * One helper runs every statement: parameters and answers travel in binary,
 * nothing is set, and what is prepared may be missing again (pg_prepared.h), so
 * that a connection pooler in transaction mode may stand between.
 */
#ifndef ATTESTRY_PG_H
#define ATTESTRY_PG_H

#include <time.h>

#include "bytes.h"

/* For a statement of the service, sending and receiving included. */
#define PG_TIMEOUT_MS 5000
/* For each host, unless the connection string says connect_timeout. */
#define PG_CONNECT_TIMEOUT_S "3"

#define PG_PARAM_NUM_MAX 25
/* Of one statement, in one round trip. */
#define PG_CALLS_NUM_MAX 8

/* Its instants count from 2000, ours from 1970. */
#define PG_EPOCH_US (INT64_C(946684800) * 1000000)

struct pg;

/* Rows: libpq's own struct, closed to everybody else. */
struct pg_result;

/* How many rows a statement may answer with; anything else is a fault. */
enum pg_shape { PG_NOTHING, PG_ONE, PG_AT_MOST_ONE, PG_MANY };

/*
 * A statement that may be run again when it is unknown whether it was carried
 * out: it only reads, or it adds rows that then are there already.
 */
struct pg_statement {
	const char *name; /* for faults: "put quote" */
	enum pg_shape shape;
	const char *sql; /* one, with $1, $2, …: a constant */
};

struct pg_param {
	enum { PG_NULL, PG_BYTES, PG_TEXT, PG_INT, PG_BOOL, PG_INSTANT } kind;
	struct bytes bytes; /* PG_BYTES: bytea; PG_TEXT: text */
	int64_t number;	    /* PG_INT: bigint; PG_INSTANT: timestamptz, us */
};

struct pg_param pg_null(void);
struct pg_param pg_bytes(const uint8_t *ptr, size_t len); /* borrows */
struct pg_param pg_text(const char *text); /* borrows; NULL or "" is NULL */
struct pg_param pg_int(int64_t number);
struct pg_param pg_bool(bool is_true);
/* Microseconds since 1970. */
struct pg_param pg_instant(int64_t at_us);
struct pg_param pg_time(time_t at);

/*
 * Not connected yet; free with pg_free. Returns 0, or -1 with FAULT_INTERNAL
 * when the connection string cannot be read.
 */
MUST_USE int pg_new(struct pg **out, const char *conninfo, int timeout_ms,
    struct fault *f);
void pg_free(struct pg *pg);

/*
 * From now on a new connection is only used when this statement finds nothing
 * to complain of there: each statement fails with the complaint otherwise.
 *
 * complaints	without parameters; answers with a text, or no row
 */
void pg_demand(struct pg *pg, const struct pg_statement *complaints);

/*
 * Runs a statement, connecting first if need be. When the connection is lost
 * outside of a transaction, connects and runs it once more.
 *
 * out	to be freed with pg_result_free; may be NULL for PG_NOTHING
 *
 * Returns 0, or -1 with FAULT_INTERNAL. The sentence says "unknown whether
 * carried out" when it is.
 */
MUST_USE int pg_run(struct pg *pg, const struct pg_statement *statement,
    const struct pg_param *params, int num_params, struct pg_result **out,
    struct fault *f);

int pg_result_num_rows(const struct pg_result *result);
void pg_result_free(struct pg_result *result);

/*
 * A cursor over the columns of one row. Each reader takes the next column and
 * returns true; false when it is NULL or of another shape.
 */
struct pg_cursor {
	const struct pg_result *result;
	int row;
	int column;
};

/*
 * Runs a statement of at most one row and reads that.
 *
 * read	takes every column in turn into out
 *
 * Returns 1, or 0 when there is no row, or -1 with FAULT_INTERNAL.
 */
MUST_USE int pg_run_row(struct pg *pg, const struct pg_statement *statement,
    const struct pg_param *params, int num_params,
    bool (*read)(struct pg_cursor *c, void *out), void *out, struct fault *f);

/* One of several runs of a statement. */
struct pg_call {
	const struct pg_param *params;
	void *out; /* for `read` */
};

/*
 * Runs a statement of at most one row several times, in one round trip and as
 * one transaction: all is done, or nothing. Never run again by itself, also when
 * the connection is lost.
 *
 * num_params	of each
 * calls	PG_CALLS_NUM_MAX at most
 * read		as for pg_run_row, into the `out` of each, which stays as it is
 *		where there is no row; what is there counts only when all is
 *		done
 *
 * Returns 0, or -1 with FAULT_INTERNAL: when the connection was lost it is
 * unknown whether all or nothing was done.
 */
MUST_USE int pg_run_all(struct pg *pg, const struct pg_statement *statement,
    int num_params, const struct pg_call *calls, int num_calls,
    bool (*read)(struct pg_cursor *c, void *out), struct fault *f);

/*
 * Runs several statements without parameters, as one transaction unless they
 * say otherwise. Never run again by itself.
 *
 * name	for faults
 */
MUST_USE int pg_run_script(struct pg *pg, const char *name, const char *sql,
    struct fault *f);

/* Takes the column if it is NULL; leaves it otherwise. */
MUST_USE bool pg_take_null(struct pg_cursor *c);
/* Borrowed from the rows. Also for text. */
MUST_USE bool pg_take_bytes(struct pg_cursor *c, struct bytes *out);
MUST_USE bool pg_copy_bytes(struct pg_cursor *c, uint8_t *out, size_t len);
/* With its NUL into size bytes; "" where the column is NULL. */
MUST_USE bool pg_copy_text(struct pg_cursor *c, char *out, size_t size);
MUST_USE bool pg_get_int(struct pg_cursor *c, int64_t *out);
MUST_USE bool pg_get_bool(struct pg_cursor *c, bool *out);
MUST_USE bool pg_get_instant(struct pg_cursor *c, int64_t *out_us);
/* A fraction of a second is dropped. */
MUST_USE bool pg_get_time(struct pg_cursor *c, time_t *out);

#endif
