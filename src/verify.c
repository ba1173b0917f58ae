#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

/* Intel's QE vendor id, 939a7233-f79c-4ca9-940a-0db3957f0607. */
static const uint8_t intel_qe_vendor[16] = {
	0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
	0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07
};

/* What one verification stands on, handed from check to check. */
struct judgement {
	const struct quote *q;
	const struct collateral *c;
	const struct trust *trust;
	struct known *known; /* may be NULL */
	const struct pck_chain *chain; /* NULL: not read */
	struct pck_chain own; /* where it is not known */
	bool is_signed; /* every signature holds, down to the quote's */
	const struct platform_level *platform;
	const struct isv_level *module; /* NULL: SGX, or version 0 */
	const struct isv_level *qe;
};

/*
 * The PCK chain in the quote, up to the trust anchor.
 *
 * own	filled where the chain is not known
 */
static int
read_chain(const struct pck_chain **out, struct pck_chain *own,
    const struct quote *q, const struct trust *trust, struct known *known,
    struct fault *f)
{
	const struct pck_chain *found;
	uint8_t digest[SHA256_LEN];

	if (q->cert_data_type != CERT_DATA_PCK_CHAIN)
		return fault_set(f, FAULT_MISSING_CERTIFICATES,
		    "certification data: want type %d (PCK chain), have %u",
		    CERT_DATA_PCK_CHAIN, q->cert_data_type);
	if (bytes_is_zero(q->cert_data))
		return fault_set(f, FAULT_MISSING_CERTIFICATES,
		    "certification data: the PCK chain is empty");
	*out = own;
	if (known == NULL)
		return pck_chain_read(own, q->cert_data, trust, NULL, f);
	if (sha256(&q->cert_data, 1, digest, f) < 0)
		return -1;
	found = known_find_chain(known, digest);
	if (found != NULL) {
		*out = found;
		return 0;
	}
	if (pck_chain_read(own, q->cert_data, trust, known_issuers(known),
		f) < 0)
		return -1;
	known_add_chain(known, digest, own);
	return 0;
}

/* Facts about another anchor are of no use. */
static struct known *
known_of(struct known *known, const struct trust *trust)
{
	return known != NULL && known_is_of(known, trust) ? known : NULL;
}

static int
check_vendor(const struct quote *q, struct fault *f)
{
	if (!bytes_equal(BYTES_OF(q->header.qe_vendor),
		BYTES_OF(intel_qe_vendor)))
		return fault_set_hex(f, FAULT_UNSUPPORTED_QUOTE,
		    "quote header: QE vendor id is not Intel's",
		    BYTES_OF(intel_qe_vendor), BYTES_OF(q->header.qe_vendor));
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

/* All that begins and ends, the quote's own certificates first. */
static void
collect_periods(struct verdict *v, const struct judgement *j)
{
	const struct collateral_period chain[] = {
		{ "PCK chain's root", FAULT_CERTIFICATE_EXPIRED,
		    j->chain->root.validity },
		{ "PCK chain's CA", FAULT_CERTIFICATE_EXPIRED,
		    j->chain->ca.validity },
		{ "PCK certificate", FAULT_CERTIFICATE_EXPIRED,
		    j->chain->leaf.validity },
	};

	_Static_assert(sizeof(chain) + sizeof(j->c->periods) ==
	    sizeof(v->periods), "all of them");
	memcpy(v->periods, chain, sizeof(chain));
	memcpy(v->periods + sizeof(chain) / sizeof(chain[0]), j->c->periods,
	    sizeof(j->c->periods));
	v->num_periods = VERDICT_PERIODS_NUM;
	v->expires_at = verdict_first_end(v)->validity.not_after;
}

static int
check_times(const struct verdict *v, struct fault *f)
{
	size_t i;

	for (i = 0; i < v->num_periods; i++)
		if (collateral_period_check(&v->periods[i], v->verified_at,
			f) < 0)
			return -1;
	return 0;
}

static int
refuse_revoked(const struct cert *c, const char *list, struct fault *f)
{
	char serial[2 * CERT_SERIAL_LEN_MAX + 1];

	hex_encode(serial, (struct bytes){ c->serial.octets, c->serial.len });
	return fault_set(f, FAULT_CERTIFICATE_REVOKED,
	    "\"%s\": its serial number %s is on %s", c->common_name, serial,
	    list);
}

/* The PCK CRL is that of the CA which issued this very leaf. */
static int
check_revocation(const struct judgement *j, struct fault *f)
{
	const struct cert *ca = &j->chain->ca, *root = &j->chain->root;
	const struct cert *crl_issuer = &j->c->pck_crl_issuer.signer;

	if (!name_equal(&ca->subject, &crl_issuer->subject) ||
	    memcmp(ca->key, crl_issuer->key, sizeof(ca->key)) != 0)
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "PCK CRL: of \"%s\", and the quote's chain has \"%s\"",
		    crl_issuer->common_name, ca->common_name);
	if (crl_has(&j->c->root_ca_crl, &root->serial))
		return refuse_revoked(root, "its own CRL", f);
	if (crl_has(&j->c->root_ca_crl, &ca->serial))
		return refuse_revoked(ca, "the root's CRL", f);
	if (crl_has(&j->c->pck_crl, &j->chain->leaf.serial))
		return refuse_revoked(&j->chain->leaf, "its CA's CRL", f);
	return 0;
}

