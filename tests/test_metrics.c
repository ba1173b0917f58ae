/*
 * The counters of a pool: what its processes count adds up, to the last one,
 * also when they are killed; and how it is shown.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "metrics.h"
#include "tap.h"

#define NUM_CHILDREN 8
#define NUM_REQUESTS 20000
#define NUM_KILLED 50

static struct metrics *m;
static struct seats *seats;

/* The value of the line that begins with `series`; -1: there is none. */
static double
value_of(const char *series)
{
	double value = -1;
	size_t len;
	char *text = metrics_text_new(m, seats, &len), *line, *rest = text;

	if (text == NULL || strlen(text) != len)
		abort();
	while ((line = strsep(&rest, "\n")) != NULL)
		if (strncmp(line, series, strlen(series)) == 0 &&
		    line[strlen(series)] == ' ')
			value = strtod(line + strlen(series), NULL);
	free(text);
	return value;
}

static void
is(double want, const char *series)
{
	double have = value_of(series);

	ok(have == want, "%s: %g", series, want);
	if (have != want)
		tap_note("have %.6f", have);
}

static void
make(void)
{
	struct fault f;

	if (metrics_new(&m, NUM_CHILDREN, &f) < 0 || seats_new(&seats, 2, &f))
		abort();
	metrics_add_route(m, "view");
	metrics_add_route(m, "verify");
	metrics_add_route(m, "view");
	metrics_set_num_sources(m, 2);
}

static void
clear(void)
{
	metrics_free(m);
	seats_free(seats);
}

static void
request(const char *route, int status, int64_t took_us, int64_t queued_us,
    int64_t parked_us)
{
	const struct metrics_request r = { route, status, took_us, queued_us,
		parked_us };

	metrics_count_request(m, &r);
}

static void
test_labels(void)
{
	make();
	is(-1, "attestry_requests_total{route=\"view\",status=\"200\"}");
	request("view", 200, 1, -1, -1);
	request("view", 200, 1, -1, -1);
	request("verify", 499, 1, -1, -1);
	request("<script>", 404, 1, -1, -1);
	request(NULL, 404, 1, -1, -1);
	request("view", 418, 1, -1, -1);
	is(2, "attestry_requests_total{route=\"view\",status=\"200\"}");
	is(1, "attestry_requests_total{route=\"verify\",status=\"499\"}");
	is(2, "attestry_requests_total{route=\"none\",status=\"404\"}");
	is(1, "attestry_requests_total{route=\"view\",status=\"other\"}");
	is(3, "attestry_request_duration_seconds_count{route=\"view\"}");
	is(2, "attestry_request_duration_seconds_count{route=\"none\"}");
	is(0, "attestry_queue_wait_seconds_count");
	is(0, "attestry_parked_seconds_count");
	clear();
}

static void
test_suspects(void)
{
	make();
	is(0, "attestry_suspects_total");
	metrics_count_suspect(m);
	metrics_count_suspect(m);
	metrics_count_suspect(NULL);
	is(2, "attestry_suspects_total");
	clear();
}

static void
test_histogram(void)
{
	make();
	request("view", 200, 0, 999, -1);
	request("view", 200, 1000, 1001, -1);
	request("view", 200, 1001, 30000000, 2500000);
	request("view", 200, 40000000, -1, -1);
#define BUCKET "attestry_request_duration_seconds_bucket{route=\"view\",le="
	is(2, BUCKET "\"0.001\"}");
	is(3, BUCKET "\"0.0025\"}");
	is(3, BUCKET "\"30\"}");
	is(4, BUCKET "\"+Inf\"}");
	is(40.002001, "attestry_request_duration_seconds_sum{route=\"view\"}");
	is(4, "attestry_request_duration_seconds_count{route=\"view\"}");
	is(1, "attestry_queue_wait_seconds_bucket{le=\"0.001\"}");
	is(2, "attestry_queue_wait_seconds_bucket{le=\"0.0025\"}");
	is(3, "attestry_queue_wait_seconds_bucket{le=\"30\"}");
	is(3, "attestry_queue_wait_seconds_count");
	is(30.002, "attestry_queue_wait_seconds_sum");
	is(0, "attestry_parked_seconds_bucket{le=\"1\"}");
	is(1, "attestry_parked_seconds_bucket{le=\"2.5\"}");
	clear();
}

static void
test_verdicts(void)
{
	struct verdict good = { .verified = true,
		.tcb_status = TCB_UP_TO_DATE };
	struct verdict bad = { .tcb_status = TCB_OUT_OF_DATE };
	struct verdict early = { .tcb_status = TCB_STATUS_UNKNOWN };

	make();
	bad.fault.code = FAULT_TCB_STATUS;
	early.fault.code = FAULT_UNTRUSTED_ROOT;
	metrics_count_verdict(m, TEE_TDX, &good);
	metrics_count_verdict(m, TEE_TDX, &good);
	metrics_count_verdict(m, TEE_SGX, &bad);
	metrics_count_verdict(m, TEE_SGX, &early);
	metrics_count_no_verdict(m, FAULT_MALFORMED_QUOTE);
#define VERDICTS "attestry_verdicts_total{tee="
	is(2, VERDICTS "\"TDX\",tcb_status=\"UpToDate\"}");
	is(0, VERDICTS "\"SGX\",tcb_status=\"UpToDate\"}");
	is(1, VERDICTS "\"SGX\",tcb_status=\"OutOfDate\"}");
	is(1, VERDICTS "\"SGX\",tcb_status=\"none\"}");
	is(1, "attestry_refusals_total{reason=\"tcb_status\"}");
	is(1, "attestry_refusals_total{reason=\"untrusted_root\"}");
	is(1, "attestry_refusals_total{reason=\"malformed_quote\"}");
	is(0, "attestry_refusals_total{reason=\"internal\"}");
	clear();
}

