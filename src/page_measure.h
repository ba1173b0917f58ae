/*
 * The fields of an enclave's or TD's report as people look at them: each with
 * its name in answers, one line on what it is, and its bytes.
 */
#ifndef ATTESTRY_PAGE_MEASURE_H
#define ATTESTRY_PAGE_MEASURE_H

#include "quote.h"

#define MEASURES_NUM_MAX 20
/* The longest of them, REPORTDATA, in bytes. */
#define EXPECTED_LEN_MAX REPORT_DATA_LEN
/* What is pasted: hex, with "0x", white space and colons; with NUL. */
#define EXPECTED_TEXT_LEN_MAX 400

struct measure {
	const char *name; /* as in the API's "body": "mrtd" */
	const char *what;
	bool is_number; /* two bytes, little-endian */
	struct bytes value; /* borrows from the quote */
};

/* The report data comes last. Returns how many there are. */
size_t measures_of(struct measure out[static MEASURES_NUM_MAX],
    const struct quote *q);

/* A value that somebody expects in a report. */
struct expected {
	uint8_t value[EXPECTED_LEN_MAX];
	size_t len;
};

/*
 * Reads hex of either case, perhaps behind "0x", with white space or colons
 * anywhere between its digits.
 *
 * Returns 0, or -1 with FAULT_MALFORMED_QUOTE: what was wanted, what was found.
 */
MUST_USE int expected_read(struct expected *out, const char *text,
    struct fault *f);

/* How an expected value fits a field. */
enum fit { FIT_NONE, FIT_WHOLE, FIT_PADDED /* and then zeros */ };

enum fit expected_fit(const struct expected *e, const struct measure *m);

/* The text of a number; otherwise nothing is written and false returned. */
bool measure_number(const struct measure *m, unsigned *out);

#endif
