/*
 * The quote itself: layout, signatures, the binding of the attestation key,
 * and the appraisal of what is otherwise genuine.
 */
#include <string.h>

#include "crypto.h"
#include "tap.h"
#include "worlds.h"

/* The order of P-256 and the number before it. */
#define N "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

static const struct world_case layout_cases[] = {
	{ "an unchanged world", ALL, "" },
	{ "the processor CA's platform", ALL, "ca=processor" },
	{ "another time", ALL, "now=2031-01-02T03:04:05Z" },
	{ "a time past 2049", ALL, "now=2050-06-01T00:00:00Z" },
	{ "another FMSPC", ALL, "fmspc=ffeeddccbbaa" },

	/* What stands behind the declared end is padding. */
	{ "one zero byte behind", ALL, "quote.trailing=1" },
	{ "70 zero bytes behind", ALL, "quote.trailing=70" },
	{ "padded to 16 KB", ALL, "quote.trailing=11000" },
	{ "other bytes behind", ALL,
	    "quote.trailing=100 ; quote.trailing_value=0xff" },
	{ "longer than any quote", ALL, "quote.trailing=20480",
	    FAULT_MALFORMED_QUOTE, "at most 20480" },

	/* Header. */
	{ "SVNs in the header are not compared", ALL,
	    "quote.qe_svn=0xffff ; quote.pce_svn=0xffff" },
	{ "SVNs in the header are zero", ALL,
	    "quote.qe_svn=0 ; quote.pce_svn=0" },
	{ "any user data", ALL,
	    "quote.user_data=ffffffffffffffffffffffffffffffffffffffff" },
	{ "version 0", ALL, "quote.version=0", FAULT_UNSUPPORTED_QUOTE,
	    "version" },
	{ "version 1", ALL, "quote.version=1", FAULT_UNSUPPORTED_QUOTE,
	    "version" },
	{ "version 2", ALL, "quote.version=2", FAULT_UNSUPPORTED_QUOTE,
	    "version" },
	{ "version 6", ALL, "quote.version=6", FAULT_UNSUPPORTED_QUOTE,
	    "version" },
	{ "version 3 in big endian", ALL, "quote.version=0x0300",
	    FAULT_UNSUPPORTED_QUOTE, "version" },
	{ "version 65535", ALL, "quote.version=65535",
	    FAULT_UNSUPPORTED_QUOTE, "version" },
	{ "TDX in version 3", TDX, "quote.version=3",
	    FAULT_UNSUPPORTED_QUOTE, "TEE type: want 0 (SGX), have 0x81" },
	{ "TDX in version 3, SGX body", SGX_V3, "quote.tee_type=0x81",
	    FAULT_UNSUPPORTED_QUOTE, "TEE type" },
	{ "version 3 with the layout of 4", SGX_V4, "quote.version=3",
	    FAULT_MALFORMED_QUOTE },
	{ "version 4 with the layout of 3", SGX_V3, "quote.version=4",
	    FAULT_MALFORMED_QUOTE, "QE report certification data" },
	{ "version 5 without a descriptor", SGX_V4 | TDX_V4,
	    "quote.version=5", FAULT_UNSUPPORTED_QUOTE, "descriptor: type" },
	{ "attestation key type 0", ALL, "quote.att_key_type=0",
	    FAULT_UNSUPPORTED_QUOTE, "attestation key type" },
	{ "attestation key type 1", ALL, "quote.att_key_type=1",
	    FAULT_UNSUPPORTED_QUOTE, "attestation key type" },
	{ "attestation key type 3 (P-384)", ALL, "quote.att_key_type=3",
	    FAULT_UNSUPPORTED_QUOTE, "attestation key type" },
	{ "attestation key type 0x0200", ALL, "quote.att_key_type=0x0200",
	    FAULT_UNSUPPORTED_QUOTE, "attestation key type" },
	{ "TEE type 1", ALL, "quote.tee_type=1", FAULT_UNSUPPORTED_QUOTE,
	    "TEE type" },
	{ "TEE type 0x80", ALL, "quote.tee_type=0x80",
	    FAULT_UNSUPPORTED_QUOTE, "TEE type" },
	{ "TEE type 0x82", ALL, "quote.tee_type=0x82",
	    FAULT_UNSUPPORTED_QUOTE, "TEE type" },
	{ "TEE type: a bit in the highest octet", ALL,
	    "patch=quote:before:7:^80", FAULT_UNSUPPORTED_QUOTE, "TEE type" },
	{ "TEE type: a bit in the second octet", ALL,
	    "patch=quote:before:5:^01", FAULT_UNSUPPORTED_QUOTE, "TEE type" },
	{ "SGX quote that says TDX", SGX_V4, "quote.tee_type=0x81",
	    FAULT_MALFORMED_QUOTE },
	{ "TDX quote that says SGX", TDX_V4, "quote.tee_type=0",
	    FAULT_MALFORMED_QUOTE },
	{ "QE vendor id of zeros", ALL, "quote.qe_vendor_id="
	    "00000000000000000000000000000000", FAULT_UNSUPPORTED_QUOTE,
	    "vendor" },
	{ "QE vendor id, first octet", ALL, "patch=quote:before:12:^01",
	    FAULT_UNSUPPORTED_QUOTE, "vendor" },
	{ "QE vendor id, last octet", ALL, "patch=quote:before:27:^80",
	    FAULT_UNSUPPORTED_QUOTE, "vendor" },

	/* The descriptor of version 5. */
	{ "body type 0", V5, "quote.body_type=0", FAULT_UNSUPPORTED_QUOTE,
	    "descriptor: type" },
	{ "body type 4", V5, "quote.body_type=4", FAULT_UNSUPPORTED_QUOTE,
	    "descriptor: type" },
	{ "body type 0x0101", V5, "quote.body_type=0x0101",
	    FAULT_UNSUPPORTED_QUOTE, "descriptor: type" },
	{ "SGX with a body of TDX 1.0", SGX_V5, "quote.body_type=2",
	    FAULT_MALFORMED_QUOTE, "is not one of SGX" },
	{ "SGX with a body of TDX 1.5", SGX_V5, "quote.body_type=3",
	    FAULT_MALFORMED_QUOTE, "is not one of SGX" },
	{ "TDX with a body of SGX", TDX10_V5 | TDX15_V5, "quote.body_type=1",
	    FAULT_MALFORMED_QUOTE, "is not one of TDX" },
	{ "SGX TEE with a body of TDX", TDX10_V5 | TDX15_V5,
	    "quote.tee_type=0", FAULT_MALFORMED_QUOTE, "is not one of SGX" },
	{ "TDX 1.0 type with the size of 1.5", TDX15_V5, "quote.body_type=2",
	    FAULT_MALFORMED_QUOTE, "descriptor: size: want 584" },
	{ "TDX 1.5 type with the size of 1.0", TDX10_V5, "quote.body_type=3",
	    FAULT_MALFORMED_QUOTE, "descriptor: size: want 648" },
	{ "body size one more", V5, "quote.body_size_more=1",
	    FAULT_MALFORMED_QUOTE, "descriptor: size" },
	{ "body size one less", V5, "quote.body_size_more=-1",
	    FAULT_MALFORMED_QUOTE, "descriptor: size" },
	{ "body size with a high bit", V5, "quote.body_size_more=0x80000000",
	    FAULT_MALFORMED_QUOTE, "descriptor: size" },

	/* Sizes: each inside what holds it, each filled to its end. */
	{ "auth data size one more", ALL, "quote.auth_data_size_more=1",
	    FAULT_MALFORMED_QUOTE, "signature data" },
	{ "auth data size one more, and a byte there", ALL,
	    "quote.auth_data_size_more=1 ; quote.trailing=1",
	    FAULT_MALFORMED_QUOTE, "left over" },
	{ "auth data size one less", ALL, "quote.auth_data_size_more=-1",
	    FAULT_MALFORMED_QUOTE, "cut short" },
	{ "auth data size far too large", ALL,
	    "quote.auth_data_size_more=-1000000", FAULT_MALFORMED_QUOTE,
	    "signature data" },
	{ "bytes left over in the auth data", ALL,
	    "quote.auth_data_padding=1", FAULT_MALFORMED_QUOTE, "left over" },
	{ "many bytes left over in the auth data", ALL,
	    "quote.auth_data_padding=500", FAULT_MALFORMED_QUOTE,
	    "left over" },
	{ "outer size one more", V4_V5, "quote.outer_size_more=1",
	    FAULT_MALFORMED_QUOTE, "larger than the signature data" },
	{ "outer size one less", V4_V5, "quote.outer_size_more=-1",
	    FAULT_MALFORMED_QUOTE },
	{ "outer size far too large", V4_V5, "quote.outer_size_more=-1000000",
	    FAULT_MALFORMED_QUOTE, "larger than the signature data" },
	{ "outer size reaches into the trailing bytes", V4_V5,
	    "quote.outer_size_more=4 ; quote.trailing=4",
	    FAULT_MALFORMED_QUOTE, "larger than the signature data" },
	{ "bytes left over in the outer data", V4_V5,
	    "quote.outer_padding=1", FAULT_MALFORMED_QUOTE, "left over" },
	{ "QE auth data size one more", ALL,
	    "quote.qe_auth_data_size_more=1", FAULT_MALFORMED_QUOTE },
	{ "QE auth data size one less", ALL,
	    "quote.qe_auth_data_size_more=-1", FAULT_MALFORMED_QUOTE },
	{ "QE auth data size 65535", ALL,
	    "quote.qe_auth_data_size_more=65503", FAULT_MALFORMED_QUOTE },
	{ "certification data size one more", ALL,
	    "quote.cert_data_size_more=1", FAULT_MALFORMED_QUOTE,
	    "certification data" },
	{ "certification data size one less", ALL,
	    "quote.cert_data_size_more=-1", FAULT_MALFORMED_QUOTE,
	    "left over" },
	{ "certification data size wraps", ALL,
	    "quote.cert_data_size_more=-10000", FAULT_MALFORMED_QUOTE,
	    "certification data" },
	{ "certification data of more than 8 KB", ALL,
	    "pck_chain.nul_terminated=true ; "
	    "patch=pck_chain:before:-1:+00*8192", FAULT_MALFORMED_QUOTE,
	    "at most 8192" },
	{ "QE auth data of 0 bytes", ALL, "quote.qe_auth_data_len=0" },
	{ "QE auth data of 1 byte", ALL, "quote.qe_auth_data_len=1" },
	{ "QE auth data of 31 bytes", ALL, "quote.qe_auth_data_len=31" },
	{ "QE auth data of 33 bytes", ALL, "quote.qe_auth_data_len=33" },
	{ "QE auth data of 1000 bytes", ALL, "quote.qe_auth_data_len=1000" },
	{ "other QE auth data", ALL, "quote.qe_auth_data_first=0x80" },

	/* Certification data. */
	{ "outer type 5", V4_V5, "quote.outer_type=5", FAULT_MALFORMED_QUOTE,
	    "type: want 6" },
	{ "outer type 7", V4_V5, "quote.outer_type=7", FAULT_MALFORMED_QUOTE,
	    "type: want 6" },
	{ "outer type 0", V4_V5, "quote.outer_type=0", FAULT_MALFORMED_QUOTE,
	    "type: want 6" },
	{ "outer type 0x0106", V4_V5, "quote.outer_type=0x0106",
	    FAULT_MALFORMED_QUOTE, "type: want 6" },
	{ "type 0", ALL, "quote.cert_data_type=0", FAULT_MALFORMED_QUOTE,
	    "type: want 1 to 5" },
	{ "type 1, PPID in clear", ALL, "quote.cert_data_type=1",
	    FAULT_MISSING_CERTIFICATES, "type 5" },
	{ "type 2, PPID under RSA-2048", ALL, "quote.cert_data_type=2",
	    FAULT_MISSING_CERTIFICATES, "type 5" },
	{ "type 3, PPID under RSA-3072", ALL, "quote.cert_data_type=3",
	    FAULT_MISSING_CERTIFICATES, "type 5" },
	{ "type 4, the leaf alone", ALL, "quote.cert_data_type=4",
	    FAULT_MISSING_CERTIFICATES, "type 5" },
	{ "type 6 nests", ALL, "quote.cert_data_type=6",
	    FAULT_MALFORMED_QUOTE, "type: want 1 to 5" },
	{ "type 7, platform manifest", ALL, "quote.cert_data_type=7",
	    FAULT_MALFORMED_QUOTE, "type: want 1 to 5" },
	{ "type 0x0105", ALL, "quote.cert_data_type=0x0105",
	    FAULT_MALFORMED_QUOTE, "type: want 1 to 5" },
	{ "type 5 without any data", ALL, "quote.cert_data=",
	    FAULT_MISSING_CERTIFICATES, "empty" },
	{ "type 5 with a NUL alone", ALL, "quote.cert_data=00",
	    FAULT_MISSING_CERTIFICATES, "empty" },
	{ "type 5 with a line end alone", ALL, "quote.cert_data=0a",
	    FAULT_BAD_CERTIFICATE, "have 0" },
};

