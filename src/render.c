#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "instant.h"
#include "render.h"

/*
 * An object under construction. json-c takes NULL for a JSON null, so a
 * value that could not be made must not be added: it fails the whole.
 */
struct builder {
	struct json_object *o;
	bool failed;
};

static struct builder
begin(void)
{
	struct builder b = { json_object_new_object(), false };

	b.failed = b.o == NULL;
	return b;
}

static struct json_object *
finish(struct builder *b)
{
	if (!b->failed)
		return b->o;
	json_object_put(b->o);
	return NULL;
}

static void
add(struct builder *b, const char *name, struct json_object *value)
{
	if (b->failed || value == NULL ||
	    json_object_object_add(b->o, name, value) < 0) {
		json_object_put(value);
		b->failed = true;
	}
}

static void
add_null(struct builder *b, const char *name)
{
	if (!b->failed && json_object_object_add(b->o, name, NULL) < 0)
		b->failed = true;
}

static void
add_text(struct builder *b, const char *name, const char *text)
{
	if (text == NULL)
		add_null(b, name);
	else
		add(b, name, json_object_new_string(text));
}

static void
add_number(struct builder *b, const char *name, int64_t n)
{
	add(b, name, json_object_new_int64(n));
}

static void
add_bool(struct builder *b, const char *name, bool value)
{
	add(b, name, json_object_new_boolean(value));
}

#define HEX_LEN_MAX 64

static void
add_bare_hex(struct builder *b, const char *name, const uint8_t *ptr,
    size_t len)
{
	char hex[2 * HEX_LEN_MAX + 1];

	if (len > HEX_LEN_MAX) {
		b->failed = true;
		return;
	}
	hex_encode(hex, (struct bytes){ ptr, len });
	add_text(b, name, hex);
}

static void
add_hex(struct builder *b, const char *name, const uint8_t *ptr, size_t len)
{
	char hex[2 + 2 * HEX_LEN_MAX + 1] = "0x";

	if (len > HEX_LEN_MAX) {
		b->failed = true;
		return;
	}
	hex_encode(hex + 2, (struct bytes){ ptr, len });
	add_text(b, name, hex);
}