/*
 * The documents are those of this TEE and this platform. (TCB info and QE
 * identity are of one TEE, or there is no collateral.)
 */
static int
check_platform(const struct judgement *j, struct fault *f)
{
	const struct tcb_info *t = &j->c->tcb_info;
	const struct pck *pck = &j->chain->pck;

	if (t->tee != j->q->tee)
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "collateral: want %s, have %s", tee_name(j->q->tee),
		    tee_name(t->tee));
	if (memcmp(t->fmspc, pck->fmspc, sizeof(t->fmspc)) != 0)
		return fault_set_hex(f, FAULT_COLLATERAL_MISMATCH,
		    "TCB info: FMSPC", BYTES_OF(pck->fmspc),
		    BYTES_OF(t->fmspc));
	if (memcmp(t->pce_id, pck->pce_id, sizeof(t->pce_id)) != 0)
		return fault_set_hex(f, FAULT_COLLATERAL_MISMATCH,
		    "TCB info: PCE ID", BYTES_OF(pck->pce_id),
		    BYTES_OF(t->pce_id));
	return 0;
}

/* The PCK signs the QE's report, and the report names the attestation key. */
static int
check_block(const struct judgement *j, struct fault *f)
{
	const struct quote *q = j->q;
	const struct bytes bound[] = { BYTES_OF(q->attest_key),
		q->qe_auth_data };
	uint8_t digest[SHA256_LEN];
	bool good;

	if (ecdsa_verify(&good, j->chain->leaf.key, q->qe_report_raw,
		q->qe_report_signature, f) < 0)
		return -1;
	if (!good)
		return fault_set(f, FAULT_BAD_QE_REPORT,
		    "QE report: signature: not by the PCK certificate's key");
	if (sha256(bound, 2, digest, f) < 0)
		return -1;
	if (memcmp(q->qe_report.reportdata, digest, sizeof(digest)) != 0)
		return fault_set_hex(f, FAULT_BAD_QE_REPORT,
		    "QE report: REPORTDATA: not the digest of this "
		    "attestation key and authentication data",
		    BYTES_OF(digest), (struct bytes){
		    q->qe_report.reportdata, sizeof(digest) });
	return 0;
}

