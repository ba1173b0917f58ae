/*
 * What the processes that serve strangers can no longer do, so that whoever
 * takes one over with a quote has little of it. Four walls, each of its own:
 *
 *	user		a process that was started as root becomes ATTESTRY_USER
 *	no_new_privs	nothing that is run gives rights
 *	seccomp		system calls that no part of the service makes (to run
 *			a program, trace, mount, make a namespace, load code
 *			into the kernel, set the clock, ...) end the process
 *			that makes one with SIGSYS: that costs one request and
 *			leaves a trace, where an error would be swallowed
 *	Landlock	no file is written, made, removed or run, no TCP port is
 *			opened, no other process is sent a signal, as far as
 *			the kernel knows how to refuse it. Files are read and
 *			servers connected to as ever
 *
 * A kernel without Landlock is all right; seccomp must be there, unless
 * configure said --without-seccomp. ATTESTRY_SANDBOX=off leaves out the last
 * two, for debuggers and for kernels that refuse them.
 * Source: seccomp(2), landlock(7), prctl(2).
 */
#ifndef ATTESTRY_SANDBOX_H
#define ATTESTRY_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "fault.h"

struct sandbox {
	bool has_user; /* there is one to become */
	uid_t uid;
	gid_t gid;
	const char *user;  /* borrowed */
	bool has_seccomp;
	int landlock_abi; /* its version; 0: there is none */
};

/*
 * In the master, which has one thread: finds the user, and puts
 * no_new_privs and seccomp on this process and all that it will start.
 *
 * user		who to become; NULL: stay who it is, which must not be root.
 *		Must outlive `s`
 * is_on	whether seccomp and Landlock are wanted
 *
 * Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int sandbox_open(struct sandbox *s, const char *user, bool is_on,
    struct fault *f);

/*
 * In a worker, before it hears of a stranger: becomes the user and puts
 * Landlock on. What the user may not read must have been read before. The
 * worker goes on being told of its parent's death (PR_SET_PDEATHSIG).
 *
 * Returns 0, or -1 with FAULT_INTERNAL; then it must not serve.
 */
MUST_USE int sandbox_enter(const struct sandbox *s, struct fault *f);

#endif
