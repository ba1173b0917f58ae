#include <string.h>

#include <json-c/json.h>

#include "judge.h"
#include "render.h"

struct platform_key
judge_platform_key(const struct quote *q, const struct pck *pck)
{
	struct platform_key key = { .tee = q->tee, .ca = pck->ca };

	memcpy(key.fmspc, pck->fmspc, sizeof(key.fmspc));
	return key;
}

/*
 * Before it is judged, and once more when it is verified and there was no
 * room: forged variants must not keep a genuine one out.
 */
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

	if (sha256(&upload, 1, out->checksum, f) < 0 ||
	    verify_content_sha256(&out->quote, row.content_sha256, f) < 0)
		return -1;
	out->not_kept = j->config->keep_genuine && !out->has_pck;
	if (out->not_kept)
		return 0;
	memcpy(row.checksum, out->checksum, sizeof(row.checksum));
	r = store_put_quote(j->store, &row, &out->uploaded_at_us, f);
	if (r < 0)
		return -1;
	out->not_kept = r == 0;
	if (!out->not_kept)
		out->stage = JUDGED_KEPT;
	return 0;
}

/* Where there is something to report; *out stays NULL otherwise. */
static int
render_report_new(struct json_object **out, const struct verdict *v,
    struct fault *f)
{
	if (v->num_periods == 0)
		return 0;
	*out = render_tcb(v);
	return *out == NULL ? fault_set_memory(f) : 0;
}

static int
keep_verdict(const struct judge *j, struct judged *out,
    const uint8_t *collateral_id, struct fault *f)
{
	struct stored_verdict row = {
		.verdict = out->verdict,
		.fixed_time = j->config->fixed_time >= 0,
		.has_collateral = out->collateral != NULL,
		.engine_version = PACKAGE_VERSION,
	};
	struct json_object *tcb = NULL;
	int r;

	if (out->not_kept) {
		out->stage = JUDGED_VERDICT;
		return 0;
	}
	memcpy(row.checksum, out->checksum, sizeof(row.checksum));
	memcpy(row.collateral_id, collateral_id, sizeof(row.collateral_id));
	policy_format(&j->policy, row.policy, sizeof(row.policy));
	if (render_report_new(&tcb, &out->verdict, f) < 0)
		return -1;
	row.tcb = tcb == NULL ? NULL : render_text(tcb, false);
	if (tcb != NULL && row.tcb == NULL)
		r = fault_set_memory(f);
	else
		r = store_put_verdict(j->store, &row, f);
	json_object_put(tcb);
	if (r < 0)
		return -1;
	out->stage = JUDGED_VERDICT;
	return 0;
}

int
judge_upload(const struct judge *j, struct bytes upload, struct judged *out,
    struct fault *f)
{
	time_t at = config_now(j->config);
	uint8_t id[SHA256_LEN] = { 0 };
	struct platform_key key;
	struct fault no_pck = { 0 };

	memset(out, 0, sizeof(*out));
	if (quote_parse(&out->quote, upload, f) < 0)
		return -1;
	out->has_pck =
	    verify_read_pck(&out->pck, &out->quote, &j->trust, &no_pck) == 0;
	if (!out->has_pck && no_pck.code == FAULT_INTERNAL) {
		*f = no_pck;
		return -1;
	}
	if (keep(j, upload, out, f) < 0)
		return -1;
	if (out->has_pck) {
		key = judge_platform_key(&out->quote, &out->pck);
		if (collateral_cache_get(j->cache, &key, at,
			&out->collateral, id, f) < 0)
			return -1;
		if (verify_quote(&out->verdict, &out->quote, out->collateral,
			&j->trust, &j->policy, at, f) < 0)
			return -1;
		if (out->not_kept && out->verdict.verified &&
		    keep(j, upload, out, f) < 0)
			return -1;
	} else {
		/* No collateral could change this. */
		verdict_set_refused(&out->verdict, &no_pck, at);
	}
	if (keep_verdict(j, out, id, f) < 0) {
		/* A standby that took over may not have this collateral. */
		if (out->collateral != NULL)
			collateral_cache_forget(j->cache, &key);
		out->collateral = NULL;
		return -1;
	}
	return 0;
}
