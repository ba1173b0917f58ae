/*
 * What a pool's operator counts, in memory that all its processes share. Made
 * by the master before the first fork. Each counter is one atomic number that
 * only grows, so that a process that dies while it counts, however it dies,
 * costs at most that one count, and what it counted before stays.
 *
 * Labels are few and the program's own: no text of a client, no checksum, no
 * address of a source. Whatever is not in a list counts as "none" or "other".
 *
 * Every function takes NULL for a program that does not count.
 */
#ifndef ATTESTRY_METRICS_H
#define ATTESTRY_METRICS_H

#include "pcs_document.h"
#include "seats.h"
#include "verify.h"

#define METRICS_ROUTES_NUM_MAX 48
#define METRICS_SOURCES_NUM_MAX 8
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics;

/*
 * num_workers	as many processes may be admitted at one time, and a few more
 *
 * Free with metrics_free. Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int metrics_new(struct metrics **out, int num_workers,
    struct fault *f);

void metrics_free(struct metrics *m);

/*
 * Adds a name to this process's list of routes. Every process that counts
 * requests adds the same ones in the same order.
 *
 * name	a constant
 */
void metrics_add_route(struct metrics *m, const char *name);

/* How many sources of collateral this process knows. */
void metrics_set_num_sources(struct metrics *m, size_t num);

/* A request that has ended. Times are microseconds; -1: not known, or none. */
struct metrics_request {
	const char *route; /* NULL: none */
	int status;
	int64_t took_us;   /* from when a worker accepted it */
	int64_t queued_us; /* before that, since the front had it */
	int64_t parked_us; /* of took_us, while it was parked */
};

void metrics_count_request(struct metrics *m,
    const struct metrics_request *r);

/* How many requests this process has parked. */
void metrics_set_parked(struct metrics *m, int num);

/* A verdict that was reached. */
void metrics_count_verdict(struct metrics *m, enum tee tee,
    const struct verdict *v);

/* An upload for which none was. */
void metrics_count_no_verdict(struct metrics *m, enum fault_code reason);

/* Collateral was looked for in a process's memory. */
void metrics_count_lookup(struct metrics *m, bool is_hit);

/* A source was asked; its place in the list. */
void metrics_count_fetch(struct metrics *m, size_t source,
    enum pcs_outcome outcome);

/* The master has found an upload that processes die of. */
void metrics_count_suspect(struct metrics *m);

/* A source was not asked: it is left alone, or asked for patience. */
void metrics_count_skip(struct metrics *m, size_t source);

/*
 * For the master, before it forks: the child counts from this place on.
 *
 * Returns the place, which is then the child's until metrics_bury.
 */
int metrics_admit(struct metrics *m, bool is_keeper);

/* The process is gone. has_died: nobody had told it to. */
void metrics_bury(struct metrics *m, int place, bool has_died);

/*
 * All of it in Prometheus's text format, 0.0.4.
 *
 * seats	those of the pool
 *
 * Returns malloc'd text and its length, or NULL for want of memory.
 */
char *metrics_text_new(const struct metrics *m, const struct seats *seats,
    size_t *out_len);

#endif
