/*
 * What clients write into path and query, read with its range.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api_private.h"
#include "target.h"

bool
api_take_number(struct call *c, const char *name, long long min,
    long long max, long long *out)
{
	char text[TARGET_PARAM_LEN_MAX], msg[80], *end;
	long long n;

	if (!target_get_param(c->request->query, name, text))
		return true;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || text[0] == ' ' || errno != 0) {
		api_reply_invalid(c, "query", name, "int_parsing",
		    "Input should be a valid integer, unable to parse string "
		    "as an integer", text);
		return false;
	}
	if (n < min || n > max) {
		snprintf(msg, sizeof(msg),
		    "Input should be %s than or equal to %lld",
		    n < min ? "greater" : "less", n < min ? min : max);
		api_reply_invalid(c, "query", name, n < min ?
		    "greater_than_equal" : "less_than_equal", msg, text);
		return false;
	}
	*out = n;
	return true;
}

bool
api_read_checksum(const char *text, uint8_t out[static SHA256_LEN])
{
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	return hex_decode(out, SHA256_LEN, bytes_of_string(text));
}

bool
api_take_checksum(struct call *c, uint8_t out[static SHA256_LEN])
{
	if (api_read_checksum(c->argument, out))
		return true;
	api_reply_invalid(c, "path", "checksum", "string_pattern_mismatch",
	    "String should match pattern '^(0[xX])?[0-9a-fA-F]{64}$'",
	    c->argument);
	return false;
}
