#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "clock.h"
#include "http.h"
#include "log.h"

/* A pause before accepting again when the system is out of something. */
#define EXHAUSTED_PAUSE_MS 100

/* Between one connection and the next. */
struct server {
	const struct http_settings *settings;
	FCGX_Request fcgi;
	uint64_t num_requests;
};

/* One request with what it owns. */
struct exchange {
	struct http_request request;
	char *path;
	uint8_t *body;
	char request_id[HTTP_REQUEST_ID_LEN_MAX + 1];
};

/* What came of reading a request. */
enum arrival {
	ARRIVAL_WHOLE,
	ARRIVAL_BAD_LENGTH,
	ARRIVAL_CUT_SHORT,
	ARRIVAL_NO_MEMORY,
};

/*
 * Time limits. libfcgi reads and writes with plain blocking calls, so a timer
 * interrupts them: the call fails, libfcgi gives the connection up. It goes on
 * ticking each second, in case the first tick comes between two calls.
 */

static void
on_alarm(int number)
{
	(void)number;
}

static int
timer_prepare(struct fault *f)
{
	struct sigaction action = { .sa_handler = on_alarm };
	sigset_t alarm_only;

	sigemptyset(&action.sa_mask);
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	if (sigaction(SIGALRM, &action, NULL) != 0 ||
	    sigprocmask(SIG_UNBLOCK, &alarm_only, NULL) != 0)
		return fault_set(f, FAULT_INTERNAL, "http: timer: errno %d",
		    errno);
	return 0;
}

/* Starts it; 0 stops it. */
static void
timer_set(int ms)
{
	struct itimerval t = {
		.it_interval = { ms > 0 ? 1 : 0, 0 },
		.it_value = { ms / 1000, ms % 1000 * 1000 },
	};

	setitimer(ITIMER_REAL, &t, NULL);
}

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
read_body(struct server *server, struct exchange *x)
{
	size_t len;

	if (!parse_content_length(http_param(&x->request, "CONTENT_LENGTH"),
	    &len))
		return ARRIVAL_BAD_LENGTH;
	if (len > server->settings->body_max) {
		x->request.body_too_large = true;
		return ARRIVAL_WHOLE;
	}
	if (len == 0)
		return ARRIVAL_WHOLE;
	x->body = malloc(len);
	if (x->body == NULL)
		return ARRIVAL_NO_MEMORY;
	/* libfcgi returns what it has, without an error */
	if (FCGX_GetStr((char *)x->body, (int)len, server->fcgi.in) !=
	    (int)len)
		return ARRIVAL_CUT_SHORT;
	x->request.body = (struct bytes){ x->body, len };
	return ARRIVAL_WHOLE;
}

/* RFC 9112 3.2.2: a client may send the whole address. */
static const char *
skip_origin(const char *uri)
{
	if (strncasecmp(uri, "http://", 7) != 0 &&
	    strncasecmp(uri, "https://", 8) != 0)
		return uri;
	uri = strchr(uri, ':') + 3;
	return uri + strcspn(uri, "/?");
}

/* Path and query of REQUEST_URI, which every front sends as it came. */
static bool
read_target(struct exchange *x)
{
	const char *uri = skip_origin(http_param(&x->request, "REQUEST_URI"));
	size_t len = strcspn(uri, "?");

	x->path = strndup(uri, len);
	x->request.path = x->path != NULL ? x->path : "";
	x->request.query = uri[len] == '?' ? uri + len + 1 : "";
	return x->path != NULL;
}

static void
read_request_id(struct server *server, struct exchange *x)
{
	const char *id = http_param(&x->request, "REQUEST_ID");

	if (is_request_id(id))
		snprintf(x->request_id, sizeof(x->request_id), "%s", id);
	else
		snprintf(x->request_id, sizeof(x->request_id), "%d-%llu",
		    (int)getpid(), (unsigned long long)server->num_requests);
	x->request.request_id = x->request_id;
}

static enum arrival
exchange_read(struct server *server, struct exchange *x)
{
	struct http_request *r = &x->request;

	r->params = server->fcgi.envp;
	r->method = http_param(r, "REQUEST_METHOD");
	r->content_type = http_param(r, "CONTENT_TYPE");
	r->if_none_match = http_param(r, "HTTP_IF_NONE_MATCH");
	r->remote_addr = http_param(r, "REMOTE_ADDR");
	read_request_id(server, x);
	if (!read_target(x))
		return ARRIVAL_NO_MEMORY;
	return read_body(server, x);
}

static void
exchange_clear(struct exchange *x)
{
	free(x->path);
	free(x->body);
}

/*
 * Sends a reply, all of which is ready before the first write: a front that
 * has seen a Content-Length waits for that many bytes.
 *
 * Returns how many bytes of body were given to libfcgi, or -1.
 */
