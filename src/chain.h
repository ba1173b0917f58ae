/*
 * Certificate chains up to the pinned Intel SGX Root CA: which certificate
 * plays which part, and who signed whom. Instants and revocation are not
 * looked at here (verify.h does, with the instant it is given).
 *
 * Source: RFC 5280, section 6; Intel's PCK Certificate and CRL Profile, 1.5.
 */
#ifndef ATTESTRY_CHAIN_H
#define ATTESTRY_CHAIN_H

#include "pck.h"
#include "x509.h"

/* The trust anchor: a name and a key. Intel has re-issued the certificate. */
struct trust {
	struct name subject;
	uint8_t key[ECDSA_KEY_LEN];
};

/* Intel SGX Root CA, compiled in. */
void trust_set_intel(struct trust *t);

/*
 * Takes the anchor from a certificate file, PEM or DER.
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int trust_read(struct trust *t, struct bytes file, struct fault *f);

bool trust_equal(const struct trust *a, const struct trust *b);

/* leaf <- ca <- root, each signed by the next. */
struct pck_chain {
	struct cert leaf;
	struct cert ca;
	struct cert root;
	struct pck pck; /* what the leaf says of its platform */
};

/*
 * The CAs of chains that have led to a trust anchor: their texts, and whose
 * key signed them. A text and a key make a signature good or bad for ever;
 * what may change (dates, revocation) is not remembered. All zeros: none.
 */
#define ISSUERS_NUM 8		 /* the oldest one goes */
#define ISSUER_PEM_LEN_MAX 2048 /* real ones: under 1 KB */

struct issuers {
	struct issuer {
		uint8_t pem[ISSUER_PEM_LEN_MAX];
		size_t pem_len; /* 0: a free place */
		struct cert cert;
		uint8_t signer_key[ECDSA_KEY_LEN];
	} issuer[ISSUERS_NUM];
	size_t next; /* place to be taken */
};

/*
 * Reads the chain out of a quote: exactly three certificates, in any order.
 *
 * issuers	neither read nor checked again when they are among these; those
 *		of a good chain are added. May be NULL.
 *
 * Returns 0, or -1 with FAULT_BAD_CERTIFICATE or FAULT_UNTRUSTED_ROOT.
 */
MUST_USE int pck_chain_read(struct pck_chain *c, struct bytes pem,
    const struct trust *trust, struct issuers *issuers, struct fault *f);

/* Whose chain comes with a document of the collateral. */
enum signer_role { SIGNER_TCB_SIGNING, SIGNER_PCK_CA };

struct signer_chain {
	struct cert signer;
	struct cert root;
};

/*
 * Reads an issuer chain of the collateral: exactly two certificates, the
 * signer and then the root.
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL or FAULT_UNTRUSTED_ROOT.
 */
MUST_USE int signer_chain_read(struct signer_chain *c, struct bytes pem,
    enum signer_role role, const struct trust *trust, struct fault *f);

/* Is it one of the two CAs that issue PCK certificates, and which? */
bool cert_is_pck_ca(const struct cert *c, enum pck_ca *out);

#endif
