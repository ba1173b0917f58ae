/*
 * Signatures at the edges of their numbers, SHA-256, DER by itself, and the
 * certificate and CRL readers where worlds do not reach.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "crl.h"
#include "crypto.h"
#include "der.h"
#include "worlds.h"

#define N "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define N_MINUS_1 \
	"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define ZERO \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define ONE \
	"0000000000000000000000000000000000000000000000000000000000000001"
#define ONES \
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define P "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"

/* Numbers that no good signature has; NULL: the good one's. */
static const struct {
	const char *r, *s;
} bad_signatures[] = {
	{ ZERO, NULL }, { NULL, ZERO }, { ZERO, ZERO }, { N, NULL },
	{ NULL, N }, { N, N }, { ONES, NULL }, { NULL, ONES }, { ONE, NULL },
	{ NULL, ONE }, { ONE, ONE }, { N_MINUS_1, NULL }, { NULL, N_MINUS_1 },
	{ N_MINUS_1, N_MINUS_1 }, { ZERO, ONE }, { ONE, ZERO },
};

static void
put(uint8_t *out, const char *hex)
{
	if (hex != NULL && !hex_decode(out, 32, bytes_of_string(hex)))
		mint_die("not hex: %s", hex);
}

static bool
verifies(const uint8_t *key, struct bytes data, const uint8_t *sig)
{
	struct fault f = { 0 };
	bool good;

	if (ecdsa_verify(&good, key, data, sig, &f) < 0)
		mint_die("%s", f.message);
	return good;
}

static void
test_signatures(struct mint *mint)
{
	struct bytes data = bytes_of_string("data");
	uint8_t key[64], sig[64], bent[64];
	size_t i;
	int k;

	mint_public_key(mint, MINT_KEY_ATTEST, key);
	mint_sign(mint, MINT_KEY_ATTEST, data, sig);
	ok(verifies(key, data, sig), "a good signature");
	ok(!verifies(key, bytes_of_string("datb"), sig),
	    "over other data");
	ok(!verifies(key, (struct bytes){ data.ptr, 0 }, sig),
	    "over nothing");
	memcpy(bent, sig, 64);
	mint_signature_mirror(bent);
	ok(verifies(key, data, bent), "(r, n-s)");
	memcpy(bent, sig + 32, 32);
	memcpy(bent + 32, sig, 32);
	ok(!verifies(key, data, bent), "r and s the other way round");
	for (k = 0; k < 32; k++)
		bent[k] = sig[31 - k], bent[32 + k] = sig[63 - k];
	ok(!verifies(key, data, bent), "little-endian");
	for (i = 0; i < sizeof(bad_signatures) / sizeof(bad_signatures[0]);
	    i++) {
		memcpy(bent, sig, 64);
		put(bent, bad_signatures[i].r);
		put(bent + 32, bad_signatures[i].s);
		ok(!verifies(key, data, bent), "r, s: case %zu", i + 1);
	}
}

/* Keys that are no points, with a signature that is good by a good key. */
static const struct {
	const char *name, *x, *y;
} bad_keys[] = {
	{ "zero", ZERO, ZERO },
	{ "(1, 1)", ONE, ONE },
	{ "x = p", P, NULL },
	{ "y = p", NULL, P },
	{ "x all ones", ONES, NULL },
	{ "y all ones", NULL, ONES },
	{ "another x", ONE, NULL },
	{ "another y", NULL, ONE },
};

static void
test_keys(struct mint *mint)
{
	struct bytes data = bytes_of_string("data");
	uint8_t key[64], bent[64], sig[64];
	size_t i;

	mint_public_key(mint, MINT_KEY_ATTEST, key);
	mint_sign(mint, MINT_KEY_ATTEST, data, sig);
	for (i = 0; i < sizeof(bad_keys) / sizeof(bad_keys[0]); i++) {
		memcpy(bent, key, 64);
		put(bent, bad_keys[i].x);
		put(bent + 32, bad_keys[i].y);
		ok(!verifies(bent, data, sig), "key: %s",
		    bad_keys[i].name);
	}
	mint_public_key(mint, MINT_KEY_FOREIGN, bent);
	ok(!verifies(bent, data, sig), "key: another's");
}

