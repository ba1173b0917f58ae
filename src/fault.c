#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fault.h"

static const char *const reasons[FAULT__MAX] = {
	[FAULT_MALFORMED_QUOTE] = "malformed_quote",
	[FAULT_UNSUPPORTED_QUOTE] = "unsupported_quote",
	[FAULT_MISSING_CERTIFICATES] = "missing_certificates",
	[FAULT_UNTRUSTED_ROOT] = "untrusted_root",
	[FAULT_BAD_CERTIFICATE] = "bad_certificate",
	[FAULT_CERTIFICATE_EXPIRED] = "certificate_expired",
	[FAULT_CERTIFICATE_REVOKED] = "certificate_revoked",
	[FAULT_BAD_COLLATERAL] = "bad_collateral",
	[FAULT_COLLATERAL_EXPIRED] = "collateral_expired",
	[FAULT_COLLATERAL_MISMATCH] = "collateral_mismatch",
	[FAULT_BAD_QE_REPORT] = "bad_qe_report",
	[FAULT_BAD_QUOTE_SIGNATURE] = "bad_quote_signature",
	[FAULT_QE_IDENTITY_MISMATCH] = "qe_identity_mismatch",
	[FAULT_TDX_MODULE_MISMATCH] = "tdx_module_mismatch",
	[FAULT_TCB_NOT_FOUND] = "tcb_not_found",
	[FAULT_DEBUG_ENABLED] = "debug_enabled",
	[FAULT_TD_ATTRIBUTES] = "td_attributes",
	[FAULT_SERVICE_TD] = "service_td",
	[FAULT_TCB_STATUS] = "tcb_status",
	[FAULT_COLLATERAL_UNAVAILABLE] = "collateral_unavailable",
	[FAULT_INTERNAL] = "internal",
};

int
fault_set(struct fault *f, enum fault_code code, const char *format, ...)
{
	va_list ap;

	f->code = code;
	va_start(ap, format);
	vsnprintf(f->message, sizeof(f->message), format, ap);
	va_end(ap);
	return -1;
}

int
fault_prefix(struct fault *f, const char *prefix)
{
	char message[FAULT_MESSAGE_LEN_MAX];

	memcpy(message, f->message, sizeof(message));
	return fault_set(f, f->code, "%s: %s", prefix, message);
}

int
fault_set_memory(struct fault *f)
{
	return fault_set(f, FAULT_INTERNAL, "out of memory");
}

const char *
fault_reason(enum fault_code code)
{
	return code < FAULT__MAX ? reasons[code] : NULL;
}

enum fault_code
fault_from_reason(const char *reason)
{
	int i;

	for (i = FAULT_NONE + 1; i < FAULT__MAX; i++)
		if (strcmp(reasons[i], reason) == 0)
			return i;
	return FAULT_NONE;
}

int
fault_check_result(int r, struct fault *f)
{
	if (r < 0 || f->code == FAULT_NONE)
		return r;
	return fault_set(f, FAULT_INTERNAL, "a fault was passed over");
}
