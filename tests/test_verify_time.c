/*
 * Both ends of every validity, to the second. Each dated thing is taken by
 * itself: where certificates stand in several places, a twin of it (the same
 * name and key) stands in the one place that is tested.
 */
#include <string.h>

#include "worlds.h"

#define TWIN_ROOT "certs[other_root].key=root ; " \
	"certs[other_root].signer=root ; "
#define TWIN_CA "certs[other_ca].key=platform_ca ; " \
	"certs[other_ca].subject.cn=Intel SGX PCK Platform CA ; "

#define CERT FAULT_CERTIFICATE_EXPIRED
#define DOCUMENT FAULT_COLLATERAL_EXPIRED

static const struct {
	const char *name, *settings, *begin, *end;
	enum fault_code code;
	const char *says;
} things[] = {
	{ "PCK certificate", "", "certs[pck].not_before",
	    "certs[pck].not_after", CERT, "PCK certificate:" },
	{ "CA of the PCK chain", TWIN_CA "pck_chain.certs=pck,other_ca,root",
	    "certs[other_ca].not_before", "certs[other_ca].not_after", CERT,
	    "PCK chain's CA:" },
	{ "root of the PCK chain",
	    TWIN_ROOT "pck_chain.certs=pck,ca,other_root",
	    "certs[other_root].not_before", "certs[other_root].not_after",
	    CERT, "PCK chain's root:" },
	{ "issuer of the PCK CRL", TWIN_CA "pck_crl_chain.certs=other_ca,root",
	    "certs[other_ca].not_before", "certs[other_ca].not_after", CERT,
	    "issuer of the PCK CRL:" },
	{ "root of the PCK CRL's issuer",
	    TWIN_ROOT "pck_crl_chain.certs=ca,other_root",
	    "certs[other_root].not_before", "certs[other_root].not_after",
	    CERT, "root of the PCK CRL's issuer:" },
	{ "TCB info's signer",
	    "tcb_info.signer=spare ; tcb_info_chain.certs=spare,root",
	    "certs[spare].not_before", "certs[spare].not_after", CERT,
	    "TCB info's signer:" },
	{ "root of the TCB info's signer",
	    TWIN_ROOT "tcb_info_chain.certs=tcb_signing,other_root",
	    "certs[other_root].not_before", "certs[other_root].not_after",
	    CERT, "root of the TCB info's signer:" },
	{ "QE identity's signer",
	    "qe_identity.signer=spare ; qe_identity_chain.certs=spare,root",
	    "certs[spare].not_before", "certs[spare].not_after", CERT,
	    "QE identity's signer:" },
	{ "root of the QE identity's signer",
	    TWIN_ROOT "qe_identity_chain.certs=tcb_signing,other_root",
	    "certs[other_root].not_before", "certs[other_root].not_after",
	    CERT, "root of the QE identity's signer:" },
	{ "root CA CRL", "", "root_crl.this_update", "root_crl.next_update",
	    DOCUMENT, "root CA CRL:" },
	{ "PCK CRL", "", "pck_crl.this_update", "pck_crl.next_update",
	    DOCUMENT, "PCK CRL:" },
	{ "TCB info", "", "tcb_info.issue_date", "tcb_info.next_update",
	    DOCUMENT, "TCB info:" },
	{ "QE identity", "", "qe_identity.issue_date",
	    "qe_identity.next_update", DOCUMENT, "QE identity:" },
};

#define THINGS_NUM (sizeof(things) / sizeof(things[0]))
#define IN_QUOTE_NUM 3 /* the first ones are the quote's own */

/* One end of one thing at one second. */
static void
test_second(struct mint *mint, size_t i, const char *end, const char *when,
    bool inside)
{
	char name[100], settings[400];
	const struct world_case row = {
		.name = name,
		.kinds = ALL,
		.settings = settings,
		.code = inside ? FAULT_NONE : things[i].code,
		.says = inside ? NULL : things[i].says
	};

	snprintf(name, sizeof(name), "%s: %s %s", things[i].name,
	    end == things[i].begin ? "begins" : "ends", when);
	snprintf(settings, sizeof(settings), "%s%s%s=%s", things[i].settings,
	    things[i].settings[0] == '\0' ||
	    things[i].settings[strlen(things[i].settings) - 1] == ' ' ? "" :
	    " ; ", end, when);
	worlds_run(mint, &row, 1);
}

/*
 * From the latest beginning to the earliest end: what is in the collateral
 * begins 100 seconds before the world's now and ends 100 after it. The PCK
 * chain alone is the quote's.
 */
static void
test_span(const struct mint_world *w, const char *name, bool bounds)
{
	struct collateral *c;
	struct trust trust;
	bool is_it;

	world_trust(&trust, w);
	c = world_collateral_new(w, &trust);
	is_it = c->issued_at == w->spec.now - 100 &&
	    c->expires_at == w->spec.now + 100;
	ok(is_it == bounds, "%s: %s what collateral spans", name,
	    bounds ? "bounds" : "does not bound");
	collateral_free(c);
}

