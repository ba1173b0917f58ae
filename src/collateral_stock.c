#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collateral_stock.h"
#include "log.h"

#define BIT(kind) (1u << (kind))

/* The root CA's CRL first: the others' signers are looked up in it. */
static const enum pcs_document kinds[PCS_DOCUMENT__MAX] = {
	PCS_ROOT_CA_CRL, PCS_PCK_CRL, PCS_TCB_INFO, PCS_QE_IDENTITY
};

/* The documents being read, and what they are held against. */
struct reading {
	const struct stock_settings *settings;
	const struct stock_search *search;
	struct document_context context;
	struct crl root_ca_crl; /* owned; context points to it when read */
};

static void
reading_init(struct reading *r, const struct stock_settings *settings,
    const struct stock_search *search)
{
	*r = (struct reading){
		.settings = settings,
		.search = search,
		.context = { &search->key, &settings->trust, NULL },
	};
}

static void
reading_clear(struct reading *r)
{
	crl_clear(&r->root_ca_crl);
	r->context.root_ca_crl = NULL;
}

/* From now on, signers are looked up in this root CA's CRL. */
static int
reading_set_root_ca_crl(struct reading *r, const struct collateral_text *text,
    struct fault *f)
{
	reading_clear(r);
	if (document_read_root_ca_crl(&r->root_ca_crl, text,
		&r->settings->trust, f) < 0)
		return -1;
	r->context.root_ca_crl = &r->root_ca_crl;
	return 0;
}

/*
 * Returns 0 when the document verifies and is inside its dates, else -1; its
 * order is read whenever it verifies.
 */
