#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

#include "sandbox.h"

static int
refuse(struct fault *f, const char *what, int error)
{
	return fault_set(f, FAULT_INTERNAL, "sandbox: %s: %s", what,
	    strerror(error));
}

#ifdef HAVE_SECCOMP

/* It stops the process from outside, to look for what leaks. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WITH_LEAK_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WITH_LEAK_SANITIZER
#endif

/* Whoever makes one of these is no longer our program. */
static const int deadly[] = {
	/* to run another program */
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(uselib),
	/* to reach into another process */
#ifndef WITH_LEAK_SANITIZER
	SCMP_SYS(ptrace),
#endif
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(process_madvise), SCMP_SYS(pidfd_getfd), SCMP_SYS(kcmp),
	/* to see other files */
	SCMP_SYS(mount), SCMP_SYS(umount), SCMP_SYS(umount2),
	SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(mount_setattr),
	SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick),
	SCMP_SYS(name_to_handle_at), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(fanotify_init), SCMP_SYS(quotactl), SCMP_SYS(quotactl_fd),
	/* to have other namespaces; see also clone */
	SCMP_SYS(unshare), SCMP_SYS(setns),
	/* to put code into the kernel, or to hit where it is thin */
	SCMP_SYS(init_module), SCMP_SYS(finit_module),
	SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
	SCMP_SYS(personality), SCMP_SYS(modify_ldt), SCMP_SYS(vm86),
	SCMP_SYS(vm86old), SCMP_SYS(iopl), SCMP_SYS(ioperm),
	SCMP_SYS(lookup_dcookie), SCMP_SYS(_sysctl), SCMP_SYS(nfsservctl),
	/* to change the machine */
	SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff),
	SCMP_SYS(acct), SCMP_SYS(syslog), SCMP_SYS(sethostname),
	SCMP_SYS(setdomainname), SCMP_SYS(settimeofday), SCMP_SYS(stime),
	SCMP_SYS(clock_settime), SCMP_SYS(clock_settime64),
	SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime),
	SCMP_SYS(clock_adjtime64),
};

/* Kerberos, below libpq and libcurl, looks for tickets in keyrings. */
static const int refused[] = {
	SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl),
};

/* Of clone; CLONE_NEWTIME shares its bit with the exit signal. */
static const uint64_t namespaces[] = {
	CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
	CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,
};

/* Returns 0 or a negative errno, as libseccomp does. */
static int
add_rules(scmp_filter_ctx filter)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(deadly) / sizeof(*deadly); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i],
		    0);
	for (i = 0; r == 0 && i < sizeof(namespaces) / sizeof(*namespaces);
	    i++)
		r = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS,
		    SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ,
		    namespaces[i], namespaces[i]));
	/* its flags are out of sight; without it libc takes clone */
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
		    SCMP_SYS(clone3), 0);
	for (i = 0; r == 0 && i < sizeof(refused) / sizeof(*refused); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i],
		    0);
	/* sockets of packets, ciphers, virtual machines and so on */
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT),
		    SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0));
	return r;
}

static int
load_filter(struct sandbox *s, struct fault *f)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = -ENOMEM;

	if (filter == NULL)
		return fault_set_memory(f);
	/* system calls as 32-bit programs make them */
	r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = add_rules(filter);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	if (r != 0)
		return refuse(f, "seccomp", -r);
	s->has_seccomp = true;
	return 0;
}

#else

static int
load_filter(struct sandbox *s, struct fault *f)
{
	(void)s, (void)f;
	return 0;
}

#endif

/*
 * What is refused. The kernel's own struct and words are newer than the
 * headers of Debian 12; a member that a kernel does not know must be 0.
 */
struct landlock_wall {
	uint64_t files;
	uint64_t ports;
	uint64_t scopes;
};
#define FILE_REFER (1ULL << 13)	   /* of version 2: to link and rename */
#define FILE_TRUNCATE (1ULL << 14) /* 3 */
#define PORT_BIND (1ULL << 0)	   /* 4 */
#define SCOPE_SIGNAL (1ULL << 1)   /* 6 */

