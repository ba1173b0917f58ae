#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pcs_url.h"

#define INTEL_PCS_HOST "api.trustedservices.intel.com"
#define INTEL_ROOT_CA_CRL_URL \
	"https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"

#define URL_PATH_LEN_MAX 512

static bool
is_loopback(const char *host)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return strcmp(host, "[::1]") == 0 || strcasecmp(host, "localhost") == 0;
}

/* https, or http within this machine. */
static bool
is_secure(CURLU *u)
{
	char *scheme = NULL, *host = NULL;
	bool secure;

	secure = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == 0 &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == 0 &&
	    (strcmp(scheme, "https") == 0 ||
		(strcmp(scheme, "http") == 0 && is_loopback(host)));
	curl_free(scheme);
	curl_free(host);
	return secure;
}

/* Returns the URL, or NULL with `f` set. */
static CURLU *
url_new(const char *text, const char *what, struct fault *f)
{
	CURLU *u = curl_url();
	CURLUcode code;

	if (u == NULL) {
		fault_set_memory(f);
		return NULL;
	}
	code = curl_url_set(u, CURLUPART_URL, text, CURLU_DISALLOW_USER);
	if (code != CURLUE_OK)
		fault_set(f, FAULT_INTERNAL, "%s: want a URL: %s", what,
		    curl_url_strerror(code));
	else if (!is_secure(u))
		fault_set(f, FAULT_INTERNAL,
		    "%s: want https, or http to a loopback host", what);
	else
		return u;
	curl_url_cleanup(u);
	return NULL;
}

CURLU *
pcs_url_new(const struct pcs_urls *p, const char *path,
    const char *const *parameters)
{
	char whole[URL_PATH_LEN_MAX];
	CURLU *u = curl_url_dup(p->base);
	int len;

	len = snprintf(whole, sizeof(whole), "%s%s", p->base_path, path);
	if (u == NULL || len < 0 || (size_t)len >= sizeof(whole) ||
	    curl_url_set(u, CURLUPART_PATH, whole, 0) != 0)
		goto fail;
	for (; *parameters != NULL; parameters++)
		if (curl_url_set(u, CURLUPART_QUERY, *parameters,
			CURLU_APPENDQUERY) != 0)
			goto fail;
	return u;
fail:
	curl_url_cleanup(u);
	return NULL;
}

static bool
has_part(CURLU *u, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(u, part, &text, 0) == 0;

	curl_free(text);
	return has;
}

static int
read_base(struct pcs_urls *p, const char *url, struct fault *f)
{
	size_t len;

	p->base = url_new(url, "PCS URL", f);
	if (p->base == NULL)
		return -1;
	if (has_part(p->base, CURLUPART_QUERY) ||
	    has_part(p->base, CURLUPART_FRAGMENT))
		return fault_set(f, FAULT_INTERNAL,
		    "PCS URL: want scheme, host and path only");
	if (curl_url_get(p->base, CURLUPART_PATH, &p->base_path, 0) != 0)
		return fault_set_memory(f);
	len = strlen(p->base_path);
	if (len > URL_PATH_LEN_MAX / 2)
		return fault_set(f, FAULT_INTERNAL,
		    "PCS URL: want a path of at most %d characters, have %zu",
		    URL_PATH_LEN_MAX / 2, len);
	while (len > 0 && p->base_path[len - 1] == '/')
		p->base_path[--len] = '\0';
	return 0;
}

static bool
is_intel(CURLU *u)
{
	char *host = NULL;
	bool is = curl_url_get(u, CURLUPART_HOST, &host, 0) == 0 &&
	    strcasecmp(host, INTEL_PCS_HOST) == 0;

	curl_free(host);
	return is;
}

static int
read_root_ca_crl_url(struct pcs_urls *p, const char *url, struct fault *f)
{
	if (url == NULL || url[0] == '\0') {
		if (!is_intel(p->base)) {
			p->root_ca_crl = pcs_url_new(p,
			    "/sgx/certification/v4/rootcacrl",
			    (const char *const[]){ NULL });
			return p->root_ca_crl != NULL ? 0 : fault_set_memory(f);
		}
		url = INTEL_ROOT_CA_CRL_URL;
	}
	p->root_ca_crl = url_new(url, "root CA CRL URL", f);
	return p->root_ca_crl != NULL ? 0 : -1;
}

int
pcs_urls_read(struct pcs_urls *p, const char *url, const char *crl_url,
    struct fault *f)
{
	if (read_base(p, url, f) != 0)
		return -1;
	return read_root_ca_crl_url(p, crl_url, f);
}

void
pcs_urls_clear(struct pcs_urls *p)
{
	curl_url_cleanup(p->root_ca_crl);
	curl_free(p->base_path);
	curl_url_cleanup(p->base);
	memset(p, 0, sizeof(*p));
}

bool
pcs_url_is_file(const char *url)
{
	return strncasecmp(url, "file:", strlen("file:")) == 0;
}

int
pcs_url_path_new(char **out, const char *url, struct fault *f)
{
	CURLU *u = curl_url();
	char *path = NULL;
	int r = -1;

	if (u == NULL)
		return fault_set_memory(f);
	/* curl takes "", localhost and 127.0.0.1 as the host of a file. */
	if (curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) != 0 ||
	    has_part(u, CURLUPART_QUERY) || has_part(u, CURLUPART_FRAGMENT) ||
	    curl_url_get(u, CURLUPART_PATH, &path, CURLU_URLDECODE) != 0 ||
	    path[0] != '/') {
		fault_set(f, FAULT_INTERNAL, "PCS URL: want file:/ and an "
		    "absolute path on this machine");
		goto out;
	}
	*out = strdup(path);
	r = *out != NULL ? 0 : fault_set_memory(f);
out:
	curl_free(path);
	curl_url_cleanup(u);
	return r;
}
