/*
 * The listening sockets, wherever they come from: one for everything, and one
 * more where uploads are to have a queue of their own, so that a read does not
 * wait for all uploads that came before it.
 */
#ifndef ATTESTRY_LISTENER_H
#define ATTESTRY_LISTENER_H

#include <sys/types.h>

#include "config.h"
#include "fault.h"

/* Connections that wait for a worker; with few, a burst is refused. */
#define LISTENER_BACKLOG 1024

struct listener {
	int fd;	      /* -1: there is none */
	bool is_made; /* a unix socket that is ours, not somebody else's */
	char path[LISTEN_PATH_LEN_MAX]; /* "" when there is none to remove */
	dev_t dev;			/* of the socket at `path` */
	ino_t ino;
};

/* By enum listen_queue. */
struct listeners {
	struct listener of[LISTEN_NUM];
};

/*
 * Takes the socket for everything that came as fd 0 (spawn-fcgi, supervisord),
 * or one or both from systemd (LISTEN_FDS, in the order of enum
 * listener_queue), and opens the others at their addresses; the one for
 * uploads only where there is an address. A unix socket at which nobody
 * answers is replaced; its mode is 0660.
 *
 * addresses	LISTEN_NUM of them
 *
 * Call it before anything else takes fd 0 for standard input; afterwards it is
 * /dev/null, if it was the socket.
 *
 * Returns 0, or -1 with FAULT_INTERNAL; then there is nothing to close.
 */
MUST_USE int listeners_open(struct listeners *l,
    const struct listen_address *addresses, struct fault *f);

/*
 * Removes the paths of unix sockets that listeners_open made: nobody finds
 * them any more, and who is in their queues stays there.
 */
void listeners_unlink(struct listeners *l);

/* Unlinks and closes them. */
void listeners_close(struct listeners *l);

#endif
