/*
 * The SGX extension of the PCK certificate, clause by clause, signed anew by
 * a genuine CA each time; and the reader by itself against bent DER.
 */
#include <string.h>

#include "worlds.h"

#define BAD FAULT_BAD_CERTIFICATE

static const struct world_case member_cases[] = {
	/* Members come in any order; exactly five or seven of them. */
	{ "five members", SGX_V3 | TDX_V4, "ca=processor" },
	{ "seven members from the processor CA", SGX_V3,
	    "ca=processor ; pck.members=1,2,3,4,5,6,7" },
	{ "five members from the platform CA", SGX_V3,
	    "pck.members=1,2,3,4,5" },
	{ "members in reverse", SGX_V3, "pck.members=7,6,5,4,3,2,1" },
	{ "TCB members in reverse", SGX_V3, "pck.tcb_members="
	    "18,17,16,15,14,13,12,11,10,9,8,7,6,5,4,3,2,1" },
	{ "configuration in reverse", SGX_V3, "pck.config_members=3,2,1" },
	{ "configuration all false", SGX_V3, "pck.dynamic_platform=false ; "
	    "pck.cached_keys=false ; pck.smt_enabled=false" },
	{ "SGX type 0", SGX_V3, "pck.sgx_type=0" },
	{ "SGX type 2", SGX_V3, "pck.sgx_type=2" },
	{ "no PPID", SGX_V3, "pck.members=2,3,4,5", BAD, "5 or 7" },
	{ "no TCB", SGX_V3, "pck.members=1,3,4,5,6", BAD, "no TCB" },
	{ "no PCE ID", SGX_V3, "pck.members=1,2,4,5,6", BAD, ".3: want 2" },
	{ "no FMSPC", SGX_V3, "pck.members=1,2,3,5,6", BAD, ".4: want 6" },
	{ "no SGX type", SGX_V3, "pck.members=1,2,3,4,6", BAD, ".5: want" },
	{ "no PPID, seven members", SGX_V3, "pck.members=8,2,3,4,5,6,7", BAD,
	    ".1: want 16" },
	{ "no instance id, seven members", SGX_V3,
	    "pck.members=1,2,3,4,5,8,7", BAD, ".6: want 16" },
	{ "no configuration, seven members", SGX_V3,
	    "pck.members=1,2,3,4,5,6,8", BAD, "no configuration" },
	{ "six members", SGX_V3, "pck.members=1,2,3,4,5,6", BAD, "5 or 7" },
	{ "eight members", SGX_V3, "pck.members=1,2,3,4,5,6,7,8", BAD,
	    "5 or 7" },
	{ "no members", SGX_V3, "pck.members=", BAD, "5 or 7" },
	{ "FMSPC twice", SGX_V3, "pck.members=1,2,3,4,4,5,6", BAD, "twice" },
	{ "TCB twice", SGX_V3, "pck.members=1,2,2,3,4", BAD, "twice" },
	{ "PPID of 15 octets", SGX_V3,
	    "pck.ppid=000102030405060708090a0b0c0d0e", BAD, ".1: want 16" },
	{ "PPID of 17 octets", SGX_V3,
	    "pck.ppid=000102030405060708090a0b0c0d0e0f10", BAD,
	    ".1: want 16" },
	{ "PCE ID of 1 octet", SGX_V3, "pck.pce_id=00", BAD, ".3: want 2" },
	{ "PCE ID of 3 octets", SGX_V3, "pck.pce_id=000000", BAD,
	    ".3: want 2" },
	{ "FMSPC of 5 octets", SGX_V3, "pck.fmspc=00606a0000", BAD,
	    ".4: want 6" },
	{ "FMSPC of 7 octets", SGX_V3, "pck.fmspc=00606a00000000", BAD,
	    ".4: want 6" },
	{ "FMSPC of no octets", SGX_V3, "pck.fmspc=", BAD, ".4: want 6" },
	{ "instance id of 15 octets", SGX_V3,
	    "pck.platform_instance_id=000102030405060708090a0b0c0d0e", BAD,
	    ".6: want 16" },
	{ "SGX type 3", SGX_V3, "pck.sgx_type=3", BAD, "0 to 2" },
	{ "SGX type -1", SGX_V3, "pck.sgx_type=-1", BAD, "0 to 2" },
	{ "SGX type 256", SGX_V3, "pck.sgx_type=256", BAD, "0 to 2" },
	{ "SGX type as INTEGER", SGX_V3, "pck.tags[5]=0x02", BAD, ".5" },
	{ "PPID as BIT STRING", SGX_V3, "pck.tags[1]=0x03", BAD, ".1" },
	{ "PCE ID as UTF8String", SGX_V3, "pck.tags[3]=0x0c", BAD, ".3" },
	{ "FMSPC as a context tag", SGX_V3, "pck.tags[4]=0x84", BAD, ".4" },
	{ "instance id as IA5String", SGX_V3, "pck.tags[6]=0x16", BAD,
	    ".6" },
	{ "TCB as SET", SGX_V3, "pck.tags[2]=0x31", BAD, "not a DER list" },
	{ "a length of 127 octets at the very end", SGX_V3,
	    "pck.config_members= ; patch=sgx_extension:before:-1:ff", BAD,
	    "not a DER list" },
	{ "configuration as SET", SGX_V3, "pck.tags[7]=0x31", BAD,
	    "not a DER list" },
	{ "configuration with an unknown member", SGX_V3,
	    "pck.config_members=1,2,4", BAD,
	    "member 3 is not one of three booleans" },
	{ "configuration with a member twice", SGX_V3,
	    "pck.config_members=1,1,2", BAD, "twice" },
	{ "the whole is empty", SGX_V3, "patch=sgx_extension:before:0:-0 ; "
	    "patch=sgx_extension:before:0:+0500", BAD, "not a DER list" },
	{ "something behind the SEQUENCE", SGX_V3,
	    "patch=sgx_extension:before:0:-0 ; "
	    "patch=sgx_extension:before:0:+300000", BAD },
};

