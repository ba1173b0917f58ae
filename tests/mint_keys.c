#include <stdlib.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "mint_parts.h"

#define RSA_BITS 2048

struct key {
	gnutls_privkey_t private; /* NULL until first used */
	struct mint_buffer spki;
};

/* Text that a spec borrows. */
struct kept {
	struct kept *next;
	char text[];
};

struct mint {
	bool is_fixed;
	struct key keys[MINT_KEY__MAX];
	struct kept *kept;
};

/*
 * The keys of mint_new_fixed, in hex: private number, x, y. Made for this table
 * and used nowhere else; that everybody can read them does no harm.
 */
static const char *const fixed_keys[MINT_KEY__MAX] = {
	[MINT_KEY_ROOT] =
	    "a5d759d7cb7926826fa9620061226f3d693d0512c224db9fe28a8d4122fa8f24"
	    "f19f8b71219a162c0fd1548ff80a673c0117f131fae30d6b8ffcce6766490709"
	    "170e3bea1ee4c1a94bfbd1b0c94fd41497b3d6c9ba3005e698874273aa4b1840",
	[MINT_KEY_PLATFORM_CA] =
	    "fe4e2f7b72e606db1c1094d2946e007fbc6d7d8701fcf5f23f6e23ad0a38b349"
	    "7407382314d5c28b4ba8131e1b5b51863a9a383aa67ba5e7805182d5126fcff9"
	    "bb2d0da2a586664223a9e0757081598509f4cef453f8b10e2e11b642485c6baa",
	[MINT_KEY_PROCESSOR_CA] =
	    "7b7d320d395028b2361eb4ae6e41b1ecbfc038c8f5dac2122465396a35a3099f"
	    "4690f02bc4ff4715ff59e26c16f5e0f38a03f1ac9e3daeb4e02ac2ef3cdbf45c"
	    "abf4619f4f60551f688b1352c8e182e7f91a842067f8d8c6c42a52a7545b3997",
	[MINT_KEY_PCK] =
	    "ea4f36765bee72a67614c1355b12b974841d0d2434f8e4b4b3fffc0bf785ec89"
	    "2306bb84ee6376b71a5b9c5625f663304070b4b1eb6be9aa2a8dec236f45258d"
	    "1a7aaa7e27519b68c61c867070f270571f9926edec68bb681bf5eb4d413f3488",
	[MINT_KEY_TCB_SIGNING] =
	    "17be89650d38f67c1bd130003ef2a0c68fc386b8eb0b42e8c872769fc426f3a1"
	    "63c3ae668bbd9dc197b0592a5fdec6208bd6c8f2ee87ba87b41f5ec3a7059925"
	    "186c9a22deab7e2e1e5fb85bf1c1b3f1e408a152c6f33c0dc9e5c822427e3bb0",
	[MINT_KEY_ATTEST] =
	    "6150702895a21abaccb22def22333829fa37faaf9a7fdc08d62104a48dfdebc5"
	    "27050096badb5b981c836ee7efb1f481ba74c3094e519f250759c76dd2b9c145"
	    "4ced55594aef598acfa85d4f5ad9288ebb6356c7f6d98e65c08416a206418431",
	[MINT_KEY_OTHER_ROOT] =
	    "98342f187e9f56401f3180279976358ef5127debcd0253166fc3333ad488b0c4"
	    "d6566af9a1b85cf16d29cf77601b65cf6e593a2b411cb3a0ee580b898ab6a830"
	    "f8ececf7850640290d7c183fc0a0ffd3074b17a4eaa22cc39016b2b2cb464150",
	[MINT_KEY_SPARE] =
	    "16e67b42c1e6be4f401a276763a5e52cd96006dc5034397f185193544b4145cc"
	    "e264256330337dfaa7707bb39c3e6c0c5d8777963c9d60f1b052d8753cc456ca"
	    "ffbb871e56aa9406e5bdd35cf65840ad7e7fafc87baa88ae9a0cdbf421d08324",
	[MINT_KEY_FOREIGN] =
	    "cedc21822898a180bc1c767ae89d8b8e340e088db1ca90419ed5bfdf1f77d995"
	    "a5883f466175c952d9016aa70f0211fd3965c27c0ad078c2048c0b460420e1dd"
	    "78a27d35ce78ad6acd022ba6004c6520e20f7c26e81f7abf6f069be32abaa837",
};

