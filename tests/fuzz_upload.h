/*
 * What the hex of an upload means, for the fuzz targets of the forms that
 * carry it: a model that shares nothing with the code under test.
 */
#ifndef ATTESTRY_FUZZ_UPLOAD_H
#define ATTESTRY_FUZZ_UPLOAD_H

#include "fuzz.h"
#include "upload.h"

/* Small, so that inputs come to be too large. */
#define FUZZ_UPLOAD_LEN_MAX 40

/*
 * Holds the result of an upload against its text. `bad` is how this form says
 * that the text is not hex.
 */
void fuzz_check_upload(enum upload_result result, const struct upload *upload,
    const struct fault *f, struct bytes text, enum upload_result bad);

/* Reads a body in a block of its own; the block is at *out, to be freed. */
enum upload_result fuzz_upload(struct upload *upload, struct bytes body,
    const char *content_type, uint8_t **out, struct fault *f);

#endif
