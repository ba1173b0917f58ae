/*
 * Answers: the exact keys, their order, and their forms, for each kind of
 * quote; and quotes of strangers that must still become JSON.
 */
#include <string.h>

#include <json-c/json.h>

#include "crypto.h"
#include "instant.h"
#include "json.h"
#include "render.h"
#include "worlds.h"

/* "a b c", in the order of the object. */
static bool
keys_are(struct json_object *o, const char *want)
{
	char have[2000] = "";

	if (!json_object_is_type(o, json_type_object))
		return false;
	{
		json_object_object_foreach(o, key, value) {
			(void)value;
			if (have[0] != '\0')
				strcat(have, " ");
			strcat(have, key);
		}
	}
	if (strcmp(have, want) == 0)
		return true;
	tap_note("have %s", have);
	return false;
}

static struct json_object *
member(struct json_object *o, const char *name)
{
	return json_object_object_get(o, name);
}

static bool
text_is(struct json_object *o, const char *name, const char *want)
{
	struct json_object *value = member(o, name);

	if (want == NULL ? value == NULL :
	    json_object_is_type(value, json_type_string) &&
	    strcmp(json_object_get_string(value), want) == 0)
		return true;
	tap_note("%s is %s, want %s", name, json_object_to_json_string(value),
	    want);
	return false;
}

static bool
number_is(struct json_object *o, const char *name, int want)
{
	return json_object_is_type(member(o, name), json_type_int) &&
	    json_object_get_int(member(o, name)) == want;
}

static bool
bool_is(struct json_object *o, const char *name, bool want)
{
	return json_object_is_type(member(o, name), json_type_boolean) &&
	    json_object_get_boolean(member(o, name)) == want;
}

/* The value in hex of what stands in the quote at this place. */
static bool
hex_is(struct json_object *o, const char *name, const char *prefix,
    const uint8_t *at, size_t len)
{
	char want[2 + 2 * 64 + 1];

	strcpy(want, prefix);
	hex_encode(want + strlen(prefix), (struct bytes){ at, len });
	return text_is(o, name, want);
}

/* Where the members of a body stand in it. */
struct place {
	const char *name;
	size_t at, len;
};

static const struct place enclave_places[] = {
	{ "cpusvn", 0, 16 }, { "miscselect", 16, 4 },
	{ "isvextprodid", 32, 16 }, { "attributes", 48, 16 },
	{ "mrenclave", 64, 32 }, { "mrsigner", 128, 32 },
	{ "configid", 192, 64 }, { "isvfamilyid", 304, 16 },
	{ "reportdata", 320, 64 }, { NULL, 0, 0 }
};

static const struct place td_places[] = {
	{ "mrseam", 16, 48 }, { "mrsignerseam", 64, 48 },
	{ "seamattributes", 112, 8 }, { "tdattributes", 120, 8 },
	{ "xfam", 128, 8 }, { "mrtd", 136, 48 }, { "mrconfig", 184, 48 },
	{ "mr_config_id", 184, 48 }, { "mrowner", 232, 48 },
	{ "mrownerconfig", 280, 48 }, { "rtmr0", 328, 48 },
	{ "rtmr1", 376, 48 }, { "rtmr2", 424, 48 }, { "rtmr3", 472, 48 },
	{ "reportdata", 520, 64 }, { NULL, 0, 0 }
};

#define TD_KEYS "tee_tcb_svn mrseam mrsignerseam seamattributes " \
	"tdattributes xfam mrtd mrconfig mrowner mrownerconfig rtmr0 rtmr1 " \
	"rtmr2 rtmr3 reportdata mr_config_id"

static const char *const body_keys[MINT_KIND__MAX] = {
#define ENCLAVE_KEYS "cpusvn miscselect attributes mrenclave mrsigner " \
	"isvprodid isvsvn reportdata isvextprodid configid configsvn " \
	"isvfamilyid"
	[MINT_SGX_V3] = ENCLAVE_KEYS,
	[MINT_SGX_V4] = ENCLAVE_KEYS,
	[MINT_TDX_V4] = TD_KEYS,
	[MINT_SGX_V5] = ENCLAVE_KEYS,
	[MINT_TDX10_V5] = TD_KEYS,
	[MINT_TDX15_V5] = TD_KEYS " tee_tcb_svn2 mrservicetd",
};

