/*
 * What the handlers of the HTTP interface share. For api*.c and page*.c alone.
 */
#ifndef ATTESTRY_API_PRIVATE_H
#define ATTESTRY_API_PRIVATE_H

#include "api.h"
#include "json_builder.h"
#include "judge.h"
#include "seats.h"

/* The last platform for which no seat was free, and when that was. */
struct refused {
	bool is_set;
	unsigned int generation; /* of the seats */
	struct platform_key key;
};

struct api {
	const struct config *config;
	struct store *store;
	struct store *store_read; /* a replica's; else the same as store */
	struct breaker *breaker;
	struct pcs *pcs;
	struct collateral_cache *cache;
	struct seats *seats;
	struct metrics *metrics;
	struct refused refused;
	struct clock_witness witness;
	struct judge judge;
	struct judge_open *deferred[JUDGE_OPEN_NUM_MAX]; /* their requests' */
	int num_deferred;
};

/* One request on its way through a handler. */
struct call {
	struct api *api;
	const struct http_request *request;
	struct http_reply *reply;
	const char *argument; /* the path's segment after the route */
	enum http_outcome outcome; /* but HTTP_ANSWERED: no reply yet */
};

/*
 * Whether for this platform no seat was free just now and none has come back
 * since: then trying again, database and all, would tell nothing new.
 */
bool api_is_refused(const struct api *api, const struct platform_key *key);

/*
 * Parks a request for which no seat was free.
 *
 * generation	of the seats, from before it tried
 *
 * Returns false, with FAULT_COLLATERAL_UNAVAILABLE, when it must be answered
 * now.
 */
bool api_park(struct call *c, const struct platform_key *key,
    unsigned int generation, struct fault *f);

/* Takes the text over; none, for want of memory, becomes a 500. */
void api_reply_json(struct call *c, int status, struct json_text json);
void api_reply_no_memory(struct call *c);

void api_reply_error(struct call *c, int status, const char *detail);

/* Ours: the reason goes to the log, never to the client. */
void api_reply_internal(struct call *c, const struct fault *f);

/*
 * 422 in the form that clients know from FastAPI: a list with one complaint
 * about one parameter.
 *
 * where	"query" or "path"
 * input	the stranger's text
 */
void api_reply_invalid(struct call *c, const char *where, const char *name,
    const char *type, const char *msg, const char *input);

/* As api_reply_json, with an ETag and how long it may be kept. */
void api_reply_list(struct call *c, struct json_text list,
    const char *cache_control);

/*
 * Reads an integer of the query; keeps *out, the default, when it is not
 * there. Returns false when the reply, a 422, is complete.
 */
bool api_take_number(struct call *c, const char *name, long long min,
    long long max, long long *out);

/* 64 hex digits of either case, perhaps behind "0x". */
MUST_USE bool api_read_checksum(const char *text,
    uint8_t out[static SHA256_LEN]);

/* Reads the checksum in the path. Returns false when the 422 is complete. */
bool api_take_checksum(struct call *c, uint8_t out[static SHA256_LEN]);

/*
 * Sets ETag and Cache-Control. Returns true when the client has it already
 * and the reply, a 304, is complete.
 */
bool api_reply_cached(struct call *c, const char *etag,
    const char *cache_control);

/*
 * As store_get_quote and store_get_verdicts. A replica may not have the quote
 * yet: a miss there asks the primary.
 */
MUST_USE int api_get_quote(struct api *api,
    const uint8_t checksum[static SHA256_LEN], struct stored_record *out,
    struct fault *f);
MUST_USE int api_get_verdicts(struct api *api,
    const uint8_t checksum[static SHA256_LEN], long long skip,
    long long limit, struct stored_verdict *out, size_t *out_num,
    int64_t *out_first, struct fault *f);

/* How the outcome of an upload is told: as JSON, or as a page. */
struct upload_replies {
	/* The body is not taken, or what is in it is no quote. */
	void (*refusal)(struct call *c, int status, const char *detail);
	void (*verdict)(struct call *c, const struct judged *judged);
	/* It could not be judged; its stage says whether it is kept. */
	void (*undecided)(struct call *c, const struct judged *judged,
	    const struct fault *f);
};

/* Takes an upload out of the request's body, keeps it, judges it, replies. */
void api_judge_upload(struct call *c, const struct upload_replies *replies);

/* The handlers. */
void api_verify(struct call *c);
void api_view(struct call *c);
void api_collateral(struct call *c);
void api_raw(struct call *c);
void api_recent(struct call *c);
void api_verdicts(struct call *c);
void api_openapi(struct call *c);
void api_healthz(struct call *c);
void api_readyz(struct call *c);
void api_metrics(struct call *c);
void page_home(struct call *c);
void page_upload(struct call *c);
void page_upload_link(struct call *c);
void page_report(struct call *c);
void page_compare(struct call *c);
void page_compare_form(struct call *c);
void page_docs(struct call *c);
void page_asset(struct call *c);

#endif
