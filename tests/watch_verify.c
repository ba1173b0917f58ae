/*
 * For LD_PRELOAD: watches a program and its children check signatures. Each
 * puts a byte into the file that VERIFY_LOG names. Where the bytes that are
 * checked have "die by 11 " among them, the program dies of that signal; 0
 * means that it exits. Each death puts a byte into the file that CRASH_LOG
 * names.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/abstract.h>

#define MARK "die by "

static int verify_fd = -1, crash_fd = -1;

static int
open_log(const char *variable)
{
	const char *path = getenv(variable);

	return path == NULL ? -1 : open(path, O_WRONLY | O_APPEND);
}

/* Before the program gives up opening files. */
__attribute__((constructor)) static void
open_logs(void)
{
	verify_fd = open_log("VERIFY_LOG");
	crash_fd = open_log("CRASH_LOG");
}

static void
note(int fd)
{
	if (fd >= 0 && write(fd, "x", 1) != 1)
		abort();
}

static void
die(int sig)
{
	note(crash_fd);
	if (sig == 0)
		_exit(1);
	signal(sig, SIG_DFL);
	kill(getpid(), sig);
}

int
gnutls_pubkey_verify_data2(gnutls_pubkey_t key,
    gnutls_sign_algorithm_t algorithm, unsigned int flags,
    const gnutls_datum_t *data, const gnutls_datum_t *signature)
{
	int (*real)(gnutls_pubkey_t, gnutls_sign_algorithm_t, unsigned int,
	    const gnutls_datum_t *, const gnutls_datum_t *);
	const char *mark = memmem(data->data, data->size, MARK,
	    strlen(MARK));
	void *symbol = dlsym(RTLD_NEXT, "gnutls_pubkey_verify_data2");

	note(verify_fd);
	if (mark != NULL)
		die(atoi(mark + strlen(MARK)));
	memcpy(&real, &symbol, sizeof(real));
	return real(key, algorithm, flags, data, signature);
}
