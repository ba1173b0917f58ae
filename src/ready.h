/*
 * Whether the service is fit to be asked: what a load balancer and an operator
 * want to know. Each check says what was wanted and what was found. All of
 * them together end within READY_TIMEOUT_MS for each statement (there are a
 * few) plus the time to connect, whatever the database does.
 */
#ifndef ATTESTRY_READY_H
#define ATTESTRY_READY_H

#include "clock.h"
#include "config.h"
#include "verify.h"

#define READY_TIMEOUT_MS 1000

/* Collateral may be as old as so many times ATTESTRY_COLLATERAL_TTL_S. */
#define READY_TTLS_MAX 2

enum ready_check {
	READY_DATABASE,	  /* reached, and one that can be trusted */
	READY_COLLATERAL, /* the newest is not old; none was needed is good */
	READY_CLOCK,	  /* by the rule of clock.h */
	READY__MAX
};

extern const char *const ready_names[READY__MAX];

struct ready_finding {
	bool is_good;
	char wanted[128];
	char found[FAULT_MESSAGE_LEN_MAX];
};

/*
 * Looks, with a connection of its own.
 *
 * witness	what this process knows, where the database does not answer
 *
 * Returns whether all is good.
 */
bool ready_look(const struct config *config, const struct trust *trust,
    const struct clock_witness *witness,
    struct ready_finding out[static READY__MAX]);

#endif
