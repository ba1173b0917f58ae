/*
 * SHA-256, and ECDSA P-256 over Intel's raw forms: key x || y, signature
 * r || s, 32 bytes each, big-endian.
 */
#ifndef ATTESTRY_CRYPTO_H
#define ATTESTRY_CRYPTO_H

#include "quote.h"

#define SHA256_LEN 32

/*
 * Proves that this machine's GnuTLS accepts a known good signature and
 * refuses a bad one: a machine-wide configuration can forbid P-256 or
 * SHA-256, and every quote would look forged. Call once at start.
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int crypto_self_test(struct fault *f);

/* Digest of the concatenation of `num` runs. Returns 0, or -1 (memory). */
MUST_USE int sha256(const struct bytes *runs, size_t num,
    uint8_t out[static SHA256_LEN], struct fault *f);

/*
 * Is `sig` a signature over `data` by `key`? No for a key that is not on the
 * curve, and for r or s outside 1 … n-1, whatever the library thinks.
 *
 * Returns 0 with the answer in `good`, or -1 (memory) with false there.
 */
MUST_USE int ecdsa_verify(bool *good, const uint8_t key[static ECDSA_KEY_LEN],
    struct bytes data, const uint8_t sig[static ECDSA_SIG_LEN],
    struct fault *f);

#endif
