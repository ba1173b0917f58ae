/*
 * What render.c and render_tcb.c share.
 */
#ifndef ATTESTRY_RENDER_PRIVATE_H
#define ATTESTRY_RENDER_PRIVATE_H

#include "json_builder.h"
#include "verify.h"

/* Seconds since 1970; 0: null. */
void render_add_time(struct json_builder *b, const char *name, time_t at);

/* The member "advisory_ids". */
void render_advisory_ids(struct json_builder *b,
    const char (*ids)[ADVISORY_LEN_MAX], size_t num);

/* What render_tcb renders, as a member. */
void render_add_tcb(struct json_builder *b, const char *name,
    const struct verdict *v);

#endif