/* One in 256 numbers begins with a zero octet, half with a high bit. */
static void
test_short_numbers(struct mint *mint)
{
	uint8_t key[64], sig[64], message[4];
	struct bytes data = BYTES_OF(message);
	int i, num_short_r = 0, num_short_s = 0, num_high = 0;
	bool good = true;

	mint_public_key(mint, MINT_KEY_ATTEST, key);
	for (i = 0; i < 20000 && (num_short_r < 2 || num_short_s < 2); i++) {
		memcpy(message, &i, 4);
		mint_sign(mint, MINT_KEY_ATTEST, data, sig);
		num_short_r += sig[0] == 0;
		num_short_s += sig[32] == 0;
		num_high += sig[0] >= 0x80;
		if (sig[0] == 0 || sig[32] == 0 || i < 50)
			good &= verifies(key, data, sig);
	}
	ok(good && num_short_r >= 2 && num_short_s >= 2 && num_high > 0,
	    "numbers that begin with a zero octet");
}

static void
test_sha256(void)
{
	static const uint8_t abc[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01,
		0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10,
		0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
	struct bytes runs[] = { bytes_of_string("a"), { NULL, 0 },
		bytes_of_string("bc") };
	uint8_t digest[SHA256_LEN];
	struct fault f;

	ok(crypto_self_test(&f) == 0, "this machine's cryptography");
	ok(sha256(runs, 3, digest, &f) == 0 &&
	    memcmp(digest, abc, sizeof(abc)) == 0, "SHA-256 over runs");
	ok(sha256(runs, 0, digest, &f) == 0 && digest[0] == 0xe3,
	    "SHA-256 over nothing");
}

/* Elements of DER; `len` -1: refused. */
static const struct {
	const char *name, *hex;
	int len;
} element_cases[] = {
	{ "empty", "3000", 0 },
	{ "one octet", "300105", 1 },
	{ "another tag", "310105", -1 },
	{ "nothing", "", -1 },
	{ "a tag alone", "30", -1 },
	{ "cut", "300205", -1 },
	{ "something behind is left", "30010500", 1 },
	{ "indefinite", "30800000", -1 },
	{ "long form of 0", "308100", -1 },
	{ "long form of 1", "30810105", -1 },
	{ "long form with a zero octet", "3082000105", -1 },
	{ "five octets of length", "30850000000001", -1 },
	{ "the longest", "3084ffffffff", -1 },
	{ "reserved", "30ff", -1 },
};

static void
test_elements(void)
{
	uint8_t octets[300];
	struct bytes in, content;
	size_t i;
	bool taken;

	for (i = 0; i < sizeof(element_cases) / sizeof(element_cases[0]);
	    i++) {
		in = (struct bytes){ octets,
			strlen(element_cases[i].hex) / 2 };
		if (!hex_decode(octets, in.len,
			bytes_of_string(element_cases[i].hex)))
			mint_die("not hex");
		taken = der_take(&in, DER_SEQUENCE, &content);
		ok(taken == (element_cases[i].len >= 0) &&
		    (taken ? content.len == (size_t)element_cases[i].len :
		     in.ptr == octets), "element: %s",
		    element_cases[i].name);
	}
	memset(octets, 0, sizeof(octets));
	memcpy(octets, "\x30\x81\x80", 3);
	in = (struct bytes){ octets, 131 };
	ok(der_take_whole(&in, DER_SEQUENCE, &content) && content.len == 131,
	    "element: 128 octets");
	memcpy(octets, "\x30\x82\x01\x00", 4);
	in = (struct bytes){ octets, 260 };
	ok(der_take(&in, DER_SEQUENCE, &content) && content.len == 256 &&
	    in.len == 0, "element: 256 octets");
	memset(octets, 0, sizeof(octets));
	memcpy(octets, "\x30\x80", 2);
	in = (struct bytes){ octets, 300 };
	ok(!der_take(&in, DER_SEQUENCE, &content) && in.ptr == octets,
	    "element: 80 is no length");
}

/* A date in DER; -1: refused. */
static const struct {
	const char *text;
	enum der_tag tag;
	time_t at;
} time_cases[] = {
	{ "260615120000Z", DER_UTC_TIME, 1781524800 },
	{ "20260615120000Z", DER_GENERALIZED_TIME, 1781524800 },
	{ "491231235959Z", DER_UTC_TIME, 2524607999 },
	{ "700101000000Z", DER_UTC_TIME, 0 },
	{ "20500101000000Z", DER_GENERALIZED_TIME, 2524608000 },
	{ "99991231235959Z", DER_GENERALIZED_TIME, 253402300799 },
	{ "240229000000Z", DER_UTC_TIME, 1709164800 },
	{ "500101000000Z", DER_UTC_TIME, -1 }, /* 1950 */
	{ "230229000000Z", DER_UTC_TIME, -1 },
	{ "2606151200Z", DER_UTC_TIME, -1 },
	{ "260615120000", DER_UTC_TIME, -1 },
	{ "260615120000+0000", DER_UTC_TIME, -1 },
	{ "260615120000+0", DER_UTC_TIME, -1 },
	{ "260615120000z", DER_UTC_TIME, -1 },
	{ "261315120000Z", DER_UTC_TIME, -1 },
	{ "260615240000Z", DER_UTC_TIME, -1 },
	{ "260615120060Z", DER_UTC_TIME, -1 },
	{ " 60615120000Z", DER_UTC_TIME, -1 },
	{ "26061512000-Z", DER_UTC_TIME, -1 },
	{ "", DER_UTC_TIME, -1 },
	{ "20260615120000Z", DER_UTC_TIME, -1 },
	{ "260615120000Z", DER_GENERALIZED_TIME, -1 },
	{ "20260615120000.5Z", DER_GENERALIZED_TIME, -1 },
	{ "202606151200Z", DER_GENERALIZED_TIME, -1 },
	{ "20260615120000", DER_GENERALIZED_TIME, -1 },
	{ "19691231235959Z", DER_GENERALIZED_TIME, -1 },
	{ "2026061512000\0Z", DER_GENERALIZED_TIME, -1 },
	{ "20260615120000Z", DER_OCTET_STRING, -1 },
};

static void
test_times(void)
{
	struct mint_buffer b = { 0 };
	struct bytes in;
	time_t at;
	size_t i;

	for (i = 0; i < sizeof(time_cases) / sizeof(time_cases[0]); i++) {
		mint_der_put(&b, (uint8_t)time_cases[i].tag,
		    bytes_of_string(time_cases[i].text));
		in = mint_buffer_bytes(&b);
		at = -1;
		ok(der_get_time(&in, &at) == (time_cases[i].at >= 0) &&
		    at == time_cases[i].at, "time %02x \"%s\"",
		    time_cases[i].tag, time_cases[i].text);
		mint_buffer_clear(&b);
	}
}

/* INTEGERs into two octets; -1: refused. */
static const struct {
	const char *hex;
	int value;
} integer_cases[] = {
	{ "020100", 0 }, { "02017f", 127 }, { "02020080", 128 },
	{ "0202ffff", -1 }, { "020300ffff", 65535 }, { "0203010000", -1 },
	{ "020180", -1 }, { "0200", -1 }, { "02020001", -1 },
	{ "0203000080", -1 }, { "020000", -1 }, { "0200ff", -1 }, { "0a0101", -1 }, { "0201", -1 },
};

static void
test_integers(void)
{
	uint8_t octets[8], out[2];
	struct bytes in;
	size_t i;
	int value;

	for (i = 0; i < sizeof(integer_cases) / sizeof(integer_cases[0]);
	    i++) {
		in = (struct bytes){ octets,
			strlen(integer_cases[i].hex) / 2 };
		if (!hex_decode(octets, in.len,
			bytes_of_string(integer_cases[i].hex)))
			mint_die("not hex");
		value = der_copy_unsigned(&in, out, 2) ?
		    out[0] << 8 | out[1] : -1;
		ok(value == integer_cases[i].value, "integer %s",
		    integer_cases[i].hex);
	}
}

/* Extensions by themselves. */
static const struct {
	const char *name, *hex;
	bool good, critical;
} extension_cases[] = {
	{ "not critical", "300906032a030404020500", true, false },
	{ "critical", "300c06032a03040101ff04020500", true, true },
	{ "an empty value", "300706032a03040400", true, false },
	{ "false, spelled out", "300c06032a030401010004020500", false, false },
	{ "a true of 01", "300c06032a030401010104020500", false, false },
	{ "a true of two octets", "300d06032a03040102ffff04020500", false,
	    false },
	{ "no value", "300506032a0304", false, false },
	{ "critical and no value", "300806032a03040101ff", false, false },
	{ "a value of another tag", "300906032a030405020500", false, false },
	{ "something behind the value", "300b06032a0304040205000500", false,
	    false },
	{ "no OID", "300404020500", false, false },
	{ "an empty OID", "3006060004020500", false, false },
	{ "an OID with an arc that begins with 80",
	    "300906032a800304020500", false, false },
	{ "an OID that begins with 80", "30090603802a0304020500", false,
	    false },
	{ "an OID that is cut in an arc", "300906032a038304020500", false,
	    false },
	{ "an OID with an arc of two octets", "300906032a830304020500", true,
	    false },
	{ "a SET", "310906032a030404020500", false, false },
	{ "cut", "300906032a0304040205", false, false },
};

static void
test_extensions(void)
{
	uint8_t octets[20];
	struct bytes in, oid, value;
	bool critical, taken;
	size_t i;

	for (i = 0; i < sizeof(extension_cases) / sizeof(extension_cases[0]);
	    i++) {
		in = (struct bytes){ octets,
			strlen(extension_cases[i].hex) / 2 };
		if (!hex_decode(octets, in.len,
			bytes_of_string(extension_cases[i].hex)))
			mint_die("not hex");
		taken = der_take_extension(&in, &oid, &critical, &value);
		ok(taken == extension_cases[i].good &&
		    (taken ? in.len == 0 && oid.len == 3 &&
		     value.len == (i == 2 ? 0 : 2) &&
		     critical == extension_cases[i].critical :
		     in.ptr == octets), "extension: %s",
		    extension_cases[i].name);
	}
}

/*
 * The leaf's signature in other encodings of the same numbers: DER has one,
 * and the rest is not taken.
 */
static void
reencode(void *how, enum mint_part part, enum mint_stage stage,
    struct mint_buffer *b)
{
	static const uint8_t zero[1];

	if (part != MINT_PART_PCK_CERT || stage != MINT_SIGNATURE)
		return;
	switch (*(int *)how) {
	case 0: /* as it is */
		return;
	case 1: /* r with a zero octet more */
		mint_buffer_splice(b, 4, 0, BYTES_OF(zero));
		b->ptr[3]++;
		b->ptr[1]++;
		return;
	case 2: /* the length in long form */
		mint_buffer_splice(b, 1, 0, bytes_of_string("\x81"));
		return;
	case 3: /* a byte behind s, inside */
		mint_put(b, zero, 1);
		b->ptr[1]++;
		return;
	case 4: /* a byte behind, outside */
		mint_put(b, zero, 1);
		return;
	default: /* a SET */
		b->ptr[0] = 0x31;
	}
}

static void
test_encodings(struct mint *mint)
{
	static const char *const names[] = { "as it is", "r padded",
		"length in long form", "a byte inside", "a byte behind",
		"a SET" };
	struct mint_spec spec;
	struct mint_world w;
	struct verdict v;
	int how;

	for (how = 0; how < 6; how++) {
		mint_spec_init(&spec, MINT_SGX_V3);
		spec.tweak = reencode;
		spec.tweak_arg = &how;
		mint_world_make(&w, mint, &spec);
		world_judge(&v, &w, spec.now);
		ok(verdict_is(&v, how == 0 ? FAULT_NONE :
		    FAULT_BAD_CERTIFICATE, how == 0 ? NULL :
		    "signature: not by", how == 0 ? "UpToDate" : NULL),
		    "certificate's signature: %s", names[how]);
		mint_world_clear(&w);
	}
}

/* Puts something into the entries of the PCK CRL. */
struct crl_tweak {
	const char *find, *replace; /* hex */
};

static void
tweak_crl(void *arg, enum mint_part part, enum mint_stage stage,
    struct mint_buffer *b)
{
	const struct crl_tweak *t = arg;
	uint8_t find[64], replace[64];
	size_t len = strlen(t->find) / 2, i;

	if (part != MINT_PART_PCK_CRL || stage != MINT_BEFORE)
		return;
	if (strlen(t->replace) / 2 != len ||
	    !hex_decode(find, len, bytes_of_string(t->find)) ||
	    !hex_decode(replace, len, bytes_of_string(t->replace)))
		mint_die("not hex, or not as long");
	for (i = 0; i + len <= b->len; i++)
		if (memcmp(b->ptr + i, find, len) == 0) {
			memcpy(b->ptr + i, replace, len);
			return;
		}
	mint_die("not in the CRL: %s", t->find);
}

/* An entry: serial, 250506000000Z, reason code 1. Of equal length each. */
static const struct {
	const char *name;
	struct crl_tweak tweak;
	bool good;
} entry_cases[] = {
	{ "another reason", { "0603551d1504030a0101",
	    "0603551d1504030a0104" }, true },
	{ "an unknown extension", { "0603551d1504030a0101",
	    "0603551d6304030a0101" }, true },
	{ "a critical reason code", { "0603551d1504030a0101",
	    "0603551d150101ff0400" }, false },
	{ "a critical false", { "0603551d1504030a0101",
	    "0603551d150101000400" }, false },
	{ "no date", { "170d3235303530363030303030305a",
	    "040d3235303530363030303030305a" }, false },
	{ "no date of Intel's", { "170d3235303530363030303030305a",
	    "170d3235313330363030303030305a" }, false },
	{ "serial number is no number", { "02105a5a", "04105a5a" }, false },
};

static void
test_entries(struct mint *mint)
{
	struct crl_tweak tweak;
	struct mint_spec spec;
	struct mint_world w;
	struct verdict v;
	size_t i;

	for (i = 0; i < sizeof(entry_cases) / sizeof(entry_cases[0]); i++) {
		mint_spec_init(&spec, MINT_SGX_V3);
		tweak = entry_cases[i].tweak;
		spec.tweak = tweak_crl;
		spec.tweak_arg = &tweak;
		mint_world_make(&w, mint, &spec);
		world_judge(&v, &w, spec.now);
		ok(entry_cases[i].good ?
		    verdict_is(&v, FAULT_NONE, NULL, "UpToDate") :
		    verdict_is(&v, FAULT_BAD_COLLATERAL, "pck_crl: entry 1",
			NULL), "CRL entry: %s", entry_cases[i].name);
		mint_world_clear(&w);
	}
}

/* As many entries as there may be, in no time to speak of. */
/* What the CRL's number is read as. */
static void
test_numbers(struct mint *mint)
{
	static const uint8_t want[CRL_NUMBER_LEN] = {
		[14] = 0x01, 0x23, 0x45, 0x67, 0x89, 0xab
	};
	static const uint8_t zero[CRL_NUMBER_LEN];
	struct collateral *c;
	struct mint_world w;
	struct trust trust;

	world_make(&w, mint, MINT_SGX_V3, "pck_crl.crl_number=0x123456789ab ; "
	    "root_crl.crl_number=0");
	world_trust(&trust, &w);
	c = world_collateral_new(&w, &trust);
	ok(memcmp(c->pck_crl.number, want, sizeof(want)) == 0,
	    "a CRL number is read to the right");
	ok(memcmp(c->root_ca_crl.number, zero, sizeof(zero)) == 0,
	    "CRL number 0");
	collateral_free(c);
	mint_world_clear(&w);
}

static void
test_large_crl(struct mint *mint)
{
	struct cert *ca = malloc(sizeof(*ca));
	struct serial last;
	struct mint_world w;
	struct crl crl;
	struct fault f = { 0 };
	uint8_t stranger[16];

	if (ca == NULL)
		mint_die("no memory");
	world_make(&w, mint, MINT_SGX_V3,
	    "pck_crl.num_strangers=65536 ; pck_crl.reason_code=-1");
	memset(stranger, 0x5a, sizeof(stranger));
	stranger[14] = stranger[15] = 0xff;
	if (cert_read(ca, mint_buffer_bytes(&w.certs[MINT_CERT_CA]), &f) < 0 ||
	    !serial_read(&last, BYTES_OF(stranger)))
		mint_die("%s", f.message);
	ok(crl_read(&crl, mint_buffer_bytes(&w.pck_crl), ca, &f) == 0 &&
	    crl.num_revoked == 65536 && crl_has(&crl, &last) &&
	    !crl_has(&crl, &ca->serial), "a CRL of 65536 entries");
	crl_clear(&crl);
	ok(!crl_has(&crl, &last), "a CRL that was cleared has none");
	mint_world_clear(&w);
	world_make(&w, mint, MINT_SGX_V3,
	    "pck_crl.num_strangers=65537 ; pck_crl.reason_code=-1");
	ok(crl_read(&crl, mint_buffer_bytes(&w.pck_crl), ca, &f) < 0 &&
	    f.code == FAULT_BAD_COLLATERAL &&
	    strstr(f.message, "at most 65536") != NULL, "one more");
	mint_world_clear(&w);
	free(ca);
}

/*
 * The authority key identifier in whatever Intel's root has signed: SHA-1 of
 * the whole SubjectPublicKeyInfo, of which this is what precedes x and y.
 */
static const uint8_t spki_head[] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
	0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
	0x07, 0x03, 0x42, 0x00, 0x04
};
static const uint8_t intel_key_id[20] = {
	0x22, 0x65, 0x0c, 0xd6, 0x5a, 0x9d, 0x34, 0x89, 0xf3, 0x83,
	0xb4, 0x95, 0x52, 0xbf, 0x50, 0x1b, 0x39, 0x27, 0x06, 0xac
};

