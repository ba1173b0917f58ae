/*
 * Fuzz target: TCB info. Input: a platform (16 SVNs, PCE SVN, 16 bytes of
 * TEE_TCB_SVN, a byte of switches), then the document's text.
 *
 * json-c's own reading of the document, searched from end to end, finds the
 * same level: reached in every number, and no higher one is. So for the TDX
 * module. A platform that has more never gets a lower level.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "fuzz.h"
#include "json.h"
#include "tcb_info.h"

enum { OTHER_SIGNER = 1, ATTRIBUTES = 2 };

/* A level as json-c has it. */
struct level {
	int sgx[16], pce_svn, tdx[16];
	const char *status;
	size_t num_advisories;
};

static struct json_object *
member(struct json_object *o, const char *name)
{
	return json_object_object_get(o, name);
}

static void
read_svns(int *out, struct json_object *array)
{
	size_t i;

	FUZZ_CHECK(json_object_array_length(array) == 16);
	for (i = 0; i < 16; i++)
		out[i] = json_object_get_int(member(
		    json_object_array_get_idx(array, i), "svn"));
}

static void
read_level(struct level *l, struct json_object *json, bool is_tdx)
{
	struct json_object *tcb = member(json, "tcb");
	struct json_object *ids = member(json, "advisoryIDs");

	memset(l, 0, sizeof(*l));
	read_svns(l->sgx, member(tcb, "sgxtcbcomponents"));
	l->pce_svn = json_object_get_int(member(tcb, "pcesvn"));
	if (is_tdx)
		read_svns(l->tdx, member(tcb, "tdxtcbcomponents"));
	l->status = json_object_get_string(member(json, "tcbStatus"));
	l->num_advisories = ids == NULL ? 0 : json_object_array_length(ids);
}

/* Above zero when `a` stands higher: components, PCE SVN, TDX components. */
static int
compare(const struct level *a, const struct level *b)
{
	int i;

	for (i = 0; i < 16; i++)
		if (a->sgx[i] != b->sgx[i])
			return a->sgx[i] - b->sgx[i];
	if (a->pce_svn != b->pce_svn)
		return a->pce_svn - b->pce_svn;
	for (i = 0; i < 16; i++)
		if (a->tdx[i] != b->tdx[i])
			return a->tdx[i] - b->tdx[i];
	return 0;
}

static bool
is_reached(const struct level *l, const struct pck *pck,
    const struct td_report *td)
{
	int i;

	if (pck->pce_svn < l->pce_svn)
		return false;
	for (i = 0; i < 16; i++)
		if (pck->components[i] < l->sgx[i])
			return false;
	for (i = 0; td != NULL && i < 16; i++)
		if (td->tee_tcb_svn[i] < l->tdx[i] &&
		    (i > 1 || td->tee_tcb_svn[1] == 0))
			return false;
	return true;
}

static void
check_match(const struct tcb_info *t, struct json_object *json,
    const struct pck *pck, const struct td_report *td)
{
	struct json_object *levels = member(json, "tcbLevels");
	const struct platform_level *have = tcb_info_match(t, pck, td);
	struct level best = { .status = NULL }, l;
	bool found = false;
	size_t num = json_object_array_length(levels), i;

	FUZZ_CHECK(num == t->num_levels);
	for (i = 0; i < num; i++) {
		read_level(&l, json_object_array_get_idx(levels, i),
		    t->tee == TEE_TDX);
		if (is_reached(&l, pck, td) &&
		    (!found || compare(&l, &best) > 0)) {
			best = l;
			found = true;
		}
	}
	FUZZ_CHECK(found == (have != NULL));
	if (!found)
		return;
	for (i = 0; i < 16; i++)
		FUZZ_CHECK(have->numbers.sgx_components[i] == best.sgx[i] &&
		    have->numbers.tdx_components[i] == best.tdx[i]);
	FUZZ_CHECK(have->numbers.pce_svn == best.pce_svn);
	FUZZ_CHECK(strcmp(tcb_status_name(have->level.status),
	    best.status) == 0);
	FUZZ_CHECK(have->level.num_advisories == best.num_advisories);
}

/* One more of anything is never less. */
static void
check_monotonic(const struct tcb_info *t, const struct pck *pck,
    const struct td_report *td, uint8_t which)
{
	const struct platform_level *before = tcb_info_match(t, pck, td);
	struct pck more = *pck;

	if (which % 17 == 16)
		more.pce_svn += more.pce_svn < UINT16_MAX;
	else
		more.components[which % 17] +=
		    more.components[which % 17] < UINT8_MAX;
	FUZZ_CHECK(before == NULL ||
	    (tcb_info_match(t, &more, td) != NULL &&
		tcb_info_match(t, &more, td) <= before));
}

/* The identity of this version; NULL when there is none. */
static struct json_object *
find_identity(struct json_object *json, unsigned version)
{
	struct json_object *list = member(json, "tdxModuleIdentities"), *o;
	char id[16];
	size_t i;

	snprintf(id, sizeof(id), "TDX_%02X", version);
	for (i = 0; list != NULL && i < json_object_array_length(list); i++) {
		o = json_object_array_get_idx(list, i);
		if (strcasecmp(json_object_get_string(member(o, "id")), id) ==
		    0)
			return o;
	}
	return NULL;
}

/* The highest SVN listed that is not above `svn`; -1 when there is none. */
static int
find_svn(struct json_object *identity, int svn)
{
	struct json_object *levels = member(identity, "tcbLevels");
	int best = -1, n;
	size_t i;

	for (i = 0; i < json_object_array_length(levels); i++) {
		n = json_object_get_int(member(member(
		    json_object_array_get_idx(levels, i), "tcb"), "isvsvn"));
		if (n <= svn && n > best)
			best = n;
	}
	return best;
}