static bool
places_are(struct json_object *body, const struct place *p,
    const uint8_t *raw)
{
	bool good = true;

	for (; p->name != NULL; p++)
		good &= hex_is(body, p->name, "0x", raw + p->at, p->len);
	return good;
}

/* A body in which every byte says where it stands. */
static void
fill_body(struct mint_world *w)
{
	size_t i;

	for (i = w->at.body; i < w->at.signed_len; i++)
		w->quote[i] = (uint8_t)(i * 7 + i / 256);
}

static bool
body_is(struct json_object *body, const struct mint_world *w)
{
	const uint8_t *raw = w->quote + w->at.body;
	bool good;

	if (!keys_are(body, body_keys[w->spec.kind]))
		return false;
	if (member(body, "cpusvn") != NULL)
		return places_are(body, enclave_places, raw) &&
		    number_is(body, "isvprodid", raw[256] | raw[257] << 8) &&
		    number_is(body, "isvsvn", raw[258] | raw[259] << 8) &&
		    number_is(body, "configsvn", raw[260] | raw[261] << 8);
	good = places_are(body, td_places, raw) &&
	    hex_is(body, "tee_tcb_svn", "", raw, 16);
	if (w->spec.kind == MINT_TDX15_V5)
		good = good && hex_is(body, "tee_tcb_svn2", "", raw + 584,
		    16) && hex_is(body, "mrservicetd", "0x", raw + 600, 48);
	return good;
}

static void
parse(struct quote *q, const struct mint_world *w)
{
	struct fault f;

	if (quote_parse(q, (struct bytes){ w->quote, w->quote_len }, &f) < 0)
		mint_die("%s", f.message);
}

/*
 * An answer, read again; takes the text over. It is JSON that we would take,
 * and spelt as json-c spells it; else NULL, and why.
 */
