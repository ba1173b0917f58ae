/*
 * CRLs and issuer chains of the collateral, and its nine texts as such. What
 * the signed documents say is in test_verify_documents.c.
 */
#include <string.h>

#include <gnutls/crypto.h>

#include "worlds.h"

#define BAD FAULT_BAD_COLLATERAL
#define MISMATCH FAULT_COLLATERAL_MISMATCH
#define REVOKED FAULT_CERTIFICATE_REVOKED

/* The PCK CRL with this value, in hex, as its number. */
#define NUMBER(value) "pck_crl.has_crl_number=false ; " \
	"pck_crl.extra.oid=2.5.29.20 ; pck_crl.extra.value=" value

static const struct world_case crl_cases[] = {
	{ "CRLs without entries", ALL, "pck_crl.num_strangers=0" },
	{ "CRLs with entries of nobody here", ALL,
	    "pck_crl.num_strangers=200 ; root_crl.num_strangers=5" },
	{ "entries without a reason", SGX_V3, "pck_crl.reason_code=-1" },
	{ "a large CRL number", ALL, "pck_crl.crl_number=0x7fffffffffff" },
	{ "an unknown extension that is not critical", ALL,
	    "pck_crl.extra.oid=1.2.3.4 ; pck_crl.extra.value=0500" },
	{ "times in the longer form", ALL, "pck_crl.generalized_time=true ; "
	    "root_crl.generalized_time=true" },
	{ "the other CA's CRL for the other CA's platform", ALL,
	    "ca=processor" },

	/* Whose it is, and who signed it. */
	{ "root CRL signed by a stranger", ALL, "root_crl.signer=foreign",
	    BAD, "root_ca_crl: signature" },
	{ "root CRL signed by the PCK CA", ALL,
	    "root_crl.signer=platform_ca", BAD, "root_ca_crl: signature" },
	{ "root CRL signed by another root of its name", ALL,
	    "root_crl.signer=other_root", BAD, "root_ca_crl: signature" },
	{ "PCK CRL signed by a stranger", ALL, "pck_crl.signer=foreign", BAD,
	    "pck_crl: signature" },
	{ "PCK CRL signed by the root", ALL, "pck_crl.signer=root", BAD,
	    "pck_crl: signature" },
	{ "PCK CRL signed by the other CA", ALL,
	    "pck_crl.signer=processor_ca", BAD, "pck_crl: signature" },
	{ "PCK CRL signed by the leaf", ALL, "pck_crl.signer=pck", BAD,
	    "pck_crl: signature" },
	{ "the root's CRL in the PCK CRL's place", ALL,
	    "pck_crl.signer=root ; pck_crl.issuer.cn=Intel SGX Root CA",
	    MISMATCH, "pck_crl: issuer" },
	{ "the PCK CA's CRL in the root CRL's place", ALL,
	    "root_crl.signer=platform_ca ; "
	    "root_crl.issuer.cn=Intel SGX PCK Platform CA", MISMATCH,
	    "root_ca_crl: issuer" },
	{ "the other CA's PCK CRL", ALL, "pck_crl.signer=processor_ca ; "
	    "pck_crl.issuer.cn=Intel SGX PCK Processor CA", MISMATCH,
	    "pck_crl: issuer" },
	{ "the other CA's PCK CRL with its chain", ALL,
	    "pck_crl.signer=processor_ca ; "
	    "pck_crl.issuer.cn=Intel SGX PCK Processor CA ; "
	    "pck_crl_chain.certs=other_ca,root", MISMATCH,
	    "and the quote's chain has" },
	{ "a CA of the right name and another key", ALL,
	    "certs[other_ca].subject.cn=Intel SGX PCK Platform CA ; "
	    "pck_crl.signer=processor_ca ; "
	    "pck_crl_chain.certs=other_ca,root", MISMATCH,
	    "and the quote's chain has" },
	{ "issuer of another organisation", ALL, "pck_crl.issuer.o=Intel",
	    MISMATCH, "pck_crl: issuer" },
	{ "issuer in other string types", ALL, "pck_crl.issuer.tag=0x13",
	    MISMATCH, "pck_crl: issuer" },
	{ "a critical AKI", ALL, "pck_crl.has_authority_key_id=false ; "
	    "pck_crl.extra.oid=2.5.29.35 ; pck_crl.extra.value=3000 ; "
	    "pck_crl.extra.critical=true" },
	{ "a critical CRL number", ALL, "pck_crl.has_crl_number=false ; "
	    "pck_crl.extra.oid=2.5.29.20 ; pck_crl.extra.value=020101 ; "
	    "pck_crl.extra.critical=true" },
	{ "the AKI names another key, the signature does not", ALL,
	    "pck_crl.authority_key=foreign" },

	/* Form. */
	{ "root CRL of version 1", ALL, "root_crl.version=1", BAD,
	    "version: want 2" },
	{ "PCK CRL of version 1", ALL, "pck_crl.version=1", BAD,
	    "version: want 2" },
	{ "PCK CRL of version 3", ALL, "pck_crl.version=3", BAD,
	    "version: want 2" },
	{ "root CRL without a number", ALL, "root_crl.has_crl_number=false",
	    BAD, "CRL number is missing" },
	{ "PCK CRL without a number", ALL, "pck_crl.has_crl_number=false",
	    BAD, "CRL number is missing" },
	{ "root CRL without AKI", ALL, "root_crl.has_authority_key_id=false",
	    BAD, "authority key identifier is missing" },
	{ "PCK CRL without AKI", ALL, "pck_crl.has_authority_key_id=false",
	    BAD, "authority key identifier is missing" },
	{ "PCK CRL without extensions", ALL, "pck_crl.has_crl_number=false ; "
	    "pck_crl.has_authority_key_id=false", BAD, "missing" },
	{ "root CRL without nextUpdate", ALL,
	    "root_crl.has_next_update=false", BAD, "nextUpdate" },
	{ "PCK CRL without nextUpdate", ALL, "pck_crl.has_next_update=false",
	    BAD, "nextUpdate" },
	{ "an unknown critical extension", ALL,
	    "pck_crl.extra.oid=1.2.3.4 ; pck_crl.extra.value=0500 ; "
	    "pck_crl.extra.critical=true", BAD,
	    "number 3 is critical and unknown" },
	{ "a delta CRL", ALL,
	    "pck_crl.extra.oid=2.5.29.27 ; pck_crl.extra.value=020101 ; "
	    "pck_crl.extra.critical=true", BAD,
	    "number 3 is critical and unknown" },
	{ "an issuing distribution point", ALL,
	    "pck_crl.extra.oid=2.5.29.28 ; pck_crl.extra.value=30038401ff ; "
	    "pck_crl.extra.critical=true", BAD,
	    "number 3 is critical and unknown" },
	{ "a CRL number of 20 octets", ALL, NUMBER("0214"
	    "7fffffffffffffffffffffffffffffffffffffff") },
	{ "a CRL number of 20 octets with its highest bit on", ALL, NUMBER(
	    "021500ffffffffffffffffffffffffffffffffffffffff") },
	{ "a CRL number of 21 octets", ALL, NUMBER("0215"
	    "010000000000000000000000000000000000000000"), BAD, "CRL number" },
	{ "a CRL number below zero", ALL, NUMBER("0201ff"), BAD,
	    "CRL number" },
	{ "a CRL number with a zero in front", ALL, NUMBER("02020001"), BAD,
	    "CRL number" },
	{ "a CRL number without an octet", ALL, NUMBER("0200"), BAD,
	    "CRL number" },
	{ "a CRL number with something behind it", ALL, NUMBER("0201010500"),
	    BAD, "CRL number" },
	{ "a CRL number that is no INTEGER", ALL, NUMBER("040101"), BAD,
	    "CRL number" },
	{ "the CRL number twice", ALL,
	    "pck_crl.extra.oid=2.5.29.20 ; pck_crl.extra.value=020101", BAD },
	{ "PCK CRL with SHA-384", ALL, "pck_crl.hash=sha384", BAD },
	{ "PCK CRL with SHA-1", ALL, "pck_crl.hash=sha1", BAD },
	{ "root CRL with SHA-384", ALL, "root_crl.hash=sha384", BAD },
	{ "another algorithm outside", ALL,
	    "pck_crl.algorithm=1.2.840.10045.4.3.3", BAD },
	{ "another algorithm inside", ALL,
	    "pck_crl.tbs_algorithm=1.2.840.10045.4.3.3", BAD },
	{ "another algorithm inside the root CRL", ALL,
	    "root_crl.tbs_algorithm=1.2.840.113549.1.1.11", BAD },
	{ "a byte altered", ALL, "patch=pck_crl:after:-80:^01", BAD },
	{ "a byte behind", ALL, "patch=pck_crl:after:-1:+00", BAD },
	{ "cut in half", ALL, "patch=pck_crl:after:100:-0", BAD,
	    "pck_crl: 100 bytes are not a CRL" },
	{ "an empty CRL text", ALL, "patch=pck_crl:after:0:-0", BAD,
	    "pck_crl" },
	{ "signature r = s = 0", ALL, "patch=pck_crl:signature:0:-0 ; "
	    "patch=pck_crl:signature:0:+3006020100020100", BAD,
	    "pck_crl: signature" },
	{ "signature r = s = 0 of the root CRL", ALL,
	    "patch=root_crl:signature:0:-0 ; "
	    "patch=root_crl:signature:0:+3006020100020100", BAD,
	    "root_ca_crl: signature" },
};

