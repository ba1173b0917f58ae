/*
 * attestry-mint: a made-up Intel in a folder. Quotes of every kind, good and
 * bad, the collateral that goes with them, and a PCS of static files.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "mint.h"

#define DAYS_DEFAULT 30
#define DAYS_MAX 36500

struct sample {
	const char *file; /* below quotes/ */
	enum mint_kind kind;
	const char *settings; /* see mint_spec_set */
	const char *what;

	/* What the service must answer. */
	int http_status;
	const char *reason;	/* NULL: verified */
	const char *tcb_status; /* NULL: need not be told */
	const char *advisory_id; /* NULL: none */
};

/* Another platform, whose microcode is a step behind. */
#define OUTDATED_PLATFORM \
	"pck.components=7,7,2,2,4,1,0,6 ; " \
	"pck.cpu_svn=07070202040100060000000000000000 ; " \
	"pck.ppid=b0b1b2b3b4b5b6b7b8b9babbbcbdbebf ; " \
	"certs[pck].serial=310102030405060708090a0b0c0d0e0f10111213"

#define PROCESSOR_PLATFORM "ca=processor ; fmspc=00906ed50000"

static const struct sample samples[] = {
	{ "sgx-v3.bin", MINT_SGX_V3, "", "SGX, version 3, genuine",
	    200, NULL, "UpToDate", NULL },
	{ "sgx-v4.bin", MINT_SGX_V4, "", "SGX, version 4, genuine",
	    200, NULL, "UpToDate", NULL },
	{ "sgx-v5.bin", MINT_SGX_V5, "", "SGX, version 5, genuine",
	    200, NULL, "UpToDate", NULL },
	{ "sgx-v3-processor.bin", MINT_SGX_V3, PROCESSOR_PLATFORM,
	    "SGX, version 3, genuine, of a client processor",
	    200, NULL, "UpToDate", NULL },
	{ "sgx-v3-forged.bin", MINT_SGX_V3, "patch=quote:after:368:^01",
	    "SGX, version 3, a bit of the report data changed",
	    400, "bad_quote_signature", NULL, NULL },
	{ "tdx-v4.bin", MINT_TDX_V4, "", "TDX, version 4, genuine",
	    200, NULL, "UpToDate", NULL },
	{ "tdx-v5.bin", MINT_TDX15_V5, "", "TDX 1.5, version 5, genuine",
	    200, NULL, "UpToDate", NULL },
	{ "tdx10-v5.bin", MINT_TDX10_V5, "", "TDX 1.0, version 5, genuine",
	    200, NULL, "UpToDate", NULL },
	{ "tdx-v4-outdated.bin", MINT_TDX_V4, OUTDATED_PLATFORM,
	    "TDX, version 4, genuine, of a platform that is out of date",
	    400, "tcb_status", "OutOfDate", "INTEL-SA-00960" },
	{ "tdx-v4-debug.bin", MINT_TDX_V4,
	    "quote.td.td_attributes=0100001000000000",
	    "TDX, version 4, genuine, of a TD that its host can read",
	    400, "debug_enabled", "UpToDate", NULL },
};

#define NUM_SAMPLES (sizeof(samples) / sizeof(samples[0]))

static const char *const ca_names[] = {
	[MINT_PLATFORM] = "platform",
	[MINT_PROCESSOR] = "processor"
};

static const char *const tee_names[] = { "sgx", "tdx" };

static const char *const folders[] = {
	"quotes", "collateral", "pcs", "pcs/pckcrl", "pcs/sgx", "pcs/sgx/tcb",
	"pcs/tdx", "pcs/tdx/tcb"
};

/* Percent-encoded issuer chains: what the PCS says in headers. */
struct headers {
	struct mint_buffer pck_crl_chains[2]; /* by enum mint_ca */
	struct mint_buffer signing_chain;     /* TCB info, QE identity */
};

static bool
world_is_tdx(const struct mint_world *world)
{
	return world->spec.quote.tee_type != 0;
}

static void
make_folder(const char *name)
{
	if (mkdir(name, 0777) < 0 && errno != EEXIST)
		err(1, "%s", name);
}

static void
write_file(const char *name, struct bytes content)
{
	FILE *file = fopen(name, "wb");

	if (file == NULL)
		err(1, "%s", name);
	if (fwrite(content.ptr, 1, content.len, file) != content.len ||
	    fclose(file) != 0)
		err(1, "%s", name);
}

