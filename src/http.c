#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "clock.h"
#include "http_private.h"
#include "log.h"

/* A pause before accepting again when the system is out of something. */
#define EXHAUSTED_PAUSE_MS 100

/* What a worker that can park no more leaves to the others, for so long. */
#define LEAVE_MS 2

/* From one round through the parked requests to the next. */
#define ROUND_MS 10

struct server {
	const struct http_settings *settings;
	struct http_queues queues;
	int timeout_ms;
	uint64_t num_requests;
	struct exchange *current; /* for what is accepted next */
	struct exchange *spare;	  /* to take its place; NULL: none yet */

	/* Requests that are settled together, soon. */
	struct exchange *deferred[HTTP_DEFERRED_NUM_MAX];
	int num_deferred;
	int num_since; /* requests since the first of them, and it */

	/*
	 * Oldest first. When there is news they are called again, one at a
	 * time: between two of them new requests have their turn.
	 */
	struct exchange *parked[HTTP_PARKED_NUM_MAX];
	int num_parked;
	int next; /* of this round; num_parked: it is over */
	unsigned int news; /* as of when the round began */
	int64_t round_at_ms;

	bool is_stopping;
	int64_t stop_at_ms;
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

/* What can be answered without the handler. */
static void
reply_to_arrival(enum arrival arrival, struct http_reply *reply)
{
	if (arrival == ARRIVAL_BAD_LENGTH)
		http_reply_error(reply, 400,
		    "{\"detail\":\"Invalid Content-Length\"}");
	else if (arrival == ARRIVAL_CUT_SHORT)
		http_reply_error(reply, 400,
		    "{\"detail\":\"Request body is incomplete\"}");
	else
		http_reply_internal_error(reply);
}

static void
answer(struct server *server, struct exchange *x, struct http_reply *reply)
{
	timer_set(server->timeout_ms);
	exchange_answer(x, reply);
	exchange_end(x);
	timer_set(0);
	http_reply_clear(reply);
}

static void
drop(struct exchange *x)
{
	exchange_log_gone(x);
	exchange_end(x);
}

/* Calls the handler; answers, unless the request is to be kept open. */
static enum http_outcome
attempt(struct server *server, struct exchange *x)
{
	const struct http_settings *s = server->settings;
	struct http_reply reply = { 0 };
	enum http_outcome outcome;

	outcome = s->handler(s->ctx, &x->request, &reply);
	if ((outcome == HTTP_PARK && x->request.may_park) ||
	    (outcome == HTTP_DEFER && x->request.may_defer)) {
		x->route = reply.route;
		http_reply_clear(&reply);
		return outcome;
	}
	answer(server, x, &reply);
	return HTTP_ANSWERED;
}

static unsigned int
read_news(const struct server *server)
{
	const struct http_settings *s = server->settings;

	return s->news != NULL ? s->news(s->ctx) : 0;
}

/* Something to accept the next request with. */
static bool
has_spare(struct server *server)
{
	if (server->spare == NULL)
		server->spare = exchange_new(server->settings->metrics);
	return server->spare != NULL;
}

/* The one that was accepted last stays open. */
static struct exchange *
keep_open(struct server *server)
{
	struct exchange *x = server->current;

	server->current = server->spare;
	server->spare = NULL;
	return x;
}

/* It has been ended. */
static void
release(struct server *server, struct exchange *x)
{
	if (server->spare == NULL)
		server->spare = x;
	else
		exchange_free(x);
}

static bool
can_park(struct server *server)
{
	return server->settings->park_ms > 0 &&
	    server->num_parked < HTTP_PARKED_NUM_MAX && has_spare(server);
}

static void
park(struct server *server)
{
	/*
	 * A round that is over stays so; but one that could not wait because
	 * others were deferred is tried again when they are not any more.
	 */
	if (server->next == server->num_parked && server->num_deferred == 0)
		server->next++;
	server->current->parked_at_us = clock_us();
	server->parked[server->num_parked++] = keep_open(server);
	metrics_set_parked(server->settings->metrics, server->num_parked);
}

/* A parked request has been ended. */
static void
unpark(struct server *server, int i)
{
	struct exchange *x = server->parked[i];

	server->num_parked--;
	metrics_set_parked(server->settings->metrics, server->num_parked);
	memmove(&server->parked[i], &server->parked[i + 1],
	    (size_t)(server->num_parked - i) * sizeof(*server->parked));
	if (server->next > i)
		server->next--;
	release(server, x);
}

/* Only with a body: what just reads has nothing to be done with others. */
static bool
can_defer(struct server *server, const struct exchange *x)
{
	return server->settings->settle != NULL && x->request.body.len > 0 &&
	    server->num_deferred < HTTP_DEFERRED_NUM_MAX &&
	    (server->num_deferred > 0 || (!server->is_stopping &&
	    http_queues_has_waiting(&server->queues))) &&
	    has_spare(server);
}

/* Nothing that takes long is begun for them: it has been done. */
static void
settle(struct server *server)
{
	struct exchange *x;
	int i;

	server->settings->settle(server->settings->ctx);
	for (i = 0; i < server->num_deferred; i++) {
		x = server->deferred[i];
		x->request.may_park = false;
		x->request.may_defer = false;
		attempt(server, x);
		release(server, x);
	}
	server->num_deferred = 0;
	server->num_since = 0;
}

/* From an accepted request to its log line, or to where it is parked. */
static void
serve_request(struct server *server)
{
	struct exchange *x = server->current;
	struct http_reply reply = { 0 };
	enum arrival arrival;

	arrival = exchange_read(x, server->settings->body_max,
	    ++server->num_requests);
	timer_set(0);
	if (exchange_is_gone(x)) {
		drop(x);
		return;
	}
	if (arrival != ARRIVAL_WHOLE) {
		reply_to_arrival(arrival, &reply);
		answer(server, x, &reply);
		return;
	}
	if (server->num_parked == 0)
		server->news = read_news(server);
	x->request.may_park = can_park(server);
	/* those that are deferred would have to wait as well */
	x->request.may_wait = server->num_deferred == 0 ||
	    !x->request.may_park;
	x->request.may_defer = can_defer(server, x);
	switch (attempt(server, x)) {
	case HTTP_PARK:
		park(server);
		break;
	case HTTP_DEFER:
		server->deferred[server->num_deferred++] = keep_open(server);
		break;
	case HTTP_ANSWERED:
		break;
	}
	server->num_since += server->num_deferred > 0;
}

/* By when a parked request is answered, whatever comes. */
static int64_t
answer_by_ms(const struct server *server, const struct exchange *x)
{
	const struct http_settings *s = server->settings;
	int64_t by = x->accepted_at_us / 1000 + s->park_ms;
	int64_t stop = server->stop_at_ms + s->park_stop_ms;

	return server->is_stopping && stop < by ? stop : by;
}

/*
 * In the second half of its time nothing long is begun for a request any
 * more: it would not end in time, and hold up those that are parked beside it.
 */
static void
call_again(struct server *server, int i, int64_t now)
{
	struct exchange *x = server->parked[i];

	x->request.may_park = now < answer_by_ms(server, x);
	x->request.may_defer = false;
	x->request.may_wait = !server->is_stopping &&
	    now - x->accepted_at_us / 1000 < server->settings->park_ms / 2;
	if (attempt(server, x) == HTTP_ANSWERED)
		unpark(server, i);
}

/* One parked request at most: the oldest if it is due, or the round's next. */
static void
serve_parked(struct server *server)
{
	int64_t now = clock_ms();
	unsigned int news;
	int i = server->next;

	if (server->num_parked == 0)
		return;
	if (now >= answer_by_ms(server, server->parked[0])) {
		call_again(server, 0, now);
		return;
	}
	if (i < server->num_parked) {
		server->next++;
		call_again(server, i, now);
		return;
	}
	if (now - server->round_at_ms < ROUND_MS)
		return;
	news = read_news(server);
	if (news != server->news) {
		server->news = news;
		server->round_at_ms = now;
		server->next = 0;
	}
}

/* How long nothing happens by itself; -1: for ever. */
static int
next_timeout_ms(const struct server *server)
{
	int64_t now = clock_ms(), by;

	if (server->num_deferred > 0)
		return 0;
	if (server->num_parked == 0)
		return -1;
	by = answer_by_ms(server, server->parked[0]);
	if (server->next < server->num_parked || by <= now)
		return 0;
	return by - now < ROUND_MS ? (int)(by - now) : ROUND_MS;
}

/*
 * Drops the parked requests that nobody waits for any more.
 *
 * fds	as poll left them, in the order of the parked requests
 */
static void
drop_gone(struct server *server, const struct pollfd *fds)
{
	int i;

	for (i = server->num_parked - 1; i >= 0; i--)
		if (exchange_is_hung_up(fds[i].revents)) {
			drop(server->parked[i]);
			unpark(server, i);
		}
}

static void
begin_stop(struct server *server)
{
	if (server->is_stopping)
		return;
	server->is_stopping = true;
	server->stop_at_ms = clock_ms();
}

/*
 * Sleeps until there is something to do. Waits without accepting, so that
 * being told to stop cannot fall between a test and a blocking accept.
 *
 * Returns 1 for a connection, 0 for none, -1 when a socket is of no use.
 */
static int
wait_for_event(struct server *server, struct fault *f)
{
	const struct http_settings *s = server->settings;
	struct pollfd p[1 + HTTP_QUEUES_NUM + HTTP_PARKED_NUM_MAX];
	struct pollfd *queues = p + 1, *parked = queues + HTTP_QUEUES_NUM;
	int timeout_ms = next_timeout_ms(server);
	int i, num;

	p[0] = (struct pollfd){ s->stop_fd, POLLIN, 0 };
	http_queues_poll(&server->queues, queues);
	if (server->is_stopping)
		for (i = 0; i < 1 + HTTP_QUEUES_NUM; i++)
			p[i].fd = -1;
	for (i = 0; i < server->num_parked; i++)
		parked[i] = (struct pollfd){ server->parked[i]->fcgi.ipcFd,
			POLLRDHUP, 0 };
	num = poll(p, (nfds_t)(parked + i - p), timeout_ms < 0 ? 0 : timeout_ms);
	if (num < 0) {
		if (errno == EINTR)
			return 0;
		return fault_set(f, FAULT_INTERNAL, "http: poll: errno %d",
		    errno);
	}
	if (num == 0 && timeout_ms < 0)
		return http_queues_sleep(&server->queues, f);
	drop_gone(server, parked);
	if (p[0].revents != 0) {
		begin_stop(server);
		return 0;
	}
	return http_queues_choose(&server->queues, queues, f);
}

/* Whether accept may work again later; the request stays in the queue. */
static bool
is_passing(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM || error == EPERM;
}

/*
 * More than one worker may see a connection and one gets it; for the others
 * libfcgi returns EAGAIN, since the socket does not block.
 *
 * Returns 1 for a request, 0 for none, -1 when the socket is of no use.
 */
static int
accept_request(struct server *server, struct fault *f)
{
	int r;

	if (server->num_parked == HTTP_PARKED_NUM_MAX)
		poll(NULL, 0, LEAVE_MS);
	server->current->fcgi.listen_sock =
	    server->queues.fds[server->queues.turn];
	timer_set(server->timeout_ms);
	r = FCGX_Accept_r(&server->current->fcgi);
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

static int
run(struct server *server, struct fault *f)
{
	int r;

	while (!server->is_stopping || server->num_parked > 0 ||
	    server->num_deferred > 0) {
		r = wait_for_event(server, f);
		if (r > 0) {
			r = accept_request(server, f);
			if (r > 0)
				serve_request(server);
		}
		if (r < 0)
			return -1;
		if (server->num_deferred > 0 &&
		    (r == 0 || server->num_since >= HTTP_DEFERRED_NUM_MAX))
			settle(server);
		if (server->num_deferred == 0)
			serve_parked(server);
	}
	return 0;
}

int
http_serve(const struct http_settings *settings, struct fault *f)
{
	struct server server = {
		.settings = settings,
		.timeout_ms = settings->io_timeout_ms > 0 ?
		    settings->io_timeout_ms : HTTP_IO_TIMEOUT_MS,
	};
	int r;

	if (FCGX_Init() != 0)
		return fault_set(f, FAULT_INTERNAL, "http: libfcgi");
	if (timer_prepare(f) != 0)
		return -1;
	r = http_queues_open(&server.queues, settings->listen_fds,
	    settings->stop_fd, f);
	if (r == 0) {
		server.current = exchange_new(settings->metrics);
		r = server.current == NULL ? fault_set_memory(f) :
		    run(&server, f);
	}
	while (server.num_deferred > 0)
		exchange_free(server.deferred[--server.num_deferred]);
	while (server.num_parked > 0)
		exchange_free(server.parked[--server.num_parked]);
	exchange_free(server.spare);
	exchange_free(server.current);
	http_queues_close(&server.queues);
	return r;
}
