/*
 * How the sources of collateral have been of late, as all processes know it
 * (sql/002_documents.sql). Calls are as in store.h.
 */
#ifndef ATTESTRY_STORE_SOURCE_H
#define ATTESTRY_STORE_SOURCE_H

#include "store.h"

#define SOURCE_FAILURES_MAX 5

struct source_state {
	int64_t num_failures;  /* in a row, up to SOURCE_FAILURES_MAX */
	int64_t age_ms;	       /* of the last one */
	int64_t retry_after_s; /* that the last one asked for; 0: none */
};

/* A source that nothing is known of has no failures. Returns 0 or -1. */
MUST_USE int store_get_source(struct store *s, const char *source,
    struct source_state *out, struct fault *f);

/*
 * Keeps how asking a source ended; that it went well only where that ends a
 * row of failures.
 *
 * retry_after_s	of a failure; 0: not said
 */
MUST_USE int store_put_source_outcome(struct store *s, const char *source,
    bool good, int64_t retry_after_s, struct fault *f);

/*
 * Takes the right to try a source that has been left alone, until the end of
 * the transaction (store_lock_documents): *out is false when another process
 * has it.
 */
MUST_USE int store_lock_source(struct store *s, const char *source, bool *out,
    struct fault *f);

/* Whether asking any source failed within the last so many milliseconds. */
MUST_USE int store_find_failure(struct store *s, int64_t within_ms, bool *out,
    struct fault *f);

#endif
