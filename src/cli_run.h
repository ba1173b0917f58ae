/*
 * A command that runs for long: it can be told to end (INT, TERM, HUP) between
 * two steps, and shows on a terminal how far it is.
 */
#ifndef ATTESTRY_CLI_RUN_H
#define ATTESTRY_CLI_RUN_H

#include <signal.h>

#include "api.h"
#include "cli.h"

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

#endif
