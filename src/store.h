/*
 * What is kept in PostgreSQL: quotes, verdicts, collateral. Rows are only
 * ever added (sql/001_schema.sql).
 *
 * One store is one connection, made at the first call that needs it and made
 * again, within the call, when it was lost; so a worker makes its store after
 * the fork. Each call is one statement in its own transaction and ends within
 * PG_TIMEOUT_MS plus the time to connect, whatever the server does. All calls
 * may be repeated: what is there already stays as it is.
 *
 * Faults are FAULT_INTERNAL, and their sentences are for the operator's log,
 * not for clients. After a fault from a put it is unknown whether the row was
 * written if the sentence says so; putting it again settles that.
 *
 * Instants named …_us are microseconds since 1970, UTC.
 */
#ifndef ATTESTRY_STORE_H
#define ATTESTRY_STORE_H

#include "verify.h"

#define STORE_RECENT_MAX 100
#define STORE_VERDICTS_MAX 100
#define STORE_POLICY_LEN_MAX 256 /* with NUL */
#define STORE_VERSION_LEN_MAX 64 /* with NUL */

struct store;

/* An upload, and what finds it again. Everything is borrowed. */
struct stored_quote {
	uint8_t checksum[SHA256_LEN]; /* of raw */
	struct bytes raw;	      /* as uploaded */
	uint8_t content_sha256[SHA256_LEN]; /* verify_content_sha256 */
	enum tee tee;
	uint16_t version;
	const struct pck *pck; /* NULL: the quote has no readable one */
	/* Not kept when so many others of this content are, at least 1;
	 * only those count that were verified, where that is_verified. */
	int copies_max;
	bool is_verified;
};

/*
 * What verification said about a quote, and with what. Owns nothing. Of the
 * verdict's reports, `tcb` and the periods, only their text is kept.
 *
 * Of the quote, so never that verification could not be carried out: the
 * database refuses FAULT_COLLATERAL_UNAVAILABLE and FAULT_INTERNAL, and
 * "verified" without TCB status or collateral.
 */
struct stored_verdict {
	uint8_t checksum[SHA256_LEN];
	struct verdict verdict;
	bool fixed_time;	/* verified_at is not from the clock */
	int64_t recorded_at_us; /* set by the database; not put */
	bool has_collateral;
	uint8_t collateral_id[SHA256_LEN];
	char policy[STORE_POLICY_LEN_MAX];
	char engine_version[STORE_VERSION_LEN_MAX];
	const char *tcb; /* JSON, as render_tcb makes it; NULL: none. Put:
			  * borrowed. Got: see struct stored_record. */
};

/* A quote and its newest recorded verdict. */
struct stored_record {
	uint8_t *raw; /* owned */
	size_t raw_len;
	int64_t uploaded_at_us; /* first upload */
	uint8_t content_sha256[SHA256_LEN];
	bool has_ppid; /* it has a readable PCK chain */
	uint8_t ppid[PPID_LEN];
	bool has_verdict; /* newest is filled */
	struct stored_verdict newest;
	char *tcb; /* owned; newest.tcb points here */
};

/* A line of the list of recent quotes. */
struct recent_quote {
	uint8_t checksum[SHA256_LEN];
	bool verified; /* by its newest verdict; false if it has none */
	int64_t created_at_us; /* first upload */
};

struct stored_collateral {
	uint8_t id[SHA256_LEN];
	struct collateral_text text; /* owned */
	time_t issued_at;
	time_t expires_at;
	int64_t fetched_at_us; /* by the database's clock */
	int64_t age_ms;	       /* since then, by the same clock */
	time_t fixed_at;       /* as given to store_put_collateral */
};

/*
 * A store that is not connected yet; free with store_free.
 *
 * conninfo	libpq's connection string; connect_timeout, keepalives and
 *		tcp_user_timeout have defaults of ours
 *
 * Returns 0, or -1 when the string cannot be read. The database need not be
 * up.
 */
MUST_USE int store_new(struct store **out, const char *conninfo,
    struct fault *f);

