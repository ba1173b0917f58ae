/*
 * bench/pack: writes quotes that nobody has seen into one file, for load.lua.
 *
 *	pack NOW DAYS FRESHNESS FROM COUNT >FILE
 *
 * The world is the one of `attestry-mint --fixed-keys --now NOW --days DAYS`;
 * FRESHNESS is enum freshness, FROM and COUNT the numbers of quotes_next. Each
 * quote stands behind its length, four bytes with the highest first.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "quotes.h"

static unsigned long
take_number(const char *text, unsigned long max)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || number > max)
		errx(64, "%s: want a number up to %lu", text, max);
	return number;
}

static void
write_quote(const struct mint_world *world)
{
	size_t len = world->quote_len;
	uint8_t head[4] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16),
		(uint8_t)(len >> 8), (uint8_t)len };

	if (fwrite(head, sizeof(head), 1, stdout) != 1 ||
	    fwrite(world->quote, len, 1, stdout) != 1)
		err(1, "cannot write");
}

int
main(int argc, char **argv)
{
	struct mint_world world;
	struct mint *mint;
	unsigned long i, from, count;
	enum freshness freshness;

	if (argc != 6)
		errx(64, "usage: pack NOW DAYS FRESHNESS FROM COUNT");
	freshness = (enum freshness)take_number(argv[3], FRESH_LEAF);
	if (freshness < FRESH_REPORT)
		errx(64, "freshness: want %d to %d", FRESH_REPORT, FRESH_LEAF);
	from = take_number(argv[4], 1000000000);
	count = take_number(argv[5], 10000000);
	quotes_begin(&world, mint_instant(argv[1]),
	    (int)take_number(argv[2], 36500));
	mint = world.mint;
	for (i = from; i < from + count; i++) {
		quotes_next(&world, freshness, i);
		write_quote(&world);
	}
	mint_world_clear(&world);
	mint_free(mint);
	if (fflush(stdout) != 0)
		err(1, "cannot write");
	return 0;
}