static const struct world_case signature_cases[] = {
	/* The quote's. */
	{ "quote signed by a stranger", ALL, "quote.signer=foreign",
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "quote signed by the PCK", ALL, "quote.signer=pck",
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "header altered: reserved octet 8", ALL,
	    "patch=quote:after:8:^01", FAULT_BAD_QUOTE_SIGNATURE },
	{ "header altered: reserved octet 11", ALL,
	    "patch=quote:after:11:^01", FAULT_BAD_QUOTE_SIGNATURE },
	{ "header altered: user data", ALL, "patch=quote:after:28:^01",
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "header altered: end of the user data", ALL,
	    "patch=quote:after:47:^01", FAULT_BAD_QUOTE_SIGNATURE },
	{ "enclave report altered: MRENCLAVE", SGX_V3 | SGX_V4,
	    "patch=quote:after:112:^01", FAULT_BAD_QUOTE_SIGNATURE },
	{ "enclave report altered: last octet", SGX_V3 | SGX_V4,
	    "patch=quote:after:431:^01", FAULT_BAD_QUOTE_SIGNATURE },
	{ "TD report altered: MRTD", TDX_V4, "patch=quote:after:184:^01",
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "TD report altered: last octet", TDX_V4,
	    "patch=quote:after:631:^01", FAULT_BAD_QUOTE_SIGNATURE },
	{ "TD 1.5 report altered: last octet of MRSERVICETD", TDX15_V5,
	    "patch=quote:after:701:^01", FAULT_BAD_QUOTE_SIGNATURE },
	{ "r = 0", ALL, "patch=quote:signature:0:00*32",
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "s = 0", ALL, "patch=quote:signature:32:00*32",
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "r = s = 0 (CVE-2022-21449)", ALL, "patch=quote:signature:0:00*64",
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "r = n", ALL, "patch=quote:signature:0:" N,
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "s = n", ALL, "patch=quote:signature:32:" N,
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "r = s = n", ALL, "patch=quote:signature:0:" N N,
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "r and s all ones", ALL, "patch=quote:signature:0:ff*64",
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "r altered", ALL, "patch=quote:signature:31:^01",
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "s altered", ALL, "patch=quote:signature:63:^01",
	    FAULT_BAD_QUOTE_SIGNATURE },

	/* The QE report's. */
	{ "QE report signed by a stranger", ALL,
	    "quote.qe_report_signer=foreign", FAULT_BAD_QE_REPORT,
	    "PCK certificate's key" },
	{ "QE report signed by the PCK CA", ALL,
	    "quote.qe_report_signer=platform_ca", FAULT_BAD_QE_REPORT,
	    "PCK certificate's key" },
	{ "QE report signed by the attestation key", ALL,
	    "quote.qe_report_signer=attest", FAULT_BAD_QE_REPORT,
	    "PCK certificate's key" },
	{ "QE report altered after it was signed", ALL,
	    "patch=qe_report:after:64:^01", FAULT_BAD_QE_REPORT,
	    "PCK certificate's key" },
	{ "QE report: r = s = 0", ALL, "patch=qe_report:signature:0:00*64",
	    FAULT_BAD_QE_REPORT, "PCK certificate's key" },
	{ "QE report: r = n", ALL, "patch=qe_report:signature:0:" N,
	    FAULT_BAD_QE_REPORT, "PCK certificate's key" },
	{ "QE report: s altered", ALL, "patch=qe_report:signature:63:^01",
	    FAULT_BAD_QE_REPORT, "PCK certificate's key" },

	/* The binding of the attestation key. */
	{ "a rogue attestation key signs, the QE names it", ALL,
	    "quote.attest_key=foreign ; quote.signer=foreign" },
	{ "attestation key is not the signer's", ALL,
	    "quote.attest_key=foreign", FAULT_BAD_QUOTE_SIGNATURE },
	{ "REPORTDATA of zeros", ALL, "quote.keep_report_data=true",
	    FAULT_BAD_QE_REPORT, "not the digest" },
	{ "digest altered, first octet", ALL,
	    "patch=qe_report:before:320:^01", FAULT_BAD_QE_REPORT,
	    "not the digest" },
	{ "digest altered, last octet", ALL,
	    "patch=qe_report:before:351:^01", FAULT_BAD_QE_REPORT,
	    "not the digest" },
	{ "the rest of REPORTDATA is not compared", ALL,
	    "patch=qe_report:before:352:ff*32" },
};

