/*
 * Mint against independent means: GnuTLS reads and verifies its certificates,
 * CRLs and signatures, json-c its documents, and the offsets of quotes stand
 * here as numbers.
 */
#include <stdlib.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <json-c/json.h>

#include "mint.h"
#include "tap.h"

#define CERTS_MAX 6

/* A PEM list as GnuTLS reads it. */
struct chain {
	gnutls_x509_crt_t certs[CERTS_MAX];
	unsigned int num;
};

static const char *const kind_names[MINT_KIND__MAX] = {
	"SGX v3", "SGX v4", "TDX v4", "SGX v5", "TDX 1.0 v5", "TDX 1.5 v5"
};

/* Body, end of the signed part, auth data, QE report, its signature. */
static const struct {
	size_t body, signed_len, auth_data, qe_report;
	uint32_t tee_type;
	uint16_t version;
} layouts[MINT_KIND__MAX] = {
	{ 48, 432, 436, 436 + 128, 0x00, 3 },
	{ 48, 432, 436, 436 + 134, 0x00, 4 },
	{ 48, 632, 636, 636 + 134, 0x81, 4 },
	{ 54, 438, 442, 442 + 134, 0x00, 5 },
	{ 54, 638, 642, 642 + 134, 0x81, 5 },
	{ 54, 702, 706, 706 + 134, 0x81, 5 },
};

static bool
chain_read(struct chain *chain, const void *pem, size_t len)
{
	gnutls_datum_t in = { (void *)pem, (unsigned int)len };

	chain->num = CERTS_MAX;
	return gnutls_x509_crt_list_import(chain->certs, &chain->num, &in,
	    GNUTLS_X509_FMT_PEM, 0) >= 0;
}

static void
chain_clear(struct chain *chain)
{
	while (chain->num > 0)
		gnutls_x509_crt_deinit(chain->certs[--chain->num]);
}

/* Whether GnuTLS trusts the chain under the world's root, at its instant. */
static bool
chain_verifies(const struct mint_world *world, const void *pem, size_t len,
    unsigned int num)
{
	struct chain chain, root;
	gnutls_x509_trust_list_t list = NULL;
	unsigned int status = ~0u;
	bool good = false;

	if (!chain_read(&chain, pem, len))
		return false;
	if (chain_read(&root, world->root_pem, strlen(world->root_pem))) {
		gnutls_x509_trust_list_init(&list, 0);
		gnutls_x509_trust_list_add_cas(list, root.certs, root.num, 0);
		gnutls_x509_trust_list_verify_crt(list, chain.certs, chain.num,
		    0, &status, NULL);
		good = status == 0 && chain.num == num;
		gnutls_x509_trust_list_deinit(list, 0);
		chain_clear(&root);
	}
	chain_clear(&chain);
	return good;
}

static unsigned int
get_le(const uint8_t *p, size_t len)
{
	unsigned int value = 0;

	while (len-- > 0)
		value = value << 8 | p[len];
	return value;
}

static bool
raw_verifies(const gnutls_pubkey_t key, const void *data, size_t len,
    const uint8_t raw[static 64])
{
	gnutls_datum_t r = { (void *)raw, 32 }, s = { (void *)(raw + 32), 32 };
	gnutls_datum_t in = { (void *)data, (unsigned int)len };
	gnutls_datum_t der = { NULL, 0 };
	bool good;

	if (gnutls_encode_rs_value(&der, &r, &s) < 0)
		return false;
	good = gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0,
	    &in, &der) >= 0;
	gnutls_free(der.data);
	return good;
}

static bool
cert_verifies(gnutls_x509_crt_t crt, const void *data, size_t len,
    const uint8_t raw[static 64])
{
	gnutls_pubkey_t key = NULL;
	bool good;

	gnutls_pubkey_init(&key);
	good = gnutls_pubkey_import_x509(key, crt, 0) >= 0 &&
	    raw_verifies(key, data, len, raw);
	gnutls_pubkey_deinit(key);
	return good;
}