/* Writes and empties `content`. */
static void
write_buffer(struct mint_buffer *content, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
write_buffer(struct mint_buffer *content, const char *format, ...)
{
	char name[200];
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(name, sizeof(name), format, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(name))
		errx(1, "a file name of %d characters", len);
	write_file(name, mint_buffer_bytes(content));
	mint_buffer_clear(content);
}

/* "sgx-00606a000000-platform" */
static void
put_collateral_name(struct mint_buffer *b, const struct mint_world *world)
{
	mint_put_text(b, "%s-", tee_names[world_is_tdx(world)]);
	mint_put_hex(b, BYTES_OF(world->spec.tcb_info.fmspc), false);
	mint_put_text(b, "-%s", ca_names[world->spec.ca]);
}

static void
write_collateral(const struct mint_world *world)
{
	struct mint_buffer name = { 0 }, b = { 0 };
	char *json = mint_world_collateral_new(world);

	put_collateral_name(&name, world);
	mint_put_text(&b, "%s\n", json);
	write_buffer(&b, "collateral/%s.json", (const char *)name.ptr);
	free(json);
	mint_buffer_clear(&name);
}

/* {"tcbInfo":…,"signature":"…"} */
static void
put_document(struct mint_buffer *b, const char *name,
    const struct mint_world *world, enum mint_field field)
{
	mint_put_text(b, "{\"%s\":%s,\"signature\":\"%s\"}", name,
	    world->fields[field], world->fields[field + 1]);
}

static void
write_pcs_crls(const struct mint_world *world)
{
	const char *ca = ca_names[world->spec.ca];
	struct mint_buffer b = { 0 };
	struct bytes crl = mint_buffer_bytes(&world->pck_crl);

	mint_put_bytes(&b, crl);
	write_buffer(&b, "pcs/pckcrl/%s.der", ca);
	mint_put_pem(&b, "X509 CRL", crl, "\n");
	write_buffer(&b, "pcs/pckcrl/%s.pem", ca);
	mint_put_bytes(&b, mint_buffer_bytes(&world->root_crl));
	write_buffer(&b, "pcs/IntelSGXRootCA.der");
	mint_put_text(&b, "%s", world->fields[MINT_FIELD_ROOT_CA_CRL]);
	write_buffer(&b, "pcs/rootcacrl.txt");
}

/* File names tell the FMSPC in both cases: a client may ask with either. */
static void
write_pcs_documents(const struct mint_world *world)
{
	const char *tee = tee_names[world_is_tdx(world)];
	struct mint_buffer b = { 0 }, fmspc = { 0 };
	int upper;

	for (upper = 0; upper < 2; upper++) {
		mint_put_hex(&fmspc, BYTES_OF(world->spec.tcb_info.fmspc),
		    upper);
		put_document(&b, "tcbInfo", world, MINT_FIELD_TCB_INFO);
		write_buffer(&b, "pcs/%s/tcb/%s.json", tee,
		    (const char *)fmspc.ptr);
		mint_buffer_clear(&fmspc);
	}
	put_document(&b, "enclaveIdentity", world, MINT_FIELD_QE_IDENTITY);
	write_buffer(&b, "pcs/%s/qe_identity.json", tee);
}

static void
put_percent_encoded(struct mint_buffer *b, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			mint_put(b, text, 1);
		else
			mint_put_text(b, "%%%02X", (unsigned char)*text);
	}
}

/* Every world of a run has the same chains; the first to come fills them. */
static void
take_headers(struct headers *headers, const struct mint_world *world)
{
	struct mint_buffer *chain = &headers->pck_crl_chains[world->spec.ca];

	if (chain->len == 0)
		put_percent_encoded(chain,
		    world->fields[MINT_FIELD_PCK_CRL_ISSUER_CHAIN]);
	if (headers->signing_chain.len == 0)
		put_percent_encoded(&headers->signing_chain,
		    world->fields[MINT_FIELD_TCB_INFO_ISSUER_CHAIN]);
}

static void
put_location(struct mint_buffer *b, const char *path, const char *type)
{
	mint_put_text(b, "location = %s {\n\ttypes { }\n"
	    "\tdefault_type %s;\n", path, type);
}

/*
 * An `if` that comes true takes try_files away from its location, so that one
 * may only return; which CA is meant chooses another location.
 */
