/*
 * What a verdict says about each check of a verification. verify.c makes them
 * in a fixed order and stops at the first that fails, so that its reason tells
 * what was proven before and what nobody has looked at. Nothing is called
 * passed that a verdict of this reason does not prove.
 */
#ifndef ATTESTRY_PAGE_CHECK_H
#define ATTESTRY_PAGE_CHECK_H

#include "verify.h"

/* In verify.c's order. */
enum check {
	CHECK_STRUCTURE,
	CHECK_PCK_CHAIN,
	CHECK_COLLATERAL, /* Intel's documents are signed and Intel's */
	CHECK_REVOCATION,
	CHECK_VALIDITY, /* all dates */
	CHECK_PLATFORM, /* the documents are this platform's */
	CHECK_QE_REPORT,
	CHECK_QE_IDENTITY,
	CHECK_QUOTE_SIGNATURE,
	CHECK_TDX_MODULE,
	CHECK_TCB_LEVEL,
	CHECK_DEBUG,
	CHECK_TD_ATTRIBUTES, /* and no service TD */
	CHECK_POLICY,	     /* the operator's, on the TCB status */
	CHECK__MAX
};

enum check_result {
	CHECK_NOT_MADE,
	CHECK_PASSED,
	CHECK_SHORT,  /* TCB level: found, and it is not UpToDate */
	CHECK_FAILED,
	CHECK_NOT_MEANT /* TDX only, and this is SGX */
};

/*
 * What became of each check.
 *
 * v			NULL: the quote was never judged; it could be read
 * has_collateral	whether the verdict was reached with collateral
 */
void checks_find(enum check_result out[static CHECK__MAX], enum tee tee,
    const struct verdict *v, bool has_collateral);

/* "Quote signature" */
const char *check_name(enum check check);

/* What it proves when it passes, as a sentence. */
const char *check_meaning(enum check check);

/* "passed", "failed", "not checked", … */
const char *check_result_name(enum check_result result);

#endif
