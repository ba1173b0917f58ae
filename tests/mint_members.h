/*
 * What a spec consists of, as data: for mint_set.c, which sets members by
 * their names. A member that is added to mint.h is added to the tables.
 */
#ifndef ATTESTRY_MINT_MEMBERS_H
#define ATTESTRY_MINT_MEMBERS_H

#include <stddef.h>

enum member_type {
	MEMBER_INTEGER, /* of any size, in place */
	MEMBER_BOOLEAN,
	MEMBER_BYTES,	/* an array of octets */
	MEMBER_BLOB,	/* struct bytes, kept by the mint */
	MEMBER_STRING,	/* const char *, kept by the mint */
	MEMBER_INSTANT,	/* time_t */
	MEMBER_WORD,	/* an enum */
	MEMBER_SET,	/* of 1u << word */
	MEMBER_STRUCT
};

/*
 * A member of a struct. An array has `num` elements; where `count_size` is not
 * 0, a list sets the count as well, and for MEMBER_BYTES the length.
 */
struct member {
	const char *name;
	size_t at, size;
	enum member_type type;
	size_t num;
	size_t count_at, count_size;
	const char *const *words; /* also of an index */
	const struct member *members;
};

/* The members of struct mint_spec; every table ends with a name of NULL. */
extern const struct member mint_spec_members[];

/* The words of enum mint_part, mint_stage and mint_ca; NULL at the end. */
extern const char *const mint_part_words[];
extern const char *const mint_stage_words[];
extern const char *const mint_ca_words[];

#endif
