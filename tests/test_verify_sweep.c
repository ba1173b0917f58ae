/*
 * Every byte, in two ways. No proper prefix of a quote is a quote; no byte of a
 * quote or of its collateral can be changed and leave it verified, but for the
 * few that are declared free here, by name.
 *
 * Collateral goes through the same code whatever the kind, so by default that
 * of one kind is changed, and read as a whole for some of the changes; with
 * ATTESTRY_SWEEP set, that of every kind for all, in a few minutes.
 */
#include <string.h>

#include "signed_json.h"
#include "worlds.h"

/* What a quote is judged with, made once. */
struct bench {
	struct mint_world w;
	struct trust trust;
	struct policy policy;
	struct collateral *c;
	struct known *known; /* what all changes before have shown */
};

static void
bench_make(struct bench *b, struct mint *mint, enum mint_kind kind,
    const char *settings)
{
	struct fault f;

	world_make(&b->w, mint, kind, settings);
	world_trust(&b->trust, &b->w);
	b->c = world_collateral_new(&b->w, &b->trust);
	if (policy_read(&b->policy, POLICY_DEFAULT, &f) < 0 ||
	    known_new(&b->known, &b->trust, &f) < 0)
		mint_die("%s", f.message);
}

static void
bench_clear(struct bench *b)
{
	known_free(b->known);
	collateral_free(b->c);
	mint_world_clear(&b->w);
}

static bool
is_verified_with(const struct bench *b, const struct collateral *c)
{
	struct verdict v = { .verified = false };
	struct quote q;
	struct fault f;

	if (quote_parse(&q, (struct bytes){ b->w.quote, b->w.quote_len },
		&f) < 0)
		return false;
	if (verify_quote(&v, &q, c, &b->trust, &b->policy, b->w.spec.now,
		b->known, &f) < 0)
		mint_die("%s", f.message);
	return v.verified;
}

static bool
is_verified(const struct bench *b)
{
	return is_verified_with(b, b->c);
}

/* Each in a block of its very length, so that a byte too far is seen. */
static void
test_prefixes(const struct mint_world *w)
{
	size_t len, num_refused = 0;
	uint8_t *block;
	struct quote q;
	struct fault f;

	for (len = 0; len < w->at.end; len++) {
		block = malloc(len > 0 ? len : 1);
		if (block == NULL)
			mint_die("no memory");
		memcpy(block, w->quote, len);
		num_refused += quote_parse(&q, (struct bytes){ block, len },
		    &f) < 0 && f.code == FAULT_MALFORMED_QUOTE;
		free(block);
	}
	ok(num_refused == w->at.end, "%s: %zu of %zu prefixes are malformed",
	    kind_name(w->spec.kind), num_refused, w->at.end);
}

/* Two ways to change a byte: one of its bits, and all of the others. */
static uint8_t
flip(size_t at, int way)
{
	uint8_t bit = (uint8_t)(1 << at % 8);

	return way == 0 ? bit : (uint8_t)~bit;
}

/* Does a changed byte leave it verified? */
static bool
is_free_byte(struct bench *b, size_t at, int way)
{
	bool is_free;

	b->w.quote[at] ^= flip(at, way);
	is_free = is_verified(b);
	if (is_free)
		tap_note("byte %zu with bits %02x flipped is free", at,
		    flip(at, way));
	b->w.quote[at] ^= flip(at, way);
	return is_free;
}

/* Free: trailing padding. */
static void
test_quote_flips(struct bench *b)
{
	const struct mint_layout *at = &b->w.at;
	size_t i, num = 0, num_bad = 0;
	int way;

	for (i = 0; i < at->end; i++)
		for (way = 0; way < 2; way++) {
			num_bad += is_free_byte(b, i, way);
			num++;
		}
	ok(num_bad == 0, "%s: none of %zu changed bytes leaves it verified",
	    kind_name(b->w.spec.kind), num);
	for (num_bad = 0, i = at->end; i < b->w.quote_len; i++) {
		b->w.quote[i] ^= flip(i, 0);
		num_bad += !is_verified(b);
		b->w.quote[i] ^= flip(i, 0);
	}
	ok(num_bad == 0 && is_verified(b), "%s: padding is free",
	    kind_name(b->w.spec.kind));
}

/* Free: which white space ends a line of a PEM. */
static void
test_line_ends(struct bench *b)
{
	uint8_t *p = b->w.quote + b->w.at.cert_data;
	uint8_t *end = b->w.quote + b->w.at.end;
	size_t num = 0, num_bad = 0;

	for (; p < end; p++) {
		if (*p != '\n')
			continue;
		*p = '\t';
		num_bad += !is_verified(b);
		*p = '\n';
		num++;
	}
	ok(num > 30 && num_bad == 0, "line ends of the PEM are free (%zu)",
	    num);
}

