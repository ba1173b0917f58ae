/*
 * Time that only goes forward: for waits, deadlines and ages. Never what
 * quotes are judged by.
 */
#ifndef ATTESTRY_CLOCK_H
#define ATTESTRY_CLOCK_H

#include <stdint.h>

/* Milliseconds since some instant that is the same for all processes. */
int64_t clock_ms(void);

#endif
