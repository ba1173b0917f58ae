#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "der.h"
#include "x509.h"

#define EXTENSIONS_NUM_MAX 16
#define OID_LEN_MAX 16 /* real ones: 3 and 9 octets */

#define PEM_LABEL "CERTIFICATE"
#define PEM_LINE_LEN_MAX 64
/* 1.2.840.113741.1.13.1 */
static const uint8_t sgx_oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01,
	0x0d, 0x01 };

/* What every certificate of Intel's has (PCK profile, 1.3): 2.5.29.x. */
static const struct {
	uint8_t oid[3];
	const char *name;
} required[] = {
	{ { 0x55, 0x1d, 19 }, "basic constraints" },
	{ { 0x55, 0x1d, 15 }, "key usage" },
	{ { 0x55, 0x1d, 14 }, "subject key identifier" },
	{ { 0x55, 0x1d, 35 }, "authority key identifier" },
	{ { 0x55, 0x1d, 31 }, "CRL distribution points" },
};

#define REQUIRED_NUM (sizeof(required) / sizeof(required[0]))

static gnutls_datum_t
datum(struct bytes b)
{
	return (gnutls_datum_t){ (unsigned char *)b.ptr, (unsigned int)b.len };
}

static struct bytes
bytes_of_datum(gnutls_datum_t d)
{
	return (struct bytes){ d.data, d.size };
}

bool
name_equal(const struct name *a, const struct name *b)
{
	return bytes_equal((struct bytes){ a->der, a->len },
	    (struct bytes){ b->der, b->len });
}

/* Takes over the datum. */
static bool
name_adopt(struct name *n, int error, gnutls_datum_t *der)
{
	bool fits = error >= 0 && der->size <= sizeof(n->der);

	if (fits) {
		memcpy(n->der, der->data, der->size);
		n->len = der->size;
	}
	gnutls_free(der->data);
	return fits;
}

bool
serial_read(struct serial *s, struct bytes octets)
{
	if (octets.len == 0) /* X.690, 8.3.1: zero takes an octet too */
		return false;
	while (octets.len > 0 && octets.ptr[0] == 0)
		octets = bytes_behind(octets, 1);
	if (octets.len > sizeof(s->octets))
		return false;
	memset(s, 0, sizeof(*s));
	s->len = octets.len;
	memcpy(s->octets, octets.ptr, octets.len);
	return true;
}

int
cert_check_signed_by(bool *good, const struct cert *c,
    const uint8_t key[static ECDSA_KEY_LEN], struct fault *f)
{
	return der_check_signed_by(good, (struct bytes){ c->der, c->der_len },
	    key, f);
}

static bool
read_names(gnutls_x509_crt_t crt, struct cert *c)
{
	gnutls_datum_t subject = { NULL, 0 }, issuer = { NULL, 0 };
	size_t len = sizeof(c->common_name);
	char second[CERT_CN_LEN_MAX];
	size_t second_len = sizeof(second);
	int error;

	error = gnutls_x509_crt_get_raw_dn(crt, &subject);
	if (!name_adopt(&c->subject, error, &subject))
		return false;
	error = gnutls_x509_crt_get_raw_issuer_dn(crt, &issuer);
	if (!name_adopt(&c->issuer, error, &issuer))
		return false;
	if (gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
		0, c->common_name, &len) < 0 ||
	    strlen(c->common_name) != len)
		return false;
	return gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME,
	    1, 0, second, &second_len) == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

/*
 * From the DER itself: GnuTLS reads times that RFC 5280 does not allow.
 *
 * key		the whole of what is said about the public key
 * extensions	the list of them (4.1: the last thing that is signed)
 */
static bool
read_serial_and_validity(struct bytes der, struct cert *c, struct bytes *key,
    struct bytes *extensions)
{
	struct bytes tbs, in, ignored, serial, validity, tagged;

