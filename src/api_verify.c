/*
 * POST /verify: an upload, its verdict, and all that can go wrong between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_private.h"
#include "log.h"
#include "multipart.h"
#include "render.h"

static bool
take_upload(struct call *c, struct bytes *out)
{
	struct multipart_field file = { .name = "file" };
	struct fault f;

	if (c->request->body_too_large) {
		api_reply_error(c, 413, "Request body too large");
		return false;
	}
	if (!multipart_is_form(c->request->content_type)) {
		api_reply_error(c, 415, "Unsupported Media Type");
		return false;
	}
	if (multipart_read(&file, 1, c->request->body,
		c->request->content_type, &f) < 0) {
		api_reply_error(c, 400, "There was an error parsing the body");
		return false;
	}
	if (!file.is_present) {
		api_reply_error(c, 400, "Either 'file' or 'hex' must be provided");
		return false;
	}
	if (file.content.len > (size_t)c->api->config->upload_max) {
		api_reply_error(c, 413, "Request body too large");
		return false;
	}
	*out = file.content;
	return true;
}

/* No verdict could be reached; the quote may be kept all the same. */
static void
reply_undecided(struct call *c, const struct judged *judged,
    const struct fault *f)
{
	static const char detail[] =
	    "Internal server error during verification";
	struct verdict none = { 0 };
	struct attestation a = { .verdict = &none };

	log_event(LOG_LEVEL_ERROR, "undecided",
	    LOG_TEXT("request_id", c->request->request_id),
	    LOG_TEXT("reason", fault_reason(f->code)),
	    LOG_TEXT("message", f->message));
	if (judged->stage == JUDGED_NOTHING) {
		api_reply_error(c, 500, detail);
		return;
	}
	memcpy(a.checksum, judged->checksum, sizeof(a.checksum));
	if (f->code == FAULT_COLLATERAL_UNAVAILABLE)
		fault_set(&none.fault, f->code,
		    "Intel's collateral for this platform could not be had; "
		    "the quote is kept, and verified later or when it is "
		    "uploaded again");
	else
		fault_set(&none.fault, FAULT_INTERNAL,
		    "verification could not be carried out; the quote is "
		    "kept, and verified later or when it is uploaded again");
	api_reply_json(c, 500, render_error(detail, &a));
}

static void
reply_verdict(struct call *c, const struct judged *judged)
{
	struct attestation a = {
		.quote = &judged->quote,
		.pck = judged->has_pck ? &judged->pck : NULL,
		.uploaded_at_us = judged->uploaded_at_us,
		.verdict = &judged->verdict,
	};

	memcpy(a.checksum, judged->checksum, sizeof(a.checksum));
	if (judged->verdict.verified)
		api_reply_json(c, 200,
		    render_upload(&a, &judged->collateral->text));
	else
		api_reply_json(c, 400,
		    render_error("Quote verification failed", &a));
}

/* What is remembered of a parked upload. */
struct parked {
	struct judged judged;
	size_t len;
	uint8_t upload[];
};

/*
 * Remembers an upload until the next call. For want of memory the next call
 * begins anew, which only costs time.
 */
static void
remember(struct call *c, struct bytes upload, const struct judged *judged)
{
	struct parked *parked = malloc(sizeof(*parked) + upload.len);

	if (parked == NULL)
		return;
	parked->judged = *judged;
	parked->len = upload.len;
	memcpy(parked->upload, upload.ptr, upload.len);
	*c->request->memory = parked;
}

/* Returns as judge_upload does, and -2 when the reply is complete. */
static int
judge_new(struct call *c, struct judged *judged, struct fault *f)
{
	struct bytes upload;
	int r;

	if (!take_upload(c, &upload))
		return -2;
	r = judge_upload(&c->api->judge, upload, judged, f);
	if (r == 1 && c->request->may_park)
		remember(c, upload, judged);
	return r;
}

static int
judge_parked(struct call *c, struct parked *parked, struct fault *f)
{
	struct platform_key key =
	    judge_platform_key(&parked->judged.quote, &parked->judged.pck);

	if (c->request->may_park && api_is_refused(c->api, &key))
		return 1;
	return judge_again(&c->api->judge,
	    (struct bytes){ parked->upload, parked->len }, &parked->judged, f);
}

static void
reply_failed(struct call *c, const struct judged *judged,
    const struct fault *f)
{
	char detail[FAULT_MESSAGE_LEN_MAX + 32];

	if (f->code != FAULT_MALFORMED_QUOTE &&
	    f->code != FAULT_UNSUPPORTED_QUOTE) {
		reply_undecided(c, judged, f);
		return;
	}
	snprintf(detail, sizeof(detail), "Invalid quote: %s", f->message);
	api_reply_error(c, 422, detail);
}

void
api_verify(struct call *c)
{
	struct parked *parked = *c->request->memory;
	struct judged new, *judged = parked != NULL ? &parked->judged : &new;
	unsigned int generation = seats_generation(c->api->seats);
	struct platform_key key;
	struct fault f = { 0 };
	int r;

	r = parked != NULL ? judge_parked(c, parked, &f) :
	    judge_new(c, &new, &f);
	if (r == 1) {
		key = judge_platform_key(&judged->quote, &judged->pck);
		if (api_park(c, &key, generation, &f))
			return;
	}
	if (r == 0)
		reply_verdict(c, judged);
	else if (r != -2)
		reply_failed(c, judged, &f);
}
