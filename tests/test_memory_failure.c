/*
 * Memory that cannot be had. Each allocation of the library's own fails once:
 * no crash, no leak, and the verdict is FAULT_INTERNAL. Then each allocation
 * of all, json-c's and GnuTLS's among them: a process may die of
 * that (GMP aborts), but no bad quote passes, and none is refused for a
 * reason that is not its own.
 *
 * Linked with --wrap=malloc and the like, so that the library's own calls come
 * here first. With ASan, whose malloc nobody else may define, only the first
 * half runs.
 *
 * What cannot be had from the libraries: GnuTLS and json-c follow NULL in
 * places, and GMP aborts. A worker that dies so is started again.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "render.h"
#include "worlds.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifndef HAS_ASAN
#define HAS_ASAN 0
#endif

/* --- allocations ----------------------------------------------------------- */

static struct {
	enum { NOBODY, OURS, ANYBODYS } whose; /* are counted, and may fail */
	long num;			  /* so far */
	long fails_at;			  /* 0: none */
	long fails_until;
	long live; /* blocks of anybody's that were not freed; not with ASan */
} memory;

static bool
is_to_fail(void)
{
	memory.num++;
	return memory.num >= memory.fails_at && memory.num <= memory.fails_until;
}

static bool
fails(int whose)
{
	if ((int)memory.whose != whose || !is_to_fail())
		return false;
	errno = ENOMEM;
	return true;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t num, size_t size);
