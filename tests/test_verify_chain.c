/*
 * The PCK chain in the quote: shape, signatures, names, profile, anchor. A
 * certificate that also stands in the collateral is judged in the quote's
 * chain first.
 */
#include <stdlib.h>
#include <string.h>

#include "pem.h"
#include "worlds.h"

#define BAD FAULT_BAD_CERTIFICATE

/* The same root again: another certificate of its name and key. */
#define REISSUED \
	"certs[other_root].key=root ; certs[other_root].signer=root ; " \
	"certs[other_root].authority_key=root ; "

/* The anchor is REISSUED, so that the root in the chains may be anything. */
#define ANCHORED_ELSEWHERE REISSUED "trusted_root=other_root ; "

static const struct world_case shape_cases[] = {
	{ "leaf, CA, root", ALL, "pck_chain.certs=pck,ca,root" },
	{ "leaf, root, CA", ALL, "pck_chain.certs=pck,root,ca" },
	{ "CA, leaf, root", ALL, "pck_chain.certs=ca,pck,root" },
	{ "CA, root, leaf", ALL, "pck_chain.certs=ca,root,pck" },
	{ "root, leaf, CA", ALL, "pck_chain.certs=root,pck,ca" },
	{ "root, CA, leaf", ALL, "pck_chain.certs=root,ca,pck" },
	{ "CRLF", ALL, "pck_chain.crlf=true" },
	{ "a NUL at the end", ALL, "pck_chain.nul_terminated=true" },
	{ "several NULs at the end", SGX_V3 | TDX_V4,
	    "pck_chain.nul_terminated=true ; "
	    "patch=pck_chain:before:-1:+0000" },
	{ "no line end at the end", SGX_V3, "patch=pck_chain:before:-1:-1" },
	{ "CRLF and a NUL", SGX_V3 | TDX_V4,
	    "pck_chain.crlf=true ; pck_chain.nul_terminated=true" },
	{ "white space before", SGX_V3, "pck_chain.prefix=\r\n \t" },
	{ "white space between", SGX_V3, "pck_chain.separator=\n\n" },
	{ "white space behind", SGX_V3, "pck_chain.suffix= \t\r\n" },
	{ "white space behind, then a NUL", SGX_V3,
	    "pck_chain.suffix=\n ; pck_chain.nul_terminated=true" },
	{ "nothing between but the line end's absence", SGX_V3,
	    "patch=pck_chain:before:-1:-1" },

	{ "no certificate", ALL, "pck_chain.certs= ; pck_chain.suffix=\n",
	    BAD, "have 0" },
	{ "the leaf alone", ALL, "pck_chain.certs=pck", BAD, "have 1" },
	{ "no root", ALL, "pck_chain.certs=pck,ca", BAD, "have 2" },
	{ "no CA", ALL, "pck_chain.certs=pck,root", BAD, "have 2" },
	{ "a root too many", ALL, "pck_chain.certs=pck,ca,root,root", BAD,
	    "want exactly 3" },
	{ "a TCB signing certificate too many", ALL,
	    "pck_chain.certs=pck,ca,root,tcb_signing", BAD,
	    "want exactly 3" },
	{ "the other CA too", ALL, "pck_chain.certs=pck,ca,other_ca,root",
	    BAD },
	{ "the leaf twice, no root", ALL, "pck_chain.certs=pck,pck,ca", BAD,
	    "no root" },
	{ "the leaf twice, no CA", ALL, "pck_chain.certs=pck,pck,root", BAD,
	    "no CA" },
	{ "two CAs, no leaf", ALL, "pck_chain.certs=other_ca,ca,root", BAD,
	    "no PCK certificate" },
	{ "two roots, no leaf", ALL, "pck_chain.certs=ca,root,root", BAD,
	    "no root" },
	{ "the CA twice, no leaf", ALL, "pck_chain.certs=ca,ca,root", BAD,
	    "no CA" },
	{ "TCB signing in the leaf's place", ALL,
	    "pck_chain.certs=tcb_signing,ca,root", BAD,
	    "no PCK certificate" },
	{ "the other CA in the CA's place", ALL,
	    "pck_chain.certs=pck,other_ca,root", BAD, "its issuer is not" },
	{ "a word before", ALL, "pck_chain.prefix=subject=", BAD, "have 0" },
	{ "a word between", ALL, "pck_chain.separator=issuer=\n", BAD,
	    "have 1" },
	{ "a word behind", ALL, "pck_chain.suffix=x", BAD,
	    "want exactly 3" },
	{ "a NUL before", SGX_V3, "patch=pck_chain:before:0:+00", BAD,
	    "have 0" },
	{ "something behind the NUL", SGX_V3,
	    "pck_chain.nul_terminated=true ; patch=pck_chain:before:-1:+0041",
	    BAD, "want exactly 3" },
	{ "white space behind the NUL", SGX_V3,
	    "pck_chain.nul_terminated=true ; patch=pck_chain:before:-1:+000a",
	    BAD, "want exactly 3" },
	{ "the last END line cut", SGX_V3,
	    "patch=pck_chain:before:-3:-0", BAD, "have 2" },
	{ "a byte of the base64 is no base64", SGX_V3,
	    "patch=pck_chain:before:100:2a", BAD, "certificate 1" },
	{ "a colon in the base64", SGX_V3,
	    "patch=pck_chain:before:100:3a", BAD, "certificate 1" },
	{ "a vertical tab in the base64", SGX_V3,
	    "patch=pck_chain:before:100:+0b", BAD, "certificate 1" },
	{ "a NUL in the base64", SGX_V3,
	    "patch=pck_chain:before:100:+00", BAD, "certificate 1" },
	{ "a dash in the base64", SGX_V3,
	    "patch=pck_chain:before:100:+2d", BAD, "certificate 1" },
	{ "a header in the PEM", SGX_V3, /* "K: v\n\n" behind the first line */
	    "patch=pck_chain:before:28:+4b3a20760a0a", BAD, "certificate 1" },
	{ "a foreign END line in the PEM", SGX_V3, /* -----END X----- */
	    "patch=pck_chain:before:200:+2d2d2d2d2d454e4420582d2d2d2d2d0a",
	    BAD, "certificate 1" },
	{ "a foreign END line behind the base64", SGX_V3,
	    "patch=pck_chain:before:-26:+2d2d2d2d2d454e4420582d2d2d2d2d0a",
	    BAD, "certificate 3" },
	{ "a dash and more behind the base64", SGX_V3,
	    "patch=pck_chain:before:-26:+2d41414141", BAD, "certificate 3" },
	{ "base64 behind its padding", SGX_V3,
	    "patch=pck_chain:before:-26:+3d3d414141410a", BAD,
	    "certificate 3" },
	{ "TRUSTED CERTIFICATE", SGX_V3,
	    "patch=pck_chain:before:11:+5452555354454420", BAD, "have 0" },
};

