#include <stdio.h>

#include "instant.h"
#include "ready.h"
#include "store_document.h"

const char *const ready_names[READY__MAX] = {
	[READY_DATABASE] = "database",
	[READY_COLLATERAL] = "collateral",
	[READY_CLOCK] = "clock",
};

static void
find(struct ready_finding *out, bool is_good, const char *found)
{
	out->is_good = is_good;
	snprintf(out->found, sizeof(out->found), "%s", found);
}

/* Returns a connection, or NULL when the database is of no use. */
static struct store *
look_at_database(const struct config *config, struct ready_finding *out)
{
	struct store *store = NULL;
	struct fault f = { 0 };

	snprintf(out->wanted, sizeof(out->wanted), "a database that answers, "
	    "with this program's schema, safe from %schanges",
	    config->any_durability ? "" : "power cuts and ");
	if (store_new_within(&store, config->database, READY_TIMEOUT_MS,
		&f) < 0 || store_check(store, &f) < 0 ||
	    (!config->any_durability &&
		store_check_durability(store, &f) < 0)) {
		find(out, false, f.message);
		store_free(store);
		return NULL;
	}
	find(out, true, "that");
	return store;
}

static void
look_at_collateral(struct store *store, const struct config *config,
    const struct trust *trust, struct ready_finding *out)
{
	int64_t age_ms, max_s = (int64_t)READY_TTLS_MAX *
	    config->collateral_ttl_s;
	struct fault f = { 0 };

	snprintf(out->wanted, sizeof(out->wanted), "the newest fetched in the "
	    "last %lld s, or none yet", (long long)max_s);
	if (store == NULL) {
		find(out, false, "not known: there is no database");
		return;
	}
	if (store_get_newest_fetch(store, trust, &age_ms, &f) < 0) {
		find(out, false, f.message);
		return;
	}
	out->is_good = age_ms <= 1000 * max_s;
	if (age_ms < 0)
		find(out, true, "none yet");
	else
		snprintf(out->found, sizeof(out->found), "fetched %lld s ago",
		    (long long)(age_ms / 1000));
}

static void
look_at_clock(struct store *store, const struct config *config,
    const struct trust *trust, const struct clock_witness *witness,
    struct ready_finding *out)
{
	time_t now = time(NULL), newest = witness->newest_issued_at, issued_at;
	char text[INSTANT_LEN_MAX];
	struct fault f = { 0 };

	if (config->fixed_time >= 0) {
		instant_format(config->fixed_time, text);
		out->is_good = true;
		snprintf(out->wanted, sizeof(out->wanted),
		    "anything: ATTESTRY_TIME is judged by");
		snprintf(out->found, sizeof(out->found), "fixed at %s", text);
		return;
	}
	snprintf(out->wanted, sizeof(out->wanted), "after this program was "
	    "made, and at most %d s before the newest collateral was issued",
	    CLOCK_BEHIND_MAX_S);
	if (store != NULL && store_get_newest_issue(store, trust, &issued_at,
		&f) < 0) {
		find(out, false, f.message);
		return;
	}
	if (store != NULL && issued_at > newest)
		newest = issued_at;
	instant_format(now, text);
	if (clock_check(now, CLOCK_BUILT_AT, newest, &f) == 0)
		find(out, true, text);
	else
		find(out, false, f.message);
}

bool
ready_look(const struct config *config, const struct trust *trust,
    const struct clock_witness *witness,
    struct ready_finding out[static READY__MAX])
{
	struct store *store = look_at_database(config, &out[READY_DATABASE]);
	bool is_ready = true;
	int i;

	look_at_collateral(store, config, trust, &out[READY_COLLATERAL]);
	look_at_clock(store, config, trust, witness, &out[READY_CLOCK]);
	store_free(store);
	for (i = 0; i < READY__MAX; i++)
		is_ready = is_ready && out[i].is_good;
	return is_ready;
}
