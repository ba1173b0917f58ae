/*
 * POST /verify: an upload, its verdict, and all that can go wrong between.
 */
#include <stdio.h>
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
reply_refusal(struct call *c, enum upload_result result,
    const struct fault *f)
{
	const char *detail = refusals[result].detail;
	char text[FAULT_MESSAGE_LEN_MAX + 32];

	if (detail[strlen(detail) - 1] == ':') {
		snprintf(text, sizeof(text), "%s %s", detail, f->message);
		detail = text;
	}
	api_reply_error(c, refusals[result].status, detail);
}

static bool
take_upload(struct call *c, struct upload *out)
{
	enum upload_result result = UPLOAD_TOO_LARGE;
	struct fault f = { 0 };

	if (!c->request->body_too_large)
		result = upload_read(out, c->request->body,
		    c->request->content_type,
		    (size_t)c->api->config->upload_max, &f);
	if (result == UPLOAD_TAKEN)
		return true;
	reply_refusal(c, result, &f);
	return false;
}

/* No verdict could be reached; the quote may be kept all the same. */
static void
reply_undecided(struct call *c, const struct judged *judged,
    const struct fault *f)
{
	struct verdict none = { 0 };
	struct attestation a = { .verdict = &none };

	log_event(LOG_LEVEL_ERROR, "undecided",
	    LOG_TEXT("request_id", c->request->request_id),
	    LOG_TEXT("reason", fault_reason(f->code)),
	    LOG_TEXT("message", f->message));
	if (judged->stage == JUDGED_NOTHING) {
		api_reply_error(c, 500, INTERNAL_DETAIL);
		return;
	}
	memcpy(a.checksum, judged->checksum, sizeof(a.checksum));
	a.quote = &judged->quote;
	if (f->code == FAULT_COLLATERAL_UNAVAILABLE)
		fault_set(&none.fault, f->code,
		    "Intel's collateral for this platform could not be had; "
		    "the quote is kept, upload it again to have it verified");
	else
		fault_set(&none.fault, FAULT_INTERNAL,
		    "verification could not be carried out; the quote is "
		    "kept, upload it again to have it verified");
	api_reply_json(c, 500, render_error(INTERNAL_DETAIL, &a));
}

static void
reply_verdict(struct call *c, const struct judged *judged)
{
	struct attestation a = {
		.quote = &judged->quote,
		.pck = judged->has_pck ? &judged->pck : NULL,
		.not_kept = judged->not_kept,
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

void
api_verify(struct call *c)
{
	char detail[FAULT_MESSAGE_LEN_MAX + 32];
	struct judged judged;
	struct upload upload;
	struct fault f = { 0 };

	if (!take_upload(c, &upload))
		return;
	if (judge_upload(&c->api->judge, upload.quote, &judged, &f) == 0) {
		reply_verdict(c, &judged);
	} else if (f.code == FAULT_MALFORMED_QUOTE ||
	    f.code == FAULT_UNSUPPORTED_QUOTE) {
		snprintf(detail, sizeof(detail), "Invalid quote: %s",
		    f.message);
		api_reply_error(c, 422, detail);
	} else {
		reply_undecided(c, &judged, &f);
	}
}