static const struct world_case revocation_cases[] = {
	{ "leaf on the PCK CRL", ALL, "pck_crl.revokes=pck", REVOKED,
	    "is on its CA's CRL" },
	{ "the processor CA's leaf", ALL,
	    "ca=processor ; pck_crl.revokes=pck", REVOKED,
	    "is on its CA's CRL" },
	{ "leaf behind many others", ALL,
	    "pck_crl.num_strangers=300 ; pck_crl.revokes=pck", REVOKED },
	{ "leaf, the only entry", ALL,
	    "pck_crl.num_strangers=0 ; pck_crl.revokes=pck", REVOKED },
	{ "leaf, revoked a long time ago", ALL, "pck_crl.revokes=pck ; "
	    "pck_crl.revoked_at=2018-06-01T00:00:00Z", REVOKED },
	{ "leaf, to be revoked tomorrow", ALL, "pck_crl.revokes=pck ; "
	    "pck_crl.revoked_at=now+86400", REVOKED },
	{ "leaf, on hold", ALL,
	    "pck_crl.revokes=pck ; pck_crl.reason_code=6", REVOKED },
	{ "leaf, removed from the CRL says a full CRL", ALL,
	    "pck_crl.revokes=pck ; pck_crl.reason_code=8", REVOKED },
	{ "leaf without a reason", ALL,
	    "pck_crl.revokes=pck ; pck_crl.reason_code=-1", REVOKED },
	{ "leaf whose serial number has its highest bit on", ALL,
	    "certs[pck].serial=00ff0102030405060708090a0b0c0d0e0f101112 ; "
	    "pck_crl.revokes=pck", REVOKED },
	{ "leaf with serial number 0", ALL,
	    "certs[pck].serial=00 ; pck_crl.revokes=pck", REVOKED },
	{ "PCK CA on the root CRL", ALL, "root_crl.revokes=ca", REVOKED,
	    "Platform CA" },
	{ "TCB signing on the root CRL", ALL,
	    "root_crl.revokes=tcb_signing", REVOKED, "TCB Signing" },
	{ "the TCB info's signer alone", ALL, "root_crl.revokes=spare ; "
	    "tcb_info.signer=spare ; tcb_info_chain.certs=spare,root",
	    REVOKED, "TCB Signing" },
	{ "the QE identity's signer alone", ALL, "root_crl.revokes=spare ; "
	    "qe_identity.signer=spare ; qe_identity_chain.certs=spare,root",
	    REVOKED, "TCB Signing" },
	{ "the root itself", ALL, "root_crl.revokes=root", REVOKED,
	    "Root CA" },
	{ "the root of the quote's chain alone, issued anew", ALL,
	    "certs[other_root].key=root ; certs[other_root].signer=root ; "
	    "certs[other_root].serial=77 ; root_crl.revokes=other_root ; "
	    "pck_chain.certs=pck,ca,other_root", REVOKED, "Root CA" },
	{ "the root of the TCB info's chain alone, issued anew", ALL,
	    "certs[other_root].key=root ; certs[other_root].signer=root ; "
	    "certs[other_root].serial=77 ; root_crl.revokes=other_root ; "
	    "tcb_info_chain.certs=tcb_signing,other_root", REVOKED,
	    "Root CA" },
	{ "the root of the QE identity's chain alone, issued anew", ALL,
	    "certs[other_root].key=root ; certs[other_root].signer=root ; "
	    "certs[other_root].serial=77 ; root_crl.revokes=other_root ; "
	    "qe_identity_chain.certs=tcb_signing,other_root", REVOKED,
	    "Root CA" },
	{ "the root of the PCK CRL's chain alone, issued anew", ALL,
	    "certs[other_root].key=root ; certs[other_root].signer=root ; "
	    "certs[other_root].serial=77 ; root_crl.revokes=other_root ; "
	    "pck_crl_chain.certs=ca,other_root", REVOKED, "Root CA" },
	{ "the PCK CRL's issuer alone, issued anew", ALL,
	    "certs[other_ca].subject.cn=Intel SGX PCK Platform CA ; "
	    "certs[other_ca].key=platform_ca ; root_crl.revokes=other_ca ; "
	    "pck_crl_chain.certs=other_ca,root", REVOKED, "Platform CA" },
	{ "a CA that was issued anew in the quote's chain alone", ALL,
	    "certs[other_ca].subject.cn=Intel SGX PCK Platform CA ; "
	    "certs[other_ca].key=platform_ca ; root_crl.revokes=other_ca ; "
	    "pck_chain.certs=pck,other_ca,root", REVOKED, "Platform CA" },

	/* A serial number is that of its issuer only. */
	{ "leaf's serial number on the root CRL", ALL,
	    "root_crl.revokes=pck" },
	{ "CA's and signer's serial numbers on the PCK CRL", ALL,
	    "pck_crl.revokes=ca,tcb_signing,root" },
	{ "a signer that is not used", ALL, "root_crl.revokes=spare" },
	{ "the other CA", ALL, "root_crl.revokes=other_ca" },
	{ "a serial number that is nearly the leaf's", ALL,
	    "certs[other_ca].serial=303132333435363738393a3b3c3d3e3f404142 ;"
	    " pck_crl.revokes=other_ca" },
};