static struct json_object *
read_answer(struct json_text text)
{
	struct json_object *o = NULL;
	struct fault f;

	if (text.ptr == NULL || strlen(text.ptr) != text.len) {
		tap_note("an answer without an end");
	} else if (json_parse_new(&o, json_text_bytes(&text), "answer",
		&f) < 0) {
		tap_note("%s", f.message);
		o = NULL;
	} else if (strcmp(json_object_to_json_string_ext(o,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
		text.ptr) != 0) {
		tap_note("json-c spells it otherwise: %s", text.ptr);
		json_object_put(o);
		o = NULL;
	}
	free(text.ptr);
	return o;
}

static struct json_object *
read_again(struct json_text text)
{
	struct json_object *o = read_answer(text);

	if (o == NULL)
		mint_die("an answer that cannot be used");
	return o;
}

static void
test_quote(struct mint *mint, enum mint_kind kind)
{
	struct json_object *o, *header;
	struct mint_world w;
	struct quote q;
	char pem[8192];

	world_make(&w, mint, kind, "pck_chain.nul_terminated=true");
	fill_body(&w);
	parse(&q, &w);
	o = read_again(render_quote(&q, true));
	ok(keys_are(o, "header cert_data body verified"),
	    "%s: keys of a quote", kind_name(kind));
	header = member(o, "header");
	ok(keys_are(header, "version ak_type tee_type qe_vendor user_data") &&
	    number_is(header, "version", w.spec.quote.version) &&
	    text_is(header, "ak_type", "ECDSA_P256") &&
	    text_is(header, "tee_type", w.spec.quote.tee_type == 0 ?
		"TEE_SGX" : "TEE_TDX") &&
	    text_is(header, "qe_vendor",
		"0x939a7233f79c4ca9940a0db3957f0607") &&
	    hex_is(header, "user_data", "0x", w.quote + 28, 20),
	    "%s: its header", kind_name(kind));
	ok(body_is(member(o, "body"), &w), "%s: its body", kind_name(kind));
	memcpy(pem, w.quote + w.at.cert_data, w.at.end - w.at.cert_data);
	ok(text_is(o, "cert_data", pem) && bool_is(o, "verified", true),
	    "%s: its chain, without the NUL", kind_name(kind));
	json_object_put(o);
	mint_world_clear(&w);
}

/* Certification data that is no text, or not of a type that has one. */
static void
test_cert_data(struct mint *mint)
{
	static const struct {
		const char *name, *settings, *want; /* NULL: null */
	} cases[] = {
		{ "nothing", "quote.cert_data=", "" },
		{ "NULs alone", "quote.cert_data=000000", "" },
		{ "text", "quote.cert_data=61620d0a09", "ab\r\n\t" },
		{ "text and NULs", "quote.cert_data=61620000", "ab" },
		{ "quotes and backslashes", "quote.cert_data=225c2f3c",
		    "\"\\/<" },
		{ "a NUL inside", "quote.cert_data=610062", NULL },
		{ "not ASCII", "quote.cert_data=61c3a9", NULL },
		{ "not UTF-8", "quote.cert_data=61ff", NULL },
		{ "an escape", "quote.cert_data=1b5b", NULL },
		{ "DEL", "quote.cert_data=7f", NULL },
		{ "type 1", "quote.cert_data_type=1 ; quote.cert_data=6162",
		    NULL },
		{ "type 3", "quote.cert_data_type=3", NULL },
		{ "type 4", "quote.cert_data_type=4 ; quote.cert_data=6162",
		    "ab" },
	};
	struct json_object *o;
	struct mint_world w;
	struct quote q;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world_make(&w, mint, MINT_TDX_V4, cases[i].settings);
		parse(&q, &w);
		o = read_again(render_quote(&q, false));
		ok(json_object_object_get_ex(o, "cert_data", NULL) &&
		    text_is(o, "cert_data", cases[i].want) &&
		    bool_is(o, "verified", false), "cert_data: %s",
		    cases[i].name);
		json_object_put(o);
		mint_world_clear(&w);
	}
}

#define VIEW_KEYS "header cert_data body verified uploaded_at checksum " \
	"can_download verified_at ppid proof_of_cloud tcb_status " \
	"advisory_ids reason message content_sha256 tcb"
#define UPLOAD_KEYS "id success proof_of_cloud quote checksum " \
	"can_download uploaded_at verified_at quote_collateral " \
	"node_provider tcb_status advisory_ids reason message " \
	"content_sha256 tcb"
#define COLLATERAL_KEYS "pck_crl_issuer_chain root_ca_crl pck_crl " \
	"tcb_info_issuer_chain tcb_info tcb_info_signature " \
	"qe_identity_issuer_chain qe_identity qe_identity_signature"
#define REPORT_KEYS "verified tcb_status advisory_ids reason message quote " \
	"checksum verified_at collateral_expires_at content_sha256 tcb"

