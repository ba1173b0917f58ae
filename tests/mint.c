#include <stdlib.h>
#include <string.h>

#include "mint_parts.h"

static const char *const field_names[MINT_FIELD__MAX] = {
	"pck_crl_issuer_chain", "root_ca_crl", "pck_crl",
	"tcb_info_issuer_chain", "tcb_info", "tcb_info_signature",
	"qe_identity_issuer_chain", "qe_identity", "qe_identity_signature"
};

/* The bytes that a patch spells, without its leading sign. */
static void
put_spelled(struct mint_buffer *out, const char *hex)
{
	size_t len = strspn(hex, "0123456789abcdefABCDEF"), at = out->len;
	const char *times = hex + len;
	unsigned long num = 1;
	uint8_t *block;

	if (*times == '*')
		num = strtoul(times + 1, (char **)&times, 10);
	if (*times != '\0' || len % 2 != 0)
		mint_die("not bytes of a patch: %s", hex);
	mint_put_fill(out, 0, len / 2);
	if (!hex_decode(out->ptr + at, len / 2,
	    (struct bytes){ (const uint8_t *)hex, len }))
		mint_die("not bytes of a patch: %s", hex);
	block = mint_buffer_block_new(out);
	if (num == 0)
		mint_buffer_splice(out, at, len / 2, (struct bytes){ NULL, 0 });
	while (num-- > 1)
		mint_put(out, block + at, len / 2);
	free(block);
}

static void
patch_apply(const struct mint_patch *patch, struct mint_buffer *b)
{
	size_t at = (size_t)patch->at, cut = 0, i;
	const char *bytes = patch->bytes;
	struct mint_buffer put = { 0 };

	if (patch->at < 0)
		at = b->len - (size_t)-patch->at;
	if (at > b->len)
		mint_die("a patch at %ld: there are only %zu bytes", patch->at,
		    b->len);
	if (*bytes == '-') {
		cut = strtoul(bytes + 1, NULL, 10);
		if (cut == 0)
			cut = b->len - at;
	} else {
		put_spelled(&put, bytes + (*bytes == '^' || *bytes == '+'));
		cut = *bytes == '+' ? 0 : put.len;
	}
	if (cut > b->len - at)
		mint_die("a patch of %zu bytes at %ld: there are only %zu", cut,
		    patch->at, b->len);
	if (*bytes == '^')
		for (i = 0; i < put.len; i++)
			put.ptr[i] ^= b->ptr[at + i];
	mint_buffer_splice(b, at, cut, mint_buffer_bytes(&put));
	mint_buffer_clear(&put);
}

void
mint_alter(const struct mint_spec *spec, enum mint_part part,
    enum mint_stage stage, struct mint_buffer *b)
{
	const struct mint_patch *patch;
	size_t i;

	for (i = 0; i < MINT_PATCHES_MAX; i++) {
		patch = &spec->patches[i];
		if (patch->bytes != NULL && patch->part == part &&
		    patch->stage == stage)
			patch_apply(patch, b);
	}
	if (spec->tweak != NULL)
		spec->tweak(spec->tweak_arg, part, stage, b);
}

void
mint_sign_part(struct mint_world *world, enum mint_part part,
    enum mint_key key, struct bytes data, uint8_t signature[static 64])
{
	struct mint_buffer b = { 0 };

	mint_sign(world->mint, key, data, signature);
	mint_put(&b, signature, 64);
	mint_alter(&world->spec, part, MINT_SIGNATURE, &b);
	if (b.len != 64)
		mint_die("a raw signature has 64 bytes, not %zu", b.len);
	memcpy(signature, b.ptr, 64);
	mint_buffer_clear(&b);
}

static void
field_adopt(struct mint_world *world, enum mint_field field, char *text)
{
	free(world->fields[field]);
	world->fields[field] = text;
}

static void
field_take(struct mint_world *world, enum mint_field field,
    struct mint_buffer *b)
{
	field_adopt(world, field, mint_buffer_string_new(b));
	mint_buffer_clear(b);
}

static void
make_chain(struct mint_world *world, enum mint_field field,
    const struct mint_chain *chain)
{
	struct mint_buffer b = { 0 };

	mint_put_chain(world, chain, &b);
	field_take(world, field, &b);
}

static void
make_crl(struct mint_world *world, enum mint_field field,
    enum mint_part part, const struct mint_crl *crl, struct mint_buffer *der)
{
	struct mint_buffer b = { 0 };

	mint_put_crl(world, part, crl, der);
	mint_put_hex(&b, mint_buffer_bytes(der), false);
	field_take(world, field, &b);
}

static void
edit_apply(const struct mint_edit *edit, struct mint_buffer *b)
{
	const char *text = (const char *)b->ptr, *found;

	found = strstr(text, edit->find);
	if (found == NULL)
		mint_die("an edit finds no \"%s\"", edit->find);
	mint_buffer_splice(b, (size_t)(found - text), strlen(edit->find),
	    bytes_of_string(edit->replace));
}

