/*
 * Collateral for a platform, from the nearest place that has it: this
 * worker's memory, the database, the sources. What comes out has been checked
 * against the trust anchor and is inside all its dates; what does not pass is
 * not kept anywhere.
 *
 * It is put together from documents that platforms share (document.h). Each is
 * fetched by one process at a time, over all machines, and the others take
 * what that one brought; and none is ever followed by an older one.
 */
#ifndef ATTESTRY_COLLATERAL_CACHE_H
#define ATTESTRY_COLLATERAL_CACHE_H

#include "collateral_stock.h"
#include "metrics.h"
#include "seats.h"

/* Platforms in memory, some 60 KB each; the least recently used goes. */
#define COLLATERAL_CACHE_NUM_MAX 32

struct collateral_cache;

struct collateral_cache_settings {
	struct store *store; /* borrowed, as all pointers; outlives the cache */
	struct pcs *pcs;
	struct breaker *breaker; /* the gate of pcs */
	/* One is taken before waiting for a source; NULL: none is needed. */
	struct seats *seats;
	/* Told when documents that verify were issued; NULL: nobody is. */
	struct clock_witness *witness;
	struct metrics *metrics; /* told of each lookup; may be NULL */
	struct trust trust;
	int ttl_s; /* older documents are fetched anew */
	int unknown_s; /* for what sources do not have they wait so long */
	int wait_ms; /* for a document that another process is fetching */
	/*
	 * The fixed instant to judge by, -1 for the clock. Collateral that
	 * was fetched under another is not fresh, however young.
	 */
	time_t fixed_at;
};

/* Returns 0, or -1 with FAULT_INTERNAL. */
MUST_USE int collateral_cache_new(struct collateral_cache **out,
    const struct collateral_cache_settings *settings, struct fault *f);

void collateral_cache_free(struct collateral_cache *cache);

/*
 * Finds the collateral of a platform. What is past its TTL but inside its dates
 * serves on while another process renews it, when it cannot be renewed, and
 * when no seat is free.
 *
 * at		the instant it must be valid at
 * out		borrowed from the cache, until the next call
 * out_id	its id in the database, where it is stored
 *
 * Returns 0; or 1, with nothing filled, when this process would have to wait
 * for a source and no seat is free; or -1 with FAULT_COLLATERAL_UNAVAILABLE
 * (no source can be reached or serves anything usable, and nothing usable is
 * stored) or FAULT_INTERNAL (database, memory).
 */
MUST_USE int collateral_cache_get(struct collateral_cache *cache,
    const struct platform_key *key, time_t at, const struct collateral **out,
    uint8_t out_id[static SHA256_LEN], struct fault *f);

/*
 * As collateral_cache_get, but from memory alone and only where it is young:
 * asks nobody, and waits for nothing.
 *
 * Returns whether it is there.
 */
MUST_USE bool collateral_cache_peek(struct collateral_cache *cache,
    const struct platform_key *key, time_t at, const struct collateral **out,
    uint8_t out_id[static SHA256_LEN]);

/*
 * What render_collateral makes of a collateral that the cache has given;
 * borrowed as that is. {NULL, 0} for want of memory.
 */
struct bytes collateral_cache_json(struct collateral_cache *cache,
    const struct collateral *c);

/*
 * Makes sure that what is kept for a platform does not end within margin_s of
 * `at` and is not older than its TTL: asks the sources when it is not so, or
 * waits for another process that does. Takes no seat.
 *
 * out_renewed	whether something was fetched and kept
 *
 * Returns 0 when what is kept is good now, also when it ends within the
 * margin and the sources have nothing that lasts longer; or -1 with
 * FAULT_COLLATERAL_UNAVAILABLE (it should have been renewed and could not be;
 * what is kept may serve on) or FAULT_INTERNAL.
 */
MUST_USE int collateral_cache_refresh(struct collateral_cache *cache,
    const struct platform_key *key, time_t at, int margin_s,
    bool *out_renewed, struct fault *f);

/*
 * Drops what memory has for a platform: its next collateral comes from the
 * database or a source.
 */
void collateral_cache_forget(struct collateral_cache *cache,
    const struct platform_key *key);

#endif