static bool
point_verifies(const uint8_t xy[static 64], const void *data, size_t len,
    const uint8_t raw[static 64])
{
	gnutls_datum_t x = { (void *)xy, 32 }, y = { (void *)(xy + 32), 32 };
	gnutls_pubkey_t key = NULL;
	bool good;

	gnutls_pubkey_init(&key);
	good = gnutls_pubkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_SECP256R1,
	    &x, &y) >= 0 && raw_verifies(key, data, len, raw);
	gnutls_pubkey_deinit(key);
	return good;
}

/* PCK chain in the quote, both documents' chains, CRL chain. */
static bool
chains_verify(const struct mint_world *world)
{
	static const enum mint_field fields[] = {
		MINT_FIELD_PCK_CRL_ISSUER_CHAIN,
		MINT_FIELD_TCB_INFO_ISSUER_CHAIN,
		MINT_FIELD_QE_IDENTITY_ISSUER_CHAIN
	};
	size_t i;

	for (i = 0; i < 3; i++)
		if (!chain_verifies(world, world->fields[fields[i]],
		    strlen(world->fields[fields[i]]), 2))
			return false;
	return chain_verifies(world, world->quote + world->at.cert_data,
	    world->at.end - world->at.cert_data, 3);
}

/* The CRL in hex, read again and verified by `issuer`'s certificate. */
static bool
crl_verifies(const struct mint_world *world, enum mint_field field,
    enum mint_cert_id issuer, int num_revoked)
{
	const char *hex = world->fields[field];
	size_t len = strlen(hex) / 2;
	uint8_t *der = malloc(len);
	gnutls_datum_t in = { der, (unsigned int)len };
	gnutls_datum_t crt_der = { world->certs[issuer].ptr,
	    (unsigned int)world->certs[issuer].len };
	gnutls_x509_crl_t crl = NULL;
	gnutls_x509_crt_t crt = NULL;
	unsigned int status = ~0u;
	bool good;

	gnutls_x509_crl_init(&crl);
	gnutls_x509_crt_init(&crt);
	good = hex_decode(der, len, bytes_of_string(hex)) &&
	    gnutls_x509_crl_import(crl, &in, GNUTLS_X509_FMT_DER) >= 0 &&
	    gnutls_x509_crt_import(crt, &crt_der, GNUTLS_X509_FMT_DER) >= 0 &&
	    gnutls_x509_crl_get_version(crl) == 2 &&
	    gnutls_x509_crl_check_issuer(crl, crt) == 1 &&
	    gnutls_x509_crl_verify(crl, &crt, 1, 0, &status) >= 0 &&
	    status == 0 &&
	    gnutls_x509_crl_get_this_update(crl) <= world->spec.now &&
	    gnutls_x509_crl_get_next_update(crl) >= world->spec.now &&
	    gnutls_x509_crl_get_crt_count(crl) == num_revoked;
	gnutls_x509_crl_deinit(crl);
	gnutls_x509_crt_deinit(crt);
	free(der);
	return good;
}

/* The signature is over the field's exact text, by the chain's first. */
static bool
document_verifies(const struct mint_world *world, enum mint_field field)
{
	const char *text = world->fields[field];
	const char *chain_pem = world->fields[field - 1];
	struct chain chain;
	uint8_t raw[64];
	bool good;

	if (!hex_decode(raw, 64, bytes_of_string(world->fields[field + 1])) ||
	    !chain_read(&chain, chain_pem, strlen(chain_pem)))
		return false;
	good = cert_verifies(chain.certs[0], text, strlen(text), raw);
	chain_clear(&chain);
	return good;
}

static struct json_object *
member(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, name, &value);
	return value;
}