/* Files with a trust anchor. */
static void
test_trust(struct mint *mint)
{
	static const struct {
		const char *name, *settings, *says; /* NULL: taken */
	} cases[] = {
		{ "a root", "", NULL },
		{ "a root with other dates",
		    "certs[root].not_after=now-1000", NULL },
		{ "a root of another name", "certs[root].subject.cn=R ; "
		    "certs[root].issuer.cn=R", NULL },
		{ "a PCK CA", "trusted_root=ca", "signed itself" },
		{ "a leaf", "trusted_root=pck", "signed itself" },
		{ "a TCB signing certificate", "trusted_root=tcb_signing",
		    "signed itself" },
		{ "a certificate that signed itself and is no CA",
		    "certs[root].is_ca=false ; certs[root].path_len=-1",
		    "signed itself" },
		{ "a root that another signed", "certs[root].signer=foreign",
		    "signed itself" },
		{ "a root with another issuer", "certs[root].issuer.cn=X",
		    "signed itself" },
		{ "a root of RSA",
		    "certs[root].key=rsa ; certs[root].signer=rsa",
		    "root CA" },
		{ "a root of P-384",
		    "certs[root].key=p384 ; certs[root].signer=p384",
		    "root CA" },
	};
	struct mint_world w;
	struct trust pem, der, intel;
	struct fault f;
	uint8_t spki[sizeof(spki_head) + ECDSA_KEY_LEN];
	uint8_t digest[sizeof(intel_key_id)];
	char text[3000];
	size_t i;
	int r;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_make(&w, mint, MINT_SGX_V3, cases[i].settings);
		memset(&pem, 0, sizeof(pem));
		memset(&der, 0, sizeof(der));
		f = (struct fault){ 0 };
		r = trust_read(&pem, bytes_of_string(w.root_pem), &f);
		ok(cases[i].says == NULL ? r == 0 &&
		    trust_read(&der, mint_buffer_bytes(&w.root_der), &f) ==
		    0 && trust_equal(&pem, &der) :
		    r < 0 && f.code == FAULT_INTERNAL &&
		    strstr(f.message, cases[i].says) != NULL &&
		    trust_read(&der, mint_buffer_bytes(&w.root_der), &f) < 0,
		    "trust anchor: %s", cases[i].name);
		mint_world_clear(&w);
	}
	world_make(&w, mint, MINT_SGX_V3, "");
	snprintf(text, sizeof(text), "\n%s \n", w.root_pem);
	ok(trust_read(&pem, bytes_of_string(text), &f) == 0,
	    "trust anchor: white space around");
	snprintf(text, sizeof(text), "%s%s", w.root_pem, w.root_pem);
	ok(trust_read(&pem, bytes_of_string(text), &f) < 0,
	    "trust anchor: two of them");
	ok(trust_read(&pem, bytes_of_string(""), &f) < 0 &&
	    trust_read(&pem, bytes_of_string("garbage"), &f) < 0 &&
	    trust_read(&pem, bytes_of_string("0garbage"), &f) < 0 &&
	    trust_read(&pem, (struct bytes){ w.root_der.ptr,
		w.root_der.len - 1 }, &f) < 0 && f.code == FAULT_INTERNAL,
	    "trust anchor: garbage");
	trust_set_intel(&intel);
	memcpy(spki, spki_head, sizeof(spki_head));
	memcpy(spki + sizeof(spki_head), intel.key, sizeof(intel.key));
	ok(gnutls_hash_fast(GNUTLS_DIG_SHA1, spki, sizeof(spki), digest) == 0 &&
	    memcmp(digest, intel_key_id, sizeof(digest)) == 0,
	    "Intel's root key is the one that its certificates name");
	world_trust(&pem, &w);
	ok(name_equal(&intel.subject, &pem.subject) &&
	    !trust_equal(&intel, &pem) && trust_equal(&intel, &intel),
	    "Intel's root has the same name and another key");
	der = pem;
	der.subject.der[der.subject.len - 1] ^= 1;
	ok(!trust_equal(&der, &pem), "another name is another root");
	mint_world_clear(&w);
}

