/*
 * Fuzz target: certificates and chains. The input's first byte says what the
 * rest is: PEM; one certificate in DER; changes of one minted certificate; or
 * changes of minted certificates, for each of the three kinds of chain. Signing
 * and verifying take a millisecond, so one in 16 of these is signed, chosen by
 * a checksum that no change of the input can aim at. The others get a signature
 * that is none, and coins in the input say what verifying it comes to: then a
 * chain is accepted with good coins alone.
 *
 * A chain that is accepted ends in the trust anchor, and GnuTLS agrees on who
 * signed whom; the PCK chain is accepted in every order, the others in one. A
 * certificate keeps its bytes, and GnuTLS finds the same in it.
 */
#include <stdlib.h>
#include <string.h>

#include <gnutls/x509.h>

#include "chain.h"
#include "fuzz.h"
#include "pem.h"

enum { PEM, DER, PCK_CHAIN, TCB_SIGNING_CHAIN, PCK_CA_CHAIN, MODE__MAX };
/* Up to here, the three kinds of chain with coins; then one certificate. */
#define ONE_CERT_MIN 64

/*
 * What ecdsa_verify answers instead of verifying. The linker puts this in its
 * place (--wrap).
 */
static struct {
	bool are_thrown; /* else it is the real one */
	uint8_t bits;	 /* the first throw is the lowest; then all good */
	int num_thrown;
	bool all_good;
} coins;

int __real_ecdsa_verify(bool *good, const uint8_t key[static ECDSA_KEY_LEN],
    struct bytes data, const uint8_t sig[static ECDSA_SIG_LEN],
    struct fault *f);
int __wrap_ecdsa_verify(bool *good, const uint8_t key[static ECDSA_KEY_LEN],
    struct bytes data, const uint8_t sig[static ECDSA_SIG_LEN],
    struct fault *f);

int
__wrap_ecdsa_verify(bool *good, const uint8_t key[static ECDSA_KEY_LEN],
    struct bytes data, const uint8_t sig[static ECDSA_SIG_LEN],
    struct fault *f)
{
	if (!coins.are_thrown)
		return __real_ecdsa_verify(good, key, data, sig, f);
	*good = coins.num_thrown >= 8 || (coins.bits >> coins.num_thrown & 1);
	coins.num_thrown++;
	coins.all_good &= *good;
	return 0;
}

static void
throw_coins(uint8_t bits)
{
	coins.are_thrown = true;
	coins.bits = bits;
	coins.num_thrown = 0;
	coins.all_good = true;
}

/* Is a chain that was accepted one of so many good links? */
static void
check_coins(int num)
{
	if (coins.are_thrown)
		FUZZ_CHECK(coins.all_good && coins.num_thrown == num);
}

#define REFUSALS \
	(FUZZ_CODE(FAULT_BAD_CERTIFICATE) | FUZZ_CODE(FAULT_UNTRUSTED_ROOT))
#define SIGNER_REFUSALS \
	(FUZZ_CODE(FAULT_BAD_COLLATERAL) | FUZZ_CODE(FAULT_UNTRUSTED_ROOT))

/* The minted ones, leaf first; the root is the last of every chain. */
enum { LEAF, TCB_SIGNING, CA, ROOT, CERTS_NUM };

static const struct {
	enum mint_part part;
	enum mint_key signer;
} minted[CERTS_NUM] = {
	[LEAF] = { MINT_PART_PCK_CERT, MINT_KEY_PLATFORM_CA },
	[TCB_SIGNING] = { MINT_PART_TCB_SIGNING_CERT, MINT_KEY_ROOT },
	[CA] = { MINT_PART_CA_CERT, MINT_KEY_ROOT },
	[ROOT] = { MINT_PART_ROOT_CERT, MINT_KEY_ROOT },
};

/* What is signed of it. */
static struct bytes
tbs(int which)
{
	static struct mint_buffer made[CERTS_NUM];

	if (made[which].len == 0)
		fuzz_put_tbs(&made[which], MINT_SGX_V3, "",
		    minted[which].part);
	return mint_buffer_bytes(&made[which]);
}

