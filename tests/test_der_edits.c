/*
 * Every element of what is signed in DER, edited: left out, given twice, of
 * another type, emptied, cut, made longer, its length spelled out too long.
 * Then it is signed, and the world judged. What is refused is refused for the
 * right reason; what may be changed and still be verified stands here by name.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "worlds.h"

enum edit {
	DROP,
	TWICE,
	RETAG,
	EMPTY,
	CUT,
	LENGTHEN,
	SPELL_OUT,
	EDIT__MAX
};

static const char *const edit_names[EDIT__MAX] = { "left out", "twice",
	"of another type", "emptied", "cut", "longer", "with a long length" };

/* What an element's place is: "0.6.1", child by child from the outermost. */
#define PLACE_LEN_MAX 64

struct target {
	enum mint_part part;
	enum mint_stage stage;
	size_t number; /* of the element, in the order of its first byte */
	const char *at; /* or its place; NULL: its number says which */
	enum edit edit;
	/* Or what is put behind the last child of an element; NULL: nothing. */
	const char *into;
	struct bytes more;
	/* Of the elements passed. */
	size_t num;
	char place[PLACE_LEN_MAX]; /* "": there are not so many */
};

/* Takes one element apart; what a test makes is well-formed. */
static struct bytes
take_element(struct bytes *in, uint8_t *tag)
{
	size_t head = 2, len, i;
	struct bytes content;

	if (in->len < 2)
		mint_die("not DER: %zu bytes", in->len);
	*tag = in->ptr[0];
	len = in->ptr[1];
	if (len > 0x80)
		for (i = 0, len = 0; i < in->ptr[1] - 0x80u; i++)
			len = len << 8 | in->ptr[head++];
	if (head + len > in->len)
		mint_die("not DER: %zu of %zu", head + len, in->len);
	content = (struct bytes){ in->ptr + head, len };
	*in = (struct bytes){ content.ptr + len,
		in->len - head - len };
	return content;
}

static bool
is_constructed(uint8_t tag)
{
	return (tag & 0x20) != 0;
}

static void
put_edited(struct mint_buffer *out, uint8_t tag, struct bytes content,
    enum edit edit)
{
	size_t at = out->len;
	uint8_t head[] = { tag, 0x84, 0, 0, (uint8_t)(content.len >> 8),
		(uint8_t)content.len };

	switch (edit) {
	case DROP:
		return;
	case SPELL_OUT:
		mint_put(out, head, sizeof(head));
		mint_put_bytes(out, content);
		return;
	case EMPTY:
		content.len = 0;
		break;
	case CUT:
		content.len -= content.len > 0;
		break;
	case RETAG:
		tag ^= 0x40;
		break;
	case TWICE:
		mint_put_bytes(out, content);
		mint_der_wrap(out, at, tag);
		at = out->len;
		break;
	default:
		break;
	}
	mint_put_bytes(out, content);
	mint_put_fill(out, 0, edit == LENGTHEN);
	mint_der_wrap(out, at, tag);
}

static bool
is_it(const struct target *t, const char *place, size_t number)
{
	return t->at != NULL ? strcmp(place, t->at) == 0 :
	    number == t->number;
}

/* Copies a list of elements with the one edited, all lengths put right. */
static void
copy_edited(struct target *t, struct mint_buffer *out, struct bytes in,
    const char *place)
{
	char here[PLACE_LEN_MAX];
	struct bytes content;
	uint8_t tag;
	size_t at;
	int i;

	for (i = 0; in.len > 0; i++) {
		content = take_element(&in, &tag);
		snprintf(here, sizeof(here), "%s%s%d", place,
		    *place == '\0' ? "" : ".", i);
		if (t->into == NULL && is_it(t, here, t->num++)) {
			snprintf(t->place, sizeof(t->place), "%s", here);
			put_edited(out, tag, content, t->edit);
			continue;
		}
		at = out->len;
		if (is_constructed(tag))
			copy_edited(t, out, content, here);
		else
			mint_put_bytes(out, content);
		if (t->into != NULL && strcmp(here, t->into) == 0) {
			snprintf(t->place, sizeof(t->place), "%s", here);
			mint_put_bytes(out, t->more);
		}
		mint_der_wrap(out, at, tag);
	}
}