static const struct world_case appraisal_cases[] = {
	/* DEBUG. */
	{ "debug enclave", SGX, "quote.enclave.attributes="
	    "0700000000000000e700000000000000", FAULT_DEBUG_ENABLED,
	    "enclave: DEBUG" },
	{ "debug bit alone", SGX, "quote.enclave.attributes="
	    "02000000000000000000000000000000", FAULT_DEBUG_ENABLED },
	{ "an enclave with every other attribute", SGX,
	    "quote.enclave.attributes=fdffffffffffffffffffffffffffffff" },
	{ "debug TD", TDX, "quote.td.td_attributes=0100001000000000",
	    FAULT_DEBUG_ENABLED, "TD: DEBUG" },
	{ "debug before everything else in the appraisal", TDX15_V5,
	    "quote.td.td_attributes=ffffffffffffffff ; "
	    "patch=quote:before:-1:01", FAULT_DEBUG_ENABLED },
	{ "debug enclave on an old platform", SGX, "quote.enclave.attributes="
	    "0700000000000000e700000000000000 ; "
	    "tcb_info.levels[0].tcb_status=OutOfDate", FAULT_DEBUG_ENABLED,
	    NULL, "OutOfDate" },

	/* TDATTRIBUTES: bit 8 * octet + bit. */
	{ "SEPT_VE_DISABLE off", TDX,
	    "quote.td.td_attributes=0000000000000000", FAULT_TD_ATTRIBUTES,
	    "SEPT_VE_DISABLE" },
	{ "TUD bit 1", TDX, "quote.td.td_attributes=0200001000000000",
	    FAULT_TD_ATTRIBUTES, "reserved" },
	{ "TUD bit 7", TDX, "quote.td.td_attributes=8000001000000000",
	    FAULT_TD_ATTRIBUTES, "reserved" },
	{ "SEC bit 8", TDX, "quote.td.td_attributes=0001001000000000",
	    FAULT_TD_ATTRIBUTES, "reserved" },
	{ "SEC bit 16", TDX, "quote.td.td_attributes=0000011000000000",
	    FAULT_TD_ATTRIBUTES, "reserved" },
	{ "SEC bit 26", TDX, "quote.td.td_attributes=0000001400000000",
	    FAULT_TD_ATTRIBUTES, "reserved" },
	{ "bit 27 (LASS) in a 1.0 body", TDX10,
	    "quote.td.td_attributes=0000001800000000", FAULT_TD_ATTRIBUTES,
	    "0000000008000000" },
	{ "bit 27 (LASS) in a 1.5 body", TDX15_V5,
	    "quote.td.td_attributes=0000001800000000" },
	{ "bit 29 (MIGRATABLE) in a 1.0 body", TDX10,
	    "quote.td.td_attributes=0000003000000000", FAULT_TD_ATTRIBUTES,
	    "0000000020000000" },
	{ "bit 29 (MIGRATABLE) in a 1.5 body", TDX15_V5,
	    "quote.td.td_attributes=0000003000000000" },
	{ "bit 30 (PKS)", TDX, "quote.td.td_attributes=0000005000000000" },
	{ "bit 31 (KL)", TDX, "quote.td.td_attributes=0000009000000000" },
	{ "bit 63 (PERFMON)", TDX,
	    "quote.td.td_attributes=0000001000000080" },
	{ "PKS, KL and PERFMON", TDX,
	    "quote.td.td_attributes=000000d000000080" },
	{ "OTHER bit 32", TDX, "quote.td.td_attributes=0000001001000000",
	    FAULT_TD_ATTRIBUTES, "reserved" },
	{ "OTHER bit 39, which is not PERFMON", TDX,
	    "quote.td.td_attributes=0000001080000000", FAULT_TD_ATTRIBUTES,
	    "reserved" },
	{ "OTHER bit 62", TDX, "quote.td.td_attributes=0000001000000040",
	    FAULT_TD_ATTRIBUTES, "reserved" },
	{ "any XFAM", TDX, "quote.td.xfam=ffffffffffffffff" },

	/* MRSERVICETD: the last 48 octets of a 1.5 body. */
	{ "a service TD, first octet", TDX15_V5, "patch=quote:before:-48:01",
	    FAULT_SERVICE_TD },
	{ "a service TD, last octet", TDX15_V5, "patch=quote:before:-1:80",
	    FAULT_SERVICE_TD },
	{ "attributes before service TD", TDX15_V5,
	    "patch=quote:before:-1:80 ; "
	    "quote.td.td_attributes=0000000000000000", FAULT_TD_ATTRIBUTES },
	{ "service TD before TCB status", TDX15_V5,
	    "patch=quote:before:-1:80 ; "
	    "tcb_info.levels[0].tcb_status=OutOfDate", FAULT_SERVICE_TD, NULL,
	    "OutOfDate" },
	{ "genuine comes before appraisal", ALL,
	    "quote.signer=foreign ; tcb_info.levels[0].tcb_status=Revoked",
	    FAULT_BAD_QUOTE_SIGNATURE },
};

