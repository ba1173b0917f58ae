/*
 * What pages say of each check: nothing is called passed that could have been
 * broken without another reason.
 */
#include <string.h>

#include "page_check.h"
#include "worlds.h"

/* One check broken, in the order of enum check. */
static const struct {
	enum check check;
	enum fault_code code;
	const char *settings;
} breaks[] = {
	{ CHECK_STRUCTURE, FAULT_UNSUPPORTED_QUOTE,
	    "quote.qe_vendor_id=00000000000000000000000000000000" },
	{ CHECK_PCK_CHAIN, FAULT_MISSING_CERTIFICATES,
	    "quote.cert_data_type=2" },
	{ CHECK_PCK_CHAIN, FAULT_UNTRUSTED_ROOT,
	    "pck_chain.certs=pck,ca,other_root" },
	{ CHECK_PCK_CHAIN, FAULT_BAD_CERTIFICATE,
	    "certs[pck].signer=foreign" },
	{ CHECK_COLLATERAL, FAULT_BAD_COLLATERAL,
	    "qe_identity.signer=foreign" },
	{ CHECK_REVOCATION, FAULT_CERTIFICATE_REVOKED,
	    "pck_crl.revokes=pck" },
	{ CHECK_VALIDITY, FAULT_CERTIFICATE_EXPIRED,
	    "certs[pck].not_after=now-1" },
	{ CHECK_VALIDITY, FAULT_COLLATERAL_EXPIRED,
	    "tcb_info.next_update=now-1" },
	{ CHECK_PLATFORM, FAULT_COLLATERAL_MISMATCH,
	    "tcb_info.fmspc=00000000ffff" },
	{ CHECK_QE_REPORT, FAULT_BAD_QE_REPORT,
	    "quote.qe_report_signer=foreign" },
	{ CHECK_QE_IDENTITY, FAULT_QE_IDENTITY_MISMATCH,
	    "quote.qe_report.isv_prod_id=7" },
	{ CHECK_QUOTE_SIGNATURE, FAULT_BAD_QUOTE_SIGNATURE,
	    "quote.signer=foreign" },
	{ CHECK_TDX_MODULE, FAULT_TDX_MODULE_MISMATCH,
	    "quote.td.tee_tcb_svn=03090800000000000000000000000000" },
	{ CHECK_TCB_LEVEL, FAULT_TCB_NOT_FOUND, "pck.components[0]=1" },
	{ CHECK_DEBUG, FAULT_DEBUG_ENABLED,
	    "quote.td.td_attributes=0100001000000000" },
	{ CHECK_TD_ATTRIBUTES, FAULT_TD_ATTRIBUTES,
	    "quote.td.td_attributes=0000000000000000" },
	{ CHECK_TD_ATTRIBUTES, FAULT_SERVICE_TD,
	    "patch=quote:before:682:01" },
	{ CHECK_POLICY, FAULT_TCB_STATUS, "pck.components[0]=7" },
};

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/* The collateral's own certificates may be meant, which come earlier. */
static bool
may_come_earlier(enum fault_code code)
{
	return code == FAULT_COLLATERAL_MISMATCH ||
	    code == FAULT_CERTIFICATE_REVOKED;
}

static void
judge(struct verdict *v, struct mint *mint, const char *first,
    const char *second)
{
	struct mint_world w;
	char settings[400];

	snprintf(settings, sizeof(settings), "%s%s%s", first,
	    *first != '\0' && *second != '\0' ? " ; " : "", second);
	world_make(&w, mint, MINT_TDX15_V5, settings);
	world_judge(v, &w, w.spec.now);
	mint_world_clear(&w);
}

static void
test_reason(struct mint *mint, size_t i)
{
	enum check_result results[CHECK__MAX];
	const char *reason = fault_reason(breaks[i].code);
	struct verdict v;
	int k, num_failed = 0, num_later = 0;

	judge(&v, mint, "", breaks[i].settings);
	ok(verdict_is(&v, breaks[i].code, NULL,
	    tcb_status_name(v.tcb_status)), "%s: the world says so", reason);
	checks_find(results, TEE_TDX, &v, breaks[i].check > CHECK_PCK_CHAIN);
	for (k = 0; k < CHECK__MAX; k++) {
		num_failed += results[k] == CHECK_FAILED;
		num_later += k > (int)breaks[i].check &&
		    results[k] != CHECK_NOT_MADE;
	}
	ok(num_failed == 1 && results[breaks[i].check] == CHECK_FAILED,
	    "%s: fails \"%s\" alone", reason, check_name(breaks[i].check));
	ok(num_later == 0, "%s: nothing is known of what follows", reason);
}

/*
 * With an earlier check broken as well, the verdict has another reason: what
 * is called passed is really proven by this one. And what is proven is called
 * so, but where the reason may come from an earlier place.
 */
static void
test_earlier(struct mint *mint, size_t i)
{
	enum check_result results[CHECK__MAX];
	struct verdict v, both;
	bool all_proven = true, all_called = true;
	size_t k;

	judge(&v, mint, "", breaks[i].settings);
	checks_find(results, TEE_TDX, &v, breaks[i].check > CHECK_PCK_CHAIN);
	for (k = 0; k < i && breaks[k].check < breaks[i].check; k++) {
		judge(&both, mint, breaks[i].settings, breaks[k].settings);
		if (results[breaks[k].check] == CHECK_PASSED ||
		    results[breaks[k].check] == CHECK_SHORT)
			all_proven &= both.fault.code == breaks[k].code;
		else
			all_called &= may_come_earlier(breaks[i].code);
	}
	ok(all_proven, "%s: what passed is proven",
	    fault_reason(breaks[i].code));
	ok(all_called, "%s: what is proven passed",
	    fault_reason(breaks[i].code));
}

