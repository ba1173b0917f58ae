/*
 * Genuine quotes of one made-up world that differ in just what a verifier has
 * not seen before. They are made a few thousand a second: only what differs is
 * signed again.
 */
#ifndef ATTESTRY_BENCH_QUOTES_H
#define ATTESTRY_BENCH_QUOTES_H

#include "mint.h"

/* How many signatures are new in a quote; the rest was in the one before. */
enum freshness {
	FRESH_REPORT = 1, /* report data: one platform, one quoting enclave */
	FRESH_BLOCK = 2,  /* and the QE report: one PCK leaf, many blocks */
	FRESH_LEAF = 3	  /* and the PCK leaf: many platforms of one model */
};

/* A world of fixed keys; mint_world_clear and mint_free are owed. */
void quotes_begin(struct mint_world *world, time_t now, int days);

/*
 * Puts quote `number` in place of world->quote. The same number and freshness
 * are the same quote to the byte.
 */
void quotes_next(struct mint_world *world, enum freshness freshness,
    uint64_t number);

#endif
