#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "collateral_cache.h"
#include "log.h"
#include "render.h"

/*
 * Old collateral that could not be renewed serves on for so long (or its TTL,
 * if that is less) before sources are asked again: one that hangs would hold
 * every upload up.
 */
#define RETRY_MS 30000
/* The same while another process renews it, or no seat is free. */
#define BUSY_MS 1000
/* How often those who wait for another process look. */
#define POLL_MS 30

struct entry {
	struct platform_key key;
	struct collateral *collateral; /* owned; NULL: free slot */
	uint8_t id[SHA256_LEN];
	int64_t stale_at_ms; /* by clock_ms: then it is fetched anew */
	uint64_t used;	     /* when it was used last, by the counter */
	struct json_text json; /* owned; of the collateral, once asked for */
};

struct collateral_cache {
	struct collateral_cache_settings settings;
	struct stock_settings stock;
	uint64_t counter;
	struct entry entries[COLLATERAL_CACHE_NUM_MAX];
};

static struct entry *
find(struct collateral_cache *cache, const struct platform_key *key)
{
	size_t i;

	for (i = 0; i < COLLATERAL_CACHE_NUM_MAX; i++)
		if (cache->entries[i].collateral != NULL &&
		    platform_key_equal(&cache->entries[i].key, key))
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

static void
clear(struct entry *e)
{
	collateral_free(e->collateral);
	free(e->json.ptr);
	*e = (struct entry){ .collateral = NULL };
}

/* Takes the collateral over. */
static struct entry *
keep_adopt(struct collateral_cache *cache, const struct platform_key *key,
    struct collateral *c, const uint8_t *id, int64_t fresh_ms)
{
	struct entry *e = find_slot(cache, key);

	clear(e);
	e->key = *key;
	e->collateral = c;
	memcpy(e->id, id, sizeof(e->id));
	e->stale_at_ms = clock_ms() + fresh_ms;
	return e;
}

/*
 * Reads, checks, and holds against platform and instant; takes the text over.
 * On failure the fault says what is wrong with it.
 */
static int
check_adopt_new(struct collateral **out, struct collateral_text *text,
    const struct platform_key *key, const struct trust *trust, time_t at,
    struct fault *f)
{
	struct platform_key found;
	struct collateral *c;

	if (collateral_adopt_new(&c, text, trust, f) < 0)
		return -1;
	if (c->fault.code != FAULT_NONE) {
		*f = c->fault;
		goto fail;
	}
	found = collateral_key(c);
	if (!platform_key_equal(&found, key)) {
		fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "collateral: of another platform than was asked for");
		goto fail;
	}
	if (collateral_check_time(c, at, f) < 0)
		goto fail;
	*out = c;
	return 0;
fail:
	collateral_free(c);
	return -1;
}

/* Puts the good documents together, keeps and remembers that. */
static int
compose(struct collateral_cache *cache, const struct stock_search *search,
    struct stock *stock, int64_t fresh_ms, struct entry **out, struct fault *f)
{
	struct store *store = cache->settings.store;
	struct entry *e = find(cache, &search->key);
	time_t fixed_at = cache->settings.fixed_at;
	uint8_t id[SHA256_LEN];
	struct collateral *c;
	bool is_kept;

	if (collateral_text_id(&stock->text, id, f) < 0)
		return -1;
	if (e != NULL && memcmp(e->id, id, sizeof(id)) == 0) {
		e->stale_at_ms = clock_ms() + fresh_ms;
		*out = e;
		return 0;
	}
	if (check_adopt_new(&c, &stock->text, &search->key,
		&cache->settings.trust, search->at, f) < 0)
		return -1;
	if (store_is_collateral(store, &search->key, id, fixed_at, &is_kept,
		f) < 0 ||
	    (!is_kept && store_put_collateral(store, &search->key, &c->text,
		c->issued_at, c->expires_at, fixed_at, id, f) < 0)) {
		collateral_free(c);
		return -1;
	}
	*out = keep_adopt(cache, &search->key, c, id, fresh_ms);
	return 0;
}

static bool
is_complete(const struct stock *stock)
{
	return stock->good == PCS_ALL_DOCUMENTS;
}

/* One that is not here was asked for in vain a moment ago. */
static bool
is_hopeless(const struct stock *stock)
{
	return (stock->missed & ~stock->good) != 0;
}

/*
 * Another process is fetching: until it has ended. Where it failed we would,
 * too; the time that is left is better not spent on finding out.
 */
