/*
 * Fuzz target: verify_quote. Input: a kind of quote, a CA, and a list of
 * operations on a good minted world: members of its spec, dates, keys, names,
 * chains, levels, edits of documents, and bytes before or after signing. What
 * is signed is signed after that, so that signatures are in nobody's way.
 *
 * An oracle that knows only the spec answers too. For what it models it says
 * exactly what must come out: refused, or which status, advisories and date.
 * Where bytes were changed before signing it does not know, and what is
 * verified must still hold a list of promises; changed after signing, it must
 * be refused. There is always a reason, and never FAULT_INTERNAL.
 *
 * Operations are numbered in inputs that are kept: append new ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "fuzz_oracle.h"

#define OPERATIONS_MAX 12
#define PATCHES_NUM_MAX 4
#define PREPARED_LEVELS 4 /* levels that may be counted in */

struct byte_change {
	enum mint_part part;
	enum mint_stage stage;
	struct fuzz_patch patch;
};

/* A world in the making. */
struct making {
	struct oracle_case c;
	struct byte_change changes[PATCHES_NUM_MAX];
	size_t num_changes;
	bool mirrored[2]; /* signature of the quote, of the QE report */
	int edits[2];	  /* of TCB info, QE identity; -1: none */
	struct mint_buffer quote; /* before it was changed */
};

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *find, *replace;
	bool is_refused;
} edits[] = {
	{ "{", "{ ", false }, /* signed as it is */
	{ "{", "{\"unknown\":[{}],", false },
	{ "\"tcbDate\":", "\"tcbDate\":\n\t", false },
	{ "\"version\":", "\"version\":3,\"version\":", true },
	{ "\"version\":", "\"vers\\u0069on\":", true },
	{ "\"version\":", "\"Version\":", true },
	{ "\"version\":", "\"version\":1", true },
	{ "\"issueDate\":\"", "\"issueDate\":\" ", true },
	{ "Z\"", "+00:00\"", true },
	{ "Z\"", ".0Z\"", true },
	{ "\"tcbEvaluationDataNumber\":", "\"tcbEvaluationDataNumber\":-",
	    true },
	{ "\"tcbLevels\":[{", "\"tcbLevels\":[null,{", true },
	{ "\"isvsvn\":", "\"isvsvn\":1e0,\"x\":", true },
	{ "}", "},", true },
	{ "\"tcbStatus\":\"", "\"tcbStatus\":\"Not", true },
	{ "\"mrsigner\":\"", "\"mrsigner\":\"00", true },
};

/*
 * Whether a place in TCB info is one that is read: SGX TCB info has no TDX
 * members, and those of a world that has them all the same stand before its
 * levels.
 */
static bool
is_read(const struct making *m, const char *text, const char *found)
{
	const char *tdx = strstr(text, "\"tdxModule");
	const char *levels = strstr(text, "\"sgxtcbcomponents\"");

	return strcmp(m->c.spec.tcb_info.id, "SGX") != 0 || tdx == NULL ||
	    found < tdx || (levels != NULL && found > levels);
}

static void
edit_apply(struct making *m, int which, struct mint_buffer *b)
{
	const char *text = (const char *)b->ptr, *found;
	int i = m->edits[which];

	if (i < 0 || (found = strstr(text, edits[i].find)) == NULL)
		return;
	if (which == 0 && !is_read(m, text, found))
		m->c.is_unsure = true;
	else if (edits[i].is_refused)
		m->c.forbidden = "an edit of a document";
	mint_buffer_splice(b, (size_t)(found - text), strlen(edits[i].find),
	    bytes_of_string(edits[i].replace));
}

static bool
is_document(enum mint_part part)
{
	return part == MINT_PART_TCB_INFO || part == MINT_PART_QE_IDENTITY;
}

static void
change_bytes(const struct byte_change *change, struct mint_buffer *b)
{
	struct fuzz_patch patch = change->patch;
	size_t i;

	/* Raw signatures keep their length. */
	if (change->stage == MINT_SIGNATURE)
		patch.how %= 2;
	fuzz_patch_apply(&patch, b);
	/* Texts have no NUL in mint. */
	for (i = 0; is_document(change->part) && i < b->len; i++)
		if (b->ptr[i] == 0)
			b->ptr[i] = ' ';
}

