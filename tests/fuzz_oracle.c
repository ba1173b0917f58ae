#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "fuzz_oracle.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/* What must hold for a world to be genuine; else the condition is returned. */
#define WANT(condition) \
	do { \
		if (!(condition)) \
			return #condition; \
	} while (0)

/* What must come out when nothing is wrong. */
struct outcome {
	enum tcb_status status;
	time_t tcb_date;
	size_t num_advisories;
	const char *advisories[3 * MINT_ADVISORIES_MAX];
};

static const char *const status_words[] = { "?", "UpToDate",
	"SWHardeningNeeded", "ConfigurationNeeded",
	"ConfigurationAndSWHardeningNeeded", "OutOfDate",
	"OutOfDateConfigurationNeeded", "Revoked" };

static enum tcb_status
status_of(const char *word)
{
	size_t i;

	for (i = 1; word != NULL && i < NUM(status_words); i++)
		if (strcmp(word, status_words[i]) == 0)
			return (enum tcb_status)i;
	return TCB_STATUS_UNKNOWN;
}

static bool
is_tdx(const struct oracle_case *c)
{
	return c->good.quote.tee_type != 0;
}

static const char *
check_profile(const struct mint_cert *cert, time_t at)
{
	size_t i;

	WANT(cert->version == 3);
	WANT(cert->hash == MINT_SHA256);
	WANT(cert->has_authority_key_id && cert->has_subject_key_id);
	WANT(cert->has_key_usage && cert->has_basic_constraints);
	WANT(cert->repeat == NULL);
	for (i = 0; i < MINT_EXTRAS_MAX; i++)
		WANT(cert->extras[i].oid == NULL || !cert->extras[i].critical);
	WANT(cert->not_before <= at && at <= cert->not_after);
	return NULL;
}

static const char *
check_issued(const struct mint_cert *cert, const struct mint_cert *issuer,
    bool is_ca)
{
	unsigned ca_usage = MINT_KEY_CERT_SIGN | MINT_CRL_SIGN;

	WANT(cert->signer == issuer->key);
	WANT(strcmp(cert->issuer.cn, issuer->subject.cn) == 0);
	WANT(cert->is_ca == is_ca);
	if (is_ca) {
		WANT((cert->key_usage & ca_usage) == ca_usage);
	} else {
		WANT((cert->key_usage & MINT_KEY_CERT_SIGN) == 0);
		WANT((cert->key_usage & MINT_DIGITAL_SIGNATURE) != 0);
	}
	return NULL;
}

static bool
crl_lists(const struct mint_spec *s, const struct mint_crl *crl,
    const struct mint_cert *cert)
{
	int i;

	for (i = 0; i < MINT_CERT__MAX; i++)
		if ((crl->revokes >> i & 1) != 0 &&
		    s->certs[i].serial_len == cert->serial_len &&
		    memcmp(s->certs[i].serial, cert->serial,
			cert->serial_len) == 0)
			return true;
	return false;
}

static const char *
check_crl(const struct mint_crl *crl, const struct mint_cert *issuer,
    time_t at)
{
	WANT(crl->signer == issuer->key);
	WANT(strcmp(crl->issuer.cn, issuer->subject.cn) == 0);
	WANT(crl->version == 2);
	WANT(crl->hash == MINT_SHA256);
	WANT(crl->has_next_update && crl->has_crl_number);
	WANT(crl->has_authority_key_id);
	WANT(crl->extra.oid == NULL || !crl->extra.critical);
	WANT(crl->this_update <= at && at <= crl->next_update);
	return NULL;
}

/* A document's signer: either of the two TCB signing certificates. */
static const char *
check_signer(const struct oracle_case *c, const struct mint_chain *chain,
    enum mint_key document_signer)
{
	const struct mint_spec *s = &c->spec;
	const struct mint_cert *cert = &s->certs[chain->certs[0]];
	const char *why;

