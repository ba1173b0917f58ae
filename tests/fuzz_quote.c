/*
 * Fuzz target: quote_parse. Input: a quote.
 *
 * What is parsed, written out again field by field, is the input: so every byte
 * is accounted for, once. A prefix never parses to more.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "quote.h"

#define REFUSALS \
	(FUZZ_CODE(FAULT_MALFORMED_QUOTE) | FUZZ_CODE(FAULT_UNSUPPORTED_QUOTE))

/* The next bytes are these. */
static void
eat(struct bytes *rest, const void *ptr, size_t len)
{
	FUZZ_CHECK(len <= rest->len);
	FUZZ_CHECK(len == 0 || memcmp(rest->ptr, ptr, len) == 0);
	rest->ptr += len;
	rest->len -= len;
}

/* The next bytes are this number, little-endian. */
static void
eat_number(struct bytes *rest, uint64_t number, size_t len)
{
	uint8_t bytes[4];
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = (uint8_t)(number >> 8 * i);
	FUZZ_CHECK(number >> 8 * len == 0);
	eat(rest, bytes, len);
}

static void
eat_signed_part(struct bytes *rest, const struct quote *q)
{
	static const size_t body_lens[] = { 0, 384, 584, 648 };
	const struct quote_header *h = &q->header;
	const uint8_t *start = rest->ptr;

	eat_number(rest, h->version, 2);
	eat_number(rest, h->ak_type, 2);
	eat_number(rest, h->tee_type, 4);
	eat(rest, h->reserved, 4);
	eat(rest, h->qe_vendor, 16);
	eat(rest, h->user_data, 20);
	FUZZ_CHECK(q->body_type >= 1 && q->body_type <= 3);
	FUZZ_CHECK((q->body_type == 1) == (h->tee_type == 0));
	FUZZ_CHECK(h->version == 5 || q->body_type < 3);
	if (h->version == 5) {
		eat_number(rest, q->body_type, 2);
		eat_number(rest, body_lens[q->body_type], 4);
	}
	eat(rest, q->body_type == 1 ? (const void *)&q->enclave_report :
	    (const void *)&q->td_report, body_lens[q->body_type]);
	FUZZ_CHECK(q->signed_part.ptr == start);
	FUZZ_CHECK(q->signed_part.len == (size_t)(rest->ptr - start));
}

static void
eat_auth_data(struct bytes *rest, const struct quote *q)
{
	size_t qe_len = 384 + 64 + 2 + q->qe_auth_data.len + 2 + 4 +
	    q->cert_data.len;
	size_t outer_len = q->header.version == 3 ? 0 : 6;

	eat_number(rest, 64 + 64 + outer_len + qe_len, 4);
	eat(rest, q->signature, 64);
	eat(rest, q->attest_key, 64);
	if (outer_len > 0) {
		eat_number(rest, 6, 2);
		eat_number(rest, qe_len, 4);
	}
	FUZZ_CHECK(q->qe_report_raw.ptr == rest->ptr);
	FUZZ_CHECK(q->qe_report_raw.len == 384);
	eat(rest, &q->qe_report, 384);
	eat(rest, q->qe_report_signature, 64);
	eat_number(rest, q->qe_auth_data.len, 2);
	FUZZ_CHECK(q->qe_auth_data.ptr == rest->ptr);
	eat(rest, q->qe_auth_data.ptr, q->qe_auth_data.len);
	eat_number(rest, q->cert_data_type, 2);
	eat_number(rest, q->cert_data.len, 4);
	FUZZ_CHECK(q->cert_data.ptr == rest->ptr);
	eat(rest, q->cert_data.ptr, q->cert_data.len);
	FUZZ_CHECK(q->cert_data_type >= 1 && q->cert_data_type <= 5);
}

/* `end`: where the quote that the whole begins with ends; 0 for none. */
static void
check_prefix(struct bytes whole, size_t end)
{
	/* Any length, found in the input itself. */
	size_t len = (whole.ptr[whole.len / 2] * 256u +
	    whole.ptr[whole.len - 1] * 7919u + whole.len) % whole.len;
	struct bytes prefix = { whole.ptr, len };
	uint8_t *block;
	struct quote q;
	struct fault f = { 0 };

	if (whole.len > QUOTE_LEN_MAX)
		return;
	block = fuzz_block_new(prefix);
	prefix.ptr = block;
	if (end == 0 || len < end) {
		FUZZ_CHECK(quote_parse(&q, prefix, &f) < 0);
		fuzz_check_refusal(&f, REFUSALS);
	} else {
		FUZZ_CHECK(quote_parse(&q, prefix, &f) == 0);
		FUZZ_CHECK(q.trailing.len == len - end);
	}
	free(block);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes whole = { data, size }, rest = whole;
	struct quote q;
	struct fault f = { 0 };
	bool good = quote_parse(&q, whole, &f) == 0;

	if (good) {
		FUZZ_CHECK(size <= QUOTE_LEN_MAX);
		eat_signed_part(&rest, &q);
		eat_auth_data(&rest, &q);
		FUZZ_CHECK(q.trailing.len == rest.len);
		FUZZ_CHECK(q.trailing.ptr == rest.ptr);
	} else {
		fuzz_check_refusal(&f, REFUSALS);
	}
	if (size > 0)
		check_prefix(whole, good ? size - q.trailing.len : 0);
	return 0;
}

static void
put_world(fuzz_put *put, const char *name, enum mint_kind kind,
    const char *settings)
{
	struct mint_world w;

	fuzz_world_make(&w, kind, settings);
	put(name, (struct bytes){ w.quote, w.quote_len });
	mint_world_clear(&w);
}

void
fuzz_make_seeds(fuzz_put *put)
{
	/* The parser does not care what certification data are. */
	static const char small[] = "quote.cert_data=00112233 ; "
	    "quote.qe_auth_data_len=2";
	uint8_t too_long[QUOTE_LEN_MAX + 1] = { 3, 0, 2 };

	put_world(put, "sgx-v3", MINT_SGX_V3, "");
	put_world(put, "sgx-v3-small", MINT_SGX_V3, small);
	put_world(put, "sgx-v4-small", MINT_SGX_V4, small);
	put_world(put, "tdx-v4-small", MINT_TDX_V4, small);
	put_world(put, "sgx-v5-small", MINT_SGX_V5, small);
	put_world(put, "tdx10-v5-small", MINT_TDX10_V5, small);
	put_world(put, "tdx15-v5-small", MINT_TDX15_V5, small);
	put_world(put, "tdx15-v5", MINT_TDX15_V5, "");
	put_world(put, "padded", MINT_TDX_V4,
	    "quote.cert_data=00112233 ; quote.trailing=70");
	put_world(put, "ppid", MINT_SGX_V3, "quote.cert_data_type=1");
	put_world(put, "ppid-rsa", MINT_SGX_V4, "quote.cert_data_type=3");
	put("too-long", BYTES_OF(too_long));
}