static void
edit_part(void *arg, enum mint_part part, enum mint_stage stage,
    struct mint_buffer *b)
{
	struct target *t = arg;
	struct mint_buffer out = { 0 };

	if (part != t->part || stage != t->stage)
		return;
	t->num = 0;
	t->place[0] = '\0';
	copy_edited(t, &out, mint_buffer_bytes(b), "");
	mint_buffer_splice(b, 0, b->len, mint_buffer_bytes(&out));
	mint_buffer_clear(&out);
}

/*
 * What is edited, in which world, and the reasons it is refused for; and what
 * may be edited, by place (fnmatch) and how.
 */
#define E(edit) (1u << (edit))
#define FREE_MAX 24

/*
 * A name is bound by the name it must equal and by its CN; what the extensions
 * of identifiers and of the CRL's place say is not looked at, nor whether the
 * known ones are critical.
 */
#define FREE_IN_CERTIFICATE \
	{ "0.1", E(CUT) }, \
	{ "0.5.[1-4]", E(DROP) | E(TWICE) }, \
	{ "0.5.[1-4].0", E(TWICE) }, \
	{ "0.5.[1-4].0.0", E(CUT) | E(LENGTHEN) }, \
	{ "0.5.[1-4].0.1", E(RETAG) | E(EMPTY) | E(CUT) | E(LENGTHEN) }, \
	{ "0.7.0.[0-2].1", E(EMPTY) | E(CUT) | E(LENGTHEN) }, \
	{ "0.7.0.[34].1", E(DROP) }

static const struct row {
	const char *name;
	enum mint_part part;
	enum mint_stage stage;
	const char *settings;
	const char *but; /* places that are not edited; NULL: all are */
	unsigned codes;	 /* 1u << enum fault_code */
	struct {
		const char *place;
		unsigned edits;
	} are_free[FREE_MAX];
} rows[] = {
	{ "PCK certificate", MINT_PART_PCK_CERT, MINT_BEFORE, "", NULL,
	    1u << FAULT_BAD_CERTIFICATE, { FREE_IN_CERTIFICATE } },
	{ "PCK certificate's signature", MINT_PART_PCK_CERT, MINT_AFTER, "",
	    "0.0*", 1u << FAULT_BAD_CERTIFICATE },
	{ "TCB signing certificate", MINT_PART_TCB_SIGNING_CERT, MINT_BEFORE,
	    "", NULL, 1u << FAULT_BAD_COLLATERAL, { FREE_IN_CERTIFICATE } },

	/* PCESVN 11 becomes 2816; none of the three booleans need be there. */
	{ "SGX extension", MINT_PART_SGX_EXTENSION, MINT_BEFORE, "", NULL,
	    1u << FAULT_BAD_CERTIFICATE, {
		{ "0.1.1.16.1", E(LENGTHEN) },
		{ "0.6.1", E(EMPTY) },
		{ "0.6.1.[0-2]", E(DROP) },
	    } },

	/* Nobody is revoked here: entries, and what they say, come and go. */
	{ "PCK CRL", MINT_PART_PCK_CRL, MINT_BEFORE, "pck_crl.num_strangers=2",
	    NULL, 1u << FAULT_BAD_COLLATERAL | 1u << FAULT_COLLATERAL_MISMATCH,
	    {
		{ "0.5", E(DROP) | E(EMPTY) },
		{ "0.5.[01]", E(DROP) | E(TWICE) },
		{ "0.5.[01].0", E(CUT) | E(LENGTHEN) },
		{ "0.5.[01].2", E(DROP) | E(EMPTY) },
		{ "0.5.[01].2.0", E(DROP) | E(TWICE) },
		{ "0.5.[01].2.0.0", E(CUT) | E(LENGTHEN) },
		{ "0.5.[01].2.0.1", E(EMPTY) | E(CUT) | E(LENGTHEN) },
		{ "0.6.0.1.1", E(EMPTY) | E(CUT) | E(LENGTHEN) },
	    } },
	{ "PCK CRL's signature", MINT_PART_PCK_CRL, MINT_AFTER, "", "0.0*",
	    1u << FAULT_BAD_COLLATERAL },
	{ "root CRL without entries", MINT_PART_ROOT_CRL, MINT_BEFORE, "",
	    NULL, 1u << FAULT_BAD_COLLATERAL | 1u << FAULT_COLLATERAL_MISMATCH,
	    { { "0.5.0.1.1", E(EMPTY) | E(CUT) | E(LENGTHEN) } } },
};

