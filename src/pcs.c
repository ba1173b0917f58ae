#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "pcs.h"
#include "pcs_url.h"
#include "signed_json.h"

#define HTTP_OK 200
#define HTTP_NOT_FOUND 404

#define BODY_SIZE_FIRST 16384

#define HEX_DIGITS "0123456789abcdefABCDEF"
#define PEM_CERTIFICATE "-----BEGIN CERTIFICATE-----"

enum document_kind {
	DOCUMENT_PCK_CRL,
	DOCUMENT_ROOT_CA_CRL,
	DOCUMENT_TCB_INFO,
	DOCUMENT_QE_IDENTITY,
	DOCUMENT__MAX
};

/* What is asked for, and which of the nine fields come out of it. */
static const struct document {
	const char *name; /* in sentences */
	size_t len_max;
	const char *member; /* of the signed document; NULL: a CRL */
	enum collateral_field text, signature;
	enum collateral_field chain;
	const char *chain_header[2]; /* today's name and an older one */
} documents[DOCUMENT__MAX] = {
	[DOCUMENT_PCK_CRL] = {
		.name = "PCK CRL",
		.len_max = PCS_CRL_LEN_MAX,
		.text = COLLATERAL_PCK_CRL,
		.chain = COLLATERAL_PCK_CRL_ISSUER_CHAIN,
		.chain_header = { "SGX-PCK-CRL-Issuer-Chain" },
	},
	[DOCUMENT_ROOT_CA_CRL] = {
		.name = "root CA CRL",
		.len_max = PCS_CRL_LEN_MAX,
		.text = COLLATERAL_ROOT_CA_CRL,
	},
	[DOCUMENT_TCB_INFO] = {
		.name = "TCB info",
		.len_max = PCS_JSON_LEN_MAX,
		.member = "tcbInfo",
		.text = COLLATERAL_TCB_INFO,
		.signature = COLLATERAL_TCB_INFO_SIGNATURE,
		.chain = COLLATERAL_TCB_INFO_ISSUER_CHAIN,
		.chain_header = { "TCB-Info-Issuer-Chain",
		    "SGX-TCB-Info-Issuer-Chain" },
	},
	[DOCUMENT_QE_IDENTITY] = {
		.name = "QE identity",
		.len_max = PCS_JSON_LEN_MAX,
		.member = "enclaveIdentity",
		.text = COLLATERAL_QE_IDENTITY,
		.signature = COLLATERAL_QE_IDENTITY_SIGNATURE,
		.chain = COLLATERAL_QE_IDENTITY_ISSUER_CHAIN,
		.chain_header = { "SGX-Enclave-Identity-Issuer-Chain" },
	},
};

/* Why we ended an answer ourselves. */
enum refusal { REFUSED_NOT, REFUSED_BODY, REFUSED_HEADERS, REFUSED_MEMORY };

/* One document on its way. The handle lives as long as the client, the rest
 * as long as one fetch. */
struct download {
	const struct document *document;
	CURL *easy;
	char *host; /* curl's; for sentences */
	char *body; /* NUL-terminated once len > 0 */
	size_t len, size;
	size_t headers_len;
	enum refusal refusal;
	CURLcode result; /* when done */
	bool done;
};

struct pcs {
	CURLM *multi; /* keeps the open connections */
	struct pcs_urls urls;
	long timeout_ms, connect_timeout_ms;
	struct download downloads[DOCUMENT__MAX];
};

static size_t
on_header(char *line, size_t size, size_t num, void *arg)
{
	struct download *d = arg;
	size_t len = size * num;

	(void)line; /* curl_easy_header finds them afterwards */
	if (len > PCS_HEADERS_LEN_MAX - d->headers_len) {
		d->refusal = REFUSED_HEADERS;
		return CURL_WRITEFUNC_ERROR;
	}
	d->headers_len += len;
	return len;
}

