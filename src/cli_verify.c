#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "clock.h"
#include "file.h"
#include "render.h"

/* Nine texts, the longest ones escaped. */
#define COLLATERAL_FILE_LEN_MAX (8 << 20)

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

/* issued_at: of the newest thing in hand, 0 when there is none */
static int
check_clock(const struct cli_setup *s, time_t issued_at, struct fault *f)
{
	return s->by_clock ? clock_check(s->at, CLOCK_BUILT_AT, issued_at, f) :
	    0;
}

/*
 * For a quote whose PCK chain names no platform, any collateral will do.
 *
 * is_fetched	then what is wrong with the collateral says nothing about the
 *		quote, and there is no verdict
 */
static int
judge(struct verdict *v, struct collateral_text *text, bool is_fetched,
    const struct cli_setup *s, const struct quote *q, struct fault *f)
{
	struct collateral *c;
	int r;

	if (collateral_adopt_new(&c, text, &s->trust, f) < 0)
		return -1;
	if (c->fault.code == FAULT_NONE &&
	    check_clock(s, c->issued_at, f) < 0) {
		collateral_free(c);
		return -1;
	}
	*f = c->fault;
	if (is_fetched && (f->code != FAULT_NONE ||
	    collateral_check_time(c, s->at, f) < 0)) {
		f->code = FAULT_COLLATERAL_UNAVAILABLE;
		r = -1;
	} else {
		r = verify_quote(v, q, c, &s->trust, &s->policy, s->at, NULL, f);
	}
	collateral_free(c);
	return r;
}

/*
 * Fills the verdict, or, with -1, its fault. A quote without a PCK chain of
 * ours is refused before collateral is asked for.
 */
static int
decide(struct verdict *v, struct cli_quote *in, struct pck_chain_text *chain,
    const struct cli_setup *s, const struct cli_options *o, struct fault *f)
{
	struct collateral_text text = { 0 };
	struct pck pck;

	if (check_clock(s, 0, f) < 0)
		return -1;
	if (o->collateral != NULL) {
		if (read_collateral_file(&text, o->collateral, f) < 0)
			return -1;
		return judge(v, &text, false, s, &in->quote, f);
	}
	if (cli_read_pck(&pck, in, chain, s, f) < 0) {
		if (f->code == FAULT_INTERNAL ||
		    f->code == FAULT_COLLATERAL_UNAVAILABLE)
			return -1;
		verdict_set_refused(v, f, s->at);
		return 0;
	}
	if (cli_fetch_collateral(&text, &s->config, &in->quote, &pck, f) < 0) {
		/* The source's fault, not an unreadable file's. */
		if (f->code == FAULT_BAD_COLLATERAL)
			f->code = FAULT_COLLATERAL_UNAVAILABLE;
		return -1;
	}
	return judge(v, &text, true, s, &in->quote, f);
}

enum cli_status
cli_verify(const struct cli_options *o)
{
	struct cli_setup s;
	struct cli_quote in;
	struct pck_chain_text chain;
	struct verdict v = { 0 };
	struct fault f = { 0 };
	enum cli_status status;

	if (cli_read_setup(&s, o, &f) < 0)
		return cli_complain(CLI_USAGE, &f);
	if (cli_read_quote(&in, o->quote, &f) == 0 &&
	    decide(&v, &in, &chain, &s, o, &f) == 0) {
		status = v.verified ? CLI_VERIFIED : CLI_REFUSED;
	} else {
		status = cli_status_of_fault(&f);
		verdict_set_refused(&v, &f, s.at);
	}
	if (cli_print_json(stdout, render_report(
		in.has_checksum ? in.checksum : NULL,
		in.is_quote ? &in.quote : NULL, &v)) < 0)
		status = CLI_UNDECIDED;
	free(in.file);
	return status;
}

enum cli_status
cli_show(const struct cli_options *o)
{
	struct cli_setup s;
	struct cli_quote in;
	struct pck pck;
	struct fault f = { 0 };
	enum cli_status status = CLI_VERIFIED;
	bool has_pck;

	if (cli_read_setup(&s, o, &f) < 0)
		return cli_complain(CLI_USAGE, &f);
	if (cli_read_quote(&in, o->quote, &f) < 0) {
		free(in.file);
		return cli_complain(cli_status_of_fault(&f), &f);
	}
	has_pck = verify_read_pck(&pck, &in.quote, &s.trust, NULL, &f) == 0;
	if (cli_print_json(stdout, render_show(in.checksum, &in.quote,
		has_pck ? &pck : NULL)) < 0)
		status = CLI_UNDECIDED;
	free(in.file);
	return status;
}
