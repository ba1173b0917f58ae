#include "mint.h"
#include "mint_members.h"

/* Short, for the tables. */
#define INTEGER MEMBER_INTEGER
#define BOOLEAN MEMBER_BOOLEAN
#define BYTES MEMBER_BYTES
#define BLOB MEMBER_BLOB
#define STRING MEMBER_STRING
#define INSTANT MEMBER_INSTANT
#define WORD MEMBER_WORD
#define SET MEMBER_SET
#define STRUCT MEMBER_STRUCT

#define IN(s, m) .name = #m, .at = offsetof(struct s, m), \
	.size = sizeof(((struct s *)0)->m)
#define COUNT(s, m) .count_at = offsetof(struct s, m), \
	.count_size = sizeof(((struct s *)0)->m)
#define NUM(s, m) .num = sizeof(((struct s *)0)->m) / \
	sizeof(((struct s *)0)->m[0])

static const char *const key_words[] = {
	"root", "platform_ca", "processor_ca", "pck", "tcb_signing", "attest",
	"other_root", "spare", "foreign", "p384", "rsa", NULL
};
static const char *const cert_words[] = {
	"root", "ca", "pck", "tcb_signing", "other_ca", "other_root", "spare",
	NULL
};
const char *const mint_part_words[] = {
	"root_cert", "ca_cert", "pck_cert", "tcb_signing_cert",
	"other_ca_cert", "other_root_cert", "spare_cert", "sgx_extension",
	"root_crl", "pck_crl", "tcb_info", "qe_identity", "qe_report", "quote",
	"pck_chain", NULL
};
const char *const mint_stage_words[] = {
	"before", "signature", "after", NULL
};
static const char *const hash_words[] = { "sha256", "sha384", "sha1", NULL };
static const char *const body_words[] = { "enclave", "td10", "td15", NULL };
const char *const mint_ca_words[] = { "platform", "processor", NULL };

_Static_assert(sizeof(key_words) / sizeof(key_words[0]) ==
    MINT_KEY__MAX + 1, "a word for each key");
_Static_assert(sizeof(cert_words) / sizeof(cert_words[0]) ==
    MINT_CERT__MAX + 1, "a word for each certificate");
_Static_assert(sizeof(mint_part_words) / sizeof(mint_part_words[0]) ==
    MINT_PART__MAX + 1, "a word for each part");

static const struct member name_members[] = {
	{ IN(mint_name, cn), STRING },
	{ IN(mint_name, o), STRING },
	{ IN(mint_name, l), STRING },
	{ IN(mint_name, st), STRING },
	{ IN(mint_name, c), STRING },
	{ IN(mint_name, reversed), BOOLEAN },
	{ IN(mint_name, tag), INTEGER },
	{ .name = NULL }
};

static const struct member extension_members[] = {
	{ IN(mint_extension, oid), STRING },
	{ IN(mint_extension, critical), BOOLEAN },
	{ IN(mint_extension, value), BLOB },
	{ .name = NULL }
};

static const struct member cert_members[] = {
	{ IN(mint_cert, key), WORD, .words = key_words },
	{ IN(mint_cert, signer), WORD, .words = key_words },
	{ IN(mint_cert, subject), STRUCT, .members = name_members },
	{ IN(mint_cert, issuer), STRUCT, .members = name_members },
	{ IN(mint_cert, serial), BYTES, COUNT(mint_cert, serial_len) },
	{ IN(mint_cert, serial_len), INTEGER },
	{ IN(mint_cert, version), INTEGER },
	{ IN(mint_cert, not_before), INSTANT },
	{ IN(mint_cert, not_after), INSTANT },
	{ IN(mint_cert, generalized_time), BOOLEAN },
	{ IN(mint_cert, hash), WORD, .words = hash_words },
	{ IN(mint_cert, algorithm), STRING },
	{ IN(mint_cert, tbs_algorithm), STRING },
	{ IN(mint_cert, has_authority_key_id), BOOLEAN },
	{ IN(mint_cert, authority_key), WORD, .words = key_words },
	{ IN(mint_cert, crl_url), STRING },
	{ IN(mint_cert, has_subject_key_id), BOOLEAN },
	{ IN(mint_cert, has_key_usage), BOOLEAN },
	{ IN(mint_cert, key_usage_critical), BOOLEAN },
	{ IN(mint_cert, key_usage), INTEGER },
	{ IN(mint_cert, has_basic_constraints), BOOLEAN },
	{ IN(mint_cert, basic_constraints_critical), BOOLEAN },
	{ IN(mint_cert, is_ca), BOOLEAN },
	{ IN(mint_cert, path_len), INTEGER },
	{ IN(mint_cert, num_sgx_extensions), INTEGER },
	{ IN(mint_cert, sgx_extension_critical), BOOLEAN },
	{ IN(mint_cert, extras), STRUCT, NUM(mint_cert, extras),
	    .members = extension_members },
	{ IN(mint_cert, repeat), STRING },
	{ .name = NULL }
};