	return der_open_signed(der, &tbs, &ignored) &&
	    der_take(&tbs, DER_SEQUENCE, &in) &&
	    der_take(&in, DER_CONTEXT_0, &ignored) && /* version */
	    der_take(&in, DER_INTEGER, &serial) &&
	    serial_read(&c->serial, serial) &&
	    der_take(&in, DER_SEQUENCE, &ignored) && /* algorithm */
	    der_take(&in, DER_SEQUENCE, &ignored) && /* issuer */
	    der_take(&in, DER_SEQUENCE, &validity) &&
	    der_get_time(&validity, &c->validity.not_before) &&
	    der_get_time(&validity, &c->validity.not_after) &&
	    validity.len == 0 &&
	    der_take(&in, DER_SEQUENCE, &ignored) && /* subject */
	    der_take_whole(&in, DER_SEQUENCE, key) &&
	    der_take(&in, DER_CONTEXT_3, &tagged) && in.len == 0 &&
	    der_take(&tagged, DER_SEQUENCE, extensions) && tagged.len == 0;
}

/* SubjectPublicKeyInfo of P-256 (RFC 5480, 2): there is one form of it. */
static bool
read_key(struct bytes info, uint8_t key[static ECDSA_KEY_LEN])
{
	static const uint8_t head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07,
		0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
		0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
		0x04 };
	struct bytes taken;

	return bytes_take(&info, &taken, sizeof(head)) &&
	    bytes_equal(taken, BYTES_OF(head)) && info.len == ECDSA_KEY_LEN &&
	    bytes_copy(&info, key, ECDSA_KEY_LEN);
}

static bool
is_required(struct bytes oid)
{
	size_t i;

	for (i = 0; i < REQUIRED_NUM; i++)
		if (bytes_equal(oid, BYTES_OF(required[i].oid)))
			return true;
	return false;
}

static int
copy_sgx_extension(struct cert *c, struct bytes value, struct fault *f)
{
	if (value.len > sizeof(c->sgx_extension))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "SGX extension: want at most %d bytes, have %zu",
		    CERT_SGX_EXTENSION_LEN_MAX, value.len);
	memcpy(c->sgx_extension, value.ptr, value.len);
	c->sgx_extension_len = value.len;
	return 0;
}

/* All that are required are there, none twice, none critical and unknown. */
static int
read_extensions(struct cert *c, struct bytes in, struct fault *f)
{
	const struct bytes sgx = BYTES_OF(sgx_oid);
	struct bytes seen[EXTENSIONS_NUM_MAX], oid, value;
	size_t num, i;
	bool critical;

	for (num = 0; in.len > 0; num++) {
		if (num == EXTENSIONS_NUM_MAX ||
		    !der_take_extension(&in, &oid, &critical, &value) ||
		    oid.len > OID_LEN_MAX)
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "extensions: want at most %d readable ones, "
			    "number %zu is not", EXTENSIONS_NUM_MAX, num + 1);
		if (critical && !is_required(oid) && !bytes_equal(oid, sgx))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "extensions: number %zu is critical and unknown "
			    "(RFC 5280, 4.2)", num + 1);
		if (bytes_is_among(seen, num, oid))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "extensions: number %zu stands twice "
			    "(RFC 5280, 4.2)", num + 1);
		/* Only PCK leaves have it. */
		if (bytes_equal(oid, sgx) &&
		    copy_sgx_extension(c, value, f) < 0)
			return -1;
		seen[num] = oid;
	}
	for (i = 0; i < REQUIRED_NUM; i++)
		if (!bytes_is_among(seen, num, BYTES_OF(required[i].oid)))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "extensions: %s: missing", required[i].name);
	return 0;
}

