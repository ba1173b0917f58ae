/*
 * Collateral from outside: the texts of a platform from the first of several
 * sources that has them. A source is Intel's Provisioning Certification
 * Service (PCS), a caching service in front of it (PCCS), or a folder of
 * files (pcs_file.h). Nothing here is believed: what comes back is only as
 * good as collateral.h finds it.
 *
 * All services together have one deadline, and each an equal share of what is
 * left of it: one that hangs leaves time for the next. The documents of one
 * source are asked for side by side.
 */
#ifndef ATTESTRY_PCS_H
#define ATTESTRY_PCS_H

#include "metrics.h"
#include "pck.h"
#include "pcs_document.h"

/* Sources in one list. */
#define PCS_SOURCES_NUM_MAX METRICS_SOURCES_NUM_MAX

/*
 * Asked before a source is asked, and told how it went: the circuit breaker,
 * which belongs to whoever has a database. Without one (NULL) every source is
 * let through.
 *
 * source	its URL as configured
 */
struct pcs_gate {
	bool (*may_ask)(void *ctx, const char *source);
	void (*tell)(void *ctx, const char *source, enum pcs_outcome outcome,
	    long retry_after_s /* 0: not said */);
	void *ctx;
	/*
	 * Are these documents fit to be used? A source of which they are not
	 * has failed, and the next one is asked. NULL: what came is taken.
	 * Returns 0, or -1 with a fault.
	 */
	int (*check)(void *ctx, const struct platform_key *key,
	    unsigned wanted, const struct collateral_text *t,
	    struct fault *f);
};

struct pcs_settings {
	/*
	 * Sources in the order in which they are tried, with white space or
	 * commas between them. Each is the base of a PCS or PCCS (https, or
	 * http to 127.0.0.0/8, ::1 or localhost; may have a path in front of
	 * "/sgx/…"), or file:/ and the absolute path of a folder.
	 */
	const char *urls;
	/*
	 * Where the root CA's CRL is, for sources over HTTP. NULL or empty:
	 * Intel's own place for Intel's PCS, else the PCCS request
	 * "rootcacrl".
	 */
	const char *crl_url;
	long timeout_ms;	 /* for the whole of one fetch; > 0 */
	long connect_timeout_ms; /* for one attempt to connect; > 0 */
	bool early;		 /* documents of "update=early" */
	const struct pcs_gate *gate; /* borrowed, may be NULL */
	struct metrics *metrics; /* told how each source did; may be NULL */
};

struct config;

/* Those of the environment, without a gate. */
struct pcs_settings pcs_settings_of(const struct config *c);

struct pcs;

/*
 * Makes a client in *out, to be freed with pcs_free. Connections stay open
 * from one fetch to the next, so a process keeps one client; it must be made
 * after fork, as two processes cannot share a connection. One client serves
 * one fetch at a time. curl's global state is set up here and released by
 * pcs_free; curl counts, so any number of clients may come and go.
 *
 * settings	read during the call only, but for the gate
 *
 * Returns 0, or -1 with FAULT_INTERNAL (a setting that cannot be used, memory).
 */
MUST_USE int pcs_new(struct pcs **out, const struct pcs_settings *settings,
    struct fault *f);

/* How many sources it has. */
size_t pcs_num_sources(const struct pcs *p);

/* Accepts NULL. */
void pcs_free(struct pcs *p);

/*
 * Fetches the wanted documents from the first source that has them all. CRLs
 * come out as lower-case hex of DER however they were served, issuer chains
 * percent-decoded, TCB info and QE identity as the exact signed text.
 *
 * A source that asked for patience (429, Retry-After) is passed over until
 * then.
 *
 * wanted	bits 1 << enum pcs_document
 * out		the fields of the wanted documents are filled on success, the
 *		others NULL; freed with collateral_text_clear. Untouched on
 *		failure
 * out_unknown	every source that answered says that it does not know this
 *		FMSPC, and one did; may be NULL
 *
 * Returns 0, or -1 with FAULT_COLLATERAL_UNAVAILABLE (no answer in time, a
 * status other than 200, too long: the sentence tells document, host, what
 * was wanted and what came, of each source), FAULT_BAD_COLLATERAL (an answer
 * that is not in the form above) or FAULT_INTERNAL.
 */
MUST_USE int pcs_fetch(struct pcs *p, const struct platform_key *key,
    unsigned wanted, struct collateral_text *out, bool *out_unknown,
    struct fault *f);

/*
 * Fetches the PCK chain for a quote whose certification data is of type 2 or
 * 3 (cert_data.h): the leaf for exactly the TCB that stands there, the CA,
 * and the root.
 *
 * out	new, PEM of at most QUOTE_CERT_DATA_LEN_MAX bytes; free frees it
 *
 * Returns 0, or -1 with FAULT_MISSING_CERTIFICATES (no source has it, or the
 * certification data is of another type), FAULT_COLLATERAL_UNAVAILABLE (nor
 * could all sources be asked), FAULT_MALFORMED_QUOTE or FAULT_INTERNAL.
 */
MUST_USE int pcs_fetch_pck_chain(struct pcs *p, const struct quote *quote,
    char **out, struct fault *f);

#endif
