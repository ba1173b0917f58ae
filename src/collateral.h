/*
 * Collateral: everything beside the quote that verifying it needs. Nine
 * texts, as Intel's PCS serves them and as clients know them
 * (QuoteCollateralV3), and what they say once their signatures have been
 * followed to the trust anchor.
 */
#ifndef ATTESTRY_COLLATERAL_H
#define ATTESTRY_COLLATERAL_H

#include "chain.h"
#include "crl.h"
#include "crypto.h"
#include "qe_identity.h"
#include "tcb_info.h"

/* Real documents are under 20 KB; a CRL of 2 MiB in hex is the longest. */
#define COLLATERAL_DOCUMENT_LEN_MAX (1 << 20)
#define COLLATERAL_CRL_HEX_LEN_MAX (4 << 20)

/* In the order of the HTTP interface. */
enum collateral_field {
	COLLATERAL_PCK_CRL_ISSUER_CHAIN,     /* PEM, leaf first */
	COLLATERAL_ROOT_CA_CRL,		     /* hex of DER */
	COLLATERAL_PCK_CRL,		     /* hex of DER */
	COLLATERAL_TCB_INFO_ISSUER_CHAIN,    /* PEM, leaf first */
	COLLATERAL_TCB_INFO,		     /* JSON, byte for byte as signed */
	COLLATERAL_TCB_INFO_SIGNATURE,	     /* 128 hex digits, r || s */
	COLLATERAL_QE_IDENTITY_ISSUER_CHAIN, /* PEM, leaf first */
	COLLATERAL_QE_IDENTITY,		     /* JSON, byte for byte as signed */
	COLLATERAL_QE_IDENTITY_SIGNATURE,    /* 128 hex digits, r || s */
	COLLATERAL_FIELD__MAX
};

/* "pck_crl_issuer_chain", …: the names in JSON and SQL. */
extern const char *const collateral_field_names[COLLATERAL_FIELD__MAX];

/* The nine texts: owned, NUL-terminated, each NULL or malloc'd. */
struct collateral_text {
	char *field[COLLATERAL_FIELD__MAX];
};

/* Frees the texts; usable again afterwards. */
void collateral_text_clear(struct collateral_text *t);

/*
 * Reads the nine texts out of one JSON object; other members are ignored.
 *
 * t	owns memory on success
 *
 * Returns 0, or -1 with FAULT_BAD_COLLATERAL (not JSON, or a text missing).
 */
MUST_USE int collateral_text_read(struct collateral_text *t,
    struct bytes json, struct fault *f);

/*
 * The name of these very texts: SHA-256 over all nine, each behind its
 * length. Returns 0, or -1 with FAULT_INTERNAL.
 */
MUST_USE int collateral_text_id(const struct collateral_text *t,
    uint8_t out[static SHA256_LEN], struct fault *f);

/* One of the things in it that have a beginning and an end. */
struct collateral_period {
	const char *what;
	enum fault_code code; /* what it is to be outside of it */
	struct validity validity;
};

#define COLLATERAL_PERIODS_NUM 10

struct collateral {
	struct collateral_text text;

	/*
	 * Why it cannot be trusted; code FAULT_NONE when every signature in
	 * it leads to `trust`. Only then does what follows mean anything.
	 */
	struct fault fault;
	struct trust trust; /* what it was checked against */

	struct signer_chain pck_crl_issuer;
	struct signer_chain tcb_info_issuer;
	struct signer_chain qe_identity_issuer;
	struct crl root_ca_crl;
	struct crl pck_crl;
	struct tcb_info tcb_info;
	struct qe_identity qe_identity;

	enum pck_ca ca; /* whose PCK CRL it holds */
	struct collateral_period periods[COLLATERAL_PERIODS_NUM];
	time_t issued_at;  /* the latest beginning */
	time_t expires_at; /* the earliest end */
};

/*
 * Reads the texts and follows every signature to the trust anchor. That they
 * do not lead there is not a failure but kept in `fault`, for verify_quote
 * to answer with. Instants are not compared here.
 *
 * out	new; collateral_free frees it
 * text	taken over, also on failure: empty afterwards
 *
 * Returns 0, or -1 with FAULT_INTERNAL (memory).
 */
MUST_USE int collateral_adopt_new(struct collateral **out,
    struct collateral_text *text, const struct trust *trust,
    struct fault *f);

/*
 * Is everything in it inside its validity at this instant?
 *
 * Returns 0, or -1 with FAULT_CERTIFICATE_EXPIRED or FAULT_COLLATERAL_EXPIRED.
 */
MUST_USE int collateral_check_time(const struct collateral *c, time_t at,
    struct fault *f);

/*
 * Reads one of the two CRLs out of its hex; crl_clear frees it. Returns as
 * crl_read does.
 */
MUST_USE int collateral_read_crl(struct crl *out,
    const struct collateral_text *t, enum collateral_field i,
    const struct cert *issuer, struct fault *f);

/* For tcb_info: which platforms it is the collateral of. */
struct platform_key collateral_key(const struct collateral *c);

void collateral_free(struct collateral *c);

/*
 * One period at one instant; both ends are inside.
 *
 * Returns 0, or -1 with the period's code.
 */
MUST_USE int collateral_period_check(const struct collateral_period *p,
    time_t at, struct fault *f);

#endif
