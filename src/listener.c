#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listener.h"

/* sd_listen_fds(3) */
#define SYSTEMD_FIRST_FD 3

static int
refuse(struct fault *f, const char *what, int error)
{
	return fault_set(f, FAULT_INTERNAL, "socket: %s: %s", what,
	    strerror(error));
}

static bool
is_listening(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 &&
	    value != 0;
}

/* Moves fd 0 out of the way of whatever takes it for standard input. */
static int
take_stdin(struct listener *l, struct fault *f)
{
	int null_fd;

	l->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, SYSTEMD_FIRST_FD);
	if (l->fd < 0)
		return refuse(f, "fd 0", errno);
	null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0)
		return refuse(f, "/dev/null", errno);
	close(null_fd);
	return 0;
}

/* Whether systemd means this process, and how many sockets it hands over. */
static int
num_systemd_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *num = getenv("LISTEN_FDS");
	char *end;
	long n;

	if (pid == NULL || num == NULL ||
	    strtol(pid, &end, 10) != getpid() || *end != '\0')
		return 0;
	n = strtol(num, &end, 10);
	return *num == '\0' || *end != '\0' || n < 0 || n > INT_MAX ? 0 :
	    (int)n;
}

static int
take_systemd(struct listeners *l, int num_fds, struct fault *f)
{
	int i;

	if (num_fds > LISTEN_NUM)
		return fault_set(f, FAULT_INTERNAL, "socket: LISTEN_FDS: "
		    "want %d sockets at most, have %d", LISTEN_NUM, num_fds);
	for (i = 0; i < num_fds; i++) {
		if (!is_listening(SYSTEMD_FIRST_FD + i))
			return fault_set(f, FAULT_INTERNAL,
			    "socket: LISTEN_FDS: fd %d: want a listening "
			    "stream socket", SYSTEMD_FIRST_FD + i);
		l->of[i].fd = SYSTEMD_FIRST_FD + i;
		if (fcntl(l->of[i].fd, F_SETFD, FD_CLOEXEC) != 0)
			return refuse(f, "LISTEN_FDS", errno);
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	return 0;
}

static int
open_tcp(struct listener *l, const struct listen_address *address,
    struct fault *f)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	}, *list, *a;
	int r, one = 1, error = 0;

	r = getaddrinfo(address->host, address->port, &hints, &list);
	if (r != 0)
		return fault_set(f, FAULT_INTERNAL, "socket: %s: %s",
		    address->host, gai_strerror(r));
	for (a = list; a != NULL && l->fd < 0; a = a->ai_next) {
		l->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (l->fd < 0) {
			error = errno;
			continue;
		}
		/* accepted connections inherit TCP_NODELAY */
		if (setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one,
		    sizeof(one)) == 0 &&
		    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one,
		    sizeof(one)) == 0 &&
		    bind(l->fd, a->ai_addr, a->ai_addrlen) == 0 &&
		    listen(l->fd, LISTENER_BACKLOG) == 0)
			break;
		error = errno;
		close(l->fd);
		l->fd = -1;
	}
	freeaddrinfo(list);
	if (l->fd < 0)
		return fault_set(f, FAULT_INTERNAL, "socket: %s port %s: %s",
		    address->host, address->port, strerror(error));
	return 0;
}

static struct sockaddr_un
unix_address(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	_Static_assert(sizeof(a.sun_path) == LISTEN_PATH_LEN_MAX, "sun_path");
	memcpy(a.sun_path, path, strlen(path));
	return a;
}

/* Removes what an earlier master left; a socket that answers is in use. */
static int
remove_stale(const char *path, struct fault *f)
{
	struct sockaddr_un a = unix_address(path);
	struct stat st;
	int fd, error;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : refuse(f, path, errno);
	if (!S_ISSOCK(st.st_mode))
		return fault_set(f, FAULT_INTERNAL,
		    "socket: %s: it exists and is not a socket", path);
	/* not to wait when its queue is full: that is an answer, too */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return refuse(f, path, errno);
	error = connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ? errno : 0;
	close(fd);
	if (error == ENOENT)
		return 0;
	if (error != ECONNREFUSED)
		return fault_set(f, FAULT_INTERNAL,
		    "socket: %s: another server answers there", path);
	if (unlink(path) != 0 && errno != ENOENT)
		return refuse(f, path, errno);
	return 0;
}

