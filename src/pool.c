#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "pool.h"

/* While stopping: how often to look whether the queue is empty. */
#define QUEUE_LOOK_MS 5

struct worker {
	pid_t pid;
	unsigned int generation; /* which HUP it was started after */
	bool is_keeper; /* does not serve */
	bool is_ready; /* or was, if it is dead */
	bool is_stopping; /* was told to leave */
	int64_t started_at_ms, stop_by_ms;
	int ready_fd; /* -1: nothing more to come */
	int place;    /* of metrics.h */
};

/* How starts are put off when processes of one kind die young. */
struct backoff {
	int ms;			/* the pause after the next young death */
	int64_t start_after_ms; /* none is started before */
};

struct pool {
	const struct pool_settings *settings;
	sigset_t old_mask;
	int signal_fd;
	pid_t master;
	int num_wanted;
	int drain_ms;

	/*
	 * In the order in which they were started: num_wanted, one more while
	 * they are replaced, one that is stopping, and the keeper.
	 */
	struct worker *workers;
	int num_workers;
	unsigned int generation;

	struct backoff backoff[2]; /* [is_keeper] */

	bool is_stopping;
	bool is_queue_served;	  /* while stopping: workers were told */
	int64_t stop_by_ms;
};

/* The signals that end a worker. */
static sigset_t
stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return set;
}

/* What the child does before it is a worker. Ends the process on failure. */
static void
worker_prepare(struct pool *pool, struct pool_worker *w)
{
	sigset_t stop = stop_signals(), mask = pool->old_mask;
	int i;

	/* pending signals survive until the new signalfd shows them */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 ||
	    getppid() != pool->master)
		_exit(EXIT_FAILURE);
	w->stop_fd = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	if (w->stop_fd < 0 || sigprocmask(SIG_SETMASK, &mask, NULL) != 0)
		_exit(EXIT_FAILURE);
	close(pool->signal_fd);
	for (i = 0; i < pool->num_workers; i++)
		if (pool->workers[i].ready_fd >= 0)
			close(pool->workers[i].ready_fd);
	free(pool->workers);
}

static _Noreturn void
worker_run(struct pool *pool, bool is_keeper, int ready_fd)
{
	const struct pool_settings *s = pool->settings;
	struct pool_worker w = {
		.stop_fd = -1,
		.ready_fd = ready_fd,
	};
	int i;

	for (i = 0; i < LISTEN_NUM; i++)
		w.listen_fds[i] = s->listeners->of[i].fd;
	worker_prepare(pool, &w);
	exit(is_keeper ? s->keep(s->ctx, &w) : s->work(s->ctx, &w));
}

void
pool_worker_ready(const struct pool_worker *worker)
{
	/* when the master is gone, stop_fd tells soon enough */
	if (write(worker->ready_fd, "1", 1) != 1)
		return;
}

/*
 * A worker died young: the next start is at once, the one after it in
 * POOL_BACKOFF_MIN_MS, then in twice as long each time, up to max_ms.
 */
static void
back_off(struct backoff *b, int max_ms)
{
	int64_t now = clock_ms();

	if (now < b->start_after_ms)
		return; /* of the same wave */
	if (now - b->start_after_ms >= POOL_YOUNG_MS)
		b->ms = 0; /* the last ones have lived */
	if (b->ms > max_ms)
		b->ms = max_ms;
	b->start_after_ms = now + b->ms;
	b->ms = b->ms == 0 ? POOL_BACKOFF_MIN_MS : 2 * b->ms;
}

static void
log_step(const char *event, const struct worker *w)
{
	log_event(LOG_LEVEL_DEBUG, event,
	    LOG_NUMBER(w->is_keeper ? "keeper" : "worker", w->pid));
}