static const struct member pck_members[] = {
	{ IN(mint_pck, ppid), BYTES, COUNT(mint_pck, ppid_len) },
	{ IN(mint_pck, ppid_len), INTEGER },
	{ IN(mint_pck, components), INTEGER, NUM(mint_pck, components) },
	{ IN(mint_pck, pce_svn), INTEGER },
	{ IN(mint_pck, cpu_svn), BYTES, COUNT(mint_pck, cpu_svn_len) },
	{ IN(mint_pck, cpu_svn_len), INTEGER },
	{ IN(mint_pck, pce_id), BYTES, COUNT(mint_pck, pce_id_len) },
	{ IN(mint_pck, pce_id_len), INTEGER },
	{ IN(mint_pck, fmspc), BYTES, COUNT(mint_pck, fmspc_len) },
	{ IN(mint_pck, fmspc_len), INTEGER },
	{ IN(mint_pck, sgx_type), INTEGER },
	{ IN(mint_pck, platform_instance_id), BYTES,
	    COUNT(mint_pck, platform_instance_id_len) },
	{ IN(mint_pck, platform_instance_id_len), INTEGER },
	{ IN(mint_pck, dynamic_platform), BOOLEAN },
	{ IN(mint_pck, cached_keys), BOOLEAN },
	{ IN(mint_pck, smt_enabled), BOOLEAN },
	{ IN(mint_pck, members), INTEGER, NUM(mint_pck, members),
	    COUNT(mint_pck, num_members) },
	{ IN(mint_pck, num_members), INTEGER },
	{ IN(mint_pck, tcb_members), INTEGER, NUM(mint_pck, tcb_members),
	    COUNT(mint_pck, num_tcb_members) },
	{ IN(mint_pck, num_tcb_members), INTEGER },
	{ IN(mint_pck, config_members), INTEGER,
	    NUM(mint_pck, config_members),
	    COUNT(mint_pck, num_config_members) },
	{ IN(mint_pck, num_config_members), INTEGER },
	{ IN(mint_pck, tags), INTEGER, NUM(mint_pck, tags) },
	{ .name = NULL }
};

static const struct member crl_members[] = {
	{ IN(mint_crl, signer), WORD, .words = key_words },
	{ IN(mint_crl, issuer), STRUCT, .members = name_members },
	{ IN(mint_crl, version), INTEGER },
	{ IN(mint_crl, this_update), INSTANT },
	{ IN(mint_crl, next_update), INSTANT },
	{ IN(mint_crl, has_next_update), BOOLEAN },
	{ IN(mint_crl, generalized_time), BOOLEAN },
	{ IN(mint_crl, hash), WORD, .words = hash_words },
	{ IN(mint_crl, algorithm), STRING },
	{ IN(mint_crl, tbs_algorithm), STRING },
	{ IN(mint_crl, revokes), SET, .words = cert_words },
	{ IN(mint_crl, num_strangers), INTEGER },
	{ IN(mint_crl, revoked_at), INSTANT },
	{ IN(mint_crl, reason_code), INTEGER },
	{ IN(mint_crl, has_crl_number), BOOLEAN },
	{ IN(mint_crl, crl_number), INTEGER },
	{ IN(mint_crl, has_authority_key_id), BOOLEAN },
	{ IN(mint_crl, authority_key), WORD, .words = key_words },
	{ IN(mint_crl, extra), STRUCT, .members = extension_members },
	{ .name = NULL }
};

static const struct member isv_level_members[] = {
	{ IN(mint_isv_level, isv_svn), INTEGER },
	{ IN(mint_isv_level, tcb_date), INSTANT },
	{ IN(mint_isv_level, tcb_status), STRING },
	{ IN(mint_isv_level, num_advisory_ids), INTEGER },
	{ IN(mint_isv_level, advisory_ids), STRING,
	    NUM(mint_isv_level, advisory_ids),
	    COUNT(mint_isv_level, num_advisory_ids) },
	{ .name = NULL }
};

static const struct member tcb_level_members[] = {
	{ IN(mint_tcb_level, num_components), INTEGER },
	{ IN(mint_tcb_level, components), INTEGER,
	    NUM(mint_tcb_level, components),
	    COUNT(mint_tcb_level, num_components) },
	{ IN(mint_tcb_level, pce_svn), INTEGER },
	{ IN(mint_tcb_level, num_tdx_components), INTEGER },
	{ IN(mint_tcb_level, tdx_components), INTEGER,
	    NUM(mint_tcb_level, tdx_components),
	    COUNT(mint_tcb_level, num_tdx_components) },
	{ IN(mint_tcb_level, tcb_date), INSTANT },
	{ IN(mint_tcb_level, tcb_status), STRING },
	{ IN(mint_tcb_level, num_advisory_ids), INTEGER },
	{ IN(mint_tcb_level, advisory_ids), STRING,
	    NUM(mint_tcb_level, advisory_ids),
	    COUNT(mint_tcb_level, num_advisory_ids) },
	{ .name = NULL }
};

