/*
 * A made-up Intel: keys, certificates, CRLs, TCB info, QE identity, and the
 * quotes of a platform that they vouch for. A test takes a good world, changes
 * one thing, and everything around it is signed again:
 *
 *	struct mint *mint = mint_new();
 *	struct mint_spec spec;
 *	struct mint_world world;
 *
 *	mint_spec_init(&spec, MINT_TDX_V4);
 *	spec.tcb_info.levels[0].tcb_status = "SWHardeningNeeded";
 *	mint_world_make(&world, mint, &spec);
 *	... world.root_pem, world.quote, world.fields[MINT_FIELD_PCK_CRL] ...
 *	mint_world_clear(&world);
 *	mint_free(mint);
 *
 * An unchanged world is what a strict verifier answers "UpToDate" to, at the
 * instant spec.now. A spec holds plain values and may be copied by assignment;
 * its `const char *` members are borrowed. The same changes can be written as
 * text, see mint_spec_set.
 *
 * Worlds of one mint share its keys, and signatures are deterministic: what
 * two worlds have in common (the root, say) is the same to the byte.
 *
 * A mistake in a spec ends the program with a sentence on stderr.
 */
#ifndef ATTESTRY_MINT_H
#define ATTESTRY_MINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "bytes.h"
#include "mint_buffer.h"

/* 2026-06-15T12:00:00Z, when a world is good unless told otherwise. */
#define MINT_NOW ((time_t)1781524800)
#define MINT_DAY ((time_t)86400)

enum mint_kind {
	MINT_SGX_V3,
	MINT_SGX_V4,
	MINT_TDX_V4,
	MINT_SGX_V5,
	MINT_TDX10_V5, /* body type 2 */
	MINT_TDX15_V5, /* body type 3 */
	MINT_KIND__MAX
};

/* Which of Intel's two PCK CAs issued the platform's certificate. */
enum mint_ca {
	MINT_PLATFORM,
	MINT_PROCESSOR
};

enum mint_key {
	MINT_KEY_ROOT,
	MINT_KEY_PLATFORM_CA,
	MINT_KEY_PROCESSOR_CA,
	MINT_KEY_PCK,
	MINT_KEY_TCB_SIGNING,
	MINT_KEY_ATTEST,
	MINT_KEY_OTHER_ROOT,
	MINT_KEY_SPARE,	  /* of MINT_CERT_SPARE */
	MINT_KEY_FOREIGN, /* of nobody */
	MINT_KEY_P384,	  /* the wrong curve */
	MINT_KEY_RSA,	  /* the wrong kind; made on first use, which is slow */
	MINT_KEY__MAX
};

enum mint_hash {
	MINT_SHA256,
	MINT_SHA384,
	MINT_SHA1
};

enum mint_cert_id {
	MINT_CERT_ROOT,
	MINT_CERT_CA,	       /* the PCK CA of spec.ca */
	MINT_CERT_PCK,	       /* the platform's leaf */
	MINT_CERT_TCB_SIGNING, /* signs TCB info and QE identity */
	MINT_CERT_OTHER_CA,    /* the PCK CA that spec.ca is not */
	MINT_CERT_OTHER_ROOT,  /* the root's name and profile, another key */
	MINT_CERT_SPARE,       /* a second TCB signing, with a key of its own */
	MINT_CERT__MAX
};

/* What is signed, or put together, and can be altered on the way. */
enum mint_part {
	/* The certificates, in the order of enum mint_cert_id. */
	MINT_PART_ROOT_CERT,
	MINT_PART_CA_CERT,
	MINT_PART_PCK_CERT,
	MINT_PART_TCB_SIGNING_CERT,
	MINT_PART_OTHER_CA_CERT,
	MINT_PART_OTHER_ROOT_CERT,
	MINT_PART_SPARE_CERT,

	MINT_PART_SGX_EXTENSION, /* its SEQUENCE, inside the OCTET STRING */
	MINT_PART_ROOT_CRL,
	MINT_PART_PCK_CRL,
	MINT_PART_TCB_INFO,
	MINT_PART_QE_IDENTITY,
	MINT_PART_QE_REPORT,
	MINT_PART_QUOTE,
	MINT_PART_PCK_CHAIN, /* certification data of type 5 */
	MINT_PART__MAX
};

/*
 * MINT_PART_SGX_EXTENSION and MINT_PART_PCK_CHAIN are not signed themselves and
 * know MINT_BEFORE only.
 */
