#include <stdlib.h>

#include "api_private.h"
#include "log.h"
#include "render.h"
#include "target.h"

/*
 * A cached 404 would outlive the upload that ends it; and what failed on its
 * way to an answer may have that answer's headers already.
 */
static void
forbid_keeping(struct http_reply *reply)
{
	static const char *const names[] = { "ETag", "Cache-Control",
		"CDN-Cache-Control", "Content-Disposition" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		http_reply_drop_header(reply, names[i]);
	http_reply_header(reply, "Cache-Control", "no-store");
}

void
api_reply_json(struct call *c, int status, struct json_text json)
{
	static const char no_memory[] =
	    "{\"detail\":\"Internal server error\"}";

	c->reply->content_type = "application/json";
	if (status >= 400 || json.ptr == NULL)
		forbid_keeping(c->reply);
	if (json.ptr == NULL) {
		c->reply->status = 500;
		c->reply->body = bytes_of_string(no_memory);
		return;
	}
	c->reply->status = status;
	http_reply_body_adopt(c->reply, json_text_bytes(&json), free,
	    json.ptr);
}

void
api_reply_error(struct call *c, int status, const char *detail)
{
	api_reply_json(c, status, render_error(detail, NULL));
}

void
api_reply_internal(struct call *c, const struct fault *f)
{
	log_event(LOG_LEVEL_ERROR, "internal",
	    LOG_TEXT("request_id", c->request->request_id),
	    LOG_TEXT("message", f->message));
	api_reply_error(c, 500, "Internal server error");
}

/* Of what a client sent and gets to see again. */
#define INPUT_LEN_MAX 256

void
api_reply_invalid(struct call *c, const char *where, const char *name,
    const char *type, const char *msg, const char *input)
{
	struct json_builder b = { 0 };
	char printable[INPUT_LEN_MAX];
	size_t i;

	/* A stranger's bytes need not be UTF-8. */
	for (i = 0; i < sizeof(printable) - 1 && input[i] != '\0'; i++)
		printable[i] = input[i] < ' ' || input[i] > '~' ? '?' :
								  input[i];
	printable[i] = '\0';
	json_begin_object(&b, NULL);
	json_begin_array(&b, "detail");
	json_begin_object(&b, NULL);
	json_add_text(&b, "type", type);
	json_begin_array(&b, "loc");
	json_add_text(&b, NULL, where);
	json_add_text(&b, NULL, name);
	json_end_array(&b);
	json_add_text(&b, "msg", msg);
	json_add_text(&b, "input", printable);
	json_end_object(&b);
	json_end_array(&b);
	json_end_object(&b);
	api_reply_json(c, 422, json_finish(&b));
}

bool
api_reply_cached(struct call *c, const char *etag, const char *cache_control)
{
	http_reply_header(c->reply, "ETag", "%s", etag);
	http_reply_header(c->reply, "Cache-Control", "%s", cache_control);
	if (!target_matches_etag(c->request->if_none_match, etag))
		return false;
	c->reply->status = 304;
	return true;
}

void
api_reply_no_memory(struct call *c)
{
	api_reply_json(c, 500, (struct json_text){ NULL, 0 });
}

/* A list has nothing but its text to tell one state from another. */
void
api_reply_list(struct call *c, struct json_text list,
    const char *cache_control)
{
	char etag[TARGET_ETAG_LEN];
	struct fault f;

	if (list.ptr == NULL ||
	    target_make_etag(json_text_bytes(&list), etag, &f) < 0) {
		free(list.ptr);
		api_reply_no_memory(c);
	} else if (api_reply_cached(c, etag, cache_control)) {
		free(list.ptr);
	} else {
		api_reply_json(c, 200, list);
	}
}