/* A member of a report, under its own name. */
#define ADD_FIELD(b, report, field) \
	add_hex((b), #field, (report)->field, sizeof((report)->field))

static struct json_object *
render_header(const struct quote_header *h)
{
	struct builder b = begin();

	add_number(&b, "version", h->version);
	add_text(&b, "ak_type", "ECDSA_P256");
	add_text(&b, "tee_type",
	    h->tee_type == TEE_TDX ? "TEE_TDX" : "TEE_SGX");
	ADD_FIELD(&b, h, qe_vendor);
	ADD_FIELD(&b, h, user_data);
	return finish(&b);
}

static struct json_object *
render_enclave_report(const struct enclave_report *r)
{
	struct builder b = begin();

	ADD_FIELD(&b, r, cpusvn);
	ADD_FIELD(&b, r, miscselect);
	ADD_FIELD(&b, r, attributes);
	ADD_FIELD(&b, r, mrenclave);
	ADD_FIELD(&b, r, mrsigner);
	add_number(&b, "isvprodid", enclave_report_isvprodid(r));
	add_number(&b, "isvsvn", enclave_report_isvsvn(r));
	ADD_FIELD(&b, r, reportdata);
	ADD_FIELD(&b, r, isvextprodid);
	ADD_FIELD(&b, r, configid);
	add_number(&b, "configsvn", enclave_report_configsvn(r));
	ADD_FIELD(&b, r, isvfamilyid);
	return finish(&b);
}

static struct json_object *
render_td_report(const struct td_report *r, bool is_15)
{
	static const char *const rtmr_names[4] = { "rtmr0", "rtmr1", "rtmr2",
		"rtmr3" };
	struct builder b = begin();
	int i;

	/* Clients know these two without "0x". */
	add_bare_hex(&b, "tee_tcb_svn", r->tee_tcb_svn,
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
		add_hex(&b, rtmr_names[i], r->rtmr[i], sizeof(r->rtmr[i]));
	ADD_FIELD(&b, r, reportdata);
	/* The same under the name that other clients use. */
	add_hex(&b, "mr_config_id", r->mrconfig, sizeof(r->mrconfig));
	if (is_15) {
		add_bare_hex(&b, "tee_tcb_svn2", r->tee_tcb_svn2,
		    sizeof(r->tee_tcb_svn2));
		ADD_FIELD(&b, r, mrservicetd);
	}
	return finish(&b);
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
add_cert_data(struct builder *b, const struct quote *q)
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
		add_null(b, "cert_data");
	else
		add(b, "cert_data", json_object_new_string_len(
		    (const char *)q->cert_data.ptr, (int)len));
}

static void
add_quote_members(struct builder *b, const struct quote *q, bool verified)
{
	add(b, "header", render_header(&q->header));
	add_cert_data(b, q);
	add(b, "body", render_body(q));
	add_bool(b, "verified", verified);
}

struct json_object *
render_quote(const struct quote *q, bool verified)
{
	struct builder b = begin();

	add_quote_members(&b, q, verified);
	return finish(&b);
}

struct json_object *
render_collateral(const struct collateral_text *t)
{
	struct builder b = begin();
	int i;

	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		add_text(&b, collateral_field_names[i], t->field[i]);
	return finish(&b);
}

static void
add_checksum(struct builder *b, const char *name, const uint8_t *checksum)
{
	if (checksum == NULL)
		add_null(b, name);
	else
		add_bare_hex(b, name, checksum, SHA256_LEN);
}

static void
add_instant_us(struct builder *b, const char *name, int64_t at_us)
{
	char text[INSTANT_LEN_MAX];

	instant_format_us(at_us, text);
	add_text(b, name, text);
}

static void
add_verified_at(struct builder *b, const struct verdict *v)
{
	if (v == NULL)
		add_null(b, "verified_at");
	else
		add_instant_us(b, "verified_at",
		    (int64_t)v->verified_at * 1000000);
}

static struct json_object *
render_advisories(const struct advisories *a)
{
	struct json_object *ids = json_object_new_array(), *id;
	size_t i;

	for (i = 0; ids != NULL && i < a->num; i++) {
		id = json_object_new_string(a->id[i]);
		if (id == NULL || json_object_array_add(ids, id) < 0) {
			json_object_put(id);
			json_object_put(ids);
			return NULL;
		}
	}
	return ids;
}

/* tcb_status, advisory_ids; null and empty when there is no verdict. */
static void
add_tcb(struct builder *b, const struct verdict *v)
{
	static const struct advisories none;

	add_text(b, "tcb_status",
	    v == NULL ? NULL : tcb_status_name(v->tcb_status));
	add(b, "advisory_ids",
	    render_advisories(v == NULL ? &none : &v->advisories));
}

static void
add_reason(struct builder *b, const struct verdict *v)
{
	add_text(b, "reason",
	    v == NULL ? NULL : fault_reason(v->fault.code));
	add_text(b, "message", v == NULL || v->fault.message[0] == '\0' ?
	    NULL : v->fault.message);
}

struct json_object *
render_upload(const struct attestation *a, const struct collateral_text *t)
{
	struct builder b = begin();

	add_checksum(&b, "id", a->checksum);
	add_bool(&b, "success", true);
	add_bool(&b, "proof_of_cloud", false);
	add(&b, "quote", render_quote(a->quote, a->verdict->verified));
	add_checksum(&b, "checksum", a->checksum);
	add_bool(&b, "can_download", true);
	add_instant_us(&b, "uploaded_at", a->uploaded_at_us);
	add_verified_at(&b, a->verdict);
	add(&b, "quote_collateral", render_collateral(t));
	add_null(&b, "node_provider");
	add_tcb(&b, a->verdict);
	add_reason(&b, a->verdict);
	return finish(&b);
}

struct json_object *
render_view(const struct attestation *a)
{
	struct builder b = begin();

	add_quote_members(&b, a->quote,
	    a->verdict != NULL && a->verdict->verified);
	add_instant_us(&b, "uploaded_at", a->uploaded_at_us);
	add_checksum(&b, "checksum", a->checksum);
	add_bool(&b, "can_download", true);
	add_verified_at(&b, a->verdict);
	if (a->pck == NULL)
		add_null(&b, "ppid");
	else
		add_bare_hex(&b, "ppid", a->pck->ppid, sizeof(a->pck->ppid));
	add_bool(&b, "proof_of_cloud", false);
	add_tcb(&b, a->verdict);
	add_reason(&b, a->verdict);
	return finish(&b);
}

struct json_object *
render_recent(const uint8_t checksum[static SHA256_LEN], bool verified,
    int64_t created_at_us)
{
	struct builder b = begin();

	add_checksum(&b, "checksum", checksum);
	add_number(&b, "verified", verified ? 1 : 0);
	add_instant_us(&b, "created_at", created_at_us);
	return finish(&b);
}

struct json_object *
render_verdict(const struct numbered_verdict *n)
{
	struct builder b = begin();

	add_number(&b, "number", n->number);
	add_bool(&b, "verified", n->verdict->verified);
	add_verified_at(&b, n->verdict);
	add_instant_us(&b, "recorded_at", n->recorded_at_us);
	add_tcb(&b, n->verdict);
	add_reason(&b, n->verdict);
	add_checksum(&b, "collateral_id", n->collateral_id);
	add_text(&b, "policy", n->policy);
	add_text(&b, "engine_version", n->engine_version);
	return finish(&b);
}

struct json_object *
render_judgement(const uint8_t checksum[static SHA256_LEN],
    const struct verdict *v, const uint8_t *collateral_id)
{
	struct builder b = begin();

	add_checksum(&b, "checksum", checksum);
	add_bool(&b, "verified", v->verified);
	add_verified_at(&b, v);
	add_tcb(&b, v);
	add_reason(&b, v);
	add_checksum(&b, "collateral_id", collateral_id);
	return finish(&b);
}

struct json_object *
render_error(const char *detail, const struct attestation *a)
{
	struct builder b = begin();

	add_text(&b, "detail", detail);
	if (a != NULL) {
		add_reason(&b, a->verdict);
		add_checksum(&b, "checksum", a->checksum);
		add_tcb(&b, a->verdict);
	}
	return finish(&b);
}

struct json_object *
render_report(const uint8_t *checksum, const struct quote *q,
    const struct verdict *v)
{
	struct builder b = begin();
	char text[INSTANT_LEN_MAX];

	add_bool(&b, "verified", v->verified);
	add_tcb(&b, v);
	add_reason(&b, v);
	if (q == NULL)
		add_null(&b, "quote");
	else
		add(&b, "quote", render_quote(q, v->verified));
	add_checksum(&b, "checksum", checksum);
	add_verified_at(&b, v);
	instant_format_us((int64_t)v->expires_at * 1000000, text);
	add_text(&b, "collateral_expires_at",
	    v->expires_at == 0 ? NULL : text);
	return finish(&b);
}

struct json_object *
render_show(const uint8_t *checksum, const struct quote *q,
    const struct pck *pck)
{
	struct builder b = begin();

	add_checksum(&b, "checksum", checksum);
	add(&b, "header", render_header(&q->header));
	add_cert_data(&b, q);
	add(&b, "body", render_body(q));
	add_number(&b, "cert_data_type", q->cert_data_type);
	add_number(&b, "trailing_len", (int64_t)q->trailing.len);
	if (pck == NULL) {
		add_null(&b, "fmspc");
		add_null(&b, "ca");
		add_null(&b, "ppid");
		add_null(&b, "pce_id");
	} else {
		add_bare_hex(&b, "fmspc", pck->fmspc, sizeof(pck->fmspc));
		add_text(&b, "ca", pck_ca_name(pck->ca));
		add_bare_hex(&b, "ppid", pck->ppid, sizeof(pck->ppid));
		add_bare_hex(&b, "pce_id", pck->pce_id, sizeof(pck->pce_id));
	}
	return finish(&b);
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