static void
check_module(const struct tcb_info *t, struct json_object *json,
    struct td_report *td, uint8_t switches)
{
	struct json_object *identity = member(json, "tdxModule");
	const struct isv_level *have;
	uint8_t attributes[8];
	struct fault f = { 0 };
	bool good;
	int svn = 0;

	if (td->tee_tcb_svn[1] > 0)
		identity = find_identity(json, td->tee_tcb_svn[1]);
	good = identity != NULL;
	if (good) {
		good = hex_decode(td->mrsignerseam, 48, bytes_of_string(
		    json_object_get_string(member(identity, "mrsigner")))) &&
		    hex_decode(attributes, 8, bytes_of_string(
		    json_object_get_string(member(identity, "attributes"))));
		FUZZ_CHECK(good);
		good = bytes_is_zero(BYTES_OF(attributes));
		if (td->tee_tcb_svn[1] > 0)
			svn = find_svn(identity, td->tee_tcb_svn[0]);
	}
	if ((switches & OTHER_SIGNER) != 0)
		td->mrsignerseam[47] ^= 1;
	if ((switches & ATTRIBUTES) != 0)
		td->seamattributes[0] = 1;
	good = good && (switches & (OTHER_SIGNER | ATTRIBUTES)) == 0 &&
	    svn >= 0;
	FUZZ_CHECK((tcb_info_match_module(t, td, &have, &f) == 0) == good);
	if (!good) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_TDX_MODULE_MISMATCH));
		return;
	}
	FUZZ_CHECK((have == NULL) == (td->tee_tcb_svn[1] == 0));
	if (have != NULL)
		FUZZ_CHECK(have->isvsvn == svn);
}

static void
check_document(const struct tcb_info *t, struct json_object *json,
    const struct pck *pck, struct td_report *td, uint8_t switches)
{
	FUZZ_CHECK(t->issue_date >= 0 && t->next_update >= 0);
	FUZZ_CHECK(strcmp(json_object_get_string(member(json, "id")),
	    tee_name(t->tee)) == 0);
	check_match(t, json, pck, NULL);
	if (t->tee != TEE_TDX)
		return;
	check_match(t, json, pck, td);
	check_monotonic(t, pck, td, switches >> 2);
	check_module(t, json, td, switches);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };
	struct json_object *json = NULL;
	struct pck pck = { 0 };
	struct td_report td = { 0 };
	struct tcb_info t;
	struct fault f = { 0 };
	uint8_t switches;

	if (!bytes_copy(&in, pck.components, 16) ||
	    !bytes_get_u16le(&in, &pck.pce_svn) ||
	    !bytes_copy(&in, td.tee_tcb_svn, 16))
		return 0;
	switches = fuzz_take_u8(&in);
	if (tcb_info_read(&t, in, &f) < 0) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_BAD_COLLATERAL));
		return 0;
	}
	FUZZ_CHECK(json_parse_new(&json, in, "again", &f) == 0);
	check_document(&t, json, &pck, &td, switches);
	json_object_put(json);
	tcb_info_clear(&t);
	return 0;
}

static void
put_seed(fuzz_put *put, const char *name, enum mint_kind kind,
    const char *settings, uint8_t switches)
{
	struct mint_buffer b = { 0 };
	struct mint_world w;
	int i;

	fuzz_world_make(&w, kind, settings);
	for (i = 0; i < 16; i++)
		mint_put_fill(&b, (uint8_t)w.spec.pck.components[i], 1);
	mint_put_u16le(&b, (uint16_t)w.spec.pck.pce_svn);
	mint_put(&b, w.spec.quote.td.tee_tcb_svn, 16);
	mint_put_fill(&b, switches, 1);
	mint_put_text(&b, "%s", w.fields[MINT_FIELD_TCB_INFO]);
	put(name, mint_buffer_bytes(&b));
	mint_buffer_clear(&b);
	mint_world_clear(&w);
}

void
fuzz_make_seeds(fuzz_put *put)
{
	static const char small[] = "tcb_info.num_levels=1 ; "
	    "tcb_info.num_tdx_module_identities=1";

	put_seed(put, "sgx", MINT_SGX_V3, "", 0);
	put_seed(put, "sgx-small", MINT_SGX_V3, "tcb_info.num_levels=1", 0);
	put_seed(put, "tdx", MINT_TDX_V4, "", 0);
	put_seed(put, "tdx-small", MINT_TDX_V4, small, 0);
	put_seed(put, "module-0", MINT_TDX_V4,
	    "quote.td.tee_tcb_svn=03000800000000000000000000000000", 0);
	put_seed(put, "module-03", MINT_TDX15_V5,
	    "quote.td.tee_tcb_svn=02030800000000000000000000000000", 0);
	put_seed(put, "below", MINT_SGX_V3, "pck.components=0,0", 0);
	put_seed(put, "other-signer", MINT_TDX_V4, small, OTHER_SIGNER);
	put_seed(put, "attributes", MINT_TDX_V4, small, ATTRIBUTES);
	put_seed(put, "alike", MINT_SGX_V3,
	    "tcb_info.levels[1].components=8,8,2,2,4,1,0,6,0,0,0,0,0,0,0,0", 0);
	put_seed(put, "advisories", MINT_SGX_V4,
	    "tcb_info.num_levels=1 ; tcb_info.levels[0].advisory_ids=A,B ; "
	    "tcb_info.levels[0].tcb_status=SWHardeningNeeded", 0);
}
