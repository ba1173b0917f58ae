/*
 * The check of a JSON text before json-c sees it (json.h says what is taken).
 */
#ifndef ATTESTRY_JSON_SCAN_H
#define ATTESTRY_JSON_SCAN_H

#include "bytes.h"

/* The nine texts of a collateral and their escapes are far below it. */
#define JSON_TEXT_LEN_MAX (64 << 20)
#define JSON_DEPTH_MAX 16
/* Members of one object; Intel's largest has 12. */
#define JSON_MEMBERS_NUM_MAX 64

/* How much is in a text, and so must be in what json-c makes of it. */
struct json_amount {
	size_t num_values; /* other than null */
	size_t num_chars;  /* of names and strings: characters, not octets */
};

/*
 * what	it is, for the fault
 * amount	set when it is taken
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL.
 */
MUST_USE int json_check(struct bytes text, const char *what,
    struct json_amount *amount, struct fault *f);

/*
 * The exact text of a member's value in the outer object of a text that
 * json_check took, without white space around it; borrowed from it.
 */
MUST_USE bool json_find_text(struct bytes text, const char *name,
    struct bytes *out);

#endif
