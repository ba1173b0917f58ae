/*
 * Instants as text. Everywhere else an instant is a time_t: seconds since
 * 1970, UTC, no leap seconds.
 */
#ifndef ATTESTRY_INSTANT_H
#define ATTESTRY_INSTANT_H

#include <time.h>

#include "bytes.h"

#define INSTANT_LEN_MAX 40

/*
 * Reads RFC 3339 "2026-06-15T12:00:00Z", also with a fraction (dropped) or an
 * offset ("+02:00"). Years 1970 to 9999, in the text and in UTC; a 60th second
 * is refused.
 *
 * Returns false, *out unchanged, when the text is anything else.
 */
MUST_USE bool instant_parse(struct bytes text, time_t *out);

/* As instant_parse, but only the form that Intel serves: ends in "Z". */
MUST_USE bool instant_parse_utc(struct bytes text, time_t *out);

/* "2026-06-15T12:00:00Z" */
void instant_format(time_t at, char out[static INSTANT_LEN_MAX]);

/* As instant_parse, but in microseconds since 1970; more digits are dropped. */
MUST_USE bool instant_parse_us(struct bytes text, int64_t *out_us);

/*
 * "2026-06-15T12:00:00.000001+00:00", the form of the HTTP interface; without
 * the fraction when it is zero.
 */
void instant_format_us(int64_t at_us, char out[static INSTANT_LEN_MAX]);

#endif
