#include <stdlib.h>
#include <string.h>

#include "store_private.h"
#include "store_reverify.h"

/* What sorts before every FMSPC. */
static const uint8_t before_all[1];

static struct pg_param
param_or_null(const uint8_t *bytes, size_t len)
{
	return bytes != NULL ? pg_bytes(bytes, len) : pg_null();
}

static bool
get_platform(struct pg_cursor *c, void *out)
{
	struct platform_key *key = out;
	char tee[8], ca[16];

	if (!pg_copy_bytes(c, key->fmspc, sizeof(key->fmspc)) ||
	    !pg_copy_text(c, tee, sizeof(tee)) ||
	    !pg_copy_text(c, ca, sizeof(ca)))
		return false;
	key->tee = strcmp(tee, tee_name(TEE_TDX)) == 0 ? TEE_TDX : TEE_SGX;
	key->ca = strcmp(ca, pck_ca_name(PCK_CA_PLATFORM)) == 0 ?
	    PCK_CA_PLATFORM : PCK_CA_PROCESSOR;
	return true;
}

/*
 * The FMSPC is compared here: beside the row's comparison the index would be
 * read for all of that FMSPC's quotes.
 */
int
store_get_next_platform(struct store *s, const struct platform_key *after,
    const uint8_t *fmspc, struct platform_key *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"get next platform", PG_AT_MOST_ONE,
		"SELECT fmspc, tee, ca FROM quote"
		" WHERE (fmspc, tee, ca) > ($1, $2, $3)"
		" ORDER BY fmspc, tee, ca LIMIT 1"
	};
	/* "A" sorts before every TEE. */
	struct pg_param params[] = {
		fmspc != NULL ? pg_bytes(fmspc, FMSPC_LEN) :
				pg_bytes(before_all, 0),
		pg_text("A"),
		pg_text("A"),
	};
	struct platform_key next;
	int r;

	if (after != NULL) {
		params[0] = pg_bytes(after->fmspc, FMSPC_LEN);
		params[1] = pg_text(tee_name(after->tee));
		params[2] = pg_text(pck_ca_name(after->ca));
	}
	r = pg_run_row(s->pg, &statement, params, 3, get_platform, &next, f);
	if (r == 1 && fmspc != NULL &&
	    memcmp(next.fmspc, fmspc, FMSPC_LEN) != 0)
		return 0;
	if (r == 1)
		*out = next;
	return r;
}

static bool
get_number(struct pg_cursor *c, void *out)
{
	return pg_get_int(c, out);
}

/* From one platform to the next, so that it costs a step for each. */
int
store_count_platforms(struct store *s, const uint8_t *fmspc, int64_t *out,
    struct fault *f)
{
	static const struct pg_statement statement = {
		"count platforms", PG_ONE,
		"WITH RECURSIVE platform AS ((SELECT fmspc, tee, ca FROM quote"
		" WHERE fmspc IS NOT NULL AND ($1::bytea IS NULL OR fmspc = $1)"
		" ORDER BY fmspc, tee, ca LIMIT 1)"
		" UNION ALL SELECT n.* FROM platform p, LATERAL ("
		"SELECT fmspc, tee, ca FROM quote q"
		" WHERE (q.fmspc, q.tee, q.ca) > (p.fmspc, p.tee, p.ca)"
		" ORDER BY q.fmspc, q.tee, q.ca LIMIT 1) n"
		" WHERE $1::bytea IS NULL OR n.fmspc = $1)"
		" SELECT count(*) FROM platform"
	};
	struct pg_param params[] = { param_or_null(fmspc, FMSPC_LEN) };

	return pg_run_row(s->pg, &statement, params, 1, get_number, out, f) ==
	    1 ? 0 : -1;
}

static bool
get_instant(struct pg_cursor *c, void *out)
{
	return pg_get_instant(c, out);
}