static const struct world_case signer_cases[] = {
	{ "two signers, one a document", ALL, "tcb_info.signer=spare ; "
	    "tcb_info_chain.certs=spare,root" },
	{ "CRLF in the chains", ALL, "tcb_info_chain.crlf=true ; "
	    "qe_identity_chain.crlf=true ; pck_crl_chain.crlf=true" },
	{ "white space around the chains", ALL,
	    "tcb_info_chain.prefix=\n ; tcb_info_chain.separator=\r\n ; "
	    "pck_crl_chain.suffix=\n\n" },

	/* TCB info. */
	{ "TCB info: root first", ALL,
	    "tcb_info_chain.certs=root,tcb_signing", BAD,
	    "tcb_info_issuer_chain: common name" },
	{ "TCB info: the signer alone", ALL,
	    "tcb_info_chain.certs=tcb_signing", BAD, "have 1" },
	{ "TCB info: three certificates", ALL,
	    "tcb_info_chain.certs=tcb_signing,root,root", BAD,
	    "want exactly 2" },
	{ "TCB info: no certificate", ALL,
	    "tcb_info_chain.certs= ; tcb_info_chain.suffix=\n", BAD,
	    "have 0" },
	{ "TCB info: another text before", ALL,
	    "tcb_info_chain.prefix=x\n", BAD, "have 0" },
	{ "TCB info: signed by the PCK certificate", ALL,
	    "tcb_info.signer=pck ; tcb_info_chain.certs=pck,ca", BAD,
	    "tcb_info_issuer_chain: common name" },
	{ "TCB info: signed by the PCK certificate, whole chain", ALL,
	    "tcb_info.signer=pck ; tcb_info_chain.certs=pck,ca,root", BAD },
	{ "TCB info: signed by the PCK CA", ALL,
	    "tcb_info.signer=platform_ca ; tcb_info_chain.certs=ca,root", BAD,
	    "tcb_info_issuer_chain: common name" },
	{ "TCB info: signed by the root", ALL,
	    "tcb_info.signer=root ; tcb_info_chain.certs=root,root", BAD,
	    "tcb_info_issuer_chain: common name" },
	{ "TCB info: another leaf of the root", ALL,
	    "tcb_info.signer=spare ; tcb_info_chain.certs=spare,root ; "
	    "certs[spare].subject.cn=Intel SGX Something", BAD,
	    "common name" },
	{ "TCB info: signer issued by the PCK CA", ALL,
	    "tcb_info.signer=spare ; certs[spare].signer=platform_ca ; "
	    "certs[spare].issuer.cn=Intel SGX PCK Platform CA ; "
	    "tcb_info_chain.certs=spare,root", BAD, "its issuer is not" },
	{ "TCB info: signer under the PCK CA as if it were a root", ALL,
	    "tcb_info.signer=spare ; certs[spare].signer=platform_ca ; "
	    "certs[spare].issuer.cn=Intel SGX PCK Platform CA ; "
	    "tcb_info_chain.certs=spare,ca", FAULT_UNTRUSTED_ROOT },
	{ "TCB info: signer issued by another root", ALL,
	    "certs[spare].signer=other_root ; tcb_info.signer=spare ; "
	    "tcb_info_chain.certs=spare,root", BAD, "signature: not by" },
	{ "TCB info: everything under another root", ALL,
	    "certs[spare].signer=other_root ; tcb_info.signer=spare ; "
	    "tcb_info_chain.certs=spare,other_root", FAULT_UNTRUSTED_ROOT,
	    "tcb_info_issuer_chain" },
	{ "TCB info: signer that is a CA", ALL,
	    "certs[spare].is_ca=true ; tcb_info.signer=spare ; "
	    "tcb_info_chain.certs=spare,root", BAD, "is a CA" },
	{ "TCB info: signer with keyCertSign", ALL,
	    "certs[spare].key_usage=0x84 ; tcb_info.signer=spare ; "
	    "tcb_info_chain.certs=spare,root", BAD, "is a CA" },
	{ "TCB info: signer without digitalSignature", ALL,
	    "certs[spare].key_usage=0x40 ; tcb_info.signer=spare ; "
	    "tcb_info_chain.certs=spare,root", BAD, "digitalSignature" },
	{ "TCB info: signer of version 1", ALL,
	    "certs[spare].version=1 ; tcb_info.signer=spare ; "
	    "tcb_info_chain.certs=spare,root", BAD },
	{ "TCB info: signer with a critical extension of nobody", ALL,
	    "certs[spare].extras[0].oid=1.2.3.4 ; "
	    "certs[spare].extras[0].value=0500 ; "
	    "certs[spare].extras[0].critical=true ; tcb_info.signer=spare ; "
	    "tcb_info_chain.certs=spare,root", BAD, "critical" },
	{ "TCB info: signer without AKI", ALL,
	    "certs[spare].has_authority_key_id=false ; "
	    "tcb_info.signer=spare ; tcb_info_chain.certs=spare,root", BAD,
	    "missing" },
	{ "TCB info: signer of P-384", SGX_V3,
	    "certs[spare].key=p384 ; tcb_info_chain.certs=spare,root", BAD,
	    "P-256" },

	/* QE identity. */
	{ "QE identity: root first", ALL,
	    "qe_identity_chain.certs=root,tcb_signing", BAD,
	    "qe_identity_issuer_chain: common name" },
	{ "QE identity: signed by the PCK certificate", ALL,
	    "qe_identity.signer=pck ; qe_identity_chain.certs=pck,ca", BAD,
	    "qe_identity_issuer_chain: common name" },
	{ "QE identity: signed by the PCK CA", ALL,
	    "qe_identity.signer=platform_ca ; "
	    "qe_identity_chain.certs=ca,root", BAD, "common name" },
	{ "QE identity: three certificates", ALL,
	    "qe_identity_chain.certs=tcb_signing,root,root", BAD,
	    "want exactly 2" },
	{ "QE identity: everything under another root", ALL,
	    "certs[spare].signer=other_root ; qe_identity.signer=spare ; "
	    "qe_identity_chain.certs=spare,other_root", FAULT_UNTRUSTED_ROOT,
	    "qe_identity_issuer_chain" },
	{ "QE identity: signer that is a CA", ALL,
	    "certs[spare].is_ca=true ; qe_identity.signer=spare ; "
	    "qe_identity_chain.certs=spare,root", BAD, "is a CA" },

	/* PCK CRL. */
	{ "PCK CRL: the TCB signing certificate as its issuer", ALL,
	    "pck_crl_chain.certs=tcb_signing,root ; "
	    "pck_crl.signer=tcb_signing ; "
	    "pck_crl.issuer.cn=Intel SGX TCB Signing", BAD, "common name" },
	{ "PCK CRL: root first", ALL, "pck_crl_chain.certs=root,ca", BAD,
	    "pck_crl_issuer_chain" },
	{ "PCK CRL: the whole PCK chain", ALL,
	    "pck_crl_chain.certs=pck,ca,root", BAD, "pck_crl_issuer_chain" },
	{ "PCK CRL: the CA alone", ALL, "pck_crl_chain.certs=ca", BAD,
	    "have 1" },
	{ "PCK CRL: everything under another root", ALL,
	    "certs[other_ca].signer=other_root ; "
	    "pck_crl_chain.certs=other_ca,other_root ; "
	    "root_crl.signer=other_root", FAULT_UNTRUSTED_ROOT,
	    "pck_crl_issuer_chain" },
	{ "PCK CRL: issuer without cRLSign", ALL,
	    "certs[other_ca].subject.cn=Intel SGX PCK Platform CA ; "
	    "certs[other_ca].key=platform_ca ; "
	    "certs[other_ca].key_usage=0x04 ; "
	    "pck_crl_chain.certs=other_ca,root", BAD, "cRLSign" },
	{ "PCK CRL: issuer that was issued anew", ALL,
	    "certs[other_ca].subject.cn=Intel SGX PCK Platform CA ; "
	    "certs[other_ca].key=platform_ca ; "
	    "pck_crl_chain.certs=other_ca,root" },
};