	WANT(document_signer == cert->key);
	WANT(strcmp(cert->subject.cn, "Intel SGX TCB Signing") == 0);
	WANT(!crl_lists(s, &s->root_crl, cert));
	why = check_profile(cert, c->at);
	if (why == NULL)
		why = check_issued(cert, &s->certs[MINT_CERT_ROOT], false);
	return why;
}

static const char *
check_certs(const struct oracle_case *c)
{
	const struct mint_spec *s = &c->spec;
	const struct mint_cert *root = &s->certs[MINT_CERT_ROOT];
	const struct mint_cert *ca = &s->certs[MINT_CERT_CA];
	const struct mint_cert *pck = &s->certs[MINT_CERT_PCK];
	const char *why;

	WANT(root->key == MINT_KEY_ROOT);
	WANT(strcmp(root->subject.cn, "Intel SGX Root CA") == 0);
	WANT(strcmp(ca->subject.cn, "Intel SGX PCK Platform CA") == 0 ||
	    strcmp(ca->subject.cn, "Intel SGX PCK Processor CA") == 0);
	WANT(strcmp(pck->subject.cn, "Intel SGX PCK Certificate") == 0);
	WANT(!crl_lists(s, &s->root_crl, root));
	WANT(!crl_lists(s, &s->root_crl, ca));
	WANT(!crl_lists(s, &s->pck_crl, pck));
	WANT(pck->num_sgx_extensions == 1);
	if ((why = check_profile(root, c->at)) != NULL ||
	    (why = check_profile(ca, c->at)) != NULL ||
	    (why = check_profile(pck, c->at)) != NULL ||
	    (why = check_issued(root, root, true)) != NULL ||
	    (why = check_issued(ca, root, true)) != NULL ||
	    (why = check_issued(pck, ca, false)) != NULL ||
	    (why = check_crl(&s->root_crl, root, c->at)) != NULL ||
	    (why = check_crl(&s->pck_crl, ca, c->at)) != NULL ||
	    (why = check_signer(c, &s->tcb_info_chain,
		s->tcb_info.signer)) != NULL)
		return why;
	return check_signer(c, &s->qe_identity_chain, s->qe_identity.signer);
}

static const char *
check_chains(const struct mint_spec *s)
{
	const struct mint_chain *doc_chains[] = { &s->tcb_info_chain,
		&s->qe_identity_chain };
	const enum mint_cert_id *pck = s->pck_chain.certs;
	size_t i;

	WANT(s->pck_chain.num_certs == 3);
	WANT((1u << pck[0] | 1u << pck[1] | 1u << pck[2]) ==
	    (1u << MINT_CERT_PCK | 1u << MINT_CERT_CA | 1u << MINT_CERT_ROOT));
	WANT(s->pck_crl_chain.num_certs == 2);
	WANT(s->pck_crl_chain.certs[0] == MINT_CERT_CA);
	WANT(s->pck_crl_chain.certs[1] == MINT_CERT_ROOT);
	for (i = 0; i < 2; i++) {
		WANT(doc_chains[i]->num_certs == 2);
		WANT(doc_chains[i]->certs[0] == MINT_CERT_TCB_SIGNING ||
		    doc_chains[i]->certs[0] == MINT_CERT_SPARE);
		WANT(doc_chains[i]->certs[1] == MINT_CERT_ROOT);
	}
	return NULL;
}

/*
 * With the right names and keys one certificate can do another's work: then
 * chains that look wrong here may be good.
 */
static bool
chains_are_unsure(const struct oracle_case *c)
{
	const struct mint_chain *chains[] = { &c->spec.pck_chain,
		&c->spec.pck_crl_chain, &c->spec.tcb_info_chain,
		&c->spec.qe_identity_chain };
	size_t i;

	for (i = 0; i < 4; i++)
		if (chains[i]->num_certs != (i == 0 ? 3 : 2))
			return false;
	for (i = 0; i < MINT_CERT__MAX; i++)
		if (c->spec.certs[i].key != c->good.certs[i].key ||
		    c->spec.certs[i].subject.cn != c->good.certs[i].subject.cn)
			return true;
	return false;
}

