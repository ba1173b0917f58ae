#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "pcs_transfer.h"

#define HTTP_OK 200
#define HTTP_NOT_FOUND 404
#define HTTP_GONE 410
#define HTTP_TOO_MANY_REQUESTS 429
#define HTTP_INTERNAL_SERVER_ERROR 500
#define HTTP_UNAVAILABLE 503

#define BODY_SIZE_FIRST 16384

/* Before the second attempt: this, and up to as much again, at random. */
#define PAUSE_MS 100

static size_t
on_header(char *line, size_t size, size_t num, void *arg)
{
	struct pcs_transfer *t = arg;
	size_t len = size * num;

	(void)line; /* curl_easy_header finds them afterwards */
	if (len > PCS_HEADERS_LEN_MAX - t->headers_len) {
		t->refusal = PCS_REFUSED_HEADERS;
		return CURL_WRITEFUNC_ERROR;
	}
	t->headers_len += len;
	return len;
}

/* Room for len more bytes and a NUL; len is known to fit under the maximum. */
static bool
body_reserve(struct pcs_transfer *t, size_t len)
{
	size_t size = t->size > 0 ? t->size : BODY_SIZE_FIRST;
	char *body;

	while (size - t->len <= len)
		size *= 2;
	if (size == t->size)
		return true;
	body = realloc(t->body, size);
	if (body == NULL)
		return false;
	t->body = body;
	t->size = size;
	return true;
}

/* Counts itself: CURLOPT_MAXFILESIZE does not stop a chunked answer. */
static size_t
on_body(char *data, size_t size, size_t num, void *arg)
{
	struct pcs_transfer *t = arg;
	size_t len = size * num;

	if (len > t->len_max - t->len) {
		t->refusal = PCS_REFUSED_BODY;
		return CURL_WRITEFUNC_ERROR;
	}
	if (!body_reserve(t, len)) {
		t->refusal = PCS_REFUSED_MEMORY;
		return CURL_WRITEFUNC_ERROR;
	}
	memcpy(t->body + t->len, data, len);
	t->len += len;
	t->body[t->len] = '\0';
	return len;
}

/* What is the same for every request of this client. */
static bool
transfer_init(struct pcs_transfer *t)
{
	CURL *e = curl_easy_init();

	t->easy = e;
	return e != NULL &&
	    /* pcs_url.c lets http through for loopback only. */
	    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https,http") == 0 &&
	    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == 0 &&
	    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == 0 &&
	    curl_easy_setopt(e, CURLOPT_SSLVERSION,
		(long)CURL_SSLVERSION_TLSv1_2) == 0 &&
	    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == 0 &&
	    /* Not from the environment: HTTP_PROXY may be a request header. */
	    curl_easy_setopt(e, CURLOPT_PROXY, "") == 0 &&
	    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == 0 &&
	    /* Else the deadline waits for the resolver's own time limit; its
	     * thread ends by itself later. */
	    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L) == 0 &&
	    curl_easy_setopt(e, CURLOPT_USERAGENT, "attestry") == 0 &&
	    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) == 0 &&
	    curl_easy_setopt(e, CURLOPT_HEADERDATA, t) == 0 &&
	    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == 0 &&
	    curl_easy_setopt(e, CURLOPT_WRITEDATA, t) == 0;
}