/* What check_block looks at is all in the digest: one length varies. */
static int
check_qe_report(const struct judgement *j, struct fault *f)
{
	const struct quote *q = j->q;
	const struct bytes block[] = { BYTES_OF(j->chain->leaf.key),
		BYTES_OF(q->attest_key), q->qe_report_raw,
		BYTES_OF(q->qe_report_signature), q->qe_auth_data };
	uint8_t digest[SHA256_LEN];

	if (j->known == NULL)
		return check_block(j, f);
	if (sha256(block, sizeof(block) / sizeof(block[0]), digest, f) < 0)
		return -1;
	if (known_has_block(j->known, digest))
		return 0;
	if (check_block(j, f) < 0)
		return -1;
	known_add_block(j->known, digest);
	return 0;
}

static int
check_signature(struct judgement *j, struct fault *f)
{
	bool good;

	if (ecdsa_verify(&good, j->q->attest_key, j->q->signed_part,
		j->q->signature, f) < 0)
		return -1;
	if (!good)
		return fault_set(f, FAULT_BAD_QUOTE_SIGNATURE,
		    "quote: signature: not by its attestation key");
	j->is_signed = true;
	return 0;
}

static const struct td_report *
td_report(const struct judgement *j)
{
	return j->q->tee == TEE_TDX ? &j->q->td_report : NULL;
}

/* Says how far it is from the lowest level. */
static int
refuse_platform(const struct judgement *j, struct fault *f)
{
	const struct tcb_info *t = &j->c->tcb_info;
	struct shortfall shortfalls[SHORTFALLS_NUM_MAX];
	char text[SHORTFALL_TEXT_LEN_MAX] = "";

	if (shortfalls_find(shortfalls, 0, t, &j->chain->pck, td_report(j),
		&t->levels[t->num_levels - 1].numbers) > 0)
		shortfall_format(&shortfalls[0], text);
	return fault_set(f, FAULT_TCB_NOT_FOUND,
	    "TCB: the platform is below every level that Intel lists for its "
	    "FMSPC: for the lowest, %s", text);
}