static const struct member tdx_module_members[] = {
	{ IN(mint_tdx_module, id), STRING },
	{ IN(mint_tdx_module, mrsigner), BYTES },
	{ IN(mint_tdx_module, attributes), BYTES },
	{ IN(mint_tdx_module, attributes_mask), BYTES },
	{ IN(mint_tdx_module, num_levels), INTEGER },
	{ IN(mint_tdx_module, levels), STRUCT, NUM(mint_tdx_module, levels),
	    .members = isv_level_members },
	{ .name = NULL }
};

static const struct member tcb_info_members[] = {
	{ IN(mint_tcb_info, signer), WORD, .words = key_words },
	{ IN(mint_tcb_info, text), STRING },
	{ IN(mint_tcb_info, id), STRING },
	{ IN(mint_tcb_info, version), INTEGER },
	{ IN(mint_tcb_info, issue_date), INSTANT },
	{ IN(mint_tcb_info, next_update), INSTANT },
	{ IN(mint_tcb_info, fmspc), BYTES },
	{ IN(mint_tcb_info, pce_id), BYTES },
	{ IN(mint_tcb_info, tcb_type), INTEGER },
	{ IN(mint_tcb_info, tcb_evaluation_data_number), INTEGER },
	{ IN(mint_tcb_info, has_tdx_module), BOOLEAN },
	{ IN(mint_tcb_info, tdx_module), STRUCT,
	    .members = tdx_module_members },
	{ IN(mint_tcb_info, num_tdx_module_identities), INTEGER },
	{ IN(mint_tcb_info, tdx_module_identities), STRUCT,
	    NUM(mint_tcb_info, tdx_module_identities),
	    .members = tdx_module_members },
	{ IN(mint_tcb_info, num_levels), INTEGER },
	{ IN(mint_tcb_info, levels), STRUCT, NUM(mint_tcb_info, levels),
	    .members = tcb_level_members },
	{ .name = NULL }
};

static const struct member qe_identity_members[] = {
	{ IN(mint_qe_identity, signer), WORD, .words = key_words },
	{ IN(mint_qe_identity, text), STRING },
	{ IN(mint_qe_identity, id), STRING },
	{ IN(mint_qe_identity, version), INTEGER },
	{ IN(mint_qe_identity, issue_date), INSTANT },
	{ IN(mint_qe_identity, next_update), INSTANT },
	{ IN(mint_qe_identity, tcb_evaluation_data_number), INTEGER },
	{ IN(mint_qe_identity, miscselect), BYTES },
	{ IN(mint_qe_identity, miscselect_mask), BYTES },
	{ IN(mint_qe_identity, attributes), BYTES },
	{ IN(mint_qe_identity, attributes_mask), BYTES },
	{ IN(mint_qe_identity, mrsigner), BYTES },
	{ IN(mint_qe_identity, isv_prod_id), INTEGER },
	{ IN(mint_qe_identity, num_levels), INTEGER },
	{ IN(mint_qe_identity, levels), STRUCT,
	    NUM(mint_qe_identity, levels), .members = isv_level_members },
	{ .name = NULL }
};

static const struct member enclave_report_members[] = {
	{ IN(mint_enclave_report, cpu_svn), BYTES },
	{ IN(mint_enclave_report, miscselect), BYTES },
	{ IN(mint_enclave_report, reserved1), BYTES },
	{ IN(mint_enclave_report, isv_ext_prod_id), BYTES },
	{ IN(mint_enclave_report, attributes), BYTES },
	{ IN(mint_enclave_report, mrenclave), BYTES },
	{ IN(mint_enclave_report, reserved2), BYTES },
	{ IN(mint_enclave_report, mrsigner), BYTES },
	{ IN(mint_enclave_report, reserved3), BYTES },
	{ IN(mint_enclave_report, config_id), BYTES },
	{ IN(mint_enclave_report, isv_prod_id), INTEGER },
	{ IN(mint_enclave_report, isv_svn), INTEGER },
	{ IN(mint_enclave_report, config_svn), INTEGER },
	{ IN(mint_enclave_report, reserved4), BYTES },
	{ IN(mint_enclave_report, isv_family_id), BYTES },
	{ IN(mint_enclave_report, report_data), BYTES },
	{ .name = NULL }
};