static gnutls_x509_crt_t
import_new(struct bytes der)
{
	gnutls_datum_t in = { (void *)der.ptr, (unsigned int)der.len };
	gnutls_x509_crt_t crt = NULL;

	FUZZ_CHECK(gnutls_x509_crt_init(&crt) >= 0);
	FUZZ_CHECK(gnutls_x509_crt_import(crt, &in, GNUTLS_X509_FMT_DER) >= 0);
	return crt;
}

static void
check_cert(const struct cert *c)
{
	struct bytes der = { c->der, c->der_len };
	gnutls_x509_crt_t crt = import_new(der);
	struct mint_buffer pem = { 0 };
	struct cert again;
	struct fault f = { 0 };

	FUZZ_CHECK(gnutls_x509_crt_get_version(crt) == 3);
	FUZZ_CHECK(gnutls_x509_crt_get_activation_time(crt) ==
	    c->validity.not_before);
	FUZZ_CHECK(gnutls_x509_crt_get_expiration_time(crt) ==
	    c->validity.not_after);
	FUZZ_CHECK((gnutls_x509_crt_get_ca_status(crt, NULL) > 0) == c->is_ca);
	FUZZ_CHECK(memmem(der.ptr, der.len, c->subject.der, c->subject.len) !=
	    NULL);
	FUZZ_CHECK(memmem(der.ptr, der.len, c->issuer.der, c->issuer.len) !=
	    NULL);
	FUZZ_CHECK(memmem(c->subject.der, c->subject.len, c->common_name,
	    strlen(c->common_name)) != NULL);
	FUZZ_CHECK(memmem(der.ptr, der.len, c->serial.octets, c->serial.len) !=
	    NULL);
	gnutls_x509_crt_deinit(crt);

	mint_put_pem(&pem, "CERTIFICATE", der, "\n");
	FUZZ_CHECK(cert_read_pem(&again, 1, mint_buffer_bytes(&pem), &f) == 0);
	FUZZ_CHECK(memcmp(&again, c, sizeof(again)) == 0);
	mint_buffer_clear(&pem);
}

static void
run_der(struct bytes der)
{
	static struct cert c, again;
	struct bytes shorter = der;
	struct fault f = { 0 };

	if (cert_read(&c, der, &f) < 0) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_BAD_CERTIFICATE));
		return;
	}
	FUZZ_CHECK(bytes_equal(der, (struct bytes){ c.der, c.der_len }));
	check_cert(&c);
	shorter.len--;
	FUZZ_CHECK(cert_read(&again, shorter, &f) < 0);
}

/* A minted certificate with changes anywhere in it, the signature too. */
static void
run_changed(int which, struct bytes in)
{
	static struct mint_buffer made[CERTS_NUM];
	static struct cert c;
	struct mint_buffer der = { 0 };
	struct fuzz_patch patch;
	struct fault f = { 0 };
	uint8_t more = fuzz_take_u8(&in);

	if (made[which].len == 0)
		fuzz_put_signed(&made[which], tbs(which),
		    minted[which].signer);
	mint_put_bytes(&der, mint_buffer_bytes(&made[which]));
	while (in.len > 0) {
		fuzz_take_patch(&in, &patch);
		fuzz_patch_apply(&patch, &der);
	}
	if (more >= 0xe0) { /* GnuTLS takes long */
		run_der(mint_buffer_bytes(&der));
	} else if (cert_read(&c, mint_buffer_bytes(&der), &f) < 0) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_BAD_CERTIFICATE));
	} else {
		FUZZ_CHECK(bytes_equal(mint_buffer_bytes(&der),
		    (struct bytes){ c.der, c.der_len }));
		FUZZ_CHECK(c.validity.not_before >= 0);
	}
	mint_buffer_clear(&der);
}

static size_t
count_blocks(struct bytes pem)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const uint8_t *found;
	size_t num = 0;

	while (pem.len > 0 && (found = memmem(pem.ptr, pem.len, begin,
	    sizeof(begin) - 1)) != NULL) {
		num++;
		pem.len -= (size_t)(found + 1 - pem.ptr);
		pem.ptr = found + 1;
	}
	return num;
}

