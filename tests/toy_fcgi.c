/*
 * A small service on http.c, listener.c and pool.c for the tests in Python:
 *
 *	toy_fcgi LISTEN NUM_WORKERS [DRAIN_MS [IO_TIMEOUT_MS
 *	    [PARK_MS [PARK_STOP_MS]]]]
 *
 * LISTEN "-": the socket comes as fd 0 or from systemd. TOY_LISTEN_UPLOADS is
 * where the second one is opened. When the file named by TOY_FAIL exists,
 * workers end as soon as they are started. /park?N is parked until the file
 * named by TOY_NEWS has N bytes. /defer?MS takes so long, and then is settled
 * together with others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "http.h"
#include "listener.h"
#include "log.h"
#include "multipart.h"
#include "pool.h"

#define BODY_MAX 65536

static int io_timeout_ms, park_ms, park_stop_ms;

static void
reply_json(struct http_reply *reply, json_object *json)
{
	char *text = strdup(json_object_to_json_string_ext(json,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));

	json_object_put(json);
	if (text == NULL)
		return;
	reply->content_type = "application/json";
	http_reply_body_adopt(reply, bytes_of_string(text), free, text);
}

static void
add(json_object *json, const char *name, const char *text)
{
	json_object_object_add(json, name, json_object_new_string(text));
}

/* The request as the handler sees it. */
static void
echo(const struct http_request *request, struct http_reply *reply)
{
	json_object *json = json_object_new_object();
	char *hex = malloc(2 * request->body.len + 1);

	if (hex == NULL)
		return;
	hex_encode(hex, request->body);
	add(json, "method", request->method);
	add(json, "path", request->path);
	add(json, "query", request->query);
	add(json, "content_type", request->content_type);
	add(json, "if_none_match", request->if_none_match);
	add(json, "remote_addr", request->remote_addr);
	add(json, "request_id", request->request_id);
	add(json, "accept", http_param(request, "HTTP_ACCEPT"));
	add(json, "body", hex);
	json_object_object_add(json, "body_too_large",
	    json_object_new_boolean(request->body_too_large));
	json_object_object_add(json, "pid", json_object_new_int(getpid()));
	free(hex);
	reply->status = request->body_too_large ? 413 : 200;
	reply_json(reply, json);
}

/* A form's file, given back. */
static void
form(const struct http_request *request, struct http_reply *reply)
{
	struct multipart_field field = { .name = "file" };
	struct fault f;

	if (multipart_read(&field, 1, request->body, request->content_type,
	    &f) != 1) {
		reply->status = 422;
		return;
	}
	reply->status = 200;
	reply->content_type = "application/octet-stream";
	reply->body = field.content;
}

static void
big(const struct http_request *request, struct http_reply *reply)
{
	size_t len = strtoul(request->query, NULL, 10);
	uint8_t *body = calloc(1, len + 1);

	if (body == NULL)
		return;
	reply->status = 200;
	reply->content_type = "application/octet-stream";
	http_reply_body_adopt(reply, (struct bytes){ body, len }, free, body);
}

static void
headers(const struct http_request *request, struct http_reply *reply)
{
	int i, num = atoi(request->query);

	reply->status = 200;
	for (i = 0; i < num; i++)
		http_reply_header(reply, "X-Test", "%0100d", i);
}

static unsigned int
news(void *ctx)
{
	const char *path = getenv("TOY_NEWS");
	struct stat file;

	(void)ctx;
	return path != NULL && stat(path, &file) == 0 ?
	    (unsigned int)file.st_size : 0;
}

/* Answers with how often it was called and what it was told last. */
static enum http_outcome
park(const struct http_request *request, struct http_reply *reply)
{
	json_object *json;
	int *num_calls = *request->memory;

	if (num_calls == NULL) {
		num_calls = calloc(1, sizeof(*num_calls));
		*request->memory = num_calls;
	}
	if (num_calls == NULL)
		return HTTP_ANSWERED;
	(*num_calls)++;
	/* what a handler leaves behind when it parks is not sent */
	http_reply_header(reply, "X-Call", "%d", *num_calls);
	reply->status = 200;
	if (news(NULL) < strtoul(request->query, NULL, 10)) {
		if (request->may_park)
			return HTTP_PARK;
		reply->status = 500;
	}
	json = json_object_new_object();
	json_object_object_add(json, "calls",
	    json_object_new_int(*num_calls));
	json_object_object_add(json, "may_wait",
	    json_object_new_boolean(request->may_wait));
	json_object_object_add(json, "pid", json_object_new_int(getpid()));
	json_object_object_add(json, "body", json_object_new_string_len(
	    (const char *)request->body.ptr, (int)request->body.len));
	reply_json(reply, json);
	return HTTP_ANSWERED;
}

/* Requests that wait for being settled. */
static struct deferred {
	int together; /* with so many, and itself; 0: not yet */
} *deferred[HTTP_DEFERRED_NUM_MAX];
static int num_deferred;

