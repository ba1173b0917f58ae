#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "collateral.h"
#include "instant.h"
#include "json.h"
#include "signed_json.h"

const char *const collateral_field_names[COLLATERAL_FIELD__MAX] = {
	[COLLATERAL_PCK_CRL_ISSUER_CHAIN] = "pck_crl_issuer_chain",
	[COLLATERAL_ROOT_CA_CRL] = "root_ca_crl",
	[COLLATERAL_PCK_CRL] = "pck_crl",
	[COLLATERAL_TCB_INFO_ISSUER_CHAIN] = "tcb_info_issuer_chain",
	[COLLATERAL_TCB_INFO] = "tcb_info",
	[COLLATERAL_TCB_INFO_SIGNATURE] = "tcb_info_signature",
	[COLLATERAL_QE_IDENTITY_ISSUER_CHAIN] = "qe_identity_issuer_chain",
	[COLLATERAL_QE_IDENTITY] = "qe_identity",
	[COLLATERAL_QE_IDENTITY_SIGNATURE] = "qe_identity_signature",
};

void
collateral_text_clear(struct collateral_text *t)
{
	int i;

	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		free(t->field[i]);
	memset(t, 0, sizeof(*t));
}

static size_t
field_len_max(enum collateral_field i)
{
	return i == COLLATERAL_ROOT_CA_CRL || i == COLLATERAL_PCK_CRL ?
	    COLLATERAL_CRL_HEX_LEN_MAX : COLLATERAL_DOCUMENT_LEN_MAX;
}

static int
read_field(struct collateral_text *t, enum collateral_field i,
    struct json_object *json, struct fault *f)
{
	struct bytes text;

	if (!json_get_text(json, collateral_field_names[i], &text))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "collateral: %s: want a text", collateral_field_names[i]);
	if (text.len > field_len_max(i))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "collateral: %s: want at most %zu bytes, have %zu",
		    collateral_field_names[i], field_len_max(i), text.len);
	if (memchr(text.ptr, '\0', text.len) != NULL)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "collateral: %s: a NUL in the text",
		    collateral_field_names[i]);
	t->field[i] = strndup((const char *)text.ptr, text.len);
	if (t->field[i] == NULL)
		return fault_set_memory(f);
	return 0;
}

int
collateral_text_read(struct collateral_text *t, struct bytes text,
    struct fault *f)
{
	struct json_object *json = NULL;
	int i, r = -1;

	memset(t, 0, sizeof(*t));
	if (json_parse_new(&json, text, "collateral", f) < 0)
		return -1;
	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		if (read_field(t, i, json, f) < 0)
			goto out;
	r = 0;
out:
	if (r < 0)
		collateral_text_clear(t);
	json_object_put(json);
	return r;
}

int
collateral_text_id(const struct collateral_text *t,
    uint8_t out[static SHA256_LEN], struct fault *f)
{
	struct bytes runs[2 * COLLATERAL_FIELD__MAX];
	uint8_t lengths[COLLATERAL_FIELD__MAX][4];
	struct bytes text;
	int i;

	for (i = 0; i < COLLATERAL_FIELD__MAX; i++) {
		text = bytes_of_string(t->field[i]);
		lengths[i][0] = (uint8_t)(text.len >> 24);
		lengths[i][1] = (uint8_t)(text.len >> 16);
		lengths[i][2] = (uint8_t)(text.len >> 8);
		lengths[i][3] = (uint8_t)text.len;
		runs[2 * i] = BYTES_OF(lengths[i]);
		runs[2 * i + 1] = text;
	}
	return sha256(runs, 2 * COLLATERAL_FIELD__MAX, out, f);
}

static struct bytes
field(const struct collateral *c, enum collateral_field i)
{
	return bytes_of_string(c->text.field[i]);
}

static int
read_chain(struct signer_chain *out, const struct collateral *c,
    enum collateral_field i, enum signer_role role, struct fault *f)
{
	if (signer_chain_read(out, field(c, i), role, &c->trust, f) < 0)
		return fault_prefix(f, collateral_field_names[i]);
	return 0;
}

