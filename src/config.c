#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "instant.h"

/* Every one of ours; another name that begins so is a typing mistake. */
#define PREFIX "ATTESTRY_"

/* How much of a wrong value is shown. */
#define SHOWN "%.100s"

/* One URL of a list. */
#define SOURCE_LEN_MAX 1024

/* What a value must look like, and the type of its member. */
enum kind {
	KIND_TEXT,    /* const char * */
	KIND_SECRET,  /* const char *, never shown */
	KIND_PATH,    /* const char *, absolute */
	KIND_URL,     /* const char * */
	KIND_SOURCES, /* const char *, URLs */
	KIND_UPDATE,  /* bool: early */
	KIND_NUMBER,  /* int */
	KIND_KEEP,    /* bool: genuine */
	KIND_DURABILITY, /* bool: any */
	KIND_SANDBOX, /* bool: off */
	KIND_LISTEN,  /* struct listen_address */
	KIND_LOG,     /* struct log_settings */
	KIND_INSTANT, /* time_t */
};

static const struct setting {
	const char *name;
	enum kind kind;
	size_t offset;
	const char *preset; /* NULL: none */
	int min, max;	    /* KIND_NUMBER */
	const char *help;
} settings[] = {
	{ PREFIX "DATABASE", KIND_SECRET, offsetof(struct config, database),
	    "", 0, 0,
	    "libpq connection string of the database; what it leaves out comes "
	    "from PGHOST, PGDATABASE and the like." },
	{ PREFIX "DATABASE_READ", KIND_SECRET,
	    offsetof(struct config, database_read), NULL, 0, 0,
	    "The same for reading, when that is a replica." },
	{ PREFIX "LISTEN", KIND_LISTEN,
	    offsetof(struct config, listen[LISTEN_ALL]), NULL, 0, 0,
	    "Where the web server finds the pool: unix:PATH, HOST:PORT or "
	    "[ADDRESS]:PORT; not needed when the socket comes from "
	    "spawn-fcgi, supervisord or systemd." },
	{ PREFIX "LISTEN_UPLOADS", KIND_LISTEN,
	    offsetof(struct config, listen[LISTEN_UPLOADS]), NULL, 0, 0,
	    "A second socket, for uploads: they wait there in a queue of their "
	    "own, and a read does not wait for all of them." },
	{ PREFIX "WORKERS", KIND_NUMBER, offsetof(struct config, num_workers),
	    "0", 0, CONFIG_WORKERS_MAX,
	    "Number of worker processes; 0 means two for each core." },
	{ PREFIX "PCS_URL", KIND_SOURCES, offsetof(struct config, pcs_urls),
	    "https://api.trustedservices.intel.com", 0, 0,
	    "Where collateral comes from: Intel's PCS, a PCCS, or a folder of "
	    "files (file:/PATH, which `attestry collateral --mirror` fills). "
	    "Several, with commas or white space between them, are tried in "
	    "their order." },
	{ PREFIX "PCS_CRL_URL", KIND_URL, offsetof(struct config, pcs_crl_url),
	    NULL, 0, 0,
	    "Where the root CA's revocation list is, if not at Intel's own "
	    "place (with Intel's PCS) or in the PCCS." },
	{ PREFIX "PCS_TIMEOUT_MS", KIND_NUMBER,
	    offsetof(struct config, pcs_timeout_ms), "10000", 100, 50000,
	    "Milliseconds that fetching one platform's collateral may take, "
	    "all sources together." },
	{ PREFIX "PCS_CONNECT_TIMEOUT_MS", KIND_NUMBER,
	    offsetof(struct config, pcs_connect_timeout_ms), "3000", 50,
	    600000,
	    "Milliseconds that one attempt to connect to a source may take." },
	{ PREFIX "PCS_UPDATE", KIND_UPDATE, offsetof(struct config, pcs_early),
	    "standard", 0, 0,
	    "Which TCB info and QE identity to ask for: standard, or early, "
	    "which a TCB recovery changes as soon as it is published." },
	{ PREFIX "PCS_PAUSE_S", KIND_NUMBER,
	    offsetof(struct config, pcs_pause_s), "30", 0, 86400,
	    "Seconds that a source is left alone after five failures in a "
	    "row, by all workers; one that asks to be left alone (429) is so "
	    "for up to twenty times as long; 0 means never." },
	{ PREFIX "PCS_UNKNOWN_S", KIND_NUMBER,
	    offsetof(struct config, pcs_unknown_s), "600", 0, 86400,
	    "Seconds after which sources are asked again for what they did "
	    "not have: an unknown FMSPC, or a document that was older than "
	    "the one that is stored." },
	{ PREFIX "COLLATERAL_TTL_S", KIND_NUMBER,
	    offsetof(struct config, collateral_ttl_s), "86400", 1, 31536000,
	    "Seconds after which collateral is fetched anew." },
	{ PREFIX "KEEPER_S", KIND_NUMBER, offsetof(struct config, keeper_s),
	    "30", 0, 86400,
	    "Seconds after which quotes that could not be judged are tried "
	    "again, by a process of its own; 0 means that it is left to "
	    "`attestry reverify`." },
	{ PREFIX "ROOT_CA", KIND_PATH, offsetof(struct config, root_ca),
	    NULL, 0, 0,
	    "Certificate file with the trust anchor in place of Intel's SGX Root CA, "
	    "which is compiled in." },
	{ PREFIX "TCB_POLICY", KIND_TEXT, offsetof(struct config, tcb_policy),
	    "UpToDate,SWHardeningNeeded,ConfigurationNeeded,"
	    "ConfigurationAndSWHardeningNeeded", 0, 0,
	    "TCB statuses that count as verified, comma-separated." },
	{ PREFIX "UPLOAD_MAX", KIND_NUMBER, offsetof(struct config, upload_max),
	    "20480", 1, QUOTE_LEN_MAX,
	    "Bytes that an uploaded quote may have." },
	{ PREFIX "COPIES_MAX", KIND_NUMBER,
	    offsetof(struct config, copies_max), "16", 1, 1000000,
	    "Uploads that are kept of one attestation (padding makes any number "
	    "of them); more are judged and answered, and not kept." },
	{ PREFIX "KEEP", KIND_KEEP, offsetof(struct config, keep_genuine),
	    "all", 0, 0,
	    "What is kept: all quotes, or only genuine ones, whose certificates "
	    "lead to the trust anchor; others are answered and not kept." },
	{ PREFIX "DURABILITY", KIND_DURABILITY,
	    offsetof(struct config, any_durability), "full", 0, 0,
	    "What the database must promise: full, that a commit survives a "
	    "crash and a power cut (fsync, full_page_writes and "
	    "synchronous_commit on), or it is not used; or any, for tests "
	    "and for what may be lost." },
	{ PREFIX "USER", KIND_TEXT, offsetof(struct config, user),
	    NULL, 0, 0,
	    "Who the workers become when root starts the service, which is "
	    "refused without it." },
	{ PREFIX "SANDBOX", KIND_SANDBOX, offsetof(struct config, no_sandbox),
	    "on", 0, 0,
	    "Whether seccomp and Landlock confine the processes. off is for "
	    "debuggers and for kernels that have neither; the log says so." },
	{ PREFIX "LOG", KIND_LOG, offsetof(struct config, log),
	    "stderr", 0, 0,
	    "Where the log goes: stderr or syslog, with a level if wanted "
	    "(stderr:debug; error, warning, info, debug)." },
	{ PREFIX "TIME", KIND_INSTANT, offsetof(struct config, fixed_time),
	    NULL, 0, 0,
	    "A fixed instant (RFC 3339) to judge by instead of the clock: for "
	    "tests and demonstrations only." },
};
#define NUM_SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* Read by others; not a typing mistake of ours. */
static const char *const foreign_names[] = {
	PREFIX "CORPUS", /* where the tests find real quotes */
};

