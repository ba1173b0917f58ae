/*
 * What is known: found by its very digest, bounded, and about one anchor. That
 * it never changes a verdict is shown by every world of the other tests.
 */
#include <stdlib.h>
#include <string.h>

#include "known.h"
#include "tap.h"

static struct known *known;
static struct pck_chain chain;

/* All in one group of places: they differ behind the first eight octets. */
static const uint8_t *
digest(unsigned n)
{
	static uint8_t d[SHA256_LEN];

	memset(d, 0, sizeof(d));
	memcpy(d + 8, &n, sizeof(n));
	return d;
}

static void
add_chain(unsigned n)
{
	chain.pck.sgx_type = (uint8_t)n;
	known_add_chain(known, digest(n), &chain);
}

static bool
has_chain(unsigned n)
{
	const struct pck_chain *c = known_find_chain(known, digest(n));

	return c != NULL && c->pck.sgx_type == (uint8_t)n;
}

static void
test_chains(void)
{
	unsigned i, num = 0;

	ok(known_find_chain(known, digest(0)) == NULL, "nothing at first");
	for (i = 0; i < 4; i++)
		add_chain(i);
	ok(has_chain(0) && has_chain(1) && has_chain(2) && has_chain(3),
	    "four whose digests begin alike");
	ok(has_chain(0) && has_chain(2) && has_chain(3), "used again");
	add_chain(4);
	ok(!has_chain(1) && has_chain(0) && has_chain(4),
	    "a fifth takes the place of the one least recently used");
	add_chain(4);
	ok(has_chain(0) && has_chain(2) && has_chain(3) && has_chain(4),
	    "one that is there takes no other place");
	for (i = 100; i < 200; i++)
		add_chain(i);
	for (i = 0; i < 200; i++)
		num += has_chain(i);
	ok(num == 4 && has_chain(199), "never more than four of one group");
}

static void
test_bounds(void)
{
	uint8_t d[SHA256_LEN] = { 0 };
	unsigned i, num = 0;

	for (i = 0; i < 4 * KNOWN_BLOCKS_NUM; i++) {
		memcpy(d, &i, sizeof(i));
		known_add_block(known, d);
	}
	for (i = 0; i < 4 * KNOWN_BLOCKS_NUM; i++) {
		memcpy(d, &i, sizeof(i));
		num += known_has_block(known, d);
	}
	ok(num == KNOWN_BLOCKS_NUM, "as many blocks as there is room for");
	d[SHA256_LEN - 1] = 1;
	ok(!known_has_block(known, d), "another last octet: not known");
}

static void
test_verdicts(void)
{
	struct known_verdict v = { .collateral_id = { 7 } };
	const struct known_verdict *found;

	known_add_verdict(known, digest(1), &v);
	v.collateral_id[0] = 8;
	known_add_verdict(known, digest(2), &v);
	found = known_find_verdict(known, digest(1));
	ok(found != NULL && found->collateral_id[0] == 7, "a verdict");
	known_add_verdict(known, digest(1), &v);
	found = known_find_verdict(known, digest(1));
	ok(found != NULL && found->collateral_id[0] == 8, "and a newer one");
	ok(known_find_verdict(known, digest(3)) == NULL &&
	    !known_has_block(known, digest(1)), "each kind by itself");
}

int
main(void)
{
	struct trust trust, other;
	struct fault f = { 0 };

	trust_set_intel(&trust);
	other = trust;
	other.key[0] ^= 1;
	if (known_new(&known, &trust, &f) < 0)
		abort();
	ok(known_is_of(known, &trust) && !known_is_of(known, &other),
	    "about one anchor");
	test_chains();
	test_bounds();
	test_verdicts();
	known_free(known);
	known_free(NULL);
	return tap_done();
}
