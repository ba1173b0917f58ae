/*
 * Collateral over the network: the nine texts of a platform from Intel's
 * Provisioning Certification Service (PCS) or a caching service in front of
 * it (PCCS). Nothing here is believed: what comes back is only as good as
 * collateral.h finds it.
 *
 * The four documents are asked for side by side and share one deadline. The
 * peer is authenticated by TLS against the machine's certificate authorities;
 * plain http is for loopback only. Redirects are not followed, and proxies
 * not used.
 *
 * Source: Intel PCS API v4; Intel, "Design Guide for Intel SGX Provisioning
 * Certificate Caching Service (PCCS)".
 */
#ifndef ATTESTRY_PCS_H
#define ATTESTRY_PCS_H

#include "collateral.h"
#include "pck.h"

/* Real answers are under 20 KB. Counted as they arrive, chunked ones too. */
#define PCS_JSON_LEN_MAX (1 << 20)
#define PCS_CRL_LEN_MAX (2 << 20)
/* All header lines of one answer; two issuer chains are under 6 KB. */
#define PCS_HEADERS_LEN_MAX (16 << 10)
/* Longest wait for a connection, when the deadline is not sooner. */
#define PCS_CONNECT_TIMEOUT_MS 3000

struct pcs_settings {
	/*
	 * Base of a PCS or PCCS: https, or http to 127.0.0.0/8, ::1 or
	 * localhost; may have a path in front of "/sgx/…".
	 */
	const char *url;
	/*
	 * Where the root CA's CRL is. NULL or empty: Intel's own place when
	 * `url` is Intel's PCS, else the PCCS request "rootcacrl" under it.
	 */
	const char *crl_url;
	long timeout_ms; /* for the whole of one pcs_fetch_collateral; > 0 */
};

struct pcs;

/*
 * Makes a client in *out, to be freed with pcs_free. Connections stay open
 * from one fetch to the next, so a process keeps one client; it must be made
 * after fork, as two processes cannot share a connection. One client serves
 * one fetch at a time. curl's global state is set up here and released by
 * pcs_free; curl counts, so any number of clients may come and go.
 *
 * settings	read during the call only
 *
 * Returns 0, or -1 with FAULT_INTERNAL (a setting that cannot be used, memory).
 */
MUST_USE int pcs_new(struct pcs **out, const struct pcs_settings *settings,
    struct fault *f);

/* Accepts NULL. */
void pcs_free(struct pcs *p);

/*
 * Fetches what verifying a quote of this platform needs. CRLs come out as
 * lower-case hex of DER whether they were served as DER or as hex, issuer
 * chains percent-decoded, TCB info and QE identity as the exact signed text.
 *
 * out	filled on success, freed with collateral_text_clear; untouched on
 *	failure
 *
 * Returns 0, or -1 with FAULT_COLLATERAL_UNAVAILABLE (no answer in time, a
 * status other than 200, too long: the sentence tells document, host, what
 * was wanted and what came), FAULT_BAD_COLLATERAL (an answer that is not in
 * the form above) or FAULT_INTERNAL.
 */
MUST_USE int pcs_fetch_collateral(struct pcs *p, const struct platform_key *key,
    struct collateral_text *out, struct fault *f);

#endif
