#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "seats.h"

/*
 * Who has a seat holds a lock on the byte of that number in a file without a
 * name: the kernel drops a process's locks when it ends. The rest is memory
 * that all processes share, in the same file.
 */
struct board {
	atomic_uint generation;
	atomic_llong looked_at_ms; /* for the seats of the dead */
	atomic_ullong num_taken;   /* so far; gives every taking its number */
	atomic_ullong taken[SEATS_NUM_MAX]; /* the taking's number; 0: free */
};

struct seats {
	struct board *board;
	int fd;
	int num;
	int mine; /* this process's seat; -1: none */
	bool is_closed;
};

static struct flock
lock_of(int seat, short type)
{
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = seat,
		.l_len = 1,
	};
}

static bool
set_lock(const struct seats *s, int seat, short type)
{
	struct flock lock = lock_of(seat, type);

	return fcntl(s->fd, F_SETLK, &lock) == 0;
}

/* Whether another process sits there. */
static bool
is_held(const struct seats *s, int seat)
{
	struct flock lock = lock_of(seat, F_WRLCK);

	return fcntl(s->fd, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

int
seats_new(struct seats **out, int num, struct fault *f)
{
	struct seats *s = malloc(sizeof(*s));

	if (s == NULL)
		return fault_set_memory(f);
	*s = (struct seats){ .num = num, .mine = -1 };
	s->fd = memfd_create("attestry-seats", MFD_CLOEXEC);
	if (s->fd < 0 || ftruncate(s->fd, sizeof(*s->board)) != 0)
		goto fail;
	s->board = mmap(NULL, sizeof(*s->board), PROT_READ | PROT_WRITE,
	    MAP_SHARED, s->fd, 0);
	if (s->board == MAP_FAILED)
		goto fail;
	*out = s;
	return 0;
fail:
	fault_set(f, FAULT_INTERNAL, "seats: shared memory: %s",
	    strerror(errno));
	if (s->fd >= 0)
		close(s->fd);
	free(s);
	return -1;
}

void
seats_free(struct seats *s)
{
	if (s == NULL)
		return;
	seats_give(s);
	munmap(s->board, sizeof(*s->board));
	close(s->fd);
	free(s);
}

bool
seats_take(struct seats *s)
{
	int i;

	if (s->is_closed || s->mine >= 0)
		return false;
	for (i = 0; i < s->num; i++)
		if (set_lock(s, i, F_WRLCK)) {
			s->mine = i;
			atomic_store(&s->board->taken[i],
			    atomic_fetch_add(&s->board->num_taken, 1) + 1);
			return true;
		}
	return false;
}

void
seats_give(struct seats *s)
{
	if (s->mine < 0)
		return;
	atomic_store(&s->board->taken[s->mine], 0);
	set_lock(s, s->mine, F_UNLCK);
	s->mine = -1;
	atomic_fetch_add(&s->board->generation, 1);
}

void
seats_close(struct seats *s, bool is_closed)
{
	s->is_closed = is_closed;
}

/* Whether it is this process's turn to look for the dead. */
static bool
take_turn(struct board *b)
{
	int64_t now = clock_ms();
	long long last = atomic_load(&b->looked_at_ms);

	return now - last >= SEATS_DEATH_LOOK_MS &&
	    atomic_compare_exchange_strong(&b->looked_at_ms, &last, now);
}

/*
 * A seat that was taken and has no lock is that of a dead process, or was
 * given back just now; then the generation moves once more than it need.
 */
static void
look_for_dead(const struct seats *s)
{
	unsigned long long taking;
	int i;

	for (i = 0; i < s->num; i++) {
		taking = atomic_load(&s->board->taken[i]);
		if (taking == 0 || i == s->mine || is_held(s, i))
			continue;
		/* not if somebody else sits there by now */
		if (atomic_compare_exchange_strong(&s->board->taken[i],
		    &taking, 0))
			atomic_fetch_add(&s->board->generation, 1);
	}
}

int
seats_num(const struct seats *s)
{
	return s->num;
}

int
seats_num_taken(const struct seats *s)
{
	int i, num = 0;

	for (i = 0; i < s->num; i++)
		if (i == s->mine || (atomic_load(&s->board->taken[i]) != 0 &&
			is_held(s, i)))
			num++;
	return num;
}

unsigned int
seats_generation(const struct seats *s)
{
	if (take_turn(s->board))
		look_for_dead(s);
	return atomic_load(&s->board->generation);
}
