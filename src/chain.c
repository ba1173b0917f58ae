#include <string.h>

#include "chain.h"
#include "pem.h"

#define CN_ROOT "Intel SGX Root CA"
#define CN_PLATFORM_CA "Intel SGX PCK Platform CA"
#define CN_PROCESSOR_CA "Intel SGX PCK Processor CA"
#define CN_PCK "Intel SGX PCK Certificate"
#define CN_TCB_SIGNING "Intel SGX TCB Signing"

/* CN=Intel SGX Root CA, O=Intel Corporation, L=Santa Clara, ST=CA, C=US */
static const uint8_t intel_subject[] = {
	0x30, 0x68, 0x31, 0x1a, 0x30, 0x18, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c,
	0x11, 0x49, 0x6e, 0x74, 0x65, 0x6c, 0x20, 0x53, 0x47, 0x58, 0x20, 0x52,
	0x6f, 0x6f, 0x74, 0x20, 0x43, 0x41, 0x31, 0x1a, 0x30, 0x18, 0x06, 0x03,
	0x55, 0x04, 0x0a, 0x0c, 0x11, 0x49, 0x6e, 0x74, 0x65, 0x6c, 0x20, 0x43,
	0x6f, 0x72, 0x70, 0x6f, 0x72, 0x61, 0x74, 0x69, 0x6f, 0x6e, 0x31, 0x14,
	0x30, 0x12, 0x06, 0x03, 0x55, 0x04, 0x07, 0x0c, 0x0b, 0x53, 0x61, 0x6e,
	0x74, 0x61, 0x20, 0x43, 0x6c, 0x61, 0x72, 0x61, 0x31, 0x0b, 0x30, 0x09,
	0x06, 0x03, 0x55, 0x04, 0x08, 0x0c, 0x02, 0x43, 0x41, 0x31, 0x0b, 0x30,
	0x09, 0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x02, 0x55, 0x53
};

/* Valid 2018-05-21 to 2049-12-31; re-issued with the same key. */
static const uint8_t intel_key[ECDSA_KEY_LEN] = {
	0x0b, 0xa9, 0xc4, 0xc0, 0xc0, 0xc8, 0x61, 0x93,
	0xa3, 0xfe, 0x23, 0xd6, 0xb0, 0x2c, 0xda, 0x10,
	0xa8, 0xbb, 0xd4, 0xe8, 0x8e, 0x48, 0xb4, 0x45,
	0x85, 0x61, 0xa3, 0x6e, 0x70, 0x55, 0x25, 0xf5,
	0x67, 0x91, 0x8e, 0x2e, 0xdc, 0x88, 0xe4, 0x0d,
	0x86, 0x0b, 0xd0, 0xcc, 0x4e, 0xe2, 0x6a, 0xac,
	0xc9, 0x88, 0xe5, 0x05, 0xa9, 0x53, 0x55, 0x8c,
	0x45, 0x3f, 0x6b, 0x09, 0x04, 0xae, 0x73, 0x94
};

void
trust_set_intel(struct trust *t)
{
	memset(t, 0, sizeof(*t));
	memcpy(t->subject.der, intel_subject, sizeof(intel_subject));
	t->subject.len = sizeof(intel_subject);
	memcpy(t->key, intel_key, sizeof(intel_key));
}

int
trust_read(struct trust *t, struct bytes file, struct fault *f)
{
	struct cert c;
	bool good;
	int r;

	/* PEM begins with a dash or white space, DER with a SEQUENCE. */
	if (file.len > 0 && file.ptr[0] == 0x30)
		r = cert_read(&c, file, f);
	else
		r = cert_read_pem(&c, 1, file, f);
	if (r < 0) {
		f->code = FAULT_INTERNAL;
		return fault_prefix(f, "root CA");
	}
	if (cert_check_signed_by(&good, &c, c.key, f) < 0)
		return -1;
	if (!good || !name_equal(&c.subject, &c.issuer) || !c.is_ca)
		return fault_set(f, FAULT_INTERNAL,
		    "root CA: want a CA certificate that signed itself");
	t->subject = c.subject;
	memcpy(t->key, c.key, sizeof(t->key));
	return 0;
}

bool
trust_equal(const struct trust *a, const struct trust *b)
{
	return name_equal(&a->subject, &b->subject) &&
	    memcmp(a->key, b->key, sizeof(a->key)) == 0;
}

