/*
 * The cursor, hex, and instants as text.
 */
#include <string.h>

#include "bytes.h"
#include "instant.h"
#include "tap.h"

/* A cursor over a heap block of exactly these bytes; the caller frees it. */
static struct bytes
block_new(const char *hex)
{
	size_t len = strlen(hex) / 2;
	uint8_t *ptr = malloc(len > 0 ? len : 1);

	if (ptr == NULL || !hex_decode(ptr, len, bytes_of_string(hex)))
		abort();
	return (struct bytes){ ptr, len };
}

static void
test_readers(void)
{
	struct bytes block = block_new("0102030405060708"), in = block, out;
	uint8_t copy[8] = { 0 };
	uint16_t u16 = 0;
	uint32_t u32 = 0;

	ok(bytes_take(&in, &out, 0) && out.len == 0 && in.len == 8,
	    "nothing can be taken");
	ok(bytes_get_u16le(&in, &u16) && u16 == 0x0201 && in.len == 6,
	    "two octets, little-endian");
	ok(bytes_get_u32le(&in, &u32) && u32 == 0x06050403 && in.len == 2,
	    "four octets, little-endian");
	ok(!bytes_get_u32le(&in, &u32) && u32 == 0x06050403 && in.len == 2 &&
	    in.ptr == block.ptr + 6, "a failed read changes nothing");
	ok(!bytes_take(&in, &out, 3) && in.len == 2, "three of two");
	ok(!bytes_take(&in, &out, SIZE_MAX) && in.len == 2, "all there is");
	ok(!bytes_copy(&in, copy, 3) && copy[0] == 0, "no copy of too much");
	ok(bytes_copy(&in, copy, 2) && copy[0] == 7 && copy[1] == 8 &&
	    copy[2] == 0 && in.len == 0, "a copy of the rest");
	ok(!bytes_get_u16le(&in, &u16) && !bytes_copy(&in, copy, 1) &&
	    bytes_copy(&in, copy, 0), "at the end");
	in = (struct bytes){ NULL, 0 };
	ok(bytes_take(&in, &out, 0) && !bytes_take(&in, &out, 1) &&
	    bytes_equal(in, out), "a cursor over nothing");
	free((void *)block.ptr);
}

/* Runs behind their own length of two or four octets; -1: refused. */
static const struct {
	const char *name, *hex;
	int u16_len, u32_len;
} run_cases[] = {
	{ "empty", "", -1, -1 },
	{ "half a length", "01", -1, -1 },
	{ "length 0", "0000", 0, -1 },
	{ "length 0 in four octets", "00000000", 0, 0 },
	{ "as long as it says", "0200aabb", 2, -1 },
	{ "one octet short", "0300aabb", -1, -1 },
	{ "the longest", "ffff", -1, -1 },
	{ "the longest in four octets", "ffffffffaa", -1, -1 },
	{ "as long as it says in four octets", "02000000aabb", 2, 2 },
	{ "one short in four octets", "07000000aabb", -1, -1 },
	{ "a high bit in four octets", "00000080aabb", 0, -1 },
};

static bool
run_is(bool taken, struct bytes in, struct bytes out, struct bytes block,
    size_t head, int want)
{
	if (!taken)
		return want < 0 && in.ptr == block.ptr && in.len == block.len;
	return want >= 0 && out.len == (size_t)want &&
	    out.ptr == block.ptr + head && in.len == block.len - head - out.len;
}

static void
test_runs(void)
{
	struct bytes block, in, out;
	bool taken;
	size_t i;

	for (i = 0; i < sizeof(run_cases) / sizeof(run_cases[0]); i++) {
		block = in = block_new(run_cases[i].hex);
		taken = bytes_take_u16le(&in, &out);
		ok(run_is(taken, in, out, block, 2, run_cases[i].u16_len),
		    "a run: %s", run_cases[i].name);
		in = block;
		taken = bytes_take_u32le(&in, &out);
		ok(run_is(taken, in, out, block, 4, run_cases[i].u32_len),
		    "a long run: %s", run_cases[i].name);
		free((void *)block.ptr);
	}
}

