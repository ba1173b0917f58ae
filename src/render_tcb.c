/*
 * The member "tcb" of answers: struct tcb_report and the periods of a verdict
 * as JSON. Of the public interface in render.h.
 */
#include <stdio.h>

#include <json-c/json.h>

#include "json_builder.h"
#include "render.h"
#include "render_private.h"

struct json_object *
render_advisory_ids(const char (*ids)[ADVISORY_LEN_MAX], size_t num)
{
	struct json_builder b = json_begin_array();
	size_t i;

	for (i = 0; i < num; i++)
		json_append(&b, json_object_new_string(ids[i]));
	return json_finish(&b);
}

static void
add_time(struct json_builder *b, const char *name, time_t at)
{
	if (at == 0)
		json_add_null(b, name);
	else
		json_add_instant_us(b, name, (int64_t)at * 1000000);
}

static void
add_standing(struct json_builder *b, const struct tcb_standing *s)
{
	json_add_text(b, "tcb_status", tcb_status_name(s->status));
	add_time(b, "tcb_date", s->tcb_date);
	json_add(b, "advisory_ids",
	    render_advisory_ids(s->advisories, s->num_advisories));
}

/* One octet a component, as tee_tcb_svn and cpusvn are shown. */
static void
add_numbers(struct json_builder *b, const struct tcb_numbers *n, bool is_tdx)
{
	json_add_bare_hex(b, "sgx_components", n->sgx_components,
	    sizeof(n->sgx_components));
	json_add_number(b, "pce_svn", n->pce_svn);
	if (is_tdx)
		json_add_bare_hex(b, "tdx_components", n->tdx_components,
		    sizeof(n->tdx_components));
}

static struct json_object *
render_numbers(const struct tcb_numbers *n, bool is_tdx)
{
	struct json_builder b = json_begin();

	add_numbers(&b, n, is_tdx);
	return json_finish(&b);
}

static struct json_object *
render_platform(const struct platform_report *p, bool is_tdx)
{
	struct json_builder b = json_begin(), newest = json_begin();

	add_standing(&b, &p->standing);
	json_add(&b, "have", render_numbers(&p->have, is_tdx));
	if (p->standing.status == TCB_STATUS_UNKNOWN)
		json_add_null(&b, "level");
	else
		json_add(&b, "level", render_numbers(&p->level, is_tdx));
	json_add_text(&newest, "tcb_status",
	    tcb_status_name(p->newest_status));
	add_time(&newest, "tcb_date", p->newest_tcb_date);
	add_numbers(&newest, &p->newest, is_tdx);
	json_add(&b, "newest", json_finish(&newest));
	return json_finish(&b);
}

static struct json_object *
render_isvsvn(uint16_t isvsvn)
{
	struct json_builder b = json_begin();

	json_add_number(&b, "isvsvn", isvsvn);
	return json_finish(&b);
}

/* is_module: then it has a name, "TDX_01" */
static struct json_object *
render_isv(const struct isv_report *r, bool is_module)
{
	struct json_builder b = json_begin(), newest = json_begin();
	char id[16];

	if (is_module) {
		snprintf(id, sizeof(id), "TDX_%02X", r->version);
		json_add_text(&b, "id", id);
	}
	add_standing(&b, &r->standing);
	json_add(&b, "have", render_isvsvn(r->have));
	if (r->standing.status == TCB_STATUS_UNKNOWN)
		json_add_null(&b, "level");
	else
		json_add(&b, "level", render_isvsvn(r->level));
	json_add_text(&newest, "tcb_status",
	    tcb_status_name(r->newest_status));
	add_time(&newest, "tcb_date", r->newest_tcb_date);
	json_add_number(&newest, "isvsvn", r->newest);
	json_add(&b, "newest", json_finish(&newest));
	return json_finish(&b);
}

static struct json_object *
render_shortfall(const struct shortfall *s)
{
	struct json_builder b = json_begin();
	char text[SHORTFALL_TEXT_LEN_MAX];

	json_add_text(&b, "part", tcb_part_name(s->part));
	if (tcb_part_has_index(s->part))
		json_add_number(&b, "index", s->index);
	else
		json_add_null(&b, "index");
	json_add_number(&b, "have", s->have);
	json_add_number(&b, "want", s->want);
	json_add_text(&b, "name", s->name[0] == '\0' ? NULL : s->name);
	shortfall_format(s, text);
	json_add_text(&b, "message", text);
	return json_finish(&b);
}

static struct json_object *
render_shortfalls(const struct tcb_report *r)
{
	struct json_builder b = json_begin_array();
	size_t i;

	for (i = 0; i < r->num_shortfalls; i++)
		json_append(&b, render_shortfall(&r->shortfalls[i]));
	return json_finish(&b);
}

static struct json_object *
render_periods(const struct verdict *v)
{
	struct json_builder b = json_begin_array(), one;
	size_t i;

	for (i = 0; i < v->num_periods; i++) {
		one = json_begin();
		json_add_text(&one, "what", v->periods[i].what);
		add_time(&one, "not_before",
		    v->periods[i].validity.not_before);
		add_time(&one, "not_after", v->periods[i].validity.not_after);
		json_append(&b, json_finish(&one));
	}
	return json_finish(&b);
}

struct json_object *
render_tcb(const struct verdict *v)
{
	const struct collateral_period *first = verdict_first_end(v);
	struct json_builder b = json_begin();

	add_time(&b, "tcb_date", v->tcb_date);
	json_add_number(&b, "tcb_evaluation_data_number",
	    v->tcb_evaluation_data_number);
	if (v->tcb.platform.is_known)
		json_add(&b, "platform",
		    render_platform(&v->tcb.platform, v->tcb.is_tdx));
	else
		json_add_null(&b, "platform");
	if (v->tcb.tdx_module.is_known)
		json_add(&b, "tdx_module",
		    render_isv(&v->tcb.tdx_module, true));
	else
		json_add_null(&b, "tdx_module");
	if (v->tcb.qe.is_known)
		json_add(&b, "qe", render_isv(&v->tcb.qe, false));
	else
		json_add_null(&b, "qe");
	json_add(&b, "shortfalls", render_shortfalls(&v->tcb));
	json_add(&b, "validity", render_periods(v));
	json_add_text(&b, "ends_first", first == NULL ? NULL : first->what);
	add_time(&b, "expires_at", v->expires_at);
	return json_finish(&b);
}