bool
cert_is_pck_ca(const struct cert *c, enum pck_ca *out)
{
	if (strcmp(c->common_name, CN_PLATFORM_CA) == 0)
		*out = PCK_CA_PLATFORM;
	else if (strcmp(c->common_name, CN_PROCESSOR_CA) == 0)
		*out = PCK_CA_PROCESSOR;
	else
		return false;
	return true;
}

static int
check_ca(const struct cert *c, struct fault *f)
{
	unsigned want = KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN;

	if (!c->is_ca || (c->key_usage & want) != want)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "\"%s\": want a CA with keyCertSign and cRLSign "
		    "(RFC 5280, 4.2.1.3 and 4.2.1.9)", c->common_name);
	return 0;
}

static int
check_end_entity(const struct cert *c, struct fault *f)
{
	if (c->is_ca || (c->key_usage & KEY_USAGE_CERT_SIGN) != 0)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "\"%s\": is a CA and must not be", c->common_name);
	if ((c->key_usage & KEY_USAGE_DIGITAL_SIGNATURE) == 0)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "\"%s\": key usage: want digitalSignature",
		    c->common_name);
	return 0;
}

static const struct issuer *
find_issuer(const struct issuers *issuers, struct bytes pem)
{
	const struct issuer *i;

	if (issuers == NULL)
		return NULL;
	for (i = issuers->issuer; i < issuers->issuer + ISSUERS_NUM; i++)
		if (i->pem_len > 0 &&
		    bytes_equal((struct bytes){ i->pem, i->pem_len }, pem))
			return i;
	return NULL;
}

static bool
is_known_link(const struct issuers *issuers, const struct cert *c,
    const struct cert *issuer)
{
	const struct issuer *i;

	if (issuers == NULL)
		return false;
	for (i = issuers->issuer; i < issuers->issuer + ISSUERS_NUM; i++)
		if (i->pem_len > 0 &&
		    memcmp(i->signer_key, issuer->key, sizeof(issuer->key)) ==
			0 &&
		    bytes_equal((struct bytes){ i->cert.der, i->cert.der_len },
			(struct bytes){ c->der, c->der_len }))
			return true;
	return false;
}

/* One that is there already stays as it is. */
static void
remember_issuer(struct issuers *issuers, struct bytes pem,
    const struct cert *c, const struct cert *signer)
{
	struct issuer *i;

	if (pem.len > sizeof(i->pem) || find_issuer(issuers, pem) != NULL)
		return;
	i = &issuers->issuer[issuers->next++ % ISSUERS_NUM];
	memcpy(i->pem, pem.ptr, pem.len);
	i->pem_len = pem.len;
	i->cert = *c;
	memcpy(i->signer_key, signer->key, sizeof(i->signer_key));
}

/* issuers: may be NULL */
static int
check_link(const struct cert *c, const struct cert *issuer,
    const struct issuers *issuers, struct fault *f)
{
	bool good;

	if (!name_equal(&c->issuer, &issuer->subject))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "\"%s\": its issuer is not \"%s\"", c->common_name,
		    issuer->common_name);
	if (is_known_link(issuers, c, issuer))
		return 0;
	if (cert_check_signed_by(&good, c, issuer->key, f) < 0)
		return -1;
	if (!good)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "\"%s\": signature: not by \"%s\"", c->common_name,
		    issuer->common_name);
	return 0;
}

/*
 * The anchor is a name and a key; RFC 5280, 6.1, asks nothing else of it. Its
 * path length in particular is not held against the chain: Intel's first root
 * certificate says 0, and genuine chains of three end in it.
 */
static int
check_root(const struct cert *root, const struct trust *trust,
    const struct issuers *issuers, struct fault *f)
{
	if (!name_equal(&root->subject, &trust->subject) ||
	    memcmp(root->key, trust->key, sizeof(trust->key)) != 0)
		return fault_set(f, FAULT_UNTRUSTED_ROOT,
		    "the chain ends at a root that is not the trust anchor");
	if (check_link(root, root, issuers, f) < 0)
		return -1;
	return check_ca(root, f);
}

