#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

/* Intel's QE vendor id, 939a7233-f79c-4ca9-940a-0db3957f0607. */
static const uint8_t intel_qe_vendor[16] = {
	0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
	0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07
};

#define ATTRIBUTE_DEBUG 0x02 /* SGX: first byte of ATTRIBUTES */

/* TDATTRIBUTES (Intel TDX Module ABI, 3.4.1), as one little-endian number. */
#define TD_DEBUG (UINT64_C(1) << 0)
#define TD_LASS (UINT64_C(1) << 27)
#define TD_SEPT_VE_DISABLE (UINT64_C(1) << 28)
#define TD_MIGRATABLE (UINT64_C(1) << 29)
#define TD_PKS (UINT64_C(1) << 30)
#define TD_KL (UINT64_C(1) << 31)
#define TD_PERFMON (UINT64_C(1) << 63)

/* What one verification stands on, handed from check to check. */
struct judgement {
	const struct quote *q;
	const struct collateral *c;
	const struct trust *trust;
	time_t at;
	struct pck_chain chain;
	const struct platform_level *platform;
	const struct tcb_level *module; /* NULL: SGX, or version 0 */
	const struct tcb_level *qe;
};

/* The PCK chain in the quote, up to the trust anchor. */
static int
read_chain(struct pck_chain *chain, const struct quote *q,
    const struct trust *trust, struct fault *f)
{
	if (q->cert_data_type != CERT_DATA_PCK_CHAIN)
		return fault_set(f, FAULT_MISSING_CERTIFICATES,
		    "certification data: want type %d (PCK chain), have %u",
		    CERT_DATA_PCK_CHAIN, q->cert_data_type);
	if (bytes_is_zero(q->cert_data))
		return fault_set(f, FAULT_MISSING_CERTIFICATES,
		    "certification data: the PCK chain is empty");
	return pck_chain_read(chain, q->cert_data, trust, f);
}

static int
check_vendor(const struct quote *q, struct fault *f)
{
	if (!bytes_equal(BYTES_OF(q->header.qe_vendor),
		BYTES_OF(intel_qe_vendor)))
		return fault_set(f, FAULT_UNSUPPORTED_QUOTE,
		    "quote header: QE vendor id is not Intel's");
	return 0;
}

/* Good collateral, checked against the same anchor as the quote. */
static int
check_collateral(const struct judgement *j, struct fault *f)
{
	const struct collateral *c = j->c;

	if (c->fault.code != FAULT_NONE) {
		*f = c->fault;
		return -1;
	}
	if (!trust_equal(&c->trust, j->trust))
		return fault_set(f, FAULT_UNTRUSTED_ROOT,
		    "collateral: checked against another trust anchor");
	return 0;
}

static int
check_times(const struct judgement *j, struct fault *f)
{
	const struct collateral_period periods[] = {
		{ "PCK chain's root", FAULT_CERTIFICATE_EXPIRED,
		    j->chain.root.validity },
		{ "PCK chain's CA", FAULT_CERTIFICATE_EXPIRED,
		    j->chain.ca.validity },
		{ "PCK certificate", FAULT_CERTIFICATE_EXPIRED,
		    j->chain.leaf.validity },
	};
	size_t i;

	for (i = 0; i < sizeof(periods) / sizeof(periods[0]); i++)
		if (collateral_period_check(&periods[i], j->at, f) < 0)
			return -1;
	return collateral_check_time(j->c, j->at, f);
}

/* The PCK CRL is that of the CA which issued this very leaf. */
static int
check_revocation(const struct judgement *j, struct fault *f)
{
	const struct cert *ca = &j->chain.ca, *root = &j->chain.root;
	const struct cert *crl_issuer = &j->c->pck_crl_issuer.signer;

	if (!name_equal(&ca->subject, &crl_issuer->subject) ||
	    memcmp(ca->key, crl_issuer->key, sizeof(ca->key)) != 0)
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "PCK CRL: of \"%s\", and the quote's chain has \"%s\"",
		    crl_issuer->common_name, ca->common_name);
	if (crl_has(&j->c->root_ca_crl, &root->serial))
		return fault_set(f, FAULT_CERTIFICATE_REVOKED,
		    "\"%s\": its serial number is on its own CRL",
		    root->common_name);
	if (crl_has(&j->c->root_ca_crl, &ca->serial))
		return fault_set(f, FAULT_CERTIFICATE_REVOKED,
		    "\"%s\": its serial number is on the root's CRL",
		    ca->common_name);
	if (crl_has(&j->c->pck_crl, &j->chain.leaf.serial))
		return fault_set(f, FAULT_CERTIFICATE_REVOKED,
		    "PCK certificate: its serial number is on the CRL of "
		    "\"%s\"", ca->common_name);
	return 0;
}

