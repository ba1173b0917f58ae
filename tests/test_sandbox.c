/*
 * The sandbox, tried from inside: every child enters it, does one thing that
 * is forbidden, and has to die of it or be refused; what the service needs
 * still works. System calls are made with arguments that are good for nothing,
 * so that a sandbox with a hole costs this machine no more than a test.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"
#include "tap.h"

#ifdef HAVE_SECCOMP
#define HAS_SECCOMP true
#else
#define HAS_SECCOMP false
#endif

/* Who root becomes. */
#define USER "nobody"

/* Which has to trace, and may. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WITH_LEAK_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WITH_LEAK_SANITIZER
#endif

/* What a child that ran to its end says; errno of what it tried, or these. */
#define WENT_WELL 0
#define NO_SANDBOX 254

static char dir[] = "/tmp/sandbox-XXXXXX";
static int abi; /* Landlock's, here */

static const char *
user(void)
{
	return geteuid() == 0 ? USER : NULL;
}

/* Runs `act` behind the walls, in a process of its own; its wait status. */
static int
run(int (*act)(long), long argument, bool is_on)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct rlimit none = { 0, 0 };
		struct sandbox s;
		struct fault f;

		setrlimit(RLIMIT_CORE, &none);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (sandbox_open(&s, user(), is_on, &f) != 0 ||
		    sandbox_enter(&s, &f) != 0) {
			tap_note("%s", f.message);
			fflush(stdout);
			_exit(NO_SANDBOX);
		}
		_exit(act(argument));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static bool
is_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static bool
ended_with(int status, int value)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == value;
}

static void
note_status(int status)
{
	if (WIFSIGNALED(status))
		tap_note("signal %d", WTERMSIG(status));
	else
		tap_note("ended with %d", WEXITSTATUS(status));
}

static int
call(long number)
{
	return syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) < 0 ? errno :
	    WENT_WELL;
}

/* The same from a thread that was started afterwards. */
static void *
call_in_thread(void *number)
{
	call(*(long *)number);
	return NULL;
}

static int
call_from_thread(long number)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, call_in_thread, &number) != 0)
		return NO_SANDBOX;
	pthread_join(thread, NULL);
	return WENT_WELL;
}

static int
clone_with(long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0L, 0L, 0L, 0L);

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : WENT_WELL;
}

static int
run_program(long ignored)
{
	char *const argv[] = { "/bin/true", NULL };

	(void)ignored;
	execv(argv[0], argv);
	return errno;
}

#define CALL(name) { #name, SYS_##name }

static const struct {
	const char *name;
	long number;
} deadly[] = {
	CALL(execve), CALL(execveat), CALL(process_vm_readv),
	CALL(process_vm_writev), CALL(process_madvise), CALL(pidfd_getfd),
	CALL(kcmp), CALL(mount), CALL(umount2), CALL(pivot_root), CALL(chroot),
	CALL(mount_setattr), CALL(move_mount), CALL(open_tree), CALL(fsopen),
	CALL(fsconfig), CALL(fsmount), CALL(fspick), CALL(name_to_handle_at),
	CALL(open_by_handle_at), CALL(fanotify_init), CALL(quotactl),
	CALL(quotactl_fd), CALL(unshare), CALL(setns), CALL(init_module),
	CALL(finit_module), CALL(delete_module), CALL(kexec_load),
	CALL(kexec_file_load), CALL(bpf), CALL(perf_event_open),
	CALL(userfaultfd), CALL(io_uring_setup), CALL(io_uring_enter),
	CALL(io_uring_register), CALL(personality), CALL(reboot), CALL(swapon),
	CALL(swapoff), CALL(acct), CALL(syslog), CALL(sethostname),
	CALL(setdomainname), CALL(settimeofday), CALL(clock_settime),
	CALL(adjtimex), CALL(clock_adjtime),
#ifndef WITH_LEAK_SANITIZER
	CALL(ptrace),
#endif
#ifdef __x86_64__
	CALL(modify_ldt), CALL(iopl), CALL(ioperm), CALL(lookup_dcookie),
	CALL(_sysctl), CALL(nfsservctl), CALL(uselib),
#endif
};

#ifdef __x86_64__
/* getpid, as a 32-bit program calls it; a kernel without those sends SEGV. */
static int
call_as_32_bits(long ignored)
{
	long result = 20;

	(void)ignored;
	signal(SIGSEGV, SIG_DFL); /* no sanitizer's */
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
	return WENT_WELL;
}
#endif

