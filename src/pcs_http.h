/*
 * What a PCS or a PCCS is asked over HTTP, and how its answers read.
 *
 * Source: Intel PCS API v4; Intel, "Design Guide for Intel SGX Provisioning
 * Certificate Caching Service (PCCS)".
 */
#ifndef ATTESTRY_PCS_HTTP_H
#define ATTESTRY_PCS_HTTP_H

#include "cert_data.h"
#include "pcs_transfer.h"
#include "pcs_url.h"

/*
 * The documents of a platform.
 *
 * wanted	bits 1 << enum pcs_document
 * early	those of "update=early"
 * out		its fields of the wanted documents are filled on success; to be
 *		freed with collateral_text_clear in any case
 *
 * Returns 0, or -1 with FAULT_COLLATERAL_UNAVAILABLE (no answer in time, a
 * status other than 200, too long), FAULT_BAD_COLLATERAL (an answer in
 * another form) or FAULT_INTERNAL.
 */
MUST_USE int pcs_http_fetch(struct pcs_client *c, const struct pcs_urls *urls,
    const struct platform_key *key, unsigned wanted, bool early,
    const struct pcs_limits *limits, struct collateral_text *out,
    struct pcs_end *out_end, struct fault *f);

/*
 * The PCK certificate of a platform, with its issuer chain behind it. One for
 * another TCB than was asked for is none: the service has not been told of
 * the platform's update.
 *
 * out		new, PEM of at most QUOTE_CERT_DATA_LEN_MAX bytes; free frees
 *		it
 * out_end	PCS_UNKNOWN also for a request that the service does not take,
 *		which is made of what is in the quote
 *
 * Returns 0, or -1 as pcs_http_fetch.
 */
MUST_USE int pcs_http_fetch_pck_chain_new(struct pcs_client *c,
    const struct pcs_urls *urls, const struct encrypted_ppid *ppid,
    const struct pcs_limits *limits, char **out, struct pcs_end *out_end,
    struct fault *f);

#endif
