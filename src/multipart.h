/*
 * Form uploads, multipart/form-data (RFC 7578), by GMime. A form comes back
 * byte for byte or not at all: whatever two readers could read differently
 * (a missing end, LF for CRLF around a boundary, doubled names or headers,
 * transfer encodings, nesting) is refused.
 *
 * GMime aborts the process when memory runs out.
 */
#ifndef ATTESTRY_MULTIPART_H
#define ATTESTRY_MULTIPART_H

#include "bytes.h"

#define MULTIPART_PARTS_NUM_MAX 16
/* The Content-Type of the request; a boundary has up to 70 characters. */
#define MULTIPART_CONTENT_TYPE_LEN_MAX 1024
/* All that is not content: boundaries, headers, what stands around them. */
#define MULTIPART_OVERHEAD_LEN_MAX 8192
/* The whole body. */
#define MULTIPART_BODY_LEN_MAX (1 << 20)

/* One field of a form that is looked for. Set the name, {0} the rest. */
struct multipart_field {
	const char *name; /* "file"; compared byte for byte */
	bool is_present;
	struct bytes content; /* borrows from the body; may be empty */
};

/* Whether a request's Content-Type is multipart/form-data. */
bool multipart_is_form(const char *content_type);

/*
 * Looks for fields by name, whatever their filename and content type.
 *
 * fields	is_present and content are filled on success; the content
 *		borrows from `body`. Nothing to free.
 * body		the request's body
 * content_type	the request's Content-Type
 *
 * Returns how many of the fields are there (0: none), or -1 with
 * FAULT_MALFORMED_QUOTE when the body is not a proper form or has a field that
 * is looked for twice.
 */
MUST_USE int multipart_read(struct multipart_field *fields, size_t num_fields,
    struct bytes body, const char *content_type, struct fault *f);

#endif