static const struct world_case anchor_cases[] = {
	{ "the anchor's certificate was issued anew", ALL,
	    REISSUED "certs[other_root].not_before=2017-01-01T00:00:00Z ; "
	    "certs[other_root].not_after=2060-01-01T00:00:00Z ; "
	    "trusted_root=other_root" },
	{ "the anchor's certificate is over, the chain's is not", ALL,
	    REISSUED "certs[other_root].not_after=now-1 ; "
	    "trusted_root=other_root" },
	{ "the quote's root was issued anew", ALL,
	    REISSUED "certs[other_root].not_before=2017-01-01T00:00:00Z ; "
	    "certs[other_root].not_after=2060-01-01T00:00:00Z ; "
	    "pck_chain.certs=pck,ca,other_root" },
	{ "the collateral's root was issued anew", ALL,
	    REISSUED "certs[other_root].not_after=2060-01-01T00:00:00Z ; "
	    "pck_crl_chain.certs=ca,other_root ; "
	    "tcb_info_chain.certs=tcb_signing,other_root" },
	{ "root without a path length", ALL, "certs[root].path_len=-1" },
	{ "root with path length 0", ALL, "certs[root].path_len=0" },
	{ "root with path length 5", ALL, "certs[root].path_len=5" },

	{ "another root of the same name in the quote", ALL,
	    "pck_chain.certs=pck,ca,other_root", FAULT_UNTRUSTED_ROOT },
	{ "everything under another root of the same name", ALL,
	    "trusted_root=other_root", FAULT_UNTRUSTED_ROOT },
	{ "a CA issued by another root", ALL, "certs[ca].signer=other_root",
	    BAD, "signature: not by \"Intel SGX Root CA\"" },
	{ "root that did not sign itself", ALL,
	    ANCHORED_ELSEWHERE "certs[root].signer=foreign", BAD,
	    "signature: not by" },
	{ "root with another issuer", ALL,
	    ANCHORED_ELSEWHERE "certs[root].issuer.cn=Intel SGX Root", BAD,
	    "its issuer is not" },
	{ "root of another organisation", ALL, ANCHORED_ELSEWHERE
	    "certs[root].subject.o=Intel ; certs[root].issuer.o=Intel ; "
	    "certs[ca].issuer.o=Intel", FAULT_UNTRUSTED_ROOT },
	{ "root with another common name", ALL, ANCHORED_ELSEWHERE
	    "certs[root].subject.cn=Intel SGX Root CA 2", BAD, "no root" },
	{ "root that is no CA", ALL, ANCHORED_ELSEWHERE
	    "certs[root].is_ca=false ; certs[root].path_len=-1", BAD,
	    "want a CA" },
	{ "root without keyCertSign", ALL, ANCHORED_ELSEWHERE
	    "certs[root].key_usage=0x02", BAD, "want a CA" },
	{ "root without cRLSign", ALL, ANCHORED_ELSEWHERE
	    "certs[root].key_usage=0x04", BAD, "want a CA" },
	{ "root of version 1", ALL, ANCHORED_ELSEWHERE
	    "certs[root].version=1", BAD },
	{ "root without its subject key id", ALL, ANCHORED_ELSEWHERE
	    "certs[root].has_subject_key_id=false", BAD, "missing" },
	{ "root with a critical extension of nobody", ALL, ANCHORED_ELSEWHERE
	    "certs[root].extras[0].oid=1.2.3.4 ; "
	    "certs[root].extras[0].value=0500 ; "
	    "certs[root].extras[0].critical=true", BAD, "critical" },
};

