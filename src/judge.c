#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "render.h"

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
keep(const struct judge *j, struct bytes upload, struct judged *out,
    struct fault *f)
{
	struct stored_quote row = {
		.raw = upload,
		.tee = out->quote.tee,
		.version = out->quote.header.version,
		.pck = out->has_pck ? &out->pck : NULL,
		.copies_max = j->config->copies_max,
		.is_verified = out->verdict.verified,
	};
	int r;

	if (verify_content_sha256(&out->quote, out->content_sha256, f) < 0)
		return -1;
	out->not_kept = j->config->keep_genuine && !out->has_pck;
	if (out->not_kept)
		return 0;
	memcpy(row.checksum, out->checksum, sizeof(row.checksum));
	memcpy(row.content_sha256, out->content_sha256,
	    sizeof(row.content_sha256));
	r = store_put_quote(j->store, &row, &out->uploaded_at_us, f);
	if (r < 0)
		return -1;
	out->not_kept = r == 0;
	if (!out->not_kept)
		out->stage = JUDGED_KEPT;
	return 0;
}

/* With the report of where its TCB stands, when there is something to say. */
static int
put_verdict(const struct judge *j, struct stored_verdict *row,
    struct fault *f)
{
	struct json_text tcb;
	int r;

	if (row->verdict.num_periods == 0)
		return store_put_verdict(j->store, row, f);
	tcb = render_tcb(&row->verdict);
	row->tcb = tcb.ptr;
	r = row->tcb == NULL ? fault_set_memory(f) :
	    store_put_verdict(j->store, row, f);
	free(tcb.ptr);
	return r;
}

static void
set_decided(const struct judge *j, struct judged *judged)
{
	judged->stage = JUDGED_VERDICT;
	metrics_count_verdict(j->metrics, judged->quote.tee,
	    &judged->verdict);
}

int
judge_keep_verdict(const struct judge *j, struct judged *judged,
    struct fault *f)
{
	struct stored_verdict row = {
		.verdict = judged->verdict,
		.fixed_time = j->config->fixed_time >= 0,
		.has_collateral = judged->collateral != NULL,
		.engine_version = PACKAGE_VERSION,
	};
	struct platform_key key;

	if (judged->not_kept) {
		set_decided(j, judged);
		return 0;
	}
	memcpy(row.checksum, judged->checksum, sizeof(row.checksum));
	memcpy(row.collateral_id, judged->collateral_id,
	    sizeof(row.collateral_id));
	policy_format(&j->policy, row.policy, sizeof(row.policy));
	if (put_verdict(j, &row, f) == 0) {
		set_decided(j, judged);
		return 0;
	}
	/* A standby that took over may not have this collateral. */
	if (judged->collateral != NULL) {
		key = judge_platform_key(&judged->quote, &judged->pck);
		collateral_cache_forget(j->cache, &key);
	}
	judged->collateral = NULL;
	return -1;
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
read_quote(const struct judge *j, struct bytes raw, struct judged *out,
    struct fault *f)
{
	if (quote_parse(&out->quote, raw, f) < 0)
		return -1;
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

/* One variant too many is put once more when it turns out to be verified. */
static int
decide_now(const struct judge *j, struct bytes upload, struct judged *out,
    struct fault *f)
{
	int r = decide(j, out, config_now(j->config), f);

	if (r != 0)
		return r;
	if (out->not_kept && out->verdict.verified &&
	    keep(j, upload, out, f) < 0)
		return -1;
	return judge_keep_verdict(j, out, f);
}

int
judge_upload(const struct judge *j, struct bytes upload, struct judged *out,
    struct fault *f)
{
	int r = begin(j, upload, out, f);

	if (r == 0) {
		r = read_quote(j, upload, out, f);
		if (r == 0)
			r = keep(j, upload, out, f);
		if (r == 0)
			r = decide_now(j, upload, out, f);
		suspects_give(j->suspects);
	}
	if (r < 0)
		metrics_count_no_verdict(j->metrics, f->code);
	return r;
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
	return decide_now(j, upload, inout, f);
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
	r = read_quote(j, raw, out, f);
	if (r == 0) {
		out->stage = JUDGED_KEPT;
		r = decide(j, out, at, f);
	}
	suspects_give(j->suspects);
	return r;
}