/* A signer of the collateral that is revoked leaves it unproven. */
static void
test_revoked_signer(struct mint *mint)
{
	enum check_result results[CHECK__MAX];
	struct verdict v;

	judge(&v, mint, "root_crl.revokes=tcb_signing",
	    "qe_identity.signer=foreign");
	checks_find(results, TEE_TDX, &v, true);
	ok(v.fault.code == FAULT_CERTIFICATE_REVOKED &&
	    results[CHECK_COLLATERAL] == CHECK_NOT_MADE,
	    "certificate_revoked: the collateral may be bad");
}

static bool
is_in_breaks(enum fault_code code)
{
	size_t i;

	for (i = 0; i < NUM(breaks); i++)
		if (breaks[i].code == code)
			return true;
	return false;
}

/* What no stored quote can be refused for. */
static void
test_others(void)
{
	static const enum fault_code ours[] = { FAULT_COLLATERAL_UNAVAILABLE,
		FAULT_INTERNAL };
	enum check_result results[CHECK__MAX];
	struct verdict v = { 0 };
	bool covered = true;
	size_t i;
	int code;

	for (code = FAULT_NONE + 1; code < FAULT__MAX; code++)
		covered &= is_in_breaks(code) ||
		    code == FAULT_MALFORMED_QUOTE ||
		    code == FAULT_COLLATERAL_UNAVAILABLE ||
		    code == FAULT_INTERNAL;
	ok(covered, "every reason has its world");
	v.fault.code = FAULT_MALFORMED_QUOTE;
	checks_find(results, TEE_TDX, &v, false);
	ok(results[CHECK_STRUCTURE] == CHECK_FAILED &&
	    results[CHECK_PCK_CHAIN] == CHECK_NOT_MADE,
	    "malformed_quote: fails the structure");
	for (i = 0; i < NUM(ours); i++) {
		v.fault.code = ours[i];
		checks_find(results, TEE_TDX, &v, false);
		ok(results[CHECK_STRUCTURE] == CHECK_PASSED &&
		    results[CHECK_PCK_CHAIN] == CHECK_NOT_MADE &&
		    results[CHECK_POLICY] == CHECK_NOT_MADE,
		    "%s: says nothing of the quote", fault_reason(ours[i]));
	}
	checks_find(results, TEE_TDX, NULL, false);
	ok(results[CHECK_STRUCTURE] == CHECK_PASSED &&
	    results[CHECK_PCK_CHAIN] == CHECK_NOT_MADE,
	    "not judged: it could be read, and no more");
	v.fault.code = FAULT_NONE;
	checks_find(results, TEE_TDX, &v, true);
	ok(results[CHECK_POLICY] == CHECK_NOT_MADE,
	    "neither verified nor a reason: nothing passed");
	v.fault.code = FAULT_UNTRUSTED_ROOT;
	checks_find(results, TEE_TDX, &v, false);
	ok(results[CHECK_PCK_CHAIN] == CHECK_FAILED,
	    "untrusted_root, no collateral: the quote's chain");
	checks_find(results, TEE_TDX, &v, true);
	ok(results[CHECK_PCK_CHAIN] == CHECK_PASSED &&
	    results[CHECK_COLLATERAL] == CHECK_FAILED,
	    "untrusted_root, with collateral: the collateral's");
}

static void
test_verified(struct mint *mint)
{
	enum check_result results[CHECK__MAX];
	struct mint_world w;
	struct verdict v;
	int i, num_passed = 0;

	judge(&v, mint, "", "");
	checks_find(results, TEE_TDX, &v, true);
	for (i = 0; i < CHECK__MAX; i++)
		num_passed += results[i] == CHECK_PASSED;
	ok(num_passed == CHECK__MAX, "verified: everything passed");
	checks_find(results, TEE_SGX, &v, true);
	ok(results[CHECK_TDX_MODULE] == CHECK_NOT_MEANT &&
	    results[CHECK_TD_ATTRIBUTES] == CHECK_NOT_MEANT &&
	    results[CHECK_DEBUG] == CHECK_PASSED,
	    "SGX: two checks do not apply");
	world_make(&w, mint, MINT_TDX15_V5, "pck.components[0]=7");
	world_judge_by(&v, &w, w.spec.now, "UpToDate,OutOfDate");
	mint_world_clear(&w);
	checks_find(results, TEE_TDX, &v, true);
	ok(v.verified && results[CHECK_TCB_LEVEL] == CHECK_SHORT &&
	    results[CHECK_POLICY] == CHECK_PASSED,
	    "verified though out of date: the level falls short");
}

static void
test_words(void)
{
	int i;

	for (i = 0; i < CHECK__MAX; i++)
		ok(check_name(i) != NULL && check_meaning(i) != NULL &&
		    strstr(check_meaning(i), "safe") == NULL,
		    "\"%s\" has its words", check_name(i));
}

int
main(void)
{
	struct mint *mint = mint_new();
	size_t i;

	for (i = 0; i < NUM(breaks); i++) {
		test_reason(mint, i);
		test_earlier(mint, i);
	}
	test_revoked_signer(mint);
	test_others();
	test_verified(mint);
	test_words();
	mint_free(mint);
	return tap_done();
}
