/*
 * The GET handlers: what is stored, shown again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_private.h"
#include "instant.h"
#include "render.h"
#include "target.h"

#define CHECKSUM_HEX_LEN (2 * SHA256_LEN)
#define RECENT_LIMIT_DEFAULT 20

/* out: NULL when there is none */
static bool
take_before(struct call *c, int64_t *value, const int64_t **out)
{
	char text[TARGET_PARAM_LEN_MAX], *space;

	*out = NULL;
	if (!target_get_param(c->request->query, "before", text))
		return true;
	/* "+00:00" without percent-encoding. */
	space = strchr(text, ' ');
	if (space != NULL)
		*space = '+';
	if (!instant_parse_us(bytes_of_string(text), value)) {
		api_reply_invalid(c, "query", "before", "datetime_from_date_parsing",
		    "Input should be a valid datetime, such as a created_at",
		    text);
		return false;
	}
	*out = value;
	return true;
}

/* A stored quote, read again. */
struct found {
	uint8_t checksum[SHA256_LEN];
	char checksum_hex[CHECKSUM_HEX_LEN + 1];
	char etag[CHECKSUM_HEX_LEN + 3]; /* of what never changes */
	struct stored_record record;	 /* cleared by found_clear */
};

static void
found_clear(struct found *found)
{
	stored_record_clear(&found->record);
}

/*
 * From a replica, and from the primary what is not there yet.
 *
 * get	store_get_quote or store_get_raw
 */
static int
get_from_either(struct api *api,
    int (*get)(struct store *s, const uint8_t checksum[static SHA256_LEN],
	struct stored_record *out, struct fault *f),
    const uint8_t checksum[static SHA256_LEN], struct stored_record *out,
    struct fault *f)
{
	int r = get(api->store_read, checksum, out, f);

	if (r <= 0 && api->store_read != api->store)
		r = get(api->store, checksum, out, f);
	return r;
}

int
api_get_quote(struct api *api, const uint8_t checksum[static SHA256_LEN],
    struct stored_record *out, struct fault *f)
{
	return get_from_either(api, store_get_quote, checksum, out, f);
}

/*
 * Finds the quote that the path names.
 *
 * get	as for get_from_either
 *
 * Returns false when the reply, an error, is complete; otherwise found_clear
 * is owed.
 */
static bool
take_quote(struct call *c, struct found *found,
    int (*get)(struct store *s, const uint8_t checksum[static SHA256_LEN],
	struct stored_record *out, struct fault *f))
{
	struct fault f = { 0 };
	int r;

	memset(found, 0, sizeof(*found));
	if (!api_take_checksum(c, found->checksum))
		return false;
	r = get_from_either(c->api, get, found->checksum, &found->record, &f);
	if (r == 0) {
		api_reply_error(c, 404, "Quote not found");
		return false;
	}
	if (r < 0) {
		api_reply_internal(c, &f);
		return false;
	}
	hex_encode(found->checksum_hex, BYTES_OF(found->checksum));
	snprintf(found->etag, sizeof(found->etag), "\"%s\"",
	    found->checksum_hex);
	return true;
}

/* The record's quote, read again; borrows from it. */
static int
parse_record(const struct found *found, struct quote *q, struct fault *f)
{
	struct bytes raw = { found->record.raw, found->record.raw_len };

	return quote_parse(q, raw, f);
}

static void
reply_view(struct call *c, const struct found *found)
{
	const struct stored_record *record = &found->record;
	struct attestation a = {
		.content_sha256 = record->content_sha256,
		.ppid = record->has_ppid ? record->ppid : NULL,
		.uploaded_at_us = record->uploaded_at_us
	};
	struct quote quote;
	struct fault f = { 0 };

	if (parse_record(found, &quote, &f) < 0) {
		api_reply_internal(c, &f);
		return;
	}
	memcpy(a.checksum, found->checksum, sizeof(a.checksum));
	a.quote = &quote;
	if (record->has_verdict) {
		a.verdict = &record->newest.verdict;
		a.tcb = record->newest.tcb;
	}
	api_reply_json(c, 200, render_view(&a));
}

void
api_view(struct call *c)
{
	char etag[64];
	struct found found;

	if (!take_quote(c, &found, store_get_quote))
		return;
	/* A new verdict is a new view. */
	snprintf(etag, sizeof(etag), "\"%.16s-%llx\"", found.checksum_hex,
	    found.record.has_verdict ?
	    (unsigned long long)found.record.newest.recorded_at_us : 0);
	if (!api_reply_cached(c, etag, "public, max-age=60"))
		reply_view(c, &found);
	found_clear(&found);
}

void
api_raw(struct call *c)
{
	struct found found;

	if (!take_quote(c, &found, store_get_raw))
		return;
	http_reply_header(c->reply, "Content-Disposition",
	    "attachment; filename=%s.bin", found.checksum_hex);
	if (!api_reply_cached(c, found.etag,
		"public, max-age=31536000, immutable")) {
		c->reply->status = 200;
		c->reply->content_type = "application/octet-stream";
		http_reply_body_adopt(c->reply,
		    (struct bytes){ found.record.raw, found.record.raw_len },
		    free, found.record.raw);
		found.record.raw = NULL;
	}
	found_clear(&found);
}

static int
get_stored_collateral(struct api *api, const uint8_t *id,
    struct json_text *out, struct fault *f)
{
	struct collateral_text text;
	int r = store_get_collateral_by_id(api->store, id, &text, f);

	if (r == 0)
		return fault_set(f, FAULT_INTERNAL,
		    "a verdict's collateral is not stored");
	if (r < 0)
		return -1;
	*out = render_collateral(&text);
	collateral_text_clear(&text);
	return 0;
}

