/*
 * One statement several times in one round trip (libpq's pipeline mode). Of
 * the public interface in pg.h.
 */
#include <poll.h>

#include "clock.h"
#include "pg_private.h"

/* After what went wrong at the end, and the end itself, nothing more comes. */
#define END_RESULTS_MAX 4

/* Statements as they are sent. */
struct batch {
	const struct pg_statement *statement;
	const struct pg_call *calls;
	int num_calls;
	int num_params;
	struct pg_wire wires[PG_CALLS_NUM_MAX];
	struct pg_prepared *prepared[PG_CALLS_NUM_MAX];
	int64_t deadline_ms;
};

/* Within a batch nothing can be prepared: a refusal would end all of it. */
static enum pg_outcome
prepare_all(struct pg *pg, struct batch *b, struct fault *f)
{
	enum pg_outcome o;
	int i;

	for (i = 0; i < b->num_calls; i++) {
		b->prepared[i] = pg_prepared_find(&pg->prepared,
		    b->statement->sql, b->wires[i].types, b->num_params);
		if (b->prepared[i] == NULL) {
			fault_set(f, FAULT_INTERNAL,
			    "database: %s: it cannot be prepared",
			    b->statement->name);
			return PG_REFUSED;
		}
		if (b->prepared[i]->is_there)
			continue;
		o = pg_prepare(pg, b->prepared[i], b->statement->name,
		    b->deadline_ms, f);
		if (o != PG_DONE)
			return o;
	}
	return PG_DONE;
}

static bool
queue_all(struct pg *pg, const struct batch *b)
{
	int i;

	if (PQenterPipelineMode(pg->conn) != 1)
		return false;
	for (i = 0; i < b->num_calls; i++) {
		const struct pg_wire *w = &b->wires[i];

		if (PQsendQueryPrepared(pg->conn, b->prepared[i]->name,
			b->num_params, w->values, w->lengths, w->formats,
			1) != 1)
			return false;
	}
	return PQpipelineSync(pg->conn) == 1;
}

static enum pg_outcome
read_row(const struct batch *b, int i, PGresult *result,
    bool (*read)(struct pg_cursor *c, void *out), struct fault *f)
{
	struct pg_cursor c = { .result = (const struct pg_result *)result };

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		return pg_read_refusal(result, b->statement->name, f);
	if (pg_check_shape(b->statement, result, f) != 0)
		return PG_REFUSED;
	if (PQntuples(result) == 0 || read(&c, b->calls[i].out))
		return PG_DONE;
	fault_set(f, FAULT_INTERNAL, "database: %s: a row of another shape",
	    b->statement->name);
	return PG_REFUSED;
}

/* A pooler may have gone to a connection that has them not. */
static void
forget_missing(struct batch *b, const PGresult *result)
{
	int i;

	if (pg_prepared_is_missing(result))
		for (i = 0; i < b->num_calls; i++)
			b->prepared[i]->is_there = false;
}

/*
 * To where the server says that all is committed. What fails there comes
 * before it, as an error.
 */
static enum pg_outcome
read_end(struct pg *pg, const struct batch *b, struct fault *f)
{
	enum pg_outcome o = PG_DONE, waited;
	ExecStatusType status;
	PGresult *result;
	int i;

	for (i = 0; i < END_RESULTS_MAX; i++) {
		while (PQisBusy(pg->conn)) {
			waited = pg_wait(pg->conn, POLLIN, b->deadline_ms);
			if (waited != PG_DONE)
				return waited;
			if (!PQconsumeInput(pg->conn))
				return PG_LOST;
		}
		result = PQgetResult(pg->conn);
		status = PQresultStatus(result);
		if (result != NULL && status != PGRES_PIPELINE_SYNC)
			o = pg_read_refusal(result, b->statement->name, f);
		PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return PQexitPipelineMode(pg->conn) == 1 ? o : PG_LOST;
	}
	return PG_LOST;
}

/* The first that went wrong is what is told. */
static enum pg_outcome
read_all(struct pg *pg, struct batch *b,
    bool (*read)(struct pg_cursor *c, void *out), struct fault *f)
{
	enum pg_outcome o = PG_DONE, end;
	struct fault ignored;
	int i;

	for (i = 0; i < b->num_calls; i++) {
		PGresult *result = NULL;

		end = pg_receive_all(pg->conn, b->deadline_ms, &result);
		if (end == PG_DONE && o == PG_DONE) {
			o = result == NULL ? PG_LOST :
					     read_row(b, i, result, read, f);
			forget_missing(b, result);
		}
		PQclear(result);
		if (end != PG_DONE)
			return end;
	}
	end = read_end(pg, b, o == PG_DONE ? f : &ignored);
	return end == PG_LOST || o == PG_DONE ? end : o;
}

static enum pg_outcome
run(struct pg *pg, struct batch *b,
    bool (*read)(struct pg_cursor *c, void *out), struct fault *f)
{
	enum pg_outcome o = prepare_all(pg, b, f);

	if (o != PG_DONE)
		return o;
	o = queue_all(pg, b) ? pg_send_all(pg->conn, b->deadline_ms) :
			       PG_LOST;
	if (o == PG_DONE)
		o = read_all(pg, b, read, f);
	if (o == PG_LATE)
		fault_set(f, FAULT_INTERNAL,
		    "database: %s: no answer within %d ms",
		    b->statement->name, pg->timeout_ms);
	else if (o == PG_LOST)
		pg_fault_set(f, b->statement->name, PQerrorMessage(pg->conn));
	return o;
}

int
pg_run_all(struct pg *pg, const struct pg_statement *statement,
    int num_params, const struct pg_call *calls, int num_calls,
    bool (*read)(struct pg_cursor *c, void *out), struct fault *f)
{
	struct batch b = {
		.statement = statement,
		.calls = calls,
		.num_calls = num_calls,
		.num_params = num_params,
		.deadline_ms = clock_ms() + pg->timeout_ms,
	};
	enum pg_outcome o;
	int i;

	if (num_calls > PG_CALLS_NUM_MAX)
		return fault_set(f, FAULT_INTERNAL, "database: %s: want at "
		    "most %d at once, have %d", statement->name,
		    PG_CALLS_NUM_MAX, num_calls);
	for (i = 0; i < num_calls; i++)
		if (pg_wire_fill(&b.wires[i], statement, calls[i].params,
			num_params, f) != 0)
			return -1;
	if (pg_connect(pg, &b.deadline_ms, f) != 0)
		return -1;
	if (PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
		return fault_set(f, FAULT_INTERNAL,
		    "database: %s: within a transaction", statement->name);
	o = run(pg, &b, read, f);
	if (o == PG_LOST || o == PG_LATE ||
	    PQpipelineStatus(pg->conn) != PQ_PIPELINE_OFF)
		pg_disconnect(pg);
	return o == PG_DONE ? 0 : -1;
}
