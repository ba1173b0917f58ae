/*
 * TCB info, version 3: which levels a platform (FMSPC) can be at and what
 * Intel says of each; for TDX also the TDX modules.
 *
 * Source: Intel PCS API v4, "Get TCB Info", appendix "TCB Info V3".
 */
#ifndef ATTESTRY_TCB_INFO_H
#define ATTESTRY_TCB_INFO_H

#include "pck.h"
#include "tcb.h"

#define TDX_MODULES_NUM_MAX 64

/* What a platform is at, or must be at. */
struct tcb_numbers {
	uint8_t sgx_components[TCB_COMPONENTS_NUM];
	uint16_t pce_svn;
	uint8_t tdx_components[TCB_COMPONENTS_NUM]; /* TDX only */
};

struct platform_level {
	struct tcb_level level;
	struct tcb_numbers numbers;
};

/* "TDX Late Microcode Update (OS/VMM)", and its NUL. */
#define COMPONENT_NAME_LEN_MAX 64

/* What Intel calls each component; "" where it has no word for it. */
struct component_names {
	char sgx[TCB_COMPONENTS_NUM][COMPONENT_NAME_LEN_MAX];
	char tdx[TCB_COMPONENTS_NUM][COMPONENT_NAME_LEN_MAX];
};

struct tdx_module {
	uint8_t version; /* of id "TDX_01": 1 */
	uint8_t mrsigner[MR_LEN];
	uint8_t attributes[8];
	uint8_t attributes_mask[8];
	struct isv_levels levels; /* empty for the member tdxModule */
};

struct tcb_info {
	enum tee tee; /* of the member id */
	time_t issue_date;
	time_t next_update;
	uint8_t fmspc[FMSPC_LEN];
	uint8_t pce_id[PCE_ID_LEN];
	uint32_t tcb_evaluation_data_number;
	struct tdx_module tdx_module; /* of version 0; TDX only */
	size_t num_tdx_modules;
	struct tdx_module *tdx_modules; /* tdxModuleIdentities; owned */
	struct component_names names;
	size_t num_levels;
	struct platform_level *levels; /* owned; highest first */
};

/*
 * Reads the inner object, whose signature has been checked.
 *
 * t	owns memory on success; tcb_info_clear frees it
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL.
 */
MUST_USE int tcb_info_read(struct tcb_info *t, struct bytes json,
    struct fault *f);

/* What this platform is at; td: NULL for an SGX quote. */
void tcb_numbers_read(struct tcb_numbers *out, const struct pck *pck,
    const struct td_report *td);

/* The first of the TEE_TCB_SVN that belongs to the platform: the TDX module
 * has the first two to itself when its version is not 0. */
size_t tdx_components_from(const struct td_report *td);

/*
 * The highest level that the platform reaches in every number: all SGX
 * components, the PCE SVN, and for TDX the TEE_TCB_SVN from
 * tdx_components_from on.
 *
 * td	NULL for an SGX quote, and to ask for the SGX part alone
 *
 * NULL when there is none.
 */
const struct platform_level *tcb_info_match(const struct tcb_info *t,
    const struct pck *pck, const struct td_report *td);

/*
 * Holds MRSIGNERSEAM, SEAMATTRIBUTES and the module's SVN against the module
 * that TEE_TCB_SVN names.
 *
 * out	the module's level; NULL for version 0, which has none
 *
 * Returns 0, or -1 with FAULT_TDX_MODULE_MISMATCH.
 */
MUST_USE int tcb_info_match_module(const struct tcb_info *t,
    const struct td_report *td, const struct isv_level **out,
    struct fault *f);

/* The module of this version; NULL when Intel lists none. */
const struct tdx_module *tcb_info_find_module(const struct tcb_info *t,
    uint8_t version);

void tcb_info_clear(struct tcb_info *t);

#endif
