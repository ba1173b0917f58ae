#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "json.h"
#include "tcb_info.h"

#define WHAT "TCB info"

static struct bytes
text_or_empty(struct json_object *object, const char *name)
{
	struct bytes text;

	return json_get_text(object, name, &text) ? text :
						    bytes_of_string("");
}

/*
 * Category and type of a component, for people: "type (category)", one of
 * them, or "". What could not stand in a sentence is left out.
 */
static void
read_component_name(char out[static COMPONENT_NAME_LEN_MAX],
    struct json_object *component)
{
	struct bytes category = text_or_empty(component, "category");
	struct bytes type = text_or_empty(component, "type");
	size_t i;

	snprintf(out, COMPONENT_NAME_LEN_MAX,
	    type.len > 0 && category.len > 0 ? "%.*s (%.*s)" : "%.*s%.*s",
	    (int)type.len, (const char *)type.ptr, (int)category.len,
	    (const char *)category.ptr);
	for (i = 0; out[i] != '\0'; i++)
		if (out[i] < ' ' || out[i] > '~')
			out[0] = '\0';
}

static int
read_components(uint8_t *out, char (*names)[COMPONENT_NAME_LEN_MAX],
    struct json_object *tcb, const char *name, struct fault *f)
{
	struct json_object *array, *component;
	long svn;
	int i;

	if (!json_get_array(tcb, name, &array) ||
	    json_object_array_length(array) != TCB_COMPONENTS_NUM)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": %s: want an array of %d", name,
		    TCB_COMPONENTS_NUM);
	for (i = 0; i < TCB_COMPONENTS_NUM; i++) {
		component = json_object_array_get_idx(array, (size_t)i);
		if (!json_get_number(component, "svn", 0, UINT8_MAX, &svn))
			return fault_set(f, FAULT_BAD_COLLATERAL,
			    WHAT ": %s: component %d: svn: want a number of "
			    "0 to %d", name, i + 1, UINT8_MAX);
		out[i] = (uint8_t)svn;
		if (names[i][0] == '\0')
			read_component_name(names[i], component);
	}
	return 0;
}

static int
read_level(struct tcb_info *t, struct platform_level *l,
    struct json_object *json, struct fault *f)
{
	struct tcb_numbers *n = &l->numbers;
	struct json_object *tcb;
	long pce_svn;

	if (!json_get_object(json, "tcb", &tcb))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": tcbLevels: tcb: want an object");
	if (read_components(n->sgx_components, t->names.sgx, tcb,
		"sgxtcbcomponents", f) < 0)
		return -1;
	if (t->tee == TEE_TDX &&
	    read_components(n->tdx_components, t->names.tdx, tcb,
		"tdxtcbcomponents", f) < 0)
		return -1;
	if (!json_get_number(tcb, "pcesvn", 0, UINT16_MAX, &pce_svn))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": pcesvn: want a number of 0 to %d", UINT16_MAX);
	n->pce_svn = (uint16_t)pce_svn;
	return tcb_level_read(&l->level, json, false, WHAT, f);
}

/* Highest first, as Intel's own library orders them. */
static int
compare_levels(const void *a, const void *b)
{
	const struct tcb_numbers *x = &((const struct platform_level *)a)->numbers;
	const struct tcb_numbers *y = &((const struct platform_level *)b)->numbers;
	int order;

	order = memcmp(y->sgx_components, x->sgx_components,
	    sizeof(x->sgx_components));
	if (order == 0)
		order = (int)y->pce_svn - (int)x->pce_svn;
	if (order == 0)
		order = memcmp(y->tdx_components, x->tdx_components,
		    sizeof(x->tdx_components));
	return order;
}

static int
read_levels(struct tcb_info *t, struct json_object *json, struct fault *f)
{
	struct json_object *array;
	size_t num, i;

	if (!json_get_array(json, "tcbLevels", &array))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": tcbLevels: want an array");
	num = json_object_array_length(array);
	if (num < 1 || num > TCB_LEVELS_NUM_MAX)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": tcbLevels: want 1 to %d, have %zu",
		    TCB_LEVELS_NUM_MAX, num);
	t->levels = calloc(num, sizeof(t->levels[0]));
	if (t->levels == NULL)
		return fault_set_memory(f);
	for (i = 0; i < num; i++) {
		if (read_level(t, &t->levels[i],
			json_object_array_get_idx(array, i), f) < 0)
			return -1;
		t->num_levels++;
	}
	qsort(t->levels, num, sizeof(t->levels[0]), compare_levels);
	for (i = 1; i < num; i++)
		if (compare_levels(&t->levels[i], &t->levels[i - 1]) == 0)
			return fault_set(f, FAULT_BAD_COLLATERAL,
			    WHAT ": tcbLevels: two have the same numbers");
	return 0;
}