static const struct world_case link_cases[] = {
	{ "leaf signed by a stranger", ALL, "certs[pck].signer=foreign", BAD,
	    "\"Intel SGX PCK Certificate\": signature" },
	{ "leaf signed by the other CA", ALL,
	    "certs[pck].signer=processor_ca", BAD,
	    "\"Intel SGX PCK Certificate\": signature" },
	{ "leaf signed by the root", ALL, "certs[pck].signer=root", BAD,
	    "\"Intel SGX PCK Certificate\": signature" },
	{ "leaf signed by itself", ALL, "certs[pck].signer=pck", BAD,
	    "\"Intel SGX PCK Certificate\": signature" },
	{ "CA signed by a stranger", ALL, "certs[ca].signer=foreign", BAD,
	    "\"Intel SGX PCK Platform CA\": signature" },
	{ "CA signed by itself", ALL, "certs[ca].signer=platform_ca", BAD,
	    "\"Intel SGX PCK Platform CA\": signature" },
	{ "leaf names the other CA as its issuer", ALL,
	    "certs[pck].issuer.cn=Intel SGX PCK Processor CA", BAD,
	    "its issuer is not" },
	{ "leaf names the root as its issuer", ALL,
	    "certs[pck].issuer.cn=Intel SGX Root CA", BAD,
	    "its issuer is not" },
	{ "leaf's issuer of another organisation", ALL,
	    "certs[pck].issuer.o=Intel", BAD, "its issuer is not" },
	{ "leaf's issuer without a country", ALL, "certs[pck].issuer.c=null",
	    BAD, "its issuer is not" },
	{ "leaf's issuer in the reverse order", ALL,
	    "certs[pck].issuer.reversed=true", BAD, "its issuer is not" },
	{ "leaf's issuer in other letters", ALL,
	    "certs[pck].issuer.cn=INTEL SGX PCK PLATFORM CA", BAD,
	    "its issuer is not" },
	{ "CA names itself as its issuer", ALL,
	    "certs[ca].issuer.cn=Intel SGX PCK Platform CA", BAD,
	    "its issuer is not" },
	{ "CA's issuer of another place", ALL, "certs[ca].issuer.l=Portland",
	    BAD, "its issuer is not" },
	{ "a leaf issued under a TCB signing certificate", ALL,
	    "certs[ca].key=tcb_signing ; certs[ca].is_ca=false ; "
	    "certs[ca].path_len=-1 ; certs[ca].key_usage=0xc0 ; "
	    "certs[pck].signer=tcb_signing", BAD, "want a CA" },
	{ "leaf altered", ALL, "patch=pck_cert:before:-1:^01 ; "
	    "patch=pck_cert:after:60:^01", BAD },
	{ "leaf's signature is r = s = 0", ALL,
	    "patch=pck_cert:signature:0:-0 ; "
	    "patch=pck_cert:signature:0:+3006020100020100", BAD,
	    "signature: not by" },
	{ "leaf's signature is empty", ALL, "patch=pck_cert:signature:0:-0",
	    BAD },
	{ "leaf's signature has a byte behind", ALL,
	    "patch=pck_cert:signature:0:-0 ; "
	    "patch=pck_cert:signature:0:+300602010102010100", BAD,
	    "signature: not by" },
	{ "something behind the leaf's DER", ALL,
	    "patch=pck_cert:after:-1:+00", BAD },
};

