#include <stdlib.h>
#include <string.h>

#include "judge_private.h"

/* How old what is known from the database of the newest document may be. */
#define WITNESS_READ_MS 3600000

struct platform_key
judge_platform_key(const struct quote *q, const struct pck *pck)
{
	struct platform_key key = { .tee = q->tee, .ca = pck->ca };

	memcpy(key.fmspc, pck->fmspc, sizeof(key.fmspc));
	return key;
}

static int
look_all(const struct judge *j, struct judge_open *const *opens, int num,
    struct fault *f)
{
	const uint8_t *checksums[JUDGE_OPEN_NUM_MAX] = { NULL };
	struct stored_record records[JUDGE_OPEN_NUM_MAX];
	int r, i;

	for (i = 0; i < num; i++)
		checksums[i] = opens[i]->judged->checksum;
	r = store_get_uploads(j->store, checksums, records, num, f);
	for (i = 0; i < num; i++)
		if (r == 0)
			opens[i]->record = records[i];
		else
			stored_record_clear(&records[i]);
	return r;
}

int
judge_settle(const struct judge *j, struct judge_open *const *opens, int num,
    struct fault *f)
{
	struct judge_open *known[JUDGE_OPEN_NUM_MAX], *new[JUDGE_OPEN_NUM_MAX];
	int num_known = 0, num_new = 0, r = 0, i;

	for (i = 0; i < num; i++)
		if (opens[i]->judged->is_known)
			known[num_known++] = opens[i];
		else
			new[num_new++] = opens[i];
	/* one alone is left to judge_end */
	if (num_known > 1)
		r = look_all(j, known, num_known, f);
	if (num_new > 1 && judge_keep_all(j, new, num_new, f) < 0)
		r = -1;
	return r;
}

/* Whatever returns 0 is to be followed by suspects_give. */
static int
take_in_hand(const struct judge *j, const struct judged *judged,
    struct fault *f)
{
	if (suspects_take(j->suspects, judged->checksum))
		return 0;
	return fault_set(f, FAULT_INTERNAL, "quote: processes have died of "
	    "it; it is judged no more until the pool is started anew");
}

/* The same for an upload of which nothing is known yet. */
static int
begin(const struct judge *j, struct bytes raw, struct judged *out,
    struct fault *f)
{
	memset(out, 0, sizeof(*out));
	return sha256(&raw, 1, out->checksum, f) < 0 ? -1 :
	    take_in_hand(j, out, f);
}

static int
read_pck(const struct judge *j, struct judged *out, struct fault *f)
{
	out->has_pck = verify_read_pck(&out->pck, &out->quote, &j->trust,
	    j->known, &out->no_pck) == 0;
	if (!out->has_pck && out->no_pck.code == FAULT_INTERNAL) {
		*f = out->no_pck;
		return -1;
	}
	return 0;
}

int
judge_check_clock(const struct judge *j, struct fault *f)
{
	struct clock_witness *w = j->witness;
	time_t issued_at;

	if (j->config->fixed_time >= 0)
		return 0;
	if (!w->is_read || clock_ms() - w->read_at_ms >= WITNESS_READ_MS) {
		if (store_get_newest_issue(j->store, &j->trust, &issued_at,
			f) < 0)
			return -1;
		clock_witness_see(w, issued_at);
		w->is_read = true;
		w->read_at_ms = clock_ms();
	}
	return clock_check(time(NULL), CLOCK_BUILT_AT, w->newest_issued_at,
	    f);
}

/*
 * The collateral that was asked for may itself show that the clock is behind,
 * and then be refused for being of the future.
 */
static int
get_collateral(const struct judge *j, struct judged *out, time_t at,
    struct fault *f)
{
	struct platform_key key =
	    judge_platform_key(&out->quote, &out->pck);
	struct fault clock = { 0 };
	int r;

	r = collateral_cache_get(j->cache, &key, at, &out->collateral,
	    out->collateral_id, f);
	if (judge_check_clock(j, &clock) == 0)
		return r;
	*f = clock;
	return -1;
}

/*
 * The PCK chain of a quote that brings none. When no source has it, that is
 * the verdict; when too many processes wait for a source, or one is silent,
 * there is none yet.
 */
static int
fetch_chain(const struct judge *j, struct judged *out, struct fault *f)
{
	int r;

	if (j->seats != NULL && !seats_take(j->seats))
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "PCK chain: too many wait for a source");
	r = pck_fetch_chain(j->pcs, &out->quote, &j->trust,
	    &out->fetched_chain, &out->pck, f);
	if (j->seats != NULL)
		seats_give(j->seats);
	out->has_pck = r == 0;
	if (r == 0) {
		pck_fetch_attach(&out->quote, &out->fetched_chain);
		return 0;
	}
	out->fetched_chain.pem[0] = '\0';
	if (f->code == FAULT_COLLATERAL_UNAVAILABLE ||
	    f->code == FAULT_INTERNAL)
		return -1;
	out->no_pck = *f;
	return 0;
}

