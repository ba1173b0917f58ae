#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "multipart.h"

#define CRLF "\r\n"
/* RFC 2046 5.1.1 */
#define BOUNDARY_LEN_MAX 70

/* The form as GMime is to see it, and as it saw it. */
struct form {
	GByteArray *text; /* headers, body, CRLF */
	size_t body_at;	  /* where the body begins in it */
	GMimeObject *root;
	const char *boundary; /* borrowed from root */
	const char *complaint; /* the parser's first warning; NULL: none */
};

/* Nobody reads the filename, and some clients send it in two spellings. */
static bool
is_about_filename(GMimeParserWarning warning, const char *item)
{
	return item != NULL && g_ascii_strcasecmp(item, "filename") == 0 &&
	    (warning == GMIME_WARN_DUPLICATED_PARAMETER ||
	    warning == GMIME_CRIT_CONFLICTING_PARAMETER ||
	    warning == GMIME_WARN_INVALID_PARAMETER);
}

/*
 * Where GMime warns it repairs or guesses, and we do not want guesses.
 *
 * item	what it warns of; may be NULL
 *
 * Returns NULL when it is harmless.
 */
static const char *
complaint_of(GMimeParserWarning warning, const char *item)
{
	if (is_about_filename(warning, item))
		return NULL;
	switch (warning) {
	case GMIME_WARN_UNENCODED_8BIT_HEADER:
		return NULL; /* a filename in UTF-8, as browsers send it */
	case GMIME_WARN_DUPLICATED_HEADER:
	case GMIME_CRIT_CONFLICTING_HEADER:
		return "a header stands there twice";
	case GMIME_WARN_DUPLICATED_PARAMETER:
	case GMIME_CRIT_CONFLICTING_PARAMETER:
		return "a parameter stands there twice";
	case GMIME_WARN_MALFORMED_MULTIPART:
		return "no part between the boundaries";
	case GMIME_WARN_TRUNCATED_MESSAGE:
		return "cut short: no closing boundary";
	case GMIME_CRIT_MULTIPART_WITHOUT_BOUNDARY:
		return "no boundary parameter";
	case GMIME_CRIT_NESTING_OVERFLOW:
		return "nested too deeply";
	case GMIME_WARN_PART_WITHOUT_CONTENT:
	case GMIME_CRIT_PART_WITHOUT_HEADERS_OR_CONTENT:
		return "a part without an empty line after its headers";
	default:
		return "a malformed header";
	}
}

static void
note_warning(gint64 offset, GMimeParserWarning warning, const gchar *item,
    gpointer user_data)
{
	struct form *form = user_data;

	(void)offset;
	if (form->complaint == NULL)
		form->complaint = complaint_of(warning, item);
}

static int
refuse(struct fault *f, const char *why)
{
	return fault_set(f, FAULT_MALFORMED_QUOTE, "form: %s", why);
}

static bool
is_header_text(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' && *text != '\t')
			return false;
	return true;
}

/* What ends a token, of those that a header may have. */
#define TOKEN_END " \t;,\"()="

/* Goes behind a token or a quoted string. */
static bool
skip_value(const char **text)
{
	const char *at = *text;

	if (*at != '"') {
		*text = at + strcspn(at, TOKEN_END);
		return *text > at;
	}
	for (at++; *at != '"'; at++) {
		if (*at == '\\')
			at++;
		if (*at == '\0')
			return false;
	}
	*text = at + 1;
	return true;
}

/*
 * RFC 9110 8.3.1: a type and its parameters. Of a list of types, a comment,
 * words behind a value or quotes that do not end GMime takes what it likes.
 */
static bool
is_one_type(const char *text)
{
	text += strcspn(text, TOKEN_END);
	for (;;) {
		text += strspn(text, " \t");
		if (*text == '\0')
			return true;
		if (*text++ != ';')
			return false;
		text += strspn(text, " \t");
		if (*text == '\0' || *text == ';')
			continue;
		text += strcspn(text, TOKEN_END);
		if (*text++ != '=' || !skip_value(&text))
			return false;
	}
}

/*
 * Headers, body, and a CRLF more: GMime takes a body that ends right after
 * "--boundary--" (some clients send it so) for cut short, and gives the last
 * part a CR of the delimiter.
 */