static const struct {
	const char *text;
	size_t len;
	bool good;
} hex_cases[] = {
	{ "", 0, true },
	{ "00", 1, true },
	{ "aF09", 2, true },
	{ "a", 0, false },
	{ "a", 1, false },
	{ "abc", 1, false },
	{ "abcd", 1, false },
	{ "ab", 2, false },
	{ "0x00", 2, false },
	{ " 0", 1, false },
	{ "0 ", 1, false },
	{ "-1", 1, false },
	{ "+1", 1, false },
	{ "g0", 1, false },
	{ "0G", 1, false },
	{ "/0", 1, false },
	{ ":0", 1, false },
	{ "@0", 1, false },
	{ "`0", 1, false },
	{ "0\x80", 1, false },
};

static void
test_hex(void)
{
	static const uint8_t octets[] = { 0x00, 0x0f, 0xa5, 0xff };
	uint8_t out[4];
	char text[9];
	size_t i;
	bool good;

	for (i = 0; i < sizeof(hex_cases) / sizeof(hex_cases[0]); i++) {
		memset(out, 0x77, sizeof(out));
		good = hex_decode(out, hex_cases[i].len,
		    bytes_of_string(hex_cases[i].text));
		ok(good == hex_cases[i].good &&
		    (good || out[0] == 0x77), "hex \"%s\" as %zu octets",
		    hex_cases[i].text, hex_cases[i].len);
	}
	hex_encode(text, BYTES_OF(octets));
	ok(strcmp(text, "000fa5ff") == 0, "hex is written in small letters");
	ok(hex_decode(out, 4, bytes_of_string("000FA5fF")) &&
	    memcmp(out, octets, 4) == 0, "and read in either");
	hex_encode(text, (struct bytes){ NULL, 0 });
	ok(text[0] == '\0', "nothing is the empty text");
	ok(bytes_is_zero((struct bytes){ NULL, 0 }) &&
	    bytes_is_zero((struct bytes){ octets, 1 }) &&
	    !bytes_is_zero(BYTES_OF(octets)), "what is zero");
	ok(!bytes_equal((struct bytes){ octets, 1 },
	    (struct bytes){ octets, 2 }) &&
	    !bytes_equal((struct bytes){ octets, 1 },
	    (struct bytes){ octets + 1, 1 }), "what is not equal");
}

/* -1: refused. `utc`: also in the form that Intel serves. */
static const struct {
	const char *text;
	int64_t us;
	bool utc;
} instant_cases[] = {
	{ "1970-01-01T00:00:00Z", 0, true },
	{ "1970-01-01T00:00:01Z", 1000000, true },
	{ "2026-06-15T12:00:00Z", 1781524800000000, true },
	{ "2000-02-29T00:00:00Z", 951782400000000, true },
	{ "2024-02-29T23:59:59Z", 1709251199000000, true },
	{ "2023-02-29T00:00:00Z", -1, false },
	{ "2100-02-29T00:00:00Z", -1, false },
	{ "2100-02-28T00:00:00Z", 4107456000000000, true },
	{ "2400-02-29T00:00:00Z", 13574563200000000, true },
	{ "2038-01-19T03:14:08Z", 2147483648000000, true },
	{ "9999-12-31T23:59:59Z", 253402300799000000, true },
	{ "9999-12-31T23:59:59.999999Z", 253402300799999999, false },
	{ "9999-12-31T22:59:59-01:00", 253402300799000000, false },
	{ "9999-12-31T23:59:59-00:01", -1, false },
	{ "1969-12-31T23:59:59Z", -1, false },
	{ "0000-01-01T00:00:00Z", -1, false },
	{ "2026-06-15T12:00:00.5Z", 1781524800500000, false },
	{ "2026-06-15T12:00:00.123456Z", 1781524800123456, false },
	{ "2026-06-15T12:00:00.1234569Z", 1781524800123456, false },
	{ "2026-06-15T12:00:00.000000000000000000001Z", 1781524800000000,
	    false },
	{ "2026-06-15T12:00:00.Z", -1, false },
	{ "2026-06-15T12:00:00,5Z", -1, false },
	{ "2026-06-15T12:00:00+00:00", 1781524800000000, false },
	{ "2026-06-15T12:00:00-00:00", 1781524800000000, false },
	{ "2026-06-15T14:00:00+02:00", 1781524800000000, false },
	{ "2026-06-15T06:30:00-05:30", 1781524800000000, false },
	{ "1970-01-01T00:00:00+00:01", -1, false },
	{ "1970-01-01T01:00:00+01:00", 0, false },
	{ "2026-06-15T12:00:00+24:00", -1, false },
	{ "2026-06-15T12:00:00+00:60", -1, false },
	{ "2026-06-15T12:00:00+0000", -1, false },
	{ "2026-06-15T12:00:00+00", -1, false },
	{ "2026-06-15T12:00:00", -1, false },
	{ "2026-06-15T12:00:00z", -1, false },
	{ "2026-06-15t12:00:00Z", -1, false },
	{ "2026-06-15 12:00:00Z", -1, false },
	{ "2026-06-15T12:00:00Z ", -1, false },
	{ " 2026-06-15T12:00:00Z", -1, false },
	{ "2026-06-15T12:00:00ZZ", -1, false },
	{ "2026-00-15T12:00:00Z", -1, false },
	{ "2026-13-15T12:00:00Z", -1, false },
	{ "2026-06-00T12:00:00Z", -1, false },
	{ "2026-06-31T12:00:00Z", -1, false },
	{ "2026-04-31T12:00:00Z", -1, false },
	{ "2026-12-31T12:00:00Z", 1798718400000000, true },
	{ "2026-06-15T24:00:00Z", -1, false },
	{ "2026-06-15T12:60:00Z", -1, false },
	{ "2016-12-31T23:59:60Z", -1, false },
	{ "2026-6-15T12:00:00Z", -1, false },
	{ "26-06-15T12:00:00Z", -1, false },
	{ "12026-06-15T12:00:00Z", -1, false },
	{ "+026-06-15T12:00:00Z", -1, false },
	{ "2026-06-15T12:00Z", -1, false },
	{ "2026-06-15", -1, false },
	{ "1781524800", -1, false },
	{ "NaN", -1, false },
	{ "", -1, false },
};