/* All of version 1 but to read. */
#define FILES_OF_VERSION_1 (LANDLOCK_ACCESS_FS_EXECUTE | \
	LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
	LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

static int
landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

/* A ruleset without a rule: there is no file that is an exception. */
static int
put_landlock(int version, struct fault *f)
{
	struct landlock_wall wall = {
		.files = FILES_OF_VERSION_1 |
		    (version >= 2 ? FILE_REFER : 0) |
		    (version >= 3 ? FILE_TRUNCATE : 0),
		.ports = version >= 4 ? PORT_BIND : 0,
		.scopes = version >= 6 ? SCOPE_SIGNAL : 0,
	};
	int fd, error = 0;

	fd = (int)syscall(SYS_landlock_create_ruleset, &wall, sizeof(wall), 0);
	if (fd < 0)
		return refuse(f, "landlock_create_ruleset", errno);
	if (syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		error = errno;
	close(fd);
	return error == 0 ? 0 : refuse(f, "landlock_restrict_self", error);
}

static int
find_user(struct sandbox *s, const char *user, struct fault *f)
{
	const struct passwd *entry;

	if (user == NULL)
		return geteuid() != 0 ? 0 : fault_set(f, FAULT_INTERNAL,
		    "started as root: want ATTESTRY_USER, the user that "
		    "workers become");
	errno = 0;
	entry = getpwnam(user);
	if (entry == NULL)
		return fault_set(f, FAULT_INTERNAL,
		    "ATTESTRY_USER: want a user's name, have %.100s: %s", user,
		    errno != 0 ? strerror(errno) : "there is none");
	if (entry->pw_uid == 0)
		return fault_set(f, FAULT_INTERNAL,
		    "ATTESTRY_USER: want a user who is not root, have %.100s",
		    user);
	if (geteuid() != 0 && geteuid() != entry->pw_uid)
		return fault_set(f, FAULT_INTERNAL,
		    "ATTESTRY_USER: only root can become %.100s", user);
	s->has_user = geteuid() == 0;
	s->user = user;
	s->uid = entry->pw_uid;
	s->gid = entry->pw_gid;
	return 0;
}

/* The kernel forgets PR_SET_PDEATHSIG when the user changes. */
static int
become_user(const struct sandbox *s, struct fault *f)
{
	pid_t parent = getppid();
	int death_signal;

	if (prctl(PR_GET_PDEATHSIG, &death_signal) != 0)
		return refuse(f, "PR_GET_PDEATHSIG", errno);
	if (initgroups(s->user, s->gid) != 0 ||
	    setresgid(s->gid, s->gid, s->gid) != 0 ||
	    setresuid(s->uid, s->uid, s->uid) != 0)
		return refuse(f, s->user, errno);
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0)
		return refuse(f, "root is still within reach", EPERM);
	if (prctl(PR_SET_PDEATHSIG, death_signal) != 0)
		return refuse(f, "PR_SET_PDEATHSIG", errno);
	if (getppid() != parent)
		return refuse(f, "the master is gone", ESRCH);
	return 0;
}

int
sandbox_open(struct sandbox *s, const char *user, bool is_on, struct fault *f)
{
	*s = (struct sandbox){ 0 };
	if (find_user(s, user, f) != 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return refuse(f, "no_new_privs", errno);
	if (!is_on)
		return 0;
	s->landlock_abi = landlock_version();
	return load_filter(s, f);
}

int
sandbox_enter(const struct sandbox *s, struct fault *f)
{
	if (s->has_user && become_user(s, f) != 0)
		return -1;
	if (s->landlock_abi > 0 && put_landlock(s->landlock_abi, f) != 0)
		return -1;
	return 0;
}
