/*
 * The layout of an Intel SGX or TDX quote, versions 3 to 5. Layout only:
 * nothing here decides whether a quote is genuine (see verify.h).
 *
 * Source: Intel DCAP, sgx_quote_3.h, sgx_quote_4.h, sgx_quote_5.h,
 * sgx_report.h, and Intel's "TDX DCAP Quoting Library API", appendix A.
 */
#ifndef ATTESTRY_QUOTE_H
#define ATTESTRY_QUOTE_H

#include "bytes.h"

/* Real quotes are 2 to 8 KB; some are zero-padded to 16 KB. */
#define QUOTE_LEN_MAX 20480
/* Certification data; a real PCK chain in PEM is about 3.8 KB. */
#define QUOTE_CERT_DATA_LEN_MAX 8192

#define QUOTE_HEADER_LEN 48
#define ENCLAVE_REPORT_LEN 384
#define TD_REPORT10_LEN 584
#define TD_REPORT15_LEN 648
#define REPORT_DATA_LEN 64
#define MR_LEN 48	   /* TDX measurements: SHA-384 */
#define ECDSA_KEY_LEN 64   /* x || y, big-endian */
#define ECDSA_SIG_LEN 64   /* r || s, big-endian */
#define FMSPC_LEN 6
#define PCE_ID_LEN 2
#define PPID_LEN 16
#define CPU_SVN_LEN 16

enum tee { TEE_SGX = 0x00, TEE_TDX = 0x81 };

/* Version 5 writes it down; versions 3 and 4 imply it. */
enum body_type {
	BODY_ENCLAVE_REPORT = 1,
	BODY_TD_REPORT10 = 2,
	BODY_TD_REPORT15 = 3
};

/* Certification data types (sgx_quote_3.h, sgx_ql_cert_key_type). */
enum cert_data_type {
	CERT_DATA_PPID_CLEARTEXT = 1,
	CERT_DATA_PPID_RSA2048 = 2,
	CERT_DATA_PPID_RSA3072 = 3,
	CERT_DATA_PCK_LEAF = 4,
	CERT_DATA_PCK_CHAIN = 5,
	CERT_DATA_QE_REPORT = 6
};

struct quote_header {
	uint16_t version;      /* 3, 4 or 5 */
	uint16_t ak_type;      /* attestation key type: 2, ECDSA P-256 */
	uint32_t tee_type;     /* enum tee */
	uint8_t reserved[4];   /* v3: QE SVN, PCE SVN; signed, unchecked */
	uint8_t qe_vendor[16]; /* Intel's; verify.c compares */
	uint8_t user_data[20];
};

/* An SGX report: the enclave's, or inside the signature the QE's. */
struct enclave_report {
	uint8_t cpusvn[CPU_SVN_LEN];
	uint8_t miscselect[4];
	uint8_t reserved1[12];
	uint8_t isvextprodid[16];
	uint8_t attributes[16]; /* 8 flags, 8 XFRM */
	uint8_t mrenclave[32];
	uint8_t reserved2[32];
	uint8_t mrsigner[32];
	uint8_t reserved3[32];
	uint8_t configid[64];
	uint8_t isvprodid[2]; /* little-endian */
	uint8_t isvsvn[2];    /* little-endian */
	uint8_t configsvn[2]; /* little-endian */
	uint8_t reserved4[42];
	uint8_t isvfamilyid[16];
	uint8_t reportdata[REPORT_DATA_LEN];
};

/* A TD report; the last two members are zero in a 1.0 body. */
struct td_report {
	uint8_t tee_tcb_svn[CPU_SVN_LEN]; /* [0] module SVN, [1] its version */
	uint8_t mrseam[MR_LEN];
	uint8_t mrsignerseam[MR_LEN];
	uint8_t seamattributes[8];
	uint8_t tdattributes[8];
	uint8_t xfam[8];
	uint8_t mrtd[MR_LEN];
	uint8_t mrconfig[MR_LEN];
	uint8_t mrowner[MR_LEN];
	uint8_t mrownerconfig[MR_LEN];
	uint8_t rtmr[4][MR_LEN];
	uint8_t reportdata[REPORT_DATA_LEN];
	uint8_t tee_tcb_svn2[CPU_SVN_LEN];
	uint8_t mrservicetd[MR_LEN];
};

struct quote {
	struct quote_header header;
	enum tee tee;
	enum body_type body_type;
	struct enclave_report enclave_report; /* BODY_ENCLAVE_REPORT */
	struct td_report td_report;	      /* the other two */

	struct bytes signed_part; /* what the attestation key signed */
	uint8_t signature[ECDSA_SIG_LEN];
	uint8_t attest_key[ECDSA_KEY_LEN];

	struct bytes qe_report_raw; /* what the PCK key signed */
	struct enclave_report qe_report;
	uint8_t qe_report_signature[ECDSA_SIG_LEN];
	struct bytes qe_auth_data;

	uint16_t cert_data_type; /* enum cert_data_type */
	struct bytes cert_data;
	struct bytes trailing; /* after the declared end: padding */
};

/*
 * Reads a whole quote.
 *
 * q	filled on success; its `struct bytes` members borrow from `in`, which
 *	must outlive them. Nothing to free.
 * in	the file as uploaded, up to QUOTE_LEN_MAX bytes
 *
 * Returns 0, or -1 with `f` set to FAULT_MALFORMED_QUOTE (cut short, sizes
 * that do not add up) or FAULT_UNSUPPORTED_QUOTE (a version, TEE type, body
 * type or attestation key type that is not one of ours).
 */
MUST_USE int quote_parse(struct quote *q, struct bytes in, struct fault *f);

/* The values of two-byte members. */
uint16_t enclave_report_isvprodid(const struct enclave_report *r);
uint16_t enclave_report_isvsvn(const struct enclave_report *r);
uint16_t enclave_report_configsvn(const struct enclave_report *r);

/* "SGX", "TDX" */
const char *tee_name(enum tee tee);

#endif
