/*
 * What is kept of an upload that is judged. Of the public interface in judge.h.
 */
#include <stdlib.h>
#include <string.h>

#include "judge_private.h"
#include "render.h"

static void
fill_quote(const struct judge *j, const struct judged *judged,
    struct bytes upload, struct stored_quote *out)
{
	*out = (struct stored_quote){
		.raw = upload,
		.tee = judged->quote.tee,
		.version = judged->quote.header.version,
		.pck = judged->has_pck ? &judged->pck : NULL,
		.copies_max = j->config->copies_max,
		.is_verified = judged->verdict.verified,
	};
	memcpy(out->checksum, judged->checksum, sizeof(out->checksum));
	memcpy(out->content_sha256, judged->content_sha256,
	    sizeof(out->content_sha256));
}

/* With the report of where its TCB stands, when there is something to say. */
static int
fill_verdict(const struct judge *j, struct judged *judged,
    struct stored_verdict *out, struct fault *f)
{
	*out = (struct stored_verdict){
		.verdict = judged->verdict,
		.fixed_time = j->config->fixed_time >= 0,
		.has_collateral = judged->collateral != NULL,
		.engine_version = PACKAGE_VERSION,
	};
	memcpy(out->checksum, judged->checksum, sizeof(out->checksum));
	memcpy(out->collateral_id, judged->collateral_id,
	    sizeof(out->collateral_id));
	policy_format(&j->policy, out->policy, sizeof(out->policy));
	if (judged->tcb == NULL && judged->verdict.num_periods > 0) {
		judged->tcb = render_tcb(&judged->verdict).ptr;
		if (judged->tcb == NULL)
			return fault_set_memory(f);
	}
	out->tcb = judged->tcb;
	return 0;
}

bool
judge_is_unwanted(const struct judge *j, const struct judged *judged)
{
	return j->config->keep_genuine && !judged->has_pck;
}

int
judge_keep_quote(const struct judge *j, struct bytes upload, struct judged *out,
    struct fault *f)
{
	struct stored_quote row;
	int r;

	out->not_kept = judge_is_unwanted(j, out);
	if (out->not_kept)
		return 0;
	fill_quote(j, out, upload, &row);
	r = store_put_quote(j->store, &row, &out->uploaded_at_us, f);
	if (r < 0)
		return -1;
	out->not_kept = r == 0;
	if (!out->not_kept)
		out->stage = JUDGED_KEPT;
	return 0;
}

void
judge_set_decided(const struct judge *j, struct judged *judged)
{
	judged->stage = JUDGED_VERDICT;
	metrics_count_verdict(j->metrics, judged->quote.tee,
	    &judged->verdict);
}

/* So that the same upload need not be judged again. */
static void
remember(const struct judge *j, const struct judged *judged)
{
	struct known_verdict v;

	if (j->known == NULL || judged->not_kept ||
	    judged->collateral == NULL)
		return;
	v.platform = judge_platform_key(&judged->quote, &judged->pck);
	memcpy(v.collateral_id, judged->collateral_id,
	    sizeof(v.collateral_id));
	known_add_verdict(j->known, judged->checksum, &v);
}

/* The database said no. A standby that took over may not have this. */
static int
forget_collateral(const struct judge *j, struct judged *judged)
{
	struct platform_key key;

	if (judged->collateral != NULL) {
		key = judge_platform_key(&judged->quote, &judged->pck);
		collateral_cache_forget(j->cache, &key);
	}
	judged->collateral = NULL;
	return -1;
}

int
judge_keep_verdict(const struct judge *j, struct judged *judged,
    struct fault *f)
{
	struct stored_verdict row;

	if (!judged->not_kept && (fill_verdict(j, judged, &row, f) < 0 ||
		store_put_verdict(j->store, &row, f) < 0))
		return forget_collateral(j, judged);
	remember(j, judged);
	judge_set_decided(j, judged);
	return 0;
}

int
judge_end_kept(const struct judge *j, struct judged *judged)
{
	remember(j, judged);
	judge_set_decided(j, judged);
	return 0;
}

int
judge_keep_both(const struct judge *j, struct bytes upload,
    struct judged *judged, struct fault *f)
{
	struct stored_verdict verdict;
	struct stored_quote quote;
	struct fault ignored;
	int r;

	judged->not_kept = judge_is_unwanted(j, judged);
	if (!judged->not_kept) {
		fill_quote(j, judged, upload, &quote);
		r = fill_verdict(j, judged, &verdict, f);
		if (r == 0)
			r = store_put_upload(j->store, &quote, &verdict,
			    &judged->uploaded_at_us,
			    &judged->verdict.verified_at, f);
		if (r < 0) {
			/* The stage tells how this ends. */
			if (judge_keep_quote(j, upload, judged, &ignored) < 0)
				judged->not_kept = false;
			return forget_collateral(j, judged);
		}
		judged->not_kept = r == 0;
	}
	return judge_end_kept(j, judged);
}

/* What a put of several borrows. */
struct rows {
	struct stored_quote quote;
	struct stored_verdict verdict;
};

int
judge_keep_all(const struct judge *j, struct judge_open *const *opens, int num,
    struct fault *f)
{
	struct store_put puts[JUDGE_OPEN_NUM_MAX] = { 0 };
	struct rows *rows = malloc((size_t)num * sizeof(*rows));
	struct judged *judged;
	int r = 0, i;

	if (rows == NULL)
		return fault_set_memory(f);
	for (i = 0; i < num && r == 0; i++) {
		fill_quote(j, opens[i]->judged, opens[i]->upload,
		    &rows[i].quote);
		r = fill_verdict(j, opens[i]->judged, &rows[i].verdict, f);
		puts[i].quote = &rows[i].quote;
		puts[i].verdict = &rows[i].verdict;
	}
	if (r == 0)
		r = store_put_uploads(j->store, puts, num, f);
	for (i = 0; i < num && r == 0; i++) {
		judged = opens[i]->judged;
		judged->not_kept = !puts[i].is_kept;
		if (puts[i].is_kept) {
			judged->uploaded_at_us = puts[i].uploaded_at_us;
			judged->verdict.verified_at = puts[i].verified_at;
		}
		opens[i]->is_done = true;
	}
	free(rows);
	return r;
}
