/*
 * The stock of documents for one platform: what the database has of them,
 * which are good, and which have to be fetched. For collateral_cache.c.
 *
 * A document is good when its signatures lead to the anchor and it is inside
 * its dates. It is wanted when it is not good, older than the TTL, or about
 * to end; but not when sources were asked for it in vain a moment ago.
 */
#ifndef ATTESTRY_COLLATERAL_STOCK_H
#define ATTESTRY_COLLATERAL_STOCK_H

#include "breaker.h"
#include "clock.h"
#include "store_document.h"

struct stock_settings {
	struct store *store; /* borrowed, as are the next two */
	struct pcs *pcs;
	struct breaker *breaker; /* the gate of pcs */
	/* Told when documents that verify were issued; NULL: nobody is. */
	struct clock_witness *witness;
	struct trust trust;
	uint8_t trust_id[SHA256_LEN]; /* store_trust_id */
	int ttl_s;
	/* So long sources are not asked again for what they have not. */
	int unknown_s;
	/* The fixed instant to judge by, -1 for the clock. */
	time_t fixed_at;
};

/* What is looked for. */
struct stock_search {
	struct platform_key key;
	time_t at;	  /* when the documents must be valid */
	int margin_s;	  /* what ends so soon after `at` is wanted, too … */
	int64_t since_ms; /* … unless it was fetched since then, by clock_ms */
};

/* Sets of documents are bits, 1 << enum pcs_document. */
struct stock {
	struct collateral_text text; /* owned */
	struct document document[PCS_DOCUMENT__MAX];
	unsigned int known; /* there is one, perhaps not good: its order holds */
	unsigned int good;
	unsigned int wanted;
	unsigned int missed; /* asked for in vain a moment ago */
	int64_t fresh_ms;    /* until one of them is wanted; 0: one is */
};

/*
 * Reads what the database has, in place of what `stock` had (zero at first);
 * stock_clear frees it.
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int stock_load(struct stock *stock,
    const struct stock_settings *settings, const struct stock_search *search,
    struct fault *f);

void stock_clear(struct stock *stock);

/*
 * Fetches what is wanted and nobody else is fetching, and keeps what is good
 * and not older than what is there: for the next stock_load.
 *
 * stock		is loaded anew on the way
 * out_asked		what was asked for; 0 when others are fetching all of
 *			it, or have just done so
 * out_num_kept		how many documents were fetched and kept
 *
 * Returns 0, or -1 with the fault of the source or its documents, or
 * FAULT_INTERNAL.
 */
MUST_USE int stock_fetch(struct stock *stock,
    const struct stock_settings *settings, const struct stock_search *search,
    unsigned int *out_asked, int *out_num_kept, struct fault *f);

#endif
