#include <stdio.h>

#include "cli.h"
#include "migrate.h"
#include "store.h"

enum cli_status
cli_migrate(const struct cli_options *o)
{
	struct cli_setup s;
	struct fault f = { 0 };
	int from;

	if (cli_read_setup(&s, o, &f) < 0)
		return cli_complain(CLI_USAGE, &f);
	if (migrate_run(s.config.database, &from, &f) < 0)
		return cli_complain(CLI_UNDECIDED, &f);
	if (from == migrate_version())
		printf("schema: version %d, nothing to do\n", from);
	else
		printf("schema: from version %d to %d\n", from,
		    migrate_version());
	return CLI_VERIFIED;
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
enum cli_status
cli_check(const struct cli_options *o)
{
	struct store *store = NULL;
	struct cli_setup s;
	struct fault f = { 0 };
	bool good;

	if (!report_check("settings", config_check_names(&f) == 0 &&
		cli_read_setup(&s, o, &f) == 0, &f))
		return CLI_USAGE;
	good = report_check("cryptography", crypto_self_test(&f) == 0, &f);
	good &= report_check("database",
	    store_new(&store, s.config.database, &f) == 0 &&
	    store_check(store, &f) == 0 &&
	    (s.config.any_durability ||
		store_check_durability(store, &f) == 0), &f);
	store_free(store);
	return good ? CLI_VERIFIED : CLI_UNDECIDED;
}
