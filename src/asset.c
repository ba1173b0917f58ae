#include <string.h>

#include "asset.h"

const struct asset *
asset_find(const char *name_or_path)
{
	const struct asset *a;

	for (a = assets; a->name != NULL; a++)
		if (strcmp(a->name, name_or_path) == 0 ||
		    strcmp(a->path, name_or_path) == 0)
			return a;
	return NULL;
}

const char *
asset_content_type(const struct asset *a)
{
	const char *end = strrchr(a->name, '.');

	if (strcmp(end, ".css") == 0)
		return "text/css; charset=utf-8";
	if (strcmp(end, ".js") == 0)
		return "text/javascript; charset=utf-8";
	return "image/svg+xml";
}
