#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pcs_document.h"
#include "pem.h"
#include "signed_json.h"

#define HEX_DIGITS "0123456789abcdefABCDEF"
#define PEM_CERTIFICATE "-----BEGIN CERTIFICATE-----"
#define PEM_CRL "-----BEGIN X509 CRL-----"

const struct pcs_document_form pcs_documents[PCS_DOCUMENT__MAX] = {
	[PCS_PCK_CRL] = {
		.name = "PCK CRL",
		.len_max = PCS_CRL_LEN_MAX,
		.text = COLLATERAL_PCK_CRL,
		.signature = COLLATERAL_PCK_CRL,
		.chain = COLLATERAL_PCK_CRL_ISSUER_CHAIN,
		.chain_headers = { "SGX-PCK-CRL-Issuer-Chain" },
	},
	[PCS_ROOT_CA_CRL] = {
		.name = "root CA CRL",
		.len_max = PCS_CRL_LEN_MAX,
		.text = COLLATERAL_ROOT_CA_CRL,
		.signature = COLLATERAL_ROOT_CA_CRL,
		.chain = COLLATERAL_ROOT_CA_CRL,
	},
	[PCS_TCB_INFO] = {
		.name = "TCB info",
		.len_max = PCS_JSON_LEN_MAX,
		.member = "tcbInfo",
		.text = COLLATERAL_TCB_INFO,
		.signature = COLLATERAL_TCB_INFO_SIGNATURE,
		.chain = COLLATERAL_TCB_INFO_ISSUER_CHAIN,
		.chain_headers = { "TCB-Info-Issuer-Chain",
		    "SGX-TCB-Info-Issuer-Chain" },
	},
	[PCS_QE_IDENTITY] = {
		.name = "QE identity",
		.len_max = PCS_JSON_LEN_MAX,
		.member = "enclaveIdentity",
		.text = COLLATERAL_QE_IDENTITY,
		.signature = COLLATERAL_QE_IDENTITY_SIGNATURE,
		.chain = COLLATERAL_QE_IDENTITY_ISSUER_CHAIN,
		.chain_headers = { "SGX-Enclave-Identity-Issuer-Chain" },
	},
};

static bool
begins_with(struct bytes text, const char *beginning)
{
	size_t len = strlen(beginning);

	return text.len >= len && memcmp(text.ptr, beginning, len) == 0;
}

bool
pcs_is_pem(struct bytes text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if ((text.ptr[i] < ' ' || text.ptr[i] > '~') &&
		    text.ptr[i] != '\n' && text.ptr[i] != '\r')
			return false;
	return begins_with(text, PEM_CERTIFICATE);
}

/* A copy of text that came from elsewhere; a NUL would cut it short. */
static int
copy_text(struct bytes in, char **out, struct fault *f)
{
	if (memchr(in.ptr, '\0', in.len) != NULL)
		return fault_set(f, FAULT_BAD_COLLATERAL, "text with a NUL");
	*out = malloc(in.len + 1);
	if (*out == NULL)
		return fault_set_memory(f);
	memcpy(*out, in.ptr, in.len);
	(*out)[in.len] = '\0';
	return 0;
}

static int
read_signed_text(const struct pcs_document_form *form, struct bytes whole,
    struct collateral_text *out, struct fault *f)
{
	struct bytes body, sig_hex;

	if (signed_json_split(whole, form->member, &body, &sig_hex, f) != 0)
		return -1;
	if (copy_text(body, &out->field[form->text], f) != 0)
		return -1;
	return copy_text(sig_hex, &out->field[form->signature], f);
}

/* The length of a text of hex digits, white space at its end not counted; 0
 * when it is anything else. */
static size_t
hex_text_len(struct bytes text)
{
	size_t digits = 0, i;

	while (digits < text.len && text.ptr[digits] != '\0' &&
	    strchr(HEX_DIGITS, text.ptr[digits]) != NULL)
		digits++;
	for (i = digits; i < text.len; i++)
		if (text.ptr[i] == '\0' ||
		    strchr(" \t\r\n", text.ptr[i]) == NULL)
			return 0;
	return digits % 2 == 0 ? digits : 0;
}

/* A CRL of 128 bytes or more: SEQUENCE, length in the long form. */
static bool
is_der(struct bytes data)
{
	return data.len > 2 && data.ptr[0] == 0x30 &&
	    (data.ptr[1] & 0x80) != 0;
}

static int
encode_der(struct bytes der, char **out, struct fault *f)
{
	*out = malloc(2 * der.len + 1);
	if (*out == NULL)
		return fault_set_memory(f);
	hex_encode(*out, der);
	return 0;
}

/*
 * To encoding=der Intel answers DER, and a PCCS DER or hex; PEM is what both
 * may have in store for those who ask for nothing.
 */
static int
read_crl(struct bytes body, char **out, struct fault *f)
{
	size_t hex_len = hex_text_len(body), i;
	struct bytes der;
	int r;

	if (is_der(body))
		return encode_der(body, out, f);
	if (begins_with(body, PEM_CRL)) {
		if (pem_decode_new(&der, "X509 CRL", body, f) != 0) {
			if (f->code != FAULT_INTERNAL)
				f->code = FAULT_BAD_COLLATERAL;
			return -1;
		}
		r = encode_der(der, out, f);
		free((void *)der.ptr);
		return r;
	}
	if (hex_len == 0)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "want DER, or hex of DER, or PEM, have something else in "
		    "%zu bytes", body.len);
	*out = malloc(hex_len + 1);
	if (*out == NULL)
		return fault_set_memory(f);
	for (i = 0; i < hex_len; i++)
		(*out)[i] = (char)tolower(body.ptr[i]);
	(*out)[hex_len] = '\0';
	return 0;
}

int
pcs_document_read(enum pcs_document d, struct bytes body, struct bytes chain,
    struct collateral_text *out, struct fault *f)
{
	const struct pcs_document_form *form = &pcs_documents[d];

	if (body.len == 0)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "want a document, have 0 bytes");
	if ((form->member != NULL
		? read_signed_text(form, body, out, f)
		: read_crl(body, &out->field[form->text], f)) != 0)
		return -1;
	if (form->chain == form->text)
		return 0;
	if (!pcs_is_pem(chain))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%s: want certificates in PEM, have something else",
		    form->chain_headers[0]);
	return copy_text(chain, &out->field[form->chain], f);
}