static void
run_pem(struct bytes pem)
{
	static struct cert certs[4];
	size_t num = fuzz_take_u8(&pem) % 3 + 1, i;
	struct fault f = { 0 };

	if (cert_read_pem(certs, num, pem, &f) < 0) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_BAD_CERTIFICATE));
		return;
	}
	FUZZ_CHECK(count_blocks(pem) == num);
	for (i = 0; i < num; i++)
		check_cert(&certs[i]);
	FUZZ_CHECK(cert_read_pem(certs, num + 1, pem, &f) < 0);
	FUZZ_CHECK(num == 1 || cert_read_pem(certs, num - 1, pem, &f) < 0);
}

/*
 * GnuTLS: `issuer` is a CA of that name, and signed `c`. It also wants the key
 * identifiers to match where they are there; RFC 5280, 4.2.1.1, has them help
 * find a path and not decide on it, so a chain where they differ is as good.
 */
static void
check_link(const struct cert *c, const struct cert *issuer, uint8_t which)
{
	gnutls_x509_crt_t crt, ca;
	unsigned status = ~0u;

	FUZZ_CHECK(name_equal(&c->issuer, &issuer->subject));
	FUZZ_CHECK(issuer->is_ca);
	if (coins.are_thrown && which < 0xe0) /* GnuTLS takes long */
		return;
	crt = import_new((struct bytes){ c->der, c->der_len });
	ca = import_new((struct bytes){ issuer->der, issuer->der_len });
	FUZZ_CHECK(gnutls_x509_crt_get_ca_status(ca, NULL) > 0);
	if (!coins.are_thrown && gnutls_x509_crt_check_issuer(crt, ca) == 1) {
		FUZZ_CHECK(gnutls_x509_crt_verify(crt, &ca, 1,
		    GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
		    GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS, &status) >= 0);
		FUZZ_CHECK(status == 0);
	}
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_crt_deinit(ca);
}

static void
check_root(const struct cert *root)
{
	uint8_t key[64];

	mint_public_key(fuzz_mint(), MINT_KEY_ROOT, key);
	FUZZ_CHECK(memcmp(root->key, key, sizeof(key)) == 0);
	FUZZ_CHECK(strcmp(root->common_name, "Intel SGX Root CA") == 0);
}

static void
put_chain(struct mint_buffer *b, const struct mint_buffer *certs,
    const int *order, size_t num)
{
	size_t i;

	for (i = 0; i < num; i++)
		mint_put_pem(b, "CERTIFICATE",
		    mint_buffer_bytes(&certs[order[i]]), "\n");
}

static void
run_pck_chain(const struct mint_buffer *certs, uint8_t which)
{
	static const int orders[6][3] = {
		{ LEAF, CA, ROOT }, { LEAF, ROOT, CA }, { CA, LEAF, ROOT },
		{ CA, ROOT, LEAF }, { ROOT, CA, LEAF }, { ROOT, LEAF, CA },
	};
	static struct pck_chain c, again;
	struct mint_buffer pem = { 0 };
	struct fault f = { 0 };
	bool good;

	put_chain(&pem, certs, orders[which % 6], 3);
	good = pck_chain_read(&c, mint_buffer_bytes(&pem), fuzz_trust(),
	    NULL, &f) == 0;
	if (good) {
		check_coins(3);
		check_root(&c.root);
		check_link(&c.leaf, &c.ca, which);
		check_link(&c.ca, &c.root, which);
		FUZZ_CHECK(c.ca.is_ca && !c.leaf.is_ca);
	} else {
		fuzz_check_refusal(&f, REFUSALS);
	}
	mint_buffer_clear(&pem);
	if (which < 0xe0) /* once is enough for most */
		return;
	put_chain(&pem, certs, orders[(which + 1) % 6], 3);
	coins.num_thrown = 0;
	FUZZ_CHECK((pck_chain_read(&again, mint_buffer_bytes(&pem),
	    fuzz_trust(), NULL, &f) == 0) == good);
	FUZZ_CHECK(!good || memcmp(&c.pck, &again.pck, sizeof(c.pck)) == 0);
	mint_buffer_clear(&pem);
}

