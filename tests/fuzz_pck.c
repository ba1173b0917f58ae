/*
 * Fuzz target: pck_read_extension. Input: the DER value of the SGX extension.
 *
 * Another reader of DER, which knows nothing but tags and lengths, finds the
 * same values; there is a member for every byte; no prefix is accepted.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "pck.h"

/* One element: tag of one byte, the shortest form of the length. */
static struct bytes
take_element(struct bytes *in, uint8_t tag)
{
	struct bytes head = fuzz_take(in, 2), more;
	size_t len, num, i;

	FUZZ_CHECK(head.len == 2 && head.ptr[0] == tag);
	len = head.ptr[1];
	if (len >= 0x80) {
		num = len - 0x80;
		FUZZ_CHECK(num >= 1 && num <= 2);
		more = fuzz_take(in, num);
		FUZZ_CHECK(more.len == num && more.ptr[0] != 0);
		for (len = 0, i = 0; i < num; i++)
			len = len << 8 | more.ptr[i];
		FUZZ_CHECK(len >= 0x80);
	}
	FUZZ_CHECK(len <= in->len);
	return fuzz_take(in, len);
}

/* The next of a list of pairs: its number below `prefix`, and its value. */
static int
take_pair(struct bytes *list, struct bytes prefix, struct bytes *value)
{
	struct bytes pair = take_element(list, 0x30);
	struct bytes oid = take_element(&pair, 0x06);

	FUZZ_CHECK(oid.len == prefix.len + 1);
	FUZZ_CHECK(memcmp(oid.ptr, prefix.ptr, prefix.len) == 0);
	*value = pair;
	return oid.ptr[prefix.len];
}

static void
check_octets(struct bytes value, const uint8_t *have, size_t len)
{
	struct bytes content = take_element(&value, 0x04);

	FUZZ_CHECK(value.len == 0 && content.len == len);
	FUZZ_CHECK(have == NULL || memcmp(content.ptr, have, len) == 0);
}

static void
check_number(struct bytes value, uint8_t tag, unsigned have)
{
	struct bytes content = take_element(&value, tag);
	unsigned n = 0;
	size_t i;

	FUZZ_CHECK(value.len == 0 && content.len >= 1 && content.len <= 3);
	FUZZ_CHECK(content.ptr[0] < 0x80);
	for (i = 0; i < content.len; i++)
		n = n << 8 | content.ptr[i];
	FUZZ_CHECK(n == have);
}

static void
check_tcb(struct bytes value, const struct pck *p)
{
	static const uint8_t prefix[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d,
		0x01, 0x0d, 0x01, 0x02 };
	struct bytes list = take_element(&value, 0x30), item;
	unsigned seen = 0;
	int number;

	FUZZ_CHECK(value.len == 0);
	while (list.len > 0) {
		number = take_pair(&list, BYTES_OF(prefix), &item);
		FUZZ_CHECK(number >= 1 && number <= 18);
		FUZZ_CHECK((seen >> number & 1) == 0);
		seen |= 1u << number;
		if (number == 18)
			check_octets(item, p->cpu_svn, 16);
		else
			check_number(item, 0x02, number == 17 ? p->pce_svn :
			    p->components[number - 1]);
	}
	FUZZ_CHECK(seen == 0x7fffe);
}

static void
check_configuration(struct bytes value)
{
	static const uint8_t prefix[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d,
		0x01, 0x0d, 0x01, 0x07 };
	struct bytes list = take_element(&value, 0x30), item, content;
	unsigned seen = 0;
	int number;

	FUZZ_CHECK(value.len == 0);
	while (list.len > 0) {
		number = take_pair(&list, BYTES_OF(prefix), &item);
		FUZZ_CHECK(number >= 1 && number <= 3);
		FUZZ_CHECK((seen >> number & 1) == 0);
		seen |= 1u << number;
		content = take_element(&item, 0x01);
		FUZZ_CHECK(item.len == 0 && content.len == 1);
		FUZZ_CHECK(content.ptr[0] == 0 || content.ptr[0] == 0xff);
	}
}

static void
check_members(struct bytes der, const struct pck *p)
{
	static const uint8_t prefix[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d,
		0x01, 0x0d, 0x01 };
	struct bytes list = take_element(&der, 0x30), item;
	unsigned seen = 0;
	int number;

	FUZZ_CHECK(der.len == 0);
	while (list.len > 0) {
		number = take_pair(&list, BYTES_OF(prefix), &item);
		FUZZ_CHECK(number >= 1 && number <= 7);
		FUZZ_CHECK((seen >> number & 1) == 0);
		seen |= 1u << number;
		if (number == 1)
			check_octets(item, p->ppid, 16);
		else if (number == 2)
			check_tcb(item, p);
		else if (number == 3)
			check_octets(item, p->pce_id, 2);
		else if (number == 4)
			check_octets(item, p->fmspc, 6);
		else if (number == 5)
			check_number(item, 0x0a, p->sgx_type);
		else if (number == 6)
			check_octets(item, NULL, 16);
		else
			check_configuration(item);
	}
	FUZZ_CHECK(seen == 0x3e || seen == 0xfe);
	FUZZ_CHECK(p->sgx_type <= 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes der = { data, size }, prefix = der;
	struct pck p = { 0 };
	struct fault f = { 0 };

	if (pck_read_extension(&p, der, &f) < 0) {
		fuzz_check_refusal(&f, FUZZ_CODE(FAULT_BAD_CERTIFICATE));
		return 0;
	}
	check_members(der, &p);
	prefix.len = size - 1 - data[size / 2] % 16;
	FUZZ_CHECK(pck_read_extension(&p, prefix, &f) < 0);
	return 0;
}

static void
put_extension(fuzz_put *put, const char *name, const char *settings)
{
	struct mint_buffer b = { 0 };

	fuzz_put_tbs(&b, MINT_SGX_V3, settings, MINT_PART_SGX_EXTENSION);
	put(name, mint_buffer_bytes(&b));
	mint_buffer_clear(&b);
}

void
fuzz_make_seeds(fuzz_put *put)
{
	put_extension(put, "platform", "");
	put_extension(put, "processor", "ca=processor");
	put_extension(put, "high-svns", "pck.pce_svn=65535 ; "
	    "pck.components=255,128,127,0,1,2,3,4,5,6,7,8,9,10,11,12");
	put_extension(put, "reversed", "pck.members=7,6,5,4,3,2,1");
	put_extension(put, "no-configuration", "pck.config_members=");
	put_extension(put, "negative", "pck.components[3]=-1");
	put_extension(put, "too-large", "pck.pce_svn=65536");
	put_extension(put, "twice", "pck.members=1,2,3,4,4");
}
