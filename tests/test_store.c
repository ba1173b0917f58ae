#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "migrate.h"
#include "pg.h"
#include "store.h"
#include "store_document.h"
#include "store_source.h"
#include "tap.h"

/* The cluster's folder, and connection strings into it. */
static char dir[64];
static char admin[256];
static char worker[256];

static struct fault fault;

/* A call of the store went well; its sentence is a note otherwise. */
static bool
good(int r)
{
	if (r < 0)
		tap_note("%s", fault.message);
	return r >= 0;
}

/* It failed, and the operator is told this. */
static bool
refused(int r, const char *word)
{
	if (r < 0 && fault.code == FAULT_INTERNAL &&
	    strstr(fault.message, word) != NULL)
		return true;
	tap_note("want \"%s\", have %s", word, r < 0 ? fault.message : "none");
	return false;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
sleep_ms(int ms)
{
	poll(NULL, 0, ms);
}

/* Runs tests/pg.sh; its exit status. */
static int
cluster(const char *verb)
{
	const char *top_srcdir = getenv("top_srcdir");
	char command[512];
	int status;

	snprintf(command, sizeof(command), "'%s/tests/pg.sh' %s %s",
	    top_srcdir != NULL ? top_srcdir : ".", verb, dir);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
quiet(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

static PGconn *
open_plain(const char *conninfo)
{
	PGconn *conn = PQconnectdb(conninfo);

	PQsetNoticeProcessor(conn, quiet, NULL);
	return conn;
}

/* Runs SQL; *out is SQLSTATE, or the first value as text. */
static bool
run_sql(PGconn *conn, const char *sql, char out[static 64])
{
	PGresult *r = PQexec(conn, sql);
	bool is_good = PQresultStatus(r) == PGRES_COMMAND_OK ||
	    PQresultStatus(r) == PGRES_TUPLES_OK;
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	if (is_good)
		snprintf(out, 64, "%s", PQntuples(r) > 0 ?
		    PQgetvalue(r, 0, 0) : "");
	else
		snprintf(out, 64, "%s", state != NULL ? state : "");
	PQclear(r);
	return is_good;
}

/* As superuser; the first value as text. */
static const char *
sql(const char *text)
{
	static char value[64];
	PGconn *conn = open_plain(admin);

	if (!run_sql(conn, text, value))
		tap_note("%s: %s", text, PQerrorMessage(conn));
	PQfinish(conn);
	return value;
}

static struct store *
open_store(const char *conninfo)
{
	struct store *s;

	if (store_new(&s, conninfo, &fault) != 0) {
		printf("Bail out! %s\n", fault.message);
		exit(1);
	}
	return s;
}

static struct pck pck = {
	.ca = PCK_CA_PLATFORM,
	.ppid = { 1, 2, 3, 0, 0xff },
	.pce_id = { 7, 8 },
	.fmspc = { 0, 0x90, 0x6e, 0xd5, 0, 0 },
};

/* Quote number n: its own bytes, NULs among them. */
static struct stored_quote
make_quote(uint8_t n, uint8_t raw[static 5000])
{
	struct stored_quote q = {
		.raw = { raw, 5000 },
		.tee = n % 2 ? TEE_TDX : TEE_SGX,
		.version = n % 2 ? 4 : 3,
		.pck = n % 3 ? &pck : NULL,
		.copies_max = 100,
	};
	int i;

	for (i = 0; i < 5000; i++)
		raw[i] = (uint8_t)(i * n + n);
	if (sha256(&q.raw, 1, q.checksum, &fault) != 0)
		abort();
	memset(q.content_sha256, n, sizeof(q.content_sha256));
	return q;
}

static struct stored_verdict
make_verdict(const struct stored_quote *q, bool verified)
{
	struct stored_verdict v = {
		.verdict = {
			.verified = verified,
			.tcb_status = TCB_OUT_OF_DATE,
			.tcb_date = 1700000000,
			.tcb_evaluation_data_number = 17,
			.verified_at = 1750000000,
			.expires_at = 1760000000,
		},
		.fixed_time = true,
		.policy = POLICY_DEFAULT,
		.engine_version = "0.1.0",
	};

	memcpy(v.checksum, q->checksum, sizeof(v.checksum));
	if (!verified)
		fault_set(&v.verdict.fault, FAULT_TCB_STATUS, "too old: a "
		    "\"quoted\" \\ sentence, 100%%");
	return v;
}

static char *field_values[COLLATERAL_FIELD__MAX] = {
	"-----BEGIN CERTIFICATE-----\r\nMIIC\r\n-----END CERTIFICATE-----\r\n",
	"3082", "3083",
	"chain\n",
	"{\"id\":\"TDX\",\"a\\u0000\\\\\":\"'$1 \\x41 \t\303\251\"}",
	"00ff", "chain two\n", "{\"id\" : \"QE\"}", "ff00",
};
static const struct platform_key key = {
	TEE_TDX, { 0, 0x90, 0x6e, 0xd5, 0, 0 }, PCK_CA_PLATFORM
};

static struct collateral_text
make_text(void)
{
	struct collateral_text t;

	memcpy(t.field, field_values, sizeof(t.field));
	return t;
}

static bool
is_same_text(const struct collateral_text *a, const struct collateral_text *b)
{
	int i;

	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		if (strcmp(a->field[i], b->field[i]) != 0)
			return false;
	return true;
}

/* Both children come to the same good end; one of them did the work. */
static void
test_migrate(void)
{
	int i, status, from, num_done = 0, num_good = 0;
	struct store *s;

	s = open_store(admin);
	ok(refused(store_check(s, &fault), "run attestry migrate"),
	    "an empty database is named as such");
	store_free(s);
	for (i = 0; i < 2; i++)
		if (fork() == 0) {
			if (!good(migrate_run(admin, &from, &fault)))
				_exit(9);
			_exit(from);
		}
	for (i = 0; i < 2; i++) {
		wait(&status);
		num_good += WIFEXITED(status) &&
		    WEXITSTATUS(status) <= migrate_version();
		num_done += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	ok(num_good == 2 && num_done == 1,
	    "two migrations at once: both succeed, one applies");
	ok(good(migrate_run(admin, &from, &fault)) &&
	    from == migrate_version(), "a further one has nothing to do");
	ok(refused(migrate_run(worker, &from, &fault), "superuser"),
	    "the workers' role may not migrate");
	ok(refused(migrate_run("host=/nowhere", &from, &fault), "connect"),
	    "no server: said so");
	sql("INSERT INTO migration (version, name) VALUES (99, 'later')");
	ok(refused(migrate_run(admin, &from, &fault), "newer"),
	    "a database of the future is left alone");
	sql("ALTER TABLE migration DISABLE TRIGGER append_only");
	sql("DELETE FROM migration WHERE version = 99");
	sql("ALTER TABLE migration ENABLE ALWAYS TRIGGER append_only");
}

/* Who owns the database and may make roles needs no superuser. */
static void
test_migrate_by_owner(void)
{
	char conninfo[256];
	struct store *s;
	int from = -1;

	sql("CREATE ROLE operator LOGIN CREATEROLE");
	sql("CREATE DATABASE other OWNER operator");
	/* Since 16 CREATEROLE is not enough for roles that others made. */
	if (atoi(sql("SHOW server_version_num")) >= 160000)
		sql("GRANT attestry_owner, attestry_worker, attestry_reader"
		    " TO operator WITH ADMIN OPTION");
	snprintf(conninfo, sizeof(conninfo),
	    "host=%s user=operator dbname=other", dir);
	ok(good(migrate_run(conninfo, &from, &fault)) && from == 0,
	    "the database's owner with CREATEROLE migrates");
	ok(good(migrate_run(conninfo, &from, &fault)) &&
	    from == migrate_version(), "and again");
	snprintf(conninfo, sizeof(conninfo),
	    "host=%s user=attestry_worker dbname=other", dir);
	s = open_store(conninfo);
	ok(good(store_check(s, &fault)),
	    "the result is one to keep evidence in");
	store_free(s);
	sql("ALTER ROLE operator NOCREATEROLE");
	snprintf(conninfo, sizeof(conninfo),
	    "host=%s user=operator dbname=other", dir);
	ok(refused(migrate_run(conninfo, &from, &fault), "CREATEROLE"),
	    "without CREATEROLE: said so");
}

/*
 * Every setting that loses rows: named when asked for, and no statement runs
 * over a new connection where it is demanded that there is none.
 */
static void
test_durability(void)
{
	static const struct {
		const char *setting, *word;
	} cases[] = {
		{ "fsync", "database: fsync: want on, have off" },
		{ "full_page_writes",
		    "database: full_page_writes: want on, have off" },
		{ "synchronous_commit", "database: synchronous_commit: "
		    "want anything but off, have off" },
	};
	struct store *s, *demanding;
	char statement[100];
	size_t i;

	s = open_store(worker);
	ok(good(store_check_durability(s, &fault)), "a durable database");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		demanding = open_store(worker);
		store_demand_durability(demanding);
		ok(store_is_up(demanding, &fault), "before: of use");
		snprintf(statement, sizeof(statement),
		    "ALTER SYSTEM SET %s = off", cases[i].setting);
		sql(statement);
		sql("SELECT pg_reload_conf()");
		sleep_ms(150);
		ok(refused(store_check_durability(s, &fault), cases[i].word),
		    "%s: %s", statement, cases[i].word);
		ok(store_is_up(s, &fault), "%s: of use where it is not "
		    "demanded", cases[i].setting);
		sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
		    " WHERE usename = 'attestry_worker'");
		ok(!store_is_up(demanding, &fault) &&
		    refused(-1, cases[i].word),
		    "%s: of no use where it is", cases[i].setting);
		snprintf(statement, sizeof(statement),
		    "ALTER SYSTEM RESET %s", cases[i].setting);
		sql(statement);
		sql("SELECT pg_reload_conf()");
		sleep_ms(150);
		ok(store_is_up(demanding, &fault), "%s: of use again",
		    cases[i].setting);
		store_free(demanding);
	}
	store_free(s);
}

/* Every role that can change what is stored. */
static void
test_check(void)
{
	static const struct {
		const char *make, *unmake, *word;
	} cases[] = {
		{ "GRANT attestry_owner TO attestry_worker",
		    "REVOKE attestry_owner FROM attestry_worker",
		    "member of attestry_owner" },
		{ "GRANT UPDATE (verified) ON verdict TO attestry_worker",
		    "REVOKE UPDATE (verified) ON verdict FROM attestry_worker",
		    "may change" },
		{ "GRANT TRUNCATE ON quote TO PUBLIC",
		    "REVOKE TRUNCATE ON quote FROM PUBLIC", "may change" },
		{ "GRANT CREATE ON SCHEMA public TO PUBLIC",
		    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
		    "may make tables" },
		{ "GRANT TEMP ON DATABASE postgres TO PUBLIC",
		    "REVOKE TEMP ON DATABASE postgres FROM PUBLIC",
		    "may make tables" },
		{ "ALTER TABLE quote DISABLE TRIGGER append_only",
		    "ALTER TABLE quote ENABLE ALWAYS TRIGGER append_only",
		    "trigger append_only" },
		{ "ALTER TABLE document_fetch DISABLE TRIGGER append_only",
		    "ALTER TABLE document_fetch ENABLE ALWAYS TRIGGER"
		    " append_only", "trigger append_only" },
		{ "GRANT DELETE ON source_outcome TO attestry_worker",
		    "REVOKE DELETE ON source_outcome FROM attestry_worker",
		    "may change" },
		{ "REVOKE INSERT (trust, name, reason) ON document_miss"
		    " FROM attestry_worker", "GRANT INSERT (trust, name,"
		    " reason) ON document_miss TO attestry_worker",
		    "may not add" },
		{ "ALTER ROLE attestry_worker SUPERUSER",
		    "ALTER ROLE attestry_worker NOSUPERUSER",
		    "is a superuser" },
		{ "INSERT INTO migration (version, name) VALUES (98, 'x')",
		    "ALTER TABLE migration DISABLE TRIGGER append_only;"
		    "DELETE FROM migration WHERE version = 98;"
		    "ALTER TABLE migration ENABLE ALWAYS TRIGGER append_only",
		    "have 98" },
	};
	struct store *s = open_store(worker);
	size_t i;

	ok(good(store_check(s, &fault)), "a good database passes the check");
	store_free(s);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sql(cases[i].make);
		sql("SELECT pg_reload_conf()");
		sleep_ms(150);
		s = open_store(worker);
		ok(refused(store_check(s, &fault), cases[i].word),
		    "check after %s", cases[i].make);
		store_free(s);
		sql(cases[i].unmake);
	}
	sql("SELECT pg_reload_conf()");
	sleep_ms(150);
	s = open_store(worker);
	ok(good(store_check(s, &fault)), "all undone, it passes again");
	store_free(s);
}

static void
test_quote(struct store *s)
{
	static const uint8_t absent[SHA256_LEN] = { 1 };
	struct stored_record r = { 0 };
	struct stored_verdict v;
	struct stored_quote q;
	uint8_t raw[5000];
	int64_t first_us = 0, second_us = 0, clock_us;

	q = make_quote(1, raw);
	clock_us = (int64_t)time(NULL) * 1000000;
	ok(good(store_put_quote(s, &q, &first_us, &fault)) &&
	    llabs(first_us - clock_us) < 60 * 1000000,
	    "a quote is kept, with the instant of now");
	ok(good(store_put_quote(s, &q, &second_us, &fault)) &&
	    second_us == first_us, "the same again: the first instant");

	ok(store_get_quote(s, absent, &r, &fault) == 0 && r.raw == NULL,
	    "an unknown checksum is absent");
	ok(store_get_quote(s, q.checksum, &r, &fault) == 1 &&
	    bytes_equal((struct bytes){ r.raw, r.raw_len }, q.raw) &&
	    r.uploaded_at_us == first_us && !r.has_verdict,
	    "a quote comes back byte for byte, without a verdict");
	ok(memcmp(r.content_sha256, q.content_sha256, SHA256_LEN) == 0 &&
	    r.has_ppid && memcmp(r.ppid, q.pck->ppid, PPID_LEN) == 0,
	    "with the digest of its content and its PPID");
	stored_record_clear(&r);
	ok(store_get_raw(s, absent, &r, &fault) == 0 && r.raw == NULL &&
	    store_get_raw(s, q.checksum, &r, &fault) == 1 &&
	    bytes_equal((struct bytes){ r.raw, r.raw_len }, q.raw),
	    "its bytes come alone");
	stored_record_clear(&r);
	ok(strcmp(sql("SELECT tee || version || encode(fmspc, 'hex') || ca"
	    " || encode(ppid, 'hex') || encode(pce_id, 'hex') FROM quote"),
	    "TDX400906ed50000platform010203" "00ff"
	    "0000000000000000000000" "0708") == 0, "its facts are in columns");

	v = make_verdict(&q, false);
	v.verdict.advisories.num = 2;
	strcpy(v.verdict.advisories.id[0], "INTEL-SA-00615");
	strcpy(v.verdict.advisories.id[1], "with \\ \"all\" {sorts}, NULL");
	ok(good(store_put_verdict(s, &v, &fault)), "a refusal is kept");
	ok(store_get_quote(s, q.checksum, &r, &fault) == 1 && r.has_verdict,
	    "and comes with the quote");
	v.recorded_at_us = r.newest.recorded_at_us;
	ok(memcmp(r.newest.checksum, v.checksum, SHA256_LEN) == 0 &&
	    r.newest.fixed_time && !r.newest.has_collateral &&
	    !r.newest.verdict.verified &&
	    r.newest.verdict.fault.code == FAULT_TCB_STATUS &&
	    strcmp(r.newest.verdict.fault.message,
		v.verdict.fault.message) == 0 &&
	    r.newest.verdict.tcb_status == TCB_OUT_OF_DATE &&
	    r.newest.verdict.tcb_date == 1700000000 &&
	    r.newest.verdict.tcb_evaluation_data_number == 17 &&
	    r.newest.verdict.verified_at == 1750000000 &&
	    r.newest.verdict.expires_at == 1760000000 &&
	    r.newest.verdict.advisories.num == 2 &&
	    strcmp(r.newest.verdict.advisories.id[0],
		v.verdict.advisories.id[0]) == 0 &&
	    strcmp(r.newest.verdict.advisories.id[1],
		v.verdict.advisories.id[1]) == 0 &&
	    strcmp(r.newest.policy, v.policy) == 0 &&
	    strcmp(r.newest.engine_version, v.engine_version) == 0,
	    "with every member as it was put");
	stored_record_clear(&r);

	v = make_verdict(&q, false);
	v.verdict.tcb_status = TCB_STATUS_UNKNOWN;
	v.verdict.tcb_date = v.verdict.expires_at = 0;
	v.verdict.tcb_evaluation_data_number = 0;
	v.policy[0] = '\0';
	ok(good(store_put_verdict(s, &v, &fault)) &&
	    store_get_quote(s, q.checksum, &r, &fault) == 1 &&
	    r.newest.verdict.tcb_status == TCB_STATUS_UNKNOWN &&
	    r.newest.verdict.tcb_date == 0 &&
	    r.newest.verdict.expires_at == 0 &&
	    r.newest.verdict.tcb_evaluation_data_number == 0 &&
	    r.newest.verdict.advisories.num == 0 && r.newest.policy[0] == '\0',
	    "what is not known comes back as not known");
	stored_record_clear(&r);

	q = make_quote(39, raw);
	ok(good(store_put_quote(s, &q, &first_us, &fault)) &&
	    store_get_quote(s, q.checksum, &r, &fault) == 1 && !r.has_ppid &&
	    memcmp(r.content_sha256, q.content_sha256, SHA256_LEN) == 0,
	    "a quote without a PCK chain has no PPID");
	stored_record_clear(&r);
}

static void
test_verdict_refusals(struct store *s)
{
	struct stored_verdict good_one, v;
	struct stored_quote q;
	uint8_t raw[5000];
	size_t i;

	q = make_quote(1, raw);
	good_one = make_verdict(&q, false);

	v = good_one;
	v.checksum[0] ^= 1;
	ok(refused(store_put_verdict(s, &v, &fault), "verdict_checksum:"),
	    "no verdict about a quote that is not kept");
	v = good_one;
	v.has_collateral = true;
	ok(refused(store_put_verdict(s, &v, &fault),
	    "verdict_collateral_id:"),
	    "no verdict with collateral that is not kept");
	v = good_one;
	v.verdict.verified = true;
	ok(refused(store_put_verdict(s, &v, &fault), "check constraint"),
	    "not verified and refused at once");
	v = make_verdict(&q, true);
	ok(refused(store_put_verdict(s, &v, &fault), "check constraint"),
	    "not verified without collateral");
	v = good_one;
	v.verdict.fault.code = FAULT_NONE;
	ok(refused(store_put_verdict(s, &v, &fault), "check constraint"),
	    "no refusal without a reason");
	v = good_one;
	v.verdict.fault.code = FAULT_INTERNAL;
	ok(refused(store_put_verdict(s, &v, &fault), "check constraint"),
	    "a failure of ours is no verdict");
	v = good_one;
	v.verdict.fault.code = FAULT_COLLATERAL_UNAVAILABLE;
	ok(refused(store_put_verdict(s, &v, &fault), "check constraint"),
	    "nor is missing collateral");
	v = good_one;
	v.verdict.advisories.num = 1;
	ok(refused(store_put_verdict(s, &v, &fault), "not an identifier"),
	    "an empty advisory");
	strcpy(v.verdict.advisories.id[0], "two\nlines");
	ok(refused(store_put_verdict(s, &v, &fault), "not an identifier"),
	    "an advisory of two lines");

	v = good_one;
	v.verdict.advisories.num = 3 * ADVISORIES_NUM_MAX;
	for (i = 0; i < v.verdict.advisories.num; i++)
		snprintf(v.verdict.advisories.id[i], ADVISORY_LEN_MAX,
		    "%039zu", i);
	ok(good(store_put_verdict(s, &v, &fault)),
	    "as many advisories as there can be, as long as they can be");
}

static void
test_collateral(struct store *s)
{
	struct collateral_text text = make_text(), by_id = { { 0 } };
	uint8_t id[SHA256_LEN], again[SHA256_LEN], second[SHA256_LEN];
	struct platform_key other = key;
	struct stored_collateral c = { 0 };
	struct stored_record r = { 0 };
	struct stored_verdict v;
	struct stored_quote q;
	uint8_t raw[5000];
	bool is_last;

	ok(store_get_collateral(s, &key, &c, &fault) == 0 &&
	    c.text.field[0] == NULL, "no collateral at first");
	ok(good(store_put_collateral(s, &key, &text, 1700000000, 1800000000,
	    -1, id, &fault)), "collateral is kept");
	ok(store_get_collateral(s, &key, &c, &fault) == 1 &&
	    is_same_text(&c.text, &text) && memcmp(c.id, id, 32) == 0 &&
	    c.issued_at == 1700000000 && c.expires_at == 1800000000,
	    "and comes back byte for byte");
	ok(c.age_ms >= 0 && c.age_ms < 60000 &&
	    llabs(c.fetched_at_us / 1000000 - time(NULL)) < 60 &&
	    c.fixed_at == -1, "with its age");
	stored_collateral_clear(&c);
	ok(store_get_collateral_by_id(s, id, &by_id, &fault) == 1 &&
	    is_same_text(&by_id, &text), "also by its id");
	collateral_text_clear(&by_id);

	other.ca = PCK_CA_PROCESSOR;
	ok(store_get_collateral(s, &other, &c, &fault) == 0,
	    "another CA's platforms have none");
	other = key;
	other.tee = TEE_SGX;
	ok(store_get_collateral(s, &other, &c, &fault) == 0,
	    "another TEE has none");
	other = key;
	other.fmspc[5] = 1;
	ok(store_get_collateral(s, &other, &c, &fault) == 0,
	    "another FMSPC has none");

	text.field[COLLATERAL_PCK_CRL] = "3084";
	ok(good(store_put_collateral(s, &key, &text, 1700000001, 1800000001,
	    -1, second, &fault)) && memcmp(second, id, 32) != 0 &&
	    store_get_collateral(s, &key, &c, &fault) == 1 &&
	    memcmp(c.id, second, 32) == 0, "what was fetched last counts");
	stored_collateral_clear(&c);
	text = make_text();
	ok(good(store_put_collateral(s, &key, &text, 1700000000, 1800000000,
	    1750000000, again, &fault)) && memcmp(again, id, 32) == 0 &&
	    store_get_collateral(s, &key, &c, &fault) == 1 &&
	    memcmp(c.id, id, 32) == 0,
	    "also when the first documents come again");
	ok(c.fixed_at == 1750000000, "with the fixed instant they came for");
	stored_collateral_clear(&c);
	ok(store_is_collateral(s, &key, id, 1750000000, &is_last, &fault) == 0 &&
	    is_last && good(store_is_collateral(s, &key, second, -1, &is_last,
	    &fault)) && is_last, "each is the last one of its instant");
	ok(good(store_is_collateral(s, &key, id, -1, &is_last, &fault)) &&
	    !is_last && good(store_is_collateral(s, &other, id, 1750000000,
	    &is_last, &fault)) && !is_last,
	    "and not of another, nor of another platform");
	ok(strcmp(sql("SELECT count(*) FROM collateral"), "2") == 0 &&
	    strcmp(sql("SELECT count(*) FROM collateral_fetch"), "3") == 0,
	    "two collaterals, three fetches");
	second[0] ^= 1;
	ok(store_get_collateral_by_id(s, second, &by_id, &fault) == 0 &&
	    by_id.field[0] == NULL, "an unknown id is absent");
	text.field[COLLATERAL_TCB_INFO] = "\xff\xfe";
	ok(refused(store_put_collateral(s, &key, &text, 1, 2, -1, again, &fault),
	    "invalid byte sequence"), "text that is not UTF-8 is refused");

	q = make_quote(1, raw);
	v = make_verdict(&q, true);
	v.has_collateral = true;
	memcpy(v.collateral_id, id, sizeof(id));
	ok(good(store_put_verdict(s, &v, &fault)) &&
	    store_get_quote(s, q.checksum, &r, &fault) == 1 &&
	    r.newest.verdict.verified && r.newest.has_collateral &&
	    memcmp(r.newest.collateral_id, id, 32) == 0 &&
	    r.newest.verdict.fault.code == FAULT_NONE &&
	    r.newest.verdict.fault.message[0] == '\0',
	    "the verdict recorded last counts, not the one for a later time");
	stored_record_clear(&r);
	snprintf(v.verdict.fault.message, sizeof(v.verdict.fault.message),
	    "restart");
	ok(good(store_put_verdict(s, &v, &fault)) &&
	    store_get_quote(s, q.checksum, &r, &fault) == 1 &&
	    strcmp(r.newest.verdict.fault.message, "restart") == 0,
	    "a sentence may stand beside \"verified\"");
	ok(r.newest.tcb == NULL, "a verdict without a report has none");
	stored_record_clear(&r);
	v.tcb = "{ \"shortfalls\" : [1] }";
	ok(good(store_put_verdict(s, &v, &fault)) &&
	    store_get_quote(s, q.checksum, &r, &fault) == 1 &&
	    r.newest.tcb != NULL && strcmp(r.newest.tcb, v.tcb) == 0,
	    "a report comes back as the text that it was");
	stored_record_clear(&r);
	v.tcb = "{ \"shortfalls\" : ";
	ok(refused(store_put_verdict(s, &v, &fault), "json"),
	    "a report that is no JSON is refused");
}

static const uint8_t trust_id[SHA256_LEN] = { 7, 7 };

/* TCB info of this number and date. */
static struct document
make_document(uint8_t number, time_t issued_at)
{
	struct document d = {
		.order = { .issued_at = issued_at },
		.validity = { issued_at, 1900000000 },
	};

	d.order.number[CRL_NUMBER_LEN - 1] = number;
	return d;
}

/* Puts that with this body; what store_put_document returned. */
static int
put_document(struct store *s, uint8_t number, time_t issued_at, char *body)
{
	struct document d = make_document(number, issued_at);
	struct collateral_text text = make_text();

	text.field[COLLATERAL_TCB_INFO] = body;
	return store_put_document(s, trust_id, &key, PCS_TCB_INFO, &d, &text,
	    number == 9 ? 1750000000 : -1, &fault);
}

/* Is this the TCB info that counts? */
static bool
counts(struct store *s, uint8_t number, time_t issued_at, const char *body)
{
	struct stored_documents docs;
	const struct stored_document *d = &docs.document[PCS_TCB_INFO];
	struct document want = make_document(number, issued_at);
	bool is_good;

	if (!good(store_get_documents(s, trust_id, &key, -1, &docs,
		&fault)))
		return false;
	is_good = d->is_there && document_order_compare(&d->order,
		&want.order) == 0 &&
	    strcmp(docs.text.field[COLLATERAL_TCB_INFO], body) == 0 &&
	    strcmp(docs.text.field[COLLATERAL_TCB_INFO_SIGNATURE],
		field_values[COLLATERAL_TCB_INFO_SIGNATURE]) == 0 &&
	    strcmp(docs.text.field[COLLATERAL_TCB_INFO_ISSUER_CHAIN],
		field_values[COLLATERAL_TCB_INFO_ISSUER_CHAIN]) == 0 &&
	    d->age_ms >= 0 && d->age_ms < 60000 &&
	    d->fixed_at == (number == 9 ? 1750000000 : -1);
	collateral_text_clear(&docs.text);
	return is_good;
}

static void
test_documents(struct store *s)
{
	static const uint8_t other_trust[SHA256_LEN] = { 8 };
	struct stored_documents docs;
	struct platform_key other = key;
	struct document d = make_document(1, 1700000000);
	struct collateral_text text = make_text();
	int64_t count;
	int i;

	ok(good(store_get_documents(s, trust_id, &key, -1, &docs, &fault)) &&
	    !docs.document[PCS_TCB_INFO].is_there &&
	    docs.document[PCS_TCB_INFO].missed_ms == INT64_MAX,
	    "no document at first");
	collateral_text_clear(&docs.text);
	ok(put_document(s, 5, 1700000000, "five") == 1 &&
	    counts(s, 5, 1700000000, "five"), "a document is kept");
	ok(put_document(s, 4, 1800000000, "four") == 0 &&
	    counts(s, 5, 1700000000, "five"), "a lower number is not");
	ok(put_document(s, 5, 1699999999, "early") == 0 &&
	    counts(s, 5, 1700000000, "five"), "nor an earlier date");
	ok(put_document(s, 5, 1700000000, "again") == 1 &&
	    counts(s, 5, 1700000000, "again"), "other bytes are, and count");
	ok(put_document(s, 5, 1700000000, "five") == 1 &&
	    counts(s, 5, 1700000000, "five"), "of two whichever came last");
	ok(put_document(s, 5, 1700000001, "late") == 1 &&
	    counts(s, 5, 1700000001, "late"), "a later date counts");
	ok(put_document(s, 9, 1600000000, "nine") == 1 &&
	    counts(s, 9, 1600000000, "nine"), "a higher number before it");
	/* As a process could that has not seen the newer one. */
	sql("INSERT INTO document_fetch (trust, name, number, issued_at,"
	    " document_id) SELECT trust, name, number, issued_at, id"
	    " FROM document WHERE body = 'five'");
	ok(counts(s, 9, 1600000000, "nine"),
	    "an older one that came in later does not count");
	ok(strcmp(sql("SELECT count(*) FROM document"), "4") == 0 &&
	    strcmp(sql("SELECT count(*) FROM document_fetch"), "6") == 0,
	    "four documents, fetched six times");

	ok(good(store_get_documents(s, trust_id, &key, 1749999999, &docs,
	    &fault)) && !docs.document[PCS_TCB_INFO].is_there,
	    "before the first one came there was none");
	collateral_text_clear(&docs.text);
	ok(good(store_get_documents(s, trust_id, &key, 1750000000, &docs,
	    &fault)) && docs.document[PCS_TCB_INFO].is_there &&
	    strcmp(docs.text.field[COLLATERAL_TCB_INFO], "nine") == 0,
	    "and by that instant there was that one");
	collateral_text_clear(&docs.text);
	ok(good(store_get_documents(s, other_trust, &key, -1, &docs, &fault)) &&
	    !docs.document[PCS_TCB_INFO].is_there,
	    "another anchor has none of them");
	collateral_text_clear(&docs.text);
	other.fmspc[0] ^= 1;
	ok(good(store_get_documents(s, trust_id, &other, -1, &docs, &fault)) &&
	    !docs.document[PCS_TCB_INFO].is_there, "nor another platform");
	collateral_text_clear(&docs.text);
	for (i = 0; i < PCS_DOCUMENT__MAX; i++)
		if (i != PCS_TCB_INFO && !good(store_put_document(s, trust_id,
		    &key, (enum pcs_document)i, &d, &text, -1, &fault)))
			break;
	ok(i == PCS_DOCUMENT__MAX && good(store_get_documents(s, trust_id,
	    &other, -1, &docs, &fault)) && strcmp(docs.text.field[
	    COLLATERAL_ROOT_CA_CRL], field_values[COLLATERAL_ROOT_CA_CRL]) == 0
	    && strcmp(docs.text.field[COLLATERAL_QE_IDENTITY],
	    field_values[COLLATERAL_QE_IDENTITY]) == 0 &&
	    strcmp(docs.text.field[COLLATERAL_PCK_CRL],
	    field_values[COLLATERAL_PCK_CRL]) == 0 &&
	    docs.text.field[COLLATERAL_TCB_INFO] == NULL,
	    "what platforms share, the other one has");
	collateral_text_clear(&docs.text);

	ok(good(store_put_miss(s, trust_id, &other, PCS_TCB_INFO,
	    DOCUMENT_UNKNOWN, &count, &fault)) && count == 1 &&
	    good(store_put_miss(s, trust_id, &other, PCS_TCB_INFO,
	    DOCUMENT_UNKNOWN, &count, &fault)) && count == 2,
	    "what is not known is counted");
	ok(good(store_get_documents(s, trust_id, &other, -1, &docs, &fault)) &&
	    docs.document[PCS_TCB_INFO].missed_ms < 60000 &&
	    docs.document[PCS_QE_IDENTITY].missed_ms == INT64_MAX,
	    "and remembered, for that document alone");
	collateral_text_clear(&docs.text);
}

static void
test_document_locks(struct store *s)
{
	unsigned int locked = 0, others = 0, tcb_info = 1u << PCS_TCB_INFO;
	struct store *second = open_store(worker);
	struct platform_key other = key;
	bool is_locked = false;

	other.fmspc[0] ^= 1;
	ok(good(store_lock_documents(s, trust_id, &key, PCS_ALL_DOCUMENTS,
	    &locked, &fault)) && locked == PCS_ALL_DOCUMENTS,
	    "all documents of a platform are locked");
	ok(good(store_lock_documents(second, trust_id, &other,
	    PCS_ALL_DOCUMENTS, &others, &fault)) && others == tcb_info &&
	    good(store_unlock(second, true, &fault)),
	    "another platform gets its own, and nothing that is shared");
	ok(good(store_find_locked(second, trust_id, &key, tcb_info,
	    &is_locked, &fault)) && is_locked &&
	    good(store_find_locked(second, trust_id, &other, tcb_info,
	    &is_locked, &fault)) && !is_locked, "who waits can tell");
	ok(put_document(s, 10, 1700000000, "ten") == 1 &&
	    good(store_unlock(s, false, &fault)) &&
	    counts(second, 9, 1600000000, "nine"),
	    "what is given up is not kept");
	ok(good(store_lock_documents(s, trust_id, &key, tcb_info, &locked,
	    &fault)) && locked == tcb_info, "locked again");
	store_free(s);
	sleep_ms(200);
	ok(good(store_find_locked(second, trust_id, &key, tcb_info,
	    &is_locked, &fault)) && !is_locked,
	    "free as soon as who had it is gone");
	store_free(second);
}

static void
test_sources(struct store *s)
{
	struct source_state state;
	bool has_failed = false;
	int i;

	ok(good(store_get_source(s, "https://a", &state, &fault)) &&
	    state.num_failures == 0 && state.retry_after_s == 0,
	    "nothing is known of a source");
	ok(good(store_put_source_outcome(s, "https://a", true, 0, &fault)) &&
	    good(store_find_failure(s, 60000, &has_failed, &fault)) &&
	    !has_failed &&
	    strcmp(sql("SELECT count(*) FROM source_outcome"), "0") == 0,
	    "while all goes well nothing is written");
	for (i = 0; i < 7; i++)
		if (!good(store_put_source_outcome(s, "https://a", false,
		    i == 6 ? 30 : 0, &fault)))
			break;
	ok(good(store_get_source(s, "https://a", &state, &fault)) &&
	    state.num_failures == SOURCE_FAILURES_MAX &&
	    state.retry_after_s == 30 && state.age_ms < 60000,
	    "failures in a row are counted");
	ok(good(store_get_source(s, "https://b", &state, &fault)) &&
	    state.num_failures == 0, "of that source alone");
	ok(good(store_find_failure(s, 60000, &has_failed, &fault)) &&
	    has_failed && good(store_find_failure(s, 0, &has_failed, &fault)) &&
	    !has_failed, "the last one is found while it is young");
	ok(good(store_put_source_outcome(s, "https://a", true, 0, &fault)) &&
	    good(store_put_source_outcome(s, "https://a", true, 0, &fault)) &&
	    strcmp(sql("SELECT count(*) FROM source_outcome"), "8") == 0 &&
	    good(store_get_source(s, "https://a", &state, &fault)) &&
	    state.num_failures == 0 && state.retry_after_s == 0,
	    "one row ends them");
	ok(good(store_put_source_outcome(s, "https://a", false, 0, &fault)) &&
	    good(store_get_source(s, "https://a", &state, &fault)) &&
	    state.num_failures == 1, "and then one is one");
}

static void
test_real_time(struct store *s)
{
	struct stored_verdict v;
	struct stored_quote q;
	uint8_t raw[5000];
	bool has = true;

	ok(good(store_has_real_time_verdicts(s, &has, &fault)) && !has,
	    "only verdicts for a fixed time so far");
	q = make_quote(1, raw);
	v = make_verdict(&q, false);
	v.fixed_time = false;
	ok(good(store_put_verdict(s, &v, &fault)) &&
	    good(store_has_real_time_verdicts(s, &has, &fault)) && has,
	    "one by the clock is found");
}

/* Two children record verdicts of one quote as fast as they can. */
static void
test_many_verdicts(struct store *s)
{
	enum { EACH = 200 };
	struct stored_verdict v;
	struct stored_quote q;
	uint8_t raw[5000];
	int64_t at_us;
	char text[200];
	int i, j, status, num_good = 0;

	q = make_quote(2, raw);
	v = make_verdict(&q, false);
	if (!good(store_put_quote(s, &q, &at_us, &fault)))
		return;
	for (i = 0; i < 2; i++)
		if (fork() == 0) {
			s = open_store(worker);
			for (j = 0; j < EACH; j++)
				if (!good(store_put_verdict(s, &v, &fault)))
					_exit(1);
			_exit(0);
		}
	for (i = 0; i < 2; i++) {
		wait(&status);
		num_good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	hex_encode(text + snprintf(text, sizeof(text),
	    "SELECT count(*) FROM verdict WHERE encode(checksum, 'hex') = '"),
	    BYTES_OF(q.checksum));
	strcat(text, "'");
	ok(num_good == 2 && atoi(sql(text)) == 2 * EACH,
	    "two workers, %d verdicts each: all in the history", EACH);
}

/* All in one instant, as the clock of the database may have it. */
static void
test_same_instant(struct store *s)
{
	struct stored_verdict v;
	struct stored_quote q;
	uint8_t raw[5000];
	int64_t at_us;

	q = make_quote(35, raw);
	v = make_verdict(&q, false);
	sql("ALTER TABLE verdict ALTER recorded_at SET DEFAULT '2020-01-01'");
	ok(good(store_put_quote(s, &q, &at_us, &fault)) &&
	    good(store_put_verdict(s, &v, &fault)), "a verdict of 2020");
	ok(refused(store_put_verdict(s, &v, &fault), "same microsecond"),
	    "a second one of that instant is not lost in silence");
	sql("ALTER TABLE verdict ALTER recorded_at"
	    " SET DEFAULT clock_timestamp()");
	ok(good(store_put_verdict(s, &v, &fault)), "later it is recorded");
}

/* Another worker has inserted the same quote and not committed yet. */
static void
test_same_quote_at_once(void)
{
	PGconn *conn = open_plain(admin);
	char text[12000], hex[10001], value[64];
	struct stored_quote q;
	uint8_t raw[5000];
	int64_t at_us;
	int status;

	q = make_quote(36, raw);
	hex_encode(hex, q.raw);
	snprintf(text, sizeof(text), "BEGIN; INSERT INTO quote (checksum, raw,"
	    " content_sha256, tee, version, uploaded_at) SELECT sha256(r), r,"
	    " sha256(r), 'SGX', 3, '2021-01-01' FROM decode('%s', 'hex') r",
	    hex);
	run_sql(conn, text, value);
	if (fork() == 0) {
		struct store *s = open_store(worker);

		/* The first second of 2021. */
		_exit(good(store_put_quote(s, &q, &at_us, &fault)) &&
		    at_us / 1000000 == 1609459200 ? 0 : 1);
	}
	sleep_ms(500);
	run_sql(conn, "COMMIT", value);
	PQfinish(conn);
	wait(&status);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "two at once upload one quote: both are told the same instant");
}

/* How often it is there, and how many verdicts on it. */
static const char *
count_of(const struct stored_quote *q)
{
	char query[320], hex[2 * SHA256_LEN + 1];

	hex_encode(hex, BYTES_OF(q->checksum));
	snprintf(query, sizeof(query), "SELECT (SELECT count(*) FROM quote"
	    " WHERE checksum = '\\x%s') || ' ' || (SELECT count(*)"
	    " FROM verdict WHERE checksum = '\\x%s')", hex, hex);
	return sql(query);
}

/* A verdict with the collateral that test_collateral has kept. */
static struct stored_verdict
make_good_verdict(struct store *s, const struct stored_quote *q)
{
	struct stored_verdict v = make_verdict(q, true);
	struct stored_collateral c;

	if (store_get_collateral(s, &key, &c, &fault) != 1)
		abort();
	v.has_collateral = true;
	memcpy(v.collateral_id, c.id, sizeof(v.collateral_id));
	stored_collateral_clear(&c);
	v.fixed_time = false;
	v.verdict.verified_at = 1000;
	v.verdict.expires_at = 5000;
	return v;
}

/* Puts; is this many seconds what counts, and this many verdicts there? */
static bool
put_counts(struct store *s, const struct stored_quote *q,
    const struct stored_verdict *v, time_t counts, const char *num)
{
	time_t verified_at = 0;
	int64_t at_us = 0;

	return store_put_upload(s, q, v, &at_us, &verified_at, &fault) == 1 &&
	    at_us != 0 && verified_at == counts &&
	    strcmp(count_of(q), num) == 0;
}

static void
test_upload(struct store *s)
{
	struct stored_record r = { 0 };
	struct stored_verdict v;
	struct stored_quote q;
	uint8_t raw[5000];
	int64_t at_us;
	time_t verified_at;

	q = make_quote(60, raw);
	v = make_good_verdict(s, &q);
	ok(put_counts(s, &q, &v, 1000, "1 1"), "quote and verdict together");
	v.verdict.verified_at = 2000;
	ok(put_counts(s, &q, &v, 1000, "1 1"), "the same later: the first counts");
	ok(store_get_upload(s, q.checksum, &r, &fault) == 1 && r.raw == NULL &&
	    r.has_verdict && r.newest.verdict.verified_at == 1000 &&
	    r.newest.verdict.expires_at == 5000, "it comes without the bytes");
	stored_record_clear(&r);
	v.verdict.verified_at = 5000;
	ok(put_counts(s, &q, &v, 1000, "1 1"), "its last second");
	v.verdict.verified_at = 5001;
	ok(put_counts(s, &q, &v, 5001, "1 2"), "after its end: another one");
	v.verdict.expires_at = 9000;
	v.verdict.verified_at = 5000;
	ok(put_counts(s, &q, &v, 5000, "1 3"), "for an earlier instant: another");
	strcpy(v.policy, "UpToDate");
	ok(put_counts(s, &q, &v, 5000, "1 4"), "by other rules: another");
	strcpy(v.engine_version, "0.1.1");
	ok(put_counts(s, &q, &v, 5000, "1 5"), "by another version: another");
	strcpy(v.verdict.fault.message, "TD relaunch advised");
	ok(put_counts(s, &q, &v, 5000, "1 6"), "with another sentence: another");
	v.fixed_time = true;
	ok(put_counts(s, &q, &v, 5000, "1 7"), "by a fixed clock: another");
	v.verdict.verified_at = 5001;
	ok(put_counts(s, &q, &v, 5001, "1 8"), "that says another time: another");
	v.verdict.verified = false;
	v.verdict.fault.code = FAULT_TCB_STATUS;
	ok(put_counts(s, &q, &v, 5001, "1 9"), "a refusal: another");
	v.has_collateral = false;
	ok(put_counts(s, &q, &v, 5001, "1 10"), "without collateral: another");
	v.verdict.fault.code = FAULT_BAD_CERTIFICATE;
	ok(put_counts(s, &q, &v, 5001, "1 11"), "for another reason: another");
	ok(put_counts(s, &q, &v, 5001, "1 11"), "the same: not another");

	q = make_quote(61, raw);
	v = make_good_verdict(s, &q);
	v.collateral_id[0] ^= 1;
	ok(store_put_upload(s, &q, &v, &at_us, &verified_at, &fault) < 0 &&
	    strcmp(count_of(&q), "0 0") == 0,
	    "a verdict that cannot be kept: nor is its quote");
	ok(good(store_put_quote(s, &q, &at_us, &fault)) &&
	    strcmp(count_of(&q), "1 0") == 0, "a quote without a verdict");
	v.collateral_id[0] ^= 1;
	ok(put_counts(s, &q, &v, 1000, "1 1"), "and its verdict afterwards");
	q.checksum[0] ^= 1;
	q.copies_max = 1;
	ok(store_put_upload(s, &q, &v, &at_us, &verified_at, &fault) == 0 &&
	    strcmp(count_of(&q), "0 0") == 0, "no room: nothing is added");
}

/* Uploads that are put together: quotes from `first` on. */
struct crowd {
	uint8_t raws[STORE_TOGETHER_NUM_MAX][5000];
	struct stored_quote quotes[STORE_TOGETHER_NUM_MAX];
	struct stored_verdict verdicts[STORE_TOGETHER_NUM_MAX];
	struct store_put puts[STORE_TOGETHER_NUM_MAX];
};

static void
make_crowd(struct store *s, struct crowd *c, int first)
{
	int i;

	for (i = 0; i < STORE_TOGETHER_NUM_MAX; i++) {
		c->quotes[i] = make_quote((uint8_t)(first + i), c->raws[i]);
		c->verdicts[i] = make_good_verdict(s, &c->quotes[i]);
		c->puts[i] = (struct store_put){ .quote = &c->quotes[i],
			.verdict = &c->verdicts[i] };
	}
}

/* How many of them are there as `count_of` would say it. */
static int
num_of(const struct crowd *c, const char *count)
{
	int i, num = 0;

	for (i = 0; i < STORE_TOGETHER_NUM_MAX; i++)
		num += strcmp(count_of(&c->quotes[i]), count) == 0;
	return num;
}

static void
test_uploads(struct store *s)
{
	static struct crowd c;
	const uint8_t *checksums[STORE_TOGETHER_NUM_MAX];
	struct stored_record records[STORE_TOGETHER_NUM_MAX + 1];
	struct store *hurried = NULL;
	struct stored_record r = { 0 };
	PGconn *conn;
	char state[64];
	int i, num_good = 0;

	make_crowd(s, &c, 101);
	/* the last is the first once more */
	c.quotes[7] = c.quotes[0];
	c.verdicts[7] = c.verdicts[0];
	ok(good(store_put_uploads(s, c.puts, 8, &fault)),
	    "eight uploads together");
	for (i = 0; i < 8; i++) {
		num_good += c.puts[i].is_kept &&
		    c.puts[i].verified_at == 1000 &&
		    store_get_quote(s, c.quotes[i].checksum, &r, &fault) ==
			1 &&
		    r.uploaded_at_us == c.puts[i].uploaded_at_us &&
		    r.raw_len == 5000 &&
		    memcmp(r.raw, c.quotes[i].raw.ptr, 5000) == 0;
		stored_record_clear(&r);
	}
	ok(num_good == 8, "each has its own answer");
	ok(num_of(&c, "1 1") == 8, "and one of two equal ones is added");
	ok(strcmp(sql("SELECT count(DISTINCT xmin::text) FROM quote"
	    " WHERE get_byte(content_sha256, 0) BETWEEN 101 AND 106"), "1") ==
	    0, "in one transaction");
	ok(good(store_put_uploads(s, c.puts, 8, &fault)) &&
	    num_of(&c, "1 1") == 8, "the same again adds nothing");

	for (i = 0; i < 8; i++)
		checksums[i] = c.quotes[i].checksum;
	checksums[3] = (const uint8_t *)"a checksum that nobody ever has.";
	ok(good(store_get_uploads(s, checksums, records, 8, &fault)),
	    "eight are asked for together");
	for (num_good = 0, i = 0; i < 8; i++) {
		num_good += i == 3 ? !records[i].has_verdict &&
		    records[i].uploaded_at_us == 0 :
		    records[i].has_verdict && records[i].raw == NULL &&
		    records[i].newest.verdict.verified_at == 1000 &&
		    records[i].uploaded_at_us == c.puts[i].uploaded_at_us &&
		    memcmp(records[i].newest.checksum, checksums[i],
			SHA256_LEN) == 0;
		stored_record_clear(&records[i]);
	}
	ok(num_good == 8, "each has its own answer, and one has none");
	ok(refused(store_get_uploads(s, checksums, records, 9, &fault),
		"at most 8"), "nine are too many");

	make_crowd(s, &c, 111);
	c.verdicts[3].collateral_id[0] ^= 1;
	ok(refused(store_put_uploads(s, c.puts, 8, &fault),
		"it is not there") && num_of(&c, "0 0") == 8,
	    "one that is refused: none is kept");
	c.verdicts[3].collateral_id[0] ^= 1;
	strcpy(c.verdicts[5].verdict.advisories.id[0], "a\nb");
	c.verdicts[5].verdict.advisories.num = 1;
	ok(refused(store_put_uploads(s, c.puts, 8, &fault),
		"not an identifier") && num_of(&c, "0 0") == 8,
	    "one that cannot be sent: none is");
	c.verdicts[5].verdict.advisories.num = 0;
	memcpy(c.quotes[6].content_sha256, c.quotes[1].content_sha256,
	    SHA256_LEN);
	c.quotes[6].copies_max = 1;
	c.quotes[1].copies_max = 1;
	ok(good(store_put_uploads(s, c.puts, 8, &fault)) &&
	    c.puts[1].is_kept != c.puts[6].is_kept && num_of(&c, "1 1") == 7,
	    "one for which there is no room: the others are kept");
	ok(refused(store_put_uploads(s, c.puts, 9, &fault), "at most 8"),
	    "nine are too many");

	make_crowd(s, &c, 121);
	sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	    " WHERE usename = 'attestry_worker'");
	ok(refused(store_put_uploads(s, c.puts, 8, &fault), "put upload") &&
	    num_of(&c, "0 0") == 8, "the connection is lost: none is kept");
	ok(good(store_put_uploads(s, c.puts, 8, &fault)) &&
	    num_of(&c, "1 1") == 8, "and the next time all are");

	make_crowd(s, &c, 131);
	ok(good(store_new_within(&hurried, worker, 400, &fault)),
	    "one that waits 400 ms");
	conn = open_plain(admin);
	run_sql(conn, "BEGIN; LOCK TABLE quote", state);
	ok(refused(store_put_uploads(hurried, c.puts, 8, &fault),
		"no answer within 400 ms"), "a server that says nothing");
	run_sql(conn, "COMMIT", state);
	PQfinish(conn);
	ok(good(store_put_uploads(hurried, c.puts, 8, &fault)) &&
	    num_of(&c, "1 1") == 8, "and when it speaks again");
	store_free(hurried);
}

