/*
 * attestry: the verifier for files, and the operator's tool.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <json-c/json.h>

#include "config.h"
#include "file.h"
#include "instant.h"
#include "migrate.h"
#include "pcs.h"
#include "render.h"
#include "store.h"

/* A quote in hex, with "0x" and white space around it. */
#define QUOTE_FILE_LEN_MAX (2 * QUOTE_LEN_MAX + 4096)
/* Nine texts, the longest ones escaped. */
#define COLLATERAL_FILE_LEN_MAX (8 << 20)

enum status {
	STATUS_VERIFIED = 0,
	STATUS_REFUSED = 1,
	STATUS_UNREADABLE = 2, /* not a quote, or not collateral */
	STATUS_UNDECIDED = 3,  /* no collateral, no database */
	STATUS_USAGE = EX_USAGE
};

struct options {
	const char *quote; /* path, or "-" */
	const char *collateral;
	const char *output;
	const char *root_ca;
	const char *time;
	const char *policy;
};

/* A quote file, read. */
struct input {
	uint8_t *file; /* owned */
	struct bytes raw;
	bool has_checksum;
	uint8_t checksum[SHA256_LEN];
	bool is_quote;
	struct quote quote;
};

static enum status
complain(enum status status, const struct fault *f)
{
	fprintf(stderr, "attestry: %s\n", f->message);
	return status;
}

/* ---- input ---- */

static struct bytes
trim(struct bytes text)
{
	static const char white_space[] = " \t\r\n\f\v";

	while (text.len > 0 &&
	    memchr(white_space, text.ptr[0], sizeof(white_space) - 1)) {
		text.ptr++;
		text.len--;
	}
	while (text.len > 0 && memchr(white_space, text.ptr[text.len - 1],
		sizeof(white_space) - 1))
		text.len--;
	if (text.len >= 2 && text.ptr[0] == '0' &&
	    (text.ptr[1] == 'x' || text.ptr[1] == 'X')) {
		text.ptr += 2;
		text.len -= 2;
	}
	return text;
}

/* A quote never looks like hex: its second byte is zero. */
static void
decode_hex(struct input *in)
{
	struct bytes text = trim(in->raw);
	size_t len = text.len / 2;

	/* In place: each pair of digits is read before its byte is written. */
	if (len > 0 && hex_decode(in->file, len, text))
		in->raw = (struct bytes){ in->file, len };
}

static int
read_input(struct input *in, const char *path, struct fault *f)
{
	struct bytes file;

	memset(in, 0, sizeof(*in));
	if (file_read_new(&file, path, QUOTE_FILE_LEN_MAX, f) < 0) {
		f->code = FAULT_MALFORMED_QUOTE;
		return -1;
	}
	in->file = (uint8_t *)file.ptr;
	in->raw = file;
	decode_hex(in);
	if (sha256(&in->raw, 1, in->checksum, f) < 0)
		return -1;
	in->has_checksum = true;
	if (quote_parse(&in->quote, in->raw, f) < 0)
		return -1;
	in->is_quote = true;
	return 0;
}

/* What `verify` and `collateral` judge by: options first, then settings. */
struct setup {
	struct config config;
	struct trust trust;
	struct policy policy;
	time_t at;
};

static int
read_setup(struct setup *s, const struct options *o, struct fault *f)
{
	if (config_read(&s->config, f) < 0)
		return -1;
	s->at = config_now(&s->config);
	if (o->time != NULL &&
	    !instant_parse(bytes_of_string(o->time), &s->at))
		return fault_set(f, FAULT_INTERNAL, "--time: want an instant "
		    "such as 2026-06-15T12:00:00Z, have %s", o->time);
	if (policy_read(&s->policy, o->policy != NULL ? o->policy :
		s->config.tcb_policy, f) < 0)
		return fault_prefix(f, o->policy != NULL ? "--policy" :
		    "ATTESTRY_TCB_POLICY");
	if (file_read_trust(&s->trust, o->root_ca != NULL ? o->root_ca :
		s->config.root_ca, f) < 0)
		return fault_prefix(f, o->root_ca != NULL ? "--root-ca" :
		    "ATTESTRY_ROOT_CA");
	return 0;
}

static int
fetch_collateral(struct collateral_text *out, const struct config *config,
    const struct quote *q, const struct pck *pck, struct fault *f)
{
	struct pcs_settings settings = pcs_settings_of(config);
	struct platform_key key = { .tee = q->tee, .ca = pck->ca };
	struct pcs *pcs = NULL;
	int r;

	memcpy(key.fmspc, pck->fmspc, sizeof(key.fmspc));
	if (pcs_new(&pcs, &settings, f) < 0)
		return -1;
	r = pcs_fetch(pcs, &key, PCS_ALL_DOCUMENTS, out, NULL, f);
	pcs_free(pcs);
	return r;
}

static int
read_collateral_file(struct collateral_text *out, const char *path,
    struct fault *f)
{
	struct bytes file;
	int r;

	if (file_read_new(&file, path, COLLATERAL_FILE_LEN_MAX, f) < 0) {
		f->code = FAULT_BAD_COLLATERAL;
		return -1;
	}
	r = collateral_text_read(out, file, f);
	free((void *)file.ptr);
	return r;
}

