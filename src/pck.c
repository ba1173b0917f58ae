#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libtasn1.h>

#include "der.h"
#include "pck.h"

#define SGX_OID "1.2.840.113741.1.13.1"
#define OID_TEXT_LEN_MAX 64

/* A real extension has 18 TCB pairs, 7 members and about 550 bytes. */
#define EXTENSION_LEN_MAX 2048
#define PAIRS_NUM_MAX 18
#define TCB_PAIRS_NUM 18

/* From sgx_extension.asn. */
extern const asn1_static_node sgx_extension_asn1_tab[];

/* A list of (name, value), the values in DER. */
struct pairs {
	const char *oid; /* what every name begins with */
	size_t num;
	long name[PAIRS_NUM_MAX]; /* the name's last arc */
	uint8_t value[PAIRS_NUM_MAX][EXTENSION_LEN_MAX];
	size_t value_len[PAIRS_NUM_MAX];
};

/* "1.2.840.113741.1.13.1.2.17" below "1.2.840.113741.1.13.1.2" is 17. */
static bool
last_arc(const char *oid, const char *prefix, long *out)
{
	size_t len = strlen(prefix);
	char *end;

	if (strncmp(oid, prefix, len) != 0 || oid[len] != '.' ||
	    oid[len + 1] < '1' || oid[len + 1] > '9')
		return false;
	*out = strtol(oid + len + 1, &end, 10);
	return *end == '\0' && *out <= TCB_PAIRS_NUM;
}

static int
read_pair(struct pairs *p, asn1_node node, int number, struct fault *f)
{
	char where[32], oid[OID_TEXT_LEN_MAX];
	int len = sizeof(oid);
	size_t i;

	snprintf(where, sizeof(where), "?%d.id", number);
	if (asn1_read_value(node, where, oid, &len) != ASN1_SUCCESS ||
	    !last_arc(oid, p->oid, &p->name[p->num]))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: member %d of %s has an "
		    "unknown name", number, p->oid);
	for (i = 0; i < p->num; i++)
		if (p->name[i] == p->name[p->num])
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "PCK certificate: SGX extension: %s stands twice",
			    oid);
	snprintf(where, sizeof(where), "?%d.value", number);
	len = sizeof(p->value[0]);
	if (asn1_read_value(node, where, p->value[p->num], &len) !=
	    ASN1_SUCCESS)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: %s: no value", oid);
	p->value_len[p->num++] = (size_t)len;
	return 0;
}

/*
 * Every length is DER's and inside what holds it. Checked here as well, because
 * libtasn1 (4.19) takes 30 ff, a length of 127 octets that are not there, for
 * an empty value when it stands at the very end.
 */
static bool
is_list_of_pairs(struct bytes der)
{
	struct bytes list, pair, ignored;

	if (!der_take(&der, DER_SEQUENCE, &list) || der.len > 0)
		return false;
	while (list.len > 0)
		if (!der_take(&list, DER_SEQUENCE, &pair) ||
		    !der_take(&pair, DER_OBJECT_IDENTIFIER, &ignored) ||
		    pair.len == 0 ||
		    !der_take(&pair, pair.ptr[0], &ignored) || pair.len > 0)
			return false;
	return true;
}

/* Reads SEQUENCE OF SEQUENCE { OID, value }, strictly DER, nothing after. */
static int
read_pairs(struct pairs *p, const char *oid, struct bytes der,
    struct fault *f)
{
	asn1_node definitions = NULL, node = NULL;
	int len = (int)der.len, num, i, r = -1;

	p->oid = oid;
	p->num = 0;
	if (der.len > EXTENSION_LEN_MAX)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: want at most %d bytes, "
		    "have %zu", EXTENSION_LEN_MAX, der.len);
	errno = 0;
	if (asn1_array2tree(sgx_extension_asn1_tab, &definitions, NULL) !=
		ASN1_SUCCESS ||
	    asn1_create_element(definitions, "SGX.Pairs", &node) !=
		ASN1_SUCCESS) {
		fault_set_memory(f);
		goto out;
	}
	if (!is_list_of_pairs(der) ||
	    asn1_der_decoding2(&node, der.ptr, &len,
		ASN1_DECODE_FLAG_STRICT_DER, NULL) != ASN1_SUCCESS ||
	    len != (int)der.len ||
	    asn1_number_of_elements(node, "", &num) != ASN1_SUCCESS) {
		fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: %s is not a DER list of "
		    "names and values", oid);
		goto out;
	}
	if (num > PAIRS_NUM_MAX) {
		fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: %s: want at most %d "
		    "members, have %d", oid, PAIRS_NUM_MAX, num);
		goto out;
	}
	for (i = 1; i <= num; i++)
		if (read_pair(p, node, i, f) < 0)
			goto out;
	r = 0;
