#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mirror.h"
#include "pcs_file.h"

#define CA__MAX (PCK_CA_PLATFORM + 1)

struct mirror {
	struct pcs *pcs;
	const struct trust *trust;
	time_t at;
	int folder; /* descriptor; -1: none */

	struct collateral_text root_ca_crl;
	struct collateral_text pck_crls[CA__MAX];
	struct collateral_text qe_identities[MIRROR_TEE__MAX]; /* or empty */
};

static const enum tee tees[MIRROR_TEE__MAX] = {
	[MIRROR_SGX] = TEE_SGX,
	[MIRROR_TDX] = TEE_TDX,
};

static int
open_folder(struct mirror *m, const char *path, struct fault *f)
{
	if ((mkdir(path, 0755) < 0 && errno != EEXIST) ||
	    (m->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return fault_set(f, FAULT_INTERNAL, "%s: %s", path,
		    strerror(errno));
	return 0;
}

static int
fetch_crls(struct mirror *m, struct fault *f)
{
	struct platform_key key = { .tee = TEE_SGX };
	int ca;

	if (pcs_fetch(m->pcs, &key, 1u << PCS_ROOT_CA_CRL, &m->root_ca_crl,
		NULL, f) < 0)
		return -1;
	for (ca = 0; ca < CA__MAX; ca++) {
		key.ca = ca;
		if (pcs_fetch(m->pcs, &key, 1u << PCS_PCK_CRL,
			&m->pck_crls[ca], NULL, f) < 0)
			return -1;
	}
	return 0;
}

int
mirror_new(struct mirror **out, struct pcs *pcs, const struct trust *trust,
    time_t at, const char *folder, struct fault *f)
{
	struct mirror *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return fault_set_memory(f);
	*m = (struct mirror){
		.pcs = pcs, .trust = trust, .at = at, .folder = -1
	};
	if (open_folder(m, folder, f) < 0 || fetch_crls(m, f) < 0) {
		mirror_free(m);
		return -1;
	}
	*out = m;
	return 0;
}

void
mirror_free(struct mirror *m)
{
	int i;

	if (m == NULL)
		return;
	collateral_text_clear(&m->root_ca_crl);
	for (i = 0; i < CA__MAX; i++)
		collateral_text_clear(&m->pck_crls[i]);
	for (i = 0; i < MIRROR_TEE__MAX; i++)
		collateral_text_clear(&m->qe_identities[i]);
	if (m->folder >= 0)
		close(m->folder);
	free(m);
}

/* Copies the fields that a text has. */
static bool
copy_fields(struct collateral_text *out, const struct collateral_text *in)
{
	int i;

	for (i = 0; i < COLLATERAL_FIELD__MAX; i++)
		if (in->field[i] != NULL &&
		    (out->field[i] = strdup(in->field[i])) == NULL)
			return false;
	return true;
}

/* Would a verifier take these documents, with either CA's list? */
static int
check(const struct mirror *m, const struct collateral_text *tcb_info,
    const struct collateral_text *qe_identity, enum pck_ca ca,
    struct fault *f)
{
	struct collateral_text text = { 0 };
	struct collateral *c;
	int r = -1;

	if (!copy_fields(&text, &m->root_ca_crl) ||
	    !copy_fields(&text, &m->pck_crls[ca]) ||
	    !copy_fields(&text, tcb_info) ||
	    !copy_fields(&text, qe_identity)) {
		collateral_text_clear(&text);
		return fault_set_memory(f);
	}
	if (collateral_adopt_new(&c, &text, m->trust, f) < 0)
		return -1;
	if (c->fault.code != FAULT_NONE)
		*f = c->fault;
	else if (c->ca != ca)
		fault_set(f, FAULT_COLLATERAL_MISMATCH,
		    "PCK CRL: of another CA than was asked for");
	else
		r = collateral_check_time(c, m->at, f);
	collateral_free(c);
	return r;
}

/* The TCB info last: where that is, everything is. */
static int
put_all(const struct mirror *m, const struct platform_key *key,
    const struct collateral_text *tcb_info,
    const struct collateral_text *qe_identity, struct fault *f)
{
	struct platform_key of_ca = *key;

	if (pcs_file_put(m->folder, PCS_ROOT_CA_CRL, key, &m->root_ca_crl,
		f) < 0)
		return -1;
	for (of_ca.ca = 0; of_ca.ca < CA__MAX; of_ca.ca++)
		if (pcs_file_put(m->folder, PCS_PCK_CRL, &of_ca,
			&m->pck_crls[of_ca.ca], f) < 0)
			return -1;
	if (pcs_file_put(m->folder, PCS_QE_IDENTITY, key, qe_identity, f) < 0)
		return -1;
	return pcs_file_put(m->folder, PCS_TCB_INFO, key, tcb_info, f);
}

/* Returns 1, 0 when no source knows it, or -1. */
static int
add_tee(struct mirror *m, const uint8_t fmspc[static FMSPC_LEN], int tee,
    struct fault *f)
{
	struct platform_key key = { .tee = tees[tee] };
	struct collateral_text tcb_info = { 0 };
	struct collateral_text *qe_identity = &m->qe_identities[tee];
	bool is_unknown;
	int ca, r = -1;

	memcpy(key.fmspc, fmspc, sizeof(key.fmspc));
	if (pcs_fetch(m->pcs, &key, 1u << PCS_TCB_INFO, &tcb_info, &is_unknown,
		f) < 0)
		return is_unknown && f->code != FAULT_INTERNAL ? 0 : -1;
	if (qe_identity->field[COLLATERAL_QE_IDENTITY] == NULL &&
	    pcs_fetch(m->pcs, &key, 1u << PCS_QE_IDENTITY, qe_identity, NULL,
		f) < 0)
		goto out;
	for (ca = 0; ca < CA__MAX; ca++)
		if (check(m, &tcb_info, qe_identity, ca, f) < 0)
			goto out;
	if (put_all(m, &key, &tcb_info, qe_identity, f) == 0)
		r = 1;
out:
	collateral_text_clear(&tcb_info);
	return r;
}

int
mirror_add(struct mirror *m, const uint8_t fmspc[static FMSPC_LEN],
    bool out_has[static MIRROR_TEE__MAX], struct fault *f)
{
	int tee, r, num = 0;

	for (tee = 0; tee < MIRROR_TEE__MAX; tee++) {
		r = add_tee(m, fmspc, tee, f);
		if (r < 0)
			return -1;
		out_has[tee] = r > 0;
		num += r;
	}
	/* `f` says so, of the TEE that was asked for last. */
	return num > 0 ? 0 : -1;
}
