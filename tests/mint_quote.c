#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "mint_parts.h"

#define ENCLAVE_REPORT_LEN 384
#define TD_REPORT10_LEN 584
#define TD_REPORT15_LEN 648
#define RSA2048_LEN 256
#define RSA3072_LEN 384

static const size_t body_lens[] = {
	[MINT_BODY_ENCLAVE] = ENCLAVE_REPORT_LEN,
	[MINT_BODY_TD10] = TD_REPORT10_LEN,
	[MINT_BODY_TD15] = TD_REPORT15_LEN
};

#define PUT(b, array) mint_put((b), (array), sizeof(array))

static void
put_header(struct mint_buffer *b, const struct mint_quote *q)
{
	mint_put_u16le(b, q->version);
	mint_put_u16le(b, q->att_key_type);
	mint_put_u32le(b, q->tee_type);
	mint_put_u16le(b, q->qe_svn);
	mint_put_u16le(b, q->pce_svn);
	PUT(b, q->qe_vendor_id);
	PUT(b, q->user_data);
}

static void
put_enclave_report(struct mint_buffer *b, const struct mint_enclave_report *r)
{
	PUT(b, r->cpu_svn);
	PUT(b, r->miscselect);
	PUT(b, r->reserved1);
	PUT(b, r->isv_ext_prod_id);
	PUT(b, r->attributes);
	PUT(b, r->mrenclave);
	PUT(b, r->reserved2);
	PUT(b, r->mrsigner);
	PUT(b, r->reserved3);
	PUT(b, r->config_id);
	mint_put_u16le(b, r->isv_prod_id);
	mint_put_u16le(b, r->isv_svn);
	mint_put_u16le(b, r->config_svn);
	PUT(b, r->reserved4);
	PUT(b, r->isv_family_id);
	PUT(b, r->report_data);
}

static void
put_td_report(struct mint_buffer *b, const struct mint_td_report *r,
    bool is_td15)
{
	size_t i;

	PUT(b, r->tee_tcb_svn);
	PUT(b, r->mrseam);
	PUT(b, r->mrsignerseam);
	PUT(b, r->seam_attributes);
	PUT(b, r->td_attributes);
	PUT(b, r->xfam);
	PUT(b, r->mrtd);
	PUT(b, r->mrconfigid);
	PUT(b, r->mrowner);
	PUT(b, r->mrownerconfig);
	for (i = 0; i < 4; i++)
		PUT(b, r->rtmr[i]);
	PUT(b, r->report_data);
	if (is_td15) {
		PUT(b, r->tee_tcb_svn2);
		PUT(b, r->mrservicetd);
	}
}

/* Header, descriptor and body: what the attestation key signs. */
static void
put_signed_part(struct mint_world *world, struct mint_buffer *b)
{
	const struct mint_quote *q = &world->spec.quote;

	put_header(b, q);
	if (q->has_descriptor) {
		mint_put_u16le(b, q->body_type);
		mint_put_u32le(b, (uint32_t)((int64_t)body_lens[q->body] +
		    q->body_size_more));
	}
	world->at.body = b->len;
	if (q->body == MINT_BODY_ENCLAVE)
		put_enclave_report(b, &q->enclave);
	else
		put_td_report(b, &q->td, q->body == MINT_BODY_TD15);
	if (b->len - world->at.body != body_lens[q->body])
		mint_die("a body of %zu bytes", b->len - world->at.body);
	mint_alter(&world->spec, MINT_PART_QUOTE, MINT_BEFORE, b);
}

static void
put_qe_auth_data(struct mint_buffer *b, const struct mint_quote *q)
{
	size_t i;

	for (i = 0; i < q->qe_auth_data_len; i++)
		mint_put_fill(b, (uint8_t)(q->qe_auth_data_first + i), 1);
}

/* SHA-256 of attestation key and QE auth data, then 32 zero bytes. */
static void
bind_key(struct mint_world *world, struct mint_enclave_report *qe_report)
{
	const struct mint_quote *q = &world->spec.quote;
	struct mint_buffer b = { 0 };
	uint8_t key[64];

	mint_public_key(world->mint, q->attest_key, key);
	PUT(&b, key);
	put_qe_auth_data(&b, q);
	memset(qe_report->report_data, 0, sizeof(qe_report->report_data));
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, b.ptr, b.len,
	    qe_report->report_data) < 0)
		mint_die("SHA-256");
	mint_buffer_clear(&b);
}

static void
put_qe_report(struct mint_world *world, struct mint_buffer *out)
{
	const struct mint_quote *q = &world->spec.quote;
	struct mint_enclave_report report = q->qe_report;
	struct mint_buffer b = { 0 };
	uint8_t signature[64];

	if (!q->keep_report_data)
		bind_key(world, &report);
	put_enclave_report(&b, &report);
	mint_alter(&world->spec, MINT_PART_QE_REPORT, MINT_BEFORE, &b);
	mint_sign_part(world, MINT_PART_QE_REPORT, q->qe_report_signer,
	    mint_buffer_bytes(&b), signature);
	mint_alter(&world->spec, MINT_PART_QE_REPORT, MINT_AFTER, &b);
	mint_put_bytes(out, mint_buffer_bytes(&b));
	world->at.qe_report_signature = out->len;
	PUT(out, signature);
	mint_buffer_clear(&b);
}

