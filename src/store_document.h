/*
 * The documents of collateral in the database, who is fetching them just now,
 * and how asking for them ended (sql/002_documents.sql). Calls are as in
 * store.h, but for those between store_lock_documents and store_unlock, which
 * are one transaction: after a fault there only store_unlock may follow.
 *
 * trust_id	of the anchor that the documents lead to: store_trust_id
 */
#ifndef ATTESTRY_STORE_DOCUMENT_H
#define ATTESTRY_STORE_DOCUMENT_H

#include "document.h"
#include "store.h"

/* The name of a trust anchor. Returns 0, or -1 with FAULT_INTERNAL. */
MUST_USE int store_trust_id(const struct trust *trust,
    uint8_t out[static SHA256_LEN], struct fault *f);

/* When the newest of an anchor's documents was issued; 0: there is none. */
MUST_USE int store_get_newest_issue(struct store *s, const struct trust *trust,
    time_t *out, struct fault *f);

/* What is kept of one document of a platform. */
struct stored_document {
	bool is_there;
	struct document_order order;
	int64_t age_ms;	 /* since it was fetched last */
	time_t fixed_at; /* as given to store_put_document */
	/* Since it was asked for in vain (store_put_miss); INT64_MAX: never. */
	int64_t missed_ms;
};

struct stored_documents {
	struct stored_document document[PCS_DOCUMENT__MAX];
	struct collateral_text text; /* owned; NULL where there is none */
};

/*
 * The newest document of each kind for a platform; clear with
 * collateral_text_clear(&out->text).
 *
 * at	of those fetched by then, by the clock or the fixed instant that the
 *	service judged by; -1: of all
 */
MUST_USE int store_get_documents(struct store *s,
    const uint8_t trust_id[static SHA256_LEN], const struct platform_key *key,
    time_t at, struct stored_documents *out, struct fault *f);

/*
 * Keeps a document, and that it was fetched just now.
 *
 * text		has the document's own fields
 * fixed_at	the fixed instant that the service judges by; -1: the clock's
 *
 * Returns 1, or 0 when a newer one is there and nothing was kept, or -1.
 */
MUST_USE int store_put_document(struct store *s,
    const uint8_t trust_id[static SHA256_LEN], const struct platform_key *key,
    enum pcs_document kind, const struct document *d,
    const struct collateral_text *text, time_t fixed_at, struct fault *f);

enum document_miss {
	DOCUMENT_UNKNOWN, /* no source knows it */
	DOCUMENT_OLDER	  /* what the source has is older than ours */
};

/*
 * Keeps that sources were asked in vain just now.
 *
 * out_count	how often that was so, this time included
 */
MUST_USE int store_put_miss(struct store *s,
    const uint8_t trust_id[static SHA256_LEN], const struct platform_key *key,
    enum pcs_document kind, enum document_miss reason, int64_t *out_count,
    struct fault *f);

/*
 * Begins to fetch: of the documents in `wanted` (bits 1 << enum pcs_document)
 * takes those that no other process is fetching, on whatever machine. They
 * are free again after store_unlock, or when this process or its connection
 * dies. Never waits.
 *
 * out_locked	those that are ours now, perhaps none
 *
 * Returns 0, and then store_unlock must follow; or -1, and nothing is begun.
 */
MUST_USE int store_lock_documents(struct store *s,
    const uint8_t trust_id[static SHA256_LEN], const struct platform_key *key,
    unsigned int wanted, unsigned int *out_locked, struct fault *f);

/*
 * Ends what store_lock_documents began. What was put since is kept when
 * keep is true and this returns 0.
 */
MUST_USE int store_unlock(struct store *s, bool keep, struct fault *f);

/* Whether somebody is fetching one of these documents. Outside of the above. */
MUST_USE int store_find_locked(struct store *s,
    const uint8_t trust_id[static SHA256_LEN], const struct platform_key *key,
    unsigned int wanted, bool *out, struct fault *f);

/*
 * When the newest document under this anchor was issued, or, before the first
 * of them, what version 1 of the schema fetched; 0: there is none.
 */
MUST_USE int store_get_newest_issue(struct store *s, const struct trust *trust,
    time_t *out, struct fault *f);

/*
 * How long ago the newest fetch of a document was that all platforms share
 * (root CA CRL, PCK CRLs, QE identities), by the database's clock.
 *
 * out_age_ms	-1: none was fetched yet
 */
MUST_USE int store_get_newest_fetch(struct store *s, const struct trust *trust,
    int64_t *out_age_ms, struct fault *f);

#endif
