/*
 * What judge.c and judge_keep.c share.
 */
#ifndef ATTESTRY_JUDGE_PRIVATE_H
#define ATTESTRY_JUDGE_PRIVATE_H

#include "judge.h"

/* A quote that is not to be kept, whatever comes of it. */
bool judge_is_unwanted(const struct judge *j, const struct judged *judged);

/* There is a verdict: counts it. */
void judge_set_decided(const struct judge *j, struct judged *judged);

/* The quote alone. */
MUST_USE int judge_keep_quote(const struct judge *j, struct bytes upload,
    struct judged *out, struct fault *f);

/*
 * Quote and verdict together. Where that fails, the quote alone, so that it is
 * not lost.
 */
MUST_USE int judge_keep_both(const struct judge *j, struct bytes upload,
    struct judged *judged, struct fault *f);

/* The same of several uploads: all of them, or none. */
MUST_USE int judge_keep_all(const struct judge *j,
    struct judge_open *const *opens, int num, struct fault *f);

/* What is left to do once both are kept. Returns 0. */
int judge_end_kept(const struct judge *j, struct judged *judged);

#endif
