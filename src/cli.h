/*
 * What the commands of `attestry` share: settings and options, reading a
 * quote, printing an answer, running for long. main_cli.c has the table of
 * commands; one cli_*.c for each noun has what they do.
 */
#ifndef ATTESTRY_CLI_H
#define ATTESTRY_CLI_H

#include <signal.h>
#include <stdio.h>
#include <sysexits.h>

#include "api.h"
#include "json_builder.h"
#include "pck_fetch.h"
#include "reverify.h"

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
	const char *mirror;	/* a folder; then not a quote but FMSPCs: */
	char *const *arguments; /* what is no option, up to the NULL */
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

/*
 * What the PCK certificate says: the quote's own, or, for a quote that brings
 * an encrypted PPID in its place, the one that a source has. Then `in->quote`
 * stands as if it had brought it, and borrows from `chain`.
 *
 * Returns 0, or -1 with the faults of verify_read_pck or pck_fetch_chain.
 */
MUST_USE int cli_read_pck(struct pck *out, struct cli_quote *in,
    struct pck_chain_text *chain, const struct cli_setup *s,
    struct fault *f);

/* Fetches what a quote needs from the PCS; faults as pcs_fetch. */
MUST_USE int cli_fetch_collateral(struct collateral_text *out,
    const struct config *config, const struct quote *q,
    const struct pck *pck, struct fault *f);

/*
 * Prints a text for people and takes it over; none is want of memory.
 * Returns 0, or -1 when that has been complained of.
 */
MUST_USE int cli_print_json(FILE *out, struct json_text json);

/*
 * A command that runs for long: it can be told to end (INT, TERM, HUP) between
 * two steps, and shows on a terminal how far it is.
 */
struct cli_run {
	struct cli_setup setup;
	struct api *api;
	const struct judge *judge; /* borrowed from api */
	sigset_t signals;
	bool is_stopping;
	bool is_terminal; /* standard error is one */
	int64_t shown_ms; /* by clock_ms */
};

/*
 * Reads settings, connects to what a service would, and takes the signals;
 * owes cli_run_end.
 *
 * Returns CLI_VERIFIED, or what to exit with when that has been complained of.
 */
enum cli_status cli_run_begin(struct cli_run *run,
    const struct cli_options *o);
void cli_run_end(struct cli_run *run);

/* Waits so long, perhaps 0; returns false once the command is to end. */
bool cli_run_wait(struct cli_run *run, int64_t ms);

/*
 * Shows how far it is, on a terminal only and not too often; what comes next
 * on the terminal takes its place.
 */
void cli_run_show(struct cli_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads a whole number. Returns false, *out unchanged, if it is none. */
MUST_USE bool cli_parse_number(const char *text, long min, long max,
    int *out);

/*
 * What `reverify` goes through. Where it was left is in a file for the next
 * run, which goes on only with the same.
 */
struct cli_selection {
	bool all;
	int64_t since_us; /* 0: whenever */
	bool has_fmspc;
	uint8_t fmspc[FMSPC_LEN];
};

/*
 * Reads a place; leaves it at the beginning when there is no such file.
 *
 * Returns 0, or -1 with FAULT_INTERNAL: the file cannot be read, or is of
 * another selection.
 */
MUST_USE int cli_place_read(const char *path,
    const struct cli_selection *selection, struct reverify_place *place,
    struct fault *f);

/*
 * Writes it, whole or not at all. Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int cli_place_write(const char *path,
    const struct cli_selection *selection, const struct reverify_place *place,
    struct fault *f);

/* The commands. */
enum cli_status cli_verify(const struct cli_options *o);
enum cli_status cli_show(const struct cli_options *o);
enum cli_status cli_collateral(const struct cli_options *o);
enum cli_status cli_mirror(const struct cli_options *o);
enum cli_status cli_migrate(const struct cli_options *o);
enum cli_status cli_check(const struct cli_options *o);
enum cli_status cli_refresh(const struct cli_options *o);
enum cli_status cli_reverify(const struct cli_options *o);

#endif