/* The order of P-256, big-endian. */
static const uint8_t p256_order[32] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
	0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51
};

static void
gnutls_must(int r, const char *what)
{
	if (r < 0)
		mint_die("%s: %s", what, gnutls_strerror(r));
}

static void
key_import(struct key *k, const char *hex)
{
	uint8_t numbers[3][32]; /* private, x, y */
	gnutls_datum_t d = { numbers[0], 32 };
	gnutls_datum_t x = { numbers[1], 32 }, y = { numbers[2], 32 };

	if (!hex_decode(numbers[0], sizeof(numbers), bytes_of_string(hex)))
		mint_die("not a key: %s", hex);
	gnutls_must(gnutls_privkey_import_ecc_raw(k->private,
	    GNUTLS_ECC_CURVE_SECP256R1, &x, &y, &d), "importing a key");
}

static void
key_generate(struct key *k, enum mint_key key)
{
	gnutls_pk_algorithm_t kind = GNUTLS_PK_ECDSA;
	unsigned int bits;

	bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
	if (key == MINT_KEY_P384)
		bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1);
	if (key == MINT_KEY_RSA) {
		kind = GNUTLS_PK_RSA;
		bits = RSA_BITS;
	}
	gnutls_must(gnutls_privkey_generate(k->private, kind, bits, 0),
	    "making a key");
}

static void
key_make(struct key *k, enum mint_key key, bool is_fixed)
{
	gnutls_pubkey_t public = NULL;
	gnutls_datum_t der = { NULL, 0 };

	gnutls_must(gnutls_privkey_init(&k->private), "key");
	if (is_fixed && fixed_keys[key] != NULL)
		key_import(k, fixed_keys[key]);
	else
		key_generate(k, key);
	gnutls_must(gnutls_pubkey_init(&public), "public key");
	gnutls_must(gnutls_pubkey_import_privkey(public, k->private, 0, 0),
	    "public key");
	gnutls_must(gnutls_pubkey_export2(public, GNUTLS_X509_FMT_DER, &der),
	    "public key");
	mint_put(&k->spki, der.data, der.size);
	gnutls_free(der.data);
	gnutls_pubkey_deinit(public);
}

static struct key *
key_get(struct mint *mint, enum mint_key key)
{
	struct key *k;

	if ((unsigned)key >= MINT_KEY__MAX)
		mint_die("no key %d", (int)key);
	k = &mint->keys[key];
	if (k->private == NULL)
		key_make(k, key, mint->is_fixed);
	return k;
}

struct mint *
mint_new(void)
{
	struct mint *mint = calloc(1, sizeof(*mint));

	if (mint == NULL)
		mint_die("no memory");
	return mint;
}

struct mint *
mint_new_fixed(void)
{
	struct mint *mint = mint_new();

	mint->is_fixed = true;
	return mint;
}

void
mint_free(struct mint *mint)
{
	struct kept *kept;
	size_t i;

	if (mint == NULL)
		return;
	for (i = 0; i < MINT_KEY__MAX; i++) {
		if (mint->keys[i].private != NULL)
			gnutls_privkey_deinit(mint->keys[i].private);
		mint_buffer_clear(&mint->keys[i].spki);
	}
	while ((kept = mint->kept) != NULL) {
		mint->kept = kept->next;
		free(kept);
	}
	free(mint);
}

const char *
mint_keep(struct mint *mint, const char *text, size_t len)
{
	struct kept *kept = malloc(sizeof(*kept) + len + 1);

	if (kept == NULL)
		mint_die("no memory");
	memcpy(kept->text, text, len);
	kept->text[len] = '\0';
	kept->next = mint->kept;
	mint->kept = kept;
	return kept->text;
}

struct bytes
mint_spki(struct mint *mint, enum mint_key key)
{
	return mint_buffer_bytes(&key_get(mint, key)->spki);
}

