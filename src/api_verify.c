/*
 * POST /verify: an upload, its verdict, and all that can go wrong between.
 * Pages go the same way and tell it otherwise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_private.h"
#include "log.h"
#include "render.h"
#include "upload.h"

#define INTERNAL_DETAIL "Internal server error during verification"

/*
 * What is answered to a body that is not taken. The words are the contract's;
 * where they end in a colon, the fault's follow.
 */
static const struct {
	int status;
	const char *detail;
} refusals[UPLOAD_RESULT__MAX] = {
	[UPLOAD_UNKNOWN_TYPE] = { 415, "Unsupported Media Type" },
	[UPLOAD_BAD_FORM] = { 400, "There was an error parsing the body" },
	[UPLOAD_NONE] = { 400, "Either 'file' or 'hex' must be provided" },
	[UPLOAD_BOTH] = { 400, "Only one of 'file' or 'hex' must be provided" },
	[UPLOAD_NO_HEX_MEMBER] = { 400, "JSON body must contain 'hex' field" },
	[UPLOAD_BAD_JSON_HEX] = { 400, "Invalid JSON hex:" },
	[UPLOAD_BAD_FORM_HEX] = { 400, "Invalid form hex:" },
	[UPLOAD_TOO_LARGE] = { 413, "Request body too large" },
	[UPLOAD_NO_MEMORY] = { 500, INTERNAL_DETAIL },
};

static void
tell_refusal(struct call *c, const struct upload_replies *replies,
    enum upload_result result, const struct fault *f)
{
	const char *detail = refusals[result].detail;
	char text[FAULT_MESSAGE_LEN_MAX + 32];

	if (detail[strlen(detail) - 1] == ':') {
		snprintf(text, sizeof(text), "%s %s", detail, f->message);
		detail = text;
	}
	replies->refusal(c, refusals[result].status, detail);
}

static bool
take_upload(struct call *c, const struct upload_replies *replies,
    struct upload *out)
{
	enum upload_result result = UPLOAD_TOO_LARGE;
	struct fault f = { 0 };

	if (!c->request->body_too_large)
		result = upload_read(out, c->request->body,
		    c->request->content_type,
		    (size_t)c->api->config->upload_max, &f);
	if (result == UPLOAD_TAKEN)
		return true;
	tell_refusal(c, replies, result, &f);
	return false;
}

/* No verdict could be reached; the quote may be kept all the same. */
static void
reply_undecided(struct call *c, const struct judged *judged,
    const struct fault *f)
{
	struct verdict none = { 0 };
	struct attestation a = { .verdict = &none };

	if (judged->stage == JUDGED_NOTHING) {
		api_reply_error(c, 500, INTERNAL_DETAIL);
		return;
	}
	memcpy(a.checksum, judged->checksum, sizeof(a.checksum));
	a.content_sha256 = judged->content_sha256;
	if (f->code == FAULT_COLLATERAL_UNAVAILABLE)
		fault_set(&none.fault, f->code,
		    "Intel's collateral for this platform could not be had; "
		    "the quote is kept, and verified later or when it is "
		    "uploaded again");
	else
		fault_set(&none.fault, FAULT_INTERNAL,
		    "verification could not be carried out; the quote is "
		    "kept, and verified later or when it is uploaded again");
	api_reply_json(c, 500, render_error(INTERNAL_DETAIL, &a));
}

static void
reply_verdict(struct call *c, const struct judged *judged)
{
	struct attestation a = {
		.quote = &judged->quote,
		.content_sha256 = judged->content_sha256,
		.not_kept = judged->not_kept,
		.uploaded_at_us = judged->uploaded_at_us,
		.verdict = &judged->verdict,
		.tcb = judged->tcb,
	};

	memcpy(a.checksum, judged->checksum, sizeof(a.checksum));
	if (judged->verdict.verified)
		api_reply_json(c, 200, render_upload(&a,
		    collateral_cache_json(c->api->cache,
			judged->collateral)));
	else
		/* The bytes lack something that no source has either. */
		api_reply_json(c, pck_fetch_is_needed(&judged->quote) &&
		    judged->verdict.fault.code == FAULT_MISSING_CERTIFICATES ?
		    422 : 400, render_error("Quote verification failed", &a));
}

/* What is remembered of an upload that is parked or deferred. */
struct parked {
	struct judged judged;
	bool is_deferred;
	struct judge_open open; /* where it is */
	size_t len;
	uint8_t upload[];
};

