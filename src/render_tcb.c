/*
 * The member "tcb" of answers: struct tcb_report and the periods of a verdict
 * as JSON. Of the public interface in render.h.
 */
#include <stdio.h>

#include "json_builder.h"
#include "render.h"
#include "render_private.h"

void
render_advisory_ids(struct json_builder *b,
    const char (*ids)[ADVISORY_LEN_MAX], size_t num)
{
	size_t i;

	json_begin_array(b, "advisory_ids");
	for (i = 0; i < num; i++)
		json_add_text(b, NULL, ids[i]);
	json_end_array(b);
}

void
render_add_time(struct json_builder *b, const char *name, time_t at)
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
	render_add_time(b, "tcb_date", s->tcb_date);
	render_advisory_ids(b, s->advisories, s->num_advisories);
}

/* One octet a component, as tee_tcb_svn and cpusvn are shown. */
static void
add_numbers(struct json_builder *b, const struct tcb_numbers *n, bool is_tdx)
{
	json_add_bare_hex(b, "sgx_components", BYTES_OF(n->sgx_components));
	json_add_number(b, "pce_svn", n->pce_svn);
	if (is_tdx)
		json_add_bare_hex(b, "tdx_components",
		    BYTES_OF(n->tdx_components));
}

static void
add_level(struct json_builder *b, const char *name,
    const struct tcb_numbers *n, bool is_tdx)
{
	json_begin_object(b, name);
	add_numbers(b, n, is_tdx);
	json_end_object(b);
}

static void
add_platform(struct json_builder *b, const struct platform_report *p,
    bool is_tdx)
{
	if (!p->is_known) {
		json_add_null(b, "platform");
		return;
	}
	json_begin_object(b, "platform");
	add_standing(b, &p->standing);
	add_level(b, "have", &p->have, is_tdx);
	if (p->standing.status == TCB_STATUS_UNKNOWN)
		json_add_null(b, "level");
	else
		add_level(b, "level", &p->level, is_tdx);
	json_begin_object(b, "newest");
	json_add_text(b, "tcb_status", tcb_status_name(p->newest_status));
	render_add_time(b, "tcb_date", p->newest_tcb_date);
	add_numbers(b, &p->newest, is_tdx);
	json_end_object(b);
	json_end_object(b);
}

static void
add_isvsvn(struct json_builder *b, const char *name, uint16_t isvsvn)
{
	json_begin_object(b, name);
	json_add_number(b, "isvsvn", isvsvn);
	json_end_object(b);
}

/* Of the TDX module: it has a name, "TDX_01". */
static void
add_module_id(struct json_builder *b, const struct isv_report *r)
{
	char id[16];

	snprintf(id, sizeof(id), "TDX_%02X", r->version);
	json_add_text(b, "id", id);
}

static void
add_isv(struct json_builder *b, const char *name, const struct isv_report *r,
    bool is_module)
{
	if (!r->is_known) {
		json_add_null(b, name);
		return;
	}
	json_begin_object(b, name);
	if (is_module)
		add_module_id(b, r);
	add_standing(b, &r->standing);
	add_isvsvn(b, "have", r->have);
	if (r->standing.status == TCB_STATUS_UNKNOWN)
		json_add_null(b, "level");
	else
		add_isvsvn(b, "level", r->level);
	json_begin_object(b, "newest");
	json_add_text(b, "tcb_status", tcb_status_name(r->newest_status));
	render_add_time(b, "tcb_date", r->newest_tcb_date);
	json_add_number(b, "isvsvn", r->newest);
	json_end_object(b);
	json_end_object(b);
}

static void
add_shortfall(struct json_builder *b, const struct shortfall *s)
{
	char text[SHORTFALL_TEXT_LEN_MAX];

	json_begin_object(b, NULL);
	json_add_text(b, "part", tcb_part_name(s->part));
	if (tcb_part_has_index(s->part))
		json_add_number(b, "index", s->index);
	else
		json_add_null(b, "index");
	json_add_number(b, "have", s->have);
	json_add_number(b, "want", s->want);
	json_add_text(b, "name", s->name[0] == '\0' ? NULL : s->name);
	shortfall_format(s, text);
	json_add_text(b, "message", text);
	json_end_object(b);
}

static void
add_shortfalls(struct json_builder *b, const struct tcb_report *r)
{
	size_t i;

	json_begin_array(b, "shortfalls");
	for (i = 0; i < r->num_shortfalls; i++)
		add_shortfall(b, &r->shortfalls[i]);
	json_end_array(b);
}

static void
add_periods(struct json_builder *b, const struct verdict *v)
{
	const struct collateral_period *p;

	json_begin_array(b, "validity");
	for (p = v->periods; p < v->periods + v->num_periods; p++) {
		json_begin_object(b, NULL);
		json_add_text(b, "what", p->what);
		render_add_time(b, "not_before", p->validity.not_before);
		render_add_time(b, "not_after", p->validity.not_after);
		json_end_object(b);
	}
	json_end_array(b);
}

void
render_add_tcb(struct json_builder *b, const char *name,
    const struct verdict *v)
{
	const struct collateral_period *first = verdict_first_end(v);

	json_begin_object(b, name);
	render_add_time(b, "tcb_date", v->tcb_date);
	json_add_number(b, "tcb_evaluation_data_number",
	    v->tcb_evaluation_data_number);
	add_platform(b, &v->tcb.platform, v->tcb.is_tdx);
	add_isv(b, "tdx_module", &v->tcb.tdx_module, true);
	add_isv(b, "qe", &v->tcb.qe, false);
	add_shortfalls(b, &v->tcb);
	add_periods(b, v);
	json_add_text(b, "ends_first", first == NULL ? NULL : first->what);
	render_add_time(b, "expires_at", v->expires_at);
	json_end_object(b);
}

struct json_text
render_tcb(const struct verdict *v)
{
	struct json_builder b = { 0 };

	render_add_tcb(&b, NULL, v);
	return json_finish(&b);
}
