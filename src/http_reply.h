/*
 * The reply to one HTTP request, as a handler makes it, and its header lines.
 */
#ifndef ATTESTRY_HTTP_REPLY_H
#define ATTESTRY_HTTP_REPLY_H

#include "bytes.h"

/* Headers beside Status, Content-Type and Content-Length. */
#define HTTP_HEADERS_NUM_MAX 12
#define HTTP_HEADER_VALUE_LEN_MAX 512
/* All header lines together: nginx has a page for them and some of its own. */
#define HTTP_HEAD_LEN_MAX 3072

struct http_header {
	const char *name; /* constant */
	char value[HTTP_HEADER_VALUE_LEN_MAX];
};

/*
 * Comes zeroed to the handler. A reply without status becomes a 500, and so
 * does one with a header that does not fit or would break the line.
 *
 * Content-Length is the body's, also for HEAD, whose body is not sent: the
 * handler treats HEAD as GET. A body is neither sent nor counted with 204
 * and 304.
 */
struct http_reply {
	int status;
	const char *content_type; /* constant; NULL: none */
	const char *route;	  /* constant, for the log; NULL: the path */
	struct bytes body;
	/* The rest is set by the functions below. */
	struct http_header headers[HTTP_HEADERS_NUM_MAX];
	size_t num_headers;
	bool is_broken;
	void (*free_owner)(void *);
	void *owner;
};

/* The lines before the body. */
struct http_head {
	char text[HTTP_HEAD_LEN_MAX];
	size_t len;
	bool is_full;
};

/*
 * Adds a header.
 *
 * name	constant: it is borrowed
 *
 * A value that is too long or has a control character breaks the reply.
 */
void http_reply_header(struct http_reply *reply, const char *name,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Takes a header back, if it is there. */
void http_reply_drop_header(struct http_reply *reply, const char *name);

/*
 * Hands a body over, together with what it lives in: free_owner(owner) is
 * called when it has been sent. For malloc'd text: free and the text.
 *
 * A body that is constant, or lives in the request's body or in the handler's
 * context, is simply assigned to reply->body.
 */
void http_reply_body_adopt(struct http_reply *reply, struct bytes body,
    void (*free_owner)(void *), void *owner);

/* Frees what was handed over and zeroes the reply. */
void http_reply_clear(struct http_reply *reply);

/*
 * Makes it an error, in place of what it was.
 *
 * json	the whole body: a constant
 */
void http_reply_error(struct http_reply *reply, int status, const char *json);

/* The 500 that says nothing of its cause. */
void http_reply_internal_error(struct http_reply *reply);

/* Whether this status has a body at all (204 and 304 have none). */
bool http_reply_has_body(const struct http_reply *reply);

/*
 * The reply's header lines for FastCGI, "Status: 200 OK" first, with the empty
 * line at the end.
 *
 * Returns false for a reply that must not be sent: it is broken, has no
 * status, or too many lines.
 */
MUST_USE bool http_reply_head(const struct http_reply *reply,
    struct http_head *head);

#endif