/* Each of the nine: missing, empty, another's. */
static void
test_fields(struct mint *mint)
{
	struct mint_world w, good;
	struct verdict v;
	char name[100];
	int i, k;

	world_make(&good, mint, MINT_TDX_V4, "");
	for (i = 0; i < MINT_FIELD__MAX; i++) {
		world_make(&w, mint, MINT_TDX_V4, "");
		mint_world_set_field(&w, i, NULL);
		snprintf(name, sizeof(name), "collateral: %s: want a text",
		    mint_field_name(i));
		world_judge(&v, &w, w.spec.now);
		ok(verdict_is(&v, BAD, name, NULL), "no %s",
		    mint_field_name(i));
		mint_world_set_field(&w, i, "");
		world_judge(&v, &w, w.spec.now);
		ok(verdict_is(&v, BAD, NULL, NULL), "an empty %s",
		    mint_field_name(i));
		for (k = 0; k < MINT_FIELD__MAX; k++) {
			if (strcmp(good.fields[i], good.fields[k]) == 0)
				continue;
			mint_world_set_field(&w, i, good.fields[k]);
			world_judge(&v, &w, w.spec.now);
			ok(!v.verified && (v.fault.code == BAD ||
			    v.fault.code == MISMATCH), "%s in the place of %s",
			    mint_field_name(k), mint_field_name(i));
		}
		mint_world_clear(&w);
	}
	mint_world_clear(&good);
}