static void
note_change(struct making *m, enum mint_part part, enum mint_stage stage,
    const struct mint_buffer *before, const struct mint_buffer *b)
{
	if (bytes_equal(mint_buffer_bytes(before), mint_buffer_bytes(b)))
		return;
	if (stage == MINT_BEFORE)
		m->c.is_unsure = true;
	else if (part != MINT_PART_QUOTE || stage == MINT_SIGNATURE)
		m->c.forbidden = "a change after signing";
	else /* judged by where it is, see check_quote_bytes */
		mint_put_bytes(&m->quote, mint_buffer_bytes(before));
}

static void
tweak(void *arg, enum mint_part part, enum mint_stage stage,
    struct mint_buffer *b)
{
	struct making *m = arg;
	struct mint_buffer before = { 0 };
	size_t i;

	if (stage == MINT_SIGNATURE && part == MINT_PART_QUOTE &&
	    m->mirrored[0])
		mint_signature_mirror(b->ptr);
	if (stage == MINT_SIGNATURE && part == MINT_PART_QE_REPORT &&
	    m->mirrored[1])
		mint_signature_mirror(b->ptr);
	if (stage == MINT_BEFORE && is_document(part))
		edit_apply(m, part == MINT_PART_QE_IDENTITY, b);
	if (m->num_changes == 0)
		return;
	mint_put_bytes(&before, mint_buffer_bytes(b));
	for (i = 0; i < m->num_changes; i++)
		if (m->changes[i].part == part && m->changes[i].stage == stage)
			change_bytes(&m->changes[i], b);
	note_change(m, part, stage, &before, b);
	mint_buffer_clear(&before);
}

/* Bytes of the finished quote: only the PEM text may be spelled otherwise. */
static void
check_quote_bytes(struct making *m, const struct mint_world *w)
{
	size_t i = 0;

	if (m->quote.len == 0)
		return;
	while (i < m->quote.len && i < w->quote_len &&
	    m->quote.ptr[i] == w->quote[i])
		i++;
	if (i < w->at.cert_data)
		m->c.forbidden = "a change of the finished quote";
	else
		m->c.is_unsure = true;
}

typedef void operation(struct making *m, uint8_t x, uint16_t y,
    struct bytes *in);

/* Seconds, hours or days around the instant of the world; ten years at most. */
static time_t
around(time_t now, uint16_t y)
{
	static const time_t units[] = { 1, 3600, MINT_DAY, MINT_DAY };
	time_t n = (y >> 3) % 3650;

	return now + (y & 4 ? -n : n) * units[y & 3];
}

static const enum mint_cert_id cert_ids[] = { MINT_CERT_ROOT, MINT_CERT_CA,
	MINT_CERT_PCK, MINT_CERT_TCB_SIGNING, MINT_CERT_SPARE };

static struct mint_cert *
cert_of(struct making *m, uint8_t x)
{
	return &m->c.spec.certs[cert_ids[x % NUM(cert_ids)]];
}

static struct mint_crl *
crl_of(struct making *m, uint8_t x)
{
	return x % 2 == 0 ? &m->c.spec.root_crl : &m->c.spec.pck_crl;
}

static void
op_at(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	(void)x, (void)in;
	m->c.at = around(MINT_NOW, y);
}

/* One of the ends of one of the validities, or a second beside it. */
static void
op_at_edge(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	const struct mint_spec *s = &m->c.spec;
	const time_t edges[] = { s->root_crl.this_update,
		s->root_crl.next_update, s->pck_crl.this_update,
		s->pck_crl.next_update, s->tcb_info.issue_date,
		s->tcb_info.next_update, s->qe_identity.issue_date,
		s->qe_identity.next_update, cert_of(m, x)->not_before,
		cert_of(m, x)->not_after };

	(void)in;
	m->c.at = edges[y % NUM(edges)] + (y >> 8) % 3 - 1;
}

static void
op_policy(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	(void)y, (void)in;
	m->c.accepts = x;
}

static void
op_cert_date(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_cert *cert = cert_of(m, x >> 1);

	(void)in;
	*(x % 2 == 0 ? &cert->not_before : &cert->not_after) =
	    around(MINT_NOW, y);
}