/* The greatest sizes there may be, and one more. */
static void
test_sizes(struct mint *mint)
{
	static uint8_t data[QUOTE_CERT_DATA_LEN_MAX + 1];
	struct mint_spec spec;
	struct mint_world w;
	struct verdict v;
	size_t len;

	for (len = sizeof(data) - 1; len <= sizeof(data); len++) {
		mint_spec_init(&spec, MINT_TDX_V4);
		spec.quote.cert_data = (struct bytes){ data, len };
		mint_world_make(&w, mint, &spec);
		world_judge(&v, &w, spec.now);
		ok(verdict_is(&v, len == sizeof(data) ? FAULT_MALFORMED_QUOTE :
		    FAULT_MISSING_CERTIFICATES, NULL, NULL),
		    "certification data of %zu bytes", len);
		mint_world_clear(&w);
	}
	world_make(&w, mint, MINT_TDX_V4, "");
	for (len = QUOTE_LEN_MAX; len <= QUOTE_LEN_MAX + 1; len++) {
		mint_world_resize_quote(&w, len);
		world_judge(&v, &w, w.spec.now);
		ok(len == QUOTE_LEN_MAX ?
		    verdict_is(&v, FAULT_NONE, NULL, "UpToDate") :
		    verdict_is(&v, FAULT_MALFORMED_QUOTE, "at most", NULL),
		    "a quote padded to %zu bytes", len);
	}
	mint_world_clear(&w);
}

