/*
 * DER, strictly (X.690): definite lengths in as few octets as they take. And
 * what certificates and CRLs have in common: SIGNED { what is signed,
 * algorithm, signature }.
 *
 * Readers take from the front of `in` and move it on; one that fails returns
 * false and changes nothing.
 */
#ifndef ATTESTRY_DER_H
#define ATTESTRY_DER_H

#include <time.h>

#include "bytes.h"
#include "quote.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OBJECT_IDENTIFIER = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0 = 0xa0, /* [0], constructed */
	DER_CONTEXT_3 = 0xa3
};

/* Is there an element of this tag next? */
bool der_next_is(struct bytes in, enum der_tag tag);

/* The next element, of this tag: its content. */
MUST_USE bool der_take(struct bytes *in, enum der_tag tag,
    struct bytes *content);

/* The next element, of this tag: the whole of it, with tag and length. */
MUST_USE bool der_take_whole(struct bytes *in, enum der_tag tag,
    struct bytes *whole);

/* The next element, of a tag of one octet: its tag and its content. */
MUST_USE bool der_take_any(struct bytes *in, uint8_t *tag,
    struct bytes *content);

/* An OBJECT IDENTIFIER: its octets. */
MUST_USE bool der_take_oid(struct bytes *in, struct bytes *oid);

/* BOOLEAN DEFAULT FALSE (X.690, 11.1 and 11.5): absent, or ff. */
MUST_USE bool der_get_flag(struct bytes *in, bool *out);

/*
 * An INTEGER that is not negative, as `len` big-endian octets; false when it
 * takes more, or does not stand in as few octets as it takes.
 */
MUST_USE bool der_copy_unsigned(struct bytes *in, uint8_t *out, size_t len);

/* UTCTime or GeneralizedTime in the forms of RFC 5280, 4.1.2.5: from 1970. */
MUST_USE bool der_get_time(struct bytes *in, time_t *out);

/*
 * One Extension (RFC 5280, 4.1): its name as the octets of the OID, whether it
 * is critical, and the octets that hold its value.
 */
MUST_USE bool der_take_extension(struct bytes *in, struct bytes *oid,
    bool *critical, struct bytes *value);

/*
 * Opens a SIGNED, demanding ecdsa-with-SHA256 in both places (RFC 5758, 3.2),
 * and nothing behind it.
 *
 * tbs	what is signed, with tag and length
 */
MUST_USE bool der_open_signed(struct bytes der, struct bytes *tbs,
    struct bytes *signature);

/*
 * Is this SIGNED signed by this key (x || y)?
 *
 * Returns 0 with the answer in `good`, or -1 (memory) with false there.
 */
MUST_USE int der_check_signed_by(bool *good, struct bytes der,
    const uint8_t key[static ECDSA_KEY_LEN], struct fault *f);

#endif
