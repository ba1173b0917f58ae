/*
 * TCB levels: tcb_cases.txt, line by line, and the policy.
 */
#include <string.h>

#include "instant.h"
#include "worlds.h"

#define LINE_LEN_MAX 1000

static const struct {
	const char *name;
	unsigned kinds;
} kind_sets[] = {
	{ "ALL", ALL }, { "SGX", SGX }, { "TDX", TDX }, { "TDX10", TDX10 },
	{ "TDX15", TDX15_V5 },
};

/* A case of the file as far as it has been read. */
struct tcb_case {
	int line;
	unsigned kinds; /* 0: none yet */
	char name[LINE_LEN_MAX];
	char settings[LINE_LEN_MAX];
	char gives[LINE_LEN_MAX];
	char advisories[LINE_LEN_MAX]; /* "": not compared */
	char date[LINE_LEN_MAX];
	char says[LINE_LEN_MAX]; /* "!" in front: it does not */
	int number;		 /* -1: not compared */
	char at[LINE_LEN_MAX];	 /* lines, each with its "\n" */
	char shorts[LINE_LEN_MAX]; /* the same; "": not compared */
};

static bool
advisories_are(const struct advisories *a, const char *want)
{
	char have[LINE_LEN_MAX] = "";
	size_t i;

	for (i = 0; i < a->num; i++) {
		strcat(have, i == 0 ? "" : " ");
		strcat(have, a->id[i]);
	}
	if (want[0] == '\0' || strcmp(have, a->num == 0 &&
		strcmp(want, "-") == 0 ? "" : want) == 0)
		return true;
	tap_note("have advisories %s, want %s", have, want);
	return false;
}

static bool
date_is(time_t at, const char *want)
{
	char have[INSTANT_LEN_MAX];

	instant_format(at, have);
	if (want[0] == '\0' || (strncmp(have, want, 10) == 0 &&
		strcmp(have + 10, "T00:00:00Z") == 0))
		return true;
	tap_note("have date %s, want %s", have, want);
	return false;
}

static bool
says(const struct verdict *v, const char *want)
{
	bool is_there = want[0] != '!';

	return (strstr(v->fault.message, is_there ? want : want + 1) !=
	    NULL) == is_there;
}

/* Intel's word or "-", the date or "-", and the number reached or "-". */
static void
put_standing(char *to, const char *part, const struct tcb_standing *s,
    unsigned reached, unsigned newest)
{
	char date[INSTANT_LEN_MAX], level[16];
	bool is_known = s->status != TCB_STATUS_UNKNOWN;

	instant_format(s->tcb_date, date);
	snprintf(level, sizeof(level), "%u", reached);
	sprintf(to + strlen(to), "%s %s %.10s %s/%u\n", part,
	    is_known ? tcb_status_name(s->status) : "-",
	    is_known ? date : "-", is_known ? level : "-", newest);
}

static void
put_isv(char *to, const char *part, const struct isv_report *r)
{
	if (r->is_known)
		put_standing(to, part, &r->standing, r->level, r->newest);
	else
		sprintf(to + strlen(to), "%s none\n", part);
}

/* Every line of `want` is one of `have`. */
static bool
has_lines(const char *have, const char *want)
{
	char line[LINE_LEN_MAX];
	size_t len;

	for (; *want != '\0'; want += len) {
		len = strcspn(want, "\n") + 1;
		snprintf(line, sizeof(line), "%.*s", (int)len, want);
		if (strstr(have, line) == NULL) {
			tap_note("no \"%.*s\"", (int)len - 1, want);
			return false;
		}
	}
	return true;
}

