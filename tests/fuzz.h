/*
 * What every fuzz target is made of. A target is a file tests/fuzz_X.c with
 * two functions:
 *
 *	LLVMFuzzerTestOneInput	takes an input, asserts properties
 *	fuzz_make_seeds		mints the inputs to begin with
 *
 * Configured with --enable-fuzz (clang) it is linked with libFuzzer; without,
 * tests/fuzz_main.c makes a test of it that replays its seeds, seeds that were
 * changed a little, and the files in tests/fuzz_crashes/X.
 *
 * All targets share one mint with fixed keys, so that an input means the same
 * in every process.
 */
#ifndef ATTESTRY_FUZZ_H
#define ATTESTRY_FUZZ_H

#include "mint.h"
#include "crl.h"

/* A property that must hold; if not, the input is a finding. */
#define FUZZ_CHECK(condition) \
	((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))

void fuzz_fail(const char *file, int line, const char *condition)
    __attribute__((noreturn));

/* A refusal: -1, and a fault of one of these codes with a sentence. */
void fuzz_check_refusal(const struct fault *f, unsigned codes);
#define FUZZ_CODE(code) (1u << (code))

/* The target's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
typedef void fuzz_put(const char *name, struct bytes seed);
void fuzz_make_seeds(fuzz_put *put);

/* libFuzzer's hook; "--write-seeds FOLDER" as arguments writes them. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* The mint of all targets; never freed. */
struct mint *fuzz_mint(void);

/* A world of that mint; mint_world_clear clears it. */
void fuzz_world_make(struct mint_world *w, enum mint_kind kind,
    const char *settings);

/* The minted root certificate as trust anchor. */
struct trust;
const struct trust *fuzz_trust(void);

/* Input from the front; zero when there is none left. */
uint8_t fuzz_take_u8(struct bytes *in);
uint16_t fuzz_take_u16(struct bytes *in); /* little-endian */
struct bytes fuzz_take(struct bytes *in, size_t len); /* or what is left */

/*
 * A change of bytes: how (over, exclusive-or, insert, cut), where, how many,
 * and which. What does not fit is made to fit.
 */
struct fuzz_patch {
	uint8_t how;
	uint16_t at;
	struct bytes bytes; /* borrowed from the input */
};

void fuzz_take_patch(struct bytes *in, struct fuzz_patch *out);
void fuzz_patch_apply(const struct fuzz_patch *p, struct mint_buffer *b);

/* Appends SIGNED { tbs, ecdsa-with-SHA256, signature by the mint's key }. */
void fuzz_put_signed(struct mint_buffer *out, struct bytes tbs,
    enum mint_key signer);

/* What a world's certificate or CRL was before it was signed; appended. */
void fuzz_put_tbs(struct mint_buffer *out, enum mint_kind kind,
    const char *settings, enum mint_part part);

/* A copy in a heap block of exactly its length, so that ASan sees its ends. */
uint8_t *fuzz_block_new(struct bytes b);

#endif