/* Variant `end` of quote n: the same content, another last byte. */
static int
put_variant(struct store *s, uint8_t n, uint8_t end, int copies_max,
    int64_t *out_us)
{
	uint8_t raw[5000];
	struct stored_quote q = make_quote(n, raw);

	raw[sizeof(raw) - 1] = end;
	if (sha256(&q.raw, 1, q.checksum, &fault) != 0)
		abort();
	q.copies_max = copies_max;
	return store_put_quote(s, &q, out_us, &fault);
}

static void
test_variants(struct store *s)
{
	int64_t first_us, at_us = 7;
	uint8_t n;
	bool is_good = put_variant(s, 40, 0, 3, &first_us) == 1;

	for (n = 1; n < 3; n++)
		is_good &= put_variant(s, 40, n, 3, &at_us) == 1;
	ok(is_good, "three variants of one content are kept");
	at_us = 7;
	ok(put_variant(s, 40, 3, 3, &at_us) == 0 && at_us == 7,
	    "a fourth is not, where three are the most");
	ok(strcmp(sql("SELECT count(*) FROM quote WHERE content_sha256 ="
	    " decode(repeat('28', 32), 'hex')"), "3") == 0,
	    "and nothing of it is there");
	ok(put_variant(s, 40, 0, 3, &at_us) == 1 && at_us == first_us,
	    "the first one again: there, with its instant");
	ok(put_variant(s, 40, 2, 1, &at_us) == 1,
	    "also where fewer are the most than there are");
	ok(put_variant(s, 41, 0, 3, &at_us) == 1,
	    "another content is kept");
	ok(put_variant(s, 40, 3, 4, &at_us) == 1,
	    "and the fourth, where four are the most");
	ok(put_variant(s, 40, 4, 4, &at_us) == 0, "but no fifth");
}

