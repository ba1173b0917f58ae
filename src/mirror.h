/*
 * Fills a folder that another machine uses as its source (pcs_file.h): for
 * some platforms both TEEs, as far as the sources here know them, and the
 * revocation lists of both CAs. Nothing is written that does not lead to the
 * trust anchor or is outside its dates, and a document that is there is only
 * replaced by a whole one.
 */
#ifndef ATTESTRY_MIRROR_H
#define ATTESTRY_MIRROR_H

#include "pcs.h"

enum mirror_tee { MIRROR_SGX, MIRROR_TDX, MIRROR_TEE__MAX };

struct mirror;

/*
 * Fetches what all platforms share; it is written with the first of them.
 *
 * out		new; mirror_free frees it
 * pcs, trust	borrowed as long as the mirror lives
 * at		the instant for the dates
 * folder	borrowed likewise; made if it is not there
 *
 * Returns 0, or -1 with the faults of pcs_fetch.
 */
MUST_USE int mirror_new(struct mirror **out, struct pcs *pcs,
    const struct trust *trust, time_t at, const char *folder,
    struct fault *f);

/* Accepts NULL. */
void mirror_free(struct mirror *m);

/*
 * Fetches and writes one platform's documents.
 *
 * out_has	by enum mirror_tee: whether its collateral has been written
 *
 * Returns 0, or -1 with FAULT_COLLATERAL_UNAVAILABLE (no source has it, or one
 * TEE's could not be asked for), FAULT_INTERNAL (the folder, memory), or what
 * is wrong with the documents.
 */
MUST_USE int mirror_add(struct mirror *m, const uint8_t fmspc[static FMSPC_LEN],
    bool out_has[static MIRROR_TEE__MAX], struct fault *f);

#endif
