#include <string.h>

#include "clock.h"
#include "log.h"
#include "reverify.h"
#include "store_reverify.h"

/* A run that falls behind its rate catches up no more than this. */
#define BURST_MS 1000

struct run {
	const struct reverify_settings *settings;
	struct reverify_place *place;
	struct reverify_counts *counts;

	/* For `at`: the group's collateral; NULL: it needs none. */
	struct collateral *then;
	uint8_t then_id[SHA256_LEN];

	/* For the rate: so many were judged since then. */
	int64_t since_ms;
	int64_t num;
};

/* ---- verdicts ---- */

static bool
advisory_is_in(const struct advisories *a, const char *id)
{
	size_t i;

	for (i = 0; i < a->num; i++)
		if (strcmp(a->id[i], id) == 0)
			return true;
	return false;
}

/* In any order; each has an id once. */
static bool
advisories_equal(const struct advisories *a, const struct advisories *b)
{
	size_t i;

	if (a->num != b->num)
		return false;
	for (i = 0; i < a->num; i++)
		if (!advisory_is_in(b, a->id[i]))
			return false;
	return true;
}

static bool
verdict_equal(const struct verdict *a, const struct verdict *b)
{
	return a->verified == b->verified &&
	    a->tcb_status == b->tcb_status &&
	    a->fault.code == b->fault.code &&
	    advisories_equal(&a->advisories, &b->advisories);
}

static void
log_change(const struct judged *judged, const struct due_quote *due)
{
	static const struct verdict none;
	const struct verdict *now = &judged->verdict;
	const struct verdict *was =
	    due->has_verdict ? &due->newest.verdict : &none;
	char checksum[2 * SHA256_LEN + 1], id[2 * SHA256_LEN + 1] = "";

	hex_encode(checksum, BYTES_OF(judged->checksum));
	if (judged->collateral != NULL)
		hex_encode(id, BYTES_OF(judged->collateral_id));
	log_event(LOG_LEVEL_INFO,
	    due->has_verdict ? "verdict_changed" : "verdict_first",
	    LOG_TEXT("checksum", checksum),
	    LOG_NUMBER("was_verified", was->verified),
	    LOG_NUMBER("verified", now->verified),
	    LOG_TEXT("was_tcb_status", tcb_status_name(was->tcb_status)),
	    LOG_TEXT("tcb_status", tcb_status_name(now->tcb_status)),
	    LOG_TEXT("was_reason", fault_reason(was->fault.code)),
	    LOG_TEXT("reason", fault_reason(now->fault.code)),
	    LOG_NUMBER("was_num_advisories", (int64_t)was->advisories.num),
	    LOG_NUMBER("num_advisories", (int64_t)now->advisories.num),
	    LOG_TEXT("collateral_id", id));
}

/* ---- one quote ---- */

/* Whoever runs this has no seats to take; that is no verdict either. */
static int
no_seat(struct fault *f)
{
	return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
	    "collateral: too many are waiting for a source");
}

static void
pass_quote_over(struct run *run, const uint8_t *checksum,
    const struct fault *f)
{
	char text[2 * SHA256_LEN + 1];

	hex_encode(text, (struct bytes){ checksum, SHA256_LEN });
	log_event(LOG_LEVEL_ERROR, "reverify_quote",
	    LOG_TEXT("checksum", text),
	    LOG_TEXT("reason", fault_reason(f->code)),
	    LOG_TEXT("message", f->message));
	run->counts->num_quotes_failed++;
	run->place->is_whole = false;
}

/*
 * Held against current collateral; a change is kept.
 *
 * Returns 0, or -1 with FAULT_COLLATERAL_UNAVAILABLE, FAULT_INTERNAL, or a
 * fault of the quote.
 */
static int
judge_now(struct run *run, const struct due_quote *due, struct fault *f)
{
	const struct judge *j = run->settings->judge;
	struct reverify_place *place = run->place;
	struct judged judged;
	int r;

	r = judge_stored(j, due->raw, config_now(j->config), &judged, f);
	if (r != 0)
		return r < 0 ? -1 : no_seat(f);
	if (judged.collateral == NULL || memcmp(place->collateral_id,
		judged.collateral_id, SHA256_LEN) != 0)
		place->is_whole = false;
	run->counts->num_judged++;
	if (due->has_verdict &&
	    verdict_equal(&judged.verdict, &due->newest.verdict)) {
		place->num_same++;
		return 0;
	}
	r = judge_keep_verdict(j, &judged, f);
	judged_clear(&judged);
	if (r < 0)
		return -1;
	run->counts->num_changed++;
	log_change(&judged, due);
	return 0;
}