/* This program in a process that does nothing but the self test. */
static int
say_self_test(void)
{
	struct fault f = { 0 };
	int r = crypto_self_test(&f);

	printf("%d %s\n", r, f.message);
	return 0;
}

/* Machines whose administrator has forbidden what quotes are signed with. */
static void
test_self_test(const char *program)
{
	static const struct {
		const char *name, *configuration, *says;
	} machines[] = {
		{ "nothing is forbidden", "", "0 \n" },
		{ "P-256 is forbidden",
		    "[overrides]\ndisabled-curve = secp256r1\n",
		    "-1 cryptography: this machine's GnuTLS refuses a good" },
		{ "SHA-256 is forbidden",
		    "[overrides]\ninsecure-hash = sha256\n",
		    "-1 cryptography: this machine's GnuTLS refuses a good" },
	};
	char path[] = "/tmp/attestry-gnutls-XXXXXX", command[500], line[200];
	size_t i;
	int fd = mkstemp(path);

	if (fd < 0)
		mint_die("mkstemp");
	close(fd);
	snprintf(command, sizeof(command),
	    "GNUTLS_SYSTEM_PRIORITY_FILE=%s '%s' self-test", path, program);
	for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		FILE *file = fopen(path, "w"), *answer;

		line[0] = '\0';
		if (file == NULL || fputs(machines[i].configuration, file) < 0 ||
		    fclose(file) != 0 || (answer = popen(command, "r")) == NULL)
			mint_die("%s", command);
		ok(fgets(line, sizeof(line), answer) != NULL &&
		    strncmp(line, machines[i].says,
			strlen(machines[i].says)) == 0, "self test: %s",
		    machines[i].name);
		pclose(answer);
	}
	unlink(path);
}

int
main(int argc, char **argv)
{
	struct mint *mint;

	if (argc > 1 && strcmp(argv[1], "self-test") == 0)
		return say_self_test();
	mint = mint_new();
	test_self_test(argv[0]);
	test_signatures(mint);
	test_keys(mint);
	test_short_numbers(mint);
	test_sha256();
	test_elements();
	test_times();
	test_integers();
	test_extensions();
	test_encodings(mint);
	test_entries(mint);
	test_numbers(mint);
	test_large_crl(mint);
	test_trust(mint);
	mint_free(mint);
	return tap_done();
}
