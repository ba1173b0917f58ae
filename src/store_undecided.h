/*
 * Stored quotes that have no verdict, and whose turn it is to judge them.
 * Calls are as in store.h, but for a turn, which is a transaction and so has
 * a store of its own.
 */
#ifndef ATTESTRY_STORE_UNDECIDED_H
#define ATTESTRY_STORE_UNDECIDED_H

#include "store.h"

/* How many quotes are looked at by one call. */
#define STORE_UNDECIDED_WINDOW 1000
/* Older quotes are left to `attestry reverify`. */
#define STORE_UNDECIDED_DAYS 30

/* In the order of upload, ties by checksum, highest first. */
struct upload_place {
	int64_t uploaded_at_us;
	uint8_t checksum[SHA256_LEN];
};

struct undecided_quote {
	uint8_t checksum[SHA256_LEN];
	int64_t uploaded_at_us;
	/* Zeros where the quote brings no PCK chain: those are one group. */
	struct platform_key key;
};

struct undecided_window {
	struct undecided_quote quote[STORE_UNDECIDED_WINDOW];
	size_t num;
	struct upload_place end; /* behind the last quote looked at */
	bool is_last;		 /* there are none behind it yet */
};

/*
 * Looks at the quotes behind a place for those without a verdict.
 *
 * after	{ 0 } for the beginning
 * young_ms	quotes younger than that, by the database's clock, are not
 *		looked at: somebody may be judging them, and one that was
 *		uploaded before may not be visible yet
 */
MUST_USE int store_get_undecided(struct store *s,
    const struct upload_place *after, int64_t young_ms,
    struct undecided_window *out, struct fault *f);

/*
 * Begins a turn, of which there is one at a time over all machines. Never
 * waits. A turn that is ours ends with store_end_turn, or when this process or
 * its connection dies.
 *
 * Returns 1, 0 when it is somebody else's, or -1.
 */
MUST_USE int store_begin_turn(struct store *s, struct fault *f);

MUST_USE int store_end_turn(struct store *s, struct fault *f);

#endif
