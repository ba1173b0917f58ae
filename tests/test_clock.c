/*
 * Which instants the machine's clock may show.
 */
#include <string.h>

#include "clock.h"
#include "tap.h"

#define BUILT 1780000000
#define ISSUED 1790000000
#define DAY 86400

static const struct {
	const char *name;
	time_t now, newest_issued_at;
	const char *want; /* NULL: it is believed */
} cases[] = {
	{ "when the program was made", BUILT, 0, NULL },
	{ "a second before", BUILT - 1, 0, "this program was made" },
	{ "1970", 0, 0, "this program was made" },
	{ "before 1970", -1, 0, "this program was made" },
	{ "long after, nothing seen", BUILT + 1000 * DAY, 0, NULL },
	{ "when the newest was issued", ISSUED, ISSUED, NULL },
	{ "a second before", ISSUED - 1, ISSUED, NULL },
	{ "exactly a day before", ISSUED - DAY, ISSUED, NULL },
	{ "a day and a second", ISSUED - DAY - 1, ISSUED, "was issued" },
	{ "a month", ISSUED - 30 * DAY, ISSUED, "was issued" },
	{ "long after", ISSUED + 1000 * DAY, ISSUED, NULL },
	{ "both are wrong", BUILT - 1, ISSUED, "this program was made" },
	{ "issued before it was made", BUILT, BUILT - 900 * DAY, NULL },
};

static void
test_check(void)
{
	struct fault f;
	size_t i;
	int r;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f = (struct fault){ 0 };
		r = clock_check(cases[i].now, BUILT,
		    cases[i].newest_issued_at, &f);
		if (cases[i].want == NULL)
			ok(r == 0 && f.code == FAULT_NONE, "%s: believed",
			    cases[i].name);
		else
			ok(r == -1 && f.code == FAULT_INTERNAL &&
			    strstr(f.message, cases[i].want) != NULL,
			    "%s: not believed", cases[i].name);
	}
	(void)!clock_check(ISSUED - 2 * DAY, BUILT, ISSUED, &f);
	ok(strstr(f.message, "2026-09-21T14:13:20") != NULL &&
	    strstr(f.message, "2026-09-19T14:13:20") != NULL,
	    "the sentence has both instants");
	tap_note("%s", f.message);
	(void)!clock_check(BUILT - DAY, BUILT, ISSUED, &f);
	ok(strstr(f.message, "2026-05-28T20:26:40") != NULL &&
	    strstr(f.message, "2026-05-27T20:26:40") != NULL,
	    "and so has the other one");
	tap_note("%s", f.message);
}

static void
test_witness(void)
{
	struct clock_witness w = { 0 };

	clock_witness_see(&w, ISSUED);
	ok(w.newest_issued_at == ISSUED, "a witness sees a document");
	clock_witness_see(&w, ISSUED - 1);
	ok(w.newest_issued_at == ISSUED, "an older one changes nothing");
	clock_witness_see(&w, ISSUED + 1);
	ok(w.newest_issued_at == ISSUED + 1, "a newer one does");
}

int
main(void)
{
	test_check();
	test_witness();
	ok(CLOCK_BUILT_AT > 1700000000 && CLOCK_BUILT_AT <= time(NULL),
	    "this program was made before now");
	return tap_done();
}