static const struct world_case name_cases[] = {
	{ "leaf with another common name", ALL,
	    "certs[pck].subject.cn=Intel SGX PCK Certificat", BAD,
	    "no PCK certificate" },
	{ "leaf's common name and more", ALL,
	    "certs[pck].subject.cn=Intel SGX PCK Certificate 2", BAD,
	    "no PCK certificate" },
	{ "leaf's common name in small letters", ALL,
	    "certs[pck].subject.cn=intel sgx pck certificate", BAD,
	    "no PCK certificate" },
	{ "leaf with the TCB signing's name", ALL,
	    "certs[pck].subject.cn=Intel SGX TCB Signing", BAD,
	    "no PCK certificate" },
	{ "leaf without a common name", ALL, "certs[pck].subject.cn=null",
	    BAD, "common name" },
	{ "leaf of another organisation", ALL, "certs[pck].subject.o=Other" },
	{ "CA with a name that is neither of the two", ALL,
	    "certs[ca].subject.cn=Intel SGX PCK CA ; "
	    "certs[pck].issuer.cn=Intel SGX PCK CA ; "
	    "pck_crl.issuer.cn=Intel SGX PCK CA", BAD, "no CA" },
	{ "a very long common name", ALL, "certs[pck].subject.cn="
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    BAD, "common name" },
};

