#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "json.h"
#include "tcb.h"

static const char *const status_names[TCB_STATUS__MAX] = {
	[TCB_UP_TO_DATE] = "UpToDate",
	[TCB_SW_HARDENING_NEEDED] = "SWHardeningNeeded",
	[TCB_CONFIGURATION_NEEDED] = "ConfigurationNeeded",
	[TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] =
	    "ConfigurationAndSWHardeningNeeded",
	[TCB_OUT_OF_DATE] = "OutOfDate",
	[TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] =
	    "OutOfDateConfigurationNeeded",
	[TCB_REVOKED] = "Revoked",
};

const char *
tcb_status_name(enum tcb_status status)
{
	return status_names[status];
}

enum tcb_status
tcb_status_from_name(struct bytes name)
{
	int i;

	for (i = TCB_UP_TO_DATE; i < TCB_STATUS__MAX; i++)
		if (bytes_equal(name, bytes_of_string(status_names[i])))
			return i;
	return TCB_STATUS_UNKNOWN;
}

enum tcb_status
tcb_status_merge(enum tcb_status platform, enum tcb_status component)
{
	if (component == TCB_REVOKED)
		return TCB_REVOKED;
	if (component != TCB_OUT_OF_DATE)
		return platform;
	switch (platform) {
	case TCB_UP_TO_DATE:
	case TCB_SW_HARDENING_NEEDED:
		return TCB_OUT_OF_DATE;
	case TCB_CONFIGURATION_NEEDED:
	case TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
		return TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
	default:
		return platform;
	}
}

static bool
advisories_has(const struct advisories *a, const char *id)
{
	size_t i;

	for (i = 0; i < a->num; i++)
		if (strcmp(a->id[i], id) == 0)
			return true;
	return false;
}

void
advisories_add(struct advisories *to, const struct tcb_level *from)
{
	size_t i;

	for (i = 0; i < from->num_advisories; i++)
		if (!advisories_has(to, from->advisories[i]))
			memcpy(to->id[to->num++], from->advisories[i],
			    ADVISORY_LEN_MAX);
}

/* Printable, so that it can stand in any answer, page or log as it is. */
static bool
is_advisory_id(const char *text, size_t len)
{
	size_t i;

	if (len == 0 || len >= ADVISORY_LEN_MAX)
		return false;
	for (i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' ||
		    text[i] == '\\')
			return false;
	return true;
}

static int
read_advisories(struct tcb_level *l, struct json_object *ids,
    const char *what, struct fault *f)
{
	size_t num = json_object_array_length(ids), i, len;
	struct json_object *id;

	if (num > ADVISORIES_NUM_MAX)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: advisoryIDs: want at most %d, have %zu", what,
		    ADVISORIES_NUM_MAX, num);
	l->advisories = calloc(num + 1, sizeof(l->advisories[0]));
	if (l->advisories == NULL)
		return fault_set_memory(f);
	for (i = 0; i < num; i++) {
		id = json_object_array_get_idx(ids, i);
		if (!json_object_is_type(id, json_type_string))
			return fault_set(f, FAULT_BAD_COLLATERAL,
			    "%s: advisoryIDs: number %zu is not a text", what,
			    i + 1);
		len = (size_t)json_object_get_string_len(id);
		if (!is_advisory_id(json_object_get_string(id), len))
			return fault_set(f, FAULT_BAD_COLLATERAL,
			    "%s: advisoryIDs: number %zu is not 1 to %d "
			    "printable characters", what, i + 1,
			    ADVISORY_LEN_MAX - 1);
		memcpy(l->advisories[i], json_object_get_string(id), len);
	}
	l->num_advisories = num;
	return 0;
}

int
tcb_level_read(struct tcb_level *l, struct json_object *json, bool is_isv,
    const char *what, struct fault *f)
{
	struct json_object *ids;
	struct bytes name;

	memset(l, 0, sizeof(*l));
	if (!json_get_text(json, "tcbStatus", &name))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: tcbStatus: want a text", what);
	l->status = tcb_status_from_name(name);
	if (l->status == TCB_STATUS_UNKNOWN ||
	    (is_isv && l->status != TCB_UP_TO_DATE &&
		l->status != TCB_OUT_OF_DATE && l->status != TCB_REVOKED))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: tcbStatus: not one that this level can have", what);
	if (!json_get_instant(json, "tcbDate", &l->tcb_date))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: tcbDate: want an instant in UTC", what);
	if (!json_has(json, "advisoryIDs"))
		return 0;
	if (!json_get_array(json, "advisoryIDs", &ids))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: advisoryIDs: want an array", what);
	if (read_advisories(l, ids, what, f) < 0) {
		tcb_level_clear(l);
		return -1;
	}
	return 0;
}

void
tcb_level_clear(struct tcb_level *l)
{
	free(l->advisories);
	memset(l, 0, sizeof(*l));
}

static int
isv_level_compare(const void *a, const void *b)
{
	const struct isv_level *x = a, *y = b;

	return (int)y->isvsvn - (int)x->isvsvn; /* highest first */
}

static int
isv_level_read(struct isv_level *l, struct json_object *json,
    const char *what, struct fault *f)
{
	struct json_object *tcb;
	long isvsvn;

	if (!json_get_object(json, "tcb", &tcb) ||
	    !json_get_number(tcb, "isvsvn", 0, UINT16_MAX, &isvsvn))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: isvsvn: want a number of 0 to %d", what, UINT16_MAX);
	l->isvsvn = (uint16_t)isvsvn;
	return tcb_level_read(&l->level, json, true, what, f);
}

int
isv_levels_read(struct isv_levels *l, struct json_object *json,
    const char *what, struct fault *f)
{
	struct json_object *array;
	size_t num, i;

	memset(l, 0, sizeof(*l));
	if (!json_get_array(json, "tcbLevels", &array))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: tcbLevels: want an array", what);
	num = json_object_array_length(array);
	if (num < 1 || num > TCB_LEVELS_NUM_MAX)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: tcbLevels: want 1 to %d, have %zu", what,
		    TCB_LEVELS_NUM_MAX, num);
	l->levels = calloc(num, sizeof(l->levels[0]));
	if (l->levels == NULL)
		return fault_set_memory(f);
	for (i = 0; i < num; i++) {
		if (isv_level_read(&l->levels[i],
			json_object_array_get_idx(array, i), what, f) < 0)
			goto fail;
		l->num++;
	}
	qsort(l->levels, num, sizeof(l->levels[0]), isv_level_compare);
	for (i = 1; i < num; i++)
		if (l->levels[i].isvsvn == l->levels[i - 1].isvsvn) {
			fault_set(f, FAULT_BAD_COLLATERAL,
			    "%s: tcbLevels: two have isvsvn %u", what,
			    l->levels[i].isvsvn);
			goto fail;
		}
	return 0;
fail:
	isv_levels_clear(l);
	return -1;
}

const struct isv_level *
isv_levels_match(const struct isv_levels *l, uint16_t isvsvn)
{
	size_t i;

	for (i = 0; i < l->num; i++)
		if (l->levels[i].isvsvn <= isvsvn)
			return &l->levels[i];
	return NULL;
}

uint16_t
isv_levels_lowest(const struct isv_levels *l)
{
	return l->levels[l->num - 1].isvsvn;
}

void
isv_levels_clear(struct isv_levels *l)
{
	size_t i;

	for (i = 0; i < l->num; i++)
		tcb_level_clear(&l->levels[i].level);
	free(l->levels);
	memset(l, 0, sizeof(*l));
}