static int
read_good(struct document *out, struct reading *r, enum pcs_document kind,
    const struct collateral_text *text, struct fault *f)
{
	if (document_read(out, kind, text, &r->context, f) < 0)
		return -1;
	/* One of the future, too: it may be the clock that is behind. */
	if (r->settings->witness != NULL)
		clock_witness_see(r->settings->witness,
		    out->validity.not_before);
	return document_check_time(out, kind, r->search->at, f);
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* How long it need not be fetched; at most 0: it is wanted. */
static int64_t
fresh_ms(const struct stored_document *stored, const struct document *d,
    const struct reading *r)
{
	const struct stock_search *search = r->search;
	int64_t ttl_ms = (int64_t)r->settings->ttl_s * 1000;

	if (stored->fixed_at != r->settings->fixed_at)
		return 0;
	if (d->validity.not_after - search->at < search->margin_s &&
	    stored->age_ms > clock_ms() - search->since_ms)
		return 0;
	return ttl_ms - stored->age_ms;
}

static int
judge(struct stock *stock, struct reading *r, enum pcs_document kind,
    const struct stored_document *stored, struct fault *f)
{
	int64_t missed_ms = (int64_t)r->settings->unknown_s * 1000 -
	    stored->missed_ms;
	int64_t left_ms = 0;
	struct document *d = &stock->document[kind];
	bool is_good = false;

	if (stored->is_there) {
		stock->known |= BIT(kind);
		is_good = read_good(d, r, kind, &stock->text, f) == 0;
		if (!is_good && f->code == FAULT_INTERNAL)
			return -1;
		d->order = stored->order;
	}
	if (is_good) {
		stock->good |= BIT(kind);
		left_ms = fresh_ms(stored, d, r);
	}
	if (left_ms <= 0 && missed_ms > 0) {
		stock->missed |= BIT(kind);
		left_ms = missed_ms;
	}
	if (left_ms <= 0) {
		stock->wanted |= BIT(kind);
		left_ms = 0;
	}
	stock->fresh_ms = smaller(stock->fresh_ms, left_ms);
	return 0;
}

/*
 * Where there is no document yet, as after an update: what version 1 of the
 * schema fetched for this platform as a whole.
 */
static int
load_version_1(struct stored_documents *stored, struct reading *r,
    struct fault *f)
{
	struct stored_collateral old = { .age_ms = 0 };
	struct document d;
	int i, found;

	found = store_get_collateral(r->settings->store, &r->search->key, &old,
	    f);
	if (found <= 0)
		return found;
	for (i = 0; i < PCS_DOCUMENT__MAX; i++) {
		if (stored->document[i].is_there)
			continue;
		if (document_read(&d, (enum pcs_document)i, &old.text,
			&r->context, f) < 0) {
			if (f->code == FAULT_INTERNAL)
				break;
			continue;
		}
		stored->document[i].is_there = true;
		stored->document[i].order = d.order;
		stored->document[i].age_ms = old.age_ms;
		stored->document[i].fixed_at = old.fixed_at;
		document_move(&stored->text, &old.text, (enum pcs_document)i);
	}
	stored_collateral_clear(&old);
	return i < PCS_DOCUMENT__MAX ? -1 : 0;
}

static bool
has_all(const struct stored_documents *stored)
{
	int i;

	for (i = 0; i < PCS_DOCUMENT__MAX; i++)
		if (!stored->document[i].is_there)
			return false;
	return true;
}

/* With a reading that is left set to the root CA's CRL at hand. */
static int
load(struct stock *stock, struct reading *r, struct fault *f)
{
	struct stored_documents stored;
	int i;

	stock_clear(stock);
	if (store_get_documents(r->settings->store, r->settings->trust_id,
		&r->search->key, -1, &stored, f) < 0)
		return -1;
	if (!has_all(&stored) && load_version_1(&stored, r, f) < 0) {
		collateral_text_clear(&stored.text);
		return -1;
	}
	stock->text = stored.text;
	stock->fresh_ms = INT64_MAX;
	if (stored.document[PCS_ROOT_CA_CRL].is_there &&
	    reading_set_root_ca_crl(r, &stock->text, f) < 0 &&
	    f->code == FAULT_INTERNAL)
		return -1;
	for (i = 0; i < PCS_DOCUMENT__MAX; i++)
		if (judge(stock, r, kinds[i], &stored.document[kinds[i]],
			f) < 0)
			return -1;
	return 0;
}

int
stock_load(struct stock *stock, const struct stock_settings *settings,
    const struct stock_search *search, struct fault *f)
{
	struct reading r;
	int result;

	reading_init(&r, settings, search);
	result = load(stock, &r, f);
	reading_clear(&r);
	return result;
}

void
stock_clear(struct stock *stock)
{
	collateral_text_clear(&stock->text);
	*stock = (struct stock){ .fresh_ms = 0 };
}

/* Documents that sources offer, and what becomes of them. */
struct offer {
	struct reading *r;
	const struct stock *stock; /* what is at hand */
	unsigned int taken;
	unsigned int older; /* than what is at hand, and not taken */
	int num_kept;
};

static void
log_refusal(const char *name, const struct fault *f)
{
	log_event(LOG_LEVEL_WARNING, "document_refused",
	    LOG_TEXT("document", name),
	    LOG_TEXT("reason", fault_reason(f->code)),
	    LOG_TEXT("message", f->message));
}

/* What is at hand serves on. */
static int
refuse_older(struct offer *o, enum pcs_document kind, const char *name,
    const struct document_order *offered, struct fault *f)
{
	const struct document_order *have = &o->stock->document[kind].order;
	const struct stock_settings *s = o->r->settings;
	char number[2][2 * CRL_NUMBER_LEN + 1];
	int64_t count;

	o->older |= BIT(kind);
	if (store_put_miss(s->store, s->trust_id, &o->r->search->key, kind,
		DOCUMENT_OLDER, &count, f) < 0)
		return -1;
	hex_encode(number[0], BYTES_OF(have->number));
	hex_encode(number[1], BYTES_OF(offered->number));
	log_event(LOG_LEVEL_WARNING, "document_older",
	    LOG_TEXT("document", name),
	    LOG_TEXT("number", number[1]),
	    LOG_NUMBER("issued_at", offered->issued_at),
	    LOG_TEXT("number_at_hand", number[0]),
	    LOG_NUMBER("issued_at_at_hand", have->issued_at),
	    LOG_NUMBER("count", count));
	return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
	    "%s: older than the one that is stored", name);
}

