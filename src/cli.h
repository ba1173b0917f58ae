/*
 * What the commands of `attestry` share: settings and options, reading a
 * quote, printing an answer. main_cli.c has the table of commands; one
 * cli_*.c for each noun has what they do.
 */
#ifndef ATTESTRY_CLI_H
#define ATTESTRY_CLI_H

#include <stdio.h>
#include <sysexits.h>

#include "config.h"
#include "verify.h"

struct json_object;

/* Exit statuses. */
enum cli_status {
	CLI_VERIFIED = 0, /* or done */
	CLI_REFUSED = 1,
	CLI_UNREADABLE = 2, /* not a quote, or not collateral */
	CLI_UNDECIDED = 3,  /* no collateral, no database */
	CLI_USAGE = EX_USAGE
};

/* The command line; what is not given is NULL. */
struct cli_options {
	const char *quote; /* path, or "-" */
	const char *collateral;
	const char *output;
	const char *root_ca;
	const char *time;
	const char *policy;
	const char *margin; /* refresh */
	const char *all;    /* reverify, and what follows; "" when given */
	const char *since;
	const char *fmspc;
	const char *at;
	const char *rate;
	const char *resume;
};

/* What commands judge by: options first, then settings. */
struct cli_setup {
	struct config config;
	struct trust trust;
	struct policy policy;
	time_t at;
	bool by_clock; /* `at` is the machine's */
};

/* A quote file, read. */
struct cli_quote {
	uint8_t *file; /* owned: to be freed, also after a failure */
	struct bytes raw;
	bool has_checksum;
	uint8_t checksum[SHA256_LEN];
	bool is_quote;
	struct quote quote;
};

/* Says on standard error why not; returns `status`. */
enum cli_status cli_complain(enum cli_status status, const struct fault *f);

/* What a fault with an input, or with us, exits with. */
enum cli_status cli_status_of_fault(const struct fault *f);

/* Returns 0, or -1 with FAULT_INTERNAL and the option or setting. */
MUST_USE int cli_read_setup(struct cli_setup *s, const struct cli_options *o,
    struct fault *f);

/*
 * Reads a quote, binary or hex.
 *
 * in	filled as far as it got: the file, its checksum, the quote
 *
 * Returns 0, or -1 with FAULT_MALFORMED_QUOTE, FAULT_UNSUPPORTED_QUOTE or
 * FAULT_INTERNAL.
 */
MUST_USE int cli_read_quote(struct cli_quote *in, const char *path,
    struct fault *f);

/* Fetches what a quote needs from the PCS; faults as pcs_fetch. */
MUST_USE int cli_fetch_collateral(struct collateral_text *out,
    const struct config *config, const struct quote *q,
    const struct pck *pck, struct fault *f);

/*
 * Prints an object for people and takes it over; NULL is want of memory.
 * Returns 0, or -1 when that has been complained of.
 */
MUST_USE int cli_print_json(FILE *out, struct json_object *json);

/* The commands. */
enum cli_status cli_verify(const struct cli_options *o);
enum cli_status cli_show(const struct cli_options *o);
enum cli_status cli_collateral(const struct cli_options *o);
enum cli_status cli_migrate(const struct cli_options *o);
enum cli_status cli_check(const struct cli_options *o);
enum cli_status cli_refresh(const struct cli_options *o);
enum cli_status cli_reverify(const struct cli_options *o);

#endif
