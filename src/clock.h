/*
 * Time that only goes forward, for waits, deadlines and ages; and whether the
 * machine's clock, which quotes are judged by, can be believed. A clock that
 * is behind would accept what has been revoked or has ended since.
 */
#ifndef ATTESTRY_CLOCK_H
#define ATTESTRY_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "fault.h"

/* The machine's clock may be so far behind the newest document. */
#define CLOCK_BEHIND_MAX_S 86400

/* Milliseconds since some instant that is the same for all processes. */
int64_t clock_ms(void);

/* The same in microseconds. */
int64_t clock_us(void);

/*
 * Whether an instant can be now: not before this program was made, and not
 * more than CLOCK_BEHIND_MAX_S before something that exists was issued.
 *
 * built_at		CLOCK_BUILT_AT
 * newest_issued_at	of the newest genuine document seen; 0: none was
 *
 * Returns 0, or -1 with FAULT_INTERNAL and both instants.
 */
MUST_USE int clock_check(time_t now, time_t built_at, time_t newest_issued_at,
    struct fault *f);

/* When this program was made; given by configure. */
#define CLOCK_BUILT_AT ((time_t)BUILT_AT)

/*
 * The newest document that a process knows of. Usable after { 0 }.
 */
struct clock_witness {
	time_t newest_issued_at; /* 0: none yet */
	bool is_read;		 /* what the database knows is in it … */
	int64_t read_at_ms;	 /* … as of then, by clock_ms */
};

/* A genuine document was issued then. */
void clock_witness_see(struct clock_witness *w, time_t issued_at);

#endif