out:
	/* Not all of libtasn1 tells it from bad DER; malloc does. */
	if (errno == ENOMEM)
		r = fault_set_memory(f);
	asn1_delete_structure(&node);
	asn1_delete_structure(&definitions);
	return r;
}

/* The value named `name`, header and all; false when it is absent. */
static bool
find_value(const struct pairs *p, long name, struct bytes *out)
{
	size_t i;

	for (i = 0; i < p->num; i++)
		if (p->name[i] == name) {
			*out = (struct bytes){ p->value[i], p->value_len[i] };
			return true;
		}
	return false;
}

/* The content of a value of this type, which is all there is. */
static bool
open_value(struct bytes der, enum der_tag tag, struct bytes *out)
{
	return der_take(&der, tag, out) && der.len == 0;
}

/* INTEGER or ENUMERATED, not negative, as few octets as it takes. */
static bool
read_number(struct bytes der, enum der_tag tag, unsigned max, unsigned *out)
{
	struct bytes in;
	unsigned n = 0;
	size_t i;

	if (!open_value(der, tag, &in) || in.len < 1 || in.len > 3 ||
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
find_number(const struct pairs *p, long name, enum der_tag tag, unsigned max,
    unsigned *out, struct fault *f)
{
	struct bytes der;

	if (!find_value(p, name, &der) || !read_number(der, tag, max, out))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: %s.%ld: want a number "
		    "of 0 to %u", p->oid, name, max);
	return 0;
}

static int
find_octets(const struct pairs *p, long name, uint8_t *out, size_t len,
    struct fault *f)
{
	struct bytes der, in;

	if (!find_value(p, name, &der) ||
	    !open_value(der, DER_OCTET_STRING, &in) || in.len != len)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: %s.%ld: want %zu octets",
		    p->oid, name, len);
	memcpy(out, in.ptr, len);
	return 0;
}

static int
read_tcb(struct pck *out, struct bytes der, struct fault *f)
{
	struct pairs *p = malloc(sizeof(*p));
	unsigned n;
	int i, r = -1;

	if (p == NULL)
		return fault_set_memory(f);
	if (read_pairs(p, SGX_OID ".2", der, f) < 0)
		goto out;
	if (p->num != TCB_PAIRS_NUM) {
		fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: TCB: want %d members, "
		    "have %zu", TCB_PAIRS_NUM, p->num);
		goto out;
	}
	for (i = 0; i < TCB_COMPONENTS_NUM; i++) {
		if (find_number(p, i + 1, DER_INTEGER, 255, &n, f) < 0)
			goto out;
		out->components[i] = (uint8_t)n;
	}
	if (find_number(p, 17, DER_INTEGER, 65535, &n, f) < 0 ||
	    find_octets(p, 18, out->cpu_svn, sizeof(out->cpu_svn), f) < 0)
		goto out;
	out->pce_svn = (uint16_t)n;
	r = 0;
out:
	free(p);
	return r;
}

/* What only the platform CA's certificates have; nothing of it is used. */
static int
check_platform_members(const struct pairs *p, struct fault *f)
{
	uint8_t instance_id[16];
	struct pairs *configuration;
	struct bytes der, in;
	size_t i;
	int r = -1;

	if (find_octets(p, 6, instance_id, sizeof(instance_id), f) < 0)
		return -1;
	if (!find_value(p, 7, &der))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "PCK certificate: SGX extension: no configuration");
	configuration = malloc(sizeof(*configuration));
	if (configuration == NULL)
		return fault_set_memory(f);
	if (read_pairs(configuration, SGX_OID ".7", der, f) < 0)
		goto out;
	for (i = 0; i < configuration->num; i++) {
		der = (struct bytes){ configuration->value[i],
			configuration->value_len[i] };
		/* X.690 11.1: TRUE is ff. */
		if (configuration->name[i] > 3 ||
		    !open_value(der, DER_BOOLEAN, &in) || in.len != 1 ||
		    (in.ptr[0] != 0x00 && in.ptr[0] != 0xff)) {
			fault_set(f, FAULT_BAD_CERTIFICATE,
			    "PCK certificate: SGX extension: configuration: "
			    "member %zu is not one of three booleans", i + 1);
			goto out;
		}
	}
	r = 0;
out:
	free(configuration);
	return r;
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
	struct pairs *p = malloc(sizeof(*p));
	int r = -1;

	if (p == NULL)
		return fault_set_memory(f);
	if (read_pairs(p, SGX_OID, der, f) == 0)
		r = read_members(out, p, f);
	free(p);
	return r;
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