static void
test_answers(struct mint *mint)
{
	struct collateral_text text = { { NULL } };
	struct json_text collateral, upload;
	struct json_builder list = { 0 };
	struct json_object *o, *ids, *recent;
	struct attestation a;
	struct mint_world w;
	struct quote q;
	struct verdict v;
	struct pck pck;
	struct trust trust;
	struct fault f;
	uint8_t content[SHA256_LEN];
	char sha[2 * SHA256_LEN + 1];
	int i;

	world_make(&w, mint, MINT_TDX_V4,
	    "tcb_info.levels[0].advisory_ids=INTEL-SA-1,INTEL-SA-2");
	parse(&q, &w);
	world_judge(&v, &w, w.spec.now);
	world_trust(&trust, &w);
	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		text.field[i] = w.fields[i];
	if (verify_read_pck(&pck, &q, &trust, NULL, &f) < 0)
		mint_die("%s", f.message);
	if (verify_content_sha256(&q, content, &f) < 0)
		mint_die("%s", f.message);
	collateral = render_collateral(&text);
	a = (struct attestation){ .quote = &q, .content_sha256 = content,
		.ppid = pck.ppid, .uploaded_at_us = 1781524700000000,
		.verdict = &v };
	for (i = 0; i < SHA256_LEN; i++)
		a.checksum[i] = (uint8_t)(0xe0 + i);
	hex_encode(sha, BYTES_OF(a.checksum));

	upload = render_upload(&a, json_text_bytes(&collateral));
	ok(strstr(upload.ptr, "\\/") == NULL &&
	    strchr(upload.ptr, '\n') == NULL,
	    "upload: one line, slashes as they are");
	o = read_again(upload);
	ids = member(o, "advisory_ids");
	ok(keys_are(o, UPLOAD_KEYS), "upload: keys");
	ok(text_is(o, "id", sha) && text_is(o, "checksum", sha) &&
	    bool_is(o, "success", true) &&
	    bool_is(o, "proof_of_cloud", false) &&
	    bool_is(o, "can_download", true) &&
	    bool_is(member(o, "quote"), "verified", true) &&
	    text_is(o, "uploaded_at", "2026-06-15T11:58:20+00:00") &&
	    text_is(o, "verified_at", "2026-06-15T12:00:00+00:00") &&
	    text_is(o, "node_provider", NULL) &&
	    text_is(o, "tcb_status", "UpToDate") &&
	    text_is(o, "reason", NULL) && text_is(o, "message", NULL) &&
	    json_object_array_length(ids) == 2 &&
	    strcmp(json_object_get_string(json_object_array_get_idx(ids, 1)),
		"INTEL-SA-2") == 0, "upload: values");
	ok(keys_are(member(o, "quote_collateral"), COLLATERAL_KEYS) &&
	    text_is(member(o, "quote_collateral"), "tcb_info",
		w.fields[MINT_FIELD_TCB_INFO]) &&
	    text_is(member(o, "quote_collateral"), "root_ca_crl",
		w.fields[MINT_FIELD_ROOT_CA_CRL]), "upload: collateral");
	json_object_put(o);
	a.not_kept = true;
	o = read_again(render_upload(&a, json_text_bytes(&collateral)));
	ok(keys_are(o, UPLOAD_KEYS) &&
	    bool_is(o, "can_download", false) &&
	    text_is(o, "uploaded_at", NULL), "upload: judged and not kept");
	json_object_put(o);
	a.not_kept = false;

	o = read_again(render_view(&a));
	ok(keys_are(o, VIEW_KEYS) &&
	    hex_is(o, "ppid", "", pck.ppid, sizeof(pck.ppid)) &&
	    hex_is(o, "content_sha256", "", content, sizeof(content)) &&
	    bool_is(o, "verified", true), "view: keys and values");
	json_object_put(o);
	a.verdict = NULL;
	a.ppid = NULL;
	a.content_sha256 = NULL;
	o = read_again(render_view(&a));
	ok(keys_are(o, VIEW_KEYS) &&
	    text_is(o, "ppid", NULL) && text_is(o, "verified_at", NULL) &&
	    text_is(o, "content_sha256", NULL) && text_is(o, "tcb", NULL) &&
	    text_is(o, "tcb_status", NULL) && bool_is(o, "verified", false) &&
	    json_object_array_length(member(o, "advisory_ids")) == 0,
	    "view: never judged");
	json_object_put(o);

	json_begin_array(&list, NULL);
	render_recent(&list, a.checksum, true, 1781524700000001);
	render_recent(&list, a.checksum, false, 0);
	json_end_array(&list);
	recent = read_again(json_finish(&list));
	o = json_object_array_get_idx(recent, 0);
	ok(json_object_array_length(recent) == 2 &&
	    keys_are(o, "checksum verified created_at") &&
	    text_is(o, "checksum", sha) && number_is(o, "verified", 1) &&
	    text_is(o, "created_at", "2026-06-15T11:58:20.000001+00:00"),
	    "recent: verified");
	o = json_object_array_get_idx(recent, 1);
	ok(number_is(o, "verified", 0), "recent: not verified");
	json_object_put(recent);

	o = read_again(render_error("Quote not found", NULL));
	ok(keys_are(o, "detail") && text_is(o, "detail", "Quote not found"),
	    "error: nothing but the detail");
	json_object_put(o);
	a.verdict = &v;
	v.verified = false;
	fault_set(&v.fault, FAULT_TCB_STATUS, "because \"%s\"", "x\\y");
	o = read_again(render_error("Quote verification failed", &a));
	ok(keys_are(o, "detail reason message checksum tcb_status "
	    "advisory_ids content_sha256 tcb") &&
	    text_is(o, "reason", "tcb_status") &&
	    text_is(o, "message", "because \"x\\y\"") &&
	    text_is(o, "checksum", sha) &&
	    text_is(o, "tcb_status", "UpToDate") &&
	    json_object_array_length(member(o, "advisory_ids")) == 2,
	    "error: with a verdict");
	json_object_put(o);

	o = read_again(render_report(a.checksum, &q, &v));
	ok(keys_are(o, REPORT_KEYS) &&
	    bool_is(o, "verified", false) &&
	    text_is(o, "collateral_expires_at",
		"2026-07-15T12:00:00+00:00"), "report: keys and values");
	json_object_put(o);
	verdict_set_refused(&v, &(struct fault){ FAULT_MALFORMED_QUOTE, "x" },
	    0);
	o = read_again(render_report(NULL, NULL, &v));
	ok(keys_are(o, REPORT_KEYS) && text_is(o, "quote", NULL) &&
	    text_is(o, "checksum", NULL) && text_is(o, "tcb_status", NULL) &&
	    text_is(o, "collateral_expires_at", NULL) &&
	    text_is(o, "reason", "malformed_quote"), "report: no quote");
	json_object_put(o);

	o = read_again(render_show(a.checksum, &q, &pck));
	ok(keys_are(o, "checksum header cert_data body cert_data_type "
	    "trailing_len content_sha256 fmspc ca ppid pce_id") &&
	    text_is(o, "fmspc", "90c06f000000") &&
	    text_is(o, "ca", "platform") && text_is(o, "pce_id", "0000") &&
	    number_is(o, "cert_data_type", 5) &&
	    number_is(o, "trailing_len", 0), "show: with a chain");
	json_object_put(o);
	o = read_again(render_show(a.checksum, &q, NULL));
	ok(text_is(o, "fmspc", NULL) && text_is(o, "ca", NULL) &&
	    text_is(o, "ppid", NULL), "show: without one");
	json_object_put(o);
	free(collateral.ptr);
	mint_world_clear(&w);
}