int
store_get_now(struct store *s, int64_t *out_us, struct fault *f)
{
	static const struct pg_statement statement = {
		"get now", PG_ONE, "SELECT clock_timestamp()"
	};

	return pg_run_row(s->pg, &statement, NULL, 0, get_instant, out_us,
	    f) == 1 ? 0 : -1;
}

struct due_window {
	struct pg_result *result;
	int next;
};

/*
 * The window is fixed before anything is asked about its quotes; only of
 * those that are due are upload and verdict fetched.
 */
int
store_get_due(struct store *s, const struct due_selection *selection,
    const uint8_t *after, struct due_window **out, struct fault *f)
{
	static const struct pg_statement statement = {
		"get due quotes", PG_MANY,
		"SELECT w.checksum, d.is_due, CASE WHEN d.is_due THEN"
		" (SELECT raw FROM quote r WHERE r.checksum = w.checksum) END,"
		" v.checksum IS NOT NULL,"
		STORE_VERDICT_COLUMNS
		" FROM (SELECT checksum, uploaded_at FROM quote"
		" WHERE tee = $1 AND (fmspc = $2 OR"
		" ($2::bytea IS NULL AND fmspc IS NULL))"
		" AND (ca = $3 OR ($3::text IS NULL AND ca IS NULL))"
		" AND checksum > $4 ORDER BY checksum LIMIT $5) w"
		" LEFT JOIN LATERAL (SELECT * FROM verdict"
		" WHERE verdict.checksum = w.checksum"
		" ORDER BY recorded_at DESC LIMIT 1) n ON true"
		" CROSS JOIN LATERAL (SELECT w.uploaded_at >= $6 AND ($7 OR"
		" n.checksum IS NULL OR ($2::bytea IS NOT NULL AND"
		" n.collateral_id IS DISTINCT FROM $8 AND"
		" n.recorded_at > $9)) AS is_due) d"
		" LEFT JOIN LATERAL (SELECT n.*) v ON d.is_due"
		" ORDER BY w.checksum"
	};
	const struct platform_key *key = &selection->key;
	bool has_platform = selection->has_platform;
	struct pg_param params[] = {
		pg_text(tee_name(key->tee)),
		param_or_null(has_platform ? key->fmspc : NULL, FMSPC_LEN),
		pg_text(has_platform ? pck_ca_name(key->ca) : NULL),
		after != NULL ? pg_bytes(after, SHA256_LEN) :
				pg_bytes(before_all, 0),
		pg_int(STORE_WINDOW_LEN),
		pg_instant(selection->since_us),
		pg_bool(selection->all),
		pg_bytes(selection->collateral_id, SHA256_LEN),
		pg_instant(selection->after_us),
	};
	struct due_window *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return fault_set_memory(f);
	if (pg_run(s->pg, &statement, params, 9, &w->result, f) != 0) {
		free(w);
		return -1;
	}
	*out = w;
	return 0;
}

static bool
read_due(struct pg_cursor *c, struct due_quote *out)
{
	if (!pg_copy_bytes(c, out->checksum, sizeof(out->checksum)) ||
	    !pg_get_bool(c, &out->is_due))
		return false;
	if (!out->is_due)
		return true;
	if (!pg_take_bytes(c, &out->raw) ||
	    !pg_get_bool(c, &out->has_verdict))
		return false;
	memcpy(out->newest.checksum, out->checksum, SHA256_LEN);
	return !out->has_verdict || store_read_verdict(c, &out->newest);
}

int
due_window_next(struct due_window *w, struct due_quote *out, struct fault *f)
{
	struct pg_cursor c = { .result = w->result, .row = w->next };

	if (w->next == pg_result_num_rows(w->result))
		return 0;
	w->next++;
	if (!read_due(&c, out))
		return fault_set(f, FAULT_INTERNAL, "database: get due "
		    "quotes: a row of another shape");
	return 1;
}

bool
due_window_is_full(const struct due_window *w)
{
	return pg_result_num_rows(w->result) == STORE_WINDOW_LEN;
}

