#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "pg_private.h"

/* What libpq would leave to the kernel's patience. */
static const struct {
	const char *keyword, *value;
} defaults[] = {
	{ "connect_timeout", PG_CONNECT_TIMEOUT_S },
	{ "keepalives_idle", "10" },
	{ "keepalives_interval", "5" },
	{ "keepalives_count", "3" },
	{ "tcp_user_timeout", "10000" },
	{ "client_encoding", "UTF8" },
	{ "fallback_application_name", "attestry" },
};
#define DEFAULTS_NUM (sizeof(defaults) / sizeof(defaults[0]))

int
pg_fault_set(struct fault *f, const char *what, const char *text)
{
	return fault_set(f, FAULT_INTERNAL, "database: %s: %.*s", what,
	    (int)strcspn(text, "\n"), text);
}

void
pg_disconnect(struct pg *pg)
{
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg_prepared_forget(&pg->prepared);
}

/* Notices would go to standard error. */
static void
ignore_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

static int
connect_to_server(struct pg *pg, struct fault *f)
{
	pg->conn = PQconnectdbParams(pg->keywords, pg->values, 0);
	if (pg->conn == NULL)
		return fault_set_memory(f);
	if (PQstatus(pg->conn) != CONNECTION_OK ||
	    PQsetnonblocking(pg->conn, 1) != 0) {
		pg_fault_set(f, "connect", PQerrorMessage(pg->conn));
		pg_disconnect(pg);
		return -1;
	}
	PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
	return 0;
}

enum pg_outcome
pg_wait(PGconn *conn, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = PQsocket(conn), .events = events };
	int64_t left_ms;
	int r;

	do {
		left_ms = deadline_ms - clock_ms();
		if (left_ms <= 0)
			return PG_LATE;
		r = poll(&p, 1, (int)left_ms);
	} while (r == 0 || (r < 0 && errno == EINTR));
	return r < 0 ? PG_LOST : PG_DONE;
}

enum pg_outcome
pg_send_all(PGconn *conn, int64_t deadline_ms)
{
	enum pg_outcome o;
	int r;

	while ((r = PQflush(conn)) > 0) {
		/* A server that is blocked on us has to be read from. */
		o = pg_wait(conn, POLLIN | POLLOUT, deadline_ms);
		if (o != PG_DONE)
			return o;
		if (!PQconsumeInput(conn))
			return PG_LOST;
	}
	return r < 0 ? PG_LOST : PG_DONE;
}

enum pg_outcome
pg_receive_all(PGconn *conn, int64_t deadline_ms, PGresult **out)
{
	bool is_error = false;
	PGresult *result;
	enum pg_outcome o;

	for (;;) {
		while (PQisBusy(conn)) {
			o = pg_wait(conn, POLLIN, deadline_ms);
			if (o != PG_DONE)
				return o;
			if (!PQconsumeInput(conn))
				return PG_LOST;
		}
		result = PQgetResult(conn);
		if (result == NULL)
			return PG_DONE;
		if (is_error) {
			PQclear(result);
			continue;
		}
		PQclear(*out);
		*out = result;
		is_error = PQresultStatus(result) == PGRES_FATAL_ERROR;
	}
}

enum pg_outcome
pg_read_refusal(const PGresult *result, const char *name, struct fault *f)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (state == NULL || text == NULL) {
		/* libpq's own: there is no server to say anything. */
		pg_fault_set(f, name, PQresultErrorMessage(result));
		return PG_LOST;
	}
	fault_set(f, FAULT_INTERNAL, "database: %s: %.*s (SQLSTATE %s)", name,
	    (int)strcspn(text, "\n"), text, state);
	if (strncmp(state, "57P", 3) == 0 || strcmp(state, "25006") == 0)
		return PG_LOST;
	return PG_REFUSED;
}

/*
 * Sends what libpq holds and reads the answer, to the end: the transaction is
 * committed only then. *out is to be cleared whatever comes.
 */
static enum pg_outcome
finish(struct pg *pg, const char *name, bool was_sent, int64_t deadline_ms,
    PGresult **out, struct fault *f)
{
	enum pg_outcome o = was_sent ? pg_send_all(pg->conn, deadline_ms) : PG_LOST;

	if (o == PG_DONE)
		o = pg_receive_all(pg->conn, deadline_ms, out);
	if (o == PG_LATE)
		fault_set(f, FAULT_INTERNAL,
		    "database: %s: no answer within %d ms", name,
		    pg->timeout_ms);
	else if (*out != NULL && PQresultStatus(*out) == PGRES_FATAL_ERROR)
		o = pg_read_refusal(*out, name, f);
	else if (o == PG_LOST)
		pg_fault_set(f, name, PQerrorMessage(pg->conn));
	if (o != PG_LATE && PQstatus(pg->conn) == CONNECTION_BAD)
		return PG_LOST;
	return o;
}

