#include <stdio.h>
#include <string.h>

#include "crypto.h"
#include "der.h"
#include "instant.h"

#define LENGTH_OCTETS_MAX 4
#define SCALAR_LEN (ECDSA_SIG_LEN / 2)

bool
der_next_is(struct bytes in, enum der_tag tag)
{
	return in.len > 0 && in.ptr[0] == tag;
}

/* X.690, 8.1.3 and 10.1 */
static bool
get_length(struct bytes *in, size_t *out)
{
	struct bytes one, more;
	size_t len = 0, i;

	if (!bytes_take(in, &one, 1))
		return false;
	if (one.ptr[0] < 0x80) {
		*out = one.ptr[0];
		return true;
	}
	if (one.ptr[0] - 0x80 > LENGTH_OCTETS_MAX ||
	    !bytes_take(in, &more, one.ptr[0] - 0x80))
		return false;
	for (i = 0; i < more.len; i++)
		len = len << 8 | more.ptr[i];
	/* 0x80 alone (indefinite) and what a shorter form could say. */
	if (len < 0x80 || more.ptr[0] == 0)
		return false;
	*out = len;
	return true;
}

/* The next element: the whole of it, and its content. */
static bool
take(struct bytes *in, struct bytes *whole, struct bytes *content)
{
	struct bytes rest;
	size_t len;

	/* X.690, 8.1.2.4: a tag that ends in five ones goes on. */
	if (in->len == 0 || (in->ptr[0] & 0x1f) == 0x1f)
		return false;
	rest = bytes_behind(*in, 1);
	if (!get_length(&rest, &len) || !bytes_take(&rest, content, len))
		return false;
	*whole = (struct bytes){ in->ptr, in->len - rest.len };
	*in = rest;
	return true;
}

bool
der_take(struct bytes *in, enum der_tag tag, struct bytes *content)
{
	struct bytes ignored;

	return der_next_is(*in, tag) && take(in, &ignored, content);
}

bool
der_take_whole(struct bytes *in, enum der_tag tag, struct bytes *whole)
{
	struct bytes ignored;

	return der_next_is(*in, tag) && take(in, whole, &ignored);
}

bool
der_take_any(struct bytes *in, uint8_t *tag, struct bytes *content)
{
	struct bytes whole;

	if (!take(in, &whole, content))
		return false;
	*tag = whole.ptr[0];
	return true;
}

bool
der_copy_unsigned(struct bytes *in, uint8_t *out, size_t len)
{
	struct bytes rest = *in, number;

	if (!der_take(&rest, DER_INTEGER, &number) || number.len < 1 ||
	    number.ptr[0] >= 0x80)
		return false;
	if (number.ptr[0] == 0 && number.len > 1) {
		if (number.ptr[1] < 0x80)
			return false;
		number = bytes_behind(number, 1);
	}
	if (number.len > len)
		return false;
	memset(out, 0, len);
	memcpy(out + len - number.len, number.ptr, number.len);
	*in = rest;
	return true;
}

/* "260615120000Z" and "20260615120000Z" as "2026-06-15T12:00:00Z". */
bool
der_get_time(struct bytes *in, time_t *out)
{
	struct bytes rest = *in, text;
	char digits[15], instant[INSTANT_LEN_MAX];

	if (der_take(&rest, DER_UTC_TIME, &text) && text.len == 13) {
		/* RFC 5280, 4.1.2.5.1: 50 and up is of the last century. */
		memcpy(digits, text.ptr[0] >= '5' ? "19" : "20", 2);
		memcpy(digits + 2, text.ptr, 13);
	} else if (der_take(&rest, DER_GENERALIZED_TIME, &text) &&
	    text.len == 15) {
		memcpy(digits, text.ptr, 15);
	} else {
		return false;
	}
	snprintf(instant, sizeof(instant), "%.4s-%.2s-%.2sT%.2s:%.2s:%.3s",
	    digits, digits + 4, digits + 6, digits + 8, digits + 10,
	    digits + 12);
	if (!instant_parse_utc(bytes_of_string(instant), out))
		return false;
	*in = rest;
	return true;
}

