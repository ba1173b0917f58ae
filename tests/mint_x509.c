#include <stdlib.h>
#include <string.h>

#include "mint_parts.h"

/* RFC 5280 */
#define OID_AUTHORITY_KEY_ID "2.5.29.35"
#define OID_CRL_DISTRIBUTION_POINTS "2.5.29.31"
#define OID_SUBJECT_KEY_ID "2.5.29.14"
#define OID_KEY_USAGE "2.5.29.15"
#define OID_BASIC_CONSTRAINTS "2.5.29.19"
#define OID_CRL_NUMBER "2.5.29.20"
#define OID_REASON_CODE "2.5.29.21"

#define OID_SGX "1.2.840.113741.1.13.1"

#define TAG_CONTEXT 0x80	     /* [n] IMPLICIT, primitive */
#define TAG_CONTEXT_CONSTRUCTED 0xa0 /* [n] */

static void
put_algorithm(struct mint_buffer *b, enum mint_key signer, enum mint_hash hash,
    const char *oid)
{
	static const char *const ecdsa[] = {
		[MINT_SHA256] = "1.2.840.10045.4.3.2",
		[MINT_SHA384] = "1.2.840.10045.4.3.3",
		[MINT_SHA1] = "1.2.840.10045.4.1"
	};
	static const char *const rsa[] = {
		[MINT_SHA256] = "1.2.840.113549.1.1.11",
		[MINT_SHA384] = "1.2.840.113549.1.1.12",
		[MINT_SHA1] = "1.2.840.113549.1.1.5"
	};
	size_t at = b->len;

	if (oid == NULL)
		oid = signer == MINT_KEY_RSA ? rsa[hash] : ecdsa[hash];
	mint_der_put_oid(b, oid);
	/* RFC 3279: NULL parameters with RSA, none with ECDSA. */
	if (strncmp(oid, "1.2.840.113549.", 15) == 0)
		mint_der_put(b, MINT_DER_NULL, (struct bytes){ NULL, 0 });
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
}

static void
put_attribute(struct mint_buffer *b, const char *oid, uint8_t tag,
    const char *value)
{
	size_t at = b->len;

	if (value == NULL)
		return;
	mint_der_put_oid(b, oid);
	mint_der_put(b, tag, bytes_of_string(value));
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
	mint_der_wrap(b, at, MINT_DER_SET);
}

static void
put_name(struct mint_buffer *b, const struct mint_name *name)
{
	const struct {
		const char *oid, *value;
		uint8_t tag;
	} attributes[] = {
		{ "2.5.4.3", name->cn, name->tag },
		{ "2.5.4.10", name->o, name->tag },
		{ "2.5.4.7", name->l, name->tag },
		{ "2.5.4.8", name->st, name->tag },
		{ "2.5.4.6", name->c, MINT_DER_PRINTABLE_STRING },
	};
	const size_t num = sizeof(attributes) / sizeof(attributes[0]);
	size_t at = b->len, i, j;

	for (i = 0; i < num; i++) {
		j = name->reversed ? num - 1 - i : i;
		put_attribute(b, attributes[j].oid, attributes[j].tag,
		    attributes[j].value);
	}
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
}

/* Wraps what stands from `at` on: the extension's value. */
static void
wrap_extension(struct mint_buffer *b, size_t at, const char *oid,
    bool critical)
{
	struct mint_buffer head = { 0 };

	mint_der_wrap(b, at, MINT_DER_OCTET_STRING);
	mint_der_put_oid(&head, oid);
	if (critical)
		mint_der_put_bool(&head, true);
	mint_buffer_splice(b, at, 0, mint_buffer_bytes(&head));
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
	mint_buffer_clear(&head);
}

static void
put_authority_key_id(struct mint_buffer *b, struct mint *mint,
    enum mint_key key)
{
	size_t at = b->len;
	uint8_t id[20];

	mint_key_id(mint, key, id);
	mint_der_put(b, TAG_CONTEXT | 0, BYTES_OF(id));
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
	wrap_extension(b, at, OID_AUTHORITY_KEY_ID, false);
}

static void
put_crl_url(struct mint_buffer *b, const char *url)
{
	size_t at = b->len;

	mint_der_put(b, TAG_CONTEXT | 6, bytes_of_string(url));
	mint_der_wrap(b, at, TAG_CONTEXT_CONSTRUCTED | 0); /* fullName */
	mint_der_wrap(b, at, TAG_CONTEXT_CONSTRUCTED | 0);
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
	wrap_extension(b, at, OID_CRL_DISTRIBUTION_POINTS, false);
}