int
collateral_read_crl(struct crl *out, const struct collateral_text *t,
    enum collateral_field i, const struct cert *issuer, struct fault *f)
{
	struct bytes hex = bytes_of_string(t->field[i]);
	size_t len = hex.len / 2;
	uint8_t *der = malloc(len + 1);
	int r = -1;

	if (der == NULL)
		return fault_set_memory(f);
	if (!hex_decode(der, len, hex))
		fault_set(f, FAULT_BAD_COLLATERAL, "want hex digits of DER");
	else
		r = crl_read(out, (struct bytes){ der, len }, issuer, f);
	free(der);
	return r < 0 ? fault_prefix(f, collateral_field_names[i]) : 0;
}

static int
read_documents(struct collateral *c, struct fault *f)
{
	struct bytes tcb_info = field(c, COLLATERAL_TCB_INFO);
	struct bytes qe_identity = field(c, COLLATERAL_QE_IDENTITY);

	if (signed_json_verify(tcb_info,
		field(c, COLLATERAL_TCB_INFO_SIGNATURE),
		c->tcb_info_issuer.signer.key, "TCB info", f) < 0 ||
	    tcb_info_read(&c->tcb_info, tcb_info, f) < 0)
		return -1;
	if (signed_json_verify(qe_identity,
		field(c, COLLATERAL_QE_IDENTITY_SIGNATURE),
		c->qe_identity_issuer.signer.key, "QE identity", f) < 0 ||
	    qe_identity_read(&c->qe_identity, qe_identity, f) < 0)
		return -1;
	if (c->tcb_info.tee != c->qe_identity.tee)
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "collateral: TCB info is for %s and QE identity for %s",
		    tee_name(c->tcb_info.tee), tee_name(c->qe_identity.tee));
	return 0;
}

static int
check_not_revoked(const struct collateral *c, const struct cert *cert,
    struct fault *f)
{
	if (crl_has(&c->root_ca_crl, &cert->serial))
		return fault_set(f, FAULT_CERTIFICATE_REVOKED,
		    "\"%s\": its serial number is on the root's CRL",
		    cert->common_name);
	return 0;
}

static void
collect_periods(struct collateral *c)
{
	const struct validity tcb_info = { c->tcb_info.issue_date,
		c->tcb_info.next_update };
	const struct validity qe_identity = { c->qe_identity.issue_date,
		c->qe_identity.next_update };
	const struct collateral_period periods[COLLATERAL_PERIODS_NUM] = {
		{ "root of the PCK CRL's issuer", FAULT_CERTIFICATE_EXPIRED,
		    c->pck_crl_issuer.root.validity },
		{ "issuer of the PCK CRL", FAULT_CERTIFICATE_EXPIRED,
		    c->pck_crl_issuer.signer.validity },
		{ "root of the TCB info's signer", FAULT_CERTIFICATE_EXPIRED,
		    c->tcb_info_issuer.root.validity },
		{ "TCB info's signer", FAULT_CERTIFICATE_EXPIRED,
		    c->tcb_info_issuer.signer.validity },
		{ "root of the QE identity's signer",
		    FAULT_CERTIFICATE_EXPIRED,
		    c->qe_identity_issuer.root.validity },
		{ "QE identity's signer", FAULT_CERTIFICATE_EXPIRED,
		    c->qe_identity_issuer.signer.validity },
		{ "root CA CRL", FAULT_COLLATERAL_EXPIRED,
		    c->root_ca_crl.validity },
		{ "PCK CRL", FAULT_COLLATERAL_EXPIRED, c->pck_crl.validity },
		{ "TCB info", FAULT_COLLATERAL_EXPIRED, tcb_info },
		{ "QE identity", FAULT_COLLATERAL_EXPIRED, qe_identity },
	};
	int i;

	memcpy(c->periods, periods, sizeof(periods));
	c->issued_at = periods[0].validity.not_before;
	c->expires_at = periods[0].validity.not_after;
	for (i = 1; i < COLLATERAL_PERIODS_NUM; i++) {
		if (periods[i].validity.not_before > c->issued_at)
			c->issued_at = periods[i].validity.not_before;
		if (periods[i].validity.not_after < c->expires_at)
			c->expires_at = periods[i].validity.not_after;
	}
}

