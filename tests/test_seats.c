/*
 * Seats for processes: as many as there are, never more, and none lost with a
 * process that dies.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "seats.h"
#include "tap.h"

#define NUM_CHILDREN 16
#define NUM_ROUNDS 2000

/* A child that does as it is told, one letter at a time. */
struct child {
	pid_t pid;
	int order, answer;
};

static void
obey(struct seats *s, int order, int answer)
{
	char c, said;

	while (read(order, &c, 1) == 1) {
		said = 'y';
		if (c == 't' && !seats_take(s))
			said = 'n';
		if (c == 'g')
			seats_give(s);
		if (c == 'c' || c == 'o')
			seats_close(s, c == 'c');
		if (c == 'x')
			_exit(0);
		if (write(answer, &said, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static struct child
start(struct seats *s)
{
	int order[2], answer[2];
	struct child c;

	if (pipe(order) != 0 || pipe(answer) != 0)
		abort();
	c.pid = fork();
	if (c.pid == 0) {
		close(order[1]);
		obey(s, order[0], answer[1]);
	}
	close(order[0]);
	close(answer[1]);
	c.order = order[1];
	c.answer = answer[0];
	return c;
}

static bool
tell(const struct child *c, char letter)
{
	char said = 0;

	return write(c->order, &letter, 1) == 1 &&
	    read(c->answer, &said, 1) == 1 && said == 'y';
}

static void
end(const struct child *c, int sig)
{
	/* others have copies of the pipe: closing it would not be heard */
	if (sig == 0)
		tell(c, 'x');
	else
		kill(c->pid, sig);
	close(c->order);
	close(c->answer);
	waitpid(c->pid, NULL, 0);
}

/* Within the time that is promised, and a little. */
static bool
moves_on(const struct seats *s, unsigned int from)
{
	int64_t until = clock_ms() + 20 * SEATS_DEATH_LOOK_MS;

	while (seats_generation(s) == from && clock_ms() < until)
		usleep(1000);
	return seats_generation(s) != from;
}

static void
test_take_and_give(void)
{
	struct seats *s;
	struct fault f;
	struct child a, b, c;
	unsigned int was;

	if (!ok(seats_new(&s, 2, &f) == 0, "two seats"))
		return;
	a = start(s);
	b = start(s);
	c = start(s);
	was = seats_generation(s);
	ok(tell(&a, 't') && tell(&b, 't'), "two processes take them");
	ok(!tell(&c, 't') && !seats_take(s), "a third one gets none");
	ok(!tell(&a, 't'), "nobody gets two");
	usleep(2 * SEATS_DEATH_LOOK_MS * 1000);
	ok(seats_generation(s) == was, "taking says nothing to others");
	ok(tell(&c, 'g') && seats_generation(s) == was,
	    "nor does giving what one has not");
	ok(tell(&a, 'g') && seats_generation(s) != was,
	    "a seat comes back: the generation moves");
	ok(tell(&c, 'c') && !tell(&c, 't'), "closed: none, though one is free");
	ok(tell(&a, 't') && tell(&a, 'g'), "the others are not concerned");
	ok(tell(&c, 'o') && tell(&c, 't') && !tell(&a, 't'),
	    "open again: taken");
	end(&a, 0);
	end(&b, 0);
	end(&c, 0);
	seats_free(s);
}

static void
test_death(void)
{
	static const struct {
		const char *how;
		int sig;
	} deaths[] = {
		{ "killed", SIGKILL }, { "aborted", SIGABRT }, { "ended", 0 },
	};
	struct seats *s;
	struct fault f;
	struct child child, heir;
	unsigned int was;
	size_t i;

	if (!ok(seats_new(&s, 1, &f) == 0, "one seat"))
		return;
	for (i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
		child = start(s);
		heir = start(s);
		was = seats_generation(s);
		ok(tell(&child, 't') && !tell(&heir, 't'), "one has it");
		end(&child, deaths[i].sig);
		ok(tell(&heir, 't'), "%s: the seat is free at once",
		    deaths[i].how);
		ok(tell(&heir, 'g') && moves_on(s, was), "and given on");
		end(&heir, 0);

		child = start(s);
		was = seats_generation(s);
		ok(tell(&child, 't'), "taken");
		end(&child, deaths[i].sig);
		ok(moves_on(s, was), "%s: the generation moves by itself",
		    deaths[i].how);
		was = seats_generation(s);
		usleep(3 * SEATS_DEATH_LOOK_MS * 1000);
		ok(seats_generation(s) == was, "once");
	}
	seats_free(s);
}

/* Ends with how often more than `num` were on a seat at a time. */
static void
contend(struct seats *s, int *at_once, int num)
{
	int i, num_bad = 0;

	for (i = 0; i < NUM_ROUNDS; i++) {
		if (!seats_take(s))
			continue;
		if (__atomic_add_fetch(at_once, 1, __ATOMIC_SEQ_CST) > num)
			num_bad++;
		if (i % 16 == 0)
			usleep(10);
		__atomic_sub_fetch(at_once, 1, __ATOMIC_SEQ_CST);
		seats_give(s);
	}
	_exit(num_bad > 100 ? 100 : num_bad);
}

static void
test_contention(void)
{
	int *at_once = mmap(NULL, sizeof(*at_once), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct seats *s;
	struct fault f;
	pid_t pids[NUM_CHILDREN];
	int i, status, num_good = 0;

	if (!ok(at_once != MAP_FAILED && seats_new(&s, 3, &f) == 0,
		"three seats"))
		return;
	for (i = 0; i < NUM_CHILDREN; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			contend(s, at_once, 3);
	}
	for (i = 0; i < NUM_CHILDREN; i++)
		if (waitpid(pids[i], &status, 0) == pids[i] && status == 0)
			num_good++;
	ok(num_good == NUM_CHILDREN, "%d processes: never more than three sit",
	    NUM_CHILDREN);
	ok(seats_take(s), "and a seat is free in the end");
	seats_free(s);
	munmap(at_once, sizeof(*at_once));
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_take_and_give();
	test_death();
	test_contention();
	return tap_done();
}
