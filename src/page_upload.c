/*
 * POST /upload and GET /r?hex=…: an upload whose outcome is a page.
 */
#include <stdio.h>

#include "page.h"

static void
reply_refusal(struct call *c, int status, const char *detail)
{
	char sentence[FAULT_MESSAGE_LEN_MAX + 64];

	snprintf(sentence, sizeof(sentence), "%s. Nothing was kept.", detail);
	page_reply_error(c, status, status == 422 ? "That is not a quote" :
	    "The upload was not taken", sentence);
}

static void
see_report(struct call *c, const uint8_t checksum[static SHA256_LEN])
{
	char path[sizeof("/reports/") + PAGE_CHECKSUM_HEX_LEN] = "/reports/";

	hex_encode(path + sizeof("/reports/") - 1,
	    (struct bytes){ checksum, SHA256_LEN });
	page_reply_see(c, path);
}

static void
reply_verdict(struct call *c, const struct judged *judged)
{
	struct page_quote q;

	if (!judged->not_kept) {
		see_report(c, judged->checksum);
		return;
	}
	page_quote_of_judged(&q, judged);
	page_reply_report(c, &q, NULL);
	page_quote_clear(&q);
}

static void
reply_undecided(struct call *c, const struct judged *judged,
    const struct fault *f)
{
	(void)f; /* logged */
	if (judged->stage >= JUDGED_KEPT)
		see_report(c, judged->checksum);
	else
		page_reply_error(c, 500, "It could not be verified",
		    "Verification could not be carried out, and the quote "
		    "was not kept; that is not your doing. Try again in a "
		    "moment.");
}

void
page_upload(struct call *c)
{
	static const struct upload_replies replies = {
		reply_refusal, reply_verdict, reply_undecided
	};

	api_judge_upload(c, &replies);
}

/* The query is a form: the link is an upload of what it holds. */
void
page_upload_link(struct call *c)
{
	const struct http_request *request = c->request;
	struct http_request form = *request;

	form.body = bytes_of_string(request->query);
	form.content_type = "application/x-www-form-urlencoded";
	c->request = &form;
	page_upload(c);
	c->request = request;
}