/* Room for len more bytes and a NUL; len is known to fit under the maximum. */
static bool
body_reserve(struct download *d, size_t len)
{
	size_t size = d->size > 0 ? d->size : BODY_SIZE_FIRST;
	char *body;

	while (size - d->len <= len)
		size *= 2;
	if (size == d->size)
		return true;
	body = realloc(d->body, size);
	if (body == NULL)
		return false;
	d->body = body;
	d->size = size;
	return true;
}

/* Counts itself: CURLOPT_MAXFILESIZE does not stop a chunked answer. */
static size_t
on_body(char *data, size_t size, size_t num, void *arg)
{
	struct download *d = arg;
	size_t len = size * num;

	if (len > d->document->len_max - d->len) {
		d->refusal = REFUSED_BODY;
		return CURL_WRITEFUNC_ERROR;
	}
	if (!body_reserve(d, len)) {
		d->refusal = REFUSED_MEMORY;
		return CURL_WRITEFUNC_ERROR;
	}
	memcpy(d->body + d->len, data, len);
	d->len += len;
	d->body[d->len] = '\0';
	return len;
}

/* What is the same for every request of this client. */
static bool
download_init(struct download *d, const struct document *document,
    const struct pcs *p)
{
	CURL *e = curl_easy_init();

	d->document = document;
	d->easy = e;
	return e != NULL &&
	    /* url_new lets http through for loopback only. */
	    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https,http") == 0 &&
	    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == 0 &&
	    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == 0 &&
	    curl_easy_setopt(e, CURLOPT_SSLVERSION,
		(long)CURL_SSLVERSION_TLSv1_2) == 0 &&
	    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == 0 &&
	    /* Not from the environment: HTTP_PROXY may be a request header. */
	    curl_easy_setopt(e, CURLOPT_PROXY, "") == 0 &&
	    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == 0 &&
	    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, p->timeout_ms) == 0 &&
	    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
		p->connect_timeout_ms) == 0 &&
	    /* Else the deadline waits for the resolver's own time limit; its
	     * thread ends by itself later. */
	    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L) == 0 &&
	    curl_easy_setopt(e, CURLOPT_USERAGENT, "attestry") == 0 &&
	    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) == 0 &&
	    curl_easy_setopt(e, CURLOPT_HEADERDATA, d) == 0 &&
	    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == 0 &&
	    curl_easy_setopt(e, CURLOPT_WRITEDATA, d) == 0;
}

/* Back to what download_init left. */
static void
download_reset(struct download *d)
{
	curl_free(d->host);
	free(d->body);
	*d = (struct download){ .document = d->document, .easy = d->easy };
}

static int
pcs_init(struct pcs *p, const struct pcs_settings *s, struct fault *f)
{
	int i;

	if (s->timeout_ms <= 0)
		return fault_set(f, FAULT_INTERNAL,
		    "PCS timeout: want more than 0 ms, have %ld",
		    s->timeout_ms);
	p->timeout_ms = s->timeout_ms;
	p->connect_timeout_ms = s->timeout_ms < PCS_CONNECT_TIMEOUT_MS
	    ? s->timeout_ms : PCS_CONNECT_TIMEOUT_MS;
	if (pcs_urls_read(&p->urls, s->url, s->crl_url, f) != 0)
		return -1;

	p->multi = curl_multi_init();
	if (p->multi == NULL)
		return fault_set_memory(f);
	for (i = 0; i < DOCUMENT__MAX; i++)
		if (!download_init(&p->downloads[i], &documents[i], p))
			return fault_set_memory(f);
	return 0;
}

/* Puts a request on its way; takes over `u`, NULL when there was no memory. */
static int
download_start_adopt(struct download *d, CURLU *u, CURLM *multi,
    struct fault *f)
{
	char *url = NULL;
	bool started;

	started = u != NULL && curl_url_get(u, CURLUPART_URL, &url, 0) == 0 &&
	    curl_url_get(u, CURLUPART_HOST, &d->host, 0) == 0 &&
	    curl_easy_setopt(d->easy, CURLOPT_URL, url) == 0 &&
	    curl_multi_add_handle(multi, d->easy) == 0;
	curl_free(url);
	curl_url_cleanup(u);
	return started ? 0 : fault_set_memory(f);
}