/* One world at several instants; and when its evidence runs out. */
static void
test_instants(struct mint *mint, size_t i)
{
	char settings[400];
	struct mint_world w;
	struct verdict v;
	time_t now;

	snprintf(settings, sizeof(settings), "%s%s%s=now+100 ; %s=now-100",
	    things[i].settings, things[i].settings[0] == '\0' ? "" : " ; ",
	    things[i].end, things[i].begin);
	world_make(&w, mint, MINT_TDX15_V5, settings);
	now = w.spec.now;
	test_span(&w, things[i].name, i >= IN_QUOTE_NUM);
	world_judge(&v, &w, now);
	ok(v.verified && v.expires_at == now + 100 && v.verified_at == now,
	    "%s: the evidence ends with it", things[i].name);
	world_judge(&v, &w, now + 100);
	ok(verdict_is(&v, FAULT_NONE, NULL, "UpToDate"),
	    "%s: good in its last second", things[i].name);
	world_judge(&v, &w, now + 101);
	ok(verdict_is(&v, things[i].code, things[i].says, NULL) &&
	    v.expires_at == now + 100, "%s: over in the next",
	    things[i].name);
	world_judge(&v, &w, 0);
	ok(!v.verified, "%s: not good in 1970", things[i].name);
	mint_world_clear(&w);
}

/* Collateral by itself, as one asks who has it in a store. */
static void
test_collateral(struct mint *mint)
{
	struct collateral *c;
	struct fault f = { 0 };
	struct mint_world w;
	struct trust trust;
	time_t now;

	world_make(&w, mint, MINT_TDX15_V5,
	    "pck_crl.next_update=now+100 ; qe_identity.issue_date=now-100");
	now = w.spec.now;
	world_trust(&trust, &w);
	c = world_collateral_new(&w, &trust);
	ok(collateral_check_time(c, now + 100, &f) == 0 &&
	    collateral_check_time(c, now - 100, &f) == 0,
	    "collateral by itself: all of it is good");
	ok(collateral_check_time(c, now + 101, &f) < 0 &&
	    f.code == FAULT_COLLATERAL_EXPIRED &&
	    strstr(f.message, "ended") != NULL,
	    "collateral by itself: something is over");
	ok(collateral_check_time(c, now - 101, &f) < 0 &&
	    f.code == FAULT_COLLATERAL_EXPIRED &&
	    strstr(f.message, "begins") != NULL,
	    "collateral by itself: something has yet to begin");
	collateral_free(c);
	mint_world_clear(&w);
	collateral_free(NULL);
}

/* Dates of the documents that are not Intel's form. */
static const char *const bad_dates[] = {
	"", "2026", "2026-06-12", "2026-06-12T12:00:00",
	"2026-06-12T12:00:00+00:00", "2026-06-12T12:00:00.000Z",
	"2026-06-12 12:00:00Z", "2026-06-12t12:00:00z", "2026-13-12T12:00:00Z",
	"2026-06-31T12:00:00Z", "2026-02-29T12:00:00Z", "2026-06-12T24:00:00Z",
	"2026-06-12T12:60:00Z", "2026-06-12T12:00:60Z",
	"2026-06-12T12:00:00Z ", " 2026-06-12T12:00:00Z", "1969-12-31T00:00:00Z",
	"NaN",
};

static void
test_forms(struct mint *mint)
{
	static const struct {
		const char *document, *member, *says;
	} members[] = {
		{ "tcb_info", "issueDate", "TCB info: issueDate" },
		{ "tcb_info", "nextUpdate", "TCB info: issueDate" },
		{ "qe_identity", "issueDate", "QE identity: issueDate" },
		{ "qe_identity", "nextUpdate", "QE identity: issueDate" },
	};
	char settings[300];
	struct mint_world w;
	struct verdict v;
	size_t i, k;
	bool good;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		good = true;
		for (k = 0; k < sizeof(bad_dates) / sizeof(bad_dates[0]);
		    k++) {
			snprintf(settings, sizeof(settings),
			    "%s.edit=\"%s\":=>\"%s\":\"%s\",\"was\":",
			    members[i].document, members[i].member,
			    members[i].member, bad_dates[k]);
			world_make(&w, mint, MINT_SGX_V3, settings);
			world_judge(&v, &w, w.spec.now);
			good &= verdict_is(&v, FAULT_BAD_COLLATERAL,
			    members[i].says, NULL);
			mint_world_clear(&w);
		}
		snprintf(settings, sizeof(settings),
		    "%s.edit=\"%s\":=>\"%s\":1781524800,\"was\":",
		    members[i].document, members[i].member,
		    members[i].member);
		world_make(&w, mint, MINT_SGX_V3, settings);
		world_judge(&v, &w, w.spec.now);
		good &= verdict_is(&v, FAULT_BAD_COLLATERAL, members[i].says,
		    NULL);
		mint_world_clear(&w);
		ok(good, "%s: %s in %zu forms that are none of Intel's",
		    members[i].document, members[i].member, k + 1);
	}
}

int
main(void)
{
	struct mint *mint = mint_new();
	size_t i;

	for (i = 0; i < THINGS_NUM; i++) {
		test_second(mint, i, things[i].begin, "now", true);
		test_second(mint, i, things[i].begin, "now+1", false);
		test_second(mint, i, things[i].end, "now", true);
		test_second(mint, i, things[i].end, "now-1", false);
		test_instants(mint, i);
	}
	test_forms(mint);
	test_collateral(mint);
	mint_free(mint);
	return tap_done();
}
