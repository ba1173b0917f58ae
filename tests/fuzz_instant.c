/*
 * Fuzz target: instants. Input: a text, whose first eight bytes are also taken
 * for a number of seconds.
 *
 * An instant that is read comes back from its own text; the calendar is held
 * against another way to count days.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "instant.h"

/* The last second of the year 9999. */
#define LAST INT64_C(253402300799)

/* Days since 1970 of a date, by counting years from March. */
static int64_t
days_of(int64_t year, int month, int day)
{
	if (month <= 2) {
		year--;
		month += 12;
	}
	return 365 * year + year / 4 - year / 100 + year / 400 +
	    (153 * (month - 3) + 2) / 5 + day - 1 - 719468;
}

static int
number(const char *text, int len)
{
	int n = 0;

	while (len-- > 0)
		n = n * 10 + *text++ - '0';
	return n;
}

static void
check_format(time_t at)
{
	char text[INSTANT_LEN_MAX];
	time_t again;

	instant_format(at, text);
	FUZZ_CHECK(strlen(text) == 20 && text[19] == 'Z');
	FUZZ_CHECK(days_of(number(text, 4), number(text + 5, 2),
	    number(text + 8, 2)) * 86400 + number(text + 11, 2) * 3600 +
	    number(text + 14, 2) * 60 + number(text + 17, 2) == at);
	FUZZ_CHECK(instant_parse_utc(bytes_of_string(text), &again));
	FUZZ_CHECK(again == at);
	FUZZ_CHECK(instant_parse(bytes_of_string(text), &again));
	FUZZ_CHECK(again == at);
}

static void
check_format_us(int64_t at_us)
{
	char text[INSTANT_LEN_MAX];
	int64_t again;

	instant_format_us(at_us, text);
	FUZZ_CHECK(instant_parse_us(bytes_of_string(text), &again));
	FUZZ_CHECK(again == at_us);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { data, size };
	time_t at = -7, utc = -7;
	int64_t at_us = -7;
	uint64_t n;

	if (instant_parse_us(text, &at_us)) {
		FUZZ_CHECK(at_us >= 0 && at_us / 1000000 <= LAST);
		check_format_us(at_us);
		FUZZ_CHECK(instant_parse(text, &at));
		FUZZ_CHECK(at == at_us / 1000000);
		check_format(at);
	} else {
		FUZZ_CHECK(at_us == -7);
		FUZZ_CHECK(!instant_parse(text, &at) && at == -7);
	}
	if (instant_parse_utc(text, &utc)) {
		FUZZ_CHECK(size == 20 && utc == at);
	} else {
		FUZZ_CHECK(utc == -7);
		FUZZ_CHECK(at == -7 || size != 20 || data[19] != 'Z');
	}
	if (size >= sizeof(n)) {
		memcpy(&n, data, sizeof(n));
		check_format((time_t)(n % (LAST + 1)));
		check_format_us((int64_t)(n % ((LAST + 1) * 1000000)));
	}
	return 0;
}

void
fuzz_make_seeds(fuzz_put *put)
{
	static const char *const texts[] = {
		"2026-06-15T12:00:00Z",
		"2024-02-29T23:59:59.000001Z",
		"2000-02-29T00:00:00+02:00",
		"1970-01-01T00:00:00-23:59",
		"1970-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59.999999999Z",
		"9999-12-31T23:59:59-00:01",
		"2100-02-29T00:00:00Z",
		"2026-06-15T12:00:60Z",
	};
	char name[] = "text-0";
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		name[5] = (char)('0' + i);
		put(name, bytes_of_string(texts[i]));
	}
}
