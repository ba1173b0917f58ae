#include <stdlib.h>
#include <string.h>

#include "store_private.h"

/* NULL stands for 0: not known. */
static bool
get_time_or_null(struct pg_cursor *c, time_t *out)
{
	*out = 0;
	return pg_take_null(c) || pg_get_time(c, out);
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
		end = memchr(text.ptr, STORE_ADVISORY_SEPARATOR, text.len);
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

/* What comes behind the bytes. */
static bool
get_facts(struct pg_cursor *c, struct stored_record *r)
{
	return pg_get_instant(c, &r->uploaded_at_us) &&
	    pg_copy_bytes(c, r->content_sha256, sizeof(r->content_sha256)) &&
	    get_ppid(c, r) && pg_get_bool(c, &r->has_verdict) &&
	    (!r->has_verdict ||
		(store_read_verdict(c, &r->newest) && get_tcb(c, r)));
}

static bool
get_record(struct pg_cursor *c, void *out)
{
	return get_raw(c, out) && get_facts(c, out);
}

static bool
get_upload(struct pg_cursor *c, void *out)
{
	return pg_take_null(c) && get_facts(c, out);
}

/* A record is twenty kilobytes: it is read where it is wanted. */
struct reading {
	bool (*read)(struct pg_cursor *c, void *out);
	struct stored_record *out; /* untouched as long as there is no row */
	bool has_begun;
};

static bool
read_record(struct pg_cursor *c, void *out)
{
	struct reading *reading = out;

	reading->has_begun = true;
	*reading->out = (struct stored_record){ 0 };
	return reading->read(c, reading->out);
}

/* Runs it with the checksum for $1. */
static int
get_one(struct store *s, const struct pg_statement *statement,
    const uint8_t checksum[static SHA256_LEN],
    bool (*read)(struct pg_cursor *c, void *out), struct stored_record *out,
    struct fault *f)
{
	struct pg_param params[] = { pg_bytes(checksum, SHA256_LEN) };
	struct reading reading = { .read = read, .out = out };
	int r;

	r = pg_run_row(s->pg, statement, params, 1, read_record, &reading, f);
	if (r == 1)
		memcpy(out->newest.checksum, checksum, SHA256_LEN);
	else if (reading.has_begun)
		stored_record_clear(out);
	return r;
}

/*
 * A quote and its newest verdict: what is asked for most.
 *
 * raw	the first column
 */
#define GET_QUOTE(raw)                                                  \
	"SELECT " raw ", q.uploaded_at, q.content_sha256, q.ppid,"      \
	" v.checksum IS NOT NULL," STORE_VERDICT_COLUMNS ", v.tcb::text" \
	" FROM quote q LEFT JOIN LATERAL (SELECT * FROM verdict"        \
	" WHERE verdict.checksum = q.checksum"                          \
	" ORDER BY recorded_at DESC LIMIT 1) v ON true"                 \
	" WHERE q.checksum = $1"

int
store_get_quote(struct store *s, const uint8_t checksum[static SHA256_LEN],
    struct stored_record *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"get quote", PG_AT_MOST_ONE, GET_QUOTE("q.raw")
	};

	return get_one(s, &statement, checksum, get_record, out, f);
}

static const struct pg_statement get_upload_statement = {
	"get upload", PG_AT_MOST_ONE, GET_QUOTE("NULL::bytea")
};

int
store_get_upload(struct store *s, const uint8_t checksum[static SHA256_LEN],
    struct stored_record *out, struct fault *f)
{
	return get_one(s, &get_upload_statement, checksum, get_upload, out, f);
}

int
store_get_uploads(struct store *s, const uint8_t *const *checksums,
    struct stored_record *out, int num, struct fault *f)
{
	struct pg_param params[STORE_TOGETHER_NUM_MAX];
	struct pg_call calls[STORE_TOGETHER_NUM_MAX] = { { NULL, NULL } };
	int i;

	_Static_assert(STORE_TOGETHER_NUM_MAX <= PG_CALLS_NUM_MAX, "at once");
	for (i = 0; i < num; i++)
		out[i] = (struct stored_record){ 0 };
	if (num > STORE_TOGETHER_NUM_MAX)
		return fault_set(f, FAULT_INTERNAL, "get uploads: want at "
		    "most %d, have %d", STORE_TOGETHER_NUM_MAX, num);
	for (i = 0; i < num; i++) {
		params[i] = pg_bytes(checksums[i], SHA256_LEN);
		calls[i] = (struct pg_call){ &params[i], &out[i] };
	}
	if (pg_run_all(s->pg, &get_upload_statement, 1, calls, num,
		get_upload, f) < 0)
		return -1;
	for (i = 0; i < num; i++)
		if (out[i].has_verdict)
			memcpy(out[i].newest.checksum, checksums[i],
			    SHA256_LEN);
	return 0;
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
