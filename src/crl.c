#include <stdlib.h>
#include <string.h>

#include "crl.h"
#include "der.h"

#define EXTENSIONS_NUM_MAX 16

/* OIDs 2.5.29.20 and 2.5.29.35 */
static const uint8_t oid_crl_number[] = { 0x55, 0x1d, 0x14 };
static const uint8_t oid_authority_key_id[] = { 0x55, 0x1d, 0x23 };

static bool
take_version_2(struct bytes *in)
{
	uint8_t version; /* 0 is version 1 */

	return der_copy_unsigned(in, &version, 1) && version == 1;
}

/* What comes before the dates, and whether the issuer is ours and signed. */
static int
read_head(struct bytes der, struct bytes *in, const struct cert *issuer,
    struct fault *f)
{
	struct bytes tbs, signature, algorithm, name;
	bool good;

	if (!der_open_signed(der, &tbs, &signature) ||
	    !der_take(&tbs, DER_SEQUENCE, in))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "%zu bytes are not a CRL in DER with ecdsa-with-SHA256",
		    der.len);
	if (!take_version_2(in))
		return fault_set(f, FAULT_BAD_COLLATERAL, "version: want 2");
	if (!der_take(in, DER_SEQUENCE, &algorithm) ||
	    !der_take_whole(in, DER_SEQUENCE, &name))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "issuer: not a name");
	if (!bytes_equal(name, (struct bytes){ issuer->subject.der,
		issuer->subject.len }))
		return fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "issuer: another than \"%s\"", issuer->common_name);
	if (der_check_signed_by(&good, der, issuer->key, f) < 0)
		return -1;
	if (!good)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "signature: not by \"%s\"", issuer->common_name);
	return 0;
}

/* RFC 5280, 5.3: an entry that says more than we understand voids the CRL. */
static bool
read_entry_extensions(struct bytes *entry)
{
	struct bytes list, oid, value;
	bool critical;

	if (entry->len == 0)
		return true;
	if (!der_take(entry, DER_SEQUENCE, &list) || entry->len > 0)
		return false;
	while (list.len > 0)
		if (!der_take_extension(&list, &oid, &critical, &value) ||
		    critical)
			return false;
	return true;
}

static bool
read_entry(struct serial *out, struct bytes *list)
{
	struct bytes entry, number;
	time_t revoked_at; /* on the list is revoked, whatever it says */

	return der_take(list, DER_SEQUENCE, &entry) &&
	    der_take(&entry, DER_INTEGER, &number) &&
	    serial_read(out, number) &&
	    der_get_time(&entry, &revoked_at) &&
	    read_entry_extensions(&entry);
}

static int
compare_serials(const void *a, const void *b)
{
	const struct serial *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->octets, y->octets, x->len);
}

static size_t
count_elements(struct bytes list)
{
	struct bytes entry;
	size_t num = 0;

	while (der_take(&list, DER_SEQUENCE, &entry))
		num++;
	return num;
}

/* Absent when nothing is revoked (RFC 5280, 5.1.2.6). */
static int
read_revoked(struct crl *crl, struct bytes *in, struct fault *f)
{
	struct bytes list;
	size_t num;

	if (!der_next_is(*in, DER_SEQUENCE))
		return 0;
	if (!der_take(in, DER_SEQUENCE, &list))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "entries: not a list");
	num = count_elements(list);
	if (num > CRL_ENTRIES_NUM_MAX)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "want at most %d entries, have %zu", CRL_ENTRIES_NUM_MAX,
		    num);
	crl->revoked = calloc(num + 1, sizeof(crl->revoked[0]));
	if (crl->revoked == NULL)
		return fault_set_memory(f);
	while (list.len > 0) {
		if (crl->num_revoked == num ||
		    !read_entry(&crl->revoked[crl->num_revoked], &list))
			return fault_set(f, FAULT_BAD_COLLATERAL,
			    "entry %zu: want a serial number of at most %d "
			    "octets, a date, and nothing critical",
			    crl->num_revoked + 1, CERT_SERIAL_LEN_MAX);
		crl->num_revoked++;
	}
	qsort(crl->revoked, crl->num_revoked, sizeof(crl->revoked[0]),
	    compare_serials);
	return 0;
}