static bool
report_is(const struct verdict *v, const struct tcb_case *c)
{
	const struct platform_report *p = &v->tcb.platform;
	char at[LINE_LEN_MAX] = "", shorts[4 * LINE_LEN_MAX] = "";
	char text[SHORTFALL_TEXT_LEN_MAX];
	bool index_fits = true;
	size_t i;

	if (p->is_known)
		put_standing(at, "platform", &p->standing,
		    p->level.sgx_components[0], p->newest.sgx_components[0]);
	else
		strcpy(at, "platform none\n");
	put_isv(at, "module", &v->tcb.tdx_module);
	put_isv(at, "qe", &v->tcb.qe);
	for (i = 0; i < v->tcb.num_shortfalls; i++) {
		shortfall_format(&v->tcb.shortfalls[i], text);
		sprintf(shorts + strlen(shorts), "%s\n", text);
		index_fits &= v->tcb.shortfalls[i].index == 0 ||
		    tcb_part_has_index(v->tcb.shortfalls[i].part);
	}
	if (shorts[0] == '\0')
		strcpy(shorts, "-\n");
	if (index_fits && has_lines(at, c->at) && (c->shorts[0] == '\0' ||
		strcmp(shorts, c->shorts) == 0))
		return true;
	tap_note("have at %s; short %s; want %s", at, shorts, c->shorts);
	return false;
}

/* The word in the file: a status, or the reason why there is none. */
static bool
gives(const struct verdict *v, const char *word)
{
	struct policy policy;
	struct fault f;
	enum tcb_status status;
	enum fault_code code = FAULT_NONE;
	char reason[40], beside[40];

	if (sscanf(word, "%39s %39s", reason, beside) == 2)
		return verdict_is(v, fault_from_reason(reason), NULL, beside);
	status = tcb_status_from_name(bytes_of_string(word));
	if (status == TCB_STATUS_UNKNOWN)
		return verdict_is(v, fault_from_reason(word), NULL, NULL);
	if (policy_read(&policy, POLICY_DEFAULT, &f) < 0)
		mint_die("%s", f.message);
	if (!policy.accepts[status])
		code = FAULT_TCB_STATUS;
	return verdict_is(v, code, NULL, word);
}

static bool
case_holds(struct mint *mint, const struct tcb_case *c, enum mint_kind kind)
{
	struct mint_world w;
	struct verdict v;
	bool good;

	world_make(&w, mint, kind, c->settings);
	world_judge(&v, &w, w.spec.now);
	good = gives(&v, c->gives) &&
	    advisories_are(&v.advisories, c->advisories) &&
	    date_is(v.tcb_date, c->date) && says(&v, c->says) &&
	    report_is(&v, c) &&
	    (c->number < 0 ||
		v.tcb_evaluation_data_number == (uint32_t)c->number);
	if (!good)
		tap_note("so for %s: %s", kind_name(kind), v.fault.message);
	mint_world_clear(&w);
	return good;
}

/* Runs what has been read, if anything. */
static void
finish_case(struct mint *mint, struct tcb_case *c)
{
	enum mint_kind kind;
	bool good = true;

	if (c->kinds == 0)
		return;
	for (kind = 0; kind < MINT_KIND__MAX; kind++)
		if ((c->kinds >> kind & 1) != 0)
			good &= case_holds(mint, c, kind);
	ok(good, "tcb_cases.txt:%d: %s: %s", c->line, c->gives, c->name);
	c->kinds = 0;
}

static void
begin_case(struct tcb_case *c, int line, char *text)
{
	char *name = strstr(text, ": ");
	size_t i;

	*c = (struct tcb_case){ .line = line, .number = -1 };
	if (name == NULL)
		mint_die("tcb_cases.txt:%d: want \"case KINDS: name\"", line);
	*name = '\0';
	strcpy(c->name, name + 2);
	for (i = 0; i < sizeof(kind_sets) / sizeof(kind_sets[0]); i++)
		if (strcmp(kind_sets[i].name, text) == 0)
			c->kinds = kind_sets[i].kinds;
	if (c->kinds == 0)
		mint_die("tcb_cases.txt:%d: no kinds \"%s\"", line, text);
}