int
pcs_client_init(struct pcs_client *c, struct fault *f)
{
	size_t i;

	/* Counted by curl, one cleanup in pcs_client_free for each. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return fault_set(f, FAULT_INTERNAL, "curl cannot start");
	c->is_started = true;
	c->multi = curl_multi_init();
	if (c->multi == NULL)
		return fault_set_memory(f);
	for (i = 0; i < PCS_TRANSFERS_NUM_MAX; i++)
		if (!transfer_init(&c->transfers[i]))
			return fault_set_memory(f);
	return 0;
}

void
pcs_client_clear(struct pcs_client *c)
{
	struct pcs_transfer *t;

	for (t = c->transfers; t < c->transfers + c->num; t++) {
		curl_multi_remove_handle(c->multi, t->easy);
		curl_free(t->host);
		free(t->body);
		*t = (struct pcs_transfer){ .easy = t->easy };
	}
	c->num = 0;
}

void
pcs_client_free(struct pcs_client *c)
{
	size_t i;

	pcs_client_clear(c);
	for (i = 0; i < PCS_TRANSFERS_NUM_MAX; i++)
		curl_easy_cleanup(c->transfers[i].easy);
	curl_multi_cleanup(c->multi);
	if (c->is_started)
		curl_global_cleanup();
	memset(c, 0, sizeof(*c));
}

int
pcs_client_add_adopt(struct pcs_client *c, const char *name, CURLU *u,
    size_t len_max, struct fault *f)
{
	struct pcs_transfer *t = &c->transfers[c->num];
	char *url = NULL;
	bool is_added;

	is_added = u != NULL && c->num < PCS_TRANSFERS_NUM_MAX &&
	    curl_url_get(u, CURLUPART_URL, &url, 0) == 0 &&
	    curl_url_get(u, CURLUPART_HOST, &t->host, 0) == 0 &&
	    curl_easy_setopt(t->easy, CURLOPT_URL, url) == 0;
	curl_free(url);
	curl_url_cleanup(u);
	if (!is_added)
		return fault_set_memory(f);
	t->name = name;
	t->len_max = len_max;
	c->num++;
	return 0;
}

long
pcs_transfer_status(const struct pcs_transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

struct bytes
pcs_transfer_body(const struct pcs_transfer *t)
{
	return (struct bytes){ (const uint8_t *)t->body, t->len };
}

static long
retry_after_s(const struct pcs_transfer *t)
{
	curl_off_t s = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &s);
	if (s < 0)
		return 0;
	return s < PCS_RETRY_AFTER_S_MAX ? (long)s : PCS_RETRY_AFTER_S_MAX;
}

static bool
is_good(const struct pcs_transfer *t)
{
	return t->result == CURLE_OK && pcs_transfer_status(t) == HTTP_OK;
}

static enum pcs_outcome
outcome_of(const struct pcs_transfer *t)
{
	long status = pcs_transfer_status(t);

	if (is_good(t))
		return PCS_GOOD;
	if (status == HTTP_NOT_FOUND || status == HTTP_GONE)
		return PCS_UNKNOWN;
	if (status == HTTP_TOO_MANY_REQUESTS ||
	    (status == HTTP_UNAVAILABLE && retry_after_s(t) > 0))
		return PCS_BUSY;
	return PCS_FAILED;
}

/* Could it be otherwise a moment later? */
static bool
is_transient(const struct pcs_transfer *t)
{
	long status = pcs_transfer_status(t);

	if (t->refusal != PCS_REFUSED_NOT || outcome_of(t) != PCS_FAILED)
		return false;
	if (status != 0 && status != HTTP_OK)
		return status >= HTTP_INTERNAL_SERVER_ERROR;
	switch (t->result) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return true;
	default:
		return false;
	}
}

static int
attempt(struct pcs_client *c, struct pcs_transfer *t,
    const struct pcs_limits *limits, struct fault *f)
{
	t->len = 0;
	t->headers_len = 0;
	t->attempted_ms = clock_ms();
	t->state = PCS_TRANSFER_RUNNING;
	if (curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS,
		limits->connect_ms) != 0 ||
	    curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT,
		t->is_second ? 1L : 0L) != 0 ||
	    curl_multi_add_handle(c->multi, t->easy) != CURLM_OK)
		return fault_set_memory(f);
	return 0;
}

static int64_t
pause_ms(void)
{
	unsigned char random = 0;

	/* All workers meet the same trouble at once; not again together. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = 0;
	return PAUSE_MS + PAUSE_MS * random / 255;
}

/* An attempt has ended; there may be a second one. */
static void
end_attempt(struct pcs_client *c, struct pcs_transfer *t, CURLcode result,
    const struct pcs_limits *limits)
{
	t->result = result;
	t->state = PCS_TRANSFER_DONE;
	curl_multi_remove_handle(c->multi, t->easy);
	if (t->is_second || !is_transient(t))
		return;
	t->resume_ms = clock_ms() + pause_ms();
	if (t->resume_ms < limits->deadline_ms) {
		t->is_second = true;
		t->state = PCS_TRANSFER_PAUSED;
	}
}

static void
collect_results(struct pcs_client *c, const struct pcs_limits *limits)
{
	struct pcs_transfer *t;
	const CURLMsg *m;
	CURLcode result;
	CURL *easy;
	int left;

	while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		/* The message is gone when the handle is. */
		easy = m->easy_handle;
		result = m->data.result;
		for (t = c->transfers; t < c->transfers + c->num; t++)
			if (t->easy == easy)
				end_attempt(c, t, result, limits);
	}
}

/*
 * When this attempt is given up. A server from which nothing came in half of
 * the time is asked once more in the other half, over another connection.
 */
static int64_t
attempt_end_ms(const struct pcs_transfer *t, const struct pcs_limits *limits)
{
	int64_t silence_ms = t->attempted_ms + limits->span_ms / 2;

	return !t->is_second && t->headers_len == 0 &&
	    silence_ms < limits->deadline_ms ? silence_ms :
	    limits->deadline_ms;
}

/*
 * Gives up what is overdue and goes on with what has paused.
 *
 * out_wait_ms	until the next of these is due
 * out_is_over	nothing is left to wait for
 */
static int
keep_time(struct pcs_client *c, const struct pcs_limits *limits,
    int64_t *out_wait_ms, bool *out_is_over, struct fault *f)
{
	int64_t now = clock_ms(), due = limits->deadline_ms, at;
	struct pcs_transfer *t;

	*out_is_over = true;
	for (t = c->transfers; t < c->transfers + c->num; t++) {
		if (t->state == PCS_TRANSFER_RUNNING &&
		    attempt_end_ms(t, limits) <= now)
			end_attempt(c, t, CURLE_OPERATION_TIMEDOUT, limits);
		if (t->state == PCS_TRANSFER_PAUSED && t->resume_ms <= now &&
		    attempt(c, t, limits, f) < 0)
			return -1;
	}
	for (t = c->transfers; t < c->transfers + c->num; t++) {
		if (t->state == PCS_TRANSFER_DONE) {
			if (is_good(t))
				continue;
			*out_is_over = true;
			return 0;
		}
		*out_is_over = false;
		at = t->state == PCS_TRANSFER_PAUSED ? t->resume_ms :
		    attempt_end_ms(t, limits);
		due = at < due ? at : due;
	}
	*out_wait_ms = due > now ? due - now : 0;
	return 0;
}