/* Returns 1 as judge_upload does. */
static int
decide(const struct judge *j, struct judged *out, time_t at, struct fault *f)
{
	int r;

	if (judge_check_clock(j, f) < 0)
		return -1;
	if (!out->has_pck && pck_fetch_is_needed(&out->quote) &&
	    fetch_chain(j, out, f) < 0)
		return -1;
	if (!out->has_pck) {
		/* No collateral could change this. */
		verdict_set_refused(&out->verdict, &out->no_pck, at);
		return 0;
	}
	r = get_collateral(j, out, at, f);
	if (r != 0)
		return r;
	return verify_quote(&out->verdict, &out->quote, out->collateral,
	    &j->trust, &j->policy, at, j->known, f);
}

/* One variant too many is kept after all when it turns out to be verified. */
static int
decide_kept(const struct judge *j, struct bytes upload, struct judged *out,
    struct fault *f)
{
	int r = decide(j, out, config_now(j->config), f);

	return r != 0 ? r : judge_keep_both(j, upload, out, f);
}

/*
 * Whether a stored verdict is what judging would say now: reached with this
 * collateral by these rules, and before anything in it has ended.
 */
static bool
is_current(const struct judge *j, const struct stored_verdict *stored,
    const uint8_t collateral_id[static SHA256_LEN], time_t at)
{
	const struct verdict *v = &stored->verdict;
	char policy[STORE_POLICY_LEN_MAX];
	bool is_fixed = j->config->fixed_time >= 0;

	policy_format(&j->policy, policy, sizeof(policy));
	return stored->has_collateral &&
	    memcmp(stored->collateral_id, collateral_id, SHA256_LEN) == 0 &&
	    strcmp(stored->policy, policy) == 0 &&
	    strcmp(stored->engine_version, PACKAGE_VERSION) == 0 &&
	    stored->fixed_time == is_fixed &&
	    (is_fixed ? v->verified_at == at : v->verified_at <= at) &&
	    at <= v->expires_at && v->fault.code != FAULT_INTERNAL &&
	    v->fault.code != FAULT_CERTIFICATE_EXPIRED &&
	    v->fault.code != FAULT_COLLATERAL_EXPIRED;
}

/*
 * Whether bytes that were uploaded before have a verdict which, as far as this
 * process knows, is still what judging them would say.
 */
static bool
find_known(const struct judge *j, struct judged *out, time_t at)
{
	const struct known_verdict *known;
	struct fault ignored;

	if (j->known == NULL)
		return false;
	known = known_find_verdict(j->known, out->checksum);
	out->is_known = known != NULL && judge_check_clock(j, &ignored) == 0 &&
	    collateral_cache_peek(j->cache, &known->platform, at,
		&out->collateral, out->collateral_id) &&
	    memcmp(known->collateral_id, out->collateral_id,
		sizeof(known->collateral_id)) == 0;
	if (!out->is_known)
		out->collateral = NULL;
	return out->is_known;
}

/*
 * That verdict, out of the database, where it is so. No cryptography but the
 * checksum.
 */
static bool
use_known(const struct judge *j, struct judged *out,
    struct stored_record *record, time_t at)
{
	out->is_known = false;
	if (!record->has_verdict || record->tcb == NULL ||
	    !is_current(j, &record->newest, out->collateral_id, at)) {
		out->collateral = NULL;
		return false;
	}
	metrics_count_lookup(j->metrics, true);
	out->verdict = record->newest.verdict;
	out->uploaded_at_us = record->uploaded_at_us;
	memcpy(out->content_sha256, record->content_sha256,
	    sizeof(out->content_sha256));
	out->tcb = record->tcb;
	record->tcb = NULL;
	judge_set_decided(j, out);
	return true;
}

static bool
take_known(const struct judge *j, struct judged *out, time_t at)
{
	struct stored_record record = { 0 };
	struct fault ignored;
	bool good;

	good = store_get_upload(j->store, out->checksum, &record, &ignored) >=
		0 &&
	    use_known(j, out, &record, at);
	stored_record_clear(&record);
	if (!good) {
		out->is_known = false;
		out->collateral = NULL;
	}
	return good;
}

/* Whether a verdict can be reached without asking anybody for anything. */
static bool
is_at_hand(const struct judge *j, const struct judged *judged, time_t at)
{
	const struct collateral *ignored;
	uint8_t id[SHA256_LEN];
	struct platform_key key;

	if (!judged->has_pck)
		return !pck_fetch_is_needed(&judged->quote);
	key = judge_platform_key(&judged->quote, &judged->pck);
	return collateral_cache_peek(j->cache, &key, at, &ignored, id);
}

