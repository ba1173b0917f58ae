/*
 * The counters as text. Source: Prometheus, "Exposition formats", text format
 * 0.0.4; "Metric and label naming".
 */
#include <stdio.h>
#include <stdlib.h>

#include "metrics_private.h"

static const int statuses[METRICS_STATUSES_NUM] = { METRICS_STATUSES };
static const int64_t buckets_us[METRICS_BUCKETS_NUM] = { METRICS_BUCKETS_US };

static uint64_t
read_counter(const atomic_ullong *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void
write_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP attestry_%s %s\n# TYPE attestry_%s %s\n", name,
	    help, name, type);
}

/* One without labels. */
static void
write_one(FILE *out, const char *name, const char *type, const char *help,
    uint64_t value)
{
	write_head(out, name, type, help);
	fprintf(out, "attestry_%s %llu\n", name, (unsigned long long)value);
}

static const char *
route_name(const struct metrics *m, size_t i)
{
	return i < m->num_routes ? m->routes[i] : "none";
}

/* From one route to the next; the last is that of none. */
static size_t
next_route(const struct metrics *m, size_t i)
{
	i++;
	return i >= m->num_routes && i < METRICS_ROUTES_NUM_MAX ?
	    METRICS_ROUTES_NUM_MAX : i;
}

static void
write_requests(FILE *out, const struct metrics *m)
{
	uint64_t value;
	size_t i, s;

	write_head(out, "requests_total", "counter",
	    "Requests that have ended, by route and status (499: nobody "
	    "waited for the answer any more).");
	for (i = 0; i <= METRICS_ROUTES_NUM_MAX; i = next_route(m, i))
		for (s = 0; s <= METRICS_STATUSES_NUM; s++) {
			value = read_counter(&m->board->requests[i][s]);
			if (value == 0)
				continue;
			fprintf(out, "attestry_requests_total{route=\"%s\",",
			    route_name(m, i));
			if (s < METRICS_STATUSES_NUM)
				fprintf(out, "status=\"%d\"} ", statuses[s]);
			else
				fprintf(out, "status=\"other\"} ");
			fprintf(out, "%llu\n", (unsigned long long)value);
		}
}

/* labels: "" or what stands before le, with its comma */
static void
write_histogram(FILE *out, const char *name, const char *labels,
    const struct metrics_histogram *h)
{
	uint64_t num = 0, sum_us = read_counter(&h->sum_us);
	int len = 0;
	size_t i;

	for (i = 0; i <= METRICS_BUCKETS_NUM; i++) {
		num += read_counter(&h->buckets[i]);
		fprintf(out, "attestry_%s_bucket{%sle=\"", name, labels);
		if (i < METRICS_BUCKETS_NUM)
			fprintf(out, "%g", (double)buckets_us[i] / 1e6);
		else
			fprintf(out, "+Inf");
		fprintf(out, "\"} %llu\n", (unsigned long long)num);
	}
	while (labels[len] != '\0' && labels[len] != ',')
		len++;
	fprintf(out, "attestry_%s_sum%s%.*s%s %llu.%06llu\n", name,
	    len > 0 ? "{" : "", len, labels, len > 0 ? "}" : "",
	    (unsigned long long)(sum_us / 1000000),
	    (unsigned long long)(sum_us % 1000000));
	fprintf(out, "attestry_%s_count%s%.*s%s %llu\n", name,
	    len > 0 ? "{" : "", len, labels, len > 0 ? "}" : "",
	    (unsigned long long)num);
}

static bool
is_used(const struct metrics_histogram *h)
{
	size_t i;

	for (i = 0; i <= METRICS_BUCKETS_NUM; i++)
		if (read_counter(&h->buckets[i]) > 0)
			return true;
	return false;
}

static void
write_times(FILE *out, const struct metrics *m)
{
	char label[64];
	size_t i;

	write_head(out, "request_duration_seconds", "histogram",
	    "From when a worker accepted a request to the end of its answer, "
	    "by route.");
	for (i = 0; i <= METRICS_ROUTES_NUM_MAX; i = next_route(m, i)) {
		if (!is_used(&m->board->took[i]))
			continue;
		snprintf(label, sizeof(label), "route=\"%s\",",
		    route_name(m, i));
		write_histogram(out, "request_duration_seconds", label,
		    &m->board->took[i]);
	}
	write_head(out, "queue_wait_seconds", "histogram",
	    "From when the front turned to the pool (nginx) or had read a "
	    "request's header (Apache) to when a worker accepted it, by the "
	    "machine's clock and to a millisecond; of requests whose front "
	    "says when (ATTESTRY_FRONT_AT).");
	write_histogram(out, "queue_wait_seconds", "", &m->board->queued);
	write_head(out, "parked_seconds", "histogram",
	    "How long requests that waited for a source of collateral were "
	    "parked.");
	write_histogram(out, "parked_seconds", "", &m->board->parked);
}

