/*
 * Of a report: each check with what became of it, and what the platform's TCB
 * is short of.
 */
#include <json-c/json.h>

#include "json.h"
#include "page.h"
#include "page_check.h"

/* A result in a sign, a word and a colour. */
static void
put_result(struct html *h, enum check_result result)
{
	static const struct {
		const char *class, *sign;
	} looks[] = {
		[CHECK_NOT_MADE] = { "soft", "\xe2\x80\x93" },
		[CHECK_PASSED] = { "good", "\xe2\x9c\x93" },
		[CHECK_SHORT] = { "open", "!" },
		[CHECK_FAILED] = { "bad", "\xe2\x9c\x97" },
		[CHECK_NOT_MEANT] = { "soft", "\xe2\x80\x93" },
	};

	html_f(h, "<span class=\"mark %s\"><span aria-hidden=\"true\">%s"
	    "</span> %s</span>", looks[result].class, looks[result].sign,
	    check_result_name(result));
}

/* A list with commas, with room to break its line. */
static void
put_policy(struct html *h, const char *list)
{
	html_raw(h, " It accepts ");
	for (; *list != '\0'; list++)
		html_f(h, *list == ',' ? "%c " : "%c", *list);
	html_raw(h, ".");
}

static void
put_finding(struct html *h, const struct page_quote *q, enum check check,
    enum check_result result)
{
	const struct verdict *v = &q->newest.verdict;

	switch (result) {
	case CHECK_PASSED:
		html_text(h, check_meaning(check));
		if (check == CHECK_POLICY && q->newest.policy[0] != '\0')
			put_policy(h, q->newest.policy);
		break;
	case CHECK_SHORT:
		html_f(h, "Intel lists a level that the platform reaches, with "
		    "the status %s.", tcb_status_name(v->tcb_status));
		break;
	case CHECK_FAILED:
		html_text(h, v->fault.message);
		break;
	case CHECK_NOT_MADE:
		html_raw(h, q->has_verdict ? "Nothing is known: verification "
		    "ended before it." : "Not yet.");
		break;
	case CHECK_NOT_MEANT:
		html_raw(h, "It is for TDX alone.");
		break;
	}
}

void
page_put_checks(struct html *h, const struct page_quote *q)
{
	enum check_result results[CHECK__MAX];
	int i;

	checks_find(results, q->quote.tee,
	    q->has_verdict ? &q->newest.verdict : NULL,
	    q->newest.has_collateral);
	page_put_heading(h, "checks", "Checks");
	html_raw(h, "<table>\n<caption>In the order in which they are made; "
	    "the first that fails ends it.</caption>\n<thead>\n<tr><th "
	    "scope=\"col\">Check</th><th scope=\"col\">Result</th><th "
	    "scope=\"col\">What that says</th></tr>\n</thead>\n<tbody>\n");
	for (i = 0; i < CHECK__MAX; i++) {
		html_f(h, "<tr><th scope=\"row\">%s</th><td>", check_name(i));
		put_result(h, results[i]);
		html_raw(h, "</td><td>");
		put_finding(h, q, i, results[i]);
		html_raw(h, "</td></tr>\n");
	}
	html_raw(h, "</tbody>\n</table>\n");
}

/* A text of the stored report; "" when there is none. */
static struct bytes
text_of(struct json_object *o, const char *name)
{
	struct bytes text = { 0 };

	if (!json_get_text(o, name, &text))
		text.len = 0;
	return text;
}

static void
put_short_list(struct html *h, struct json_object *list)
{
	size_t i, num = json_object_array_length(list);

	if (num == 0)
		return;
	html_raw(h, "<p>It is short of the newest level that Intel lists:"
	    "</p>\n<ul>\n");
	for (i = 0; i < num; i++) {
		html_raw(h, "<li>");
		html_bytes(h, text_of(json_object_array_get_idx(list, i),
		    "message"));
		html_raw(h, "</li>\n");
	}
	html_raw(h, "</ul>\n");
}

/* "2024-03-13T00:00:00+00:00" as a day. */
static void
put_day(struct html *h, struct json_object *o, const char *name)
{
	struct bytes text = text_of(o, name), day;

	if (bytes_take(&text, &day, 10))
		html_bytes(h, day);
	else
		html_raw(h, "\xe2\x80\x93");
}

static void
put_standing(struct html *h, struct json_object *tcb, const char *member,
    const char *name)
{
	struct json_object *part, *newest;
	struct bytes status;

	if (!json_get_object(tcb, member, &part))
		return;
	status = text_of(part, "tcb_status");
	html_f(h, "<tr><th scope=\"row\">%s</th><td>", name);
	if (status.len > 0)
		html_bytes(h, status);
	else
		html_raw(h, "below every level");
	html_raw(h, "</td><td data-label=\"Level of\">");
	put_day(h, part, "tcb_date");
	html_raw(h, "</td><td data-label=\"Newest level\">");
	if (json_get_object(part, "newest", &newest)) {
		html_bytes(h, text_of(newest, "tcb_status"));
		html_raw(h, ", ");
		put_day(h, newest, "tcb_date");
	}
	html_raw(h, "</td></tr>\n");
}

void
page_put_shortfalls(struct html *h, const struct page_quote *q)
{
	struct json_object *platform, *list;

	/* Nothing is known before the quote's own signature holds. */
	if (!json_get_object(q->tcb, "platform", &platform))
		return;
	page_put_heading(h, "tcb", "Where its TCB stands");
	html_raw(h, "<table>\n<caption>By Intel\xe2\x80\x99s lists at the time "
	    "of judgement.</caption>\n<thead>\n<tr><th scope=\"col\">Part</th>"
	    "<th scope=\"col\">Status</th><th scope=\"col\">Level of</th><th "
	    "scope=\"col\">Newest level</th></tr>\n</thead>\n<tbody>\n");
	put_standing(h, q->tcb, "platform", "Platform");
	put_standing(h, q->tcb, "tdx_module", "TDX module");
	put_standing(h, q->tcb, "qe", "Quoting enclave");
	html_raw(h, "</tbody>\n</table>\n");
	if (json_get_array(q->tcb, "shortfalls", &list))
		put_short_list(h, list);
}
