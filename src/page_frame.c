#include <stdlib.h>
#include <string.h>

#include "asset.h"
#include "page_frame.h"
#include "target.h"

/* A page runs and loads what is this service's, and nothing else. */
#define POLICY \
	"default-src 'none'; script-src 'self'; style-src 'self'; " \
	"img-src 'self'; form-action 'self'; base-uri 'none'; " \
	"frame-ancestors 'none'"

static const char *
asset_path(const char *name)
{
	const struct asset *a = asset_find(name);

	return a == NULL ? "" : a->path;
}

/* An entry of the navigation. */
static void
put_link(struct html *h, const char *href, const char *text, bool is_here)
{
	html_f(h, "<a href=\"%s\"", href);
	html_raw(h, is_here ? " aria-current=\"page\">" : ">");
	html_f(h, "%s</a>\n", text);
}

void
page_begin_bare(struct html *h, const char *title, enum page_place place)
{
	html_f(h, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<title>%s \xe2\x80\x93 attestry</title>\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<link rel=\"icon\" href=\"%s\" type=\"image/svg+xml\">\n"
	    "<link rel=\"stylesheet\" href=\"%s\">\n"
	    "<script src=\"%s\" defer></script>\n</head>\n", title,
	    asset_path("attestry.svg"), asset_path("attestry.css"),
	    asset_path("attestry.js"));
	html_raw(h, "<body>\n<a class=\"skip\" href=\"#main\">Skip to content"
	    "</a>\n<header>\n<nav aria-label=\"Site\">\n");
	put_link(h, "/", "attestry", place == PAGE_HOME);
	put_link(h, "/#recent", "Recent quotes", false);
	put_link(h, "/docs", "API", place == PAGE_DOCS);
	html_raw(h, "</nav>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n");
}

void
page_begin(struct html *h, const char *title, enum page_place place)
{
	page_begin_bare(h, title, place);
	html_f(h, "<h1>%s</h1>\n", title);
}

void
page_end(struct html *h)
{
	html_raw(h, "</main>\n<footer>\n<p>attestry verifies Intel SGX and TDX "
	    "attestation quotes and keeps the evidence in public, for "
	    "good.</p>\n</footer>\n</body>\n</html>\n");
}

void
page_reply(const struct http_request *request, struct http_reply *reply,
    int status, struct html *h)
{
	struct bytes text = { (const uint8_t *)h->text, h->len };
	bool is_lasting = status == 200 && strcmp(request->method, "POST") != 0;
	char etag[TARGET_ETAG_LEN];
	struct fault f;

	if (!html_is_whole(h) || target_make_etag(text, etag, &f) < 0) {
		html_clear(h);
		http_reply_internal_error(reply);
		return;
	}
	http_reply_header(reply, "Content-Security-Policy", "%s", POLICY);
	http_reply_header(reply, "Cache-Control", "%s",
	    is_lasting ? "no-cache" : "no-store");
	if (is_lasting) {
		http_reply_header(reply, "ETag", "%s", etag);
		if (target_matches_etag(request->if_none_match, etag)) {
			html_clear(h);
			reply->status = 304;
			return;
		}
	}
	reply->status = status;
	reply->content_type = "text/html; charset=utf-8";
	http_reply_body_adopt(reply, text, free, h->text);
	*h = (struct html){ 0 };
}

bool
page_reply_asset(const struct http_request *request,
    struct http_reply *reply, const char *path)
{
	const struct asset *a = asset_find(path);
	char etag[TARGET_ETAG_LEN];
	struct bytes text;
	struct fault f;

	if (a == NULL || path[0] != '/')
		return false;
	text = bytes_of_string(a->text);
	if (target_make_etag(text, etag, &f) < 0) {
		http_reply_internal_error(reply);
		return true;
	}
	http_reply_header(reply, "Cache-Control",
	    "public, max-age=31536000, immutable");
	http_reply_header(reply, "ETag", "%s", etag);
	if (target_matches_etag(request->if_none_match, etag)) {
		reply->status = 304;
		return true;
	}
	reply->status = 200;
	reply->content_type = asset_content_type(a);
	reply->body = text;
	return true;
}