static const struct world_case profile_cases[] = {
	{ "CA without a path length", ALL, "certs[ca].path_len=-1" },
	{ "CA with path length 3", ALL, "certs[ca].path_len=3" },
	{ "a serial number of one octet", ALL, "certs[pck].serial=01" },
	{ "a serial number of 20 octets and a sign", ALL, "certs[pck].serial="
	    "00ffffffffffffffffffffffffffffffffffffffff" },
	{ "a serial number of 21 octets", ALL, "certs[pck].serial="
	    "01ffffffffffffffffffffffffffffffffffffffff", BAD, "serial" },
	{ "serial number 0", ALL, "certs[pck].serial=00" },
	{ "times in the longer form", ALL,
	    "certs[pck].generalized_time=true ; "
	    "certs[ca].generalized_time=true" },
	{ "an unknown extension that is not critical", ALL,
	    "certs[pck].extras[0].oid=1.2.3.4 ; "
	    "certs[pck].extras[0].value=0500" },
	{ "key usage of digitalSignature alone", ALL,
	    "certs[pck].key_usage=0x80" },
	{ "key usage and constraints not critical", ALL,
	    "certs[pck].key_usage_critical=false ; "
	    "certs[pck].basic_constraints_critical=false" },

	{ "leaf that is a CA", ALL, "certs[pck].is_ca=true", BAD,
	    "is a CA and must not be" },
	{ "leaf with keyCertSign", ALL, "certs[pck].key_usage=0xc4", BAD,
	    "is a CA and must not be" },
	{ "leaf without digitalSignature", ALL, "certs[pck].key_usage=0x40",
	    BAD, "want digitalSignature" },
	{ "CA that is none", ALL,
	    "certs[ca].is_ca=false ; certs[ca].path_len=-1", BAD,
	    "want a CA" },
	{ "CA without keyCertSign", ALL, "certs[ca].key_usage=0x02", BAD,
	    "want a CA" },
	{ "CA without cRLSign", ALL, "certs[ca].key_usage=0x04", BAD,
	    "want a CA" },
	{ "CA with a leaf's key usage", ALL, "certs[ca].key_usage=0xc0", BAD,
	    "want a CA" },
	{ "leaf of version 1", ALL, "certs[pck].version=1", BAD },
	{ "leaf of version 2", ALL, "certs[pck].version=2", BAD },
	{ "leaf of version 4", ALL, "certs[pck].version=4", BAD },
	{ "CA of version 1", ALL, "certs[ca].version=1", BAD },
	{ "ECDSA with SHA-384", ALL, "certs[pck].hash=sha384", BAD,
	    "ecdsa-with-SHA256" },
	{ "ECDSA with SHA-1", ALL, "certs[pck].hash=sha1", BAD,
	    "ecdsa-with-SHA256" },
	{ "the CA's with SHA-384", ALL, "certs[ca].hash=sha384", BAD,
	    "ecdsa-with-SHA256" },
	{ "another algorithm outside", ALL,
	    "certs[pck].algorithm=1.2.840.10045.4.3.3", BAD },
	{ "another algorithm inside", ALL,
	    "certs[pck].tbs_algorithm=1.2.840.10045.4.3.3", BAD },
	{ "another algorithm inside the CA", ALL,
	    "certs[ca].tbs_algorithm=1.2.840.113549.1.1.11", BAD },
	{ "a leaf of P-384", ALL, "certs[pck].key=p384", BAD, "P-256" },
	{ "a leaf of RSA", SGX_V3, "certs[pck].key=rsa", BAD, "P-256" },
	{ "no SGX extension", ALL, "certs[pck].num_sgx_extensions=0", BAD,
	    "no SGX extension" },
	{ "the SGX extension twice", ALL, "certs[pck].num_sgx_extensions=2",
	    BAD },
	{ "a critical SGX extension", ALL,
	    "certs[pck].sgx_extension_critical=true" },
	{ "an unknown critical extension of the leaf", ALL,
	    "certs[pck].extras[0].oid=1.2.3.4 ; "
	    "certs[pck].extras[0].value=0500 ; "
	    "certs[pck].extras[0].critical=true", BAD,
	    "number 7: critical and unknown" },
	{ "an unknown critical extension of the CA", ALL,
	    "certs[ca].extras[0].oid=1.2.3.4 ; "
	    "certs[ca].extras[0].value=0500 ; "
	    "certs[ca].extras[0].critical=true", BAD, "critical" },
	{ "critical name constraints of the CA", ALL,
	    "certs[ca].extras[0].oid=2.5.29.30 ; "
	    "certs[ca].extras[0].value=3000 ; "
	    "certs[ca].extras[0].critical=true", BAD, "critical" },
	{ "an extension whose OID is longer than any", ALL,
	    "certs[pck].extras[0].oid=1.2.3.1000000001.1000000002."
	    "1000000003.1000000004.1000000005.1000000006 ; "
	    "certs[pck].extras[0].value=0500", BAD, "extensions" },
	{ "one whose OID has one octet", SGX_V3,
	    "certs[pck].extras[0].oid=1.2 ; certs[pck].extras[0].value=0500" },
	{ "one whose OID has 16 octets", SGX_V3,
	    "certs[pck].extras[0].oid=1.2.3.3.3.3.3.3.3.3.3.3.3.3.3.3.3 ; "
	    "certs[pck].extras[0].value=0500" },
	{ "one whose OID has 17", SGX_V3,
	    "certs[pck].extras[0].oid=1.2.3.3.3.3.3.3.3.3.3.3.3.3.3.3.3.3 ; "
	    "certs[pck].extras[0].value=0500", BAD, "extensions" },
	{ "an unknown extension twice", ALL,
	    "certs[pck].extras[0].oid=1.2.3.4 ; "
	    "certs[pck].extras[0].value=0500 ; "
	    "certs[pck].extras[1].oid=1.2.3.4 ; "
	    "certs[pck].extras[1].value=0500", BAD },
};