static unsigned
set_of(const uint8_t *list, size_t num, bool *has_twice)
{
	unsigned set = 0;
	size_t i;

	for (i = 0; i < num; i++) {
		*has_twice |= (set >> list[i] & 1) != 0;
		set |= 1u << list[i];
	}
	return set;
}

static const char *
check_pck(const struct mint_pck *p)
{
	bool has_twice = false;
	unsigned members = set_of(p->members, p->num_members, &has_twice);
	int i;

	WANT(members == 0x3e || members == 0xfe);
	WANT(set_of(p->tcb_members, p->num_tcb_members, &has_twice) ==
	    0x7fffe);
	WANT(!has_twice);
	for (i = 0; i < 16; i++)
		WANT(p->components[i] >= 0 && p->components[i] <= 255);
	WANT(p->pce_svn >= 0 && p->pce_svn <= 65535);
	WANT(p->sgx_type >= 0 && p->sgx_type <= 2);
	WANT(p->ppid_len == 16 && p->cpu_svn_len == 16);
	WANT(p->pce_id_len == 2 && p->fmspc_len == 6);
	WANT(members == 0x3e || p->platform_instance_id_len == 16);
	return NULL;
}

static const char *
check_isv_levels(const struct mint_isv_level *levels, int num)
{
	enum tcb_status status;
	int i, j;

	WANT(num > 0);
	for (i = 0; i < num; i++) {
		status = status_of(levels[i].tcb_status);
		WANT(status == TCB_UP_TO_DATE || status == TCB_OUT_OF_DATE ||
		    status == TCB_REVOKED);
		WANT(levels[i].isv_svn >= 0 && levels[i].isv_svn <= 65535);
		for (j = 0; j < i; j++)
			WANT(levels[i].isv_svn != levels[j].isv_svn);
	}
	return NULL;
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at;

	at = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c + 32 :
	    c);
	return at == NULL ? -1 : (int)(at - digits);
}

/* -1: not the id of a module. */
static int
module_version(const char *id)
{
	if (id == NULL || strncmp(id, "TDX_", 4) != 0 || strlen(id) != 6 ||
	    hex_digit(id[4]) < 0 || hex_digit(id[5]) < 0)
		return -1;
	return hex_digit(id[4]) * 16 + hex_digit(id[5]);
}

static const char *
check_modules(const struct mint_tcb_info *t)
{
	const struct mint_tdx_module *m = t->tdx_module_identities;
	const char *why;
	int i, j;

	WANT(t->has_tdx_module);
	for (i = 0; i < t->num_tdx_module_identities; i++) {
		WANT(module_version(m[i].id) >= 0);
		for (j = 0; j < i; j++)
			WANT(module_version(m[i].id) !=
			    module_version(m[j].id));
		why = check_isv_levels(m[i].levels, m[i].num_levels);
		if (why != NULL)
			return why;
	}
	return NULL;
}

static bool
levels_are_alike(const struct mint_tcb_level *a,
    const struct mint_tcb_level *b, bool tdx)
{
	return memcmp(a->components, b->components, 16 * sizeof(int)) == 0 &&
	    a->pce_svn == b->pce_svn &&
	    (!tdx || memcmp(a->tdx_components, b->tdx_components,
		16 * sizeof(int)) == 0);
}

static const char *
check_levels(const struct mint_tcb_info *t, bool tdx)
{
	const struct mint_tcb_level *l;
	int i, j;

	WANT(t->num_levels > 0);
	for (i = 0; i < t->num_levels; i++) {
		l = &t->levels[i];
		WANT(status_of(l->tcb_status) != TCB_STATUS_UNKNOWN);
		WANT(l->num_components == 16);
		WANT(!tdx || l->num_tdx_components == 16);
		WANT(l->pce_svn >= 0 && l->pce_svn <= 65535);
		for (j = 0; j < 16; j++) {
			WANT(l->components[j] >= 0 && l->components[j] < 256);
			WANT(!tdx || (l->tdx_components[j] >= 0 &&
			    l->tdx_components[j] < 256));
		}
		for (j = 0; j < i; j++)
			WANT(!levels_are_alike(l, &t->levels[j], tdx));
	}
	return NULL;
}