/* The one certificate with this common name; NULL if none, or several. */
static const struct cert *
find_by_common_name(const struct cert *certs, size_t num, const char *name)
{
	const struct cert *found = NULL;
	size_t i;

	for (i = 0; i < num; i++) {
		if (strcmp(certs[i].common_name, name) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = &certs[i];
	}
	return found;
}

static int
sort_pck_chain(struct pck_chain *c, const struct cert certs[static 3],
    struct fault *f)
{
	const struct cert *root, *ca, *leaf;

	root = find_by_common_name(certs, 3, CN_ROOT);
	ca = find_by_common_name(certs, 3, CN_PLATFORM_CA);
	if (ca == NULL)
		ca = find_by_common_name(certs, 3, CN_PROCESSOR_CA);
	leaf = find_by_common_name(certs, 3, CN_PCK);
	if (root == NULL || ca == NULL || leaf == NULL)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "want one \"" CN_PCK "\", one \"" CN_PLATFORM_CA
		    "\" or \"" CN_PROCESSOR_CA "\", and one \"" CN_ROOT
		    "\" by common name; no %s", root == NULL ? "root" :
		    ca == NULL ? "CA" : "PCK certificate");
	c->root = *root;
	c->ca = *ca;
	c->leaf = *leaf;
	return 0;
}

static int
read_pck(struct pck_chain *c, struct fault *f)
{
	if (c->leaf.sgx_extension_len == 0)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "\"" CN_PCK "\": no SGX extension");
	if (pck_read_extension(&c->pck, (struct bytes){ c->leaf.sgx_extension,
		c->leaf.sgx_extension_len }, f) < 0)
		return -1;
	if (!cert_is_pck_ca(&c->ca, &c->pck.ca))
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "\"%s\": not a PCK CA", c->ca.common_name);
	return 0;
}

static int
read_certs(struct cert certs[static 3], const struct bytes blocks[static 3],
    const struct issuers *issuers, struct fault *f)
{
	const struct issuer *known;
	size_t i;

	for (i = 0; i < 3; i++) {
		known = find_issuer(issuers, blocks[i]);
		if (known != NULL)
			certs[i] = known->cert;
		else if (cert_read_pem_block(&certs[i], blocks[i], i + 1, f) <
		    0)
			return -1;
	}
	return 0;
}

int
pck_chain_read(struct pck_chain *c, struct bytes pem,
    const struct trust *trust, struct issuers *issuers, struct fault *f)
{
	struct bytes blocks[3];
	struct cert certs[3];
	size_t i;

	if (cert_split_pem(blocks, 3, pem, f) < 0 ||
	    read_certs(certs, blocks, issuers, f) < 0 ||
	    sort_pck_chain(c, certs, f) < 0 ||
	    check_root(&c->root, trust, issuers, f) < 0 ||
	    check_link(&c->ca, &c->root, issuers, f) < 0 ||
	    check_ca(&c->ca, f) < 0 ||
	    check_link(&c->leaf, &c->ca, NULL, f) < 0 ||
	    check_end_entity(&c->leaf, f) < 0 ||
	    read_pck(c, f) < 0)
		return fault_prefix(f, "PCK chain");
	/* The root signed both. */
	for (i = 0; i < 3 && issuers != NULL; i++)
		if (certs[i].is_ca)
			remember_issuer(issuers, blocks[i], &certs[i],
			    &c->root);
	return 0;
}

static int
check_signer(const struct cert *signer, enum signer_role role,
    struct fault *f)
{
	enum pck_ca ca;

	if (role == SIGNER_PCK_CA) {
		if (!cert_is_pck_ca(signer, &ca))
			return fault_set(f, FAULT_BAD_CERTIFICATE,
			    "common name: want \"" CN_PLATFORM_CA "\" or \""
			    CN_PROCESSOR_CA "\"");
		return check_ca(signer, f);
	}
	if (strcmp(signer->common_name, CN_TCB_SIGNING) != 0)
		return fault_set(f, FAULT_BAD_CERTIFICATE,
		    "common name: want \"" CN_TCB_SIGNING "\"");
	return check_end_entity(signer, f);
}

int
signer_chain_read(struct signer_chain *c, struct bytes pem,
    enum signer_role role, const struct trust *trust, struct fault *f)
{
	struct cert certs[2];

	if (cert_read_pem(certs, 2, pem, f) < 0 ||
	    check_signer(&certs[0], role, f) < 0 ||
	    check_root(&certs[1], trust, NULL, f) < 0 ||
	    check_link(&certs[0], &certs[1], NULL, f) < 0) {
		if (f->code == FAULT_BAD_CERTIFICATE)
			f->code = FAULT_BAD_COLLATERAL;
		return -1;
	}
	c->signer = certs[0];
	c->root = certs[1];
	return 0;
}
