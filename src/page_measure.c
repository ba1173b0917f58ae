#include <string.h>

#include "page_measure.h"

/* A field of a report: its place there is its member's. */
struct field {
	const char *name, *what;
	size_t at, len;
	bool is_number;
};

#define FIELD(report, name, member, what) \
	{ name, what, offsetof(struct report, member), \
	    sizeof(((struct report *)NULL)->member), false }
#define NUMBER(report, name, member, what) \
	{ name, what, offsetof(struct report, member), 2, true }

static const struct field enclave_fields[] = {
	FIELD(enclave_report, "mrenclave", mrenclave,
	    "The enclave\xe2\x80\x99s code and data when it was built: which "
	    "program runs."),
	FIELD(enclave_report, "mrsigner", mrsigner,
	    "Hash of the key that signed the enclave: whose program it is."),
	NUMBER(enclave_report, "isvprodid", isvprodid,
	    "Product number that the signer gave it."),
	NUMBER(enclave_report, "isvsvn", isvsvn,
	    "Security version that the signer gave it."),
	FIELD(enclave_report, "attributes", attributes,
	    "Flags of the enclave, among them DEBUG, and the processor state "
	    "it may use."),
	FIELD(enclave_report, "miscselect", miscselect,
	    "What more is saved when the enclave is interrupted."),
	FIELD(enclave_report, "cpusvn", cpusvn,
	    "Security version of the processor and its microcode."),
	FIELD(enclave_report, "configid", configid,
	    "Configuration that it was started with."),
	NUMBER(enclave_report, "configsvn", configsvn,
	    "Security version of that configuration."),
	FIELD(enclave_report, "isvextprodid", isvextprodid,
	    "Product number, long form."),
	FIELD(enclave_report, "isvfamilyid", isvfamilyid,
	    "Family of products."),
	FIELD(enclave_report, "reportdata", reportdata,
	    "Chosen by the enclave itself: a nonce, the hash of a key."),
};

static const struct field td_fields[] = {
	FIELD(td_report, "mrtd", mrtd,
	    "The virtual machine\xe2\x80\x99s memory when it was built: its "
	    "firmware."),
	FIELD(td_report, "rtmr0", rtmr[0],
	    "Extended at run time: usually the firmware\xe2\x80\x99s "
	    "configuration."),
	FIELD(td_report, "rtmr1", rtmr[1],
	    "Extended at run time: usually boot loader and kernel."),
	FIELD(td_report, "rtmr2", rtmr[2],
	    "Extended at run time: usually kernel command line, initrd, "
	    "applications."),
	FIELD(td_report, "rtmr3", rtmr[3],
	    "Extended at run time: for the workload\xe2\x80\x99s own use."),
	FIELD(td_report, "mrconfig", mrconfig,
	    "MRCONFIGID, configuration that the host gave it; also "
	    "\xe2\x80\x9cmr_config_id\xe2\x80\x9d."),
	FIELD(td_report, "mrowner", mrowner,
	    "Who owns the virtual machine, as its host says."),
	FIELD(td_report, "mrownerconfig", mrownerconfig,
	    "Configuration by that owner."),
	FIELD(td_report, "mrservicetd", mrservicetd,
	    "Service TDs that are bound to it; zero: none."),
	FIELD(td_report, "tdattributes", tdattributes,
	    "Flags of the virtual machine, among them DEBUG."),
	FIELD(td_report, "xfam", xfam, "Processor state that it may use."),
	FIELD(td_report, "mrseam", mrseam,
	    "The TDX module that isolates it."),
	FIELD(td_report, "mrsignerseam", mrsignerseam,
	    "Who signed that module; zero: Intel."),
	FIELD(td_report, "seamattributes", seamattributes,
	    "Flags of that module; zero in a production one."),
	FIELD(td_report, "tee_tcb_svn", tee_tcb_svn,
	    "Security versions of the TDX module when it was started."),
	FIELD(td_report, "tee_tcb_svn2", tee_tcb_svn2,
	    "Security versions of the TDX module that runs now."),
	FIELD(td_report, "reportdata", reportdata,
	    "Chosen by the workload itself: a nonce, the hash of a key."),
};

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(NUM(enclave_fields) <= MEASURES_NUM_MAX &&
    NUM(td_fields) <= MEASURES_NUM_MAX, "all of them");

/* What a TD report of TDX 1.0 has not. */
static bool
is_of_15(const struct field *field)
{
	return field->at == offsetof(struct td_report, mrservicetd) ||
	    field->at == offsetof(struct td_report, tee_tcb_svn2);
}

size_t
measures_of(struct measure out[static MEASURES_NUM_MAX],
    const struct quote *q)
{
	bool is_td = q->tee == TEE_TDX;
	const struct field *fields = is_td ? td_fields : enclave_fields;
	size_t num_fields = is_td ? NUM(td_fields) : NUM(enclave_fields);
	const uint8_t *report = is_td ? (const uint8_t *)&q->td_report :
	    (const uint8_t *)&q->enclave_report;
	size_t i, num = 0;

	for (i = 0; i < num_fields; i++) {
		if (is_td && q->body_type != BODY_TD_REPORT15 &&
		    is_of_15(&fields[i]))
			continue;
		out[num++] = (struct measure){
			.name = fields[i].name,
			.what = fields[i].what,
			.is_number = fields[i].is_number,
			.value = { report + fields[i].at, fields[i].len },
		};
	}
	return num;
}

static bool
is_between_digits(char c)
{
	return c != '\0' && strchr(" \t\r\n:", c) != NULL;
}

int
expected_read(struct expected *out, const char *text, struct fault *f)
{
	char digits[2 * EXPECTED_LEN_MAX + 1];
	size_t num = 0, i;

	while (is_between_digits(*text))
		text++;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	for (i = 0; text[i] != '\0'; i++) {
		if (is_between_digits(text[i]))
			continue;
		if (strchr("0123456789abcdefABCDEF", text[i]) == NULL)
			return fault_set(f, FAULT_MALFORMED_QUOTE,
			    "want hex digits, have something else behind %zu "
			    "of them", num);
		if (num == 2 * EXPECTED_LEN_MAX)
			return fault_set(f, FAULT_MALFORMED_QUOTE,
			    "want at most %d hex digits, have more",
			    2 * EXPECTED_LEN_MAX);
		digits[num++] = text[i];
	}
	out->len = num / 2;
	if (num == 0 || !hex_decode(out->value, num / 2,
		(struct bytes){ (const uint8_t *)digits, num }))
		return fault_set(f, FAULT_MALFORMED_QUOTE,
		    "want an even number of hex digits, have %zu", num);
	return 0;
}

/* A short value at the front of zeros would fit by chance. */
#define PADDED_LEN_MIN 16

enum fit
expected_fit(const struct expected *e, const struct measure *m)
{
	struct bytes rest = m->value, front;

	if (!bytes_take(&rest, &front, e->len) ||
	    !bytes_equal(front, (struct bytes){ e->value, e->len }))
		return FIT_NONE;
	if (rest.len == 0)
		return FIT_WHOLE;
	return e->len >= PADDED_LEN_MIN && !bytes_is_zero(front) &&
	    bytes_is_zero(rest) ? FIT_PADDED : FIT_NONE;
}

bool
measure_number(const struct measure *m, unsigned *out)
{
	if (m->is_number)
		*out = m->value.ptr[0] | (unsigned)m->value.ptr[1] << 8;
	return m->is_number;
}
