/*
 * What render.c and render_tcb.c share.
 */
#ifndef ATTESTRY_RENDER_PRIVATE_H
#define ATTESTRY_RENDER_PRIVATE_H

#include "tcb.h"

struct json_object;

struct json_object *render_advisory_ids(const char (*ids)[ADVISORY_LEN_MAX],
    size_t num);

#endif
