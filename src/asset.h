/*
 * The files in web/ (style sheet, script, icon), inside the program: pages
 * refer to them by a name that changes with their content, so that a client
 * keeps them for good.
 */
#ifndef ATTESTRY_ASSET_H
#define ATTESTRY_ASSET_H

struct asset {
	const char *name; /* "attestry.css" */
	const char *path; /* "/assets/attestry-0123456789ab.css" */
	const char *text;
};

/* Made from web/ by web/embed.awk; the last one has no name. */
extern const struct asset assets[];

/* By its name or by its path; NULL when there is no such. */
const struct asset *asset_find(const char *name_or_path);

/* "text/css; charset=utf-8", by the end of its name. */
const char *asset_content_type(const struct asset *a);

#endif