void *__wrap_calloc(size_t num, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__real_strndup(const char *s, size_t len);
char *__wrap_strndup(const char *s, size_t len);

void *
__wrap_malloc(size_t size)
{
	return fails(OURS) ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t num, size_t size)
{
	return fails(OURS) ? NULL : __real_calloc(num, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails(OURS) ? NULL : __real_realloc(old, size);
}

char *
__wrap_strndup(const char *s, size_t len)
{
	return fails(OURS) ? NULL : __real_strndup(s, len);
}

#if !HAS_ASAN
/* Everybody's: the program's own definitions go before the C library's. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t num, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *block);

void *
malloc(size_t size)
{
	void *block = fails(ANYBODYS) ? NULL : __libc_malloc(size);

	memory.live += block != NULL;
	return block;
}

void *
calloc(size_t num, size_t size)
{
	void *block = fails(ANYBODYS) ? NULL : __libc_calloc(num, size);

	memory.live += block != NULL;
	return block;
}

void *
realloc(void *old, size_t size)
{
	void *block = fails(ANYBODYS) ? NULL : __libc_realloc(old, size);

	memory.live += old == NULL && block != NULL;
	return block;
}

void
free(void *block)
{
	memory.live -= block != NULL;
	__libc_free(block);
}
#endif

/* --- one verdict ----------------------------------------------------------- */

struct input {
	struct mint_world w;
	char *collateral;
};

struct outcome {
	bool verified;
	enum fault_code code; /* of the verdict, or why there is none */
	char message[FAULT_MESSAGE_LEN_MAX];
	char report[4000]; /* "": could not be written */
};

/* Twice, so that the second time has to do with what the first one knows. */
static int
verify_twice(struct verdict *v, const struct quote *q,
    const struct collateral *c, const struct trust *trust, time_t at,
    struct fault *f)
{
	struct known *known;
	struct policy policy;
	int r = -1;

	if (policy_read(&policy, POLICY_DEFAULT, f) < 0 ||
	    known_new(&known, trust, f) < 0)
		return -1;
	if (verify_quote(v, q, c, trust, &policy, at, known, f) == 0)
		r = verify_quote(v, q, c, trust, &policy, at, known, f);
	known_free(known);
	return r;
}

static int
judge(struct verdict *v, struct quote *q, const struct input *in,
    struct fault *f)
{
	struct collateral *c = NULL;
	struct collateral_text text;
	struct trust trust;
	struct pck pck;
	uint8_t digest[SHA256_LEN];
	int r;

	if (trust_read(&trust, bytes_of_string(in->w.root_pem), f) < 0 ||
	    quote_parse(q, (struct bytes){ in->w.quote, in->w.quote_len },
		f) < 0 ||
	    verify_read_pck(&pck, q, &trust, NULL, f) < 0 ||
	    verify_content_sha256(q, digest, f) < 0 ||
	    collateral_text_read(&text, bytes_of_string(in->collateral),
		f) < 0)
		return -1;
	if (collateral_text_id(&text, digest, f) < 0) {
		collateral_text_clear(&text);
		return -1;
	}
	if (collateral_adopt_new(&c, &text, &trust, f) < 0)
		return -1;
	r = verify_twice(v, q, c, &trust, in->w.spec.now, f);
	collateral_free(c);
	return r;
}

/* An answer that could not be written is a 500, whatever was found. */
static void
report(struct outcome *out, const struct quote *q, struct verdict *v,
    time_t at)
{
	struct json_text text = render_report(NULL, q, v);
	struct fault f;

	if (text.ptr != NULL) {
		snprintf(out->report, sizeof(out->report), "%s", text.ptr);
	} else {
		fault_set_memory(&f);
		verdict_set_refused(v, &f, at);
	}
	free(text.ptr);
}

static void
run(struct outcome *out, const struct input *in)
{
	struct fault f = { 0 };
	struct verdict v;
	struct quote q;

	memset(out, 0, sizeof(*out));
	if (judge(&v, &q, in, &f) < 0)
		verdict_set_refused(&v, &f, in->w.spec.now);
	else
		report(out, &q, &v, in->w.spec.now);
	out->verified = v.verified;
	out->code = v.fault.code;
	snprintf(out->message, sizeof(out->message), "%s", v.fault.message);
}

/* The same with allocation `first` failing, and those after it to `last`. */
static void
run_short(struct outcome *out, const struct input *in, int whose, long first,
    long last)
{
	memory.num = 0;
	memory.fails_at = first;
	memory.fails_until = last;
	memory.whose = whose;
	run(out, in);
	memory.whose = NOBODY;
}

/* --- the cases ------------------------------------------------------------- */

static const struct {
	const char *name;
	enum mint_kind kind;
	const char *settings;
	enum fault_code code;
} cases[] = {
	{ "TDX 1.5 v5", MINT_TDX15_V5,
	    "tcb_info.levels[0].advisory_ids=INTEL-SA-1 ; "
	    "qe_identity.levels[0].advisory_ids=INTEL-SA-2", FAULT_NONE },
	{ "SGX v3", MINT_SGX_V3, "ca=processor", FAULT_NONE },
	{ "another's signature", MINT_TDX_V4, "quote.signer=spare",
	    FAULT_BAD_QUOTE_SIGNATURE },
	{ "another's QE report", MINT_SGX_V4, "quote.qe_report_signer=spare",
	    FAULT_BAD_QE_REPORT },
	{ "a PCK certificate that is revoked", MINT_SGX_V5,
	    "pck_crl.revokes=pck", FAULT_CERTIFICATE_REVOKED },
	{ "a CA that is revoked", MINT_TDX10_V5, "root_crl.revokes=ca",
	    FAULT_CERTIFICATE_REVOKED },
	{ "debug", MINT_SGX_V3, "quote.enclave.attributes=0700000000000000"
	    "e700000000000000", FAULT_DEBUG_ENABLED },
};

#define CASES_NUM (sizeof(cases) / sizeof(cases[0]))

/* Each of ours fails by itself, and then it and all after it. */
static void
test_ours(const char *name, const struct input *in, const struct outcome *good)
{
	long first, num, live;
	bool all = true, clean = true;
	struct outcome out;

	run_short(&out, in, OURS, 0, 0);
	num = memory.num;
	for (first = 1; first <= num; first++) {
		live = memory.live;
		run_short(&out, in, OURS, first, first);
		if (out.verified || out.code != FAULT_INTERNAL ||
		    strstr(out.message, "out of memory") == NULL) {
			tap_note("allocation %ld of %ld: %s", first, num,
			    out.message);
			all = false;
		}
		run_short(&out, in, OURS, first, num);
		all &= !out.verified && out.code == FAULT_INTERNAL;
		if (memory.live != live) {
			tap_note("allocation %ld of %ld: %ld blocks leak",
			    first, num, memory.live - live);
			clean = false;
		}
	}
	ok(num >= 10 && all, "%s: each of %ld allocations of ours fails: out "
	    "of memory", name, num);
	ok(clean, "%s: nothing leaks", name);
	run_short(&out, in, OURS, 0, 0);
	ok(memcmp(&out, good, sizeof(out)) == 0,
	    "%s: the verdict afterwards is as before", name);
}

/* With --coverage: what was taken would be lost in _exit. */
void __gcov_dump(void) __attribute__((weak));

/* In a process of its own. Returns its status: not 0 when it died of it. */
static int
run_apart(struct outcome *out, const struct input *in, long first, long last)
{
	int ends[2], status;
	pid_t pid;
	ssize_t len;

	fflush(stdout);
	if (pipe(ends) < 0 || (pid = fork()) < 0)
		mint_die("pipe, fork: %s", strerror(errno));
	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		run_short(out, in, ANYBODYS, first, last);
		len = write(ends[1], out, sizeof(*out));
		if (__gcov_dump != NULL)
			__gcov_dump();
		_exit(len == (ssize_t)sizeof(*out) ? 0 : 1);
	}
	close(ends[1]);
	len = read(ends[0], out, sizeof(*out));
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status == 0 && len != (ssize_t)sizeof(*out) ? -1 : status;
}

#define RUNS_NUM 80 /* of a case; ATTESTRY_TEST_ALL: every allocation */

static void
test_all(const char *name, const struct input *in, const struct outcome *good)
{
	long first, step, num, num_internal = 0, num_same = 0;
	long num_aborted = 0, num_crashed = 0;
	bool holds = true, whole = true, forever;
	struct outcome out;
	int status;

	run_short(&out, in, ANYBODYS, 0, 0);
	num = memory.num;
	step = getenv("ATTESTRY_TEST_ALL") != NULL ? 1 : num / RUNS_NUM + 1;
	for (first = 1; first <= 2 * num; first += step) {
		forever = first > num;
		status = run_apart(&out, in, forever ? first - num : first,
		    forever ? num : first);
		if (status != 0) {
			if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
				num_aborted++;
			else
				num_crashed++;
		} else if (out.code == FAULT_INTERNAL && !out.verified) {
			num_internal++;
		} else if (out.verified == good->verified &&
		    out.code == good->code) {
			num_same++;
			whole &= out.report[0] == '\0' ||
			    strcmp(out.report, good->report) == 0;
		} else {
			tap_note("allocation %ld of %ld%s: %s, %s", first, num,
			    forever ? " and all after it" : "",
			    out.verified ? "verified" : "refused",
			    out.message);
			holds = false;
		}
	}
	tap_note("%ld allocations: %ld aborted, %ld crashed, %ld out of "
	    "memory, %ld as without", num, num_aborted, num_crashed,
	    num_internal, num_same);
	ok(num_internal + num_same > 0 && holds, "%s: any allocation fails: "
	    "out of memory, or the same verdict", name);
	ok(whole, "%s: the report is whole, or none", name);
}

/* With "ours" for an argument: the first half only, which takes seconds. */
int
main(int argc, char **argv)
{
	bool ours_only = argc > 1 && strcmp(argv[1], "ours") == 0;
	struct mint *mint = mint_new();
	struct outcome good;
	struct input in;
	size_t i;

	for (i = 0; i < CASES_NUM; i++) {
		world_make(&in.w, mint, cases[i].kind, cases[i].settings);
		in.collateral = mint_world_collateral_new(&in.w);
		run(&good, &in); /* the libraries keep some of the first */
		ok(good.code == cases[i].code &&
		    good.verified == (good.code == FAULT_NONE) &&
		    good.report[0] != '\0', "%s: the right verdict with "
		    "memory enough", cases[i].name);
		test_ours(cases[i].name, &in, &good);
		if (!HAS_ASAN && !ours_only)
			test_all(cases[i].name, &in, &good);
		free(in.collateral);
		mint_world_clear(&in.w);
	}
	mint_free(mint);
	return tap_done();
}