int
pg_check_shape(const struct pg_statement *statement, const PGresult *result,
    struct fault *f)
{
	static const struct {
		int min, max;
		const char *words;
	} shapes[] = {
		[PG_NOTHING] = { 0, 0, "no row" },
		[PG_ONE] = { 1, 1, "one row" },
		[PG_AT_MOST_ONE] = { 0, 1, "at most one row" },
		[PG_MANY] = { 0, INT_MAX, "rows" },
	};
	int num = PQntuples(result);

	if (num < shapes[statement->shape].min ||
	    num > shapes[statement->shape].max)
		return fault_set(f, FAULT_INTERNAL,
		    "database: %s: want %s, have %d", statement->name,
		    shapes[statement->shape].words, num);
	return 0;
}

/* Whether a new connection is one to be used; it is closed if not. */
static int
look_at_server(struct pg *pg, struct fault *f)
{
	const struct pg_statement *s = pg->complaints;
	PGresult *result = NULL;
	enum pg_outcome o;
	int r = -1;

	if (s == NULL)
		return 0;
	o = finish(pg, s->name, PQsendQueryParams(pg->conn, s->sql, 0, NULL,
	    NULL, NULL, NULL, 0) == 1, clock_ms() + pg->timeout_ms, &result,
	    f);
	if (o == PG_DONE && PQntuples(result) > 0)
		fault_set(f, FAULT_INTERNAL, "database: %s",
		    PQgetvalue(result, 0, 0));
	else if (o == PG_DONE)
		r = 0;
	PQclear(result);
	if (r != 0)
		pg_disconnect(pg);
	return r;
}

int
pg_connect(struct pg *pg, int64_t *deadline_ms, struct fault *f)
{
	int64_t since_ms = clock_ms();

	if (pg->conn != NULL)
		return 0;
	if (connect_to_server(pg, f) != 0 || look_at_server(pg, f) != 0)
		return -1;
	*deadline_ms += clock_ms() - since_ms;
	return 0;
}

enum pg_outcome
pg_prepare(struct pg *pg, struct pg_prepared *p, const char *name,
    int64_t deadline_ms, struct fault *f)
{
	PGresult *result = NULL;
	enum pg_outcome o;

	o = finish(pg, name, PQsendPrepare(pg->conn, p->name, p->sql,
	    p->num_params, p->types) == 1, deadline_ms, &result, f);
	if (o == PG_REFUSED && pg_prepared_is_doubled(result))
		o = PG_DONE; /* through a pooler, by somebody else */
	p->is_there = o == PG_DONE;
	PQclear(result);
	return o;
}

/*
 * Planning takes longer than most statements do, so each is prepared once a
 * connection. Behind a pooler the next one may go to another connection of the
 * server: then it is prepared there too, and sent as it is when that has gone
 * to yet another. Within a transaction, which the first refusal would end,
 * nothing is prepared; nor is what has no parameters.
 */
static enum pg_outcome
execute(struct pg *pg, const struct pg_statement *statement,
    const struct pg_wire *w, int num_params, int64_t deadline_ms,
    PGresult **out, struct fault *f)
{
	struct pg_prepared *p = NULL;
	enum pg_outcome o;
	int tries;

	if (num_params > 0 && PQtransactionStatus(pg->conn) == PQTRANS_IDLE)
		p = pg_prepared_find(&pg->prepared, statement->sql, w->types,
		    num_params);
	for (tries = 0; p != NULL && tries < 2; tries++) {
		if (!p->is_there) {
			o = pg_prepare(pg, p, statement->name, deadline_ms, f);
			if (o != PG_DONE)
				return o;
		}
		o = finish(pg, statement->name, PQsendQueryPrepared(pg->conn,
		    p->name, num_params, w->values, w->lengths, w->formats,
		    1) == 1, deadline_ms, out, f);
		if (o != PG_REFUSED || !pg_prepared_is_missing(*out))
			return o;
		p->is_there = false;
		PQclear(*out);
		*out = NULL;
	}
	return finish(pg, statement->name, PQsendQueryParams(pg->conn,
	    statement->sql, num_params, w->types, w->values, w->lengths,
	    w->formats, 1) == 1, deadline_ms, out, f);
}

/*
 * One try, connecting first if need be; the time that takes does not count. A
 * connection in an unknown state is given up: a hung server ends the
 * statement by its own statement_timeout (PQcancel would wait for that very
 * server, without a deadline).
 */
static enum pg_outcome
try_once(struct pg *pg, const struct pg_statement *statement,
    const struct pg_wire *w, int num_params, int64_t *deadline_ms,
    PGresult **out, struct fault *f)
{
	enum pg_outcome o;

	if (pg_connect(pg, deadline_ms, f) != 0)
		return PG_REFUSED;
	o = execute(pg, statement, w, num_params, *deadline_ms, out, f);
	if (o == PG_LOST || o == PG_LATE)
		pg_disconnect(pg);
	return o;
}

