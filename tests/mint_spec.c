#include <string.h>

#include "mint.h"

/* Intel's PCS, as the CRLDP extensions of its certificates spell it. */
#define ROOT_CRL_URL \
	"https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"
#define PCK_CRL_URL \
	"https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl"

/* Dates of the made-up history, UTC. */
#define AT_2018_05_21 ((time_t)1526860800)
#define AT_2024_03_20 ((time_t)1710892800)
#define AT_2025_05_06 ((time_t)1746489600)
#define AT_2031_03_20 ((time_t)1931731200)
#define AT_2032_05_06 ((time_t)1967414400)
#define AT_2033_05_21 ((time_t)2000246400)
#define AT_2049_12_31 ((time_t)2524607999) /* its last second */
#define AT_2023_08_09 ((time_t)1691539200)
#define AT_2024_03_13 ((time_t)1710288000)
#define AT_2025_05_14 ((time_t)1747180800)

#define DAYS_SINCE_ISSUE 3
#define DAYS_VALID 30

static const uint8_t intel_qe_vendor_id[16] = {
	0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
	0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07
};

/* MRSIGNER of Intel's quoting enclaves for SGX and for TDX. */
static const uint8_t qe_mrsigner[32] = {
	0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50, 0x3e,
	0x96, 0x13, 0x7f, 0x77, 0xc6, 0x8a, 0x82, 0x9a,
	0x00, 0x56, 0xac, 0x8d, 0xed, 0x70, 0x14, 0x0b,
	0x08, 0x1b, 0x09, 0x44, 0x90, 0xc5, 0x7b, 0xff
};
static const uint8_t td_qe_mrsigner[32] = {
	0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17,
	0x47, 0x4e, 0x34, 0xa7, 0xfc, 0x43, 0xed, 0x03,
	0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba, 0xbd, 0xdf,
	0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54, 0xa8, 0xc5
};

static const uint8_t sgx_fmspc[6] = { 0x00, 0x60, 0x6a, 0x00, 0x00, 0x00 };
static const uint8_t tdx_fmspc[6] = { 0x90, 0xc0, 0x6f, 0x00, 0x00, 0x00 };

/* What the platform has, and what the first level wants. */
static const int platform_svns[16] = { 8, 8, 2, 2, 4, 1, 0, 6 };
static const int tdx_svns[16] = { 3, 1, 8 };
#define PCE_SVN 13
#define QE_ISV_SVN 8
#define TD_QE_ISV_SVN 4

static bool
kind_is_tdx(enum mint_kind kind)
{
	return kind == MINT_TDX_V4 || kind == MINT_TDX10_V5 ||
	    kind == MINT_TDX15_V5;
}

/* A value that is recognised in a dump: first, first + 1, … */
static void
fill(uint8_t *ptr, size_t len, uint8_t first)
{
	size_t i;

	for (i = 0; i < len; i++)
		ptr[i] = (uint8_t)(first + i);
}

static struct mint_name
intel_name(const char *cn)
{
	return (struct mint_name){
		.cn = cn,
		.o = "Intel Corporation",
		.l = "Santa Clara",
		.st = "CA",
		.c = "US",
		.tag = MINT_DER_UTF8_STRING
	};
}

static void
cert_init(struct mint_cert *cert, const char *cn, enum mint_key key,
    uint8_t serial)
{
	*cert = (struct mint_cert){
		.key = key,
		.signer = MINT_KEY_ROOT,
		.subject = intel_name(cn),
		.issuer = intel_name("Intel SGX Root CA"),
		.serial_len = 20,
		.version = 3,
		.has_authority_key_id = true,
		.authority_key = MINT_KEY_ROOT,
		.crl_url = ROOT_CRL_URL,
		.has_subject_key_id = true,
		.has_key_usage = true,
		.key_usage_critical = true,
		.has_basic_constraints = true,
		.basic_constraints_critical = true,
		.path_len = -1,
		.sgx_extension_critical = false
	};
	/* 20 octets, the first neither zero nor with its highest bit set. */
	fill(cert->serial, cert->serial_len, serial);
}

static void
cert_init_ca(struct mint_cert *cert, const char *cn, enum mint_key key,
    uint8_t serial, int path_len)
{
	cert_init(cert, cn, key, serial);
	cert->not_before = AT_2018_05_21;
	cert->not_after = AT_2033_05_21;
	cert->key_usage = MINT_KEY_CERT_SIGN | MINT_CRL_SIGN;
	cert->is_ca = true;
	cert->path_len = path_len;
}

