/*
 * A folder of collateral: what a machine without Internet has in place of a
 * PCS. One file a document, named by what it is asked for:
 *
 *	root_ca_crl.json
 *	pck_crl-platform.json	    pck_crl-processor.json
 *	tcb_info-sgx-FMSPC.json	    tcb_info-tdx-FMSPC.json	(12 hex digits)
 *	qe_identity-sgx.json	    qe_identity-tdx.json
 *
 * A file is a JSON object with the document's own members of the nine fields
 * (tcb_info, tcb_info_signature, tcb_info_issuer_chain); others in it are
 * ignored. So a document is whole or not there, as files are renamed into
 * place. Only plain files of these names in the folder itself are read: no
 * link is followed, no name in a file is.
 */
#ifndef ATTESTRY_PCS_FILE_H
#define ATTESTRY_PCS_FILE_H

#include "pcs_document.h"

/* A CRL in hex with its chain, or a signed document with its escapes. */
#define PCS_FILE_LEN_MAX (5 << 20)

/*
 * Reads the wanted documents of a platform, as pcs_http_fetch does.
 *
 * folder	absolute path
 */
MUST_USE int pcs_file_fetch(const char *folder, const struct platform_key *key,
    unsigned wanted, struct collateral_text *out, struct pcs_end *out_end,
    struct fault *f);

/*
 * Writes one document of a platform: under another name, then renamed, so
 * that a reader finds the one from before or this one.
 *
 * folder	a descriptor of it
 * t		has the document's fields
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int pcs_file_put(int folder, enum pcs_document d,
    const struct platform_key *key, const struct collateral_text *t,
    struct fault *f);

#endif