static void
start_worker(struct pool *pool, bool is_keeper)
{
	struct backoff *b = &pool->backoff[is_keeper];
	struct worker *w = &pool->workers[pool->num_workers];
	int ready[2], place;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC | O_NONBLOCK) != 0) {
		log_event(LOG_LEVEL_ERROR, "worker_start",
		    LOG_TEXT("message", strerror(errno)));
		back_off(b, POOL_BACKOFF_MAX_MS);
		return;
	}
	fflush(NULL);
	place = metrics_admit(pool->settings->metrics, is_keeper);
	pid = fork();
	if (pid == 0) {
		close(ready[0]);
		worker_run(pool, is_keeper, ready[1]);
	}
	close(ready[1]);
	if (pid < 0) {
		log_event(LOG_LEVEL_ERROR, "worker_start",
		    LOG_TEXT("message", strerror(errno)));
		metrics_bury(pool->settings->metrics, place, true);
		close(ready[0]);
		back_off(b, POOL_BACKOFF_MAX_MS);
		return;
	}
	*w = (struct worker){
		.pid = pid,
		.generation = pool->generation,
		.is_keeper = is_keeper,
		.started_at_ms = clock_ms(),
		.ready_fd = ready[0],
		.place = place,
	};
	pool->num_workers++;
	log_step("worker_start", w);
}

static void
stop_worker(struct pool *pool, struct worker *w)
{
	if (w->is_stopping)
		return;
	w->is_stopping = true;
	w->stop_by_ms = clock_ms() + pool->drain_ms;
	log_step("worker_stop", w);
	kill(w->pid, SIGTERM);
}

static void
log_death(const struct worker *w, int status)
{
	log_event(LOG_LEVEL_WARNING, "worker_died",
	    LOG_NUMBER(w->is_keeper ? "keeper" : "worker", w->pid),
	    LOG_NUMBER(WIFSIGNALED(status) ? "signal" : "exit_status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)),
	    LOG_NUMBER("lived_ms", clock_ms() - w->started_at_ms));
}

/* Whether an upload is to blame, which is judged no more from now on. */
static void
look_at_hands(struct pool *pool, const struct worker *w, int status)
{
	uint8_t checksum[SHA256_LEN];
	char text[2 * SHA256_LEN + 1];

	if (!suspects_bury(pool->settings->suspects, w->pid, status,
	    checksum))
		return;
	hex_encode(text, BYTES_OF(checksum));
	metrics_count_suspect(pool->settings->metrics);
	log_event(LOG_LEVEL_ERROR, "suspect",
	    LOG_NUMBER(w->is_keeper ? "keeper" : "worker", w->pid),
	    LOG_TEXT("checksum", text),
	    LOG_TEXT("message", "processes die of this upload: it is judged "
	    "no more until the pool is started anew"));
}

/* A worker is gone: asked to, or to be replaced. */
static void
bury(struct pool *pool, int i, int status)
{
	struct worker *w = &pool->workers[i];
	struct backoff *b = &pool->backoff[w->is_keeper];

	if (w->is_stopping)
		log_step("worker_left", w);
	else {
		log_death(w, status);
		if (clock_ms() - w->started_at_ms < POOL_YOUNG_MS)
			back_off(b, w->is_ready ? POOL_BACKOFF_READY_MAX_MS :
			    POOL_BACKOFF_MAX_MS);
		else
			b->ms = 0;
	}
	look_at_hands(pool, w, status);
	metrics_bury(pool->settings->metrics, w->place, !w->is_stopping);
	if (w->ready_fd >= 0)
		close(w->ready_fd);
	pool->num_workers--;
	memmove(w, w + 1, (size_t)(pool->num_workers - i) * sizeof(*w));
}

static void
reap(struct pool *pool)
{
	int status, i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < pool->num_workers; i++)
			if (pool->workers[i].pid == pid) {
				bury(pool, i, status);
				break;
			}
}

/* Returns whether one was started. */
static bool
try_start(struct pool *pool, bool is_keeper)
{
	int num = pool->num_workers;

	if (clock_ms() >= pool->backoff[is_keeper].start_after_ms)
		start_worker(pool, is_keeper);
	return pool->num_workers > num;
}

/* The keeper is replaced when it has left: nobody waits for it. */
static void
balance_keeper(struct pool *pool)
{
	struct worker *w;

	if (pool->settings->keep == NULL)
		return;
	for (w = pool->workers; w < pool->workers + pool->num_workers; w++)
		if (w->is_keeper) {
			if (w->generation != pool->generation)
				stop_worker(pool, w);
			return;
		}
	try_start(pool, true);
}

