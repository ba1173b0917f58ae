/*
 * JSON from strangers, read strictly. json-c builds the tree, but takes more
 * than RFC 8259 allows (single quotes, NaN), keeps the last of two equal
 * names and clamps large integers; so the text is checked before json-c sees
 * it, and every value is taken with its kind and range.
 */
#ifndef ATTESTRY_JSON_H
#define ATTESTRY_JSON_H

#include <time.h>

#include "json_scan.h"

struct json_object; /* json-c's */

/*
 * Checks a whole text and builds its tree. Refuses what RFC 8259 refuses,
 * equal member names, names with escapes, bytes that are not UTF-8, and what
 * is deeper or wider than the limits of json_scan.h.
 *
 * out	new; json_object_put frees it
 * what	names the document in the fault's sentence
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL or FAULT_INTERNAL (memory).
 */
MUST_USE int json_parse_new(struct json_object **out, struct bytes text,
    const char *what, struct fault *f);

/*
 * Takers: true when `object` is an object that has the member and it is of
 * the kind asked for. What they hand out is borrowed from the tree.
 */
MUST_USE bool json_get_object(struct json_object *object, const char *name,
    struct json_object **out);
MUST_USE bool json_get_array(struct json_object *object, const char *name,
    struct json_object **out);
MUST_USE bool json_get_text(struct json_object *object, const char *name,
    struct bytes *out);
MUST_USE bool json_get_number(struct json_object *object, const char *name,
    long min, long max, long *out);
MUST_USE bool json_get_hex(struct json_object *object, const char *name,
    uint8_t *out, size_t len);
MUST_USE bool json_get_instant(struct json_object *object, const char *name,
    time_t *out);

bool json_has(struct json_object *object, const char *name);

#endif
