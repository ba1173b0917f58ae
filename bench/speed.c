/*
 * bench/speed: how many quotes one core verifies a second, from their bytes to
 * the verdict, against what cannot be left out.
 *
 *	speed SECONDS [FIGURE...]
 *
 * Floor and figure take turns in short rounds, so that whatever else the
 * machine does hits both; what is told is the medians. Time is this thread's
 * on a processor, not the clock's. Standard output: a line of JSON a figure.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gnutls/crypto.h>

#include "bare.h"
#include "quotes.h"
#include "worlds.h"

#define QUOTES_NUM 32
#define ROUNDS_MIN 3
#define ROUNDS_MAX 2000
#define DAYS 30
/* The floor's table: a power of two. */
#define SLOTS_NUM 1024

struct figure {
	const char *name;
	enum freshness freshness; /* among the quotes of a round */
	int signatures;	/* the floor's; 0: one SHA-256 and one lookup */
	bool is_seen;	/* all quotes were judged before the round */
	int passes;	/* over the quotes, in a round */
};

static const struct figure figures[] = {
	{ "verify-new-platform", FRESH_LEAF, 3, false, 1 },
	{ "verify-known-leaf", FRESH_BLOCK, 2, false, 1 },
	{ "verify-known-block", FRESH_REPORT, 1, false, 1 },
	{ "verify-known-checksum", FRESH_REPORT, 0, true, 20 },
};

#define FIGURES_NUM (sizeof(figures) / sizeof(figures[0]))

struct slot {
	bool is_used;
	uint8_t checksum[SHA256_LEN];
};

struct bench {
	struct mint_world world;
	struct trust trust;
	struct collateral *collateral;
	struct policy policy;
	struct known *known;
	struct bare bare;
	/* of this round; the first one is seen before it */
	struct bytes quotes[1 + QUOTES_NUM];
	uint64_t next;
	struct slot slots[SLOTS_NUM];
};

static void
die(const char *what, const struct fault *f)
{
	errx(1, "%s: %s", what, f->message);
}

static double
cpu_seconds(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) < 0)
		err(1, "no clock of this thread");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- the figure ---------------------------------------------------------- */

/* As a worker does it; the database has the verdict on what is known. */
static void
judge(const struct bench *b, struct bytes upload)
{
	const struct known_verdict none = { .collateral_id = { 0 } };
	uint8_t checksum[SHA256_LEN];
	struct verdict v;
	struct quote q;
	struct fault f = { 0 };

	if (quote_parse(&q, upload, &f) < 0 ||
	    sha256(&upload, 1, checksum, &f) < 0)
		die("a quote", &f);
	if (known_find_verdict(b->known, checksum) != NULL)
		return;
	if (verify_quote(&v, &q, b->collateral, &b->trust, &b->policy,
		MINT_NOW, b->known, &f) < 0)
		die("a quote", &f);
	if (!v.verified)
		die("a quote is refused", &v.fault);
	known_add_verdict(b->known, checksum, &none);
}

static double
run_figure(struct bench *b, const struct figure *figure)
{
	double begin;
	int pass, i;

	judge(b, b->quotes[0]);
	for (i = 1; figure->is_seen && i <= QUOTES_NUM; i++)
		judge(b, b->quotes[i]);
	begin = cpu_seconds();
	for (pass = 0; pass < figure->passes; pass++)
		for (i = 1; i <= QUOTES_NUM; i++)
			judge(b, b->quotes[i]);
	return cpu_seconds() - begin;
}

/* --- the floor ----------------------------------------------------------- */

static struct slot *
find_slot(struct bench *b, const uint8_t checksum[static SHA256_LEN])
{
	uint32_t at;
	struct slot *slot;

	memcpy(&at, checksum, sizeof(at));
	for (;; at++) {
		slot = &b->slots[at % SLOTS_NUM];
		if (!slot->is_used ||
		    memcmp(slot->checksum, checksum, SHA256_LEN) == 0)
			return slot;
	}
}

static struct slot *
look_up(struct bench *b, struct bytes upload, uint8_t *checksum)
{
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, upload.ptr, upload.len,
	    checksum) < 0)
		errx(1, "SHA-256");
	return find_slot(b, checksum);
}