static bool
read_constraints(gnutls_x509_crt_t crt, struct cert *c)
{
	unsigned critical, is_ca, usage;
	int path_len; /* a CA that issues leaves cannot fall short of it */

	if (gnutls_x509_crt_get_basic_constraints(crt, &critical, &is_ca,
		&path_len) < 0 ||
	    gnutls_x509_crt_get_key_usage(crt, &usage, &critical) < 0)
		return false;
	c->is_ca = is_ca != 0;
	if (usage & GNUTLS_KEY_DIGITAL_SIGNATURE)
		c->key_usage |= KEY_USAGE_DIGITAL_SIGNATURE;
	if (usage & GNUTLS_KEY_KEY_CERT_SIGN)
		c->key_usage |= KEY_USAGE_CERT_SIGN;
	if (usage & GNUTLS_KEY_CRL_SIGN)
		c->key_usage |= KEY_USAGE_CRL_SIGN;
	return true;
}

static int
read_fields(gnutls_x509_crt_t crt, struct bytes der, struct cert *c,
    struct fault *f)
{
	struct bytes key, extensions;

	if (gnutls_x509_crt_get_version(crt) != 3)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "version: want 3, have %d",
		    gnutls_x509_crt_get_version(crt));
	if (gnutls_x509_crt_get_signature_algorithm(crt) !=
	    GNUTLS_SIGN_ECDSA_SHA256)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "signature algorithm: want ecdsa-with-SHA256");
	if (!read_names(crt, c))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "subject or issuer: not names with one common name of "
		    "ordinary length");
	if (!read_serial_and_validity(der, c, &key, &extensions))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "want strict DER, a serial number of at most %d octets, "
		    "a validity of two instants, and extensions",
		    CERT_SERIAL_LEN_MAX);
	if (!read_key(key, c->key))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "public key: want a point of P-256");
	if (read_extensions(c, extensions, f) < 0)
		return -1;
	if (!read_constraints(crt, c))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "basic constraints or key usage: unreadable");
	return 0;
}

int
cert_read(struct cert *c, struct bytes der, struct fault *f)
{
	gnutls_x509_crt_t crt = NULL;
	gnutls_datum_t in = datum(der);
	int r = -1;

	memset(c, 0, sizeof(*c));
	if (der.len > sizeof(c->der))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "want at most %d bytes, have %zu", CERT_DER_LEN_MAX,
		    der.len);
	errno = 0;
	if (gnutls_x509_crt_init(&crt) < 0)
		return fault_set_memory(f);
	if (gnutls_x509_crt_import(crt, &in, GNUTLS_X509_FMT_DER) < 0) {
		fault_set(f, FAULT_BAD_CERTIFICATE,
		    "%zu bytes are not an X.509 certificate in DER", der.len);
		goto out;
	}
	if (read_fields(crt, der, c, f) < 0)
		goto out;
	memcpy(c->der, der.ptr, der.len);
	c->der_len = der.len;
	r = 0;
out:
	/* Not all of GnuTLS tells it from a bad certificate; malloc does. */
	if (errno == ENOMEM)
		r = fault_set_memory(f);
	gnutls_x509_crt_deinit(crt);
	return r;
}

static void
skip_white_space(struct bytes *in)
{
	while (in->len > 0 && memchr(" \t\r\n", in->ptr[0], 4) != NULL)
		*in = bytes_behind(*in, 1);
}

/* From "-----BEGIN label-----" to the end of the END line. */
static bool
take_pem_block(struct bytes *in, struct bytes *out, const char *label)
{
	char begin[PEM_LINE_LEN_MAX], end[PEM_LINE_LEN_MAX];
	const uint8_t *stop;

	snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
	snprintf(end, sizeof(end), "-----END %s-----", label);
	if (in->len < strlen(begin) ||
	    memcmp(in->ptr, begin, strlen(begin)) != 0)
		return false;
	stop = memmem(in->ptr, in->len, end, strlen(end));
	if (stop == NULL)
		return false;
	*out = (struct bytes){ in->ptr,
		(size_t)(stop - in->ptr) + strlen(end) };
	*in = bytes_behind(*in, out->len);
	return true;
}