static void
check_documents(const struct mint_world *world, const char *name, bool is_tdx)
{
	struct json_object *tcb, *qe, *level;

	tcb = json_tokener_parse(world->fields[MINT_FIELD_TCB_INFO]);
	qe = json_tokener_parse(world->fields[MINT_FIELD_QE_IDENTITY]);
	level = json_object_array_get_idx(member(tcb, "tcbLevels"), 0);
	ok(strcmp(json_object_get_string(member(tcb, "id")),
	    is_tdx ? "TDX" : "SGX") == 0 &&
	    strcmp(json_object_get_string(member(tcb, "issueDate")),
	    "2026-06-12T12:00:00Z") == 0 &&
	    json_object_array_length(member(tcb, "tcbLevels")) == 3 &&
	    json_object_array_length(member(member(level, "tcb"),
	    "sgxtcbcomponents")) == 16 &&
	    (member(member(level, "tcb"), "tdxtcbcomponents") != NULL) ==
	    is_tdx && (member(tcb, "tdxModuleIdentities") != NULL) == is_tdx &&
	    strcmp(json_object_to_json_string_ext(tcb, JSON_C_TO_STRING_PLAIN |
	    JSON_C_TO_STRING_NOSLASHESCAPE),
	    world->fields[MINT_FIELD_TCB_INFO]) == 0,
	    "%s: TCB info is compact JSON, complete", name);
	ok(strcmp(json_object_get_string(member(qe, "id")),
	    is_tdx ? "TD_QE" : "QE") == 0 &&
	    json_object_get_int(member(qe, "version")) == 2 &&
	    strlen(json_object_get_string(member(qe, "mrsigner"))) == 64 &&
	    strcmp(json_object_to_json_string_ext(qe, JSON_C_TO_STRING_PLAIN),
	    world->fields[MINT_FIELD_QE_IDENTITY]) == 0,
	    "%s: QE identity is compact JSON, complete", name);
	json_object_put(tcb);
	json_object_put(qe);
}

static bool
key_is_bound(const struct mint_world *world)
{
	const uint8_t *q = world->quote;
	uint8_t in[64 + 32], hash[32];

	memcpy(in, q + world->at.attest_key, 64);
	memcpy(in + 64, q + world->at.qe_auth_data, 32);
	gnutls_hash_fast(GNUTLS_DIG_SHA256, in, sizeof(in), hash);
	return memcmp(hash, q + world->at.qe_report + 320, 32) == 0 &&
	    bytes_is_zero((struct bytes){ q + world->at.qe_report + 352, 32 });
}

static bool
quote_verifies(const struct mint_world *world)
{
	const uint8_t *q = world->quote;
	const struct mint_layout *at = &world->at;
	struct chain chain;
	bool good;

	if (!chain_read(&chain, q + at->cert_data, at->end - at->cert_data))
		return false;
	good = point_verifies(q + at->attest_key, q, at->signed_len,
	    q + at->signature) &&
	    cert_verifies(chain.certs[0], q + at->qe_report, 384,
	    q + at->qe_report + 384) && key_is_bound(world);
	chain_clear(&chain);
	return good;
}

static void
check_quote(const struct mint_world *world, enum mint_kind kind)
{
	const char *name = kind_names[kind];
	const uint8_t *q = world->quote;
	size_t n = layouts[kind].qe_report + 384 + 64, chain_len;

	ok(get_le(q, 2) == layouts[kind].version && get_le(q + 2, 2) == 2 &&
	    get_le(q + 4, 4) == layouts[kind].tee_type &&
	    q[12] == 0x93 && q[27] == 0x07, "%s: header", name);
	ok(world->at.body == layouts[kind].body &&
	    world->at.signed_len == layouts[kind].signed_len &&
	    world->at.signature == layouts[kind].auth_data &&
	    world->at.qe_report == layouts[kind].qe_report,
	    "%s: offsets are those of the format", name);
	ok(get_le(q + layouts[kind].signed_len, 4) ==
	    world->quote_len - layouts[kind].auth_data,
	    "%s: auth data reach to the end", name);
	chain_len = world->quote_len - n - 2 - 32 - 6;
	ok(get_le(q + n, 2) == 32 && q[n + 2] == 0 && q[n + 33] == 31 &&
	    get_le(q + n + 34, 2) == 5 && get_le(q + n + 36, 4) == chain_len,
	    "%s: QE auth data and certification data", name);
	if (layouts[kind].version >= 4)
		ok(get_le(q + layouts[kind].auth_data + 128, 2) == 6 &&
		    get_le(q + layouts[kind].auth_data + 130, 4) ==
		    world->quote_len - layouts[kind].qe_report,
		    "%s: outer certification data", name);
	if (layouts[kind].version == 5)
		ok(get_le(q + 48, 2) == (kind == MINT_SGX_V5 ? 1u :
		    kind == MINT_TDX10_V5 ? 2u : 3u) && get_le(q + 50, 4) ==
		    layouts[kind].signed_len - layouts[kind].body,
		    "%s: descriptor", name);
}

