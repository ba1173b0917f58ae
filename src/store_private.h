/*
 * What store*.c share.
 */
#ifndef ATTESTRY_STORE_PRIVATE_H
#define ATTESTRY_STORE_PRIVATE_H

#include "pg.h"
#include "store.h"

struct store {
	struct pg *pg;
};

/* For pg_run_row: a row of one boolean. */
bool store_read_flag(struct pg_cursor *c, void *out);

/* Takes a column as malloc'd text. */
MUST_USE bool store_take_text(struct pg_cursor *c, char **out);

#endif
