#include <stdlib.h>

#include "breaker.h"
#include "log.h"

struct breaker {
	struct store *store;
	int pause_s;
	struct pcs_gate gate;

	/* Since breaker_begin. */
	int (*check)(void *ctx, const struct platform_key *key,
	    unsigned int wanted, const struct collateral_text *t,
	    struct fault *f);
	void *check_ctx;
	struct fault fault; /* the first */
};

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* How long it still has to be left alone; at most 0: no longer. */
static int64_t
left_ms(const struct breaker *b, const struct source_state *state)
{
	int64_t pause_s = 0;

	if (state->num_failures >= SOURCE_FAILURES_MAX)
		pause_s = b->pause_s;
	if (state->retry_after_s > pause_s)
		pause_s = smaller(state->retry_after_s,
		    (int64_t)b->pause_s * BREAKER_PAUSES_MAX);
	return pause_s * 1000 - state->age_ms;
}

static bool
may_ask(void *ctx, const char *source)
{
	struct breaker *b = ctx;
	struct source_state state;
	bool is_ours = true;

	if (b->fault.code != FAULT_NONE)
		return false; /* the database is not to be had */
	if (b->pause_s == 0)
		return true;
	if (store_get_source(b->store, source, &state, &b->fault) < 0 ||
	    left_ms(b, &state) > 0)
		return false;
	/* It was left alone: one tries it, and the others wait for that. */
	if ((state.num_failures >= SOURCE_FAILURES_MAX ||
		state.retry_after_s > 0) &&
	    store_lock_source(b->store, source, &is_ours, &b->fault) < 0)
		return false;
	return is_ours;
}

static void
note(struct breaker *b, const char *source, bool good, long retry_after_s)
{
	if (b->fault.code == FAULT_NONE &&
	    store_put_source_outcome(b->store, source, good, retry_after_s,
		&b->fault) < 0)
		log_event(LOG_LEVEL_ERROR, "source_outcome",
		    LOG_TEXT("message", b->fault.message));
}

static void
tell(void *ctx, const char *source, enum pcs_outcome outcome,
    long retry_after_s)
{
	struct breaker *b = ctx;

	switch (outcome) {
	case PCS_GOOD:
	case PCS_UNKNOWN: /* it answers */
		note(b, source, true, 0);
		break;
	case PCS_BUSY:
	case PCS_FAILED:
		note(b, source, false, retry_after_s);
		break;
	}
}

static int
check(void *ctx, const struct platform_key *key, unsigned int wanted,
    const struct collateral_text *t, struct fault *f)
{
	const struct breaker *b = ctx;

	return b->check == NULL ? 0 :
	    b->check(b->check_ctx, key, wanted, t, f);
}

int
breaker_new(struct breaker **out, struct store *store, int pause_s,
    struct fault *f)
{
	struct breaker *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return fault_set_memory(f);
	b->store = store;
	b->pause_s = pause_s;
	b->gate = (struct pcs_gate){ may_ask, tell, b, check };
	*out = b;
	return 0;
}

void
breaker_free(struct breaker *b)
{
	free(b);
}

const struct pcs_gate *
breaker_gate(const struct breaker *b)
{
	return &b->gate;
}

void
breaker_begin(struct breaker *b, int (*look)(void *ctx,
    const struct platform_key *key, unsigned int wanted,
    const struct collateral_text *t, struct fault *f), void *ctx)
{
	b->check = look;
	b->check_ctx = ctx;
	b->fault = (struct fault){ 0 };
}

int
breaker_end(struct breaker *b, struct fault *f)
{
	b->check = NULL;
	if (b->fault.code == FAULT_NONE)
		return 0;
	*f = b->fault;
	return -1;
}
