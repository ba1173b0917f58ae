#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "pcs.h"
#include "render.h"

int
cli_fetch_collateral(struct collateral_text *out, const struct config *config,
    const struct quote *q, const struct pck *pck, struct fault *f)
{
	struct pcs_settings settings = pcs_settings_of(config);
	struct platform_key key = { .tee = q->tee, .ca = pck->ca };
	struct pcs *pcs = NULL;
	int r;

	memcpy(key.fmspc, pck->fmspc, sizeof(key.fmspc));
	if (pcs_new(&pcs, &settings, f) < 0)
		return -1;
	r = pcs_fetch(pcs, &key, PCS_ALL_DOCUMENTS, out, NULL, f);
	pcs_free(pcs);
	return r;
}

int
cli_read_pck(struct pck *out, struct cli_quote *in,
    struct pck_chain_text *chain, const struct cli_setup *s,
    struct fault *f)
{
	struct pcs_settings settings = pcs_settings_of(&s->config);
	struct pcs *pcs = NULL;
	int r;

	if (!pck_fetch_is_needed(&in->quote))
		return verify_read_pck(out, &in->quote, &s->trust, NULL, f);
	if (pcs_new(&pcs, &settings, f) < 0)
		return -1;
	r = pck_fetch_chain(pcs, &in->quote, &s->trust, chain, out, f);
	pcs_free(pcs);
	if (r == 0)
		pck_fetch_attach(&in->quote, chain);
	return r;
}

static int
write_collateral(const struct collateral_text *text, const char *path,
    struct fault *f)
{
	FILE *out = path == NULL ? stdout : fopen(path, "w");
	int r;

	if (out == NULL)
		return fault_set(f, FAULT_INTERNAL,
		    "%s: cannot be written", path);
	r = cli_print_json(out, render_collateral(text));
	if (out != stdout && fclose(out) != 0)
		r = -1;
	return r < 0 ? fault_set(f, FAULT_INTERNAL,
	    "collateral: cannot be written") : 0;
}

enum cli_status
cli_collateral(const struct cli_options *o)
{
	struct collateral_text text = { 0 };
	struct cli_setup s;
	struct cli_quote in;
	struct pck_chain_text chain;
	struct pck pck;
	struct fault f = { 0 };
	enum cli_status status = CLI_VERIFIED;

	if (o->mirror != NULL)
		return cli_mirror(o);
	if (cli_read_setup(&s, o, &f) < 0)
		return cli_complain(CLI_USAGE, &f);
	if (cli_read_quote(&in, o->quote, &f) < 0)
		status = cli_complain(cli_status_of_fault(&f), &f);
	else if (cli_read_pck(&pck, &in, &chain, &s, &f) < 0)
		status = cli_complain(f.code == FAULT_INTERNAL ||
		    f.code == FAULT_COLLATERAL_UNAVAILABLE ?
		    CLI_UNDECIDED : CLI_REFUSED, &f);
	else if (cli_fetch_collateral(&text, &s.config, &in.quote, &pck,
		&f) < 0 ||
	    write_collateral(&text, o->output, &f) < 0)
		status = cli_complain(CLI_UNDECIDED, &f);
	collateral_text_clear(&text);
	free(in.file);
	return status;
}