static void
settle(void *ctx)
{
	int i;

	(void)ctx;
	for (i = 0; i < num_deferred; i++)
		deferred[i]->together = num_deferred;
	num_deferred = 0;
}

/* Answers with how many were settled together; 0: it was not deferred. */
static enum http_outcome
defer(const struct http_request *request, struct http_reply *reply)
{
	struct deferred *d = *request->memory;
	json_object *json;

	if (d == NULL) {
		usleep((useconds_t)atoi(request->query) * 1000);
		if (request->may_defer) {
			d = calloc(1, sizeof(*d));
			if (d == NULL)
				return HTTP_ANSWERED;
			*request->memory = d;
			deferred[num_deferred++] = d;
			/* is not sent */
			http_reply_header(reply, "X-Call", "1");
			return HTTP_DEFER;
		}
	}
	reply->status = d == NULL || d->together > 0 ? 200 : 500;
	json = json_object_new_object();
	json_object_object_add(json, "together",
	    json_object_new_int(d != NULL ? d->together : 0));
	json_object_object_add(json, "may_defer",
	    json_object_new_boolean(request->may_defer));
	json_object_object_add(json, "body", json_object_new_string_len(
	    (const char *)request->body.ptr, (int)request->body.len));
	reply_json(reply, json);
	return HTTP_ANSWERED;
}

static enum http_outcome
handle(void *ctx, const struct http_request *request,
    struct http_reply *reply)
{
	const char *path = request->path;

	(void)ctx;
	reply->route = path[0] == '/' ? "toy" : NULL;
	if (strcmp(path, "/park") == 0)
		return park(request, reply);
	if (strcmp(path, "/defer") == 0)
		return defer(request, reply);
	if (strcmp(path, "/form") == 0)
		form(request, reply);
	else if (strcmp(path, "/big") == 0)
		big(request, reply);
	else if (strcmp(path, "/headers") == 0)
		headers(request, reply);
	else if (strcmp(path, "/silent") == 0)
		return HTTP_ANSWERED;
	else if (strcmp(path, "/crash") == 0)
		abort();
	else if (strcmp(path, "/304") == 0) {
		reply->status = 304;
		http_reply_header(reply, "ETag", "\"%s\"", "x");
		reply->body = bytes_of_string("not to be sent");
	} else if (strcmp(path, "/inject") == 0) {
		reply->status = 200;
		http_reply_header(reply, "X-Test", "%s", "a\r\nX-Evil: b");
	} else if (strcmp(path, "/long") == 0) {
		reply->status = 200;
		http_reply_header(reply, "X-Test", "%0600d", 1);
	} else {
		if (strcmp(path, "/sleep") == 0)
			usleep((useconds_t)atoi(request->query) * 1000);
		echo(request, reply);
	}
	return HTTP_ANSWERED;
}

static int
work(void *ctx, const struct pool_worker *worker)
{
	struct http_settings settings = {
		.listen_fds = worker->listen_fds,
		.stop_fd = worker->stop_fd,
		.body_max = BODY_MAX,
		.io_timeout_ms = io_timeout_ms,
		.handler = handle,
		.news = news,
		.settle = settle,
		.park_ms = park_ms,
		.park_stop_ms = park_stop_ms,
	};
	const char *fail = getenv("TOY_FAIL");
	struct fault f = { 0 };

	(void)ctx;
	if (fail != NULL && access(fail, F_OK) == 0)
		return 1;
	pool_worker_ready(worker);
	if (http_serve(&settings, &f) == 0)
		return 0;
	fprintf(stderr, "%s\n", f.message);
	return 1;
}

int
main(int argc, char **argv)
{
	const char *uploads = getenv("TOY_LISTEN_UPLOADS");
	struct listen_address addresses[LISTEN_NUM] = { 0 };
	struct listeners listeners;
	struct pool_settings pool = { .listeners = &listeners, .work = work };
	struct log_settings log = { .level = LOG_LEVEL_DEBUG };
	struct fault f = { 0 };

	log_open(&log, "toy");
	if (argc < 3 || (strcmp(argv[1], "-") != 0 &&
	    !listen_address_parse(argv[1], &addresses[LISTEN_ALL])) ||
	    (uploads != NULL &&
	    !listen_address_parse(uploads, &addresses[LISTEN_UPLOADS])))
		return 64;
	pool.num_workers = atoi(argv[2]);
	pool.drain_ms = argc > 3 ? atoi(argv[3]) : 0;
	io_timeout_ms = argc > 4 ? atoi(argv[4]) : 0;
	park_ms = argc > 5 ? atoi(argv[5]) : 0;
	park_stop_ms = argc > 6 ? atoi(argv[6]) : 0;
	if (listeners_open(&listeners, addresses, &f) != 0 ||
	    pool_run(&pool, &f) != 0) {
		fprintf(stderr, "%s\n", f.message);
		return 1;
	}
	return 0;
}