static void
put_subject_key_id(struct mint_buffer *b, struct mint *mint, enum mint_key key)
{
	size_t at = b->len;
	uint8_t id[20];

	mint_key_id(mint, key, id);
	mint_der_put(b, MINT_DER_OCTET_STRING, BYTES_OF(id));
	wrap_extension(b, at, OID_SUBJECT_KEY_ID, false);
}

static void
put_key_usage(struct mint_buffer *b, uint8_t usage, bool critical)
{
	uint8_t bits[2] = { 0, usage };
	size_t at = b->len;

	/* DER: trailing zero bits are not used bits. */
	while (bits[0] < 8 && (usage >> bits[0] & 1) == 0)
		bits[0]++;
	if (usage == 0)
		bits[0] = 0;
	mint_der_put(b, MINT_DER_BIT_STRING,
	    (struct bytes){ bits, usage == 0 ? 1 : 2 });
	wrap_extension(b, at, OID_KEY_USAGE, critical);
}

static void
put_basic_constraints(struct mint_buffer *b, const struct mint_cert *cert)
{
	size_t at = b->len;

	if (cert->is_ca)
		mint_der_put_bool(b, true);
	if (cert->path_len >= 0)
		mint_der_put_integer(b, MINT_DER_INTEGER, cert->path_len);
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
	wrap_extension(b, at, OID_BASIC_CONSTRAINTS,
	    cert->basic_constraints_critical);
}

/* Puts the OID before the value that stands from `at` on. */
static void
wrap_sgx_pair(struct mint_buffer *b, size_t at, const char *arc, int number)
{
	struct mint_buffer text = { 0 }, oid = { 0 };

	mint_put_text(&text, OID_SGX "%s.%d", arc, number);
	mint_der_put_oid(&oid, (const char *)text.ptr);
	mint_buffer_splice(b, at, 0, mint_buffer_bytes(&oid));
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
	mint_buffer_clear(&text);
	mint_buffer_clear(&oid);
}

static void
put_octets(struct mint_buffer *b, uint8_t tag, const uint8_t *ptr, size_t len)
{
	mint_der_put(b, tag, (struct bytes){ ptr, len });
}

static void
put_sgx_tcb(struct mint_buffer *b, const struct mint_pck *pck)
{
	size_t at = b->len, i, pair;
	int number;

	for (i = 0; i < pck->num_tcb_members; i++) {
		pair = b->len;
		number = pck->tcb_members[i];
		if (number == 18)
			put_octets(b, MINT_DER_OCTET_STRING, pck->cpu_svn,
			    pck->cpu_svn_len);
		else if (number >= 1 && number <= 16)
			mint_der_put_integer(b, MINT_DER_INTEGER,
			    pck->components[number - 1]);
		else
			mint_der_put_integer(b, MINT_DER_INTEGER,
			    pck->pce_svn);
		wrap_sgx_pair(b, pair, ".2", number);
	}
	mint_der_wrap(b, at, pck->tags[2]);
}

static void
put_sgx_configuration(struct mint_buffer *b, const struct mint_pck *pck)
{
	size_t at = b->len, i, pair;
	int number;

	for (i = 0; i < pck->num_config_members; i++) {
		pair = b->len;
		number = pck->config_members[i];
		mint_der_put_bool(b, number == 1 ? pck->dynamic_platform :
		    number == 2 ? pck->cached_keys : pck->smt_enabled);
		wrap_sgx_pair(b, pair, ".7", number);
	}
	mint_der_wrap(b, at, pck->tags[7]);
}

static void
put_sgx_member(struct mint_buffer *b, const struct mint_pck *pck, int number)
{
	size_t at = b->len;

	switch (number) {
	case 1:
		put_octets(b, pck->tags[1], pck->ppid, pck->ppid_len);
		break;
	case 2:
		put_sgx_tcb(b, pck);
		break;
	case 3:
		put_octets(b, pck->tags[3], pck->pce_id, pck->pce_id_len);
		break;
	case 4:
		put_octets(b, pck->tags[4], pck->fmspc, pck->fmspc_len);
		break;
	case 5:
		mint_der_put_integer(b, pck->tags[5], pck->sgx_type);
		break;
	case 6:
		put_octets(b, pck->tags[6], pck->platform_instance_id,
		    pck->platform_instance_id_len);
		break;
	case 7:
		put_sgx_configuration(b, pck);
		break;
	default:
		mint_der_put_integer(b, MINT_DER_INTEGER, 0);
	}
	wrap_sgx_pair(b, at, "", number);
}

