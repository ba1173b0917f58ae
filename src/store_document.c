#include <string.h>

#include "store_document.h"
#include "store_private.h"

/* What the database calls enum document_miss. */
static const char *const miss_reasons[] = {
	[DOCUMENT_UNKNOWN] = "unknown",
	[DOCUMENT_OLDER] = "older",
};

int
store_trust_id(const struct trust *trust, uint8_t out[static SHA256_LEN],
    struct fault *f)
{
	const struct bytes parts[] = {
		{ trust->subject.der, trust->subject.len },
		BYTES_OF(trust->key),
	};

	return sha256(parts, 2, out, f);
}

/* The parameters $1 to $5: the anchor, and the name of each wanted kind. */
static void
set_names(struct pg_param params[static 1 + PCS_DOCUMENT__MAX],
    char names[static PCS_DOCUMENT__MAX][DOCUMENT_NAME_LEN_MAX],
    const uint8_t *trust_id, const struct platform_key *key,
    unsigned int wanted)
{
	int i;

	params[0] = pg_bytes(trust_id, SHA256_LEN);
	for (i = 0; i < PCS_DOCUMENT__MAX; i++) {
		document_name((enum pcs_document)i, key, names[i]);
		params[1 + i] = (wanted & 1u << i) != 0 ? pg_text(names[i]) :
		    pg_null();
	}
}

/* Of chain or signature: NULL where the document has no such field. */
static bool
get_owned_field(struct pg_cursor *c, struct collateral_text *text,
    const struct pcs_document_form *form, enum collateral_field i)
{
	if (i == form->text)
		return pg_take_null(c);
	return store_take_text(c, &text->field[i]);
}

static bool
get_document(struct pg_cursor *c, struct stored_documents *out)
{
	const struct pcs_document_form *form;
	struct stored_document *d;
	int64_t kind;

	if (!pg_get_int(c, &kind) || kind < 0 || kind >= PCS_DOCUMENT__MAX)
		return false;
	d = &out->document[kind];
	form = &pcs_documents[kind];
	d->missed_ms = INT64_MAX;
	if ((!pg_take_null(c) && !pg_get_int(c, &d->missed_ms)) ||
	    !pg_get_bool(c, &d->is_there))
		return false;
	if (!d->is_there)
		return true;
	d->fixed_at = -1;
	return pg_copy_bytes(c, d->order.number, sizeof(d->order.number)) &&
	    pg_get_time(c, &d->order.issued_at) &&
	    pg_get_int(c, &d->age_ms) &&
	    (pg_take_null(c) || pg_get_time(c, &d->fixed_at)) &&
	    store_take_text(c, &out->text.field[form->text]) &&
	    get_owned_field(c, &out->text, form, form->chain) &&
	    get_owned_field(c, &out->text, form, form->signature);
}

int
store_get_documents(struct store *s, const uint8_t trust_id[static SHA256_LEN],
    const struct platform_key *key, time_t at, struct stored_documents *out,
    struct fault *f)
{
	static const struct pg_statement statement = {
		"get documents", PG_MANY,
		"SELECT n.kind, (extract(epoch FROM clock_timestamp() -"
		" m.missed_at) * 1000)::bigint, d.id IS NOT NULL, d.number,"
		" d.issued_at, (extract(epoch FROM clock_timestamp() -"
		" f.fetched_at) * 1000)::bigint, f.fixed_at, d.body,"
		" d.issuer_chain, d.signature"
		" FROM (VALUES (0::bigint, $2), (1, $3), (2, $4), (3, $5))"
		" n (kind, name)"
		" LEFT JOIN LATERAL (SELECT * FROM document_fetch x"
		" WHERE x.trust = $1 AND x.name = n.name AND"
		" ($6::timestamptz IS NULL OR"
		" coalesce(x.fixed_at, x.fetched_at) <= $6)"
		" ORDER BY number DESC, issued_at DESC, fetched_at DESC"
		" LIMIT 1) f ON true"
		" LEFT JOIN document d ON d.id = f.document_id"
		" LEFT JOIN LATERAL (SELECT * FROM document_miss x"
		" WHERE x.trust = $1 AND x.name = n.name"
		" ORDER BY missed_at DESC LIMIT 1) m ON true"
	};
	char names[PCS_DOCUMENT__MAX][DOCUMENT_NAME_LEN_MAX];
	struct pg_param params[2 + PCS_DOCUMENT__MAX];
	struct pg_result *result;
	struct pg_cursor c;
	int r = 0, i, num;