/* The same text otherwise written. */
static void
test_hex(struct mint *mint)
{
	static const enum mint_field fields[] = { MINT_FIELD_ROOT_CA_CRL,
		MINT_FIELD_PCK_CRL, MINT_FIELD_TCB_INFO_SIGNATURE,
		MINT_FIELD_QE_IDENTITY_SIGNATURE };
	struct mint_world w;
	struct verdict v;
	char *good, *text, *p;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		world_make(&w, mint, MINT_SGX_V4, "");
		good = strdup(w.fields[fields[i]]);
		text = malloc(strlen(good) + 8);
		if (good == NULL || text == NULL)
			mint_die("no memory");
		strcpy(text, good);
		for (p = text; *p != '\0'; p++)
			if (*p >= 'a')
				*p -= 'a' - 'A';
		mint_world_set_field(&w, fields[i], text);
		world_judge(&v, &w, w.spec.now);
		ok(verdict_is(&v, FAULT_NONE, NULL, "UpToDate"),
		    "%s in capitals", mint_field_name(fields[i]));
#define REFUSED(format, what) \
		sprintf(text, format, good); \
		mint_world_set_field(&w, fields[i], text); \
		world_judge(&v, &w, w.spec.now); \
		ok(verdict_is(&v, BAD, "hex", NULL), "%s %s", \
		    mint_field_name(fields[i]), what)
		REFUSED("0x%s", "with 0x");
		REFUSED("%s0", "with half a byte more");
		REFUSED("%s\n", "with a line end");
		REFUSED(" %s", "behind a space");
#undef REFUSED
		text[0] = 'g';
		mint_world_set_field(&w, fields[i], text);
		world_judge(&v, &w, w.spec.now);
		ok(verdict_is(&v, BAD, "hex", NULL), "%s with a g",
		    mint_field_name(fields[i]));
		free(good);
		free(text);
		mint_world_clear(&w);
	}
}

