#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http_private.h"

#define SLEEP_MS 1000

static int
unblock(int fd, struct fault *f)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return fault_set(f, FAULT_INTERNAL,
		    "http: listening socket: errno %d", errno);
	return 0;
}

static int
wake_for(int idle_fd, int fd, uint32_t events, struct fault *f)
{
	struct epoll_event event = { .events = events };

	if (epoll_ctl(idle_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		return fault_set(f, FAULT_INTERNAL, "http: epoll: errno %d",
		    errno);
	return 0;
}

/*
 * poll would wake up every idle worker of the pool for each connection; epoll
 * with EPOLLEXCLUSIVE wakes one (epoll_ctl(2)).
 */
int
http_queues_open(struct http_queues *q, const int *fds, int stop_fd,
    struct fault *f)
{
	int i;

	*q = (struct http_queues){ .fds = fds };
	q->idle_fd = epoll_create1(EPOLL_CLOEXEC);
	if (q->idle_fd < 0)
		return fault_set(f, FAULT_INTERNAL, "http: epoll: errno %d",
		    errno);
	if (wake_for(q->idle_fd, stop_fd, EPOLLIN, f) != 0)
		return -1;
	for (i = 0; i < HTTP_QUEUES_NUM; i++)
		if (fds[i] >= 0 && (unblock(fds[i], f) != 0 ||
		    wake_for(q->idle_fd, fds[i], EPOLLIN | EPOLLEXCLUSIVE,
			f) != 0))
			return -1;
	return 0;
}

void
http_queues_close(struct http_queues *q)
{
	if (q->idle_fd >= 0)
		close(q->idle_fd);
}

int
http_queues_sleep(const struct http_queues *q, struct fault *f)
{
	struct epoll_event event;

	if (epoll_wait(q->idle_fd, &event, 1, SLEEP_MS) < 0 && errno != EINTR)
		return fault_set(f, FAULT_INTERNAL, "http: epoll: errno %d",
		    errno);
	return 0;
}

void
http_queues_poll(const struct http_queues *q, struct pollfd *out)
{
	int i;

	for (i = 0; i < HTTP_QUEUES_NUM; i++)
		out[i] = (struct pollfd){ q->fds[i], POLLIN, 0 };
}

bool
http_queues_has_waiting(const struct http_queues *q)
{
	struct pollfd p[HTTP_QUEUES_NUM];

	http_queues_poll(q, p);
	return poll(p, HTTP_QUEUES_NUM, 0) > 0;
}

int
http_queues_choose(struct http_queues *q, const struct pollfd *polled,
    struct fault *f)
{
	int i, next;

	for (i = 0; i < HTTP_QUEUES_NUM; i++)
		if ((polled[i].revents & ~POLLIN) != 0)
			return fault_set(f, FAULT_INTERNAL,
			    "http: a listening socket is closed");
	for (i = 1; i <= HTTP_QUEUES_NUM; i++) {
		next = (q->turn + i) % HTTP_QUEUES_NUM;
		if (polled[next].revents != 0) {
			q->turn = next;
			return 1;
		}
	}
	return 0;
}
