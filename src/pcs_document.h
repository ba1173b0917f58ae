/*
 * The four documents that a source of collateral serves: what they are
 * called, how long they may be, and how one that has been served becomes
 * texts of collateral. Nothing here is believed: what comes out is only as
 * good as collateral.h finds it.
 *
 * Source: Intel PCS API v4; Intel, "Design Guide for Intel SGX Provisioning
 * Certificate Caching Service (PCCS)".
 */
#ifndef ATTESTRY_PCS_DOCUMENT_H
#define ATTESTRY_PCS_DOCUMENT_H

#include "collateral.h"

/* Real answers are under 20 KB. Counted as they arrive, chunked ones too. */
#define PCS_JSON_LEN_MAX (1 << 20)
#define PCS_CRL_LEN_MAX (2 << 20)
/* All header lines of one answer; two issuer chains are under 6 KB. */
#define PCS_HEADERS_LEN_MAX (16 << 10)

/* One of the documents that a source serves. */
enum pcs_document {
	PCS_PCK_CRL,
	PCS_ROOT_CA_CRL,
	PCS_TCB_INFO,
	PCS_QE_IDENTITY,
	PCS_DOCUMENT__MAX
};

#define PCS_ALL_DOCUMENTS ((1u << PCS_DOCUMENT__MAX) - 1)

/* How asking one source ended. */
enum pcs_outcome {
	PCS_GOOD,
	PCS_UNKNOWN, /* 404, 410: it answers, and has no such thing */
	PCS_BUSY,    /* 429, or 503 with Retry-After: it asks for patience */
	PCS_FAILED
};

struct pcs_end {
	enum pcs_outcome outcome;
	long retry_after_s; /* 0: not said */
	bool is_fmspc_unknown; /* PCS_UNKNOWN, and it was the TCB info */
};

/* What a document is made of. */
struct pcs_document_form {
	const char *name; /* in sentences */
	size_t len_max;
	const char *member; /* of the signed document; NULL: a CRL */
	enum collateral_field text;
	/* Also `text` where there is no such field. */
	enum collateral_field signature, chain;
	const char *chain_headers[2]; /* today's name and an older one */
};

extern const struct pcs_document_form pcs_documents[PCS_DOCUMENT__MAX];

/*
 * Is this a text that may be certificates in PEM: printable ASCII, beginning
 * like one?
 */
bool pcs_is_pem(struct bytes text);

/*
 * Reads a document as it was served into its fields: a CRL in DER, hex or PEM
 * becomes lower-case hex of DER, TCB info and QE identity become their exact
 * signed text and the signature.
 *
 * body		what was served
 * chain	issuer chain in PEM; ignored where the document has none
 * out		the document's fields are filled on success, to be freed with
 *		collateral_text_clear in any case
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL or FAULT_INTERNAL (memory).
 */
MUST_USE int pcs_document_read(enum pcs_document d, struct bytes body,
    struct bytes chain, struct collateral_text *out, struct fault *f);

#endif
