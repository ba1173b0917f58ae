/*
 * Uploads that bring down the process that judges them. A process notes what
 * it has in hand in memory that it shares with the others; when it dies, the
 * pool's master reads there what that was, and nobody touches it again:
 *
 *	a crash, or an end that nobody asked for		at once
 *	another signal (KILL, of the kernel that is out of
 *	memory or of an operator)				the second time
 *
 * Suspects are forgotten with the master: a program that was mended is
 * started anew, and gets to see them again.
 */
#ifndef ATTESTRY_SUSPECT_H
#define ATTESTRY_SUSPECT_H

#include <stdint.h>
#include <sys/types.h>

#include "crypto.h"

/* Then the one that was seen dying longest ago is forgotten. */
#define SUSPECTS_NUM_MAX 64
/* Of a signal from elsewhere. */
#define SUSPECT_DEATHS_MAX 2
/* How long to wait for the master's word on a process that has just died. */
#define SUSPECT_WORD_MS 1000

struct suspects;

/*
 * Made by the parent, before the first fork.
 *
 * num_workers	as many may have something in hand at one time, and a few more
 *
 * Free with suspects_free. Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int suspects_new(struct suspects **out, int num_workers,
    struct fault *f);

/* NULL will do. */
void suspects_free(struct suspects *s);

/*
 * This process takes an upload in hand; it may have one at a time. Waits only
 * when another process has just died with the same one.
 *
 * s	NULL: nobody looks, and everything may be taken
 *
 * Returns false when it is a suspect, which is not to be touched.
 */
MUST_USE bool suspects_take(struct suspects *s,
    const uint8_t checksum[static SHA256_LEN]);

/* Out of hand, if anything was in it. */
void suspects_give(struct suspects *s);

/*
 * For the master alone: a child is dead.
 *
 * status	of waitpid
 * out_checksum	what it had in hand, where that is a suspect from now on
 *
 * Returns whether it is.
 */
bool suspects_bury(struct suspects *s, pid_t pid, int status,
    uint8_t out_checksum[static SHA256_LEN]);

#endif