/* `text` without the prefix, or NULL when it begins otherwise. */
static const char *
after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static bool
copy_text(char *out, size_t size, const char *text, size_t len)
{
	if (len == 0 || len >= size)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static bool
number_parse(const char *text, long min, long max, int *out)
{
	char *end;
	long n;

	/* strtol would take white space and "+". */
	if (*text != '-' && (*text < '0' || *text > '9'))
		return false;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || n < min || n > max)
		return false;
	*out = (int)n;
	return true;
}

/*
 * https, or http to this machine: what is fetched is signed, but plain http
 * would let anybody on the way keep old collateral alive. No user and
 * password, which would end up in logs.
 */
static bool
is_url(const char *text)
{
	static const char *const local[] = { "localhost", "127.0.0.1",
		"[::1]" };
	const char *host, *rest;
	size_t i;

	if (strpbrk(text, "@ \t\r\n\"<>\\^`{|}") != NULL)
		return false;
	host = after(text, "https://");
	if (host != NULL)
		return *host != '\0' && strchr("/:?#", *host) == NULL;
	host = after(text, "http://");
	for (i = 0; host != NULL && i < sizeof(local) / sizeof(*local); i++) {
		rest = after(host, local[i]);
		if (rest != NULL && (*rest == '\0' || *rest == ':' ||
		    *rest == '/'))
			return true;
	}
	return false;
}

