/*
 * The documents that collateral is made of, each by itself. Platforms share
 * them: TCB info belongs to a TEE and an FMSPC, QE identity to a TEE, a PCK
 * CRL to a CA, the root CA's CRL to everybody. So they are fetched, kept and
 * renewed one by one, under names of their own:
 *
 *	root_ca_crl
 *	pck_crl/platform
 *	tcb_info/SGX/00606a000000
 *	qe_identity/TDX
 */
#ifndef ATTESTRY_DOCUMENT_H
#define ATTESTRY_DOCUMENT_H

#include "pcs.h"

#define DOCUMENT_NAME_LEN_MAX 40 /* with NUL */

/*
 * What makes one of two documents of the same name the newer one: the number,
 * big-endian (tcbEvaluationDataNumber, CRL number), then the date
 * (issueDate, thisUpdate).
 */
struct document_order {
	uint8_t number[CRL_NUMBER_LEN];
	time_t issued_at;
};

struct document {
	struct document_order order;
	/* The latest beginning and the earliest end of all that is in it. */
	struct validity validity;
};

/* What a document is held against. */
struct document_context {
	const struct platform_key *key; /* whose it must be */
	const struct trust *trust;
	const struct crl *root_ca_crl; /* NULL: none is known */
};

/* The name of this platform's document. */
void document_name(enum pcs_document kind, const struct platform_key *key,
    char out[static DOCUMENT_NAME_LEN_MAX]);

/*
 * Reads the root CA's CRL out of the nine texts; crl_clear frees it.
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL, FAULT_COLLATERAL_MISMATCH or
 * FAULT_INTERNAL.
 */
MUST_USE int document_read_root_ca_crl(struct crl *out,
    const struct collateral_text *text, const struct trust *trust,
    struct fault *f);

/*
 * Reads a document, follows its signature to the anchor, past the root CA's
 * CRL where that is known, and holds it against the platform. Instants are
 * not compared.
 *
 * text		has the document's own fields; the others are not looked at
 *
 * Returns 0, or -1 with a fault of the collateral (FAULT_BAD_COLLATERAL,
 * FAULT_UNTRUSTED_ROOT, FAULT_CERTIFICATE_REVOKED, FAULT_COLLATERAL_MISMATCH)
 * or FAULT_INTERNAL.
 */
MUST_USE int document_read(struct document *out, enum pcs_document kind,
    const struct collateral_text *text, const struct document_context *context,
    struct fault *f);

/* Returns 0 when it is valid then, or -1 with FAULT_COLLATERAL_EXPIRED. */
MUST_USE int document_check_time(const struct document *d,
    enum pcs_document kind, time_t at, struct fault *f);

/* Below 0 when a is the older one, above when it is the newer, 0: neither. */
int document_order_compare(const struct document_order *a,
    const struct document_order *b);

/* Moves a document's texts, in place of what `to` has of it. */
void document_move(struct collateral_text *to, struct collateral_text *from,
    enum pcs_document kind);

#endif
