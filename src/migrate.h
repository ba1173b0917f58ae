/*
 * The schema's versions. The SQL travels inside the program (src/migrations.c
 * is made from sql/), so that a program always brings the schema it expects.
 */
#ifndef ATTESTRY_MIGRATE_H
#define ATTESTRY_MIGRATE_H

#include <stddef.h>

#include "fault.h"

struct migration {
	const char *name; /* "001_schema.sql" */
	const char *sql;
};

/*
 * [0] is roles.sql, which every run repeats; [n] brings the schema from
 * version n - 1 to n and is applied once. Ends with a NULL name.
 */
extern const struct migration migrations[];

/* The version that this program expects. */
int migrate_version(void);

/*
 * Brings a database to migrate_version(): all of it or nothing. May be run
 * again, and by several at once: they wait for each other.
 *
 * conninfo	libpq's connection string, of a superuser or of the database's
 *		owner with CREATEROLE
 * out_from	the version before; migrate_version() if nothing was to do
 *
 * Returns 0, or -1 with FAULT_INTERNAL: no connection, no privilege, or a
 * database that is ahead of this program.
 */
MUST_USE int migrate_run(const char *conninfo, int *out_from, struct fault *f);

#endif
