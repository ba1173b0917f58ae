#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "signed_json.h"

/* What it is called among the nine. */
static const char *
name_of(enum pcs_document kind)
{
	return collateral_field_names[pcs_documents[kind].text];
}

void
document_name(enum pcs_document kind, const struct platform_key *key,
    char out[static DOCUMENT_NAME_LEN_MAX])
{
	const char *what = name_of(kind);
	char fmspc[2 * FMSPC_LEN + 1];

	switch (kind) {
	case PCS_PCK_CRL:
		snprintf(out, DOCUMENT_NAME_LEN_MAX, "%s/%s", what,
		    pck_ca_name(key->ca));
		break;
	case PCS_TCB_INFO:
		hex_encode(fmspc, BYTES_OF(key->fmspc));
		snprintf(out, DOCUMENT_NAME_LEN_MAX, "%s/%s/%s", what,
		    tee_name(key->tee), fmspc);
		break;
	case PCS_QE_IDENTITY:
		snprintf(out, DOCUMENT_NAME_LEN_MAX, "%s/%s", what,
		    tee_name(key->tee));
		break;
	default:
		snprintf(out, DOCUMENT_NAME_LEN_MAX, "%s", what);
	}
}

static void
narrow(struct validity *v, const struct validity *by)
{
	if (by->not_before > v->not_before)
		v->not_before = by->not_before;
	if (by->not_after < v->not_after)
		v->not_after = by->not_after;
}

static int
check_not_revoked(const struct cert *cert, const struct crl *root_ca_crl,
    struct fault *f)
{
	if (root_ca_crl != NULL && crl_has(root_ca_crl, &cert->serial))
		return fault_set(f, FAULT_CERTIFICATE_REVOKED,
		    "\"%s\": its serial number is on the root's CRL",
		    cert->common_name);
	return 0;
}

static int
read_chain(struct signer_chain *chain, struct document *out,
    enum collateral_field i, enum signer_role role,
    const struct collateral_text *text, const struct document_context *context,
    struct fault *f)
{
	if (signer_chain_read(chain, bytes_of_string(text->field[i]), role,
		context->trust, f) < 0 ||
	    check_not_revoked(&chain->root, context->root_ca_crl, f) < 0 ||
	    check_not_revoked(&chain->signer, context->root_ca_crl, f) < 0)
		return fault_prefix(f, collateral_field_names[i]);
	narrow(&out->validity, &chain->root.validity);
	narrow(&out->validity, &chain->signer.validity);
	return 0;
}

static void
set_from_crl(struct document *out, const struct crl *crl)
{
	memcpy(out->order.number, crl->number, sizeof(crl->number));
	out->order.issued_at = crl->validity.not_before;
	narrow(&out->validity, &crl->validity);
}

static void
set_from_json(struct document *out, uint32_t number, time_t issue_date,
    time_t next_update)
{
	const struct validity dates = { issue_date, next_update };
	int i;

	for (i = CRL_NUMBER_LEN - 1; i >= 0; i--, number >>= 8)
		out->order.number[i] = (uint8_t)number;
	out->order.issued_at = issue_date;
	narrow(&out->validity, &dates);
}

int
document_read_root_ca_crl(struct crl *out, const struct collateral_text *text,
    const struct trust *trust, struct fault *f)
{
	/* The anchor is a name and a key; that is all a CRL's reader asks. */
	struct cert root = { .common_name = "the trust anchor" };

	root.subject = trust->subject;
	memcpy(root.key, trust->key, sizeof(root.key));
	return collateral_read_crl(out, text, COLLATERAL_ROOT_CA_CRL, &root, f);
}

static int
read_root_ca_crl(struct document *out, const struct collateral_text *text,
    const struct document_context *context, struct fault *f)
{
	struct crl crl;

	if (document_read_root_ca_crl(&crl, text, context->trust, f) < 0)
		return -1;
	set_from_crl(out, &crl);
	crl_clear(&crl);
	return 0;
}

static int
read_pck_crl(struct document *out, const struct collateral_text *text,
    const struct document_context *context, struct fault *f)
{
	struct signer_chain chain;
	struct crl crl;
	enum pck_ca ca;

	if (read_chain(&chain, out, COLLATERAL_PCK_CRL_ISSUER_CHAIN,
		SIGNER_PCK_CA, text, context, f) < 0 ||
	    collateral_read_crl(&crl, text, COLLATERAL_PCK_CRL, &chain.signer,
		f) < 0)
		return -1;
	set_from_crl(out, &crl);
	crl_clear(&crl);
	if (!cert_is_pck_ca(&chain.signer, &ca) || ca != context->key->ca)
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "pck_crl: want that of the %s CA, have another's",
		    pck_ca_name(context->key->ca));
	return 0;
}