/*
 * One step towards the wanted number of workers of the newest generation;
 * called until there is nothing to do. While workers are being replaced there
 * is one more than wanted, so that as many as wanted always serve.
 *
 * Returns whether something was done.
 */
static bool
balance(struct pool *pool)
{
	struct worker *outdated = NULL, *w;
	struct worker *newest = NULL;
	bool is_settled = true;
	int i, num_staying = 0;

	for (i = 0; i < pool->num_workers; i++) {
		w = &pool->workers[i];
		if (w->is_keeper)
			continue;
		if (w->is_stopping || !w->is_ready)
			is_settled = false;
		if (w->is_stopping)
			continue;
		num_staying++;
		newest = w;
		if (w->generation != pool->generation && outdated == NULL)
			outdated = w;
	}
	if (num_staying < pool->num_wanted)
		return try_start(pool, false);
	if (!is_settled)
		return false;
	if (num_staying > pool->num_wanted) {
		stop_worker(pool, outdated != NULL ? outdated : newest);
		return true;
	}
	return outdated != NULL && try_start(pool, false);
}

/* Those of our own sockets: with none of them, it is. */
static bool
is_queue_empty(const struct pool *pool)
{
	const struct listener *l = pool->settings->listeners->of;
	struct pollfd p[LISTEN_NUM];
	int i;

	for (i = 0; i < LISTEN_NUM; i++)
		p[i] = (struct pollfd){ l[i].is_made ? l[i].fd : -1, POLLIN,
			0 };
	return poll(p, LISTEN_NUM, 0) == 0;
}

/*
 * Stopping: first no more connections arrive (a unix socket of ours loses its
 * name) and the workers empty the queue, for half of the time at most; then
 * they are told to leave. A socket that somebody else holds keeps its queue
 * for the next server.
 */
static void
begin_stop(struct pool *pool)
{
	struct worker *w;

	if (pool->is_stopping)
		return;
	for (w = pool->workers; w < pool->workers + pool->num_workers; w++)
		if (w->is_keeper)
			stop_worker(pool, w);
	pool->is_stopping = true;
	pool->stop_by_ms = clock_ms() + pool->drain_ms;
	listeners_unlink(pool->settings->listeners);
	log_event(LOG_LEVEL_INFO, "pool_stop");
}

static void
go_on_stopping(struct pool *pool)
{
	int i;

	if (!pool->is_queue_served && pool->num_workers > 0 &&
	    !is_queue_empty(pool) &&
	    clock_ms() < pool->stop_by_ms - pool->drain_ms / 2)
		return;
	pool->is_queue_served = true;
	for (i = 0; i < pool->num_workers; i++)
		stop_worker(pool, &pool->workers[i]);
}

/* Who does not leave in time is made to; it may have work that hangs. */
static void
kill_late(struct pool *pool)
{
	struct worker *w;

	for (w = pool->workers; w < pool->workers + pool->num_workers; w++)
		if (w->is_stopping && clock_ms() >= w->stop_by_ms) {
			log_event(LOG_LEVEL_WARNING, "worker_killed",
			    LOG_NUMBER("worker", w->pid));
			w->stop_by_ms = INT64_MAX;
			kill(w->pid, SIGKILL);
		}
}

/* How long nothing happens by itself; -1: for ever. */
static int
next_timeout_ms(const struct pool *pool)
{
	const struct worker *w;
	int64_t now = clock_ms(), next = INT64_MAX;
	int i;

	if (pool->is_stopping && !pool->is_queue_served)
		return QUEUE_LOOK_MS;
	for (i = 0; i < 2 && !pool->is_stopping; i++)
		if (pool->backoff[i].start_after_ms > now &&
		    pool->backoff[i].start_after_ms < next)
			next = pool->backoff[i].start_after_ms;
	for (w = pool->workers; w < pool->workers + pool->num_workers; w++)
		if (w->is_stopping && w->stop_by_ms < next)
			next = w->stop_by_ms;
	if (next == INT64_MAX)
		return -1;
	return next > now ? (int)(next - now) : 0;
}