/* Puts the digest of the quote's own key and auth data where it belongs. */
static void
bind_key_again(struct mint_world *w)
{
	const struct mint_layout *at = &w->at;
	struct bytes runs[] = {
		{ w->quote + at->attest_key, 64 },
		{ w->quote + at->qe_auth_data,
		    at->cert_data_type - at->qe_auth_data },
	};
	struct fault f;

	if (sha256(runs, 2, w->quote + at->qe_report + 320, &f) < 0)
		mint_die("%s", f.message);
	mint_world_sign_qe_report(w);
}

/* Attestation keys that are no points of the curve, bound by a genuine QE. */
static void
test_attest_keys(struct mint *mint)
{
	static const struct {
		const char *name;
		uint8_t x, y; /* last octets; the rest zero */
		bool flip;    /* instead: the good key, y + 1 or so */
	} cases[] = {
		{ "all zero", 0, 0, false },
		{ "(0, 1)", 0, 1, false },
		{ "(1, 1)", 1, 1, false },
		{ "the good one with a bit of y flipped", 0, 0, true },
	};
	struct mint_world w;
	struct verdict v;
	uint8_t *key;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_make(&w, mint, MINT_TDX15_V5, "");
		key = w.quote + w.at.attest_key;
		if (cases[i].flip) {
			key[63] ^= 1;
		} else {
			memset(key, 0, 64);
			key[31] = cases[i].x;
			key[63] = cases[i].y;
		}
		bind_key_again(&w);
		world_judge(&v, &w, w.spec.now);
		ok(verdict_is(&v, FAULT_BAD_QUOTE_SIGNATURE, NULL, NULL),
		    "attestation key: %s", cases[i].name);
		mint_world_clear(&w);
	}
	world_make(&w, mint, MINT_TDX15_V5, "");
	w.quote[w.at.qe_auth_data] ^= 1;
	world_judge(&v, &w, w.spec.now);
	ok(verdict_is(&v, FAULT_BAD_QE_REPORT, "not the digest", NULL),
	    "QE auth data altered");
	bind_key_again(&w);
	world_judge(&v, &w, w.spec.now);
	ok(verdict_is(&v, FAULT_NONE, NULL, "UpToDate"),
	    "QE auth data altered and bound again");
	w.quote[w.at.attest_key + 63] ^= 1;
	world_judge(&v, &w, w.spec.now);
	ok(verdict_is(&v, FAULT_BAD_QE_REPORT, "not the digest", NULL),
	    "attestation key altered");
	mint_world_clear(&w);
}

