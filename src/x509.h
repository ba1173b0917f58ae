/*
 * X.509 certificates as Intel issues them: P-256, ECDSA with SHA-256, a
 * handful of extensions. Reading and single checks; what makes a chain is in
 * chain.h.
 *
 * Read from the DER itself, strictly (der.h): GnuTLS's parser takes names,
 * lengths and dates that RFC 5280 does not allow, and its trust list lets too
 * much through (a CRL of the right name and a foreign key, a missing CRL, an
 * expired one). Signatures, dates and names are compared one by one.
 *
 * Source: RFC 5280; Intel's PCK Certificate and CRL Profile, 1.5.
 */
#ifndef ATTESTRY_X509_H
#define ATTESTRY_X509_H

#include <time.h>

#include "quote.h"

#define CERT_DER_LEN_MAX 4096  /* real ones: 0.6 to 1.3 KB */
#define CERT_NAME_LEN_MAX 512  /* DER of a name; real ones: about 110 */
#define CERT_CN_LEN_MAX 128
#define CERT_SERIAL_LEN_MAX 20 /* RFC 5280, 4.1.2.2 */
#define CERT_SGX_EXTENSION_LEN_MAX 2048

/* A distinguished name in DER; names are equal when their bytes are. */
struct name {
	uint8_t der[CERT_NAME_LEN_MAX];
	size_t len;
};

/* Without leading zeros. */
struct serial {
	uint8_t octets[CERT_SERIAL_LEN_MAX];
	size_t len;
};

struct validity {
	time_t not_before; /* both ends are inside */
	time_t not_after;
};

struct cert {
	struct name subject;
	struct name issuer;
	char common_name[CERT_CN_LEN_MAX]; /* of the subject; ASCII */
	struct serial serial;
	struct validity validity;
	uint8_t key[ECDSA_KEY_LEN];
	bool is_ca;
	unsigned key_usage; /* enum key_usage */
	uint8_t sgx_extension[CERT_SGX_EXTENSION_LEN_MAX]; /* its value */
	size_t sgx_extension_len;			   /* 0: absent */
	uint8_t der[CERT_DER_LEN_MAX];
	size_t der_len;
};

enum key_usage {
	KEY_USAGE_DIGITAL_SIGNATURE = 1,
	KEY_USAGE_CERT_SIGN = 2,
	KEY_USAGE_CRL_SIGN = 4
};

/*
 * Reads one certificate and holds it against the profile: version 3, P-256,
 * ECDSA with SHA-256, the five standard extensions, nothing critical that is
 * unknown, nothing twice. Its signature is not looked at.
 *
 * Returns 0, or -1 with FAULT_BAD_CERTIFICATE.
 */
MUST_USE int cert_read(struct cert *c, struct bytes der, struct fault *f);

/* Is `c` signed by this key (x || y)? As der_check_signed_by. */
MUST_USE int cert_check_signed_by(bool *good, const struct cert *c,
    const uint8_t key[static ECDSA_KEY_LEN], struct fault *f);

/*
 * The content octets of a serial number. Returns false when they are more
 * than CERT_SERIAL_LEN_MAX.
 */
MUST_USE bool serial_read(struct serial *s, struct bytes octets);

bool name_equal(const struct name *a, const struct name *b);

#endif
