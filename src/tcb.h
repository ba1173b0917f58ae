/*
 * The vocabulary of TCB levels, shared by TCB info and QE identity: statuses
 * and how they merge, advisories.
 *
 * Source: Intel PCS API v4, "TCB status"; Intel's Quote Verification Library
 * (convergence of platform, TDX module and QE status).
 */
#ifndef ATTESTRY_TCB_H
#define ATTESTRY_TCB_H

#include <time.h>

#include "bytes.h"

struct json_object;

enum tcb_status {
	TCB_STATUS_UNKNOWN, /* could not be determined */
	TCB_UP_TO_DATE,
	TCB_SW_HARDENING_NEEDED,
	TCB_CONFIGURATION_NEEDED,
	TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
	TCB_OUT_OF_DATE,
	TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	TCB_REVOKED,
	TCB_STATUS__MAX
};

#define ADVISORY_LEN_MAX 40 /* "INTEL-SA-00615" and its NUL */
/* Of one level; real ones have up to 30. */
#define ADVISORIES_NUM_MAX 64
#define TCB_LEVELS_NUM_MAX 256

/* Of platform, TDX module and QE together, each id once. */
struct advisories {
	size_t num;
	char id[3 * ADVISORIES_NUM_MAX][ADVISORY_LEN_MAX];
};

/* What every level says, whatever its numbers. */
struct tcb_level {
	enum tcb_status status;
	time_t tcb_date;
	size_t num_advisories;
	char (*advisories)[ADVISORY_LEN_MAX]; /* owned */
};

/* A level of a TDX module or QE: it has one number. */
struct isv_level {
	struct tcb_level level;
	uint16_t isvsvn;
};

struct isv_levels {
	size_t num;
	struct isv_level *levels; /* owned; highest first */
};

/* Intel's word ("UpToDate"); NULL for TCB_STATUS_UNKNOWN. */
const char *tcb_status_name(enum tcb_status status);

/* The status of Intel's word; TCB_STATUS_UNKNOWN when it is none. */
enum tcb_status tcb_status_from_name(struct bytes name);

/*
 * Merges the status of a TDX module or QE (UpToDate, OutOfDate, Revoked) into
 * the platform's.
 */
enum tcb_status tcb_status_merge(enum tcb_status platform,
    enum tcb_status component);

/*
 * Adds the level's advisories that `to` does not have yet, in their order.
 * There is room for those of three levels.
 */
void advisories_add(struct advisories *to, const struct tcb_level *from);

/*
 * Reads tcbStatus, tcbDate and advisoryIDs of one level.
 *
 * l		owns memory on success; tcb_level_clear frees it
 * is_isv	a TDX module's or QE's level: three statuses only
 * what		names the document in the fault's sentence
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL.
 */
MUST_USE int tcb_level_read(struct tcb_level *l, struct json_object *json,
    bool is_isv, const char *what, struct fault *f);

void tcb_level_clear(struct tcb_level *l);

/*
 * Reads the member tcbLevels of a TDX module identity or QE identity, and
 * sorts it: the order of the text is not trusted.
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL (none, or two alike).
 */
MUST_USE int isv_levels_read(struct isv_levels *l, struct json_object *json,
    const char *what, struct fault *f);

/* The highest level not above isvsvn; NULL when all are above. */
const struct isv_level *isv_levels_match(const struct isv_levels *l,
    uint16_t isvsvn);

/* The number that the lowest level asks for. */
uint16_t isv_levels_lowest(const struct isv_levels *l);

void isv_levels_clear(struct isv_levels *l);

#endif