static bool
collateral_verifies(const struct bench *b)
{
	struct collateral_text text = { { NULL } };
	struct collateral *c;
	struct fault f;
	bool good;
	int i;

	for (i = 0; i < COLLATERAL_FIELD__MAX; i++) {
		text.field[i] = strdup(b->w.fields[i]);
		if (text.field[i] == NULL)
			mint_die("no memory");
	}
	if (collateral_adopt_new(&c, &text, &b->trust, &f) < 0)
		mint_die("%s", f.message);
	good = is_verified_with(b, c);
	collateral_free(c);
	return good;
}

static bool
crl_is_taken(struct bytes hex, const struct cert *issuer)
{
	uint8_t der[2048];
	struct crl crl;
	struct fault f;
	bool good;

	good = hex.len / 2 <= sizeof(der) &&
	    hex_decode(der, hex.len / 2, hex) &&
	    crl_read(&crl, (struct bytes){ der, hex.len / 2 }, issuer,
		&f) == 0;
	if (good)
		crl_clear(&crl);
	return good;
}

/* The reader that has to refuse a change of this text. */
static bool
field_is_taken(const struct bench *b, enum mint_field field)
{
	struct bytes text = bytes_of_string(b->w.fields[field]);
	struct signer_chain chain;
	struct fault f;

	switch (field) {
	case MINT_FIELD_PCK_CRL_ISSUER_CHAIN:
		return signer_chain_read(&chain, text, SIGNER_PCK_CA,
		    &b->trust, &f) == 0;
	case MINT_FIELD_TCB_INFO_ISSUER_CHAIN:
	case MINT_FIELD_QE_IDENTITY_ISSUER_CHAIN:
		return signer_chain_read(&chain, text, SIGNER_TCB_SIGNING,
		    &b->trust, &f) == 0;
	case MINT_FIELD_TCB_INFO:
	case MINT_FIELD_TCB_INFO_SIGNATURE:
		return signed_json_verify(
		    bytes_of_string(b->w.fields[MINT_FIELD_TCB_INFO]),
		    bytes_of_string(b->w.fields[
			MINT_FIELD_TCB_INFO_SIGNATURE]),
		    b->c->tcb_info_issuer.signer.key, "", &f) == 0;
	case MINT_FIELD_QE_IDENTITY:
	case MINT_FIELD_QE_IDENTITY_SIGNATURE:
		return signed_json_verify(
		    bytes_of_string(b->w.fields[MINT_FIELD_QE_IDENTITY]),
		    bytes_of_string(b->w.fields[
			MINT_FIELD_QE_IDENTITY_SIGNATURE]),
		    b->c->qe_identity_issuer.signer.key, "", &f) == 0;
	case MINT_FIELD_ROOT_CA_CRL:
		return crl_is_taken(text, &b->c->pck_crl_issuer.root);
	case MINT_FIELD_PCK_CRL:
		return crl_is_taken(text, &b->c->pck_crl_issuer.signer);
	default:
		mint_die("no field %d", field);
	}
}

/* Free: whether a hex digit is a capital. */
static bool
is_hex_field(enum mint_field field)
{
	return field == MINT_FIELD_ROOT_CA_CRL ||
	    field == MINT_FIELD_PCK_CRL ||
	    field == MINT_FIELD_TCB_INFO_SIGNATURE ||
	    field == MINT_FIELD_QE_IDENTITY_SIGNATURE;
}

static void
test_field_flips(struct bench *b, enum mint_field field, size_t step)
{
	char *text = b->w.fields[field];
	size_t len = strlen(text), i, num = 0, num_bad = 0;

	for (i = 0; i < 2 * len; i++) {
		/* Never to a NUL, which would only cut it. */
		char was = text[i / 2];
		char now = (char)(was ^ flip(i / 2 % 7, (int)i % 2));
		bool is_free;

		if (now == '\0')
			continue;
		is_free = is_hex_field(field) && was > '9' &&
		    (now ^ was) == ('a' ^ 'A');
		text[i / 2] = now;
		num++;
		if (field_is_taken(b, field) != is_free ||
		    (i % step == 0 && collateral_verifies(b) != is_free)) {
			tap_note("character %zu from %02x to %02x", i / 2,
			    (uint8_t)was, (uint8_t)now);
			num_bad++;
		}
		text[i / 2] = was;
	}
	ok(num_bad == 0 && num > 200, "%s: %s: %zu changed characters",
	    kind_name(b->w.spec.kind), mint_field_name(field), num);
}

int
main(void)
{
	struct mint *mint = mint_new();
	enum mint_kind kind;
	struct bench b;
	bool is_whole;
	int i;

	for (kind = 0; kind < MINT_KIND__MAX; kind++) {
		is_whole = getenv("ATTESTRY_SWEEP") != NULL ||
		    kind == MINT_TDX15_V5;
		bench_make(&b, mint, kind, "quote.trailing=20");
		test_prefixes(&b.w);
		test_quote_flips(&b);
		if (is_whole)
			test_line_ends(&b);
		for (i = 0; is_whole && i < MINT_FIELD__MAX; i++)
			test_field_flips(&b, i,
			    getenv("ATTESTRY_SWEEP") != NULL ? 1 : 29);
		bench_clear(&b);
	}
	mint_free(mint);
	return tap_done();
}