/* As store_new, for calls that end within timeout_ms plus the time to connect. */
MUST_USE int store_new_within(struct store **out, const char *conninfo,
    int timeout_ms, struct fault *f);

/* Disconnects. */
void store_free(struct store *s);

/* Whether the database answers now; if not, `f` says why. */
MUST_USE bool store_is_up(struct store *s, struct fault *f);

/*
 * Whether this database can be trusted with evidence: its schema is the one
 * of this program, and the role that we connect as can only read and add.
 *
 * Returns 0, or -1 with what was wanted and what was found.
 */
MUST_USE int store_check(struct store *s, struct fault *f);

/*
 * Whether a commit survives a crash and a power cut (fsync, full_page_writes,
 * synchronous_commit). Returns as store_check.
 */
MUST_USE int store_check_durability(struct store *s, struct fault *f);

/*
 * From now on no new connection is used where one would not: whatever needs
 * the database fails then, as with a database that is down.
 */
void store_demand_durability(struct store *s);

/*
 * Keeps a quote for good: it is on disk when this returns 1.
 *
 * A genuine quote has any number of variants with other bytes and the same
 * content (padding, the other form of a signature, forged signatures): at most
 * copies_max of them are kept, and beside forged ones as many that were
 * verified. Puts that run at the same time do not see each other, so that
 * there may be one more for each of them but the first: copies_max and the
 * number of worker processes, less one, is the most.
 *
 * out_uploaded_at_us	when these bytes were first uploaded
 *
 * Returns 1; 0 (out untouched) when it is one variant too many and was not
 * there before; or -1.
 */
MUST_USE int store_put_quote(struct store *s, const struct stored_quote *q,
    int64_t *out_uploaded_at_us, struct fault *f);

/*
 * Keeps a quote as store_put_quote does, and with it the verdict; all of it,
 * or nothing. A verdict that says what the newest one says, with the same
 * collateral and by the same rules, is not added.
 *
 * v			NULL: none, as store_put_quote
 * out_verified_at	of the verdict that counts now; 0: there was none
 *
 * Returns as store_put_quote does.
 */
MUST_USE int store_put_upload(struct store *s, const struct stored_quote *q,
    const struct stored_verdict *v, int64_t *out_uploaded_at_us,
    time_t *out_verified_at, struct fault *f);

/* An upload, borrowed, and what comes of keeping it. */
struct store_put {
	const struct stored_quote *quote;
	const struct stored_verdict *verdict;
	/* These count only when all is done. */
	bool is_kept; /* false: one variant too many, and not there before */
	int64_t uploaded_at_us;
	time_t verified_at;
};

/* Of what is put, or got, together. */
#define STORE_TOGETHER_NUM_MAX 8

/*
 * Keeps several uploads with their verdicts, each as store_put_upload does, in
 * one round trip and as one transaction: all of it, or nothing. Much cheaper
 * than one after the other. Unlike all other calls not tried again when the
 * connection is lost: put one by one what failed together.
 *
 * num	1 to STORE_TOGETHER_NUM_MAX
 *
 * Returns 0, or -1.
 */
MUST_USE int store_put_uploads(struct store *s, struct store_put *puts,
    int num, struct fault *f);

/*
 * Adds a verdict to a stored quote's history; its collateral must be stored.
 * An unknown outcome that is put again may leave it in the history twice.
 */
MUST_USE int store_put_verdict(struct store *s, const struct stored_verdict *v,
    struct fault *f);

/*
 * A quote and its newest verdict; clear with stored_record_clear.
 *
 * Returns 1 when found, 0 (out untouched) when there is no such quote, or -1.
 */
MUST_USE int store_get_quote(struct store *s,
    const uint8_t checksum[static SHA256_LEN], struct stored_record *out,
    struct fault *f);

/* Frees what it owns; usable again afterwards. */
void stored_record_clear(struct stored_record *r);

/* As store_get_quote, but for the uploaded bytes, which are left out. */
MUST_USE int store_get_upload(struct store *s,
    const uint8_t checksum[static SHA256_LEN], struct stored_record *out,
    struct fault *f);