static void
op_cert_flag(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_cert *cert = cert_of(m, x);
	bool *const flags[] = { &cert->has_authority_key_id,
		&cert->has_subject_key_id, &cert->has_key_usage,
		&cert->key_usage_critical, &cert->has_basic_constraints,
		&cert->basic_constraints_critical, &cert->is_ca,
		&cert->sgx_extension_critical };

	(void)in;
	*flags[y % NUM(flags)] ^= true;
}

static void
op_cert_number(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_cert *cert = cert_of(m, x);

	(void)in;
	switch (y % 6) {
	case 0:
		cert->key_usage = (uint8_t)(y >> 8);
		break;
	case 1:
		cert->path_len = (y >> 8) % 4 - 1;
		break;
	case 2:
		cert->version = (y >> 8) % 4 + 1;
		break;
	case 3:
		cert->hash = (enum mint_hash)((y >> 8) % 3);
		break;
	case 4:
		cert->num_sgx_extensions = (y >> 8) % 3;
		break;
	default:
		cert->authority_key = (enum mint_key)((y >> 8) %
		    MINT_KEY_P384);
	}
}

static void
op_key(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_spec *s = &m->c.spec;
	enum mint_key *const keys[] = { &cert_of(m, x)->key,
		&cert_of(m, x)->signer, &s->root_crl.signer,
		&s->pck_crl.signer, &s->tcb_info.signer,
		&s->qe_identity.signer, &s->quote.attest_key,
		&s->quote.signer, &s->quote.qe_report_signer };

	(void)in;
	*keys[y % NUM(keys)] = (enum mint_key)((y >> 8) % MINT_KEY_P384);
}

static void
op_name(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	static const char *const names[] = { "Intel SGX Root CA",
		"Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA",
		"Intel SGX PCK Certificate", "Intel SGX TCB Signing",
		"intel SGX root CA", "Intel SGX Root CA " };
	struct mint_name *const all[] = { &cert_of(m, x)->subject,
		&cert_of(m, x)->issuer, &m->c.spec.root_crl.issuer,
		&m->c.spec.pck_crl.issuer };

	(void)in;
	all[y % NUM(all)]->cn = names[(y >> 8) % NUM(names)];
}

/* An unknown extension, critical or not. */
static void
op_extension(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	static const uint8_t null[] = { 0x05, 0x00 };
	struct mint_extension e = { y % 2 == 0 ? "1.2.3.4" : "2.5.29.36",
		(y >> 8) % 2 != 0, BYTES_OF(null) };

	(void)in;
	if (x % 7 < 5)
		cert_of(m, x % 7)->extras[0] = e;
	else
		crl_of(m, x % 7)->extra = e;
}

static void
op_repeat(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_cert *cert = cert_of(m, x);

	(void)y, (void)in;
	if (cert->has_key_usage)
		cert->repeat = "2.5.29.15";
}

static void
op_crl(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_crl *crl = crl_of(m, x);

	(void)in;
	switch ((x >> 1) % 9) {
	case 0:
		crl->this_update = around(MINT_NOW, y);
		break;
	case 1:
		crl->next_update = around(MINT_NOW, y);
		break;
	case 2:
		crl->revokes ^= 1u << y % MINT_CERT__MAX;
		break;
	case 3:
		crl->num_strangers = y % 300;
		break;
	case 4:
		crl->has_next_update ^= true;
		break;
	case 5:
		crl->has_crl_number ^= true;
		break;
	case 6:
		crl->has_authority_key_id ^= true;
		break;
	case 7:
		crl->version = y % 2 + 1;
		break;
	default:
		crl->hash = (enum mint_hash)(y % 3);
	}
}

static struct mint_chain *
chain_of(struct making *m, uint8_t x)
{
	struct mint_spec *s = &m->c.spec;
	struct mint_chain *const chains[] = { &s->pck_chain,
		&s->pck_crl_chain, &s->tcb_info_chain,
		&s->qe_identity_chain };

	return chains[x % 4];
}

static void
op_chain(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_chain *chain = chain_of(m, x);
	int i;

	(void)in;
	chain->num_certs = (x >> 2) % 5;
	for (i = 0; i < chain->num_certs; i++)
		chain->certs[i] = (enum mint_cert_id)((y >> 3 * i & 7) %
		    MINT_CERT__MAX);
}

