#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "pcs.h"
#include "pcs_file.h"
#include "pcs_http.h"

#define SEPARATORS " \t\r\n,"

struct source {
	char *name;	      /* its URL as configured */
	struct pcs_urls urls; /* of a PCS or PCCS */
	char *folder;	      /* of a file: source, else NULL */
	int64_t patience_ms;  /* not to be asked before, by clock_ms */
};

struct pcs {
	struct source sources[PCS_SOURCES_NUM_MAX];
	size_t num_sources;
	struct pcs_client client;
	long timeout_ms, connect_timeout_ms;
	bool early;
	const struct pcs_gate *gate;
	struct metrics *metrics;
};

static int
add_source(struct pcs *p, const char *name, size_t len, const char *crl_url,
    struct fault *f)
{
	struct source *s = &p->sources[p->num_sources];

	if (p->num_sources == PCS_SOURCES_NUM_MAX)
		return fault_set(f, FAULT_INTERNAL,
		    "PCS URL: want at most %d sources, have more",
		    PCS_SOURCES_NUM_MAX);
	p->num_sources++;
	s->name = strndup(name, len);
	if (s->name == NULL)
		return fault_set_memory(f);
	return pcs_url_is_file(s->name) ?
	    pcs_url_path_new(&s->folder, s->name, f) :
	    pcs_urls_read(&s->urls, s->name, crl_url, f);
}

static int
pcs_init(struct pcs *p, const struct pcs_settings *s, struct fault *f)
{
	const char *url;
	size_t len;

	if (s->timeout_ms <= 0 || s->connect_timeout_ms <= 0)
		return fault_set(f, FAULT_INTERNAL,
		    "PCS timeout: want more than 0 ms, have %ld, and %ld for "
		    "a connection", s->timeout_ms, s->connect_timeout_ms);
	p->timeout_ms = s->timeout_ms;
	p->connect_timeout_ms = s->connect_timeout_ms;
	p->early = s->early;
	p->gate = s->gate;
	p->metrics = s->metrics;
	if (pcs_client_init(&p->client, f) < 0)
		return -1;
	for (url = s->urls; ; url += len) {
		url += strspn(url, SEPARATORS);
		len = strcspn(url, SEPARATORS);
		if (len == 0)
			break;
		if (add_source(p, url, len, s->crl_url, f) < 0)
			return -1;
	}
	if (p->num_sources == 0)
		return fault_set(f, FAULT_INTERNAL,
		    "PCS URL: want one at least, have none");
	return 0;
}

struct pcs_settings
pcs_settings_of(const struct config *c)
{
	return (struct pcs_settings){
		.urls = c->pcs_urls,
		.crl_url = c->pcs_crl_url,
		.timeout_ms = c->pcs_timeout_ms,
		.connect_timeout_ms = c->pcs_connect_timeout_ms,
		.early = c->pcs_early,
	};
}

int
pcs_new(struct pcs **out, const struct pcs_settings *settings, struct fault *f)
{
	struct pcs *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return fault_set_memory(f);
	if (pcs_init(p, settings, f) != 0) {
		pcs_free(p);
		return -1;
	}
	*out = p;
	return 0;
}

size_t
pcs_num_sources(const struct pcs *p)
{
	return p->num_sources;
}

void
pcs_free(struct pcs *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->num_sources; i++) {
		free(p->sources[i].name);
		free(p->sources[i].folder);
		pcs_urls_clear(&p->sources[i].urls);
	}
	pcs_client_free(&p->client);
	free(p);
}

/* What all sources are asked for, and how it goes. */
struct question {
	/* Asks one; what comes of it goes into the members that follow. */
	int (*ask)(struct pcs *p, const struct source *s,
	    const struct pcs_limits *limits, struct question *q,
	    struct pcs_end *end, struct fault *f);

	/* For documents of a platform. */
	const struct platform_key *key;
	unsigned wanted;
	struct collateral_text text;

	/* For a PCK chain. */
	const struct encrypted_ppid *ppid;
	char *pck_chain;

	int64_t deadline_ms;
	size_t num_unknown; /* answered that there is none */
	size_t num_known;   /* of FMSPC: answered, and not that */
	size_t num_failed;  /* gave no answer, or were not asked */
	struct fault why;   /* why it is not there yet, of each source */
};

/* One sentence behind the other; the last one's code counts. */
static void
note_failure(struct question *q, const struct fault *f)
{
	struct fault before = q->why;

	q->why = *f;
	if (before.code != FAULT_NONE)
		fault_set(&q->why, f->code, "%.*s; then %s",
		    FAULT_MESSAGE_LEN_MAX / 2, before.message, f->message);
}

