/*
 * What cert_read takes for a certificate, octet by octet: minted ones in which
 * a few are replaced. Nothing here looks at signatures.
 */
#include <string.h>

#include "worlds.h"

struct octets {
	const char *ptr;
	size_t len;
};

#define O(text) { (text), sizeof(text) - 1 }

/* Object identifiers of attributes and extensions, as they stand. */
#define CN "\x06\x03\x55\x04\x03"
#define ORGANIZATION "\x06\x03\x55\x04\x0a"
#define KEY_USAGE "\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04"
#define CONSTRAINTS "\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x02"
#define SPKI "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04"

/* The extension by other octets than minted ones have. */
#define OTHER_KEY_USAGE \
	"certs[pck].has_key_usage=false ; " \
	"certs[pck].extras[0].oid=2.5.29.15 ; certs[pck].extras[0].value="
#define OTHER_CONSTRAINTS \
	"certs[pck].has_basic_constraints=false ; " \
	"certs[pck].extras[0].oid=2.5.29.19 ; certs[pck].extras[0].value="

#define SIGN KEY_USAGE_DIGITAL_SIGNATURE
#define CERTS KEY_USAGE_CERT_SIGN
#define CRLS KEY_USAGE_CRL_SIGN

static const struct row {
	const char *name;
	const char *settings;
	struct octets find; /* the last time it stands there; none: nothing */
	struct octets replace; /* of the same length */
	const char *says; /* part of the refusal; NULL: it is read */
	unsigned key_usage;
	bool is_ca;
} rows[] = {
	{ "as minted", "", O(""), O(""), NULL, SIGN },

	{ "an extension whose OID has one octet",
	    "certs[pck].extras[0].oid=1.2 ; certs[pck].extras[0].value=0500",
	    O(""), O(""), NULL, SIGN },

	/* The subject is the last of the two names. */
	{ "common name in PrintableString", "", O(CN "\x0c"), O(CN "\x13"),
	    NULL, SIGN },
	{ "in IA5String", "", O(CN "\x0c"), O(CN "\x16"), "subject" },
	{ "in TeletexString", "", O(CN "\x0c"), O(CN "\x14"), "subject" },
	{ "in BMPString", "", O(CN "\x0c"), O(CN "\x1e"), "subject" },
	{ "with the lowest character", "", O("PCK Cert"), O("PCK  ert"),
	    NULL, SIGN },
	{ "with one below", "", O("PCK Cert"), O("PCK \x1f" "ert"),
	    "subject" },
	{ "with a NUL", "", O("PCK Cert"), O("PCK \0ert"), "subject" },
	{ "with the highest character", "", O("PCK Cert"), O("PCK ~ert"),
	    NULL, SIGN },
	{ "with one above", "", O("PCK Cert"), O("PCK \x7f" "ert"),
	    "subject" },
	{ "with a control character last", "", O("SGX PCK Certificate"),
	    O("SGX PCK Certificat\n"), "subject" },
	{ "a control character first", "", O("Intel SGX PCK C"),
	    O("\tntel SGX PCK C"), "subject" },
	{ "with an octet of UTF-8", "", O("PCK Cert"), O("PCK \xc3" "ert"),
	    "subject" },
	{ "two common names", "", O(ORGANIZATION), O(CN), "subject" },
	{ "none", "", O(CN), O(ORGANIZATION), "subject" },
	{ "another attribute in whatever type", "", O(ORGANIZATION "\x0c"),
	    O(ORGANIZATION "\x1e"), NULL, SIGN },
	{ "an attribute whose tag goes on", "", O(ORGANIZATION "\x0c"),
	    O(ORGANIZATION "\x1f"), "subject" },
	{ "an attribute whose OID does not end", "", O(ORGANIZATION),
	    O("\x06\x03\x55\x04\x8a"), "subject" },
	{ "an attribute whose OID ends in 80", "", O(ORGANIZATION),
	    O("\x06\x03\x55\x81\x80"), "subject" },
	{ "an attribute whose OID is none", "", O(ORGANIZATION),
	    O("\x06\x03\x55\x80\x0a"), "subject" },
	{ "an attribute named by no OID", "", O(ORGANIZATION),
	    O("\x04\x03\x55\x04\x0a"), "subject" },

	{ "a point of another form", "", O(SPKI),
	    O("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x02"),
	    "public key" },
	{ "a key of a curve that is none", "", O(SPKI),
	    O("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x08\x03\x42\x00\x04"),
	    "public key" },
	{ "a key with unused bits", "", O(SPKI),
	    O("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x01\x04"),
	    "public key" },

	{ "digitalSignature", "", O(KEY_USAGE "\x03\x02\x06\xc0"),
	    O(KEY_USAGE "\x03\x02\x07\x80"), NULL, SIGN },
	{ "the lowest of eight bits", "", O(KEY_USAGE "\x03\x02\x06\xc0"),
	    O(KEY_USAGE "\x03\x02\x00\x81"), NULL, SIGN },
	{ "two, the lower unused", "", O(KEY_USAGE "\x03\x02\x06\xc0"),
	    O(KEY_USAGE "\x03\x02\x07\xc0"), "key usage" },
	{ "one, and too few unused", "", O(KEY_USAGE "\x03\x02\x06\xc0"),
	    O(KEY_USAGE "\x03\x02\x06\x80"), "key usage" },
	{ "an unused bit that is set", "", O(KEY_USAGE "\x03\x02\x06\xc0"),
	    O(KEY_USAGE "\x03\x02\x06\xc1"), "key usage" },
	{ "eight unused bits", "", O(KEY_USAGE "\x03\x02\x06\xc0"),
	    O(KEY_USAGE "\x03\x02\x08\x00"), "key usage" },
	{ "no bit", "", O(KEY_USAGE "\x03\x02\x06\xc0"),
	    O(KEY_USAGE "\x03\x02\x00\x00"), "key usage" },
	{ "no octet of bits", OTHER_KEY_USAGE "030100", O(""), O(""),
	    "key usage" },
	{ "no octet at all", OTHER_KEY_USAGE "0300", O(""), O(""),
	    "key usage" },
	{ "nine bits", OTHER_KEY_USAGE "0303078080", O(""), O(""), NULL,
	    SIGN },
	{ "keyCertSign and cRLSign", OTHER_KEY_USAGE "03020106", O(""), O(""),
	    NULL, CERTS | CRLS },
	{ "keyCertSign", OTHER_KEY_USAGE "03020204", O(""), O(""), NULL,
	    CERTS },
	{ "cRLSign", OTHER_KEY_USAGE "03020102", O(""), O(""), NULL, CRLS },
	{ "all but the three", OTHER_KEY_USAGE "03020079", O(""), O(""), NULL,
	    0 },
	{ "nonRepudiation", OTHER_KEY_USAGE "03020640", O(""), O(""), NULL,
	    0 },
	{ "three octets of bits", OTHER_KEY_USAGE "030407800080", O(""),
	    O(""), "key usage" },
	{ "more behind", OTHER_KEY_USAGE "0302078000", O(""), O(""),
	    "key usage" },
	{ "in an OCTET STRING", OTHER_KEY_USAGE "04020780", O(""), O(""),
	    "key usage" },

	{ "a CA", OTHER_CONSTRAINTS "30030101ff", O(""), O(""), NULL, SIGN,
	    true },
	{ "a CA and the length of paths", OTHER_CONSTRAINTS
	    "30060101ff020100", O(""), O(""), NULL, SIGN, true },
	{ "a CA, a length, and more", OTHER_CONSTRAINTS "30080101ff0201000500",
	    O(""), O(""), "basic constraints" },
	{ "a length in four octets", OTHER_CONSTRAINTS
	    "300602047fffffff", O(""), O(""), NULL, SIGN },
	{ "a length in five octets", OTHER_CONSTRAINTS
	    "3007020501ffffffff", O(""), O(""), "basic constraints" },
	{ "a negative length", OTHER_CONSTRAINTS "30030201ff", O(""), O(""),
	    "basic constraints" },
	{ "more behind the length", OTHER_CONSTRAINTS "30050201000500",
	    O(""), O(""), "basic constraints" },
	{ "not a CA, spelled out", OTHER_CONSTRAINTS "3003010100", O(""),
	    O(""), "basic constraints" },
	{ "a CA by another octet", OTHER_CONSTRAINTS "3003010101", O(""),
	    O(""), "basic constraints" },
	{ "a CA by two octets", OTHER_CONSTRAINTS "30040102ffff", O(""),
	    O(""), "basic constraints" },
	{ "a CA by none", OTHER_CONSTRAINTS "30020100", O(""), O(""),
	    "basic constraints" },
	{ "constraints and more", OTHER_CONSTRAINTS "300000", O(""), O(""),
	    "basic constraints" },
	{ "constraints that are no list", OTHER_CONSTRAINTS "0400", O(""),
	    O(""), "basic constraints" },
	{ "constraints of nothing", OTHER_CONSTRAINTS, O(""), O(""),
	    "basic constraints" },
};

