/*
 * What store.c, store_check.c and store_collateral.c share.
 */
#ifndef ATTESTRY_STORE_PRIVATE_H
#define ATTESTRY_STORE_PRIVATE_H

#include "pg.h"
#include "store.h"

struct store {
	struct pg *pg;
};

#endif
