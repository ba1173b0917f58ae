/*
 * Uploads that bring processes down: which deaths count, who is told, and that
 * the list is bounded.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "suspect.h"
#include "tap.h"

#define EXIT -1 /* in place of a signal */
#define NUM_WORKERS 2
/* A child's exit status when it was not given what it wanted. */
#define REFUSED 77

struct digest {
	uint8_t bytes[SHA256_LEN];
};

static struct digest
digest(int number)
{
	struct digest d = { { 0 } };

	memcpy(d.bytes, &number, sizeof(number));
	return d;
}

static struct suspects *
make(void)
{
	struct suspects *s;
	struct fault f;

	if (suspects_new(&s, NUM_WORKERS, &f) < 0)
		abort();
	return s;
}

static bool
is_free(struct suspects *s, int number)
{
	bool is_taken = suspects_take(s, digest(number).bytes);

	suspects_give(s);
	return is_taken;
}

static _Noreturn void
die(int sig)
{
	if (sig == EXIT)
		_exit(1);
	signal(sig, SIG_DFL);
	raise(sig);
	_exit(0);
}

/* A process that takes it and dies. Nobody has buried it yet. */
static pid_t
fall(struct suspects *s, int number, int sig, int *out_status)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (!suspects_take(s, digest(number).bytes))
			_exit(REFUSED);
		die(sig);
	}
	waitpid(pid, out_status, 0);
	return pid;
}

/* And its burial. Returns whether that made a suspect. */
static bool
fall_and_bury(struct suspects *s, int number, int sig)
{
	struct digest out = { { 0 } }, want = digest(number);
	int status;
	pid_t pid = fall(s, number, sig, &status);
	bool is_new = suspects_bury(s, pid, status, out.bytes);

	return is_new && memcmp(&out, &want, sizeof(out)) == 0;
}

static void
test_deaths(void)
{
	static const struct {
		const char *name;
		int sig, num_wanted;
	} deaths[] = {
		{ "SEGV", SIGSEGV, 1 }, { "BUS", SIGBUS, 1 },
		{ "ILL", SIGILL, 1 }, { "FPE", SIGFPE, 1 },
		{ "ABRT", SIGABRT, 1 }, { "SYS", SIGSYS, 1 },
		{ "TRAP", SIGTRAP, 1 }, { "ALRM", SIGALRM, 1 },
		{ "exit", EXIT, 1 }, { "KILL", SIGKILL, 2 },
		{ "TERM", SIGTERM, 2 }, { "HUP", SIGHUP, 2 },
		{ "XCPU", SIGXCPU, 2 },
	};
	struct suspects *s;
	size_t i;
	int n;

	for (i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
		s = make();
		for (n = 1; n < deaths[i].num_wanted; n++)
			ok(!fall_and_bury(s, 1, deaths[i].sig) &&
			    is_free(s, 1), "%s once: no suspect",
			    deaths[i].name);
		ok(fall_and_bury(s, 1, deaths[i].sig) && !is_free(s, 1),
		    "%s, %d time(s): a suspect", deaths[i].name, n);
		ok(!fall_and_bury(s, 1, deaths[i].sig),
		    "%s: told once, and refused to others",
		    deaths[i].name);
		ok(is_free(s, 2), "%s: another upload is none",
		    deaths[i].name);
		suspects_free(s);
	}
	s = make();
	ok(!fall_and_bury(s, 1, SIGKILL) && fall_and_bury(s, 1, SIGSEGV) &&
	    !is_free(s, 1), "killed, then a crash: a suspect");
	suspects_free(s);
}

static void
test_empty_hand(void)
{
	struct suspects *s = make();
	uint8_t out[SHA256_LEN];
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (!suspects_take(s, digest(1).bytes))
			_exit(REFUSED);
		suspects_give(s);
		die(SIGSEGV);
	}
	waitpid(pid, &status, 0);
	ok(!suspects_bury(s, pid, status, out) && is_free(s, 1),
	    "given back before the crash: no suspect");
	ok(!suspects_bury(s, pid, status, out), "buried twice: nothing");
	suspects_free(s);
	ok(suspects_take(NULL, digest(1).bytes) &&
	    !suspects_bury(NULL, pid, status, out), "nobody looks");
	suspects_give(NULL);
	suspects_free(NULL);
}

/*
 * Another process that wants the same: how long it waited is told through its
 * pipe, which is silent while it waits.
 */
struct heir {
	pid_t pid;
	int answer;
};