/* Replaces the octets where they stand last. */
static void
replace_last(uint8_t *in, size_t len, const struct row *row)
{
	size_t at = len - row->find.len;

	if (row->find.len != row->replace.len)
		mint_die("%s: lengths differ", row->name);
	while (memcmp(in + at, row->find.ptr, row->find.len) != 0)
		if (at-- == 0)
			mint_die("%s: not there", row->name);
	memcpy(in + at, row->replace.ptr, row->replace.len);
}

static bool
is_as_said(const struct row *row, struct bytes der)
{
	struct fault f = { 0 };
	struct cert c;
	bool is_read = cert_read(&c, der, &f) == 0;

	if (!is_read)
		tap_note("%s", f.message);
	if (row->says != NULL)
		return !is_read && f.code == FAULT_BAD_CERTIFICATE &&
		    strstr(f.message, row->says) != NULL;
	return is_read && c.key_usage == row->key_usage &&
	    c.is_ca == row->is_ca &&
	    bytes_equal(der, (struct bytes){ c.der, c.der_len });
}

static void
test_lengths_of_names(struct mint *mint)
{
	char settings[200];
	struct mint_world w;
	struct fault f = { 0 };
	struct cert c;
	int len;

	for (len = CERT_CN_LEN_MAX - 1; len <= CERT_CN_LEN_MAX; len++) {
		snprintf(settings, sizeof(settings),
		    "certs[pck].subject.cn=%0*d", len, 7);
		world_make(&w, mint, MINT_SGX_V3, settings);
		if (len < CERT_CN_LEN_MAX)
			ok(cert_read(&c, mint_buffer_bytes(
			    &w.certs[MINT_CERT_PCK]), &f) == 0 &&
			    strlen(c.common_name) == (size_t)len &&
			    c.common_name[len - 1] == '7',
			    "a common name of %d characters", len);
		else
			ok(cert_read(&c, mint_buffer_bytes(
			    &w.certs[MINT_CERT_PCK]), &f) < 0 &&
			    strstr(f.message, "less than 128") != NULL,
			    "and not of %d", len);
		mint_world_clear(&w);
	}
}

int
main(void)
{
	struct mint *mint = mint_new();
	struct mint_world w;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mint_buffer *der = &w.certs[MINT_CERT_PCK];

		world_make(&w, mint, MINT_SGX_V3, rows[i].settings);
		replace_last(der->ptr, der->len, &rows[i]);
		ok(is_as_said(&rows[i], mint_buffer_bytes(der)), "%s: %s",
		    rows[i].says == NULL ? "is read" : "is refused",
		    rows[i].name);
		mint_world_clear(&w);
	}
	test_lengths_of_names(mint);
	mint_free(mint);
	return tap_done();
}
