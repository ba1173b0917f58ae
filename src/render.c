#include "render.h"
#include "render_private.h"

/* A member of a report, under its own name. */
#define ADD_FIELD(b, report, field) \
	json_add_hex((b), #field, BYTES_OF((report)->field))

static void
add_header(struct json_builder *b, const struct quote_header *h)
{
	json_begin_object(b, "header");
	json_add_number(b, "version", h->version);
	json_add_text(b, "ak_type", "ECDSA_P256");
	json_add_text(b, "tee_type",
	    h->tee_type == TEE_TDX ? "TEE_TDX" : "TEE_SGX");
	ADD_FIELD(b, h, qe_vendor);
	ADD_FIELD(b, h, user_data);
	json_end_object(b);
}

static void
add_enclave_report(struct json_builder *b, const struct enclave_report *r)
{
	ADD_FIELD(b, r, cpusvn);
	ADD_FIELD(b, r, miscselect);
	ADD_FIELD(b, r, attributes);
	ADD_FIELD(b, r, mrenclave);
	ADD_FIELD(b, r, mrsigner);
	json_add_number(b, "isvprodid", enclave_report_isvprodid(r));
	json_add_number(b, "isvsvn", enclave_report_isvsvn(r));
	ADD_FIELD(b, r, reportdata);
	ADD_FIELD(b, r, isvextprodid);
	ADD_FIELD(b, r, configid);
	json_add_number(b, "configsvn", enclave_report_configsvn(r));
	ADD_FIELD(b, r, isvfamilyid);
}

static void
add_td_report(struct json_builder *b, const struct td_report *r, bool is_15)
{
	static const char *const rtmr_names[4] = { "rtmr0", "rtmr1", "rtmr2",
		"rtmr3" };
	int i;

	/* Clients know these two without "0x". */
	json_add_bare_hex(b, "tee_tcb_svn", BYTES_OF(r->tee_tcb_svn));
	ADD_FIELD(b, r, mrseam);
	ADD_FIELD(b, r, mrsignerseam);
	ADD_FIELD(b, r, seamattributes);
	ADD_FIELD(b, r, tdattributes);
	ADD_FIELD(b, r, xfam);
	ADD_FIELD(b, r, mrtd);
	ADD_FIELD(b, r, mrconfig);
	ADD_FIELD(b, r, mrowner);
	ADD_FIELD(b, r, mrownerconfig);
	for (i = 0; i < 4; i++)
		json_add_hex(b, rtmr_names[i], BYTES_OF(r->rtmr[i]));
	ADD_FIELD(b, r, reportdata);
	/* The same under the name that other clients use. */
	json_add_hex(b, "mr_config_id", BYTES_OF(r->mrconfig));
	if (is_15) {
		json_add_bare_hex(b, "tee_tcb_svn2",
		    BYTES_OF(r->tee_tcb_svn2));
		ADD_FIELD(b, r, mrservicetd);
	}
}

static void
add_body(struct json_builder *b, const struct quote *q)
{
	json_begin_object(b, "body");
	if (q->tee == TEE_SGX)
		add_enclave_report(b, &q->enclave_report);
	else
		add_td_report(b, &q->td_report,
		    q->body_type == BODY_TD_REPORT15);
	json_end_object(b);
}

/* The PEM text in the quote. What is not plain text is not PEM: left out. */
static void
add_cert_data(struct json_builder *b, const struct quote *q)
{
	struct bytes text = q->cert_data;

	while (text.len > 0 && text.ptr[text.len - 1] == '\0')
		text.len--;
	if (q->cert_data_type < CERT_DATA_PCK_LEAF)
		json_add_null(b, "cert_data");
	else
		json_add_ascii(b, "cert_data", text);
}

static void
add_quote_members(struct json_builder *b, const struct quote *q, bool verified)
{
	add_header(b, &q->header);
	add_cert_data(b, q);
	add_body(b, q);
	json_add_bool(b, "verified", verified);
}

static void
add_quote(struct json_builder *b, const char *name, const struct quote *q,
    bool verified)
{
	json_begin_object(b, name);
	add_quote_members(b, q, verified);
	json_end_object(b);
}

struct json_text
render_quote(const struct quote *q, bool verified)
{
	struct json_builder b = { 0 };

	add_quote(&b, NULL, q, verified);
	return json_finish(&b);
}

struct json_text
render_collateral(const struct collateral_text *t)
{
	struct json_builder b = { 0 };
	int i;

	json_begin_object(&b, NULL);
	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		json_add_text(&b, collateral_field_names[i], t->field[i]);
	json_end_object(&b);
	return json_finish(&b);
}

/* Without "0x"; ptr NULL: null. */
static void
add_bytes(struct json_builder *b, const char *name, const uint8_t *ptr,
    size_t len)
{
	if (ptr == NULL)
		json_add_null(b, name);
	else
		json_add_bare_hex(b, name, (struct bytes){ ptr, len });
}

static void
add_checksum(struct json_builder *b, const char *name, const uint8_t *checksum)
{
	add_bytes(b, name, checksum, SHA256_LEN);
}

static void
add_verified_at(struct json_builder *b, const struct verdict *v)
{
	if (v == NULL)
		json_add_null(b, "verified_at");
	else
		json_add_instant_us(b, "verified_at",
		    (int64_t)v->verified_at * 1000000);
}

/* tcb_status, advisory_ids; null and empty when there is no verdict. */
static void
add_tcb(struct json_builder *b, const struct verdict *v)
{
	static const struct advisories none;
	const struct advisories *ids = v == NULL ? &none : &v->advisories;

	json_add_text(b, "tcb_status",
	    v == NULL ? NULL : tcb_status_name(v->tcb_status));
	render_advisory_ids(b, ids->id, ids->num);
}

static void
add_reason(struct json_builder *b, const struct verdict *v)
{
	json_add_text(b, "reason",
	    v == NULL ? NULL : fault_reason(v->fault.code));
	json_add_text(b, "message", v == NULL || v->fault.message[0] == '\0' ?
	    NULL : v->fault.message);
}

/* What is signed, by its digest: padded and mirrored copies share it. */
static void
add_content(struct json_builder *b, const struct quote *q)
{
	uint8_t digest[SHA256_LEN];
	struct fault f;

	if (q == NULL)
		json_add_null(b, "content_sha256");
	else if (verify_content_sha256(q, digest, &f) < 0)
		b->failed = true;
	else
		add_checksum(b, "content_sha256", digest);
}

/* Null where chain or collateral could not be read. */
static void
add_tcb_report(struct json_builder *b, const struct verdict *v,
    const char *rendered)
{
	if (rendered != NULL)
		json_add_raw(b, "tcb", bytes_of_string(rendered));
	else if (v == NULL || v->num_periods == 0)
		json_add_null(b, "tcb");
	else
		render_add_tcb(b, "tcb", v);
}

/* What is ours, behind the keys that clients know. */
static void
add_ours(struct json_builder *b, const struct attestation *a)
{
	add_checksum(b, "content_sha256", a->content_sha256);
	add_tcb_report(b, a->verdict, a->tcb);
}

struct json_text
render_upload(const struct attestation *a, struct bytes collateral)
{
	struct json_builder b = { 0 };

	json_begin_object(&b, NULL);
	add_checksum(&b, "id", a->checksum);
	json_add_bool(&b, "success", true);
	json_add_bool(&b, "proof_of_cloud", false);
	add_quote(&b, "quote", a->quote, a->verdict->verified);
	add_checksum(&b, "checksum", a->checksum);
	json_add_bool(&b, "can_download", !a->not_kept);
	if (a->not_kept)
		json_add_null(&b, "uploaded_at");
	else
		json_add_instant_us(&b, "uploaded_at", a->uploaded_at_us);
	add_verified_at(&b, a->verdict);
	json_add_raw(&b, "quote_collateral", collateral);
	json_add_null(&b, "node_provider");
	add_tcb(&b, a->verdict);
	add_reason(&b, a->verdict);
	add_ours(&b, a);
	json_end_object(&b);
	return json_finish(&b);
}

struct json_text
render_view(const struct attestation *a)
{
	struct json_builder b = { 0 };

	json_begin_object(&b, NULL);
	add_quote_members(&b, a->quote,
	    a->verdict != NULL && a->verdict->verified);
	json_add_instant_us(&b, "uploaded_at", a->uploaded_at_us);
	add_checksum(&b, "checksum", a->checksum);
	json_add_bool(&b, "can_download", true);
	add_verified_at(&b, a->verdict);
	add_bytes(&b, "ppid", a->ppid, PPID_LEN);
	json_add_bool(&b, "proof_of_cloud", false);
	add_tcb(&b, a->verdict);
	add_reason(&b, a->verdict);
	add_ours(&b, a);
	json_end_object(&b);
	return json_finish(&b);
}

void
render_recent(struct json_builder *list,
    const uint8_t checksum[static SHA256_LEN], bool verified,
    int64_t created_at_us)
{
	json_begin_object(list, NULL);
	add_checksum(list, "checksum", checksum);
	json_add_number(list, "verified", verified ? 1 : 0);
	json_add_instant_us(list, "created_at", created_at_us);
	json_end_object(list);
}

void
render_verdict(struct json_builder *list, const struct numbered_verdict *n)
{
	json_begin_object(list, NULL);
	json_add_number(list, "number", n->number);
	json_add_bool(list, "verified", n->verdict->verified);
	add_verified_at(list, n->verdict);
	json_add_instant_us(list, "recorded_at", n->recorded_at_us);
	add_tcb(list, n->verdict);
	add_reason(list, n->verdict);
	add_checksum(list, "collateral_id", n->collateral_id);
	json_add_text(list, "policy", n->policy);
	json_add_text(list, "engine_version", n->engine_version);
	json_end_object(list);
}

struct json_text
render_judgement(const uint8_t checksum[static SHA256_LEN],
    const struct verdict *v, const uint8_t *collateral_id)
{
	struct json_builder b = { 0 };

	json_begin_object(&b, NULL);
	add_checksum(&b, "checksum", checksum);
	json_add_bool(&b, "verified", v->verified);
	add_verified_at(&b, v);
	add_tcb(&b, v);
	add_reason(&b, v);
	add_checksum(&b, "collateral_id", collateral_id);
	json_end_object(&b);
	return json_finish(&b);
}

struct json_text
render_error(const char *detail, const struct attestation *a)
{
	struct json_builder b = { 0 };

	json_begin_object(&b, NULL);
	json_add_text(&b, "detail", detail);
	if (a != NULL) {
		add_reason(&b, a->verdict);
		add_checksum(&b, "checksum", a->checksum);
		add_tcb(&b, a->verdict);
		add_ours(&b, a);
	}
	json_end_object(&b);
	return json_finish(&b);
}

struct json_text
render_report(const uint8_t *checksum, const struct quote *q,
    const struct verdict *v)
{
	struct json_builder b = { 0 };

	json_begin_object(&b, NULL);
	json_add_bool(&b, "verified", v->verified);
	add_tcb(&b, v);
	add_reason(&b, v);
	if (q == NULL)
		json_add_null(&b, "quote");
	else
		add_quote(&b, "quote", q, v->verified);
	add_checksum(&b, "checksum", checksum);
	add_verified_at(&b, v);
	render_add_time(&b, "collateral_expires_at", v->expires_at);
	add_content(&b, q);
	add_tcb_report(&b, v, NULL);
	json_end_object(&b);
	return json_finish(&b);
}

struct json_text
render_show(const uint8_t *checksum, const struct quote *q,
    const struct pck *pck)
{
	struct json_builder b = { 0 };

	json_begin_object(&b, NULL);
	add_checksum(&b, "checksum", checksum);
	add_header(&b, &q->header);
	add_cert_data(&b, q);
	add_body(&b, q);
	json_add_number(&b, "cert_data_type", q->cert_data_type);
	json_add_number(&b, "trailing_len", (int64_t)q->trailing.len);
	add_content(&b, q);
	if (pck == NULL) {
		json_add_null(&b, "fmspc");
		json_add_null(&b, "ca");
		json_add_null(&b, "ppid");
		json_add_null(&b, "pce_id");
	} else {
		json_add_bare_hex(&b, "fmspc", BYTES_OF(pck->fmspc));
		json_add_text(&b, "ca", pck_ca_name(pck->ca));
		json_add_bare_hex(&b, "ppid", BYTES_OF(pck->ppid));
		json_add_bare_hex(&b, "pce_id", BYTES_OF(pck->pce_id));
	}
	json_end_object(&b);
	return json_finish(&b);
}