static void
run_signer_chain(const struct mint_buffer *certs, int signer, uint8_t which)
{
	bool reversed = which % 8 == 7;
	static struct signer_chain c;
	const int orders[2][2] = { { signer, ROOT }, { ROOT, signer } };
	enum signer_role role = signer == CA ? SIGNER_PCK_CA :
	    SIGNER_TCB_SIGNING;
	struct mint_buffer pem = { 0 };
	struct fault f = { 0 };

	put_chain(&pem, certs, orders[reversed], 2);
	if (signer_chain_read(&c, mint_buffer_bytes(&pem), role, fuzz_trust(),
	    &f) == 0) {
		FUZZ_CHECK(!reversed);
		check_coins(2);
		check_root(&c.root);
		check_link(&c.signer, &c.root, which);
		FUZZ_CHECK(c.signer.is_ca == (signer == CA));
	} else {
		fuzz_check_refusal(&f, SIGNER_REFUSALS);
	}
	mint_buffer_clear(&pem);
}

/* With a signature of another certificate: a coin says what it is worth. */
static void
put_coined(struct mint_buffer *out, struct bytes body)
{
	static struct mint_buffer whole;
	struct bytes rest;
	size_t head;

	if (whole.len == 0)
		fuzz_put_signed(&whole, tbs(ROOT), MINT_KEY_ROOT);
	head = 4 + tbs(ROOT).len; /* SEQUENCE with two octets of length */
	rest = (struct bytes){ whole.ptr + head, whole.len - head };
	mint_put_bytes(out, body);
	mint_put_bytes(out, rest);
	mint_der_wrap(out, 0, MINT_DER_SEQUENCE);
}

/* Changes the certificates as the input says, and signs what is changed. */
static void
make_certs(struct mint_buffer *certs, unsigned needed, struct bytes *in)
{
	struct fuzz_patch patch;
	int i;

	for (i = 0; i < CERTS_NUM; i++)
		mint_put_bytes(&certs[i], tbs(i));
	while (in->len > 0) {
		i = fuzz_take_u8(in) % CERTS_NUM;
		fuzz_take_patch(in, &patch);
		fuzz_patch_apply(&patch, &certs[i]);
	}
	for (i = 0; i < CERTS_NUM; i++) {
		struct mint_buffer body = certs[i];

		if ((needed >> i & 1) == 0)
			continue;
		certs[i] = (struct mint_buffer){ 0 };
		if (coins.are_thrown)
			put_coined(&certs[i], mint_buffer_bytes(&body));
		else
			fuzz_put_signed(&certs[i], mint_buffer_bytes(&body),
			    minted[i].signer);
		mint_buffer_clear(&body);
	}
}

/* One in 16 (FNV-1a); empty changes are always among them. */
static bool
is_to_be_signed(struct bytes changes)
{
	uint32_t sum = 2166136261u;
	size_t i;

	for (i = 0; i < changes.len; i++)
		sum = (sum ^ changes.ptr[i]) * 16777619u;
	return changes.len == 0 || sum >> 28 == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };
	struct mint_buffer certs[CERTS_NUM] = { { 0 } };
	int mode = fuzz_take_u8(&in), i;
	uint8_t order;

	coins.are_thrown = false;
	fuzz_trust(); /* made once, and not with coins */
	if (mode == PEM) {
		run_pem(in);
		return 0;
	}
	if (mode == DER) {
		run_der(in);
		return 0;
	}
	if (mode >= ONE_CERT_MIN) {
		run_changed(mode % CERTS_NUM, in);
		return 0;
	}
	if (mode >= MODE__MAX) {
		throw_coins(fuzz_take_u8(&in));
		mode = PCK_CHAIN + mode % 3;
	}
	order = fuzz_take_u8(&in);
	if (!coins.are_thrown && !is_to_be_signed(in))
		throw_coins(0xff);
	if (mode == PCK_CHAIN) {
		make_certs(certs, 1u << LEAF | 1u << CA | 1u << ROOT, &in);
		run_pck_chain(certs, order);
	} else {
		i = mode == PCK_CA_CHAIN ? CA : TCB_SIGNING;
		make_certs(certs, 1u << i | 1u << ROOT, &in);
		run_signer_chain(certs, i, order);
	}
	for (i = 0; i < CERTS_NUM; i++)
		mint_buffer_clear(&certs[i]);
	return 0;
}