/* Remembers an upload until the next call. Returns NULL for want of memory. */
static struct parked *
remember(struct call *c, struct bytes upload, const struct judged *judged)
{
	struct parked *parked = malloc(sizeof(*parked) + upload.len);
	struct fault f;

	if (parked == NULL)
		return NULL;
	parked->judged = *judged;
	parked->is_deferred = false;
	parked->len = upload.len;
	memcpy(parked->upload, upload.ptr, upload.len);
	/* Its quote borrows from the copy from now on. */
	if (quote_parse(&parked->judged.quote,
		(struct bytes){ parked->upload, parked->len }, &f) != 0) {
		free(parked);
		return NULL;
	}
	*c->request->memory = parked;
	return parked;
}

/* Leaves the rest to api_settle; where that cannot be, does it now. */
static int
defer(struct call *c, struct bytes upload, struct judged *judged,
    struct fault *f)
{
	struct api *api = c->api;
	struct judge_open now = { .upload = upload, .judged = judged };
	struct parked *parked = remember(c, upload, judged);

	if (parked == NULL)
		return judge_end(&api->judge, &now, f);
	parked->is_deferred = true;
	parked->open = (struct judge_open){
		.upload = { parked->upload, parked->len },
		.judged = &parked->judged,
	};
	api->deferred[api->num_deferred++] = &parked->open;
	c->outcome = HTTP_DEFER;
	return 2;
}

void
api_settle(void *ctx)
{
	struct api *api = ctx;
	struct fault f = { 0 };

	if (judge_settle(&api->judge, api->deferred, api->num_deferred,
		&f) < 0)
		log_event(LOG_LEVEL_WARNING, "one_by_one",
		    LOG_TEXT("message", f.message));
	api->num_deferred = 0;
}

/*
 * Returns as judge_upload does, and -2 when the reply is complete.
 *
 * upload	filled; `judged` borrows from it
 */
static int
judge_new(struct call *c, const struct upload_replies *replies,
    struct upload *upload, struct judged *judged, struct fault *f)
{
	struct api *api = c->api;
	bool may_defer = c->request->may_defer &&
	    api->num_deferred < JUDGE_OPEN_NUM_MAX;
	int r;

	if (!take_upload(c, replies, upload))
		return -2;
	r = judge_upload(&api->judge, upload->quote, may_defer, judged, f);
	if (r == 2)
		return defer(c, upload->quote, judged, f);
	/* for want of memory the next call begins anew */
	if (r == 1 && c->request->may_park)
		remember(c, upload->quote, judged);
	return r;
}

static int
judge_parked(struct call *c, struct parked *parked, struct fault *f)
{
	struct platform_key key;

	if (parked->is_deferred)
		return judge_end(&c->api->judge, &parked->open, f);
	key = judge_platform_key(&parked->judged.quote, &parked->judged.pck);
	if (c->request->may_park && api_is_refused(c->api, &key))
		return 1;
	return judge_again(&c->api->judge,
	    (struct bytes){ parked->upload, parked->len }, &parked->judged, f);
}

static void
tell_failed(struct call *c, const struct upload_replies *replies,
    const struct judged *judged, const struct fault *f)
{
	char detail[FAULT_MESSAGE_LEN_MAX + 32];

	if (f->code == FAULT_MALFORMED_QUOTE ||
	    f->code == FAULT_UNSUPPORTED_QUOTE) {
		snprintf(detail, sizeof(detail), "Invalid quote: %s",
		    f->message);
		replies->refusal(c, 422, detail);
		return;
	}
	log_event(LOG_LEVEL_ERROR, "undecided",
	    LOG_TEXT("request_id", c->request->request_id),
	    LOG_TEXT("reason", fault_reason(f->code)),
	    LOG_TEXT("message", f->message));
	replies->undecided(c, judged, f);
}

void
api_judge_upload(struct call *c, const struct upload_replies *replies)
{
	struct parked *parked = *c->request->memory;
	struct judged new, *judged = parked != NULL ? &parked->judged : &new;
	unsigned int generation = seats_generation(c->api->seats);
	struct platform_key key;
	struct upload upload;
	struct fault f = { 0 };
	int r;

	r = parked != NULL ? judge_parked(c, parked, &f) :
	    judge_new(c, replies, &upload, &new, &f);
	if (r == 2)
		return;
	if (r == 1) {
		key = judge_platform_key(&judged->quote, &judged->pck);
		if (api_park(c, &key, generation, &f))
			return;
		metrics_count_no_verdict(c->api->metrics, f.code);
	}
	if (r == 0)
		replies->verdict(c, judged);
	else if (r != -2)
		tell_failed(c, replies, judged, &f);
	if (r != -2)
		judged_clear(judged);
}

void
api_verify(struct call *c)
{
	static const struct upload_replies replies = {
		api_reply_error, reply_verdict, reply_undecided
	};

	api_judge_upload(c, &replies);
}
