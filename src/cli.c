#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "file.h"
#include "instant.h"

enum cli_status
cli_complain(enum cli_status status, const struct fault *f)
{
	fprintf(stderr, "attestry: %s\n", f->message);
	return status;
}

enum cli_status
cli_status_of_fault(const struct fault *f)
{
	switch (f->code) {
	case FAULT_COLLATERAL_UNAVAILABLE:
	case FAULT_INTERNAL:
		return CLI_UNDECIDED;
	default:
		return CLI_UNREADABLE;
	}
}

int
cli_read_setup(struct cli_setup *s, const struct cli_options *o,
    struct fault *f)
{
	if (config_read(&s->config, f) < 0)
		return -1;
	s->at = config_now(&s->config);
	s->by_clock = o->time == NULL && s->config.fixed_time < 0;
	if (o->time != NULL &&
	    !instant_parse(bytes_of_string(o->time), &s->at))
		return fault_set(f, FAULT_INTERNAL, "--time: want an instant "
		    "such as 2026-06-15T12:00:00Z, have %s", o->time);
	if (policy_read(&s->policy, o->policy != NULL ? o->policy :
		s->config.tcb_policy, f) < 0)
		return fault_prefix(f, o->policy != NULL ? "--policy" :
		    "ATTESTRY_TCB_POLICY");
	if (file_read_trust(&s->trust, o->root_ca != NULL ? o->root_ca :
		s->config.root_ca, f) < 0)
		return fault_prefix(f, o->root_ca != NULL ? "--root-ca" :
		    "ATTESTRY_ROOT_CA");
	return 0;
}

int
cli_print_json(FILE *out, struct json_text json)
{
	struct json_text text = json_indent_adopt(json);
	int r = -1;

	if (text.ptr != NULL && fprintf(out, "%s\n", text.ptr) >= 0 &&
	    fflush(out) == 0)
		r = 0;
	else
		fprintf(stderr, "attestry: the answer could not be "
		    "written\n");
	free(text.ptr);
	return r;
}