static void
op_chain_text(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	static const char *const white[] = { "", "\n", "\r\n", " \t", "x",
		"-----" };
	struct mint_chain *chain = chain_of(m, x);
	const char **const texts[] = { &chain->prefix, &chain->separator,
		&chain->suffix };

	(void)in;
	if (y % 4 == 3) {
		chain->crlf ^= true;
		chain->nul_terminated ^= chain == &m->c.spec.pck_chain;
		return;
	}
	*texts[y % 4] = white[(y >> 2) % NUM(white)];
	if ((y >> 2) % NUM(white) > 3)
		m->c.is_unsure = true; /* or another took it back */
}

static void
op_pck_number(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_pck *p = &m->c.spec.pck;

	(void)in;
	if (x % 20 < 16)
		p->components[x % 20] = y % 257;
	else if (x % 20 == 16)
		p->pce_svn = y + (x >= 200);
	else if (x % 20 == 17)
		p->sgx_type = y % 4;
	else if (x % 20 == 18)
		p->cpu_svn[y % 16] = (uint8_t)(y >> 8);
	else
		p->num_config_members = y % 4;
}

static void
op_pck_bytes(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_pck *p = &m->c.spec.pck;
	size_t *const lens[] = { &p->ppid_len, &p->cpu_svn_len,
		&p->pce_id_len, &p->fmspc_len, &p->platform_instance_id_len };

	(void)in;
	switch (x % 4) {
	case 0:
		p->fmspc[y % 6] ^= (uint8_t)(y >> 8);
		break;
	case 1:
		p->pce_id[y % 2] ^= (uint8_t)(y >> 8);
		break;
	case 2:
		p->ppid[y % 16] ^= (uint8_t)(y >> 8);
		break;
	default:
		/* Lengths of pce_id and fmspc, too, are within their arrays. */
		*lens[y % 5] = (y >> 8) % (y % 5 == 2 ? 8 : 17);
		if (*lens[y % 5] > 16)
			*lens[y % 5] = 16;
	}
}

/* Order is free; a member less, more or twice is not. */
static void
op_pck_members(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_pck *p = &m->c.spec.pck;
	uint8_t *list = x % 2 == 0 ? p->members : p->tcb_members, one;
	size_t *num = x % 2 == 0 ? &p->num_members : &p->num_tcb_members;
	size_t a = (y & 0xff) % *num, b = (y >> 8) % *num;

	(void)in;
	if (x % 4 < 2) {
		one = list[a];
		list[a] = list[b];
		list[b] = one;
	} else if (x % 8 < 6) {
		list[a] = list[b];
	} else if (*num > 1) {
		(*num)--;
	}
}

static void
op_document(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_tcb_info *t = &m->c.spec.tcb_info;
	struct mint_qe_identity *q = &m->c.spec.qe_identity;
	static const char *const ids[] = { "SGX", "TDX", "QE", "TD_QE",
		"QVE" };

	(void)in;
	switch (x % 13) {
	case 0:
		t->issue_date = around(MINT_NOW, y);
		break;
	case 1:
		t->next_update = around(MINT_NOW, y);
		break;
	case 2:
		q->issue_date = around(MINT_NOW, y);
		break;
	case 3:
		q->next_update = around(MINT_NOW, y);
		break;
	case 4:
		t->id = ids[y % NUM(ids)];
		break;
	case 5:
		q->id = ids[y % NUM(ids)];
		break;
	case 6:
		t->version = y % 5;
		break;
	case 7:
		q->version = y % 4;
		break;
	case 8:
		t->tcb_type = y % 2;
		break;
	case 9:
		t->fmspc[y % 6] ^= (uint8_t)(y >> 8);
		break;
	case 10:
		t->pce_id[y % 2] ^= (uint8_t)(y >> 8);
		break;
	case 11:
		t->tcb_evaluation_data_number = y;
		break;
	default:
		q->tcb_evaluation_data_number = y;
	}
}

static const char *const statuses[] = { "UpToDate", "SWHardeningNeeded",
	"ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded",
	"OutOfDate", "OutOfDateConfigurationNeeded", "Revoked", "upToDate",
	NULL };