static void
cert_init_signer(struct mint_cert *cert, enum mint_key key, uint8_t serial)
{
	cert_init(cert, "Intel SGX TCB Signing", key, serial);
	cert->not_before = AT_2025_05_06;
	cert->not_after = AT_2032_05_06;
	cert->key_usage = MINT_DIGITAL_SIGNATURE | MINT_NON_REPUDIATION;
}

static void
certs_init(struct mint_spec *spec)
{
	struct mint_cert *certs = spec->certs;
	struct mint_cert *pck = &certs[MINT_CERT_PCK];

	cert_init_ca(&certs[MINT_CERT_ROOT], "Intel SGX Root CA",
	    MINT_KEY_ROOT, 0x10, 1);
	certs[MINT_CERT_ROOT].not_after = AT_2049_12_31;
	certs[MINT_CERT_OTHER_ROOT] = certs[MINT_CERT_ROOT];
	certs[MINT_CERT_OTHER_ROOT].key = MINT_KEY_OTHER_ROOT;
	certs[MINT_CERT_OTHER_ROOT].signer = MINT_KEY_OTHER_ROOT;
	certs[MINT_CERT_OTHER_ROOT].authority_key = MINT_KEY_OTHER_ROOT;

	cert_init(pck, "Intel SGX PCK Certificate", MINT_KEY_PCK, 0x30);
	pck->not_before = AT_2024_03_20;
	pck->not_after = AT_2031_03_20;
	pck->key_usage = MINT_DIGITAL_SIGNATURE | MINT_NON_REPUDIATION;
	pck->num_sgx_extensions = 1;

	cert_init_signer(&certs[MINT_CERT_TCB_SIGNING], MINT_KEY_TCB_SIGNING,
	    0x40);
	cert_init_signer(&certs[MINT_CERT_SPARE], MINT_KEY_SPARE, 0x50);
}

static void
crl_init(struct mint_crl *crl, enum mint_key signer, const char *issuer)
{
	*crl = (struct mint_crl){
		.signer = signer,
		.issuer = intel_name(issuer),
		.version = 2,
		.has_next_update = true,
		.revoked_at = AT_2025_05_06,
		.reason_code = 1,
		.has_crl_number = true,
		.crl_number = 1,
		.has_authority_key_id = true,
		.authority_key = signer
	};
}

static void
pck_init(struct mint_pck *pck, const uint8_t fmspc[static 6])
{
	*pck = (struct mint_pck){
		.ppid_len = 16,
		.pce_svn = PCE_SVN,
		.cpu_svn_len = 16,
		.pce_id_len = 2,
		.fmspc_len = 6,
		.platform_instance_id_len = 16,
		.dynamic_platform = true,
		.cached_keys = true,
		.smt_enabled = true,
		.num_tcb_members = 18,
		.num_config_members = 3,
		.tags = {
			0,
			MINT_DER_OCTET_STRING,
			MINT_DER_SEQUENCE,
			MINT_DER_OCTET_STRING,
			MINT_DER_OCTET_STRING,
			MINT_DER_ENUMERATED,
			MINT_DER_OCTET_STRING,
			MINT_DER_SEQUENCE
		}
	};
	size_t i;

	fill(pck->ppid, 16, 0xa0);
	fill(pck->platform_instance_id, 16, 0xc0);
	memcpy(pck->components, platform_svns, sizeof(pck->components));
	for (i = 0; i < 16; i++)
		pck->cpu_svn[i] = (uint8_t)platform_svns[i];
	memcpy(pck->fmspc, fmspc, 6);
	fill(pck->members, 7, 1);
	fill(pck->tcb_members, 18, 1);
	fill(pck->config_members, 3, 1);
}

