/*
 * Why something failed: a code for machines and a sentence for people.
 *
 * The codes are the "reasons" of the HTTP interface, so that one word leads
 * from an answer to the line that refused. They are grouped by whose fault it
 * is: the quote's, the collateral's, the relying party's policy, or ours.
 */
#ifndef ATTESTRY_FAULT_H
#define ATTESTRY_FAULT_H

#define MUST_USE __attribute__((warn_unused_result))

enum fault_code {
	FAULT_NONE,

	/* The quote. */
	FAULT_MALFORMED_QUOTE,	    /* the bytes are not a whole quote */
	FAULT_UNSUPPORTED_QUOTE,    /* a version, TEE, key type, vendor not ours */
	FAULT_MISSING_CERTIFICATES, /* no PCK chain in the quote */
	FAULT_UNTRUSTED_ROOT,	    /* a chain ends at another root */
	FAULT_BAD_CERTIFICATE,	    /* PCK chain: shape, profile, signature */
	FAULT_CERTIFICATE_EXPIRED,  /* a certificate outside its validity */
	FAULT_CERTIFICATE_REVOKED,  /* a certificate on its issuer's CRL */

	/* The collateral. */
	FAULT_BAD_COLLATERAL,	   /* unreadable, or not signed by Intel */
	FAULT_COLLATERAL_EXPIRED,  /* a document outside its dates */
	FAULT_COLLATERAL_MISMATCH, /* genuine, but of another platform */

	/* The quote against the collateral. */
	FAULT_BAD_QE_REPORT,	    /* QE report's signature or key binding */
	FAULT_BAD_QUOTE_SIGNATURE,  /* not signed by the attestation key */
	FAULT_QE_IDENTITY_MISMATCH, /* not Intel's quoting enclave */
	FAULT_TDX_MODULE_MISMATCH,  /* not a TDX module that Intel lists */
	FAULT_TCB_NOT_FOUND,	    /* below every level that Intel lists */

	/* Appraisal of what is otherwise genuine, in this order. */
	FAULT_DEBUG_ENABLED, /* the host can read the workload's memory */
	FAULT_TD_ATTRIBUTES, /* SEPT_VE_DISABLE off, or a reserved bit on */
	FAULT_SERVICE_TD,    /* a service TD is bound */
	FAULT_TCB_STATUS,    /* Revoked, or a status the policy rejects */

	/* Ours: nothing is said about the quote. */
	FAULT_COLLATERAL_UNAVAILABLE, /* no collateral to be had just now */
	FAULT_INTERNAL,		      /* memory, database, configuration */

	FAULT__MAX
};

#define FAULT_MESSAGE_LEN_MAX 400

struct fault {
	enum fault_code code;
	char message[FAULT_MESSAGE_LEN_MAX]; /* one sentence, NUL-terminated */
};

/*
 * Sets code and sentence ("where: what: want X, have Y"; numbers and hex,
 * never raw input; cut at FAULT_MESSAGE_LEN_MAX).
 *
 * Always returns -1, so that a refusal is one statement.
 */
int fault_set(struct fault *f, enum fault_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Puts "prefix: " before the sentence, for a caller that knows where the
 * failing thing stands. Returns -1.
 */
int fault_prefix(struct fault *f, const char *prefix);

/* Memory could not be had: code FAULT_INTERNAL. Returns -1. */
int fault_set_memory(struct fault *f);

/*
 * Holds a result against its fault: what went well has none. Returns r, or -1
 * with FAULT_INTERNAL when a fault was found and passed over, so that a
 * mistake of ours cannot make good what is not.
 */
MUST_USE int fault_check_result(int r, struct fault *f);

/* The machine word of a code ("bad_certificate"); NULL for FAULT_NONE. */
const char *fault_reason(enum fault_code code);

/* The code of a machine word; FAULT_NONE when there is no such word. */
enum fault_code fault_from_reason(const char *reason);

#endif
