/*
 * The circuit breaker before the sources of collateral: one that fails is left
 * alone for a while, by all workers of all machines, since they share what is
 * known of it (store_source.h). After SOURCE_FAILURES_MAX failures in a row
 * that is `pause_s`; then one process tries again. A source that asks to be
 * left alone (429 with Retry-After) is so for as long as it says, up to
 * BREAKER_PAUSES_MAX times pause_s.
 */
#ifndef ATTESTRY_BREAKER_H
#define ATTESTRY_BREAKER_H

#include "pcs.h"
#include "store_source.h"

#define BREAKER_PAUSES_MAX 20

struct breaker;

/*
 * store	borrowed; the one that is locked while documents are fetched
 * pause_s	0: sources are never left alone
 *
 * Free with breaker_free. Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int breaker_new(struct breaker **out, struct store *store,
    int pause_s, struct fault *f);

void breaker_free(struct breaker *b);

/* For struct pcs_settings; borrowed. */
const struct pcs_gate *breaker_gate(const struct breaker *b);

/*
 * Before a fetch.
 *
 * check	looks at what a source serves, as in struct pcs_gate
 */
void breaker_begin(struct breaker *b, int (*check)(void *ctx,
    const struct platform_key *key, unsigned int wanted,
    const struct collateral_text *t, struct fault *f), void *ctx);

/*
 * After it. Returns 0, or -1 with FAULT_INTERNAL when something since
 * breaker_begin could not be looked up or noted.
 */
MUST_USE int breaker_end(struct breaker *b, struct fault *f);

#endif