static bool
is_answer(struct json_text text)
{
	struct json_object *o = read_answer(text);

	json_object_put(o);
	return o != NULL;
}

/* All answers of a world. */
static bool
are_answers(const struct mint_world *w)
{
	struct collateral_text text;
	struct json_text collateral, tcb, with, without;
	struct attestation a = { .not_kept = true };
	struct verdict v;
	struct quote q;
	bool good;
	int i;

	parse(&q, w);
	world_judge(&v, w, w->spec.now);
	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		text.field[i] = w->fields[i];
	a.quote = &q;
	a.verdict = &v;
	collateral = render_collateral(&text);
	good = is_answer(render_view(&a)) &&
	    is_answer(render_upload(&a, json_text_bytes(&collateral))) &&
	    is_answer(render_error("\"\\/\x7f\x01\xc3\xa9", &a)) &&
	    is_answer(render_report(a.checksum, &q, &v)) &&
	    is_answer(render_judgement(a.checksum, &v, a.checksum)) &&
	    is_answer(render_show(a.checksum, &q, NULL)) &&
	    is_answer(collateral);
	/* One that was rendered before is the same. */
	tcb = render_tcb(&v);
	if (v.num_periods > 0)
		a.tcb = tcb.ptr;
	with = render_view(&a);
	a.tcb = NULL;
	without = render_view(&a);
	good = good && strcmp(with.ptr, without.ptr) == 0;
	free(with.ptr);
	free(without.ptr);
	return is_answer(tcb) && good;
}