static void
content_sha256(const struct mint_world *w, uint8_t *out)
{
	struct quote q;
	struct fault f;

	if (quote_parse(&q, (struct bytes){ w->quote, w->quote_len }, &f) < 0 ||
	    verify_content_sha256(&q, out, &f) < 0)
		mint_die("%s", f.message);
}

static void
put_u32le(uint8_t *at, size_t n)
{
	int i;

	for (i = 0; i < 4; i++)
		at[i] = (uint8_t)(n >> 8 * i);
}

/*
 * Cut at every byte of the signature data, and every size that counts it is
 * mended: so each field by itself runs short, and not what is around it.
 */
static void
test_cut_auth_data(struct mint *mint)
{
	const size_t outer_head = 6;
	size_t len, inner, num_taken;
	enum mint_kind kind;
	struct mint_world w;
	struct quote q;
	struct fault f;

	for (kind = 0; kind < MINT_KIND__MAX; kind++) {
		world_make(&w, mint, kind, "");
		num_taken = 0;
		for (len = w.at.end; len-- > w.at.signature;) {
			mint_world_resize_quote(&w, len);
			put_u32le(w.quote + w.at.signed_len,
			    len - w.at.signature);
			inner = w.at.outer + outer_head;
			if (w.at.outer != 0 && len >= inner)
				put_u32le(w.quote + inner - 4, len - inner);
			if (quote_parse(&q, (struct bytes){ w.quote, len },
				&f) == 0 || f.code != FAULT_MALFORMED_QUOTE)
				num_taken++;
		}
		ok(num_taken == 0, "%s: signature data cut at every byte",
		    kind_name(kind));
		mint_world_clear(&w);
	}
}