enum mint_stage {
	MINT_BEFORE,	/* TBS part, text, report, signed part of the quote */
	MINT_SIGNATURE, /* DER (certificates, CRLs) or 64 bytes r and s */
	MINT_AFTER	/* the whole: certificate, CRL, text, report, quote */
};

/*
 * A change of bytes. `at` counts from the end when negative (-1 is the last
 * byte). `bytes` is
 *	"00ff"	these, over what is there
 *	"^01"	exclusive-or with what is there
 *	"+0500"	inserted
 *	"-4"	that many cut out (a decimal number; "-0" is to the end)
 * and "00*64" repeats.
 */
#define MINT_PATCHES_MAX 8
struct mint_patch {
	enum mint_part part;
	enum mint_stage stage;
	long at;
	const char *bytes; /* borrowed; NULL: no patch */
};

/* A relative name, one attribute each, in Intel's order; NULL leaves out. */
struct mint_name {
	const char *cn, *o, *l, *st, *c;
	bool reversed; /* C first, as other CAs do */
	uint8_t tag;   /* string type of all but C; MINT_DER_UTF8_STRING */
};

struct mint_extension {
	const char *oid; /* NULL: none */
	bool critical;
	struct bytes value; /* borrowed */
};

/* First octet of KeyUsage. */
enum {
	MINT_DIGITAL_SIGNATURE = 0x80,
	MINT_NON_REPUDIATION = 0x40,
	MINT_KEY_CERT_SIGN = 0x04,
	MINT_CRL_SIGN = 0x02
};

#define MINT_SERIAL_LEN_MAX 24
#define MINT_EXTRAS_MAX 2
struct mint_cert {
	enum mint_key key;    /* whose certificate it is */
	enum mint_key signer; /* whose signature it bears */
	struct mint_name subject;
	struct mint_name issuer;
	uint8_t serial[MINT_SERIAL_LEN_MAX]; /* content octets, as they are */
	size_t serial_len;
	int version; /* 3; 1 leaves the member out, extensions stay */
	time_t not_before;
	time_t not_after;
	bool generalized_time; /* also before 2050 */
	enum mint_hash hash;
	const char *algorithm;	   /* OID outside; NULL: the true one */
	const char *tbs_algorithm; /* OID inside; NULL: the true one */

	/* Extensions, in this order. */
	bool has_authority_key_id;
	enum mint_key authority_key;
	const char *crl_url; /* CRLDP; NULL: none */
	bool has_subject_key_id;
	bool has_key_usage;
	bool key_usage_critical;
	uint8_t key_usage;
	bool has_basic_constraints;
	bool basic_constraints_critical;
	bool is_ca;
	int path_len; /* -1: absent */
	int num_sgx_extensions;
	bool sgx_extension_critical;
	struct mint_extension extras[MINT_EXTRAS_MAX];
	const char *repeat; /* OID of an extension to write twice; NULL */
};

/*
 * The SGX extension. `members` lists what is written, in this order, by the
 * last number of its OID: 1 PPID, 2 TCB, 3 PCE ID, 4 FMSPC, 5 SGX type,
 * 6 platform instance id, 7 configuration; any other number is an unknown
 * member. Likewise 1 to 18 in `tcb_members` and 1 to 3 in `config_members`.
 */
#define MINT_COMPONENTS_MAX 20
struct mint_pck {
	uint8_t ppid[32];
	size_t ppid_len;
	int components[16]; /* 0..255, but any number can be written */
	long pce_svn;
	uint8_t cpu_svn[32];
	size_t cpu_svn_len;
	uint8_t pce_id[8];
	size_t pce_id_len;
	uint8_t fmspc[16];
	size_t fmspc_len;
	int sgx_type;
	uint8_t platform_instance_id[32];
	size_t platform_instance_id_len;
	bool dynamic_platform;
	bool cached_keys;
	bool smt_enabled;

	uint8_t members[12];
	size_t num_members;
	uint8_t tcb_members[24];
	size_t num_tcb_members;
	uint8_t config_members[6];
	size_t num_config_members;
	uint8_t tags[8]; /* DER tag of members 1 to 7 */
};

struct mint_crl {
	enum mint_key signer;
	struct mint_name issuer;
	int version; /* 2; 1 leaves the member out, extensions stay */
	time_t this_update;
	time_t next_update;
	bool has_next_update;
	bool generalized_time;
	enum mint_hash hash;
	const char *algorithm;
	const char *tbs_algorithm;
	unsigned revokes;  /* set of 1u << enum mint_cert_id */
	int num_strangers; /* revoked serials of nobody, written before those */
	time_t revoked_at;
	int reason_code; /* of each entry; -1: absent */
	bool has_crl_number;
	long crl_number;
	bool has_authority_key_id;
	enum mint_key authority_key;
	struct mint_extension extra;
};

