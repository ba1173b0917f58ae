/*
 * Which quotes there are to be judged again (sql/002_reverify.sql). Calls are
 * as in store.h. Quotes are gone through platform by platform and, there, in
 * the order of their checksums, so that no call looks at more than
 * STORE_WINDOW_LEN of them however many are stored.
 */
#ifndef ATTESTRY_STORE_REVERIFY_H
#define ATTESTRY_STORE_REVERIFY_H

#include "store_document.h"

#define STORE_WINDOW_LEN 256

/*
 * The platforms that stored quotes are of, in some fixed order.
 *
 * after	NULL: the first one
 * fmspc	FMSPC_LEN; NULL: of any
 *
 * Returns 1, or 0 (out untouched) when there is no further one, or -1.
 */
MUST_USE int store_get_next_platform(struct store *s,
    const struct platform_key *after, const uint8_t *fmspc,
    struct platform_key *out, struct fault *f);

/* How many those are. */
MUST_USE int store_count_platforms(struct store *s, const uint8_t *fmspc,
    int64_t *out, struct fault *f);

/* The database's clock. */
MUST_USE int store_get_now(struct store *s, int64_t *out_us, struct fault *f);

/* Which quotes of a platform are due. */
struct due_selection {
	/* Quotes without a readable PCK chain have no platform: then of `key`
	 * only the TEE counts, and those without a verdict are due. */
	bool has_platform;
	struct platform_key key;
	bool all;	  /* every one */
	int64_t since_us; /* but none uploaded before; 0: whenever */
	/*
	 * Else those without a verdict, and those whose newest one was
	 * reached with other collateral than this, after that instant.
	 */
	uint8_t collateral_id[SHA256_LEN];
	int64_t after_us;
};

/* The next STORE_WINDOW_LEN quotes of a platform, those that are due whole. */
struct due_window;

struct due_quote {
	uint8_t checksum[SHA256_LEN];
	bool is_due;	  /* else the checksum is all that is filled */
	struct bytes raw; /* borrowed from the window */
	bool has_verdict; /* newest is filled */
	struct stored_verdict newest;
};

/*
 * after	SHA256_LEN; NULL: from the first one
 * out		new; due_window_free frees it
 */
MUST_USE int store_get_due(struct store *s,
    const struct due_selection *selection, const uint8_t *after,
    struct due_window **out, struct fault *f);

/* Returns 1, or 0 after the last one of the window, or -1. */
MUST_USE int due_window_next(struct due_window *w, struct due_quote *out,
    struct fault *f);

/* Whether the window was full, so that there may be another. */
bool due_window_is_full(const struct due_window *w);

void due_window_free(struct due_window *w);

/* Every quote of a platform was held against this collateral. */
MUST_USE int store_put_reverification(struct store *s,
    const struct platform_key *key,
    const uint8_t collateral_id[static SHA256_LEN], int64_t began_at_us,
    struct fault *f);

/* When the newest such run began; 0: there was none. */
MUST_USE int store_get_reverification(struct store *s,
    const struct platform_key *key,
    const uint8_t collateral_id[static SHA256_LEN], int64_t *out_began_at_us,
    struct fault *f);

/*
 * The newest collateral of a platform by an instant, put together from what
 * had been fetched by then (as in store_get_documents).
 *
 * out	to be cleared with collateral_text_clear
 *
 * Returns 1, or 0 (out untouched) when there was none, or -1.
 */
MUST_USE int store_get_collateral_at(struct store *s,
    const uint8_t trust_id[static SHA256_LEN], const struct platform_key *key,
    time_t at, struct collateral_text *out, struct fault *f);

#endif