static int64_t
reply_send(struct server *server, const struct http_request *request,
    struct http_reply *reply)
{
	FCGX_Stream *out = server->fcgi.out;
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

/*
 * Whether the front hung up, because its client did or because it waited long
 * enough. Work for nobody is what makes an overload last.
 */
static bool
is_client_gone(const struct server *server)
{
	struct pollfd p = { server->fcgi.ipcFd, POLLRDHUP, 0 };

	return poll(&p, 1, 0) > 0 &&
	    (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* Answers what can be answered without the handler. */
static bool
reply_to_arrival(enum arrival arrival, struct http_reply *reply)
{
	switch (arrival) {
	case ARRIVAL_WHOLE:
		return false;
	case ARRIVAL_BAD_LENGTH:
		http_reply_error(reply, 400,
		    "{\"detail\":\"Invalid Content-Length\"}");
		return true;
	case ARRIVAL_CUT_SHORT:
		http_reply_error(reply, 400,
		    "{\"detail\":\"Request body is incomplete\"}");
		return true;
	case ARRIVAL_NO_MEMORY:
		break;
	}
	http_reply_internal_error(reply);
	return true;
}

static void
log_request(const struct exchange *x, const char *route, int status,
    int64_t num_bytes, int64_t duration_ms)
{
	log_event(LOG_LEVEL_INFO, "request",
	    LOG_TEXT("request_id", x->request.request_id),
	    LOG_TEXT("method", x->request.method),
	    LOG_TEXT("route", route != NULL ? route : x->request.path),
	    LOG_NUMBER("status", status),
	    LOG_NUMBER("bytes", num_bytes),
	    LOG_NUMBER("duration_ms", duration_ms));
}

/* From an accepted request to its log line. */
static void
serve_request(struct server *server, int timeout_ms)
{
	const struct http_settings *s = server->settings;
	struct http_reply reply = { 0 };
	struct exchange x = { 0 };
	enum arrival arrival;
	int64_t started_at = clock_ms(), num_bytes;

	server->num_requests++;
	arrival = exchange_read(server, &x);
	timer_set(0);
	if (is_client_gone(server)) {
		/* 499: nginx's word for it; nobody gets to see it */
		log_request(&x, NULL, 499, 0, clock_ms() - started_at);
		goto out;
	}
	if (!reply_to_arrival(arrival, &reply))
		s->handler(s->ctx, &x.request, &reply);
	timer_set(timeout_ms);
	num_bytes = reply_send(server, &x.request, &reply);
	if (num_bytes >= 0 && FCGX_FFlush(server->fcgi.out) != 0)
		num_bytes = -1;
	log_request(&x, reply.route, reply.status, num_bytes,
	    clock_ms() - started_at);
out:
	/* closes the connection when the front has, or after two seconds */
	FCGX_Finish_r(&server->fcgi);
	timer_set(0);
	http_reply_clear(&reply);
	exchange_clear(&x);
}

/*
 * Waits without accepting, so that being told to stop cannot fall between a
 * test and a blocking accept.
 *
 * Returns 1 for a connection, 0 to stop, -1 when the socket is of no use.
 */
static int
wait_for_connection(const struct http_settings *s, struct fault *f)
{
	struct pollfd p[] = {
		{ s->stop_fd, POLLIN, 0 },
		{ s->listen_fd, POLLIN, 0 },
	};

	for (;;) {
		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return fault_set(f, FAULT_INTERNAL,
			    "http: poll: errno %d", errno);
		}
		if (p[0].revents != 0)
			return 0;
		if ((p[1].revents & POLLIN) != 0)
			return 1;
		if (p[1].revents != 0)
			return fault_set(f, FAULT_INTERNAL,
			    "http: the listening socket is closed");
	}
}

/* Whether accept may work again later; the request stays in the queue. */
static bool
is_passing(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM || error == EPERM;
}

/*
 * All workers wake up for a connection and one gets it; for the others libfcgi
 * returns EAGAIN, since the socket does not block.
 *
 * Returns 1 for a request, 0 for none, -1 when the socket is of no use.
 */
static int
accept_request(struct server *server, struct fault *f)
{
	int r = FCGX_Accept_r(&server->fcgi);

	if (r == 0)
		return 1;
	timer_set(0);
	if (r == -EAGAIN || r == -EWOULDBLOCK || r == -EINTR)
		return 0;
	if (is_passing(-r)) {
		log_event(LOG_LEVEL_ERROR, "accept",
		    LOG_NUMBER("errno", -r));
		poll(NULL, 0, EXHAUSTED_PAUSE_MS);
		return 0;
	}
	return fault_set(f, FAULT_INTERNAL, "http: accept: errno %d", -r);
}

int
http_serve(const struct http_settings *settings, struct fault *f)
{
	struct server server = { .settings = settings };
	int timeout_ms = settings->io_timeout_ms > 0 ?
	    settings->io_timeout_ms : HTTP_IO_TIMEOUT_MS;
	int flags = fcntl(settings->listen_fd, F_GETFL), r;

	if (flags < 0 || fcntl(settings->listen_fd, F_SETFL,
	    flags | O_NONBLOCK) != 0)
		return fault_set(f, FAULT_INTERNAL,
		    "http: listening socket: errno %d", errno);
	if (FCGX_Init() != 0 ||
	    FCGX_InitRequest(&server.fcgi, settings->listen_fd, 0) != 0)
		return fault_set(f, FAULT_INTERNAL, "http: libfcgi");
	if (timer_prepare(f) != 0)
		return -1;
	while ((r = wait_for_connection(settings, f)) > 0) {
		timer_set(timeout_ms);
		r = accept_request(&server, f);
		if (r < 0)
			break;
		if (r > 0)
			serve_request(&server, timeout_ms);
	}
	FCGX_Free(&server.fcgi, 1);
	return r;
}