/* The longest texts there may be, and one character more. */
static void
test_sizes(struct mint *mint)
{
	struct mint_world w;
	struct verdict v;
	char *text, name[100];
	size_t max;
	int i, more;

	for (i = 0; i < MINT_FIELD__MAX; i++) {
		max = i == MINT_FIELD_ROOT_CA_CRL || i == MINT_FIELD_PCK_CRL ?
		    COLLATERAL_CRL_HEX_LEN_MAX : COLLATERAL_DOCUMENT_LEN_MAX;
		text = malloc(max + 2);
		if (text == NULL)
			mint_die("no memory");
		for (more = 0; more <= 1; more++) {
			memset(text, ' ', max + 1);
			text[max + more] = '\0';
			world_make(&w, mint, MINT_SGX_V3, "");
			mint_world_set_field(&w, i, text);
			world_judge(&v, &w, w.spec.now);
			snprintf(name, sizeof(name), "%s: want at most %zu",
			    mint_field_name(i), max);
			ok(!v.verified && v.fault.code == BAD &&
			    (strstr(v.fault.message, name) != NULL) ==
			    (more == 1), "%s of %zu characters",
			    mint_field_name(i), max + (size_t)more);
			mint_world_clear(&w);
		}
		free(text);
	}
}

/* The nine texts as JSON. */
static const struct {
	const char *name, *json, *says;
} json_cases[] = {
	{ "no JSON", "collateral", "JSON" },
	{ "empty", "", "JSON" },
	{ "an empty object", "{}", "want a text" },
	{ "a list", "[]", "want a text" },
	{ "null", "null", "not a JSON object" },
	{ "a number in a text's place", "{\"pck_crl_issuer_chain\":1}",
	    "want a text" },
	{ "null in a text's place", "{\"pck_crl_issuer_chain\":null}",
	    "want a text" },
	{ "a NUL in a text", "{\"pck_crl_issuer_chain\":\"\\u0000\"}",
	    "a NUL" },
	{ "a text twice",
	    "{\"pck_crl_issuer_chain\":\"\",\"pck_crl_issuer_chain\":\"\"}",
	    "twice" },
};

