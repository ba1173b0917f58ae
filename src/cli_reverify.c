#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "instant.h"
#include "render.h"
#include "store_reverify.h"

#define RATE_DEFAULT 100
#define RATE_MAX 1000000
/* Between two states of the file that a run is resumed from. */
#define PLACE_MS 1000
#define BAR_LEN 30

struct reverify {
	struct cli_run run;
	struct cli_selection selection;
	struct reverify_settings settings;
	struct reverify_place place;
	struct reverify_counts counts;
	const char *resume; /* path, or NULL */
	int64_t written_ms;
	int64_t num_groups; /* there are; known on a terminal only */
};

/* ---- options ---- */

static int
refuse(struct fault *f, const char *option, const char *want,
    const char *have)
{
	return fault_set(f, FAULT_INTERNAL, "%s: want %s, have %s", option,
	    want, have);
}

static int
read_options(struct reverify *r, const struct cli_options *o, struct fault *f)
{
	struct reverify_settings *s = &r->settings;
	struct cli_selection *selection = &r->selection;

	s->at = -1;
	s->rate = RATE_DEFAULT;
	selection->all = o->all != NULL;
	selection->has_fmspc = o->fmspc != NULL;
	r->resume = o->resume;
	if (o->since != NULL && !instant_parse_us(bytes_of_string(o->since),
		&selection->since_us))
		return refuse(f, "--since", "an instant such as "
		    "2026-06-15T12:00:00Z", o->since);
	if (o->fmspc != NULL && !hex_decode(selection->fmspc, FMSPC_LEN,
		bytes_of_string(o->fmspc)))
		return refuse(f, "--fmspc", "12 hex digits", o->fmspc);
	if (o->at != NULL && !instant_parse(bytes_of_string(o->at), &s->at))
		return refuse(f, "--at", "an instant such as "
		    "2026-06-15T12:00:00Z", o->at);
	if (o->rate != NULL && !cli_parse_number(o->rate, 0, RATE_MAX,
		&s->rate))
		return refuse(f, "--rate", "quotes a second, 0 for as many "
		    "as can be", o->rate);
	if (o->at != NULL && (o->resume != NULL || o->all != NULL))
		return fault_set(f, FAULT_INTERNAL, "--at: goes through all "
		    "quotes and keeps nothing: want no --all, no --resume");
	s->all = selection->all;
	s->since_us = selection->since_us;
	s->fmspc = selection->has_fmspc ? selection->fmspc : NULL;
	return 0;
}

/* ---- while it runs ---- */

/*
 * How far it is, from 0 to 1: by platforms, and within one by the checksum,
 * whose first bytes are spread evenly.
 */
static double
share_done(const struct reverify *r)
{
	double done = (double)r->counts.num_groups;

	if (r->num_groups <= 0)
		return 0;
	if (r->place.has_checksum)
		done += (r->place.checksum[0] * 256 + r->place.checksum[1]) /
		    65536.0;
	return done < (double)r->num_groups ? done / (double)r->num_groups : 1;
}

static void
show(struct reverify *r)
{
	static const char full[] = "##############################";
	static const char empty[] = "..............................";
	double share = share_done(r);
	int len = (int)(share * BAR_LEN);

	cli_run_show(&r->run, "reverify: [%.*s%.*s] %3d%%  %" PRId64
	    " judged, %" PRId64 " changed", len, full, BAR_LEN - len, empty,
	    (int)(share * 100), r->counts.num_judged, r->counts.num_changed);
}

static void
write_place(struct reverify *r)
{
	struct fault f;

	r->written_ms = clock_ms();
	if (cli_place_write(r->resume, &r->selection, &r->place, &f) < 0)
		cli_complain(CLI_UNDECIDED, &f);
}

static bool
wait_for(void *ctx, int64_t ms)
{
	struct reverify *r = ctx;

	return cli_run_wait(&r->run, ms);
}

static void
tell(void *ctx)
{
	struct reverify *r = ctx;

	show(r);
	if (r->resume != NULL && clock_ms() - r->written_ms >= PLACE_MS)
		write_place(r);
}

/* A line of JSON each. */
static int
print(void *ctx, const uint8_t *checksum, const struct verdict *v,
    const uint8_t *collateral_id)
{
	struct json_text text = render_judgement(checksum, v, collateral_id);
	int r = text.ptr != NULL && printf("%s\n", text.ptr) >= 0 ? 0 : -1;

	(void)ctx;
	free(text.ptr);
	return r;
}

/* ---- the command ---- */

static int
count_groups(struct reverify *r, struct fault *f)
{
	if (!r->run.is_terminal)
		return 0;
	if (store_count_platforms(r->run.judge->store, r->settings.fmspc,
		&r->num_groups, f) < 0)
		return -1;
	if (r->settings.fmspc == NULL)
		r->num_groups += 2; /* those without a platform */
	return 0;
}

static enum cli_status
run_all(struct reverify *r, const char **out_how)
{
	const struct reverify_counts *c = &r->counts;
	struct fault f = { 0 };
	int done;

	done = count_groups(r, &f);
	if (done == 0)
		done = reverify_run(&r->settings, &r->place, &r->counts, &f);
	if (r->resume != NULL && done != 0)
		write_place(r);
	else if (r->resume != NULL)
		(void)unlink(r->resume);
	*out_how = done == 0 ? "" : done == 1 ? "interrupted after " :
						"broken off after ";
	if (done < 0)
		return cli_complain(CLI_UNDECIDED, &f);
	return done == 0 && c->num_quotes_failed == 0 &&
	    c->num_platforms_failed == 0 ? CLI_VERIFIED : CLI_UNDECIDED;
}

static void
print_summary(const struct reverify *r, const char *how)
{
	const struct reverify_counts *c = &r->counts;

	/* Standard output is for the lines of --at. */
	fprintf(r->settings.at < 0 ? stdout : stderr, "reverify: %s%" PRId64
	    " judged, %" PRId64 " changed, %" PRId64 " quotes and %" PRId64
	    " platforms failed\n", how, c->num_judged, c->num_changed,
	    c->num_quotes_failed, c->num_platforms_failed);
}

enum cli_status
cli_reverify(const struct cli_options *o)
{
	struct reverify r = { 0 };
	struct fault f = { 0 };
	enum cli_status status;
	const char *how;

	if (read_options(&r, o, &f) < 0 ||
	    (r.resume != NULL && cli_place_read(r.resume, &r.selection,
		&r.place, &f) < 0))
		return cli_complain(CLI_USAGE, &f);
	status = cli_run_begin(&r.run, o);
	if (status == CLI_VERIFIED) {
		r.settings.judge = r.run.judge;
		r.settings.wait = wait_for;
		r.settings.tell = tell;
		r.settings.print = print;
		r.settings.ctx = &r;
		status = run_all(&r, &how);
		print_summary(&r, how);
		if (fflush(stdout) != 0)
			status = CLI_UNDECIDED;
	}
	cli_run_end(&r.run);
	return status;
}
