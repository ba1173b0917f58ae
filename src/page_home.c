/*
 * GET /: what this is, what it keeps, an upload, the recent ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"
#include "page.h"
#include "target.h"

#define RECENT_NUM 20

/* Which part of the list is shown. */
struct part {
	uint64_t skip;
	bool has_before;
	int64_t before_us;
	char before[INSTANT_LEN_MAX]; /* as instant_format_us writes it */
};

/* Of a page of the list that was shown before. */
static bool
take_part(const struct call *c, struct part *out)
{
	char text[TARGET_PARAM_LEN_MAX], *end;
	const char *query = c->request->query;

	*out = (struct part){ 0 };
	if (target_get_param(query, "skip", text)) {
		if (strspn(text, "0123456789") > 9)
			return false;
		out->skip = strtoul(text, &end, 10);
		if (end == text || *end != '\0' || text[0] < '0')
			return false;
	}
	out->has_before = target_get_param(query, "before", text);
	if (!out->has_before)
		return true;
	if (!instant_parse_us(bytes_of_string(text), &out->before_us))
		return false;
	instant_format_us(out->before_us, out->before);
	return true;
}

static void
put_intro(struct html *h)
{
	html_raw(h, "<p>A quote is what an Intel processor signs about the "
	    "software that it runs sealed off from its own host: an SGX "
	    "enclave or a TDX virtual machine. Upload one: every check that "
	    "can be made is made, and you get a report with a permanent "
	    "link that you can show to others.</p>\n"
	    "<div class=\"card keep\">\n<h2>Before you upload: it stays, in "
	    "public</h2>\n"
	    "<p>Whatever quote you upload is kept for good, byte for byte, "
	    "and anybody may read it: its measurements, its report data, the "
	    "identity of its platform (PPID), and every verdict on it. "
	    "Nothing can be deleted. Your address is not kept with it. A file "
	    "that is no quote is not kept.</p>\n</div>\n");
}

static void
put_forms(struct html *h, long long upload_max)
{
	page_put_heading(h, "upload", "Upload a quote");
	html_f(h, "<div class=\"cards\">\n"
	    "<form class=\"card\" action=\"/upload\" method=\"post\" "
	    "enctype=\"multipart/form-data\" data-drop>\n"
	    "<label for=\"file\">A file</label>\n"
	    "<input type=\"file\" id=\"file\" name=\"file\" required>\n"
	    "<p class=\"soft\">The bytes of the quote, up to %lld KB.<span "
	    "data-js hidden> Or drop it here.</span></p>\n"
	    "<button>Verify and keep the file</button>\n</form>\n",
	    upload_max / 1024);
	html_raw(h, "<form class=\"card\" action=\"/upload\" method=\"post\" "
	    "enctype=\"multipart/form-data\">\n"
	    "<label for=\"hex\">Or hex</label>\n"
	    "<textarea id=\"hex\" name=\"hex\" required autocomplete=\"off\" "
	    "spellcheck=\"false\" aria-describedby=\"hex-form\"></textarea>\n"
	    "<p class=\"soft\" id=\"hex-form\">Either case, with or without "
	    "0x.</p>\n<button>Verify and keep the hex</button>\n</form>\n"
	    "</div>\n");
}

static void
put_recent(struct html *h, const struct recent_quote *q)
{
	char checksum[PAGE_CHECKSUM_HEX_LEN + 1];

	hex_encode(checksum, BYTES_OF(q->checksum));
	html_f(h, "<tr><td><a href=\"/reports/%s\"><code>", checksum);
	page_put_short(h, checksum);
	html_f(h, "</code></a></td><td><span class=\"mark %s\">%s</span></td>"
	    "<td>", q->verified ? "good" : "bad",
	    q->verified ? "verified" : "not verified");
	page_put_time_us(h, q->created_at_us);
	html_raw(h, "</td></tr>\n");
}

/* The list keeps still: what came first on its first page stays so. */
static void
put_older(struct html *h, const struct part *part,
    const struct recent_quote *first)
{
	char before[INSTANT_LEN_MAX];
	const char *c;

	instant_format_us(first->created_at_us, before);
	html_f(h, "<p><a href=\"/?skip=%llu&amp;before=",
	    (unsigned long long)part->skip + RECENT_NUM);
	for (c = part->has_before ? part->before : before; *c != '\0'; c++)
		html_f(h, *c == '+' ? "%%2B" : "%c", *c);
	html_raw(h, "#recent\">Older ones</a></p>\n");
}

static void
put_list(struct html *h, const struct part *part,
    const struct recent_quote *quotes, size_t num)
{
	size_t i;

	page_put_heading(h, "recent", part->skip > 0 ? "Older quotes" :
						       "Recent quotes");
	if (num == 0) {
		html_raw(h, part->skip > 0 ? "<p>There are no more.</p>\n" :
					     "<p>There is none yet.</p>\n");
		return;
	}
	html_raw(h, "<table>\n<thead>\n<tr><th scope=\"col\">Checksum</th><th "
	    "scope=\"col\">Newest verdict</th><th scope=\"col\">Uploaded</th>"
	    "</tr>\n</thead>\n<tbody>\n");
	for (i = 0; i < num; i++)
		put_recent(h, &quotes[i]);
	html_raw(h, "</tbody>\n</table>\n");
	if (num == RECENT_NUM)
		put_older(h, part, &quotes[0]);
}

void
page_home(struct call *c)
{
	struct recent_quote quotes[RECENT_NUM];
	struct html h = { 0 };
	struct part part;
	struct fault f = { 0 };
	size_t num;

	if (!take_part(c, &part)) {
		page_reply_error(c, 400, "There is no such part of the list",
		    "Want skip, a number, and before, an instant such as "
		    "2026-06-15T12:00:00Z.");
		return;
	}
	if (store_get_recent(c->api->store_read, part.skip, RECENT_NUM,
		part.has_before ? &part.before_us : NULL, quotes, &num,
		&f) < 0) {
		page_reply_internal(c, &f);
		return;
	}
	page_begin(&h, "Verify an attestation quote", PAGE_HOME);
	if (part.skip == 0) {
		put_intro(&h);
		put_forms(&h, c->api->config->upload_max);
	}
	put_list(&h, &part, quotes, num);
	page_end(&h);
	page_reply(c->request, c->reply, 200, &h);
}
