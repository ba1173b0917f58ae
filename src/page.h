/*
 * What the pages share. For page*.c alone; the handlers themselves are among
 * the others in api_private.h.
 */
#ifndef ATTESTRY_PAGE_H
#define ATTESTRY_PAGE_H

#include "api_private.h"
#include "page_frame.h"

#define PAGE_CHECKSUM_HEX_LEN (2 * SHA256_LEN)
/* "https://name:port", with NUL. */
#define PAGE_ORIGIN_LEN_MAX 280
#define PAGE_HISTORY_MAX 20

/* A quote and all that a page says about it; page_quote_clear frees it. */
struct page_quote {
	uint8_t checksum[SHA256_LEN];
	char checksum_hex[PAGE_CHECKSUM_HEX_LEN + 1];
	struct quote quote; /* borrows from the record or the upload */
	bool is_kept;
	int64_t uploaded_at_us; /* where it is kept */

	bool has_verdict; /* else the verdict is nothing but zeros */
	struct stored_verdict newest;
	struct json_object *tcb; /* NULL: none; owned */

	struct stored_record record; /* owned */
};

/* An error as a page: what it is in a few words, and a sentence. */
void page_reply_error(struct call *c, int status, const char *title,
    const char *sentence);

/* Ours: the reason goes to the log, never to the client. */
void page_reply_internal(struct call *c, const struct fault *f);

/* 303: what was asked for is shown at `path`. */
void page_reply_see(struct call *c, const char *path);

/*
 * Finds the quote of this checksum, as a path has it. Returns false when the
 * reply, an error, is complete; otherwise page_quote_clear is owed.
 */
bool page_take_quote(struct call *c, const char *checksum,
    struct page_quote *out);

/* The same of an upload that is not kept; borrows from `judged`. */
void page_quote_of_judged(struct page_quote *out,
    const struct judged *judged);

void page_quote_clear(struct page_quote *q);

/* Scheme and authority that the client came by, fit to be shown and pasted. */
void page_origin(const struct call *c, char out[static PAGE_ORIGIN_LEN_MAX]);

/* An instant, for people and machines; 0: "not known". */
void page_put_time(struct html *h, time_t at);
void page_put_time_us(struct html *h, int64_t at_us);

/* The beginning of a checksum, as people tell quotes apart. */
void page_put_short(struct html *h, const char *checksum_hex);

/* A number, or bytes in hex. */
struct measure;
void page_put_measure(struct html *h, const struct measure *m);

/* A heading of the second level that can be linked to. */
void page_put_heading(struct html *h, const char *id, const char *text);

/*
 * A report.
 *
 * expect	what was given to be compared; NULL: nothing
 */
void page_reply_report(struct call *c, const struct page_quote *q,
    const char *expect);

/* Its parts, each in a file of its own. */
void page_put_checks(struct html *h, const struct page_quote *q);
void page_put_shortfalls(struct html *h, const struct page_quote *q);
void page_put_measures(struct html *h, const struct page_quote *q,
    const char *expect);
void page_put_dates(struct html *h, const struct page_quote *q, time_t now);
void page_put_certificates(struct html *h, const struct call *c,
    const struct page_quote *q);
void page_put_history(struct html *h, const struct page_quote *q,
    const struct stored_verdict *verdicts, size_t num, int64_t first);
void page_put_evidence(struct html *h, const struct call *c,
    const struct page_quote *q);

/* "Verified", "Not verified", "Not judged yet", and its class in the CSS. */
const char *page_verdict_word(const struct page_quote *q);
const char *page_verdict_class(const struct page_quote *q);

#endif
