/*
 * Fuzz target: QE identity. Input: ISVSVN, ISVPRODID, and where and how a
 * fitting report is spoilt (three bytes), then the document's text.
 *
 * json-c's own reading decides whether the report fits, and on which level.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "fuzz.h"
#include "json.h"
#include "qe_identity.h"

static struct json_object *
member(struct json_object *o, const char *name)
{
	return json_object_object_get(o, name);
}

static void
read_hex(uint8_t *out, size_t len, struct json_object *json, const char *name)
{
	const char *hex = json_object_get_string(member(json, name));

	FUZZ_CHECK(strlen(hex) == 2 * len);
	FUZZ_CHECK(hex_decode(out, len, bytes_of_string(hex)));
}

static bool
fits(const uint8_t *have, size_t len, struct json_object *json,
    const char *name, const char *mask_name)
{
	uint8_t want[32], mask[32];
	size_t i;

	memset(mask, 0xff, sizeof(mask));
	read_hex(want, len, json, name);
	if (mask_name != NULL)
		read_hex(mask, len, json, mask_name);
	for (i = 0; i < len; i++)
		if ((have[i] & mask[i]) != want[i])
			return false;
	return true;
}

/* The highest ISVSVN listed that is not above the report's; -1 for none. */
static int
find_level(struct json_object *json, int isvsvn, const char **status)
{
	struct json_object *levels = member(json, "tcbLevels"), *level;
	int best = -1, n;
	size_t i;

	for (i = 0; i < json_object_array_length(levels); i++) {
		level = json_object_array_get_idx(levels, i);
		n = json_object_get_int(member(member(level, "tcb"),
		    "isvsvn"));
		if (n > isvsvn || n <= best)
			continue;
		best = n;
		*status = json_object_get_string(member(level, "tcbStatus"));
	}
	return best;
}

static void
check_match(const struct qe_identity *q, struct json_object *json,
    const struct enclave_report *r)
{
	const struct isv_level *level = NULL;
	const char *status = NULL;
	struct fault f = { 0 };
	int isvsvn = r->isvsvn[0] | r->isvsvn[1] << 8;
	int isvprodid = r->isvprodid[0] | r->isvprodid[1] << 8;
	int best = find_level(json, isvsvn, &status);
	bool good = fits(r->miscselect, 4, json, "miscselect",
	    "miscselectMask") &&
	    fits(r->attributes, 16, json, "attributes", "attributesMask") &&
	    fits(r->mrsigner, 32, json, "mrsigner", NULL) &&
	    (r->attributes[0] & 2) == 0 &&
	    json_object_get_int(member(json, "isvprodid")) == isvprodid &&
	    best >= 0;

	FUZZ_CHECK((qe_identity_match(q, r, &level, &f) == 0) == good);
	if (!good) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_QE_IDENTITY_MISMATCH));
		return;
	}
	FUZZ_CHECK(level->isvsvn == best);
	FUZZ_CHECK(strcmp(tcb_status_name(level->level.status), status) == 0);
	FUZZ_CHECK(level->level.status == TCB_UP_TO_DATE ||
	    level->level.status == TCB_OUT_OF_DATE || level->level.status == TCB_REVOKED);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size }, head = fuzz_take(&in, 7);
	struct json_object *json = NULL;
	struct enclave_report r = { 0 };
	struct qe_identity q;
	struct fault f = { 0 };
	uint16_t at;

	if (head.len < 7)
		return 0;
	if (qe_identity_read(&q, in, &f) < 0) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_BAD_COLLATERAL));
		return 0;
	}
	FUZZ_CHECK(json_parse_new(&json, in, "again", &f) == 0);
	memcpy(r.miscselect, q.miscselect, sizeof(r.miscselect));
	memcpy(r.attributes, q.attributes, sizeof(r.attributes));
	memcpy(r.mrsigner, q.mrsigner, sizeof(r.mrsigner));
	memcpy(r.isvsvn, head.ptr, 2);
	memcpy(r.isvprodid, head.ptr + 2, 2);
	at = (uint16_t)(head.ptr[4] | head.ptr[5] << 8);
	((uint8_t *)&r)[at % sizeof(r)] ^= head.ptr[6];
	check_match(&q, json, &r);
	json_object_put(json);
	qe_identity_clear(&q);
	return 0;
}

static void
put_seed(fuzz_put *put, const char *name, enum mint_kind kind,
    const char *settings, uint16_t at, uint8_t how)
{
	struct mint_buffer b = { 0 };
	struct mint_world w;

	fuzz_world_make(&w, kind, settings);
	mint_put_u16le(&b, w.spec.quote.qe_report.isv_svn);
	mint_put_u16le(&b, w.spec.quote.qe_report.isv_prod_id);
	mint_put_u16le(&b, at);
	mint_put_fill(&b, how, 1);
	mint_put_text(&b, "%s", w.fields[MINT_FIELD_QE_IDENTITY]);
	put(name, mint_buffer_bytes(&b));
	mint_buffer_clear(&b);
	mint_world_clear(&w);
}

void
fuzz_make_seeds(fuzz_put *put)
{
	put_seed(put, "sgx", MINT_SGX_V3, "", 0, 0);
	put_seed(put, "tdx", MINT_TDX_V4, "", 0, 0);
	put_seed(put, "miscselect", MINT_SGX_V3, "", 16, 1);
	put_seed(put, "debug", MINT_SGX_V3, "", 48, 2);
	put_seed(put, "debug-masked", MINT_SGX_V3,
	    "qe_identity.attributes_mask=f9ffffffffffffff0000000000000000",
	    48, 2);
	put_seed(put, "mode64", MINT_SGX_V3, "", 48, 4);
	put_seed(put, "mrsigner", MINT_SGX_V3, "", 159, 0x80);
	put_seed(put, "older", MINT_SGX_V3, "quote.qe_report.isv_svn=7", 0, 0);
	put_seed(put, "below", MINT_SGX_V3, "quote.qe_report.isv_svn=5", 0, 0);
	put_seed(put, "unsorted", MINT_SGX_V3,
	    "qe_identity.levels[0].isv_svn=3", 0, 0);
}