/* Big-endian length, then text; the length of one needs three octets. */
static void
hash_fields(const struct mint_world *w, uint8_t out[static SHA256_LEN])
{
	struct mint_buffer all = { 0 };
	int i;

	for (i = 0; i < MINT_FIELD__MAX; i++) {
		size_t len = strlen(w->fields[i]);
		const uint8_t octets[] = { (uint8_t)(len / 16777216),
			(uint8_t)(len / 65536), (uint8_t)(len / 256),
			(uint8_t)(len % 256) };

		mint_put_bytes(&all, BYTES_OF(octets));
		mint_put(&all, w->fields[i], len);
	}
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, all.ptr, all.len, out) < 0)
		mint_die("no SHA-256");
	mint_buffer_clear(&all);
}

static void
test_json(struct mint *mint)
{
	struct collateral_text t = { { NULL } };
	struct mint_world w;
	struct fault f;
	char *json, *text, *more;
	uint8_t id[SHA256_LEN], other[SHA256_LEN];
	size_t i;

	for (i = 0; i < sizeof(json_cases) / sizeof(json_cases[0]); i++)
		ok(collateral_text_read(&t,
		    bytes_of_string(json_cases[i].json), &f) < 0 &&
		    f.code == BAD && strstr(f.message, json_cases[i].says),
		    "collateral that is %s", json_cases[i].name);
	world_make(&w, mint, MINT_SGX_V3, "pck_crl.num_strangers=1000");
	json = mint_world_collateral_new(&w);
	ok(collateral_text_read(&t, bytes_of_string(json), &f) == 0 &&
	    strlen(w.fields[MINT_FIELD_PCK_CRL]) > 65536 &&
	    collateral_text_id(&t, id, &f) == 0, "collateral has a name");
	collateral_text_clear(&t);
	hash_fields(&w, other);
	ok(memcmp(id, other, sizeof(id)) == 0, "which is the SHA-256 of the "
	    "texts, each with its length before it");

	/* Members of others are left alone, wherever they stand. */
	more = malloc(strlen(json) + 100);
	if (more == NULL)
		mint_die("no memory");
	sprintf(more, "{\"pck_certificate_chain\":null,\"x\":{\"tcb_info\":1}"
	    ",%s", json + 1);
	ok(collateral_text_read(&t, bytes_of_string(more), &f) == 0 &&
	    collateral_text_id(&t, other, &f) == 0 &&
	    memcmp(id, other, sizeof(id)) == 0, "other members are ignored");
	collateral_text_clear(&t);
	free(json);
	free(more);

	/* One character from one text to the next is another name. */
	text = w.fields[MINT_FIELD_TCB_INFO_SIGNATURE];
	more = malloc(strlen(w.fields[MINT_FIELD_TCB_INFO]) + 2);
	if (more == NULL)
		mint_die("no memory");
	sprintf(more, "%s%c", w.fields[MINT_FIELD_TCB_INFO], text[0]);
	mint_world_set_field(&w, MINT_FIELD_TCB_INFO, more);
	memmove(text, text + 1, strlen(text));
	json = mint_world_collateral_new(&w);
	ok(collateral_text_read(&t, bytes_of_string(json), &f) == 0 &&
	    collateral_text_id(&t, other, &f) == 0 &&
	    memcmp(id, other, sizeof(id)) != 0,
	    "a character moved over is another name");
	collateral_text_clear(&t);
	collateral_text_clear(&t);
	free(more);
	free(json);
	mint_world_clear(&w);
}

