/*
 * GET /docs: the OpenAPI document, for people. Whatever it says of a route, a
 * parameter, an answer or a key stands here in the same words, and nothing
 * else does.
 */
#include <string.h>

#include <json-c/json.h>

#include "openapi.h"
#include "page.h"

/* Objects in objects that have no name of their own. */
#define DEPTH_MAX 4
#define NAME_LEN_MAX 128

static const char schemas[] = "#/components/schemas/";

static struct json_object *
get(struct json_object *in, const char *name)
{
	struct json_object *out = NULL;

	json_object_object_get_ex(in, name, &out);
	return out;
}

static const char *
get_text(struct json_object *in, const char *name)
{
	struct json_object *text = get(in, name);

	return text == NULL ? "" : json_object_get_string(text);
}

/* What a "$ref" stands for, and whatever else as it is. */
static struct json_object *
resolve(struct json_object *root, struct json_object *o)
{
	const char *path = get_text(o, "$ref");
	struct json_object *found;

	if (*path != '#' || json_pointer_get(root, path + 1, &found) < 0)
		return o;
	return found;
}

/* `code` in backticks; a blank line between paragraphs. */
static void
put_prose(struct html *h, const char *text)
{
	bool in_code = false;
	size_t len;

	if (*text == '\0')
		return;
	html_raw(h, "<p>");
	for (; *text != '\0'; text += len) {
		len = strcspn(text, "`\n");
		html_bytes(h, (struct bytes){ (const uint8_t *)text, len });
		if (text[len] == '`') {
			html_raw(h, in_code ? "</code>" : "<code>");
			in_code = !in_code;
			len++;
		} else if (text[len] == '\n') {
			len += strspn(text + len, "\n");
			html_raw(h, "</p>\n<p>");
		}
	}
	html_raw(h, in_code ? "</code></p>\n" : "</p>\n");
}

static void put_type(struct html *h, struct json_object *schema);

static void
put_types(struct html *h, struct json_object *list, const char *between)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		if (i > 0)
			html_raw(h, between);
		if (json_object_is_type(one, json_type_object))
			put_type(h, one);
		else if (json_object_is_type(one, json_type_string) &&
		    strcmp(between, " or ") == 0)
			html_text(h, json_object_get_string(one));
		else
			html_f(h, "%s", json_object_to_json_string(one));
	}
}

/* "string or null", "list of Quote", with links to what has a name. */
static void
put_type(struct html *h, struct json_object *schema)
{
	const char *ref = get_text(schema, "$ref");
	struct json_object *type = get(schema, "type");

	if (strncmp(ref, schemas, strlen(schemas)) == 0) {
		html_f(h, "<a href=\"#%s\">%s</a>", ref + strlen(schemas),
		    ref + strlen(schemas));
		return;
	}
	if (get(schema, "oneOf") != NULL) {
		put_types(h, get(schema, "oneOf"), " or ");
		return;
	}
	if (get(schema, "enum") != NULL) {
		html_raw(h, "one of ");
		put_types(h, get(schema, "enum"), ", ");
		return;
	}
	if (json_object_is_type(type, json_type_array))
		put_types(h, type, " or ");
	else
		html_text(h, get_text(schema, "type"));
	if (get(schema, "items") != NULL) {
		html_raw(h, " of ");
		put_type(h, get(schema, "items"));
	}
	if (get(schema, "const") != NULL)
		html_f(h, " %s",
		    json_object_to_json_string(get(schema, "const")));
}

static void
put_table_begin(struct html *h, const char *first, const char *second,
    const char *third)
{
	html_f(h, "<table>\n<thead><tr><th scope=\"col\">%s</th>"
	    "<th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead>\n"
	    "<tbody>\n", first, second, third);
}

static void
put_table_end(struct html *h)
{
	html_raw(h, "</tbody>\n</table>\n");
}

/* The keys of an object, and those of the nameless objects in it. */
static void
put_members(struct html *h, struct json_object *schema, const char *prefix,
    int depth)
{
	struct json_object *members = get(schema, "properties");

	if (members == NULL || depth == 0)
		return;
	json_object_object_foreach(members, name, member) {
		struct json_object *inner = get(member, "items");
		char full[NAME_LEN_MAX];

		snprintf(full, sizeof(full), "%s%s", prefix, name);
		html_f(h, "<tr><th scope=\"row\"><code>%s</code></th><td>",
		    full);
		put_type(h, member);
		html_raw(h, "</td><td>");
		put_prose(h, get_text(member, "description"));
		html_raw(h, "</td></tr>\n");
		snprintf(full, sizeof(full), "%s%s%s.", prefix, name,
		    inner == NULL ? "" : "[]");
		put_members(h, inner == NULL ? member : inner, full,
		    depth - 1);
	}
}

