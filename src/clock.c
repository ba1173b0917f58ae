#include <time.h>

#include "clock.h"
#include "instant.h"

int64_t
clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_ms(void)
{
	return clock_us() / 1000;
}

int
clock_check(time_t now, time_t built_at, time_t newest_issued_at,
    struct fault *f)
{
	char have[INSTANT_LEN_MAX], want[INSTANT_LEN_MAX];

	instant_format(now, have);
	if (now < built_at) {
		instant_format(built_at, want);
		return fault_set(f, FAULT_INTERNAL, "this machine's clock: "
		    "want an instant after this program was made, %s, "
		    "have %s", want, have);
	}
	if (newest_issued_at > 0 &&
	    newest_issued_at - now > CLOCK_BEHIND_MAX_S) {
		instant_format(newest_issued_at, want);
		return fault_set(f, FAULT_INTERNAL, "this machine's clock: "
		    "want at most a day before the newest collateral was "
		    "issued, %s, have %s", want, have);
	}
	return 0;
}

void
clock_witness_see(struct clock_witness *w, time_t issued_at)
{
	if (issued_at > w->newest_issued_at)
		w->newest_issued_at = issued_at;
}