static void
write_verdicts(FILE *out, const struct metrics *m)
{
	const struct metrics_board *b = m->board;
	const char *status;
	int i, code;

	write_head(out, "verdicts_total", "counter",
	    "Verdicts reached, of uploads and by the keeper, by tee and TCB "
	    "status (none: it could not be determined).");
	for (i = 0; i < 2 * TCB_STATUS__MAX; i++) {
		status = tcb_status_name(i % TCB_STATUS__MAX);
		fprintf(out, "attestry_verdicts_total{tee=\"%s\","
		    "tcb_status=\"%s\"} %llu\n",
		    tee_name(i < TCB_STATUS__MAX ? TEE_SGX : TEE_TDX),
		    status != NULL ? status : "none",
		    (unsigned long long)read_counter(&b->verdicts
		    [i / TCB_STATUS__MAX][i % TCB_STATUS__MAX]));
	}
	write_head(out, "refusals_total", "counter",
	    "Verdicts that are not \"verified\", and uploads without a "
	    "verdict, by reason.");
	for (code = FAULT_NONE + 1; code < FAULT__MAX; code++)
		fprintf(out, "attestry_refusals_total{reason=\"%s\"} %llu\n",
		    fault_reason(code),
		    (unsigned long long)read_counter(&b->refusals[code]));
}

static void
write_collateral(FILE *out, const struct metrics *m)
{
	static const char *const results[METRICS_FETCH__MAX] = {
		[PCS_GOOD] = "good",
		[PCS_UNKNOWN] = "unknown",
		[PCS_BUSY] = "busy",
		[PCS_FAILED] = "failed",
		[METRICS_SKIPPED] = "skipped",
	};
	const struct metrics_board *b = m->board;
	size_t source;
	int i;

	write_head(out, "collateral_lookups_total", "counter",
	    "How often the memory of a process had fresh collateral for a "
	    "platform (hit), or database and sources were asked (miss).");
	for (i = 0; i < 2; i++)
		fprintf(out, "attestry_collateral_lookups_total"
		    "{result=\"%s\"} %llu\n", i == 0 ? "miss" : "hit",
		    (unsigned long long)read_counter(&b->lookups[i]));
	write_head(out, "collateral_fetches_total", "counter",
	    "How asking a source of collateral ended (skipped: it is left "
	    "alone for now), by its place in ATTESTRY_PCS_URL, from 0.");
	for (source = 0; source < m->num_sources; source++)
		for (i = 0; i < METRICS_FETCH__MAX; i++)
			fprintf(out, "attestry_collateral_fetches_total"
			    "{source=\"%zu\",result=\"%s\"} %llu\n", source,
			    results[i], (unsigned long long)read_counter(
			    &b->fetches[source][i]));
}

static const char *const kind_names[METRICS_KIND__MAX] = {
	[METRICS_WORKER] = "worker",
	[METRICS_KEEPER] = "keeper",
};

/* A counter for each kind of process. */
static void
write_by_kind(FILE *out, const char *name, const char *help,
    const atomic_ullong *counters)
{
	int kind;

	write_head(out, name, "counter", help);
	for (kind = METRICS_WORKER; kind < METRICS_KIND__MAX; kind++)
		fprintf(out, "attestry_%s{kind=\"%s\"} %llu\n", name,
		    kind_names[kind],
		    (unsigned long long)read_counter(&counters[kind]));
}

static void
write_processes(FILE *out, const struct metrics *m)
{
	uint64_t alive[METRICS_KIND__MAX] = { 0 }, parked = 0;
	int i, kind;

	for (i = 0; i < m->num_places; i++) {
		alive[atomic_load(&m->board->places[i].kind)]++;
		parked += (uint64_t)atomic_load(
		    &m->board->places[i].num_parked);
	}
	write_head(out, "processes", "gauge",
	    "Processes that are alive, by kind.");
	for (kind = METRICS_WORKER; kind < METRICS_KIND__MAX; kind++)
		fprintf(out, "attestry_processes{kind=\"%s\"} %llu\n",
		    kind_names[kind], (unsigned long long)alive[kind]);
	write_one(out, "workers_wanted", "gauge",
	    "Workers that there should be.", (uint64_t)m->num_workers);
	write_by_kind(out, "process_starts_total",
	    "Processes that were started, by kind.", m->board->starts);
	write_by_kind(out, "process_deaths_total",
	    "Processes that ended without being told to, by kind.",
	    m->board->deaths);
	write_one(out, "suspects_total", "counter",
	    "Uploads that processes died of, and that are judged no more.",
	    read_counter(&m->board->suspects));
	write_one(out, "parked_requests", "gauge",
	    "Requests that wait for a source of collateral, parked.", parked);
}

static void
write_all(FILE *out, const struct metrics *m, const struct seats *seats)
{
	write_head(out, "build_info", "gauge", "The program; always 1.");
	fprintf(out, "attestry_build_info{version=\"%s\"} 1\n",
	    PACKAGE_VERSION);
	write_one(out, "start_time_seconds", "gauge",
	    "When the pool was started, in seconds since 1970.",
	    (uint64_t)m->started_at);
	write_processes(out, m);
	write_one(out, "seats", "gauge",
	    "Workers that may wait for a source of collateral at one time.",
	    (uint64_t)seats_num(seats));
	write_one(out, "seats_taken", "gauge", "Workers that do.",
	    (uint64_t)seats_num_taken(seats));
	write_requests(out, m);
	write_times(out, m);
	write_verdicts(out, m);
	write_collateral(out, m);
}

char *
metrics_text_new(const struct metrics *m, const struct seats *seats,
    size_t *out_len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, out_len);
	bool has_failed;

	if (out == NULL)
		return NULL;
	write_all(out, m, seats);
	has_failed = ferror(out) != 0;
	if (fclose(out) == 0 && !has_failed)
		return text;
	free(text);
	return NULL;
}