/* ---- output ---- */

/* Takes the object over; NULL is want of memory. */
static int
print_json(FILE *out, struct json_object *json)
{
	const char *text = json == NULL ? NULL : render_text(json, true);
	int r = -1;

	if (text != NULL && fprintf(out, "%s\n", text) >= 0 &&
	    fflush(out) == 0)
		r = 0;
	else
		fprintf(stderr, "attestry: the answer could not be "
		    "written\n");
	json_object_put(json);
	return r;
}

/* ---- verify ---- */

/*
 * For a quote whose PCK chain names no platform, any collateral will do.
 *
 * is_fetched	then what is wrong with the collateral says nothing about the
 *		quote, and there is no verdict
 */
static int
judge(struct verdict *v, struct collateral_text *text, bool is_fetched,
    const struct setup *s, const struct quote *q, struct fault *f)
{
	struct collateral *c;
	int r;

	if (collateral_adopt_new(&c, text, &s->trust, f) < 0)
		return -1;
	*f = c->fault;
	if (is_fetched && (f->code != FAULT_NONE ||
	    collateral_check_time(c, s->at, f) < 0)) {
		f->code = FAULT_COLLATERAL_UNAVAILABLE;
		r = -1;
	} else {
		r = verify_quote(v, q, c, &s->trust, &s->policy, s->at, f);
	}
	collateral_free(c);
	return r;
}

static enum status
status_of_fault(const struct fault *f)
{
	switch (f->code) {
	case FAULT_COLLATERAL_UNAVAILABLE:
	case FAULT_INTERNAL:
		return STATUS_UNDECIDED;
	default:
		return STATUS_UNREADABLE;
	}
}

/*
 * Fills the verdict, or, with -1, its fault. A quote without a PCK chain of
 * ours is refused before collateral is asked for.
 */
static int
decide(struct verdict *v, const struct input *in, const struct setup *s,
    const struct options *o, struct fault *f)
{
	struct collateral_text text = { 0 };
	struct pck pck;

	if (o->collateral != NULL) {
		if (read_collateral_file(&text, o->collateral, f) < 0)
			return -1;
		return judge(v, &text, false, s, &in->quote, f);
	}
	if (verify_read_pck(&pck, &in->quote, &s->trust, f) < 0) {
		if (f->code == FAULT_INTERNAL)
			return -1;
		verdict_set_refused(v, f, s->at);
		return 0;
	}
	if (fetch_collateral(&text, &s->config, &in->quote, &pck, f) < 0) {
		/* The source's fault, not an unreadable file's. */
		if (f->code == FAULT_BAD_COLLATERAL)
			f->code = FAULT_COLLATERAL_UNAVAILABLE;
		return -1;
	}
	return judge(v, &text, true, s, &in->quote, f);
}

static enum status
run_verify(const struct options *o)
{
	struct setup s;
	struct input in;
	struct verdict v = { 0 };
	struct fault f = { 0 };
	enum status status;

	if (read_setup(&s, o, &f) < 0)
		return complain(STATUS_USAGE, &f);
	if (read_input(&in, o->quote, &f) == 0 &&
	    decide(&v, &in, &s, o, &f) == 0) {
		status = v.verified ? STATUS_VERIFIED : STATUS_REFUSED;
	} else {
		status = status_of_fault(&f);
		verdict_set_refused(&v, &f, s.at);
	}
	if (print_json(stdout, render_report(
		in.has_checksum ? in.checksum : NULL,
		in.is_quote ? &in.quote : NULL, &v)) < 0)
		status = STATUS_UNDECIDED;
	free(in.file);
	return status;
}

/* ---- show, collateral ---- */

static enum status
run_show(const struct options *o)
{
	struct setup s;
	struct input in;
	struct pck pck;
	struct fault f = { 0 };
	enum status status = STATUS_VERIFIED;
	bool has_pck;

	if (read_setup(&s, o, &f) < 0)
		return complain(STATUS_USAGE, &f);
	if (read_input(&in, o->quote, &f) < 0) {
		free(in.file);
		return complain(status_of_fault(&f), &f);
	}
	has_pck = verify_read_pck(&pck, &in.quote, &s.trust, &f) == 0;
	if (print_json(stdout, render_show(in.checksum, &in.quote,
		has_pck ? &pck : NULL)) < 0)
		status = STATUS_UNDECIDED;
	free(in.file);
	return status;
}

static int
write_collateral(const struct collateral_text *text, const char *path,
    struct fault *f)
{
	FILE *out = path == NULL ? stdout : fopen(path, "w");
	int r;

	if (out == NULL)
		return fault_set(f, FAULT_INTERNAL,
		    "%s: cannot be written", path);
	r = print_json(out, render_collateral(text));
	if (out != stdout && fclose(out) != 0)
		r = -1;
	return r < 0 ? fault_set(f, FAULT_INTERNAL,
	    "collateral: cannot be written") : 0;
}