static int
read_number(struct crl *crl, struct bytes in, struct fault *f)
{
	if (!der_copy_unsigned(&in, crl->number, sizeof(crl->number)) ||
	    in.len > 0)
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "extensions: the CRL number is not an unsigned number of "
		    "at most %d octets (RFC 5280, 5.2.3)", CRL_NUMBER_LEN);
	return 0;
}

/* CRL number and AKI are there; nothing twice, nothing critical else. */
static int
check_extensions(struct crl *crl, struct bytes in, struct fault *f)
{
	const struct bytes number = BYTES_OF(oid_crl_number);
	const struct bytes key_id = BYTES_OF(oid_authority_key_id);
	struct bytes seen[EXTENSIONS_NUM_MAX], oid, value;
	bool critical, is_known;
	size_t num;

	for (num = 0; in.len > 0; num++) {
		if (num == EXTENSIONS_NUM_MAX ||
		    !der_take_extension(&in, &oid, &critical, &value))
			return fault_set(f, FAULT_BAD_COLLATERAL,
			    "extensions: unreadable, or more than %d",
			    EXTENSIONS_NUM_MAX);
		is_known = bytes_equal(oid, number) ||
		    bytes_equal(oid, key_id);
		if (critical && !is_known)
			return fault_set(f, FAULT_BAD_COLLATERAL,
			    "extensions: number %zu is critical and unknown "
			    "(RFC 5280, 5.2)", num + 1);
		if (bytes_is_among(seen, num, oid))
			return fault_set(f, FAULT_BAD_COLLATERAL,
			    "extensions: number %zu stands twice", num + 1);
		if (bytes_equal(oid, number) &&
		    read_number(crl, value, f) < 0)
			return -1;
		seen[num] = oid;
	}
	if (!bytes_is_among(seen, num, number))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "extensions: the CRL number is missing (RFC 5280, 5.2)");
	if (!bytes_is_among(seen, num, key_id))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "extensions: the authority key identifier is missing "
		    "(RFC 5280, 5.2)");
	return 0;
}

static int
read_extensions(struct crl *crl, struct bytes *in, struct fault *f)
{
	struct bytes tagged, list = { NULL, 0 };

	if (in->len > 0 &&
	    (!der_take(in, DER_CONTEXT_0, &tagged) || in->len > 0 ||
		!der_take(&tagged, DER_SEQUENCE, &list) || tagged.len > 0))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "extensions: not a list, or something behind it");
	return check_extensions(crl, list, f);
}

static int
read_fields(struct crl *crl, struct bytes der, const struct cert *issuer,
    struct fault *f)
{
	struct bytes in;

	if (read_head(der, &in, issuer, f) < 0)
		return -1;
	if (!der_get_time(&in, &crl->validity.not_before) ||
	    !der_get_time(&in, &crl->validity.not_after))
		return fault_set(f, FAULT_BAD_COLLATERAL,
		    "thisUpdate or nextUpdate: unreadable or missing");
	if (read_revoked(crl, &in, f) < 0)
		return -1;
	return read_extensions(crl, &in, f);
}

int
crl_read(struct crl *crl, struct bytes der, const struct cert *issuer,
    struct fault *f)
{
	memset(crl, 0, sizeof(*crl));
	if (read_fields(crl, der, issuer, f) < 0) {
		crl_clear(crl);
		return -1;
	}
	return 0;
}

bool
crl_has(const struct crl *crl, const struct serial *serial)
{
	return crl->num_revoked > 0 &&
	    bsearch(serial, crl->revoked, crl->num_revoked,
		sizeof(crl->revoked[0]), compare_serials) != NULL;
}

void
crl_clear(struct crl *crl)
{
	free(crl->revoked);
	memset(crl, 0, sizeof(*crl));
}
