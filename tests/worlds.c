#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "render.h"
#include "worlds.h"

static const char *const kind_names[MINT_KIND__MAX] = {
	[MINT_SGX_V3] = "SGX v3",
	[MINT_SGX_V4] = "SGX v4",
	[MINT_TDX_V4] = "TDX v4",
	[MINT_SGX_V5] = "SGX v5",
	[MINT_TDX10_V5] = "TDX 1.0 v5",
	[MINT_TDX15_V5] = "TDX 1.5 v5",
};

const char *
kind_name(enum mint_kind kind)
{
	return kind_names[kind];
}

/* test_differ.py asks for the worlds. */
static bool
is_printing(void)
{
	return getenv("ATTESTRY_WORLDS") != NULL;
}

/*
 * The other verifier compares a certificate's CPUSVN with TCB levels, where we
 * compare its components; so that it sees the same platform, one that no
 * setting was made for says what the components say.
 */
static void
follow_components(struct mint_pck *pck, const struct mint_pck *before)
{
	size_t i;

	if (memcmp(pck->cpu_svn, before->cpu_svn, sizeof(pck->cpu_svn)) != 0)
		return;
	for (i = 0; i < pck->cpu_svn_len; i++)
		pck->cpu_svn[i] = (uint8_t)pck->components[i % 16];
}

void
world_make(struct mint_world *w, struct mint *mint, enum mint_kind kind,
    const char *settings)
{
	struct mint_spec spec;
	struct mint_pck before;

	mint_spec_init(&spec, kind);
	before = spec.pck;
	mint_spec_set(mint, &spec, settings);
	if (is_printing())
		follow_components(&spec.pck, &before);
	mint_world_make(w, mint, &spec);
}

void
world_trust(struct trust *t, const struct mint_world *w)
{
	struct fault f = { 0 };

	if (trust_read(t, bytes_of_string(w->root_pem), &f) < 0)
		mint_die("trust anchor: %s", f.message);
}

static int
read_collateral_new(struct collateral **out, const struct mint_world *w,
    const struct trust *t, struct fault *f)
{
	struct collateral_text text;
	char *json = mint_world_collateral_new(w);
	int r;

	r = collateral_text_read(&text, bytes_of_string(json), f);
	free(json);
	return r < 0 ? -1 : collateral_adopt_new(out, &text, t, f);
}

struct collateral *
world_collateral_new(const struct mint_world *w, const struct trust *t)
{
	struct collateral *c;
	struct fault f = { 0 };

	if (read_collateral_new(&c, w, t, &f) < 0)
		mint_die("collateral: %s", f.message);
	return c;
}

/* Of a program's worlds; few have an anchor of their own. */
#define ANCHORS_NUM_MAX 32

/*
 * What all worlds of an anchor have made known so far. Kept beside what those
 * of other anchors have: else a table of bad chains behind one of those would
 * be judged with nothing known.
 */
static struct known *
known_so_far(const struct trust *trust)
{
	static struct known *known[ANCHORS_NUM_MAX];
	struct fault f = { 0 };
	int i;

	for (i = 0; i < ANCHORS_NUM_MAX && known[i] != NULL; i++)
		if (known_is_of(known[i], trust))
			return known[i];
	if (i == ANCHORS_NUM_MAX)
		mint_die("more than %d anchors", ANCHORS_NUM_MAX);
	if (known_new(&known[i], trust, &f) < 0)
		mint_die("%s", f.message);
	return known[i];
}

/*
 * What all worlds before have made known, every one with something else wrong,
 * does not change the verdict; nor does what this one adds.
 */
static void
check_with_known(const struct verdict *v, const struct quote *q,
    const struct collateral *c, const struct trust *trust,
    const struct policy *policy, time_t at)
{
	struct known *known = known_so_far(trust);
	struct json_text want = render_report(NULL, q, v), have;
	struct verdict again;
	struct fault f = { 0 };
	int i;

	for (i = 0; i < 2; i++) {
		if (verify_quote(&again, q, c, trust, policy, at, known,
			&f) < 0)
			mint_die("%s", f.message);
		have = render_report(NULL, q, &again);
		if (have.ptr == NULL || want.ptr == NULL)
			mint_die("no memory");
		if (strcmp(have.ptr, want.ptr) != 0)
			mint_die("known facts change the verdict: want %s, "
			    "have %s", want.ptr, have.ptr);
		free(have.ptr);
	}
	free(want.ptr);
}

static bool
is_same_pck(const struct pck *a, const struct pck *b)
{
	return memcmp(a->ppid, b->ppid, sizeof(a->ppid)) == 0 &&
	    memcmp(a->components, b->components, sizeof(a->components)) == 0 &&
	    memcmp(a->pce_id, b->pce_id, sizeof(a->pce_id)) == 0 &&
	    memcmp(a->fmspc, b->fmspc, sizeof(a->fmspc)) == 0 &&
	    a->pce_svn == b->pce_svn && a->ca == b->ca &&
	    a->sgx_type == b->sgx_type;
}

/*
 * Nor does it change what is read of the chain, which is asked for before
 * there is any collateral: a CA that is wrong there is wrong here too.
 */
static void
check_chain_with_known(const struct quote *q, const struct trust *trust)
{
	struct known *known = known_so_far(trust);
	struct pck want = { 0 }, have = { 0 };
	struct fault why = { 0 }, f = { 0 };
	int r = verify_read_pck(&want, q, trust, NULL, &why);
	int i;

	if (r == 0 && bytes_is_zero(BYTES_OF(want.fmspc)))
		mint_die("nothing is read of the PCK certificate");
	for (i = 0; i < 2; i++)
		if (verify_read_pck(&have, q, trust, known, &f) != r ||
		    (r < 0 && (f.code != why.code ||
			strcmp(f.message, why.message) != 0)) ||
		    (r == 0 && !is_same_pck(&have, &want)))
			mint_die("known facts change the PCK chain: want %s, "
			    "have %s", why.message, f.message);
}

