/*
 * Between the files of mint: what each of them makes for mint_world_make.
 */
#ifndef ATTESTRY_MINT_PARTS_H
#define ATTESTRY_MINT_PARTS_H

#include "mint.h"

/* mint_keys.c */

/* SubjectPublicKeyInfo, DER; the mint's own. */
struct bytes mint_spki(struct mint *mint, enum mint_key key);

/* SHA-1 of the public key's bits, RFC 5280 4.2.1.2 (1). */
void mint_key_id(struct mint *mint, enum mint_key key, uint8_t out[static 20]);

/* The signature as X.509 wants it, appended. */
void mint_sign_der(struct mint *mint, enum mint_key key, enum mint_hash hash,
    struct bytes data, struct mint_buffer *out);

/* A copy of text that lives as long as the mint. */
const char *mint_keep(struct mint *mint, const char *text, size_t len);

/* mint.c: alters as the spec wants changed in this part at this stage */
void mint_alter(const struct mint_spec *spec, enum mint_part part,
    enum mint_stage stage, struct mint_buffer *b);

/* Signs `data` raw; the signature goes through MINT_SIGNATURE. */
void mint_sign_part(struct mint_world *world, enum mint_part part,
    enum mint_key key, struct bytes data, uint8_t signature[static 64]);

/* mint_x509.c */

/* The certificate's DER, made on first use. */
struct bytes mint_cert(struct mint_world *world, enum mint_cert_id id);

void mint_put_crl(struct mint_world *world, enum mint_part part,
    const struct mint_crl *crl, struct mint_buffer *out);
void mint_put_chain(struct mint_world *world, const struct mint_chain *chain,
    struct mint_buffer *out);

/* mint_json.c: the text to be signed, compact, members in Intel's order */
void mint_put_tcb_info(struct mint_buffer *out,
    const struct mint_tcb_info *info);
void mint_put_qe_identity(struct mint_buffer *out,
    const struct mint_qe_identity *identity);

/* mint_quote.c: fills quote, quote_len and at */
void mint_make_quote(struct mint_world *world);

#endif
