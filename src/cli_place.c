#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "cli.h"
#include "file.h"
#include "json.h"
#include "json_builder.h"

#define PLACE_FILE_LEN_MAX 4096

/* ---- writing ---- */

static void
add_place(struct json_builder *b, const struct reverify_place *place)
{
	const struct platform_key *key = &place->group.key;

	if (!place->has_group)
		return;
	json_add_number(b, "tee", key->tee);
	if (place->group.has_platform) {
		json_add_bare_hex(b, "fmspc", BYTES_OF(key->fmspc));
		json_add_number(b, "ca", key->ca);
	}
	if (!place->has_checksum)
		return;
	json_add_bare_hex(b, "checksum", BYTES_OF(place->checksum));
	json_add_number(b, "is_whole", place->is_whole);
	json_add_bare_hex(b, "collateral_id", BYTES_OF(place->collateral_id));
	json_add_number(b, "began_at_us", place->began_at_us);
	json_add_number(b, "num_same", place->num_same);
}

static struct json_text
render(const struct cli_selection *selection,
    const struct reverify_place *place)
{
	struct json_builder b = { 0 };

	json_begin_object(&b, NULL);
	json_add_number(&b, "all", selection->all);
	json_add_number(&b, "since_us", selection->since_us);
	if (selection->has_fmspc)
		json_add_bare_hex(&b, "only_fmspc",
		    BYTES_OF(selection->fmspc));
	add_place(&b, place);
	json_end_object(&b);
	return json_finish(&b);
}

/* On disk before it takes the old one's place. */
static int
write_text(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");
	bool good;

	if (out == NULL)
		return -1;
	good = fprintf(out, "%s\n", text) >= 0 && fflush(out) == 0 &&
	    fsync(fileno(out)) == 0;
	return fclose(out) == 0 && good ? 0 : -1;
}

int
cli_place_write(const char *path, const struct cli_selection *selection,
    const struct reverify_place *place, struct fault *f)
{
	struct json_text text = render(selection, place);
	char new_path[PATH_MAX];
	int len, r = -1;

	len = snprintf(new_path, sizeof(new_path), "%s.new", path);
	if (len < 0 || (size_t)len >= sizeof(new_path))
		fault_set(f, FAULT_INTERNAL, "--resume: too long a path");
	else if (text.ptr == NULL || write_text(new_path, text.ptr) < 0 ||
	    rename(new_path, path) < 0)
		fault_set(f, FAULT_INTERNAL, "--resume: %s cannot be "
		    "written: %s", path, strerror(errno));
	else
		r = 0;
	free(text.ptr);
	return r;
}

/* ---- reading ---- */

static bool
get_flag(struct json_object *o, const char *name, bool *out)
{
	long n;

	if (!json_get_number(o, name, 0, 1, &n))
		return false;
	*out = n != 0;
	return true;
}

static bool
get_number(struct json_object *o, const char *name, int64_t *out)
{
	long n;

	if (!json_get_number(o, name, 0, LONG_MAX, &n))
		return false;
	*out = n;
	return true;
}

static bool
read_selection(struct json_object *o, struct cli_selection *out)
{
	out->has_fmspc = json_has(o, "only_fmspc");
	return get_flag(o, "all", &out->all) &&
	    get_number(o, "since_us", &out->since_us) &&
	    (!out->has_fmspc ||
		json_get_hex(o, "only_fmspc", out->fmspc, FMSPC_LEN));
}

static bool
read_group(struct json_object *o, struct reverify_group *out)
{
	long tee, ca;

	if (!json_get_number(o, "tee", 0, TEE_TDX, &tee) ||
	    (tee != TEE_SGX && tee != TEE_TDX))
		return false;
	out->key.tee = (enum tee)tee;
	out->has_platform = json_has(o, "fmspc");
	if (!out->has_platform)
		return true;
	if (!json_get_hex(o, "fmspc", out->key.fmspc, FMSPC_LEN) ||
	    !json_get_number(o, "ca", 0, PCK_CA_PLATFORM, &ca))
		return false;
	out->key.ca = (enum pck_ca)ca;
	return true;
}

static bool
read_place(struct json_object *o, struct reverify_place *out)
{
	*out = (struct reverify_place){ 0 };
	out->has_group = json_has(o, "tee");
	if (!out->has_group)
		return true;
	if (!read_group(o, &out->group))
		return false;
	out->has_checksum = json_has(o, "checksum");
	return !out->has_checksum ||
	    (json_get_hex(o, "checksum", out->checksum, SHA256_LEN) &&
		get_flag(o, "is_whole", &out->is_whole) &&
		json_get_hex(o, "collateral_id", out->collateral_id,
		    SHA256_LEN) &&
		get_number(o, "began_at_us", &out->began_at_us) &&
		get_number(o, "num_same", &out->num_same));
}

static bool
selection_equal(const struct cli_selection *a, const struct cli_selection *b)
{
	return a->all == b->all && a->since_us == b->since_us &&
	    a->has_fmspc == b->has_fmspc &&
	    (!a->has_fmspc || memcmp(a->fmspc, b->fmspc, FMSPC_LEN) == 0);
}

int
cli_place_read(const char *path, const struct cli_selection *selection,
    struct reverify_place *place, struct fault *f)
{
	struct cli_selection found = { 0 };
	struct json_object *o = NULL;
	struct bytes file;
	int r = 0;

	*place = (struct reverify_place){ 0 };
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (file_read_new(&file, path, PLACE_FILE_LEN_MAX, f) < 0)
		return fault_prefix(f, "--resume");
	if (json_parse_new(&o, file, "place", f) < 0 ||
	    !read_selection(o, &found) || !read_place(o, place))
		r = fault_set(f, FAULT_INTERNAL, "--resume: %s: want what an "
		    "interrupted reverify left there", path);
	else if (!selection_equal(&found, selection))
		r = fault_set(f, FAULT_INTERNAL, "--resume: %s was left by a "
		    "run with another --all, --since or --fmspc; use those, "
		    "or remove the file", path);
	json_object_put(o);
	free((void *)file.ptr);
	return r;
}