/* The platform of the world has PCE SVN 13 and 8,8,2,2,4,1,0,6. */
static const struct world_case tcb_cases[] = {
	{ "PCE SVN 127", ALL, "pck.pce_svn=127" },
	{ "PCE SVN 128", ALL, "pck.pce_svn=128" },
	{ "PCE SVN 255", ALL, "pck.pce_svn=255" },
	{ "PCE SVN 256", ALL, "pck.pce_svn=256" },
	{ "PCE SVN 32767", ALL, "pck.pce_svn=32767" },
	{ "PCE SVN 32768", ALL, "pck.pce_svn=32768" },
	{ "PCE SVN 65535", ALL, "pck.pce_svn=65535" },
	{ "PCE SVN 65536", ALL, "pck.pce_svn=65536", BAD, "0 to 65535" },
	{ "PCE SVN -1", ALL, "pck.pce_svn=-1", BAD, "0 to 65535" },
	{ "PCE SVN of a million", SGX_V3, "pck.pce_svn=1000000", BAD,
	    "0 to 65535" },
	{ "PCE SVN of nine octets", SGX_V3,
	    "pck.pce_svn=0x7fffffffffffffff", BAD, "0 to 65535" },
	{ "components of 255", ALL, "pck.components=255,255,255,255,255,255,"
	    "255,255,255,255,255,255,255,255,255,255" },
	{ "component 1 of 127", SGX_V3, "pck.components[0]=127" },
	{ "component 1 of 128", SGX_V3, "pck.components[0]=128" },
	{ "component 1 of 256", SGX_V3, "pck.components[0]=256", BAD,
	    "0 to 255" },
	{ "component 1 of -1", SGX_V3, "pck.components[0]=-1", BAD,
	    "0 to 255" },
	{ "component 16 of 256", SGX_V3, "pck.components[15]=256", BAD,
	    "0 to 255" },
	{ "component 16 of -128", SGX_V3, "pck.components[15]=-128", BAD,
	    "0 to 255" },
	{ "CPUSVN is not what is compared: high", ALL,
	    "pck.cpu_svn=ffffffffffffffffffffffffffffffff" },
	{ "CPUSVN is not what is compared: low", ALL,
	    "pck.cpu_svn=00000000000000000000000000000000" },
	{ "CPUSVN cannot make up for components", ALL,
	    "pck.cpu_svn=ffffffffffffffffffffffffffffffff ; "
	    "pck.components=0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
	    FAULT_TCB_NOT_FOUND },
	{ "CPUSVN of 15 octets", SGX_V3,
	    "pck.cpu_svn=000102030405060708090a0b0c0d0e", BAD,
	    ".18: want 16" },
	{ "CPUSVN of 17 octets", SGX_V3,
	    "pck.cpu_svn=000102030405060708090a0b0c0d0e0f10", BAD,
	    ".18: want 16" },
	{ "no component 1", SGX_V3, "pck.tcb_members="
	    "2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18", BAD, "want 18" },
	{ "no component 16", SGX_V3, "pck.tcb_members="
	    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,17,18", BAD, "want 18" },
	{ "no PCE SVN", SGX_V3, "pck.tcb_members="
	    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,18", BAD, "want 18" },
	{ "no CPUSVN", SGX_V3, "pck.tcb_members="
	    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", BAD, "want 18" },
	{ "component 1 twice, 2 missing", SGX_V3, "pck.tcb_members="
	    "1,1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18", BAD, "twice" },
	{ "component 19 in place of 16", SGX_V3, "pck.tcb_members="
	    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,19,17,18", BAD,
	    "unknown name" },
	{ "component 0 in place of 16", SGX_V3, "pck.tcb_members="
	    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,0,17,18", BAD,
	    "unknown name" },
	{ "19 TCB members", SGX_V3, "pck.tcb_members="
	    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19", BAD },
	{ "no TCB members", SGX_V3, "pck.tcb_members=", BAD, "want 18" },
};

/* The extension of a good world, as x509 hands it on. */
static struct bytes
good_extension(struct cert *c, const struct mint_world *w)
{
	struct bytes der = mint_buffer_bytes(&w->certs[MINT_CERT_PCK]);
	struct fault f;

	if (cert_read(c, der, &f) < 0)
		mint_die("%s", f.message);
	return (struct bytes){ c->sgx_extension, c->sgx_extension_len };
}

/* In a block of exactly its length, so that a byte too far is seen. */
static int
read_exact(struct pck *out, struct bytes in)
{
	uint8_t *block = malloc(in.len > 0 ? in.len : 1);
	struct fault f;
	int r;

	if (block == NULL)
		mint_die("no memory");
	if (in.len > 0)
		memcpy(block, in.ptr, in.len);
	r = pck_read_extension(out, (struct bytes){ block, in.len }, &f);
	free(block);
	return r < 0 && f.code == FAULT_BAD_CERTIFICATE ? -1 : r;
}

static size_t
find_bytes(struct bytes in, const char *hex)
{
	uint8_t want[64];
	size_t len = strlen(hex) / 2, i;

	if (!hex_decode(want, len, bytes_of_string(hex)))
		mint_die("not hex: %s", hex);
	for (i = 0; i + len <= in.len; i++)
		if (memcmp(in.ptr + i, want, len) == 0)
			return i;
	mint_die("not in the extension: %s", hex);
}

/*
 * DER says how each thing is written; other ways to write the same value.
 * `find` is changed to `put`, which must be as long.
 */
static const struct {
	const char *name, *find, *put;
} der_cases[] = {
	{ "a BOOLEAN of 01", "0107010101ff", "010701010101" },
	{ "a BOOLEAN of fe", "0107010101ff", "0107010101fe" },
	{ "an indefinite length", "3010060b2a864886f84d010d010201",
	    "3080060b2a864886f84d010d010201" },
	{ "a long form where the short would do", "0102110201",
	    "0102110281" },
	{ "an INTEGER without octets", "0102110201", "0102110200" },
	{ "another company's name", "2a864886f84d010d0104",
	    "2a864886f84e010d0104" },
	{ "another arc", "2a864886f84d010d0104", "2a864886f84d010e0104" },
	{ "a name of the TCB among the members", "060a2a864886f84d010d0104",
	    "060a2a864886f84d010d0102" },
	{ "an OBJECT IDENTIFIER with a padded arc",
	    "060a2a864886f84d010d0104", "060a2a864886f84d010d8004" },
};

static void
test_der(struct mint *mint)
{
	struct mint_world w;
	struct cert *c = malloc(sizeof(*c));
	struct pck pck;
	struct bytes good;
	uint8_t copy[CERT_SGX_EXTENSION_LEN_MAX], put[64];
	size_t i, at, len, num = 0;

	if (c == NULL)
		mint_die("no memory");
	world_make(&w, mint, MINT_TDX_V4, "");
	good = good_extension(c, &w);
	ok(read_exact(&pck, good) == 0 && pck.pce_svn == 13 &&
	    pck.components[0] == 8 && pck.components[7] == 6 &&
	    pck.ppid[15] == 0xaf && pck.fmspc[0] == 0x90 &&
	    pck.sgx_type == 1 && pck.cpu_svn[7] == 6,
	    "what a good extension says");
	for (i = 0; i < sizeof(der_cases) / sizeof(der_cases[0]); i++) {
		memcpy(copy, good.ptr, good.len);
		at = find_bytes(good, der_cases[i].find);
		len = strlen(der_cases[i].put) / 2;
		if (!hex_decode(put, len, bytes_of_string(der_cases[i].put)))
			mint_die("not hex");
		memcpy(copy + at, put, len);
		ok(read_exact(&pck, (struct bytes){ copy, good.len }) < 0,
		    "bad_certificate: %s", der_cases[i].name);
	}
	for (len = 0; len < good.len; len++)
		num += read_exact(&pck, (struct bytes){ good.ptr, len }) < 0;
	ok(num == good.len, "every proper prefix is refused");
	memcpy(copy, good.ptr, good.len);
	copy[good.len] = 0;
	ok(read_exact(&pck, (struct bytes){ copy, good.len + 1 }) < 0,
	    "a byte behind is refused");
	mint_world_clear(&w);
	free(c);
}

/* Two extensions that differ in a byte and are both read must differ. */
static void
test_flips(struct mint *mint)
{
	struct mint_world w;
	struct cert *c = malloc(sizeof(*c));
	struct pck good, pck;
	struct bytes in;
	uint8_t copy[CERT_SGX_EXTENSION_LEN_MAX];
	size_t i, num_read = 0, num_same = 0;
	int bit;

	if (c == NULL)
		mint_die("no memory");
	/* Of the processor CA: all five members are handed on. */
	world_make(&w, mint, MINT_SGX_V3, "ca=processor");
	in = good_extension(c, &w);
	memset(&good, 0, sizeof(good));
	memset(&pck, 0, sizeof(pck));
	if (read_exact(&good, in) < 0)
		mint_die("a good extension is refused");
	for (i = 0; i < in.len; i++)
		for (bit = 0; bit < 8; bit++) {
			memcpy(copy, in.ptr, in.len);
			copy[i] ^= (uint8_t)(1 << bit);
			memset(&pck, 0, sizeof(pck));
			if (read_exact(&pck,
				(struct bytes){ copy, in.len }) < 0)
				continue;
			num_read++;
			num_same += memcmp(&pck, &good, sizeof(pck)) == 0;
		}
	ok(num_read > 0 && num_same == 0,
	    "each bit is refused or changes what is read (%zu of %zu read)",
	    num_read, 8 * in.len);
	mint_world_clear(&w);
	free(c);
}

/* What a platform's collateral goes by: each member counts. */
static void
test_keys(void)
{
	struct platform_key a = { .tee = TEE_TDX, .ca = PCK_CA_PLATFORM,
		.fmspc = { 1, 2, 3, 4, 5, 6 } };
	struct platform_key b = a;

	ok(platform_key_equal(&a, &b), "keys of one platform are equal");
	b.tee = TEE_SGX;
	ok(!platform_key_equal(&a, &b), "keys: the TEE counts");
	b = a;
	b.ca = PCK_CA_PROCESSOR;
	ok(!platform_key_equal(&a, &b), "keys: the CA counts");
	b = a;
	b.fmspc[FMSPC_LEN - 1] ^= 1;
	ok(!platform_key_equal(&a, &b), "keys: the FMSPC counts");
	ok(strcmp(pck_ca_name(PCK_CA_PLATFORM), "platform") == 0 &&
	    strcmp(pck_ca_name(PCK_CA_PROCESSOR), "processor") == 0,
	    "the CAs have the PCS's names");
}

int
main(void)
{
	struct mint *mint = mint_new();

	WORLDS_RUN(mint, member_cases);
	WORLDS_RUN(mint, tcb_cases);
	test_der(mint);
	test_flips(mint);
	test_keys();
	mint_free(mint);
	return tap_done();
}
