#include <stdio.h>
#include <string.h>

#include "der.h"
#include "x509.h"

#define EXTENSIONS_NUM_MAX 16
#define OID_LEN_MAX 16 /* real ones: 3 and 9 octets */

/* 1.2.840.113741.1.13.1 */
static const uint8_t oid_sgx[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01,
	0x0d, 0x01 };
/* 2.5.4.3 */
static const uint8_t oid_common_name[] = { 0x55, 0x04, 0x03 };

bool
name_equal(const struct name *a, const struct name *b)
{
	return bytes_equal((struct bytes){ a->der, a->len },
	    (struct bytes){ b->der, b->len });
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
is_printable_ascii(struct bytes text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.ptr[i] < ' ' || text.ptr[i] > '~')
			return false;
	return true;
}

/* RFC 5280, 4.1.2.4: the two kinds of string that a name is to be of. */
static bool
copy_common_name(char out[static CERT_CN_LEN_MAX], uint8_t tag,
    struct bytes text)
{
	if ((tag != DER_UTF8_STRING && tag != DER_PRINTABLE_STRING) ||
	    text.len >= CERT_CN_LEN_MAX || !is_printable_ascii(text))
		return false;
	memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
	return true;
}

/* AttributeTypeAndValue */
static bool
read_attribute(struct bytes *set, char common_name[static CERT_CN_LEN_MAX],
    size_t *num_common_names)
{
	struct bytes attribute, oid, value;
	uint8_t tag;

	if (!der_take(set, DER_SEQUENCE, &attribute) ||
	    !der_take_oid(&attribute, &oid) ||
	    !der_take_any(&attribute, &tag, &value) || attribute.len > 0)
		return false;
	if (!bytes_equal(oid, BYTES_OF(oid_common_name)))
		return true;
	*num_common_names += 1;
	return copy_common_name(common_name, tag, value);
}

/* A Name: a list of sets, none empty, with one common name among them. */
static bool
read_name(struct bytes *in, struct name *n,
    char common_name[static CERT_CN_LEN_MAX])
{
	struct bytes start = *in, list, set;
	size_t num = 0;

	if (!der_take(in, DER_SEQUENCE, &list) ||
	    start.len - in->len > sizeof(n->der))
		return false;
	n->len = start.len - in->len;
	memcpy(n->der, start.ptr, n->len);
	while (list.len > 0) {
		if (!der_take(&list, DER_SET, &set) || set.len == 0)
			return false;
		while (set.len > 0)
			if (!read_attribute(&set, common_name, &num))
				return false;
	}
	return num == 1;
}

static bool
take_version_3(struct bytes *in)
{
	struct bytes tagged;
	uint8_t version; /* 0 is version 1 */

	return der_take(in, DER_CONTEXT_0, &tagged) &&
	    der_copy_unsigned(&tagged, &version, 1) && tagged.len == 0 &&
	    version == 2;
}

static bool
read_serial(struct bytes *in, struct cert *c)
{
	struct bytes serial;

	return der_take(in, DER_INTEGER, &serial) &&
	    serial_read(&c->serial, serial);
}

static bool
read_validity(struct bytes *in, struct cert *c)
{
	struct bytes validity;

	return der_take(in, DER_SEQUENCE, &validity) &&
	    der_get_time(&validity, &c->validity.not_before) &&
	    der_get_time(&validity, &c->validity.not_after) &&
	    validity.len == 0;
}

/* SubjectPublicKeyInfo of P-256 (RFC 5480, 2): there is one form of it. */
static bool
read_key(struct bytes *in, uint8_t key[static ECDSA_KEY_LEN])
{
	static const uint8_t head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07,
		0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
		0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
		0x04 };
	struct bytes taken;

	return bytes_take(in, &taken, sizeof(head)) &&
	    bytes_equal(taken, BYTES_OF(head)) &&
	    bytes_copy(in, key, ECDSA_KEY_LEN);
}

/* RFC 5280, 4.2.1.9 */
static bool
read_basic_constraints(struct cert *c, struct bytes value)
{
	struct bytes in;
	uint8_t path_len[4]; /* what a CA that issues leaves cannot exceed */

	return der_take(&value, DER_SEQUENCE, &in) && value.len == 0 &&
	    der_get_flag(&in, &c->is_ca) &&
	    (in.len == 0 ||
		(der_copy_unsigned(&in, path_len, sizeof(path_len)) &&
		    in.len == 0));
}

/* RFC 5280, 4.2.1.3: nine bits, at least one set, the first the highest. */
static bool
read_key_usage(struct cert *c, struct bytes value)
{
	struct bytes bits;
	uint8_t num_unused, last;

	if (!der_take(&value, DER_BIT_STRING, &bits) || value.len > 0 ||
	    bits.len < 2 || bits.len > 3)
		return false;
	/* X.690, 11.2: it ends in its last one, zeros fill the octet. */
	num_unused = bits.ptr[0];
	last = bits.ptr[bits.len - 1];
	if (num_unused > 7 || (last & ((2u << num_unused) - 1)) !=
	    1u << num_unused)
		return false;
	if (bits.ptr[1] & 0x80)
		c->key_usage |= KEY_USAGE_DIGITAL_SIGNATURE;
	if (bits.ptr[1] & 0x04)
		c->key_usage |= KEY_USAGE_CERT_SIGN;
	if (bits.ptr[1] & 0x02)
		c->key_usage |= KEY_USAGE_CRL_SIGN;
	return true;
}

