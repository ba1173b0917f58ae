/*
 * attestry-fcgi: reads the settings, opens the listening sockets, and keeps a
 * pool of workers that answer the HTTP interface.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "api.h"
#include "config.h"
#include "http.h"
#include "instant.h"
#include "keeper.h"
#include "listener.h"
#include "log.h"
#include "metrics.h"
#include "pg.h"
#include "pool.h"
#include "sandbox.h"
#include "seats.h"
#include "suspect.h"

#define PROGRAM "attestry-fcgi"

static void
print_help(FILE *out)
{
	fprintf(out, "usage: " PROGRAM " [--help | --version | "
	    "--example-config]\n\n"
	    "Verifies and keeps attestation quotes, as a FastCGI server "
	    "behind nginx or Apache.\n\n"
	    "  --help            this text\n"
	    "  --version         the version\n"
	    "  --example-config  a commented file of settings\n\n"
	    "The listening socket comes as fd 0 (spawn-fcgi, supervisord), "
	    "from systemd, or\nis opened at ATTESTRY_LISTEN; one more for "
	    "uploads comes second from systemd, or is\nopened at "
	    "ATTESTRY_LISTEN_UPLOADS. TERM stops, HUP replaces the workers "
	    "one by\none.\n\n"
	    "Settings, from the environment:\n\n");
	config_print_help(out);
}

/*
 * Returns whether to go on; otherwise *out_status is what to exit with.
 */
static bool
read_options(int argc, char **argv, int *out_status)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ "example-config", no_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 },
	};
	int option = getopt_long(argc, argv, "", options, NULL);

	*out_status = EXIT_SUCCESS;
	switch (option) {
	case -1:
		if (optind == argc)
			return true;
		fprintf(stderr, PROGRAM ": takes no arguments\n");
		*out_status = EX_USAGE;
		return false;
	case 'h':
		print_help(stdout);
		break;
	case 'v':
		printf(PROGRAM " %s\n", PACKAGE_VERSION);
		break;
	case 'e':
		config_print_example(stdout);
		break;
	default:
		*out_status = EX_USAGE;
		return false;
	}
	if (fflush(stdout) != 0)
		*out_status = EX_IOERR;
	return false;
}

/* Says why there is no service. */
static int
give_up(const struct fault *f)
{
	log_event(LOG_LEVEL_ERROR, "start",
	    LOG_TEXT("message", f->message));
	return EX_CONFIG;
}

static void
log_start(const struct config *config)
{
	char at[INSTANT_LEN_MAX];

	log_event(LOG_LEVEL_INFO, "start",
	    LOG_TEXT("version", PACKAGE_VERSION),
	    LOG_TEXT("tcb_policy", config->tcb_policy),
	    LOG_TEXT("root_ca",
	    config->root_ca != NULL ? config->root_ca : "Intel"));
	if (config->any_durability)
		log_event(LOG_LEVEL_WARNING, "any_durability",
		    LOG_TEXT("message", "ATTESTRY_DURABILITY=any: the "
		    "database may lose what is acknowledged: for tests and "
		    "for what may be lost"));
	if (config->fixed_time < 0)
		return;
	instant_format(config->fixed_time, at);
	log_event(LOG_LEVEL_WARNING, "fixed_time",
	    LOG_TEXT("message", "quotes are judged by ATTESTRY_TIME, not by "
	    "the clock: for tests and demonstrations only"),
	    LOG_TEXT("at", at));
}

static void
log_sandbox(const struct sandbox *sandbox, bool is_off)
{
	log_event(LOG_LEVEL_INFO, "sandbox",
	    LOG_TEXT("user", sandbox->user),
	    LOG_NUMBER("no_new_privs", 1),
	    LOG_NUMBER("seccomp", sandbox->has_seccomp),
	    LOG_NUMBER("landlock", sandbox->landlock_abi));
	if (is_off)
		log_event(LOG_LEVEL_WARNING, "sandbox_off",
		    LOG_TEXT("message", "ATTESTRY_SANDBOX is off: neither "
		    "seccomp nor Landlock confines the processes"));
}

/* What all processes of the pool are given. */
struct service {
	struct config config;
	struct sandbox sandbox;
	struct seats *seats;
	struct metrics *metrics;
	struct suspects *suspects;
};

