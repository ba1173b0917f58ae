#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "http_private.h"
#include "log.h"
#include "target.h"

/* How far two readings of one clock may be apart, and how long a wait. */
#define QUEUED_ERROR_S 0.1
#define QUEUED_MAX_S 3600

const char *
http_param(const struct http_request *request, const char *name)
{
	size_t len = strlen(name);
	char *const *p;

	for (p = request->params; p != NULL && *p != NULL; p++)
		if (strncmp(*p, name, len) == 0 && (*p)[len] == '=')
			return *p + len + 1;
	return "";
}

static bool
is_request_id(const char *text)
{
	size_t len = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-");

	return len > 0 && len <= HTTP_REQUEST_ID_LEN_MAX && text[len] == '\0';
}

/* RFC 3875 4.1.2: digits, or nothing when there is no body. */
static bool
parse_content_length(const char *text, size_t *out)
{
	long long n;
	char *end;

	if (*text == '\0') {
		*out = 0;
		return true;
	}
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0')
		return false;
	*out = (size_t)n;
	return true;
}

static enum arrival
read_body(struct exchange *x, size_t body_max)
{
	size_t len;

	if (!parse_content_length(http_param(&x->request, "CONTENT_LENGTH"),
	    &len))
		return ARRIVAL_BAD_LENGTH;
	if (len > body_max) {
		x->request.body_too_large = true;
		return ARRIVAL_WHOLE;
	}
	if (len == 0)
		return ARRIVAL_WHOLE;
	x->body = malloc(len);
	if (x->body == NULL)
		return ARRIVAL_NO_MEMORY;
	/* libfcgi returns what it has, without an error */
	if (FCGX_GetStr((char *)x->body, (int)len, x->fcgi.in) != (int)len)
		return ARRIVAL_CUT_SHORT;
	x->request.body = (struct bytes){ x->body, len };
	return ARRIVAL_WHOLE;
}

/* Path and query of REQUEST_URI, which every front sends as it came. */
static bool
read_target(struct exchange *x)
{
	struct bytes path;

	target_split(http_param(&x->request, "REQUEST_URI"), &path,
	    &x->request.query);
	x->path = strndup((const char *)path.ptr, path.len);
	x->request.path = x->path != NULL ? x->path : "";
	return x->path != NULL;
}

static void
read_request_id(struct exchange *x, uint64_t number)
{
	const char *id = http_param(&x->request, "REQUEST_ID");

	if (is_request_id(id))
		snprintf(x->request_id, sizeof(x->request_id), "%s", id);
	else
		snprintf(x->request_id, sizeof(x->request_id), "%d-%llu",
		    (int)getpid(), (unsigned long long)number);
	x->request.request_id = x->request_id;
}

/*
 * How long the request had been the front's, by the machine's clock, which
 * both share: ATTESTRY_FRONT_AT is "seconds.fraction" since 1970. Clients
 * cannot set it: what they send arrives as HTTP_….
 */
static int64_t
read_queued_us(const struct exchange *x)
{
	const char *text = http_param(&x->request, "ATTESTRY_FRONT_AT");
	size_t len = strspn(text, "0123456789.");
	struct timespec now;
	double since_s, at;
	char *end;

	at = strtod(text, &end);
	if (len == 0 || text[len] != '\0' || *end != '\0')
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);
	since_s = (double)now.tv_sec - at + (double)now.tv_nsec / 1e9;
	/* a clock that was set meanwhile tells nothing */
	if (since_s < -QUEUED_ERROR_S || since_s > QUEUED_MAX_S)
		return -1;
	return since_s < 0 ? 0 : (int64_t)(since_s * 1e6);
}

enum arrival
exchange_read(struct exchange *x, size_t body_max, uint64_t number)
{
	struct http_request *r = &x->request;

	x->accepted_at_us = clock_us();
	x->parked_at_us = -1;
	x->route = NULL;
	r->params = x->fcgi.envp;
	x->queued_us = read_queued_us(x);
	r->method = http_param(r, "REQUEST_METHOD");
	r->content_type = http_param(r, "CONTENT_TYPE");
	r->if_none_match = http_param(r, "HTTP_IF_NONE_MATCH");
	r->remote_addr = http_param(r, "REMOTE_ADDR");
	r->memory = &x->memory;
	read_request_id(x, number);
	if (!read_target(x))
		return ARRIVAL_NO_MEMORY;
	return read_body(x, body_max);
}

