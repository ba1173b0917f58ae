/*
 * The addresses of a PCS, and what may be one: https, or http on this machine;
 * and the folder that a file: URL names.
 */
#ifndef ATTESTRY_PCS_URL_H
#define ATTESTRY_PCS_URL_H

#include <stdbool.h>

#include <curl/curl.h>

#include "fault.h"

struct pcs_urls {
	CURLU *base;
	char *base_path; /* curl's; without a slash at its end */
	CURLU *root_ca_crl;
};

/*
 * Reads the settings of struct pcs_settings.
 *
 * p	zeroed before; pcs_urls_clear is owed, also after a failure
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int pcs_urls_read(struct pcs_urls *p, const char *url,
    const char *crl_url, struct fault *f);

/* Frees what it owns; usable again afterwards. */
void pcs_urls_clear(struct pcs_urls *p);

/*
 * The request `path` under the base.
 *
 * parameters	"name=value" each, up to the NULL
 *
 * Returns NULL when there is no memory for it.
 */
CURLU *pcs_url_new(const struct pcs_urls *p, const char *path,
    const char *const *parameters);

bool pcs_url_is_file(const char *url);

/*
 * The absolute path that a file: URL of this machine names.
 *
 * out	new; free frees it
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int pcs_url_path_new(char **out, const char *url, struct fault *f);

#endif
