/*
 * What the TCB of a quote is at, for people who have to act on it: platform,
 * TDX module and QE side by side, each with the level that it reaches and the
 * newest that Intel lists, and every number that falls short of the newest.
 * It decides nothing (see verify.h) and borrows nothing.
 */
#ifndef ATTESTRY_TCB_REPORT_H
#define ATTESTRY_TCB_REPORT_H

#include "qe_identity.h"
#include "tcb_info.h"

/* What one of the three has been told by Intel. */
struct tcb_standing {
	enum tcb_status status; /* TCB_STATUS_UNKNOWN: it reaches no level */
	time_t tcb_date;
	size_t num_advisories;
	char advisories[ADVISORIES_NUM_MAX][ADVISORY_LEN_MAX];
};

struct platform_report {
	bool is_known; /* else nothing here means anything */
	struct tcb_standing standing;
	struct tcb_numbers have;
	struct tcb_numbers level;  /* reached, unless status is unknown */
	struct tcb_numbers newest; /* Intel's highest level */
	enum tcb_status newest_status;
	time_t newest_tcb_date;
};

/* A TDX module or a QE: one number. */
struct isv_report {
	bool is_known;
	uint8_t version; /* TDX module: 1 for TDX_01 */
	struct tcb_standing standing;
	uint16_t have;
	uint16_t level;
	uint16_t newest;
	enum tcb_status newest_status;
	time_t newest_tcb_date;
};

/* Which number is short. */
enum tcb_part {
	TCB_PART_SGX_COMPONENT,
	TCB_PART_PCE_SVN,
	TCB_PART_TDX_COMPONENT, /* of TEE_TCB_SVN */
	TCB_PART_TDX_MODULE,
	TCB_PART_QE,
	TCB_PART__MAX
};

struct shortfall {
	enum tcb_part part;
	uint8_t index; /* of a component, from 0 */
	uint16_t have;
	uint16_t want; /* the newest level's */
	char name[COMPONENT_NAME_LEN_MAX]; /* Intel's word for it, or "" */
};

#define SHORTFALLS_NUM_MAX (2 * TCB_COMPONENTS_NUM + 3)

struct tcb_report {
	bool is_tdx;
	struct platform_report platform;
	struct isv_report tdx_module; /* not known: SGX, or version 0 */
	struct isv_report qe;
	size_t num_shortfalls;
	struct shortfall shortfalls[SHORTFALLS_NUM_MAX]; /* as in tcb_part */
};

/* Is it one of 16, with an index? */
bool tcb_part_has_index(enum tcb_part part);

/* "sgx_component", "pce_svn", "tdx_component", "tdx_module", "qe" */
const char *tcb_part_name(enum tcb_part part);

/*
 * Each adds one of the three, in the order of struct tcb_report, to a report
 * that begins as zeros.
 *
 * td		NULL: SGX
 * reached	NULL: below every level
 */
void tcb_report_add_platform(struct tcb_report *r, const struct tcb_info *t,
    const struct pck *pck, const struct td_report *td,
    const struct platform_level *reached);
void tcb_report_add_module(struct tcb_report *r, const struct tcb_info *t,
    const struct td_report *td, const struct isv_level *reached);
void tcb_report_add_qe(struct tcb_report *r, const struct qe_identity *q,
    const struct enclave_report *report, const struct isv_level *reached);

/*
 * What a platform lacks of one level: appended to `out`, which has room for
 * SHORTFALLS_NUM_MAX. Returns how many there are then.
 *
 * num	how many there are already
 */
size_t shortfalls_find(struct shortfall *out, size_t num,
    const struct tcb_info *t, const struct pck *pck,
    const struct td_report *td, const struct tcb_numbers *want);

/* "TDX component 2 is 3, needs 4; TDX Late Microcode Update (OS/VMM)" */
#define SHORTFALL_TEXT_LEN_MAX (COMPONENT_NAME_LEN_MAX + 64)
void shortfall_format(const struct shortfall *s,
    char out[static SHORTFALL_TEXT_LEN_MAX]);

#endif
