/*
 * The way of an uploaded quote: read, held against collateral, and kept with
 * its verdict. Where the collateral is not at hand the quote is kept before it
 * is asked for, so that whatever fails later loses nothing. Bytes that were
 * uploaded before have a verdict, which serves as long as it is what judging
 * would say.
 */
#ifndef ATTESTRY_JUDGE_H
#define ATTESTRY_JUDGE_H

#include "clock.h"
#include "collateral_cache.h"
#include "config.h"
#include "metrics.h"
#include "pck_fetch.h"
#include "suspect.h"

/* What judging stands on; everything is borrowed. */
struct judge {
	const struct config *config; /* for the instant to judge for */
	struct store *store;
	struct collateral_cache *cache;
	struct pcs *pcs;     /* for quotes that bring no PCK chain */
	struct seats *seats; /* as for the cache; may be NULL */
	/* The cache's: whether the clock can be believed. */
	struct clock_witness *witness;
	struct metrics *metrics; /* told what is judged; may be NULL */
	struct suspects *suspects; /* not judged; may be NULL */
	struct known *known; /* of trust; may be NULL */
	struct trust trust;
	struct policy policy;
};

/* How far it got; later ones include the earlier. */
enum judged_stage {
	JUDGED_NOTHING, /* not a quote, or not kept */
	JUDGED_KEPT,	/* quote, checksum, uploaded_at_us are set */
	JUDGED_VERDICT	/* and the verdict */
};

struct judged {
	enum judged_stage stage;
	/* Judged without being kept, as the settings want it (copies_max,
	 * keep_genuine): no stage KEPT, no uploaded_at_us, and the verdict
	 * is not kept either. */
	bool not_kept;
	uint8_t checksum[SHA256_LEN];
	struct quote quote; /* borrows from the upload */
	uint8_t content_sha256[SHA256_LEN]; /* but in judge_stored */
	bool has_pck;
	struct pck pck;
	struct fault no_pck; /* why it has none */
	/* Where the quote's chain came from a source; "": it brought it. */
	struct pck_chain_text fetched_chain;
	int64_t uploaded_at_us;
	/* The database should have a verdict, which is not read yet. */
	bool is_known;
	struct verdict verdict;
	/* NULL: the quote was refused before any was needed. Borrowed from
	 * the cache, until it is asked again. */
	const struct collateral *collateral;
	uint8_t collateral_id[SHA256_LEN]; /* where there is one */
	/* Text of the verdict's render_tcb, owned: judged_clear. NULL: there
	 * is none, or it was not needed yet. */
	char *tcb;
};

/* Frees what it owns. */
void judged_clear(struct judged *judged);

/*
 * Judges an upload.
 *
 * may_defer	leave it to judge_settle to ask the database
 * out		always filled as far as its stage says
 *
 * Returns 0 with a verdict that is on disk, or not_kept. Returns 1, at stage
 * KEPT or not_kept, when it would have to wait for a source and too many do:
 * judge_again goes on. Returns 2, only where it may_defer, when nothing but a
 * round trip to the database is left to do: judge_end ends it. Returns -1 with
 * FAULT_MALFORMED_QUOTE or FAULT_UNSUPPORTED_QUOTE (nothing kept), or
 * FAULT_COLLATERAL_UNAVAILABLE or FAULT_INTERNAL (no verdict; the stage says
 * whether the quote is kept); the latter also when the machine's clock cannot
 * be believed (judge_check_clock), and when processes have died of it, which
 * is then not touched (suspect.h).
 */
MUST_USE int judge_upload(const struct judge *j, struct bytes upload,
    bool may_defer, struct judged *out, struct fault *f);

#define JUDGE_OPEN_NUM_MAX STORE_TOGETHER_NUM_MAX

/* An upload for which judge_upload returned 2. */
struct judge_open {
	struct bytes upload; /* the same bytes */
	struct judged *judged;
	bool is_done; /* it is kept, or as judged->not_kept says */
	/* Of one that is known: what the database has; owned. All zeros when
	 * that was not asked, or has nothing. */
	struct stored_record record;
};

/*
 * Does what is left to do for such uploads in a round trip or two: keeps all
 * that are new, or none of them, and looks for the verdicts of those that are
 * known.
 *
 * num	JUDGE_OPEN_NUM_MAX at most
 *
 * Returns 0, or -1 with FAULT_INTERNAL when something is left to judge_end.
 */
MUST_USE int judge_settle(const struct judge *j,
    struct judge_open *const *opens, int num, struct fault *f);

/*
 * Ends what judge_upload left open; does what judge_settle has not. When the
 * collateral has left the cache meanwhile, or the verdict that was known turns
 * out to be none, the upload is judged anew.
 *
 * Returns as judge_upload does, but never 2.
 */
MUST_USE int judge_end(const struct judge *j, struct judge_open *open,
    struct fault *f);

/*
 * Goes on with an upload for which judge_upload returned 1; it is not kept a
 * second time. Returns as judge_upload does.
 *
 * upload	the same bytes, not necessarily in the same place
 * inout	as it was left
 */
MUST_USE int judge_again(const struct judge *j, struct bytes upload,
    struct judged *inout, struct fault *f);

/*
 * Judges a quote again that is stored; keeps nothing.
 *
 * raw	as it was uploaded; must outlive `out`
 * at	the instant to judge for
 * out	but for uploaded_at_us
 *
 * Returns 0 with a verdict that can be given to judge_keep_verdict, or 1 or -1
 * as judge_upload.
 */
MUST_USE int judge_stored(const struct judge *j, struct bytes raw, time_t at,
    struct judged *out, struct fault *f);

/* Adds the verdict to its quote's history. Returns 0, or -1. */
MUST_USE int judge_keep_verdict(const struct judge *j, struct judged *judged,
    struct fault *f);

/*
 * Whether the machine's clock can be believed, if that is what is judged by:
 * by what the database knows (read once in a while) and the cache has seen.
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int judge_check_clock(const struct judge *j, struct fault *f);

/* What the collateral of a quote is looked up by. */
struct platform_key judge_platform_key(const struct quote *q,
    const struct pck *pck);

#endif
