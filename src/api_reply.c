#include <string.h>

#include <json-c/json.h>

#include "api_private.h"
#include "log.h"
#include "render.h"
#include "target.h"

static void
put_json(void *json)
{
	json_object_put(json);
}

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
api_reply_json(struct call *c, int status, struct json_object *json)
{
	static const char no_memory[] =
	    "{\"detail\":\"Internal server error\"}";
	const char *text = json == NULL ? NULL : render_text(json, false);

	c->reply->content_type = "application/json";
	if (status >= 400 || text == NULL)
		forbid_keeping(c->reply);
	if (text == NULL) {
		json_object_put(json);
		c->reply->status = 500;
		c->reply->body = bytes_of_string(no_memory);
		return;
	}
	c->reply->status = status;
	http_reply_body_adopt(c->reply, bytes_of_string(text), put_json, json);
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
	struct json_object *answer = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct json_object *one = json_object_new_object();
	struct json_object *loc = json_object_new_array();
	char printable[INPUT_LEN_MAX];
	size_t i;

	/* A stranger's bytes need not be UTF-8. */
	for (i = 0; i < sizeof(printable) - 1 && input[i] != '\0'; i++)
		printable[i] = input[i] < ' ' || input[i] > '~' ? '?' :
								  input[i];
	printable[i] = '\0';
	json_object_array_add(loc, json_object_new_string(where));
	json_object_array_add(loc, json_object_new_string(name));
	json_object_object_add(one, "type", json_object_new_string(type));
	json_object_object_add(one, "loc", loc);
	json_object_object_add(one, "msg", json_object_new_string(msg));
	json_object_object_add(one, "input",
	    json_object_new_string(printable));
	json_object_array_add(list, one);
	json_object_object_add(answer, "detail", list);
	api_reply_json(c, 422, answer);
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
api_list_add(struct json_object **list, struct json_object *one)
{
	if (*list != NULL && one != NULL &&
	    json_object_array_add(*list, one) == 0)
		return;
	json_object_put(one);
	json_object_put(*list);
	*list = NULL;
}

/* A list has nothing but its text to tell one state from another. */
static int
make_list_etag(struct json_object *list, char out[static TARGET_ETAG_LEN],
    struct fault *f)
{
	const char *text = render_text(list, false);

	if (text == NULL)
		return fault_set_memory(f);
	return target_make_etag(bytes_of_string(text), out, f);
}

void
api_reply_list(struct call *c, struct json_object *list,
    const char *cache_control)
{
	char etag[TARGET_ETAG_LEN];
	struct fault f;

	if (list == NULL || make_list_etag(list, etag, &f) < 0) {
		json_object_put(list);
		api_reply_json(c, 500, NULL);
	} else if (api_reply_cached(c, etag, cache_control)) {
		json_object_put(list);
	} else {
		api_reply_json(c, 200, list);
	}
}
