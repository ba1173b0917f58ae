/*
 * Fuzz target: signed_json_split. Input: an answer of the PCS.
 *
 * The body is a span of the document that json-c reads as the very member; the
 * signature likewise; and put into a fresh wrapper, the same come out again.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "fuzz.h"
#include "json.h"
#include "signed_json.h"

static bool
is_inside(struct bytes part, struct bytes whole)
{
	return part.ptr >= whole.ptr &&
	    part.ptr + part.len <= whole.ptr + whole.len;
}

static void
put_document(struct mint_buffer *b, const char *member, struct bytes body,
    struct bytes sig_hex)
{
	mint_put_text(b, "{\"%s\":", member);
	mint_put_bytes(b, body);
	mint_put_text(b, ",\"signature\":\"");
	mint_put_bytes(b, sig_hex);
	mint_put_text(b, "\"}");
}

static void
check(struct bytes document, const char *member)
{
	struct json_object *root = NULL, *inner = NULL, *value;
	struct bytes body, sig_hex, body2, sig_hex2, text;
	struct mint_buffer b = { 0 };
	struct fault f = { 0 };

	if (signed_json_split(document, member, &body, &sig_hex, &f) < 0) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_BAD_COLLATERAL));
		return;
	}
	FUZZ_CHECK(is_inside(body, document) && is_inside(sig_hex, document));
	FUZZ_CHECK(body.len >= 2 && body.ptr[0] == '{' &&
	    body.ptr[body.len - 1] == '}');
	FUZZ_CHECK(sig_hex.len == SIGNED_JSON_SIG_HEX_LEN);

	FUZZ_CHECK(json_parse_new(&root, document, "document", &f) == 0);
	FUZZ_CHECK(json_parse_new(&inner, body, "body", &f) == 0);
	FUZZ_CHECK(json_get_object(root, member, &value));
	FUZZ_CHECK(json_object_equal(inner, value));
	FUZZ_CHECK(json_get_text(root, "signature", &text));
	if (memchr(sig_hex.ptr, '\\', sig_hex.len) == NULL)
		FUZZ_CHECK(bytes_equal(text, sig_hex));
	json_object_put(inner);
	json_object_put(root);

	put_document(&b, member, body, sig_hex);
	FUZZ_CHECK(signed_json_split(mint_buffer_bytes(&b), member, &body2,
	    &sig_hex2, &f) == 0);
	FUZZ_CHECK(bytes_equal(body, body2));
	FUZZ_CHECK(bytes_equal(sig_hex, sig_hex2));
	mint_buffer_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes document = { data, size };

	check(document, "tcbInfo");
	check(document, "enclaveIdentity");
	return 0;
}

static void
put_seed(fuzz_put *put, const char *name, const char *member,
    const char *body, const char *sig_hex)
{
	struct mint_buffer b = { 0 };

	put_document(&b, member, bytes_of_string(body),
	    bytes_of_string(sig_hex));
	put(name, mint_buffer_bytes(&b));
	mint_buffer_clear(&b);
}

void
fuzz_make_seeds(fuzz_put *put)
{
	struct mint_world w;
	const char *sig;
	struct mint_buffer b = { 0 };

	fuzz_world_make(&w, MINT_TDX_V4, "");
	sig = w.fields[MINT_FIELD_TCB_INFO_SIGNATURE];
	put_seed(put, "tcb-info", "tcbInfo", w.fields[MINT_FIELD_TCB_INFO],
	    sig);
	put_seed(put, "qe-identity", "enclaveIdentity",
	    w.fields[MINT_FIELD_QE_IDENTITY], sig);
	put_seed(put, "small", "tcbInfo", "{\"a\":\"}\\\"\",\"tcbInfo\":{}}",
	    sig);
	put_seed(put, "white-space", "tcbInfo", " { \"a\" : [ ] } ", sig);
	mint_put_text(&b, "{\"signature\" : \"%s\" , \"x\":\"{\","
	    "\"enclaveIdentity\":{\"signature\":\"\"}}", sig);
	put("signature-first", mint_buffer_bytes(&b));
	mint_buffer_clear(&b);
	mint_world_clear(&w);
}