	memset(out, 0, sizeof(*out));
	set_names(params, names, trust_id, key, PCS_ALL_DOCUMENTS);
	params[1 + PCS_DOCUMENT__MAX] = at < 0 ? pg_null() : pg_time(at);
	if (pg_run(s->pg, &statement, params, 2 + PCS_DOCUMENT__MAX, &result,
		f) != 0)
		return -1;
	num = pg_result_num_rows(result);
	for (i = 0; i < num && r == 0; i++) {
		c = (struct pg_cursor){ result, i, 0 };
		if (!get_document(&c, out))
			r = fault_set(f, FAULT_INTERNAL, "database: get "
			    "documents: row %d of another shape", i);
	}
	pg_result_free(result);
	if (r < 0)
		collateral_text_clear(&out->text);
	return r;
}

static struct pg_param
param_field(const struct collateral_text *text,
    const struct pcs_document_form *form, enum collateral_field i)
{
	return i == form->text ? pg_null() : pg_text(text->field[i]);
}

int
store_put_document(struct store *s, const uint8_t trust_id[static SHA256_LEN],
    const struct platform_key *key, enum pcs_document kind,
    const struct document *d, const struct collateral_text *text,
    time_t fixed_at, struct fault *f)
{
	static const struct pg_statement statement = {
		"put document", PG_AT_MOST_ONE,
		"WITH new AS (SELECT sha256($1 || behind_length($2) ||"
		" behind_length(coalesce($7, '')) || behind_length($8) ||"
		" behind_length(coalesce($9, ''))) AS id WHERE NOT EXISTS ("
		"SELECT FROM document_fetch WHERE trust = $1 AND name = $2"
		" AND (number, issued_at) > ($3, $4))),"
		" put AS (INSERT INTO document (id, trust, name, number,"
		" issued_at, expires_at, issuer_chain, body, signature)"
		" SELECT id, $1, $2, $3, $4, $5, $7::text, $8, $9::text FROM new"
		" ON CONFLICT DO NOTHING),"
		" fetched AS (INSERT INTO document_fetch (trust, name, number,"
		" issued_at, fixed_at, document_id)"
		" SELECT $1, $2, $3, $4, $6::timestamptz, id FROM new"
		" ON CONFLICT DO NOTHING)"
		" SELECT true FROM new"
	};
	const struct pcs_document_form *form = &pcs_documents[kind];
	struct pg_param params[] = {
		pg_bytes(trust_id, SHA256_LEN),
		pg_null(), /* the name */
		pg_bytes(d->order.number, sizeof(d->order.number)),
		pg_time(d->order.issued_at),
		pg_time(d->validity.not_after),
		fixed_at < 0 ? pg_null() : pg_time(fixed_at),
		param_field(text, form, form->chain),
		pg_text(text->field[form->text]),
		param_field(text, form, form->signature),
	};
	char name[DOCUMENT_NAME_LEN_MAX];
	bool is_kept;

	document_name(kind, key, name);
	params[1] = pg_text(name);
	return pg_run_row(s->pg, &statement, params, 9, store_read_flag, &is_kept, f);
}

static bool
get_number(struct pg_cursor *c, void *out)
{
	return pg_get_int(c, out);
}

int
store_put_miss(struct store *s, const uint8_t trust_id[static SHA256_LEN],
    const struct platform_key *key, enum pcs_document kind,
    enum document_miss reason, int64_t *out_count, struct fault *f)
{
	static const struct pg_statement statement = {
		"put miss", PG_ONE,
		"WITH put AS (INSERT INTO document_miss (trust, name, reason)"
		" VALUES ($1, $2, $3) ON CONFLICT DO NOTHING)"
		" SELECT count(*) + 1 FROM document_miss"
		" WHERE trust = $1 AND name = $2 AND reason = $3"
	};
	char name[DOCUMENT_NAME_LEN_MAX];
	struct pg_param params[3];

	document_name(kind, key, name);
	params[0] = pg_bytes(trust_id, SHA256_LEN);
	params[1] = pg_text(name);
	params[2] = pg_text(miss_reasons[reason]);
	return pg_run_row(s->pg, &statement, params, 3, get_number, out_count,
	    f) == 1 ? 0 : -1;
}

/* Locks are numbers: these are the documents'. NULL where there is no name. */
#define LOCK(function, name) \
	function "(hashtextextended('attestry document ' ||" \
	" encode($1, 'hex') || " name ", 0))"
#define TRY(name) \
	"coalesce(" LOCK("pg_try_advisory_xact_lock", name) ", false)"
/* Held for the moment of asking; any number may ask at once. */
#define IS_FREE(name) \
	"coalesce(" LOCK("pg_try_advisory_xact_lock_shared", name) ", true)"

static bool
get_locked(struct pg_cursor *c, void *out)
{
	unsigned int *locked = out;
	bool is_ours;
	int i;

	*locked = 0;
	for (i = 0; i < PCS_DOCUMENT__MAX; i++) {
		if (!pg_get_bool(c, &is_ours))
			return false;
		*locked |= (unsigned int)is_ours << i;
	}
	return true;
}

