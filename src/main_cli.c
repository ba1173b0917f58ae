/*
 * attestry: the verifier for files, and the operator's tool.
 */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct command {
	const char *name;
	bool takes_quote;
	const char *usage;
	const char *help;
	enum cli_status (*run)(const struct cli_options *o);
};

static const struct command commands[] = {
	{ "verify", true, "QUOTE [--collateral FILE] [--root-ca FILE] "
	    "[--time RFC3339] [--policy LIST]",
	    "judge a quote; the collateral is fetched unless it is given",
	    cli_verify },
	{ "show", true, "QUOTE [--root-ca FILE]",
	    "print what is in a quote, without judging it", cli_show },
	{ "collateral", true, "QUOTE [-o FILE] [--root-ca FILE], or "
	    "[--mirror DIR] FMSPC...",
	    "fetch the collateral that a quote needs, or fill a folder with "
	    "that\n      of some platforms: a source for machines without "
	    "Internet",
	    cli_collateral },
	{ "migrate", false, "",
	    "bring the database to this version's schema", cli_migrate },
	{ "check", false, "",
	    "check settings, cryptography and database", cli_check },
	{ "refresh", false, "[--margin HOURS]",
	    "renew the collateral of all platforms in use", cli_refresh },
	{ "reverify", false, "[--all] [--since RFC3339] [--fmspc HEX] "
	    "[--rate N] [--resume FILE]\n                    [--at RFC3339]",
	    "judge stored quotes again", cli_reverify },
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

static enum cli_status
complain_usage(const char *what)
{
	fprintf(stderr, "attestry: %s; see attestry --help\n", what);
	return CLI_USAGE;
}

/* The long options, where their values go, and how a usage shows them. */
static const struct {
	const char *name;
	int has_argument;
	size_t offset;
	const char *shown;
} members[] = {
	{ "output", required_argument, /* first: also -o */
	    offsetof(struct cli_options, output), "[-o " },
	{ "collateral", required_argument,
	    offsetof(struct cli_options, collateral), "[--collateral " },
	{ "policy", required_argument,
	    offsetof(struct cli_options, policy), "[--policy " },
	{ "root-ca", required_argument,
	    offsetof(struct cli_options, root_ca), "[--root-ca " },
	{ "time", required_argument,
	    offsetof(struct cli_options, time), "[--time " },
	{ "margin", required_argument,
	    offsetof(struct cli_options, margin), "[--margin " },
	{ "all", no_argument, offsetof(struct cli_options, all), "[--all]" },
	{ "since", required_argument,
	    offsetof(struct cli_options, since), "[--since " },
	{ "fmspc", required_argument,
	    offsetof(struct cli_options, fmspc), "[--fmspc " },
	{ "rate", required_argument,
	    offsetof(struct cli_options, rate), "[--rate " },
	{ "resume", required_argument,
	    offsetof(struct cli_options, resume), "[--resume " },
	{ "at", required_argument, offsetof(struct cli_options, at),
	    "[--at " },
	{ "mirror", required_argument,
	    offsetof(struct cli_options, mirror), "[--mirror " },
};

/* A command takes the options that its usage shows. */
static bool
read_options(struct cli_options *o, const struct command *command, int argc,
    char **argv)
{
	struct option options[NUM(members) + 1] = { { 0 } };
	size_t i;
	int found;

	for (i = 0; i < NUM(members); i++)
		options[i] = (struct option){ members[i].name,
			members[i].has_argument, NULL, (int)i };
	while ((found = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (found == '?')
			return false;
		i = found == 'o' ? 0 : (size_t)found;
		if (strstr(command->usage, members[i].shown) == NULL) {
			fprintf(stderr, "attestry: %s takes no --%s; see "
			    "attestry --help\n", command->name,
			    members[i].name);
			return false;
		}
		*(const char **)((char *)o + members[i].offset) =
		    optarg != NULL ? optarg : "";
	}
	return true;
}

static enum cli_status
run_command(const struct command *command, int argc, char **argv)
{
	struct cli_options o = { 0 };

	if (!read_options(&o, command, argc, argv))
		return CLI_USAGE;
	if (o.mirror != NULL ? optind == argc :
	    argc - optind != (command->takes_quote ? 1 : 0))
		return complain_usage(o.mirror != NULL ? "want an FMSPC" :
		    command->takes_quote ? "want one QUOTE" :
		    "want no arguments");
	o.quote = argv[optind];
	o.arguments = argv + optind;
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
