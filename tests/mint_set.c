#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mint_members.h"
#include "mint_parts.h"

#define DAYS_VALID 30

static int64_t
parse_integer(const char *text)
{
	char *end;
	long long value = strtoll(text, &end, 0);

	if (end == text || *end != '\0')
		mint_die("not an integer: %s", text);
	return value;
}

static int
parse_word(const char *const *words, const char *text)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	mint_die("not a word that is known here: %s", text);
}

time_t
mint_instant(const char *text)
{
	struct tm tm = { 0 };
	int end = 0;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &tm.tm_year, &tm.tm_mon,
	    &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) != 6 ||
	    end == 0 || text[end] != '\0')
		mint_die("not an instant (2026-06-15T12:00:00Z): %s", text);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return timegm(&tm);
}

static time_t
parse_instant(const struct mint_spec *spec, const char *text)
{
	if (strncmp(text, "now", 3) != 0)
		return mint_instant(text);
	return spec->now + (text[3] == '\0' ? 0 : parse_integer(text + 3));
}

static void
store_integer(void *at, size_t size, int64_t value)
{
	switch (size) {
	case 1:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)at = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)value;
		break;
	default:
		*(uint64_t *)at = (uint64_t)value;
	}
}

static void
store_bytes(uint8_t *at, size_t size, bool has_len, const char *text)
{
	size_t len = strlen(text) / 2;

	if (len > size || (!has_len && len < size))
		mint_die("want %zu bytes: %s", size, text);
	if (!hex_decode(at, len, bytes_of_string(text)))
		mint_die("not hex: %s", text);
}

static void
store_blob(struct mint *mint, struct bytes *at, const char *text)
{
	size_t len = strlen(text) / 2;
	uint8_t *block;

	/* The digits' room is more than enough for the bytes. */
	block = (uint8_t *)mint_keep(mint, text, strlen(text));
	if (!hex_decode(block, len, bytes_of_string(text)))
		mint_die("not hex: %s", text);
	*at = (struct bytes){ block, len };
}

static unsigned
parse_set(const char *const *words, char *text)
{
	unsigned set = 0;
	char *word, *rest = text;

	while ((word = strsep(&rest, ",")) != NULL)
		if (*word != '\0')
			set |= 1u << parse_word(words, word);
	return set;
}

static void
store_one(struct mint *mint, struct mint_spec *spec, const struct member *m,
    void *at, size_t size, char *text)
{
	switch (m->type) {
	case MEMBER_INTEGER:
		store_integer(at, size, parse_integer(text));
		break;
	case MEMBER_BOOLEAN:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			mint_die("neither true nor false: %s", text);
		*(bool *)at = *text == 't';
		break;
	case MEMBER_BYTES:
		store_bytes(at, size, m->count_size > 0, text);
		break;
	case MEMBER_BLOB:
		store_blob(mint, at, text);
		break;
	case MEMBER_STRING:
		*(const char **)at = strcmp(text, "null") == 0 ? NULL :
		    mint_keep(mint, text, strlen(text));
		break;
	case MEMBER_INSTANT:
		*(time_t *)at = parse_instant(spec, text);
		break;
	case MEMBER_WORD:
		store_integer(at, size, parse_word(m->words, text));
		break;
	case MEMBER_SET:
		*(unsigned *)at = parse_set(m->words, text);
		break;
	case MEMBER_STRUCT:
		mint_die("%s: a struct is set member by member", m->name);
	}
}

static void
store_list(struct mint *mint, struct mint_spec *spec, const struct member *m,
    uint8_t *base, char *text)
{
	size_t size = m->size / m->num, num = 0;
	char *item, *rest = text;

	while (*text != '\0' && (item = strsep(&rest, ",")) != NULL) {
		if (num == m->num)
			mint_die("%s: more than %zu items", m->name, m->num);
		store_one(mint, spec, m, base + m->at + num++ * size, size,
		    item);
	}
	if (m->count_size > 0)
		store_integer(base + m->count_at, m->count_size,
		    (int64_t)num);
}

static const struct member *
find_member(const struct member *members, const char *name)
{
	for (; members->name != NULL; members++)
		if (strcmp(members->name, name) == 0)
			return members;
	mint_die("no member \"%s\" in a spec", name);
}

