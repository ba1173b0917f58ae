/*
 * Fuzz target: collateral_text_read and collateral_adopt_new. Input: the JSON
 * object with the nine texts.
 *
 * Whatever leads to the trust anchor is, but for its spelling in hex and PEM,
 * to the byte what was minted: nobody else has the keys.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collateral.h"
#include "fuzz.h"

static const struct {
	const char *name;
	enum mint_kind kind;
	const char *settings;
} seeds[] = {
	{ "sgx", MINT_SGX_V3, "" },
	{ "tdx", MINT_TDX_V4, "" },
	{ "processor", MINT_SGX_V3, "ca=processor ; fmspc=00906ed50000" },
	{ "small", MINT_SGX_V3, "tcb_info.num_levels=1 ; "
	    "qe_identity.num_levels=1 ; pck_crl.num_strangers=0" },
	{ "outdated", MINT_TDX15_V5, "tcb_info.levels[0].tcb_status="
	    "OutOfDate ; pck_chain.crlf=true" },
	{ "revoked", MINT_SGX_V4, "root_crl.revokes=ca ; "
	    "tcb_info_chain.certs=spare,root ; tcb_info.signer=spare" },
};

#define NUM_SEEDS (sizeof(seeds) / sizeof(seeds[0]))

static struct mint_world *
worlds(void)
{
	static struct mint_world minted[NUM_SEEDS];
	size_t i;

	if (minted[0].mint == NULL)
		for (i = 0; i < NUM_SEEDS; i++)
			fuzz_world_make(&minted[i], seeds[i].kind,
			    seeds[i].settings);
	return minted;
}

static bool
is_minted_text(const char *text, enum mint_field field)
{
	size_t i;

	for (i = 0; i < NUM_SEEDS; i++)
		if (strcmp(text, worlds()[i].fields[field]) == 0)
			return true;
	return false;
}

static bool
is_minted_hex(const char *hex, enum mint_field field)
{
	size_t i;

	for (i = 0; i < NUM_SEEDS; i++)
		if (strcasecmp(hex, worlds()[i].fields[field]) == 0)
			return true;
	return false;
}

static bool
is_minted_cert(const struct cert *c)
{
	const struct mint_world *w = worlds();
	size_t i, id;

	for (i = 0; i < NUM_SEEDS; i++)
		for (id = 0; id < MINT_CERT__MAX; id++)
			if (bytes_equal((struct bytes){ c->der, c->der_len },
			    mint_buffer_bytes(&w[i].certs[id])))
				return true;
	return false;
}

static void
check_trusted(const struct collateral *c)
{
	char *const *field = c->text.field;
	int i;

	FUZZ_CHECK(is_minted_text(field[COLLATERAL_TCB_INFO],
	    MINT_FIELD_TCB_INFO));
	FUZZ_CHECK(is_minted_text(field[COLLATERAL_QE_IDENTITY],
	    MINT_FIELD_QE_IDENTITY));
	FUZZ_CHECK(is_minted_hex(field[COLLATERAL_TCB_INFO_SIGNATURE],
	    MINT_FIELD_TCB_INFO_SIGNATURE));
	FUZZ_CHECK(is_minted_hex(field[COLLATERAL_QE_IDENTITY_SIGNATURE],
	    MINT_FIELD_QE_IDENTITY_SIGNATURE));
	FUZZ_CHECK(is_minted_hex(field[COLLATERAL_ROOT_CA_CRL],
	    MINT_FIELD_ROOT_CA_CRL));
	FUZZ_CHECK(is_minted_hex(field[COLLATERAL_PCK_CRL],
	    MINT_FIELD_PCK_CRL));
	FUZZ_CHECK(is_minted_cert(&c->pck_crl_issuer.signer));
	FUZZ_CHECK(is_minted_cert(&c->pck_crl_issuer.root));
	FUZZ_CHECK(is_minted_cert(&c->tcb_info_issuer.signer));
	FUZZ_CHECK(is_minted_cert(&c->tcb_info_issuer.root));
	FUZZ_CHECK(is_minted_cert(&c->qe_identity_issuer.signer));
	FUZZ_CHECK(is_minted_cert(&c->qe_identity_issuer.root));
	for (i = 0; i < COLLATERAL_PERIODS_NUM; i++)
		FUZZ_CHECK(c->issued_at >= c->periods[i].validity.not_before &&
		    c->expires_at <= c->periods[i].validity.not_after);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct collateral_text text;
	struct collateral *c = NULL;
	struct fault f = { 0 };
	uint8_t id[SHA256_LEN];
	int i;

	if (collateral_text_read(&text, (struct bytes){ data, size }, &f) <
	    0) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_BAD_COLLATERAL));
		for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
			FUZZ_CHECK(text.field[i] == NULL);
		return 0;
	}
	FUZZ_CHECK(collateral_text_id(&text, id, &f) == 0);
	FUZZ_CHECK(collateral_adopt_new(&c, &text, fuzz_trust(), &f) == 0);
	if (c->fault.code == FAULT_NONE) {
		check_trusted(c);
		FUZZ_CHECK((collateral_check_time(c, MINT_NOW, &f) == 0) ==
		    (c->issued_at <= MINT_NOW && MINT_NOW <= c->expires_at));
	} else {
		fuzz_check_refusal(&c->fault, ~FUZZ_CODE(FAULT_INTERNAL));
	}
	collateral_free(c);
	return 0;
}

void
fuzz_make_seeds(fuzz_put *put)
{
	char *json;
	size_t i;

	for (i = 0; i < NUM_SEEDS; i++) {
		json = mint_world_collateral_new(&worlds()[i]);
		put(seeds[i].name, bytes_of_string(json));
		free(json);
	}
	put("empty", bytes_of_string("{}"));
}
