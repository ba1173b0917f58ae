/*
 * Where `attestry reverify` was left, in a file for the next run.
 */
#ifndef ATTESTRY_CLI_PLACE_H
#define ATTESTRY_CLI_PLACE_H

#include "reverify.h"

/* What a run went through: another one goes on only with the same. */
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

#endif
