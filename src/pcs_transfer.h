/*
 * Several GET requests to one server, side by side, under one deadline. What
 * could pass by itself (no connection, a reset, silence, 5xx) is tried once
 * more after a short random pause; lengths are counted as bytes arrive.
 *
 * The peer is authenticated by TLS against the machine's certificate
 * authorities. Redirects are not followed, and proxies not used.
 */
#ifndef ATTESTRY_PCS_TRANSFER_H
#define ATTESTRY_PCS_TRANSFER_H

#include <curl/curl.h>

#include "pcs_document.h"

/* How many side by side. */
#define PCS_TRANSFERS_NUM_MAX PCS_DOCUMENT__MAX

/* A longer Retry-After is taken for this. */
#define PCS_RETRY_AFTER_S_MAX 3600

/* Until when, by clock_ms; the two spans are what sentences say. */
struct pcs_limits {
	int64_t deadline_ms;
	long span_ms;	 /* that this server has, all told */
	long connect_ms; /* for one attempt to get a connection */
};

enum pcs_transfer_state {
	PCS_TRANSFER_RUNNING,
	PCS_TRANSFER_PAUSED, /* until its second attempt */
	PCS_TRANSFER_DONE
};

/* Why we ended an answer ourselves. */
enum pcs_refusal {
	PCS_REFUSED_NOT,
	PCS_REFUSED_BODY,
	PCS_REFUSED_HEADERS,
	PCS_REFUSED_MEMORY
};

/* One request and its answer. The handle lives as long as the client, the
 * rest until the next pcs_client_clear. */
struct pcs_transfer {
	CURL *easy;
	const char *name; /* of what is asked for, in sentences */
	char *host;	  /* curl's; in sentences */
	size_t len_max;

	char *body; /* NUL-terminated once len > 0 */
	size_t len, size;
	size_t headers_len;
	enum pcs_refusal refusal;

	enum pcs_transfer_state state;
	bool is_second;	      /* attempt */
	int64_t attempted_ms; /* when this attempt began, by clock_ms */
	int64_t resume_ms;    /* when the pause is over */
	CURLcode result;
};

struct pcs_client {
	bool is_started;
	CURLM *multi; /* keeps the open connections */
	struct pcs_transfer transfers[PCS_TRANSFERS_NUM_MAX];
	size_t num; /* of those, in use */
};

/*
 * c	zeroed before; pcs_client_free is owed, also after a failure
 *
 * Connections stay open from one run to the next, so two processes cannot
 * share a client.
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int pcs_client_init(struct pcs_client *c, struct fault *f);

void pcs_client_free(struct pcs_client *c);

/* Forgets requests and answers; connections stay. */
void pcs_client_clear(struct pcs_client *c);

/*
 * One more request for the next run.
 *
 * name		borrowed until pcs_client_clear
 * u		taken over; NULL: there was no memory for it
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int pcs_client_add_adopt(struct pcs_client *c, const char *name,
    CURLU *u, size_t len_max, struct fault *f);

/*
 * Runs them until all have been answered with status 200, or one has failed
 * for good: then the others are of no use.
 *
 * out_end	how it ended: PCS_GOOD with 0
 * out_failed	which one has failed, else NULL
 *
 * Returns 0, or -1 with FAULT_COLLATERAL_UNAVAILABLE or FAULT_INTERNAL.
 */
MUST_USE int pcs_client_run(struct pcs_client *c,
    const struct pcs_limits *limits, struct pcs_end *out_end,
    const struct pcs_transfer **out_failed, struct fault *f);

/* The status of its answer; 0 when there was none. */
long pcs_transfer_status(const struct pcs_transfer *t);

struct bytes pcs_transfer_body(const struct pcs_transfer *t);

/*
 * The percent-decoded value of a header, whatever the case of its name.
 *
 * out	new: free((void *)out->ptr); a NUL stands behind it
 *
 * Returns 1, 0 when there is none, or -1 with FAULT_INTERNAL (memory).
 */
MUST_USE int pcs_transfer_header_new(const struct pcs_transfer *t,
    const char *name, struct bytes *out, struct fault *f);

#endif
