/*
 * A JSON object or array under construction. json-c takes NULL for a JSON
 * null and leaves out what it has no memory for; here a value that could not
 * be made fails the whole.
 */
#ifndef ATTESTRY_JSON_BUILDER_H
#define ATTESTRY_JSON_BUILDER_H

#include "bytes.h"

struct json_object;

/* The longest byte string that is added as hex. */
#define JSON_HEX_LEN_MAX 64

struct json_builder {
	struct json_object *o;
	bool failed;
};

struct json_builder json_begin(void);
struct json_builder json_begin_array(void);

/* The whole, to be freed with json_object_put; NULL when something failed. */
struct json_object *json_finish(struct json_builder *b);

/* Takes the value over; NULL, for want of memory, fails the whole. */
void json_add(struct json_builder *b, const char *name,
    struct json_object *value);
void json_append(struct json_builder *b, struct json_object *value);

/* JSON that was made before, as it is; copied. */
void json_add_raw(struct json_builder *b, const char *name,
    const char *text);
void json_add_null(struct json_builder *b, const char *name);
/* NULL is a JSON null. */
void json_add_text(struct json_builder *b, const char *name,
    const char *text);
void json_add_number(struct json_builder *b, const char *name, int64_t n);
void json_add_bool(struct json_builder *b, const char *name, bool value);

/* Lower-case hex, without and with "0x"; longer than JSON_HEX_LEN_MAX fails. */
void json_add_bare_hex(struct json_builder *b, const char *name,
    const uint8_t *ptr, size_t len);
void json_add_hex(struct json_builder *b, const char *name,
    const uint8_t *ptr, size_t len);

/* Microseconds since 1970, as instant_format_us writes them. */
void json_add_instant_us(struct json_builder *b, const char *name,
    int64_t at_us);

#endif
