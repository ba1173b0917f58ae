#include <stdio.h>

#include "cli.h"
#include "mirror.h"

/* One FMSPC, and a line about it. */
static enum cli_status
mirror_one(struct mirror *m, const char *name)
{
	uint8_t fmspc[FMSPC_LEN];
	bool has[MIRROR_TEE__MAX];
	struct fault f = { 0 };

	if (!hex_decode(fmspc, sizeof(fmspc), bytes_of_string(name)))
		return CLI_USAGE; /* has been complained of */
	if (mirror_add(m, fmspc, has, &f) < 0) {
		fault_prefix(&f, name);
		return cli_complain(CLI_UNDECIDED, &f);
	}
	printf("%s:%s%s\n", name, has[MIRROR_SGX] ? " SGX" : "",
	    has[MIRROR_TDX] ? " TDX" : "");
	return CLI_VERIFIED;
}

static bool
are_fmspcs(char *const *names, struct fault *f)
{
	uint8_t fmspc[FMSPC_LEN];

	for (; *names != NULL; names++)
		if (!hex_decode(fmspc, sizeof(fmspc),
			bytes_of_string(*names))) {
			fault_set(f, FAULT_INTERNAL,
			    "FMSPC: want %d hex digits, have \"%.40s\"",
			    2 * FMSPC_LEN, *names);
			return false;
		}
	return true;
}

enum cli_status
cli_mirror(const struct cli_options *o)
{
	enum cli_status status = CLI_VERIFIED, one;
	struct pcs_settings settings;
	struct pcs *pcs = NULL;
	struct mirror *m = NULL;
	struct cli_setup s;
	struct fault f = { 0 };
	char *const *name;

	if (!are_fmspcs(o->arguments, &f) || cli_read_setup(&s, o, &f) < 0)
		return cli_complain(CLI_USAGE, &f);
	settings = pcs_settings_of(&s.config);
	if (pcs_new(&pcs, &settings, &f) < 0 ||
	    mirror_new(&m, pcs, &s.trust, s.at, o->mirror, &f) < 0) {
		pcs_free(pcs);
		return cli_complain(CLI_UNDECIDED, &f);
	}
	for (name = o->arguments; *name != NULL; name++) {
		one = mirror_one(m, *name);
		if (one != CLI_VERIFIED)
			status = one;
	}
	mirror_free(m);
	pcs_free(pcs);
	return status;
}