/*
 * What the verdict was reached with; for a quote without such a verdict, what
 * it would be held against now.
 *
 * Returns 0, -1, or 1 when no seat was free to wait for a source; then the
 * platform is in *key.
 */
static int
get_collateral(struct api *api, const struct found *found,
    struct json_text *out, struct platform_key *key, struct fault *f)
{
	const struct stored_verdict *newest = &found->record.newest;
	const struct collateral *now;
	struct quote quote;
	struct pck pck;
	uint8_t id[SHA256_LEN];
	int r;

	if (found->record.has_verdict && newest->has_collateral)
		return get_stored_collateral(api, newest->collateral_id, out,
		    f);
	if (parse_record(found, &quote, f) < 0)
		return -1;
	if (verify_read_pck(&pck, &quote, &api->judge.trust,
		api->judge.known, f) < 0) {
		/* No platform of Intel's, so no collateral. */
		if (f->code != FAULT_INTERNAL)
			f->code = FAULT_COLLATERAL_UNAVAILABLE;
		return -1;
	}
	*key = judge_platform_key(&quote, &pck);
	r = collateral_cache_get(api->cache, key, config_now(api->config),
	    &now, id, f);
	if (r == 0)
		*out = render_collateral(&now->text);
	return r;
}

/* Parks the request; its platform is remembered, which makes retries cheap. */
static bool
park_collateral(struct call *c, const struct platform_key *key,
    unsigned int generation, struct fault *f)
{
	if (!api_park(c, key, generation, f))
		return false;
	if (*c->request->memory == NULL)
		*c->request->memory = malloc(sizeof(*key));
	if (*c->request->memory != NULL)
		memcpy(*c->request->memory, key, sizeof(*key));
	return true;
}

/* Takes the text over. */
static void
reply_collateral(struct call *c, struct json_text json, const char *etag)
{
	http_reply_header(c->reply, "CDN-Cache-Control",
	    "public, max-age=86400");
	http_reply_header(c->reply, "Vary", "Accept-Encoding");
	if (api_reply_cached(c, etag, "public, max-age=86400"))
		free(json.ptr);
	else
		api_reply_json(c, 200, json);
}

static void
reply_no_collateral(struct call *c, const struct fault *f)
{
	if (f->code == FAULT_COLLATERAL_UNAVAILABLE)
		api_reply_error(c, 400, "Unable to retrieve collateral data");
	else
		api_reply_internal(c, f);
}

/* Of an earlier verdict; the ETag is the collateral's own id. */
static void
reply_verdict_collateral(struct call *c, const struct found *found,
    int64_t number)
{
	char etag[CHECKSUM_HEX_LEN + 3] = "\"";
	struct json_text json;
	uint8_t id[SHA256_LEN];
	struct fault f = { 0 };
	bool has;
	int r;

	r = store_get_verdict_collateral_id(c->api->store, found->checksum,
	    number, &has, id, &f);
	if (r == 0) {
		api_reply_error(c, 404, "Verdict not found");
		return;
	}
	/* It was refused before any was needed. */
	if (r == 1 && !has)
		fault_set(&f, FAULT_COLLATERAL_UNAVAILABLE, "none was needed");
	if (r < 0 || !has ||
	    get_stored_collateral(c->api, id, &json, &f) < 0) {
		reply_no_collateral(c, &f);
		return;
	}
	hex_encode(etag + 1, BYTES_OF(id));
	memcpy(etag + 1 + CHECKSUM_HEX_LEN, "\"", 2);
	reply_collateral(c, json, etag);
}

void
api_collateral(struct call *c)
{
	const struct platform_key *parked = *c->request->memory;
	unsigned int generation = seats_generation(c->api->seats);
	uint8_t checksum[SHA256_LEN];
	struct json_text json;
	struct platform_key key;
	struct found found;
	struct fault f = { 0 };
	long long number = 0; /* the newest */
	int r;

	if (parked != NULL && c->request->may_park &&
	    api_is_refused(c->api, parked)) {
		c->outcome = HTTP_PARK;
		return;
	}
	if (!api_take_checksum(c, checksum) ||
	    !api_take_number(c, "verdict", 1, INT64_MAX, &number) ||
	    !take_quote(c, &found, store_get_quote))
		return;
	if (number > 0) {
		reply_verdict_collateral(c, &found, number);
		found_clear(&found);
		return;
	}
	r = get_collateral(c->api, &found, &json, &key, &f);
	if (r == 0)
		reply_collateral(c, json, found.etag);
	else if (r < 0 || !park_collateral(c, &key, generation, &f))
		reply_no_collateral(c, &f);
	found_clear(&found);
}

static struct json_text
render_list(const struct recent_quote *quotes, size_t num)
{
	struct json_builder list = { 0 };
	size_t i;

	json_begin_array(&list, NULL);
	for (i = 0; i < num; i++)
		render_recent(&list, quotes[i].checksum, quotes[i].verified,
		    quotes[i].created_at_us);
	json_end_array(&list);
	return json_finish(&list);
}

void
api_recent(struct call *c)
{
	struct recent_quote quotes[STORE_RECENT_MAX];
	long long skip = 0, limit = RECENT_LIMIT_DEFAULT;
	const int64_t *before;
	int64_t before_us;
	struct fault f = { 0 };
	size_t num;

	if (!api_take_number(c, "skip", 0, INT64_MAX, &skip) ||
	    !api_take_number(c, "limit", 1, STORE_RECENT_MAX, &limit) ||
	    !take_before(c, &before_us, &before))
		return;
	if (store_get_recent(c->api->store_read, (uint64_t)skip,
		(size_t)limit, before, quotes, &num, &f) < 0) {
		api_reply_internal(c, &f);
		return;
	}
	api_reply_list(c, render_list(quotes, num), "public, max-age=2");
}