static int
wait_for_others(struct collateral_cache *cache,
    const struct stock_search *search, struct stock *stock, struct fault *f)
{
	struct store *store = cache->settings.store;
	bool is_locked, has_failed;
	int64_t waited_ms;

	do {
		waited_ms = clock_ms() - search->since_ms;
		if (waited_ms >= cache->settings.wait_ms)
			return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
			    "another process is fetching it: want an end "
			    "within %d ms, have none",
			    cache->settings.wait_ms);
		poll(NULL, 0, POLL_MS);
		if (store_find_locked(store, cache->stock.trust_id,
			&search->key, stock->wanted, &is_locked, f) < 0)
			return -1;
	} while (is_locked);
	if (stock_load(stock, &cache->stock, search, f) < 0)
		return -1;
	if (stock->wanted == 0)
		return 0;
	if (store_find_failure(store, clock_ms() - search->since_ms,
		&has_failed, f) < 0)
		return -1;
	if (has_failed)
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "another process has asked for it, and failed");
	return 0;
}

/*
 * Fetches what is wanted, or has others fetch it, until it is there or all
 * that is missing has been asked for in vain.
 *
 * waits	also when all is here and only old
 */
static int
renew(struct collateral_cache *cache, const struct stock_search *search,
    bool waits, struct stock *stock, int *out_num_kept, struct fault *f)
{
	unsigned int asked = 0, asked_now;
	struct fault fetch = { 0 };
	int num_kept;

	*out_num_kept = 0;
	while ((stock->wanted & ~asked) != 0 && !is_hopeless(stock)) {
		if (stock_fetch(stock, &cache->stock, search, &asked_now,
			&num_kept, &fetch) < 0 &&
		    fetch.code == FAULT_INTERNAL) {
			*f = fetch;
			return -1;
		}
		asked |= asked_now;
		*out_num_kept += num_kept;
		/* Part of it may be here now, whatever failed. */
		if (stock_load(stock, &cache->stock, search, f) < 0)
			return -1;
		if (fetch.code != FAULT_NONE) {
			*f = fetch;
			return -1;
		}
		if (asked_now == 0 && stock->wanted != 0) {
			if (is_complete(stock) && !waits)
				return 0;
			if (wait_for_others(cache, search, stock, f) < 0)
				return -1;
		}
	}
	return 0;
}

/* Returns 1 when no seat is free. */
static int
renew_seated(struct collateral_cache *cache, const struct stock_search *search,
    struct stock *stock, struct fault *f)
{
	struct seats *seats = cache->settings.seats;
	int r, num_kept;

	if (is_hopeless(stock))
		return 0;
	if (seats != NULL && !seats_take(seats))
		return 1;
	r = renew(cache, search, false, stock, &num_kept, f);
	if (seats != NULL)
		seats_give(seats);
	return r;
}

static void
log_failure(const struct platform_key *key, const struct fault *f)
{
	char fmspc[2 * FMSPC_LEN + 1];

	hex_encode(fmspc, BYTES_OF(key->fmspc));
	log_event(LOG_LEVEL_WARNING, "collateral_fetch",
	    LOG_TEXT("tee", tee_name(key->tee)), LOG_TEXT("fmspc", fmspc),
	    LOG_TEXT("ca", pck_ca_name(key->ca)),
	    LOG_TEXT("reason", fault_reason(f->code)),
	    LOG_TEXT("message", f->message));
}

/* How long what is at hand serves before it is looked at again. */
static int64_t
serves_ms(const struct collateral_cache *cache, const struct stock *stock,
    int renewed)
{
	int64_t ttl_ms = (int64_t)cache->settings.ttl_s * 1000;

	if (renewed == 0 && stock->wanted == 0)
		return stock->fresh_ms;
	if (renewed >= 0)
		return ttl_ms < BUSY_MS ? ttl_ms : BUSY_MS;
	return ttl_ms < RETRY_MS ? ttl_ms : RETRY_MS;
}

/* What to say of a stock that is not complete; a fault may be there already. */
static int
set_unavailable(const struct stock *stock, struct fault *f)
{
	int i;

	for (i = 0; i < PCS_DOCUMENT__MAX && f->code == FAULT_NONE; i++)
		if ((stock->good & 1u << i) == 0)
			fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
			    "%s: no source has it, or only an older one",
			    collateral_field_names[pcs_documents[i].text]);
	/* It is ours or the source's fault, and says nothing about the quote. */
	f->code = FAULT_COLLATERAL_UNAVAILABLE;
	return -1;
}

/*
 * From the database or a source. *e is what memory has, old but inside its
 * dates, or NULL.
 */
static int
look(struct collateral_cache *cache, const struct stock_search *search,
    struct stock *stock, struct entry **e, struct fault *f)
{
	struct fault fault = { 0 };
	int r = 0;

