#include <stdio.h>
#include <string.h>

#include "tcb_report.h"

/* How machines and people name a part. */
static const struct {
	const char *name;
	const char *words;
} parts[TCB_PART__MAX] = {
	[TCB_PART_SGX_COMPONENT] = { "sgx_component", "SGX component" },
	[TCB_PART_PCE_SVN] = { "pce_svn", "PCE SVN" },
	[TCB_PART_TDX_COMPONENT] = { "tdx_component", "TDX component" },
	[TCB_PART_TDX_MODULE] = { "tdx_module", "TDX module's SVN" },
	[TCB_PART_QE] = { "qe", "QE's ISVSVN" },
};

const char *
tcb_part_name(enum tcb_part part)
{
	return parts[part].name;
}

bool
tcb_part_has_index(enum tcb_part part)
{
	return part == TCB_PART_SGX_COMPONENT ||
	    part == TCB_PART_TDX_COMPONENT;
}

void
shortfall_format(const struct shortfall *s,
    char out[static SHORTFALL_TEXT_LEN_MAX])
{
	char index[8] = "";

	if (tcb_part_has_index(s->part))
		snprintf(index, sizeof(index), " %u", s->index);
	snprintf(out, SHORTFALL_TEXT_LEN_MAX, "%s%s is %u, needs %u%s%s",
	    parts[s->part].words, index, s->have, s->want,
	    s->name[0] == '\0' ? "" : "; ", s->name);
}

/* Adds it when it is one. */
static size_t
compare(struct shortfall *out, size_t num, enum tcb_part part, size_t index,
    unsigned have, unsigned want, const char *name)
{
	struct shortfall *s = &out[num];

	if (have >= want)
		return num;
	*s = (struct shortfall){ .part = part, .index = (uint8_t)index,
		.have = (uint16_t)have, .want = (uint16_t)want };
	snprintf(s->name, sizeof(s->name), "%s", name);
	return num + 1;
}

size_t
shortfalls_find(struct shortfall *out, size_t num, const struct tcb_info *t,
    const struct pck *pck, const struct td_report *td,
    const struct tcb_numbers *want)
{
	struct tcb_numbers have;
	size_t i;

	tcb_numbers_read(&have, pck, td);
	for (i = 0; i < TCB_COMPONENTS_NUM; i++)
		num = compare(out, num, TCB_PART_SGX_COMPONENT, i,
		    have.sgx_components[i], want->sgx_components[i],
		    t->names.sgx[i]);
	num = compare(out, num, TCB_PART_PCE_SVN, 0, have.pce_svn,
	    want->pce_svn, "");
	if (td == NULL)
		return num;
	for (i = tdx_components_from(td); i < TCB_COMPONENTS_NUM; i++)
		num = compare(out, num, TCB_PART_TDX_COMPONENT, i,
		    have.tdx_components[i], want->tdx_components[i],
		    t->names.tdx[i]);
	return num;
}

static void
set_standing(struct tcb_standing *s, const struct tcb_level *level)
{
	s->status = level->status;
	s->tcb_date = level->tcb_date;
	s->num_advisories = level->num_advisories;
	if (level->num_advisories > 0)
		memcpy(s->advisories, level->advisories,
		    level->num_advisories * sizeof(s->advisories[0]));
}

void
tcb_report_add_platform(struct tcb_report *r, const struct tcb_info *t,
    const struct pck *pck, const struct td_report *td,
    const struct platform_level *reached)
{
	const struct platform_level *newest = &t->levels[0];
	struct platform_report *p = &r->platform;

	r->is_tdx = td != NULL;
	p->is_known = true;
	tcb_numbers_read(&p->have, pck, td);
	if (reached != NULL) {
		p->level = reached->numbers;
		set_standing(&p->standing, &reached->level);
	}
	p->newest = newest->numbers;
	p->newest_status = newest->level.status;
	p->newest_tcb_date = newest->level.tcb_date;
	r->num_shortfalls = shortfalls_find(r->shortfalls, r->num_shortfalls,
	    t, pck, td, &newest->numbers);
}

static void
add_isv(struct tcb_report *r, struct isv_report *out, enum tcb_part part,
    uint16_t have, const struct isv_levels *levels,
    const struct isv_level *reached)
{
	const struct isv_level *newest = &levels->levels[0];

	out->is_known = true;
	out->have = have;
	if (reached != NULL) {
		out->level = reached->isvsvn;
		set_standing(&out->standing, &reached->level);
	}
	out->newest = newest->isvsvn;
	out->newest_status = newest->level.status;
	out->newest_tcb_date = newest->level.tcb_date;
	r->num_shortfalls = compare(r->shortfalls, r->num_shortfalls, part, 0,
	    have, newest->isvsvn, "");
}

void
tcb_report_add_module(struct tcb_report *r, const struct tcb_info *t,
    const struct td_report *td, const struct isv_level *reached)
{
	uint8_t version = td->tee_tcb_svn[1];
	const struct tdx_module *m = tcb_info_find_module(t, version);

	if (version == 0 || m == NULL)
		return;
	r->tdx_module.version = version;
	add_isv(r, &r->tdx_module, TCB_PART_TDX_MODULE, td->tee_tcb_svn[0],
	    &m->levels, reached);
}

void
tcb_report_add_qe(struct tcb_report *r, const struct qe_identity *q,
    const struct enclave_report *report, const struct isv_level *reached)
{
	add_isv(r, &r->qe, TCB_PART_QE, enclave_report_isvsvn(report),
	    &q->levels, reached);
}