static struct heir
begin_heir(struct suspects *s, int number)
{
	struct heir h;
	int ends[2];
	char said;

	if (pipe(ends) != 0)
		abort();
	h.pid = fork();
	if (h.pid == 0) {
		said = suspects_take(s, digest(number).bytes) ? 'y' : 'n';
		_exit(write(ends[1], &said, 1) != 1);
	}
	close(ends[1]);
	h.answer = ends[0];
	return h;
}

static char
hear(struct heir *h)
{
	char said = 0;

	if (read(h->answer, &said, 1) != 1)
		said = 0;
	close(h->answer);
	waitpid(h->pid, NULL, 0);
	return said;
}

static void
test_heirs(void)
{
	static const struct {
		const char *name;
		int sig;
		char answer;
	} cases[] = {
		{ "a crash", SIGSEGV, 'n' }, { "a kill", SIGKILL, 'y' },
	};
	struct suspects *s;
	struct heir heir, other;
	uint8_t out[SHA256_LEN];
	int64_t began;
	int status;
	size_t i;
	pid_t pid;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s = make();
		pid = fall(s, 1, cases[i].sig, &status);
		heir = begin_heir(s, 1);
		other = begin_heir(s, 2);
		ok(hear(&other) == 'y', "%s: another upload is taken at once",
		    cases[i].name);
		usleep(50000);
		began = clock_ms();
		(void)!suspects_bury(s, pid, status, out);
		ok(hear(&heir) == cases[i].answer &&
		    clock_ms() - began < SUSPECT_WORD_MS / 2,
		    "%s: who wants the same waits for the burial",
		    cases[i].name);
		suspects_free(s);
	}
	s = make();
	fall(s, 1, SIGKILL, &status);
	began = clock_ms();
	ok(!is_free(s, 1) && clock_ms() - began >= SUSPECT_WORD_MS &&
	    clock_ms() - began < 5 * SUSPECT_WORD_MS,
	    "no burial: refused in the end");
	suspects_free(s);
}

static void
test_alive(void)
{
	struct suspects *s = make();
	struct heir heir;
	int64_t began = clock_ms();

	ok(suspects_take(s, digest(1).bytes), "taken");
	heir = begin_heir(s, 1);
	ok(hear(&heir) == 'y' && clock_ms() - began < SUSPECT_WORD_MS / 2,
	    "another may have the same in hand, and does not wait");
	suspects_give(s);
	suspects_free(s);
}

static void
test_bounds(void)
{
	struct suspects *s = make();
	bool all = true;
	int i;

	for (i = 0; i < SUSPECTS_NUM_MAX; i++)
		all = fall_and_bury(s, i, SIGSEGV) && all;
	for (i = 0; i < SUSPECTS_NUM_MAX; i++)
		all = !is_free(s, i) && all;
	ok(all, "%d suspects, by as many processes", SUSPECTS_NUM_MAX);
	fall_and_bury(s, 1000, SIGSEGV);
	ok(!is_free(s, 1000) && is_free(s, 0) && !is_free(s, 1) &&
	    !is_free(s, SUSPECTS_NUM_MAX - 1),
	    "one more: the first one is forgotten");
	suspects_free(s);

	s = make();
	fall_and_bury(s, 0, SIGSEGV);
	for (i = 1; i < 3 * SUSPECTS_NUM_MAX; i++)
		fall_and_bury(s, i, SIGKILL);
	ok(!is_free(s, 0) && is_free(s, 1) && is_free(s, i - 1),
	    "what was in hand at one kill does not displace a suspect");
	ok(fall_and_bury(s, i - 1, SIGKILL), "and is remembered itself");
	suspects_free(s);
}

/* Who comes too many is not watched, and serves all the same. */
static void
test_too_many(void)
{
	struct suspects *s = make();
	struct heir heirs[NUM_WORKERS + 8];
	uint8_t out[SHA256_LEN];
	size_t i, num_good = 0, num = sizeof(heirs) / sizeof(heirs[0]);

	for (i = 0; i < num; i++) {
		heirs[i] = begin_heir(s, 100 + (int)i);
		num_good += hear(&heirs[i]) == 'y';
	}
	ok(num_good == num, "more processes than hands: all are served");
	for (i = 0; i < num; i++)
		(void)!suspects_bury(s, heirs[i].pid, 1, out);
	ok(fall_and_bury(s, 7, SIGSEGV), "and hands are free again");
	suspects_free(s);
}

int
main(void)
{
	test_deaths();
	test_empty_hand();
	test_heirs();
	test_alive();
	test_bounds();
	test_too_many();
	return tap_done();
}