/* X.690, 8.19.2: each arc ends in an octet below 80 and begins in another than
 * 80. */
static bool
is_oid(struct bytes oid)
{
	bool begins = true;
	size_t i;

	for (i = 0; i < oid.len; i++) {
		if (begins && oid.ptr[i] == 0x80)
			return false;
		begins = oid.ptr[i] < 0x80;
	}
	return oid.len > 0 && begins;
}

bool
der_take_oid(struct bytes *in, struct bytes *oid)
{
	struct bytes rest = *in;

	if (!der_take(&rest, DER_OBJECT_IDENTIFIER, oid) || !is_oid(*oid))
		return false;
	*in = rest;
	return true;
}

bool
der_get_flag(struct bytes *in, bool *out)
{
	struct bytes rest = *in, value;

	*out = der_next_is(*in, DER_BOOLEAN);
	if (!*out)
		return true;
	if (!der_take(&rest, DER_BOOLEAN, &value) || value.len != 1 ||
	    value.ptr[0] != 0xff)
		return false;
	*in = rest;
	return true;
}

bool
der_take_extension(struct bytes *in, struct bytes *oid, bool *critical,
    struct bytes *value)
{
	struct bytes rest = *in, extension;

	if (!der_take(&rest, DER_SEQUENCE, &extension) ||
	    !der_take_oid(&extension, oid) ||
	    !der_get_flag(&extension, critical) ||
	    !der_take(&extension, DER_OCTET_STRING, value) ||
	    extension.len > 0)
		return false;
	*in = rest;
	return true;
}

/*
 * The algorithm stands a second time in what is signed (RFC 5280, 4.1.2.3 and
 * 5.1.2.2): the first SEQUENCE there, behind version and serial number.
 */
static bool
find_inner_algorithm(struct bytes tbs, struct bytes *algorithm)
{
	struct bytes in, ignored;

	return der_take(&tbs, DER_SEQUENCE, &in) &&
	    (!der_next_is(in, DER_CONTEXT_0) ||
		der_take(&in, DER_CONTEXT_0, &ignored)) &&
	    (!der_next_is(in, DER_INTEGER) ||
		der_take(&in, DER_INTEGER, &ignored)) &&
	    der_take_whole(&in, DER_SEQUENCE, algorithm);
}

bool
der_open_signed(struct bytes der, struct bytes *tbs, struct bytes *signature)
{
	static const uint8_t ecdsa_sha256[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a,
		0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
	struct bytes in, outer, inner, unused_bits;

	return der_take(&der, DER_SEQUENCE, &in) && der.len == 0 &&
	    der_take_whole(&in, DER_SEQUENCE, tbs) &&
	    der_take_whole(&in, DER_SEQUENCE, &outer) &&
	    bytes_equal(outer, BYTES_OF(ecdsa_sha256)) &&
	    find_inner_algorithm(*tbs, &inner) &&
	    bytes_equal(inner, outer) &&
	    der_take(&in, DER_BIT_STRING, signature) && in.len == 0 &&
	    bytes_take(signature, &unused_bits, 1) && unused_bits.ptr[0] == 0;
}

/* RFC 5480, appendix A: Ecdsa-Sig-Value ::= SEQUENCE { r, s } */
static bool
read_ecdsa_signature(struct bytes der, uint8_t out[static ECDSA_SIG_LEN])
{
	struct bytes in;

	return der_take(&der, DER_SEQUENCE, &in) && der.len == 0 &&
	    der_copy_unsigned(&in, out, SCALAR_LEN) &&
	    der_copy_unsigned(&in, out + SCALAR_LEN, SCALAR_LEN) &&
	    in.len == 0;
}

int
der_check_signed_by(bool *good, struct bytes der,
    const uint8_t key[static ECDSA_KEY_LEN], struct fault *f)
{
	struct bytes tbs, signature;
	uint8_t raw[ECDSA_SIG_LEN];

	*good = false;
	if (!der_open_signed(der, &tbs, &signature) ||
	    !read_ecdsa_signature(signature, raw))
		return 0;
	return ecdsa_verify(good, key, tbs, raw, f);
}
