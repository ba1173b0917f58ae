/*
 * Certification data that names the platform by its encrypted PPID: what is
 * read from it, and every other length and type.
 */
#include <stdlib.h>
#include <string.h>

#include "cert_data.h"
#include "tap.h"

#define REST_LEN (CPU_SVN_LEN + PCE_SVN_LEN + PCE_ID_LEN)
#define LEN_MAX (ENCRYPTED_PPID_RSA3072_LEN + REST_LEN + 1)

static const struct {
	uint16_t type;
	size_t len; /* of the ciphertext */
} types[] = {
	{ CERT_DATA_PPID_RSA2048, ENCRYPTED_PPID_RSA2048_LEN },
	{ CERT_DATA_PPID_RSA3072, ENCRYPTED_PPID_RSA3072_LEN },
};

/* In a block of exactly its length: byte i is i, modulo 251. */
static uint8_t *
data_new(size_t len)
{
	uint8_t *data = malloc(len > 0 ? len : 1);
	size_t i;

	if (data == NULL)
		abort();
	for (i = 0; i < len; i++)
		data[i] = (uint8_t)(i % 251);
	return data;
}

static int
read_type(struct encrypted_ppid *out, uint16_t type, uint8_t *data,
    size_t len, struct fault *f)
{
	struct quote q = { .cert_data_type = type,
		.cert_data = { data, len } };
	size_t i;

	for (i = 0; i < sizeof(q.header.user_data); i++)
		q.header.user_data[i] = (uint8_t)(0xd0 + i);
	return encrypted_ppid_read(out, &q, f);
}

static void
test_good(uint16_t type, size_t ppid_len)
{
	size_t len = ppid_len + REST_LEN;
	uint8_t *data = data_new(len), *at = data + ppid_len;
	struct encrypted_ppid p;
	struct fault f;

	ok(read_type(&p, type, data, len, &f) == 0, "type %u", type);
	ok(p.ciphertext.ptr == data && p.ciphertext.len == ppid_len,
	    "type %u: ciphertext", type);
	ok(memcmp(p.cpu_svn, at, CPU_SVN_LEN) == 0 &&
	    memcmp(p.pce_svn, at + CPU_SVN_LEN, PCE_SVN_LEN) == 0 &&
	    memcmp(p.pce_id, at + CPU_SVN_LEN + PCE_SVN_LEN,
		PCE_ID_LEN) == 0, "type %u: CPUSVN, PCESVN, PCE ID", type);
	ok(p.qe_id[0] == 0xd0 && p.qe_id[QE_ID_LEN - 1] == 0xdf,
	    "type %u: the QE's id", type);
	free(data);
}

static void
test_lengths(uint16_t type, size_t ppid_len)
{
	struct encrypted_ppid p;
	struct fault f;
	size_t len, num_refused = 0;
	uint8_t *data;
	char says[100];

	for (len = 0; len <= LEN_MAX; len++) {
		data = data_new(len);
		snprintf(says, sizeof(says), "want %d bytes for type %u, have "
		    "%zu", type == CERT_DATA_PPID_RSA2048 ? 276 : 404, type,
		    len);
		if (len != ppid_len + REST_LEN &&
		    read_type(&p, type, data, len, &f) < 0 &&
		    f.code == FAULT_MALFORMED_QUOTE &&
		    strstr(f.message, says) != NULL)
			num_refused++;
		free(data);
	}
	ok(num_refused == LEN_MAX, "type %u: every other length is refused",
	    type);
}

static void
test_other_types(void)
{
	static const uint16_t others[] = { 0, CERT_DATA_PPID_CLEARTEXT,
		CERT_DATA_PCK_LEAF, CERT_DATA_PCK_CHAIN, CERT_DATA_QE_REPORT,
		0x0200, 65535 };
	size_t len = ENCRYPTED_PPID_RSA3072_LEN + REST_LEN, i;
	uint8_t *data = data_new(len);
	struct encrypted_ppid p;
	struct fault f;

	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		ok(read_type(&p, others[i], data, len, &f) < 0 &&
		    f.code == FAULT_MISSING_CERTIFICATES,
		    "type %u: there is nothing to ask with", others[i]);
	free(data);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		test_good(types[i].type, types[i].len);
		test_lengths(types[i].type, types[i].len);
	}
	test_other_types();
	return tap_done();
}