/* Until all have ended, or one has failed. */
static int
run_all(struct pcs_client *c, const struct pcs_limits *limits,
    struct fault *f)
{
	struct pcs_transfer *t;
	int64_t wait_ms;
	int running;
	bool is_over;

	for (t = c->transfers; t < c->transfers + c->num; t++)
		if (attempt(c, t, limits, f) < 0)
			return -1;
	for (;;) {
		if (curl_multi_perform(c->multi, &running) != CURLM_OK)
			return fault_set_memory(f);
		collect_results(c, limits);
		if (keep_time(c, limits, &wait_ms, &is_over, f) < 0)
			return -1;
		if (is_over)
			return 0;
		/* Wakes by itself when a timeout of curl's is due. */
		if (curl_multi_poll(c->multi, NULL, 0, (int)wait_ms,
			NULL) != CURLM_OK)
			return fault_set_memory(f);
	}
}

static int
refuse_status(const struct pcs_transfer *t, long status, struct fault *f)
{
	long patience_s = retry_after_s(t);

	if (patience_s > 0)
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s from %s: want HTTP status 200, have %ld, "
		    "retry after %ld s", t->name, t->host, status, patience_s);
	return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
	    "%s from %s: want HTTP status 200, have %ld", t->name, t->host,
	    status);
}

static int
refuse_timeout(const struct pcs_transfer *t, const struct pcs_limits *limits,
    struct fault *f)
{
	curl_off_t connected_us = 0;

	curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
	if (connected_us == 0)
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s from %s: want a connection within %ld ms, have none",
		    t->name, t->host, limits->connect_ms);
	return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
	    "%s from %s: want the whole answer within %ld ms, have %zu bytes",
	    t->name, t->host, limits->span_ms, t->len);
}

/* What is wrong with an answer that is not good. */
static int
refuse(const struct pcs_transfer *t, const struct pcs_limits *limits,
    struct fault *f)
{
	long status = pcs_transfer_status(t);

	if (status != 0 && status != HTTP_OK)
		return refuse_status(t, status, f);
	switch (t->refusal) {
	case PCS_REFUSED_BODY:
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s from %s: want at most %zu bytes, have more", t->name,
		    t->host, t->len_max);
	case PCS_REFUSED_HEADERS:
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s from %s: want at most %d bytes of headers, have more",
		    t->name, t->host, PCS_HEADERS_LEN_MAX);
	case PCS_REFUSED_MEMORY:
		return fault_set_memory(f);
	case PCS_REFUSED_NOT:
		break;
	}
	if (t->result == CURLE_OPERATION_TIMEDOUT)
		return refuse_timeout(t, limits, f);
	return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE, "%s from %s: %s",
	    t->name, t->host, curl_easy_strerror(t->result));
}

int
pcs_client_run(struct pcs_client *c, const struct pcs_limits *limits,
    struct pcs_end *out_end, const struct pcs_transfer **out_failed,
    struct fault *f)
{
	const struct pcs_transfer *t, *failed = NULL;

	*out_end = (struct pcs_end){ .outcome = PCS_FAILED };
	*out_failed = NULL;
	if (run_all(c, limits, f) < 0)
		return -1;
	/* One that asks for patience goes first: that must be obeyed. */
	for (t = c->transfers; t < c->transfers + c->num; t++)
		if (t->state == PCS_TRANSFER_DONE && !is_good(t) &&
		    (failed == NULL || outcome_of(t) == PCS_BUSY))
			failed = t;
	if (failed == NULL) {
		out_end->outcome = PCS_GOOD;
		return 0;
	}
	out_end->outcome = outcome_of(failed);
	if (out_end->outcome == PCS_BUSY)
		out_end->retry_after_s = retry_after_s(failed);
	*out_failed = failed;
	return refuse(failed, limits, f);
}

int
pcs_transfer_header_new(const struct pcs_transfer *t, const char *name,
    struct bytes *out, struct fault *f)
{
	struct curl_header *h;
	char *value, *copy;
	int len;

	if (curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1,
		&h) != CURLHE_OK)
		return 0;
	value = curl_easy_unescape(t->easy, h->value, 0, &len);
	if (value == NULL)
		return fault_set_memory(f);
	copy = malloc((size_t)len + 1);
	if (copy != NULL)
		memcpy(copy, value, (size_t)len + 1);
	curl_free(value);
	if (copy == NULL)
		return fault_set_memory(f);
	*out = (struct bytes){ (const uint8_t *)copy, (size_t)len };
	return 1;
}
