#include <stdlib.h>
#include <string.h>

#include "store_private.h"

/* Between the identifiers when they travel as one text. */
#define ADVISORY_SEPARATOR '\n'

/* Verdicts of one quote recorded in the same microsecond. */
#define VERDICT_TRIES 10

/* NULL stands for 0: not known. */
static struct pg_param
param_time_or_null(time_t at)
{
	return at != 0 ? pg_time(at) : pg_null();
}

static bool
get_time_or_null(struct pg_cursor *c, time_t *out)
{
	*out = 0;
	return pg_take_null(c) || pg_get_time(c, out);
}

static int
join_advisories(const struct advisories *a, char *out, struct fault *f)
{
	size_t i, len, at = 0;

	for (i = 0; i < a->num; i++) {
		len = strlen(a->id[i]);
		if (len == 0 || strchr(a->id[i], ADVISORY_SEPARATOR) != NULL)
			return fault_set(f, FAULT_INTERNAL, "put verdict: "
			    "advisory %zu: not an identifier", i + 1);
		memcpy(out + at, a->id[i], len);
		at += len;
		out[at++] = ADVISORY_SEPARATOR;
	}
	/* Between them, not after the last one. */
	out[at > 0 ? at - 1 : 0] = '\0';
	return 0;
}

static bool
get_advisories(struct pg_cursor *c, struct advisories *out)
{
	struct bytes text, id;
	const uint8_t *end;
	char *to;

	out->num = 0;
	if (!pg_take_bytes(c, &text))
		return false;
	while (text.len > 0) {
		end = memchr(text.ptr, ADVISORY_SEPARATOR, text.len);
		if (out->num == sizeof(out->id) / sizeof(out->id[0]) ||
		    !bytes_take(&text, &id, end != NULL ?
			(size_t)(end - text.ptr) : text.len) ||
		    id.len >= sizeof(out->id[0]))
			return false;
		to = out->id[out->num++];
		memcpy(to, id.ptr, id.len);
		to[id.len] = '\0';
		if (end != NULL && !bytes_take(&text, &id, 1))
			return false;
	}
	return true;
}

/* NULL stands for FAULT_NONE. */
static bool
get_reason(struct pg_cursor *c, enum fault_code *out)
{
	char reason[64];

	if (!pg_copy_text(c, reason, sizeof(reason)))
		return false;
	*out = fault_from_reason(reason);
	return *out != FAULT_NONE || *reason == '\0';
}

/* NULL stands for TCB_STATUS_UNKNOWN. */
static bool
get_tcb_status(struct pg_cursor *c, enum tcb_status *out)
{
	struct bytes name;

	*out = TCB_STATUS_UNKNOWN;
	if (pg_take_null(c))
		return true;
	if (!pg_take_bytes(c, &name))
		return false;
	*out = tcb_status_from_name(name);
	return *out != TCB_STATUS_UNKNOWN;
}

/* NULL stands for 0: not known. */
static bool
get_evaluation_number(struct pg_cursor *c, uint32_t *out)
{
	int64_t number;

	*out = 0;
	if (pg_take_null(c))
		return true;
	if (!pg_get_int(c, &number) || number < 0 || number > UINT32_MAX)
		return false;
	*out = (uint32_t)number;
	return true;
}

bool
store_read_verdict(struct pg_cursor *c, struct stored_verdict *out)
{
	struct verdict *v = &out->verdict;

	if (!pg_get_time(c, &v->verified_at) ||
	    !pg_get_instant(c, &out->recorded_at_us) ||
	    !pg_get_bool(c, &out->fixed_time) ||
	    !pg_get_bool(c, &v->verified) ||
	    !get_reason(c, &v->fault.code) ||
	    !pg_copy_text(c, v->fault.message, sizeof(v->fault.message)) ||
	    !get_tcb_status(c, &v->tcb_status) ||
	    !get_time_or_null(c, &v->tcb_date) ||
	    !get_evaluation_number(c, &v->tcb_evaluation_data_number) ||
	    !get_time_or_null(c, &v->expires_at) ||
	    !get_advisories(c, &v->advisories) ||
	    !pg_copy_text(c, out->policy, sizeof(out->policy)) ||
	    !pg_copy_text(c, out->engine_version,
		sizeof(out->engine_version)))
		return false;
	out->has_collateral = !pg_take_null(c);
	return !out->has_collateral || pg_copy_bytes(c, out->collateral_id,
	    sizeof(out->collateral_id));
}

