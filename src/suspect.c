#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "shared.h"
#include "suspect.h"

/* Beside the workers wanted: one that comes, one that goes, the keeper. */
#define OTHERS_NUM 3

/* A process, which holds the place of the same number, and what it has. */
struct hand {
	atomic_int pid; /* 0: nobody's */
	atomic_bool is_full;
	uint8_t checksum[SHA256_LEN];
};

/* Written by the master alone. */
struct entry {
	atomic_int num_deaths; /* 0: none, or it is being written */
	unsigned int order;
	uint8_t checksum[SHA256_LEN];
};

struct board {
	struct entry entries[SUSPECTS_NUM_MAX];
	struct hand hands[];
};

struct suspects {
	struct shared shared;
	struct board *board; /* in it */
	int num_hands;
	pid_t owner; /* whose hand `mine` is: not a child's of it */
	struct hand *mine;
	unsigned int num_buried; /* the master's, for the entries' order */
};

int
suspects_new(struct suspects **out, int num_workers, struct fault *f)
{
	struct suspects *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return fault_set_memory(f);
	s->num_hands = num_workers + OTHERS_NUM;
	if (shared_init(&s->shared, "attestry-suspects", sizeof(*s->board) +
	    (size_t)s->num_hands * sizeof(s->board->hands[0]), f) < 0) {
		free(s);
		return -1;
	}
	s->board = s->shared.ptr;
	*out = s;
	return 0;
}

void
suspects_free(struct suspects *s)
{
	if (s == NULL)
		return;
	shared_clear(&s->shared);
	free(s);
}

static bool
is_same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, SHA256_LEN) == 0;
}

/* This process's hand, for as long as it lives; NULL: there is none left. */
static struct hand *
find_mine(struct suspects *s)
{
	struct hand *h = s->board->hands;
	int i;

	if (s->owner == getpid())
		return s->mine;
	s->owner = getpid();
	s->mine = NULL;
	for (i = 0; i < s->num_hands && s->mine == NULL; i++) {
		/* one of the dead is nobody's only when it is buried */
		if (atomic_load(&h[i].pid) != 0 || !shared_hold(&s->shared, i))
			continue;
		if (atomic_load(&h[i].pid) == 0) {
			atomic_store(&h[i].pid, (int)s->owner);
			s->mine = &h[i];
		} else
			shared_let_go(&s->shared, i);
	}
	return s->mine;
}

/* Whether another process has died with it, and is not buried yet. */
static bool
is_with_the_dead(const struct suspects *s, const uint8_t *checksum)
{
	const struct hand *h = s->board->hands;
	int i;

	for (i = 0; i < s->num_hands; i++)
		if (&h[i] != s->mine && atomic_load(&h[i].is_full) &&
		    is_same(h[i].checksum, checksum) &&
		    !shared_is_held(&s->shared, i) &&
		    atomic_load(&h[i].is_full))
			return true;
	return false;
}

static struct entry *
find_entry(const struct suspects *s, const uint8_t *checksum)
{
	struct entry *e = s->board->entries;
	int i;

	for (i = 0; i < SUSPECTS_NUM_MAX; i++)
		if (atomic_load(&e[i].num_deaths) > 0 &&
		    is_same(e[i].checksum, checksum))
			return &e[i];
	return NULL;
}

static bool
is_suspect(const struct suspects *s, const uint8_t *checksum)
{
	const struct entry *e = find_entry(s, checksum);

	return e != NULL &&
	    atomic_load(&e->num_deaths) >= SUSPECT_DEATHS_MAX;
}

bool
suspects_take(struct suspects *s, const uint8_t checksum[static SHA256_LEN])
{
	int64_t until = clock_ms() + SUSPECT_WORD_MS;
	struct hand *mine;

	if (s == NULL)
		return true;
	mine = find_mine(s);
	while (is_with_the_dead(s, checksum)) {
		if (clock_ms() >= until)
			return false; /* no word: better not */
		poll(NULL, 0, 1);
	}
	if (is_suspect(s, checksum))
		return false;
	if (mine != NULL) {
		memcpy(mine->checksum, checksum, SHA256_LEN);
		atomic_store(&mine->is_full, true);
	}
	return true;
}

void
suspects_give(struct suspects *s)
{
	if (s != NULL && s->owner == getpid() && s->mine != NULL)
		atomic_store(&s->mine->is_full, false);
}

/*
 * A process ends itself, or the kernel ends it for what it did: nobody else
 * had to do with it. A sanitizer's way is to exit.
 */
static bool
is_own_doing(int status)
{
	if (!WIFSIGNALED(status))
		return true;
	switch (WTERMSIG(status)) {
	case SIGABRT:
	case SIGALRM:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGSEGV:
	case SIGSYS:
	case SIGTRAP:
		return true;
	default:
		return false;
	}
}

/*
 * Where the next one is written: over nobody, else over one that is no
 * suspect yet, else over whichever is there the longest.
 */
static struct entry *
find_room(struct suspects *s)
{
	struct entry *e = s->board->entries, *room = e;
	int i, deaths, least;

	for (i = 1; i < SUSPECTS_NUM_MAX; i++) {
		deaths = atomic_load(&e[i].num_deaths);
		least = atomic_load(&room->num_deaths);
		if (deaths < least || (deaths == least &&
			e[i].order < room->order))
			room = &e[i];
	}
	return room;
}

/* Returns whether it is a suspect for the first time. */
static bool
count_death(struct suspects *s, const uint8_t *checksum, bool is_own)
{
	struct entry *e = find_entry(s, checksum);
	int before, after;

	if (e == NULL) {
		e = find_room(s);
		atomic_store(&e->num_deaths, 0);
		memcpy(e->checksum, checksum, SHA256_LEN);
	}
	e->order = ++s->num_buried;
	before = atomic_load(&e->num_deaths);
	after = is_own || before + 1 > SUSPECT_DEATHS_MAX ?
	    SUSPECT_DEATHS_MAX : before + 1;
	atomic_store(&e->num_deaths, after);
	return before < SUSPECT_DEATHS_MAX && after == SUSPECT_DEATHS_MAX;
}

bool
suspects_bury(struct suspects *s, pid_t pid, int status,
    uint8_t out_checksum[static SHA256_LEN])
{
	struct hand *h;
	bool is_new = false;
	int i;

	for (i = 0; s != NULL && i < s->num_hands; i++) {
		h = &s->board->hands[i];
		if (atomic_load(&h->pid) != pid)
			continue;
		if (atomic_load(&h->is_full)) {
			memcpy(out_checksum, h->checksum, SHA256_LEN);
			is_new = count_death(s, h->checksum,
			    is_own_doing(status));
		}
		atomic_store(&h->is_full, false);
		atomic_store(&h->pid, 0);
	}
	return is_new;
}
