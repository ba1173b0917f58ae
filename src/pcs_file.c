#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "json.h"
#include "json_builder.h"
#include "pcs_file.h"

#define NAME_LEN_MAX 64

static const char *
tee_word(enum tee tee)
{
	return tee == TEE_TDX ? "tdx" : "sgx";
}

static void
file_name(enum pcs_document d, const struct platform_key *key,
    char out[static NAME_LEN_MAX])
{
	const char *field = collateral_field_names[pcs_documents[d].text];
	char fmspc[2 * FMSPC_LEN + 1];

	switch (d) {
	case PCS_PCK_CRL:
		snprintf(out, NAME_LEN_MAX, "%s-%s.json", field,
		    pck_ca_name(key->ca));
		break;
	case PCS_TCB_INFO:
		hex_encode(fmspc, BYTES_OF(key->fmspc));
		snprintf(out, NAME_LEN_MAX, "%s-%s-%s.json", field,
		    tee_word(key->tee), fmspc);
		break;
	case PCS_QE_IDENTITY:
		snprintf(out, NAME_LEN_MAX, "%s-%s.json", field,
		    tee_word(key->tee));
		break;
	case PCS_ROOT_CA_CRL:
	case PCS_DOCUMENT__MAX:
		snprintf(out, NAME_LEN_MAX, "%s.json", field);
		break;
	}
}

/* All of a descriptor, up to the maximum. */
static int
read_all_new(int fd, struct bytes *out, struct fault *f)
{
	struct stat st;
	uint8_t *data;
	size_t len = 0, size;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE, "%s",
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "want a plain file, have something else");
	if (st.st_size > PCS_FILE_LEN_MAX)
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "want at most %d bytes, have %lld", PCS_FILE_LEN_MAX,
		    (long long)st.st_size);
	/* What grows meanwhile is cut, and then is not JSON. */
	size = (size_t)st.st_size;
	data = malloc(size + 1);
	if (data == NULL)
		return fault_set_memory(f);
	while (len < size && (n = read(fd, data + len, size - len)) != 0) {
		if (n < 0) {
			free(data);
			return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
			    "%s", strerror(errno));
		}
		len += (size_t)n;
	}
	*out = (struct bytes){ data, len };
	return 0;
}

/*
 * One file of the folder. No link is followed and nothing waits for what is
 * not a file.
 *
 * Returns 1, 0 when there is none, or -1.
 */
static int
read_file_new(int folder, const char *name, struct bytes *out,
    struct fault *f)
{
	int fd = openat(folder, name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	int r;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE, "%s",
		    errno == ELOOP ? "want a plain file, have a link" :
		    strerror(errno));
	r = read_all_new(fd, out, f);
	close(fd);
	return r < 0 ? -1 : 1;
}

static int
take_field(struct json_object *json, enum collateral_field field,
    size_t len_max, struct collateral_text *out, struct fault *f)
{
	const char *name = collateral_field_names[field];
	struct bytes text;

	if (!json_get_text(json, name, &text) || text.len == 0 ||
	    memchr(text.ptr, '\0', text.len) != NULL)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: want a text", name);
	if (text.len > len_max)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: want at most %zu bytes, have %zu", name, len_max,
		    text.len);
	out->field[field] = strndup((const char *)text.ptr, text.len);
	return out->field[field] != NULL ? 0 : fault_set_memory(f);
}

static int
read_document(enum pcs_document d, struct bytes file,
    struct collateral_text *out, struct fault *f)
{
	const struct pcs_document_form *form = &pcs_documents[d];
	struct json_object *json;
	int r;

	if (json_parse_new(&json, file, form->name, f) < 0)
		return -1;
	/* In hex a CRL is twice as long as it is. */
	r = take_field(json, form->text, form->member != NULL ?
	    form->len_max : 2 * form->len_max, out, f);
	if (r == 0 && form->signature != form->text)
		r = take_field(json, form->signature, PCS_HEADERS_LEN_MAX,
		    out, f);
	if (r == 0 && form->chain != form->text)
		r = take_field(json, form->chain, PCS_HEADERS_LEN_MAX, out, f);
	json_object_put(json);
	return r;
}