static int
start_all(struct pcs *p, const struct platform_key *key, struct fault *f)
{
	char fmspc[sizeof("fmspc=") + 2 * FMSPC_LEN] = "fmspc=";
	char ca[32];
	bool tdx = key->tee == TEE_TDX;
	CURLU *u[DOCUMENT__MAX];
	int i, r = 0;

	hex_encode(fmspc + strlen(fmspc), BYTES_OF(key->fmspc));
	snprintf(ca, sizeof(ca), "ca=%s", pck_ca_name(key->ca));

	u[DOCUMENT_PCK_CRL] = pcs_url_new(&p->urls,
	    "/sgx/certification/v4/pckcrl", ca, "encoding=der");
	u[DOCUMENT_ROOT_CA_CRL] = curl_url_dup(p->urls.root_ca_crl);
	u[DOCUMENT_TCB_INFO] = pcs_url_new(&p->urls, tdx
	    ? "/tdx/certification/v4/tcb" : "/sgx/certification/v4/tcb",
	    fmspc, NULL);
	u[DOCUMENT_QE_IDENTITY] = pcs_url_new(&p->urls, tdx
	    ? "/tdx/certification/v4/qe/identity"
	    : "/sgx/certification/v4/qe/identity", NULL, NULL);
	for (i = 0; i < DOCUMENT__MAX; i++)
		if (download_start_adopt(&p->downloads[i], u[i], p->multi,
			f) != 0)
			r = -1;
	return r;
}

static long
http_status(const struct download *d)
{
	long status = 0;

	curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* Notes what has ended. Returns false once one of them failed. */
static bool
collect_results(struct pcs *p)
{
	const CURLMsg *m;
	bool good = true;
	int i, left;

	while ((m = curl_multi_info_read(p->multi, &left)) != NULL)
		for (i = 0; i < DOCUMENT__MAX; i++) {
			struct download *d = &p->downloads[i];

			if (m->msg != CURLMSG_DONE || m->easy_handle != d->easy)
				continue;
			d->done = true;
			d->result = m->data.result;
			good = good && d->result == CURLE_OK &&
			    http_status(d) == HTTP_OK;
		}
	return good;
}

/* Until all have ended or one has failed: three of four are of no use. */
static int
run_all(struct pcs *p, struct fault *f)
{
	int running = DOCUMENT__MAX;

	for (;;) {
		if (curl_multi_perform(p->multi, &running) != CURLM_OK)
			return fault_set_memory(f);
		if (!collect_results(p) || running == 0)
			return 0;
		/* Wakes by itself when a timeout of curl's is due. */
		if (curl_multi_poll(p->multi, NULL, 0, 1000, NULL) != CURLM_OK)
			return fault_set_memory(f);
	}
}

static int
refuse_status(const struct download *d, const struct platform_key *key,
    long status, struct fault *f)
{
	char fmspc[2 * FMSPC_LEN + 1];
	curl_off_t retry_after_s = 0;

	if (d->document == &documents[DOCUMENT_TCB_INFO] &&
	    status == HTTP_NOT_FOUND) {
		hex_encode(fmspc, BYTES_OF(key->fmspc));
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s from %s: FMSPC %s is not known there: "
		    "want HTTP status 200, have 404",
		    d->document->name, d->host, fmspc);
	}
	curl_easy_getinfo(d->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
	if (retry_after_s > 0)
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s from %s: want HTTP status 200, have %ld, "
		    "retry after %lld s", d->document->name, d->host, status,
		    (long long)retry_after_s);
	return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
	    "%s from %s: want HTTP status 200, have %ld", d->document->name,
	    d->host, status);
}

