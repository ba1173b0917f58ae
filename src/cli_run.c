#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "log.h"

/* Between two states of a progress line. */
#define SHOW_MS 100

/*
 * They stay blocked and are asked for: no step is cut short, and none begins
 * once one has come.
 */
static void
take_signals(struct cli_run *run)
{
	sigemptyset(&run->signals);
	sigaddset(&run->signals, SIGINT);
	sigaddset(&run->signals, SIGTERM);
	sigaddset(&run->signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &run->signals, NULL);
}

enum cli_status
cli_run_begin(struct cli_run *run, const struct cli_options *o)
{
	struct fault f = { 0 };

	memset(run, 0, sizeof(*run));
	if (config_check_names(&f) < 0 ||
	    cli_read_setup(&run->setup, o, &f) < 0)
		return cli_complain(CLI_USAGE, &f);
	log_open(&run->setup.config.log, "attestry");
	if (api_check_config(&run->setup.config, &f) < 0 ||
	    api_new(&run->api, &run->setup.config, NULL, NULL, NULL,
		&f) < 0)
		return cli_complain(CLI_UNDECIDED, &f);
	run->judge = api_judge(run->api);
	run->is_terminal = isatty(STDERR_FILENO) == 1;
	take_signals(run);
	return CLI_VERIFIED;
}

void
cli_run_end(struct cli_run *run)
{
	if (run->is_terminal && run->shown_ms != 0)
		fputs("\033[K", stderr);
	api_free(run->api);
	run->api = NULL;
}

bool
cli_run_wait(struct cli_run *run, int64_t ms)
{
	int64_t end_ms = clock_ms() + ms;
	struct timespec left;
	int signal = -1;

	while (!run->is_stopping) {
		left.tv_sec = (time_t)(ms / 1000);
		left.tv_nsec = (long)(ms % 1000) * 1000000;
		signal = sigtimedwait(&run->signals, NULL, &left);
		if (signal > 0)
			run->is_stopping = true;
		ms = end_ms - clock_ms();
		if (signal > 0 || errno != EINTR || ms <= 0)
			break;
	}
	return !run->is_stopping;
}

void
cli_run_show(struct cli_run *run, const char *format, ...)
{
	int64_t now_ms = clock_ms();
	va_list ap;

	if (!run->is_terminal || now_ms - run->shown_ms < SHOW_MS)
		return;
	run->shown_ms = now_ms;
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputs("\033[K\r", stderr);
}

bool
cli_parse_number(const char *text, long min, long max, int *out)
{
	char *end;
	long n;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || n < min || n > max)
		return false;
	*out = (int)n;
	return true;
}