/* Replaces the first occurrence of `find`, which must be there. */
#define MINT_EDITS_MAX 6
struct mint_edit {
	const char *find; /* NULL: no edit */
	const char *replace;
};

#define MINT_ADVISORIES_MAX 8
/* A level of a QE or of a TDX module. */
struct mint_isv_level {
	long isv_svn;
	time_t tcb_date;
	const char *tcb_status;
	int num_advisory_ids; /* -1: the member is absent */
	const char *advisory_ids[MINT_ADVISORIES_MAX];
};

/* A level of a platform. */
struct mint_tcb_level {
	int num_components;
	int components[MINT_COMPONENTS_MAX];
	long pce_svn;
	int num_tdx_components; /* -1: the member is absent */
	int tdx_components[MINT_COMPONENTS_MAX];
	time_t tcb_date;
	const char *tcb_status;
	int num_advisory_ids;
	const char *advisory_ids[MINT_ADVISORIES_MAX];
};

#define MINT_ISV_LEVELS_MAX 8
struct mint_tdx_module {
	const char *id; /* not in the member tdxModule */
	uint8_t mrsigner[48];
	uint8_t attributes[8];
	uint8_t attributes_mask[8];
	int num_levels; /* not in the member tdxModule */
	struct mint_isv_level levels[MINT_ISV_LEVELS_MAX];
};

#define MINT_TCB_LEVELS_MAX 12
#define MINT_TDX_MODULES_MAX 4
struct mint_tcb_info {
	enum mint_key signer;
	const char *text; /* signed in place of what the members below say */
	struct mint_edit edits[MINT_EDITS_MAX]; /* of the text, then signed */

	const char *id;
	long version;
	time_t issue_date;
	time_t next_update;
	uint8_t fmspc[6];
	uint8_t pce_id[2];
	long tcb_type;
	long tcb_evaluation_data_number;
	bool has_tdx_module;
	struct mint_tdx_module tdx_module;
	int num_tdx_module_identities; /* -1: the member is absent */
	struct mint_tdx_module tdx_module_identities[MINT_TDX_MODULES_MAX];
	int num_levels;
	struct mint_tcb_level levels[MINT_TCB_LEVELS_MAX];
};

struct mint_qe_identity {
	enum mint_key signer;
	const char *text;
	struct mint_edit edits[MINT_EDITS_MAX];

	const char *id;
	long version;
	time_t issue_date;
	time_t next_update;
	long tcb_evaluation_data_number;
	uint8_t miscselect[4];
	uint8_t miscselect_mask[4];
	uint8_t attributes[16];
	uint8_t attributes_mask[16];
	uint8_t mrsigner[32];
	long isv_prod_id;
	int num_levels;
	struct mint_isv_level levels[MINT_ISV_LEVELS_MAX];
};

/* 384 bytes, in wire order; integers become little-endian. */
struct mint_enclave_report {
	uint8_t cpu_svn[16];
	uint8_t miscselect[4];
	uint8_t reserved1[12];
	uint8_t isv_ext_prod_id[16];
	uint8_t attributes[16]; /* first byte: 0x02 is DEBUG */
	uint8_t mrenclave[32];
	uint8_t reserved2[32];
	uint8_t mrsigner[32];
	uint8_t reserved3[32];
	uint8_t config_id[64];
	uint16_t isv_prod_id;
	uint16_t isv_svn;
	uint16_t config_svn;
	uint8_t reserved4[42];
	uint8_t isv_family_id[16];
	uint8_t report_data[64];
};

/* 584 bytes, or 648 with the last two members (TDX 1.5), in wire order. */
struct mint_td_report {
	uint8_t tee_tcb_svn[16];
	uint8_t mrseam[48];
	uint8_t mrsignerseam[48];
	uint8_t seam_attributes[8];
	uint8_t td_attributes[8]; /* first byte: 0x01 is DEBUG */
	uint8_t xfam[8];
	uint8_t mrtd[48];
	uint8_t mrconfigid[48];
	uint8_t mrowner[48];
	uint8_t mrownerconfig[48];
	uint8_t rtmr[4][48];
	uint8_t report_data[64];
	uint8_t tee_tcb_svn2[16];
	uint8_t mrservicetd[48];
};