/*
 * Kept together with its verdict where that is at hand; otherwise kept before
 * anything else is tried, so that whatever fails later loses nothing.
 */
static int
judge_new(const struct judge *j, struct bytes upload, bool may_defer,
    struct judged *out, struct fault *f)
{
	time_t at = config_now(j->config);
	struct fault fault = { 0 };
	int r = 1;

	if (quote_parse(&out->quote, upload, f) < 0)
		return -1;
	if (find_known(j, out, at)) {
		if (may_defer)
			return 2;
		if (take_known(j, out, at))
			return 0;
	}
	if (read_pck(j, out, f) < 0 ||
	    verify_content_sha256(&out->quote, out->content_sha256, f) < 0)
		return -1;
	if (is_at_hand(j, out, at))
		r = decide(j, out, at, &fault);
	if (r == 0 && may_defer && !judge_is_unwanted(j, out))
		return 2;
	if (r == 0)
		return judge_keep_both(j, upload, out, f);
	if (judge_keep_quote(j, upload, out, f) < 0)
		return -1;
	if (r < 0) {
		*f = fault;
		return -1;
	}
	return decide_kept(j, upload, out, f);
}

int
judge_upload(const struct judge *j, struct bytes upload, bool may_defer,
    struct judged *out, struct fault *f)
{
	int r = begin(j, upload, out, f);

	if (r == 0) {
		r = judge_new(j, upload, may_defer, out, f);
		suspects_give(j->suspects);
	}
	if (r < 0)
		metrics_count_no_verdict(j->metrics, f->code);
	return r;
}

/* The cache may have been asked since. */
static bool
find_collateral_again(const struct judge *j, struct judged *judged,
    const struct platform_key *key, time_t at)
{
	uint8_t id[SHA256_LEN];

	if (judged->collateral == NULL)
		return true;
	return collateral_cache_peek(j->cache, key, at, &judged->collateral,
		   id) &&
	    memcmp(id, judged->collateral_id, sizeof(id)) == 0;
}

static int
end_known(const struct judge *j, struct judge_open *open, struct fault *f)
{
	const struct known_verdict *known =
	    known_find_verdict(j->known, open->judged->checksum);
	time_t at = config_now(j->config);
	bool good;

	good = known != NULL && find_collateral_again(j, open->judged,
	    &known->platform, at) &&
	    use_known(j, open->judged, &open->record, at);
	stored_record_clear(&open->record);
	return good ? 0 :
	    judge_upload(j, open->upload, false, open->judged, f);
}

int
judge_end(const struct judge *j, struct judge_open *open, struct fault *f)
{
	struct judged *judged = open->judged;
	struct platform_key key;
	int r;

	if (judged->is_known)
		return end_known(j, open, f);
	key = judge_platform_key(&judged->quote, &judged->pck);
	if (!find_collateral_again(j, judged, &key, config_now(j->config))) {
		judged_clear(judged);
		return judge_upload(j, open->upload, false, judged, f);
	}
	if (open->is_done)
		return judge_end_kept(j, judged);
	r = judge_keep_both(j, open->upload, judged, f);
	if (r < 0)
		metrics_count_no_verdict(j->metrics, f->code);
	return r;
}

void
judged_clear(struct judged *judged)
{
	free(judged->tcb);
	judged->tcb = NULL;
}

/* With an upload that was parked. */
static int
go_on(const struct judge *j, struct bytes upload, struct judged *inout,
    struct fault *f)
{
	if (quote_parse(&inout->quote, upload, f) < 0)
		return -1;
	if (inout->fetched_chain.pem[0] != '\0')
		pck_fetch_attach(&inout->quote, &inout->fetched_chain);
	return decide_kept(j, upload, inout, f);
}

int
judge_again(const struct judge *j, struct bytes upload, struct judged *inout,
    struct fault *f)
{
	int r = take_in_hand(j, inout, f);

	if (r == 0) {
		r = go_on(j, upload, inout, f);
		suspects_give(j->suspects);
	}
	if (r < 0)
		metrics_count_no_verdict(j->metrics, f->code);
	return r;
}

int
judge_stored(const struct judge *j, struct bytes raw, time_t at,
    struct judged *out, struct fault *f)
{
	int r;

	if (begin(j, raw, out, f) < 0)
		return -1;
	r = quote_parse(&out->quote, raw, f);
	if (r == 0)
		r = read_pck(j, out, f);
	if (r == 0) {
		out->stage = JUDGED_KEPT;
		r = decide(j, out, at, f);
	}
	suspects_give(j->suspects);
	return r;
}