#define AT_ONCE_NUM 8
#define AT_ONCE_VARIANTS 12
#define AT_ONCE_MAX 10

/* Everybody puts variants of their own, all of one content. */
static void
test_variants_at_once(void)
{
	int64_t at_us;
	int i, status, num;
	uint8_t n;

	for (i = 0; i < AT_ONCE_NUM; i++) {
		if (fork() == 0) {
			struct store *s = open_store(worker);

			for (n = 0; n < AT_ONCE_VARIANTS; n++)
				if (!good(put_variant(s, 42,
				    (uint8_t)(i * AT_ONCE_VARIANTS + n),
				    AT_ONCE_MAX, &at_us)))
					_exit(1);
			_exit(0);
		}
	}
	for (num = 0, i = 0; i < AT_ONCE_NUM; i++)
		num += wait(&status) > 0 && status == 0;
	ok(num == AT_ONCE_NUM, "many variants of one content at once");
	num = atoi(sql("SELECT count(*) FROM quote WHERE content_sha256 ="
	    " decode(repeat('2a', 32), 'hex')"));
	ok(num >= AT_ONCE_MAX && num < AT_ONCE_MAX + AT_ONCE_NUM,
	    "at most one too many for each other process");
	tap_note("%d of %d are kept, want %d to %d", num,
	    AT_ONCE_NUM * AT_ONCE_VARIANTS, AT_ONCE_MAX,
	    AT_ONCE_MAX + AT_ONCE_NUM - 1);
}

