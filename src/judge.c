#include <string.h>

#include "judge.h"

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
	};

	if (sha256(&upload, 1, out->checksum, f) < 0 ||
	    verify_content_sha256(&out->quote, row.content_sha256, f) < 0)
		return -1;
	memcpy(row.checksum, out->checksum, sizeof(row.checksum));
	if (store_put_quote(j->store, &row, &out->uploaded_at_us, f) < 0)
		return -1;
	out->stage = JUDGED_KEPT;
	return 0;
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

	memcpy(row.checksum, out->checksum, sizeof(row.checksum));
	memcpy(row.collateral_id, collateral_id, sizeof(row.collateral_id));
	policy_format(&j->policy, row.policy, sizeof(row.policy));
	if (store_put_verdict(j->store, &row, f) < 0)
		return -1;
	out->stage = JUDGED_VERDICT;
	return 0;
}

/* Layout and platform; says nothing yet about the quote. */
static int
read_quote(const struct judge *j, struct bytes raw, struct judged *out,
    struct fault *f)
{
	memset(out, 0, sizeof(*out));
	if (quote_parse(&out->quote, raw, f) < 0)
		return -1;
	out->has_pck = verify_read_pck(&out->pck, &out->quote, &j->trust,
	    &out->no_pck) == 0;
	if (!out->has_pck && out->no_pck.code == FAULT_INTERNAL) {
		*f = out->no_pck;
		return -1;
	}
	return 0;
}

/* From a quote that is kept to its verdict; returns as judge_upload does. */
static int
decide(const struct judge *j, struct judged *out, struct fault *f)
{
	time_t at = config_now(j->config);
	uint8_t id[SHA256_LEN] = { 0 };
	struct platform_key key;
	int r;

	if (out->has_pck) {
		key = judge_platform_key(&out->quote, &out->pck);
		r = collateral_cache_get(j->cache, &key, at,
		    &out->collateral, id, f);
		if (r != 0)
			return r;
		if (verify_quote(&out->verdict, &out->quote, out->collateral,
			&j->trust, &j->policy, at, f) < 0)
			return -1;
	} else {
		/* No collateral could change this. */
		verdict_set_refused(&out->verdict, &out->no_pck, at);
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

int
judge_upload(const struct judge *j, struct bytes upload, struct judged *out,
    struct fault *f)
{
	if (read_quote(j, upload, out, f) < 0 ||
	    keep(j, upload, out, f) < 0)
		return -1;
	return decide(j, out, f);
}

int
judge_again(const struct judge *j, struct bytes upload, struct judged *inout,
    struct fault *f)
{
	if (quote_parse(&inout->quote, upload, f) < 0)
		return -1;
	return decide(j, inout, f);
}