struct exchange *
exchange_new(struct metrics *metrics)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (x != NULL && FCGX_InitRequest(&x->fcgi, -1, 0) != 0) {
		free(x);
		return NULL;
	}
	if (x != NULL)
		x->metrics = metrics;
	return x;
}

static void
clear(struct exchange *x)
{
	free(x->path);
	free(x->body);
	free(x->memory);
	x->request = (struct http_request){ 0 };
	x->path = NULL;
	x->body = NULL;
	x->memory = NULL;
}

void
exchange_free(struct exchange *x)
{
	if (x == NULL)
		return;
	FCGX_Free(&x->fcgi, 1);
	clear(x);
	free(x);
}

/*
 * Sends a reply, all of which is ready before the first write: a front that
 * has seen a Content-Length waits for that many bytes.
 *
 * Returns how many bytes of body were given to libfcgi, or -1.
 */
static int64_t
send_reply(struct exchange *x, struct http_reply *reply)
{
	const struct http_request *request = &x->request;
	FCGX_Stream *out = x->fcgi.out;
	struct http_head head;
	size_t len;

	if (!http_reply_head(reply, &head)) {
		log_event(LOG_LEVEL_ERROR, "reply_broken",
		    LOG_TEXT("request_id", request->request_id),
		    LOG_TEXT("route", reply->route),
		    LOG_NUMBER("status", reply->status));
		http_reply_internal_error(reply);
		if (!http_reply_head(reply, &head))
			return -1;
	}
	len = !http_reply_has_body(reply) ||
	    strcmp(request->method, "HEAD") == 0 ? 0 : reply->body.len;
	if (FCGX_PutStr(head.text, (int)head.len, out) != (int)head.len)
		return -1;
	if (len > 0 && FCGX_PutStr((const char *)reply->body.ptr, (int)len,
	    out) != (int)len)
		return -1;
	return (int64_t)len;
}

bool
exchange_is_hung_up(short revents)
{
	return (revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool
exchange_is_gone(const struct exchange *x)
{
	struct pollfd p = { x->fcgi.ipcFd, POLLRDHUP, 0 };

	return poll(&p, 1, 0) > 0 && exchange_is_hung_up(p.revents);
}

/*
 * The log has the path of a request that no route is known of, so that it can
 * be seen what it was; counters have "none".
 */
static void
note_end(const struct exchange *x, const char *route, int status,
    int64_t num_bytes)
{
	int64_t now_us = clock_us();
	const struct metrics_request r = {
		.route = route,
		.status = status,
		.took_us = now_us - x->accepted_at_us,
		.queued_us = x->queued_us,
		.parked_us = x->parked_at_us < 0 ? -1 :
		    now_us - x->parked_at_us,
	};

	metrics_count_request(x->metrics, &r);
	log_event(LOG_LEVEL_INFO, "request",
	    LOG_TEXT("request_id", x->request.request_id),
	    LOG_TEXT("method", x->request.method),
	    LOG_TEXT("route", route != NULL ? route : x->request.path),
	    LOG_NUMBER("status", status),
	    LOG_NUMBER("bytes", num_bytes),
	    LOG_NUMBER("duration_ms", r.took_us / 1000));
}

void
exchange_answer(struct exchange *x, struct http_reply *reply)
{
	int64_t num_bytes = send_reply(x, reply);

	/* The end of the request leaves with the end of the body, in one
	 * write: it is the last stream that is closed that writes it. */
	FCGX_FClose(x->fcgi.err);
	if (FCGX_FClose(x->fcgi.out) != 0)
		num_bytes = -1;
	note_end(x, reply->route, reply->status, num_bytes);
}

void
exchange_log_gone(const struct exchange *x)
{
	/* 499: nginx's word for it; nobody gets to see it */
	note_end(x, x->route, 499, 0);
}

void
exchange_end(struct exchange *x)
{
	FCGX_Finish_r(&x->fcgi);
	clear(x);
}