static void
form_compose(struct form *form, struct bytes body, const char *content_type)
{
	static const char name[] = "Content-Type: ";

	form->text = g_byte_array_sized_new((guint)(sizeof(name) +
	    strlen(content_type) + body.len + 16));
	g_byte_array_append(form->text, (const guint8 *)name,
	    sizeof(name) - 1);
	g_byte_array_append(form->text, (const guint8 *)content_type,
	    (guint)strlen(content_type));
	g_byte_array_append(form->text, (const guint8 *)CRLF CRLF, 4);
	form->body_at = form->text->len;
	if (body.len > 0)
		g_byte_array_append(form->text, body.ptr, (guint)body.len);
	g_byte_array_append(form->text, (const guint8 *)CRLF, 2);
}

static void
form_parse(struct form *form)
{
	GMimeStream *stream;
	GMimeParserOptions *options;
	GMimeParser *parser;

	stream = g_mime_stream_mem_new_with_byte_array(form->text);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	options = g_mime_parser_options_new();
	g_mime_parser_options_set_parameter_compliance_mode(options,
	    GMIME_RFC_COMPLIANCE_STRICT);
	g_mime_parser_options_set_rfc2047_compliance_mode(options,
	    GMIME_RFC_COMPLIANCE_STRICT);
	g_mime_parser_options_set_warning_callback(options, note_warning,
	    form);
	parser = g_mime_parser_new_with_stream(stream);
	g_mime_parser_set_persist_stream(parser, TRUE);
	form->root = g_mime_parser_construct_part(parser, options);
	g_object_unref(parser);
	g_mime_parser_options_free(options);
	g_object_unref(stream);
}

static void
form_clear(struct form *form)
{
	if (form->root != NULL)
		g_object_unref(form->root);
	if (form->text != NULL)
		g_byte_array_unref(form->text);
}

/* The whole form: multipart/form-data, few parts, no complaint. */
static int
check_form(struct form *form, struct fault *f)
{
	GMimeContentType *type;
	size_t len;

	if (form->complaint != NULL)
		return refuse(f, form->complaint);
	if (form->root == NULL || !GMIME_IS_MULTIPART(form->root))
		return refuse(f, "not a multipart body");
	type = g_mime_object_get_content_type(form->root);
	if (!g_mime_content_type_is_type(type, "multipart", "form-data"))
		return refuse(f, "not multipart/form-data");
	form->boundary = g_mime_content_type_get_parameter(type, "boundary");
	len = form->boundary != NULL ? strlen(form->boundary) : 0;
	if (len == 0 || len > BOUNDARY_LEN_MAX ||
	    form->boundary[len - 1] == ' ')
		return refuse(f, "the boundary needs 1 to 70 characters");
	if (g_mime_multipart_get_count(GMIME_MULTIPART(form->root)) >
	    MULTIPART_PARTS_NUM_MAX)
		return refuse(f, "too many parts");
	return 0;
}

/* RFC 7578 4.7: no transfer encoding; the three that change nothing pass. */
static bool
is_plain_encoding(GMimeObject *part)
{
	const char *value = g_mime_object_get_header(part,
	    "Content-Transfer-Encoding");

	return value == NULL || g_ascii_strcasecmp(value, "binary") == 0 ||
	    g_ascii_strcasecmp(value, "8bit") == 0 ||
	    g_ascii_strcasecmp(value, "7bit") == 0;
}

/* RFC 9110 5.1: a name is a token. Where it is not, GMime says nothing. */
static bool
has_header_names(GMimeObject *part)
{
	GMimeHeaderList *headers = g_mime_object_get_header_list(part);
	int i, num = g_mime_header_list_get_count(headers);
	const char *name;

	for (i = 0; i < num; i++) {
		name = g_mime_header_get_raw_name(
		    g_mime_header_list_get_header_at(headers, i));
		if (*name == '\0')
			return false;
		for (; *name != '\0'; name++)
			if (*name <= ' ' || *name > '~')
				return false;
	}
	return true;
}

/*
 * Where the part's content lies in the body. GMime takes a bare LF before a
 * boundary for the end of a part, and after the headers for their end, and
 * RFC 2046 does not; that both are whole is seen here.
 */