static const char *const advisories[] = { "INTEL-SA-00001",
	"INTEL-SA-00002", "INTEL-SA-00615" };

static void
set_advisories(int *num, const char **ids, uint16_t y)
{
	int i;

	*num = y % 4 - 1;
	for (i = 0; i < *num; i++)
		ids[i] = advisories[(y >> (2 + 2 * i) & 3) % 3];
}

static void
op_level(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_tcb_info *t = &m->c.spec.tcb_info;
	struct mint_tcb_level *l = &t->levels[x % PREPARED_LEVELS];

	(void)in;
	switch ((x >> 2) % 9) {
	case 0:
		l->components[y % 16] = (y >> 4) % 257;
		break;
	case 1:
		l->tdx_components[y % 16] = (y >> 4) % 257;
		break;
	case 2:
		l->pce_svn = y + (x >= 128);
		break;
	case 3:
		l->tcb_status = statuses[y % NUM(statuses)];
		break;
	case 4:
		l->tcb_date = around(MINT_NOW, y);
		break;
	case 5:
		set_advisories(&l->num_advisory_ids, l->advisory_ids, y);
		break;
	case 6:
		t->num_levels = y % (PREPARED_LEVELS + 1);
		break;
	case 7:
		l->num_components = y % 3 + 15;
		break;
	default:
		l->num_tdx_components = y % 3 == 0 ? -1 : y % 3 + 14;
	}
}

static void
set_isv_level(struct mint_isv_level *levels, int *num, uint8_t x, uint16_t y)
{
	struct mint_isv_level *l = &levels[x % 2];

	switch ((x >> 1) % 5) {
	case 0:
		l->isv_svn = y;
		break;
	case 1:
		l->isv_svn = y % 12 - 1;
		break;
	case 2:
		l->tcb_status = statuses[y % NUM(statuses)];
		break;
	case 3:
		l->tcb_date = around(MINT_NOW, y);
		set_advisories(&l->num_advisory_ids, l->advisory_ids, y);
		break;
	default:
		*num = y % 3;
	}
}

static void
op_module(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	static const char *const ids[] = { "TDX_01", "TDX_03", "TDX_0a",
		"TDX_0A", "tdx_01", "TDX_1", "TDX_001", "TDX_00", NULL };
	struct mint_tcb_info *t = &m->c.spec.tcb_info;
	struct mint_tdx_module *module = x % 3 == 2 ? &t->tdx_module :
	    &t->tdx_module_identities[x % 3];
	uint8_t n = fuzz_take_u8(in);

	switch ((x >> 2) % 6) {
	case 0:
		module->id = ids[y % NUM(ids)];
		break;
	case 1:
		module->mrsigner[y % 48] ^= n;
		break;
	case 2:
		module->attributes[y % 8] ^= n;
		break;
	case 3:
		t->num_tdx_module_identities = y % 4 - 1;
		if (t->num_tdx_module_identities > 2)
			t->has_tdx_module ^= true;
		if (t->num_tdx_module_identities > 2)
			t->num_tdx_module_identities = 2;
		break;
	default:
		if (x % 3 < 2)
			set_isv_level(module->levels, &module->num_levels, n,
			    y);
	}
}

static void
op_qe_identity(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_qe_identity *q = &m->c.spec.qe_identity;
	uint8_t n = (uint8_t)(y >> 8);

	(void)in;
	switch (x % 8) {
	case 0:
		q->miscselect[y % 4] ^= n;
		break;
	case 1:
		q->miscselect_mask[y % 4] ^= n;
		break;
	case 2:
		q->attributes[y % 16] ^= n;
		break;
	case 3:
		q->attributes_mask[y % 16] ^= n;
		break;
	case 4:
		q->mrsigner[y % 32] ^= n;
		break;
	case 5:
		q->isv_prod_id = y + (x >= 128) * 65536;
		break;
	default:
		set_isv_level(q->levels, &q->num_levels, x >> 3, y);
	}
}