/* What every certificate of Intel's has (PCK profile, 1.3): 2.5.29.x. */
static const struct {
	uint8_t oid[3];
	const char *name;
	bool (*read)(struct cert *c, struct bytes value); /* NULL: not read */
} required[] = {
	{ { 0x55, 0x1d, 19 }, "basic constraints", read_basic_constraints },
	{ { 0x55, 0x1d, 15 }, "key usage", read_key_usage },
	{ { 0x55, 0x1d, 14 }, "subject key identifier", NULL },
	{ { 0x55, 0x1d, 35 }, "authority key identifier", NULL },
	{ { 0x55, 0x1d, 31 }, "CRL distribution points", NULL },
};

#define REQUIRED_NUM (sizeof(required) / sizeof(required[0]))

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

/* Reads the value of one; nothing that is critical is unknown. */
static int
read_value(struct cert *c, struct bytes oid, bool critical, struct bytes value,
    struct fault *f)
{
	size_t i;

	if (bytes_equal(oid, BYTES_OF(oid_sgx))) /* only PCK leaves have it */
		return copy_sgx_extension(c, value, f);
	for (i = 0; i < REQUIRED_NUM; i++) {
		if (!bytes_equal(oid, BYTES_OF(required[i].oid)))
			continue;
		if (required[i].read != NULL && !required[i].read(c, value))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "%s: unreadable", required[i].name);
		return 0;
	}
	if (critical)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "critical and unknown (RFC 5280, 4.2)");
	return 0;
}

/* All that are required are there, and none twice. */
static int
read_extensions(struct cert *c, struct bytes in, struct fault *f)
{
	struct bytes seen[EXTENSIONS_NUM_MAX], oid, value;
	char where[40];
	size_t num, i;
	bool critical;

	for (num = 0; in.len > 0; num++) {
		if (num == EXTENSIONS_NUM_MAX ||
		    !der_take_extension(&in, &oid, &critical, &value) ||
		    oid.len > OID_LEN_MAX)
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "extensions: want at most %d readable ones, "
			    "number %zu is not", EXTENSIONS_NUM_MAX, num + 1);
		if (bytes_is_among(seen, num, oid))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "extensions: number %zu stands twice "
			    "(RFC 5280, 4.2)", num + 1);
		if (read_value(c, oid, critical, value, f) < 0) {
			snprintf(where, sizeof(where),
			    "extensions: number %zu", num + 1);
			return fault_prefix(f, where);
		}
		seen[num] = oid;
	}
	for (i = 0; i < REQUIRED_NUM; i++)
		if (!bytes_is_among(seen, num, BYTES_OF(required[i].oid)))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "extensions: %s: missing", required[i].name);
	return 0;
}

#define A_NAME \
	"want a name of at most %d bytes, with one common name of less than " \
	"%d characters"

/* RFC 5280, 4.1: TBSCertificate; nothing behind the extensions. */
static int
read_tbs(struct cert *c, struct bytes in, struct fault *f)
{
	struct bytes algorithm, tagged, extensions;
	char issuer[CERT_CN_LEN_MAX];

	if (!take_version_3(&in))
		return fault_set(f, FAULT_BAD_CERTIFICATE, "version: want 3");
	if (!read_serial(&in, c))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "serial number: want at most %d octets",
		    CERT_SERIAL_LEN_MAX);
	/* der_open_signed has read the algorithm. */
	if (!der_take(&in, DER_SEQUENCE, &algorithm) ||
	    !read_name(&in, &c->issuer, issuer))
		return fault_set(f, FAULT_BAD_CERTIFICATE, "issuer: " A_NAME,
		    CERT_NAME_LEN_MAX, CERT_CN_LEN_MAX);
	if (!read_validity(&in, c))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "validity: want two instants");
	if (!read_name(&in, &c->subject, c->common_name))
		return fault_set(f, FAULT_BAD_CERTIFICATE, "subject: " A_NAME,
		    CERT_NAME_LEN_MAX, CERT_CN_LEN_MAX);
	if (!read_key(&in, c->key))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "public key: want a point of P-256");
	if (!der_take(&in, DER_CONTEXT_3, &tagged) || in.len > 0 ||
	    !der_take(&tagged, DER_SEQUENCE, &extensions) || tagged.len > 0)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "extensions: want a list of them, and nothing behind it");
	return read_extensions(c, extensions, f);
}

int
cert_read(struct cert *c, struct bytes der, struct fault *f)
{
	struct bytes tbs, in, signature;

	memset(c, 0, sizeof(*c));
	if (der.len > sizeof(c->der))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "want at most %d bytes, have %zu", CERT_DER_LEN_MAX,
		    der.len);
	if (!der_open_signed(der, &tbs, &signature) ||
	    !der_take(&tbs, DER_SEQUENCE, &in))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "%zu bytes are not an X.509 certificate in DER with "
		    "ecdsa-with-SHA256", der.len);
	if (read_tbs(c, in, f) < 0)
		return -1;
	memcpy(c->der, der.ptr, der.len);
	c->der_len = der.len;
	return 0;
}
