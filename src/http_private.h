/*
 * One request behind FastCGI, from its first byte to its log line. For http*.c
 * alone.
 */
#ifndef ATTESTRY_HTTP_PRIVATE_H
#define ATTESTRY_HTTP_PRIVATE_H

#include <fcgiapp.h>

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

#endif