int
store_new(struct store **out, const char *conninfo, struct fault *f)
{
	return store_new_within(out, conninfo, PG_TIMEOUT_MS, f);
}

int
store_new_within(struct store **out, const char *conninfo, int timeout_ms,
    struct fault *f)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return fault_set_memory(f);
	if (pg_new(&s->pg, conninfo, timeout_ms, f) != 0) {
		free(s);
		return -1;
	}
	*out = s;
	return 0;
}

void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	pg_free(s->pg);
	free(s);
}

static bool
get_instant(struct pg_cursor *c, void *out)
{
	return pg_get_instant(c, out);
}

/* What came of putting a quote. */
struct put {
	bool is_kept;
	int64_t uploaded_at_us;
};

/* NULL: there is no room for it. */
static bool
get_put(struct pg_cursor *c, void *out)
{
	struct put *put = out;

	put->is_kept = !pg_take_null(c);
	return !put->is_kept || pg_get_instant(c, &put->uploaded_at_us);
}

/*
 * `found` gives the instant, also of a quote that was there already. One that
 * another worker adds meanwhile is not in it: no row.
 */
static int
try_put_quote(struct store *s, const struct stored_quote *q,
    struct put *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"put quote", PG_AT_MOST_ONE,
		"WITH room AS (SELECT count(*) < $10 AS is_left"
		" FROM (SELECT FROM quote q WHERE content_sha256 = $3"
		" AND (NOT $11 OR EXISTS (SELECT FROM verdict v"
		" WHERE v.checksum = q.checksum AND v.verified))"
		" LIMIT $10) variant),"
		" put AS (INSERT INTO quote (checksum, raw,"
		" content_sha256, tee, version, fmspc, ca, ppid, pce_id)"
		" SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9"
		" FROM room WHERE is_left"
		" ON CONFLICT (checksum) DO NOTHING RETURNING uploaded_at),"
		" found AS (SELECT uploaded_at FROM put UNION ALL"
		" SELECT uploaded_at FROM quote WHERE checksum = $1)"
		" SELECT uploaded_at FROM found UNION ALL"
		" SELECT NULL FROM room WHERE NOT is_left"
		" AND NOT EXISTS (SELECT FROM found)"
	};
	struct pg_param params[] = {
		pg_bytes(q->checksum, sizeof(q->checksum)),
		pg_bytes(q->raw.ptr, q->raw.len),
		pg_bytes(q->content_sha256, sizeof(q->content_sha256)),
		pg_text(tee_name(q->tee)),
		pg_int(q->version),
		pg_null(),
		pg_null(),
		pg_null(),
		pg_null(),
		pg_int(q->copies_max),
		pg_bool(q->is_verified),
	};
	const struct pck *pck = q->pck;

	if (pck != NULL) {
		params[5] = pg_bytes(pck->fmspc, sizeof(pck->fmspc));
		params[6] = pg_text(pck_ca_name(pck->ca));
		params[7] = pg_bytes(pck->ppid, sizeof(pck->ppid));
		params[8] = pg_bytes(pck->pce_id, sizeof(pck->pce_id));
	}
	return pg_run_row(s->pg, &statement, params, 11, get_put, out, f);
}

int
store_put_quote(struct store *s, const struct stored_quote *q,
    int64_t *out_uploaded_at_us, struct fault *f)
{
	struct put put;
	int r = try_put_quote(s, q, &put, f);

	/* The other worker's quote is committed by now. */
	if (r == 0)
		r = try_put_quote(s, q, &put, f);
	if (r == 0)
		return fault_set(f, FAULT_INTERNAL,
		    "database: put quote: want one row, have none");
	if (r < 0)
		return -1;
	if (put.is_kept)
		*out_uploaded_at_us = put.uploaded_at_us;
	return put.is_kept;
}

