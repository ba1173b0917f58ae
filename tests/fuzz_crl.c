/*
 * Fuzz target: crl_read. Input: a byte of switches, then what the PCK CA signs
 * of a CRL (so that the check of the signature is passed), or a whole CRL.
 *
 * GnuTLS reads the same entries; each is found, and no other number is; the
 * same CRL of another key, of another name, cut short or with a byte more is
 * refused.
 */
#include <stdlib.h>
#include <string.h>

#include <gnutls/x509.h>

#include "fuzz.h"

enum { IS_WHOLE = 1 };

#define REFUSALS \
	(FUZZ_CODE(FAULT_BAD_COLLATERAL) | FUZZ_CODE(FAULT_COLLATERAL_MISMATCH))

static struct cert *
issuer(void)
{
	static struct cert cert;
	struct mint_world w;
	struct fault f;

	if (cert.der_len == 0) {
		fuzz_world_make(&w, MINT_SGX_V3, "");
		FUZZ_CHECK(cert_read(&cert, mint_buffer_bytes(
		    &w.certs[MINT_CERT_CA]), &f) == 0);
		mint_world_clear(&w);
	}
	return &cert;
}

/* Looks a serial number up, without its leading zeros. */
static bool
has(const struct crl *crl, const uint8_t *octets, size_t len)
{
	struct serial serial = { .len = 0 };

	while (len > 0 && *octets == 0) {
		octets++;
		len--;
	}
	FUZZ_CHECK(len <= sizeof(serial.octets));
	memcpy(serial.octets, octets, len);
	serial.len = len;
	return crl_has(crl, &serial);
}

static void
check_entries(const struct crl *crl, gnutls_x509_crl_t list)
{
	const struct bytes strange = bytes_of_string("none of the strange");
	bool is_there = false; /* libFuzzer reads what is compared */
	uint8_t serial[64];
	size_t i, len;
	time_t at;

	FUZZ_CHECK(gnutls_x509_crl_get_crt_count(list) ==
	    (int)crl->num_revoked);
	for (i = 0; i < crl->num_revoked && i < 100; i++) {
		len = sizeof(serial);
		FUZZ_CHECK(gnutls_x509_crl_get_crt_serial(list, (int)i, serial,
		    &len, &at) >= 0);
		FUZZ_CHECK(has(crl, serial, len));
		is_there |= memmem(serial, len, strange.ptr, strange.len) !=
		    NULL;
	}
	FUZZ_CHECK(is_there || !has(crl, strange.ptr, strange.len));
}

static void
check_number(const struct crl *crl, gnutls_x509_crl_t list)
{
	uint8_t number[1 + CRL_NUMBER_LEN], wide[CRL_NUMBER_LEN] = { 0 };
	size_t len = sizeof(number), skip;
	unsigned critical;

	FUZZ_CHECK(gnutls_x509_crl_get_number(list, number, &len,
	    &critical) >= 0);
	skip = len > CRL_NUMBER_LEN ? len - CRL_NUMBER_LEN : 0;
	memcpy(wide + CRL_NUMBER_LEN - (len - skip), number + skip,
	    len - skip);
	FUZZ_CHECK(memcmp(crl->number, wide, sizeof(wide)) == 0);
}

static void
check_accepted(const struct crl *crl, struct bytes der)
{
	gnutls_datum_t in = { (void *)der.ptr, (unsigned int)der.len };
	gnutls_x509_crl_t list = NULL;

	FUZZ_CHECK(gnutls_x509_crl_init(&list) >= 0);
	FUZZ_CHECK(gnutls_x509_crl_import(list, &in, GNUTLS_X509_FMT_DER) >=
	    0);
	FUZZ_CHECK(gnutls_x509_crl_get_this_update(list) ==
	    crl->validity.not_before);
	FUZZ_CHECK(gnutls_x509_crl_get_next_update(list) ==
	    crl->validity.not_after);
	check_entries(crl, list);
	check_number(crl, list);
	gnutls_x509_crl_deinit(list);
}

