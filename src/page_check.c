#include "page_check.h"

#define NOTHING (-1)

/* The check that fails, and the last one that is proven all the same. */
struct outcome {
	int failed; /* enum check, or NOTHING */
	int proven; /* so are all before it */
};

/*
 * From the order in verify.c, check_genuine and judge. Where a reason can come
 * from several places, the first of them counts for what is proven: a revoked
 * certificate may be a signer of the collateral, a mismatch one of its CRLs.
 */
static const struct outcome outcomes[FAULT__MAX] = {
	[FAULT_NONE] = { NOTHING, CHECK_POLICY },
	[FAULT_MALFORMED_QUOTE] = { CHECK_STRUCTURE, NOTHING },
	[FAULT_UNSUPPORTED_QUOTE] = { CHECK_STRUCTURE, NOTHING },
	[FAULT_MISSING_CERTIFICATES] = { CHECK_PCK_CHAIN, CHECK_STRUCTURE },
	[FAULT_UNTRUSTED_ROOT] = { CHECK_PCK_CHAIN, CHECK_STRUCTURE },
	[FAULT_BAD_CERTIFICATE] = { CHECK_PCK_CHAIN, CHECK_STRUCTURE },
	[FAULT_BAD_COLLATERAL] = { CHECK_COLLATERAL, CHECK_PCK_CHAIN },
	[FAULT_CERTIFICATE_REVOKED] = { CHECK_REVOCATION, CHECK_PCK_CHAIN },
	[FAULT_CERTIFICATE_EXPIRED] = { CHECK_VALIDITY, CHECK_REVOCATION },
	[FAULT_COLLATERAL_EXPIRED] = { CHECK_VALIDITY, CHECK_REVOCATION },
	[FAULT_COLLATERAL_MISMATCH] = { CHECK_PLATFORM, CHECK_PCK_CHAIN },
	[FAULT_BAD_QE_REPORT] = { CHECK_QE_REPORT, CHECK_PLATFORM },
	[FAULT_QE_IDENTITY_MISMATCH] = { CHECK_QE_IDENTITY, CHECK_QE_REPORT },
	[FAULT_BAD_QUOTE_SIGNATURE] = { CHECK_QUOTE_SIGNATURE,
	    CHECK_QE_IDENTITY },
	[FAULT_TDX_MODULE_MISMATCH] = { CHECK_TDX_MODULE,
	    CHECK_QUOTE_SIGNATURE },
	[FAULT_TCB_NOT_FOUND] = { CHECK_TCB_LEVEL, CHECK_TDX_MODULE },
	[FAULT_DEBUG_ENABLED] = { CHECK_DEBUG, CHECK_TCB_LEVEL },
	[FAULT_TD_ATTRIBUTES] = { CHECK_TD_ATTRIBUTES, CHECK_DEBUG },
	[FAULT_SERVICE_TD] = { CHECK_TD_ATTRIBUTES, CHECK_DEBUG },
	[FAULT_TCB_STATUS] = { CHECK_POLICY, CHECK_TD_ATTRIBUTES },
	[FAULT_COLLATERAL_UNAVAILABLE] = { NOTHING, CHECK_STRUCTURE },
	[FAULT_INTERNAL] = { NOTHING, CHECK_STRUCTURE },
};

static const struct {
	const char *name, *meaning;
} texts[CHECK__MAX] = {
	[CHECK_STRUCTURE] = { "Structure",
	    "The bytes are one whole quote, of a kind that is known here." },
	[CHECK_PCK_CHAIN] = { "PCK certificate chain",
	    "The certificate of the platform\xe2\x80\x99s key leads, by "
	    "signatures, to the trust anchor." },
	[CHECK_COLLATERAL] = { "Collateral",
	    "The documents that the quote is held against are signed, up to "
	    "the same trust anchor." },
	[CHECK_REVOCATION] = { "Revocation",
	    "No certificate of the chain is on its issuer\xe2\x80\x99s "
	    "revocation list." },
	[CHECK_VALIDITY] = { "Dates",
	    "Every certificate, list and document was inside its dates at "
	    "the time of judgement." },
	[CHECK_PLATFORM] = { "Platform",
	    "The documents are those of this platform\xe2\x80\x99s model and "
	    "kind." },
	[CHECK_QE_REPORT] = { "QE report",
	    "The platform\xe2\x80\x99s key signed the quoting "
	    "enclave\xe2\x80\x99s report, and the report names the key that "
	    "signs quotes." },
	[CHECK_QE_IDENTITY] = { "QE identity",
	    "The quoting enclave is the one that Intel published." },
	[CHECK_QUOTE_SIGNATURE] = { "Quote signature",
	    "What the quote says is signed by that key, to the last bit." },
	[CHECK_TDX_MODULE] = { "TDX module",
	    "The module that isolates the virtual machine is one that Intel "
	    "lists." },
	[CHECK_TCB_LEVEL] = { "TCB level",
	    "Intel lists a level that the platform\xe2\x80\x99s microcode and "
	    "firmware reach." },
	[CHECK_DEBUG] = { "Debug",
	    "Debugging is off: the host cannot read the memory that way." },
	[CHECK_TD_ATTRIBUTES] = { "TD attributes",
	    "No reserved bit is on, SEPT_VE_DISABLE is, and no service TD is "
	    "bound." },
	[CHECK_POLICY] = { "Policy",
	    "The operator\xe2\x80\x99s policy accepts the TCB status." },
};

static bool
is_tdx_only(enum check check)
{
	return check == CHECK_TDX_MODULE || check == CHECK_TD_ATTRIBUTES;
}

static struct outcome
find_outcome(const struct verdict *v, bool has_collateral)
{
	static const struct outcome not_judged = { NOTHING, CHECK_STRUCTURE };
	/* There is none unless the quote's own chain was good. */
	static const struct outcome other_root = { CHECK_COLLATERAL,
		CHECK_PCK_CHAIN };

	if (v == NULL || (!v->verified && v->fault.code == FAULT_NONE))
		return not_judged;
	if (v->fault.code == FAULT_UNTRUSTED_ROOT && has_collateral)
		return other_root;
	return outcomes[v->fault.code];
}

void
checks_find(enum check_result out[static CHECK__MAX], enum tee tee,
    const struct verdict *v, bool has_collateral)
{
	struct outcome o = find_outcome(v, has_collateral);
	int i;

	for (i = 0; i < CHECK__MAX; i++) {
		out[i] = i == o.failed ? CHECK_FAILED :
		    i <= o.proven ? CHECK_PASSED : CHECK_NOT_MADE;
		if (tee == TEE_SGX && is_tdx_only(i))
			out[i] = CHECK_NOT_MEANT;
	}
	if (out[CHECK_TCB_LEVEL] == CHECK_PASSED &&
	    v->tcb_status != TCB_UP_TO_DATE)
		out[CHECK_TCB_LEVEL] = CHECK_SHORT;
}

const char *
check_name(enum check check)
{
	return texts[check].name;
}

const char *
check_meaning(enum check check)
{
	return texts[check].meaning;
}

const char *
check_result_name(enum check_result result)
{
	static const char *const names[] = {
		[CHECK_NOT_MADE] = "not checked",
		[CHECK_PASSED] = "passed",
		[CHECK_SHORT] = "falls short",
		[CHECK_FAILED] = "failed",
		[CHECK_NOT_MEANT] = "does not apply",
	};

	return names[result];
}
