/*
 * Real quotes with real Intel collateral, through the library. The corpus is
 * a folder outside the project, named by ATTESTRY_CORPUS: index.json tells
 * for each quote the collateral, the instant, and what other verifiers say.
 * Where we differ from those, tests/corpus_known.txt says so and why.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "worlds.h"

#define FILE_LEN_MAX (1 << 20)
#define PATH_LEN_MAX 4096

static const char *corpus;
static char *listed; /* the text of corpus_known.txt */
static struct known *known; /* what all pairs before have shown */

/* The whole of a file, with a NUL behind it; the caller frees. */
static struct bytes
load(const char *folder, const char *name)
{
	char path[PATH_LEN_MAX];
	uint8_t *data = calloc(1, FILE_LEN_MAX + 1);
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (file == NULL || data == NULL) {
		perror(path);
		exit(99);
	}
	len = fread(data, 1, FILE_LEN_MAX, file);
	fclose(file);
	return (struct bytes){ data, len };
}

static char *
load_known(void)
{
	const char *srcdir = getenv("top_srcdir");

	return (char *)load(srcdir == NULL ? "." : srcdir,
	    "tests/corpus_known.txt").ptr;
}

static const char *
text_of(struct json_object *object, const char *name)
{
	return json_object_get_string(json_object_object_get(object, name));
}

static bool
text_equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* As sets; the expected ones are absent where verifiers disagree. */
static bool
advisories_equal(const struct advisories *have, struct json_object *want)
{
	size_t i, k;

	if (want == NULL)
		return true;
	if (json_object_array_length(want) != have->num)
		return false;
	for (i = 0; i < have->num; i++) {
		const char *id = json_object_get_string(
		    json_object_array_get_idx(want, i));

		for (k = 0; k < have->num; k++)
			if (strcmp(have->id[k], id) == 0)
				break;
		if (k == have->num)
			return false;
	}
	return true;
}

/* What corpus_known.txt has for a pair under this key; NULL: nothing. */
static char *
find_known(const char *name, const char *file, const char *key)
{
	char line_start[512], *found;

	snprintf(line_start, sizeof(line_start), "\n%s %s %s=", name, file,
	    key);
	found = strstr(listed, line_start);
	if (found == NULL)
		return NULL;
	found += strlen(line_start);
	return strndup(found, strcspn(found, "\n"));
}

/* Puts what is known in place of what the index expects. */
static void
replace_expected(struct json_object *expect, const char *name,
    const char *file)
{
	static const char *const keys[] = { "reason", "tcb_status" };
	struct json_object *ids;
	char *value, *rest, *id;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		value = find_known(name, file, keys[i]);
		if (value != NULL)
			json_object_object_add(expect, keys[i],
			    json_object_new_string(value));
		free(value);
	}
	value = find_known(name, file, "advisory_ids");
	if (value == NULL)
		return;
	ids = json_object_new_array();
	for (id = strtok_r(value, ",", &rest); id != NULL;
	     id = strtok_r(NULL, ",", &rest))
		json_object_array_add(ids, json_object_new_string(id));
	free(value);
	json_object_object_add(expect, "advisory_ids", ids);
}

static struct collateral *
load_collateral(const char *name, const struct trust *trust)
{
	struct bytes file = load(corpus, name);
	struct collateral_text text;
	struct collateral *c;
	struct fault f = { 0 };

	if (collateral_text_read(&text, file, &f) < 0 ||
	    collateral_adopt_new(&c, &text, trust, &f) < 0) {
		fprintf(stderr, "%s: %s\n", name, f.message);
		exit(99);
	}
	free((void *)file.ptr);
	return c;
}

static void
print_pair(const char *file, struct bytes quote, const struct verdict *v)
{
	struct bytes text = load(corpus, file);

	world_print("", quote, (const char *)text.ptr, NULL, v->verified_at, v);
	free((void *)text.ptr);
}

static void
test_pair(const char *name, struct bytes quote, const struct quote *q,
    struct json_object *pair)
{
	struct json_object *expect = json_object_object_get(pair, "expect");
	const char *file = text_of(pair, "collateral");
	struct collateral *c;
	struct policy policy;
	struct verdict v;
	struct trust trust;
	struct fault f = { 0 };
	bool good;