static bool
is_same_line(const struct recent_quote *a, const struct recent_quote *b)
{
	return memcmp(a->checksum, b->checksum, SHA256_LEN) == 0 &&
	    a->created_at_us == b->created_at_us && a->verified == b->verified;
}

static bool
is_newest_first(const struct recent_quote *list, size_t num)
{
	size_t i;

	for (i = 1; i < num; i++)
		if (list[i].created_at_us > list[i - 1].created_at_us ||
		    (list[i].created_at_us == list[i - 1].created_at_us &&
		    memcmp(list[i].checksum, list[i - 1].checksum, 32) <= 0))
			return false;
	return true;
}

static void
test_recent(struct store *s)
{
	struct recent_quote list[STORE_RECENT_MAX], page[STORE_RECENT_MAX];
	struct stored_quote q;
	uint8_t raw[5000];
	size_t num = 0, num_page, i, j;
	int64_t at_us, before_us;
	bool is_good = true;
	int n;

	for (n = 3; n < 30; n++) {
		q = make_quote((uint8_t)n, raw);
		is_good &= good(store_put_quote(s, &q, &at_us, &fault));
	}
	/* Ties: five uploads of the same instant, between others. */
	sql("INSERT INTO quote (checksum, raw, content_sha256, tee, version,"
	    " uploaded_at) SELECT sha256(r), r, sha256(r), 'SGX', 3,"
	    " (SELECT uploaded_at FROM quote ORDER BY uploaded_at"
	    " OFFSET 10 LIMIT 1) FROM (SELECT convert_to(n::text, 'UTF8')"
	    " FROM generate_series(1, 5) n) x (r)");
	ok(is_good && good(store_get_recent(s, 0, STORE_RECENT_MAX, NULL,
	    list, &num, &fault)) && num > 30 && is_newest_first(list, num),
	    "recent ones newest first, ties by checksum");
	ok(memcmp(list[0].checksum, q.checksum, SHA256_LEN) == 0 &&
	    list[0].created_at_us == at_us && !list[0].verified,
	    "the last upload is the first line");
	q = make_quote(1, raw);
	for (i = 0; i < num; i++)
		if (memcmp(list[i].checksum, q.checksum, SHA256_LEN) == 0)
			break;
	ok(i < num && !list[i].verified, "its newest verdict, a refusal, "
	    "stands beside the one with an older good verdict");

	is_good = true;
	before_us = list[0].created_at_us;
	for (i = 0; i < num; i += 4) {
		/* Uploads go on between the pages. */
		q = make_quote((uint8_t)(150 + i), raw);
		if (!good(store_put_quote(s, &q, &at_us, &fault)) ||
		    !good(store_get_recent(s, i, 4, &before_us, page,
			&num_page, &fault)) ||
		    num_page != (num - i < 4 ? num - i : 4))
			is_good = false;
		for (j = 0; is_good && j < num_page; j++)
			is_good = is_same_line(&page[j], &list[i + j]);
	}
	ok(is_good, "pages with `before` are the first list while uploads "
	    "go on, ties included");
	ok(good(store_get_recent(s, 100000, 20, NULL, page, &num_page,
	    &fault)) && num_page == 0, "behind the end is nothing");
	ok(good(store_get_recent(s, UINT64_MAX, 20, NULL, page, &num_page,
	    &fault)) && num_page == 0, "also far behind it");
	before_us = 0;
	ok(good(store_get_recent(s, 0, 20, &before_us, page, &num_page,
	    &fault)) && num_page == 0, "nothing before 1970");
}