static int
refuse_timeout(const struct pcs *p, const struct download *d, struct fault *f)
{
	curl_off_t connected_us = 0;

	curl_easy_getinfo(d->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
	if (connected_us == 0)
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s from %s: want a connection within %ld ms, have none",
		    d->document->name, d->host, p->connect_timeout_ms);
	return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
	    "%s from %s: want the whole answer within %ld ms, have %zu bytes",
	    d->document->name, d->host, p->timeout_ms, d->len);
}

/* Was it a whole answer of status 200? */
static int
check_result(const struct pcs *p, const struct download *d,
    const struct platform_key *key, struct fault *f)
{
	const char *name = d->document->name;
	long status = http_status(d);

	if (status != 0 && status != HTTP_OK)
		return refuse_status(d, key, status, f);
	switch (d->refusal) {
	case REFUSED_BODY:
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s from %s: want at most %zu bytes, have more", name,
		    d->host, d->document->len_max);
	case REFUSED_HEADERS:
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s from %s: want at most %d bytes of headers, have more",
		    name, d->host, PCS_HEADERS_LEN_MAX);
	case REFUSED_MEMORY:
		return fault_set_memory(f);
	case REFUSED_NOT:
		break;
	}
	if (d->result == CURLE_OPERATION_TIMEDOUT)
		return refuse_timeout(p, d, f);
	if (d->result != CURLE_OK)
		return fault_set(f, FAULT_COLLATERAL_UNAVAILABLE,
		    "%s from %s: %s", name, d->host,
		    curl_easy_strerror(d->result));
	if (d->len == 0)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s from %s: want a document, have 0 bytes", name, d->host);
	return 0;
}

/* A copy of text that came from elsewhere; a NUL would cut it short. */
static int
copy_text(struct bytes in, char **out, struct fault *f)
{
	if (memchr(in.ptr, '\0', in.len) != NULL)
		return fault_set(f, FAULT_BAD_COLLATERAL, "text with a NUL");
	*out = malloc(in.len + 1);
	if (*out == NULL)
		return fault_set_memory(f);
	memcpy(*out, in.ptr, in.len);
	(*out)[in.len] = '\0';
	return 0;
}

static int
take_signed_text(const struct download *d, struct collateral_text *t,
    struct fault *f)
{
	struct bytes whole = { (const uint8_t *)d->body, d->len };
	struct bytes body, sig_hex;

	if (signed_json_split(whole, d->document->member, &body, &sig_hex,
		f) != 0)
		return -1;
	if (copy_text(body, &t->field[d->document->text], f) != 0)
		return -1;
	return copy_text(sig_hex, &t->field[d->document->signature], f);
}

/* The length of a text of hex digits, white space at its end not counted; 0
 * when it is anything else. */
static size_t
hex_text_len(const char *text, size_t len)
{
	size_t digits = strspn(text, HEX_DIGITS);
	size_t space = strspn(text + digits, " \t\r\n");

	return digits + space == len && digits % 2 == 0 ? digits : 0;
}

/* A CRL of 128 bytes or more: SEQUENCE, length in the long form. */
static bool
is_der(const char *data, size_t len)
{
	return len > 2 && data[0] == 0x30 && (data[1] & 0x80) != 0;
}

/*
 * To encoding=der Intel answers DER, and a PCCS DER or hex. Neither answers
 * PEM to it, so there is no base64 here: libcurl has none to offer.
 */
static int
take_crl(const struct download *d, struct collateral_text *t, struct fault *f)
{
	char **out = &t->field[d->document->text];
	size_t hex_len = hex_text_len(d->body, d->len), i;
	bool der = is_der(d->body, d->len);

	if (!der && hex_len == 0)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "want DER, or hex of DER, have something else in %zu bytes",
		    d->len);
	*out = malloc((der ? 2 * d->len : hex_len) + 1);
	if (*out == NULL)
		return fault_set_memory(f);
	if (der) {
		hex_encode(*out,
		    (struct bytes){ (const uint8_t *)d->body, d->len });
		return 0;
	}
	for (i = 0; i < hex_len; i++)
		(*out)[i] = (char)tolower((unsigned char)d->body[i]);
	(*out)[hex_len] = '\0';
	return 0;
}