static void
test_worlds(struct mint *mint)
{
	static const char *const settings[] = { "", "pck.components[0]=7",
		"quote.cert_data=225c2f3c0d0a09", "quote.cert_data=61ff",
		"quote.signer=foreign", "root_crl.signer=foreign",
		"pck.components[0]=1",
		"tcb_info.levels[0].advisory_ids=INTEL-SA-1,INTEL-SA-2" };
	struct mint_world w;
	enum mint_kind kind;
	size_t i, num = 0;

	for (kind = 0; kind < MINT_KIND__MAX; kind++)
		for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
			world_make(&w, mint, kind, settings[i]);
			num += are_answers(&w);
			mint_world_clear(&w);
		}
	ok(num == MINT_KIND__MAX * i, "%zu worlds: all answers are spelt as "
	    "json-c spells them", num);
}

/* For want of memory there is no collateral, and then no answer. */
static void
test_no_memory(struct mint *mint)
{
	struct attestation a = { 0 };
	struct json_text text;
	struct mint_world w;
	struct verdict v;
	struct quote q;

	world_make(&w, mint, MINT_SGX_V3, "");
	parse(&q, &w);
	world_judge(&v, &w, w.spec.now);
	a.quote = &q;
	a.verdict = &v;
	text = render_upload(&a, (struct bytes){ NULL, 0 });
	ok(text.ptr == NULL && text.len == 0 &&
	    json_indent_adopt(text).ptr == NULL,
	    "upload: none without its collateral");
	mint_world_clear(&w);
}

static struct json_object *
item(struct json_object *o, const char *name, size_t i)
{
	return json_object_array_get_idx(member(o, name), i);
}

#define ISV_KEYS "tcb_status tcb_date advisory_ids have level newest"

/* An upload whose platform is below the newest level in two numbers. */
static void
test_tcb_platform(struct json_object *tcb)
{
	struct json_object *o = member(tcb, "platform"), *level, *newest;

	level = member(o, "level");
	newest = member(o, "newest");
	ok(keys_are(o, ISV_KEYS) &&
	    text_is(o, "tcb_status", "OutOfDate") &&
	    text_is(o, "tcb_date", "2024-03-13T00:00:00+00:00") &&
	    json_object_array_length(member(o, "advisory_ids")) == 1 &&
	    strcmp(json_object_get_string(item(o, "advisory_ids", 0)),
		"INTEL-SA-00960") == 0, "tcb: the platform's status");
	ok(keys_are(member(o, "have"),
		"sgx_components pce_svn tdx_components") &&
	    text_is(member(o, "have"), "sgx_components",
		"07080202040100060000000000000000") &&
	    number_is(member(o, "have"), "pce_svn", 13) &&
	    text_is(member(o, "have"), "tdx_components",
		"02010900000000000000000000000000"),
	    "tcb: what the platform is at");
	ok(keys_are(level, "sgx_components pce_svn tdx_components") &&
	    text_is(level, "sgx_components",
		"07070202040100060000000000000000") &&
	    text_is(level, "tdx_components",
		"03010800000000000000000000000000"),
	    "tcb: the level that it reaches");
	ok(keys_are(newest, "tcb_status tcb_date sgx_components pce_svn "
	    "tdx_components") && text_is(newest, "tcb_status", "UpToDate") &&
	    text_is(newest, "tcb_date", "2025-05-14T00:00:00+00:00") &&
	    text_is(newest, "sgx_components",
		"08080202040100060000000000000000"), "tcb: the newest level");
}