static int
judge(struct verdict *v, const struct mint_world *w, time_t at,
    const char *list, struct fault *f)
{
	struct collateral *c = NULL;
	struct policy policy;
	struct trust trust;
	struct quote q;
	int r;

	world_trust(&trust, w);
	if (policy_read(&policy, list, f) < 0)
		mint_die("policy: %s", f->message);
	if (quote_parse(&q, (struct bytes){ w->quote, w->quote_len }, f) < 0)
		return -1;
	check_chain_with_known(&q, &trust);
	if (read_collateral_new(&c, w, &trust, f) < 0)
		return -1;
	r = verify_quote(v, &q, c, &trust, &policy, at, NULL, f);
	if (r == 0)
		check_with_known(v, &q, c, &trust, &policy, at);
	collateral_free(c);
	return r;
}

static struct json_object *
text_or_null(const char *text)
{
	return text == NULL ? NULL : json_object_new_string(text);
}

static struct json_object *
hex_of(struct bytes data)
{
	struct json_object *json;
	char *hex = malloc(2 * data.len + 1);

	if (hex == NULL)
		mint_die("no memory");
	hex_encode(hex, data);
	json = json_object_new_string(hex);
	free(hex);
	return json;
}

static void
print_line(const char *text)
{
	for (; *text != '\0'; text++)
		putchar(*text == '\n' ? ' ' : *text);
}

void
world_print(const char *kind, struct bytes quote, const char *collateral,
    const char *root_pem, time_t at, const struct verdict *v)
{
	struct json_object *json, *ids;
	size_t i;

	if (!is_printing())
		return;
	json = json_object_new_object();
	ids = json_object_new_array();
	for (i = 0; i < v->advisories.num; i++)
		json_object_array_add(ids,
		    json_object_new_string(v->advisories.id[i]));
	json_object_object_add(json, "kind", json_object_new_string(kind));
	json_object_object_add(json, "quote", hex_of(quote));
	json_object_object_add(json, "root_pem", text_or_null(root_pem));
	json_object_object_add(json, "at", json_object_new_int64(at));
	json_object_object_add(json, "verified",
	    json_object_new_boolean(v->verified));
	json_object_object_add(json, "reason",
	    text_or_null(fault_reason(v->fault.code)));
	json_object_object_add(json, "tcb_status",
	    text_or_null(tcb_status_name(v->tcb_status)));
	json_object_object_add(json, "advisory_ids", ids);
	printf("#world [%s,", json_object_to_json_string_ext(json,
		JSON_C_TO_STRING_PLAIN));
	print_line(collateral);
	printf("]\n");
	json_object_put(json);
}

static void
print_world(const struct mint_world *w, time_t at, const struct verdict *v)
{
	char *collateral;

	if (!is_printing())
		return;
	collateral = mint_world_collateral_new(w);
	world_print(kind_name(w->spec.kind),
	    (struct bytes){ w->quote, w->quote_len }, collateral, w->root_pem,
	    at, v);
	free(collateral);
}

void
world_judge_by(struct verdict *v, const struct mint_world *w, time_t at,
    const char *policy)
{
	struct fault f = { 0 };

	if (judge(v, w, at, policy, &f) < 0)
		verdict_set_refused(v, &f, at);
	print_world(w, at, v);
}

void
world_judge(struct verdict *v, const struct mint_world *w, time_t at)
{
	world_judge_by(v, w, at, POLICY_DEFAULT);
}

static const char *
or_none(const char *text)
{
	return text == NULL ? "none" : text;
}

bool
verdict_is(const struct verdict *v, enum fault_code code, const char *says,
    const char *tcb_status)
{
	const char *status = tcb_status_name(v->tcb_status);

	if (v->verified == (code == FAULT_NONE) && v->fault.code == code &&
	    strcmp(or_none(status), or_none(tcb_status)) == 0 &&
	    (says == NULL || strstr(v->fault.message, says) != NULL))
		return true;
	tap_note("have %s, reason %s (%s), status %s; want reason %s (%s), "
	    "status %s", v->verified ? "verified" : "refused",
	    or_none(fault_reason(v->fault.code)), v->fault.message,
	    or_none(status), or_none(fault_reason(code)), or_none(says),
	    or_none(tcb_status));
	return false;
}

/* The fault is one of the appraisal, which comes after the TCB's status. */
static bool
is_appraisal(enum fault_code code)
{
	return code == FAULT_NONE ||
	    (code >= FAULT_DEBUG_ENABLED && code <= FAULT_TCB_STATUS);
}

static bool
run_kind(struct mint *mint, const struct world_case *c, enum mint_kind kind)
{
	const char *status = c->tcb_status;
	struct mint_world w;
	struct verdict v;
	bool good;

	if (status == NULL && is_appraisal(c->code))
		status = "UpToDate";
	world_make(&w, mint, kind, c->settings);
	world_judge(&v, &w, w.spec.now);
	good = verdict_is(&v, c->code, c->says, status);
	if (!good)
		tap_note("so for %s: %s", kind_name(kind), c->settings);
	mint_world_clear(&w);
	return good;
}

bool
world_case_holds(struct mint *mint, const struct world_case *c)
{
	enum mint_kind kind;
	bool good = true;

	for (kind = 0; kind < MINT_KIND__MAX; kind++)
		if ((c->kinds >> kind & 1) != 0)
			good &= run_kind(mint, c, kind);
	return good;
}
