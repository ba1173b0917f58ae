/*
 * What a relying party accepts of a quote that is otherwise genuine.
 */
#ifndef ATTESTRY_POLICY_H
#define ATTESTRY_POLICY_H

#include "quote.h"
#include "tcb.h"

/* Which TCB statuses the relying party accepts. Never Revoked. */
struct policy {
	bool accepts[TCB_STATUS__MAX];
};

#define POLICY_DEFAULT \
	"UpToDate,SWHardeningNeeded,ConfigurationNeeded," \
	"ConfigurationAndSWHardeningNeeded"

/*
 * Reads a list of statuses with commas between them, POLICY_DEFAULT for one.
 *
 * Returns 0, or -1 with FAULT_INTERNAL (an unknown one, or Revoked).
 */
MUST_USE int policy_read(struct policy *p, const char *list, struct fault *f);

/* The list that policy_read reads, in the order of enum tcb_status. */
#define POLICY_LEN_MAX 256
void policy_format(const struct policy *p, char *out, size_t size);

/*
 * The part that no policy can waive: a host that can read the workload's
 * memory, a TD that does not see what its host does to it, a service TD.
 *
 * Returns 0, or -1 with FAULT_DEBUG_ENABLED, FAULT_TD_ATTRIBUTES or
 * FAULT_SERVICE_TD: the first that is found, in this order.
 */
MUST_USE int policy_check_quote(const struct quote *q, struct fault *f);

#endif
