/*
 * GET /api/v1/openapi.json: what this interface is, for programs.
 */
#include "api_private.h"
#include "openapi.h"
#include "target.h"

void
api_openapi(struct call *c)
{
	struct bytes text = bytes_of_string(openapi_text);
	char etag[TARGET_ETAG_LEN];
	struct fault f;

	if (target_make_etag(text, etag, &f) < 0) {
		api_reply_internal(c, &f);
		return;
	}
	if (api_reply_cached(c, etag, "public, max-age=3600"))
		return;
	c->reply->status = 200;
	c->reply->content_type = "application/json";
	c->reply->body = text;
}