void
mint_spec_set_ca(struct mint_spec *spec, enum mint_ca ca)
{
	static const char *const names[] = {
		[MINT_PLATFORM] = "Intel SGX PCK Platform CA",
		[MINT_PROCESSOR] = "Intel SGX PCK Processor CA"
	};
	static const char *const urls[] = {
		[MINT_PLATFORM] = PCK_CRL_URL "?ca=platform&encoding=der",
		[MINT_PROCESSOR] = PCK_CRL_URL "?ca=processor&encoding=der"
	};
	static const enum mint_key keys[] = {
		[MINT_PLATFORM] = MINT_KEY_PLATFORM_CA,
		[MINT_PROCESSOR] = MINT_KEY_PROCESSOR_CA
	};
	static const uint8_t serials[] = {
		[MINT_PLATFORM] = 0x20,
		[MINT_PROCESSOR] = 0x28
	};
	enum mint_ca other = ca == MINT_PLATFORM ? MINT_PROCESSOR :
	    MINT_PLATFORM;
	struct mint_cert *pck = &spec->certs[MINT_CERT_PCK];
	struct mint_cert *mine = &spec->certs[MINT_CERT_CA];
	time_t not_before = mine->not_before, not_after = mine->not_after;

	spec->ca = ca;
	cert_init_ca(mine, names[ca], keys[ca], serials[ca], 0);
	if (not_after != 0) { /* they stay when the CA is changed */
		mine->not_before = not_before;
		mine->not_after = not_after;
	}
	spec->certs[MINT_CERT_OTHER_CA] = *mine;
	spec->certs[MINT_CERT_OTHER_CA].key = keys[other];
	spec->certs[MINT_CERT_OTHER_CA].subject = intel_name(names[other]);
	fill(spec->certs[MINT_CERT_OTHER_CA].serial, 20, serials[other]);
	pck->signer = pck->authority_key = keys[ca];
	pck->issuer = intel_name(names[ca]);
	pck->crl_url = urls[ca];
	spec->pck_crl.signer = spec->pck_crl.authority_key = keys[ca];
	spec->pck_crl.issuer = intel_name(names[ca]);
	/* Scalable platforms have all seven members, client processors five. */
	spec->pck.num_members = ca == MINT_PLATFORM ? 7 : 5;
	spec->pck.sgx_type = ca == MINT_PLATFORM ? 1 : 0;
}

void
mint_spec_set_fmspc(struct mint_spec *spec, const uint8_t fmspc[static 6])
{
	memcpy(spec->pck.fmspc, fmspc, 6);
	memcpy(spec->tcb_info.fmspc, fmspc, 6);
}

static void
isv_level_init(struct mint_isv_level *level, long isv_svn, const char *status,
    time_t date, const char *advisory_id)
{
	*level = (struct mint_isv_level){
		.isv_svn = isv_svn,
		.tcb_date = date,
		.tcb_status = status,
		.num_advisory_ids = advisory_id != NULL ? 1 : -1,
		.advisory_ids = { advisory_id }
	};
}

/* A level that wants `less` of the first component than the platform has. */
static void
tcb_level_init(struct mint_tcb_level *level, bool is_tdx, int less,
    long pce_svn, const char *status, time_t date, const char *advisory_id)
{
	*level = (struct mint_tcb_level){
		.num_components = 16,
		.pce_svn = pce_svn,
		.num_tdx_components = is_tdx ? 16 : -1,
		.tcb_date = date,
		.tcb_status = status,
		.num_advisory_ids = advisory_id != NULL ? 1 : -1,
		.advisory_ids = { advisory_id }
	};
	memcpy(level->components, platform_svns, sizeof(platform_svns));
	level->components[0] -= less;
	level->components[1] -= less;
	memcpy(level->tdx_components, tdx_svns, sizeof(tdx_svns));
}

static void
tdx_module_init(struct mint_tdx_module *module, const char *id, long isv_svn)
{
	*module = (struct mint_tdx_module){ .id = id, .num_levels = 2 };
	memset(module->attributes_mask, 0xff, sizeof(module->attributes_mask));
	isv_level_init(&module->levels[0], isv_svn, "UpToDate", AT_2025_05_14,
	    NULL);
	isv_level_init(&module->levels[1], isv_svn - 1, "OutOfDate",
	    AT_2023_08_09, "INTEL-SA-01036");
}