/* --- what a row has to hold ------------------------------------------------- */

#define COLUMNS_NUM_MAX 14

/* Rows that are taken: columns, and SQL for what stands there. */
static const struct sample {
	const char *table;
	struct {
		const char *name, *value;
	} columns[COLUMNS_NUM_MAX];
} samples[] = {
	{ "quote", {
		{ "checksum", "sha256('a row')" }, { "raw", "'a row'" },
		{ "content_sha256", "sha256('x')" }, { "tee", "'TDX'" },
		{ "version", "5" }, { "fmspc", "'\\x001122334455'" },
		{ "ca", "'platform'" }, { "ppid", "substr(sha256(''), 17)" },
		{ "pce_id", "'\\x0000'" } } },
	{ "verdict", {
		{ "checksum", "(SELECT checksum FROM quote LIMIT 1)" },
		{ "verified_at", "now()" }, { "verified", "false" },
		{ "reason", "'why'" }, { "message", "'m'" },
		{ "tcb_status", "'Revoked'" },
		{ "tcb_evaluation_data_number", "1" },
		{ "advisory_ids", "'{}'" }, { "policy", "''" },
		{ "engine_version", "'1'" }, { "fixed_time", "false" },
		{ "collateral_id", "NULL" }, { "tcb", "'{}'" } } },
};

