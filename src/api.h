/*
 * The HTTP interface: a table of routes and their handlers. What each answers
 * is the contract with clients of the public attestation API; README.md shows
 * it by example.
 */
#ifndef ATTESTRY_API_H
#define ATTESTRY_API_H

#include "config.h"
#include "http.h"
#include "seats.h"

/* The largest quote in its largest form (hex), and what is around it. */
#define API_BODY_LEN_MAX (2 * QUOTE_LEN_MAX + 16384)

struct api;
struct judge;
struct suspects;

/*
 * Whether there can be a service with these settings: cryptography, trust
 * anchor, policy, database. A database that cannot be reached is logged and
 * waited for; one that cannot be trusted stops the start.
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int api_check_config(const struct config *config, struct fault *f);

/*
 * One worker's, made after the fork; free with api_free.
 *
 * config	borrowed, as is
 * seats	one of which is taken before waiting for a source; NULL for a
 *		program that answers no requests, and waits as it needs
 * metrics	of the pool, told what happens; NULL: nothing is counted
 * suspects	of the pool, which are not judged; NULL: nobody looks
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int api_new(struct api **out, const struct config *config,
    struct seats *seats, struct metrics *metrics, struct suspects *suspects,
    struct fault *f);

void api_free(struct api *api);

/* What it judges by, for programs that judge without requests. Borrowed. */
const struct judge *api_judge(const struct api *api);

/*
 * Answers one request, or parks it while too many wait for a source; `api` is
 * a struct api. For struct http_settings, as are api_settle and api_news.
 */
enum http_outcome api_handle(void *api, const struct http_request *request,
    struct http_reply *reply);

/* Asks the database for all uploads that were deferred, together. */
void api_settle(void *api);

/* Changes when a seat has come back. */
unsigned int api_news(void *api);

#endif