/* Returns 0 when it is taken, or -1. */
static int
take(struct offer *o, enum pcs_document kind,
    const struct collateral_text *text, struct fault *f)
{
	const struct stock_settings *s = o->r->settings;
	const struct platform_key *key = &o->r->search->key;
	char name[DOCUMENT_NAME_LEN_MAX];
	struct document d;
	int kept = 0;

	document_name(kind, key, name);
	if (read_good(&d, o->r, kind, text, f) < 0) {
		log_refusal(name, f);
		return -1;
	}
	if ((o->stock->known & BIT(kind)) == 0 || document_order_compare(
		&d.order, &o->stock->document[kind].order) >= 0)
		kept = store_put_document(s->store, s->trust_id, key, kind,
		    &d, text, s->fixed_at, f);
	if (kept == 0)
		return refuse_older(o, kind, name, &d.order, f);
	if (kept < 0 || (kind == PCS_ROOT_CA_CRL &&
		reading_set_root_ca_crl(o->r, text, f) < 0))
		return -1;
	o->taken |= BIT(kind);
	o->older &= ~BIT(kind);
	o->num_kept++;
	log_event(LOG_LEVEL_INFO, "document_fetch", LOG_TEXT("document", name));
	return 0;
}

/*
 * Takes what is good of what a source has served. The source has done well
 * when nothing is missing any more; -1 with the first fault when not.
 */
static int
take_all(void *ctx, const struct platform_key *key, unsigned int wanted,
    const struct collateral_text *text, struct fault *f)
{
	struct fault first = { 0 };
	struct offer *o = ctx;
	int i;

	(void)key;
	for (i = 0; i < PCS_DOCUMENT__MAX; i++) {
		if ((wanted & ~o->taken & BIT(kinds[i])) == 0 ||
		    take(o, kinds[i], text, f) == 0)
			continue;
		if (f->code == FAULT_INTERNAL)
			return -1;
		if (first.code == FAULT_NONE)
			first = *f;
	}
	if (first.code == FAULT_NONE)
		return 0;
	*f = first;
	return -1;
}

/* The documents are ours to fetch. */
static int
renew(struct stock *stock, struct reading *r, unsigned int asked,
    int *out_num_kept, struct fault *f)
{
	const struct stock_settings *s = r->settings;
	struct offer o = { .r = r, .stock = stock };
	struct collateral_text text = { { NULL } };
	struct fault why = { 0 };
	bool is_unknown;
	int64_t count;

	breaker_begin(s->breaker, take_all, &o);
	if (pcs_fetch(s->pcs, &r->search->key, asked, &text, &is_unknown,
		&why) == 0)
		collateral_text_clear(&text); /* all of it was taken */
	*out_num_kept = o.num_kept;
	if (breaker_end(s->breaker, f) < 0)
		return -1;
	*f = why;
	if (why.code == FAULT_INTERNAL)
		return -1;
	if (is_unknown && store_put_miss(s->store, s->trust_id,
		&r->search->key, PCS_TCB_INFO, DOCUMENT_UNKNOWN, &count,
		f) < 0)
		return -1;
	/* That sources have nothing newer is no failure. */
	return (asked & ~o.taken & ~o.older) == 0 ? 0 : -1;
}

int
stock_fetch(struct stock *stock, const struct stock_settings *settings,
    const struct stock_search *search, unsigned int *out_asked,
    int *out_num_kept, struct fault *f)
{
	struct fault end = { 0 };
	unsigned int locked;
	struct reading r;
	int result = -1;
	bool keep;

	*out_asked = 0;
	*out_num_kept = 0;
	if (store_lock_documents(settings->store, settings->trust_id,
		&search->key, stock->wanted, &locked, f) < 0)
		return -1;
	reading_init(&r, settings, search);
	/* Another may have fetched them before we had them locked. */
	if (locked != 0 && load(stock, &r, f) < 0)
		goto out;
	*out_asked = stock->wanted & locked;
	if (*out_asked != 0 &&
	    renew(stock, &r, *out_asked, out_num_kept, f) < 0)
		goto out;
	result = 0;
out:
	reading_clear(&r);
	keep = result == 0 || f->code != FAULT_INTERNAL;
	if (store_unlock(settings->store, keep, &end) < 0 && keep) {
		*f = end;
		result = -1;
	}
	return result;
}
