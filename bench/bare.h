/*
 * What the floors are made of: a P-256 verification with GnuTLS and nothing
 * around it, key and signature in the raw form in which quotes bring them.
 */
#ifndef ATTESTRY_BENCH_BARE_H
#define ATTESTRY_BENCH_BARE_H

#include <stdbool.h>
#include <stdint.h>

struct bare {
	uint8_t data[384]; /* as long as a QE report */
	uint8_t key[64];
	uint8_t signature[64];
};

/* A good signature. */
void bare_init(struct bare *b);

/* Imports the key, encodes the signature, verifies it; `times` times. */
bool bare_verify(const struct bare *b, int times);

#endif
