/*
 * For LD_PRELOAD: a program whose clock is CLOCK_SHIFT_S seconds off.
 */
#include <stdlib.h>
#include <time.h>

time_t
time(time_t *out)
{
	const char *shift = getenv("CLOCK_SHIFT_S");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += shift != NULL ? atol(shift) : 0;
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}