/* Binds so that the path never has a wider mode than 0660. */
static int
bind_unix(struct listener *l, const char *path, struct fault *f)
{
	struct sockaddr_un a = unix_address(path);
	struct stat st;
	mode_t old = umask(0117);
	int r = bind(l->fd, (struct sockaddr *)&a, sizeof(a)), error = errno;

	umask(old);
	if (r != 0)
		return refuse(f, path, error);
	if (listen(l->fd, LISTENER_BACKLOG) != 0 || lstat(path, &st) != 0)
		return refuse(f, path, errno);
	l->is_made = true;
	memcpy(l->path, path, strlen(path) + 1);
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return 0;
}

/* Opens the folder of a path and locks it: one master at a time in here. */
static int
lock_folder(const char *path, struct fault *f)
{
	char folder[LISTEN_PATH_LEN_MAX];
	char *slash;
	int fd;

	memcpy(folder, path, strlen(path) + 1);
	slash = strrchr(folder, '/');
	slash[slash == folder] = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return refuse(f, folder, errno);
	if (flock(fd, LOCK_EX) != 0) {
		refuse(f, folder, errno);
		close(fd);
		return -1;
	}
	return fd;
}

static int
open_unix(struct listener *l, const char *path, struct fault *f)
{
	int folder_fd = lock_folder(path, f), r = -1;

	if (folder_fd < 0)
		return -1;
	if (remove_stale(path, f) != 0)
		goto out;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0) {
		refuse(f, path, errno);
		goto out;
	}
	r = bind_unix(l, path, f);
out:
	close(folder_fd);
	return r;
}

/* A socket that is there already keeps its place. */
static int
open_address(struct listener *l, const struct listen_address *address,
    struct fault *f)
{
	if (l->fd >= 0)
		return 0;
	if (address->path[0] != '\0')
		return open_unix(l, address->path, f);
	if (address->host[0] != '\0')
		return open_tcp(l, address, f);
	return 0;
}

static int
take_inherited(struct listeners *l, struct fault *f)
{
	int num_fds = num_systemd_fds();

	if (is_listening(STDIN_FILENO))
		return take_stdin(&l->of[LISTEN_ALL], f);
	return take_systemd(l, num_fds, f);
}

static int
open_all(struct listeners *l, const struct listen_address *addresses,
    struct fault *f)
{
	int i;

	if (take_inherited(l, f) != 0)
		return -1;
	for (i = 0; i < LISTEN_NUM; i++)
		if (open_address(&l->of[i], &addresses[i], f) != 0)
			return -1;
	if (l->of[LISTEN_ALL].fd < 0)
		return fault_set(f, FAULT_INTERNAL, "socket: none came as fd "
		    "0 or from systemd, and ATTESTRY_LISTEN is not set");
	return 0;
}

int
listeners_open(struct listeners *l, const struct listen_address *addresses,
    struct fault *f)
{
	int i;

	for (i = 0; i < LISTEN_NUM; i++)
		l->of[i] = (struct listener){ .fd = -1 };
	if (open_all(l, addresses, f) == 0)
		return 0;
	listeners_close(l);
	return -1;
}

static void
unlink_path(struct listener *l)
{
	struct stat st;

	if (l->path[0] != '\0' && lstat(l->path, &st) == 0 &&
	    st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->path);
	l->path[0] = '\0';
}

void
listeners_unlink(struct listeners *l)
{
	int i;

	for (i = 0; i < LISTEN_NUM; i++)
		unlink_path(&l->of[i]);
}

void
listeners_close(struct listeners *l)
{
	int i;

	listeners_unlink(l);
	for (i = 0; i < LISTEN_NUM; i++) {
		if (l->of[i].fd >= 0)
			close(l->of[i].fd);
		l->of[i].fd = -1;
	}
}
