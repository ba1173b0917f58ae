/*
 * For LD_PRELOAD: a program that dies of certain quotes. Where a signature is
 * checked over bytes with "die by 11 " among them, that is the signal; 0 means
 * that it exits. A file that CRASH_LOG names gets a byte each time.
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

static int log_fd = -1;

/* Before the program gives up opening files. */
__attribute__((constructor)) static void
open_log(void)
{
	const char *path = getenv("CRASH_LOG");

	if (path != NULL)
		log_fd = open(path, O_WRONLY | O_APPEND);
}

static void
die(int sig)
{
	if (log_fd >= 0 && write(log_fd, "x", 1) != 1)
		abort();
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

	if (mark != NULL)
		die(atoi(mark + strlen(MARK)));
	memcpy(&real, &symbol, sizeof(real));
	return real(key, algorithm, flags, data, signature);
}