static const char *
check_documents(const struct oracle_case *c)
{
	const struct mint_tcb_info *t = &c->spec.tcb_info;
	const struct mint_qe_identity *q = &c->spec.qe_identity;
	const char *why;

	WANT(strcmp(t->id, is_tdx(c) ? "TDX" : "SGX") == 0);
	WANT(strcmp(q->id, is_tdx(c) ? "TD_QE" : "QE") == 0);
	WANT(t->version == 3 && q->version == 2 && t->tcb_type == 0);
	WANT(t->issue_date <= c->at && c->at <= t->next_update);
	WANT(q->issue_date <= c->at && c->at <= q->next_update);
	WANT(memcmp(t->fmspc, c->spec.pck.fmspc, 6) == 0);
	WANT(memcmp(t->pce_id, c->spec.pck.pce_id, 2) == 0);
	WANT(q->isv_prod_id >= 0 && q->isv_prod_id <= 65535);
	if ((why = check_levels(t, is_tdx(c))) != NULL ||
	    (why = check_isv_levels(q->levels, q->num_levels)) != NULL)
		return why;
	return is_tdx(c) ? check_modules(t) : NULL;
}

static const char *
check_quote(const struct oracle_case *c, size_t quote_len)
{
	const struct mint_quote *q = &c->spec.quote, *good = &c->good.quote;

	WANT(q->version == good->version);
	WANT(q->att_key_type == good->att_key_type);
	WANT(q->tee_type == good->tee_type);
	WANT(!q->has_descriptor || q->body_type == good->body_type);
	WANT(!q->has_descriptor || q->body_size_more == 0);
	WANT(memcmp(q->qe_vendor_id, good->qe_vendor_id, 16) == 0);
	WANT(!q->has_outer || q->outer_type == 6);
	WANT(q->cert_data_type == 5);
	WANT(q->signer == q->attest_key);
	WANT(q->qe_report_signer == c->spec.certs[MINT_CERT_PCK].key);
	WANT(!q->keep_report_data);
	WANT(quote_len <= 20480);
	return NULL;
}

/* Sizes and paddings that are not as they should be. */
static int
count_lies(const struct mint_quote *q)
{
	uint16_t auth_data_len = (uint16_t)((int64_t)q->qe_auth_data_len +
	    q->qe_auth_data_size_more);

	return (q->auth_data_size_more != 0) +
	    (q->has_outer && q->outer_size_more != 0) +
	    (auth_data_len != q->qe_auth_data_len) +
	    (q->cert_data_size_more != 0) +
	    (q->has_outer && q->outer_padding != 0) +
	    (q->auth_data_padding != 0);
}

static bool
is_zero(const uint8_t *p, size_t len)
{
	while (len-- > 0)
		if (*p++ != 0)
			return false;
	return true;
}

static const char *
check_body(const struct oracle_case *c)
{
	const struct mint_quote *q = &c->spec.quote;
	const uint8_t *a = q->td.td_attributes;
	bool is_15 = q->body == MINT_BODY_TD15;

	if (!is_tdx(c)) {
		WANT((q->enclave.attributes[0] & 2) == 0);
		return NULL;
	}
	/* TDX 1.5 knows bits 27 and 29 besides 28, 30, 31 and 63. */
	WANT(a[0] == 0 && a[1] == 0 && a[2] == 0);
	WANT((a[3] & ~(is_15 ? 0xf8 : 0xd0)) == 0);
	WANT((a[3] & 0x10) != 0);
	WANT(a[4] == 0 && a[5] == 0 && a[6] == 0 && (a[7] & 0x7f) == 0);
	WANT(!is_15 || is_zero(q->td.mrservicetd, 48));
	return NULL;
}

