#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared.h"

/*
 * Who holds a place has a lock on the byte of that number in a file without a
 * name: the kernel drops a process's locks when it ends, before it closes the
 * files that were opened later. The memory is the same file's.
 */

int
shared_init(struct shared *s, const char *name, size_t len, struct fault *f)
{
	*s = (struct shared){ .len = len };
	s->fd = memfd_create(name, MFD_CLOEXEC);
	if (s->fd < 0 || ftruncate(s->fd, (off_t)len) != 0)
		goto fail;
	s->ptr = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd,
	    0);
	if (s->ptr != MAP_FAILED)
		return 0;
fail:
	fault_set(f, FAULT_INTERNAL, "shared memory: %s: %s", name,
	    strerror(errno));
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct shared){ .fd = -1 };
	return -1;
}

void
shared_clear(struct shared *s)
{
	munmap(s->ptr, s->len);
	close(s->fd);
	*s = (struct shared){ .fd = -1 };
}

static struct flock
lock_of(int place, short type)
{
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = place,
		.l_len = 1,
	};
}

bool
shared_hold(const struct shared *s, int place)
{
	struct flock lock = lock_of(place, F_WRLCK);

	return fcntl(s->fd, F_SETLK, &lock) == 0;
}

void
shared_let_go(const struct shared *s, int place)
{
	struct flock lock = lock_of(place, F_UNLCK);

	fcntl(s->fd, F_SETLK, &lock);
}

bool
shared_is_held(const struct shared *s, int place)
{
	struct flock lock = lock_of(place, F_WRLCK);

	return fcntl(s->fd, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}