static int
check(struct collateral *c, struct fault *f)
{
	if (read_chain(&c->pck_crl_issuer, c, COLLATERAL_PCK_CRL_ISSUER_CHAIN,
		SIGNER_PCK_CA, f) < 0 ||
	    read_chain(&c->tcb_info_issuer, c,
		COLLATERAL_TCB_INFO_ISSUER_CHAIN, SIGNER_TCB_SIGNING, f) < 0 ||
	    read_chain(&c->qe_identity_issuer, c,
		COLLATERAL_QE_IDENTITY_ISSUER_CHAIN, SIGNER_TCB_SIGNING,
		f) < 0)
		return -1;
	/* Each CRL by its own issuer: one cannot stand in for the other. */
	if (collateral_read_crl(&c->root_ca_crl, &c->text,
		COLLATERAL_ROOT_CA_CRL, &c->pck_crl_issuer.root, f) < 0 ||
	    collateral_read_crl(&c->pck_crl, &c->text, COLLATERAL_PCK_CRL,
		&c->pck_crl_issuer.signer, f) < 0)
		return -1;
	if (check_not_revoked(c, &c->pck_crl_issuer.root, f) < 0 ||
	    check_not_revoked(c, &c->pck_crl_issuer.signer, f) < 0 ||
	    check_not_revoked(c, &c->tcb_info_issuer.root, f) < 0 ||
	    check_not_revoked(c, &c->tcb_info_issuer.signer, f) < 0 ||
	    check_not_revoked(c, &c->qe_identity_issuer.root, f) < 0 ||
	    check_not_revoked(c, &c->qe_identity_issuer.signer, f) < 0)
		return -1;
	if (!cert_is_pck_ca(&c->pck_crl_issuer.signer, &c->ca))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "pck_crl_issuer_chain: not a PCK CA");
	if (read_documents(c, f) < 0)
		return -1;
	collect_periods(c);
	return 0;
}

int
collateral_adopt_new(struct collateral **out, struct collateral_text *text,
    const struct trust *trust, struct fault *f)
{
	struct collateral *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL) {
		collateral_text_clear(text);
		return fault_set_memory(f);
	}
	c->text = *text;
	memset(text, 0, sizeof(*text));
	c->trust = *trust;
	r = fault_check_result(check(c, &c->fault), &c->fault);
	if (r < 0 && c->fault.code == FAULT_INTERNAL) {
		*f = c->fault;
		collateral_free(c);
		return -1;
	}
	*out = c;
	return 0;
}

int
collateral_period_check(const struct collateral_period *p, time_t at,
    struct fault *f)
{
	char edge[INSTANT_LEN_MAX], now[INSTANT_LEN_MAX];
	bool early = at < p->validity.not_before;

	if (!early && at <= p->validity.not_after)
		return 0;
	instant_format(at, now);
	instant_format(early ? p->validity.not_before : p->validity.not_after,
	    edge);
	return fault_set(f, p->code, "%s: %s %s, and it is %s", p->what,
	    early ? "begins" : "ended", edge, now);
}

int
collateral_check_time(const struct collateral *c, time_t at, struct fault *f)
{
	int i;

	for (i = 0; i < COLLATERAL_PERIODS_NUM; i++)
		if (collateral_period_check(&c->periods[i], at, f) < 0)
			return -1;
	return 0;
}

struct platform_key
collateral_key(const struct collateral *c)
{
	struct platform_key key = { .tee = c->tcb_info.tee, .ca = c->ca };

	memcpy(key.fmspc, c->tcb_info.fmspc, sizeof(key.fmspc));
	return key;
}

void
collateral_free(struct collateral *c)
{
	if (c == NULL)
		return;
	collateral_text_clear(&c->text);
	crl_clear(&c->root_ca_crl);
	crl_clear(&c->pck_crl);
	tcb_info_clear(&c->tcb_info);
	qe_identity_clear(&c->qe_identity);
	free(c);
}
