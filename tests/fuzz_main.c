/*
 * Makes a test of a fuzz target where there is no libFuzzer: runs its seeds,
 * each with some small changes, and the files and folders that are named on
 * the command line; without any, the past crashes of the target.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "tap.h"

#define CHANGES_PER_SEED 20

/* Xorshift: the same changes every time. */
static uint32_t
next_random(void)
{
	static uint32_t x = 2463534242;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

static void
run(struct bytes in)
{
	uint8_t *block = fuzz_block_new(in);

	LLVMFuzzerTestOneInput(block, in.len);
	free(block);
}

/* One byte changed, some bytes cut out, or a run of them written twice. */
static void
change(struct mint_buffer *b)
{
	size_t at = next_random() % (b->len + 1), num = next_random() % 8;
	uint8_t run_of[8];

	if (num > b->len - at)
		num = b->len - at;
	switch (next_random() % 3) {
	case 0:
		if (at < b->len)
			b->ptr[at] ^= (uint8_t)(1u << next_random() % 8);
		break;
	case 1:
		mint_buffer_splice(b, at, num, (struct bytes){ NULL, 0 });
		break;
	default:
		memcpy(run_of, b->ptr + at, num);
		mint_buffer_splice(b, at, 0, (struct bytes){ run_of, num });
	}
}

static void
run_seed(const char *name, struct bytes seed)
{
	struct mint_buffer b = { 0 };
	int i;

	run(seed);
	for (i = 0; i < CHANGES_PER_SEED; i++) {
		mint_put_bytes(&b, seed);
		do
			change(&b);
		while (next_random() % 2 != 0);
		run(mint_buffer_bytes(&b));
		mint_buffer_clear(&b);
	}
	ok(true, "seed %s", name);
	fflush(stdout);
}

static void
run_file(const char *path)
{
	struct mint_buffer b = { 0 };
	uint8_t block[4096];
	FILE *file = fopen(path, "rb");
	size_t len;

	if (file == NULL)
		mint_die("%s: %s", path, strerror(errno));
	while ((len = fread(block, 1, sizeof(block), file)) > 0)
		mint_put(&b, block, len);
	fclose(file);
	run(mint_buffer_bytes(&b));
	mint_buffer_clear(&b);
	ok(true, "file %s", path);
	fflush(stdout);
}

static void
run_path(const char *path)
{
	char file[4096];
	struct dirent *entry;
	struct stat st;
	DIR *folder;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		run_file(path);
		return;
	}
	folder = opendir(path);
	if (folder == NULL)
		mint_die("%s: %s", path, strerror(errno));
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		run_file(file);
	}
	closedir(folder);
}

/* tests/fuzz_crashes/quote for tests/fuzz_quote; most have none. */
static void
run_crashes(const char *program)
{
	const char *top = getenv("top_srcdir"), *target;
	char path[4096];

	target = strrchr(program, '/');
	target = target == NULL ? program : target + 1;
	if (strncmp(target, "fuzz_", 5) == 0)
		target += 5;
	snprintf(path, sizeof(path), "%s/tests/fuzz_crashes/%s",
	    top == NULL ? "." : top, target);
	if (access(path, F_OK) == 0)
		run_path(path);
}

int
main(int argc, char **argv)
{
	int i;

	LLVMFuzzerInitialize(&argc, &argv);
	if (argc > 1) {
		for (i = 1; i < argc; i++)
			run_path(argv[i]);
		return tap_done();
	}
	fuzz_make_seeds(run_seed);
	run_crashes(argv[0]);
	return tap_done();
}