/* The point stands at the end of the SPKI: 04, x, y. */
static struct bytes
key_point(struct mint *mint, enum mint_key key)
{
	struct bytes spki = mint_spki(mint, key), point;
	size_t len = key == MINT_KEY_P384 ? 97 : 65;

	if (key == MINT_KEY_RSA)
		mint_die("an RSA key has no point");
	point = (struct bytes){ spki.ptr + spki.len - len, len };
	return point;
}

void
mint_key_id(struct mint *mint, enum mint_key key, uint8_t out[static 20])
{
	struct bytes bits;

	/* An RSA key's bits are not cut out: any 20 octets name it as well. */
	bits = key == MINT_KEY_RSA ? mint_spki(mint, key) :
	    key_point(mint, key);
	gnutls_must(gnutls_hash_fast(GNUTLS_DIG_SHA1, bits.ptr, bits.len, out),
	    "SHA-1");
}

void
mint_public_key(struct mint *mint, enum mint_key key, uint8_t out[static 64])
{
	memcpy(out, key_point(mint, key).ptr + 1, 64);
}

void
mint_sign_der(struct mint *mint, enum mint_key key, enum mint_hash hash,
    struct bytes data, struct mint_buffer *out)
{
	static const gnutls_sign_algorithm_t ecdsa[] = {
		[MINT_SHA256] = GNUTLS_SIGN_ECDSA_SHA256,
		[MINT_SHA384] = GNUTLS_SIGN_ECDSA_SHA384,
		[MINT_SHA1] = GNUTLS_SIGN_ECDSA_SHA1
	};
	static const gnutls_sign_algorithm_t rsa[] = {
		[MINT_SHA256] = GNUTLS_SIGN_RSA_SHA256,
		[MINT_SHA384] = GNUTLS_SIGN_RSA_SHA384,
		[MINT_SHA1] = GNUTLS_SIGN_RSA_SHA1
	};
	gnutls_datum_t in = { (uint8_t *)data.ptr, (unsigned int)data.len };
	gnutls_datum_t signature = { NULL, 0 };
	unsigned int flags = 0;
	gnutls_sign_algorithm_t algorithm = rsa[hash];

	if (key != MINT_KEY_RSA) {
		/* The same world twice is the same to the byte. */
		flags = GNUTLS_PRIVKEY_FLAG_REPRODUCIBLE;
		algorithm = ecdsa[hash];
	}
	gnutls_must(gnutls_privkey_sign_data2(key_get(mint, key)->private,
	    algorithm, flags, &in, &signature), "signing");
	mint_put(out, signature.data, signature.size);
	gnutls_free(signature.data);
}

/* A number of any length becomes one of 32 octets. */
static void
put_32(uint8_t out[static 32], const gnutls_datum_t *number)
{
	const uint8_t *from = number->data;
	size_t len = number->size;

	while (len > 32) {
		from++;
		len--;
	}
	memset(out, 0, 32);
	memcpy(out + 32 - len, from, len);
}

void
mint_sign(struct mint *mint, enum mint_key key, struct bytes data,
    uint8_t signature[static 64])
{
	struct mint_buffer der = { 0 };
	gnutls_datum_t in, r = { NULL, 0 }, s = { NULL, 0 };

	mint_sign_der(mint, key, MINT_SHA256, data, &der);
	if (key == MINT_KEY_RSA) { /* nothing that could pass for one */
		memcpy(signature, der.ptr, 64);
	} else {
		in = (gnutls_datum_t){ der.ptr, (unsigned int)der.len };
		gnutls_must(gnutls_decode_rs_value(&in, &r, &s), "signature");
		put_32(signature, &r);
		put_32(signature + 32, &s);
		gnutls_free(r.data);
		gnutls_free(s.data);
	}
	mint_buffer_clear(&der);
}

void
mint_signature_mirror(uint8_t signature[static 64])
{
	uint8_t *s = signature + 32;
	int borrow = 0, difference;
	size_t i;

	for (i = 32; i-- > 0; ) {
		difference = p256_order[i] - s[i] - borrow;
		borrow = difference < 0;
		s[i] = (uint8_t)difference;
	}
}