/* One attestation in several clothes. */
static void
test_variants(struct mint *mint)
{
	uint8_t digest[SHA256_LEN], other[SHA256_LEN];
	enum mint_kind kind;
	struct mint_world w;
	struct verdict v;

	for (kind = 0; kind < MINT_KIND__MAX; kind++) {
		world_make(&w, mint, kind, "");
		content_sha256(&w, digest);
		mint_signature_mirror(w.quote + w.at.signature);
		world_judge(&v, &w, w.spec.now);
		content_sha256(&w, other);
		ok(verdict_is(&v, FAULT_NONE, NULL, "UpToDate") &&
		    memcmp(digest, other, sizeof(digest)) == 0,
		    "%s: (r, n-s) is as good, and of the same content",
		    kind_name(kind));
		mint_signature_mirror(w.quote + w.at.qe_report_signature);
		mint_world_resize_quote(&w, w.quote_len + 77);
		world_judge(&v, &w, w.spec.now);
		content_sha256(&w, other);
		ok(verdict_is(&v, FAULT_NONE, NULL, "UpToDate") &&
		    memcmp(digest, other, sizeof(digest)) == 0,
		    "%s: so with padding and the QE report's mirrored",
		    kind_name(kind));
		w.quote[w.at.body] ^= 1;
		content_sha256(&w, other);
		ok(memcmp(digest, other, sizeof(digest)) != 0,
		    "%s: another body is another content", kind_name(kind));
		mint_world_clear(&w);
	}
}

