/*
 * Memory that a parent shares with the children it forks, and places in it
 * that one process at a time can hold. Who holds one lets go of it when it
 * ends, however it ends.
 */
#ifndef ATTESTRY_SHARED_H
#define ATTESTRY_SHARED_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"

struct shared {
	void *ptr; /* all zero at first; the same address in every child */
	size_t len;
	int fd;
};

/*
 * name	shown in /proc
 *
 * Clear with shared_clear. Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int shared_init(struct shared *s, const char *name, size_t len,
    struct fault *f);

void shared_clear(struct shared *s);

/*
 * Holds a place, which is a number from 0, whatever it stands for. Never
 * waits; returns false when another process holds it.
 */
MUST_USE bool shared_hold(const struct shared *s, int place);

void shared_let_go(const struct shared *s, int place);

/* Whether another process holds it. */
bool shared_is_held(const struct shared *s, int place);

#endif
