/*
 * The settings: defaults, good values, each kind of wrong value with the name
 * of its variable in the sentence, and misspelt names.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "tap.h"

#define TEXT_50 "01234567890123456789012345678901234567890123456789"
/* As long as a path can be: 107 characters. */
#define LONG_PATH "/" TEXT_50 TEXT_50 "123456"

static const struct {
	const char *name;
	const char *value;
	bool is_good;
} values[] = {
	{ "ATTESTRY_DATABASE", "host=/run port=1 password='a b'", true },
	{ "ATTESTRY_DATABASE_READ", "postgresql://replica/attestry", true },

	{ "ATTESTRY_LISTEN", "unix:/run/attestry/s", true },
	{ "ATTESTRY_LISTEN", "127.0.0.1:9000", true },
	{ "ATTESTRY_LISTEN", "localhost:1", true },
	{ "ATTESTRY_LISTEN", "[::1]:65535", true },
	{ "ATTESTRY_LISTEN", "unix:" LONG_PATH, true },
	{ "ATTESTRY_LISTEN", "unix:" LONG_PATH "x", false },
	{ "ATTESTRY_LISTEN", "unix:", false },
	{ "ATTESTRY_LISTEN", "unix:relative/s", false },
	{ "ATTESTRY_LISTEN", "/run/attestry/s", false },
	{ "ATTESTRY_LISTEN", "9000", false },
	{ "ATTESTRY_LISTEN", ":9000", false },
	{ "ATTESTRY_LISTEN", "host:", false },
	{ "ATTESTRY_LISTEN", "host:http", false },
	{ "ATTESTRY_LISTEN", "host:0", false },
	{ "ATTESTRY_LISTEN", "host:65536", false },
	{ "ATTESTRY_LISTEN", "host:-1", false },
	{ "ATTESTRY_LISTEN", "host:+1", false },
	{ "ATTESTRY_LISTEN", "host: 1", false },
	{ "ATTESTRY_LISTEN", "::1:9000", false },
	{ "ATTESTRY_LISTEN", "[]:9000", false },

	{ "ATTESTRY_WORKERS", "0", true },
	{ "ATTESTRY_WORKERS", "1024", true },
	{ "ATTESTRY_WORKERS", "1025", false },
	{ "ATTESTRY_WORKERS", "-1", false },
	{ "ATTESTRY_WORKERS", "+1", false },
	{ "ATTESTRY_WORKERS", " 1", false },
	{ "ATTESTRY_WORKERS", "1 ", false },
	{ "ATTESTRY_WORKERS", "1.5", false },
	{ "ATTESTRY_WORKERS", "0x10", false },
	{ "ATTESTRY_WORKERS", "many", false },
	{ "ATTESTRY_WORKERS", "4294967297", false },
	{ "ATTESTRY_WORKERS", "99999999999999999999", false },

	{ "ATTESTRY_PCS_URL", "https://pccs.example:8081/sgx", true },
	{ "ATTESTRY_PCS_URL", "http://127.0.0.1:8081", true },
	{ "ATTESTRY_PCS_URL", "http://localhost/x", true },
	{ "ATTESTRY_PCS_URL", "http://[::1]:80", true },
	{ "ATTESTRY_PCS_URL", "http://pccs.example", false },
	{ "ATTESTRY_PCS_URL", "http://localhost.example", false },
	{ "ATTESTRY_PCS_URL", "http://127.0.0.1.example", false },
	{ "ATTESTRY_PCS_URL", "http://localhost:80@example", false },
	{ "ATTESTRY_PCS_URL", "https://user:secret@example", false },
	{ "ATTESTRY_PCS_URL", "https://", false },
	{ "ATTESTRY_PCS_URL", "https:///path", false },
	{ "ATTESTRY_PCS_URL", "https://a b", false },
	{ "ATTESTRY_PCS_URL", "https://a\nb", false },
	{ "ATTESTRY_PCS_URL", "file:///srv/collateral", true },
	{ "ATTESTRY_PCS_URL", "file:/srv/collateral", true },
	{ "ATTESTRY_PCS_URL", "file:collateral", false },
	{ "ATTESTRY_PCS_URL", "/srv/collateral", false },
	{ "ATTESTRY_PCS_URL", "https://a.example,file:/b https://c.example\t",
	    true },
	{ "ATTESTRY_PCS_URL", "https://a.example, http://b.example", false },
	{ "ATTESTRY_PCS_URL", ", ,", false },
	{ "ATTESTRY_PCS_URL", "pccs.example", false },
	{ "ATTESTRY_PCS_CRL_URL", "ftp://example/x.der", false },
	{ "ATTESTRY_PCS_CRL_URL", "https://example/x.der", true },

	{ "ATTESTRY_PCS_TIMEOUT_MS", "100", true },
	{ "ATTESTRY_PCS_TIMEOUT_MS", "99", false },
	{ "ATTESTRY_PCS_TIMEOUT_MS", "10s", false },
	{ "ATTESTRY_PCS_CONNECT_TIMEOUT_MS", "50", true },
	{ "ATTESTRY_PCS_CONNECT_TIMEOUT_MS", "0", false },
	{ "ATTESTRY_PCS_TIMEOUT_MS", "50000", true },
	{ "ATTESTRY_PCS_TIMEOUT_MS", "50001", false },
	{ "ATTESTRY_PCS_PAUSE_S", "0", true },
	{ "ATTESTRY_PCS_PAUSE_S", "-1", false },
	{ "ATTESTRY_PCS_UNKNOWN_S", "0", true },
	{ "ATTESTRY_PCS_UNKNOWN_S", "10m", false },
	{ "ATTESTRY_PCS_UPDATE", "early", true },
	{ "ATTESTRY_PCS_UPDATE", "standard", true },
	{ "ATTESTRY_PCS_UPDATE", "late", false },
	{ "ATTESTRY_COLLATERAL_TTL_S", "1", true },
	{ "ATTESTRY_COLLATERAL_TTL_S", "0", false },
	{ "ATTESTRY_UPLOAD_MAX", "20480", true },
	{ "ATTESTRY_UPLOAD_MAX", "20481", false },
	{ "ATTESTRY_UPLOAD_MAX", "0", false },

	{ "ATTESTRY_COPIES_MAX", "1", true },
	{ "ATTESTRY_COPIES_MAX", "0", false },
	{ "ATTESTRY_KEEP", "all", true },
	{ "ATTESTRY_KEEP", "genuine", true },
	{ "ATTESTRY_KEEP", "Genuine", false },
	{ "ATTESTRY_KEEP", "genuines", false },
	{ "ATTESTRY_DURABILITY", "full", true },
	{ "ATTESTRY_DURABILITY", "any", true },
	{ "ATTESTRY_DURABILITY", "off", false },
	{ "ATTESTRY_SANDBOX", "on", true },
	{ "ATTESTRY_SANDBOX", "off", true },
	{ "ATTESTRY_SANDBOX", "no", false },

	{ "ATTESTRY_ROOT_CA", "/etc/root.pem", true },
	{ "ATTESTRY_ROOT_CA", "root.pem", false },

	{ "ATTESTRY_LOG", "stderr", true },
	{ "ATTESTRY_LOG", "syslog", true },
	{ "ATTESTRY_LOG", "syslog:error", true },
	{ "ATTESTRY_LOG", "stderr:warning", true },
	{ "ATTESTRY_LOG", "stdout", false },
	{ "ATTESTRY_LOG", "stderr:", false },
	{ "ATTESTRY_LOG", "stderr:Debug", false },
	{ "ATTESTRY_LOG", "stderr:debug:x", false },
	{ "ATTESTRY_LOG", "std", false },
	{ "ATTESTRY_LOG", "stderrx", false },
	{ "ATTESTRY_LOG", ":debug", false },

	{ "ATTESTRY_TIME", "2026-06-15T12:00:00Z", true },
	{ "ATTESTRY_TIME", "2026-06-15T14:00:00.5+02:00", true },
	{ "ATTESTRY_TIME", "2026-06-15", false },
	{ "ATTESTRY_TIME", "1781524800", false },
	{ "ATTESTRY_TIME", "now", false },

	{ "ATTESTRY_CORPUS", "/anything", true },
	{ "ATTESTRY_WORKER", "1", false },
	{ "ATTESTRY_", "1", false },
	{ "ATTESTRY_workers", "1", false },
	{ "ATTESTRY_WORKERSX", "1", false },
	{ "ATTESTRY_WORKER", "", false },
	{ "ATTESTRYX", "1", true },
	{ "attestry_worker", "1", true },
};