	replace_expected(expect, name, file);
	trust_set_intel(&trust);
	c = load_collateral(file, &trust);
	good = policy_read(&policy, POLICY_DEFAULT, &f) == 0 &&
	    verify_quote(&v, q, c, &trust, &policy,
		json_object_get_int64(json_object_object_get(pair, "at")),
		known, &f) == 0;
	if (good)
		print_pair(file, quote, &v);
	good = good &&
	    v.verified == json_object_get_boolean(
		json_object_object_get(expect, "verified")) &&
	    text_equal(fault_reason(v.fault.code), text_of(expect, "reason")) &&
	    text_equal(tcb_status_name(v.tcb_status),
		text_of(expect, "tcb_status")) &&
	    advisories_equal(&v.advisories,
		json_object_object_get(expect, "advisory_ids"));
	if (!ok(good, "%s with %s", name, file))
		tap_note("have %s %s %s, %zu advisories (%s), want %s",
		    v.verified ? "verified" : "refused",
		    fault_reason(v.fault.code),
		    tcb_status_name(v.tcb_status), v.advisories.num,
		    v.fault.message, json_object_to_json_string(expect));
	collateral_free(c);
}

/* What the quote itself says, and its facts as the index has them. */
static void
test_quote(struct json_object *entry)
{
	const char *name = text_of(entry, "name");
	struct json_object *pairs = json_object_object_get(entry, "pairs");
	struct bytes file = load(corpus, name);
	char fmspc[2 * FMSPC_LEN + 1] = "";
	struct fault f = { 0 };
	struct trust trust;
	struct quote q;
	struct pck pck;
	size_t i;
	int cert_type = json_object_get_int(
	    json_object_object_get(entry, "cert_type"));

	trust_set_intel(&trust);
	ok(quote_parse(&q, file, &f) == 0, "%s is a quote%s%s", name,
	    f.code == FAULT_NONE ? "" : ": ", f.message);
	if (cert_type == CERT_DATA_PCK_CHAIN) {
		if (verify_read_pck(&pck, &q, &trust, known, &f) == 0)
			hex_encode(fmspc, BYTES_OF(pck.fmspc));
		ok(text_equal(fmspc, text_of(entry, "fmspc")) &&
		    text_equal(pck_ca_name(pck.ca), text_of(entry, "ca")),
		    "%s: FMSPC %s, %s CA%s%s", name, text_of(entry, "fmspc"),
		    text_of(entry, "ca"), f.code == FAULT_NONE ? "" : ": ",
		    f.message);
	} else {
		ok(verify_read_pck(&pck, &q, &trust, known, &f) < 0 &&
		    f.code == FAULT_MISSING_CERTIFICATES,
		    "%s: has no PCK chain", name);
	}
	for (i = 0; i < json_object_array_length(pairs); i++)
		test_pair(name, file, &q,
		    json_object_array_get_idx(pairs, i));
	free((void *)file.ptr);
}

int
main(void)
{
	struct json_object *index, *quotes;
	struct trust trust;
	struct fault f;
	char path[PATH_LEN_MAX];
	size_t i;

	corpus = getenv("ATTESTRY_CORPUS");
	if (corpus == NULL || corpus[0] == '\0')
		tap_skip_all("ATTESTRY_CORPUS names no folder of real quotes");
	snprintf(path, sizeof(path), "%s/index.json", corpus);
	index = json_object_from_file(path);
	if (index == NULL)
		tap_skip_all("ATTESTRY_CORPUS has no readable index.json");
	listed = load_known();
	trust_set_intel(&trust);
	if (known_new(&known, &trust, &f) < 0)
		return 1;
	quotes = json_object_object_get(index, "quotes");
	for (i = 0; i < json_object_array_length(quotes); i++)
		test_quote(json_object_array_get_idx(quotes, i));
	json_object_put(index);
	known_free(known);
	free(listed);
	return tap_done();
}
