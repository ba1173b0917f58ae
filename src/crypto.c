#include <errno.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "crypto.h"

#define SCALAR_LEN 32

/* The order n of P-256 (SEC 2, 2.4.2). */
static const uint8_t p256_order[SCALAR_LEN] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
	0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51
};

static gnutls_datum_t
datum(const uint8_t *ptr, size_t len)
{
	return (gnutls_datum_t){ (unsigned char *)ptr, (unsigned int)len };
}

/* 1 … n-1, as FIPS 186-5 6.4.2 asks of r and s. */
static bool
scalar_in_range(const uint8_t *scalar)
{
	return !bytes_is_zero((struct bytes){ scalar, SCALAR_LEN }) &&
	    memcmp(scalar, p256_order, SCALAR_LEN) < 0;
}

static bool
import_key(gnutls_pubkey_t pubkey, const uint8_t *key)
{
	gnutls_datum_t x = datum(key, SCALAR_LEN);
	gnutls_datum_t y = datum(key + SCALAR_LEN, SCALAR_LEN);

	return gnutls_pubkey_import_ecc_raw(pubkey,
	    GNUTLS_ECC_CURVE_SECP256R1, &x, &y) == 0;
}

int
ecdsa_verify(bool *good, const uint8_t key[static ECDSA_KEY_LEN],
    struct bytes data, const uint8_t sig[static ECDSA_SIG_LEN],
    struct fault *f)
{
	gnutls_datum_t sig_r = datum(sig, SCALAR_LEN);
	gnutls_datum_t sig_s = datum(sig + SCALAR_LEN, SCALAR_LEN);
	gnutls_datum_t message = datum(data.ptr, data.len);
	gnutls_datum_t der = { NULL, 0 };
	gnutls_pubkey_t pubkey = NULL;
	bool is_good;
	int r = 0;

	*good = false;
	if (!scalar_in_range(sig_r.data) || !scalar_in_range(sig_s.data))
		return 0;
	errno = 0;
	/* An off-curve key imports; nettle refuses it while verifying. */
	is_good = gnutls_encode_rs_value(&der, &sig_r, &sig_s) >= 0 &&
	    gnutls_pubkey_init(&pubkey) >= 0 && import_key(pubkey, key) &&
	    gnutls_pubkey_verify_data2(pubkey, GNUTLS_SIGN_ECDSA_SHA256, 0,
		&message, &der) >= 0;
	/* Not all of GnuTLS tells it from a bad signature; malloc does. */
	if (errno == ENOMEM)
		r = fault_set_memory(f);
	else
		*good = is_good;
	if (pubkey != NULL)
		gnutls_pubkey_deinit(pubkey);
	gnutls_free(der.data);
	return r;
}

int
sha256(const struct bytes *runs, size_t num, uint8_t out[static SHA256_LEN],
    struct fault *f)
{
	gnutls_hash_hd_t hash;
	size_t i;
	int error = 0;

	if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) < 0)
		return fault_set(f, FAULT_INTERNAL, "SHA-256: cannot start");
	for (i = 0; i < num && error == 0; i++)
		if (runs[i].len > 0)
			error = gnutls_hash(hash, runs[i].ptr, runs[i].len);
	gnutls_hash_deinit(hash, out);
	if (error < 0)
		return fault_set(f, FAULT_INTERNAL, "SHA-256: failed");
	return 0;
}

/* RFC 6979, A.2.5: P-256 with SHA-256, message "sample". */
static const uint8_t test_key[ECDSA_KEY_LEN] = {
	0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31,
	0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d, 0x68,
	0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c,
	0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6,
	0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc, 0x99,
	0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64,
	0xf2, 0xf1, 0xb2, 0x0c, 0x2d, 0x7e, 0x9f, 0x51,
	0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99
};
static const uint8_t test_sig[ECDSA_SIG_LEN] = {
	0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd,
	0x11, 0x40, 0xdd, 0x9c, 0xd4, 0x5e, 0x81, 0xd6,
	0x9d, 0x2c, 0x87, 0x7b, 0x56, 0xaa, 0xf9, 0x91,
	0xc3, 0x4d, 0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16,
	0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65, 0x7c, 0x41,
	0xd4, 0x36, 0xc7, 0xa1, 0xb6, 0xe2, 0x9f, 0x65,
	0xf3, 0xe9, 0x00, 0xdb, 0xb9, 0xaf, 0xf4, 0x06,
	0x4d, 0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8
};

int
crypto_self_test(struct fault *f)
{
	struct bytes message = bytes_of_string("sample");
	uint8_t digest[SHA256_LEN];
	bool good;

	if (ecdsa_verify(&good, test_key, message, test_sig, f) < 0)
		return -1;
	if (!good)
		return fault_set(f, FAULT_INTERNAL,
		    "cryptography: this machine's GnuTLS refuses a good "
		    "ECDSA P-256 signature; is P-256 or SHA-256 forbidden in "
		    "/etc/gnutls/config?");
	if (ecdsa_verify(&good, test_key, bytes_of_string("simple"), test_sig,
		f) < 0)
		return -1;
	if (good)
		return fault_set(f, FAULT_INTERNAL,
		    "cryptography: this machine's GnuTLS accepts a bad ECDSA "
		    "P-256 signature");
	return sha256(&message, 1, digest, f);
}