static bool
is_base64_or_space(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '/' && c <= '9') || c == '+' || c == '=' || c == ' ' ||
	    c == '\t' || c == '\r' || c == '\n';
}

/*
 * GnuTLS stops at a dash and passes over more than white space; so only
 * base64 and line ends may stand between the first line and the last.
 */
static bool
is_plain_pem(struct bytes block, const char *label)
{
	size_t first = strlen("-----BEGIN -----") + strlen(label);
	size_t last = block.len - strlen("-----END -----") - strlen(label), i;

	for (i = first; i < last; i++)
		if (!is_base64_or_space(block.ptr[i]))
			return false;
	return true;
}

/* Owned by GnuTLS: gnutls_free(der->data). */
static int
decode_pem_block(gnutls_datum_t *der, struct bytes block, const char *label,
    const char *what, struct fault *f)
{
	gnutls_datum_t in = datum(block);

	errno = 0;
	if (is_plain_pem(block, label) &&
	    gnutls_pem_base64_decode2(label, &in, der) >= 0)
		return 0;
	return errno == ENOMEM ? fault_set_memory(f) :
	    fault_set(f, FAULT_BAD_CERTIFICATE, "not a %s in PEM", what);
}

int
cert_read_pem_block(struct cert *c, struct bytes block, size_t number,
    struct fault *f)
{
	gnutls_datum_t der = { NULL, 0 };
	char where[32];
	int r;

	r = decode_pem_block(&der, block, PEM_LABEL, "certificate", f);
	if (r == 0) {
		r = cert_read(c, bytes_of_datum(der), f);
		gnutls_free(der.data);
	}
	if (r < 0) {
		snprintf(where, sizeof(where), "certificate %zu", number);
		return fault_prefix(f, where);
	}
	return 0;
}

int
pem_decode_new(struct bytes *out, const char *label, struct bytes pem,
    struct fault *f)
{
	struct bytes in = pem, block;
	gnutls_datum_t der = { NULL, 0 };
	uint8_t *copy;
	int r = -1;

	if (!take_pem_block(&in, &block, label))
		return fault_set(f, FAULT_BAD_CERTIFICATE, "not a %s in PEM",
		    label);
	skip_white_space(&in);
	if (in.len > 0)
		return fault_set(f, FAULT_BAD_CERTIFICATE, "%s in PEM: %zu "
		    "more bytes after it", label, in.len);
	if (decode_pem_block(&der, block, label, label, f) < 0)
		return -1;
	copy = malloc(der.size);
	if (copy == NULL) {
		fault_set_memory(f);
		goto out;
	}
	memcpy(copy, der.data, der.size);
	*out = (struct bytes){ copy, der.size };
	r = 0;
out:
	gnutls_free(der.data);
	return r;
}

int
cert_split_pem(struct bytes *blocks, size_t num, struct bytes pem,
    struct fault *f)
{
	struct bytes in = pem;
	size_t i;

	for (i = 0; i < num; i++) {
		skip_white_space(&in);
		if (!take_pem_block(&in, &blocks[i], PEM_LABEL))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "want %zu certificates in PEM, have %zu", num, i);
	}
	skip_white_space(&in);
	while (in.len > 0 && in.ptr[0] == 0)
		in = bytes_behind(in, 1);
	if (in.len > 0)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "want exactly %zu certificates in PEM, have %zu more "
		    "bytes", num, in.len);
	return 0;
}

int
cert_read_pem(struct cert *certs, size_t num, struct bytes pem,
    struct fault *f)
{
	struct bytes blocks[CERT_PEM_NUM_MAX];
	size_t i;

	if (num > CERT_PEM_NUM_MAX)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "want at most %d certificates in PEM", CERT_PEM_NUM_MAX);
	if (cert_split_pem(blocks, num, pem, f) < 0)
		return -1;
	for (i = 0; i < num; i++)
		if (cert_read_pem_block(&certs[i], blocks[i], i + 1, f) < 0)
			return -1;
	return 0;
}