static const struct member td_report_members[] = {
	{ IN(mint_td_report, tee_tcb_svn), BYTES },
	{ IN(mint_td_report, mrseam), BYTES },
	{ IN(mint_td_report, mrsignerseam), BYTES },
	{ IN(mint_td_report, seam_attributes), BYTES },
	{ IN(mint_td_report, td_attributes), BYTES },
	{ IN(mint_td_report, xfam), BYTES },
	{ IN(mint_td_report, mrtd), BYTES },
	{ IN(mint_td_report, mrconfigid), BYTES },
	{ IN(mint_td_report, mrowner), BYTES },
	{ IN(mint_td_report, mrownerconfig), BYTES },
	{ IN(mint_td_report, rtmr), BYTES, NUM(mint_td_report, rtmr) },
	{ IN(mint_td_report, report_data), BYTES },
	{ IN(mint_td_report, tee_tcb_svn2), BYTES },
	{ IN(mint_td_report, mrservicetd), BYTES },
	{ .name = NULL }
};

static const struct member quote_members[] = {
	{ IN(mint_quote, version), INTEGER },
	{ IN(mint_quote, att_key_type), INTEGER },
	{ IN(mint_quote, tee_type), INTEGER },
	{ IN(mint_quote, qe_svn), INTEGER },
	{ IN(mint_quote, pce_svn), INTEGER },
	{ IN(mint_quote, qe_vendor_id), BYTES },
	{ IN(mint_quote, user_data), BYTES },
	{ IN(mint_quote, has_descriptor), BOOLEAN },
	{ IN(mint_quote, body_type), INTEGER },
	{ IN(mint_quote, body_size_more), INTEGER },
	{ IN(mint_quote, body), WORD, .words = body_words },
	{ IN(mint_quote, enclave), STRUCT,
	    .members = enclave_report_members },
	{ IN(mint_quote, td), STRUCT, .members = td_report_members },
	{ IN(mint_quote, attest_key), WORD, .words = key_words },
	{ IN(mint_quote, signer), WORD, .words = key_words },
	{ IN(mint_quote, qe_report_signer), WORD, .words = key_words },
	{ IN(mint_quote, qe_report), STRUCT,
	    .members = enclave_report_members },
	{ IN(mint_quote, keep_report_data), BOOLEAN },
	{ IN(mint_quote, qe_auth_data_len), INTEGER },
	{ IN(mint_quote, qe_auth_data_first), INTEGER },
	{ IN(mint_quote, has_outer), BOOLEAN },
	{ IN(mint_quote, outer_type), INTEGER },
	{ IN(mint_quote, cert_data_type), INTEGER },
	{ IN(mint_quote, cert_data), BLOB },
	{ IN(mint_quote, auth_data_size_more), INTEGER },
	{ IN(mint_quote, outer_size_more), INTEGER },
	{ IN(mint_quote, qe_auth_data_size_more), INTEGER },
	{ IN(mint_quote, cert_data_size_more), INTEGER },
	{ IN(mint_quote, outer_padding), INTEGER },
	{ IN(mint_quote, auth_data_padding), INTEGER },
	{ IN(mint_quote, trailing), INTEGER },
	{ IN(mint_quote, trailing_value), INTEGER },
	{ .name = NULL }
};

static const struct member chain_members[] = {
	{ IN(mint_chain, certs), WORD, NUM(mint_chain, certs),
	    COUNT(mint_chain, num_certs), .words = cert_words },
	{ IN(mint_chain, num_certs), INTEGER },
	{ IN(mint_chain, crlf), BOOLEAN },
	{ IN(mint_chain, prefix), STRING },
	{ IN(mint_chain, separator), STRING },
	{ IN(mint_chain, suffix), STRING },
	{ IN(mint_chain, nul_terminated), BOOLEAN },
	{ .name = NULL }
};

const struct member mint_spec_members[] = {
	{ IN(mint_spec, trusted_root), WORD, .words = cert_words },
	{ IN(mint_spec, certs), STRUCT, NUM(mint_spec, certs),
	    .words = cert_words, .members = cert_members },
	{ IN(mint_spec, pck), STRUCT, .members = pck_members },
	{ IN(mint_spec, root_crl), STRUCT, .members = crl_members },
	{ IN(mint_spec, pck_crl), STRUCT, .members = crl_members },
	{ IN(mint_spec, tcb_info), STRUCT, .members = tcb_info_members },
	{ IN(mint_spec, qe_identity), STRUCT,
	    .members = qe_identity_members },
	{ IN(mint_spec, quote), STRUCT, .members = quote_members },
	{ IN(mint_spec, pck_chain), STRUCT, .members = chain_members },
	{ IN(mint_spec, pck_crl_chain), STRUCT, .members = chain_members },
	{ IN(mint_spec, tcb_info_chain), STRUCT, .members = chain_members },
	{ IN(mint_spec, qe_identity_chain), STRUCT,
	    .members = chain_members },
	{ .name = NULL }
};