/* No row when another verdict has this very instant. */
static int
try_put_verdict(struct store *s, const struct stored_verdict *stored,
    const char *advisory_ids, struct fault *f)
{
	static const struct pg_statement statement = {
		"put verdict", PG_AT_MOST_ONE,
		"INSERT INTO verdict (checksum, verified_at, fixed_time,"
		" verified, reason, message, tcb_status, tcb_date,"
		" tcb_evaluation_data_number, expires_at, advisory_ids,"
		" policy, engine_version, collateral_id, tcb)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
		" coalesce(string_to_array($11, chr(10)), '{}'),"
		" coalesce($12, ''), $13, $14, $15::json)"
		" ON CONFLICT (checksum, recorded_at) DO NOTHING"
		" RETURNING recorded_at"
	};
	const struct verdict *v = &stored->verdict;
	uint32_t number = v->tcb_evaluation_data_number;
	struct pg_param params[] = {
		pg_bytes(stored->checksum, sizeof(stored->checksum)),
		pg_time(v->verified_at),
		pg_bool(stored->fixed_time),
		pg_bool(v->verified),
		pg_text(fault_reason(v->fault.code)),
		pg_text(v->fault.message),
		pg_text(tcb_status_name(v->tcb_status)),
		param_time_or_null(v->tcb_date),
		number != 0 ? pg_int(number) : pg_null(),
		param_time_or_null(v->expires_at),
		pg_text(advisory_ids),
		pg_text(stored->policy),
		pg_text(stored->engine_version),
		stored->has_collateral ? pg_bytes(stored->collateral_id,
		    sizeof(stored->collateral_id)) : pg_null(),
		pg_text(stored->tcb),
	};
	int64_t recorded_at_us;

	return pg_run_row(s->pg, &statement, params, 15, get_instant,
	    &recorded_at_us, f);
}

int
store_put_verdict(struct store *s, const struct stored_verdict *v,
    struct fault *f)
{
	/* A separator takes the place of each NUL. */
	char advisory_ids[sizeof(v->verdict.advisories.id)];
	int i, r = 0;

	if (join_advisories(&v->verdict.advisories, advisory_ids, f) != 0)
		return -1;
	for (i = 0; i < VERDICT_TRIES && r == 0; i++)
		r = try_put_verdict(s, v, advisory_ids, f);
	if (r == 0)
		return fault_set(f, FAULT_INTERNAL,
		    "database: put verdict: %d in the same microsecond",
		    VERDICT_TRIES);
	return r == 1 ? 0 : -1;
}

/* A verdict of before there was one has none. */
static bool
get_tcb(struct pg_cursor *c, struct stored_record *r)
{
	struct bytes text;

	if (pg_take_null(c))
		return true;
	if (!pg_take_bytes(c, &text))
		return false;
	r->tcb = strndup((const char *)text.ptr, text.len);
	r->newest.tcb = r->tcb;
	return r->tcb != NULL;
}

static bool
get_raw(struct pg_cursor *c, void *out)
{
	struct stored_record *r = out;
	struct bytes raw;

	if (!pg_take_bytes(c, &raw))
		return false;
	r->raw = malloc(raw.len);
	if (r->raw == NULL)
		return false;
	r->raw_len = raw.len;
	memcpy(r->raw, raw.ptr, raw.len);
	return true;
}

/* NULL: the quote has no readable PCK chain. */
static bool
get_ppid(struct pg_cursor *c, struct stored_record *r)
{
	r->has_ppid = !pg_take_null(c);
	return !r->has_ppid || pg_copy_bytes(c, r->ppid, sizeof(r->ppid));
}

static bool
get_record(struct pg_cursor *c, void *out)
{
	struct stored_record *r = out;

	return get_raw(c, r) && pg_get_instant(c, &r->uploaded_at_us) &&
	    pg_copy_bytes(c, r->content_sha256, sizeof(r->content_sha256)) &&
	    get_ppid(c, r) && pg_get_bool(c, &r->has_verdict) &&
	    (!r->has_verdict ||
		(store_read_verdict(c, &r->newest) && get_tcb(c, r)));
}

