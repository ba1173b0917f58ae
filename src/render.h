/*
 * Quote, verdict and collateral as JSON: one spelling for the programs and
 * the HTTP interface. Byte strings are lower-case hex with "0x" unless a
 * comment says otherwise.
 *
 * Every text returned is new and owned; its ptr is NULL when memory could not
 * be had.
 */
#ifndef ATTESTRY_RENDER_H
#define ATTESTRY_RENDER_H

#include "json_builder.h"
#include "verify.h"

/* One quote as it is known to the service. */
struct attestation {
	uint8_t checksum[SHA256_LEN];
	const struct quote *quote;
	/* SHA256_LEN, as verify_content_sha256 has it; NULL: not known. */
	const uint8_t *content_sha256;
	const uint8_t *ppid;	       /* PPID_LEN; NULL: no PCK chain */
	bool not_kept;		       /* judged, and not stored */
	int64_t uploaded_at_us;	       /* microseconds since 1970 */
	const struct verdict *verdict; /* NULL: never judged */
	/* Of the verdict, the text of its render_tcb; NULL: to be rendered. */
	const char *tcb;
};

/* header, cert_data, body, verified */
struct json_text render_quote(const struct quote *q, bool verified);

/* The nine texts. */
struct json_text render_collateral(const struct collateral_text *t);

/*
 * The answer to a verified upload.
 *
 * collateral	as render_collateral has it
 */
struct json_text render_upload(const struct attestation *a,
    struct bytes collateral);

/* A stored quote with its newest verdict. */
struct json_text render_view(const struct attestation *a);

/* One item of the list of recent quotes. */
void render_recent(struct json_builder *list,
    const uint8_t checksum[static SHA256_LEN], bool verified,
    int64_t created_at_us);

/* A verdict in the history of its quote. */
struct numbered_verdict {
	int64_t number; /* 1: the first one ever */
	const struct verdict *verdict;
	int64_t recorded_at_us;
	const uint8_t *collateral_id; /* SHA256_LEN; NULL: none was needed */
	const char *policy;
	const char *engine_version;
};

/* One item of the list of them. */
void render_verdict(struct json_builder *list,
    const struct numbered_verdict *n);

/*
 * What `attestry reverify --at` prints of a quote.
 *
 * collateral_id	NULL: none was needed, or none could be had
 */
struct json_text render_judgement(const uint8_t checksum[static SHA256_LEN],
    const struct verdict *v, const uint8_t *collateral_id);

/*
 * An error: "detail" and, where a verdict is at hand, what a caller needs to
 * act on it.
 *
 * a	NULL: nothing but the detail
 */
struct json_text render_error(const char *detail,
    const struct attestation *a);

/*
 * What a relying party needs to act on a verdict: platform, TDX module and QE,
 * each with its status, advisories, numbers, the level that it reaches and
 * the newest; what is short of the newest; beginning and end of all that the
 * verdict rests on.
 */
struct json_text render_tcb(const struct verdict *v);

/*
 * What `attestry verify` prints.
 *
 * checksum	of the file; NULL when there was none
 * q		NULL when the file is not a quote
 * v		always; its fault says why there is no verdict otherwise
 */
struct json_text render_report(const uint8_t *checksum,
    const struct quote *q, const struct verdict *v);

/* What `attestry show` prints: the quote and what it says of its platform. */
struct json_text render_show(const uint8_t *checksum,
    const struct quote *q, const struct pck *pck);

#endif