static void
check_refused(struct bytes der, const struct cert *by)
{
	struct crl crl;
	struct fault f = { 0 };

	FUZZ_CHECK(crl_read(&crl, der, by, &f) < 0);
	fuzz_check_refusal(&f, REFUSALS);
	FUZZ_CHECK(crl.revoked == NULL);
}

static void
check_neighbours(struct bytes der, uint8_t switches)
{
	struct cert other = *issuer();
	struct mint_buffer more = { 0 };

	switch (switches >> 1 & 3) {
	case 0:
		mint_public_key(fuzz_mint(), MINT_KEY_PROCESSOR_CA, other.key);
		check_refused(der, &other);
		break;
	case 1:
		other.subject.der[other.subject.len - 1] ^= 1;
		check_refused(der, &other);
		break;
	case 2:
		der.len--;
		check_refused(der, issuer());
		break;
	default:
		mint_put_bytes(&more, der);
		mint_put_fill(&more, 0, 1);
		check_refused(mint_buffer_bytes(&more), issuer());
		mint_buffer_clear(&more);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };
	struct mint_buffer der = { 0 };
	uint8_t switches = fuzz_take_u8(&in);
	struct fault f = { 0 };
	struct crl crl;

	if ((switches & IS_WHOLE) != 0)
		mint_put_bytes(&der, in);
	else
		fuzz_put_signed(&der, in, MINT_KEY_PLATFORM_CA);
	if (crl_read(&crl, mint_buffer_bytes(&der), issuer(), &f) == 0) {
		check_accepted(&crl, mint_buffer_bytes(&der));
		check_neighbours(mint_buffer_bytes(&der), switches);
		crl_clear(&crl);
	} else {
		fuzz_check_refusal(&f, REFUSALS);
		FUZZ_CHECK(crl.revoked == NULL);
	}
	mint_buffer_clear(&der);
	return 0;
}

static void
put_seed(fuzz_put *put, const char *name, const char *settings,
    uint8_t switches)
{
	struct mint_buffer b = { 0 };
	struct mint_world w;

	mint_put_fill(&b, switches, 1);
	if ((switches & IS_WHOLE) != 0) {
		fuzz_world_make(&w, MINT_SGX_V3, settings);
		mint_put_bytes(&b, mint_buffer_bytes(&w.pck_crl));
		mint_world_clear(&w);
	} else {
		fuzz_put_tbs(&b, MINT_SGX_V3, settings, MINT_PART_PCK_CRL);
	}
	put(name, mint_buffer_bytes(&b));
	mint_buffer_clear(&b);
}

void
fuzz_make_seeds(fuzz_put *put)
{
	put_seed(put, "good", "", 0);
	put_seed(put, "good-whole", "", IS_WHOLE);
	put_seed(put, "empty", "pck_crl.num_strangers=0", 2);
	put_seed(put, "many", "pck_crl.num_strangers=20", 4);
	put_seed(put, "revoked", "pck_crl.revokes=pck,ca", 6);
	put_seed(put, "no-reason", "pck_crl.reason_code=-1", 0);
	put_seed(put, "generalized", "pck_crl.generalized_time=true", 0);
	put_seed(put, "no-next-update", "pck_crl.has_next_update=false", 0);
	put_seed(put, "no-number", "pck_crl.has_crl_number=false", 0);
	put_seed(put, "large-number", "pck_crl.has_crl_number=false ; "
	    "pck_crl.extra.oid=2.5.29.20 ; pck_crl.extra.value="
	    "021500ffffffffffffffffffffffffffffffffffffffff", 0);
	put_seed(put, "critical", "pck_crl.extra.oid=2.5.29.28 ; "
	    "pck_crl.extra.critical=true ; pck_crl.extra.value=3000", 0);
	put_seed(put, "version-1", "pck_crl.version=1", 0);
	put_seed(put, "root-crl", "pck_crl.issuer.cn=Intel SGX Root CA", 0);
}
