/*
 * HTTP behind FastCGI: a loop that takes one request at a time, hands it to a
 * handler, and sends the reply. What stands in front (nginx, Apache) speaks
 * HTTP; this module caps the body, times out, and keeps header lines whole.
 *
 * A handler that would have to wait for something that others are about to
 * bring may park a request instead: it stays open, others are served, and the
 * handler is called for it again when there is news, the last time when its
 * time is over. A parked request whose client leaves is dropped.
 *
 * And a handler may defer a request while others wait in the queue: what is
 * left to do for it is then done together with what is left of those, as soon
 * as there are enough of them or nobody waits any more.
 *
 * Bound to the FastCGI settings of the front: one connection a request (no
 * keep-alive to the workers), bodies buffered in the front.
 */
#ifndef ATTESTRY_HTTP_H
#define ATTESTRY_HTTP_H

#include "bytes.h"
#include "http_reply.h"
#include "metrics.h"

/* Sockets that requests come from. */
#define HTTP_QUEUES_NUM 2
#define HTTP_REQUEST_ID_LEN_MAX 64
/* For reading one request, and again for sending its reply. */
#define HTTP_IO_TIMEOUT_MS 15000
/* In one process; each with its body and some 20 KB. */
#define HTTP_PARKED_NUM_MAX 128
#define HTTP_DEFERRED_NUM_MAX 8

/*
 * Texts are never NULL: "" when the client or the front sent none. All of it
 * is a stranger's. Valid until the handler returns, and again at its next call
 * for a request that it has parked.
 */
struct http_request {
	const char *method;
	const char *path;  /* as sent: not decoded, without query */
	const char *query; /* as sent, without "?" */
	const char *content_type;
	const char *if_none_match;
	const char *remote_addr;
	const char *request_id; /* the front's REQUEST_ID, or made here */
	struct bytes body;
	bool body_too_large; /* over body_max: not read, body is empty */
	char *const *params; /* for http_param */
	bool may_park; /* false: must be answered now */
	bool may_defer; /* with a body, while others wait */
	bool may_wait; /* false: nothing long may be begun for it any more */
	/* Of the handler, from one call for this request to the next; NULL in
	 * the first. Freed with the request, by free(). */
	void **memory;
};

enum http_outcome {
	HTTP_ANSWERED, /* the reply is filled */
	HTTP_PARK,     /* it is not; only where the request may_park */
	HTTP_DEFER,    /* it is not; only where the request may_defer */
};

struct http_settings {
	/*
	 * HTTP_QUEUES_NUM of them, -1 for none; made non-blocking. Where
	 * requests wait at several, each has its turn, however many wait at
	 * the others.
	 */
	const int *listen_fds;
	int stop_fd; /* readable: finish the request in hand, return */
	size_t body_max;
	int io_timeout_ms; /* 0: HTTP_IO_TIMEOUT_MS */
	enum http_outcome (*handler)(void *ctx,
	    const struct http_request *request, struct http_reply *reply);
	/* Another number when it is worth calling for parked requests again;
	 * NULL: they wait until their time is over. */
	unsigned int (*news)(void *ctx);
	/*
	 * Does what is left to do for all deferred requests; right after it the
	 * handler is called once more for each, and has to answer. NULL: none
	 * may be deferred.
	 */
	void (*settle)(void *ctx);
	int park_ms;	  /* from its arrival; 0: no request is parked */
	int park_stop_ms; /* from when stop_fd is readable */
	struct metrics *metrics; /* told of each request; may be NULL */
	void *ctx;
};

/*
 * Serves until stop_fd is readable and no request is parked. Uses SIGALRM for
 * its timeouts; outside the handler only, so that the handler's system calls
 * are not interrupted.
 *
 * Returns 0 when told to stop, or -1 with FAULT_INTERNAL when a socket cannot
 * be used any more.
 */
MUST_USE int http_serve(const struct http_settings *settings,
    struct fault *f);

/*
 * Another CGI variable of the request ("HTTP_ACCEPT"); "" when there is none.
 */
const char *http_param(const struct http_request *request, const char *name);

#endif
