#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "collateral_cache.h"
#include "log.h"

/*
 * Old collateral that could not be renewed serves on for so long (or its TTL,
 * if that is less) before the PCS is asked again: one that hangs would hold
 * every upload up.
 */
#define RETRY_S 30

struct entry {
	struct platform_key key;
	struct collateral *collateral; /* owned; NULL: free slot */
	uint8_t id[SHA256_LEN];
	int64_t stale_at_ms; /* by clock_ms: then it is fetched anew */
	uint64_t used;	     /* when it was used last, by the counter */
};

struct collateral_cache {
	struct collateral_cache_settings settings;
	uint64_t counter;
	struct entry entries[COLLATERAL_CACHE_NUM_MAX];
};

static bool
key_equal(const struct platform_key *a, const struct platform_key *b)
{
	return a->tee == b->tee && a->ca == b->ca &&
	    memcmp(a->fmspc, b->fmspc, sizeof(a->fmspc)) == 0;
}

static struct entry *
find(struct collateral_cache *cache, const struct platform_key *key)
{
	size_t i;

	for (i = 0; i < COLLATERAL_CACHE_NUM_MAX; i++)
		if (cache->entries[i].collateral != NULL &&
		    key_equal(&cache->entries[i].key, key))
			return &cache->entries[i];
	return NULL;
}

/* The platform's own slot, a free one, or the least recently used. */
static struct entry *
find_slot(struct collateral_cache *cache, const struct platform_key *key)
{
	struct entry *slot = find(cache, key);
	size_t i;

	if (slot != NULL)
		return slot;
	slot = &cache->entries[0];
	for (i = 1; i < COLLATERAL_CACHE_NUM_MAX; i++)
		if (cache->entries[i].used < slot->used)
			slot = &cache->entries[i];
	return slot;
}

/* Takes the collateral over. */
static struct entry *
keep_adopt(struct collateral_cache *cache, const struct platform_key *key,
    struct collateral *c, const uint8_t *id, int64_t age_ms)
{
	struct entry *e = find_slot(cache, key);

	collateral_free(e->collateral);
	e->key = *key;
	e->collateral = c;
	memcpy(e->id, id, sizeof(e->id));
	e->stale_at_ms =
	    clock_ms() + (int64_t)cache->settings.ttl_s * 1000 - age_ms;
	return e;
}

/*
 * Reads, checks, and holds against platform and instant; takes the text over.
 * On failure the fault says what is wrong with it.
 */
static int
check_adopt_new(struct collateral **out, struct collateral_text *text,
    const struct platform_key *key,
    const struct collateral_cache_settings *s, time_t at, struct fault *f)
{
	struct platform_key found;
	struct collateral *c;

	if (collateral_adopt_new(&c, text, &s->trust, f) < 0)
		return -1;
	if (c->fault.code != FAULT_NONE) {
		*f = c->fault;
		goto fail;
	}
	found = collateral_key(c);
	if (!key_equal(&found, key)) {
		fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "collateral: of another platform than was asked for");
		goto fail;
	}
	if (s->witness != NULL)
		clock_witness_see(s->witness, c->issued_at);
	if (collateral_check_time(c, at, f) < 0)
		goto fail;
	*out = c;
	return 0;
fail:
	collateral_free(c);
	return -1;
}

/*
 * What the database has; *out stays NULL when that is nothing, or nothing
 * that passes now.
 */
static int
load(struct collateral_cache *cache, const struct platform_key *key,
    time_t at, struct entry **out, struct fault *f)
{
	const struct collateral_cache_settings *s = &cache->settings;
	struct stored_collateral stored;
	struct collateral *c;
	int found;

	found = store_get_collateral(s->store, key, &stored, f);
	if (found <= 0)
		return found;
	if (stored.fixed_at != s->fixed_at)
		stored.age_ms = (int64_t)s->ttl_s * 1000;
	if (check_adopt_new(&c, &stored.text, key, s, at, f) < 0)
		return f->code == FAULT_INTERNAL ? -1 : 0;
	*out = keep_adopt(cache, key, c, stored.id, stored.age_ms);
	return 0;
}

static int
fetch(struct collateral_cache *cache, const struct platform_key *key,
    time_t at, struct entry **out, struct fault *f)
{
	struct collateral_text text;
	struct collateral *c;
	uint8_t id[SHA256_LEN];

	if (pcs_fetch(cache->settings.pcs, key, PCS_ALL_DOCUMENTS, &text, NULL,
		f) < 0)
		return -1;
	if (check_adopt_new(&c, &text, key, &cache->settings, at, f) < 0)
		return -1;
	if (store_put_collateral(cache->settings.store, key, &c->text,
		c->issued_at, c->expires_at, cache->settings.fixed_at, id,
		f) < 0) {
		collateral_free(c);
		return -1;
	}
	*out = keep_adopt(cache, key, c, id, 0);
	return 0;
}

