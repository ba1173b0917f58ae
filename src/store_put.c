/*
 * What adds quotes and verdicts. Of the public interface in store.h.
 */
#include <stdlib.h>
#include <string.h>

#include "store_private.h"

/* Verdicts of one quote recorded in the same microsecond. */
#define VERDICT_TRIES 10

/* NULL stands for 0: not known. */
static struct pg_param
param_time_or_null(time_t at)
{
	return at != 0 ? pg_time(at) : pg_null();
}

static int
join_advisories(const struct advisories *a, char *out, struct fault *f)
{
	size_t i, len, at = 0;

	for (i = 0; i < a->num; i++) {
		len = strlen(a->id[i]);
		if (len == 0 || strchr(a->id[i], STORE_ADVISORY_SEPARATOR) != NULL)
			return fault_set(f, FAULT_INTERNAL, "put verdict: "
			    "advisory %zu: not an identifier", i + 1);
		memcpy(out + at, a->id[i], len);
		at += len;
		out[at++] = STORE_ADVISORY_SEPARATOR;
	}
	/* Between them, not after the last one. */
	out[at > 0 ? at - 1 : 0] = '\0';
	return 0;
}

/* Columns of a verdict, in the order that both statements have them in. */
#define VERDICT_PARAMS_NUM 14

static void
set_verdict_params(struct pg_param out[static VERDICT_PARAMS_NUM],
    const struct stored_verdict *stored, const char *advisory_ids)
{
	const struct verdict *v = &stored->verdict;
	uint32_t number = v->tcb_evaluation_data_number;
	const struct pg_param params[VERDICT_PARAMS_NUM] = {
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

	memcpy(out, params, sizeof(params));
}

#define QUOTE_PARAMS_NUM 11

static void
set_quote_params(struct pg_param out[static QUOTE_PARAMS_NUM],
    const struct stored_quote *q)
{
	const struct pck *pck = q->pck;
	const struct pg_param params[QUOTE_PARAMS_NUM] = {
		pg_bytes(q->checksum, sizeof(q->checksum)),
		pg_bytes(q->raw.ptr, q->raw.len),
		pg_bytes(q->content_sha256, sizeof(q->content_sha256)),
		pg_text(tee_name(q->tee)),
		pg_int(q->version),
		pck == NULL ? pg_null() :
			      pg_bytes(pck->fmspc, sizeof(pck->fmspc)),
		pck == NULL ? pg_null() : pg_text(pck_ca_name(pck->ca)),
		pck == NULL ? pg_null() :
			      pg_bytes(pck->ppid, sizeof(pck->ppid)),
		pck == NULL ? pg_null() :
			      pg_bytes(pck->pce_id, sizeof(pck->pce_id)),
		pg_int(q->copies_max),
		pg_bool(q->is_verified),
	};

	memcpy(out, params, sizeof(params));
}

/* NULL: there is no room for it; without a verdict. */
static bool
get_put(struct pg_cursor *c, void *out)
{
	struct store_put *put = out;

	put->is_kept = !pg_take_null(c);
	put->uploaded_at_us = 0;
	put->verified_at = 0;
	return !put->is_kept || (pg_get_instant(c, &put->uploaded_at_us) &&
	    (pg_take_null(c) || pg_get_time(c, &put->verified_at)));
}

static const struct pg_statement put_upload = {
	"put upload", PG_ONE,
	"SELECT uploaded_at, verified_at FROM put_upload($1, $2, $3, $4, $5,"
	" $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"
	" $20, $21, $22, $23, $24, $25)"
};

/* Its parameters, and what they borrow. */
struct upload_params {
	struct pg_param params[QUOTE_PARAMS_NUM + VERDICT_PARAMS_NUM];
	/* A separator takes the place of each NUL. */
	char advisory_ids[sizeof(struct advisories)];
};

/* v	NULL: none */
static int
set_upload_params(struct upload_params *out, const struct stored_quote *q,
    const struct stored_verdict *v, struct fault *f)
{
	int i;

	set_quote_params(out->params, q);
	for (i = 0; i < VERDICT_PARAMS_NUM; i++)
		out->params[QUOTE_PARAMS_NUM + i] = pg_null();
	if (v == NULL)
		return 0;
	if (join_advisories(&v->verdict.advisories, out->advisory_ids,
		f) != 0)
		return -1;
	set_verdict_params(out->params + QUOTE_PARAMS_NUM, v,
	    out->advisory_ids);
	return 0;
}

int
store_put_upload(struct store *s, const struct stored_quote *q,
    const struct stored_verdict *v, int64_t *out_uploaded_at_us,
    time_t *out_verified_at, struct fault *f)
{
	struct upload_params p;
	struct store_put put;

	if (set_upload_params(&p, q, v, f) != 0 ||
	    pg_run_row(s->pg, &put_upload, p.params,
		QUOTE_PARAMS_NUM + VERDICT_PARAMS_NUM, get_put, &put, f) < 0)
		return -1;
	if (put.is_kept) {
		*out_uploaded_at_us = put.uploaded_at_us;
		*out_verified_at = put.verified_at;
	}
	return put.is_kept;
}

static int
compare_puts(const void *a, const void *b)
{
	const struct store_put *x = *(struct store_put *const *)a;
	const struct store_put *y = *(struct store_put *const *)b;

	return memcmp(x->quote->checksum, y->quote->checksum, SHA256_LEN);
}

/*
 * In the order of their checksums: two that come at the same time with the
 * same quotes would otherwise wait for each other.
 */
int
store_put_uploads(struct store *s, struct store_put *puts, int num,
    struct fault *f)
{
	struct upload_params params[STORE_TOGETHER_NUM_MAX];
	struct store_put *sorted[STORE_TOGETHER_NUM_MAX];
	struct pg_call calls[STORE_TOGETHER_NUM_MAX] = { { NULL, NULL } };
	int i;

	_Static_assert(STORE_TOGETHER_NUM_MAX <= PG_CALLS_NUM_MAX, "at once");
	if (num > STORE_TOGETHER_NUM_MAX)
		return fault_set(f, FAULT_INTERNAL, "put uploads: want at "
		    "most %d, have %d", STORE_TOGETHER_NUM_MAX, num);
	for (i = 0; i < num; i++)
		sorted[i] = &puts[i];
	qsort(sorted, (size_t)num, sizeof(sorted[0]), compare_puts);
	for (i = 0; i < num; i++) {
		if (set_upload_params(&params[i], sorted[i]->quote,
			sorted[i]->verdict, f) != 0)
			return -1;
		calls[i] = (struct pg_call){ params[i].params, sorted[i] };
	}
	return pg_run_all(s->pg, &put_upload,
	    QUOTE_PARAMS_NUM + VERDICT_PARAMS_NUM, calls, num, get_put, f);
}

int
store_put_quote(struct store *s, const struct stored_quote *q,
    int64_t *out_uploaded_at_us, struct fault *f)
{
	time_t none;

	return store_put_upload(s, q, NULL, out_uploaded_at_us, &none, f);
}

static bool
get_instant(struct pg_cursor *c, void *out)
{
	return pg_get_instant(c, out);
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
	struct pg_param params[1 + VERDICT_PARAMS_NUM] = {
		pg_bytes(stored->checksum, sizeof(stored->checksum))
	};
	int64_t recorded_at_us;

	set_verdict_params(params + 1, stored, advisory_ids);
	return pg_run_row(s->pg, &statement, params, 1 + VERDICT_PARAMS_NUM,
	    get_instant, &recorded_at_us, f);
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