static void
put_seed(fuzz_put *put, const char *name, uint8_t mode, uint8_t more,
    struct bytes rest)
{
	struct mint_buffer b = { 0 };

	mint_put_fill(&b, mode, 1);
	if (mode != DER)
		mint_put_fill(&b, more, 1);
	mint_put_bytes(&b, rest);
	put(name, mint_buffer_bytes(&b));
	mint_buffer_clear(&b);
}

/* Beginning of input: nothing changed; a byte of the name; of the key. */
static void
put_changes(fuzz_put *put)
{
	static const uint8_t order[] = { 0 }, twice[] = { 0xe1 };
	static const uint8_t name[] = { CA, 1, 120, 0, 1, 1 };
	static const uint8_t cut[] = { LEAF, 3, 0xf0, 0xff, 3, 0, 0, 0 };
	static const uint8_t two[] = { ROOT, 1, 60, 0, 1, 4, LEAF, 0, 200, 1,
		2, 5, 6 };

	put_seed(put, "pck-chain", PCK_CHAIN, 0, (struct bytes){ NULL, 0 });
	put_seed(put, "pck-chain-ca", PCK_CHAIN, 1, BYTES_OF(name));
	put_seed(put, "pck-chain-leaf", PCK_CHAIN, 2, BYTES_OF(cut));
	put_seed(put, "pck-chain-two", PCK_CHAIN, 3, BYTES_OF(two));
	put_seed(put, "tcb-signing-chain", TCB_SIGNING_CHAIN, 0,
	    (struct bytes){ NULL, 0 });
	put_seed(put, "pck-ca-chain", PCK_CA_CHAIN, 0,
	    (struct bytes){ NULL, 0 });
	put_seed(put, "pck-ca-chain-name", PCK_CA_CHAIN, 0, BYTES_OF(name));
	put_seed(put, "pck-ca-chain-reversed", PCK_CA_CHAIN, 7,
	    (struct bytes){ NULL, 0 });
	put_seed(put, "coins-pck-chain", 6, 0xff, BYTES_OF(order));
	put_seed(put, "coins-pck-chain-twice", 6, 0xff, BYTES_OF(twice));
	put_seed(put, "coins-pck-chain-bad", 6, 0xfb, BYTES_OF(order));
	put_seed(put, "coins-tcb-signing-chain", 7, 0xff, BYTES_OF(order));
	put_seed(put, "coins-pck-ca-chain", 8, 0xff, BYTES_OF(order));
	put_seed(put, "one-leaf", 64 + LEAF, 0, (struct bytes){ NULL, 0 });
	put_seed(put, "one-ca", 64 + CA, 0xff, BYTES_OF(name));
	put_seed(put, "one-root", 64 + ROOT, 0, BYTES_OF(cut));
}

void
fuzz_make_seeds(fuzz_put *put)
{
	struct mint_world w;

	fuzz_world_make(&w, MINT_SGX_V3, "pck_chain.nul_terminated=true");
	put_seed(put, "pem-3", PEM, 2, (struct bytes){
	    w.quote + w.at.cert_data, w.at.end - w.at.cert_data });
	put_seed(put, "pem-2", PEM, 1,
	    bytes_of_string(w.fields[MINT_FIELD_TCB_INFO_ISSUER_CHAIN]));
	put_seed(put, "pem-1", PEM, 0, bytes_of_string(w.root_pem));
	put_seed(put, "der-root", DER, 0, mint_buffer_bytes(&w.root_der));
	put_seed(put, "der-leaf", DER, 0,
	    mint_buffer_bytes(&w.certs[MINT_CERT_PCK]));
	put_seed(put, "der-ca", DER, 0,
	    mint_buffer_bytes(&w.certs[MINT_CERT_CA]));
	mint_world_clear(&w);
	put_changes(put);
}