static void
test_values(void)
{
	struct config c;
	struct fault f;
	bool is_good;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		f = (struct fault){ 0 };
		setenv(values[i].name, values[i].value, 1);
		is_good = config_check_names(&f) == 0 &&
		    config_read(&c, &f) == 0;
		ok(is_good == values[i].is_good && (is_good ||
		    (f.code == FAULT_INTERNAL &&
		    strstr(f.message, values[i].name) != NULL)), "%s=%.30s",
		    values[i].name, strchr(values[i].value, '\n') != NULL ?
		    "(two lines)" : values[i].value);
		if (!is_good)
			tap_note("%.60s", f.message);
		unsetenv(values[i].name);
	}
}

static void
test_defaults(void)
{
	struct config c;
	const struct listen_address *all = &c.listen[LISTEN_ALL];
	const struct listen_address *uploads = &c.listen[LISTEN_UPLOADS];
	struct fault f;

	setenv("ATTESTRY_WORKER", "1", 1);
	ok(config_read(&c, &f) == 0, "only the service minds foreign names");
	unsetenv("ATTESTRY_WORKER");
	ok(config_read(&c, &f) == 0, "an empty environment");
	ok(strcmp(c.database, "") == 0 && c.database_read == NULL,
	    "database: libpq's own defaults");
	ok(all->path[0] == '\0' && all->host[0] == '\0' &&
	    uploads->path[0] == '\0' && uploads->host[0] == '\0' &&
	    c.num_workers == 0, "nothing to listen at, workers by cores");
	ok(strcmp(c.pcs_urls, "https://api.trustedservices.intel.com") == 0 &&
	    c.pcs_crl_url == NULL &&
	    c.pcs_timeout_ms == 10000 && c.pcs_connect_timeout_ms == 3000 &&
	    !c.pcs_early && c.collateral_ttl_s == 86400,
	    "Intel's PCS, ten seconds, three to connect, standard, one day");
	ok(c.pcs_pause_s == 30 && c.pcs_unknown_s == 600,
	    "half a minute left alone, ten minutes not asked again");
	ok(c.root_ca == NULL && c.upload_max == 20480 &&
	    strcmp(c.tcb_policy, "UpToDate,SWHardeningNeeded,"
	    "ConfigurationNeeded,ConfigurationAndSWHardeningNeeded") == 0,
	    "trust anchor, policy, upload");
	ok(c.copies_max == 16 && !c.keep_genuine, "16 copies, of all quotes");
	ok(c.user == NULL && !c.no_sandbox, "no user to become, confined");
	ok(!c.log.is_syslog && c.log.level == LOG_LEVEL_INFO, "log");
	ok(c.fixed_time == -1 && llabs((long long)config_now(&c) -
	    (long long)time(NULL)) < 5, "the clock's time");

	setenv("ATTESTRY_WORKERS", "", 1);
	setenv("ATTESTRY_ROOT_CA", "", 1);
	ok(config_read(&c, &f) == 0 && c.num_workers == 0 &&
	    c.root_ca == NULL, "an empty value is no value");
	unsetenv("ATTESTRY_WORKERS");
	unsetenv("ATTESTRY_ROOT_CA");
}