/* The documents are those of this TEE and this platform. */
static int
check_platform(const struct judgement *j, struct fault *f)
{
	const struct tcb_info *t = &j->c->tcb_info;
	const struct pck *pck = &j->chain.pck;
	char want[2 * FMSPC_LEN + 1], have[2 * FMSPC_LEN + 1];

	if (t->tee != j->q->tee || j->c->qe_identity.tee != j->q->tee)
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "collateral: want %s, have %s", tee_name(j->q->tee),
		    tee_name(t->tee));
	if (memcmp(t->fmspc, pck->fmspc, sizeof(t->fmspc)) != 0) {
		hex_encode(want, BYTES_OF(pck->fmspc));
		hex_encode(have, BYTES_OF(t->fmspc));
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "TCB info: FMSPC: want %s, have %s", want, have);
	}
	if (memcmp(t->pce_id, pck->pce_id, sizeof(t->pce_id)) != 0) {
		hex_encode(want, BYTES_OF(pck->pce_id));
		hex_encode(have, BYTES_OF(t->pce_id));
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "TCB info: PCE ID: want %s, have %s", want, have);
	}
	return 0;
}

/* The PCK signs the QE's report, and the report names the attestation key. */
static int
check_qe_report(const struct judgement *j, struct fault *f)
{
	const struct quote *q = j->q;
	const struct bytes bound[] = { BYTES_OF(q->attest_key),
		q->qe_auth_data };
	uint8_t digest[SHA256_LEN];
	bool good;

	if (ecdsa_verify(&good, j->chain.leaf.key, q->qe_report_raw,
		q->qe_report_signature, f) < 0)
		return -1;
	if (!good)
		return fault_set(f, FAULT_BAD_QE_REPORT,
		    "QE report: signature: not by the PCK certificate's key");
	if (sha256(bound, 2, digest, f) < 0)
		return -1;
	if (memcmp(q->qe_report.reportdata, digest, sizeof(digest)) != 0)
		return fault_set(f, FAULT_BAD_QE_REPORT,
		    "QE report: REPORTDATA: not the digest of this "
		    "attestation key and authentication data");
	return 0;
}

static int
check_signature(const struct judgement *j, struct fault *f)
{
	bool good;

	if (ecdsa_verify(&good, j->q->attest_key, j->q->signed_part,
		j->q->signature, f) < 0)
		return -1;
	if (!good)
		return fault_set(f, FAULT_BAD_QUOTE_SIGNATURE,
		    "quote: signature: not by its attestation key");
	return 0;
}

static const struct td_report *
td_report(const struct judgement *j)
{
	return j->q->tee == TEE_TDX ? &j->q->td_report : NULL;
}

static int
match_platform_level(struct judgement *j, struct fault *f)
{
	j->platform = tcb_info_match(&j->c->tcb_info, &j->chain.pck,
	    td_report(j));
	if (j->platform == NULL)
		return fault_set(f, FAULT_TCB_NOT_FOUND,
		    "TCB: the platform is below every level that Intel "
		    "lists for its FMSPC");
	return 0;
}

static int
match_module_level(struct judgement *j, struct fault *f)
{
	if (td_report(j) == NULL)
		return 0;
	return tcb_info_match_module(&j->c->tcb_info, td_report(j),
	    &j->module, f);
}

/* All that must hold for a quote to be genuine, cheap and outer first. */
static int
check_genuine(struct judgement *j, struct fault *f)
{
	if (check_vendor(j->q, f) < 0 ||
	    read_chain(&j->chain, j->q, j->trust, f) < 0 ||
	    check_collateral(j, f) < 0 ||
	    check_revocation(j, f) < 0 ||
	    check_times(j, f) < 0 ||
	    check_platform(j, f) < 0 ||
	    check_qe_report(j, f) < 0 ||
	    qe_identity_match(&j->c->qe_identity, &j->q->qe_report, &j->qe,
		f) < 0 ||
	    check_signature(j, f) < 0 ||
	    match_module_level(j, f) < 0 ||
	    match_platform_level(j, f) < 0)
		return -1;
	return 0;
}

static time_t
earlier(time_t a, time_t b)
{
	return a < b ? a : b;
}

/* Status, advisories and date of platform, TDX module and QE together. */
static void
merge_levels(struct verdict *v, const struct judgement *j)
{
	const struct tcb_level *platform = &j->platform->level;

	v->tcb_status = platform->status;
	v->tcb_date = earlier(platform->tcb_date, j->qe->tcb_date);
	advisories_add(&v->advisories, platform);
	if (j->module != NULL) {
		v->tcb_status = tcb_status_merge(v->tcb_status,
		    j->module->status);
		v->tcb_date = earlier(v->tcb_date, j->module->tcb_date);
		advisories_add(&v->advisories, j->module);
	}
	v->tcb_status = tcb_status_merge(v->tcb_status, j->qe->status);
	advisories_add(&v->advisories, j->qe);
}