enum { QUOTE, VERDICT };

/*
 * A sample with other values in up to three columns, and the constraint that
 * it violates; NULL: none. In its own words where a check refers to others.
 */
static const struct row_case {
	int sample;
	const char *columns[3], *values[3];
	const char *constraint;
} row_cases[] = {
	{ QUOTE, { NULL }, { NULL }, NULL },
	{ QUOTE, { "checksum" }, { "substr(sha256('a row'), 2)" },
	    "quote_checksum_check" },
	{ QUOTE, { "checksum" }, { "sha256('another')" }, "quote_check" },
	{ QUOTE, { "raw", "checksum" }, { "''", "sha256('')" },
	    "quote_raw_check" },
	{ QUOTE, { "raw", "checksum" }, { "'r'", "sha256('r')" }, NULL },
	{ QUOTE, { "raw", "checksum" },
	    { "repeat('r', 20480)::bytea", "sha256(repeat('r', 20480)::bytea)" },
	    NULL },
	{ QUOTE, { "raw", "checksum" },
	    { "repeat('r', 20481)::bytea", "sha256(repeat('r', 20481)::bytea)" },
	    "quote_raw_check" },
	{ QUOTE, { "content_sha256" }, { "''" }, "quote_content_sha256_check" },
	{ QUOTE, { "tee" }, { "'SGX'" }, NULL },
	{ QUOTE, { "tee" }, { "'sgx'" }, "quote_tee_check" },
	{ QUOTE, { "version" }, { "3" }, NULL },
	{ QUOTE, { "version" }, { "2" }, "quote_version_check" },
	{ QUOTE, { "version" }, { "6" }, "quote_version_check" },
	{ QUOTE, { "fmspc" }, { "'\\x0011223344'" }, "quote_fmspc_check" },
	{ QUOTE, { "ca" }, { "'processor'" }, NULL },
	{ QUOTE, { "ca" }, { "'root'" }, "quote_ca_check" },
	{ QUOTE, { "ppid" }, { "sha256('')" }, "quote_ppid_check" },
	{ QUOTE, { "pce_id" }, { "'\\x00'" }, "quote_pce_id_check" },
	{ QUOTE, { "pce_id" }, { "NULL" }, "quote_check1" },
	{ QUOTE, { "fmspc", "ca", "ppid" }, { "NULL", "NULL", "NULL" },
	    "quote_check1" },

	{ VERDICT, { NULL }, { NULL }, NULL },
	{ VERDICT, { "tcb_status" }, { "NULL" }, NULL },
	{ VERDICT, { "tcb_status" }, { "'Good'" },
	    "verdict_tcb_status_check" },
	{ VERDICT, { "tcb_evaluation_data_number" }, { "0" },
	    "verdict_tcb_evaluation_data_number_check" },
	{ VERDICT, { "advisory_ids" }, { "array_fill('a'::text, '{192}')" },
	    NULL },
	{ VERDICT, { "advisory_ids" }, { "array_fill('a'::text, '{193}')" },
	    "verdict_advisory_ids_check" },
	{ VERDICT, { "advisory_ids" }, { "'{a,NULL}'" },
	    "verdict_advisory_ids_check" },
	{ VERDICT, { "reason" }, { "repeat('r', 40)" }, NULL },
	{ VERDICT, { "reason" }, { "repeat('r', 41)" },
	    "verdict_reason_check" },
	{ VERDICT, { "reason" }, { "''" }, "verdict_reason_check" },
	{ VERDICT, { "reason" }, { "'Why'" }, "verdict_reason_check" },
	{ VERDICT, { "reason" }, { "E'why\\n'" }, "verdict_reason_check" },
	{ VERDICT, { "reason" }, { "'internal'" }, "verdict_reason_check1" },
	{ VERDICT, { "reason" }, { "'collateral_unavailable'" },
	    "verdict_reason_check1" },
	{ VERDICT, { "message" }, { "''" }, "verdict_message_check" },
	{ VERDICT, { "message" }, { "repeat('m', 400)" }, NULL },
	{ VERDICT, { "message" }, { "repeat('m', 401)" },
	    "verdict_message_check" },
	{ VERDICT, { "message" }, { "NULL" }, "verdict_check1" },
	{ VERDICT, { "policy" }, { "repeat('p', 255)" }, NULL },
	{ VERDICT, { "policy" }, { "repeat('p', 256)" },
	    "verdict_policy_check" },
	{ VERDICT, { "engine_version" }, { "''" },
	    "verdict_engine_version_check" },
	{ VERDICT, { "engine_version" }, { "repeat('e', 63)" }, NULL },
	{ VERDICT, { "engine_version" }, { "repeat('e', 64)" },
	    "verdict_engine_version_check" },
	{ VERDICT, { "tcb" },
	    { "('\"' || repeat('t', 32766) || '\"')::json" }, NULL },
	{ VERDICT, { "tcb" },
	    { "('\"' || repeat('t', 32767) || '\"')::json" },
	    "verdict_tcb_check" },
	{ VERDICT, { "reason" }, { "NULL" }, "verdict_check" },
	{ VERDICT, { "verified" }, { "true" }, "verdict_check" },
	{ VERDICT, { "verified", "reason", "collateral_id" },
	    { "true", "NULL", "(SELECT id FROM collateral LIMIT 1)" }, NULL },
	{ VERDICT, { "verified", "reason" }, { "true", "NULL" },
	    "verdict_check2" },
	{ VERDICT, { "checksum" }, { "sha256('none')" },
	    "verdict_checksum: it is not there" },
	{ VERDICT, { "collateral_id" }, { "sha256('none')" },
	    "verdict_collateral_id: it is not there" },
};

static const char *
value_of(const struct row_case *c, const char *column, const char *value)
{
	int i;

	for (i = 0; i < 3; i++)
		if (c->columns[i] != NULL && strcmp(c->columns[i], column) == 0)
			return c->values[i];
	return value;
}

static void
put_row_sql(char *out, size_t size, const struct row_case *c)
{
	const struct sample *s = &samples[c->sample];
	char names[400] = "", values[400] = "";
	int i;

	for (i = 0; i < COLUMNS_NUM_MAX && s->columns[i].name != NULL; i++) {
		const char *comma = i == 0 ? "" : ", ";

		snprintf(names + strlen(names), sizeof(names) - strlen(names),
		    "%s%s", comma, s->columns[i].name);
		snprintf(values + strlen(values),
		    sizeof(values) - strlen(values), "%s%s", comma,
		    value_of(c, s->columns[i].name, s->columns[i].value));
	}
	snprintf(out, size, "INSERT INTO %s (%s) VALUES (%s)", s->table, names,
	    values);
}

static void
test_row_checks(void)
{
	PGconn *conn = open_plain(worker);
	char sql[1000], ignored[64];
	const char *said;
	PGresult *r;
	size_t i;

	for (i = 0; i < sizeof(row_cases) / sizeof(row_cases[0]); i++) {
		const struct row_case *c = &row_cases[i];
		bool is_taken;

		put_row_sql(sql, sizeof(sql), c);
		if (!run_sql(conn, "BEGIN", ignored))
			tap_note("no transaction");
		r = PQexec(conn, sql);
		is_taken = PQresultStatus(r) == PGRES_COMMAND_OK;
		said = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME);
		if (said == NULL)
			said = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
		if (!ok(c->constraint == NULL ? is_taken : said != NULL &&
			strcmp(said, c->constraint) == 0, "%s: %s: %s",
			samples[c->sample].table,
			c->columns[0] != NULL ? c->columns[0] : "as it is",
			c->constraint != NULL ? c->constraint : "taken"))
			tap_note("%s: %s", sql, is_taken ? "taken" : said);
		PQclear(r);
		if (!run_sql(conn, "ROLLBACK", ignored))
			tap_note("no end of the transaction");
	}
	PQfinish(conn);
}

