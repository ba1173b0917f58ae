#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "http_reply.h"

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 204, "No Content" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
};

static const char *
phrase_of(int status)
{
	size_t i;

	for (i = 0; i < sizeof(phrases) / sizeof(*phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Other";
}

bool
http_reply_has_body(const struct http_reply *reply)
{
	/* RFC 9110 15.3.5, 15.4.5 */
	return reply->status != 204 && reply->status != 304;
}

static void __attribute__((format(printf, 2, 3)))
head_add(struct http_head *head, const char *format, ...)
{
	size_t left = sizeof(head->text) - head->len;
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(head->text + head->len, left, format, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= left)
		head->is_full = true;
	else
		head->len += (size_t)len;
}

bool
http_reply_head(const struct http_reply *reply, struct http_head *head)
{
	size_t i;

	head->len = 0;
	head->is_full = false;
	head_add(head, "Status: %d %s\r\n", reply->status,
	    phrase_of(reply->status));
	if (reply->content_type != NULL)
		head_add(head, "Content-Type: %s\r\n", reply->content_type);
	if (http_reply_has_body(reply))
		head_add(head, "Content-Length: %zu\r\n", reply->body.len);
	for (i = 0; i < reply->num_headers; i++)
		head_add(head, "%s: %s\r\n", reply->headers[i].name,
		    reply->headers[i].value);
	head_add(head, "\r\n");
	return !head->is_full && !reply->is_broken && reply->status != 0;
}

void
http_reply_header(struct http_reply *reply, const char *name,
    const char *format, ...)
{
	struct http_header *h;
	const char *c;
	va_list ap;
	int len;

	if (reply->num_headers == HTTP_HEADERS_NUM_MAX) {
		reply->is_broken = true;
		return;
	}
	h = &reply->headers[reply->num_headers];
	h->name = name;
	va_start(ap, format);
	len = vsnprintf(h->value, sizeof(h->value), format, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(h->value))
		reply->is_broken = true;
	/* CR or LF would begin another header */
	for (c = h->value; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			reply->is_broken = true;
	if (!reply->is_broken)
		reply->num_headers++;
}

void
http_reply_drop_header(struct http_reply *reply, const char *name)
{
	size_t i, num = 0;

	for (i = 0; i < reply->num_headers; i++)
		if (strcmp(reply->headers[i].name, name) != 0)
			reply->headers[num++] = reply->headers[i];
	reply->num_headers = num;
}

void
http_reply_body_adopt(struct http_reply *reply, struct bytes body,
    void (*free_owner)(void *), void *owner)
{
	if (reply->free_owner != NULL)
		reply->free_owner(reply->owner);
	reply->body = body;
	reply->free_owner = free_owner;
	reply->owner = owner;
}

void
http_reply_clear(struct http_reply *reply)
{
	if (reply->free_owner != NULL)
		reply->free_owner(reply->owner);
	*reply = (struct http_reply){ 0 };
}

void
http_reply_error(struct http_reply *reply, int status, const char *json)
{
	const char *route = reply->route;

	http_reply_clear(reply);
	reply->route = route;
	reply->status = status;
	reply->content_type = "application/json";
	reply->body = bytes_of_string(json);
}

void
http_reply_internal_error(struct http_reply *reply)
{
	http_reply_error(reply, 500, "{\"detail\":\"Internal server error\"}");
}
