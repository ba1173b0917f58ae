#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "instant.h"
#include "json_builder.h"

struct json_builder
json_begin(void)
{
	struct json_builder b = { json_object_new_object(), false };

	b.failed = b.o == NULL;
	return b;
}

struct json_builder
json_begin_array(void)
{
	struct json_builder b = { json_object_new_array(), false };

	b.failed = b.o == NULL;
	return b;
}

struct json_object *
json_finish(struct json_builder *b)
{
	if (!b->failed)
		return b->o;
	json_object_put(b->o);
	return NULL;
}

void
json_add(struct json_builder *b, const char *name, struct json_object *value)
{
	if (b->failed || value == NULL ||
	    json_object_object_add(b->o, name, value) < 0) {
		json_object_put(value);
		b->failed = true;
	}
}

void
json_append(struct json_builder *b, struct json_object *value)
{
	if (b->failed || value == NULL ||
	    json_object_array_add(b->o, value) < 0) {
		json_object_put(value);
		b->failed = true;
	}
}

void
json_add_raw(struct json_builder *b, const char *name, const char *text)
{
	struct json_object *value = json_object_new_string("");
	char *copy = strdup(text);

	if (value == NULL || copy == NULL) {
		json_object_put(value);
		free(copy);
		b->failed = true;
		return;
	}
	json_object_set_serializer(value, json_object_userdata_to_json_string,
	    copy, json_object_free_userdata);
	json_add(b, name, value);
}

void
json_add_null(struct json_builder *b, const char *name)
{
	if (!b->failed && json_object_object_add(b->o, name, NULL) < 0)
		b->failed = true;
}

void
json_add_text(struct json_builder *b, const char *name, const char *text)
{
	if (text == NULL)
		json_add_null(b, name);
	else
		json_add(b, name, json_object_new_string(text));
}

void
json_add_number(struct json_builder *b, const char *name, int64_t n)
{
	json_add(b, name, json_object_new_int64(n));
}

void
json_add_bool(struct json_builder *b, const char *name, bool value)
{
	json_add(b, name, json_object_new_boolean(value));
}

void
json_add_bare_hex(struct json_builder *b, const char *name, const uint8_t *ptr,
    size_t len)
{
	char hex[2 * JSON_HEX_LEN_MAX + 1];

	if (len > JSON_HEX_LEN_MAX) {
		b->failed = true;
		return;
	}
	hex_encode(hex, (struct bytes){ ptr, len });
	json_add_text(b, name, hex);
}

void
json_add_hex(struct json_builder *b, const char *name, const uint8_t *ptr, size_t len)
{
	char hex[2 + 2 * JSON_HEX_LEN_MAX + 1] = "0x";

	if (len > JSON_HEX_LEN_MAX) {
		b->failed = true;
		return;
	}
	hex_encode(hex + 2, (struct bytes){ ptr, len });
	json_add_text(b, name, hex);
}

void
json_add_instant_us(struct json_builder *b, const char *name, int64_t at_us)
{
	char text[INSTANT_LEN_MAX];

	instant_format_us(at_us, text);
	json_add_text(b, name, text);
}