void
due_window_free(struct due_window *w)
{
	if (w == NULL)
		return;
	pg_result_free(w->result);
	free(w);
}

int
store_put_reverification(struct store *s, const struct platform_key *key,
    const uint8_t collateral_id[static SHA256_LEN], int64_t began_at_us,
    struct fault *f)
{
	static const struct pg_statement statement = {
		"put reverification", PG_NOTHING,
		"INSERT INTO reverification (tee, fmspc, ca, began_at,"
		" collateral_id) VALUES ($1, $2, $3, $4, $5)"
		" ON CONFLICT DO NOTHING"
	};
	struct pg_param params[] = {
		STORE_PLATFORM_PARAMS(key),
		pg_instant(began_at_us),
		pg_bytes(collateral_id, SHA256_LEN),
	};

	return pg_run(s->pg, &statement, params, 5, NULL, f);
}

int
store_get_reverification(struct store *s, const struct platform_key *key,
    const uint8_t collateral_id[static SHA256_LEN], int64_t *out_began_at_us,
    struct fault *f)
{
	static const struct pg_statement statement = {
		"get reverification", PG_AT_MOST_ONE,
		"SELECT began_at FROM reverification"
		" WHERE tee = $1 AND fmspc = $2 AND ca = $3"
		" AND collateral_id = $4 ORDER BY finished_at DESC LIMIT 1"
	};
	struct pg_param params[] = {
		STORE_PLATFORM_PARAMS(key),
		pg_bytes(collateral_id, SHA256_LEN),
	};

	*out_began_at_us = 0;
	return pg_run_row(s->pg, &statement, params, 4, get_instant,
	    out_began_at_us, f) < 0 ? -1 : 0;
}

static bool
get_id(struct pg_cursor *c, void *out)
{
	return pg_copy_bytes(c, out, SHA256_LEN);
}

/* What version 1 of the schema fetched for this platform as a whole. */
static int
get_version_1_at(struct store *s, const struct platform_key *key, time_t at,
    struct collateral_text *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"get collateral of an instant", PG_AT_MOST_ONE,
		"SELECT collateral_id FROM collateral_fetch"
		" WHERE tee = $1 AND fmspc = $2 AND ca = $3"
		" AND coalesce(fixed_at, fetched_at) <= $4"
		" ORDER BY coalesce(fixed_at, fetched_at) DESC,"
		" fetched_at DESC LIMIT 1"
	};
	struct pg_param params[] = {
		STORE_PLATFORM_PARAMS(key),
		pg_time(at),
	};
	uint8_t id[SHA256_LEN];
	int r = pg_run_row(s->pg, &statement, params, 4, get_id, id, f);

	return r == 1 ? store_get_collateral_by_id(s, id, out, f) : r;
}

/* Puts what is missing in, where version 1 had it. */
static int
add_version_1(struct store *s, const struct platform_key *key, time_t at,
    struct stored_documents *documents, struct fault *f)
{
	struct collateral_text old = { { NULL } };
	int i, r = get_version_1_at(s, key, at, &old, f);

	for (i = 0; r == 1 && i < PCS_DOCUMENT__MAX; i++) {
		if (documents->document[i].is_there)
			continue;
		document_move(&documents->text, &old, (enum pcs_document)i);
		documents->document[i].is_there = true;
	}
	collateral_text_clear(&old);
	return r;
}

int
store_get_collateral_at(struct store *s,
    const uint8_t trust_id[static SHA256_LEN], const struct platform_key *key,
    time_t at, struct collateral_text *out, struct fault *f)
{
	struct stored_documents documents;
	int i, r = 1;

	if (store_get_documents(s, trust_id, key, at, &documents, f) < 0)
		return -1;
	for (i = 0; r == 1 && i < PCS_DOCUMENT__MAX; i++)
		if (!documents.document[i].is_there)
			r = add_version_1(s, key, at, &documents, f);
	if (r == 1)
		*out = documents.text;
	else
		collateral_text_clear(&documents.text);
	return r;
}