static void
check_kind(struct mint *mint, enum mint_kind kind, enum mint_ca ca)
{
	const char *name = kind_names[kind];
	struct mint_spec spec;
	struct mint_world world;

	mint_spec_init(&spec, kind);
	mint_spec_set_ca(&spec, ca);
	mint_world_make(&world, mint, &spec);
	ok(chains_verify(&world), "%s: chains", name);
	ok(crl_verifies(&world, MINT_FIELD_ROOT_CA_CRL, MINT_CERT_ROOT, 0),
	    "%s: root CRL", name);
	ok(crl_verifies(&world, MINT_FIELD_PCK_CRL, MINT_CERT_CA, 2),
	    "%s: PCK CRL", name);
	ok(document_verifies(&world, MINT_FIELD_TCB_INFO),
	    "%s: TCB info's signature", name);
	ok(document_verifies(&world, MINT_FIELD_QE_IDENTITY),
	    "%s: QE identity's signature", name);
	check_documents(&world, name, layouts[kind].tee_type != 0);
	check_quote(&world, kind);
	ok(quote_verifies(&world), "%s: quote, QE report, key binding", name);
	mint_world_clear(&world);
}

/* How often these bytes are there. */
static int
count_bytes(struct bytes in, const char *hex)
{
	size_t len = strlen(hex) / 2, i;
	uint8_t want[128];
	int num = 0;

	if (len > sizeof(want) ||
	    !hex_decode(want, len, bytes_of_string(hex)))
		return -1;
	for (i = 0; i + len <= in.len; i++)
		num += memcmp(in.ptr + i, want, len) == 0;
	return num;
}

static bool
cert_has(const struct mint_world *world, enum mint_cert_id id, const char *hex)
{
	return count_bytes(mint_buffer_bytes(&world->certs[id]), hex) == 1;
}

static bool
text_has(const struct mint_world *world, enum mint_field field,
    const char *text)
{
	return strstr(world->fields[field], text) != NULL;
}

/* A good world with these settings. */
static void
make(struct mint_world *world, struct mint *mint, enum mint_kind kind,
    const char *settings)
{
	struct mint_spec spec;

	mint_spec_init(&spec, kind);
	mint_spec_set(mint, &spec, settings);
	mint_world_make(world, mint, &spec);
}

/* DER of the SGX extension's members, byte by byte. */
static void
check_sgx_extension(struct mint *mint)
{
	static const char *const members[] = {
		"06092a864886f84d010d0104", /* the extension itself */
		"301e060a2a864886f84d010d01010410"
		"a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",	  /* PPID */
		"3010060b2a864886f84d010d010201020108",	  /* component 1 */
		"3010060b2a864886f84d010d010210020100",	  /* component 16 */
		"3011060b2a864886f84d010d01021102020100", /* PCESVN 256 */
		"301f060b2a864886f84d010d0102120410"
		"08080202040100060000000000000000",   /* CPUSVN */
		"3010060a2a864886f84d010d010304020000", /* PCE ID */
		"3014060a2a864886f84d010d0104040690c06f000000", /* FMSPC */
		"300f060a2a864886f84d010d01050a0101",	/* SGX type */
		"301e060a2a864886f84d010d01060410c0c1", /* instance id */
		"3044060a2a864886f84d010d01073036"
		"3010060b2a864886f84d010d0107010101ff" /* configuration */
	};
	struct mint_world world;
	size_t i;

	make(&world, mint, MINT_TDX_V4, "pck.pce_svn=256");
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		ok(cert_has(&world, MINT_CERT_PCK, members[i]),
		    "SGX extension, member %zu", i);
	mint_world_clear(&world);
	make(&world, mint, MINT_SGX_V3, "ca=processor ; "
	    "pck.components=255,-1,300");
	ok(!cert_has(&world, MINT_CERT_PCK, members[9]) &&
	    cert_has(&world, MINT_CERT_PCK,
	    "060b2a864886f84d010d010201020200ff") &&
	    cert_has(&world, MINT_CERT_PCK,
	    "060b2a864886f84d010d0102020201ff") &&
	    cert_has(&world, MINT_CERT_PCK,
	    "060b2a864886f84d010d0102030202012c"),
	    "SGX extension of the processor CA, odd integers");
	mint_world_clear(&world);
}