static void
test_members(void)
{
	struct config c;
	const struct listen_address *all = &c.listen[LISTEN_ALL];
	const struct listen_address *uploads = &c.listen[LISTEN_UPLOADS];
	struct fault f;

	setenv("ATTESTRY_LISTEN", "[::1]:09000", 1);
	setenv("ATTESTRY_LOG", "syslog:debug", 1);
	setenv("ATTESTRY_TIME", "2026-06-15T12:00:00Z", 1);
	setenv("ATTESTRY_WORKERS", "7", 1);
	setenv("ATTESTRY_DATABASE_READ", "host=replica", 1);
	setenv("ATTESTRY_KEEP", "genuine", 1);
	setenv("ATTESTRY_DURABILITY", "any", 1);
	ok(config_read(&c, &f) == 0 && strcmp(all->host, "::1") == 0 &&
	    strcmp(all->port, "9000") == 0 && all->path[0] == '\0',
	    "host without brackets, port");
	ok(c.log.is_syslog && c.log.level == LOG_LEVEL_DEBUG, "log and level");
	ok(config_now(&c) == 1781524800, "a fixed instant");
	ok(c.num_workers == 7 && strcmp(c.database_read, "host=replica") == 0,
	    "number and text");
	ok(c.keep_genuine && c.any_durability, "one of two words");
	setenv("ATTESTRY_SANDBOX", "off", 1);
	setenv("ATTESTRY_USER", "nobody", 1);
	ok(config_read(&c, &f) == 0 && c.no_sandbox &&
	    strcmp(c.user, "nobody") == 0, "not confined, a user");
	setenv("ATTESTRY_LISTEN", "unix:/run/a:1", 1);
	setenv("ATTESTRY_LISTEN_UPLOADS", "localhost:90", 1);
	ok(config_read(&c, &f) == 0 && strcmp(all->path, "/run/a:1") == 0 &&
	    all->host[0] == '\0', "a path with a colon");
	ok(strcmp(uploads->host, "localhost") == 0 &&
	    strcmp(uploads->port, "90") == 0 && uploads->path[0] == '\0',
	    "a socket for uploads");
	clearenv();
}

static bool
is_in(const char *text, const char *name)
{
	return strstr(text, name) != NULL;
}

static void
test_texts(void)
{
	char *help = NULL, *example = NULL, *line, *equals;
	size_t help_len, example_len;
	FILE *out = open_memstream(&help, &help_len);
	struct config c;
	struct fault f;
	bool all_known = true;
	int num = 0;

	config_print_help(out);
	fclose(out);
	out = open_memstream(&example, &example_len);
	config_print_example(out);
	fclose(out);
	for (line = strtok(example, "\n"); line != NULL;
	    line = strtok(NULL, "\n")) {
		if (strncmp(line, "#ATTESTRY_", 10) != 0)
			continue;
		num++;
		equals = strchr(line, '=');
		*equals = '\0';
		all_known = all_known && is_in(help, line + 1);
		setenv(line + 1, equals + 1, 1);
	}
	ok(num == 24 && all_known, "help and example name all settings");
	ok(config_read(&c, &f) == 0, "the example's values are good ones");
	clearenv();
	free(help);
	free(example);
}

int
main(void)
{
	clearenv();
	test_defaults();
	test_values();
	test_members();
	test_texts();
	return tap_done();
}