/* Certificates as PEM, one after the other. */
#define MINT_CHAIN_MAX 6
struct mint_chain {
	enum mint_cert_id certs[MINT_CHAIN_MAX];
	int num_certs;
	bool crlf;
	const char *prefix, *separator, *suffix; /* "" by default */
	bool nul_terminated; /* only where it is not a string: in a quote */
};

enum mint_body {
	MINT_BODY_ENCLAVE,
	MINT_BODY_TD10,
	MINT_BODY_TD15
};

/*
 * A quote. Sizes and types that are written follow from the content; each
 * ..._more is added to the size as written, so that it lies.
 */
struct mint_quote {
	uint16_t version;
	uint16_t att_key_type;
	uint32_t tee_type;
	uint16_t qe_svn;  /* reserved in versions 4 and 5 */
	uint16_t pce_svn; /* reserved in versions 4 and 5 */
	uint8_t qe_vendor_id[16];
	uint8_t user_data[20];

	bool has_descriptor; /* version 5: body type and size */
	uint16_t body_type;
	int64_t body_size_more;
	enum mint_body body;
	struct mint_enclave_report enclave;
	struct mint_td_report td;

	enum mint_key attest_key;	/* the public key in the quote */
	enum mint_key signer;		/* who signed it */
	enum mint_key qe_report_signer; /* the PCK */
	struct mint_enclave_report qe_report; /* report_data is overwritten: */
	bool keep_report_data; /* unless so, the key binding stands there */
	size_t qe_auth_data_len;
	uint8_t qe_auth_data_first; /* first byte; each is one more */

	bool has_outer;	     /* versions 4 and 5: within certification data */
	uint16_t outer_type; /* 6 */
	uint16_t cert_data_type; /* 5 */
	struct bytes cert_data;	 /* in place of what the type says; borrowed */

	int64_t auth_data_size_more;
	int64_t outer_size_more;
	int64_t qe_auth_data_size_more;
	int64_t cert_data_size_more;
	size_t outer_padding;	  /* zero bytes, counted by outer size */
	size_t auth_data_padding; /* zero bytes, counted by auth data size */
	size_t trailing;	  /* bytes behind the quote */
	uint8_t trailing_value;
};

struct mint_spec {
	enum mint_kind kind;
	enum mint_ca ca; /* change it with mint_spec_set_ca */
	time_t now;	 /* change it with mint_spec_set_now */
	enum mint_cert_id trusted_root;
	struct mint_cert certs[MINT_CERT__MAX];
	struct mint_pck pck;
	struct mint_crl root_crl;
	struct mint_crl pck_crl;
	struct mint_tcb_info tcb_info;
	struct mint_qe_identity qe_identity;
	struct mint_quote quote;
	struct mint_chain pck_chain; /* in the quote: leaf, CA, root */
	struct mint_chain pck_crl_chain;
	struct mint_chain tcb_info_chain;
	struct mint_chain qe_identity_chain;
	struct mint_patch patches[MINT_PATCHES_MAX];

	/* For what no patch can do: called after the patches of each stage. */
	void (*tweak)(void *arg, enum mint_part part, enum mint_stage stage,
	    struct mint_buffer *b);
	void *tweak_arg;
};

/* The nine fields of QuoteCollateralV3, in its order. */
enum mint_field {
	MINT_FIELD_PCK_CRL_ISSUER_CHAIN,
	MINT_FIELD_ROOT_CA_CRL, /* DER in lower-case hex */
	MINT_FIELD_PCK_CRL,	  /* DER in lower-case hex */
	MINT_FIELD_TCB_INFO_ISSUER_CHAIN,
	MINT_FIELD_TCB_INFO,
	MINT_FIELD_TCB_INFO_SIGNATURE, /* 128 hex digits */
	MINT_FIELD_QE_IDENTITY_ISSUER_CHAIN,
	MINT_FIELD_QE_IDENTITY,
	MINT_FIELD_QE_IDENTITY_SIGNATURE,
	MINT_FIELD__MAX
};

/* Where things are in world.quote; 0 for what is not there. */
struct mint_layout {
	size_t body;
	size_t signed_len;	/* also where the size of the auth data is */
	size_t signature;	/* also where the auth data begins */
	size_t attest_key;
	size_t outer;		/* outer certification data: type, size */
	size_t qe_report;
	size_t qe_report_signature;
	size_t qe_auth_data;	/* the size, two bytes, is before it */
	size_t cert_data_type;	/* then the size, four bytes */
	size_t cert_data;
	size_t end;		/* the quote's, before what trails */
};