/* Settings, and something that must then be found in a field. */
static const struct {
	const char *settings;
	enum mint_field field;
	const char *text;
} document_cases[] = {
	{ "tcb_info.levels[0].tcb_status=SWHardeningNeeded",
	    MINT_FIELD_TCB_INFO, "\"tcbStatus\":\"SWHardeningNeeded\"" },
	{ "tcb_info.levels[2].advisory_ids=INTEL-SA-1,INTEL-SA-2",
	    MINT_FIELD_TCB_INFO,
	    "\"advisoryIDs\":[\"INTEL-SA-1\",\"INTEL-SA-2\"]" },
	{ "tcb_info.levels[0].advisory_ids=", MINT_FIELD_TCB_INFO,
	    "\"advisoryIDs\":[]" },
	{ "tcb_info.levels[0].components=1,2 ; "
	    "tcb_info.levels[0].pce_svn=70000", MINT_FIELD_TCB_INFO,
	    "Late Microcode Update\"}],\"pcesvn\":70000" },
	{ "tcb_info.next_update=now-1", MINT_FIELD_TCB_INFO,
	    "\"nextUpdate\":\"2026-06-15T11:59:59Z\"" },
	{ "tcb_info.edit=\"version\":3=>\"version\":\"3\"",
	    MINT_FIELD_TCB_INFO, "\"version\":\"3\"," },
	{ "tcb_info.text={\"a\": 1}", MINT_FIELD_TCB_INFO, "{\"a\": 1}" },
	{ "fmspc=00a067110000", MINT_FIELD_TCB_INFO, "\"00a067110000\"" },
	{ "tcb_info.tdx_module_identities[1].id=TDX_0a", MINT_FIELD_TCB_INFO,
	    "{\"id\":\"TDX_0a\"" },
	{ "tcb_info.levels[0].tcb_status=null", MINT_FIELD_TCB_INFO,
	    "\"tcbStatus\":null" },
	{ "qe_identity.mrsigner=ab000000000000000000000000000000"
	    "00000000000000000000000000000000", MINT_FIELD_QE_IDENTITY,
	    "\"mrsigner\":\"AB00" },
	{ "qe_identity.levels[0].isv_svn=0x10", MINT_FIELD_QE_IDENTITY,
	    "{\"isvsvn\":16}" },
	{ "patch=qe_identity:before:0:20", MINT_FIELD_QE_IDENTITY, " \"id\"" },
	{ "qe_identity.id=QE ; qe_identity.edit=QE=>\u00e9",
	    MINT_FIELD_QE_IDENTITY, "\u00e9" },
};

static void
check_documents_altered(struct mint *mint)
{
	struct mint_world world;
	size_t i;

	for (i = 0; i < sizeof(document_cases) / sizeof(document_cases[0]);
	    i++) {
		make(&world, mint, MINT_TDX_V4, document_cases[i].settings);
		ok(text_has(&world, document_cases[i].field,
		    document_cases[i].text) &&
		    document_verifies(&world, document_cases[i].field),
		    "signed again: %s", document_cases[i].settings);
		mint_world_clear(&world);
	}
	make(&world, mint, MINT_TDX_V4, "tcb_info.signer=pck ; "
	    "patch=qe_identity:signature:0:00*64");
	ok(!document_verifies(&world, MINT_FIELD_TCB_INFO),
	    "TCB info signed by another key");
	ok(strspn(world.fields[MINT_FIELD_QE_IDENTITY_SIGNATURE], "0") == 128,
	    "a signature of zeros");
	mint_world_clear(&world);
}