/* Each of the periods counts, whichever it is. */
static void
test_periods(struct mint *mint)
{
	struct collateral *c;
	struct mint_world w;
	struct trust trust;
	struct fault f = { 0 };
	time_t *end, kept;
	int i, num = 0;

	world_make(&w, mint, MINT_TDX_V4, "");
	world_trust(&trust, &w);
	c = world_collateral_new(&w, &trust);
	ok(collateral_check_time(c, w.spec.now, &f) == 0, "all periods hold");
	for (i = 0; i < COLLATERAL_PERIODS_NUM; i++) {
		end = &c->periods[i].validity.not_after;
		kept = *end;
		*end = w.spec.now - 1;
		num += collateral_check_time(c, w.spec.now, &f) < 0 &&
		    strstr(f.message, "ended") != NULL;
		*end = kept;
	}
	ok(num == COLLATERAL_PERIODS_NUM, "each of %d that has ended is told",
	    num);
	collateral_free(c);
	mint_world_clear(&w);
}

int
main(void)
{
	struct mint *mint = mint_new();

	WORLDS_RUN(mint, crl_cases);
	WORLDS_RUN(mint, revocation_cases);
	WORLDS_RUN(mint, signer_cases);
	test_fields(mint);
	test_hex(mint);
	test_sizes(mint);
	test_json(mint);
	test_periods(mint);
	mint_free(mint);
	return tap_done();
}
