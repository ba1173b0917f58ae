/*
 * What operators and their monitoring ask, which the front answers to nobody
 * else: /healthz, /readyz, /metrics.
 */
#include <stdlib.h>

#include "api_private.h"
#include "instant.h"
#include "ready.h"

/* Ends the object. */
static void
reply(struct call *c, int status, struct json_builder *b)
{
	json_end_object(b);
	if (status < 400)
		http_reply_header(c->reply, "Cache-Control", "no-store");
	api_reply_json(c, status, json_finish(b));
}

/* The process answers; nothing else is looked at. */
void
api_healthz(struct call *c)
{
	struct json_builder b = { 0 };
	char at[INSTANT_LEN_MAX];

	json_begin_object(&b, NULL);
	json_add_text(&b, "status", "ok");
	json_add_text(&b, "version", PACKAGE_VERSION);
	/* for tests and demonstrations only, so it must be seen */
	instant_format(c->api->config->fixed_time, at);
	json_add_text(&b, "fixed_time",
	    c->api->config->fixed_time < 0 ? NULL : at);
	reply(c, 200, &b);
}

void
api_readyz(struct call *c)
{
	struct ready_finding findings[READY__MAX];
	struct json_builder b = { 0 };
	bool is_ready = ready_look(c->api->config, &c->api->judge.trust,
	    &c->api->witness, findings);
	int i;

	json_begin_object(&b, NULL);
	json_add_text(&b, "status", is_ready ? "ready" : "not ready");
	json_begin_object(&b, "checks");
	for (i = 0; i < READY__MAX; i++) {
		json_begin_object(&b, ready_names[i]);
		json_add_text(&b, "state",
		    findings[i].is_good ? "good" : "bad");
		json_add_text(&b, "wanted", findings[i].wanted);
		json_add_text(&b, "found", findings[i].found);
		json_end_object(&b);
	}
	json_end_object(&b);
	reply(c, is_ready ? 200 : 503, &b);
}

void
api_metrics(struct call *c)
{
	size_t len;
	char *text = metrics_text_new(c->api->metrics, c->api->seats, &len);

	if (text == NULL) {
		api_reply_no_memory(c);
		return;
	}
	http_reply_header(c->reply, "Cache-Control", "no-store");
	c->reply->status = 200;
	c->reply->content_type = METRICS_CONTENT_TYPE;
	http_reply_body_adopt(c->reply,
	    (struct bytes){ (const uint8_t *)text, len }, free, text);
}