static void
test_collateral(void)
{
	make();
	metrics_count_lookup(m, true);
	metrics_count_lookup(m, true);
	metrics_count_lookup(m, false);
	metrics_count_fetch(m, 0, PCS_FAILED);
	metrics_count_skip(m, 0);
	metrics_count_fetch(m, 1, PCS_GOOD);
	metrics_count_fetch(m, METRICS_SOURCES_NUM_MAX, PCS_GOOD);
	is(2, "attestry_collateral_lookups_total{result=\"hit\"}");
	is(1, "attestry_collateral_lookups_total{result=\"miss\"}");
#define FETCHES "attestry_collateral_fetches_total{source="
	is(1, FETCHES "\"0\",result=\"failed\"}");
	is(1, FETCHES "\"0\",result=\"skipped\"}");
	is(0, FETCHES "\"0\",result=\"good\"}");
	is(1, FETCHES "\"1\",result=\"good\"}");
	is(-1, FETCHES "\"2\",result=\"good\"}");
	clear();
}

/* Of NUM_CHILDREN and the three more that a pool may have. */
static void
test_places(void)
{
	int i, place, last = -1;

	make();
	for (i = 0; i < NUM_CHILDREN + 3; i++) {
		place = metrics_admit(m, i == 0);
		metrics_set_parked(m, 3);
		ok(place == i, "place %d", place);
	}
	ok(metrics_admit(m, false) == -1, "and no more places");
	metrics_set_parked(m, 100);
	is(1, "attestry_processes{kind=\"keeper\"}");
	is(NUM_CHILDREN + 2, "attestry_processes{kind=\"worker\"}");
	is(NUM_CHILDREN, "attestry_workers_wanted");
	is(3 * (NUM_CHILDREN + 3), "attestry_parked_requests");
	metrics_bury(m, 5, true);
	metrics_bury(m, 6, false);
	metrics_bury(m, 0, true);
	metrics_bury(m, -1, true);
	is(0, "attestry_processes{kind=\"keeper\"}");
	is(NUM_CHILDREN, "attestry_processes{kind=\"worker\"}");
	is(3 * NUM_CHILDREN, "attestry_parked_requests");
	is(1, "attestry_process_deaths_total{kind=\"worker\"}");
	is(1, "attestry_process_deaths_total{kind=\"keeper\"}");
	last = metrics_admit(m, false);
	ok(last == 0, "a place is taken again");
	is(3 * NUM_CHILDREN, "attestry_parked_requests");
	is(NUM_CHILDREN + 3, "attestry_process_starts_total{kind=\"worker\"}");
	if (!seats_take(seats))
		abort();
	is(2, "attestry_seats");
	is(1, "attestry_seats_taken");
	clear();
}

static void
test_children(void)
{
	int i, j;

	make();
	for (i = 0; i < NUM_CHILDREN; i++)
		if (fork() == 0) {
			for (j = 0; j < NUM_REQUESTS; j++)
				request("view", 200, j % 2 == 0 ? 10 : 2000,
				    -1, -1);
			_exit(0);
		}
	while (wait(NULL) > 0)
		continue;
	is(NUM_CHILDREN * NUM_REQUESTS,
	    "attestry_requests_total{route=\"view\",status=\"200\"}");
	is(NUM_CHILDREN * NUM_REQUESTS, BUCKET "\"+Inf\"}");
	is(NUM_CHILDREN * NUM_REQUESTS / 2, BUCKET "\"0.001\"}");
	is(NUM_CHILDREN * NUM_REQUESTS / 2 * 0.002010,
	    "attestry_request_duration_seconds_sum{route=\"view\"}");
	clear();
}

/* Each is killed while it counts: at most its last count is lost. */
static void
test_killed(void)
{
	volatile uint64_t *done = mmap(NULL, sizeof(*done),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double have, count;
	int i;
	pid_t pid;

	make();
	for (i = 0; i < NUM_KILLED; i++) {
		uint64_t before = *done;

		pid = fork();
		if (pid == 0)
			for (;;) {
				request("view", 200, 10, 10, 10);
				(*done)++;
			}
		while (*done == before)
			usleep(100);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	have = value_of("attestry_requests_total"
	    "{route=\"view\",status=\"200\"}");
	ok(have >= (double)*done && have <= (double)*done + NUM_KILLED,
	    "%d processes were killed: no count that was made is lost",
	    NUM_KILLED);
	count = value_of("attestry_request_duration_seconds_count"
	    "{route=\"view\"}");
	ok(count >= (double)*done && count <= have,
	    "nor in the histogram");
	ok(value_of(BUCKET "\"+Inf\"}") == count,
	    "whose buckets and count agree");
	clear();
}

static void
test_nothing(void)
{
	const struct metrics_request r = { "view", 200, 1, 1, 1 };
	struct verdict v = { .verified = true };

	metrics_count_request(NULL, &r);
	metrics_count_verdict(NULL, TEE_SGX, &v);
	metrics_count_no_verdict(NULL, FAULT_INTERNAL);
	metrics_count_lookup(NULL, true);
	metrics_count_fetch(NULL, 0, PCS_GOOD);
	metrics_count_skip(NULL, 0);
	metrics_set_parked(NULL, 1);
	metrics_add_route(NULL, "view");
	metrics_set_num_sources(NULL, 1);
	metrics_bury(NULL, 0, true);
	metrics_free(NULL);
	ok(metrics_admit(NULL, false) == -1, "no metrics, nothing counted");
}

int
main(void)
{
	test_labels();
	test_histogram();
	test_suspects();
	test_verdicts();
	test_collateral();
	test_places();
	test_children();
	test_killed();
	test_nothing();
	return tap_done();
}