/* As superuser: how often a table of these two was read through. */
static int
count_scans(void)
{
	PGconn *conn = open_plain(admin);
	char num[64] = "-1";

	if (!run_sql(conn, "SELECT sum(seq_scan) FROM pg_stat_user_tables"
	    " WHERE relname IN ('quote', 'verdict', 'collateral')", num))
		tap_note("scans: %s", num);
	PQfinish(conn);
	return atoi(num);
}

/*
 * Tables of a few rows, and PostgreSQL knows it: what is planned now stays
 * planned when there are many.
 */
static void
test_plans(void)
{
	PGconn *conn = open_plain(admin);
	char state[64], id[64], sql[500];
	int before;

	ok(run_sql(conn, "SELECT translate(encode(id, 'base64'), E'\\n', '')"
	    " FROM collateral LIMIT 1", id) && run_sql(conn, "ANALYZE", state),
	    "the tables are known to be small");
	PQfinish(conn);
	snprintf(sql, sizeof(sql), "SELECT put_upload(sha256('p'), 'p',"
	    " sha256('p'), 'SGX', 3, NULL, NULL, NULL, NULL, 8, false, now(),"
	    " false, false, 'why', 'm', NULL, NULL, NULL, NULL, '', '', '1',"
	    " decode('%s', 'base64'), NULL)", id);
	before = count_scans();
	conn = open_plain(worker);
	ok(run_sql(conn, sql, state), "an upload: %s", state);
	ok(run_sql(conn, "SELECT raw FROM quote WHERE checksum = sha256('p')",
	    state) && strcmp(state, "\\x70") == 0, "and it is read: %s", state);
	ok(run_sql(conn, "SELECT pg_stat_force_next_flush()", state) &&
	    run_sql(conn, "SELECT 1", state), "all is counted");
	PQfinish(conn);
	ok(before >= 0 && count_scans() == before,
	    "no table was read through for it");
}

/* What a worker that was taken over could try. */
static void
test_append_only(void)
{
	static const struct {
		const char *sql, *state;
	} cases[] = {
		{ "UPDATE quote SET tee = 'SGX'", "42501" },
		{ "UPDATE verdict SET verified = true, reason = NULL", "42501" },
		{ "UPDATE collateral SET tcb_info = ''", "42501" },
		{ "UPDATE collateral_fetch SET fetched_at = 'now'", "42501" },
		{ "UPDATE migration SET version = 7", "42501" },
		{ "DELETE FROM verdict", "42501" },
		{ "DELETE FROM quote", "42501" },
		{ "DELETE FROM collateral", "42501" },
		{ "DELETE FROM collateral_fetch", "42501" },
		{ "DELETE FROM migration", "42501" },
		{ "UPDATE document SET expires_at = 'infinity'", "42501" },
		{ "UPDATE document_fetch SET fetched_at = 'now'", "42501" },
		{ "UPDATE document_miss SET reason = 'older'", "42501" },
		{ "UPDATE source_outcome SET good = true", "42501" },
		{ "DELETE FROM document", "42501" },
		{ "DELETE FROM document_fetch", "42501" },
		{ "DELETE FROM document_miss", "42501" },
		{ "DELETE FROM source_outcome", "42501" },
		{ "TRUNCATE document CASCADE", "42501" },
		{ "TRUNCATE quote CASCADE", "42501" },
		{ "TRUNCATE verdict", "42501" },
		{ "INSERT INTO migration (version, name) VALUES (5, '')",
		    "42501" },
		{ "SELECT * FROM quote FOR UPDATE", "42501" },
		{ "DO 'BEGIN LOCK TABLE quote IN EXCLUSIVE MODE; END'",
		    "42501" },
		{ "MERGE INTO verdict v USING quote q ON v.checksum ="
		    " q.checksum WHEN MATCHED THEN DELETE", "42501" },
		{ "INSERT INTO quote (checksum, raw, content_sha256, tee,"
		    " version) SELECT checksum, raw, content_sha256, tee,"
		    " version FROM quote ON CONFLICT (checksum) DO UPDATE"
		    " SET tee = 'SGX'", "42501" },
		{ "DROP TABLE verdict", "42501" },
		{ "DROP TRIGGER append_only ON quote", "42501" },
		{ "DROP FUNCTION refuse_change() CASCADE", "42501" },
		{ "DROP DATABASE postgres", "42501" },
		{ "ALTER TABLE quote ADD COLUMN x int", "42501" },
		{ "ALTER TABLE quote DISABLE TRIGGER ALL", "42501" },
		{ "ALTER TABLE quote DROP CONSTRAINT quote_check", "42501" },
		{ "ALTER TABLE quote OWNER TO attestry_worker", "42501" },
		{ "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger"
		    " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", "42501" },
		{ "CREATE TRIGGER x BEFORE INSERT ON quote FOR EACH ROW"
		    " EXECUTE FUNCTION refuse_change()", "42501" },
		{ "CREATE RULE x AS ON INSERT TO quote DO INSTEAD NOTHING",
		    "42501" },
		{ "CREATE INDEX ON quote (tee)", "42501" },
		{ "CREATE TABLE x ()", "42501" },
		{ "CREATE TABLE pg_temp.x ()", "42501" },
		{ "CREATE TEMP TABLE quote ()", "42501" },
		{ "CREATE SCHEMA attestry_worker", "42501" },
		{ "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
		    "42501" },
		{ "CREATE EXTENSION plpgsql", "42710" },
		{ "SET ROLE attestry_owner", "42501" },
		{ "SET SESSION AUTHORIZATION postgres", "42501" },
		{ "SET session_replication_role = replica", "42501" },
		{ "GRANT attestry_owner TO attestry_worker", "42501" },
		{ "ALTER ROLE attestry_worker SUPERUSER", "42501" },
		{ "ALTER SYSTEM SET fsync = off", "42501" },
		{ "COPY quote TO PROGRAM 'cat'", "42501" },
		{ "SELECT pg_read_file('/etc/passwd')", "42501" },
		/* Rows that say something else than what is so. */
		{ "INSERT INTO quote (checksum, raw, content_sha256, tee,"
		    " version) VALUES (sha256('a'), 'b', sha256('a'), 'SGX',"
		    " 3)", "23514" },
		{ "INSERT INTO quote (checksum, raw, content_sha256, tee,"
		    " version, uploaded_at) VALUES (sha256('a'), 'a',"
		    " sha256('a'), 'SGX', 3, '2020-01-01')", "42501" },
		{ "INSERT INTO quote (checksum, raw, content_sha256, tee,"
		    " version) SELECT sha256(r), r, sha256(r), 'SGX', 3"
		    " FROM convert_to(repeat('x', 20481), 'UTF8') r",
		    "23514" },
		{ "INSERT INTO verdict (checksum, recorded_at, verified_at,"
		    " verified, advisory_ids, reason, message, policy,"
		    " engine_version, fixed_time) SELECT checksum,"
		    " '2099-01-01', now(), false, '{}', 'x', 'x', '', 'x',"
		    " true FROM quote", "42501" },
		{ "INSERT INTO collateral_fetch (tee, fmspc, ca,"
		    " collateral_id, fetched_at) SELECT tee, fmspc, ca, id,"
		    " '2099-01-01' FROM collateral", "42501" },
		{ "INSERT INTO collateral_fetch (tee, fmspc, ca,"
		    " collateral_id) SELECT 'SGX', fmspc, ca, id"
		    " FROM collateral", "23503" },
		{ "INSERT INTO document_fetch (trust, name, number, issued_at,"
		    " document_id, fetched_at) SELECT trust, name, number,"
		    " issued_at, id, '2099-01-01' FROM document", "42501" },
		{ "INSERT INTO document_fetch (trust, name, number, issued_at,"
		    " document_id) SELECT trust, name, number, '2099-01-01', id"
		    " FROM document", "23503" },
		{ "INSERT INTO document_fetch (trust, name, number, issued_at,"
		    " document_id) SELECT trust, 'qe_identity/TDX', number,"
		    " issued_at, id FROM document", "23503" },
		{ "INSERT INTO document (id, trust, name, number, issued_at,"
		    " expires_at, issuer_chain, body, signature) SELECT"
		    " sha256('x'), trust, name, number, issued_at, expires_at,"
		    " issuer_chain, body, signature FROM document", "23514" },
		{ "INSERT INTO document (id, trust, name, number, issued_at,"
		    " expires_at, issuer_chain, body, signature) SELECT"
		    " id, trust, name, number, issued_at, expires_at,"
		    " issuer_chain, body || ' ', signature FROM document",
		    "23514" },
		{ "INSERT INTO document_miss (trust, name, reason, missed_at)"
		    " SELECT trust, name, 'unknown', '2099-01-01'"
		    " FROM document", "42501" },
		{ "INSERT INTO document_miss (trust, name, reason) SELECT"
		    " trust, name, 'other' FROM document", "23514" },
		{ "INSERT INTO source_outcome (source, good, recorded_at)"
		    " VALUES ('x', true, '2099-01-01')", "42501" },
		{ "INSERT INTO source_outcome (source, good, retry_after_s)"
		    " VALUES ('x', true, 1)", "23514" },
		{ "INSERT INTO collateral (id, tee, fmspc, ca,"
		    " pck_crl_issuer_chain, root_ca_crl, pck_crl,"
		    " tcb_info_issuer_chain, tcb_info, tcb_info_signature,"
		    " qe_identity_issuer_chain, qe_identity,"
		    " qe_identity_signature, issued_at, expires_at)"
		    " SELECT sha256('x'), tee, fmspc, ca,"
		    " pck_crl_issuer_chain, root_ca_crl, pck_crl,"
		    " tcb_info_issuer_chain, tcb_info, tcb_info_signature,"
		    " qe_identity_issuer_chain, qe_identity,"
		    " qe_identity_signature, issued_at, expires_at"
		    " FROM collateral", "23514" },
	};
	static const char *const by_superuser[] = {
		"UPDATE quote SET tee = tee", "DELETE FROM verdict",
		"TRUNCATE collateral CASCADE", "DELETE FROM migration",
		"UPDATE collateral_fetch SET fetched_at = now()",
		"DELETE FROM document", "DELETE FROM document_fetch",
		"UPDATE document_miss SET missed_at = now()",
		"TRUNCATE source_outcome",
		"SET session_replication_role = replica; DELETE FROM verdict",
	};
	PGconn *conn = open_plain(worker);
	char state[64], reader[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool is_refused = !run_sql(conn, cases[i].sql, state) &&
		    strcmp(state, cases[i].state) == 0;

		ok(is_refused, "worker: %.60s", cases[i].sql);
		if (!is_refused)
			tap_note("want %s, have %s", cases[i].state, state);
	}
	PQfinish(conn);
	for (i = 0; i < sizeof(by_superuser) / sizeof(by_superuser[0]); i++) {
		conn = open_plain(admin);
		ok(!run_sql(conn, by_superuser[i], state) &&
		    strcmp(state, "42501") == 0, "superuser: %s",
		    by_superuser[i]);
		PQfinish(conn);
	}
	snprintf(reader, sizeof(reader),
	    "host=%s user=attestry_reader dbname=postgres", dir);
	conn = open_plain(reader);
	ok(run_sql(conn, "SELECT count(*) FROM verdict", state) &&
	    atoi(state) > 0, "the reader reads");
	ok(run_sql(conn, "SHOW enable_seqscan", state) &&
	    strcmp(state, "off") == 0, "and reads no table through");
	ok(!run_sql(conn, "BEGIN READ WRITE; "
	    "INSERT INTO quote (raw) VALUES ('')", state) &&
	    strcmp(state, "42501") == 0, "the reader does not write");
	PQfinish(conn);
	ok(strcmp(sql("SELECT count(*) FROM pg_proc WHERE proname ="
	    " 'put_upload' AND NOT prosecdef AND NOT"
	    " has_function_privilege('public', oid, 'EXECUTE')"), "1") == 0,
	    "others do not add, and nobody by another's rights");
}

