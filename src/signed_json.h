/*
 * Intel's signed documents: {"tcbInfo":{…},"signature":"128 hex digits"} and
 * {"enclaveIdentity":{…},"signature":"…"}. The signature is over the exact
 * text of the inner object, so that text is cut out and never written anew.
 *
 * Source: Intel PCS API v4, "Get TCB Info", "Get Quoting Enclave Identity".
 */
#ifndef ATTESTRY_SIGNED_JSON_H
#define ATTESTRY_SIGNED_JSON_H

#include "bytes.h"

/* Hex digits of a raw P-256 signature. */
#define SIGNED_JSON_SIG_HEX_LEN 128

/*
 * Cuts a PCS answer into the signed text and its signature.
 *
 * document	the whole answer
 * member	"tcbInfo" or "enclaveIdentity"
 * out_body	exact span of the member's value, borrowed from document
 * out_sig_hex	SIGNED_JSON_SIG_HEX_LEN digits, borrowed from document
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL.
 */
MUST_USE int signed_json_split(struct bytes document, const char *member,
    struct bytes *out_body, struct bytes *out_sig_hex, struct fault *f);

/*
 * Checks the signature over `body` with a TCB signing key (x || y).
 *
 * what		"TCB info" or "QE identity", for the fault's sentence
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL.
 */
MUST_USE int signed_json_verify(struct bytes body, struct bytes sig_hex,
    const uint8_t *key, const char *what, struct fault *f);

#endif
