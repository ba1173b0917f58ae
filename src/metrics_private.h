/*
 * The counters themselves, which metrics.c moves and metrics_text.c shows.
 */
#ifndef ATTESTRY_METRICS_PRIVATE_H
#define ATTESTRY_METRICS_PRIVATE_H

#include <stdatomic.h>
#include <time.h>

#include "metrics.h"

/* A lock would stay locked by a process that was killed. */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
    "counters without locks");

/* What a reply's status counts as; one more for any other. */
#define METRICS_STATUSES \
	200, 204, 304, 400, 404, 405, 413, 415, 422, 429, 499, 500, 503
#define METRICS_STATUSES_NUM 13

/* Upper ends of a histogram's buckets; one more has no end. */
#define METRICS_BUCKETS_US \
	1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, \
	1000000, 2500000, 5000000, 10000000, 30000000
#define METRICS_BUCKETS_NUM 14

/* How many were observed is the sum of its buckets: it cannot disagree. */
struct metrics_histogram {
	atomic_ullong buckets[METRICS_BUCKETS_NUM + 1];
	atomic_ullong sum_us;
};

enum metrics_fetch {
	METRICS_SKIPPED = PCS_FAILED + 1, /* behind enum pcs_outcome */
	METRICS_FETCH__MAX
};

/* Of one process, by its place. */
struct metrics_place {
	atomic_int kind; /* enum metrics_kind */
	atomic_int num_parked;
};

enum metrics_kind { METRICS_NOBODY, METRICS_WORKER, METRICS_KEEPER,
	METRICS_KIND__MAX };

struct metrics_board {
	/* The last route is for those that have none. */
	atomic_ullong requests[METRICS_ROUTES_NUM_MAX + 1]
	    [METRICS_STATUSES_NUM + 1];
	struct metrics_histogram took[METRICS_ROUTES_NUM_MAX + 1];
	struct metrics_histogram queued;
	struct metrics_histogram parked;
	atomic_ullong verdicts[2][TCB_STATUS__MAX]; /* [is_tdx] */
	atomic_ullong refusals[FAULT__MAX];
	atomic_ullong lookups[2]; /* [is_hit] */
	atomic_ullong fetches[METRICS_SOURCES_NUM_MAX][METRICS_FETCH__MAX];
	atomic_ullong suspects;
	atomic_ullong starts[METRICS_KIND__MAX];
	atomic_ullong deaths[METRICS_KIND__MAX];
	struct metrics_place places[];
};

struct metrics {
	struct metrics_board *board; /* shared */
	size_t board_len;
	/* The rest each process has a copy of, as it was at the fork. */
	const char *routes[METRICS_ROUTES_NUM_MAX];
	size_t num_routes;
	size_t num_sources;
	int num_places, num_workers;
	int place; /* of this process; -1: it has none */
	time_t started_at;
};

#endif