static void
test_tcb_parts(struct json_object *tcb)
{
	struct json_object *o = member(tcb, "tdx_module"), *one;

	ok(keys_are(o, "id " ISV_KEYS) && text_is(o, "id", "TDX_01") &&
	    text_is(o, "tcb_status", "OutOfDate") &&
	    number_is(member(o, "have"), "isvsvn", 2) &&
	    number_is(member(o, "level"), "isvsvn", 2) &&
	    number_is(member(o, "newest"), "isvsvn", 3) &&
	    text_is(member(o, "newest"), "tcb_status", "UpToDate"),
	    "tcb: the TDX module");
	o = member(tcb, "qe");
	ok(keys_are(o, ISV_KEYS) && text_is(o, "tcb_status", "UpToDate") &&
	    number_is(member(o, "have"), "isvsvn", 5) &&
	    number_is(member(o, "level"), "isvsvn", 4) &&
	    number_is(member(o, "newest"), "isvsvn", 4), "tcb: the QE");
	one = item(tcb, "shortfalls", 0);
	ok(json_object_array_length(member(tcb, "shortfalls")) == 2 &&
	    keys_are(one, "part index have want name message") &&
	    text_is(one, "part", "sgx_component") &&
	    number_is(one, "index", 0) && number_is(one, "have", 7) &&
	    number_is(one, "want", 8) &&
	    text_is(one, "name", "Early Microcode Update (BIOS)") &&
	    text_is(one, "message", "SGX component 0 is 7, needs 8; Early "
		"Microcode Update (BIOS)"), "tcb: a component that is short");
	one = item(tcb, "shortfalls", 1);
	ok(text_is(one, "part", "tdx_module") && text_is(one, "index", NULL) &&
	    text_is(one, "name", NULL) &&
	    text_is(one, "message", "TDX module's SVN is 2, needs 3"),
	    "tcb: the TDX module is short");
}

/* Every date that the verdict rests on, and which of them is the first. */
static void
test_tcb_validity(struct json_object *tcb, const struct verdict *v)
{
	static const char *const whats[] = { "PCK chain's root",
		"PCK chain's CA", "PCK certificate",
		"root of the PCK CRL's issuer", "issuer of the PCK CRL",
		"root of the TCB info's signer", "TCB info's signer",
		"root of the QE identity's signer", "QE identity's signer",
		"root CA CRL", "PCK CRL", "TCB info", "QE identity" };
	struct json_object *list = member(tcb, "validity"), *one;
	char text[INSTANT_LEN_MAX];
	size_t i, num = 0;

	for (i = 0; i < sizeof(whats) / sizeof(whats[0]); i++) {
		one = json_object_array_get_idx(list, i);
		instant_format_us((int64_t)v->periods[i].validity.not_after *
		    1000000, text);
		num += keys_are(one, "what not_before not_after") &&
		    text_is(one, "what", whats[i]) &&
		    text_is(one, "not_after", text);
	}
	ok(num == 13 && json_object_array_length(list) == 13,
	    "tcb: beginning and end of thirteen things");
	ok(text_is(item(tcb, "validity", 10), "not_after",
		"2026-07-01T00:00:00+00:00") &&
	    text_is(tcb, "ends_first", "PCK CRL") &&
	    text_is(tcb, "expires_at", "2026-07-01T00:00:00+00:00"),
	    "tcb: the PCK CRL ends first");
}