	if (stock_load(stock, &cache->stock, search, f) < 0)
		return -1;
	if (stock->wanted != 0)
		r = renew_seated(cache, search, stock, &fault);
	if (r < 0) {
		if (fault.code != FAULT_INTERNAL)
			log_failure(&search->key, &fault);
		*f = fault;
	}
	if (r < 0 && fault.code == FAULT_INTERNAL)
		return -1;
	if (is_complete(stock)) {
		if (compose(cache, search, stock, serves_ms(cache, stock, r),
			e, &fault) == 0)
			return 0;
		*f = fault;
		return fault.code == FAULT_INTERNAL ? -1 :
		    set_unavailable(stock, f);
	}
	/*
	 * A database that lost what memory has, say a standby that took over.
	 * What it has and is not good any more must not serve.
	 */
	if (*e != NULL && (stock->known & ~stock->good) == 0) {
		(*e)->stale_at_ms = clock_ms() + serves_ms(cache, stock, -1);
		return 0;
	}
	if (r > 0)
		return 1;
	*f = fault;
	return set_unavailable(stock, f);
}

/* What memory has and is inside its dates; NULL: nothing. */
static struct entry *
find_good(struct collateral_cache *cache, const struct platform_key *key,
    time_t at)
{
	struct entry *e = find(cache, key);
	struct fault ignored;

	if (e == NULL || collateral_check_time(e->collateral, at,
		&ignored) < 0)
		return NULL;
	return e;
}

static void
give(struct collateral_cache *cache, struct entry *e,
    const struct collateral **out, uint8_t out_id[static SHA256_LEN])
{
	e->used = ++cache->counter;
	*out = e->collateral;
	memcpy(out_id, e->id, sizeof(e->id));
}

bool
collateral_cache_peek(struct collateral_cache *cache,
    const struct platform_key *key, time_t at, const struct collateral **out,
    uint8_t out_id[static SHA256_LEN])
{
	struct entry *e = find_good(cache, key, at);

	if (e == NULL || e->stale_at_ms <= clock_ms())
		return false;
	give(cache, e, out, out_id);
	return true;
}

int
collateral_cache_get(struct collateral_cache *cache,
    const struct platform_key *key, time_t at, const struct collateral **out,
    uint8_t out_id[static SHA256_LEN], struct fault *f)
{
	const struct stock_search search = { *key, at, 0, clock_ms() };
	struct stock stock = { .fresh_ms = 0 };
	bool is_hit = collateral_cache_peek(cache, key, at, out, out_id);
	struct entry *e;
	int r;

	metrics_count_lookup(cache->settings.metrics, is_hit);
	if (is_hit)
		return 0;
	e = find_good(cache, key, at);
	r = look(cache, &search, &stock, &e, f);
	stock_clear(&stock);
	if (r != 0)
		return r;
	give(cache, e, out, out_id);
	return 0;
}

struct bytes
collateral_cache_json(struct collateral_cache *cache,
    const struct collateral *c)
{
	struct entry *e;

	for (e = cache->entries; e < cache->entries + COLLATERAL_CACHE_NUM_MAX;
	     e++)
		if (e->collateral == c) {
			if (e->json.ptr == NULL)
				e->json = render_collateral(&c->text);
			return json_text_bytes(&e->json);
		}
	return (struct bytes){ NULL, 0 };
}

int
collateral_cache_refresh(struct collateral_cache *cache,
    const struct platform_key *key, time_t at, int margin_s,
    bool *out_renewed, struct fault *f)
{
	const struct stock_search search = { *key, at, margin_s, clock_ms() };
	struct stock stock = { .fresh_ms = 0 };
	struct fault fault = { 0 };
	int r, num_kept = 0;

	*out_renewed = false;
	r = stock_load(&stock, &cache->stock, &search, &fault);
	if (r == 0 && stock.wanted != 0)
		r = renew(cache, &search, true, &stock, &num_kept, &fault);
	if ((r < 0 && fault.code != FAULT_INTERNAL) ||
	    (r == 0 && (!is_complete(&stock) || stock.missed != 0)))
		r = set_unavailable(&stock, &fault);
	stock_clear(&stock);
	*out_renewed = num_kept > 0;
	if (r < 0)
		*f = fault;
	return r;
}

void
collateral_cache_forget(struct collateral_cache *cache,
    const struct platform_key *key)
{
	struct entry *e = find(cache, key);

	if (e == NULL)
		return;
	clear(e);
}

int
collateral_cache_new(struct collateral_cache **out,
    const struct collateral_cache_settings *settings, struct fault *f)
{
	struct collateral_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return fault_set_memory(f);
	cache->settings = *settings;
	cache->stock = (struct stock_settings){
		.store = settings->store,
		.pcs = settings->pcs,
		.breaker = settings->breaker,
		.witness = settings->witness,
		.trust = settings->trust,
		.ttl_s = settings->ttl_s,
		.unknown_s = settings->unknown_s,
		.fixed_at = settings->fixed_at,
	};
	if (store_trust_id(&settings->trust, cache->stock.trust_id, f) < 0) {
		free(cache);
		return -1;
	}
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
		clear(&cache->entries[i]);
	free(cache);
}