static int
fetch_document(int folder, enum pcs_document d, const struct platform_key *key,
    struct collateral_text *out, struct pcs_end *end, struct fault *f)
{
	char name[NAME_LEN_MAX];
	struct bytes file;
	int r;

	file_name(d, key, name);
	r = read_file_new(folder, name, &file, f);
	if (r == 0) {
		end->outcome = PCS_UNKNOWN;
		end->is_fmspc_unknown = d == PCS_TCB_INFO;
		fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "want a file of this name, have none");
	} else if (r > 0) {
		r = read_document(d, file, out, f);
		free((void *)file.ptr);
		if (r == 0)
			return 0;
	}
	return fault_prefix(f, name);
}

int
pcs_file_fetch(const char *folder, const struct platform_key *key,
    unsigned wanted, struct collateral_text *out, struct pcs_end *out_end,
    struct fault *f)
{
	int fd = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY), d, r = 0;

	*out_end = (struct pcs_end){ .outcome = PCS_FAILED };
	if (fd < 0)
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE, "%s: %s",
		    folder, strerror(errno));
	/* The TCB info first: whether that is there, callers ask. */
	if ((wanted & 1u << PCS_TCB_INFO) != 0)
		r = fetch_document(fd, PCS_TCB_INFO, key, out, out_end, f);
	for (d = 0; r == 0 && d < PCS_DOCUMENT__MAX; d++)
		if ((wanted & 1u << d) != 0 && d != PCS_TCB_INFO)
			r = fetch_document(fd, d, key, out, out_end, f);
	close(fd);
	if (r < 0)
		return fault_prefix(f, folder);
	out_end->outcome = PCS_GOOD;
	return 0;
}

static void
add_field(struct json_builder *b, enum collateral_field field,
    const struct collateral_text *t)
{
	json_add_text(b, collateral_field_names[field], t->field[field]);
}

static struct json_text
render_document(enum pcs_document d, const struct collateral_text *t)
{
	const struct pcs_document_form *form = &pcs_documents[d];
	struct json_builder b = { 0 };

	json_begin_object(&b, NULL);
	add_field(&b, form->text, t);
	if (form->signature != form->text)
		add_field(&b, form->signature, t);
	if (form->chain != form->text)
		add_field(&b, form->chain, t);
	json_end_object(&b);
	return json_indent_adopt(json_finish(&b));
}

static bool
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n < 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0;
}

/* Under another name first. */
static int
put_file(int folder, const char *name, const char *text, struct fault *f)
{
	char new_name[NAME_LEN_MAX + 32];
	int fd;
	bool is_written;

	snprintf(new_name, sizeof(new_name), ".%s.%ld", name, (long)getpid());
	fd = openat(folder, new_name, O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return fault_set(f, FAULT_INTERNAL, "%s: %s", new_name,
		    strerror(errno));
	is_written = write_all(fd, text, strlen(text));
	if (close(fd) == 0 && is_written &&
	    renameat(folder, new_name, folder, name) == 0)
		return 0;
	fault_set(f, FAULT_INTERNAL, "%s: %s", name, strerror(errno));
	unlinkat(folder, new_name, 0);
	return -1;
}

int
pcs_file_put(int folder, enum pcs_document d, const struct platform_key *key,
    const struct collateral_text *t, struct fault *f)
{
	struct json_text json = render_document(d, t);
	char name[NAME_LEN_MAX];
	int r;

	file_name(d, key, name);
	r = json.ptr != NULL ? put_file(folder, name, json.ptr, f) :
	    fault_set_memory(f);
	free(json.ptr);
	return r;
}
