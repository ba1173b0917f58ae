#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "pem.h"

#define CERTIFICATE "CERTIFICATE" /* the label of one */
#define LINE_LEN_MAX 64

static void
skip_white_space(struct bytes *in)
{
	while (in->len > 0 && memchr(" \t\r\n", in->ptr[0], 4) != NULL)
		*in = bytes_behind(*in, 1);
}

/* From "-----BEGIN label-----" to the end of the END line. */
static bool
take_pem_block(struct bytes *in, struct bytes *out, const char *label)
{
	char begin[LINE_LEN_MAX], end[LINE_LEN_MAX];
	const uint8_t *stop;

	snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
	snprintf(end, sizeof(end), "-----END %s-----", label);
	if (in->len < strlen(begin) ||
	    memcmp(in->ptr, begin, strlen(begin)) != 0)
		return false;
	stop = memmem(in->ptr, in->len, end, strlen(end));
	if (stop == NULL)
		return false;
	*out = (struct bytes){ in->ptr,
		(size_t)(stop - in->ptr) + strlen(end) };
	*in = bytes_behind(*in, out->len);
	return true;
}

static const bool is_base64_or_space[UINT8_MAX + 1] = {
	['0' ... '9'] = true,
	['A' ... 'Z'] = true,
	['a' ... 'z'] = true,
	['+'] = true,
	['/'] = true,
	['='] = true,
	[' '] = true,
	['\t'] = true,
	['\r'] = true,
	['\n'] = true
};

/*
 * GnuTLS stops at a dash and passes over more than white space; so only
 * base64 and line ends may stand between the first line and the last.
 */
static bool
is_plain_pem(struct bytes block, const char *label)
{
	size_t first = strlen("-----BEGIN -----") + strlen(label);
	size_t last = block.len - strlen("-----END -----") - strlen(label), i;
	bool is_plain = true;

	for (i = first; i < last; i++)
		is_plain &= is_base64_or_space[block.ptr[i]];
	return is_plain;
}

/* Owned by GnuTLS: gnutls_free(der->data). */
static int
decode_pem_block(gnutls_datum_t *der, struct bytes block, const char *label,
    const char *what, struct fault *f)
{
	gnutls_datum_t in = { (void *)block.ptr, (unsigned int)block.len };

	errno = 0;
	if (is_plain_pem(block, label) &&
	    gnutls_pem_base64_decode2(label, &in, der) >= 0)
		return 0;
	return errno == ENOMEM ? fault_set_memory(f) :
	    fault_set(f, FAULT_BAD_CERTIFICATE, "not a %s in PEM", what);
}

int
cert_read_pem_block(struct cert *c, struct bytes block, size_t number,
    struct fault *f)
{
	gnutls_datum_t der = { NULL, 0 };
	char where[32];
	int r;

	r = decode_pem_block(&der, block, CERTIFICATE, "certificate", f);
	if (r == 0) {
		r = cert_read(c, (struct bytes){ der.data, der.size }, f);
		gnutls_free(der.data);
	}
	if (r < 0) {
		snprintf(where, sizeof(where), "certificate %zu", number);
		return fault_prefix(f, where);
	}
	return 0;
}

int
pem_decode_new(struct bytes *out, const char *label, struct bytes pem,
    struct fault *f)
{
	struct bytes in = pem, block;
	gnutls_datum_t der = { NULL, 0 };
	uint8_t *copy;
	int r = -1;

	if (!take_pem_block(&in, &block, label))
		return fault_set(f, FAULT_BAD_CERTIFICATE, "not a %s in PEM",
		    label);
	skip_white_space(&in);
	if (in.len > 0)
		return fault_set(f, FAULT_BAD_CERTIFICATE, "%s in PEM: %zu "
		    "more bytes after it", label, in.len);
	if (decode_pem_block(&der, block, label, label, f) < 0)
		return -1;
	copy = malloc(der.size);
	if (copy == NULL) {
		fault_set_memory(f);
		goto out;
	}
	memcpy(copy, der.data, der.size);
	*out = (struct bytes){ copy, der.size };
	r = 0;
out:
	gnutls_free(der.data);
	return r;
}

int
cert_split_pem(struct bytes *blocks, size_t num, struct bytes pem,
    struct fault *f)
{
	struct bytes in = pem;
	size_t i;

	for (i = 0; i < num; i++) {
		skip_white_space(&in);
		if (!take_pem_block(&in, &blocks[i], CERTIFICATE))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "want %zu certificates in PEM, have %zu", num, i);
	}
	skip_white_space(&in);
	while (in.len > 0 && in.ptr[0] == 0)
		in = bytes_behind(in, 1);
	if (in.len > 0)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "want exactly %zu certificates in PEM, have %zu more "
		    "bytes", num, in.len);
	return 0;
}

int
cert_read_pem(struct cert *certs, size_t num, struct bytes pem,
    struct fault *f)
{
	struct bytes blocks[CERT_PEM_NUM_MAX];
	size_t i;

	if (num > CERT_PEM_NUM_MAX)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "want at most %d certificates in PEM", CERT_PEM_NUM_MAX);
	if (cert_split_pem(blocks, num, pem, f) < 0)
		return -1;
	for (i = 0; i < num; i++)
		if (cert_read_pem_block(&certs[i], blocks[i], i + 1, f) < 0)
			return -1;
	return 0;
}
