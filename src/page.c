#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "instant.h"
#include "json.h"
#include "log.h"
#include "page.h"
#include "page_measure.h"
#include "render.h"

void
page_reply_error(struct call *c, int status, const char *title,
    const char *sentence)
{
	struct html h = { 0 };

	page_begin(&h, title, PAGE_NONE);
	html_f(&h, "<p>%s</p>\n", sentence);
	html_raw(&h, "<p><a href=\"/\">Upload a quote, or look at the recent "
	    "ones</a></p>\n");
	page_end(&h);
	page_reply(c->request, c->reply, status, &h);
}

void
page_reply_internal(struct call *c, const struct fault *f)
{
	log_event(LOG_LEVEL_ERROR, "internal",
	    LOG_TEXT("request_id", c->request->request_id),
	    LOG_TEXT("message", f->message));
	page_reply_error(c, 500, "Something is wrong here",
	    "The page could not be made; that is not your doing. Try again "
	    "in a moment.");
}

void
page_reply_see(struct call *c, const char *path)
{
	http_reply_header(c->reply, "Location", "%s", path);
	http_reply_header(c->reply, "Cache-Control", "no-store");
	c->reply->status = 303;
}

void
page_asset(struct call *c)
{
	if (!page_reply_asset(c->request, c->reply, c->request->path))
		api_reply_error(c, 404, "Not Found");
}

/* --- a quote ------------------------------------------------------------- */

static int
read_tcb(struct page_quote *q, struct fault *f)
{
	if (q->newest.tcb == NULL)
		return 0;
	return json_parse_new(&q->tcb, bytes_of_string(q->newest.tcb),
	    "stored TCB report", f);
}

/* As read_tcb would give it; NULL for want of memory. */
static struct json_object *
read_rendered_tcb(const struct verdict *v)
{
	struct json_text text = render_tcb(v);
	struct json_object *tcb = NULL;
	struct fault f;

	if (text.ptr != NULL && json_parse_new(&tcb, json_text_bytes(&text),
		"TCB report", &f) < 0)
		tcb = NULL;
	free(text.ptr);
	return tcb;
}

/* The record's own parts, read. */
static int
read_record(struct page_quote *q, struct fault *f)
{
	struct bytes raw = { q->record.raw, q->record.raw_len };

	if (quote_parse(&q->quote, raw, f) < 0)
		return -1;
	q->is_kept = true;
	q->uploaded_at_us = q->record.uploaded_at_us;
	q->has_verdict = q->record.has_verdict;
	if (q->has_verdict)
		q->newest = q->record.newest;
	return read_tcb(q, f);
}

static void
reply_none(struct call *c)
{
	page_reply_error(c, 404, "There is no such report",
	    "No quote with this checksum has been uploaded here. A report is "
	    "named by the SHA-256 of its quote: 64 hex digits.");
}

bool
page_take_quote(struct call *c, const char *checksum, struct page_quote *out)
{
	struct fault f = { 0 };
	int r = 0;

	memset(out, 0, sizeof(*out));
	if (api_read_checksum(checksum, out->checksum))
		r = api_get_quote(c->api, out->checksum, &out->record, &f);
	if (r == 0) {
		reply_none(c);
		return false;
	}
	hex_encode(out->checksum_hex, BYTES_OF(out->checksum));
	if (r < 0 || read_record(out, &f) < 0) {
		page_quote_clear(out);
		page_reply_internal(c, &f);
		return false;
	}
	return true;
}

void
page_quote_of_judged(struct page_quote *out, const struct judged *judged)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->checksum, judged->checksum, sizeof(out->checksum));
	hex_encode(out->checksum_hex, BYTES_OF(out->checksum));
	out->quote = judged->quote;
	out->has_verdict = true;
	out->newest.verdict = judged->verdict;
	out->newest.has_collateral = judged->collateral != NULL;
	if (judged->verdict.num_periods > 0)
		out->tcb = read_rendered_tcb(&judged->verdict);
}

void
page_quote_clear(struct page_quote *q)
{
	json_object_put(q->tcb);
	stored_record_clear(&q->record);
	memset(q, 0, sizeof(*q));
}

const char *
page_verdict_word(const struct page_quote *q)
{
	if (!q->has_verdict)
		return "Not judged yet";
	return q->newest.verdict.verified ? "Verified" : "Not verified";
}

const char *
page_verdict_class(const struct page_quote *q)
{
	if (!q->has_verdict)
		return "open";
	return q->newest.verdict.verified ? "good" : "bad";
}

/* --- small parts --------------------------------------------------------- */

/* What a host's name and port are made of; nothing that a shell takes. */
#define HOST_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
	".-:[]"
#define HOST_LEN_MAX 255

void
page_origin(const struct call *c, char out[static PAGE_ORIGIN_LEN_MAX])
{
	const char *host = http_param(c->request, "HTTP_HOST");
	const char *https = http_param(c->request, "HTTPS");
	size_t len = strspn(host, HOST_CHARACTERS);

	if (len == 0 || len > HOST_LEN_MAX || host[len] != '\0')
		host = "localhost";
	snprintf(out, PAGE_ORIGIN_LEN_MAX, "%s://%s",
	    strcmp(https, "on") == 0 ? "https" : "http", host);
}

void
page_put_time(struct html *h, time_t at)
{
	char text[INSTANT_LEN_MAX];

	if (at == 0) {
		html_raw(h, "not known");
		return;
	}
	instant_format(at, text);
	html_f(h, "<time datetime=\"%s\">", text);
	html_bytes(h, (struct bytes){ (const uint8_t *)text, 10 });
	html_raw(h, " ");
	html_bytes(h, (struct bytes){ (const uint8_t *)text + 11, 8 });
	html_raw(h, " UTC</time>");
}

void
page_put_time_us(struct html *h, int64_t at_us)
{
	page_put_time(h, (time_t)(at_us / 1000000));
}

void
page_put_short(struct html *h, const char *checksum_hex)
{
	html_bytes(h, (struct bytes){ (const uint8_t *)checksum_hex, 16 });
	html_raw(h, "\xe2\x80\xa6");
}

void
page_put_measure(struct html *h, const struct measure *m)
{
	unsigned number;

	if (measure_number(m, &number))
		html_f(h, "%u", number);
	else
		html_hex(h, m->value);
}

void
page_put_heading(struct html *h, const char *id, const char *text)
{
	html_f(h, "<h2 id=\"%s\">%s</h2>\n", id, text);
}
