#include <stdlib.h>
#include <string.h>

#include "known.h"

/* A digest may stand in any of so many places, side by side. */
#define PLACES_NUM 4

struct place {
	uint8_t digest[SHA256_LEN];
	uint64_t used; /* when it was used last; 0: free */
};

struct known {
	struct trust trust;
	struct issuers issuers;
	uint64_t counter;
	struct place chains[KNOWN_CHAINS_NUM];
	struct pck_chain chain[KNOWN_CHAINS_NUM]; /* by place */
	struct place blocks[KNOWN_BLOCKS_NUM];
	struct place verdicts[KNOWN_VERDICTS_NUM];
	struct known_verdict verdict[KNOWN_VERDICTS_NUM]; /* by place */
};

/* The first of the places where a digest may stand. */
static struct place *
first_place(struct place *places, size_t num,
    const uint8_t digest[static SHA256_LEN])
{
	size_t group;

	memcpy(&group, digest, sizeof(group));
	return &places[group % (num / PLACES_NUM) * PLACES_NUM];
}

static struct place *
find(struct known *k, struct place *places, size_t num,
    const uint8_t digest[static SHA256_LEN])
{
	struct place *p = first_place(places, num, digest);
	size_t i;

	for (i = 0; i < PLACES_NUM; i++, p++)
		if (p->used > 0 &&
		    memcmp(p->digest, digest, sizeof(p->digest)) == 0) {
			p->used = ++k->counter;
			return p;
		}
	return NULL;
}

/* Its own place, a free one, or the one least recently used. */
static struct place *
take(struct known *k, struct place *places, size_t num,
    const uint8_t digest[static SHA256_LEN])
{
	struct place *p = find(k, places, num, digest), *other;
	size_t i;

	if (p != NULL)
		return p;
	p = other = first_place(places, num, digest);
	for (i = 1; i < PLACES_NUM; i++)
		if ((++other)->used < p->used)
			p = other;
	memcpy(p->digest, digest, sizeof(p->digest));
	p->used = ++k->counter;
	return p;
}

int
known_new(struct known **out, const struct trust *trust, struct fault *f)
{
	struct known *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return fault_set_memory(f);
	k->trust = *trust;
	*out = k;
	return 0;
}

void
known_free(struct known *k)
{
	free(k);
}

bool
known_is_of(const struct known *k, const struct trust *trust)
{
	return trust_equal(&k->trust, trust);
}

struct issuers *
known_issuers(struct known *k)
{
	return &k->issuers;
}

const struct pck_chain *
known_find_chain(struct known *k, const uint8_t pem_sha256[static SHA256_LEN])
{
	struct place *p = find(k, k->chains, KNOWN_CHAINS_NUM, pem_sha256);

	return p == NULL ? NULL : &k->chain[p - k->chains];
}

void
known_add_chain(struct known *k, const uint8_t pem_sha256[static SHA256_LEN],
    const struct pck_chain *c)
{
	struct place *p = take(k, k->chains, KNOWN_CHAINS_NUM, pem_sha256);

	k->chain[p - k->chains] = *c;
}

bool
known_has_block(struct known *k,
    const uint8_t block_sha256[static SHA256_LEN])
{
	return find(k, k->blocks, KNOWN_BLOCKS_NUM, block_sha256) != NULL;
}

void
known_add_block(struct known *k,
    const uint8_t block_sha256[static SHA256_LEN])
{
	take(k, k->blocks, KNOWN_BLOCKS_NUM, block_sha256);
}

const struct known_verdict *
known_find_verdict(struct known *k, const uint8_t checksum[static SHA256_LEN])
{
	struct place *p = find(k, k->verdicts, KNOWN_VERDICTS_NUM, checksum);

	return p == NULL ? NULL : &k->verdict[p - k->verdicts];
}

void
known_add_verdict(struct known *k, const uint8_t checksum[static SHA256_LEN],
    const struct known_verdict *v)
{
	struct place *p = take(k, k->verdicts, KNOWN_VERDICTS_NUM, checksum);

	k->verdict[p - k->verdicts] = *v;
}