static bool
is_free(const struct row *row, const struct target *t)
{
	int i;

	for (i = 0; i < FREE_MAX && row->are_free[i].place != NULL; i++)
		if (fnmatch(row->are_free[i].place, t->place, 0) == 0 &&
		    (row->are_free[i].edits >> t->edit & 1) != 0)
			return true;
	return false;
}

/* Is the verdict as the row says? Notes it when not. */
static bool
is_as_said(const struct row *row, const struct target *t,
    const struct verdict *v)
{
	bool good = is_free(row, t) ? v->verified :
	    !v->verified && (row->codes >> v->fault.code & 1) != 0;

	if (!good)
		tap_note("%s %s: %s", t->place, edit_names[t->edit],
		    v->verified ? "verified" : v->fault.message);
	return good;
}

/* Edits one element. Returns false when there are not so many. */
static bool
run_edit(const struct row *row, struct mint *mint, struct mint_spec *spec,
    struct target *t, size_t *num, size_t *num_bad)
{
	struct mint_world w;
	struct verdict v;
	bool is_there;

	spec->tweak = edit_part;
	spec->tweak_arg = t;
	mint_world_make(&w, mint, spec);
	is_there = t->place[0] != '\0';
	if (is_there &&
	    (row->but == NULL || fnmatch(row->but, t->place, 0) != 0)) {
		world_judge(&v, &w, spec->now);
		*num += 1;
		*num_bad += !is_as_said(row, t, &v);
	}
	mint_world_clear(&w);
	return is_there;
}

static void
run_row(const struct row *row, struct mint *mint)
{
	struct target t = { .part = row->part, .stage = row->stage };
	size_t num = 0, num_bad = 0;
	struct mint_spec spec;
	bool is_there = true;
	int edit;

	mint_spec_init(&spec, MINT_SGX_V3);
	mint_spec_set(mint, &spec, row->settings);
	for (t.number = 0; is_there; t.number++)
		for (edit = 0; edit < EDIT__MAX && is_there; edit++) {
			t.edit = edit;
			is_there = run_edit(row, mint, &spec, &t, &num,
			    &num_bad);
		}
	ok(num >= 4 * EDIT__MAX && num_bad == 0, "%s: %zu edits", row->name,
	    num);
}

/* --- how many, how long ----------------------------------------------------- */

/* What is put in has no meaning, but the length of the signature hangs on it. */
static uint8_t filler = 'A';

/* Extensions that nobody knows, and that are not critical. */
static void
put_extensions(struct mint_buffer *b, int num, size_t len)
{
	size_t at;
	int i;

	for (i = 0; i < num; i++) {
		const uint8_t oid[] = { 6, 3, 0x2a, 3, (uint8_t)i };

		at = b->len;
		mint_put_bytes(b, BYTES_OF(oid));
		mint_put_fill(b, filler, len);
		mint_der_wrap(b, at + sizeof(oid), MINT_DER_OCTET_STRING);
		mint_der_wrap(b, at, MINT_DER_SEQUENCE);
	}
}

/* A member of the SGX extension of this last arc, or of its TCB. */
static void
put_pair(struct mint_buffer *b, const char *oid, size_t len)
{
	size_t at = b->len, value;

	mint_der_put_oid(b, oid);
	value = b->len;
	mint_put_fill(b, filler, len);
	mint_der_wrap(b, value, MINT_DER_OCTET_STRING);
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
}