/* Outside of a transaction a lost connection is worth a second try. */
static enum pg_outcome
try_twice(struct pg *pg, const struct pg_statement *statement,
    const struct pg_wire *w, int num_params, PGresult **out, struct fault *f)
{
	bool in_transaction = pg->conn != NULL &&
	    PQtransactionStatus(pg->conn) != PQTRANS_IDLE;
	int64_t deadline_ms = clock_ms() + pg->timeout_ms;
	bool is_unknown;
	enum pg_outcome o;

	o = try_once(pg, statement, w, num_params, &deadline_ms, out, f);
	is_unknown = o == PG_LOST || o == PG_LATE;
	if (o == PG_LOST && !in_transaction) {
		PQclear(*out);
		*out = NULL;
		o = try_once(pg, statement, w, num_params, &deadline_ms, out,
		    f);
	}
	if (is_unknown && o != PG_DONE)
		fault_prefix(f, "unknown whether carried out");
	return o;
}

static const char *
default_value(const char *keyword)
{
	size_t i;

	for (i = 0; i < DEFAULTS_NUM; i++)
		if (strcmp(keyword, defaults[i].keyword) == 0)
			return defaults[i].value;
	return NULL;
}

/* What the connection string says, and our defaults where it is silent. */
static int
fill_keywords(struct pg *pg)
{
	const PQconninfoOption *o;
	size_t num = 0;

	for (o = pg->options; o->keyword != NULL; o++)
		num++;
	pg->keywords = calloc(num + 1, sizeof(*pg->keywords));
	pg->values = calloc(num + 1, sizeof(*pg->values));
	if (pg->keywords == NULL || pg->values == NULL)
		return -1;
	num = 0;
	for (o = pg->options; o->keyword != NULL; o++) {
		pg->keywords[num] = o->keyword;
		pg->values[num] = o->val != NULL ? o->val :
		    default_value(o->keyword);
		if (pg->values[num] != NULL)
			num++;
	}
	pg->keywords[num] = NULL;
	return 0;
}

int
pg_new(struct pg **out, const char *conninfo, int timeout_ms, struct fault *f)
{
	struct pg *pg = calloc(1, sizeof(*pg));

	if (pg == NULL)
		return fault_set_memory(f);
	pg->timeout_ms = timeout_ms;
	/* libpq's own sentence would quote the string: it has passwords. */
	pg->options = PQconninfoParse(conninfo, NULL);
	if (pg->options == NULL) {
		pg_free(pg);
		return fault_set(f, FAULT_INTERNAL, "database: not a libpq "
		    "connection string (key=value … or postgresql://…)");
	}
	if (fill_keywords(pg) != 0) {
		pg_free(pg);
		return fault_set_memory(f);
	}
	*out = pg;
	return 0;
}

void
pg_free(struct pg *pg)
{
	if (pg == NULL)
		return;
	pg_disconnect(pg);
	PQconninfoFree(pg->options);
	free(pg->keywords);
	free(pg->values);
	free(pg);
}

void
pg_demand(struct pg *pg, const struct pg_statement *complaints)
{
	pg->complaints = complaints;
}

int
pg_run(struct pg *pg, const struct pg_statement *statement,
    const struct pg_param *params, int num_params, struct pg_result **out,
    struct fault *f)
{
	PGresult *result = NULL;
	struct pg_wire w;

	if (pg_wire_fill(&w, statement, params, num_params, f) != 0)
		return -1;
	if (try_twice(pg, statement, &w, num_params, &result, f) != PG_DONE ||
	    pg_check_shape(statement, result, f) != 0) {
		PQclear(result);
		return -1;
	}
	if (out != NULL)
		*out = result;
	else
		PQclear(result);
	return 0;
}

int
pg_run_row(struct pg *pg, const struct pg_statement *statement,
    const struct pg_param *params, int num_params,
    bool (*read)(struct pg_cursor *c, void *out), void *out, struct fault *f)
{
	struct pg_cursor c = { 0 };
	PGresult *result;
	int r;

	if (pg_run(pg, statement, params, num_params, &result, f) != 0)
		return -1;
	c.result = result;
	r = PQntuples(result) > 0;
	if (r == 1 && !read(&c, out))
		r = fault_set(f, FAULT_INTERNAL,
		    "database: %s: a row of another shape", statement->name);
	PQclear(result);
	return r;
}

int
pg_run_script(struct pg *pg, const char *name, const char *sql,
    struct fault *f)
{
	PGresult *result = NULL;
	enum pg_outcome o;

	if (pg->conn == NULL && connect_to_server(pg, f) != 0)
		return -1;
	o = finish(pg, name, PQsendQuery(pg->conn, sql) == 1,
	    clock_ms() + pg->timeout_ms, &result, f);
	if (o == PG_LOST || o == PG_LATE)
		pg_disconnect(pg);
	PQclear(result);
	return o == PG_DONE ? 0 : -1;
}