/* URLs, or file: and an absolute path, as pcs.c takes them apart. */
static bool
is_sources(const char *text)
{
	static const char separators[] = " \t\r\n,";
	char url[SOURCE_LEN_MAX];
	const char *path;
	size_t len;
	int num = 0;

	for (;; text += len, num++) {
		text += strspn(text, separators);
		len = strcspn(text, separators);
		if (len == 0)
			return num > 0;
		if (!copy_text(url, sizeof(url), text, len))
			return false;
		path = after(url, "file:");
		if (path != NULL ? path[0] != '/' : !is_url(url))
			return false;
	}
}

bool
listen_address_parse(const char *text, struct listen_address *out)
{
	struct listen_address a = { 0 };
	const char *path = after(text, "unix:"), *colon = strrchr(text, ':');
	size_t host_len;
	int port;

	if (path != NULL) {
		if (*path != '/' ||
		    !copy_text(a.path, sizeof(a.path), path, strlen(path)))
			return false;
		*out = a;
		return true;
	}
	if (colon == NULL || !number_parse(colon + 1, 1, 65535, &port))
		return false;
	host_len = (size_t)(colon - text);
	if (host_len > 2 && text[0] == '[' && colon[-1] == ']') {
		text++;
		host_len -= 2;
	} else if (memchr(text, ':', host_len) != NULL)
		return false; /* an IPv6 address without its brackets */
	if (memchr(text, '[', host_len) != NULL ||
	    memchr(text, ']', host_len) != NULL)
		return false;
	if (!copy_text(a.host, sizeof(a.host), text, host_len))
		return false;
	snprintf(a.port, sizeof(a.port), "%d", port);
	*out = a;
	return true;
}

/* What is wanted of a value, for a sentence. */
static void
describe(const struct setting *s, char *out, size_t size)
{
	static const char *const words[] = {
		[KIND_TEXT] = "text",
		[KIND_SECRET] = "text",
		[KIND_PATH] = "an absolute path",
		[KIND_URL] = "an https URL without user name, or http to "
		    "localhost, 127.0.0.1 or [::1]",
		[KIND_KEEP] = "all or genuine",
		[KIND_DURABILITY] = "full or any",
		[KIND_SANDBOX] = "on or off",
		[KIND_SOURCES] = "https URLs without user name, or http to "
		    "localhost, 127.0.0.1 or [::1], or file:/PATH",
		[KIND_UPDATE] = "standard or early",
		[KIND_LISTEN] = "unix:/PATH, HOST:PORT or [ADDRESS]:PORT",
		[KIND_LOG] = "stderr or syslog, then perhaps :error, "
		    ":warning, :info or :debug",
		[KIND_INSTANT] = "an instant like 2026-06-15T12:00:00Z",
	};

	if (s->kind == KIND_NUMBER)
		snprintf(out, size, "a number from %d to %d", s->min, s->max);
	else
		snprintf(out, size, "%s", words[s->kind]);
}

/* One of two words. */
static bool
choice_parse(const char *text, const char *usual, const char *other,
    bool *out_other)
{
	*out_other = strcmp(text, other) == 0;
	return *out_other || strcmp(text, usual) == 0;
}

