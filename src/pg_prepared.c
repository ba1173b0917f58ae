#include <stdio.h>
#include <string.h>

#include "crypto.h"
#include "pg_prepared.h"

#define PREFIX "attestry_"

static bool
is_it(const struct pg_prepared *p, const char *sql, const Oid *types,
    int num_params)
{
	return p->sql == sql && p->num_params == num_params &&
	    memcmp(p->types, types,
		(size_t)num_params * sizeof(types[0])) == 0;
}

static bool
make_name(struct pg_prepared *p)
{
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];
	const struct bytes runs[] = { bytes_of_string(p->sql),
		{ (const uint8_t *)p->types,
		    (size_t)p->num_params * sizeof(p->types[0]) } };
	struct fault ignored;

	if (sha256(runs, 2, digest, &ignored) < 0)
		return false;
	hex_encode(hex, BYTES_OF(digest));
	snprintf(p->name, sizeof(p->name), PREFIX "%.32s", hex);
	return true;
}

struct pg_prepared *
pg_prepared_find(struct pg_prepared_list *list, const char *sql,
    const Oid *types, int num_params)
{
	struct pg_prepared *p;
	int i;

	for (i = 0; i < list->num; i++)
		if (is_it(&list->statements[i], sql, types, num_params))
			return &list->statements[i];
	if (list->num == PG_PREPARED_NUM_MAX ||
	    num_params > PG_PREPARED_PARAMS_MAX)
		return NULL;
	p = &list->statements[list->num];
	*p = (struct pg_prepared){ .sql = sql, .num_params = num_params };
	memcpy(p->types, types, (size_t)num_params * sizeof(types[0]));
	if (!make_name(p))
		return NULL;
	list->num++;
	return p;
}

void
pg_prepared_forget(struct pg_prepared_list *list)
{
	int i;

	for (i = 0; i < list->num; i++)
		list->statements[i].is_there = false;
}

static bool
is_state(const PGresult *result, const char *state)
{
	const char *field = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return field != NULL && strcmp(field, state) == 0;
}

bool
pg_prepared_is_missing(const PGresult *result)
{
	return is_state(result, "26000") || /* invalid_sql_statement_name */
	    is_state(result, "0A000"); /* its result has another type now */
}

bool
pg_prepared_is_doubled(const PGresult *result)
{
	return is_state(result, "42P05"); /* duplicate_prepared_statement */
}