/* Cuts "name[index]" after the name; NULL when there is no index. */
static char *
take_index(char *step)
{
	char *index = strchr(step, '[');

	if (index == NULL)
		return NULL;
	*index++ = '\0';
	index[strcspn(index, "]")] = '\0';
	return index;
}

static void
set_path(struct mint *mint, struct mint_spec *spec, char *path, char *value)
{
	const struct member *members = mint_spec_members, *m = NULL;
	uint8_t *base = (uint8_t *)spec;
	char *step, *index;
	size_t i, size;

	while ((step = strsep(&path, ".")) != NULL) {
		if (members == NULL)
			mint_die("%s has no members", m->name);
		index = take_index(step);
		m = find_member(members, step);
		members = m->members;
		size = m->num > 0 ? m->size / m->num : m->size;
		i = 0;
		if (index != NULL) {
			i = m->type == MEMBER_STRUCT && m->words != NULL ?
			    (size_t)parse_word(m->words, index) :
			    (size_t)parse_integer(index);
			if (i >= m->num)
				mint_die("%s has no item %s", m->name, index);
		}
		if (path != NULL)
			base += m->at + i * size;
		else if (m->num > 0 && index == NULL)
			store_list(mint, spec, m, base, value);
		else
			store_one(mint, spec, m, base + m->at + i * size,
			    size, value);
	}
	if (m->type == MEMBER_BYTES && m->count_size > 0)
		store_integer(base + m->count_at, m->count_size,
		    (int64_t)(strlen(value) / 2));
}

/* find=>replace */
static void
add_edit(struct mint *mint, struct mint_edit *edits, char *value)
{
	char *arrow = strstr(value, "=>");
	size_t i;

	if (arrow == NULL)
		mint_die("an edit is find=>replace: %s", value);
	for (i = 0; i < MINT_EDITS_MAX; i++) {
		if (edits[i].find != NULL)
			continue;
		edits[i].find = mint_keep(mint, value, (size_t)(arrow - value));
		edits[i].replace = mint_keep(mint, arrow + 2,
		    strlen(arrow + 2));
		return;
	}
	mint_die("more than %d edits", MINT_EDITS_MAX);
}

/* part:stage:at:bytes */
static void
add_patch(struct mint *mint, struct mint_spec *spec, char *value)
{
	char *part = strsep(&value, ":"), *stage = strsep(&value, ":");
	char *at = strsep(&value, ":");

	if (value == NULL)
		mint_die("a patch is part:stage:at:bytes: %s", part);
	mint_spec_patch(spec, (enum mint_part)parse_word(mint_part_words, part),
	    (enum mint_stage)parse_word(mint_stage_words, stage),
	    (long)parse_integer(at), mint_keep(mint, value, strlen(value)));
}

static void
set_one(struct mint *mint, struct mint_spec *spec, char *setting)
{
	char *value = setting, *path = strsep(&value, "=");
	uint8_t fmspc[6];

	if (value == NULL)
		mint_die("a setting is path=value: %s", setting);
	if (strcmp(path, "ca") == 0) {
		mint_spec_set_ca(spec,
		    (enum mint_ca)parse_word(mint_ca_words, value));
	} else if (strcmp(path, "fmspc") == 0) {
		store_bytes(fmspc, sizeof(fmspc), false, value);
		mint_spec_set_fmspc(spec, fmspc);
	} else if (strcmp(path, "now") == 0) {
		mint_spec_set_now(spec, parse_instant(spec, value),
		    DAYS_VALID);
	} else if (strcmp(path, "patch") == 0) {
		add_patch(mint, spec, value);
	} else if (strcmp(path, "tcb_info.edit") == 0) {
		add_edit(mint, spec->tcb_info.edits, value);
	} else if (strcmp(path, "qe_identity.edit") == 0) {
		add_edit(mint, spec->qe_identity.edits, value);
	} else {
		set_path(mint, spec, path, value);
	}
}

void
mint_spec_set(struct mint *mint, struct mint_spec *spec, const char *settings)
{
	char *copy = strdup(settings), *setting = copy, *end;

	if (copy == NULL)
		mint_die("no memory");
	while (setting != NULL && *setting != '\0') {
		end = strstr(setting, " ; ");
		if (end != NULL) {
			*end = '\0';
			end += 3;
		}
		set_one(mint, spec, setting);
		setting = end;
	}
	free(copy);
}