/* The five extensions that every certificate has. */
static void
test_extensions(struct mint *mint)
{
	static const struct {
		const char *name, *oid, *absent;
	} extensions[] = {
		{ "authority key id", "2.5.29.35",
		    "has_authority_key_id=false" },
		{ "CRL distribution points", "2.5.29.31", "crl_url=null" },
		{ "subject key id", "2.5.29.14", "has_subject_key_id=false" },
		{ "key usage", "2.5.29.15", "has_key_usage=false" },
		{ "basic constraints", "2.5.29.19",
		    "has_basic_constraints=false" },
	};
	static const char *const certs[] = { "pck", "ca" };
	char name[100], settings[100];
	struct world_case row = { name, ALL, settings, BAD };
	size_t i, k;

	for (i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		for (k = 0; k < 2; k++) {
			snprintf(name, sizeof(name), "%s without %s",
			    certs[k], extensions[i].name);
			snprintf(settings, sizeof(settings), "certs[%s].%s",
			    certs[k], extensions[i].absent);
			worlds_run(mint, &row, 1);
			snprintf(name, sizeof(name), "%s with %s twice",
			    certs[k], extensions[i].name);
			snprintf(settings, sizeof(settings),
			    "certs[%s].repeat=%s", certs[k],
			    extensions[i].oid);
			worlds_run(mint, &row, 1);
		}
}

/* One block of another label; "hello" is what is in it. */
#define BLOCK "-----BEGIN X509 CRL-----\naGVsbG8=\n-----END X509 CRL-----"

static void
test_pem(void)
{
	static const struct {
		const char *name, *pem;
		bool good;
	} cases[] = {
		{ "a block", BLOCK, true },
		{ "white space behind", BLOCK "\r\n \t", true },
		{ "a blank line before", "\n" BLOCK, false },
		{ "more behind", BLOCK "\nx", false },
		{ "a NUL behind", BLOCK "\n\0", false },
		{ "another label", "-----BEGIN CERTIFICATE-----\naGVsbG8=\n"
		    "-----END CERTIFICATE-----\n", false },
		{ "no end", "-----BEGIN X509 CRL-----\naGVsbG8=\n", false },
		{ "another end", "-----BEGIN X509 CRL-----\naGVsbG8=\n"
		    "-----END CERTIFICATE-----\n", false },
		{ "no base64", "-----BEGIN X509 CRL-----\naGVs*G8=\n"
		    "-----END X509 CRL-----\n", false },
		{ "a blank inside", "-----BEGIN X509 CRL-----\naGVs bG8=\n"
		    "-----END X509 CRL-----\n", true },
		{ "a tab inside", "-----BEGIN X509 CRL-----\naGVs\tbG8=\n"
		    "-----END X509 CRL-----\n", true },
		{ "a colon inside", "-----BEGIN X509 CRL-----\naGVs:bG8=\n"
		    "-----END X509 CRL-----\n", false },
		{ "a bracket inside", "-----BEGIN X509 CRL-----\naGVs[bG8=\n"
		    "-----END X509 CRL-----\n", false },
		{ "a brace inside", "-----BEGIN X509 CRL-----\naGVs{bG8=\n"
		    "-----END X509 CRL-----\n", false },
		{ "a vertical tab inside", "-----BEGIN X509 CRL-----\n"
		    "aGVs\vbG8=\n-----END X509 CRL-----\n", false },
		{ "an exclamation mark inside", "-----BEGIN X509 CRL-----\n"
		    "aGVs!bG8=\n-----END X509 CRL-----\n", false },
		{ "nothing in it", "-----BEGIN X509 CRL-----\n"
		    "-----END X509 CRL-----\n", false },
		{ "nothing", "", false },
	};
	struct bytes der, in;
	struct fault f = { 0 };
	size_t i;
	int r;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		in = bytes_of_string(cases[i].pem);
		in.len += strcmp(cases[i].name, "a NUL behind") == 0;
		r = pem_decode_new(&der, "X509 CRL", in, &f);
		ok(cases[i].good ? r == 0 &&
		    bytes_equal(der, bytes_of_string("hello")) :
		    r < 0 && f.code == FAULT_BAD_CERTIFICATE,
		    "PEM of one block: %s", cases[i].name);
		if (r == 0)
			free((void *)der.ptr);
	}
}

