/*
 * bench/floor: what a request costs before attestry does anything. The same
 * pool, listener and HTTP, and behind them only what cannot be left out:
 * GnuTLS and libpq, bare.
 *
 *	floor LISTEN NUM_WORKERS CONNINFO
 *
 *	/…/raw/KEY, /…/view/KEY	the stored quote of that checksum: one SELECT
 *	/…/recent?body=N	the service's own SELECT of 20 rows, and a
 *				fixed body of N bytes
 *	/…?verify=V&insert=I&body=N
 *				V verifications, I durable INSERTs of the
 *				request's body, and a fixed body
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <libpq-fe.h>

#include "bare.h"
#include "http.h"
#include "listener.h"
#include "log.h"
#include "pool.h"
#include "store.h"

#define KEY_LEN 32
#define BODY_MAX 65536
#define RECENT_NUM 20

struct floor {
	const char *conninfo;
	struct bare bare;
	char body[BODY_MAX];
	PGconn *pg;
	struct store *store; /* for its SELECT of the recent ones */
};

/* One parameterised statement, binary both ways, not prepared. */
static PGresult *
run(struct floor *fl, const char *sql, const struct bytes *params, int num)
{
	const char *values[2];
	int lens[2], formats[2], i;

	for (i = 0; i < num; i++) {
		values[i] = (const char *)params[i].ptr;
		lens[i] = (int)params[i].len;
		formats[i] = 1;
	}
	return PQexecParams(fl->pg, sql, num, NULL, values, lens, formats, 1);
}

static void
clear(void *result)
{
	PQclear(result);
}

static void
answer_stored(struct floor *fl, const char *hex, struct http_reply *reply)
{
	uint8_t key[KEY_LEN];
	struct bytes param = BYTES_OF(key), body;
	PGresult *result;

	if (!hex_decode(key, sizeof(key), bytes_of_string(hex)))
		return;
	result = run(fl, "SELECT raw FROM quote WHERE checksum = $1", &param, 1);
	if (PQntuples(result) != 1) {
		fprintf(stderr, "floor: %s", PQerrorMessage(fl->pg));
		PQclear(result);
		return;
	}
	body.ptr = (const uint8_t *)PQgetvalue(result, 0, 0);
	body.len = (size_t)PQgetlength(result, 0, 0);
	reply->status = 200;
	reply->content_type = "application/octet-stream";
	/* so that the front keeps it as it keeps the service's */
	http_reply_header(reply, "Cache-Control", "%s",
	    "public, max-age=31536000, immutable");
	http_reply_body_adopt(reply, body, clear, result);
}

static bool
insert(struct floor *fl, struct bytes upload)
{
	uint8_t key[KEY_LEN];
	struct bytes params[] = { BYTES_OF(key), upload };
	PGresult *result;
	bool good;

	if (gnutls_rnd(GNUTLS_RND_NONCE, key, sizeof(key)) < 0)
		return false;
	result = run(fl, "INSERT INTO floor (key, raw) VALUES ($1, $2)",
	    params, 2);
	good = PQresultStatus(result) == PGRES_COMMAND_OK;
	if (!good)
		fprintf(stderr, "floor: %s", PQerrorMessage(fl->pg));
	PQclear(result);
	return good;
}

static int
query_number(const struct http_request *request, const char *name)
{
	const char *at = strstr(request->query, name);

	return at != NULL ? atoi(at + strlen(name)) : 0;
}

static bool
do_work(struct floor *fl, const struct http_request *request)
{
	struct recent_quote recent[RECENT_NUM];
	struct fault f = { 0 };
	size_t num;
	int i;

	if (strstr(request->path, "/recent") != NULL &&
	    store_get_recent(fl->store, 0, RECENT_NUM, NULL, recent, &num,
		&f) < 0)
		return false;
	if (!bare_verify(&fl->bare, query_number(request, "verify=")))
		return false;
	for (i = query_number(request, "insert="); i > 0; i--)
		if (!insert(fl, request->body))
			return false;
	return true;
}

static enum http_outcome
handle(void *ctx, const struct http_request *request,
    struct http_reply *reply)
{
	struct floor *fl = ctx;
	const char *key = strstr(request->path, "/raw/");
	int len;

	reply->route = "floor";
	if (key == NULL)
		key = strstr(request->path, "/view/");
	if (key != NULL) {
		answer_stored(fl, strchr(key + 1, '/') + 1, reply);
		return HTTP_ANSWERED;
	}
	len = query_number(request, "body=");
	if (len < 0 || len > BODY_MAX || !do_work(fl, request))
		return HTTP_ANSWERED;
	reply->status = 200;
	reply->content_type = "application/json";
	reply->body = (struct bytes){ (const uint8_t *)fl->body, (size_t)len };
	return HTTP_ANSWERED;
}

static int
work(void *ctx, const struct pool_worker *worker)
{
	struct floor *fl = ctx;
	struct http_settings settings = {
		.listen_fds = worker->listen_fds,
		.stop_fd = worker->stop_fd,
		.body_max = BODY_MAX,
		.handler = handle,
		.ctx = fl,
	};
	struct fault f = { 0 };

	fl->pg = PQconnectdb(fl->conninfo);
	if (PQstatus(fl->pg) != CONNECTION_OK) {
		fprintf(stderr, "floor: %s", PQerrorMessage(fl->pg));
		return 1;
	}
	if (store_new(&fl->store, fl->conninfo, &f) < 0) {
		fprintf(stderr, "floor: %s\n", f.message);
		return 1;
	}
	pool_worker_ready(worker);
	return http_serve(&settings, &f) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static struct floor fl;
	struct listen_address addresses[LISTEN_NUM] = { 0 };
	struct listeners listeners;
	struct pool_settings pool = {
		.listeners = &listeners, .work = work, .ctx = &fl
	};
	struct log_settings log = { .level = LOG_LEVEL_INFO };
	struct fault f = { 0 };

	if (argc != 4 || !listen_address_parse(argv[1], &addresses[LISTEN_ALL]))
		return 64;
	log_open(&log, "floor");
	pool.num_workers = atoi(argv[2]);
	fl.conninfo = argv[3];
	memset(fl.body, 'x', sizeof(fl.body));
	bare_init(&fl.bare);
	if (listeners_open(&listeners, addresses, &f) != 0 ||
	    pool_run(&pool, &f) != 0) {
		fprintf(stderr, "floor: %s\n", f.message);
		return 1;
	}
	return 0;
}