static void
test_tcb(struct mint *mint)
{
	struct attestation a = { 0 };
	struct json_object *o, *tcb;
	struct json_text text;
	struct mint_world w;
	struct verdict v;
	struct quote q;

	world_make(&w, mint, MINT_TDX_V4, "pck.components[0]=7 ; "
	    "quote.td.tee_tcb_svn=02010900000000000000000000000000 ; "
	    "quote.qe_report.isv_svn=5 ; pck_crl.next_update=2026-07-01T00:00:00Z");
	parse(&q, &w);
	world_judge(&v, &w, w.spec.now);
	a = (struct attestation){ .quote = &q, .verdict = &v };
	o = read_again(render_error("Quote verification failed", &a));
	tcb = member(o, "tcb");
	ok(keys_are(tcb, "tcb_date tcb_evaluation_data_number platform "
	    "tdx_module qe shortfalls validity ends_first expires_at") &&
	    text_is(tcb, "tcb_date", "2023-08-09T00:00:00+00:00") &&
	    number_is(tcb, "tcb_evaluation_data_number", 19), "tcb: keys");
	test_tcb_platform(tcb);
	test_tcb_parts(tcb);
	test_tcb_validity(tcb, &v);
	json_object_put(o);

	a.tcb = "{\"as\":\"stored\"}";
	text = render_view(&a);
	ok(strstr(text.ptr, ",\"tcb\":{\"as\":\"stored\"}}") != NULL,
	    "tcb: a stored one as it is");
	free(text.ptr);
	mint_world_clear(&w);

	/* Below every level, and an SGX quote whose signature is not its
	 * own. */
	world_make(&w, mint, MINT_SGX_V3, "pck.components[0]=1");
	world_judge(&v, &w, w.spec.now);
	o = read_again(render_tcb(&v));
	ok(text_is(member(o, "platform"), "level", NULL) &&
	    text_is(member(o, "platform"), "tcb_status", NULL) &&
	    keys_are(member(member(o, "platform"), "have"),
		"sgx_components pce_svn") && text_is(o, "tcb_date", NULL) &&
	    text_is(o, "tdx_module", NULL), "tcb: below every level");
	json_object_put(o);
	mint_world_clear(&w);
	world_make(&w, mint, MINT_SGX_V3, "quote.signer=foreign");
	world_judge(&v, &w, w.spec.now);
	o = read_again(render_tcb(&v));
	ok(text_is(o, "platform", NULL) && text_is(o, "qe", NULL) &&
	    json_object_array_length(member(o, "shortfalls")) == 0 &&
	    json_object_array_length(member(o, "validity")) == 13,
	    "tcb: dates alone before the signatures hold");
	json_object_put(o);
	mint_world_clear(&w);
	world_make(&w, mint, MINT_SGX_V3, "root_crl.signer=foreign");
	parse(&q, &w);
	world_judge(&v, &w, w.spec.now);
	o = read_again(render_report(NULL, &q, &v));
	ok(text_is(o, "tcb", NULL) &&
	    text_is(o, "reason", "bad_collateral"),
	    "tcb: none where the collateral is none");
	json_object_put(o);
	mint_world_clear(&w);
}

/* Words of the HTTP interface, and back. */
static void
test_reasons(void)
{
	int i, num = 0;

	for (i = FAULT_NONE + 1; i < FAULT__MAX; i++)
		num += fault_reason(i) != NULL &&
		    fault_from_reason(fault_reason(i)) == (enum fault_code)i;
	ok(num == FAULT__MAX - 1 && fault_reason(FAULT_NONE) == NULL &&
	    fault_reason(FAULT__MAX) == NULL &&
	    fault_from_reason("none") == FAULT_NONE &&
	    fault_from_reason("") == FAULT_NONE, "every reason has a word");
}

static void
test_fault_messages(void)
{
	struct fault f;
	char text[600];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ok(fault_set(&f, FAULT_INTERNAL, "%s", text) == -1 &&
	    strlen(f.message) == FAULT_MESSAGE_LEN_MAX - 1,
	    "a long sentence is cut");
	ok(fault_prefix(&f, "where") == -1 && f.code == FAULT_INTERNAL &&
	    strncmp(f.message, "where: aaa", 10) == 0 &&
	    strlen(f.message) == FAULT_MESSAGE_LEN_MAX - 1,
	    "and again behind a prefix");
}

int
main(void)
{
	struct mint *mint = mint_new();
	enum mint_kind kind;

	for (kind = 0; kind < MINT_KIND__MAX; kind++)
		test_quote(mint, kind);
	test_cert_data(mint);
	test_answers(mint);
	test_worlds(mint);
	test_no_memory(mint);
	test_tcb(mint);
	test_reasons();
	test_fault_messages();
	mint_free(mint);
	return tap_done();
}
