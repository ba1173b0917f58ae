#include <string.h>

#include "cert_data.h"

int
encrypted_ppid_read(struct encrypted_ppid *out, const struct quote *q,
    struct fault *f)
{
	struct bytes in = q->cert_data;
	size_t len = q->cert_data_type == CERT_DATA_PPID_RSA2048 ?
	    ENCRYPTED_PPID_RSA2048_LEN : ENCRYPTED_PPID_RSA3072_LEN;

	if (q->cert_data_type != CERT_DATA_PPID_RSA2048 &&
	    q->cert_data_type != CERT_DATA_PPID_RSA3072)
		return fault_set(f, FAULT_MISSING_CERTIFICATES,
		    "certification data: a PCK certificate can be asked for "
		    "with type 2 or 3, have %u", q->cert_data_type);
	if (!bytes_take(&in, &out->ciphertext, len) ||
	    !bytes_copy(&in, out->cpu_svn, sizeof(out->cpu_svn)) ||
	    !bytes_copy(&in, out->pce_svn, sizeof(out->pce_svn)) ||
	    !bytes_copy(&in, out->pce_id, sizeof(out->pce_id)) || in.len > 0)
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "certification data: want %zu bytes for type %u, have %zu",
		    len + CPU_SVN_LEN + PCE_SVN_LEN + PCE_ID_LEN,
		    q->cert_data_type, q->cert_data.len);
	memcpy(out->qe_id, q->header.user_data, sizeof(out->qe_id));
	return 0;
}