static void
put_sgx_extension(struct mint_buffer *b, const struct mint_spec *spec,
    bool critical)
{
	const struct mint_pck *pck = &spec->pck;
	struct mint_buffer value = { 0 };
	size_t at = b->len, i;

	for (i = 0; i < pck->num_members; i++)
		put_sgx_member(&value, pck, pck->members[i]);
	mint_der_wrap(&value, 0, MINT_DER_SEQUENCE);
	mint_alter(spec, MINT_PART_SGX_EXTENSION, MINT_BEFORE, &value);
	mint_put_bytes(b, mint_buffer_bytes(&value));
	wrap_extension(b, at, OID_SGX, critical);
	mint_buffer_clear(&value);
}

static void
put_extra(struct mint_buffer *b, const struct mint_extension *extra)
{
	size_t at = b->len;

	if (extra->oid == NULL)
		return;
	mint_put_bytes(b, extra->value);
	wrap_extension(b, at, extra->oid, extra->critical);
}

/* Writes the extension with the OID `repeat`, in `b` from `at` on, again. */
static void
put_repeated(struct mint_buffer *b, size_t at, const char *repeat)
{
	struct mint_buffer oid = { 0 }, copy = { 0 };
	size_t from = at, len, head;

	mint_der_put_oid(&oid, repeat);
	while (from < b->len) {
		head = b->ptr[from + 1] < 0x80 ? 2 :
		    2u + (b->ptr[from + 1] & 0x7f);
		len = b->ptr[from + 1];
		if (head > 2)
			len = b->ptr[from + 2];
		if (head > 3)
			len = len << 8 | b->ptr[from + 3];
		if (memcmp(b->ptr + from + head, oid.ptr, oid.len) == 0)
			mint_put(&copy, b->ptr + from, head + len);
		from += head + len;
	}
	if (copy.len == 0)
		mint_die("no extension %s to write twice", repeat);
	mint_put_bytes(b, mint_buffer_bytes(&copy));
	mint_buffer_clear(&oid);
	mint_buffer_clear(&copy);
}

static void
put_cert_extensions(struct mint_buffer *b, struct mint_world *world,
    const struct mint_cert *cert)
{
	size_t at = b->len;
	int i;

	if (cert->has_authority_key_id)
		put_authority_key_id(b, world->mint, cert->authority_key);
	if (cert->crl_url != NULL)
		put_crl_url(b, cert->crl_url);
	if (cert->has_subject_key_id)
		put_subject_key_id(b, world->mint, cert->key);
	if (cert->has_key_usage)
		put_key_usage(b, cert->key_usage, cert->key_usage_critical);
	if (cert->has_basic_constraints)
		put_basic_constraints(b, cert);
	for (i = 0; i < cert->num_sgx_extensions; i++)
		put_sgx_extension(b, &world->spec,
		    cert->sgx_extension_critical);
	for (i = 0; i < MINT_EXTRAS_MAX; i++)
		put_extra(b, &cert->extras[i]);
	if (cert->repeat != NULL)
		put_repeated(b, at, cert->repeat);
	if (b->len == at)
		return;
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
	mint_der_wrap(b, at, TAG_CONTEXT_CONSTRUCTED | 3);
}

static void
put_cert_tbs(struct mint_buffer *b, struct mint_world *world,
    const struct mint_cert *cert)
{
	size_t at = b->len, validity;

	if (cert->version != 1) {
		mint_der_put_integer(b, MINT_DER_INTEGER, cert->version - 1);
		mint_der_wrap(b, at, TAG_CONTEXT_CONSTRUCTED | 0);
	}
	put_octets(b, MINT_DER_INTEGER, cert->serial, cert->serial_len);
	put_algorithm(b, cert->signer, cert->hash, cert->tbs_algorithm);
	put_name(b, &cert->issuer);
	validity = b->len;
	mint_der_put_time(b, cert->not_before, cert->generalized_time);
	mint_der_put_time(b, cert->not_after, cert->generalized_time);
	mint_der_wrap(b, validity, MINT_DER_SEQUENCE);
	put_name(b, &cert->subject);
	mint_put_bytes(b, mint_spki(world->mint, cert->key));
	put_cert_extensions(b, world, cert);
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
}

/* SIGNED{…}: `b` holds the TBS part, and then the whole. */
static void
sign_der(struct mint_world *world, enum mint_part part, enum mint_key signer,
    enum mint_hash hash, const char *algorithm, struct mint_buffer *b)
{
	static const uint8_t no_unused_bits = 0;
	struct mint_buffer signature = { 0 };
	size_t at;