/*
 * From the PCS; when that fails, what is at hand serves on, old but inside
 * its dates.
 */
static int
renew(struct collateral_cache *cache, const struct platform_key *key,
    time_t at, struct entry **e, struct fault *f)
{
	char fmspc[2 * FMSPC_LEN + 1];

	if (fetch(cache, key, at, e, f) == 0)
		return 0;
	hex_encode(fmspc, BYTES_OF(key->fmspc));
	log_event(LOG_LEVEL_WARNING, "collateral_fetch",
	    LOG_TEXT("tee", tee_name(key->tee)), LOG_TEXT("fmspc", fmspc),
	    LOG_TEXT("ca", pck_ca_name(key->ca)),
	    LOG_TEXT("reason", fault_reason(f->code)),
	    LOG_TEXT("message", f->message));
	if (*e != NULL) {
		(*e)->stale_at_ms = clock_ms() + (int64_t)1000 *
		    (cache->settings.ttl_s < RETRY_S ?
			cache->settings.ttl_s : RETRY_S);
		return 0;
	}
	/* It is ours or the PCS's fault, and says nothing about the quote. */
	if (f->code != FAULT_INTERNAL)
		f->code = FAULT_COLLATERAL_UNAVAILABLE;
	return -1;
}

/* Renews on a seat. What is at hand serves on when there is none. */
static int
renew_seated(struct collateral_cache *cache, const struct platform_key *key,
    time_t at, struct entry **e, struct fault *f)
{
	struct seats *seats = cache->settings.seats;
	int r;

	if (seats == NULL)
		return renew(cache, key, at, e, f);
	if (!seats_take(seats))
		return *e != NULL ? 0 : 1;
	r = renew(cache, key, at, e, f);
	seats_give(seats);
	return r;
}

int
collateral_cache_get(struct collateral_cache *cache,
    const struct platform_key *key, time_t at, const struct collateral **out,
    uint8_t out_id[static SHA256_LEN], struct fault *f)
{
	struct entry *e = find(cache, key);
	struct fault ignored;
	int r;

	if (e != NULL && collateral_check_time(e->collateral, at,
		&ignored) < 0)
		e = NULL;
	if (e == NULL || e->stale_at_ms <= clock_ms()) {
		if (load(cache, key, at, &e, f) < 0)
			return -1;
		if (e == NULL || e->stale_at_ms <= clock_ms()) {
			r = renew_seated(cache, key, at, &e, f);
			if (r != 0)
				return r;
		}
	}
	e->used = ++cache->counter;
	*out = e->collateral;
	memcpy(out_id, e->id, sizeof(e->id));
	return 0;
}

int
collateral_cache_refresh(struct collateral_cache *cache,
    const struct platform_key *key, time_t at, int margin_s,
    bool *out_renewed, struct fault *f)
{
	struct entry *e = NULL;

	*out_renewed = false;
	if (load(cache, key, at, &e, f) < 0)
		return -1;
	if (e != NULL && e->stale_at_ms > clock_ms() &&
	    e->collateral->expires_at - at > margin_s)
		return 0;
	if (fetch(cache, key, at, &e, f) < 0) {
		if (f->code != FAULT_INTERNAL)
			f->code = FAULT_COLLATERAL_UNAVAILABLE;
		return -1;
	}
	*out_renewed = true;
	return 0;
}

void
collateral_cache_forget(struct collateral_cache *cache,
    const struct platform_key *key)
{
	struct entry *e = find(cache, key);

	if (e == NULL)
		return;
	collateral_free(e->collateral);
	*e = (struct entry){ .collateral = NULL };
}

int
collateral_cache_new(struct collateral_cache **out,
    const struct collateral_cache_settings *settings, struct fault *f)
{
	struct collateral_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return fault_set_memory(f);
	cache->settings = *settings;
	*out = cache;
	return 0;
}

void
collateral_cache_free(struct collateral_cache *cache)
{
	size_t i;

	if (cache == NULL)
		return;
	for (i = 0; i < COLLATERAL_CACHE_NUM_MAX; i++)
		collateral_free(cache->entries[i].collateral);
	free(cache);
}