/* PPID or what stands for its ciphertext, CPUSVN, PCESVN, PCE ID. */
static void
put_ppid_data(struct mint_buffer *b, const struct mint_pck *pck,
    size_t encrypted_len)
{
	if (encrypted_len == 0)
		mint_put(b, pck->ppid, pck->ppid_len);
	else
		mint_put_fill(b, 0xe5, encrypted_len);
	mint_put(b, pck->cpu_svn, pck->cpu_svn_len);
	mint_put_u16le(b, (uint16_t)pck->pce_svn);
	mint_put(b, pck->pce_id, pck->pce_id_len);
}

static void
put_cert_data(struct mint_world *world, struct mint_buffer *b)
{
	const struct mint_spec *spec = &world->spec;
	const struct mint_quote *q = &spec->quote;

	if (q->cert_data.ptr != NULL) {
		mint_put_bytes(b, q->cert_data);
		return;
	}
	switch (q->cert_data_type) {
	case 1:
		put_ppid_data(b, &spec->pck, 0);
		break;
	case 2:
		put_ppid_data(b, &spec->pck, RSA2048_LEN);
		break;
	case 3:
		put_ppid_data(b, &spec->pck, RSA3072_LEN);
		break;
	case 4:
		mint_put_pem(b, "CERTIFICATE", mint_cert(world, MINT_CERT_PCK),
		    "\n");
		break;
	default:
		mint_put_chain(world, &spec->pck_chain, b);
		if (spec->pck_chain.nul_terminated)
			mint_put_fill(b, 0, 1);
		mint_alter(spec, MINT_PART_PCK_CHAIN, MINT_BEFORE, b);
	}
}

/* From the QE report to the end of the certification data. */
static void
put_qe_data(struct mint_world *world, struct mint_buffer *b)
{
	const struct mint_quote *q = &world->spec.quote;
	struct mint_layout *at = &world->at;
	struct mint_buffer data = { 0 };

	at->qe_report = b->len;
	put_qe_report(world, b);
	mint_put_u16le(b, (uint16_t)((int64_t)q->qe_auth_data_len +
	    q->qe_auth_data_size_more));
	at->qe_auth_data = b->len;
	put_qe_auth_data(b, q);
	put_cert_data(world, &data);
	at->cert_data_type = b->len;
	mint_put_u16le(b, q->cert_data_type);
	mint_put_u32le(b, (uint32_t)((int64_t)data.len +
	    q->cert_data_size_more));
	at->cert_data = b->len;
	mint_put_bytes(b, mint_buffer_bytes(&data));
	mint_buffer_clear(&data);
}

/* A size of four bytes at `at`, known only after what it counts. */
static void
write_size(struct mint_buffer *b, size_t at, int64_t more)
{
	struct mint_buffer size = { 0 };

	mint_put_u32le(&size, (uint32_t)((int64_t)(b->len - at - 4) + more));
	memcpy(b->ptr + at, size.ptr, 4);
	mint_buffer_clear(&size);
}

static void
put_auth_data(struct mint_world *world, struct mint_buffer *b)
{
	const struct mint_quote *q = &world->spec.quote;
	struct mint_layout *at = &world->at;
	uint8_t signature[64], key[64];

	mint_sign_part(world, MINT_PART_QUOTE, q->signer,
	    mint_buffer_bytes(b), signature);
	at->signed_len = b->len;
	mint_put_fill(b, 0, 4);
	at->signature = b->len;
	PUT(b, signature);
	at->attest_key = b->len;
	mint_public_key(world->mint, q->attest_key, key);
	PUT(b, key);
	if (q->has_outer) {
		at->outer = b->len;
		mint_put_u16le(b, q->outer_type);
		mint_put_fill(b, 0, 4);
	}
	put_qe_data(world, b);
	if (q->has_outer) {
		mint_put_fill(b, 0, q->outer_padding);
		write_size(b, at->outer + 2, q->outer_size_more);
	}
	mint_put_fill(b, 0, q->auth_data_padding);
	write_size(b, at->signed_len, q->auth_data_size_more);
}

void
mint_make_quote(struct mint_world *world)
{
	const struct mint_quote *q = &world->spec.quote;
	struct mint_buffer b = { 0 };

	put_signed_part(world, &b);
	put_auth_data(world, &b);
	mint_alter(&world->spec, MINT_PART_QUOTE, MINT_AFTER, &b);
	world->at.end = b.len;
	mint_put_fill(&b, q->trailing_value, q->trailing);
	world->quote = mint_buffer_block_new(&b);
	world->quote_len = b.len;
	mint_buffer_clear(&b);
}
