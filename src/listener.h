/*
 * The listening socket, wherever it comes from.
 */
#ifndef ATTESTRY_LISTENER_H
#define ATTESTRY_LISTENER_H

#include <sys/types.h>

#include "config.h"
#include "fault.h"

/* Connections that wait for a worker; with few, a burst is refused. */
#define LISTENER_BACKLOG 1024

struct listener {
	int fd;
	char path[LISTEN_PATH_LEN_MAX]; /* "" unless we made it */
	dev_t dev;			/* of the socket at `path` */
	ino_t ino;
};

/*
 * Takes the socket that came as fd 0 (spawn-fcgi, supervisord), or from
 * systemd (LISTEN_FDS), or else opens one at `address`. A unix socket at which
 * nobody answers is replaced; its mode is 0660.
 *
 * Call it before anything else takes fd 0 for standard input; afterwards it is
 * /dev/null, if it was the socket.
 *
 * Returns 0, or -1 with FAULT_INTERNAL; then there is nothing to close.
 */
MUST_USE int listener_open(struct listener *l,
    const struct listen_address *address, struct fault *f);

/*
 * Removes the path of a unix socket that listener_open made: nobody finds it
 * any more, and who is in its queue stays there.
 */
void listener_unlink(struct listener *l);

/* Unlinks and closes it. */
void listener_close(struct listener *l);

#endif
