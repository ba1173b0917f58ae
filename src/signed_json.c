#include <string.h>

#include <json-c/json.h>

#include "crypto.h"
#include "json.h"
#include "signed_json.h"

int
signed_json_split(struct bytes document, const char *member,
    struct bytes *out_body, struct bytes *out_sig_hex, struct fault *f)
{
	struct json_object *root = NULL, *body;
	struct bytes sig;
	int r = -1;

	if (json_parse_new(&root, document, member, f) < 0)
		return -1;
	if (!json_get_object(root, member, &body) ||
	    !json_find_text(document, member, out_body)) {
		fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: want an object of this name", member);
		goto out;
	}
	if (!json_get_text(root, "signature", &sig) ||
	    !json_find_text(document, "signature", out_sig_hex) ||
	    out_sig_hex->len != SIGNED_JSON_SIG_HEX_LEN + 2) {
		fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: signature: want %d hex digits", member,
		    SIGNED_JSON_SIG_HEX_LEN);
		goto out;
	}
	/* Without its quotes. */
	out_sig_hex->ptr++;
	out_sig_hex->len -= 2;
	r = 0;
out:
	json_object_put(root);
	return r;
}

int
signed_json_verify(struct bytes body, struct bytes sig_hex,
    const uint8_t *key, const char *what, struct fault *f)
{
	uint8_t sig[ECDSA_SIG_LEN];
	bool good;

	if (!hex_decode(sig, sizeof(sig), sig_hex))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: signature: want %d hex digits, have %zu characters",
		    what, SIGNED_JSON_SIG_HEX_LEN, sig_hex.len);
	if (ecdsa_verify(&good, key, body, sig, f) < 0)
		return -1;
	if (!good)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: signature: not by the TCB signing key", what);
	return 0;
}