/* What TCB info and QE identity have in common. */
static int
check_signed(struct document *out, enum pcs_document kind, const char *what,
    const struct collateral_text *text, const struct document_context *context,
    struct fault *f)
{
	const struct pcs_document_form *form = &pcs_documents[kind];
	struct signer_chain chain;

	if (read_chain(&chain, out, form->chain, SIGNER_TCB_SIGNING,
		text, context, f) < 0)
		return -1;
	return signed_json_verify(bytes_of_string(text->field[form->text]),
	    bytes_of_string(text->field[form->signature]), chain.signer.key,
	    what, f);
}

static int
read_tcb_info(struct document *out, const struct collateral_text *text,
    const struct document_context *context, struct fault *f)
{
	const struct platform_key *key = context->key;
	struct tcb_info t;
	bool fits;

	if (check_signed(out, PCS_TCB_INFO, "TCB info", text, context, f) < 0 ||
	    tcb_info_read(&t, bytes_of_string(
		text->field[COLLATERAL_TCB_INFO]), f) < 0)
		return -1;
	set_from_json(out, t.tcb_evaluation_data_number, t.issue_date,
	    t.next_update);
	fits = t.tee == key->tee &&
	    memcmp(t.fmspc, key->fmspc, sizeof(t.fmspc)) == 0;
	tcb_info_clear(&t);
	if (!fits)
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "TCB info: of another platform than was asked for");
	return 0;
}

static int
read_qe_identity(struct document *out, const struct collateral_text *text,
    const struct document_context *context, struct fault *f)
{
	struct qe_identity q;
	enum tee tee;

	if (check_signed(out, PCS_QE_IDENTITY, "QE identity", text, context,
		f) < 0 ||
	    qe_identity_read(&q, bytes_of_string(
		text->field[COLLATERAL_QE_IDENTITY]), f) < 0)
		return -1;
	set_from_json(out, q.tcb_evaluation_data_number, q.issue_date,
	    q.next_update);
	tee = q.tee;
	qe_identity_clear(&q);
	if (tee != context->key->tee)
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "QE identity: want that for %s, have %s",
		    tee_name(context->key->tee), tee_name(tee));
	return 0;
}

int
document_read(struct document *out, enum pcs_document kind,
    const struct collateral_text *text, const struct document_context *context,
    struct fault *f)
{
	static int (*const readers[PCS_DOCUMENT__MAX])(struct document *,
	    const struct collateral_text *, const struct document_context *,
	    struct fault *) = {
		[PCS_PCK_CRL] = read_pck_crl,
		[PCS_ROOT_CA_CRL] = read_root_ca_crl,
		[PCS_TCB_INFO] = read_tcb_info,
		[PCS_QE_IDENTITY] = read_qe_identity,
	};

	memset(out, 0, sizeof(*out));
	out->validity = (struct validity){ INT64_MIN, INT64_MAX };
	return readers[kind](out, text, context, f);
}

int
document_check_time(const struct document *d, enum pcs_document kind,
    time_t at, struct fault *f)
{
	const struct collateral_period period = {
		name_of(kind),
		FAULT_COLLATERAL_EXPIRED, d->validity
	};

	return collateral_period_check(&period, at, f);
}

int
document_order_compare(const struct document_order *a,
    const struct document_order *b)
{
	int r = memcmp(a->number, b->number, sizeof(a->number));

	if (r != 0)
		return r;
	return (a->issued_at > b->issued_at) - (a->issued_at < b->issued_at);
}

static void
move_field(struct collateral_text *to, struct collateral_text *from,
    enum collateral_field i)
{
	if (from->field[i] == NULL)
		return; /* there is no such field, and `text` was named */
	free(to->field[i]);
	to->field[i] = from->field[i];
	from->field[i] = NULL;
}

void
document_move(struct collateral_text *to, struct collateral_text *from,
    enum pcs_document kind)
{
	const struct pcs_document_form *form = &pcs_documents[kind];

	move_field(to, from, form->text);
	move_field(to, from, form->chain);
	move_field(to, from, form->signature);
}
