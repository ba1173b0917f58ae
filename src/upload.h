/*
 * The quote in the body of an upload. It comes in one of four forms, which
 * are all equal:
 *
 *	multipart/form-data, a file part "file": the quote's bytes
 *	multipart/form-data, a text part "hex"
 *	application/json, {"hex": "…"}
 *	application/x-www-form-urlencoded, hex=…
 *
 * Hex is of either case, perhaps behind "0x" or "0X", and white space around
 * it is not looked at. Members and fields of other names are ignored.
 *
 * Whatever two readers could read differently is refused: JSON that json.h
 * does not take, a field twice, a "%" without two hex digits.
 */
#ifndef ATTESTRY_UPLOAD_H
#define ATTESTRY_UPLOAD_H

#include "quote.h"

/* What came of reading a body; all but the first are the client's to mend. */
enum upload_result {
	UPLOAD_TAKEN,
	UPLOAD_UNKNOWN_TYPE, /* of the body: none of the three */
	UPLOAD_BAD_FORM,     /* multipart or urlencoded, and not proper */
	UPLOAD_NONE,	     /* a form with neither file nor hex */
	UPLOAD_BOTH,
	UPLOAD_NO_HEX_MEMBER, /* no JSON object, or one without it */
	UPLOAD_BAD_JSON_HEX,
	UPLOAD_BAD_FORM_HEX,
	UPLOAD_TOO_LARGE, /* more than max_len bytes of quote */
	UPLOAD_NO_MEMORY,
	UPLOAD_RESULT__MAX
};

struct upload {
	struct bytes quote; /* borrows from the body, or from `decoded` */
	uint8_t decoded[QUOTE_LEN_MAX];
};

/*
 * Reads a body. A field that is empty counts as not given; but a file on its
 * own is taken as it is, and so is JSON's hex.
 *
 * out		filled when it is taken; must stay where it is
 * body		must outlive `out`
 * content_type	the request's
 * max_len	of the quote, up to QUOTE_LEN_MAX
 * f		set by BAD_FORM, BAD_JSON_HEX and BAD_FORM_HEX: what is
 *		wanted, what was found; never the text itself
 */
MUST_USE enum upload_result upload_read(struct upload *out,
    struct bytes body, const char *content_type, size_t max_len,
    struct fault *f);

#endif