/* Puts a value into its member; false when it is wrong. */
static bool
assign(const struct setting *s, const char *value, struct config *c)
{
	void *member = (char *)c + s->offset;

	switch (s->kind) {
	case KIND_PATH:
		if (value[0] != '/')
			return false;
		break;
	case KIND_URL:
		if (!is_url(value))
			return false;
		break;
	case KIND_SOURCES:
		if (!is_sources(value))
			return false;
		break;
	case KIND_UPDATE:
		return choice_parse(value, "standard", "early", member);
	case KIND_NUMBER:
		return number_parse(value, s->min, s->max, member);
	case KIND_KEEP:
		return choice_parse(value, "all", "genuine", member);
	case KIND_DURABILITY:
		return choice_parse(value, "full", "any", member);
	case KIND_SANDBOX:
		return choice_parse(value, "on", "off", member);
	case KIND_LISTEN:
		return listen_address_parse(value, member);
	case KIND_LOG:
		return log_settings_parse(value, member);
	case KIND_INSTANT:
		return instant_parse(bytes_of_string(value), member);
	case KIND_TEXT:
	case KIND_SECRET:
		break;
	}
	*(const char **)member = value;
	return true;
}

static bool
is_known(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < NUM_SETTINGS; i++)
		if (strlen(settings[i].name) == len &&
		    strncmp(settings[i].name, name, len) == 0)
			return true;
	for (i = 0; i < sizeof(foreign_names) / sizeof(*foreign_names); i++)
		if (strlen(foreign_names[i]) == len &&
		    strncmp(foreign_names[i], name, len) == 0)
			return true;
	return false;
}

int
config_check_names(struct fault *f)
{
	char **variable;
	size_t len;

	/* NULL after clearenv() */
	for (variable = environ; variable != NULL && *variable != NULL;
	    variable++) {
		len = strcspn(*variable, "=");
		if (after(*variable, PREFIX) != NULL &&
		    !is_known(*variable, len))
			return fault_set(f, FAULT_INTERNAL,
			    "setting %.*s: there is none of that name",
			    (int)(len < 100 ? len : 100), *variable);
	}
	return 0;
}

int
config_read(struct config *c, struct fault *f)
{
	const struct setting *s;
	const char *value;
	char wanted[160];

	*c = (struct config){ .fixed_time = -1 };
	for (s = settings; s < settings + NUM_SETTINGS; s++) {
		value = getenv(s->name);
		if (value == NULL || *value == '\0')
			value = s->preset;
		if (value == NULL || assign(s, value, c))
			continue;
		describe(s, wanted, sizeof(wanted));
		return fault_set(f, FAULT_INTERNAL,
		    "setting %s: want %s, have \"" SHOWN "\"", s->name, wanted,
		    value);
	}
	return 0;
}

time_t
config_now(const struct config *c)
{
	return c->fixed_time >= 0 ? c->fixed_time : time(NULL);
}

/* Prints text folded at 76 columns, each line after `indent`. */
static void
print_folded(FILE *out, const char *indent, const char *text)
{
	size_t width = 76 - strlen(indent), len;

	while (*text != '\0') {
		len = strlen(text);
		if (len > width)
			for (len = width; len > 0 && text[len] != ' '; len--)
				continue;
		if (len == 0) /* one long word */
			len = strcspn(text, " ");
		fprintf(out, "%s%.*s\n", indent, (int)len, text);
		text += len;
		text += strspn(text, " ");
	}
}

void
config_print_help(FILE *out)
{
	const struct setting *s;

	for (s = settings; s < settings + NUM_SETTINGS; s++) {
		fprintf(out, "  %s", s->name);
		if (s->preset != NULL && *s->preset != '\0')
			fprintf(out, "=%s", s->preset);
		fputc('\n', out);
		print_folded(out, "      ", s->help);
	}
}

void
config_print_example(FILE *out)
{
	const struct setting *s;
	char wanted[160];

	fprintf(out, "# Settings of attestry. A line that begins with # "
	    "shows the default.\n");
	for (s = settings; s < settings + NUM_SETTINGS; s++) {
		fputc('\n', out);
		print_folded(out, "# ", s->help);
		describe(s, wanted, sizeof(wanted));
		fprintf(out, "# Value: %s.\n#%s=%s\n", wanted, s->name,
		    s->preset != NULL ? s->preset : "");
	}
}
