#include "store_private.h"
#include "store_source.h"

static bool
get_state(struct pg_cursor *c, void *out)
{
	struct source_state *x = out;

	return pg_get_int(c, &x->num_failures) &&
	    pg_get_int(c, &x->age_ms) &&
	    pg_get_int(c, &x->retry_after_s);
}

/* A success is only written behind a failure: five rows tell all. */
int
store_get_source(struct store *s, const char *source,
    struct source_state *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"get source", PG_ONE,
		"WITH last AS (SELECT * FROM source_outcome WHERE source = $1"
		" ORDER BY recorded_at DESC LIMIT $2)"
		" SELECT count(*) FILTER (WHERE NOT good AND recorded_at >"
		" coalesce((SELECT max(recorded_at) FROM last WHERE good),"
		" '-infinity')),"
		" coalesce((extract(epoch FROM clock_timestamp() -"
		" max(recorded_at)) * 1000)::bigint, 0),"
		" coalesce((SELECT retry_after_s FROM last"
		" ORDER BY recorded_at DESC LIMIT 1), 0)"
		" FROM last"
	};
	struct pg_param params[] = {
		pg_text(source),
		pg_int(SOURCE_FAILURES_MAX),
	};

	return pg_run_row(s->pg, &statement, params, 2, get_state, out,
	    f) == 1 ? 0 : -1;
}

int
store_put_source_outcome(struct store *s, const char *source, bool good,
    int64_t retry_after_s, struct fault *f)
{
	static const struct pg_statement statement = {
		"put source outcome", PG_NOTHING,
		"INSERT INTO source_outcome (source, good, retry_after_s)"
		" SELECT $1, $2, $3::bigint WHERE NOT $2 OR (SELECT NOT good"
		" FROM source_outcome WHERE source = $1"
		" ORDER BY recorded_at DESC LIMIT 1)"
		" ON CONFLICT DO NOTHING"
	};
	struct pg_param params[] = {
		pg_text(source),
		pg_bool(good),
		retry_after_s > 0 ? pg_int(retry_after_s) : pg_null(),
	};

	return pg_run(s->pg, &statement, params, 3, NULL, f);
}

int
store_lock_source(struct store *s, const char *source, bool *out,
    struct fault *f)
{
	static const struct pg_statement statement = {
		"lock source", PG_ONE,
		"SELECT pg_try_advisory_xact_lock("
		"hashtextextended('attestry source ' || $1, 0))"
	};
	struct pg_param params[] = { pg_text(source) };

	return pg_run_row(s->pg, &statement, params, 1, store_read_flag, out,
	    f) == 1 ? 0 : -1;
}

int
store_find_failure(struct store *s, int64_t within_ms, bool *out,
    struct fault *f)
{
	static const struct pg_statement statement = {
		"find failure", PG_ONE,
		"SELECT EXISTS (SELECT FROM source_outcome WHERE NOT good"
		" AND recorded_at >"
		" clock_timestamp() - $1 * interval '1 millisecond')"
	};
	struct pg_param params[] = { pg_int(within_ms) };

	return pg_run_row(s->pg, &statement, params, 1, store_read_flag, out,
	    f) == 1 ? 0 : -1;
}
