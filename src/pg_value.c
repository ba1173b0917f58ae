#include <limits.h>
#include <string.h>

#include "pg_private.h"

#define US_PER_S 1000000

/* Type numbers of PostgreSQL's catalogue; they never change. */
#define OID_BOOL 16
#define OID_BYTEA 17
#define OID_INT8 20
#define OID_TEXT 25
#define OID_TIMESTAMPTZ 1184

struct pg_param
pg_null(void)
{
	return (struct pg_param){ .kind = PG_NULL };
}

struct pg_param
pg_bytes(const uint8_t *ptr, size_t len)
{
	return (struct pg_param){ .kind = PG_BYTES, .bytes = { ptr, len } };
}

struct pg_param
pg_text(const char *text)
{
	if (text == NULL || *text == '\0')
		return (struct pg_param){ .kind = PG_NULL };
	return (struct pg_param){ .kind = PG_TEXT,
		.bytes = bytes_of_string(text) };
}

struct pg_param
pg_int(int64_t number)
{
	return (struct pg_param){ .kind = PG_INT, .number = number };
}

struct pg_param
pg_bool(bool is_true)
{
	return (struct pg_param){ .kind = PG_BOOL, .number = is_true };
}

struct pg_param
pg_instant(int64_t at_us)
{
	return (struct pg_param){ .kind = PG_INSTANT, .number = at_us };
}

struct pg_param
pg_time(time_t at)
{
	return pg_instant((int64_t)at * US_PER_S);
}

static void
put_int64(char out[static 8], int64_t number)
{
	uint64_t n = (uint64_t)number;
	int i;

	for (i = 7; i >= 0; i--, n >>= 8)
		out[i] = (char)(n & 0xff);
}

static void
wire_set(struct pg_wire *w, int i, const struct pg_param *p)
{
	static const Oid types[] = {
		[PG_NULL] = 0,
		[PG_BYTES] = OID_BYTEA,
		[PG_TEXT] = OID_TEXT,
		[PG_INT] = OID_INT8,
		[PG_BOOL] = OID_BOOL,
		[PG_INSTANT] = OID_TIMESTAMPTZ,
	};

	w->types[i] = types[p->kind];
	w->formats[i] = 1;
	w->values[i] = w->numbers[i];
	switch (p->kind) {
	case PG_NULL:
		w->values[i] = NULL;
		w->lengths[i] = 0;
		break;
	case PG_BYTES:
	case PG_TEXT:
		/* NULL would be NULL, not empty. */
		w->values[i] = p->bytes.ptr != NULL ?
		    (const char *)p->bytes.ptr : "";
		w->lengths[i] = (int)p->bytes.len;
		break;
	case PG_INT:
		put_int64(w->numbers[i], p->number);
		w->lengths[i] = 8;
		break;
	case PG_BOOL:
		w->numbers[i][0] = p->number != 0;
		w->lengths[i] = 1;
		break;
	case PG_INSTANT:
		put_int64(w->numbers[i], p->number - PG_EPOCH_US);
		w->lengths[i] = 8;
		break;
	}
}

int
pg_wire_fill(struct pg_wire *w, const struct pg_statement *statement,
    const struct pg_param *params, int num_params, struct fault *f)
{
	int i;

	if (num_params > PG_PARAM_NUM_MAX)
		return fault_set(f, FAULT_INTERNAL, "database: %s: "
		    "want at most %d parameters, have %d", statement->name,
		    PG_PARAM_NUM_MAX, num_params);
	for (i = 0; i < num_params; i++) {
		if (params[i].bytes.len > INT_MAX)
			return fault_set(f, FAULT_INTERNAL, "database: %s: "
			    "parameter %d: too long", statement->name, i + 1);
		wire_set(w, i, &params[i]);
	}
	return 0;
}

int
pg_result_num_rows(const struct pg_result *result)
{
	return PQntuples(result);
}

void
pg_result_free(struct pg_result *result)
{
	PQclear(result);
}

bool
pg_take_null(struct pg_cursor *c)
{
	if (!PQgetisnull(c->result, c->row, c->column))
		return false;
	c->column++;
	return true;
}

bool
pg_take_bytes(struct pg_cursor *c, struct bytes *out)
{
	const PGresult *r = c->result;

	if (PQgetisnull(r, c->row, c->column))
		return false;
	out->ptr = (const uint8_t *)PQgetvalue(r, c->row, c->column);
	out->len = (size_t)PQgetlength(r, c->row, c->column);
	c->column++;
	return true;
}

bool
pg_copy_bytes(struct pg_cursor *c, uint8_t *out, size_t len)
{
	struct bytes value;

	return pg_take_bytes(c, &value) && value.len == len &&
	    bytes_copy(&value, out, len);
}

bool
pg_copy_text(struct pg_cursor *c, char *out, size_t size)
{
	struct bytes value;

	if (pg_take_null(c)) {
		out[0] = '\0';
		return true;
	}
	if (!pg_take_bytes(c, &value) || value.len >= size)
		return false;
	memcpy(out, value.ptr, value.len);
	out[value.len] = '\0';
	return true;
}

/* Integers of any width come with the highest byte first. */
bool
pg_get_int(struct pg_cursor *c, int64_t *out)
{
	struct bytes value;
	uint64_t n;
	size_t i;

	if (!pg_take_bytes(c, &value) ||
	    (value.len != 2 && value.len != 4 && value.len != 8))
		return false;
	n = value.ptr[0] & 0x80 ? UINT64_MAX : 0;
	for (i = 0; i < value.len; i++)
		n = n << 8 | value.ptr[i];
	*out = (int64_t)n;
	return true;
}

bool
pg_get_bool(struct pg_cursor *c, bool *out)
{
	uint8_t value;

	if (!pg_copy_bytes(c, &value, 1))
		return false;
	*out = value != 0;
	return true;
}

bool
pg_get_instant(struct pg_cursor *c, int64_t *out_us)
{
	int64_t since_2000;

	/* "infinity" is INT64_MAX. */
	return pg_get_int(c, &since_2000) &&
	    !__builtin_add_overflow(since_2000, PG_EPOCH_US, out_us);
}

bool
pg_get_time(struct pg_cursor *c, time_t *out)
{
	int64_t at_us;

	if (!pg_get_instant(c, &at_us))
		return false;
	*out = (time_t)(at_us / US_PER_S);
	return true;
}
