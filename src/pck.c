#include <stdlib.h>
#include <string.h>

#include "der.h"
#include "pck.h"

/* A real extension has 18 TCB pairs, 7 members and about 550 bytes. */
#define PAIRS_NUM_MAX 18
#define TCB_PAIRS_NUM 18

/* 1.2.840.113741.1.13.1, which every name in the extension begins with. */
#define SGX_OID "1.2.840.113741.1.13.1"
static const uint8_t sgx_oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01,
	0x0d, 0x01 };

/* Lists of pairs of a name and a value: the extension, and two in it. */
enum list { SGX, TCB, CONFIGURATION };

static const struct {
	const char *oid;
	uint8_t arc; /* behind sgx_oid; 0: nothing */
} lists[] = {
	[SGX] = { SGX_OID, 0 },
	[TCB] = { SGX_OID ".2", 2 },
	[CONFIGURATION] = { SGX_OID ".7", 7 },
};

/* The pairs of one list; the values are DER, and borrowed. */
struct pairs {
	const char *oid; /* what every name begins with */
	size_t num;
	uint8_t name[PAIRS_NUM_MAX]; /* the name's last arc */
	struct bytes value[PAIRS_NUM_MAX];
};

/* "1.2.840.113741.1.13.1.2.17" is 17 in the list TCB. */
static bool
read_name(struct bytes oid, enum list list, uint8_t *out)
{
	struct bytes prefix, arc;

	if (!bytes_take(&oid, &prefix, sizeof(sgx_oid)) ||
	    !bytes_equal(prefix, BYTES_OF(sgx_oid)))
		return false;
	if (lists[list].arc != 0 && (!bytes_take(&oid, &arc, 1) ||
	    arc.ptr[0] != lists[list].arc))
		return false;
	if (oid.len != 1 || oid.ptr[0] < 1 || oid.ptr[0] > TCB_PAIRS_NUM)
		return false;
	*out = oid.ptr[0];
	return true;
}

/* The value named `name`, header and all; false when it is absent. */
static bool
find_value(const struct pairs *p, uint8_t name, struct bytes *out)
{
	size_t i;

	for (i = 0; i < p->num; i++)
		if (p->name[i] == name) {
			*out = p->value[i];
			return true;
		}
	return false;
}

/* SEQUENCE { OID, ANY } */
static bool
take_pair(struct bytes *in, struct bytes *oid, struct bytes *value)
{
	struct bytes pair, ignored;
	uint8_t tag;

	if (!der_take(in, DER_SEQUENCE, &pair) ||
	    !der_take(&pair, DER_OBJECT_IDENTIFIER, oid))
		return false;
	*value = pair;
	return der_take_any(&pair, &tag, &ignored) && pair.len == 0;
}

/* Reads SEQUENCE OF SEQUENCE { OID, ANY }, strictly DER, nothing after. */
static int
read_pairs(struct pairs *p, enum list which, struct bytes der,
    struct fault *f)
{
	struct bytes list, oid, value, ignored;

	p->oid = lists[which].oid;
	p->num = 0;
	if (!der_take(&der, DER_SEQUENCE, &list) || der.len > 0)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: %s is not a DER list of "
		    "names and values", p->oid);
	while (list.len > 0) {
		if (p->num == PAIRS_NUM_MAX)
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "PCK certificate: SGX extension: %s: want at "
			    "most %d members, have more", p->oid,
			    PAIRS_NUM_MAX);
		if (!take_pair(&list, &oid, &value))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "PCK certificate: SGX extension: %s is not a DER "
			    "list of names and values", p->oid);
		if (!read_name(oid, which, &p->name[p->num]))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "PCK certificate: SGX extension: member %zu of %s "
			    "has an unknown name", p->num + 1, p->oid);
		if (find_value(p, p->name[p->num], &ignored))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "PCK certificate: SGX extension: %s.%u stands "
			    "twice", p->oid, p->name[p->num]);
		p->value[p->num++] = value;
	}
	return 0;
}

/* INTEGER or ENUMERATED, not negative, as few octets as it takes. */
static bool
read_number(struct bytes der, enum der_tag tag, unsigned max, unsigned *out)
{
	struct bytes in;
	unsigned n = 0;
	size_t i;

	if (!der_take(&der, tag, &in) || in.len < 1 || in.len > 3 ||
	    in.ptr[0] >= 0x80 ||
	    (in.len > 1 && in.ptr[0] == 0 && in.ptr[1] < 0x80))
		return false;
	for (i = 0; i < in.len; i++)
		n = n << 8 | in.ptr[i];
	if (n > max)
		return false;
	*out = n;
	return true;
}

