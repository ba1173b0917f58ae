#include <inttypes.h>

#include "cli.h"
#include "store_reverify.h"

#define MARGIN_HOURS_DEFAULT 48
#define MARGIN_HOURS_MAX 8760

struct refresh {
	struct cli_run run;
	int margin_s;
	int64_t num_platforms; /* in use */
	int64_t num_done;
	int64_t num_renewed;
	int64_t num_failed;
};

static void
refresh_platform(struct refresh *r, const struct platform_key *key)
{
	char fmspc[2 * FMSPC_LEN + 1];
	struct fault f = { 0 };
	bool renewed = false;

	if (collateral_cache_refresh(r->run.judge->cache, key,
		config_now(&r->run.setup.config), r->margin_s, &renewed,
		&f) < 0) {
		hex_encode(fmspc, BYTES_OF(key->fmspc));
		fprintf(stderr, "attestry: refresh: %s %s %s: %s\n",
		    tee_name(key->tee), fmspc, pck_ca_name(key->ca),
		    f.message);
		r->num_failed++;
	}
	r->num_renewed += renewed;
	r->num_done++;
	cli_run_show(&r->run, "refresh: %" PRId64 " of %" PRId64 " platforms, "
	    "%" PRId64 " renewed, %" PRId64 " failed", r->num_done,
	    r->num_platforms, r->num_renewed, r->num_failed);
}

/* Returns 0, also when it was told to end, or -1: the database failed. */
static int
refresh_all(struct refresh *r, struct fault *f)
{
	struct store *store = r->run.judge->store;
	struct platform_key key;
	const struct platform_key *after = NULL;
	int found;

	if (judge_check_clock(r->run.judge, f) < 0 ||
	    store_count_platforms(store, NULL, &r->num_platforms, f) < 0)
		return -1;
	while (cli_run_wait(&r->run, 0)) {
		found = store_get_next_platform(store, after, NULL, &key, f);
		if (found <= 0)
			return found;
		refresh_platform(r, &key);
		after = &key;
	}
	return 0;
}

enum cli_status
cli_refresh(const struct cli_options *o)
{
	struct refresh r = { 0 };
	struct fault f = { 0 };
	int hours = MARGIN_HOURS_DEFAULT;
	const char *how = "";
	enum cli_status status;

	if (o->margin != NULL && !cli_parse_number(o->margin, 0,
		MARGIN_HOURS_MAX, &hours)) {
		fault_set(&f, FAULT_INTERNAL, "--margin: want hours from 0 to "
		    "%d, have %s", MARGIN_HOURS_MAX, o->margin);
		return cli_complain(CLI_USAGE, &f);
	}
	r.margin_s = hours * 3600;
	status = cli_run_begin(&r.run, o);
	if (status == CLI_VERIFIED) {
		if (refresh_all(&r, &f) < 0) {
			how = "broken off after ";
			status = cli_complain(CLI_UNDECIDED, &f);
		} else if (r.run.is_stopping) {
			how = "interrupted after ";
			status = CLI_UNDECIDED;
		} else if (r.num_failed > 0) {
			status = CLI_UNDECIDED;
		}
		printf("refresh: %s%" PRId64 " platforms, %" PRId64 " renewed, "
		    "%" PRId64 " failed\n", how, r.num_done, r.num_renewed,
		    r.num_failed);
	}
	cli_run_end(&r.run);
	return status;
}
