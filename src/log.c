#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "instant.h"
#include "json_builder.h"
#include "log.h"

static const struct {
	const char *name;
	int priority; /* syslog's */
} levels[LOG_LEVEL__MAX] = {
	[LOG_LEVEL_ERROR] = { "error", LOG_ERR },
	[LOG_LEVEL_WARNING] = { "warning", LOG_WARNING },
	[LOG_LEVEL_INFO] = { "info", LOG_INFO },
	[LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

/* The process's; set once at start. */
static struct log_settings current = { false, LOG_LEVEL_INFO };

static bool
parse_level(const char *text, enum log_level *out)
{
	int i;

	for (i = 0; i < LOG_LEVEL__MAX; i++)
		if (strcmp(levels[i].name, text) == 0) {
			*out = i;
			return true;
		}
	return false;
}

/* "2026-06-15T12:00:00.123Z" */
static void
format_now(char *out, size_t size)
{
	char seconds[INSTANT_LEN_MAX];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	instant_format(now.tv_sec, seconds);
	snprintf(out, size, "%.19s.%03dZ", seconds,
	    (int)(now.tv_nsec / 1000000));
}

/*
 * A text for a line that any tool can read: JSON escapes control characters,
 * but bytes that are not ASCII may not be UTF-8, so they become "?".
 */
static void
add_text(struct json_builder *line, const char *name, const char *text)
{
	char clean[LOG_TEXT_LEN_MAX + 1];
	size_t i;

	for (i = 0; i < LOG_TEXT_LEN_MAX && text[i] != '\0'; i++)
		clean[i] = (text[i] & 0x80) != 0 ? '?' : text[i];
	clean[i] = '\0';
	json_add_text(line, name, clean);
}

static struct json_text
write_line(enum log_level level, const struct log_field *fields)
{
	struct json_builder line = { 0 };
	char now[INSTANT_LEN_MAX + 8];

	format_now(now, sizeof(now));
	json_begin_object(&line, NULL);
	add_text(&line, "time", now);
	add_text(&line, "level", levels[level].name);
	json_add_number(&line, "pid", getpid());
	for (; fields->name != NULL; fields++)
		if (fields->text != NULL)
			add_text(&line, fields->name, fields->text);
		else
			json_add_number(&line, fields->name, fields->number);
	json_end_object(&line);
	return json_finish(&line);
}

/* One system call a line; where a log cannot be written there is no remedy. */
static void
emit(enum log_level level, const char *text, size_t len)
{
	struct iovec iov[] = {
		{ (char *)text, len },
		{ (char *)"\n", 1 },
	};

	if (current.is_syslog)
		syslog(levels[level].priority, "%s", text);
	else if (writev(STDERR_FILENO, iov, 2) < 0)
		return;
}

bool
log_settings_parse(const char *text, struct log_settings *out)
{
	struct log_settings s = { false, LOG_LEVEL_INFO };
	size_t len = strcspn(text, ":");

	if (len == strlen("syslog") && strncmp(text, "syslog", len) == 0)
		s.is_syslog = true;
	else if (len != strlen("stderr") || strncmp(text, "stderr", len) != 0)
		return false;
	if (text[len] == ':' && !parse_level(text + len + 1, &s.level))
		return false;
	*out = s;
	return true;
}

void
log_open(const struct log_settings *settings, const char *program)
{
	current = *settings;
	if (current.is_syslog)
		openlog(program, LOG_PID, LOG_DAEMON);
}

void
log_write(enum log_level level, const struct log_field *fields)
{
	static const char no_memory[] =
	    "{\"level\":\"error\",\"event\":\"log\","
	    "\"message\":\"out of memory\"}";
	struct json_text line;

	if (level > current.level)
		return;
	line = write_line(level, fields);
	if (line.ptr != NULL)
		emit(level, line.ptr, line.len);
	else
		emit(LOG_LEVEL_ERROR, no_memory, sizeof(no_memory) - 1);
	free(line.ptr);
}
