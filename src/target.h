/*
 * What clients write into a request's target and conditions: query
 * parameters, entity tags. Text in, text out.
 */
#ifndef ATTESTRY_TARGET_H
#define ATTESTRY_TARGET_H

#include "crypto.h"

/* A longer value is cut there; with NUL. */
#define TARGET_PARAM_LEN_MAX 64

/*
 * The last value of a query parameter (as other servers take it),
 * percent-decoded.
 *
 * query	without "?", as sent
 *
 * Returns false, out untouched, when it is not there.
 */
bool target_get_param(const char *query, const char *name,
    char out[static TARGET_PARAM_LEN_MAX]);

/* The same, cut at `size`, which is above 0. */
bool target_get_long_param(const char *query, const char *name, char *out,
    size_t size);

/* A strong entity tag: half of a digest as hex, in quotes; with NUL. */
#define TARGET_ETAG_LEN (SHA256_LEN + 3)

/* The tag of a body that is this text. Returns 0, or -1 (memory). */
MUST_USE int target_make_etag(struct bytes text,
    char out[static TARGET_ETAG_LEN], struct fault *f);

/*
 * RFC 9110, 13.1.2: does If-None-Match (a list of tags, weak or strong, or
 * "*") name this tag?
 *
 * etag		with its quotes, strong
 */
bool target_matches_etag(const char *if_none_match, const char *etag);

#endif