/*
 * The isolation level is said because what others committed before we had the
 * locks has to be seen after it. Locks are the transaction's, not the
 * session's, which a pooler may give to another process.
 */
int
store_lock_documents(struct store *s,
    const uint8_t trust_id[static SHA256_LEN], const struct platform_key *key,
    unsigned int wanted, unsigned int *out_locked, struct fault *f)
{
	static const struct pg_statement statement = {
		"lock documents", PG_ONE,
		"SELECT " TRY("$2") ", " TRY("$3") ", " TRY("$4") ", "
		    TRY("$5")
	};
	char names[PCS_DOCUMENT__MAX][DOCUMENT_NAME_LEN_MAX];
	struct pg_param params[1 + PCS_DOCUMENT__MAX];
	struct fault ignored;

	*out_locked = 0;
	set_names(params, names, trust_id, key, wanted);
	if (store_run_plain(s, "begin", "BEGIN ISOLATION LEVEL READ COMMITTED",
		f) < 0)
		return -1;
	if (pg_run_row(s->pg, &statement, params, 1 + PCS_DOCUMENT__MAX,
		get_locked, out_locked, f) == 1)
		return 0;
	(void)!store_unlock(s, false, &ignored);
	return -1;
}

int
store_unlock(struct store *s, bool keep, struct fault *f)
{
	return keep ? store_run_plain(s, "commit", "COMMIT", f) :
	    store_run_plain(s, "roll back", "ROLLBACK", f);
}

int
store_find_locked(struct store *s, const uint8_t trust_id[static SHA256_LEN],
    const struct platform_key *key, unsigned int wanted, bool *out,
    struct fault *f)
{
	static const struct pg_statement statement = {
		"find locked documents", PG_ONE,
		"SELECT NOT (" IS_FREE("$2") " AND " IS_FREE("$3") " AND "
		    IS_FREE("$4") " AND " IS_FREE("$5") ")"
	};
	char names[PCS_DOCUMENT__MAX][DOCUMENT_NAME_LEN_MAX];
	struct pg_param params[1 + PCS_DOCUMENT__MAX];

	set_names(params, names, trust_id, key, wanted);
	return pg_run_row(s->pg, &statement, params, 1 + PCS_DOCUMENT__MAX,
	    store_read_flag, out, f) == 1 ? 0 : -1;
}

static bool
get_newest_issue(struct pg_cursor *c, void *out)
{
	time_t *at = out;

	*at = 0;
	return pg_take_null(c) || pg_get_time(c, at);
}

int
store_get_newest_issue(struct store *s, const struct trust *trust,
    time_t *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"get newest issue", PG_ONE,
		"SELECT coalesce((SELECT max(issued_at) FROM document"
		" WHERE trust = $1), (SELECT max(issued_at) FROM collateral))"
	};
	uint8_t trust_id[SHA256_LEN];
	struct pg_param trust_param;

	if (store_trust_id(trust, trust_id, f) < 0)
		return -1;
	trust_param = pg_bytes(trust_id, sizeof(trust_id));
	return pg_run_row(s->pg, &statement, &trust_param, 1,
	    get_newest_issue, out, f) == 1 ? 0 : -1;
}

static bool
get_age(struct pg_cursor *c, void *out)
{
	int64_t *age_ms = out;

	*age_ms = -1;
	return pg_take_null(c) || pg_get_int(c, age_ms);
}

int
store_get_newest_fetch(struct store *s, const struct trust *trust,
    int64_t *out_age_ms, struct fault *f)
{
	/* One row of the index for each name, however many there are. */
	static const struct pg_statement statement = {
		"get newest fetch", PG_ONE,
		"SELECT (extract(epoch FROM clock_timestamp() -"
		" max(newest.fetched_at)) * 1000)::bigint"
		" FROM unnest(ARRAY['root_ca_crl', 'pck_crl/processor',"
		" 'pck_crl/platform', 'qe_identity/SGX', 'qe_identity/TDX'])"
		" AS n (name) CROSS JOIN LATERAL (SELECT fetched_at"
		"   FROM document_fetch WHERE trust = $1 AND name = n.name"
		"   ORDER BY number DESC, issued_at DESC, fetched_at DESC"
		"   LIMIT 1) AS newest"
	};
	uint8_t trust_id[SHA256_LEN];
	struct pg_param trust_param;

	if (store_trust_id(trust, trust_id, f) < 0)
		return -1;
	trust_param = pg_bytes(trust_id, sizeof(trust_id));
	return pg_run_row(s->pg, &statement, &trust_param, 1, get_age,
	    out_age_ms, f) == 1 ? 0 : -1;
}
