#include <string.h>

#include "store_private.h"

/*
 * The history is counted in the same statement, so that number and verdict
 * belong together while others are added. A quote without any has one row.
 */
static int
run_get_verdicts(struct store *s, const uint8_t *checksum, uint64_t skip,
    size_t limit, struct pg_result **out, struct fault *f)
{
	static const struct pg_statement statement = {
		"get verdicts", PG_MANY,
		"SELECT n.num, v.checksum IS NOT NULL,"
		STORE_VERDICT_COLUMNS
		" FROM quote q CROSS JOIN LATERAL (SELECT count(*) AS num"
		" FROM verdict WHERE verdict.checksum = q.checksum) n"
		" LEFT JOIN LATERAL (SELECT * FROM verdict"
		" WHERE verdict.checksum = q.checksum"
		" ORDER BY recorded_at DESC OFFSET $2 LIMIT $3) v ON true"
		" WHERE q.checksum = $1 ORDER BY v.recorded_at DESC"
	};
	struct pg_param params[] = {
		pg_bytes(checksum, SHA256_LEN),
		pg_int(skip > INT64_MAX ? INT64_MAX : (int64_t)skip),
		pg_int(limit > STORE_VERDICTS_MAX ? STORE_VERDICTS_MAX :
		    (int64_t)limit),
	};

	return pg_run(s->pg, &statement, params, 3, out, f);
}

static bool
read_verdicts(const struct pg_result *result, struct stored_verdict *out,
    size_t *out_num, int64_t *out_total)
{
	struct pg_cursor c = { .result = result };
	bool has_verdict;

	*out_num = 0;
	for (; c.row < pg_result_num_rows(result); c.row++) {
		c.column = 0;
		if (!pg_get_int(&c, out_total) ||
		    !pg_get_bool(&c, &has_verdict))
			return false;
		if (!has_verdict)
			break;
		if (!store_read_verdict(&c, &out[*out_num]))
			return false;
		++*out_num;
	}
	return true;
}

int
store_get_verdicts(struct store *s, const uint8_t checksum[static SHA256_LEN],
    uint64_t skip, size_t limit, struct stored_verdict *out, size_t *out_num,
    int64_t *out_first, struct fault *f)
{
	struct pg_result *result;
	int64_t total = 0;
	size_t i;
	int r = 1;

	if (run_get_verdicts(s, checksum, skip, limit, &result, f) != 0)
		return -1;
	if (pg_result_num_rows(result) == 0)
		r = 0;
	else if (!read_verdicts(result, out, out_num, &total))
		r = fault_set(f, FAULT_INTERNAL,
		    "database: get verdicts: a row of another shape");
	pg_result_free(result);
	if (r != 1)
		return r;
	for (i = 0; i < *out_num; i++)
		memcpy(out[i].checksum, checksum, SHA256_LEN);
	*out_first = total - (int64_t)skip;
	return 1;
}

struct collateral_of {
	bool has;
	uint8_t *id;
};

static bool
get_collateral_of(struct pg_cursor *c, void *out)
{
	struct collateral_of *x = out;

	x->has = !pg_take_null(c);
	return !x->has || pg_copy_bytes(c, x->id, SHA256_LEN);
}

int
store_get_verdict_collateral_id(struct store *s,
    const uint8_t checksum[static SHA256_LEN], int64_t number, bool *out_has,
    uint8_t out_id[static SHA256_LEN], struct fault *f)
{
	static const struct pg_statement statement = {
		"get collateral id of verdict", PG_AT_MOST_ONE,
		"SELECT collateral_id FROM verdict WHERE checksum = $1"
		" ORDER BY recorded_at OFFSET $2 LIMIT 1"
	};
	struct pg_param params[] = {
		pg_bytes(checksum, SHA256_LEN),
		pg_int(number - 1),
	};
	struct collateral_of x = { .id = out_id };
	int r;

	r = pg_run_row(s->pg, &statement, params, 2, get_collateral_of, &x, f);
	if (r == 1)
		*out_has = x.has;
	return r;
}