static const char *
check_qe(const struct mint_enclave_report *r,
    const struct mint_qe_identity *q)
{
	int i;

	for (i = 0; i < 4; i++)
		WANT((r->miscselect[i] & q->miscselect_mask[i]) ==
		    q->miscselect[i]);
	for (i = 0; i < 16; i++)
		WANT((r->attributes[i] & q->attributes_mask[i]) ==
		    q->attributes[i]);
	WANT((r->attributes[0] & 2) == 0);
	WANT(memcmp(r->mrsigner, q->mrsigner, 32) == 0);
	WANT(r->isv_prod_id == q->isv_prod_id);
	return NULL;
}

static void
add_level(struct outcome *o, time_t date, int num, const char *const *ids)
{
	size_t j;
	int i;

	if (o->tcb_date == 0 || date < o->tcb_date)
		o->tcb_date = date;
	for (i = 0; i < num; i++) {
		for (j = 0; j < o->num_advisories; j++)
			if (strcmp(o->advisories[j], ids[i]) == 0)
				break;
		if (j == o->num_advisories)
			o->advisories[o->num_advisories++] = ids[i];
	}
}

static const struct mint_isv_level *
find_isv_level(const struct mint_isv_level *levels, int num, long svn)
{
	const struct mint_isv_level *best = NULL;
	int i;

	for (i = 0; i < num; i++)
		if (levels[i].isv_svn <= svn &&
		    (best == NULL || levels[i].isv_svn > best->isv_svn))
			best = &levels[i];
	return best;
}

/* Intel's table: what the status of a module or QE makes of the platform's. */
static void
merge(struct outcome *o, const struct mint_isv_level *l)
{
	static const enum tcb_status out_of_date[] = { 0, TCB_OUT_OF_DATE,
		TCB_OUT_OF_DATE, TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
		TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, TCB_OUT_OF_DATE,
		TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, TCB_REVOKED };
	enum tcb_status status = status_of(l->tcb_status);

	if (status == TCB_REVOKED)
		o->status = TCB_REVOKED;
	if (status == TCB_OUT_OF_DATE)
		o->status = out_of_date[o->status];
	add_level(o, l->tcb_date, l->num_advisory_ids, l->advisory_ids);
}

static bool
is_reached(const struct oracle_case *c, const struct mint_tcb_level *l)
{
	const uint8_t *svn = c->spec.quote.td.tee_tcb_svn;
	const struct mint_pck *p = &c->spec.pck;
	int i;

	for (i = 0; i < 16; i++)
		if (p->components[i] < l->components[i])
			return false;
	for (i = svn[1] == 0 ? 0 : 2; is_tdx(c) && i < 16; i++)
		if (svn[i] < l->tdx_components[i])
			return false;
	return p->pce_svn >= l->pce_svn;
}

static bool
is_higher(const struct mint_tcb_level *a, const struct mint_tcb_level *b)
{
	int i;

	for (i = 0; i < 16; i++)
		if (a->components[i] != b->components[i])
			return a->components[i] > b->components[i];
	if (a->pce_svn != b->pce_svn)
		return a->pce_svn > b->pce_svn;
	for (i = 0; i < 16; i++)
		if (a->tdx_components[i] != b->tdx_components[i])
			return a->tdx_components[i] > b->tdx_components[i];
	return false;
}

static const char *
match_platform(const struct oracle_case *c, struct outcome *o)
{
	const struct mint_tcb_info *t = &c->spec.tcb_info;
	const struct mint_tcb_level *best = NULL;
	int i;

	for (i = 0; i < t->num_levels; i++)
		if (is_reached(c, &t->levels[i]) &&
		    (best == NULL || is_higher(&t->levels[i], best)))
			best = &t->levels[i];
	WANT(best != NULL);
	o->status = status_of(best->tcb_status);
	add_level(o, best->tcb_date, best->num_advisory_ids,
	    best->advisory_ids);
	return NULL;
}

