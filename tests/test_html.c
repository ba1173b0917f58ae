/*
 * Pages of HTML as they grow: nothing but constants becomes markup.
 */
#include <string.h>

#include "asset.h"
#include "html.h"
#include "tap.h"

static bool
is(const struct html *h, const char *want)
{
	bool good = html_is_whole(h) && h->len == strlen(want) &&
	    strcmp(h->text, want) == 0;

	if (!good)
		tap_note("got  %s", h->text == NULL ? "(nothing)" : h->text);
	return good;
}

static const struct {
	const char *name, *text, *want;
} texts[] = {
	{ "plain text", "plain: 100 %d", "plain: 100 %d" },
	{ "nothing", "", "" },
	{ "a script", "<script>alert(1)</script>",
	    "&lt;script&gt;alert(1)&lt;/script&gt;" },
	{ "the end of an attribute", "\"' onclick=x", "&quot;&#39; onclick=x" },
	{ "a reference", "&lt;", "&amp;lt;" },
	{ "white space", "a\tb\nc\rd", "a\tb\nc\rd" },
	{ "control characters", "a\x01\x1b[0m\x7f",
	    "a\xef\xbf\xbd\xef\xbf\xbd[0m\xef\xbf\xbd" },
	{ "a C1 control character", "\xc2\x85", "\xef\xbf\xbd" },
	{ "two, three and four bytes", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ "a byte that begins none", "\x80<\xff",
	    "\xef\xbf\xbd&lt;\xef\xbf\xbd" },
	{ "a character cut short", "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "cut short by markup", "\xe2\x82<", "\xef\xbf\xbd\xef\xbf\xbd&lt;" },
	{ "< in too many bytes", "\xc0\xbc\xe0\x80\xbc",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "a surrogate", "\xed\xa0\x80",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "above Unicode", "\xf4\x90\x80\x80",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "text that is turned around", "a\xe2\x80\xae" "b\xe2\x81\xa6" "c",
	    "a\xef\xbf\xbd" "b\xef\xbf\xbd" "c" },
};

static void
test_text(void)
{
	struct html h;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		h = (struct html){ 0 };
		html_raw(&h, "");
		html_text(&h, texts[i].text);
		ok(is(&h, texts[i].want), "text: %s", texts[i].name);
		html_clear(&h);
	}
}

static void
test_format(void)
{
	struct html h = { 0 };

	html_f(&h, "<a href=\"%s\">%s</a> 100%%", "/?a=\"&b", "<b>");
	ok(is(&h, "<a href=\"/?a=&quot;&amp;b\">&lt;b&gt;</a> 100%"),
	    "format: markup is the format's alone");
	html_clear(&h);
	html_f(&h, "%d %u %x %02x %5d %ld %lld %llu %zu %c", -1, 2u, 255u,
	    10u, 7, -3L, -4LL, 5ULL, (size_t)6, '<');
	ok(is(&h, "-1 2 ff 0a     7 -3 -4 5 6 &lt;"), "format: numbers");
	html_clear(&h);
	html_hex(&h, (struct bytes){ (const uint8_t *)"\x00\x9f\xff", 3 });
	ok(is(&h, "009fff"), "hex");
	html_clear(&h);
	html_bytes(&h, (struct bytes){ (const uint8_t *)"a\0b", 3 });
	ok(is(&h, "a\xef\xbf\xbd" "b"), "a NUL is shown, and ends nothing");
	html_clear(&h);
}

static void
test_growth(void)
{
	struct html h = { 0 };
	size_t i;

	ok(!html_is_whole(&h), "an empty page is none");
	for (i = 0; i < 100000; i++)
		html_f(&h, "%06zu", i);
	ok(html_is_whole(&h) && h.len == 600000 &&
	    memcmp(h.text + 600000 - 12, "099998099999", 12) == 0,
	    "a page of 600 KB");
	html_clear(&h);
	ok(h.text == NULL && h.len == 0 && !h.failed, "cleared");
}

static void
test_assets(void)
{
	const struct asset *a, *css = asset_find("attestry.css");

	for (a = assets; a->name != NULL; a++)
		ok(a->text[0] != '\0' && asset_find(a->path) == a &&
		    strncmp(a->path, "/assets/attestry-", 17) == 0 &&
		    strlen(a->path) > strlen(a->name) + 20,
		    "asset: %s as %s", a->name, a->path);
	ok(css != NULL && strcmp(asset_content_type(css),
	    "text/css; charset=utf-8") == 0, "asset: a style sheet");
	ok(asset_find("/assets/attestry.css") == NULL &&
	    asset_find("/assets/") == NULL && asset_find("") == NULL,
	    "asset: no others");
}

int
main(void)
{
	test_text();
	test_format();
	test_growth();
	test_assets();
	return tap_done();
}