/* Held against the collateral of another time, and printed. */
static int
judge_then(struct run *run, const struct due_quote *due, struct fault *f)
{
	const struct reverify_settings *s = run->settings;
	struct fault no_pck = { 0 };
	struct verdict v = { 0 };
	struct quote quote;
	struct pck pck;

	if (quote_parse(&quote, due->raw, f) < 0)
		return -1;
	if (run->then != NULL) {
		if (verify_quote(&v, &quote, run->then, &s->judge->trust,
			&s->judge->policy, s->at, s->judge->known, f) < 0)
			return -1;
	} else if (verify_read_pck(&pck, &quote, &s->judge->trust,
		s->judge->known, &no_pck) < 0 && no_pck.code != FAULT_INTERNAL) {
		verdict_set_refused(&v, &no_pck, s->at);
	} else {
		/* Another trust anchor, perhaps. */
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "quote: was stored as one without a platform");
	}
	run->counts->num_judged++;
	if (s->print(s->ctx, due->checksum, &v,
		run->then != NULL ? run->then_id : NULL) < 0)
		return fault_set(f, FAULT_INTERNAL, "output: not written");
	return 0;
}

/* Keeps to the rate. Returns false when the run is to end. */
static bool
pace(struct run *run)
{
	const struct reverify_settings *s = run->settings;
	int64_t now_ms = clock_ms(), due_ms = now_ms;

	if (s->rate > 0)
		due_ms = run->since_ms + run->num * 1000 / s->rate;
	if (due_ms + BURST_MS < now_ms) {
		run->since_ms = due_ms = now_ms;
		run->num = 0;
	}
	run->num++;
	return s->wait(s->ctx, due_ms > now_ms ? due_ms - now_ms : 0);
}

/* Returns 0, or 1 when the run is to end, or -1 as reverify_group. */
static int
reverify_quote(struct run *run, const struct due_quote *due, struct fault *f)
{
	const struct reverify_settings *s = run->settings;

	if (!pace(run))
		return 1;
	if ((s->at < 0 ? judge_now(run, due, f) : judge_then(run, due, f)) ==
	    0)
		return 0;
	if (f->code == FAULT_INTERNAL ||
	    (f->code == FAULT_COLLATERAL_UNAVAILABLE &&
		run->place->group.has_platform))
		return -1;
	pass_quote_over(run, due->checksum, f);
	return 0;
}

/* ---- one platform ---- */

static int
reverify_window(struct run *run, struct due_window *w, struct fault *f)
{
	const struct reverify_settings *s = run->settings;
	struct due_quote due;
	int r, found;

	while ((found = due_window_next(w, &due, f)) == 1) {
		if (due.is_due) {
			r = reverify_quote(run, &due, f);
			if (r != 0)
				return r;
			s->tell(s->ctx);
		}
		memcpy(run->place->checksum, due.checksum, SHA256_LEN);
		run->place->has_checksum = true;
	}
	s->tell(s->ctx);
	return found;
}

/* What the group's quotes would be held against now. */
static int
find_collateral(struct run *run, uint8_t out_id[static SHA256_LEN],
    struct fault *f)
{
	const struct judge *j = run->settings->judge;
	const struct collateral *c;
	int r = collateral_cache_get(j->cache, &run->place->group.key,
	    config_now(j->config), &c, out_id, f);

	return r == 1 ? no_seat(f) : r;
}

/* For `at`: what they would have been held against. */
static int
load_then(struct run *run, struct fault *f)
{
	const struct judge *j = run->settings->judge;
	struct collateral_text text;
	uint8_t trust_id[SHA256_LEN];
	int found;

	collateral_free(run->then);
	run->then = NULL;
	if (!run->place->group.has_platform)
		return 0;
	if (store_trust_id(&j->trust, trust_id, f) < 0)
		return -1;
	found = store_get_collateral_at(j->store, trust_id,
	    &run->place->group.key, run->settings->at, &text, f);
	if (found == 0)
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "collateral: none was stored by that time");
	if (found < 0)
		return -1;
	if (collateral_text_id(&text, run->then_id, f) < 0) {
		collateral_text_clear(&text);
		return -1;
	}
	return collateral_adopt_new(&run->then, &text, &j->trust, f);
}

/*
 * Says which quotes are due, and takes note of what they are held against:
 * the place that an earlier run left counts while that is still the same.
 */
