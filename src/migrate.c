#include "migrate.h"
#include "pg.h"

/* Building an index over a large table takes its time. */
#define MIGRATE_TIMEOUT_MS (30 * 60 * 1000)

/*
 * Whoever comes second waits for the first to commit. The number is any that
 * nobody else uses in this database. The operator's own search_path or
 * timeouts are not to matter.
 */
static const char begin_sql[] =
    "BEGIN;"
    "SET LOCAL search_path = public;"
    "SET LOCAL statement_timeout = 0;"
    "SET LOCAL idle_in_transaction_session_timeout = 0;"
    "SET LOCAL lock_timeout = '10min';"
    "SELECT pg_advisory_xact_lock(7305424121);";

/* Who asks to migrate. */
struct migrator {
	char user[64];
	char database[64];
	bool may_migrate;
};

static bool
get_migrator(struct pg_cursor *c, void *out)
{
	struct migrator *m = out;

	return pg_copy_text(c, m->user, sizeof(m->user)) &&
	    pg_copy_text(c, m->database, sizeof(m->database)) &&
	    pg_get_bool(c, &m->may_migrate);
}

static int
check_privilege(struct pg *pg, struct fault *f)
{
	static const struct pg_statement statement = {
		"read privileges", PG_ONE,
		"SELECT current_user::text, current_database()::text,"
		" rolsuper OR (rolcreaterole AND EXISTS ("
		"   SELECT FROM pg_database WHERE datname = current_database()"
		"   AND pg_has_role(datdba, 'USAGE')))"
		" FROM pg_roles WHERE rolname = current_user"
	};
	struct migrator m;

	if (pg_run_row(pg, &statement, NULL, 0, get_migrator, &m, f) < 0)
		return -1;
	if (!m.may_migrate)
		return fault_set(f, FAULT_INTERNAL, "privileges: want a "
		    "superuser, or the owner of database \"%s\" with "
		    "CREATEROLE, have role \"%s\"", m.database, m.user);
	return 0;
}

static bool
get_number(struct pg_cursor *c, void *out)
{
	return pg_get_int(c, out);
}

/* 0 for a database without our tables. */
static int
read_version(struct pg *pg, int64_t *out, struct fault *f)
{
	static const struct pg_statement find_table = {
		"find table migration", PG_ONE,
		"SELECT count(*) FROM pg_tables"
		" WHERE schemaname = 'public' AND tablename = 'migration'"
	};
	static const struct pg_statement find_version = {
		"read schema version", PG_ONE,
		"SELECT coalesce(max(version), 0) FROM migration"
	};

	if (pg_run_row(pg, &find_table, NULL, 0, get_number, out, f) < 0)
		return -1;
	if (*out == 0)
		return 0;
	return pg_run_row(pg, &find_version, NULL, 0, get_number, out, f) < 0 ?
	    -1 : 0;
}

static int
apply(struct pg *pg, int version, struct fault *f)
{
	static const struct pg_statement record = {
		"record migration", PG_NOTHING,
		"INSERT INTO migration (version, name) VALUES ($1, $2)"
	};
	const struct migration *m = &migrations[version];
	struct pg_param params[] = { pg_int(version), pg_text(m->name) };

	if (pg_run_script(pg, m->name, m->sql, f) != 0)
		return -1;
	return pg_run(pg, &record, params, 2, NULL, f);
}

/* Everything between begin and commit. */
static int
apply_all(struct pg *pg, int *out_from, struct fault *f)
{
	int64_t version;
	int from;

	if (check_privilege(pg, f) != 0 ||
	    pg_run_script(pg, migrations[0].name, migrations[0].sql, f) != 0 ||
	    pg_run_script(pg, "become attestry_owner",
		"SET LOCAL ROLE attestry_owner", f) != 0 ||
	    read_version(pg, &version, f) != 0)
		return -1;
	if (version > migrate_version())
		return fault_set(f, FAULT_INTERNAL, "the database is at "
		    "version %lld, this program brings %d: use a newer one",
		    (long long)version, migrate_version());
	*out_from = from = (int)version;
	while (from < migrate_version())
		if (apply(pg, ++from, f) != 0)
			return -1;
	return 0;
}

int
migrate_version(void)
{
	int n = 0;

	while (migrations[n + 1].name != NULL)
		n++;
	return n;
}

int
migrate_run(const char *conninfo, int *out_from, struct fault *f)
{
	struct pg *pg;
	int r = -1;

	if (pg_new(&pg, conninfo, MIGRATE_TIMEOUT_MS, f) != 0)
		return fault_prefix(f, "migrate");
	if (pg_run_script(pg, "begin", begin_sql, f) == 0 &&
	    apply_all(pg, out_from, f) == 0 &&
	    pg_run_script(pg, "commit", "COMMIT", f) == 0)
		r = 0;
	else
		fault_prefix(f, "migrate");
	pg_free(pg);
	return r;
}
