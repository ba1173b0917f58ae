/*
 * Fetches collateral for tests/test_pcs.py with one client:
 *
 *	pcs_fetch URLS ROOT_CA_CRL_URL TIMEOUT_MS CONNECT_TIMEOUT_MS UPDATE
 *
 * reads lines and answers each with one line of JSON:
 *
 *	fetch TEE FMSPC CA WANTED	the fields, or the fault as "reason" and
 *					"message"; and what the gate was told
 *	pck FILE			"pck_chain" for the quote in that file,
 *					or the fault
 *	shut URL			from now on the gate lets it through no
 *					more; "-" for all
 *	doubt TEXT			the gate finds collateral with TEXT in
 *					its TCB info unfit
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "file.h"
#include "pcs.h"

struct gate_state {
	char shut[256];
	char doubt[256];
	struct json_object *told; /* [[source, outcome, seconds], …] */
};

static bool
may_ask(void *ctx, const char *source)
{
	struct gate_state *g = ctx;

	return strcmp(g->shut, source) != 0;
}

static void
tell(void *ctx, const char *source, enum pcs_outcome outcome,
    long retry_after_s)
{
	static const char *const words[] = { "good", "unknown", "busy",
		"failed" };
	struct gate_state *g = ctx;
	struct json_object *a = json_object_new_array();

	json_object_array_add(a, json_object_new_string(source));
	json_object_array_add(a, json_object_new_string(words[outcome]));
	json_object_array_add(a, json_object_new_int64(retry_after_s));
	json_object_array_add(g->told, a);
}

static int
check(void *ctx, const struct platform_key *key, unsigned wanted,
    const struct collateral_text *t, struct fault *f)
{
	struct gate_state *g = ctx;

	(void)key;
	if ((wanted & 1u << PCS_TCB_INFO) == 0 || g->doubt[0] == '\0' ||
	    strstr(t->field[COLLATERAL_TCB_INFO], g->doubt) == NULL)
		return 0;
	return fault_set(f, FAULT_BAD_COLLATERAL, "unfit");
}

static void
print_member(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void
print_line(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	fflush(stdout);
	json_object_put(o);
}

static struct json_object *
answer_new(int r, const struct fault *f)
{
	struct json_object *o = json_object_new_object();

	if (r != 0) {
		print_member(o, "reason", fault_reason(f->code));
		print_member(o, "message", f->message);
	}
	return o;
}

static bool
read_key(const char *line, struct platform_key *key, unsigned *wanted)
{
	char tee[8], fmspc[16], ca[16];

	if (sscanf(line, "fetch %7s %15s %15s %u", tee, fmspc, ca,
		wanted) != 4)
		return false;
	key->tee = strcmp(tee, "tdx") == 0 ? TEE_TDX : TEE_SGX;
	key->ca = strcmp(ca, "platform") == 0 ? PCK_CA_PLATFORM
					      : PCK_CA_PROCESSOR;
	return hex_decode(key->fmspc, FMSPC_LEN, bytes_of_string(fmspc));
}

static void
fetch(struct pcs *p, const struct platform_key *key, unsigned wanted,
    struct gate_state *g)
{
	struct collateral_text t = { 0 };
	struct json_object *o;
	struct fault f;
	bool is_unknown;
	int r, i;

	g->told = json_object_new_array();
	r = pcs_fetch(p, key, wanted, &t, &is_unknown, &f);
	o = answer_new(r, &f);
	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		if (t.field[i] != NULL)
			print_member(o, collateral_field_names[i], t.field[i]);
	json_object_object_add(o, "unknown",
	    json_object_new_boolean(is_unknown));
	json_object_object_add(o, "told", g->told);
	print_line(o);
	collateral_text_clear(&t);
}

static bool
fetch_pck(struct pcs *p, const char *path, struct gate_state *g)
{
	struct json_object *o;
	struct bytes file;
	struct quote q;
	struct fault f;
	char *chain = NULL;
	int r;

	if (file_read_new(&file, path, QUOTE_LEN_MAX, &f) < 0 ||
	    quote_parse(&q, file, &f) < 0)
		return false;
	g->told = json_object_new_array();
	r = pcs_fetch_pck_chain(p, &q, &chain, &f);
	o = answer_new(r, &f);
	if (r == 0)
		print_member(o, "pck_chain", chain);
	json_object_object_add(o, "told", g->told);
	print_line(o);
	free(chain);
	free((void *)file.ptr);
	return true;
}

int
main(int argc, char **argv)
{
	struct gate_state g = { 0 };
	struct pcs_gate gate = { may_ask, tell, &g, check };
	struct pcs_settings s = { .gate = &gate };
	struct platform_key key;
	struct pcs *p = NULL;
	struct fault f;
	char line[512], path[256];
	unsigned wanted;

	if (argc != 6)
		return 64;
	s.urls = argv[1];
	s.crl_url = argv[2];
	s.timeout_ms = strtol(argv[3], NULL, 10);
	s.connect_timeout_ms = strtol(argv[4], NULL, 10);
	s.early = strcmp(argv[5], "early") == 0;
	if (pcs_new(&p, &s, &f) != 0) {
		print_line(answer_new(-1, &f));
		return 1;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (read_key(line, &key, &wanted))
			fetch(p, &key, wanted, &g);
		else if (sscanf(line, "shut %255s", g.shut) == 1 ||
		    sscanf(line, "doubt %255s", g.doubt) == 1)
			print_line(answer_new(0, NULL));
		else if (sscanf(line, "pck %255s", path) != 1 ||
		    !fetch_pck(p, path, &g))
			return 64;
	}
	pcs_free(p);
	return 0;
}
