#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "instant.h"
#include "json.h"
#include "json_scan.h"

static size_t
count_chars(const char *text, size_t len)
{
	size_t num = 0, i;

	for (i = 0; i < len; i++)
		num += ((uint8_t)text[i] & 0xc0) != 0x80; /* no tail */
	return num;
}

/* null, or what there was no memory for, is NULL. */
static void
add_amount(struct json_amount *a, struct json_object *o)
{
	size_t i;

	a->num_values += o != NULL;
	if (json_object_is_type(o, json_type_string)) {
		a->num_chars += count_chars(json_object_get_string(o),
		    (size_t)json_object_get_string_len(o));
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, name, value) {
			a->num_chars += count_chars(name, strlen(name));
			add_amount(a, value);
		}
	} else if (json_object_is_type(o, json_type_array)) {
		for (i = 0; i < json_object_array_length(o); i++)
			add_amount(a, json_object_array_get_idx(o, i));
	}
}

/*
 * json-c leaves out, makes null or cuts short what it has no memory for, and
 * goes on.
 */
static bool
is_whole(struct json_object *o, const struct json_amount *want)
{
	struct json_amount have = { 0 };

	add_amount(&have, o);
	return have.num_values == want->num_values &&
	    have.num_chars == want->num_chars;
}

int
json_parse_new(struct json_object **out, struct bytes text, const char *what,
    struct fault *f)
{
	struct json_tokener *tokener;
	enum json_tokener_error error;
	struct json_amount amount = { 0 };
	bool is_short;

	if (json_check(text, what, &amount, f) < 0)
		return -1;
	tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
	if (tokener == NULL)
		return fault_set_memory(f);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	errno = 0;
	*out = json_tokener_parse_ex(tokener, (const char *)text.ptr,
	    (int)text.len);
	is_short = errno == ENOMEM;
	error = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_success)
		is_short = !is_whole(*out, &amount);
	if (is_short) {
		json_object_put(*out);
		return fault_set_memory(f);
	}
	/* A number at the very end could go on: json-c then wants more. */
	if (error != json_tokener_success || *out == NULL)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: not a JSON object: %s", what,
		    json_tokener_error_desc(error));
	return 0;
}

static bool
get(struct json_object *object, const char *name, enum json_type type,
    struct json_object **out)
{
	return json_object_is_type(object, json_type_object) &&
	    json_object_object_get_ex(object, name, out) &&
	    json_object_is_type(*out, type);
}

bool
json_has(struct json_object *object, const char *name)
{
	struct json_object *ignored;

	return json_object_is_type(object, json_type_object) &&
	    json_object_object_get_ex(object, name, &ignored);
}

bool
json_get_object(struct json_object *object, const char *name,
    struct json_object **out)
{
	return get(object, name, json_type_object, out);
}

bool
json_get_array(struct json_object *object, const char *name,
    struct json_object **out)
{
	return get(object, name, json_type_array, out);
}

bool
json_get_text(struct json_object *object, const char *name,
    struct bytes *out)
{
	struct json_object *value;

	if (!get(object, name, json_type_string, &value))
		return false;
	*out = (struct bytes){
		(const uint8_t *)json_object_get_string(value),
		(size_t)json_object_get_string_len(value)
	};
	return true;
}

bool
json_get_number(struct json_object *object, const char *name, long min,
    long max, long *out)
{
	struct json_object *value;
	int64_t n;

	if (!get(object, name, json_type_int, &value))
		return false;
	/* Clamped to 64 bits by json-c, and so outside any range of ours. */
	n = json_object_get_int64(value);
	if (n < min || n > max)
		return false;
	*out = (long)n;
	return true;
}

bool
json_get_hex(struct json_object *object, const char *name, uint8_t *out,
    size_t len)
{
	struct bytes text;

	return json_get_text(object, name, &text) &&
	    hex_decode(out, len, text);
}

bool
json_get_instant(struct json_object *object, const char *name, time_t *out)
{
	struct bytes text;

	return json_get_text(object, name, &text) &&
	    instant_parse_utc(text, out);
}
