#include <string.h>

#include "store_private.h"

bool
store_take_text(struct pg_cursor *c, char **out)
{
	struct bytes value;

	if (!pg_take_bytes(c, &value))
		return false;
	*out = strndup((const char *)value.ptr, value.len);
	return *out != NULL;
}

static bool
get_collateral_text(struct pg_cursor *c, void *out)
{
	struct collateral_text *text = out;
	int i;

	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		if (!store_take_text(c, &text->field[i]))
			return false;
	return true;
}

/* -1 where the clock's time was judged by. */
static bool
get_fixed_at(struct pg_cursor *c, time_t *out)
{
	*out = -1;
	return pg_take_null(c) || pg_get_time(c, out);
}

static bool
get_collateral(struct pg_cursor *c, void *out)
{
	struct stored_collateral *x = out;

	return pg_copy_bytes(c, x->id, sizeof(x->id)) &&
	    pg_get_time(c, &x->issued_at) &&
	    pg_get_time(c, &x->expires_at) &&
	    pg_get_instant(c, &x->fetched_at_us) &&
	    pg_get_int(c, &x->age_ms) &&
	    get_fixed_at(c, &x->fixed_at) &&
	    get_collateral_text(c, &x->text);
}

int
store_is_collateral(struct store *s, const struct platform_key *key,
    const uint8_t id[static SHA256_LEN], time_t fixed_at, bool *out,
    struct fault *f)
{
	static const struct pg_statement statement = {
		"find collateral", PG_ONE,
		"SELECT coalesce((SELECT collateral_id FROM collateral_fetch"
		" WHERE tee = $1 AND fmspc = $2 AND ca = $3"
		" AND fixed_at IS NOT DISTINCT FROM $4::timestamptz"
		" ORDER BY fetched_at DESC LIMIT 1) = $5, false)"
	};
	struct pg_param params[] = {
		STORE_PLATFORM_PARAMS(key),
		fixed_at < 0 ? pg_null() : pg_time(fixed_at),
		pg_bytes(id, SHA256_LEN),
	};

	return pg_run_row(s->pg, &statement, params, 5, store_read_flag, out,
	    f) == 1 ? 0 : -1;
}

int
store_put_collateral(struct store *s, const struct platform_key *key,
    const struct collateral_text *text, time_t issued_at, time_t expires_at,
    time_t fixed_at, uint8_t out_id[static SHA256_LEN], struct fault *f)
{
	static const struct pg_statement statement = {
		"put collateral", PG_NOTHING,
		"WITH put AS (INSERT INTO collateral (id, tee, fmspc, ca,"
		" issued_at, expires_at, pck_crl_issuer_chain, root_ca_crl,"
		" pck_crl, tcb_info_issuer_chain, tcb_info,"
		" tcb_info_signature, qe_identity_issuer_chain, qe_identity,"
		" qe_identity_signature) VALUES ($1, $2, $3, $4, $5, $6, $7,"
		" $8, $9, $10, $11, $12, $13, $14, $15)"
		" ON CONFLICT DO NOTHING)"
		" INSERT INTO collateral_fetch (tee, fmspc, ca, fixed_at,"
		" collateral_id) VALUES ($2, $3, $4, $16, $1)"
		" ON CONFLICT DO NOTHING"
	};
	struct pg_param params[7 + COLLATERAL_FIELD__MAX] = {
		pg_bytes(out_id, SHA256_LEN),
		STORE_PLATFORM_PARAMS(key),
		pg_time(issued_at),
		pg_time(expires_at),
	};
	int i;

	if (collateral_text_id(text, out_id, f) != 0)
		return -1;
	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		params[6 + i] = pg_text(text->field[i]);
	params[6 + i] = fixed_at < 0 ? pg_null() : pg_time(fixed_at);
	return pg_run(s->pg, &statement, params, 7 + COLLATERAL_FIELD__MAX,
	    NULL, f);
}

int
store_get_collateral(struct store *s, const struct platform_key *key,
    struct stored_collateral *out, struct fault *f)
{
	static const struct pg_statement statement = {
		"get collateral", PG_AT_MOST_ONE,
		"SELECT c.id, c.issued_at, c.expires_at, f.fetched_at,"
		" (extract(epoch FROM clock_timestamp() - f.fetched_at)"
		" * 1000)::bigint, f.fixed_at,"
		" c.pck_crl_issuer_chain, c.root_ca_crl, c.pck_crl,"
		" c.tcb_info_issuer_chain, c.tcb_info, c.tcb_info_signature,"
		" c.qe_identity_issuer_chain, c.qe_identity,"
		" c.qe_identity_signature"
		" FROM collateral_fetch f"
		" JOIN collateral c ON c.id = f.collateral_id"
		" WHERE f.tee = $1 AND f.fmspc = $2 AND f.ca = $3"
		" ORDER BY f.fetched_at DESC LIMIT 1"
	};
	struct pg_param params[] = {
		STORE_PLATFORM_PARAMS(key),
	};
	struct stored_collateral collateral = { 0 };
	int r;

	r = pg_run_row(s->pg, &statement, params, 3, get_collateral,
	    &collateral, f);
	if (r == 1)
		*out = collateral;
	else
		stored_collateral_clear(&collateral);
	return r;
}

int
store_get_collateral_by_id(struct store *s,
    const uint8_t id[static SHA256_LEN], struct collateral_text *out,
    struct fault *f)
{
	static const struct pg_statement statement = {
		"get collateral by id", PG_AT_MOST_ONE,
		"SELECT pck_crl_issuer_chain, root_ca_crl, pck_crl,"
		" tcb_info_issuer_chain, tcb_info, tcb_info_signature,"
		" qe_identity_issuer_chain, qe_identity,"
		" qe_identity_signature FROM collateral WHERE id = $1"
	};
	struct pg_param params[] = { pg_bytes(id, SHA256_LEN) };
	struct collateral_text text = { 0 };
	int r;

	r = pg_run_row(s->pg, &statement, params, 1, get_collateral_text,
	    &text, f);
	if (r == 1)
		*out = text;
	else
		collateral_text_clear(&text);
	return r;
}

void
stored_collateral_clear(struct stored_collateral *c)
{
	collateral_text_clear(&c->text);
	*c = (struct stored_collateral){ 0 };
}
