#include <string.h>

#include "instant.h"

/* The last microsecond of the year 9999: later ones have no text here. */
#define LAST_US INT64_C(253402300799999999)

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Exactly `width` decimal digits, or nothing is taken. */
static bool
take_number(struct bytes *in, int width, int min, int max, int *out)
{
	struct bytes rest = *in, digits;
	int i, n = 0;

	if (!bytes_take(&rest, &digits, width))
		return false;
	for (i = 0; i < width; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
		n = n * 10 + (digits.ptr[i] - '0');
	}
	if (n < min || n > max)
		return false;
	*in = rest;
	*out = n;
	return true;
}

static bool
take_char(struct bytes *in, char c)
{
	struct bytes one;

	return in->len > 0 && in->ptr[0] == c && bytes_take(in, &one, 1);
}

/* RFC 3339 5.6: full-date "T" partial-time, without the fraction. */
static bool
take_date_time(struct bytes *in, time_t *out)
{
	int year, month, day, hour, minute, second;
	struct tm tm = { 0 };

	if (!take_number(in, 4, 1970, 9999, &year) || !take_char(in, '-') ||
	    !take_number(in, 2, 1, 12, &month) || !take_char(in, '-') ||
	    !take_number(in, 2, 1, days_in_month(year, month), &day) ||
	    !take_char(in, 'T') ||
	    !take_number(in, 2, 0, 23, &hour) || !take_char(in, ':') ||
	    !take_number(in, 2, 0, 59, &minute) || !take_char(in, ':') ||
	    !take_number(in, 2, 0, 59, &second))
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = second;
	*out = timegm(&tm);
	return true;
}

/* There need not be one; past microseconds it is read and dropped. */
static bool
take_fraction(struct bytes *in, int *us)
{
	int digit, unit = 100000;

	*us = 0;
	if (!take_char(in, '.'))
		return true;
	if (!take_number(in, 1, 0, 9, &digit))
		return false;
	do {
		*us += digit * unit;
		unit /= 10;
	} while (take_number(in, 1, 0, 9, &digit));
	return true;
}

static bool
take_offset(struct bytes *in, int *seconds)
{
	int sign, hour, minute;

	if (take_char(in, 'Z')) {
		*seconds = 0;
		return true;
	}
	if (take_char(in, '+'))
		sign = 1;
	else if (take_char(in, '-'))
		sign = -1;
	else
		return false;
	if (!take_number(in, 2, 0, 23, &hour) || !take_char(in, ':') ||
	    !take_number(in, 2, 0, 59, &minute))
		return false;
	*seconds = sign * (hour * 3600 + minute * 60);
	return true;
}

bool
instant_parse_us(struct bytes text, int64_t *out_us)
{
	time_t at;
	int64_t at_us;
	int offset, us;

	if (!take_date_time(&text, &at) || !take_fraction(&text, &us) ||
	    !take_offset(&text, &offset) || text.len > 0)
		return false;
	at_us = ((int64_t)at - offset) * 1000000 + us;
	if (at_us < 0 || at_us > LAST_US)
		return false;
	*out_us = at_us;
	return true;
}

bool
instant_parse(struct bytes text, time_t *out)
{
	int64_t us;

	if (!instant_parse_us(text, &us))
		return false;
	*out = us / 1000000;
	return true;
}

bool
instant_parse_utc(struct bytes text, time_t *out)
{
	time_t at;

	if (!take_date_time(&text, &at) || !take_char(&text, 'Z') ||
	    text.len > 0)
		return false;
	*out = at;
	return true;
}

/* The last `width` decimal digits of n. Returns what stands behind them. */
static char *
put_digits(char *out, int width, unsigned int n)
{
	int i;

	for (i = width; i-- > 0; n /= 10)
		out[i] = (char)('0' + n % 10);
	return out + width;
}

/*
 * The date of a day counted from 1970, of those that have one here. Years are
 * counted from March, so that the day of a leap year is the last of its year,
 * in eras of 400 years, whose days are always as many.
 */
static char *
put_date(char *out, unsigned int day)
{
	unsigned int era, year, month;

	day += 719468; /* from 1 March of the year 0 */
	era = day / 146097;
	day %= 146097;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	year += 400 * era + (month >= 10);
	month = month >= 10 ? month - 9 : month + 3;
	out = put_digits(out, 4, year);
	*out++ = '-';
	out = put_digits(out, 2, month);
	*out++ = '-';
	return put_digits(out, 2, day + 1);
}

/* Without an end and its offset. */
static char *
put_date_time(char *out, time_t at)
{
	unsigned int second = (unsigned int)(at % 86400);

	out = put_date(out, (unsigned int)(at / 86400));
	*out++ = 'T';
	out = put_digits(out, 2, second / 3600);
	*out++ = ':';
	out = put_digits(out, 2, second / 60 % 60);
	*out++ = ':';
	return put_digits(out, 2, second % 60);
}

/* What instant_parse would not read is written as the C library has it. */
static void
format_beyond(time_t at, char out[static INSTANT_LEN_MAX])
{
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL ||
	    strftime(out, INSTANT_LEN_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
}

void
instant_format(time_t at, char out[static INSTANT_LEN_MAX])
{
	if (at < 0 || at > LAST_US / 1000000)
		format_beyond(at, out);
	else
		memcpy(put_date_time(out, at), "Z", 2);
}

void
instant_format_us(int64_t at_us, char out[static INSTANT_LEN_MAX])
{
	int us = (int)(at_us % 1000000);
	char *end;

	instant_format(at_us / 1000000, out);
	end = out + strlen(out);
	if (end > out)
		end--; /* the Z */
	if (us > 0) {
		*end++ = '.';
		end = put_digits(end, 6, (unsigned int)us);
	}
	memcpy(end, "+00:00", 7);
}