/* Runs it with the checksum for $1. */
static int
get_one(struct store *s, const struct pg_statement *statement,
    const uint8_t checksum[static SHA256_LEN],
    bool (*read)(struct pg_cursor *c, void *out), struct stored_record *out,
    struct fault *f)
{
	struct pg_param params[] = { pg_bytes(checksum, SHA256_LEN) };
	struct stored_record record = { 0 };
	int r;

	r = pg_run_row(s->pg, statement, params, 1, read, &record, f);
	if (r == 1) {
		memcpy(record.newest.checksum, checksum, SHA256_LEN);
		*out = record;
	} else {
		stored_record_clear(&record);
	}
	return r;
}

int
store_get_quote(struct store *s, const uint8_t checksum[static SHA256_LEN],
    struct stored_record *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"get quote", PG_AT_MOST_ONE,
		/* To name its columns again would cost a seventh more. */
		"SELECT * FROM get_quote($1)"
	};

	return get_one(s, &statement, checksum, get_record, out, f);
}

int
store_get_raw(struct store *s, const uint8_t checksum[static SHA256_LEN],
    struct stored_record *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"get raw quote", PG_AT_MOST_ONE,
		"SELECT raw FROM quote WHERE checksum = $1"
	};

	return get_one(s, &statement, checksum, get_raw, out, f);
}

void
stored_record_clear(struct stored_record *r)
{
	free(r->raw);
	free(r->tcb);
	*r = (struct stored_record){ 0 };
}

static bool
get_recent(struct pg_cursor *c, struct recent_quote *out)
{
	return pg_copy_bytes(c, out->checksum, sizeof(out->checksum)) &&
	    pg_get_instant(c, &out->created_at_us) &&
	    pg_get_bool(c, &out->verified);
}

int
store_get_recent(struct store *s, uint64_t skip, size_t limit,
    const int64_t *before_us, struct recent_quote *out, size_t *out_num,
    struct fault *f)
{
	static const struct pg_statement statement = {
		"get recent", PG_MANY,
		"SELECT q.checksum, q.uploaded_at, coalesce((SELECT verified"
		" FROM verdict WHERE verdict.checksum = q.checksum"
		" ORDER BY recorded_at DESC LIMIT 1), false)"
		" FROM (SELECT checksum, uploaded_at FROM quote"
		" WHERE uploaded_at <= coalesce($3, 'infinity'::timestamptz)"
		" ORDER BY uploaded_at DESC, checksum"
		" OFFSET $1 LIMIT $2) q"
		" ORDER BY q.uploaded_at DESC, q.checksum"
	};
	struct pg_param params[] = {
		pg_int(skip > INT64_MAX ? INT64_MAX : (int64_t)skip),
		pg_int(limit > STORE_RECENT_MAX ? STORE_RECENT_MAX :
		    (int64_t)limit),
		before_us != NULL ? pg_instant(*before_us) : pg_null(),
	};
	struct pg_result *result;
	struct pg_cursor c;
	int r = 0, i, num;

	if (pg_run(s->pg, &statement, params, 3, &result, f) != 0)
		return -1;
	num = pg_result_num_rows(result);
	for (i = 0; i < num && r == 0; i++) {
		c = (struct pg_cursor){ result, i, 0 };
		if (!get_recent(&c, &out[i]))
			r = fault_set(f, FAULT_INTERNAL, "database: "
			    "get recent: row %d of another shape", i);
	}
	*out_num = (size_t)num;
	pg_result_free(result);
	return r;
}

int
store_run_plain(struct store *s, const char *name, const char *sql,
    struct fault *f)
{
	const struct pg_statement statement = { name, PG_NOTHING, sql };

	return pg_run(s->pg, &statement, NULL, 0, NULL, f);
}

bool
store_read_flag(struct pg_cursor *c, void *out)
{
	return pg_get_bool(c, out);
}

int
store_has_real_time_verdicts(struct store *s, bool *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"find real-time verdicts", PG_ONE,
		"SELECT EXISTS (SELECT FROM verdict WHERE NOT fixed_time)"
	};

	return pg_run_row(s->pg, &statement, NULL, 0, store_read_flag, out,
	    f) == 1 ? 0 : -1;
}