static void
put_pck_crl_locations(struct mint_buffer *b, const struct headers *headers)
{
	const char *name;
	int ca;

	mint_put_text(b, "location = /sgx/certification/v4/pckcrl {\n"
	    "\tif ($arg_ca !~ \"^(platform|processor)$\") {\n"
	    "\t\treturn 400;\n\t}\n"
	    "\tif ($arg_encoding !~ \"^(der|pem|)$\") {\n"
	    "\t\treturn 400;\n\t}\n"
	    "\trewrite ^ /pckcrl/$arg_ca last;\n}\n");
	for (ca = 0; ca < 2; ca++) {
		name = ca_names[ca];
		mint_put_text(b, "location = /pckcrl/%s {\n\tinternal;\n"
		    "\ttypes {\n\t\tapplication/pkix-crl der;\n"
		    "\t\tapplication/x-pem-file pem;\n\t}\n"
		    "\tadd_header SGX-PCK-CRL-Issuer-Chain \"%s\";\n"
		    "\ttry_files /pckcrl/%s.$arg_encoding /pckcrl/%s.pem "
		    "=404;\n}\n", name,
		    (const char *)headers->pck_crl_chains[ca].ptr, name, name);
	}
}

static void
put_tee_locations(struct mint_buffer *b, const struct headers *headers,
    const char *tee)
{
	const char *chain = (const char *)headers->signing_chain.ptr;

	mint_put_text(b, "location = /%s/certification/v4/tcb {\n"
	    "\ttypes { }\n\tdefault_type application/json;\n"
	    "\tif ($arg_fmspc !~ \"^[0-9A-Fa-f]{12}$\") {\n"
	    "\t\treturn 400;\n\t}\n"
	    "\tadd_header TCB-Info-Issuer-Chain \"%s\";\n"
	    "\ttry_files /%s/tcb/$arg_fmspc.json =404;\n}\n",
	    tee, chain, tee);
	mint_put_text(b, "location = /%s/certification/v4/qe/identity {\n"
	    "\ttypes { }\n\tdefault_type application/json;\n"
	    "\tadd_header SGX-Enclave-Identity-Issuer-Chain \"%s\";\n"
	    "\ttry_files /%s/qe_identity.json =404;\n}\n",
	    tee, chain, tee);
}

static void
write_nginx(struct headers *headers)
{
	struct mint_buffer b = { 0 };

	mint_put_text(&b, "# Made by attestry-mint: include it in a server { } "
	    "whose root is this folder.\n");
	put_pck_crl_locations(&b, headers);
	put_location(&b, "/sgx/certification/v4/rootcacrl", "text/plain");
	mint_put_text(&b, "\ttry_files /rootcacrl.txt =404;\n}\n");
	put_location(&b, "/IntelSGXRootCA.der", "application/pkix-crl");
	mint_put_text(&b, "}\n");
	put_tee_locations(&b, headers, "sgx");
	put_tee_locations(&b, headers, "tdx");
	mint_put_text(&b, "location / {\n\treturn 404;\n}\n");
	write_buffer(&b, "pcs/nginx.conf");
	mint_buffer_clear(&headers->pck_crl_chains[MINT_PLATFORM]);
	mint_buffer_clear(&headers->pck_crl_chains[MINT_PROCESSOR]);
	mint_buffer_clear(&headers->signing_chain);
}

static void
put_json_or_null(struct mint_buffer *b, const char *text)
{
	if (text == NULL)
		mint_put_text(b, "null");
	else
		mint_put_json_string(b, text);
}

static void
put_sample(struct mint_buffer *index, const struct sample *sample,
    const struct mint_world *world)
{
	uint8_t checksum[32];

	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, world->quote,
	    world->quote_len, checksum) < 0)
		errx(1, "SHA-256");
	mint_put_text(index, "    {\n      \"file\": \"quotes/%s\",\n"
	    "      \"tee\": \"%s\",\n      \"version\": %d,\n"
	    "      \"what\": \"%s\",\n      \"checksum\": \"", sample->file,
	    tee_names[world_is_tdx(world)], world->spec.quote.version,
	    sample->what);
	mint_put_hex(index, BYTES_OF(checksum), false);
	mint_put_text(index, "\",\n      \"collateral\": \"collateral/");
	put_collateral_name(index, world);
	mint_put_text(index, ".json\",\n      \"expect\": {\n"
	    "        \"status\": %d,\n        \"verified\": %s,\n"
	    "        \"reason\": ", sample->http_status,
	    sample->reason == NULL ? "true" : "false");
	put_json_or_null(index, sample->reason);
	mint_put_text(index, ",\n        \"tcb_status\": ");
	put_json_or_null(index, sample->tcb_status);
	mint_put_text(index, ",\n        \"advisory_ids\": [");
	if (sample->advisory_id != NULL)
		mint_put_json_string(index, sample->advisory_id);
	mint_put_text(index, "]\n      }\n    }");
}