static void
fill_slots(struct bench *b)
{
	uint8_t checksum[SHA256_LEN];
	struct slot *slot;
	int i;

	memset(b->slots, 0, sizeof(b->slots));
	for (i = 1; i <= QUOTES_NUM; i++) {
		slot = look_up(b, b->quotes[i], checksum);
		slot->is_used = true;
		memcpy(slot->checksum, checksum, sizeof(checksum));
	}
}

static double
run_floor(struct bench *b, const struct figure *figure)
{
	uint8_t checksum[SHA256_LEN];
	double begin = cpu_seconds();
	bool good = true;
	int pass, i;

	for (pass = 0; pass < figure->passes; pass++)
		for (i = 1; i <= QUOTES_NUM; i++)
			good &= figure->signatures > 0 ?
			    bare_verify(&b->bare, figure->signatures) :
			    look_up(b, b->quotes[i], checksum)->is_used;
	if (!good)
		errx(1, "%s: the floor fails", figure->name);
	return cpu_seconds() - begin;
}

/* --- rounds -------------------------------------------------------------- */

/* Other ones than ever before. */
static void
take_quotes(struct bench *b, enum freshness freshness)
{
	uint8_t *copy;
	int i;

	for (i = 0; i <= QUOTES_NUM; i++) {
		quotes_next(&b->world, freshness, b->next++);
		copy = malloc(b->world.quote_len);
		if (copy == NULL)
			err(1, "no memory");
		memcpy(copy, b->world.quote, b->world.quote_len);
		free((void *)b->quotes[i].ptr);
		b->quotes[i] = (struct bytes){ copy, b->world.quote_len };
	}
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, int num)
{
	qsort(values, (size_t)num, sizeof(*values), compare);
	return values[num / 2];
}

static void
measure(struct bench *b, const struct figure *figure, double seconds)
{
	static double floors[ROUNDS_MAX], values[ROUNDS_MAX],
	    ratios[ROUNDS_MAX];
	double end = cpu_seconds() + seconds;
	double quotes = QUOTES_NUM * figure->passes;
	int n;

	for (n = 0; n < ROUNDS_MAX &&
	    (n < ROUNDS_MIN || cpu_seconds() < end); n++) {
		take_quotes(b, figure->freshness);
		fill_slots(b);
		floors[n] = quotes / run_floor(b, figure);
		values[n] = quotes / run_figure(b, figure);
		ratios[n] = values[n] / floors[n];
	}
	printf("{\"figure\":\"%s\",\"floor\":%.1f,\"value\":%.1f,"
	    "\"ratio\":%.4f,\"rounds\":%d}\n", figure->name,
	    median(floors, n), median(values, n), median(ratios, n), n);
	fflush(stdout);
}

static void
begin(struct bench *b)
{
	struct fault f = { 0 };

	quotes_begin(&b->world, MINT_NOW, DAYS);
	world_trust(&b->trust, &b->world);
	b->collateral = world_collateral_new(&b->world, &b->trust);
	if (policy_read(&b->policy, POLICY_DEFAULT, &f) < 0)
		die("policy", &f);
	if (known_new(&b->known, &b->trust, &f) < 0)
		die("no memory", &f);
	bare_init(&b->bare);
}

static void
end(struct bench *b)
{
	struct mint *mint = b->world.mint;
	int i;

	for (i = 0; i <= QUOTES_NUM; i++)
		free((void *)b->quotes[i].ptr);
	known_free(b->known);
	collateral_free(b->collateral);
	mint_world_clear(&b->world);
	mint_free(mint);
}

/* Whether it is among the names, or there are none. */
static bool
is_wanted(const struct figure *figure, char **names)
{
	char **name;

	for (name = names; *name != NULL; name++)
		if (strcmp(*name, figure->name) == 0)
			return true;
	return *names == NULL;
}

int
main(int argc, char **argv)
{
	static struct bench b;
	double seconds;
	size_t i;

	seconds = argc >= 2 ? strtod(argv[1], NULL) : 0;
	if (seconds <= 0 || seconds > 600)
		errx(64, "usage: speed SECONDS [FIGURE...]");
	begin(&b);
	for (i = 0; i < FIGURES_NUM; i++)
		if (is_wanted(&figures[i], argv + 2))
			measure(&b, &figures[i], seconds);
	end(&b);
	return 0;
}
