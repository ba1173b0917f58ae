/*
 * What http*.c share: one request behind FastCGI, from its first byte to its
 * log line, and the sockets that requests come from.
 */
#ifndef ATTESTRY_HTTP_PRIVATE_H
#define ATTESTRY_HTTP_PRIVATE_H

#include <fcgiapp.h>
#include <poll.h>

#include "http.h"

/* A request with what it owns; its connection is open until it is ended. */
struct exchange {
	FCGX_Request fcgi;
	struct http_request request;
	char *path;
	uint8_t *body;
	void *memory; /* the handler's own */
	char request_id[HTTP_REQUEST_ID_LEN_MAX + 1];
	const char *route; /* as the handler said last; NULL: it has not */
	struct metrics *metrics;
	int64_t accepted_at_us;
	int64_t queued_us;    /* before that; -1: not known */
	int64_t parked_at_us; /* -1: it is not, nor was it */
};

/* What came of reading a request. */
enum arrival {
	ARRIVAL_WHOLE,
	ARRIVAL_BAD_LENGTH,
	ARRIVAL_CUT_SHORT,
	ARRIVAL_NO_MEMORY,
};

/*
 * For FCGX_Accept_r, one request after the other; free with exchange_free.
 * Returns NULL for want of memory.
 */
struct exchange *exchange_new(struct metrics *metrics);

/* Closes its connection if it has one. */
void exchange_free(struct exchange *x);

/*
 * Reads what was accepted just now; the texts are filled whatever comes of it.
 *
 * number	of the request in this process: for an id
 */
enum arrival exchange_read(struct exchange *x, size_t body_max,
    uint64_t number);

/* Whether the connection is hung up, if poll said so of it. */
bool exchange_is_hung_up(short revents);

/*
 * Whether the front hung up, because its client did or because it waited long
 * enough. Work for nobody is what makes an overload last.
 */
bool exchange_is_gone(const struct exchange *x);

/* Sends the reply; logs and counts the request. */
void exchange_answer(struct exchange *x, struct http_reply *reply);

/* Logs and counts that nobody waited for a reply. */
void exchange_log_gone(const struct exchange *x);

/*
 * Ends the request, and closes the connection when the front has, or after
 * two seconds. To be used again.
 */
void exchange_end(struct exchange *x);

/*
 * The sockets that requests of a worker wait at: to sleep until somebody waits
 * at one of them, and to choose which is served next.
 */
struct http_queues {
	const int *fds; /* HTTP_QUEUES_NUM of them, -1 for none */
	int turn;	/* whose it was */
	int idle_fd;	/* epoll: what wakes an idle worker */
};

/*
 * fds	HTTP_QUEUES_NUM listening sockets, -1 for none; made non-blocking,
 *	borrowed
 * stop_fd	wakes it too, when it is readable; borrowed
 *
 * Returns 0, or -1 (FAULT_INTERNAL); to be closed either way.
 */
int http_queues_open(struct http_queues *q, const int *fds, int stop_fd,
    struct fault *f);
void http_queues_close(struct http_queues *q);

/*
 * Sleeps until somebody may wait at one of them, stop_fd is readable, or for a
 * second: should a worker that was woken have died before it took a request,
 * another one finds it then. Whether somebody waits, and where, is for poll to
 * say.
 *
 * Returns 0, or -1 (FAULT_INTERNAL).
 */
int http_queues_sleep(const struct http_queues *q, struct fault *f);

/* What to poll for: HTTP_QUEUES_NUM places. */
void http_queues_poll(const struct http_queues *q, struct pollfd *out);

/* Whether somebody waits at one of them now. */
bool http_queues_has_waiting(const struct http_queues *q);

/*
 * Chooses the one that the next request comes from: of those at which somebody
 * waits, the next one after the last. It is `turn` then.
 *
 * polled	what http_queues_poll gave, as poll left it
 *
 * Returns 1, 0 when nobody waits, -1 when a socket is of no use
 * (FAULT_INTERNAL).
 */
int http_queues_choose(struct http_queues *q, const struct pollfd *polled,
    struct fault *f);

#endif