/* Signs the text in `b`, then puts it and its signature in their fields. */
static void
make_document(struct mint_world *world, enum mint_field field,
    enum mint_part part, enum mint_key signer, const struct mint_edit *edits,
    struct mint_buffer *b)
{
	struct mint_buffer hex = { 0 };
	uint8_t signature[64];
	size_t i;

	for (i = 0; i < MINT_EDITS_MAX; i++)
		if (edits[i].find != NULL)
			edit_apply(&edits[i], b);
	mint_alter(&world->spec, part, MINT_BEFORE, b);
	mint_sign_part(world, part, signer, mint_buffer_bytes(b), signature);
	mint_put_hex(&hex, BYTES_OF(signature), false);
	field_take(world, field + 1, &hex);
	mint_alter(&world->spec, part, MINT_AFTER, b);
	field_take(world, field, b);
}

static void
make_root(struct mint_world *world)
{
	struct bytes der = mint_cert(world, world->spec.trusted_root);
	struct mint_buffer pem = { 0 };

	mint_put_bytes(&world->root_der, der);
	mint_put_pem(&pem, "CERTIFICATE", der, "\n");
	world->root_pem = mint_buffer_string_new(&pem);
	mint_buffer_clear(&pem);
}

void
mint_world_make(struct mint_world *world, struct mint *mint,
    const struct mint_spec *spec)
{
	struct mint_buffer b = { 0 };

	*world = (struct mint_world){ .spec = *spec, .mint = mint };
	make_root(world);
	make_chain(world, MINT_FIELD_PCK_CRL_ISSUER_CHAIN,
	    &spec->pck_crl_chain);
	make_crl(world, MINT_FIELD_ROOT_CA_CRL, MINT_PART_ROOT_CRL,
	    &spec->root_crl, &world->root_crl);
	make_crl(world, MINT_FIELD_PCK_CRL, MINT_PART_PCK_CRL, &spec->pck_crl,
	    &world->pck_crl);
	make_chain(world, MINT_FIELD_TCB_INFO_ISSUER_CHAIN,
	    &spec->tcb_info_chain);
	mint_put_tcb_info(&b, &spec->tcb_info);
	make_document(world, MINT_FIELD_TCB_INFO, MINT_PART_TCB_INFO,
	    spec->tcb_info.signer, spec->tcb_info.edits, &b);
	make_chain(world, MINT_FIELD_QE_IDENTITY_ISSUER_CHAIN,
	    &spec->qe_identity_chain);
	mint_put_qe_identity(&b, &spec->qe_identity);
	make_document(world, MINT_FIELD_QE_IDENTITY, MINT_PART_QE_IDENTITY,
	    spec->qe_identity.signer, spec->qe_identity.edits, &b);
	mint_make_quote(world);
}

void
mint_world_clear(struct mint_world *world)
{
	size_t i;

	free(world->root_pem);
	mint_buffer_clear(&world->root_der);
	free(world->quote);
	for (i = 0; i < MINT_FIELD__MAX; i++)
		free(world->fields[i]);
	for (i = 0; i < MINT_CERT__MAX; i++)
		mint_buffer_clear(&world->certs[i]);
	mint_buffer_clear(&world->root_crl);
	mint_buffer_clear(&world->pck_crl);
	*world = (struct mint_world){ 0 };
}

const char *
mint_field_name(enum mint_field field)
{
	return field_names[field];
}

char *
mint_world_collateral_new(const struct mint_world *world)
{
	struct mint_buffer b = { 0 };
	const char *comma = "{";
	char *text;
	size_t i;

	for (i = 0; i < MINT_FIELD__MAX; i++) {
		if (world->fields[i] == NULL)
			continue;
		mint_put_text(&b, "%s\"%s\":", comma, field_names[i]);
		mint_put_json_string(&b, world->fields[i]);
		comma = ",";
	}
	mint_put_text(&b, "%s}", b.len == 0 ? "{" : "");
	text = mint_buffer_string_new(&b);
	mint_buffer_clear(&b);
	return text;
}

void
mint_world_set_field(struct mint_world *world, enum mint_field field,
    const char *text)
{
	struct mint_buffer b = { 0 };

	if (text == NULL) {
		field_adopt(world, field, NULL);
		return;
	}
	mint_put_text(&b, "%s", text);
	field_take(world, field, &b);
}

void
mint_world_resize_quote(struct mint_world *world, size_t len)
{
	uint8_t *quote = calloc(len > 0 ? len : 1, 1);

	if (quote == NULL)
		mint_die("no memory for %zu bytes", len);
	memcpy(quote, world->quote,
	    len < world->quote_len ? len : world->quote_len);
	free(world->quote);
	world->quote = quote;
	world->quote_len = len;
}

void
mint_world_sign_quote(struct mint_world *world)
{
	mint_sign(world->mint, world->spec.quote.signer,
	    (struct bytes){ world->quote, world->at.signed_len },
	    world->quote + world->at.signature);
}

void
mint_world_sign_qe_report(struct mint_world *world)
{
	const struct mint_layout *at = &world->at;

	mint_sign(world->mint, world->spec.quote.qe_report_signer,
	    (struct bytes){ world->quote + at->qe_report,
	    at->qe_report_signature - at->qe_report },
	    world->quote + at->qe_report_signature);
}
