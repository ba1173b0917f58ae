/*
 * Of a report: when it was judged, when what that rests on ends, and all the
 * dates.
 */
#include <json-c/json.h>

#include "instant.h"
#include "json.h"
#include "page.h"

/* The picture, in its own units. */
#define PICTURE_WIDTH 300
#define PICTURE_MARGIN 4

static time_t
time_of(struct json_object *o, const char *name)
{
	struct bytes text;
	time_t at;

	if (!json_get_text(o, name, &text) || !instant_parse(text, &at))
		return 0;
	return at;
}

/* Since when all of it held: the latest beginning. */
static time_t
find_begin(struct json_object *validity)
{
	size_t i, num = json_object_array_length(validity);
	time_t begin = 0, at;

	for (i = 0; i < num; i++) {
		at = time_of(json_object_array_get_idx(validity, i),
		    "not_before");
		if (at > begin)
			begin = at;
	}
	return begin;
}

struct scale {
	time_t from, to;
};

static int
place(const struct scale *s, time_t at)
{
	int width = PICTURE_WIDTH - 2 * PICTURE_MARGIN;

	return PICTURE_MARGIN +
	    (int)((long long)width * (at - s->from) / (s->to - s->from));
}

/* Words at an instant: where they fit. */
static void
put_label(struct html *h, int x, int y, const char *text)
{
	html_f(h, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n",
	    x, y, x < PICTURE_WIDTH / 3 ? "start" :
	    x > 2 * PICTURE_WIDTH / 3 ? "end" : "middle", text);
}

static void
put_day_label(struct html *h, int x, int y, time_t at)
{
	char text[INSTANT_LEN_MAX];

	instant_format(at, text);
	text[10] = '\0';
	put_label(h, x, y, text);
}

static void
put_picture(struct html *h, time_t begin, time_t end, time_t judged)
{
	struct scale s = {
		.from = judged < begin ? judged : begin,
		.to = judged > end ? judged : end,
	};
	int from, to, at;

	if (s.from >= s.to || begin > end)
		return;
	from = place(&s, begin);
	to = place(&s, end);
	at = place(&s, judged);
	html_f(h, "<svg viewBox=\"0 0 %d 62\" role=\"img\" "
	    "aria-labelledby=\"line\">\n<title id=\"line\">A line of time: "
	    "what the verdict rests on began, the quote was judged, the first "
	    "of it ends. The dates are in the text beside it.</title>\n",
	    PICTURE_WIDTH);
	html_f(h, "<rect class=\"track\" x=\"%d\" y=\"26\" width=\"%d\" "
	    "height=\"6\" rx=\"3\"/>\n", PICTURE_MARGIN,
	    PICTURE_WIDTH - 2 * PICTURE_MARGIN);
	html_f(h, "<rect class=\"span\" x=\"%d\" y=\"26\" width=\"%d\" "
	    "height=\"6\" rx=\"3\"/>\n", from, to - from);
	html_f(h, "<path class=\"now\" d=\"M%d 18v20\"/>\n", at);
	put_label(h, at, 13, "judged");
	put_day_label(h, from, 52, begin);
	put_day_label(h, to, 52, end);
	html_raw(h, "</svg>\n");
}

static void
put_period(struct html *h, struct json_object *period)
{
	struct bytes what;

	if (!json_get_text(period, "what", &what))
		return;
	html_raw(h, "<tr><th scope=\"row\">");
	html_bytes(h, what);
	html_raw(h, "</th><td data-label=\"From\">");
	page_put_time(h, time_of(period, "not_before"));
	html_raw(h, "</td><td data-label=\"To\">");
	page_put_time(h, time_of(period, "not_after"));
	html_raw(h, "</td></tr>\n");
}

static void
put_periods(struct html *h, struct json_object *validity)
{
	size_t i, num = json_object_array_length(validity);

	if (num == 0)
		return;
	html_raw(h, "<details>\n<summary>All certificates, revocation lists "
	    "and documents, with their dates</summary>\n<table>\n<thead>\n"
	    "<tr><th scope=\"col\">What</th><th scope=\"col\">From</th><th "
	    "scope=\"col\">To</th></tr>\n</thead>\n<tbody>\n");
	for (i = 0; i < num; i++)
		put_period(h, json_object_array_get_idx(validity, i));
	html_raw(h, "</tbody>\n</table>\n</details>\n");
}

static void
put_end(struct html *h, const struct page_quote *q, time_t now)
{
	const struct verdict *v = &q->newest.verdict;
	struct bytes first;

	html_raw(h, "<dt>Evidence ends</dt>\n<dd>");
	page_put_time(h, v->expires_at);
	if (q->tcb != NULL && json_get_text(q->tcb, "ends_first", &first)) {
		html_raw(h, ", with the ");
		html_bytes(h, first);
	}
	if (v->expires_at != 0 && now > v->expires_at)
		html_raw(h, "<br><strong class=\"open\">That is past: what is "
		    "said here was so then. Only a new verdict says what is "
		    "so now.</strong>");
	html_raw(h, "</dd>\n");
}

void
page_put_dates(struct html *h, const struct page_quote *q, time_t now)
{
	const struct verdict *v = &q->newest.verdict;
	struct json_object *validity = NULL;

	if (!q->has_verdict)
		return;
	page_put_heading(h, "dates", "Dates");
	if (q->tcb != NULL && json_get_array(q->tcb, "validity", &validity))
		put_picture(h, find_begin(validity), v->expires_at,
		    v->verified_at);
	html_raw(h, "<dl>\n<dt>Judged at</dt>\n<dd>");
	page_put_time(h, v->verified_at);
	html_raw(h, "</dd>\n");
	put_end(h, q, now);
	if (v->tcb_date != 0) {
		html_raw(h, "<dt>TCB date <small>what Intel knew of flaws then "
		    "is mended</small></dt>\n<dd>");
		page_put_time(h, v->tcb_date);
		html_raw(h, "</dd>\n");
	}
	html_raw(h, "</dl>\n");
	if (validity != NULL)
		put_periods(h, validity);
}