/* An attribute of a name: an organizational unit. */
static void
put_unit(struct mint_buffer *b, size_t len)
{
	size_t at = b->len, text;

	mint_der_put_oid(b, "2.5.4.11");
	text = b->len;
	mint_put_fill(b, filler, len);
	mint_der_wrap(b, text, MINT_DER_UTF8_STRING);
	mint_der_wrap(b, at, MINT_DER_SEQUENCE);
	mint_der_wrap(b, at, 0x31); /* SET */
}

/* Is the world with `more` put there what is said? Clears `more`. */
static void
expect(struct mint *mint, const char *name, enum mint_part part,
    const char *into, struct mint_buffer *more, enum fault_code code,
    const char *says)
{
	struct target t = { .part = part, .stage = MINT_BEFORE, .into = into,
		.more = mint_buffer_bytes(more) };
	struct mint_spec spec;
	struct mint_world w;
	struct verdict v;

	mint_spec_init(&spec, MINT_SGX_V3);
	spec.tweak = edit_part;
	spec.tweak_arg = &t;
	mint_world_make(&w, mint, &spec);
	world_judge(&v, &w, spec.now);
	ok(t.place[0] != '\0' && verdict_is(&v, code, says,
		code == FAULT_NONE ? "UpToDate" : NULL), "%s", name);
	mint_world_clear(&w);
	mint_buffer_clear(more);
}

/* One edit of one element, and what is said of it. */
static const struct {
	const char *name;
	enum mint_part part;
	const char *place;
	enum edit edit;
	const char *says;
} sayings[] = {
	{ "CRL: a list of entries that is none", MINT_PART_PCK_CRL, "0.5",
	    SPELL_OUT, "pck_crl: entries: not a list" },
	{ "CRL: the first entry", MINT_PART_PCK_CRL, "0.5.0.0", EMPTY,
	    "pck_crl: entry 1: want" },
	{ "CRL: the second entry", MINT_PART_PCK_CRL, "0.5.1.1", RETAG,
	    "pck_crl: entry 2: want" },
	{ "CRL: an extension of an entry", MINT_PART_PCK_CRL, "0.5.1.2.0.0",
	    RETAG, "pck_crl: entry 2: want" },
	{ "CRL: version", MINT_PART_PCK_CRL, "0.0", EMPTY,
	    "pck_crl: version: want 2" },
	{ "CRL: issuer", MINT_PART_PCK_CRL, "0.2", RETAG,
	    "pck_crl: issuer: not a name" },
	{ "CRL: thisUpdate", MINT_PART_PCK_CRL, "0.3", CUT,
	    "pck_crl: thisUpdate" },
	{ "CRL: extensions", MINT_PART_PCK_CRL, "0.6", RETAG,
	    "pck_crl: extensions: not a list" },
	{ "CRL: the list of extensions", MINT_PART_PCK_CRL, "0.6.0", TWICE,
	    "pck_crl: extensions: not a list" },
	{ "CRL: an extension", MINT_PART_PCK_CRL, "0.6.0.1", EMPTY,
	    "pck_crl: extensions: unreadable" },
	{ "CRL: the second extension twice", MINT_PART_PCK_CRL, "0.6.0.1",
	    TWICE, "pck_crl: extensions: number 3 stands twice" },
	{ "certificate: version", MINT_PART_PCK_CERT, "0.0.0", CUT,
	    "certificate 1: version: want 3" },
	{ "certificate: serial number", MINT_PART_PCK_CERT, "0.1", EMPTY,
	    "certificate 1: serial number: want at most 20 octets" },
	{ "certificate: issuer", MINT_PART_PCK_CERT, "0.3.0", EMPTY,
	    "certificate 1: issuer: want a name of at most 512 bytes" },
	{ "certificate: notBefore", MINT_PART_PCK_CERT, "0.4.0", CUT,
	    "certificate 1: validity: want two instants" },
	{ "certificate: three instants", MINT_PART_PCK_CERT, "0.4.1", TWICE,
	    "certificate 1: validity: want two instants" },
	{ "certificate: subject", MINT_PART_PCK_CERT, "0.5.0", EMPTY,
	    "certificate 1: subject: want a name of at most 512 bytes" },
	{ "certificate: key", MINT_PART_PCK_CERT, "0.6.0.1", CUT,
	    "certificate 1: public key: want a point of P-256" },
	{ "certificate: extensions", MINT_PART_PCK_CERT, "0.7", RETAG,
	    "certificate 1: extensions: want a list" },
	{ "certificate: two lists of extensions", MINT_PART_PCK_CERT, "0.7.0",
	    TWICE, "certificate 1: extensions: want a list" },
	{ "certificate: something behind the extensions", MINT_PART_PCK_CERT,
	    "0.7", TWICE, "certificate 1: extensions: want a list" },
	{ "certificate: an extension", MINT_PART_PCK_CERT, "0.7.0.1", EMPTY,
	    "certificate 1: extensions: want at most 16 readable ones, "
	    "number 2 is not" },
	{ "SGX extension: the second name", MINT_PART_SGX_EXTENSION, "0.1.0",
	    CUT, "SGX extension: member 2 of 1.2.840.113741.1.13.1 has an "
	    "unknown name" },
	{ "certificate: the second extension twice", MINT_PART_PCK_CERT,
	    "0.7.0.1", TWICE, "certificate 1: extensions: number 3 stands "
	    "twice" },
};

