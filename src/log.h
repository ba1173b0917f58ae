/*
 * The log: one JSON line an event, on stderr or to syslog.
 *
 *	log_event(LOG_LEVEL_INFO, "request", LOG_TEXT("route", "raw"),
 *	    LOG_NUMBER("status", 200));
 *
 * Every line has "time", "level", "pid" and "event", then the fields in the
 * order given. A line is one write, so that the lines of several processes do
 * not mix. Never give it bytes of a quote or credentials.
 *
 * Where to and how much is the process's, so this module keeps it (stderr and
 * info until log_open).
 */
#ifndef ATTESTRY_LOG_H
#define ATTESTRY_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* A longer text is cut there. */
#define LOG_TEXT_LEN_MAX 1000

enum log_level {
	LOG_LEVEL_ERROR,   /* an operator must act */
	LOG_LEVEL_WARNING, /* odd, handled */
	LOG_LEVEL_INFO,	   /* one line a request */
	LOG_LEVEL_DEBUG,
	LOG_LEVEL__MAX
};

struct log_settings {
	bool is_syslog;
	enum log_level level; /* what is less important is left out */
};

struct log_field {
	const char *name; /* NULL ends a list */
	const char *text; /* NULL: it is a number */
	int64_t number;
};

#define LOG_TEXT(name, value) \
	((struct log_field){ (name), (value) != NULL ? (value) : "", 0 })
#define LOG_NUMBER(name, value) ((struct log_field){ (name), NULL, (value) })

/* A text of NULL is logged as "". */
#define log_event(level, event, ...)                                       \
	log_write((level), (const struct log_field[]){                     \
	    LOG_TEXT("event", (event)), ##__VA_ARGS__, { NULL, NULL, 0 } })

/*
 * Reads "stderr", "syslog", "stderr:debug", …; the level is "info" when it is
 * not given.
 *
 * Returns false, *out unchanged, when the text is anything else.
 */
bool log_settings_parse(const char *text, struct log_settings *out);

/* From now on, for this process and its children. */
void log_open(const struct log_settings *settings, const char *program);

/* What log_event calls: the fields up to the one without a name. */
void log_write(enum log_level level, const struct log_field *fields);

#endif
