#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "fuzz.h"
#include "mint_parts.h"

void
fuzz_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

void
fuzz_check_refusal(const struct fault *f, unsigned codes)
{
	if (f->code == FAULT_NONE || (codes & FUZZ_CODE(f->code)) == 0 ||
	    f->message[0] == '\0') {
		fprintf(stderr, "refused with code %d: %s\n", f->code,
		    f->message);
		abort();
	}
}

struct mint *
fuzz_mint(void)
{
	static struct mint *mint;

	if (mint == NULL)
		mint = mint_new_fixed();
	return mint;
}

void
fuzz_world_make(struct mint_world *w, enum mint_kind kind,
    const char *settings)
{
	struct mint_spec spec;

	mint_spec_init(&spec, kind);
	mint_spec_set(fuzz_mint(), &spec, settings);
	mint_world_make(w, fuzz_mint(), &spec);
}

const struct trust *
fuzz_trust(void)
{
	static struct trust trust;
	struct mint_world w;
	struct fault f;

	if (trust.subject.len == 0) {
		fuzz_world_make(&w, MINT_SGX_V3, "");
		FUZZ_CHECK(trust_read(&trust, bytes_of_string(w.root_pem),
		    &f) == 0);
		mint_world_clear(&w);
	}
	return &trust;
}

uint8_t
fuzz_take_u8(struct bytes *in)
{
	struct bytes one;

	return bytes_take(in, &one, 1) ? one.ptr[0] : 0;
}

uint16_t
fuzz_take_u16(struct bytes *in)
{
	uint16_t low = fuzz_take_u8(in);

	return (uint16_t)(low | fuzz_take_u8(in) << 8);
}

struct bytes
fuzz_take(struct bytes *in, size_t len)
{
	struct bytes out;

	if (!bytes_take(in, &out, len)) {
		out = *in;
		*in = (struct bytes){ in->ptr + in->len, 0 };
	}
	return out;
}

void
fuzz_take_patch(struct bytes *in, struct fuzz_patch *out)
{
	out->how = fuzz_take_u8(in);
	out->at = fuzz_take_u16(in);
	out->bytes = fuzz_take(in, fuzz_take_u8(in));
}

void
fuzz_patch_apply(const struct fuzz_patch *p, struct mint_buffer *b)
{
	size_t at = p->at % (b->len + 1), num = p->bytes.len, i;

	switch (p->how % 4) {
	case 0:
	case 1:
		for (i = 0; i < num && at + i < b->len; i++)
			b->ptr[at + i] = p->bytes.ptr[i] ^
			    (p->how % 4 == 1 ? b->ptr[at + i] : 0);
		break;
	case 2:
		mint_buffer_splice(b, at, 0, p->bytes);
		break;
	default:
		if (num > b->len - at)
			num = b->len - at;
		mint_buffer_splice(b, at, num, (struct bytes){ NULL, 0 });
	}
}

void
fuzz_put_signed(struct mint_buffer *out, struct bytes tbs,
    enum mint_key signer)
{
	static const uint8_t no_unused_bits = 0;
	struct mint_buffer signature = { 0 };
	size_t at = out->len, inner;

	mint_sign_der(fuzz_mint(), signer, MINT_SHA256, tbs, &signature);
	mint_put_bytes(out, tbs);
	inner = out->len;
	mint_der_put_oid(out, "1.2.840.10045.4.3.2");
	mint_der_wrap(out, inner, MINT_DER_SEQUENCE);
	inner = out->len;
	mint_put(out, &no_unused_bits, 1);
	mint_put_bytes(out, mint_buffer_bytes(&signature));
	mint_der_wrap(out, inner, MINT_DER_BIT_STRING);
	mint_der_wrap(out, at, MINT_DER_SEQUENCE);
	mint_buffer_clear(&signature);
}

struct capture {
	enum mint_part part;
	struct mint_buffer *out;
};

static void
capture(void *arg, enum mint_part part, enum mint_stage stage,
    struct mint_buffer *b)
{
	struct capture *c = arg;

	if (part == c->part && stage == MINT_BEFORE)
		mint_put_bytes(c->out, mint_buffer_bytes(b));
}

void
fuzz_put_tbs(struct mint_buffer *out, enum mint_kind kind,
    const char *settings, enum mint_part part)
{
	struct capture c = { part, out };
	struct mint_spec spec;
	struct mint_world w;

	mint_spec_init(&spec, kind);
	mint_spec_set(fuzz_mint(), &spec, settings);
	spec.tweak = capture;
	spec.tweak_arg = &c;
	mint_world_make(&w, fuzz_mint(), &spec);
	mint_world_clear(&w);
}

uint8_t *
fuzz_block_new(struct bytes b)
{
	uint8_t *block = malloc(b.len > 0 ? b.len : 1);

	if (block == NULL)
		mint_die("no memory");
	if (b.len > 0)
		memcpy(block, b.ptr, b.len);
	return block;
}

static const char *seeds_folder;

static void
write_seed(const char *name, struct bytes seed)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", seeds_folder, name);
	file = fopen(path, "wb");
	if (file == NULL || fwrite(seed.ptr, 1, seed.len, file) != seed.len ||
	    fclose(file) != 0)
		mint_die("cannot write %s", path);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	if (*argc == 3 && strcmp((*argv)[1], "--write-seeds") == 0) {
		seeds_folder = (*argv)[2];
		fuzz_make_seeds(write_seed);
		exit(0);
	}
	return 0;
}
