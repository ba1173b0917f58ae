#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "keeper.h"
#include "log.h"
#include "store_undecided.h"

/* A platform whose collateral could not be had. */
struct waiting {
	struct platform_key key;
	struct upload_place since; /* before its first undecided quote */
	int64_t pause_ms;
	int64_t next_at_ms;
};

struct keeper {
	const struct keeper_settings *settings;
	struct store *turn;
	/* What is before it has a verdict, or its platform waits. */
	struct upload_place done;
	int64_t pass_at_ms; /* when the pass began */
	struct waiting waiting[KEEPER_PLATFORMS_MAX];
	size_t num_waiting;
	int64_t until_ms; /* this turn's end */
	bool has_more;	  /* was left over by this turn */
	struct undecided_window window;
};

/* What came of a quote. */
enum result {
	SETTLED,	/* or nothing can be done about it in this pass */
	NO_COLLATERAL,
	BROKEN,		/* the database is */
};

static bool
is_told_to_stop(const struct keeper *k, int64_t wait_ms)
{
	struct pollfd p = { k->settings->stop_fd, POLLIN, 0 };

	return poll(&p, 1, (int)wait_ms) > 0;
}

static bool
is_turn_over(const struct keeper *k)
{
	return clock_ms() >= k->until_ms || is_told_to_stop(k, 0);
}

static void
log_failure(const char *event, const struct fault *f)
{
	log_event(LOG_LEVEL_ERROR, event, LOG_TEXT("message", f->message));
}

static void
log_quote(const struct undecided_quote *q, const struct verdict *v,
    const struct fault *f)
{
	char checksum[2 * SHA256_LEN + 1];

	hex_encode(checksum, BYTES_OF(q->checksum));
	if (v == NULL)
		log_event(LOG_LEVEL_ERROR, "keeper_undecided",
		    LOG_TEXT("checksum", checksum),
		    LOG_TEXT("reason", fault_reason(f->code)),
		    LOG_TEXT("message", f->message));
	else
		log_event(LOG_LEVEL_INFO, "keeper_verdict",
		    LOG_TEXT("checksum", checksum),
		    LOG_NUMBER("verified", v->verified),
		    LOG_TEXT("reason", fault_reason(v->fault.code)));
}

/* From a record without a verdict to one that has it. */
static int
judge_record(struct keeper *k, const struct stored_record *record,
    const struct undecided_quote *q, struct fault *f)
{
	const struct judge *judge = k->settings->judge;
	struct bytes raw = { record->raw, record->raw_len };
	struct judged judged;
	int r;

	r = judge_stored(judge, raw, config_now(judge->config), &judged, f);
	if (r == 0)
		r = judge_keep_verdict(judge, &judged, f);
	if (r == 0)
		log_quote(q, &judged.verdict, NULL);
	judged_clear(&judged);
	return r == 0 ? 0 : -1;
}

static enum result
try_quote(struct keeper *k, const struct undecided_quote *q)
{
	struct store *store = k->settings->judge->store;
	struct stored_record record;
	struct fault f = { 0 }, down;
	int r = store_get_quote(store, q->checksum, &record, &f);

	if (r == 0)
		return SETTLED; /* of a database that is gone */
	if (r > 0) {
		r = record.has_verdict ? 0 : judge_record(k, &record, q, &f);
		stored_record_clear(&record);
	}
	if (r == 0)
		return SETTLED;
	if (f.code == FAULT_COLLATERAL_UNAVAILABLE)
		return NO_COLLATERAL;
	if (!store_is_up(store, &down)) {
		log_failure("keeper", &down);
		return BROKEN;
	}
	log_quote(q, NULL, &f);
	return SETTLED;
}

/* The place just before a quote. */
static struct upload_place
place_before(const struct undecided_quote *q)
{
	struct upload_place place = { .uploaded_at_us = q->uploaded_at_us };

	memset(place.checksum, 0xff, sizeof(place.checksum));
	return place;
}

static struct waiting *
find_waiting(struct keeper *k, const struct platform_key *key)
{
	size_t i;

	for (i = 0; i < k->num_waiting; i++)
		if (platform_key_equal(&k->waiting[i].key, key))
			return &k->waiting[i];
	return NULL;
}

static void
begin_waiting(struct keeper *k, const struct undecided_quote *q)
{
	if (k->num_waiting == KEEPER_PLATFORMS_MAX)
		return;
	k->waiting[k->num_waiting++] = (struct waiting){
		.key = q->key,
		.since = place_before(q),
		.pause_ms = k->settings->every_ms,
		.next_at_ms = clock_ms() + k->settings->every_ms,
	};
}