/* Settings, then what GnuTLS says of the chain in the quote. */
static const struct {
	const char *settings;
	bool good;
	const char *der; /* that the leaf must have; NULL */
} cert_cases[] = {
	{ "certs[pck].subject.cn=Other ; certs[pck].hash=sha384", true,
	    "0c054f74686572" },
	{ "certs[pck].serial=00", true, "a003020102020100300a" },
	{ "certs[pck].not_after=now+1", true,
	    "170d3236303631353132303030315a" },
	{ "certs[pck].not_after=now-1", false, NULL },
	{ "certs[pck].not_before=now+1", false, NULL },
	{ "certs[pck].generalized_time=true", true,
	    "180f32303234303332303030303030305a" },
	{ "certs[pck].signer=foreign", false, NULL },
	{ "certs[pck].signer=tcb_signing", false, NULL },
	{ "certs[ca].signer=other_root", false, NULL },
	{ "certs[ca].is_ca=false ; certs[ca].path_len=-1", false, NULL },
	{ "certs[ca].path_len=5", true, NULL },
	{ "certs[pck].issuer.cn=Intel SGX PCK Processor CA", false, NULL },
	{ "certs[pck].key=p384", true, "06052b81040022" },
	{ "certs[pck].num_sgx_extensions=0", true, NULL },
	{ "certs[pck].version=1 ; certs[pck].has_authority_key_id=false ; "
	    "certs[pck].crl_url=null ; certs[pck].has_subject_key_id=false ; "
	    "certs[pck].has_key_usage=false ; "
	    "certs[pck].has_basic_constraints=false ; "
	    "certs[pck].num_sgx_extensions=0", true, NULL },
	{ "certs[pck].extras[0].oid=1.2.3.4 ; certs[pck].extras[0].value=0500",
	    true, "300906032a030404020500" },
	{ "certs[pck].extras[0].oid=1.2.3.4 ; certs[pck].extras[0].value=0500"
	    " ; certs[pck].extras[0].critical=true", false,
	    "300c06032a03040101ff04020500" },
	{ "certs[pck].key_usage=0x81", true, "0603551d0f0101ff040403020081" },
	{ "certs[pck].subject.reversed=true", true, NULL },
	{ "patch=pck_cert:before:-1:^01", true, NULL },
	{ "patch=pck_cert:after:40:^01", false, NULL },
	{ "pck_chain.certs=pck,ca,other_root ; "
	    "certs[ca].signer=other_root", false, NULL },
	{ "pck_chain.crlf=true", true, NULL },
	{ "pck_chain.suffix=text behind ; pck_chain.nul_terminated=true",
	    true, NULL },
};

static void
check_certs_altered(struct mint *mint)
{
	struct mint_world world;
	size_t i;

	for (i = 0; i < sizeof(cert_cases) / sizeof(cert_cases[0]); i++) {
		make(&world, mint, MINT_SGX_V3, cert_cases[i].settings);
		ok(chain_verifies(&world, world.quote + world.at.cert_data,
		    world.at.end - world.at.cert_data, 3) ==
		    cert_cases[i].good && (cert_cases[i].der == NULL ||
		    cert_has(&world, MINT_CERT_PCK, cert_cases[i].der)),
		    "%s: %s", cert_cases[i].good ? "good" : "bad",
		    cert_cases[i].settings);
		mint_world_clear(&world);
	}
	make(&world, mint, MINT_SGX_V3, "certs[pck].repeat=2.5.29.15 ; "
	    "certs[tcb_signing].key=rsa");
	ok(count_bytes(mint_buffer_bytes(&world.certs[MINT_CERT_PCK]),
	    "300e0603551d0f0101ff0404030206c0") == 2, "an extension twice");
	ok(cert_has(&world, MINT_CERT_TCB_SIGNING,
	    "06092a864886f70d0101010500"), "an RSA key");
	mint_world_clear(&world);
}

