#include <string.h>

#include "quote.h"

/* A struct of byte arrays has no padding: it is the layout. */
_Static_assert(sizeof(struct enclave_report) == ENCLAVE_REPORT_LEN, "layout");
_Static_assert(sizeof(struct td_report) == TD_REPORT15_LEN, "layout");

#define AK_TYPE_ECDSA_P256 2

static bool
read_header(struct bytes *in, struct quote_header *h)
{
	return bytes_get_u16le(in, &h->version) &&
	    bytes_get_u16le(in, &h->ak_type) &&
	    bytes_get_u32le(in, &h->tee_type) &&
	    bytes_copy(in, h->reserved, sizeof(h->reserved)) &&
	    bytes_copy(in, h->qe_vendor, sizeof(h->qe_vendor)) &&
	    bytes_copy(in, h->user_data, sizeof(h->user_data));
}

/* Which of the pairs (version, TEE) this is. */
static int
check_header(struct quote *q, struct fault *f)
{
	const struct quote_header *h = &q->header;

	if (h->version < 3 || h->version > 5)
		return fault_set(f, FAULT_UNSUPPORTED_QUOTE,
		    "quote header: version: want 3, 4 or 5, have %u",
		    h->version);
	if (h->ak_type != AK_TYPE_ECDSA_P256)
		return fault_set(f, FAULT_UNSUPPORTED_QUOTE,
		    "quote header: attestation key type: want %d (ECDSA "
		    "P-256), have %u", AK_TYPE_ECDSA_P256, h->ak_type);
	if (h->tee_type != TEE_SGX &&
	    (h->tee_type != TEE_TDX || h->version == 3))
		return fault_set(f, FAULT_UNSUPPORTED_QUOTE,
		    "quote header: TEE type: want 0 (SGX)%s, have 0x%x",
		    h->version == 3 ? "" : " or 0x81 (TDX)", h->tee_type);
	q->tee = h->tee_type == TEE_TDX ? TEE_TDX : TEE_SGX;
	return 0;
}

static size_t
body_len(enum body_type type)
{
	switch (type) {
	case BODY_ENCLAVE_REPORT:
		return ENCLAVE_REPORT_LEN;
	case BODY_TD_REPORT10:
		return TD_REPORT10_LEN;
	case BODY_TD_REPORT15:
		return TD_REPORT15_LEN;
	}
	return 0;
}

/* Version 5 has type and size of the body between header and body. */
static int
read_body_descriptor(struct bytes *in, struct quote *q, struct fault *f)
{
	uint16_t type;
	uint32_t len;

	if (!bytes_get_u16le(in, &type) || !bytes_get_u32le(in, &len))
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "quote body descriptor: want 6 bytes, have %zu", in->len);
	if (type < BODY_ENCLAVE_REPORT || type > BODY_TD_REPORT15)
		return fault_set(f, FAULT_UNSUPPORTED_QUOTE,
		    "quote body descriptor: type: want 1, 2 or 3, have %u",
		    type);
	if ((type == BODY_ENCLAVE_REPORT) != (q->tee == TEE_SGX))
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "quote body descriptor: type %u is not one of %s", type,
		    tee_name(q->tee));
	if (len != body_len(type))
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "quote body descriptor: size: want %zu for type %u, "
		    "have %u", body_len(type), type, len);
	q->body_type = type;
	return 0;
}

static int
read_body(struct bytes *in, struct quote *q, struct fault *f)
{
	uint8_t *out = q->tee == TEE_SGX ? (uint8_t *)&q->enclave_report :
					   (uint8_t *)&q->td_report;

	if (q->header.version == 5) {
		if (read_body_descriptor(in, q, f) < 0)
			return -1;
	} else {
		q->body_type = q->tee == TEE_SGX ? BODY_ENCLAVE_REPORT :
						   BODY_TD_REPORT10;
	}
	if (!bytes_copy(in, out, body_len(q->body_type)))
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "quote body: want %zu bytes, have %zu",
		    body_len(q->body_type), in->len);
	return 0;
}