/* All of it is owned. */
struct mint_world {
	struct mint_spec spec; /* that it was made from */
	struct mint *mint;     /* borrowed: that it was made by */
	char *root_pem;	       /* the trusted root */
	struct mint_buffer root_der;
	uint8_t *quote; /* a heap block of exactly quote_len bytes */
	size_t quote_len;
	struct mint_layout at;
	char *fields[MINT_FIELD__MAX]; /* NULL is left out of the JSON */
	struct mint_buffer certs[MINT_CERT__MAX]; /* DER; empty if unused */
	struct mint_buffer root_crl;		  /* DER */
	struct mint_buffer pck_crl;		  /* DER */
};

/* A mint with fresh keys: another one has other keys and the same names. */
struct mint *mint_new(void);
void mint_free(struct mint *mint);

/*
 * A mint whose P-256 keys stand in its source: the same spec is the same world
 * to the byte, in every process. For inputs that are kept in files.
 */
struct mint *mint_new_fixed(void);

/* A good world of that kind, of a platform of MINT_PLATFORM, at MINT_NOW. */
void mint_spec_init(struct mint_spec *spec, enum mint_kind kind);

/* The other PCK CA, in all places: names, keys, CRL, SGX extension. */
void mint_spec_set_ca(struct mint_spec *spec, enum mint_ca ca);

/* Another platform model, in certificate and TCB info. */
void mint_spec_set_fmspc(struct mint_spec *spec, const uint8_t fmspc[static 6]);

/*
 * A good world at another instant: CRLs, TCB info and QE identity were issued
 * a few days ago and hold for `days` more; certificates at least as long.
 */
void mint_spec_set_now(struct mint_spec *spec, time_t now, int days);

/* Adds a patch. `bytes` is borrowed. */
void mint_spec_patch(struct mint_spec *spec, enum mint_part part,
    enum mint_stage stage, long at, const char *bytes);

/*
 * The members of a spec as text, for tables of cases: "path=value", several
 * of them with " ; " between, taken from left to right. A path is spelled
 * like the members in C; certs[] takes words: "certs[pck].key_usage=0x80".
 *
 *	integer, bool	decimal, 0x hex; true, false
 *	bytes		hex; sets the length too, where it is a member
 *	string		to the end; "null" for NULL
 *	instant		2026-06-15T12:00:00Z, now, now+1, now-86400 (seconds)
 *	enum		the word after MINT_KEY_, MINT_CERT_, ... in lower case
 *	list		with commas: components, members, advisory_ids, certs,
 *			revokes; sets the count too, where it is a member
 *
 * Beside the members:
 *
 *	ca=processor		mint_spec_set_ca
 *	fmspc=hex		mint_spec_set_fmspc
 *	now=instant		mint_spec_set_now, for 30 days
 *	patch=part:stage:at:bytes	mint_spec_patch: quote:after:-1:^01
 *	tcb_info.edit=find=>replace	the next free of the edits
 *	qe_identity.edit=find=>replace
 *
 * Values are kept by the mint, until mint_free.
 */
void mint_spec_set(struct mint *mint, struct mint_spec *spec,
    const char *settings);

/* "2026-06-15T12:00:00Z" */
time_t mint_instant(const char *text);

/* Fills `world`, to be cleared. `mint` must outlive it. */
void mint_world_make(struct mint_world *world, struct mint *mint,
    const struct mint_spec *spec);
void mint_world_clear(struct mint_world *world);

/* The JSON name of a field ("pck_crl"). */
const char *mint_field_name(enum mint_field field);

/* The fields as one JSON object; the caller frees. */
char *mint_world_collateral_new(const struct mint_world *world);

/* Puts a copy of `text` in the field's place; NULL leaves it out. */
void mint_world_set_field(struct mint_world *world, enum mint_field field,
    const char *text);

/* The quote, cut or grown (with zero bytes) to `len`, in a block of its own. */
void mint_world_resize_quote(struct mint_world *world, size_t len);

/* Signs again what world.quote and its QE report say now. */
void mint_world_sign_quote(struct mint_world *world);
void mint_world_sign_qe_report(struct mint_world *world);

/* Raw r and s, big-endian, over SHA-256 of `data`. */
void mint_sign(struct mint *mint, enum mint_key key, struct bytes data,
    uint8_t signature[static 64]);

/* x and y of a public P-256 key, big-endian. */
void mint_public_key(struct mint *mint, enum mint_key key,
    uint8_t out[static 64]);

/* (r, s) becomes (r, n - s), which is as good a signature. */
void mint_signature_mirror(uint8_t signature[static 64]);

#endif
