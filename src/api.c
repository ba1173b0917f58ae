#include <stdlib.h>
#include <string.h>

#include "api_private.h"
#include "file.h"
#include "log.h"

struct route {
	const char *path;
	unsigned num_arguments; /* and so many "/" and a segment */
	bool is_post;	     /* else GET, and so HEAD */
	const char *name;    /* for the log */
	void (*handle)(struct call *c);
};

/* Behind one of the prefixes. */
static const struct route api_routes[] = {
	{ "/verify", 0, true, "verify", api_verify },
	{ "/view", 1, false, "view", api_view },
	{ "/collateral", 1, false, "collateral", api_collateral },
	{ "/raw", 1, false, "raw", api_raw },
	{ "/recent", 0, false, "recent", api_recent },
	{ "/verdicts", 1, false, "verdicts", api_verdicts },
};

/* Two clients in the wild use the second. */
static const char *const prefixes[] = {
	"/api/v1/attestations",
	"/proofofcloud/attestations",
};

/*
 * Pages; the links of the service that was there before; what describes the
 * API; and what the front answers to operators alone.
 */
static const struct route routes[] = {
	{ "/", 0, false, "home", page_home },
	{ "/upload", 0, true, "upload", page_upload },
	{ "/reports", 1, false, "report", page_report },
	{ "/compare", 2, false, "compare", page_compare },
	{ "/compare", 0, false, "compare", page_compare_form },
	{ "/docs", 0, false, "docs", page_docs },
	{ "/assets", 1, false, "asset", page_asset },

	{ "/r", 0, false, "upload", page_upload_link },
	{ "/raw", 1, false, "raw", api_raw },
	{ "/api/collateral", 1, false, "collateral", api_collateral },
	{ "/api/upload", 0, true, "verify", api_verify },

	{ "/api/v1/openapi.json", 0, false, "openapi", api_openapi },

	{ "/healthz", 0, false, "healthz", api_healthz },
	{ "/readyz", 0, false, "readyz", api_readyz },
	{ "/metrics", 0, false, "metrics", api_metrics },
};

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static const char *
skip_prefix(const char *path)
{
	size_t i, len;

	for (i = 0; i < NUM(prefixes); i++) {
		len = strlen(prefixes[i]);
		if (strncmp(path, prefixes[i], len) == 0)
			return path + len;
	}
	return NULL;
}

static unsigned
count_segments(const char *path)
{
	unsigned num = 0;

	for (; *path != '\0'; path++)
		num += *path == '/';
	return num;
}

static const struct route *
match(const struct route *table, size_t num, const char *path,
    const char **out_argument)
{
	size_t i, len;

	for (i = 0; i < num; i++) {
		len = strlen(table[i].path);
		if (strncmp(path, table[i].path, len) != 0 ||
		    count_segments(path + len) != table[i].num_arguments ||
		    path[len] != (table[i].num_arguments > 0 ? '/' : '\0'))
			continue;
		if (path[len] == '/')
			*out_argument = path + len + 1;
		return &table[i];
	}
	return NULL;
}

static const struct route *
find_route(const char *path, const char **out_argument)
{
	const char *rest = skip_prefix(path);

	return rest != NULL ?
	    match(api_routes, NUM(api_routes), rest, out_argument) :
	    match(routes, NUM(routes), path, out_argument);
}