static int
find_number(const struct pairs *p, uint8_t name, enum der_tag tag, unsigned max,
    unsigned *out, struct fault *f)
{
	struct bytes der;

	if (!find_value(p, name, &der) || !read_number(der, tag, max, out))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: %s.%u: want a number "
		    "of 0 to %u", p->oid, name, max);
	return 0;
}

static int
find_octets(const struct pairs *p, uint8_t name, uint8_t *out, size_t len,
    struct fault *f)
{
	struct bytes der, in;

	if (!find_value(p, name, &der) ||
	    !der_take(&der, DER_OCTET_STRING, &in) || in.len != len)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: %s.%u: want %zu octets",
		    p->oid, name, len);
	memcpy(out, in.ptr, len);
	return 0;
}

static int
read_tcb(struct pck *out, struct bytes der, struct fault *f)
{
	struct pairs p;
	unsigned n;
	uint8_t i;

	if (read_pairs(&p, TCB, der, f) < 0)
		return -1;
	if (p.num != TCB_PAIRS_NUM)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: TCB: want %d members, "
		    "have %zu", TCB_PAIRS_NUM, p.num);
	for (i = 0; i < TCB_COMPONENTS_NUM; i++) {
		if (find_number(&p, i + 1, DER_INTEGER, 255, &n, f) < 0)
			return -1;
		out->components[i] = (uint8_t)n;
	}
	if (find_number(&p, 17, DER_INTEGER, 65535, &n, f) < 0 ||
	    find_octets(&p, 18, out->cpu_svn, sizeof(out->cpu_svn), f) < 0)
		return -1;
	out->pce_svn = (uint16_t)n;
	return 0;
}

/* One of three; X.690, 11.1: TRUE is ff. */
static bool
is_configuration_member(const struct pairs *p, size_t i)
{
	struct bytes value = p->value[i], in;

	return p->name[i] <= 3 && der_take(&value, DER_BOOLEAN, &in) &&
	    in.len == 1 && (in.ptr[0] == 0x00 || in.ptr[0] == 0xff);
}

/* What only the platform CA's certificates have; nothing of it is used. */
static int
check_platform_members(const struct pairs *p, struct fault *f)
{
	uint8_t instance_id[16];
	struct pairs configuration;
	struct bytes der;
	size_t i;

	if (find_octets(p, 6, instance_id, sizeof(instance_id), f) < 0)
		return -1;
	if (!find_value(p, 7, &der))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: no configuration");
	if (read_pairs(&configuration, CONFIGURATION, der, f) < 0)
		return -1;
	for (i = 0; i < configuration.num; i++)
		if (!is_configuration_member(&configuration, i))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "PCK certificate: SGX extension: configuration: "
			    "member %zu is not one of three booleans", i + 1);
	return 0;
}

static int
read_members(struct pck *out, const struct pairs *p, struct fault *f)
{
	struct bytes tcb;
	unsigned sgx_type;

	if (p->num != 5 && p->num != 7)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: want 5 or 7 members, "
		    "have %zu", p->num);
	if (find_octets(p, 1, out->ppid, sizeof(out->ppid), f) < 0)
		return -1;
	if (!find_value(p, 2, &tcb))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: no TCB");
	if (read_tcb(out, tcb, f) < 0 ||
	    find_octets(p, 3, out->pce_id, sizeof(out->pce_id), f) < 0 ||
	    find_octets(p, 4, out->fmspc, sizeof(out->fmspc), f) < 0 ||
	    find_number(p, 5, DER_ENUMERATED, 2, &sgx_type, f) < 0)
		return -1;
	out->sgx_type = (uint8_t)sgx_type;
	return p->num == 7 ? check_platform_members(p, f) : 0;
}

int
pck_read_extension(struct pck *out, struct bytes der, struct fault *f)
{
	struct pairs p;

	if (read_pairs(&p, SGX, der, f) < 0)
		return -1;
	return read_members(out, &p, f);
}

const char *
pck_ca_name(enum pck_ca ca)
{
	return ca == PCK_CA_PLATFORM ? "platform" : "processor";
}

bool
platform_key_equal(const struct platform_key *a, const struct platform_key *b)
{
	return a->tee == b->tee && a->ca == b->ca &&
	    memcmp(a->fmspc, b->fmspc, sizeof(a->fmspc)) == 0;
}
