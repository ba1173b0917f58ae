/*
 * Judges by itself the stored quotes that could not be judged when they were
 * uploaded: their collateral could not be had, or the worker died.
 *
 * Quotes are gone through in the order of their upload. For a platform whose
 * collateral cannot be had none is tried further; the platform is tried again
 * with growing pauses, and holds nobody else up. Over several machines one
 * keeper works at a time.
 */
#ifndef ATTESTRY_KEEPER_H
#define ATTESTRY_KEEPER_H

#include "judge.h"

/* Platforms that wait for collateral; what is more waits for the next pass. */
#define KEEPER_PLATFORMS_MAX 256
/* The longest pause between two tries of a platform; the first is every_ms. */
#define KEEPER_PAUSE_MAX_MS 300000
/* How long one turn lasts before another machine may have the next. */
#define KEEPER_TURN_MS 20000
/* All recent quotes are looked at again so often, whatever was seen before. */
#define KEEPER_PASS_MS (6 * 3600 * 1000)

struct keeper_settings {
	const struct judge *judge; /* borrowed; its cache waits as it needs */
	const char *database;	   /* libpq's connection string, for turns */
	int every_ms;		   /* between one turn and the next */
	int young_ms; /* younger quotes are still somebody else's */
	int stop_fd;  /* readable: finish the quote in hand, return */
};

/*
 * Works until stop_fd is readable. A database that is down is waited for.
 *
 * Returns 0, or -1 with FAULT_INTERNAL when it could not begin.
 */
MUST_USE int keeper_run(const struct keeper_settings *settings,
    struct fault *f);

#endif
