/*
 * Which statements a connection has prepared, and under what names.
 *
 * A name is made of the statement's text and the types of its parameters. So
 * where a pooler hands one connection of the server from client to client,
 * whatever is there under a name is the same statement, whoever prepared it.
 */
#ifndef ATTESTRY_PG_PREPARED_H
#define ATTESTRY_PG_PREPARED_H

#include <libpq-fe.h>

#include "bytes.h"

/* Statements; each with every mixture of NULLs that its parameters have. */
#define PG_PREPARED_NUM_MAX 128
#define PG_PREPARED_PARAMS_MAX 32
#define PG_PREPARED_NAME_LEN 42

struct pg_prepared {
	const char *sql; /* the constant itself, not a copy */
	int num_params;
	Oid types[PG_PREPARED_PARAMS_MAX];
	char name[PG_PREPARED_NAME_LEN];
	bool is_there; /* as far as is known */
};

struct pg_prepared_list {
	struct pg_prepared statements[PG_PREPARED_NUM_MAX];
	int num;
};

/*
 * A statement of the list; it is added if need be. NULL when it has to do
 * without: the list is full, there are too many parameters, or no memory.
 */
struct pg_prepared *pg_prepared_find(struct pg_prepared_list *list,
    const char *sql, const Oid *types, int num_params);

/* A new connection has none of them. */
void pg_prepared_forget(struct pg_prepared_list *list);

/* Does the server say that it does not have it, or has it for other tables? */
bool pg_prepared_is_missing(const PGresult *result);

/* Does the server say that it has it already? */
bool pg_prepared_is_doubled(const PGresult *result);

#endif