static void
write_world(const struct sample *sample, const struct mint_world *world)
{
	struct mint_buffer b = { 0 };

	mint_put(&b, world->quote, world->quote_len);
	write_buffer(&b, "quotes/%s", sample->file);
	write_file("root-ca.pem", bytes_of_string(world->root_pem));
	write_collateral(world);
	write_pcs_crls(world);
	write_pcs_documents(world);
}

static void
write_all(time_t now, int days, bool is_fixed, const char *settings)
{
	struct mint *mint = is_fixed ? mint_new_fixed() : mint_new();
	struct mint_buffer index = { 0 };
	struct headers headers = { 0 };
	struct mint_spec spec;
	struct mint_world world;
	size_t i;

	mint_put_text(&index, "{\n  \"now\": \"");
	mint_put_instant(&index, now);
	mint_put_text(&index, "\",\n  \"root_ca\": \"root-ca.pem\",\n"
	    "  \"quotes\": [\n");
	for (i = 0; i < NUM_SAMPLES; i++) {
		mint_spec_init(&spec, samples[i].kind);
		mint_spec_set_now(&spec, now, days);
		mint_spec_set(mint, &spec, samples[i].settings);
		mint_spec_set(mint, &spec, settings);
		mint_world_make(&world, mint, &spec);
		write_world(&samples[i], &world);
		take_headers(&headers, &world);
		put_sample(&index, &samples[i], &world);
		mint_put_text(&index, i + 1 < NUM_SAMPLES ? ",\n" : "\n");
		mint_world_clear(&world);
	}
	mint_put_text(&index, "  ]\n}\n");
	write_buffer(&index, "index.json");
	write_nginx(&headers);
	mint_free(mint);
}

static void
usage(FILE *to)
{
	fprintf(to,
"usage: attestry-mint --out DIR [--now INSTANT] [--days N] [--fixed-keys]\n"
"                     [--set SETTINGS]\n"
"\n"
"Makes up a whole world to verify quotes in: a root certificate of its own,\n"
"quotes of every kind that it vouches for, quotes that must be refused, and\n"
"all the collateral. Nothing in it is Intel's.\n"
"\n"
"  --out DIR      where to write; made if it is not there\n"
"  --now INSTANT  when the world is good, as 2026-06-15T12:00:00Z; default\n"
"                 is now. Collateral was issued three days before it.\n"
"  --days N       how long collateral and certificates hold; default %d\n"
"  --fixed-keys   the keys are the same in every run, so that runs with\n"
"                 other instants are other times of one world; else new ones\n"
"  --set SETTINGS what is otherwise in all of it, as tests/mint.h has it:\n"
"                 \"tcb_info.tcb_evaluation_data_number=18\"\n"
"  --help         this text\n"
"\n"
"In DIR:\n"
"  root-ca.pem             the trust anchor\n"
"  quotes/*.bin            the quotes\n"
"  index.json              what each of them is, and the answer to expect\n"
"  collateral/*.json       the nine fields, one file for each TEE, FMSPC, CA\n"
"  pcs/                    a PCS of static files\n"
"  pcs/nginx.conf          to include in a server { } of nginx with root\n"
"                          DIR/pcs; it answers Intel's paths and headers\n",
	    DAYS_DEFAULT);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "out", required_argument, NULL, 'o' },
		{ "now", required_argument, NULL, 'n' },
		{ "days", required_argument, NULL, 'd' },
		{ "fixed-keys", no_argument, NULL, 'f' },
		{ "set", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char *out = NULL, *settings = "";
	time_t now = time(NULL);
	bool is_fixed = false;
	long days = DAYS_DEFAULT;
	char *end;
	size_t i;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			out = optarg;
			break;
		case 'n':
			if (strcmp(optarg, "now") != 0)
				now = mint_instant(optarg);
			break;
		case 'd':
			days = strtol(optarg, &end, 10);
			if (*end != '\0' || days < 1 || days > DAYS_MAX)
				errx(64, "--days: want 1 to %d", DAYS_MAX);
			break;
		case 'f':
			is_fixed = true;
			break;
		case 's':
			settings = optarg;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 64;
		}
	}
	if (out == NULL || optind < argc) {
		usage(stderr);
		return 64;
	}
	make_folder(out);
	if (chdir(out) < 0)
		err(1, "%s", out);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		make_folder(folders[i]);
	write_all(now, (int)days, is_fixed, settings);
	return 0;
}
