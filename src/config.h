/*
 * The settings: environment variables, read from one table in config.c that
 * also makes the help and the example file. A variable that is empty counts
 * as not set; one that is wrong stops the start, and a name that there is not
 * stops the service.
 */
#ifndef ATTESTRY_CONFIG_H
#define ATTESTRY_CONFIG_H

#include <stdio.h>
#include <time.h>

#include "fault.h"
#include "log.h"
#include "quote.h"

/* sizeof(sun_path): the kernel's limit, NUL included. */
#define LISTEN_PATH_LEN_MAX 108
#define LISTEN_HOST_LEN_MAX 256
#define LISTEN_PORT_LEN_MAX 6

/* The sockets of a pool. */
enum listen_queue {
	LISTEN_ALL,
	LISTEN_UPLOADS,
	LISTEN_NUM
};

#define CONFIG_WORKERS_MAX 1024

/* Either a path, or a host and a port; all "" when it is not set. */
struct listen_address {
	char path[LISTEN_PATH_LEN_MAX];
	char host[LISTEN_HOST_LEN_MAX]; /* without the brackets of [::1] */
	char port[LISTEN_PORT_LEN_MAX];
};

/* The texts borrow from the environment, which must stay as it is. */
struct config {
	const char *database;	   /* libpq connection string, may be "" */
	const char *database_read; /* NULL: read from `database` */
	struct listen_address listen[LISTEN_NUM];
	int num_workers; /* 0: two for each core */
	const char *pcs_urls;	 /* sources of collateral, in their order */
	const char *pcs_crl_url; /* NULL: what goes with each of pcs_urls */
	int pcs_timeout_ms;	 /* for all sources together */
	int pcs_connect_timeout_ms;
	bool pcs_early; /* "update=early" */
	int pcs_pause_s;
	int pcs_unknown_s;
	int collateral_ttl_s;
	int keeper_s; /* 0: none */
	const char *root_ca;	/* path; NULL: Intel's, compiled in */
	const char *tcb_policy; /* accepted statuses, comma-separated */
	int upload_max;		/* bytes of quote, up to QUOTE_LEN_MAX */
	int copies_max;		/* uploads kept of one content, at least 1 */
	bool keep_genuine; /* keep only what leads to the trust anchor */
	bool any_durability; /* also of a database that may lose commits */
	const char *user; /* that root's workers become; NULL: none */
	bool no_sandbox;
	struct log_settings log;
	time_t fixed_time; /* instead of the clock; -1: the clock */
};

/*
 * Reads the environment. Only the shape of values is checked: whether a
 * database answers or a file can be read is found out by who uses it.
 *
 * Returns 0, or -1 with FAULT_INTERNAL and a sentence that names the
 * variable, what is wanted and what was found.
 */
MUST_USE int config_read(struct config *c, struct fault *f);

/*
 * Refuses a variable that begins like ours and is none of ours: most likely a
 * typing mistake in a service's settings.
 *
 * Returns 0, or -1 with FAULT_INTERNAL and the name.
 */
MUST_USE int config_check_names(struct fault *f);

/* The instant to judge by: the clock's, or the fixed one. */
time_t config_now(const struct config *c);

/*
 * Reads "unix:PATH", "HOST:PORT" or "[ADDRESS]:PORT".
 *
 * Returns false, *out unchanged, when the text is anything else.
 */
MUST_USE bool listen_address_parse(const char *text,
    struct listen_address *out);

/* Every variable, its default and what it means. */
void config_print_help(FILE *out);

/* A commented file for systemd's EnvironmentFile= or `env -S`. */
void config_print_example(FILE *out);

#endif
