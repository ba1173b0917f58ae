/*
 * Small files, read whole.
 */
#ifndef ATTESTRY_FILE_H
#define ATTESTRY_FILE_H

#include "chain.h"

/*
 * Reads a file, "-" for standard input.
 *
 * out		new: free(out->ptr)
 * len_max	a longer one is refused
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int file_read_new(struct bytes *out, const char *path,
    size_t len_max, struct fault *f);

/*
 * The trust anchor in a certificate file; Intel's when path is NULL.
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int file_read_trust(struct trust *t, const char *path,
    struct fault *f);

#endif
