/*
 * GET /verdicts: what was ever said about a quote.
 */
#include <stdlib.h>

#include "api_private.h"
#include "render.h"

#define VERDICTS_LIMIT_DEFAULT 20

int
api_get_verdicts(struct api *api, const uint8_t checksum[static SHA256_LEN],
    long long skip, long long limit, struct stored_verdict *out,
    size_t *out_num, int64_t *out_first, struct fault *f)
{
	int r = store_get_verdicts(api->store_read, checksum, (uint64_t)skip,
	    (size_t)limit, out, out_num, out_first, f);

	if (r <= 0 && api->store_read != api->store)
		r = store_get_verdicts(api->store, checksum, (uint64_t)skip,
		    (size_t)limit, out, out_num, out_first, f);
	return r;
}

static void
render_one(struct json_builder *list, const struct stored_verdict *v,
    int64_t number)
{
	struct numbered_verdict n = {
		.number = number,
		.verdict = &v->verdict,
		.recorded_at_us = v->recorded_at_us,
		.collateral_id = v->has_collateral ? v->collateral_id : NULL,
		.policy = v->policy,
		.engine_version = v->engine_version,
	};

	render_verdict(list, &n);
}

static struct json_text
render_list(const struct stored_verdict *verdicts, size_t num, int64_t first)
{
	struct json_builder list = { 0 };
	size_t i;

	json_begin_array(&list, NULL);
	for (i = 0; i < num; i++)
		render_one(&list, &verdicts[i], first - (int64_t)i);
	json_end_array(&list);
	return json_finish(&list);
}

void
api_verdicts(struct call *c)
{
	long long skip = 0, limit = VERDICTS_LIMIT_DEFAULT;
	struct stored_verdict *verdicts;
	uint8_t checksum[SHA256_LEN];
	struct fault f = { 0 };
	int64_t first;
	size_t num;
	int r;

	if (!api_take_checksum(c, checksum) ||
	    !api_take_number(c, "skip", 0, INT64_MAX, &skip) ||
	    !api_take_number(c, "limit", 1, STORE_VERDICTS_MAX, &limit))
		return;
	verdicts = calloc((size_t)limit, sizeof(*verdicts));
	if (verdicts == NULL) {
		api_reply_no_memory(c);
		return;
	}
	r = api_get_verdicts(c->api, checksum, skip, limit, verdicts, &num,
	    &first, &f);
	if (r == 0)
		api_reply_error(c, 404, "Quote not found");
	else if (r < 0)
		api_reply_internal(c, &f);
	else
		api_reply_list(c, render_list(verdicts, num, first),
		    "public, max-age=60");
	free(verdicts);
}