static void
test_sayings(struct mint *mint)
{
	struct mint_spec spec;
	struct mint_world w;
	struct verdict v;
	size_t i;

	for (i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++) {
		struct target t = { .part = sayings[i].part,
			.stage = MINT_BEFORE, .at = sayings[i].place,
			.edit = sayings[i].edit };

		mint_spec_init(&spec, MINT_SGX_V3);
		mint_spec_set(mint, &spec, "pck_crl.num_strangers=2");
		spec.tweak = edit_part;
		spec.tweak_arg = &t;
		mint_world_make(&w, mint, &spec);
		if (t.place[0] == '\0')
			mint_die("%s: not there", sayings[i].place);
		world_judge(&v, &w, spec.now);
		ok(verdict_is(&v, sayings[i].part == MINT_PART_PCK_CRL ?
			FAULT_BAD_COLLATERAL : FAULT_BAD_CERTIFICATE,
			sayings[i].says, NULL), "%s: %s", sayings[i].name,
		    v.fault.message);
		mint_world_clear(&w);
	}
}

static void
test_numbers(struct mint *mint)
{
	struct mint_buffer more = { 0 };

	/* There are 2 and 6 already. */
	put_extensions(&more, 14, 2);
	expect(mint, "CRL: 16 extensions", MINT_PART_ROOT_CRL, "0.5.0", &more,
	    FAULT_NONE, NULL);
	put_extensions(&more, 15, 2);
	expect(mint, "CRL: 17 extensions", MINT_PART_ROOT_CRL, "0.5.0", &more,
	    FAULT_BAD_COLLATERAL, "more than 16");
	put_extensions(&more, 10, 2);
	expect(mint, "certificate: 16 extensions", MINT_PART_PCK_CERT, "0.7.0",
	    &more, FAULT_NONE, NULL);
	put_extensions(&more, 11, 2);
	expect(mint, "certificate: 17 extensions", MINT_PART_PCK_CERT, "0.7.0",
	    &more, FAULT_BAD_CERTIFICATE, "number 17 is not");
	put_pair(&more, "1.2.840.113741.1.13.1.2.18", 16);
	expect(mint, "TCB: a name twice", MINT_PART_SGX_EXTENSION, "0.1.1",
	    &more, FAULT_BAD_CERTIFICATE, "at most 18 members, have more");
	put_pair(&more, "1.2.840.113741.1.13.1.8", 16);
	expect(mint, "SGX extension: 8 members", MINT_PART_SGX_EXTENSION, "0",
	    &more, FAULT_BAD_CERTIFICATE, "want 5 or 7 members, have 8");
}

