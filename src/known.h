/*
 * What was seen to hold before, so that it need not be computed again: that a
 * PCK chain leads to the trust anchor, and that a certification block (from
 * the attestation key to the end of the chain) is bound together by the PCK's
 * signature. One quoting enclave's quotes share all of it.
 *
 * Each fact is kept under the SHA-256 of the exact bytes that it follows from,
 * and follows from nothing else but the anchor. Whatever can change, with time
 * or with collateral (dates, revocation, TCB levels, the QE's identity), is no
 * part of it and is checked for every quote: so a fact never ends, and never
 * outlives what makes it true. It is forgotten when newer ones need its place.
 */
#ifndef ATTESTRY_KNOWN_H
#define ATTESTRY_KNOWN_H

#include "chain.h"
#include "crypto.h"

/* Chains take 22 KB each once they are there, blocks 40 bytes,
 * verdicts 100. */
#define KNOWN_CHAINS_NUM 128
#define KNOWN_BLOCKS_NUM 4096

#define KNOWN_VERDICTS_NUM 4096

struct known;

/* Of a stored verdict: what it was reached with. */
struct known_verdict {
	struct platform_key platform; /* whose collateral it is */
	uint8_t collateral_id[SHA256_LEN];
};

/*
 * Nothing is known yet.
 *
 * trust	the one anchor that all of it is about; copied
 *
 * Free with known_free. Returns 0, or -1 with FAULT_INTERNAL (memory).
 */
MUST_USE int known_new(struct known **out, const struct trust *trust,
    struct fault *f);

void known_free(struct known *k);

/* Whether it is about this anchor. */
bool known_is_of(const struct known *k, const struct trust *trust);

/* For pck_chain_read. */
struct issuers *known_issuers(struct known *k);

/*
 * The chain with this text, by its SHA-256. NULL when it is not known.
 * Borrowed until the next known_add_chain.
 */
const struct pck_chain *known_find_chain(struct known *k,
    const uint8_t pem_sha256[static SHA256_LEN]);

/* A chain that pck_chain_read has read; copied. */
void known_add_chain(struct known *k,
    const uint8_t pem_sha256[static SHA256_LEN], const struct pck_chain *c);

/* A certification block whose QE report is signed and binds its key. */
bool known_has_block(struct known *k,
    const uint8_t block_sha256[static SHA256_LEN]);
void known_add_block(struct known *k,
    const uint8_t block_sha256[static SHA256_LEN]);

/*
 * An upload that there is a stored verdict on, by its SHA-256. A hint where to
 * look: what counts is what is stored. NULL when it is not known. Borrowed
 * until the next known_add_verdict.
 */
const struct known_verdict *known_find_verdict(struct known *k,
    const uint8_t checksum[static SHA256_LEN]);
void known_add_verdict(struct known *k,
    const uint8_t checksum[static SHA256_LEN], const struct known_verdict *v);

#endif