static int
read_module(struct tdx_module *m, struct json_object *json, const char *what,
    struct fault *f)
{
	if (!json_get_hex(json, "mrsigner", m->mrsigner,
		sizeof(m->mrsigner)) ||
	    !json_get_hex(json, "attributes", m->attributes,
		sizeof(m->attributes)) ||
	    !json_get_hex(json, "attributesMask", m->attributes_mask,
		sizeof(m->attributes_mask)))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": %s: want mrsigner, attributes and "
		    "attributesMask as 96, 16 and 16 hex digits", what);
	return 0;
}

/* "TDX_01": the version in two hex digits of either case. */
static bool
read_module_version(struct json_object *json, uint8_t *out)
{
	struct bytes id, prefix;

	return json_get_text(json, "id", &id) && bytes_take(&id, &prefix, 4) &&
	    bytes_equal(prefix, bytes_of_string("TDX_")) &&
	    hex_decode(out, sizeof(*out), id);
}

static int
read_module_identity(struct tcb_info *t, struct json_object *json,
    struct fault *f)
{
	struct tdx_module *m = &t->tdx_modules[t->num_tdx_modules];

	if (!read_module_version(json, &m->version))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": tdxModuleIdentities: id: want TDX_ and two hex "
		    "digits");
	if (tcb_info_find_module(t, m->version) != NULL)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": tdxModuleIdentities: TDX_%02X stands twice",
		    m->version);
	if (read_module(m, json, "tdxModuleIdentities", f) < 0 ||
	    isv_levels_read(&m->levels, json, WHAT ": TDX module", f) < 0)
		return -1;
	t->num_tdx_modules++;
	return 0;
}

static int
read_module_identities(struct tcb_info *t, struct json_object *json,
    struct fault *f)
{
	struct json_object *array;
	size_t num, i;

	if (!json_has(json, "tdxModuleIdentities"))
		return 0; /* then only module version 0 can pass */
	if (!json_get_array(json, "tdxModuleIdentities", &array))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": tdxModuleIdentities: want an array");
	num = json_object_array_length(array);
	if (num > TDX_MODULES_NUM_MAX)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": tdxModuleIdentities: want at most %d, have %zu",
		    TDX_MODULES_NUM_MAX, num);
	t->tdx_modules = calloc(num + 1, sizeof(t->tdx_modules[0]));
	if (t->tdx_modules == NULL)
		return fault_set_memory(f);
	for (i = 0; i < num; i++)
		if (read_module_identity(t, json_object_array_get_idx(array, i),
			f) < 0)
			return -1;
	return 0;
}

static int
read_kind(struct tcb_info *t, struct json_object *json, struct fault *f)
{
	struct bytes id;
	long n;

	if (!json_get_text(json, "id", &id))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": id: want a text");
	if (bytes_equal(id, bytes_of_string("SGX")))
		t->tee = TEE_SGX;
	else if (bytes_equal(id, bytes_of_string("TDX")))
		t->tee = TEE_TDX;
	else
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": id: want SGX or TDX");
	if (!json_get_number(json, "version", 3, 3, &n))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": version: want 3");
	if (!json_get_number(json, "tcbType", 0, 0, &n))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": tcbType: want 0 (components compared one by "
		    "one)");
	if (!json_get_number(json, "tcbEvaluationDataNumber", 0, INT32_MAX,
		&n))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": tcbEvaluationDataNumber: want a number");
	t->tcb_evaluation_data_number = (uint32_t)n;
	return 0;
}

static int
read_members(struct tcb_info *t, struct json_object *json, struct fault *f)
{
	struct json_object *module;

	if (read_kind(t, json, f) < 0)
		return -1;
	if (!json_get_instant(json, "issueDate", &t->issue_date) ||
	    !json_get_instant(json, "nextUpdate", &t->next_update))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": issueDate, nextUpdate: want instants in UTC");
	if (!json_get_hex(json, "fmspc", t->fmspc, sizeof(t->fmspc)) ||
	    !json_get_hex(json, "pceId", t->pce_id, sizeof(t->pce_id)))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": fmspc, pceId: want 12 and 4 hex digits");
	if (t->tee == TEE_TDX) {
		if (!json_get_object(json, "tdxModule", &module))
			return fault_set(f, FAULT_BAD_COLLATERAL,
			    WHAT ": tdxModule: want an object");
		if (read_module(&t->tdx_module, module, "tdxModule", f) < 0 ||
		    read_module_identities(t, json, f) < 0)
			return -1;
	}
	return read_levels(t, json, f);
}