static const char *
match_module(const struct oracle_case *c, struct outcome *o)
{
	const struct mint_tcb_info *t = &c->spec.tcb_info;
	const struct mint_td_report *td = &c->spec.quote.td;
	const struct mint_tdx_module *m = NULL;
	const struct mint_isv_level *level;
	int i;

	if (td->tee_tcb_svn[1] == 0)
		m = &t->tdx_module;
	for (i = 0; i < t->num_tdx_module_identities && m == NULL; i++)
		if (module_version(t->tdx_module_identities[i].id) ==
		    td->tee_tcb_svn[1])
			m = &t->tdx_module_identities[i];
	WANT(m != NULL);
	WANT(memcmp(m->mrsigner, td->mrsignerseam, 48) == 0);
	WANT(is_zero(td->seam_attributes, 8) && is_zero(m->attributes, 8));
	if (td->tee_tcb_svn[1] == 0)
		return NULL;
	level = find_isv_level(m->levels, m->num_levels, td->tee_tcb_svn[0]);
	WANT(level != NULL);
	merge(o, level);
	return NULL;
}

static const char *
match_levels(const struct oracle_case *c, struct outcome *o)
{
	const struct mint_qe_identity *q = &c->spec.qe_identity;
	const struct mint_isv_level *level = find_isv_level(q->levels,
	    q->num_levels, c->spec.quote.qe_report.isv_svn);
	const char *why;

	if ((why = match_platform(c, o)) != NULL ||
	    (is_tdx(c) && (why = match_module(c, o)) != NULL))
		return why;
	WANT(level != NULL);
	merge(o, level);
	return NULL;
}

static bool
is_unsure(const struct oracle_case *c)
{
	const struct mint_cert *certs = c->spec.certs;
	size_t i;

	if (c->is_unsure || count_lies(&c->spec.quote) > 1)
		return true;
	/* Nobody has said what these mean where they do not belong. */
	for (i = 0; i < MINT_CERT__MAX; i++)
		if ((!certs[i].is_ca && certs[i].path_len >= 0) ||
		    (i != MINT_CERT_PCK && certs[i].num_sgx_extensions > 0))
			return true;
	return false;
}

/* Why it must be refused, but for its TCB status; NULL: it need not. */
static const char *
find_forbidden(const struct oracle_case *c, const struct mint_world *w,
    struct outcome *o)
{
	const char *why;

	if (c->forbidden != NULL)
		return c->forbidden;
	if ((why = check_chains(&c->spec)) != NULL)
		return chains_are_unsure(c) ? NULL : why;
	/* What bytes before signing may have changed is not told. */
	if (c->is_unsure)
		return NULL;
	if (count_lies(&c->spec.quote) == 1)
		return "a size that is not so";
	if ((why = check_certs(c)) != NULL ||
	    (why = check_pck(&c->spec.pck)) != NULL ||
	    (why = check_documents(c)) != NULL ||
	    (why = check_quote(c, w->quote_len)) != NULL ||
	    (why = check_body(c)) != NULL ||
	    (why = check_qe(&c->spec.quote.qe_report,
		&c->spec.qe_identity)) != NULL)
		return why;
	return match_levels(c, o);
}

static struct collateral *
read_collateral(const struct mint_world *w, const struct trust *trust,
    struct fault *f)
{
	char *json = mint_world_collateral_new(w);
	struct collateral_text text;
	struct collateral *c = NULL;
	int r;

	r = collateral_text_read(&text, bytes_of_string(json), f);
	free(json);
	if (r == 0)
		FUZZ_CHECK(collateral_adopt_new(&c, &text, trust, f) == 0);
	return c;
}

static void
judge(const struct oracle_case *c, const struct mint_world *w,
    const struct trust *trust, struct quote *q, struct verdict *v)
{
	struct collateral *collateral;
	struct policy policy = { { false } };
	struct fault f = { 0 };
	int i;

	for (i = TCB_UP_TO_DATE; i < TCB_REVOKED; i++)
		policy.accepts[i] = (c->accepts >> i & 1) != 0;
	if (quote_parse(q, (struct bytes){ w->quote, w->quote_len }, &f) < 0 ||
	    (collateral = read_collateral(w, trust, &f)) == NULL) {
		verdict_set_refused(v, &f, c->at);
		return;
	}
	FUZZ_CHECK(verify_quote(v, q, collateral, trust, &policy, c->at,
	    NULL, &f) == 0);
	collateral_free(collateral);
}