static void
check_crls_altered(struct mint *mint)
{
	struct mint_world world;

	make(&world, mint, MINT_SGX_V3, "pck_crl.revokes=pck ; "
	    "root_crl.revokes=ca,tcb_signing ; pck_crl.reason_code=-1");
	ok(crl_verifies(&world, MINT_FIELD_PCK_CRL, MINT_CERT_CA, 3) &&
	    crl_verifies(&world, MINT_FIELD_ROOT_CA_CRL, MINT_CERT_ROOT, 2),
	    "revoked serials are listed");
	ok(count_bytes(mint_buffer_bytes(&world.pck_crl),
	    "3025021430313233343536373839") == 1, "with the leaf's own");
	mint_world_clear(&world);
	make(&world, mint, MINT_SGX_V3, "pck_crl.signer=foreign ; "
	    "root_crl.next_update=now-1");
	ok(!crl_verifies(&world, MINT_FIELD_PCK_CRL, MINT_CERT_CA, 2),
	    "a CRL of a foreign key");
	ok(!crl_verifies(&world, MINT_FIELD_ROOT_CA_CRL, MINT_CERT_ROOT, 0),
	    "a CRL that is over");
	mint_world_clear(&world);
}

static void
check_quotes_altered(struct mint *mint)
{
	struct mint_world world;
	size_t len;

	make(&world, mint, MINT_TDX15_V5, "quote.td.td_attributes="
	    "0100001000000000 ; patch=quote:before:12:^ff");
	ok(world.quote[54 + 120] == 1 && world.quote[12] == 0x6c &&
	    quote_verifies(&world), "altered before signing");
	len = world.quote_len;
	world.quote[12] ^= 0xff;
	ok(!quote_verifies(&world), "altered after signing");
	mint_world_sign_quote(&world);
	ok(quote_verifies(&world), "signed again");
	mint_signature_mirror(world.quote + world.at.signature);
	ok(quote_verifies(&world), "the other signature is as good");
	world.quote[world.at.qe_report] ^= 1;
	ok(!quote_verifies(&world), "QE report altered");
	mint_world_sign_qe_report(&world);
	ok(quote_verifies(&world), "QE report signed again");
	mint_world_resize_quote(&world, len + 3);
	ok(world.quote_len == len + 3 && world.quote[len + 2] == 0 &&
	    quote_verifies(&world), "grown");
	mint_world_resize_quote(&world, 1);
	ok(world.quote_len == 1 && world.quote[0] == 5, "cut");
	mint_world_clear(&world);

	make(&world, mint, MINT_SGX_V4, "quote.cert_data_size_more=-1 ; "
	    "quote.outer_size_more=2 ; quote.auth_data_size_more=0x100000000 ; "
	    "quote.trailing=70 ; quote.qe_auth_data_len=0");
	ok(get_le(world.quote + world.at.cert_data - 4, 4) ==
	    world.at.end - world.at.cert_data - 1 &&
	    get_le(world.quote + world.at.outer + 2, 4) ==
	    world.at.end - world.at.qe_report + 2 &&
	    get_le(world.quote + 432, 4) == world.at.end - 436 &&
	    world.quote_len == world.at.end + 70 &&
	    world.at.qe_auth_data == world.at.cert_data_type,
	    "sizes that lie");
	mint_world_clear(&world);

	make(&world, mint, MINT_SGX_V3, "quote.cert_data_type=3 ; "
	    "patch=quote:after:-2:-0 ; patch=quote:after:0:+0102*2 ; "
	    "quote.signer=foreign");
	ok(memcmp(world.quote, "\1\2\1\2\3\0", 6) == 0 &&
	    world.quote_len == 4 + 436 + 576 + 2 + 32 + 6 + 384 + 20 - 2,
	    "certification data of type 3; inserted and cut");
	mint_world_clear(&world);
}