static bool
merge_holds(struct mint *mint, enum mint_kind kind, const char *platform,
    const char *module, const char *qe, const char *result)
{
	struct mint_spec spec;
	struct mint_world w;
	struct verdict v;
	bool good;

	mint_spec_init(&spec, kind);
	spec.tcb_info.levels[0].tcb_status = platform;
	spec.tcb_info.tdx_module_identities[1].levels[0].tcb_status = module;
	spec.qe_identity.levels[0].tcb_status = qe;
	mint_world_make(&w, mint, &spec);
	world_judge(&v, &w, w.spec.now);
	good = gives(&v, result);
	mint_world_clear(&w);
	return good;
}

static void
run_merge(struct mint *mint, int line, const char *text)
{
	char platform[40], module[40], qe[40], result[40];
	enum mint_kind kind;
	bool is_sgx, good = true;

	if (sscanf(text, "%39s %39s %39s %39s", platform, module, qe,
		result) != 4)
		mint_die("tcb_cases.txt:%d: want four words", line);
	is_sgx = strcmp(module, "-") == 0;
	for (kind = 0; kind < MINT_KIND__MAX; kind++)
		if (((is_sgx ? SGX : TDX) >> kind & 1) != 0)
			good &= merge_holds(mint, kind, platform, module, qe,
			    result);
	ok(good, "tcb_cases.txt:%d: %s + %s + %s = %s", line, platform,
	    module, qe, result);
}

static void
read_line(struct mint *mint, struct tcb_case *c, int line, char *text)
{
	char *word, *rest = text + strspn(text, " \t");

	rest[strcspn(rest, "\n")] = '\0';
	if (*rest == '\0' || *rest == '#')
		return;
	word = strsep(&rest, " ");
	if (rest == NULL)
		rest = word + strlen(word);
	if (strcmp(word, "case") == 0) {
		finish_case(mint, c);
		begin_case(c, line, rest);
	} else if (strcmp(word, "merge") == 0) {
		finish_case(mint, c);
		run_merge(mint, line, rest);
	} else if (strcmp(word, "set") == 0) {
		strcpy(c->settings, rest);
	} else if (strcmp(word, "gives") == 0) {
		strcpy(c->gives, rest);
	} else if (strcmp(word, "advisories") == 0) {
		strcpy(c->advisories, rest);
	} else if (strcmp(word, "date") == 0) {
		strcpy(c->date, rest);
	} else if (strcmp(word, "says") == 0) {
		strcpy(c->says, rest);
	} else if (strcmp(word, "at") == 0) {
		strcat(strcat(c->at, rest), "\n");
	} else if (strcmp(word, "short") == 0) {
		strcat(strcat(c->shorts, rest), "\n");
	} else if (strcmp(word, "number") == 0) {
		c->number = atoi(rest);
	} else {
		mint_die("tcb_cases.txt:%d: no word \"%s\"", line, word);
	}
}

static void
test_file(struct mint *mint)
{
	const char *top = getenv("top_srcdir");
	char path[4096], line[LINE_LEN_MAX];
	struct tcb_case c = { 0 };
	FILE *file;
	int i;

	snprintf(path, sizeof(path), "%s/tests/tcb_cases.txt",
	    top == NULL ? "." : top);
	file = fopen(path, "r");
	if (file == NULL)
		mint_die("%s: cannot be read", path);
	for (i = 1; fgets(line, sizeof(line), file) != NULL; i++)
		read_line(mint, &c, i, line);
	finish_case(mint, &c);
	fclose(file);
}

/* What a policy makes of each status. */
static const struct {
	const char *status, *policy;
	bool accepted;
} policy_cases[] = {
	{ "UpToDate", "UpToDate", true },
	{ "UpToDate", "OutOfDate", false },
	{ "SWHardeningNeeded", "UpToDate", false },
	{ "SWHardeningNeeded", "UpToDate,SWHardeningNeeded", true },
	{ "ConfigurationNeeded", "UpToDate,SWHardeningNeeded", false },
	{ "ConfigurationAndSWHardeningNeeded", "ConfigurationNeeded", false },
	{ "OutOfDate", "OutOfDate", true },
	{ "OutOfDate", "OutOfDateConfigurationNeeded", false },
	{ "OutOfDateConfigurationNeeded", "OutOfDateConfigurationNeeded",
	    true },
	{ "Revoked", "UpToDate,SWHardeningNeeded,ConfigurationNeeded,"
	    "ConfigurationAndSWHardeningNeeded,OutOfDate,"
	    "OutOfDateConfigurationNeeded", false },
};