static void
wait_longer(struct waiting *w, const struct undecided_quote *q)
{
	w->since = place_before(q);
	w->next_at_ms = clock_ms() + w->pause_ms;
	w->pause_ms = w->pause_ms < KEEPER_PAUSE_MAX_MS / 2 ?
	    2 * w->pause_ms : KEEPER_PAUSE_MAX_MS;
}

static int
look(struct keeper *k, const struct upload_place *after)
{
	struct fault f = { 0 };

	if (store_get_undecided(k->settings->judge->store, after,
		k->settings->young_ms, &k->window, &f) == 0)
		return 0;
	log_failure("keeper", &f);
	return -1;
}

/* Goes on from k->done. Returns -1 when the database is broken. */
static int
catch_up(struct keeper *k)
{
	const struct undecided_quote *q;
	enum result result;

	do {
		if (look(k, &k->done) < 0)
			return -1;
		for (q = k->window.quote; q < k->window.quote + k->window.num;
		    q++) {
			if (find_waiting(k, &q->key))
				continue;
			if (is_turn_over(k)) {
				k->done = place_before(q);
				k->has_more = true;
				return 0;
			}
			result = try_quote(k, q);
			if (result == BROKEN) {
				k->done = place_before(q);
				return -1;
			}
			if (result == NO_COLLATERAL)
				begin_waiting(k, q);
		}
		k->done = k->window.end;
	} while (!k->window.is_last && !is_turn_over(k));
	k->has_more = k->has_more || !k->window.is_last;
	return 0;
}

/* Whether a place is not before another. */
static bool
has_reached(const struct upload_place *a, const struct upload_place *b)
{
	if (a->uploaded_at_us != b->uploaded_at_us)
		return a->uploaded_at_us > b->uploaded_at_us;
	return memcmp(a->checksum, b->checksum, sizeof(a->checksum)) <= 0;
}

/*
 * Tries the quotes of one platform, from the first one that has no verdict.
 *
 * Returns 1 when it waits no more, 0 when it does, -1 when the database is
 * broken.
 */
static int
retry(struct keeper *k, struct waiting *w)
{
	const struct undecided_quote *q;
	enum result result;

	do {
		if (look(k, &w->since) < 0)
			return -1;
		for (q = k->window.quote; q < k->window.quote + k->window.num;
		    q++) {
			if (!platform_key_equal(&q->key, &w->key))
				continue;
			if (is_turn_over(k)) {
				w->since = place_before(q);
				k->has_more = true;
				return 0;
			}
			result = try_quote(k, q);
			if (result == NO_COLLATERAL) {
				wait_longer(w, q);
				return 0;
			}
			if (result == BROKEN) {
				w->since = place_before(q);
				return -1;
			}
		}
		w->since = k->window.end;
	} while (!k->window.is_last && !has_reached(&w->since, &k->done));
	return 1;
}

static int
retry_waiting(struct keeper *k)
{
	size_t i = 0;
	int r;

	while (i < k->num_waiting && !is_turn_over(k)) {
		r = k->waiting[i].next_at_ms > clock_ms() ? 0 :
		    retry(k, &k->waiting[i]);
		if (r < 0)
			return -1;
		if (r == 0)
			i++;
		else
			k->waiting[i] = k->waiting[--k->num_waiting];
	}
	return 0;
}

/* One turn, if it is ours. */
static void
work(struct keeper *k)
{
	struct fault f = { 0 }, ignored;
	int r = store_begin_turn(k->turn, &f);

	k->has_more = false;
	if (r > 0 && judge_check_clock(k->settings->judge, &f) < 0) {
		(void)!store_end_turn(k->turn, &ignored);
		r = -1;
	}
	if (r < 0)
		log_failure("keeper", &f);
	if (r <= 0)
		return;
	k->until_ms = clock_ms() + KEEPER_TURN_MS;
	if (clock_ms() - k->pass_at_ms >= KEEPER_PASS_MS) {
		k->pass_at_ms = clock_ms();
		k->done = (struct upload_place){ 0 };
	}
	/* Either may take the whole turn; the new ones are first. */
	if (catch_up(k) == 0 && retry_waiting(k) < 0)
		k->has_more = false;
	if (store_end_turn(k->turn, &f) < 0)
		log_failure("keeper", &f);
}

int
keeper_run(const struct keeper_settings *settings, struct fault *f)
{
	struct keeper *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return fault_set_memory(f);
	k->settings = settings;
	k->pass_at_ms = clock_ms();
	if (store_new(&k->turn, settings->database, f) < 0) {
		free(k);
		return -1;
	}
	while (!is_told_to_stop(k, k->has_more ? 0 : settings->every_ms))
		work(k);
	store_free(k->turn);
	free(k);
	return 0;
}