static void
check_collateral(const struct mint_world *world)
{
	char *text = mint_world_collateral_new(world);
	struct json_object *json = json_tokener_parse(text), *value;
	bool good = json_object_object_length(json) == MINT_FIELD__MAX;
	int i;

	for (i = 0; i < MINT_FIELD__MAX; i++) {
		value = member(json, mint_field_name(i));
		good = good && value != NULL &&
		    strcmp(json_object_get_string(value), world->fields[i]) ==
		    0;
	}
	ok(good, "the nine fields as JSON");
	json_object_put(json);
	free(text);
}

static void
check_worlds(struct mint *mint)
{
	struct mint *other_mint = mint_new();
	struct mint_world world, same, other;
	enum mint_field field = MINT_FIELD_TCB_INFO_ISSUER_CHAIN;

	make(&world, mint, MINT_TDX_V4, "");
	make(&same, mint, MINT_TDX_V4, "");
	make(&other, other_mint, MINT_TDX_V4, "");
	check_collateral(&world);
	ok(world.quote_len == same.quote_len &&
	    memcmp(world.quote, same.quote, same.quote_len) == 0 &&
	    strcmp(world.root_pem, same.root_pem) == 0,
	    "the same spec of one mint is the same world");
	ok(strcmp(world.root_pem, other.root_pem) != 0 &&
	    chains_verify(&other), "another mint has its own root");
	mint_world_set_field(&world, field, other.fields[field]);
	ok(!chains_verify(&world), "which this one does not trust");
	mint_world_set_field(&world, field, NULL);
	ok(world.fields[field] == NULL, "a field left out");
	mint_world_clear(&world);
	mint_world_clear(&same);
	mint_world_clear(&other);
	mint_free(other_mint);

	make(&world, mint, MINT_SGX_V5, "now=2051-02-03T04:05:06Z ; "
	    "ca=processor");
	ok(text_has(&world, MINT_FIELD_TCB_INFO,
	    "\"issueDate\":\"2051-01-31T04:05:06Z\"") &&
	    cert_has(&world, MINT_CERT_CA, "180f32303531"),
	    "a world of another time");
	mint_world_clear(&world);
}

/* Counts the stages it sees, and alters one of them. */
static void
count_stages(void *arg, enum mint_part part, enum mint_stage stage,
    struct mint_buffer *b)
{
	int *num = arg;

	num[part]++;
	if (part == MINT_PART_QE_REPORT && stage == MINT_BEFORE)
		b->ptr[320] ^= 1;
}

static void
check_tweak(struct mint *mint)
{
	int num[MINT_PART__MAX] = { 0 };
	struct mint_spec spec;
	struct mint_world world;

	mint_spec_init(&spec, MINT_SGX_V3);
	spec.tweak = count_stages;
	spec.tweak_arg = num;
	mint_world_make(&world, mint, &spec);
	ok(num[MINT_PART_QUOTE] == 3 && num[MINT_PART_QE_REPORT] == 3 &&
	    num[MINT_PART_ROOT_CERT] == 3 && num[MINT_PART_PCK_CRL] == 3 &&
	    num[MINT_PART_TCB_INFO] == 3 && num[MINT_PART_PCK_CHAIN] == 1 &&
	    num[MINT_PART_SGX_EXTENSION] == 1 &&
	    num[MINT_PART_SPARE_CERT] == 0, "a tweak sees each stage once");
	ok(!key_is_bound(&world) && !quote_verifies(&world),
	    "and can alter it");
	mint_world_clear(&world);
}

/* GnuTLS's clock. */
static time_t
mint_now(time_t *t)
{
	if (t != NULL)
		*t = MINT_NOW;
	return MINT_NOW;
}

int
main(void)
{
	struct mint *mint = mint_new();
	int kind;

	gnutls_global_set_time_function(mint_now);
	for (kind = 0; kind < MINT_KIND__MAX; kind++) {
		check_kind(mint, kind, MINT_PLATFORM);
		check_kind(mint, kind, MINT_PROCESSOR);
	}
	check_sgx_extension(mint);
	check_documents_altered(mint);
	check_certs_altered(mint);
	check_crls_altered(mint);
	check_quotes_altered(mint);
	check_worlds(mint);
	check_tweak(mint);
	mint_free(mint);
	return tap_done();
}
