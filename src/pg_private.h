/*
 * What the files of the connection share. For pg*.c alone.
 */
#ifndef ATTESTRY_PG_PRIVATE_H
#define ATTESTRY_PG_PRIVATE_H

#include "pg.h"
#include "pg_prepared.h"

struct pg {
	PGconn *conn; /* NULL: not connected */
	int timeout_ms;
	const struct pg_statement *complaints; /* NULL: of no use */
	struct pg_prepared_list prepared;
	PQconninfoOption *options; /* what the two arrays point into */
	const char **keywords;
	const char **values;
};

/* Parameters in the form of PQsendQueryParams. */
struct pg_wire {
	Oid types[PG_PARAM_NUM_MAX];
	const char *values[PG_PARAM_NUM_MAX];
	int lengths[PG_PARAM_NUM_MAX];
	int formats[PG_PARAM_NUM_MAX];
	char numbers[PG_PARAM_NUM_MAX][8];
};

/* Returns 0, or -1 when there are too many, or one is too long. */
MUST_USE int pg_wire_fill(struct pg_wire *w,
    const struct pg_statement *statement, const struct pg_param *params,
    int num_params, struct fault *f);

/* LOST: the connection is of no use; LATE: nor is it known to be. */
enum pg_outcome { PG_DONE, PG_REFUSED, PG_LOST, PG_LATE };

/*
 * Connects, and looks whether the server is one to be used, if there is no
 * connection. The time that takes is added to the deadline.
 */
MUST_USE int pg_connect(struct pg *pg, int64_t *deadline_ms,
    struct fault *f);
void pg_disconnect(struct pg *pg);

/* Until the socket is ready or the deadline has passed. */
enum pg_outcome pg_wait(PGconn *conn, short events, int64_t deadline_ms);

/* Sends what libpq holds. */
enum pg_outcome pg_send_all(PGconn *conn, int64_t deadline_ms);

/*
 * Reads to the end of the answer. Of several results keeps the last one, or
 * the first one that is an error; *out is NULL if there is none.
 */
enum pg_outcome pg_receive_all(PGconn *conn, int64_t deadline_ms,
    PGresult **out);

/*
 * What the server refused with. It may have said that it is going away, or
 * that it has become a standby: then another connection may do (PG_LOST).
 */
enum pg_outcome pg_read_refusal(const PGresult *result, const char *name,
    struct fault *f);

/* libpq's messages are paragraphs; the first line says what happened. */
int pg_fault_set(struct fault *f, const char *what, const char *text);

/* Has a statement prepared. */
enum pg_outcome pg_prepare(struct pg *pg, struct pg_prepared *p,
    const char *name, int64_t deadline_ms, struct fault *f);

/* Whether there are as many rows as there may be. */
MUST_USE int pg_check_shape(const struct pg_statement *statement,
    const PGresult *result, struct fault *f);

#endif