static void
test_deadly(void)
{
	static const struct {
		const char *name;
		long flag;
	} namespaces[] = {
		{ "mounts", CLONE_NEWNS }, { "cgroups", CLONE_NEWCGROUP },
		{ "host names", CLONE_NEWUTS }, { "IPC", CLONE_NEWIPC },
		{ "users", CLONE_NEWUSER }, { "processes", CLONE_NEWPID },
		{ "network", CLONE_NEWNET },
	};
	size_t i;
	int status;

	for (i = 0; i < sizeof(deadly) / sizeof(*deadly); i++) {
		status = run(call, deadly[i].number, true);
		if (!ok(is_killed(status), "%s ends the process",
		    deadly[i].name))
			note_status(status);
	}
	for (i = 0; i < sizeof(namespaces) / sizeof(*namespaces); i++) {
		status = run(clone_with, namespaces[i].flag, true);
		if (!ok(is_killed(status), "so does clone with a namespace of "
		    "%s", namespaces[i].name))
			note_status(status);
	}
#ifdef __x86_64__
	status = run(call_as_32_bits, 0, true);
	ok(is_killed(status) || (WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGSEGV), "and any call of 32-bit programs");
#endif
	ok(is_killed(run(run_program, 0, true)), "and a real program to run");
	ok(is_killed(run(call_from_thread, SYS_chroot, true)),
	    "a thread that was started later: the whole process ends");
}

static int
open_socket(long family)
{
	return socket((int)family, SOCK_DGRAM, 0) < 0 ? errno : WENT_WELL;
}

static void
test_refused(void)
{
	static const int families[] = { AF_PACKET, AF_ALG, AF_VSOCK };
	size_t i;

	ok(ended_with(run(call, SYS_keyctl, true), EPERM) &&
	    ended_with(run(call, SYS_add_key, true), EPERM) &&
	    ended_with(run(call, SYS_request_key, true), EPERM),
	    "keyrings are refused");
	ok(ended_with(run(call, SYS_clone3, true), ENOSYS),
	    "clone3 is not there");
	for (i = 0; i < sizeof(families) / sizeof(*families); i++)
		ok(ended_with(run(open_socket, families[i], true),
		    EAFNOSUPPORT), "no socket of family %d", families[i]);
}

static const char *
path_of(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int
result(int r)
{
	return r < 0 ? errno : WENT_WELL;
}

static int
open_to_write(long flags)
{
	return result(open(path_of("file"), (int)flags, 0600));
}

static int
make_file(long ignored)
{
	(void)ignored;
	return result(open(path_of("new"), O_WRONLY | O_CREAT, 0600));
}

static int
make_folder(long ignored)
{
	(void)ignored;
	return result(mkdir(path_of("folder"), 0700));
}

static int
make_fifo(long ignored)
{
	(void)ignored;
	return result(mkfifo(path_of("fifo"), 0600));
}

static int
make_link(long ignored)
{
	(void)ignored;
	return result(symlink("file", path_of("link")));
}

static int
remove_file(long ignored)
{
	(void)ignored;
	return result(unlink(path_of("doomed")));
}

static int
remove_folder(long ignored)
{
	(void)ignored;
	return result(rmdir(path_of("empty")));
}

static int
rename_file(long ignored)
{
	char from[64];

	(void)ignored;
	snprintf(from, sizeof(from), "%s", path_of("moved"));
	return result(rename(from, path_of("other/moved")));
}

static int
cut_file(long ignored)
{
	(void)ignored;
	return result(truncate(path_of("file"), 1));
}

static int
make_socket(long ignored)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)ignored;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path_of("socket"));
	return result(bind(fd, (struct sockaddr *)&a, sizeof(a)));
}

static int
open_port(long ignored)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)ignored;
	return result(bind(fd, (struct sockaddr *)&a, sizeof(a)));
}

/* To a process of the same user, that waits for it. */
static int
send_signal(long pid)
{
	return result(kill((pid_t)pid, SIGTERM));
}

/* A process that is behind other walls, and pauses. */
static pid_t
start_friend(void)
{
	struct sandbox s;
	struct fault f;
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		if (sandbox_open(&s, user(), false, &f) != 0 ||
		    sandbox_enter(&s, &f) != 0 || write(ready[1], "1", 1) != 1)
			_exit(NO_SANDBOX);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) != 1)
		tap_note("there is nobody to send a signal to");
	close(ready[0]);
	return pid;
}

/* Each of these goes well where there are no walls, as the control shows. */
static void
test_landlock(void)
{
	static const struct {
		const char *name;
		int (*act)(long);
		long argument;
		int since; /* Landlock's version */
		int error;
	} cases[] = {
		{ "to open a file for writing", open_to_write, O_WRONLY, 1,
		    EACCES },
		{ "to append", open_to_write, O_WRONLY | O_APPEND, 1, EACCES },
		{ "to make a file", make_file, 0, 1, EACCES },
		{ "to make a folder", make_folder, 0, 1, EACCES },
		{ "to make a FIFO", make_fifo, 0, 1, EACCES },
		{ "to make a link", make_link, 0, 1, EACCES },
		{ "to make a socket", make_socket, 0, 1, EACCES },
		{ "to cut a file", cut_file, 0, 3, EACCES },
		{ "to move a file", rename_file, 0, 2, EACCES },
		{ "to remove a file", remove_file, 0, 1, EACCES },
		{ "to remove a folder", remove_folder, 0, 1, EACCES },
		{ "to open a TCP port", open_port, 0, 4, EACCES },
		{ "to send a signal to another process", send_signal, -1, 6,
		    EPERM },
	};
	pid_t friend = start_friend();
	int i, status, pass;

	/* refused ones first: the control changes things */
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < (int)(sizeof(cases) / sizeof(*cases)); i++) {
			long argument = cases[i].argument < 0 ? friend :
			    cases[i].argument;

			if (abi < cases[i].since)
				continue;
			status = run(cases[i].act, argument, pass == 0);
			if (!ok(ended_with(status, pass == 0 ? cases[i].error :
			    WENT_WELL), pass == 0 ? "it is refused %s" :
			    "control: without Landlock it is possible %s",
			    cases[i].name))
				note_status(status);
		}
	if (friend > 0) {
		kill(friend, SIGKILL);
		waitpid(friend, NULL, 0);
	}
}