static bool
method_fits(const struct route *route, const char *method)
{
	if (route->is_post)
		return strcmp(method, "POST") == 0;
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

enum http_outcome
api_handle(void *api, const struct http_request *request,
    struct http_reply *reply)
{
	struct call c = { .api = api, .request = request, .reply = reply };
	const struct route *route = find_route(request->path, &c.argument);
	if (route == NULL) {
		reply->route = "none";
		api_reply_error(&c, 404, "Not Found");
		return HTTP_ANSWERED;
	}
	reply->route = route->name;
	if (!method_fits(route, request->method)) {
		http_reply_header(reply, "Allow", "%s",
		    route->is_post ? "POST" : "GET, HEAD");
		api_reply_error(&c, 405, "Method Not Allowed");
		return HTTP_ANSWERED;
	}
	seats_close(c.api->seats, !request->may_wait);
	route->handle(&c);
	return c.outcome;
}

unsigned int
api_news(void *api)
{
	return seats_generation(((struct api *)api)->seats);
}

bool
api_is_refused(const struct api *api, const struct platform_key *key)
{
	return api->refused.is_set &&
	    api->refused.generation == seats_generation(api->seats) &&
	    platform_key_equal(key, &api->refused.key);
}

bool
api_park(struct call *c, const struct platform_key *key,
    unsigned int generation, struct fault *f)
{
	/* one that may not wait is refused whether a seat is free or not */
	if (c->request->may_wait)
		c->api->refused = (struct refused){ true, generation, *key };
	if (c->request->may_park) {
		c->outcome = HTTP_PARK;
		return true;
	}
	fault_set(f, FAULT_COLLATERAL_UNAVAILABLE, "collateral: as many "
	    "processes as may are waiting for a source");
	return false;
}

static int
read_trust_and_policy(const struct config *config, struct trust *trust,
    struct policy *policy, struct fault *f)
{
	if (file_read_trust(trust, config->root_ca, f) < 0)
		return fault_prefix(f, "ATTESTRY_ROOT_CA");
	if (policy_read(policy, config->tcb_policy, f) < 0)
		return fault_prefix(f, "ATTESTRY_TCB_POLICY");
	return 0;
}

/*
 * A fixed instant beside Intel's trust anchor: only in a database where no
 * verdict was reached by the clock.
 */
static int
check_fixed_time(struct store *store, const struct config *config,
    const struct trust *trust, struct fault *f)
{
	struct trust intel;
	bool has_real;

	trust_set_intel(&intel);
	if (config->fixed_time < 0 || !trust_equal(trust, &intel))
		return 0;
	if (store_has_real_time_verdicts(store, &has_real, f) < 0)
		return fault_prefix(f, "ATTESTRY_TIME");
	if (has_real)
		return fault_set(f, FAULT_INTERNAL,
		    "ATTESTRY_TIME: this database holds verdicts reached by "
		    "the real clock; use another database, or the clock");
	return 0;
}

int
api_check_config(const struct config *config, struct fault *f)
{
	struct store *store = NULL;
	struct trust trust;
	struct policy policy;
	bool is_up;
	int r = -1;

	if (crypto_self_test(f) < 0 ||
	    read_trust_and_policy(config, &trust, &policy, f) < 0)
		return -1;
	if (store_new(&store, config->database, f) < 0)
		return fault_prefix(f, "ATTESTRY_DATABASE");
	is_up = store_is_up(store, f);
	if (!is_up)
		log_event(LOG_LEVEL_ERROR, "database_down",
		    LOG_TEXT("message", f->message));
	else if (store_check(store, f) < 0 || (!config->any_durability &&
		store_check_durability(store, f) < 0))
		goto out;
	r = check_fixed_time(store, config, &trust, f);
out:
	store_free(store);
	return r;
}

/* The same in every process, so that they count in the same places. */
static void
name_metrics(struct api *api)
{
	size_t i;

	metrics_set_num_sources(api->metrics, pcs_num_sources(api->pcs));
	for (i = 0; i < NUM(api_routes); i++)
		metrics_add_route(api->metrics, api_routes[i].name);
	for (i = 0; i < NUM(routes); i++)
		metrics_add_route(api->metrics, routes[i].name);
}

int
api_new(struct api **out, const struct config *config, struct seats *seats,
    struct metrics *metrics, struct suspects *suspects, struct fault *f)
{
	struct pcs_settings pcs = pcs_settings_of(config);
	struct collateral_cache_settings cache = {
		.ttl_s = config->collateral_ttl_s,
		.unknown_s = config->pcs_unknown_s,
		.wait_ms = config->pcs_timeout_ms,
		.fixed_at = config->fixed_time,
	};
	struct api *api = calloc(1, sizeof(*api));

	if (api == NULL)
		return fault_set_memory(f);
	api->config = config;
	api->seats = seats;
	api->metrics = metrics;
	if (read_trust_and_policy(config, &api->judge.trust,
		&api->judge.policy, f) < 0 ||
	    store_new(&api->store, config->database, f) < 0 ||
	    breaker_new(&api->breaker, api->store, config->pcs_pause_s,
		f) < 0)
		goto fail;
	if (!config->any_durability)
		store_demand_durability(api->store);
	pcs.gate = breaker_gate(api->breaker);
	pcs.metrics = metrics;
	if (pcs_new(&api->pcs, &pcs, f) < 0)
		goto fail;
	api->store_read = api->store;
	if (config->database_read != NULL &&
	    store_new(&api->store_read, config->database_read, f) < 0)
		goto fail;
	cache.store = api->store;
	cache.pcs = api->pcs;
	cache.breaker = api->breaker;
	cache.trust = api->judge.trust;
	cache.seats = seats;
	cache.metrics = metrics;
	cache.witness = &api->witness;
	if (collateral_cache_new(&api->cache, &cache, f) < 0 ||
	    known_new(&api->judge.known, &api->judge.trust, f) < 0)
		goto fail;
	api->judge.config = config;
	api->judge.store = api->store;
	api->judge.cache = api->cache;
	api->judge.pcs = api->pcs;
	api->judge.seats = api->seats;
	api->judge.witness = &api->witness;
	api->judge.metrics = metrics;
	api->judge.suspects = suspects;
	name_metrics(api);
	*out = api;
	return 0;
fail:
	api_free(api);
	return -1;
}

void
api_free(struct api *api)
{
	if (api == NULL)
		return;
	known_free(api->judge.known);
	collateral_cache_free(api->cache);
	pcs_free(api->pcs);
	breaker_free(api->breaker);
	if (api->store_read != api->store)
		store_free(api->store_read);
	store_free(api->store);
	free(api);
}

const struct judge *
api_judge(const struct api *api)
{
	return &api->judge;
}
