#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "clock.h"
#include "seats.h"
#include "shared.h"

/* Who has a seat holds the place of that number. */
struct board {
	atomic_uint generation;
	atomic_llong looked_at_ms; /* for the seats of the dead */
	atomic_ullong num_taken;   /* so far; gives every taking its number */
	atomic_ullong taken[SEATS_NUM_MAX]; /* the taking's number; 0: free */
};

struct seats {
	struct shared shared;
	struct board *board; /* in it */
	int num;
	int mine; /* this process's seat; -1: none */
	bool is_closed;
};

int
seats_new(struct seats **out, int num, struct fault *f)
{
	struct seats *s = malloc(sizeof(*s));

	if (s == NULL)
		return fault_set_memory(f);
	*s = (struct seats){ .num = num, .mine = -1 };
	if (shared_init(&s->shared, "attestry-seats", sizeof(*s->board),
		f) < 0) {
		free(s);
		return -1;
	}
	s->board = s->shared.ptr;
	*out = s;
	return 0;
}

void
seats_free(struct seats *s)
{
	if (s == NULL)
		return;
	seats_give(s);
	shared_clear(&s->shared);
	free(s);
}

bool
seats_take(struct seats *s)
{
	int i;

	if (s->is_closed || s->mine >= 0)
		return false;
	for (i = 0; i < s->num; i++)
		if (shared_hold(&s->shared, i)) {
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
	shared_let_go(&s->shared, s->mine);
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
		if (taking == 0 || i == s->mine ||
		    shared_is_held(&s->shared, i))
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
			shared_is_held(&s->shared, i)))
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