static void
check_refused(const struct verdict *v)
{
	fuzz_check_refusal(&v->fault, ~(FUZZ_CODE(FAULT_NONE) |
	    FUZZ_CODE(FAULT_INTERNAL) |
	    FUZZ_CODE(FAULT_COLLATERAL_UNAVAILABLE)));
}

/* Whatever was done to it before it was signed. */
static void
check_promises(const struct oracle_case *c, const struct quote *q,
    const struct verdict *v)
{
	static const uint8_t vendor[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7,
		0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06,
		0x07 };

	FUZZ_CHECK(v->fault.code == FAULT_NONE);
	FUZZ_CHECK(memcmp(q->header.qe_vendor, vendor, 16) == 0);
	FUZZ_CHECK(q->cert_data_type == 5);
	FUZZ_CHECK((q->qe_report.attributes[0] & 2) == 0);
	if (q->tee == TEE_SGX) {
		FUZZ_CHECK((q->enclave_report.attributes[0] & 2) == 0);
	} else {
		FUZZ_CHECK((q->td_report.tdattributes[0] & 1) == 0);
		FUZZ_CHECK((q->td_report.tdattributes[3] & 0x10) != 0);
		FUZZ_CHECK(is_zero(q->td_report.mrservicetd, 48));
		FUZZ_CHECK(is_zero(q->td_report.seamattributes, 8));
	}
	FUZZ_CHECK(v->tcb_status > TCB_STATUS_UNKNOWN &&
	    v->tcb_status < TCB_REVOKED);
	FUZZ_CHECK((c->accepts >> v->tcb_status & 1) != 0);
	FUZZ_CHECK(v->verified_at == c->at && v->expires_at >= c->at);
	FUZZ_CHECK(v->tcb_date > 0);
}

static void
check_outcome(const struct oracle_case *c, const struct verdict *v,
    const struct outcome *o)
{
	long a = c->spec.tcb_info.tcb_evaluation_data_number;
	long b = c->spec.qe_identity.tcb_evaluation_data_number;
	size_t i;

	FUZZ_CHECK(v->verified == (o->status != TCB_REVOKED &&
	    (c->accepts >> o->status & 1) != 0));
	FUZZ_CHECK(v->verified || v->fault.code == FAULT_TCB_STATUS);
	FUZZ_CHECK(v->tcb_status == o->status);
	FUZZ_CHECK(v->tcb_date == o->tcb_date);
	FUZZ_CHECK(v->tcb_evaluation_data_number == (a < b ? a : b));
	FUZZ_CHECK(v->advisories.num == o->num_advisories);
	for (i = 0; i < o->num_advisories; i++)
		FUZZ_CHECK(strcmp(v->advisories.id[i], o->advisories[i]) == 0);
}

void
oracle_check(struct oracle_case *c, const struct mint_world *w,
    const struct trust *trust)
{
	struct outcome o = { 0 };
	static struct quote q;
	static struct verdict v;
	const char *why = find_forbidden(c, w, &o);

	judge(c, w, trust, &q, &v);
	if (getenv("FUZZ_TELL") != NULL)
		fprintf(stderr, "%s; %s%s\n", v.verified ? "verified" :
		    v.fault.message, why == NULL ? "nothing forbidden" : why,
		    is_unsure(c) ? "; unsure" : "");
	if (v.verified && why != NULL) {
		fprintf(stderr, "verified, and must not be: %s\n", why);
		abort();
	}
	if (v.verified)
		check_promises(c, &q, &v);
	else
		check_refused(&v);
	if (why != NULL || is_unsure(c) || check_chains(&c->spec) != NULL)
		return;
	if (!v.verified && v.fault.code != FAULT_TCB_STATUS) {
		fprintf(stderr, "refused, and must not be: %s\n",
		    v.fault.message);
		abort();
	}
	check_outcome(c, &v, &o);
}