static void
test_policies(struct mint *mint)
{
	char settings[100];
	struct mint_world w;
	struct verdict v;
	size_t i;

	for (i = 0; i < sizeof(policy_cases) / sizeof(policy_cases[0]); i++) {
		snprintf(settings, sizeof(settings),
		    "tcb_info.levels[0].tcb_status=%s",
		    policy_cases[i].status);
		world_make(&w, mint, MINT_TDX_V4, settings);
		world_judge_by(&v, &w, w.spec.now, policy_cases[i].policy);
		ok(verdict_is(&v, policy_cases[i].accepted ? FAULT_NONE :
		    FAULT_TCB_STATUS, NULL, policy_cases[i].status),
		    "%s under %s", policy_cases[i].status,
		    policy_cases[i].policy);
		mint_world_clear(&w);
	}
	world_make(&w, mint, MINT_TDX15_V5,
	    "quote.td.tee_tcb_svn=02010800000000000000000000000000");
	world_judge_by(&v, &w, w.spec.now, "UpToDate,OutOfDate");
	ok(verdict_is(&v, FAULT_NONE, "TD relaunch advised", "OutOfDate"),
	    "the advice stands beside a status that is accepted");
	mint_world_clear(&w);
}

/* Lists that policy_read takes, as policy_format writes them; NULL: refused. */
static const struct {
	const char *list, *formatted;
} list_cases[] = {
	{ "UpToDate", "UpToDate" },
	{ POLICY_DEFAULT, POLICY_DEFAULT },
	{ "OutOfDate,UpToDate", "UpToDate,OutOfDate" },
	{ "UpToDate,UpToDate", "UpToDate" },
	{ "OutOfDateConfigurationNeeded", "OutOfDateConfigurationNeeded" },
	{ "", NULL },
	{ ",", NULL },
	{ "UpToDate,", NULL },
	{ ",UpToDate", NULL },
	{ "UpToDate, OutOfDate", NULL },
	{ "UpToDate;OutOfDate", NULL },
	{ "uptodate", NULL },
	{ "Revoked", NULL },
	{ "UpToDate,Revoked", NULL },
	{ "TDRelaunchAdvised", NULL },
	{ "UpToDateX", NULL },
	{ "UpToDat", NULL },
};

static void
test_lists(void)
{
	char text[POLICY_LEN_MAX], tiny[12];
	struct policy p;
	struct fault f;
	size_t i;
	int r;

	for (i = 0; i < sizeof(list_cases) / sizeof(list_cases[0]); i++) {
		r = policy_read(&p, list_cases[i].list, &f);
		if (r == 0)
			policy_format(&p, text, sizeof(text));
		ok(list_cases[i].formatted == NULL ?
		    r < 0 && f.code == FAULT_INTERNAL :
		    r == 0 && strcmp(text, list_cases[i].formatted) == 0,
		    "policy \"%s\"", list_cases[i].list);
	}
	memset(&p, 0, sizeof(p));
	policy_format(&p, text, sizeof(text));
	ok(text[0] == '\0', "a policy that accepts nothing");
	memset(&p, true, sizeof(p));
	policy_format(&p, text, sizeof(text));
	ok(strlen(text) < sizeof(text) - 1 &&
	    strstr(text, "OutOfDateConfigurationNeeded") != NULL,
	    "the longest list fits");
	policy_format(&p, tiny, sizeof(tiny));
	ok(strcmp(tiny, "UpToDate,SW") == 0, "and is cut where it does not");
}

int
main(void)
{
	struct mint *mint = mint_new();

	test_file(mint);
	test_policies(mint);
	test_lists();
	mint_free(mint);
	return tap_done();
}