static void
take_signals(struct pool *pool)
{
	struct signalfd_siginfo info;

	while (read(pool->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			begin_stop(pool);
		if (info.ssi_signo == SIGHUP && !pool->is_stopping) {
			pool->generation++;
			log_event(LOG_LEVEL_INFO, "pool_restart");
		}
	}
}

/* A worker says that it is ready, or its end of the pipe is closed. */
static void
take_ready(struct pool *pool)
{
	struct worker *w;
	ssize_t len;
	char c;

	for (w = pool->workers; w < pool->workers + pool->num_workers; w++) {
		if (w->ready_fd < 0)
			continue;
		len = read(w->ready_fd, &c, 1);
		if (len < 0)
			continue;
		w->is_ready = len == 1;
		if (w->is_ready)
			log_step("worker_ready", w);
		close(w->ready_fd);
		w->ready_fd = -1;
	}
}

/* Sleeps until a signal, a worker's word, or the next deadline. */
static void
wait_for_event(struct pool *pool, struct pollfd *fds)
{
	int i;

	fds[0] = (struct pollfd){ pool->signal_fd, POLLIN, 0 };
	for (i = 0; i < pool->num_workers; i++)
		fds[i + 1] = (struct pollfd){ pool->workers[i].ready_fd,
			POLLIN, 0 }; /* -1 is passed over */
	poll(fds, (nfds_t)pool->num_workers + 1, next_timeout_ms(pool));
}

static void
run(struct pool *pool, struct pollfd *fds)
{
	for (;;) {
		take_signals(pool);
		take_ready(pool);
		reap(pool);
		kill_late(pool);
		if (pool->is_stopping)
			go_on_stopping(pool);
		else {
			balance_keeper(pool);
			while (balance(pool))
				continue;
		}
		if (pool->is_stopping && pool->num_workers == 0)
			return;
		wait_for_event(pool, fds);
	}
}

static int
open_signals(struct pool *pool, struct fault *f)
{
	sigset_t set = stop_signals();

	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	/* a front that hangs up is an error of write, not a death */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGCHLD, SIG_DFL) == SIG_ERR ||
	    sigprocmask(SIG_BLOCK, &set, &pool->old_mask) != 0)
		return fault_set(f, FAULT_INTERNAL, "pool: signals: %s",
		    strerror(errno));
	pool->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (pool->signal_fd < 0)
		return fault_set(f, FAULT_INTERNAL, "pool: signalfd: %s",
		    strerror(errno));
	return 0;
}

int
pool_num_workers(int num_workers)
{
	long num_cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (num_workers > 0)
		return num_workers;
	return POOL_WORKERS_PER_CORE * (num_cores > 0 ? (int)num_cores : 1);
}

int
pool_run(const struct pool_settings *settings, struct fault *f)
{
	struct pool pool = {
		.settings = settings,
		.signal_fd = -1,
		.master = getpid(),
		.num_wanted = pool_num_workers(settings->num_workers),
		.drain_ms = settings->drain_ms > 0 ? settings->drain_ms :
		    POOL_DRAIN_MS,
	};
	struct pollfd *fds;
	int r = -1;

	pool.workers = calloc((size_t)pool.num_wanted + 3,
	    sizeof(*pool.workers));
	fds = calloc((size_t)pool.num_wanted + 4, sizeof(*fds));
	if (pool.workers == NULL || fds == NULL) {
		fault_set_memory(f);
		goto out;
	}
	if (open_signals(&pool, f) != 0)
		goto out;
	log_event(LOG_LEVEL_INFO, "pool_start",
	    LOG_NUMBER("workers", pool.num_wanted));
	run(&pool, fds);
	listeners_close(settings->listeners);
	log_event(LOG_LEVEL_INFO, "pool_stopped");
	close(pool.signal_fd);
	sigprocmask(SIG_SETMASK, &pool.old_mask, NULL);
	r = 0;
out:
	free(fds);
	free(pool.workers);
	return r;
}
