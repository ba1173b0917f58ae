/*
 * JSON as it is written: a text that grows, and nothing in between. What
 * comes out is what json-c writes for the same values (JSON_C_TO_STRING_PLAIN
 * and NOSLASHESCAPE), byte for byte.
 *
 * Each value has the name of the member that it is, a constant in which
 * nothing is to be escaped; or NULL, where it is the whole or an item of an
 * array.
 *
 * Want of memory, or of room below JSON_TEXT_LEN_MAX, is remembered and told
 * once, by json_finish.
 */
#ifndef ATTESTRY_JSON_BUILDER_H
#define ATTESTRY_JSON_BUILDER_H

#include "bytes.h"

/* A whole text: owned, to be freed with free(). */
struct json_text {
	char *ptr; /* NUL-terminated; NULL: there is none, for want of memory */
	size_t len;
};

/* Zeroed to begin with; json_finish ends it. */
struct json_builder {
	char *ptr;
	size_t len;
	size_t room;
	bool has_item; /* in the innermost object or array: a comma is due */
	bool failed;
};

/* Between begin and end come its members or items. */
void json_begin_object(struct json_builder *b, const char *name);
void json_end_object(struct json_builder *b);
void json_begin_array(struct json_builder *b, const char *name);
void json_end_array(struct json_builder *b);

void json_add_null(struct json_builder *b, const char *name);
void json_add_bool(struct json_builder *b, const char *name, bool value);
void json_add_number(struct json_builder *b, const char *name, int64_t n);

/* UTF-8 as it is; NULL is a JSON null. */
void json_add_text(struct json_builder *b, const char *name,
    const char *text);

/*
 * A stranger's text, which need not be one: null when anything is in it that
 * is neither printable ASCII nor tab, CR or LF.
 */
void json_add_ascii(struct json_builder *b, const char *name,
    struct bytes text);

/* Lower-case hex, without and with "0x". */
void json_add_bare_hex(struct json_builder *b, const char *name,
    struct bytes value);
void json_add_hex(struct json_builder *b, const char *name,
    struct bytes value);

/* Microseconds since 1970, as instant_format_us writes them. */
void json_add_instant_us(struct json_builder *b, const char *name,
    int64_t at_us);

/* JSON that was written before, as it is; a NULL in it fails the whole. */
void json_add_raw(struct json_builder *b, const char *name,
    struct bytes json);

/* Ends the text and hands it over. */
struct json_text json_finish(struct json_builder *b);

/*
 * The same for people, with lines and tabs; takes the text over, which
 * json_finish gave.
 */
struct json_text json_indent_adopt(struct json_text text);

/* For whoever only reads it. */
struct bytes json_text_bytes(const struct json_text *text);

#endif