/* A byte of a report; integers are set whole. */
static void
op_enclave(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_enclave_report *r = x % 2 == 0 ? &m->c.spec.quote.enclave :
	    &m->c.spec.quote.qe_report;
	uint8_t *const fields[] = { r->cpu_svn, r->miscselect, r->attributes,
		r->mrenclave, r->mrsigner, r->config_id, r->report_data,
		r->reserved1, r->reserved4 };
	static const uint8_t lens[] = { 16, 4, 16, 32, 32, 64, 64, 12, 42 };
	size_t i = (x >> 1) % 12;

	(void)in;
	if (i < NUM(fields))
		fields[i][(y & 0xff) % lens[i]] ^= (uint8_t)(y >> 8);
	else if (i == 9)
		r->isv_prod_id = y;
	else if (i == 10)
		r->isv_svn = y;
	else
		r->isv_svn = y % 12;
}

static void
op_td(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_td_report *r = &m->c.spec.quote.td;
	uint8_t *const fields[] = { r->tee_tcb_svn, r->mrseam,
		r->mrsignerseam, r->seam_attributes, r->td_attributes,
		r->xfam, r->mrtd, r->mrconfigid, r->rtmr[0], r->report_data,
		r->tee_tcb_svn2, r->mrservicetd };
	static const uint8_t lens[] = { 16, 48, 48, 8, 8, 8, 48, 48, 48, 64,
		16, 48 };
	size_t i = x % NUM(fields), at = (y & 0xff) % lens[i];

	(void)in;
	if (x < 128)
		fields[i][at] ^= (uint8_t)(y >> 8);
	else
		fields[i][at] = (uint8_t)(y >> 8);
}

static void
op_quote(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_quote *q = &m->c.spec.quote;

	(void)in;
	switch (x % 14) {
	case 0:
		q->version = y % 7;
		break;
	case 1:
		q->att_key_type = y % 4;
		break;
	case 2:
		q->tee_type = y & 0xff;
		break;
	case 3:
		q->qe_svn = y;
		break;
	case 4:
		q->qe_vendor_id[y % 16] ^= (uint8_t)(y >> 8);
		break;
	case 5:
		q->user_data[y % 20] ^= (uint8_t)(y >> 8);
		break;
	case 6:
		q->body_type = y % 5;
		break;
	case 7:
		q->keep_report_data ^= true;
		break;
	case 8:
		q->qe_auth_data_len = y % 1200;
		break;
	case 9:
		q->qe_auth_data_first = (uint8_t)y;
		break;
	case 10:
		q->outer_type = y % 8;
		break;
	case 11:
		q->cert_data_type = y % 8;
		break;
	case 12:
		q->trailing = y;
		break;
	default:
		q->trailing_value = (uint8_t)y;
	}
}

/* Sizes that are not those of the content; padding that they may cover. */
static void
op_sizes(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct mint_quote *q = &m->c.spec.quote;
	int64_t *const sizes[] = { &q->auth_data_size_more,
		&q->outer_size_more, &q->qe_auth_data_size_more,
		&q->cert_data_size_more, &q->body_size_more };

	(void)in;
	if (x % 7 < 5)
		*sizes[x % 7] = (int64_t)(y % 17) - 8 +
		    (x >= 200 ? INT64_C(0x7fffffff) : 0);
	else if (x % 7 == 5)
		q->outer_padding = y % 9;
	else
		q->auth_data_padding = y % 9;
}

static void
op_mirror(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	(void)y, (void)in;
	m->mirrored[x % 2] ^= true;
}

static void
op_edit(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	(void)in;
	m->edits[x % 2] = y % (int)NUM(edits);
}

static void
op_bytes(struct making *m, uint8_t x, uint16_t y, struct bytes *in)
{
	struct byte_change *change = &m->changes[m->num_changes];

	(void)y;
	if (m->num_changes == PATCHES_NUM_MAX)
		return;
	change->part = (enum mint_part)(x % MINT_PART__MAX);
	change->stage = (enum mint_stage)(y % 3);
	fuzz_take_patch(in, &change->patch);
	m->num_changes++;
}