static bool
may_ask(const struct pcs *p, const struct source *s, struct question *q)
{
	int64_t patience_ms = s->patience_ms - clock_ms();
	struct fault f;

	if (patience_ms > 0)
		fault_set(&f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s: asked for patience, another %lld s of it", s->name,
		    (long long)(patience_ms + 999) / 1000);
	else if (p->gate != NULL && !p->gate->may_ask(p->gate->ctx, s->name))
		fault_set(&f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s: failed too often, is left alone for now", s->name);
	else
		return true;
	q->num_failed++;
	note_failure(q, &f);
	metrics_count_skip(p->metrics, (size_t)(s - p->sources));
	return false;
}

/*
 * An equal share of what is left, for this source and those behind it that may
 * make us wait: a folder does not, nor does one that asked for patience.
 */
static struct pcs_limits
share(const struct pcs *p, const struct source *s, const struct question *q)
{
	int64_t now = clock_ms(), left = q->deadline_ms - now;
	const struct source *other;
	struct pcs_limits limits;
	int num = 1;

	for (other = s + 1; other < p->sources + p->num_sources; other++)
		if (other->folder == NULL && other->patience_ms <= now)
			num++;
	limits.span_ms = (long)(left / num);
	limits.deadline_ms = now + limits.span_ms;
	limits.connect_ms = limits.span_ms < p->connect_timeout_ms ?
	    limits.span_ms : p->connect_timeout_ms;
	return limits;
}

/* Asks one source and takes note of how it went. */
static int
ask_and_tell(struct pcs *p, struct source *s, struct question *q,
    struct fault *f)
{
	struct pcs_limits limits = share(p, s, q);
	struct pcs_end end = { .outcome = PCS_FAILED };
	int r;

	if (limits.span_ms <= 0 && s->folder == NULL) {
		fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s: no time is left to ask it", s->name);
		q->num_failed++;
		note_failure(q, f);
		return -1; /* and no fault of the source */
	}
	r = q->ask(p, s, &limits, q, &end, f);
	if (r < 0 && f->code == FAULT_INTERNAL)
		return -1; /* ours, and says nothing about the source */
	metrics_count_fetch(p->metrics, (size_t)(s - p->sources),
	    end.outcome);
	if (end.outcome == PCS_BUSY)
		s->patience_ms = clock_ms() + 1000 * end.retry_after_s;
	if (p->gate != NULL)
		p->gate->tell(p->gate->ctx, s->name, end.outcome,
		    end.retry_after_s);
	if (r == 0)
		return 0;
	if (end.outcome != PCS_UNKNOWN)
		q->num_failed++;
	else if (end.is_fmspc_unknown || q->ppid != NULL)
		q->num_unknown++;
	else
		q->num_known++;
	note_failure(q, f);
	return -1;
}

static int
ask_in_order(struct pcs *p, struct question *q, struct fault *f)
{
	struct source *s;

	q->deadline_ms = clock_ms() + p->timeout_ms;
	for (s = p->sources; s < p->sources + p->num_sources; s++) {
		if (!may_ask(p, s, q))
			continue;
		if (ask_and_tell(p, s, q, f) == 0)
			return 0;
		if (f->code == FAULT_INTERNAL)
			return -1;
	}
	*f = q->why;
	return -1;
}

static int
ask_documents(struct pcs *p, const struct source *s,
    const struct pcs_limits *limits, struct question *q, struct pcs_end *end,
    struct fault *f)
{
	int r;

	collateral_text_clear(&q->text);
	r = s->folder != NULL
	    ? pcs_file_fetch(s->folder, q->key, q->wanted, &q->text, end, f)
	    : pcs_http_fetch(&p->client, &s->urls, q->key, q->wanted,
		p->early, limits, &q->text, end, f);
	if (r < 0 || p->gate == NULL || p->gate->check == NULL ||
	    p->gate->check(p->gate->ctx, q->key, q->wanted, &q->text, f) == 0)
		return r;
	end->outcome = PCS_FAILED;
	return fault_prefix(f, s->name);
}

int
pcs_fetch(struct pcs *p, const struct platform_key *key, unsigned wanted,
    struct collateral_text *out, bool *out_unknown, struct fault *f)
{
	struct question q = {
		.ask = ask_documents,
		.key = key,
		.wanted = wanted,
	};
	int r = ask_in_order(p, &q, f);

	if (out_unknown != NULL)
		*out_unknown = r < 0 && q.num_unknown > 0 && q.num_known == 0;
	if (r == 0)
		*out = q.text;
	else
		collateral_text_clear(&q.text);
	return r;
}

static int
ask_pck_chain(struct pcs *p, const struct source *s,
    const struct pcs_limits *limits, struct question *q, struct pcs_end *end,
    struct fault *f)
{
	if (s->folder == NULL)
		return pcs_http_fetch_pck_chain_new(&p->client, &s->urls,
		    q->ppid, limits, &q->pck_chain, end, f);
	end->outcome = PCS_UNKNOWN;
	return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
	    "%s: a folder has no PCK certificates", s->name);
}

int
pcs_fetch_pck_chain(struct pcs *p, const struct quote *quote, char **out,
    struct fault *f)
{
	struct encrypted_ppid ppid;
	struct question q = { .ask = ask_pck_chain, .ppid = &ppid };

	if (encrypted_ppid_read(&ppid, quote, f) < 0)
		return -1;
	if (ask_in_order(p, &q, f) == 0) {
		*out = q.pck_chain;
		return 0;
	}
	/* While one is silent it may yet have it. */
	if (f->code != FAULT_INTERNAL)
		f->code = q.num_failed == 0 ? FAULT_MISSING_CERTIFICATES :
		    FAULT_COLLATERAL_UNAVAILABLE;
	return -1;
}