static bool
find_span(const struct form *form, GMimeObject *part, size_t *out_at,
    size_t *out_len)
{
	GMimeDataWrapper *content = g_mime_part_get_content(
	    GMIME_PART(part));
	GMimeStream *stream;
	struct bytes rest, before, empty_line, content_run, delimiter, boundary;
	gint64 len;

	if (content == NULL)
		return false;
	stream = g_mime_data_wrapper_get_stream(content);
	len = g_mime_stream_length(stream);
	if (stream->bound_start < (gint64)form->body_at || len < 0)
		return false;
	rest = (struct bytes){ form->text->data, form->text->len };
	if (!bytes_take(&rest, &before, (size_t)stream->bound_start - 4) ||
	    !bytes_take(&rest, &empty_line, 4) ||
	    !bytes_take(&rest, &content_run, (size_t)len) ||
	    !bytes_take(&rest, &delimiter, 4) ||
	    !bytes_take(&rest, &boundary, strlen(form->boundary)))
		return false;
	if (!bytes_equal(empty_line, bytes_of_string(CRLF CRLF)) ||
	    !bytes_equal(delimiter, bytes_of_string(CRLF "--")) ||
	    !bytes_equal(boundary, bytes_of_string(form->boundary)))
		return false;
	*out_at = (size_t)stream->bound_start - form->body_at;
	*out_len = (size_t)len;
	return true;
}

/*
 * One part: its rules, and its content when its name is looked for.
 *
 * overhead	lessened by the bytes of content
 */
static int
read_part(const struct form *form, GMimeObject *part, struct bytes body,
    struct multipart_field *fields, size_t num_fields, size_t *overhead,
    struct fault *f)
{
	GMimeContentDisposition *disposition;
	const char *name;
	size_t i, at, len;

	if (!GMIME_IS_PART(part))
		return refuse(f, "a part has parts of its own");
	if (!has_header_names(part))
		return refuse(f, "a malformed header");
	disposition = g_mime_object_get_content_disposition(part);
	/* RFC 7578 4.2: both are required */
	if (disposition == NULL || g_ascii_strcasecmp(
	    g_mime_content_disposition_get_disposition(disposition),
	    "form-data") != 0)
		return refuse(f, "a part is not form-data");
	name = g_mime_content_disposition_get_parameter(disposition, "name");
	if (name == NULL)
		return refuse(f, "a part has no name");
	if (!is_plain_encoding(part))
		return refuse(f, "a part has a transfer encoding");
	if (!find_span(form, part, &at, &len))
		return refuse(f, "a part is not set off by CRLF");
	*overhead -= len;
	for (i = 0; i < num_fields; i++) {
		if (strcmp(fields[i].name, name) != 0)
			continue;
		if (fields[i].is_present)
			return refuse(f, "a field stands there twice");
		fields[i].is_present = true;
		fields[i].content = (struct bytes){ body.ptr + at, len };
	}
	return 0;
}

static int
read_parts(const struct form *form, struct bytes body,
    struct multipart_field *fields, size_t num_fields, struct fault *f)
{
	GMimeMultipart *parts = GMIME_MULTIPART(form->root);
	int i, num_parts = g_mime_multipart_get_count(parts);
	size_t overhead = body.len;

	for (i = 0; i < num_parts; i++)
		if (read_part(form, g_mime_multipart_get_part(parts, i), body,
		    fields, num_fields, &overhead, f) != 0)
			return -1;
	if (overhead > MULTIPART_OVERHEAD_LEN_MAX)
		return refuse(f, "too much beside the content");
	return 0;
}

bool
multipart_is_form(const char *content_type)
{
	static const char form[] = "multipart/form-data";
	size_t len = sizeof(form) - 1;

	return g_ascii_strncasecmp(content_type, form, len) == 0 &&
	    (content_type[len] == '\0' ||
	    strchr("; \t", content_type[len]) != NULL);
}

int
multipart_read(struct multipart_field *fields, size_t num_fields,
    struct bytes body, const char *content_type, struct fault *f)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct form form = { 0 };
	size_t i;
	int r = -1;

	for (i = 0; i < num_fields; i++)
		fields[i] = (struct multipart_field){ .name = fields[i].name };
	if (body.len > MULTIPART_BODY_LEN_MAX)
		return refuse(f, "the body is too long");
	if (strlen(content_type) > MULTIPART_CONTENT_TYPE_LEN_MAX ||
	    !is_header_text(content_type) || !is_one_type(content_type) ||
	    !multipart_is_form(content_type))
		return refuse(f, "not multipart/form-data");
	pthread_once(&once, g_mime_init);
	form_compose(&form, body, content_type);
	form_parse(&form);
	if (check_form(&form, f) != 0 ||
	    read_parts(&form, body, fields, num_fields, f) != 0)
		goto out;
	for (r = 0, i = 0; i < num_fields; i++)
		r += fields[i].is_present;
out:
	form_clear(&form);
	return r;
}
