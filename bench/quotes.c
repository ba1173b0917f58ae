#include <stdlib.h>
#include <string.h>

#include "mint_parts.h"
#include "quotes.h"

/* The last bytes of a field of `len` bytes; the others stay. */
static void
put_number(uint8_t *field, size_t len, uint64_t number)
{
	for (size_t i = 0; i < sizeof(number); i++)
		field[len - 1 - i] = (uint8_t)(number >> 8 * i);
}

void
quotes_begin(struct mint_world *world, time_t now, int days)
{
	struct mint_spec spec;

	mint_spec_init(&spec, MINT_TDX_V4);
	mint_spec_set_now(&spec, now, days);
	mint_world_make(world, mint_new_fixed(), &spec);
}

void
quotes_next(struct mint_world *world, enum freshness freshness,
    uint64_t number)
{
	struct mint_spec *spec = &world->spec;
	struct mint_cert *leaf = &spec->certs[MINT_CERT_PCK];
	/* at the end of the body */
	uint8_t *report_data = world->quote + world->at.signed_len -
	    sizeof(spec->quote.td.report_data);

	put_number(spec->quote.td.report_data,
	    sizeof(spec->quote.td.report_data), number);
	if (freshness == FRESH_REPORT) {
		memcpy(report_data, spec->quote.td.report_data,
		    sizeof(spec->quote.td.report_data));
		mint_world_sign_quote(world);
		return;
	}
	/* what the QE identity leaves open */
	put_number(spec->quote.qe_report.mrenclave,
	    sizeof(spec->quote.qe_report.mrenclave), number);
	if (freshness == FRESH_LEAF) {
		put_number(leaf->serial, leaf->serial_len, number);
		put_number(spec->pck.ppid, spec->pck.ppid_len, number);
		mint_buffer_clear(&world->certs[MINT_CERT_PCK]);
	}
	free(world->quote);
	mint_make_quote(world);
}
