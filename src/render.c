#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "instant.h"
#include "json_builder.h"
#include "render.h"
#include "render_private.h"

/* A member of a report, under its own name. */
#define ADD_FIELD(b, report, field) \
	json_add_hex((b), #field, (report)->field, sizeof((report)->field))

static struct json_object *
render_header(const struct quote_header *h)
{
	struct json_builder b = json_begin();

	json_add_number(&b, "version", h->version);
	json_add_text(&b, "ak_type", "ECDSA_P256");
	json_add_text(&b, "tee_type",
	    h->tee_type == TEE_TDX ? "TEE_TDX" : "TEE_SGX");
	ADD_FIELD(&b, h, qe_vendor);
	ADD_FIELD(&b, h, user_data);
	return json_finish(&b);
}

static struct json_object *
render_enclave_report(const struct enclave_report *r)
{
	struct json_builder b = json_begin();

	ADD_FIELD(&b, r, cpusvn);
	ADD_FIELD(&b, r, miscselect);
	ADD_FIELD(&b, r, attributes);
	ADD_FIELD(&b, r, mrenclave);
	ADD_FIELD(&b, r, mrsigner);
	json_add_number(&b, "isvprodid", enclave_report_isvprodid(r));
	json_add_number(&b, "isvsvn", enclave_report_isvsvn(r));
	ADD_FIELD(&b, r, reportdata);
	ADD_FIELD(&b, r, isvextprodid);
	ADD_FIELD(&b, r, configid);
	json_add_number(&b, "configsvn", enclave_report_configsvn(r));
	ADD_FIELD(&b, r, isvfamilyid);
	return json_finish(&b);
}

static struct json_object *
render_td_report(const struct td_report *r, bool is_15)
{
	static const char *const rtmr_names[4] = { "rtmr0", "rtmr1", "rtmr2",
		"rtmr3" };
	struct json_builder b = json_begin();
	int i;

	/* Clients know these two without "0x". */
	json_add_bare_hex(&b, "tee_tcb_svn", r->tee_tcb_svn,
	    sizeof(r->tee_tcb_svn));
	ADD_FIELD(&b, r, mrseam);
	ADD_FIELD(&b, r, mrsignerseam);
	ADD_FIELD(&b, r, seamattributes);
	ADD_FIELD(&b, r, tdattributes);
	ADD_FIELD(&b, r, xfam);
	ADD_FIELD(&b, r, mrtd);
	ADD_FIELD(&b, r, mrconfig);
	ADD_FIELD(&b, r, mrowner);
	ADD_FIELD(&b, r, mrownerconfig);
	for (i = 0; i < 4; i++)
		json_add_hex(&b, rtmr_names[i], r->rtmr[i], sizeof(r->rtmr[i]));
	ADD_FIELD(&b, r, reportdata);
	/* The same under the name that other clients use. */
	json_add_hex(&b, "mr_config_id", r->mrconfig, sizeof(r->mrconfig));
	if (is_15) {
		json_add_bare_hex(&b, "tee_tcb_svn2", r->tee_tcb_svn2,
		    sizeof(r->tee_tcb_svn2));
		ADD_FIELD(&b, r, mrservicetd);
	}
	return json_finish(&b);
}

static struct json_object *
render_body(const struct quote *q)
{
	if (q->tee == TEE_SGX)
		return render_enclave_report(&q->enclave_report);
	return render_td_report(&q->td_report,
	    q->body_type == BODY_TD_REPORT15);
}

/*
 * The PEM text in the quote. A stranger's: what is not plain ASCII text is
 * not PEM and would not be JSON either, so it is left out.
 */
static void
add_cert_data(struct json_builder *b, const struct quote *q)
{
	size_t len = q->cert_data.len, i;

	while (len > 0 && q->cert_data.ptr[len - 1] == '\0')
		len--;
	for (i = 0; i < len; i++)
		if (q->cert_data.ptr[i] > '~' || (q->cert_data.ptr[i] < ' ' &&
			strchr("\t\r\n", q->cert_data.ptr[i]) == NULL) ||
		    q->cert_data.ptr[i] == '\0')
			break;
	if (q->cert_data_type < CERT_DATA_PCK_LEAF || i < len)
		json_add_null(b, "cert_data");
	else
		json_add(b, "cert_data", json_object_new_string_len(
		    (const char *)q->cert_data.ptr, (int)len));
}

static void
add_quote_members(struct json_builder *b, const struct quote *q, bool verified)
{
	json_add(b, "header", render_header(&q->header));
	add_cert_data(b, q);
	json_add(b, "body", render_body(q));
	json_add_bool(b, "verified", verified);
}

struct json_object *
render_quote(const struct quote *q, bool verified)
{
	struct json_builder b = json_begin();

	add_quote_members(&b, q, verified);
	return json_finish(&b);
}

struct json_object *
render_collateral(const struct collateral_text *t)
{
	struct json_builder b = json_begin();
	int i;

	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		json_add_text(&b, collateral_field_names[i], t->field[i]);
	return json_finish(&b);
}

static void
add_checksum(struct json_builder *b, const char *name, const uint8_t *checksum)
{
	if (checksum == NULL)
		json_add_null(b, name);
	else
		json_add_bare_hex(b, name, checksum, SHA256_LEN);
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
	json_add(b, "advisory_ids",
	    render_advisory_ids(ids->id, ids->num));
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
		json_add_bare_hex(b, "content_sha256", digest,
		    sizeof(digest));
}

/* Null where chain or collateral could not be read. */
static void
add_tcb_report(struct json_builder *b, const struct verdict *v,
    const char *stored)
{
	if (stored != NULL)
		json_add_raw(b, "tcb", stored);
	else if (v == NULL || v->num_periods == 0)
		json_add_null(b, "tcb");
	else
		json_add(b, "tcb", render_tcb(v));
}

/* What is ours, behind the keys that clients know. */
static void
add_ours(struct json_builder *b, const struct attestation *a)
{
	add_content(b, a->quote);
	add_tcb_report(b, a->verdict, a->tcb);
}

struct json_object *
render_upload(const struct attestation *a, const struct collateral_text *t)
{
	struct json_builder b = json_begin();

	add_checksum(&b, "id", a->checksum);
	json_add_bool(&b, "success", true);
	json_add_bool(&b, "proof_of_cloud", false);
	json_add(&b, "quote", render_quote(a->quote, a->verdict->verified));
	add_checksum(&b, "checksum", a->checksum);
	json_add_bool(&b, "can_download", !a->not_kept);
	if (a->not_kept)
		json_add_null(&b, "uploaded_at");
	else
		json_add_instant_us(&b, "uploaded_at", a->uploaded_at_us);
	add_verified_at(&b, a->verdict);
	json_add(&b, "quote_collateral", render_collateral(t));
	json_add_null(&b, "node_provider");
	add_tcb(&b, a->verdict);
	add_reason(&b, a->verdict);
	add_ours(&b, a);
	return json_finish(&b);
}

struct json_object *
render_view(const struct attestation *a)
{
	struct json_builder b = json_begin();

	add_quote_members(&b, a->quote,
	    a->verdict != NULL && a->verdict->verified);
	json_add_instant_us(&b, "uploaded_at", a->uploaded_at_us);
	add_checksum(&b, "checksum", a->checksum);
	json_add_bool(&b, "can_download", true);
	add_verified_at(&b, a->verdict);
	if (a->pck == NULL)
		json_add_null(&b, "ppid");
	else
		json_add_bare_hex(&b, "ppid", a->pck->ppid, sizeof(a->pck->ppid));
	json_add_bool(&b, "proof_of_cloud", false);
	add_tcb(&b, a->verdict);
	add_reason(&b, a->verdict);
	add_ours(&b, a);
	return json_finish(&b);
}

struct json_object *
render_recent(const uint8_t checksum[static SHA256_LEN], bool verified,
    int64_t created_at_us)
{
	struct json_builder b = json_begin();

	add_checksum(&b, "checksum", checksum);
	json_add_number(&b, "verified", verified ? 1 : 0);
	json_add_instant_us(&b, "created_at", created_at_us);
	return json_finish(&b);
}

struct json_object *
render_verdict(const struct numbered_verdict *n)
{
	struct json_builder b = json_begin();

	json_add_number(&b, "number", n->number);
	json_add_bool(&b, "verified", n->verdict->verified);
	add_verified_at(&b, n->verdict);
	json_add_instant_us(&b, "recorded_at", n->recorded_at_us);
	add_tcb(&b, n->verdict);
	add_reason(&b, n->verdict);
	add_checksum(&b, "collateral_id", n->collateral_id);
	json_add_text(&b, "policy", n->policy);
	json_add_text(&b, "engine_version", n->engine_version);
	return json_finish(&b);
}

struct json_object *
render_judgement(const uint8_t checksum[static SHA256_LEN],
    const struct verdict *v, const uint8_t *collateral_id)
{
	struct json_builder b = json_begin();

	add_checksum(&b, "checksum", checksum);
	json_add_bool(&b, "verified", v->verified);
	add_verified_at(&b, v);
	add_tcb(&b, v);
	add_reason(&b, v);
	add_checksum(&b, "collateral_id", collateral_id);
	return json_finish(&b);
}

struct json_object *
render_error(const char *detail, const struct attestation *a)
{
	struct json_builder b = json_begin();

	json_add_text(&b, "detail", detail);
	if (a != NULL) {
		add_reason(&b, a->verdict);
		add_checksum(&b, "checksum", a->checksum);
		add_tcb(&b, a->verdict);
		add_ours(&b, a);
	}
	return json_finish(&b);
}

struct json_object *
render_report(const uint8_t *checksum, const struct quote *q,
    const struct verdict *v)
{
	struct json_builder b = json_begin();
	char text[INSTANT_LEN_MAX];

	json_add_bool(&b, "verified", v->verified);
	add_tcb(&b, v);
	add_reason(&b, v);
	if (q == NULL)
		json_add_null(&b, "quote");
	else
		json_add(&b, "quote", render_quote(q, v->verified));
	add_checksum(&b, "checksum", checksum);
	add_verified_at(&b, v);
	instant_format_us((int64_t)v->expires_at * 1000000, text);
	json_add_text(&b, "collateral_expires_at",
	    v->expires_at == 0 ? NULL : text);
	add_content(&b, q);
	add_tcb_report(&b, v, NULL);
	return json_finish(&b);
}

struct json_object *
render_show(const uint8_t *checksum, const struct quote *q,
    const struct pck *pck)
{
	struct json_builder b = json_begin();

	add_checksum(&b, "checksum", checksum);
	json_add(&b, "header", render_header(&q->header));
	add_cert_data(&b, q);
	json_add(&b, "body", render_body(q));
	json_add_number(&b, "cert_data_type", q->cert_data_type);
	json_add_number(&b, "trailing_len", (int64_t)q->trailing.len);
	add_content(&b, q);
	if (pck == NULL) {
		json_add_null(&b, "fmspc");
		json_add_null(&b, "ca");
		json_add_null(&b, "ppid");
		json_add_null(&b, "pce_id");
	} else {
		json_add_bare_hex(&b, "fmspc", pck->fmspc, sizeof(pck->fmspc));
		json_add_text(&b, "ca", pck_ca_name(pck->ca));
		json_add_bare_hex(&b, "ppid", pck->ppid, sizeof(pck->ppid));
		json_add_bare_hex(&b, "pce_id", pck->pce_id, sizeof(pck->pce_id));
	}
	return json_finish(&b);
}

const char *
render_text(struct json_object *o, bool pretty)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text;

	flags |= pretty ?
	    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_PRETTY_TAB |
		JSON_C_TO_STRING_SPACED :
	    JSON_C_TO_STRING_PLAIN;
	/* json-c leaves out what it has no memory for, and goes on. */
	errno = 0;
	text = json_object_to_json_string_ext(o, flags);
	return errno == ENOMEM ? NULL : text;
}
