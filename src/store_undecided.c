#include <string.h>

#include "store_private.h"
#include "store_undecided.h"

static bool
get_platform(struct pg_cursor *c, struct undecided_quote *q)
{
	char tee[8], ca[16];

	if (!pg_copy_text(c, tee, sizeof(tee)))
		return false;
	if (pg_take_null(c))
		return pg_take_null(c);
	if (!pg_copy_bytes(c, q->key.fmspc, sizeof(q->key.fmspc)) ||
	    !pg_copy_text(c, ca, sizeof(ca)))
		return false;
	q->key.tee = strcmp(tee, tee_name(TEE_TDX)) == 0 ? TEE_TDX : TEE_SGX;
	q->key.ca = strcmp(ca, pck_ca_name(PCK_CA_PLATFORM)) == 0 ?
	    PCK_CA_PLATFORM : PCK_CA_PROCESSOR;
	return true;
}

/* Rows with a verdict count for the window's end only. */
static bool
get_row(struct pg_cursor *c, struct undecided_window *w)
{
	struct undecided_quote q = { 0 };
	bool is_decided;

	if (!pg_copy_bytes(c, q.checksum, sizeof(q.checksum)) ||
	    !pg_get_instant(c, &q.uploaded_at_us) ||
	    !get_platform(c, &q) || !pg_get_bool(c, &is_decided))
		return false;
	w->end.uploaded_at_us = q.uploaded_at_us;
	memcpy(w->end.checksum, q.checksum, sizeof(q.checksum));
	if (!is_decided)
		w->quote[w->num++] = q;
	return true;
}

/* LATERAL, so that each quote is one look into the index of verdicts. */
int
store_get_undecided(struct store *s, const struct upload_place *after,
    int64_t young_ms, struct undecided_window *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"get undecided", PG_MANY,
		"SELECT q.checksum, q.uploaded_at, q.tee, q.fmspc, q.ca,"
		" v.checksum IS NOT NULL"
		" FROM (SELECT checksum, uploaded_at, tee, fmspc, ca"
		" FROM quote WHERE uploaded_at >= greatest($1,"
		" now() - $4 * interval '1 day')"
		" AND uploaded_at < now() - $3 * interval '1 millisecond'"
		" AND (uploaded_at > $1 OR checksum < $2)"
		" ORDER BY uploaded_at, checksum DESC LIMIT $5) q"
		" LEFT JOIN LATERAL (SELECT checksum FROM verdict"
		" WHERE verdict.checksum = q.checksum LIMIT 1) v ON true"
		" ORDER BY q.uploaded_at, q.checksum DESC"
	};
	struct pg_param params[] = {
		pg_instant(after->uploaded_at_us),
		pg_bytes(after->checksum, sizeof(after->checksum)),
		pg_int(young_ms),
		pg_int(STORE_UNDECIDED_DAYS),
		pg_int(STORE_UNDECIDED_WINDOW),
	};
	struct pg_result *result;
	struct pg_cursor c;
	int r = 0, i, num;

	if (pg_run(s->pg, &statement, params, 5, &result, f) != 0)
		return -1;
	out->num = 0;
	out->end = *after;
	num = pg_result_num_rows(result);
	out->is_last = num < STORE_UNDECIDED_WINDOW;
	for (i = 0; i < num && r == 0; i++) {
		c = (struct pg_cursor){ result, i, 0 };
		if (i == STORE_UNDECIDED_WINDOW || !get_row(&c, out))
			r = fault_set(f, FAULT_INTERNAL, "database: "
			    "get undecided: row %d of another shape", i);
	}
	pg_result_free(result);
	return r;
}

int
store_begin_turn(struct store *s, struct fault *f)
{
	static const struct pg_statement statement = {
		"take turn", PG_ONE,
		"SELECT pg_try_advisory_xact_lock("
		"hashtextextended('attestry keeper', 0))"
	};
	struct fault ignored;
	bool is_ours;

	if (store_run_plain(s, "begin", "BEGIN READ ONLY", f) < 0)
		return -1;
	if (pg_run_row(s->pg, &statement, NULL, 0, store_read_flag,
		&is_ours, f) != 1) {
		(void)!store_end_turn(s, &ignored);
		return -1;
	}
	return is_ours ? 1 : store_end_turn(s, f);
}

int
store_end_turn(struct store *s, struct fault *f)
{
	return store_run_plain(s, "end turn", "ROLLBACK", f);
}
