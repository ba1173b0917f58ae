#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <string.h>

#include "bare.h"
#include "mint.h"

void
bare_init(struct bare *b)
{
	struct mint *mint = mint_new_fixed();

	memset(b->data, 0x5a, sizeof(b->data));
	mint_public_key(mint, MINT_KEY_ATTEST, b->key);
	mint_sign(mint, MINT_KEY_ATTEST, BYTES_OF(b->data), b->signature);
	mint_free(mint);
}

static bool
verify_once(const struct bare *b)
{
	gnutls_datum_t data = { (uint8_t *)b->data, sizeof(b->data) };
	gnutls_datum_t x = { (uint8_t *)b->key, 32 };
	gnutls_datum_t y = { (uint8_t *)b->key + 32, 32 };
	gnutls_datum_t r = { (uint8_t *)b->signature, 32 };
	gnutls_datum_t s = { (uint8_t *)b->signature + 32, 32 };
	gnutls_datum_t der = { NULL, 0 };
	gnutls_pubkey_t key = NULL;
	bool good = gnutls_pubkey_init(&key) == 0 &&
	    gnutls_pubkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_SECP256R1,
		&x, &y) == 0 &&
	    gnutls_encode_rs_value(&der, &r, &s) == 0 &&
	    gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0,
		&data, &der) >= 0;

	gnutls_free(der.data);
	gnutls_pubkey_deinit(key);
	return good;
}

bool
bare_verify(const struct bare *b, int times)
{
	while (times-- > 0)
		if (!verify_once(b))
			return false;
	return true;
}