static const struct {
	const char *name;
	operation *run;
} operations[] = {
	{ "at", op_at },
	{ "at-edge", op_at_edge },
	{ "policy", op_policy },
	{ "cert-date", op_cert_date },
	{ "cert-flag", op_cert_flag },
	{ "cert-number", op_cert_number },
	{ "key", op_key },
	{ "name", op_name },
	{ "extension", op_extension },
	{ "repeat", op_repeat },
	{ "crl", op_crl },
	{ "chain", op_chain },
	{ "chain-text", op_chain_text },
	{ "pck-number", op_pck_number },
	{ "pck-bytes", op_pck_bytes },
	{ "pck-members", op_pck_members },
	{ "document", op_document },
	{ "level", op_level },
	{ "module", op_module },
	{ "qe-identity", op_qe_identity },
	{ "enclave", op_enclave },
	{ "td", op_td },
	{ "quote", op_quote },
	{ "sizes", op_sizes },
	{ "mirror", op_mirror },
	{ "edit", op_edit },
	{ "bytes", op_bytes },
};

static void
prepare(struct making *m, struct bytes *in)
{
	uint8_t kind = fuzz_take_u8(in) % MINT_KIND__MAX;
	struct mint_spec *s = &m->c.spec;
	int i;

	mint_spec_init(s, (enum mint_kind)kind);
	if (fuzz_take_u8(in) % 2 != 0)
		mint_spec_set_ca(s, MINT_PROCESSOR);
	s->tcb_info.levels[3] = s->tcb_info.levels[2];
	s->tcb_info.levels[3].pce_svn = 1;
	s->tweak = tweak;
	s->tweak_arg = m;
	m->c.good = *s;
	m->c.at = MINT_NOW;
	m->c.accepts = ORACLE_ACCEPTS_DEFAULT;
	m->edits[0] = m->edits[1] = -1;
	for (i = 0; i < OPERATIONS_MAX && in->len > 0; i++) {
		uint8_t op = fuzz_take_u8(in), x = fuzz_take_u8(in);
		uint16_t y = fuzz_take_u16(in);

		operations[op % NUM(operations)].run(m, x, y, in);
	}
	/* Only what is there can stand twice. */
	for (i = 0; i < MINT_CERT__MAX; i++)
		if (!s->certs[i].has_key_usage)
			s->certs[i].repeat = NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };
	struct making *m = calloc(1, sizeof(*m));
	struct mint_world w;

	if (m == NULL)
		mint_die("no memory");
	prepare(m, &in);
	mint_world_make(&w, fuzz_mint(), &m->c.spec);
	check_quote_bytes(m, &w);
	oracle_check(&m->c, &w, fuzz_trust());
	mint_world_clear(&w);
	mint_buffer_clear(&m->quote);
	free(m);
	return 0;
}

/* "name x y, name x y": hex; more bytes may follow y, without spaces. */
static void
put_seed(fuzz_put *put, const char *name, enum mint_kind kind,
    const char *list)
{
	struct mint_buffer b = { 0 };
	char word[32], rest[128];
	unsigned x, y;
	size_t i, len;
	int end;

	mint_put_fill(&b, (uint8_t)kind, 1);
	mint_put_fill(&b, 0, 1);
	for (; *list != '\0'; list += end) {
		rest[0] = '\0';
		if (sscanf(list, " %31[a-z-] %x %x%n %127[0-9a-f]%n", word,
		    &x, &y, &end, rest, &end) < 3)
			mint_die("not a list of operations: %s", list);
		for (i = 0; strcmp(operations[i].name, word) != 0; i++)
			if (i + 1 == NUM(operations))
				mint_die("no operation %s", word);
		mint_put_fill(&b, (uint8_t)i, 1);
		mint_put_fill(&b, (uint8_t)x, 1);
		mint_put_u16le(&b, (uint16_t)y);
		len = b.len;
		mint_put_fill(&b, 0, strlen(rest) / 2);
		if (!hex_decode(b.ptr + len, strlen(rest) / 2,
		    bytes_of_string(rest)))
			mint_die("not hex: %s", rest);
		end += list[end] == ',';
	}
	put(name, mint_buffer_bytes(&b));
	mint_buffer_clear(&b);
}