/* Two attestations that differ in one clause of the collateral's trust. */
static void
test_trust(struct mint *mint)
{
	struct mint *other_mint = mint_new();
	struct mint_world w, other;
	struct trust trust;
	struct collateral *c;
	struct policy policy;
	struct quote q;
	struct verdict v;
	struct fault f = { 0 };

	world_make(&w, mint, MINT_SGX_V3, "");
	world_make(&other, other_mint, MINT_SGX_V3, "");
	world_trust(&trust, &other);
	c = world_collateral_new(&other, &trust);
	world_trust(&trust, &w);
	if (policy_read(&policy, POLICY_DEFAULT, &f) < 0 ||
	    quote_parse(&q, (struct bytes){ w.quote, w.quote_len }, &f) < 0 ||
	    verify_quote(&v, &q, c, &trust, &policy, w.spec.now, NULL,
		&f) < 0)
		mint_die("%s", f.message);
	ok(verdict_is(&v, FAULT_UNTRUSTED_ROOT, "another trust anchor", NULL),
	    "collateral that was checked against another anchor");
	ok(v.expires_at == 0 || v.expires_at > w.spec.now,
	    "and no end that has passed");
	collateral_free(c);
	mint_world_clear(&w);
	mint_world_clear(&other);
	mint_free(other_mint);
}

/* Cut anywhere before the signature data, or in its length. */
static void
test_cut_head(struct mint *mint)
{
	enum mint_kind kind;
	struct mint_world w;
	struct quote q;
	struct fault f = { 0 };
	size_t len, num_taken;

	for (kind = 0; kind < MINT_KIND__MAX; kind++) {
		world_make(&w, mint, kind, "");
		num_taken = 0;
		for (len = 0; len < w.at.signature; len++) {
			f = (struct fault){ 0 };
			num_taken += quote_parse(&q,
			    (struct bytes){ w.quote, len }, &f) >= 0 ||
			    f.code != FAULT_MALFORMED_QUOTE;
		}
		ok(num_taken == 0, "%s: cut at every byte before the "
		    "signature", kind_name(kind));
		mint_world_clear(&w);
	}
	world_make(&w, mint, MINT_SGX_V5, "");
	ok(quote_parse(&q, (struct bytes){ w.quote, QUOTE_HEADER_LEN + 5 },
	    &f) < 0 && strstr(f.message, "want 6 bytes, have 3") != NULL,
	    "a body descriptor cut in its size");
	mint_world_clear(&w);
	world_make(&w, mint, MINT_TDX_V4, "");
	ok(quote_parse(&q, (struct bytes){ w.quote, QUOTE_HEADER_LEN + 583 },
	    &f) < 0 && strcmp(f.message,
	    "quote body: want 584 bytes, have 583") == 0,
	    "a body cut in its last byte");
	mint_world_clear(&w);
}

int
main(void)
{
	struct mint *mint = mint_new();

	WORLDS_RUN(mint, layout_cases);
	WORLDS_RUN(mint, signature_cases);
	WORLDS_RUN(mint, appraisal_cases);
	test_sizes(mint);
	test_attest_keys(mint);
	test_variants(mint);
	test_cut_auth_data(mint);
	test_cut_head(mint);
	test_trust(mint);
	mint_free(mint);
	return tap_done();
}
