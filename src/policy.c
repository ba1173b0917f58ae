#include <stdio.h>
#include <string.h>

#include "policy.h"

#define ATTRIBUTE_DEBUG 0x02 /* SGX: first byte of ATTRIBUTES */

/* TDATTRIBUTES (Intel TDX Module ABI, 3.4.1), as one little-endian number. */
#define TD_DEBUG (UINT64_C(1) << 0)
#define TD_LASS (UINT64_C(1) << 27)
#define TD_SEPT_VE_DISABLE (UINT64_C(1) << 28)
#define TD_MIGRATABLE (UINT64_C(1) << 29)
#define TD_PKS (UINT64_C(1) << 30)
#define TD_KL (UINT64_C(1) << 31)
#define TD_PERFMON (UINT64_C(1) << 63)

static uint64_t
td_attributes(const struct td_report *td)
{
	uint64_t n = 0;
	int i;

	for (i = 7; i >= 0; i--)
		n = n << 8 | td->tdattributes[i];
	return n;
}

static int
check_debug(const struct quote *q, struct fault *f)
{
	bool debug = q->tee == TEE_SGX ?
	    (q->enclave_report.attributes[0] & ATTRIBUTE_DEBUG) != 0 :
	    (td_attributes(&q->td_report) & TD_DEBUG) != 0;

	if (debug)
		return fault_set(f, FAULT_DEBUG_ENABLED,
		    "%s: DEBUG is on: the host can read its memory",
		    q->tee == TEE_SGX ? "enclave" : "TD");
	return 0;
}

static int
refuse_service_td(const struct td_report *td, struct fault *f)
{
	char have[2 * MR_LEN + 1];

	hex_encode(have, BYTES_OF(td->mrservicetd));
	return fault_set(f, FAULT_SERVICE_TD, "TD: MRSERVICETD: a service TD "
	    "is bound to it: want zero, have %s", have);
}

static int
check_td(const struct quote *q, struct fault *f)
{
	const struct td_report *td = &q->td_report;
	uint64_t attributes = td_attributes(td);
	uint64_t known = TD_SEPT_VE_DISABLE | TD_PKS | TD_KL | TD_PERFMON;

	if (q->tee != TEE_TDX)
		return 0;
	/* Reserved in TDX 1.0 (verification of a 1.0 body cannot see a
	 * migration TD, so a migratable one must not pass). */
	if (q->body_type == BODY_TD_REPORT15)
		known |= TD_LASS | TD_MIGRATABLE;
	if ((attributes & ~known) != 0)
		return fault_set(f, FAULT_TD_ATTRIBUTES,
		    "TD: TDATTRIBUTES: reserved bits %016llx are on",
		    (unsigned long long)(attributes & ~known));
	if ((attributes & TD_SEPT_VE_DISABLE) == 0)
		return fault_set(f, FAULT_TD_ATTRIBUTES,
		    "TD: TDATTRIBUTES: SEPT_VE_DISABLE is off: want bit %016llx "
		    "in %016llx", (unsigned long long)TD_SEPT_VE_DISABLE,
		    (unsigned long long)attributes);
	if (!bytes_is_zero(BYTES_OF(td->mrservicetd)))
		return refuse_service_td(td, f);
	return 0;
}

int
policy_check_quote(const struct quote *q, struct fault *f)
{
	if (check_debug(q, f) < 0)
		return -1;
	return check_td(q, f);
}

int
policy_read(struct policy *p, const char *list, struct fault *f)
{
	struct bytes in = bytes_of_string(list), name, comma;
	enum tcb_status status;
	size_t len;

	memset(p, 0, sizeof(*p));
	do {
		for (len = 0; len < in.len && in.ptr[len] != ','; len++)
			continue;
		name = (struct bytes){ in.ptr, len };
		in = bytes_behind(in, len);
		status = tcb_status_from_name(name);
		if (status == TCB_STATUS_UNKNOWN || status == TCB_REVOKED)
			return fault_set(f, FAULT_INTERNAL,
			    "policy: want TCB statuses with commas between "
			    "them, such as " POLICY_DEFAULT "; Revoked is "
			    "never accepted");
		p->accepts[status] = true;
	} while (bytes_take(&in, &comma, 1));
	return 0;
}

void
policy_format(const struct policy *p, char *out, size_t size)
{
	size_t len = 0;
	int i;

	out[0] = '\0';
	for (i = TCB_UP_TO_DATE; i < TCB_STATUS__MAX; i++)
		if (p->accepts[i] && len < size)
			len += (size_t)snprintf(out + len, size - len, "%s%s",
			    len == 0 ? "" : ",", tcb_status_name(i));
}