static int
match_platform_level(struct judgement *j, struct fault *f)
{
	j->platform = tcb_info_match(&j->c->tcb_info, &j->chain->pck,
	    td_report(j));
	if (j->platform == NULL)
		return refuse_platform(j, f);
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
check_genuine(struct verdict *v, struct judgement *j, struct fault *f)
{
	if (check_vendor(j->q, f) < 0 ||
	    read_chain(&j->chain, &j->own, j->q, j->trust, j->known, f) < 0 ||
	    check_collateral(j, f) < 0)
		return -1;
	collect_periods(v, j);
	if (check_revocation(j, f) < 0 ||
	    check_times(v, f) < 0 ||
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
	v->tcb_date = earlier(platform->tcb_date, j->qe->level.tcb_date);
	advisories_add(&v->advisories, platform);
	if (j->module != NULL) {
		v->tcb_status = tcb_status_merge(v->tcb_status,
		    j->module->level.status);
		v->tcb_date = earlier(v->tcb_date, j->module->level.tcb_date);
		advisories_add(&v->advisories, &j->module->level);
	}
	v->tcb_status = tcb_status_merge(v->tcb_status, j->qe->level.status);
	advisories_add(&v->advisories, &j->qe->level);
}

/* Where each of the three stands, also when one of them is refused. */
static void
report_levels(struct tcb_report *r, const struct judgement *j)
{
	const struct tcb_info *t = &j->c->tcb_info;
	const struct td_report *td = td_report(j);

	if (!j->is_signed)
		return;
	tcb_report_add_platform(r, t, &j->chain->pck, td,
	    tcb_info_match(t, &j->chain->pck, td));
	if (td != NULL)
		tcb_report_add_module(r, t, td, j->module);
	tcb_report_add_qe(r, &j->c->qe_identity, &j->q->qe_report, j->qe);
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
	const struct tcb_numbers *newest = &t->levels[0].numbers;
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
	    j->qe->level.status != TCB_UP_TO_DATE || j->module == NULL ||
	    j->module->level.status != TCB_OUT_OF_DATE ||
	    (v->tcb_status != TCB_OUT_OF_DATE &&
		v->tcb_status != TCB_OUT_OF_DATE_CONFIGURATION_NEEDED))
		return NULL;
	sgx = tcb_info_match(&j->c->tcb_info, &j->chain->pck, NULL);
	if (sgx == NULL ||
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

#define SHORTFALLS_TEXT_LEN_MAX (SHORTFALL_TEXT_LEN_MAX + 48)

/* ": TDX component 2 is 3, needs 4 (and 2 more)"; or leaves it as it is. */
static void
describe_shortfalls(const struct tcb_report *r,
    char out[static SHORTFALLS_TEXT_LEN_MAX])
{
	char first[SHORTFALL_TEXT_LEN_MAX], more[40] = "";

	if (r->num_shortfalls == 0)
		return;
	shortfall_format(&r->shortfalls[0], first);
	if (r->num_shortfalls > 1)
		snprintf(more, sizeof(more), " (and %zu more)",
		    r->num_shortfalls - 1);
	snprintf(out, SHORTFALLS_TEXT_LEN_MAX, ": %s%s", first, more);
}

static int
appraise_status(const struct judgement *j, const struct verdict *v,
    const struct policy *policy, struct fault *f)
{
	const char *advice = relaunch_advice(j, v);
	char short_of[SHORTFALLS_TEXT_LEN_MAX] = "";

	describe_shortfalls(&v->tcb, short_of);
	if (v->tcb_status == TCB_REVOKED)
		return fault_set(f, FAULT_TCB_STATUS, "TCB status: Intel has "
		    "revoked this TCB level%s", short_of);
	if (v->tcb_status == TCB_STATUS_UNKNOWN ||
	    !policy->accepts[v->tcb_status])
		return fault_set(f, FAULT_TCB_STATUS,
		    "TCB status: %s is not one that the policy accepts%s%s",
		    tcb_status_name(v->tcb_status), short_of,
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
	int r = check_genuine(v, j, f);

	report_levels(&v->tcb, j);
	if (r < 0)
		return -1;
	merge_levels(v, j);
	if (policy_check_quote(j->q, f) < 0 ||
	    appraise_status(j, v, policy, f) < 0)
		return -1;
	return 0;
}

const struct collateral_period *
verdict_first_end(const struct verdict *v)
{
	const struct collateral_period *first = NULL;
	size_t i;

	for (i = 0; i < v->num_periods; i++)
		if (first == NULL || v->periods[i].validity.not_after <
		    first->validity.not_after)
			first = &v->periods[i];
	return first;
}

int
verify_quote(struct verdict *v, const struct quote *q,
    const struct collateral *c, const struct trust *trust,
    const struct policy *policy, time_t at, struct known *known,
    struct fault *f)
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
	j->known = known_of(known, trust);
	v->verified = fault_check_result(judge(v, j, policy, &v->fault),
	    &v->fault) == 0;
	if (c->fault.code == FAULT_NONE) {
		v->tcb_evaluation_data_number =
		    c->tcb_info.tcb_evaluation_data_number;
		if (c->qe_identity.tcb_evaluation_data_number <
		    v->tcb_evaluation_data_number)
			v->tcb_evaluation_data_number =
			    c->qe_identity.tcb_evaluation_data_number;
	}
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
    const struct trust *trust, struct known *known, struct fault *f)
{
	struct pck_chain *own = malloc(sizeof(*own));
	const struct pck_chain *chain;
	int r;

	if (own == NULL)
		return fault_set_memory(f);
	r = read_chain(&chain, own, q, trust, known_of(known, trust), f);
	if (r == 0)
		*out = chain->pck;
	free(own);
	return r;
}

int
verify_content_sha256(const struct quote *q,
    uint8_t out[static SHA256_LEN], struct fault *f)
{
	const struct bytes runs[] = { q->signed_part, q->qe_report_raw };

	return sha256(runs, 2, out, f);
}
