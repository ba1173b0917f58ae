#include <string.h>

#include <json-c/json.h>

#include "json.h"
#include "qe_identity.h"

#define WHAT "QE identity"
#define ATTRIBUTE_DEBUG 0x02 /* first byte of ATTRIBUTES */

static int
read_kind(struct qe_identity *q, struct json_object *json, struct fault *f)
{
	struct bytes id;
	long n;

	if (!json_get_text(json, "id", &id))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": id: want a text");
	if (bytes_equal(id, bytes_of_string("QE")))
		q->tee = TEE_SGX;
	else if (bytes_equal(id, bytes_of_string("TD_QE")))
		q->tee = TEE_TDX;
	else
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": id: want QE or TD_QE");
	if (!json_get_number(json, "version", 2, 2, &n))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": version: want 2");
	if (!json_get_number(json, "tcbEvaluationDataNumber", 0, INT32_MAX,
		&n))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": tcbEvaluationDataNumber: want a number");
	q->tcb_evaluation_data_number = (uint32_t)n;
	return 0;
}

static int
read_members(struct qe_identity *q, struct json_object *json,
    struct fault *f)
{
	long isvprodid;

	if (read_kind(q, json, f) < 0)
		return -1;
	if (!json_get_instant(json, "issueDate", &q->issue_date) ||
	    !json_get_instant(json, "nextUpdate", &q->next_update))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": issueDate, nextUpdate: want instants in UTC");
	if (!json_get_hex(json, "miscselect", q->miscselect,
		sizeof(q->miscselect)) ||
	    !json_get_hex(json, "miscselectMask", q->miscselect_mask,
		sizeof(q->miscselect_mask)) ||
	    !json_get_hex(json, "attributes", q->attributes,
		sizeof(q->attributes)) ||
	    !json_get_hex(json, "attributesMask", q->attributes_mask,
		sizeof(q->attributes_mask)) ||
	    !json_get_hex(json, "mrsigner", q->mrsigner, sizeof(q->mrsigner)))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": want miscselect, attributes, their masks and "
		    "mrsigner as 8, 32 and 64 hex digits");
	if (!json_get_number(json, "isvprodid", 0, UINT16_MAX, &isvprodid))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    WHAT ": isvprodid: want a number of 0 to %d", UINT16_MAX);
	q->isvprodid = (uint16_t)isvprodid;
	return isv_levels_read(&q->levels, json, WHAT, f);
}

int
qe_identity_read(struct qe_identity *q, struct bytes text, struct fault *f)
{
	struct json_object *json = NULL;
	int r;

	memset(q, 0, sizeof(*q));
	if (json_parse_new(&json, text, WHAT, f) < 0)
		return -1;
	r = read_members(q, json, f);
	json_object_put(json);
	return r;
}

/* Intel masks what is found, and not what is expected. */
static bool
equal_under_mask(const uint8_t *have, const uint8_t *mask,
    const uint8_t *want, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((have[i] & mask[i]) != want[i])
			return false;
	return true;
}

int
qe_identity_match(const struct qe_identity *q,
    const struct enclave_report *report, const struct isv_level **out,
    struct fault *f)
{
	if (!equal_under_mask(report->miscselect, q->miscselect_mask,
		q->miscselect, sizeof(q->miscselect)))
		return fault_set_hex(f, FAULT_QE_IDENTITY_MISMATCH,
		    "QE report: MISCSELECT is not Intel's QE's",
		    BYTES_OF(q->miscselect), BYTES_OF(report->miscselect));
	if (!equal_under_mask(report->attributes, q->attributes_mask,
		q->attributes, sizeof(q->attributes)))
		return fault_set_hex(f, FAULT_QE_IDENTITY_MISMATCH,
		    "QE report: ATTRIBUTES are not Intel's QE's",
		    BYTES_OF(q->attributes), BYTES_OF(report->attributes));
	/* Whatever the mask says: a debug enclave's key is the host's. */
	if ((report->attributes[0] & ATTRIBUTE_DEBUG) != 0)
		return fault_set(f, FAULT_QE_IDENTITY_MISMATCH,
		    "QE report: ATTRIBUTES: DEBUG is on");
	if (memcmp(report->mrsigner, q->mrsigner, sizeof(q->mrsigner)) != 0)
		return fault_set_hex(f, FAULT_QE_IDENTITY_MISMATCH,
		    "QE report: MRSIGNER is not Intel's",
		    BYTES_OF(q->mrsigner), BYTES_OF(report->mrsigner));
	if (enclave_report_isvprodid(report) != q->isvprodid)
		return fault_set(f, FAULT_QE_IDENTITY_MISMATCH,
		    "QE report: ISVPRODID: want %u, have %u", q->isvprodid,
		    enclave_report_isvprodid(report));
	*out = isv_levels_match(&q->levels, enclave_report_isvsvn(report));
	if (*out == NULL)
		return fault_set(f, FAULT_QE_IDENTITY_MISMATCH,
		    "QE report: ISVSVN %u is below every level that Intel "
		    "lists: want at least %u", enclave_report_isvsvn(report),
		    isv_levels_lowest(&q->levels));
	return 0;
}

void
qe_identity_clear(struct qe_identity *q)
{
	isv_levels_clear(&q->levels);
	memset(q, 0, sizeof(*q));
}