static void
test_instants(void)
{
	const char *text;
	int64_t us;
	time_t at, utc;
	size_t i;

	for (i = 0; i < sizeof(instant_cases) / sizeof(instant_cases[0]);
	    i++) {
		text = instant_cases[i].text;
		us = at = utc = -7;
		if (instant_cases[i].us < 0)
			ok(!instant_parse_us(bytes_of_string(text), &us) &&
			    !instant_parse(bytes_of_string(text), &at) &&
			    !instant_parse_utc(bytes_of_string(text), &utc) &&
			    us == -7 && at == -7 && utc == -7,
			    "no instant: \"%s\"", text);
		else
			ok(instant_parse_us(bytes_of_string(text), &us) &&
			    us == instant_cases[i].us &&
			    instant_parse(bytes_of_string(text), &at) &&
			    at == us / 1000000 &&
			    instant_parse_utc(bytes_of_string(text), &utc) ==
			    instant_cases[i].utc &&
			    utc == (instant_cases[i].utc ? at : -7),
			    "an instant: \"%s\"", text);
	}
}

static void
test_formats(void)
{
	static const time_t days = 86400;
	char text[INSTANT_LEN_MAX];
	time_t at, back;
	bool good = true;

	instant_format(0, text);
	ok(strcmp(text, "1970-01-01T00:00:00Z") == 0, "the first second");
	instant_format_us(1781524800000001, text);
	ok(strcmp(text, "2026-06-15T12:00:00.000001+00:00") == 0,
	    "a microsecond");
	instant_format_us(1781524800500000, text);
	ok(strcmp(text, "2026-06-15T12:00:00.500000+00:00") == 0,
	    "half a second");
	instant_format_us(1781524800000000, text);
	ok(strcmp(text, "2026-06-15T12:00:00+00:00") == 0, "no fraction");
	instant_format(253402300800, text);
	ok(text[0] != '\0', "the year 10000 is written somehow");
	/* Every day of four centuries there and back. */
	for (at = 0; at < 400 * 366 * days; at += days) {
		instant_format(at + 3723, text);
		back = 0;
		good &= instant_parse_utc(bytes_of_string(text), &back) &&
		    back == at + 3723;
	}
	ok(good, "every day up to 2370 is read as it is written");
}

int
main(void)
{
	test_readers();
	test_runs();
	test_hex();
	test_instants();
	test_formats();
	return tap_done();
}