static bool
is_configuration_status(enum tcb_status s)
{
	return s == TCB_CONFIGURATION_NEEDED ||
	    s == TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
	    s == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

/*
 * Is the running TDX module (TEE_TCB_SVN2) current, though the TD was started
 * under an older one? Starting it anew would mend its TCB then.
 */
static bool
running_module_is_current(const struct tcb_info *t,
    const struct td_report *td)
{
	const struct platform_level *newest = &t->levels[0];
	const uint8_t *svn2 = td->tee_tcb_svn2;
	const struct tdx_module *m;

	if (svn2[2] < newest->tdx_components[2])
		return false;
	if (svn2[1] == 0)
		return svn2[0] >= newest->tdx_components[0];
	m = tcb_info_find_module(t, svn2[1]);
	return m != NULL && svn2[0] >= m->levels.levels[0].isvsvn;
}

/*
 * Intel's TDRelaunchAdvised and TDRelaunchAdvisedConfigurationNeeded. They
 * count as OutOfDate here; the sentence tells what would help.
 */
static const char *
relaunch_advice(const struct judgement *j, const struct verdict *v)
{
	const struct platform_level *sgx;

	if (j->q->body_type != BODY_TD_REPORT15 ||
	    j->qe->status != TCB_UP_TO_DATE || j->module == NULL ||
	    j->module->status != TCB_OUT_OF_DATE ||
	    (v->tcb_status != TCB_OUT_OF_DATE &&
		v->tcb_status != TCB_OUT_OF_DATE_CONFIGURATION_NEEDED))
		return NULL;
	sgx = tcb_info_match(&j->c->tcb_info, &j->chain.pck, NULL);
	if (sgx == NULL || sgx->level.status < TCB_UP_TO_DATE ||
	    sgx->level.status > TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
	    !running_module_is_current(&j->c->tcb_info, &j->q->td_report))
		return NULL;
	return is_configuration_status(v->tcb_status) ||
	    is_configuration_status(sgx->level.status) ?
	    "; TD relaunch advised, and configuration needed: the TDX "
	    "module running now is current, the one at launch was not" :
	    "; TD relaunch advised: the TDX module running now is current, "
	    "the one at launch was not";
}

static uint64_t
td_attributes(const struct td_report *td)
{
	uint64_t n = 0;
	int i;

	for (i = 7; i >= 0; i--)
		n = n << 8 | td->tdattributes[i];
	return n;
}

static int
appraise_debug(const struct quote *q, struct fault *f)
{
	bool debug = q->tee == TEE_SGX ?
	    (q->enclave_report.attributes[0] & ATTRIBUTE_DEBUG) != 0 :
	    (td_attributes(&q->td_report) & TD_DEBUG) != 0;

	if (debug)
		return fault_set(f, FAULT_DEBUG_ENABLED,
		    "%s: DEBUG is on: the host can read its memory",
		    q->tee == TEE_SGX ? "enclave" : "TD");
	return 0;
}

static int
appraise_td(const struct quote *q, struct fault *f)
{
	const struct td_report *td = &q->td_report;
	uint64_t attributes = td_attributes(td);
	uint64_t known = TD_SEPT_VE_DISABLE | TD_PKS | TD_KL | TD_PERFMON;

	if (q->tee != TEE_TDX)
		return 0;
	/* Reserved in TDX 1.0 (verification of a 1.0 body cannot see a
	 * migration TD, so a migratable one must not pass). */
	if (q->body_type == BODY_TD_REPORT15)
		known |= TD_LASS | TD_MIGRATABLE;
	if ((attributes & ~known) != 0)
		return fault_set(f, FAULT_TD_ATTRIBUTES,
		    "TD: TDATTRIBUTES: reserved bits %016llx are on",
		    (unsigned long long)(attributes & ~known));
	if ((attributes & TD_SEPT_VE_DISABLE) == 0)
		return fault_set(f, FAULT_TD_ATTRIBUTES,
		    "TD: TDATTRIBUTES: SEPT_VE_DISABLE is off");
	if (!bytes_is_zero(BYTES_OF(td->mrservicetd)))
		return fault_set(f, FAULT_SERVICE_TD,
		    "TD: MRSERVICETD: a service TD is bound to it");
	return 0;
}

static int
appraise_status(const struct judgement *j, const struct verdict *v,
    const struct policy *policy, struct fault *f)
{
	const char *advice = relaunch_advice(j, v);

	if (v->tcb_status == TCB_REVOKED)
		return fault_set(f, FAULT_TCB_STATUS,
		    "TCB status: Intel has revoked this TCB level");
	if (v->tcb_status == TCB_STATUS_UNKNOWN ||
	    !policy->accepts[v->tcb_status])
		return fault_set(f, FAULT_TCB_STATUS,
		    "TCB status: %s is not one that the policy accepts%s",
		    tcb_status_name(v->tcb_status),
		    advice == NULL ? "" : advice);
	if (advice != NULL)
		fault_set(f, FAULT_NONE, "TCB status: %s%s",
		    tcb_status_name(v->tcb_status), advice);
	return 0;
}

static int
judge(struct verdict *v, struct judgement *j, const struct policy *policy,
    struct fault *f)
{
	if (check_genuine(j, f) < 0)
		return -1;
	merge_levels(v, j);
	if (appraise_debug(j->q, f) < 0 || appraise_td(j->q, f) < 0 ||
	    appraise_status(j, v, policy, f) < 0)
		return -1;
	return 0;
}

/* When the evidence runs out, as far as it could be read. */
static time_t
find_end(const struct judgement *j)
{
	time_t end;

	if (j->c->fault.code != FAULT_NONE || j->chain.leaf.der_len == 0)
		return 0;
	end = earlier(j->c->expires_at, j->chain.leaf.validity.not_after);
	end = earlier(end, j->chain.ca.validity.not_after);
	return earlier(end, j->chain.root.validity.not_after);
}

int
verify_quote(struct verdict *v, const struct quote *q,
    const struct collateral *c, const struct trust *trust,
    const struct policy *policy, time_t at, struct fault *f)
{
	struct judgement *j = calloc(1, sizeof(*j));
	int r;

	if (j == NULL)
		return fault_set_memory(f);
	memset(v, 0, sizeof(*v));
	v->verified_at = at;
	j->q = q;
	j->c = c;
	j->trust = trust;
	j->at = at;
	v->verified = judge(v, j, policy, &v->fault) == 0;
	if (c->fault.code == FAULT_NONE) {
		v->tcb_evaluation_data_number =
		    c->tcb_info.tcb_evaluation_data_number;
		if (c->qe_identity.tcb_evaluation_data_number <
		    v->tcb_evaluation_data_number)
			v->tcb_evaluation_data_number =
			    c->qe_identity.tcb_evaluation_data_number;
	}
	v->expires_at = find_end(j);
	free(j);
	r = v->fault.code == FAULT_INTERNAL ? -1 : 0;
	if (r < 0) {
		v->verified = false;
		*f = v->fault;
	}
	return r;
}

void
verdict_set_refused(struct verdict *v, const struct fault *why, time_t at)
{
	memset(v, 0, sizeof(*v));
	v->fault = *why;
	v->verified_at = at;
}

int
verify_read_pck(struct pck *out, const struct quote *q,
    const struct trust *trust, struct fault *f)
{
	struct pck_chain *chain = malloc(sizeof(*chain));
	int r;

	if (chain == NULL)
		return fault_set_memory(f);
	r = read_chain(chain, q, trust, f);
	if (r == 0)
		*out = chain->pck;
	free(chain);
	return r;
}

int
verify_content_sha256(const struct quote *q,
    uint8_t out[static SHA256_LEN], struct fault *f)
{
	const struct bytes runs[] = { q->signed_part, q->qe_report_raw };

	return sha256(runs, 2, out, f);
}

int
policy_read(struct policy *p, const char *list, struct fault *f)
{
	struct bytes in = bytes_of_string(list), name, comma;
	enum tcb_status status;
	size_t len;

	memset(p, 0, sizeof(*p));
	do {
		for (len = 0; len < in.len && in.ptr[len] != ','; len++)
			continue;
		if (!bytes_take(&in, &name, len))
			return fault_set(f, FAULT_INTERNAL, "policy: layout");
		status = tcb_status_from_name(name);
		if (status == TCB_STATUS_UNKNOWN || status == TCB_REVOKED)
			return fault_set(f, FAULT_INTERNAL,
			    "policy: want TCB statuses with commas between "
			    "them, such as " POLICY_DEFAULT "; Revoked is "
			    "never accepted");
		p->accepts[status] = true;
	} while (bytes_take(&in, &comma, 1));
	return 0;
}

void
policy_format(const struct policy *p, char *out, size_t size)
{
	size_t len = 0;
	int i;

	out[0] = '\0';
	for (i = TCB_UP_TO_DATE; i < TCB_STATUS__MAX; i++)
		if (p->accepts[i] && len < size)
			len += (size_t)snprintf(out + len, size - len, "%s%s",
			    len == 0 ? "" : ",", tcb_status_name(i));
}