/* The length of the element there, its head too. */
static size_t
element_len(struct bytes in, const char *place)
{
	const uint8_t *start;
	struct bytes content;
	uint8_t tag;
	long n;

	for (;;) {
		char *end;

		for (n = strtol(place, &end, 10); n > 0; n--)
			take_element(&in, &tag);
		start = in.ptr;
		content = take_element(&in, &tag);
		if (*end == '\0')
			return (size_t)(in.ptr - start);
		in = content;
		place = end + 1;
	}
}

/*
 * Puts so many bytes more into the PCK certificate. Returns how long the
 * element at `place` is then, and whether the certificate is read.
 */
static size_t
read_longer(struct mint *mint, struct target *t, const char *place,
    void (*put)(struct mint_buffer *b, size_t len), size_t len, bool *is_read)
{
	struct mint_buffer more = { 0 };
	struct mint_spec spec;
	struct mint_world w;
	struct bytes der;
	struct cert c;
	struct fault f;

	put(&more, len);
	t->more = mint_buffer_bytes(&more);
	mint_spec_init(&spec, MINT_SGX_V3);
	spec.tweak = edit_part;
	spec.tweak_arg = t;
	mint_world_make(&w, mint, &spec);
	der = mint_buffer_bytes(&w.certs[MINT_CERT_PCK]);
	*is_read = cert_read(&c, der, &f) == 0;
	if (!*is_read && f.code != FAULT_BAD_CERTIFICATE)
		mint_die("%s", f.message);
	len = element_len(der, place);
	mint_world_clear(&w);
	mint_buffer_clear(&more);
	return len;
}

/* An element that grows byte by byte is refused from where it is too long. */
static void
test_length(struct mint *mint, const char *name, enum mint_part part,
    const char *into, const char *place, size_t max,
    void (*put)(struct mint_buffer *b, size_t len))
{
	struct target t = { .part = part, .stage = MINT_BEFORE, .into = into };
	size_t len, is, num_bad = 0, num_good = 0, num_refused = 0;
	size_t num_exact = 0, tries;
	bool is_read;

	/*
	 * What holds the bytes may need some more for their number, and
	 * signatures are not all as long: with the same key and the same
	 * bytes it is always the same one.
	 */
	is = read_longer(mint, &t, place, put, 0, &is_read);
	for (tries = 0; tries < 20 && num_exact == 0; tries++, filler++)
		for (len = max - is - 16, num_refused = 0; num_refused < 3;
		    len++) {
			size_t now = read_longer(mint, &t, place, put, len,
			    &is_read);

			num_bad += is_read != (now <= max);
			num_good += is_read;
			num_refused += !is_read;
			num_exact += now == max;
		}
	ok(num_good >= 3 && num_bad == 0 && num_exact > 0, "%s: %zu bytes and no more", name,
	    max);
}

static void
put_one_extension(struct mint_buffer *b, size_t len)
{
	put_extensions(b, 1, len);
}

static void
put_member(struct mint_buffer *b, size_t len)
{
	put_pair(b, "1.2.840.113741.1.13.1.8", len);
}

int
main(void)
{
	struct mint *mint = mint_new();
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run_row(&rows[i], mint);
	test_sayings(mint);
	test_numbers(mint);
	test_length(mint, "certificate", MINT_PART_PCK_CERT, "0.7.0", "0",
	    CERT_DER_LEN_MAX, put_one_extension);
	test_length(mint, "subject", MINT_PART_PCK_CERT, "0.5", "0.0.5",
	    CERT_NAME_LEN_MAX, put_unit);
	test_length(mint, "issuer", MINT_PART_PCK_CERT, "0.3", "0.0.3",
	    CERT_NAME_LEN_MAX, put_unit);
	test_length(mint, "SGX extension", MINT_PART_SGX_EXTENSION, "0",
	    "0.0.7.0.5.1", CERT_SGX_EXTENSION_LEN_MAX + 4, put_member);
	mint_free(mint);
	return tap_done();
}