/* The QE's part of the signature data, up to the certification data. */
static int
read_qe_part(struct bytes *in, struct quote *q, struct fault *f)
{
	if (!bytes_take(in, &q->qe_report_raw, ENCLAVE_REPORT_LEN) ||
	    !bytes_copy(in, q->qe_report_signature,
		sizeof(q->qe_report_signature)) ||
	    !bytes_take_u16le(in, &q->qe_auth_data))
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "signature data: cut short in the QE report, its "
		    "signature or the QE authentication data");
	memcpy(&q->qe_report, q->qe_report_raw.ptr, ENCLAVE_REPORT_LEN);
	if (!bytes_get_u16le(in, &q->cert_data_type) ||
	    !bytes_take_u32le(in, &q->cert_data))
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "certification data: cut short or larger than what "
		    "holds it");
	if (in->len > 0)
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "signature data: %zu bytes left over after the "
		    "certification data", in->len);
	if (q->cert_data_type < CERT_DATA_PPID_CLEARTEXT ||
	    q->cert_data_type > CERT_DATA_PCK_CHAIN)
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "certification data: type: want 1 to 5, have %u",
		    q->cert_data_type);
	if (q->cert_data.len > QUOTE_CERT_DATA_LEN_MAX)
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "certification data: want at most %d bytes, have %zu",
		    QUOTE_CERT_DATA_LEN_MAX, q->cert_data.len);
	return 0;
}

/* In versions 4 and 5 the QE's part is itself certification data, type 6. */
static int
open_outer_cert_data(struct bytes *in, struct bytes *qe_part, struct fault *f)
{
	uint16_t type;

	if (!bytes_get_u16le(in, &type) || !bytes_take_u32le(in, qe_part))
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "QE report certification data: cut short or larger than "
		    "the signature data");
	if (type != CERT_DATA_QE_REPORT)
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "QE report certification data: type: want %d, have %u",
		    CERT_DATA_QE_REPORT, type);
	if (in->len > 0)
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "signature data: %zu bytes left over after the QE report "
		    "certification data", in->len);
	return 0;
}

static int
read_auth_data(struct bytes in, struct quote *q, struct fault *f)
{
	struct bytes qe_part;

	if (!bytes_copy(&in, q->signature, sizeof(q->signature)) ||
	    !bytes_copy(&in, q->attest_key, sizeof(q->attest_key)))
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "signature data: cut short in the signature or the "
		    "attestation key");
	if (q->header.version == 3)
		return read_qe_part(&in, q, f);
	if (open_outer_cert_data(&in, &qe_part, f) < 0)
		return -1;
	return read_qe_part(&qe_part, q, f);
}

int
quote_parse(struct quote *q, struct bytes whole, struct fault *f)
{
	struct bytes in = whole, auth_data;

	memset(q, 0, sizeof(*q));
	if (whole.len > QUOTE_LEN_MAX)
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "quote: want at most %d bytes, have %zu", QUOTE_LEN_MAX,
		    whole.len);
	if (!read_header(&in, &q->header))
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "quote header: want %d bytes, have %zu", QUOTE_HEADER_LEN,
		    whole.len);
	if (check_header(q, f) < 0 || read_body(&in, q, f) < 0)
		return -1;
	q->signed_part = (struct bytes){ whole.ptr, whole.len - in.len };

	if (!bytes_take_u32le(&in, &auth_data))
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "signature data: %zu bytes left cannot hold it with its "
		    "length", in.len);
	q->trailing = in;
	return read_auth_data(auth_data, q, f);
}

static uint16_t
u16le(const uint8_t raw[static 2])
{
	return (uint16_t)(raw[0] | raw[1] << 8);
}

uint16_t
enclave_report_isvprodid(const struct enclave_report *r)
{
	return u16le(r->isvprodid);
}

uint16_t
enclave_report_isvsvn(const struct enclave_report *r)
{
	return u16le(r->isvsvn);
}

uint16_t
enclave_report_configsvn(const struct enclave_report *r)
{
	return u16le(r->configsvn);
}

const char *
tee_name(enum tee tee)
{
	return tee == TEE_TDX ? "TDX" : "SGX";
}
