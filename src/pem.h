/*
 * PEM (RFC 7468): certificates one after another, as chains come in quotes and
 * from Intel, and single blocks of anything. GnuTLS decodes the base64; what
 * may stand between and around the blocks is settled here, where it takes too
 * much.
 */
#ifndef ATTESTRY_PEM_H
#define ATTESTRY_PEM_H

#include "x509.h"

#define CERT_PEM_NUM_MAX 4 /* in one text */

/*
 * Splits a text of exactly `num` certificates in PEM into their blocks, in the
 * order they stand. Between and around them only white space; NULs may end the
 * text.
 *
 * blocks	borrowed from pem
 *
 * Returns 0, or -1 with FAULT_BAD_CERTIFICATE.
 */
MUST_USE int cert_split_pem(struct bytes *blocks, size_t num,
    struct bytes pem, struct fault *f);

/*
 * Reads one such block.
 *
 * number	of it in its text, for the fault: 1, 2, …
 *
 * Returns as cert_read does.
 */
MUST_USE int cert_read_pem_block(struct cert *c, struct bytes block,
    size_t number, struct fault *f);

/*
 * Reads exactly `num` certificates in PEM, at most CERT_PEM_NUM_MAX:
 * cert_split_pem, and each block.
 *
 * Returns 0, or -1 with FAULT_BAD_CERTIFICATE.
 */
MUST_USE int cert_read_pem(struct cert *certs, size_t num, struct bytes pem,
    struct fault *f);

/*
 * Reads one PEM block of anything: base64 and line ends between its first
 * line and its last, and only white space after that.
 *
 * out		new: free((void *)out->ptr)
 * label	of its first line: "X509 CRL"
 *
 * Returns 0, or -1 with FAULT_BAD_CERTIFICATE or FAULT_INTERNAL (memory).
 */
MUST_USE int pem_decode_new(struct bytes *out, const char *label,
    struct bytes pem, struct fault *f);

#endif