/* How many certificates a text may have, and which of them is bad. */
static void
test_many_in_pem(struct mint *mint)
{
	static struct cert certs[CERT_PEM_NUM_MAX + 1];
	struct mint_buffer text = { 0 };
	struct mint_world w;
	struct fault f = { 0 };
	int i;

	world_make(&w, mint, MINT_SGX_V3, "");
	for (i = 0; i < CERT_PEM_NUM_MAX; i++)
		mint_put_text(&text, "%s", w.root_pem);
	ok(cert_read_pem(certs, CERT_PEM_NUM_MAX, mint_buffer_bytes(&text),
	    &f) == 0, "PEM: %d certificates", CERT_PEM_NUM_MAX);
	mint_put_text(&text, "%s", w.root_pem);
	ok(cert_read_pem(certs, CERT_PEM_NUM_MAX + 1,
	    mint_buffer_bytes(&text), &f) < 0 && f.code == BAD &&
	    strstr(f.message, "at most 4") != NULL, "PEM: and not one more");
	mint_buffer_clear(&text);
	mint_put_text(&text, "%s-----BEGIN CERTIFICATE-----\naGVsbG8=\n"
	    "-----END CERTIFICATE-----\n", w.root_pem);
	ok(cert_read_pem(certs, 2, mint_buffer_bytes(&text), &f) < 0 &&
	    strstr(f.message, "certificate 2: ") != NULL,
	    "PEM: the second is bad");
	mint_buffer_clear(&text);
	mint_world_clear(&w);
}