static bool
is_pem_text(const char *text, size_t len)
{
	size_t i;

	if (strncmp(text, PEM_CERTIFICATE, strlen(PEM_CERTIFICATE)) != 0)
		return false;
	for (i = 0; i < len; i++)
		if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n' &&
		    text[i] != '\r')
			return false;
	return true;
}

/* Issuer chains travel percent-encoded in a header. */
static int
take_issuer_chain(const struct download *d, struct collateral_text *t,
    struct fault *f)
{
	const char *const *name = d->document->chain_header;
	struct curl_header *h;
	char *pem;
	int len, r;

	if (curl_easy_header(d->easy, name[0], 0, CURLH_HEADER, -1,
		&h) != CURLHE_OK &&
	    (name[1] == NULL ||
		curl_easy_header(d->easy, name[1], 0, CURLH_HEADER, -1,
		    &h) != CURLHE_OK))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "want a header %s, have none", name[0]);
	pem = curl_easy_unescape(d->easy, h->value, 0, &len);
	if (pem == NULL)
		return fault_set_memory(f);
	if (is_pem_text(pem, (size_t)len))
		r = copy_text(
		    (struct bytes){ (const uint8_t *)pem, (size_t)len },
		    &t->field[d->document->chain], f);
	else
		r = fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: want certificates in PEM, have something else",
		    h->name);
	curl_free(pem);
	return r;
}

static int
take_document(const struct download *d, struct collateral_text *t,
    struct fault *f)
{
	char where[FAULT_MESSAGE_LEN_MAX];

	if ((d->document->member != NULL
		? take_signed_text(d, t, f) : take_crl(d, t, f)) == 0 &&
	    (d->document->chain_header[0] == NULL ||
		take_issuer_chain(d, t, f) == 0))
		return 0;
	snprintf(where, sizeof(where), "%s from %s", d->document->name,
	    d->host);
	return fault_prefix(f, where);
}

static int
take_all(const struct pcs *p, const struct platform_key *key,
    struct collateral_text *t, struct fault *f)
{
	int i;

	/* What ended first: where one failed the others were given up. */
	for (i = 0; i < DOCUMENT__MAX; i++)
		if (p->downloads[i].done &&
		    check_result(p, &p->downloads[i], key, f) != 0)
			return -1;
	for (i = 0; i < DOCUMENT__MAX; i++)
		if (take_document(&p->downloads[i], t, f) != 0)
			return -1;
	return 0;
}

int
pcs_new(struct pcs **out, const struct pcs_settings *settings, struct fault *f)
{
	struct pcs *p;

	/* Counted by curl, one cleanup in pcs_free for each. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return fault_set(f, FAULT_INTERNAL, "curl cannot start");
	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		curl_global_cleanup();
		return fault_set_memory(f);
	}
	if (pcs_init(p, settings, f) != 0) {
		pcs_free(p);
		return -1;
	}
	*out = p;
	return 0;
}

void
pcs_free(struct pcs *p)
{
	int i;

	if (p == NULL)
		return;
	for (i = 0; i < DOCUMENT__MAX; i++)
		curl_easy_cleanup(p->downloads[i].easy);
	curl_multi_cleanup(p->multi);
	pcs_urls_clear(&p->urls);
	free(p);
	curl_global_cleanup();
}

int
pcs_fetch_collateral(struct pcs *p, const struct platform_key *key,
    struct collateral_text *out, struct fault *f)
{
	struct collateral_text t = { 0 };
	int i, r = -1;

	if (start_all(p, key, f) != 0 || run_all(p, f) != 0 ||
	    take_all(p, key, &t, f) != 0)
		goto out;
	*out = t;
	t = (struct collateral_text){ 0 };
	r = 0;
out:
	for (i = 0; i < DOCUMENT__MAX; i++) {
		curl_multi_remove_handle(p->multi, p->downloads[i].easy);
		download_reset(&p->downloads[i]);
	}
	collateral_text_clear(&t);
	return r;
}