void
fuzz_make_seeds(fuzz_put *put)
{
	static const struct {
		const char *name;
		enum mint_kind kind;
		const char *list;
	} lists[] = {
		{ "sgx-v3", MINT_SGX_V3, "" },
		{ "sgx-v4", MINT_SGX_V4, "" },
		{ "tdx-v4", MINT_TDX_V4, "" },
		{ "sgx-v5", MINT_SGX_V5, "" },
		{ "tdx10-v5", MINT_TDX10_V5, "" },
		{ "tdx15-v5", MINT_TDX15_V5, "" },
		{ "edge", MINT_SGX_V3, "at-edge 0 0" },
		{ "edge-after", MINT_TDX_V4, "at-edge 2 209" },
		{ "policy", MINT_SGX_V3, "policy ff 0,level c 4" },
		{ "cert-date", MINT_SGX_V3, "cert-date 5 fff" },
		{ "not-a-ca", MINT_SGX_V4, "cert-flag 1 6" },
		{ "key-usage", MINT_SGX_V4, "cert-number 2 c000" },
		{ "foreign-key", MINT_TDX_V4, "key 0 804" },
		{ "other-attest-key", MINT_SGX_V3, "key 0 705,key 0 706" },
		{ "name", MINT_SGX_V3, "name 1 200" },
		{ "critical", MINT_SGX_V3, "extension 2 100" },
		{ "not-critical", MINT_SGX_V3, "extension 6 0" },
		{ "repeat", MINT_SGX_V3, "repeat 1 0" },
		{ "revoked", MINT_SGX_V3, "crl 5 2" },
		{ "strangers", MINT_SGX_V3, "crl 7 28" },
		{ "chain-order", MINT_SGX_V3, "chain c 88" },
		{ "spare-signer", MINT_TDX_V4, "chain a 6,key 0 703" },
		{ "crlf", MINT_SGX_V3, "chain-text 0 3,chain-text 1 5" },
		{ "svn", MINT_SGX_V3, "pck-number 0 7" },
		{ "fmspc", MINT_SGX_V3, "pck-bytes 0 105,document 9 105" },
		{ "members", MINT_SGX_V3, "pck-members 0 305" },
		{ "document", MINT_SGX_V3, "document 8 1" },
		{ "level", MINT_TDX15_V5, "level 0 90,level c 6,level 14 1" },
		{ "module", MINT_TDX15_V5, "module 10 4 04" },
		{ "module-0", MINT_TDX_V4, "td 80 1" },
		{ "qe-level", MINT_SGX_V3, "enclave 15 7" },
		{ "qe-mask", MINT_SGX_V3, "qe-identity 3 400,enclave 5 400" },
		{ "debug", MINT_SGX_V3, "enclave 4 200" },
		{ "td-debug", MINT_TDX_V4, "td 4 100" },
		{ "service-td", MINT_TDX15_V5, "td b 100" },
		{ "auth-data", MINT_SGX_V4, "quote 8 5,quote 9 77" },
		{ "trailing", MINT_TDX_V4, "quote c 46" },
		{ "size", MINT_TDX_V4, "sizes 1 9,sizes 5 1" },
		{ "mirror", MINT_SGX_V3, "mirror 0 0,mirror 1 0" },
		{ "edit", MINT_SGX_V3, "edit 0 1,edit 1 2" },
		{ "pce-id", MINT_SGX_V3, "document a 101" },
		{ "other-fmspc", MINT_TDX_V4, "document 9 102" },
		{ "tcb-info-ends", MINT_SGX_V4, "at-edge 0 205" },
		{ "qe-identity-ends", MINT_SGX_V5, "document 3 0,at 0 8" },
		{ "vendor", MINT_SGX_V3, "quote 4 100" },
		{ "module-signer", MINT_TDX10_V5, "td 2 100" },
		{ "module-date", MINT_TDX_V4, "module 10 6d6f 06" },
		{ "qe-advisory", MINT_SGX_V3, "qe-identity 36 1" },
		{ "evaluation-number", MINT_SGX_V3, "document c 5" },
		{ "bytes-quote", MINT_SGX_V3, "bytes d 2 01700101ff" },
		{ "bytes-signed", MINT_TDX15_V5, "bytes d 0 01780101ff" },
		{ "bytes-cert", MINT_SGX_V3, "bytes 2 2 01100001ff" },
		{ "bytes-pem", MINT_SGX_V3, "bytes e 0 020000010a" },
	};
	size_t i;

	for (i = 0; i < NUM(lists); i++)
		put_seed(put, lists[i].name, lists[i].kind, lists[i].list);
}