static void *
nothing(void *ignored)
{
	return ignored;
}

static int
connect_to_socket(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path_of("server"));
	return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

/* What libpq, libcurl and GnuTLS do. */
static int
live(long ignored)
{
	struct addrinfo *list;
	pthread_t thread;
	char byte;
	int fd;

	(void)ignored;
	fd = open(path_of("file"), O_RDONLY);
	if (fd < 0 || read(fd, &byte, 1) != 1)
		return 1;
	if (getaddrinfo("localhost", "80", NULL, &list) != 0)
		return 2;
	freeaddrinfo(list);
	if (pthread_create(&thread, NULL, nothing, NULL) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return 3;
	if (getrandom(&byte, 1, 0) != 1)
		return 4;
	if (connect_to_socket() != 0)
		return 5;
	fd = memfd_create("x", 0);
	if (fd < 0 || write(fd, &byte, 1) != 1 || ftruncate(fd, 0) != 0)
		return 6;
	if (socket(AF_INET6, SOCK_STREAM, 0) < 0 && errno != EAFNOSUPPORT)
		return 7;
	return WENT_WELL;
}

static int
tell_rights(long ignored)
{
	uid_t ids[3];

	(void)ignored;
	if (getresuid(&ids[0], &ids[1], &ids[2]) != 0 || ids[0] == 0 ||
	    ids[1] == 0 || ids[2] == 0)
		return 1;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 2;
	if (setuid(0) == 0 || setgid(0) == 0)
		return 3;
	return WENT_WELL;
}

/* The master dies, its worker is told. */
static int
tell_death_signal(long ignored)
{
	int sig;

	(void)ignored;
	return prctl(PR_GET_PDEATHSIG, &sig) == 0 && sig == SIGTERM ?
	    WENT_WELL : 1;
}

static void
test_user(void)
{
	static const struct {
		const char *name;
		const char *user;
		const char *message;
	} cases[] = {
		{ "root without a user", NULL, "started as root" },
		{ "root who becomes root", "root", "not root" },
		{ "a user that there is not", "no-such-user", "there is none" },
	};
	struct sandbox s;
	struct fault f;
	size_t i;

	ok(ended_with(run(tell_rights, 0, true), WENT_WELL),
	    "an ordinary user for good, without new privileges");
	ok(ended_with(run(tell_rights, 0, false), WENT_WELL),
	    "also where seccomp and Landlock are off");
	ok(ended_with(run(tell_death_signal, 0, true), WENT_WELL),
	    "still told of the master's death");
	if (geteuid() != 0) {
		ok(sandbox_open(&s, "root", false, &f) == -1,
		    "an ordinary user does not become root");
		return;
	}
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		*f.message = '\0';
		if (!ok(sandbox_open(&s, cases[i].user, false, &f) == -1 &&
		    strstr(f.message, cases[i].message) != NULL,
		    "refused: %s", cases[i].name))
			tap_note("%s", f.message);
	}
}

/* In a folder that the user may change. */
static void
make_files(void)
{
	static const char *const files[] = { "file", "moved", "doomed" };
	static const char *const folders[] = { "empty", "other" };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	bool is_good = mkdtemp(dir) != NULL && chmod(dir, 0777) == 0;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		fd = open(path_of(files[i]), O_WRONLY | O_CREAT, 0600);
		is_good = is_good && fd >= 0 && fchmod(fd, 0666) == 0 &&
		    write(fd, "precious", 8) == 8;
		close(fd);
	}
	for (i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		is_good = is_good && mkdir(path_of(folders[i]), 0700) == 0 &&
		    chmod(path_of(folders[i]), 0777) == 0;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path_of("server"));
	is_good = is_good && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    listen(fd, 8) == 0 && chmod(a.sun_path, 0666) == 0;
	if (!is_good) {
		perror(dir);
		exit(1);
	}
}

static void
remove_files(void)
{
	static const char *const names[] = { "file", "moved", "doomed", "new",
		"fifo", "link", "socket", "server", "other/moved", "other",
		"empty", "folder", "" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		(void)!remove(path_of(names[i]));
}

int
main(void)
{
	int status;

	make_files();
	status = run(live, 0, true);
	if (!ok(ended_with(status, WENT_WELL), "the service can live there"))
		note_status(status);
	test_user();
	if (HAS_SECCOMP) {
		test_deadly();
		test_refused();
	} else
		tap_note("built without seccomp");
	abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0L,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		tap_note("this kernel has no Landlock");
	test_landlock();
	remove_files();
	return tap_done();
}