static enum status
run_collateral(const struct options *o)
{
	struct collateral_text text = { 0 };
	struct setup s;
	struct input in;
	struct pck pck;
	struct fault f = { 0 };
	enum status status = STATUS_VERIFIED;

	if (read_setup(&s, o, &f) < 0)
		return complain(STATUS_USAGE, &f);
	if (read_input(&in, o->quote, &f) < 0)
		status = complain(status_of_fault(&f), &f);
	else if (verify_read_pck(&pck, &in.quote, &s.trust, &f) < 0)
		status = complain(f.code == FAULT_INTERNAL ?
		    STATUS_UNDECIDED : STATUS_REFUSED, &f);
	else if (fetch_collateral(&text, &s.config, &in.quote, &pck,
		&f) < 0 ||
	    write_collateral(&text, o->output, &f) < 0)
		status = complain(STATUS_UNDECIDED, &f);
	collateral_text_clear(&text);
	free(in.file);
	return status;
}

/* ---- migrate, check ---- */

static enum status
run_migrate(const struct options *o)
{
	struct setup s;
	struct fault f = { 0 };
	int from;

	if (read_setup(&s, o, &f) < 0)
		return complain(STATUS_USAGE, &f);
	if (migrate_run(s.config.database, &from, &f) < 0)
		return complain(STATUS_UNDECIDED, &f);
	if (from == migrate_version())
		printf("schema: version %d, nothing to do\n", from);
	else
		printf("schema: from version %d to %d\n", from,
		    migrate_version());
	return STATUS_VERIFIED;
}

static bool
report_check(const char *what, bool good, const struct fault *f)
{
	/* A fault names its subject itself. */
	if (good)
		printf("%s: good\n", what);
	else
		printf("%s\n", f->message);
	return good;
}

/* Everything that a service with these settings stands on, a line each. */
static enum status
run_check(const struct options *o)
{
	struct store *store = NULL;
	struct setup s;
	struct fault f = { 0 };
	bool good;

	if (!report_check("settings", config_check_names(&f) == 0 &&
		read_setup(&s, o, &f) == 0, &f))
		return STATUS_USAGE;
	good = report_check("cryptography", crypto_self_test(&f) == 0, &f);
	good &= report_check("database",
	    store_new(&store, s.config.database, &f) == 0 &&
	    store_check(store, &f) == 0, &f);
	store_free(store);
	return good ? STATUS_VERIFIED : STATUS_UNDECIDED;
}

/* ---- commands ---- */

struct command {
	const char *name;
	bool takes_quote;
	const char *usage;
	const char *help;
	enum status (*run)(const struct options *o);
};

static const struct command commands[] = {
	{ "verify", true, "QUOTE [--collateral FILE] [--root-ca FILE] "
	    "[--time RFC3339] [--policy LIST]",
	    "judge a quote; the collateral is fetched unless it is given",
	    run_verify },
	{ "show", true, "QUOTE [--root-ca FILE]",
	    "print what is in a quote, without judging it", run_show },
	{ "collateral", true, "QUOTE [-o FILE] [--root-ca FILE]",
	    "fetch the collateral that a quote needs", run_collateral },
	{ "migrate", false, "",
	    "bring the database to this version's schema", run_migrate },
	{ "check", false, "",
	    "check settings, cryptography and database", run_check },
};

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static void
print_help(FILE *out)
{
	size_t i;

	fprintf(out, "usage:\n");
	for (i = 0; i < NUM(commands); i++)
		fprintf(out, "  attestry %s %s\n      %s\n", commands[i].name,
		    commands[i].usage, commands[i].help);
	fprintf(out, "\nQUOTE is a file, binary or hex; - is standard "
	    "input.\nLIST is TCB statuses with commas between them; the "
	    "default is\n" POLICY_DEFAULT ".\n\n"
	    "Exit status: 0 verified (or done), 1 refused, 2 not a quote or "
	    "not readable\ncollateral, 3 could not be decided, 64 usage.\n\n"
	    "Settings, from the environment:\n\n");
	config_print_help(out);
}

static enum status
complain_usage(const char *what)
{
	fprintf(stderr, "attestry: %s; see attestry --help\n", what);
	return STATUS_USAGE;
}

static enum status
run_command(const struct command *command, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "collateral", required_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },
		{ "policy", required_argument, NULL, 'p' },
		{ "root-ca", required_argument, NULL, 'r' },
		{ "time", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "o:", long_options,
		    NULL)) != -1) {
		switch (option) {
		case 'c':
			o.collateral = optarg;
			break;
		case 'o':
			o.output = optarg;
			break;
		case 'p':
			o.policy = optarg;
			break;
		case 'r':
			o.root_ca = optarg;
			break;
		case 't':
			o.time = optarg;
			break;
		default:
			return STATUS_USAGE;
		}
	}
	if (argc - optind != (command->takes_quote ? 1 : 0))
		return complain_usage(command->takes_quote ?
		    "want one QUOTE" : "want no arguments");
	o.quote = argv[optind];
	return command->run(&o);
}

int
main(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return (int)complain_usage("want a command");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("attestry %s\n", PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	for (i = 0; i < NUM(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return (int)run_command(&commands[i], argc - 1,
			    argv + 1);
	return (int)complain_usage("unknown command");
}