static int
select_due(struct run *run, struct due_selection *out, struct fault *f)
{
	const struct reverify_settings *s = run->settings;
	struct store *store = s->judge->store;
	struct reverify_place *place = run->place;
	uint8_t id[SHA256_LEN];

	*out = (struct due_selection){ place->group.has_platform,
		place->group.key, s->all || s->at >= 0, s->since_us, { 0 }, 0 };
	if (s->at >= 0)
		return load_then(run, f);
	if (judge_check_clock(s->judge, f) < 0)
		return -1;
	if (!place->group.has_platform)
		return 0;
	if (find_collateral(run, id, f) < 0)
		return -1;
	if (!place->has_checksum) {
		place->is_whole = s->since_us == 0;
		memcpy(place->collateral_id, id, sizeof(id));
		if (store_get_now(store, &place->began_at_us, f) < 0)
			return -1;
	} else if (memcmp(place->collateral_id, id, sizeof(id)) != 0) {
		place->is_whole = false;
	}
	memcpy(out->collateral_id, id, sizeof(id));
	return store_get_reverification(store, &place->group.key, id,
	    &out->after_us, f);
}

/*
 * Returns 0 when the group is done, 1 when the run is to end, or -1 with
 * FAULT_COLLATERAL_UNAVAILABLE (of this group, then) or FAULT_INTERNAL.
 */
static int
reverify_group(struct run *run, struct fault *f)
{
	struct store *store = run->settings->judge->store;
	struct reverify_place *place = run->place;
	struct due_selection selection;
	struct due_window *w;
	bool is_full = true;
	int r = 0;

	if (select_due(run, &selection, f) < 0)
		return -1;
	while (r == 0 && is_full) {
		if (store_get_due(store, &selection,
			place->has_checksum ? place->checksum : NULL, &w,
			f) < 0)
			return -1;
		is_full = due_window_is_full(w);
		r = reverify_window(run, w, f);
		due_window_free(w);
		/* Also where nothing is due for a long way. */
		if (r == 0 && !run->settings->wait(run->settings->ctx, 0))
			r = is_full;
	}
	if (r == 0 && run->settings->at < 0 && place->group.has_platform &&
	    place->is_whole && place->num_same > 0)
		r = store_put_reverification(store, &place->group.key,
		    place->collateral_id, place->began_at_us, f);
	return r;
}

static void
pass_group_over(struct run *run, const struct fault *f)
{
	const struct platform_key *key = &run->place->group.key;
	char fmspc[2 * FMSPC_LEN + 1];

	hex_encode(fmspc, BYTES_OF(key->fmspc));
	log_event(LOG_LEVEL_ERROR, "reverify_platform",
	    LOG_TEXT("tee", tee_name(key->tee)), LOG_TEXT("fmspc", fmspc),
	    LOG_TEXT("ca", pck_ca_name(key->ca)),
	    LOG_TEXT("reason", fault_reason(f->code)),
	    LOG_TEXT("message", f->message));
	run->counts->num_platforms_failed++;
}

/* ---- all of them ---- */

/*
 * First the quotes without a platform, of both TEEs, then one platform after
 * the other. Returns 1, or 0 after the last, or -1.
 */
static int
next_group(struct run *run, struct fault *f)
{
	const uint8_t *fmspc = run->settings->fmspc;
	struct reverify_place *place = run->place;
	struct reverify_group next = { 0 };
	int r = 1;

	if (!place->has_group && fmspc == NULL) {
		next.key.tee = TEE_SGX;
	} else if (place->has_group && !place->group.has_platform &&
	    place->group.key.tee == TEE_SGX) {
		next.key.tee = TEE_TDX;
	} else {
		next.has_platform = true;
		r = store_get_next_platform(run->settings->judge->store,
		    place->group.has_platform ? &place->group.key : NULL,
		    fmspc, &next.key, f);
	}
	if (r == 1)
		*place = (struct reverify_place){
			.has_group = true, .group = next
		};
	return r;
}

int
reverify_run(const struct reverify_settings *settings,
    struct reverify_place *place, struct reverify_counts *counts,
    struct fault *f)
{
	struct run run = { .settings = settings, .place = place,
		.counts = counts, .since_ms = clock_ms() };
	int r = place->has_group ? 1 : next_group(&run, f);

	while (r == 1) {
		r = reverify_group(&run, f);
		if (r < 0 && f->code == FAULT_COLLATERAL_UNAVAILABLE) {
			pass_group_over(&run, f);
			r = 0;
		}
		if (r != 0)
			break;
		counts->num_groups++;
		r = next_group(&run, f);
		if (r == 1 && !settings->wait(settings->ctx, 0))
			break;
	}
	collateral_free(run.then);
	return r;
}