int
tcb_info_read(struct tcb_info *t, struct bytes text, struct fault *f)
{
	struct json_object *json = NULL;
	int r;

	memset(t, 0, sizeof(*t));
	if (json_parse_new(&json, text, WHAT, f) < 0)
		return -1;
	r = read_members(t, json, f);
	json_object_put(json);
	if (r < 0)
		tcb_info_clear(t);
	return r;
}

void
tcb_numbers_read(struct tcb_numbers *out, const struct pck *pck,
    const struct td_report *td)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->sgx_components, pck->components,
	    sizeof(out->sgx_components));
	out->pce_svn = pck->pce_svn;
	if (td != NULL)
		memcpy(out->tdx_components, td->tee_tcb_svn,
		    sizeof(out->tdx_components));
}

size_t
tdx_components_from(const struct td_report *td)
{
	return td->tee_tcb_svn[1] > 0 ? 2 : 0;
}

static bool
reaches(const uint8_t *have, const uint8_t *want, size_t from)
{
	size_t i;

	for (i = from; i < TCB_COMPONENTS_NUM; i++)
		if (have[i] < want[i])
			return false;
	return true;
}

const struct platform_level *
tcb_info_match(const struct tcb_info *t, const struct pck *pck,
    const struct td_report *td)
{
	const struct tcb_numbers *want;
	struct tcb_numbers have;
	size_t i;

	tcb_numbers_read(&have, pck, td);
	for (i = 0; i < t->num_levels; i++) {
		want = &t->levels[i].numbers;
		if (reaches(have.sgx_components, want->sgx_components, 0) &&
		    have.pce_svn >= want->pce_svn &&
		    (td == NULL || reaches(have.tdx_components,
			want->tdx_components, tdx_components_from(td))))
			return &t->levels[i];
	}
	return NULL;
}

const struct tdx_module *
tcb_info_find_module(const struct tcb_info *t, uint8_t version)
{
	size_t i;

	for (i = 0; i < t->num_tdx_modules; i++)
		if (t->tdx_modules[i].version == version)
			return &t->tdx_modules[i];
	return NULL;
}

int
tcb_info_match_module(const struct tcb_info *t, const struct td_report *td,
    const struct isv_level **out, struct fault *f)
{
	uint8_t isvsvn = td->tee_tcb_svn[0], version = td->tee_tcb_svn[1];
	const struct tdx_module *m = &t->tdx_module;

	*out = NULL;
	if (version > 0)
		m = tcb_info_find_module(t, version);
	if (m == NULL)
		return fault_set(f, FAULT_TDX_MODULE_MISMATCH,
		    "TDX module: version %u: Intel's TCB info lists no "
		    "TDX_%02X", version, version);
	if (memcmp(td->mrsignerseam, m->mrsigner, sizeof(m->mrsigner)) != 0)
		return fault_set_hex(f, FAULT_TDX_MODULE_MISMATCH,
		    "TDX module: MRSIGNERSEAM is not Intel's",
		    BYTES_OF(m->mrsigner), BYTES_OF(td->mrsignerseam));
	/*
	 * Intel's text compares under the mask, Intel's code wants zero and
	 * equality. No genuine module has an attribute on, so: all three.
	 */
	if (!bytes_is_zero(BYTES_OF(td->seamattributes)) ||
	    memcmp(td->seamattributes, m->attributes,
		sizeof(m->attributes)) != 0)
		return fault_set_hex(f, FAULT_TDX_MODULE_MISMATCH,
		    "TDX module: SEAMATTRIBUTES: want zero, as Intel lists",
		    BYTES_OF(m->attributes), BYTES_OF(td->seamattributes));
	if (version == 0)
		return 0;
	*out = isv_levels_match(&m->levels, isvsvn);
	if (*out == NULL)
		return fault_set(f, FAULT_TDX_MODULE_MISMATCH,
		    "TDX module: TDX_%02X: SVN %u is below every level that "
		    "Intel lists: want at least %u", version, isvsvn,
		    isv_levels_lowest(&m->levels));
	return 0;
}

void
tcb_info_clear(struct tcb_info *t)
{
	size_t i;

	for (i = 0; i < t->num_tdx_modules; i++)
		isv_levels_clear(&t->tdx_modules[i].levels);
	free(t->tdx_modules);
	for (i = 0; i < t->num_levels; i++)
		tcb_level_clear(&t->levels[i].level);
	free(t->levels);
	memset(t, 0, sizeof(*t));
}