	mint_alter(&world->spec, part, MINT_BEFORE, b);
	mint_sign_der(world->mint, signer, hash, mint_buffer_bytes(b),
	    &signature);
	mint_alter(&world->spec, part, MINT_SIGNATURE, &signature);
	put_algorithm(b, signer, hash, algorithm);
	at = b->len;
	mint_put(b, &no_unused_bits, 1);
	mint_put_bytes(b, mint_buffer_bytes(&signature));
	mint_der_wrap(b, at, MINT_DER_BIT_STRING);
	mint_der_wrap(b, 0, MINT_DER_SEQUENCE);
	mint_alter(&world->spec, part, MINT_AFTER, b);
	mint_buffer_clear(&signature);
}

struct bytes
mint_cert(struct mint_world *world, enum mint_cert_id id)
{
	const struct mint_cert *cert;
	struct mint_buffer *b;

	if ((unsigned)id >= MINT_CERT__MAX)
		mint_die("no certificate %d", (int)id);
	cert = &world->spec.certs[id];
	b = &world->certs[id];
	if (b->len == 0) {
		put_cert_tbs(b, world, cert);
		sign_der(world, (enum mint_part)id, cert->signer, cert->hash,
		    cert->algorithm, b);
	}
	return mint_buffer_bytes(b);
}

static void
put_revoked(struct mint_buffer *b, const struct mint_crl *crl,
    struct bytes serial)
{
	size_t at = b->len, extensions;

	mint_der_put(b, MINT_DER_INTEGER, serial);
	mint_der_put_time(b, crl->revoked_at, crl->generalized_time);
	if (crl->reason_code >= 0) {
		extensions = b->len;
		mint_der_put_integer(b, MINT_DER_ENUMERATED, crl->reason_code);
		wrap_extension(b, extensions, OID_REASON_CODE, false);
		mint_der_wrap(b, extensions, MINT_DER_SEQUENCE);
	}
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
}

static void
put_all_revoked(struct mint_buffer *b, const struct mint_spec *spec,
    const struct mint_crl *crl)
{
	const struct mint_cert *cert;
	size_t at = b->len;
	uint8_t stranger[16];
	int i;

	for (i = 0; i < crl->num_strangers; i++) {
		memset(stranger, 0x5a, sizeof(stranger));
		stranger[14] = (uint8_t)(i >> 8);
		stranger[15] = (uint8_t)i;
		put_revoked(b, crl, BYTES_OF(stranger));
	}
	for (i = 0; i < MINT_CERT__MAX; i++) {
		cert = &spec->certs[i];
		if ((crl->revokes >> i & 1) != 0)
			put_revoked(b, crl, (struct bytes){ cert->serial,
			    cert->serial_len });
	}
	if (b->len > at) /* RFC 5280 5.1.2.6: absent when there are none */
		mint_der_wrap(b, at, MINT_DER_SEQUENCE);
}

static void
put_crl_extensions(struct mint_buffer *b, struct mint *mint,
    const struct mint_crl *crl)
{
	size_t at = b->len, number;

	if (crl->has_crl_number) {
		number = b->len;
		mint_der_put_integer(b, MINT_DER_INTEGER, crl->crl_number);
		wrap_extension(b, number, OID_CRL_NUMBER, false);
	}
	if (crl->has_authority_key_id)
		put_authority_key_id(b, mint, crl->authority_key);
	put_extra(b, &crl->extra);
	if (b->len == at)
		return;
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
	mint_der_wrap(b, at, TAG_CONTEXT_CONSTRUCTED | 0);
}

void
mint_put_crl(struct mint_world *world, enum mint_part part,
    const struct mint_crl *crl, struct mint_buffer *out)
{
	if (crl->version != 1)
		mint_der_put_integer(out, MINT_DER_INTEGER, crl->version - 1);
	put_algorithm(out, crl->signer, crl->hash, crl->tbs_algorithm);
	put_name(out, &crl->issuer);
	mint_der_put_time(out, crl->this_update, crl->generalized_time);
	if (crl->has_next_update)
		mint_der_put_time(out, crl->next_update,
		    crl->generalized_time);
	put_all_revoked(out, &world->spec, crl);
	put_crl_extensions(out, world->mint, crl);
	mint_der_wrap(out, 0, MINT_DER_SEQUENCE);
	sign_der(world, part, crl->signer, crl->hash, crl->algorithm, out);
}

void
mint_put_chain(struct mint_world *world, const struct mint_chain *chain,
    struct mint_buffer *out)
{
	int i;

	mint_put_text(out, "%s", chain->prefix);
	for (i = 0; i < chain->num_certs && i < MINT_CHAIN_MAX; i++) {
		if (i > 0)
			mint_put_text(out, "%s", chain->separator);
		mint_put_pem(out, "CERTIFICATE",
		    mint_cert(world, chain->certs[i]),
		    chain->crlf ? "\r\n" : "\n");
	}
	mint_put_text(out, "%s", chain->suffix);
}
