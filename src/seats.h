/*
 * How many processes of this machine may wait for a slow source at one time,
 * so that the others stay free. Made by the parent; its children, made with
 * fork, take and give the seats. A seat comes back by itself when the process
 * on it dies, however it dies.
 */
#ifndef ATTESTRY_SEATS_H
#define ATTESTRY_SEATS_H

#include <stdbool.h>

#include "fault.h"

#define SEATS_NUM_MAX 1024
/* How soon others hear of a seat whose process died. */
#define SEATS_DEATH_LOOK_MS 50

struct seats;

/*
 * num	from 1 to SEATS_NUM_MAX
 *
 * Free with seats_free. Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int seats_new(struct seats **out, int num, struct fault *f);

/* Gives this process's seat back, too. */
void seats_free(struct seats *s);

/*
 * Takes a seat for this process, which may have one at a time. Never waits.
 *
 * Returns false when none is free, or this process has closed them.
 */
MUST_USE bool seats_take(struct seats *s);

/* Gives this process's seat back, if it has one; moves the generation on. */
void seats_give(struct seats *s);

/*
 * While they are closed this process is given none: for work that must not
 * wait any more. The others are not concerned.
 */
void seats_close(struct seats *s, bool is_closed);

/* How many there are, and how many are taken by processes that are alive. */
int seats_num(const struct seats *s);
int seats_num_taken(const struct seats *s);

/*
 * Another number whenever a seat has come back, so that trying again is worth
 * it. The same for all processes.
 */
unsigned int seats_generation(const struct seats *s);

#endif