/*
 * As store_get_upload for several, in one round trip.
 *
 * checksums	STORE_TOGETHER_NUM_MAX at most
 * out		a record each; all zeros where there is no such quote. To be
 *		cleared whatever is returned
 *
 * Returns 0, or -1.
 */
MUST_USE int store_get_uploads(struct store *s,
    const uint8_t *const *checksums, struct stored_record *out, int num,
    struct fault *f);

/* As store_get_quote, but nothing is filled beside the uploaded bytes. */
MUST_USE int store_get_raw(struct store *s,
    const uint8_t checksum[static SHA256_LEN], struct stored_record *out,
    struct fault *f);

/*
 * The uploads, newest first, ties by checksum.
 *
 * skip		how many to leave out at the front
 * limit	at most STORE_RECENT_MAX
 * before_us	only those created at or before; NULL: all. A client pages
 *		through a fixed list by giving the first page's newest
 *		created_at with every skip, to the microsecond.
 * out		room for `limit`
 *
 * An upload gets its instant a moment before its commit shows it: one that
 * was under way when the first page was read may still appear in the list.
 */
MUST_USE int store_get_recent(struct store *s, uint64_t skip, size_t limit,
    const int64_t *before_us, struct recent_quote *out, size_t *out_num,
    struct fault *f);

/*
 * The verdicts of a quote, newest first. They are numbered in the order they
 * were recorded in: 1 is the first one, and a number stays with its verdict.
 *
 * skip		how many to leave out at the front
 * limit	at most STORE_VERDICTS_MAX
 * out		room for `limit`
 * out_first	the number of out[0]; each one after it has one less
 *
 * Returns 1, or 0 (out untouched) when there is no such quote, or -1.
 */
MUST_USE int store_get_verdicts(struct store *s,
    const uint8_t checksum[static SHA256_LEN], uint64_t skip, size_t limit,
    struct stored_verdict *out, size_t *out_num, int64_t *out_first,
    struct fault *f);

/*
 * What a quote's verdict of a number was reached with.
 *
 * out_has	false when it needed none; then id is untouched
 *
 * Returns 1, or 0 when there is no verdict of that number, or -1.
 */
MUST_USE int store_get_verdict_collateral_id(struct store *s,
    const uint8_t checksum[static SHA256_LEN], int64_t number, bool *out_has,
    uint8_t out_id[static SHA256_LEN], struct fault *f);

/*
 * Keeps the nine texts, so that verdicts can name them, and that from now on
 * they are this platform's collateral.
 *
 * text		all nine present
 * fixed_at	the fixed instant that the service judges by; -1: the clock's
 * out_id	what a verdict names them by: collateral_text_id
 */
MUST_USE int store_put_collateral(struct store *s,
    const struct platform_key *key, const struct collateral_text *text,
    time_t issued_at, time_t expires_at, time_t fixed_at,
    uint8_t out_id[static SHA256_LEN], struct fault *f);

/*
 * Whether that was put last for this platform, with this fixed_at. Returns 0
 * or -1.
 */
MUST_USE int store_is_collateral(struct store *s,
    const struct platform_key *key, const uint8_t id[static SHA256_LEN],
    time_t fixed_at, bool *out, struct fault *f);

/*
 * What was put last for a platform; clear with stored_collateral_clear.
 *
 * Returns 1 when found, 0 (out untouched) when there is none, or -1.
 */
MUST_USE int store_get_collateral(struct store *s,
    const struct platform_key *key, struct stored_collateral *out,
    struct fault *f);

/*
 * The documents with this id; clear with collateral_text_clear.
 *
 * Returns 1 when found, 0 (out untouched) when there are none, or -1.
 */
MUST_USE int store_get_collateral_by_id(struct store *s,
    const uint8_t id[static SHA256_LEN], struct collateral_text *out,
    struct fault *f);

/* Frees the texts; usable again afterwards. */
void stored_collateral_clear(struct stored_collateral *c);

/* Whether a verdict was reached by the real clock (see ATTESTRY_TIME). */
MUST_USE int store_has_real_time_verdicts(struct store *s, bool *out,
    struct fault *f);

#endif
