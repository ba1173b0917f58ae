/*
 * What every page has: its head, the way around it, its foot; and how a page
 * becomes a reply.
 *
 *	struct html h = { 0 };
 *
 *	page_begin(&h, "Recent quotes", PAGE_NONE);
 *	html_raw(&h, "<p>There is none.");
 *	page_end(&h);
 *	page_reply(request, reply, 200, &h);
 */
#ifndef ATTESTRY_PAGE_FRAME_H
#define ATTESTRY_PAGE_FRAME_H

#include "html.h"
#include "http.h"

/* Which entry of the navigation the page itself is. */
enum page_place { PAGE_NONE, PAGE_HOME, PAGE_DOCS };

/*
 * From the doctype to the page's first heading, `title`, inside <main>.
 *
 * title	escaped here
 */
void page_begin(struct html *h, const char *title, enum page_place place);

/* The same without a heading: the page has an <h1> of its own. */
void page_begin_bare(struct html *h, const char *title,
    enum page_place place);

void page_end(struct html *h);

/*
 * Replies with a page and takes it over: `h` is empty afterwards. It may run
 * and load what is in web/ and nothing else, is asked for again each time,
 * and has an ETag of its text, by which a client that has it gets a 304. One
 * that is not 200, or answers a POST, is not to be kept. A page that is not
 * whole becomes a 500.
 */
void page_reply(const struct http_request *request, struct http_reply *reply,
    int status, struct html *h);

/*
 * GET /assets/…: replies and returns true when `path` is one of web/'s.
 */
bool page_reply_asset(const struct http_request *request,
    struct http_reply *reply, const char *path);

#endif