static void
test_restart(struct store *s)
{
	struct stored_record r = { 0 };
	struct stored_quote q;
	uint8_t raw[5000];
	int64_t at_us, since;

	q = make_quote(1, raw);
	ok(cluster("stop") == 0, "the server is killed");
	since = now_ms();
	ok(refused(store_put_quote(s, &q, &at_us, &fault), "connect") &&
	    now_ms() - since < 1000, "no server: a fault at once");
	ok(store_get_quote(s, q.checksum, &r, &fault) == -1,
	    "and for the next call too");
	ok(!store_is_up(s, &fault) && fault.code == FAULT_INTERNAL,
	    "it is not up");
	ok(cluster("start") == 0, "the server is back");
	ok(store_is_up(s, &fault), "it is up");
	ok(store_get_quote(s, q.checksum, &r, &fault) == 1,
	    "the same store answers again");
	stored_record_clear(&r);
	ok(cluster("stop") == 0 && cluster("start") == 0,
	    "it is restarted between two calls");
	ok(good(store_put_quote(s, &q, &at_us, &fault)),
	    "which the next call does not notice");
}

static pid_t
backend_of(const char *role)
{
	char text[200];

	snprintf(text, sizeof(text), "SELECT pid FROM pg_stat_activity WHERE "
	    "usename = '%s'", role);
	return atoi(sql(text));
}

/* The backend is ended while it waits with an INSERT in its hands. */
static void
test_terminated(struct store *s)
{
	PGconn *conn = open_plain(admin);
	struct stored_quote q;
	uint8_t raw[5000];
	char value[64];
	int64_t at_us;
	int status;

	q = make_quote(31, raw);
	run_sql(conn, "BEGIN; LOCK TABLE quote", value);
	if (fork() == 0) {
		s = open_store(worker);
		_exit(good(store_put_quote(s, &q, &at_us, &fault)) ? 0 : 1);
	}
	sleep_ms(500);
	run_sql(conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	    " WHERE usename = 'attestry_worker' AND wait_event_type = 'Lock'",
	    value);
	ok(strcmp(value, "t") == 0, "a backend is ended inside an INSERT");
	run_sql(conn, "COMMIT", value);
	PQfinish(conn);
	wait(&status);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the store runs it again on a new connection");
	(void)s;
}

/* A lock that is never released: the server gives up before we do. */
static void
test_locked(struct store *s)
{
	PGconn *conn = open_plain(admin);
	struct stored_quote q;
	uint8_t raw[5000];
	char value[64];
	int64_t at_us, since = now_ms();

	q = make_quote(32, raw);
	run_sql(conn, "BEGIN; LOCK TABLE quote", value);
	ok(refused(store_put_quote(s, &q, &at_us, &fault), "55P03") &&
	    now_ms() - since < PG_TIMEOUT_MS, "a locked table: a fault");
	PQfinish(conn);
	ok(good(store_put_quote(s, &q, &at_us, &fault)),
	    "the same connection works on");
}

static void
test_hung(struct store *s)
{
	struct stored_record r = { 0 };
	struct store *fresh;
	struct stored_quote q;
	uint8_t raw[5000];
	char path[128];
	int64_t since;
	pid_t pid;
	FILE *file;

	q = make_quote(1, raw);
	ok(store_get_quote(s, q.checksum, &r, &fault) == 1, "connected");
	stored_record_clear(&r);
	pid = backend_of("attestry_worker");
	kill(pid, SIGSTOP);
	since = now_ms();
	ok(refused(store_get_quote(s, q.checksum, &r, &fault), "no answer") &&
	    strstr(fault.message, "unknown whether") != NULL,
	    "the backend hangs: a fault");
	ok(now_ms() - since < PG_TIMEOUT_MS + 1000, "in time");
	ok(store_get_quote(s, q.checksum, &r, &fault) == 1,
	    "the next call has a new connection");
	stored_record_clear(&r);
	kill(pid, SIGCONT);

	snprintf(path, sizeof(path), "%s/data/postmaster.pid", dir);
	file = fopen(path, "r");
	if (file == NULL || fscanf(file, "%d", &pid) != 1)
		return;
	fclose(file);
	fresh = open_store(worker);
	kill(pid, SIGSTOP);
	since = now_ms();
	ok(refused(store_check(fresh, &fault), "timeout expired"),
	    "the postmaster hangs: a fault");
	ok(now_ms() - since < 4500, "in time");
	kill(pid, SIGCONT);
	ok(good(store_check(fresh, &fault)), "it goes on: so do we");
	store_free(fresh);
}

/* Carries bytes both ways; true when the client sent an INSERT. */
static bool
relay(int client, int server)
{
	struct pollfd p[2] = { { client, POLLIN, 0 }, { server, POLLIN, 0 } };
	char buffer[65536];
	ssize_t n;
	int i;

	while (poll(p, 2, -1) > 0)
		for (i = 0; i < 2; i++) {
			if (p[i].revents == 0)
				continue;
			n = read(p[i].fd, buffer, sizeof(buffer));
			if (n <= 0 || write(p[!i].fd, buffer, (size_t)n) != n)
				return false;
			if (i == 0 && memmem(buffer, (size_t)n, "put_upload(",
				strlen("put_upload(")) != NULL)
				return true;
		}
	return false;
}

/*
 * Stands between store and server, and hangs up on the first `num` puts after
 * the server has carried them out, before it can say so.
 */
static pid_t
start_proxy(const char *folder, int num)
{
	struct sockaddr_un in = { .sun_family = AF_UNIX },
	    out = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client, server;
	pid_t pid;

	snprintf(in.sun_path, sizeof(in.sun_path), "%s/.s.PGSQL.5432", folder);
	snprintf(out.sun_path, sizeof(out.sun_path), "%s/.s.PGSQL.5432", dir);
	unlink(in.sun_path);
	if (bind(listener, (struct sockaddr *)&in, sizeof(in)) != 0 ||
	    listen(listener, 8) != 0)
		return -1;
	pid = fork();
	if (pid != 0) {
		close(listener);
		return pid;
	}
	for (;;) {
		client = accept(listener, NULL, NULL);
		server = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(server, (struct sockaddr *)&out, sizeof(out)) != 0)
			_exit(1);
		while (relay(client, server)) {
			if (num-- <= 0)
				continue;
			sleep_ms(300);
			break;
		}
		close(client);
		close(server);
	}
}

static void
test_unknown_outcome(void)
{
	char folder[96], conninfo[256];
	int64_t at_us = 0, stored_us = 0;
	struct stored_record r = { 0 };
	struct stored_quote q;
	uint8_t raw[5000];
	struct store *s;
	pid_t proxy;

	snprintf(folder, sizeof(folder), "%s/proxy", dir);
	mkdir(folder, 0700);
	snprintf(conninfo, sizeof(conninfo),
	    "host=%s user=attestry_worker dbname=postgres", folder);

	proxy = start_proxy(folder, 1);
	s = open_store(conninfo);
	q = make_quote(33, raw);
	ok(good(store_put_quote(s, &q, &at_us, &fault)),
	    "the line is cut after the commit: settled by a second try");
	if (store_get_quote(s, q.checksum, &r, &fault) == 1)
		stored_us = r.uploaded_at_us;
	stored_record_clear(&r);
	ok(at_us != 0 && at_us == stored_us && strcmp(
	    sql("SELECT count(*) FROM pg_stat_activity WHERE state ="
	    " 'active' AND usename = 'attestry_worker'"), "0") == 0,
	    "with the instant of the first");
	store_free(s);
	kill(proxy, SIGKILL);
	waitpid(proxy, NULL, 0);

	proxy = start_proxy(folder, 2);
	s = open_store(conninfo);
	q = make_quote(34, raw);
	ok(refused(store_put_quote(s, &q, &at_us, &fault), "unknown whether"),
	    "cut twice: said to be unknown");
	ok(good(store_put_quote(s, &q, &at_us, &fault)),
	    "and settled by putting it again");
	store_free(s);
	kill(proxy, SIGKILL);
	waitpid(proxy, NULL, 0);
}

static void
test_conninfo(void)
{
	struct store *s;

	ok(refused(store_new(&s, "host=a password=se cret", &fault),
	    "not a libpq connection string") &&
	    strstr(fault.message, "cret") == NULL,
	    "a bad connection string: refused, and not repeated");
	store_free(NULL);
}

static int
run_tests(void)
{
	struct store *s;

	test_conninfo();
	test_migrate();
	test_migrate_by_owner();
	test_durability();
	test_check();
	s = open_store(worker);
	test_quote(s);
	test_verdict_refusals(s);
	test_collateral(s);
	test_documents(s);
	test_document_locks(open_store(worker));
	test_sources(s);
	test_real_time(s);
	test_many_verdicts(s);
	test_same_instant(s);
	test_recent(s);
	test_same_quote_at_once();
	test_variants(s);
	test_upload(s);
	test_uploads(s);
	test_variants_at_once();
	test_plans();
	test_row_checks();
	test_append_only();
	test_terminated(s);
	test_locked(s);
	test_unknown_outcome();
	test_restart(s);
	store_free(s);
	s = open_store(worker);
	test_hung(s);
	store_free(s);
	return tap_done();
}

static pid_t tests_pid;

static void
end_tests(int signal_number)
{
	kill(tests_pid, signal_number);
}

/* A child, so that the server is stopped however the tests end. */
static int
run_tests_apart(void)
{
	struct sigaction sa = { .sa_handler = end_tests };
	int status;

	tests_pid = fork();
	if (tests_pid == 0)
		exit(run_tests());
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	while (waitpid(tests_pid, &status, 0) < 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	char command[128];
	int status, r = 1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (tmp == NULL || strlen(tmp) > 30)
		tmp = "/tmp";
	snprintf(dir, sizeof(dir), "%s/attestry-XXXXXX", tmp);
	if (mkdtemp(dir) == NULL)
		tap_skip_all("no temporary folder");
	snprintf(admin, sizeof(admin),
	    "host=%s user=postgres dbname=postgres", dir);
	snprintf(worker, sizeof(worker),
	    "host=%s user=attestry_worker dbname=postgres", dir);
	status = cluster("start");
	if (status == 77) {
		rmdir(dir);
		tap_skip_all("PostgreSQL's server is not installed");
	}
	if (status == 0) {
		r = run_tests_apart();
		cluster("stop");
	} else
		printf("Bail out! no PostgreSQL\n");
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		tap_note("%s is left behind", dir);
	return r;
}