static void
tcb_info_init(struct mint_tcb_info *info, bool is_tdx,
    const uint8_t fmspc[static 6])
{
	*info = (struct mint_tcb_info){
		.signer = MINT_KEY_TCB_SIGNING,
		.id = is_tdx ? "TDX" : "SGX",
		.version = 3,
		.tcb_evaluation_data_number = 19,
		.has_tdx_module = is_tdx,
		.num_tdx_module_identities = is_tdx ? 2 : -1,
		.num_levels = 3
	};
	memcpy(info->fmspc, fmspc, 6);
	tdx_module_init(&info->tdx_module, NULL, 0);
	tdx_module_init(&info->tdx_module_identities[0], "TDX_03", 3);
	tdx_module_init(&info->tdx_module_identities[1], "TDX_01", 3);
	tcb_level_init(&info->levels[0], is_tdx, 0, PCE_SVN, "UpToDate",
	    AT_2025_05_14, NULL);
	tcb_level_init(&info->levels[1], is_tdx, 1, PCE_SVN, "OutOfDate",
	    AT_2024_03_13, "INTEL-SA-00960");
	tcb_level_init(&info->levels[2], is_tdx, 3, 5, "OutOfDate",
	    AT_2023_08_09, "INTEL-SA-00615");
}

static void
qe_identity_init(struct mint_qe_identity *identity, bool is_tdx)
{
	long isv_svn = is_tdx ? TD_QE_ISV_SVN : QE_ISV_SVN;

	*identity = (struct mint_qe_identity){
		.signer = MINT_KEY_TCB_SIGNING,
		.id = is_tdx ? "TD_QE" : "QE",
		.version = 2,
		.tcb_evaluation_data_number = 19,
		.miscselect_mask = { 0xff, 0xff, 0xff, 0xff },
		.attributes = { 0x11 },
		/* All flags but MODE64, no XFRM. */
		.attributes_mask = { 0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff },
		.isv_prod_id = is_tdx ? 2 : 1,
		.num_levels = 2
	};
	memcpy(identity->mrsigner, is_tdx ? td_qe_mrsigner : qe_mrsigner, 32);
	isv_level_init(&identity->levels[0], isv_svn, "UpToDate",
	    AT_2024_03_13, NULL);
	isv_level_init(&identity->levels[1], isv_svn - 2, "OutOfDate",
	    AT_2023_08_09, "INTEL-SA-00615");
}

static void
enclave_report_init(struct mint_enclave_report *r)
{
	size_t i;

	*r = (struct mint_enclave_report){
		.attributes = { 0x05, 0, 0, 0, 0, 0, 0, 0, 0xe7 },
		.isv_prod_id = 1,
		.isv_svn = 2
	};
	for (i = 0; i < 16; i++)
		r->cpu_svn[i] = (uint8_t)platform_svns[i];
	fill(r->mrenclave, sizeof(r->mrenclave), 0x21);
	fill(r->mrsigner, sizeof(r->mrsigner), 0x61);
	fill(r->report_data, sizeof(r->report_data), 0x01);
}

static void
qe_report_init(struct mint_enclave_report *r, bool is_tdx)
{
	enclave_report_init(r);
	r->attributes[0] = 0x15;
	fill(r->mrenclave, sizeof(r->mrenclave), 0x91);
	memcpy(r->mrsigner, is_tdx ? td_qe_mrsigner : qe_mrsigner, 32);
	r->isv_prod_id = is_tdx ? 2 : 1;
	r->isv_svn = is_tdx ? TD_QE_ISV_SVN : QE_ISV_SVN;
	memset(r->report_data, 0, sizeof(r->report_data));
}

static void
td_report_init(struct mint_td_report *r)
{
	size_t i;

	*r = (struct mint_td_report){
		.td_attributes = { 0, 0, 0, 0x10 }, /* SEPT_VE_DISABLE */
		.xfam = { 0xe7, 0x02, 0x06 }
	};
	for (i = 0; i < 16; i++)
		r->tee_tcb_svn[i] = r->tee_tcb_svn2[i] = (uint8_t)tdx_svns[i];
	fill(r->mrseam, sizeof(r->mrseam), 0x11);
	fill(r->mrtd, sizeof(r->mrtd), 0x31);
	for (i = 0; i < 3; i++) /* the fourth is the workload's, unused */
		fill(r->rtmr[i], sizeof(r->rtmr[i]), (uint8_t)(0x71 + i));
	fill(r->report_data, sizeof(r->report_data), 0x01);
}

