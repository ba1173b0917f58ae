#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "metrics_private.h"

/* Beside the workers wanted: one that comes, one that goes, the keeper. */
#define PLACES_MORE 3

static const int statuses[METRICS_STATUSES_NUM] = { METRICS_STATUSES };
static const int64_t buckets_us[METRICS_BUCKETS_NUM] = { METRICS_BUCKETS_US };

/* Nothing is ordered by a counter. */
static void
count(atomic_ullong *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* -1: there was none. */
static void
observe(struct metrics_histogram *h, int64_t us)
{
	size_t i = 0;

	if (us < 0)
		return;
	while (i < METRICS_BUCKETS_NUM && us > buckets_us[i])
		i++;
	count(&h->buckets[i], 1);
	count(&h->sum_us, (uint64_t)us);
}

int
metrics_new(struct metrics **out, int num_workers, struct fault *f)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return fault_set_memory(f);
	m->num_workers = num_workers;
	m->num_places = num_workers + PLACES_MORE;
	m->place = -1;
	m->started_at = time(NULL);
	m->board_len = sizeof(*m->board) +
	    (size_t)m->num_places * sizeof(m->board->places[0]);
	/* zeroed by the kernel, and zero is where counters begin */
	m->board = mmap(NULL, m->board_len, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (m->board == MAP_FAILED) {
		free(m);
		return fault_set(f, FAULT_INTERNAL,
		    "metrics: shared memory: %s", strerror(errno));
	}
	*out = m;
	return 0;
}

void
metrics_free(struct metrics *m)
{
	if (m == NULL)
		return;
	munmap(m->board, m->board_len);
	free(m);
}

void
metrics_add_route(struct metrics *m, const char *name)
{
	size_t i;

	if (m == NULL || m->num_routes == METRICS_ROUTES_NUM_MAX)
		return;
	for (i = 0; i < m->num_routes; i++)
		if (strcmp(m->routes[i], name) == 0)
			return;
	m->routes[m->num_routes++] = name;
}

void
metrics_set_num_sources(struct metrics *m, size_t num)
{
	if (m != NULL)
		m->num_sources = num < METRICS_SOURCES_NUM_MAX ? num :
		    METRICS_SOURCES_NUM_MAX;
}

static size_t
route_index(const struct metrics *m, const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < m->num_routes; i++)
		if (strcmp(m->routes[i], name) == 0)
			return i;
	return METRICS_ROUTES_NUM_MAX;
}

static size_t
status_index(int status)
{
	size_t i = 0;

	while (i < METRICS_STATUSES_NUM && statuses[i] != status)
		i++;
	return i;
}

void
metrics_count_request(struct metrics *m, const struct metrics_request *r)
{
	size_t route;

	if (m == NULL)
		return;
	route = route_index(m, r->route);
	count(&m->board->requests[route][status_index(r->status)], 1);
	observe(&m->board->took[route], r->took_us);
	observe(&m->board->queued, r->queued_us);
	observe(&m->board->parked, r->parked_us);
}

void
metrics_set_parked(struct metrics *m, int num)
{
	if (m != NULL && m->place >= 0)
		atomic_store(&m->board->places[m->place].num_parked, num);
}

void
metrics_count_verdict(struct metrics *m, enum tee tee,
    const struct verdict *v)
{
	if (m == NULL)
		return;
	count(&m->board->verdicts[tee == TEE_TDX][v->tcb_status], 1);
	if (!v->verified)
		count(&m->board->refusals[v->fault.code], 1);
}

void
metrics_count_no_verdict(struct metrics *m, enum fault_code reason)
{
	if (m != NULL)
		count(&m->board->refusals[reason], 1);
}

void
metrics_count_lookup(struct metrics *m, bool is_hit)
{
	if (m != NULL)
		count(&m->board->lookups[is_hit], 1);
}

void
metrics_count_fetch(struct metrics *m, size_t source,
    enum pcs_outcome outcome)
{
	if (m != NULL && source < METRICS_SOURCES_NUM_MAX)
		count(&m->board->fetches[source][outcome], 1);
}

void
metrics_count_skip(struct metrics *m, size_t source)
{
	if (m != NULL && source < METRICS_SOURCES_NUM_MAX)
		count(&m->board->fetches[source][METRICS_SKIPPED], 1);
}

void
metrics_count_suspect(struct metrics *m)
{
	if (m != NULL)
		count(&m->board->suspects, 1);
}

/* Places are the master's alone: nobody else takes one. */
int
metrics_admit(struct metrics *m, bool is_keeper)
{
	enum metrics_kind kind = is_keeper ? METRICS_KEEPER : METRICS_WORKER;
	struct metrics_place *p;
	int i;

	if (m == NULL)
		return -1;
	for (i = 0; i < m->num_places; i++) {
		p = &m->board->places[i];
		if (atomic_load(&p->kind) != METRICS_NOBODY)
			continue;
		atomic_store(&p->num_parked, 0);
		atomic_store(&p->kind, (int)kind);
		count(&m->board->starts[kind], 1);
		m->place = i;
		return i;
	}
	m->place = -1;
	return -1;
}

void
metrics_bury(struct metrics *m, int place, bool has_died)
{
	struct metrics_place *p;

	if (m == NULL || place < 0)
		return;
	p = &m->board->places[place];
	if (has_died)
		count(&m->board->deaths[atomic_load(&p->kind)], 1);
	atomic_store(&p->kind, METRICS_NOBODY);
	atomic_store(&p->num_parked, 0);
}