static void
put_schema(struct html *h, const char *name, struct json_object *schema)
{
	html_f(h, "<h3 id=\"%s\">%s</h3>\n", name, name);
	put_prose(h, get_text(schema, "description"));
	if (get(schema, "properties") == NULL) {
		html_raw(h, "<p>");
		put_type(h, schema);
		if (get(schema, "pattern") != NULL)
			html_f(h, ", as <code>%s</code>",
			    get_text(schema, "pattern"));
		html_raw(h, "</p>\n");
		return;
	}
	put_table_begin(h, "Key", "Type", "What it is");
	put_members(h, schema, "", DEPTH_MAX);
	put_table_end(h);
}

/* --- routes ---------------------------------------------------------------- */

static void
put_parameters(struct html *h, struct json_object *root,
    struct json_object *list)
{
	size_t i;

	for (i = 0; list != NULL && i < json_object_array_length(list); i++) {
		struct json_object *p = resolve(root,
		    json_object_array_get_idx(list, i));

		html_f(h, "<tr><th scope=\"row\"><code>%s</code></th><td>%s, ",
		    get_text(p, "name"), get_text(p, "in"));
		put_type(h, get(p, "schema"));
		html_raw(h, "</td><td>");
		put_prose(h, get_text(p, "description"));
		html_raw(h, "</td></tr>\n");
	}
}

/* The forms that a request's body may have. */
static void
put_body(struct html *h, struct json_object *body)
{
	struct json_object *content = get(body, "content");

	if (content == NULL)
		return;
	put_prose(h, get_text(body, "description"));
	json_object_object_foreach(content, type, form) {
		struct json_object *schema = get(form, "schema");
		struct json_object *either = get(schema, "oneOf");
		size_t i, num = either == NULL ? 1 :
		    json_object_array_length(either);

		html_f(h, "<p><strong><code>%s</code></strong></p>\n", type);
		put_table_begin(h, "Field", "Type", "What it is");
		for (i = 0; i < num; i++)
			put_members(h, either == NULL ? schema :
			    json_object_array_get_idx(either, i), "",
			    DEPTH_MAX);
		put_table_end(h);
	}
}

static void
put_content(struct html *h, struct json_object *content)
{
	if (content == NULL) {
		html_raw(h, "none");
		return;
	}
	json_object_object_foreach(content, type, body) {
		html_f(h, "<code>%s</code> ", type);
		put_type(h, get(body, "schema"));
	}
}

static void
put_answers(struct html *h, struct json_object *root,
    struct json_object *answers)
{
	put_table_begin(h, "Status", "Body", "When");
	json_object_object_foreach(answers, status, ref) {
		struct json_object *answer = resolve(root, ref);
		struct json_object *content = get(answer, "content");

		html_f(h, "<tr><th scope=\"row\">%s</th><td>", status);
		put_content(h, content);
		html_raw(h, "</td><td>");
		put_prose(h, get_text(answer, "description"));
		html_raw(h, "</td></tr>\n");
	}
	put_table_end(h);
}

static void
put_operation(struct html *h, struct json_object *root, const char *method,
    const char *path, struct json_object *item, struct json_object *operation)
{
	html_f(h, "<h3 id=\"%s\">%s</h3>\n<p><code>%s %s</code></p>\n",
	    get_text(operation, "operationId"),
	    get_text(operation, "summary"), method, path);
	put_prose(h, get_text(operation, "description"));
	put_table_begin(h, "Parameter", "Where and type", "What it is");
	put_parameters(h, root, get(item, "parameters"));
	put_parameters(h, root, get(operation, "parameters"));
	put_table_end(h);
	put_body(h, get(operation, "requestBody"));
	put_answers(h, root, get(operation, "responses"));
}

static void
put_document(struct html *h, struct json_object *root)
{
	struct json_object *components = get(root, "components");

	put_prose(h, get_text(get(root, "info"), "description"));
	html_raw(h, "<p>For programs: <a href=\"/api/v1/openapi.json\">"
	    "openapi.json</a> (OpenAPI 3.1).</p>\n");
	page_put_heading(h, "routes", "Routes");
	json_object_object_foreach(get(root, "paths"), path, item) {
		if (get(item, "post") != NULL)
			put_operation(h, root, "POST", path, item,
			    get(item, "post"));
		if (get(item, "get") != NULL)
			put_operation(h, root, "GET", path, item,
			    get(item, "get"));
	}
	page_put_heading(h, "objects", "Objects and values");
	json_object_object_foreach(get(components, "schemas"), name, schema)
	{
		put_schema(h, name, schema);
	}
}

void
page_docs(struct call *c)
{
	struct json_object *root = json_tokener_parse(openapi_text);
	struct html h = { 0 };
	struct fault f;

	if (root == NULL) {
		fault_set_memory(&f);
		page_reply_internal(c, &f);
		return;
	}
	page_begin(&h, "The API", PAGE_DOCS);
	put_document(&h, root);
	page_end(&h);
	json_object_put(root);
	page_reply(c->request, c->reply, 200, &h);
}
