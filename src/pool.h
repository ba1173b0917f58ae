/*
 * The prefork pool: a small master process that owns the listening sockets and
 * keeps a number of workers alive. The master answers to signals:
 *
 *	TERM, INT	stop: workers finish what they have, then all leave
 *	HUP		replace the workers one by one; each is stopped only
 *			when its successor is ready
 *
 * Beside the workers there may be one process that does not serve, the
 * keeper. It is stopped before the workers, and replaced when it has left.
 *
 * A worker that dies is replaced at once; when workers die young, with growing
 * pauses up to POOL_BACKOFF_MAX_MS, for ever, or only POOL_BACKOFF_READY_MAX_MS
 * when they had been ready: then it is not starting that fails, and whoever
 * can bring workers down must not keep them away. A worker whose master dies
 * leaves as on TERM.
 *
 * Under systemd: KillMode=mixed, so that TERM goes to the master alone.
 */
#ifndef ATTESTRY_POOL_H
#define ATTESTRY_POOL_H

#include "fault.h"
#include "listener.h"
#include "metrics.h"
#include "suspect.h"

#define POOL_WORKERS_PER_CORE 2
/* A worker that lived for less died young. */
#define POOL_YOUNG_MS 10000
#define POOL_BACKOFF_MIN_MS 100
#define POOL_BACKOFF_MAX_MS 5000
#define POOL_BACKOFF_READY_MAX_MS 200
/* How long stopping may take before KILL. */
#define POOL_DRAIN_MS 15000

/* What a worker is given. */
struct pool_worker {
	/* By enum listen_queue, -1 for none; non-blocking, shared with the
	 * other workers. */
	int listen_fds[LISTEN_NUM];
	int stop_fd;  /* readable when the worker is to leave */
	int ready_fd; /* the pool's own */
};

struct pool_settings {
	struct listeners *listeners;
	int num_workers; /* 0: POOL_WORKERS_PER_CORE for each core */
	int drain_ms;	 /* 0: POOL_DRAIN_MS */
	/*
	 * A whole worker process, in the child; what it returns is its exit
	 * status. TERM, INT and HUP are blocked: stop_fd tells.
	 */
	int (*work)(void *ctx, const struct pool_worker *worker);
	/* The same for the keeper; NULL: there is none. */
	int (*keep)(void *ctx, const struct pool_worker *worker);
	void *ctx;
	struct metrics *metrics; /* told of each process; may be NULL */
	struct suspects *suspects; /* told of each death; may be NULL */
};

/*
 * Starts the workers and keeps them until TERM or INT; by then the socket is
 * closed and the workers are gone. The calling process must have one thread.
 *
 * Returns 0 in the master when it was told to stop, -1 with FAULT_INTERNAL
 * when it could not begin. Does not return in a worker.
 */
MUST_USE int pool_run(const struct pool_settings *settings, struct fault *f);

/* How many workers a setting means: 0 is as many as the cores make. */
int pool_num_workers(int num_workers);

/* To be called by a worker that is about to serve. */
void pool_worker_ready(const struct pool_worker *worker);

#endif
