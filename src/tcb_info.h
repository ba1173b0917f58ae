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

struct platform_level {
	struct tcb_level level;
	uint8_t sgx_components[TCB_COMPONENTS_NUM];
	uint16_t pce_svn;
	uint8_t tdx_components[TCB_COMPONENTS_NUM]; /* TDX only */
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

/*
 * The highest level that the platform reaches in every number: all SGX
 * components, the PCE SVN, and for TDX the TEE_TCB_SVN (all 16 when its
 * module version is 0, else from the third on: the first two are the TDX
 * module's own).
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
    const struct td_report *td, const struct tcb_level **out,
    struct fault *f);

/* The module of this version; NULL when Intel lists none. */
const struct tdx_module *tcb_info_find_module(const struct tcb_info *t,
    uint8_t version);

void tcb_info_clear(struct tcb_info *t);

#endif
