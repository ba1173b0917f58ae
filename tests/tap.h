/*
 * Test Anything Protocol in three functions. A test program calls ok() for
 * each case and returns tap_done() from main.
 */
#ifndef ATTESTRY_TAP_H
#define ATTESTRY_TAP_H

#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_num, tap_num_failed;

/* One case: passed or not, and its name. Returns the condition. */
__attribute__((format(printf, 2, 3), unused)) static bool
ok(bool condition, const char *name, ...)
{
	va_list ap;

	printf("%sok %d - ", condition ? "" : "not ", ++tap_num);
	va_start(ap, name);
	vprintf(name, ap);
	va_end(ap);
	putchar('\n');
	tap_num_failed += !condition;
	return condition;
}

/* A note beside the case before it, shown in the log. */
__attribute__((format(printf, 1, 2), unused)) static void
tap_note(const char *text, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, text);
	vprintf(text, ap);
	va_end(ap);
	putchar('\n');
}

/* The whole program cannot run here; says why and ends it. */
__attribute__((unused, noreturn)) static void
tap_skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(0);
}

/* The plan; what main returns. */
__attribute__((unused)) static int
tap_done(void)
{
	printf("1..%d\n", tap_num);
	return tap_num_failed > 0;
}

#endif
