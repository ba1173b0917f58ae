/*
 * Fetches collateral for tests/test_pcs.py with one client:
 *
 *	pcs_fetch URL ROOT_CA_CRL_URL TIMEOUT_MS
 *
 * reads lines "tdx 90c06f000000 platform" and answers each with one line of
 * JSON: the nine fields, or the fault as "reason" and "message".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "pcs.h"

static void
print_member(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void
print_answer(int r, const struct collateral_text *t, const struct fault *f)
{
	struct json_object *o = json_object_new_object();
	int i;

	if (r != 0) {
		print_member(o, "reason", fault_reason(f->code));
		print_member(o, "message", f->message);
	} else
		for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
			print_member(o, collateral_field_names[i], t->field[i]);
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	fflush(stdout);
	json_object_put(o);
}

static bool
read_key(const char *line, struct platform_key *key)
{
	char tee[8], fmspc[16], ca[16];

	if (sscanf(line, "%7s %15s %15s", tee, fmspc, ca) != 3)
		return false;
	key->tee = strcmp(tee, "tdx") == 0 ? TEE_TDX : TEE_SGX;
	key->ca = strcmp(ca, "platform") == 0 ? PCK_CA_PLATFORM
					      : PCK_CA_PROCESSOR;
	return hex_decode(key->fmspc, FMSPC_LEN, bytes_of_string(fmspc));
}

int
main(int argc, char **argv)
{
	struct pcs_settings s = { 0 };
	struct collateral_text t = { 0 };
	struct platform_key key;
	struct pcs *p = NULL;
	struct fault f;
	char line[128];
	int r;

	if (argc != 4)
		return 64;
	s.url = argv[1];
	s.crl_url = argv[2];
	s.timeout_ms = strtol(argv[3], NULL, 10);
	if (pcs_new(&p, &s, &f) != 0) {
		print_answer(-1, &t, &f);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (!read_key(line, &key))
			return 64;
		r = pcs_fetch_collateral(p, &key, &t, &f);
		print_answer(r, &t, &f);
		collateral_text_clear(&t);
	}
	pcs_free(p);
	return 0;
}