static void
quote_init(struct mint_quote *q, enum mint_kind kind)
{
	static const uint16_t versions[] = { 3, 4, 4, 5, 5, 5 };
	bool is_tdx = kind_is_tdx(kind);

	*q = (struct mint_quote){
		.version = versions[kind],
		.att_key_type = 2,
		.tee_type = is_tdx ? 0x81 : 0,
		.attest_key = MINT_KEY_ATTEST,
		.signer = MINT_KEY_ATTEST,
		.qe_report_signer = MINT_KEY_PCK,
		.qe_auth_data_len = 32,
		.outer_type = 6,
		.cert_data_type = 5
	};
	if (q->version == 3) {
		q->qe_svn = QE_ISV_SVN;
		q->pce_svn = PCE_SVN;
	}
	memcpy(q->qe_vendor_id, intel_qe_vendor_id, 16);
	fill(q->user_data, 16, 0xd0);
	q->has_descriptor = q->version == 5;
	q->has_outer = q->version >= 4;
	q->body = !is_tdx ? MINT_BODY_ENCLAVE :
	    kind == MINT_TDX15_V5 ? MINT_BODY_TD15 : MINT_BODY_TD10;
	q->body_type = (uint16_t)(q->body + 1);
	enclave_report_init(&q->enclave);
	td_report_init(&q->td);
	qe_report_init(&q->qe_report, is_tdx);
}

static void
chain_init(struct mint_chain *chain, enum mint_cert_id first,
    enum mint_cert_id second, enum mint_cert_id third, int num_certs)
{
	*chain = (struct mint_chain){
		.certs = { first, second, third },
		.num_certs = num_certs,
		.prefix = "",
		.separator = "",
		.suffix = ""
	};
}

static void
dates_init(struct mint_spec *spec, time_t now, int days)
{
	time_t from = now - DAYS_SINCE_ISSUE * MINT_DAY;
	time_t until = now + days * MINT_DAY;
	struct mint_cert *cert;
	size_t i;

	spec->now = now;
	spec->root_crl.this_update = spec->pck_crl.this_update = from;
	spec->root_crl.next_update = spec->pck_crl.next_update = until;
	spec->tcb_info.issue_date = spec->qe_identity.issue_date = from;
	spec->tcb_info.next_update = spec->qe_identity.next_update = until;
	for (i = 0; i < MINT_CERT__MAX; i++) {
		cert = &spec->certs[i];
		if (cert->not_before > from)
			cert->not_before = from;
		if (cert->not_after < until)
			cert->not_after = until;
	}
}

void
mint_spec_set_now(struct mint_spec *spec, time_t now, int days)
{
	dates_init(spec, now, days);
}

void
mint_spec_init(struct mint_spec *spec, enum mint_kind kind)
{
	const uint8_t *fmspc = kind_is_tdx(kind) ? tdx_fmspc : sgx_fmspc;

	if ((unsigned)kind >= MINT_KIND__MAX)
		mint_die("no kind %d", (int)kind);
	*spec = (struct mint_spec){
		.kind = kind,
		.trusted_root = MINT_CERT_ROOT
	};
	certs_init(spec);
	crl_init(&spec->root_crl, MINT_KEY_ROOT, "Intel SGX Root CA");
	crl_init(&spec->pck_crl, MINT_KEY_PLATFORM_CA, "");
	spec->pck_crl.num_strangers = 2;
	pck_init(&spec->pck, fmspc);
	mint_spec_set_ca(spec, MINT_PLATFORM);
	tcb_info_init(&spec->tcb_info, kind_is_tdx(kind), fmspc);
	qe_identity_init(&spec->qe_identity, kind_is_tdx(kind));
	quote_init(&spec->quote, kind);
	chain_init(&spec->pck_chain, MINT_CERT_PCK, MINT_CERT_CA,
	    MINT_CERT_ROOT, 3);
	chain_init(&spec->pck_crl_chain, MINT_CERT_CA, MINT_CERT_ROOT, 0, 2);
	chain_init(&spec->tcb_info_chain, MINT_CERT_TCB_SIGNING,
	    MINT_CERT_ROOT, 0, 2);
	chain_init(&spec->qe_identity_chain, MINT_CERT_TCB_SIGNING,
	    MINT_CERT_ROOT, 0, 2);
	dates_init(spec, MINT_NOW, DAYS_VALID);
}

void
mint_spec_patch(struct mint_spec *spec, enum mint_part part,
    enum mint_stage stage, long at, const char *bytes)
{
	size_t i;

	for (i = 0; i < MINT_PATCHES_MAX; i++) {
		if (spec->patches[i].bytes != NULL)
			continue;
		spec->patches[i] = (struct mint_patch){ part, stage, at,
		    bytes };
		return;
	}
	mint_die("more than %d patches", MINT_PATCHES_MAX);
}
