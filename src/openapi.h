/*
 * The description of the HTTP interface for programs, OpenAPI 3.1:
 * docs/openapi.json, which is compiled in.
 */
#ifndef ATTESTRY_OPENAPI_H
#define ATTESTRY_OPENAPI_H

extern const char openapi_text[];

#endif