/* A worker process. */
static int
work(void *ctx, const struct pool_worker *worker)
{
	_Static_assert(HTTP_QUEUES_NUM == LISTEN_NUM, "one queue a socket");
	const struct service *service = ctx;
	struct http_settings settings = {
		.listen_fds = worker->listen_fds,
		.stop_fd = worker->stop_fd,
		.body_max = API_BODY_LEN_MAX,
		.handler = api_handle,
		.news = api_news,
		.settle = api_settle,
		.park_ms = service->config.pcs_timeout_ms,
		.park_stop_ms = POOL_DRAIN_MS / 2,
		.metrics = service->metrics,
	};
	struct api *api = NULL;
	struct fault f = { 0 };
	int r;

	if (api_new(&api, &service->config, service->seats,
	    service->metrics, service->suspects, &f) != 0 ||
	    sandbox_enter(&service->sandbox, &f) != 0) {
		log_event(LOG_LEVEL_ERROR, "worker_start",
		    LOG_TEXT("message", f.message));
		api_free(api);
		return EXIT_FAILURE;
	}
	settings.ctx = api;
	pool_worker_ready(worker);
	r = http_serve(&settings, &f);
	if (r != 0)
		log_event(LOG_LEVEL_ERROR, "worker",
		    LOG_TEXT("message", f.message));
	api_free(api);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/*
 * How long an upload may be a worker's: parked, judged, and each of that held
 * up by the database.
 */
static int
young_ms(const struct config *config)
{
	return 2 * config->pcs_timeout_ms + 2 * PG_TIMEOUT_MS;
}

/* The keeper's process. It takes no seat: it keeps nobody waiting. */
static int
keep(void *ctx, const struct pool_worker *worker)
{
	const struct service *service = ctx;
	const struct config *config = &service->config;
	struct keeper_settings settings = {
		.database = config->database,
		.every_ms = 1000 * config->keeper_s,
		.young_ms = young_ms(config),
		.stop_fd = worker->stop_fd,
	};
	struct api *api = NULL;
	struct fault f = { 0 };
	int r;

	prctl(PR_SET_NAME, "attestry-keeper");
	r = api_new(&api, config, NULL, service->metrics, service->suspects,
	    &f);
	if (r == 0)
		r = sandbox_enter(&service->sandbox, &f);
	if (r == 0) {
		settings.judge = api_judge(api);
		pool_worker_ready(worker);
		r = keeper_run(&settings, &f);
	}
	if (r != 0)
		log_event(LOG_LEVEL_ERROR, "keeper_start",
		    LOG_TEXT("message", f.message));
	api_free(api);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Half of the workers may wait for a source, and at least one. */
static int
make_shared(struct service *service, struct fault *f)
{
	int num = pool_num_workers(service->config.num_workers);

	if (seats_new(&service->seats, num > 1 ? num / 2 : 1, f) < 0 ||
	    suspects_new(&service->suspects, num, f) < 0)
		return -1;
	return metrics_new(&service->metrics, num, f);
}

int
main(int argc, char **argv)
{
	struct service service = { .seats = NULL };
	struct config *config = &service.config;
	struct listeners listeners;
	struct pool_settings pool = { .listeners = &listeners, .work = work };
	struct fault f = { 0 };
	int status;

	if (!read_options(argc, argv, &status))
		return status;
	if (config_check_names(&f) != 0 || config_read(config, &f) != 0)
		return give_up(&f);
	log_open(&config->log, PROGRAM);
	log_start(config);
	if (api_check_config(config, &f) != 0 ||
	    sandbox_open(&service.sandbox, config->user, !config->no_sandbox,
		&f) != 0 ||
	    make_shared(&service, &f) != 0 ||
	    listeners_open(&listeners, config->listen, &f) != 0)
		return give_up(&f);
	log_sandbox(&service.sandbox, config->no_sandbox);
	pool.num_workers = config->num_workers;
	if (config->keeper_s > 0)
		pool.keep = keep;
	pool.ctx = &service;
	pool.metrics = service.metrics;
	pool.suspects = service.suspects;
	if (pool_run(&pool, &f) != 0) {
		listeners_close(&listeners);
		return give_up(&f);
	}
	metrics_free(service.metrics);
	suspects_free(service.suspects);
	seats_free(service.seats);
	return EXIT_SUCCESS;
}
