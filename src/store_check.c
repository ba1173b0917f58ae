#include <string.h>

#include "migrate.h"
#include "store_private.h"

/* What store_check compares. */
struct findings {
	char user[64];
	bool is_superuser;
	bool is_owner;
	bool may_make_tables;
	int64_t num_tables;	  /* of ours that are there */
	int64_t num_changeable;	  /* of those: we may change rows */
	int64_t num_unguarded;	  /* of those: the trigger is off */
	int64_t num_readable_only; /* of those we add to: we may not */
};

static bool
get_findings(struct pg_cursor *c, void *out)
{
	struct findings *x = out;

	return pg_copy_text(c, x->user, sizeof(x->user)) &&
	    pg_get_bool(c, &x->is_superuser) &&
	    pg_get_bool(c, &x->is_owner) &&
	    pg_get_bool(c, &x->may_make_tables) &&
	    pg_get_int(c, &x->num_tables) &&
	    pg_get_int(c, &x->num_changeable) &&
	    pg_get_int(c, &x->num_unguarded) &&
	    pg_get_int(c, &x->num_readable_only);
}

static int
read_findings(struct store *s, struct findings *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"read privileges", PG_ONE,
		"SELECT current_user::text,"
		" (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),"
		" EXISTS (SELECT FROM pg_roles WHERE rolname = 'attestry_owner'"
		"   AND pg_has_role(oid, 'MEMBER')),"
		" has_database_privilege(current_database(), 'CREATE, TEMP')"
		"   OR has_schema_privilege('public', 'CREATE'),"
		" count(t.oid),"
		" count(t.oid) FILTER (WHERE"
		"   has_table_privilege(t.oid, 'DELETE, TRUNCATE, TRIGGER') OR"
		"   has_any_column_privilege(t.oid, 'UPDATE')),"
		" count(t.oid) FILTER (WHERE NOT EXISTS ("
		"   SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid"
		"   AND g.tgname = 'append_only' AND g.tgenabled = 'A')),"
		" count(t.oid) FILTER (WHERE t.relname <> 'migration' AND NOT"
		"   has_any_column_privilege(t.oid, 'INSERT'))"
		" FROM pg_class t WHERE t.relnamespace = 'public'::regnamespace"
		" AND t.relname IN ('migration', 'quote', 'collateral',"
		" 'collateral_fetch', 'verdict', 'document',"
		" 'document_fetch', 'document_miss', 'source_outcome',"
		" 'reverification')"
	};

	return pg_run_row(s->pg, &statement, NULL, 0, get_findings, out, f);
}

static bool
get_number(struct pg_cursor *c, void *out)
{
	return pg_get_int(c, out);
}

static int
read_version(struct store *s, int64_t *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"read schema version", PG_ONE,
		"SELECT coalesce(max(version), 0) FROM migration"
	};

	return pg_run_row(s->pg, &statement, NULL, 0, get_number, out, f);
}

/*
 * A commit is on disk before it is answered. All values of synchronous_commit
 * but off flush at least the local disk.
 */
static const struct pg_statement durability = {
	"read settings", PG_AT_MOST_ONE,
	"SELECT name || ': want ' || wanted || ', have off'"
	" FROM (VALUES ('fsync', 'on'), ('full_page_writes', 'on'),"
	"   ('synchronous_commit', 'anything but off')) s (name, wanted)"
	" WHERE current_setting(name) = 'off' LIMIT 1"
};

/* What a complaint is cut to. */
struct complaint {
	char text[80];
};

static bool
get_complaint(struct pg_cursor *c, void *out)
{
	struct complaint *complaint = out;

	return pg_copy_text(c, complaint->text, sizeof(complaint->text));
}

int
store_check_durability(struct store *s, struct fault *f)
{
	struct complaint complaint;
	int r = pg_run_row(s->pg, &durability, NULL, 0, get_complaint,
	    &complaint, f);

	return r <= 0 ? r : fault_set(f, FAULT_INTERNAL, "database: %s",
	    complaint.text);
}

void
store_demand_durability(struct store *s)
{
	pg_demand(s->pg, &durability);
}

/* What is stored stays as it is, also when a worker is taken over. */
static int
check_append_only(const struct findings *x, struct fault *f)
{
	static const char want[] = "want one that can only read and add";
	const char *have = NULL;

	if (x->is_superuser)
		have = "is a superuser";
	else if (x->is_owner)
		have = "is a member of attestry_owner";
	else if (x->num_changeable > 0)
		have = "may change or delete rows";
	else if (x->may_make_tables)
		have = "may make tables";
	else if (x->num_readable_only > 0)
		have = "may not add rows";
	if (have != NULL)
		return fault_set(f, FAULT_INTERNAL,
		    "database: role: %s, \"%s\" %s", want, x->user, have);
	if (x->num_unguarded > 0)
		return fault_set(f, FAULT_INTERNAL, "database: trigger "
		    "append_only: want it on every table, %lld without",
		    (long long)x->num_unguarded);
	return 0;
}

int
store_check(struct store *s, struct fault *f)
{
	struct findings x;
	int64_t version = 0;

	if (read_findings(s, &x, f) < 0)
		return -1;
	if (x.num_tables > 0 && read_version(s, &version, f) < 0)
		return -1;
	if (version != migrate_version())
		return fault_set(f, FAULT_INTERNAL, "database: schema: want "
		    "version %d, have %lld: run attestry migrate",
		    migrate_version(), (long long)version);
	return check_append_only(&x, f);
}

bool
store_is_up(struct store *s, struct fault *f)
{
	static const struct pg_statement statement = {
		"ping", PG_ONE, "SELECT 1::bigint"
	};
	int64_t one;

	return pg_run_row(s->pg, &statement, NULL, 0, get_number, &one,
	    f) == 1;
}