/* A CA that a stranger signed, and that is said to be known. */
static void
test_issuers(struct mint *mint)
{
	static struct issuers issuers;
	static struct pck_chain chain;
	struct issuer *known = &issuers.issuer[0];
	struct bytes blocks[3];
	struct mint_world w;
	struct trust trust;
	struct quote q;
	struct fault f = { 0 };

	world_make(&w, mint, MINT_SGX_V3, "certs[ca].signer=foreign");
	world_trust(&trust, &w);
	if (quote_parse(&q, (struct bytes){ w.quote, w.quote_len }, &f) < 0 ||
	    cert_split_pem(blocks, 3, q.cert_data, &f) < 0 ||
	    cert_read_pem_block(&known->cert, blocks[1], 2, &f) < 0)
		mint_die("%s", f.message);
	ok(pck_chain_read(&chain, q.cert_data, &trust, &issuers, &f) < 0 &&
	    f.code == BAD && issuers.next == 0,
	    "issuers: of a chain that is refused none is remembered");
	issuers.next = 1;
	memcpy(known->pem, blocks[1].ptr, blocks[1].len);
	known->pem_len = blocks[1].len;
	ok(pck_chain_read(&chain, q.cert_data, &trust, &issuers, &f) < 0,
	    "issuers: one that another key signed is not known by its text");
	memcpy(known->signer_key, trust.key, sizeof(trust.key));
	ok(pck_chain_read(&chain, q.cert_data, &trust, &issuers, &f) == 0 &&
	    issuers.next == 2, "issuers: a known one is not checked again; "
	    "the root is remembered, too");
	ok(pck_chain_read(&chain, q.cert_data, &trust, &issuers, &f) == 0 &&
	    issuers.next == 2, "issuers: and each once");
	known->pem[100] ^= 1;
	ok(pck_chain_read(&chain, q.cert_data, &trust, &issuers, &f) == 0,
	    "issuers: nor is the certificate of another text");
	known->cert.der[100] ^= 1;
	memset(known + 1, 0, (ISSUERS_NUM - 1) * sizeof(*known));
	ok(pck_chain_read(&chain, q.cert_data, &trust, &issuers, &f) < 0,
	    "issuers: another certificate is");
	ok(pck_chain_read(&chain, q.cert_data, &trust, NULL, &f) < 0,
	    "issuers: and with none all are");
	mint_world_clear(&w);
}

/* A CA whose text is longer than what is remembered of one. */
static void
test_long_issuer(struct mint *mint)
{
	static const char extension[] =
	    "certs[ca].extras[0].oid=1.2.3.4 ; certs[ca].extras[0].value=";
	static struct issuers issuers;
	static struct pck_chain chain;
	char settings[sizeof(extension) + 2 * ISSUER_PEM_LEN_MAX] = "";
	struct mint_world w;
	struct trust trust;
	struct quote q;
	struct fault f = { 0 };

	memcpy(settings, extension, sizeof(extension) - 1);
	memset(settings + sizeof(extension) - 1, '0',
	    2 * (ISSUER_PEM_LEN_MAX * 3 / 4));
	world_make(&w, mint, MINT_SGX_V3, settings);
	world_trust(&trust, &w);
	if (quote_parse(&q, (struct bytes){ w.quote, w.quote_len }, &f) < 0)
		mint_die("%s", f.message);
	ok(pck_chain_read(&chain, q.cert_data, &trust, &issuers, &f) == 0 &&
	    issuers.next == 1 && strcmp(issuers.issuer[0].cert.common_name,
	    "Intel SGX Root CA") == 0, "issuers: one of a long text is good, "
	    "and not remembered");
	mint_world_clear(&w);
}

int
main(void)
{
	struct mint *mint = mint_new();

	WORLDS_RUN(mint, shape_cases);
	WORLDS_RUN(mint, anchor_cases);
	WORLDS_RUN(mint, link_cases);
	WORLDS_RUN(mint, name_cases);
	WORLDS_RUN(mint, profile_cases);
	test_extensions(mint);
	test_many_in_pem(mint);
	test_issuers(mint);
	test_long_issuer(mint);
	test_pem();
	mint_free(mint);
	return tap_done();
}
