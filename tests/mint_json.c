#include "mint_parts.h"

/* Intel names what the first components are; the rest is bare. */
struct component_name {
	const char *category, *type;
};

static const struct component_name sgx_names[] = {
	{ "BIOS", "Early Microcode Update" },
	{ "OS/VMM", "SGX Late Microcode Update" },
	{ "OS/VMM", "TXT SINIT" },
	{ "BIOS", NULL },
	{ "BIOS", NULL },
	{ "BIOS", NULL },
	{ NULL, NULL },
	{ "OS/VMM", "SEAMLDR ACM" }
};

static const struct component_name tdx_names[] = {
	{ "OS/VMM", "TDX Module" },
	{ "OS/VMM", "TDX Module" },
	{ "OS/VMM", "TDX Late Microcode Update" }
};

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static void
put_string(struct mint_buffer *b, const char *name, const char *value)
{
	if (value == NULL)
		mint_put_text(b, "\"%s\":null,", name);
	else
		mint_put_text(b, "\"%s\":\"%s\",", name, value);
}

static void
put_number(struct mint_buffer *b, const char *name, long value)
{
	mint_put_text(b, "\"%s\":%ld,", name, value);
}

static void
put_hex(struct mint_buffer *b, const char *name, struct bytes value,
    bool upper)
{
	mint_put_text(b, "\"%s\":\"", name);
	mint_put_hex(b, value, upper);
	mint_put_text(b, "\",");
}

static void
put_instant(struct mint_buffer *b, const char *name, time_t t)
{
	mint_put_text(b, "\"%s\":\"", name);
	mint_put_instant(b, t);
	mint_put_text(b, "\",");
}

/* Members and items are written with a comma behind them: the last goes. */
static void
put_end(struct mint_buffer *b, const char *end)
{
	if (b->len > 0 && b->ptr[b->len - 1] == ',')
		b->len--;
	mint_put_text(b, "%s", end);
}

static void
put_components(struct mint_buffer *b, const char *name, const int *svns,
    int num, const struct component_name *names, size_t num_names)
{
	int i;

	mint_put_text(b, "\"%s\":[", name);
	for (i = 0; i < num && i < MINT_COMPONENTS_MAX; i++) {
		mint_put_text(b, "{\"svn\":%d", svns[i]);
		if ((size_t)i < num_names && names[i].category != NULL)
			mint_put_text(b, ",\"category\":\"%s\"",
			    names[i].category);
		if ((size_t)i < num_names && names[i].type != NULL)
			mint_put_text(b, ",\"type\":\"%s\"", names[i].type);
		mint_put_text(b, "},");
	}
	put_end(b, "],");
}

static void
put_status(struct mint_buffer *b, time_t date, const char *status, int num,
    const char *const *advisory_ids)
{
	int i;

	put_instant(b, "tcbDate", date);
	put_string(b, "tcbStatus", status);
	if (num < 0)
		return;
	mint_put_text(b, "\"advisoryIDs\":[");
	for (i = 0; i < num && i < MINT_ADVISORIES_MAX; i++)
		mint_put_text(b, "\"%s\",", advisory_ids[i]);
	put_end(b, "],");
}

static void
put_isv_levels(struct mint_buffer *b, const struct mint_isv_level *levels,
    int num)
{
	int i;

	mint_put_text(b, "\"tcbLevels\":[");
	for (i = 0; i < num && i < MINT_ISV_LEVELS_MAX; i++) {
		mint_put_text(b, "{\"tcb\":{\"isvsvn\":%ld},",
		    levels[i].isv_svn);
		put_status(b, levels[i].tcb_date, levels[i].tcb_status,
		    levels[i].num_advisory_ids, levels[i].advisory_ids);
		put_end(b, "},");
	}
	put_end(b, "],");
}

static void
put_tcb_levels(struct mint_buffer *b, const struct mint_tcb_level *levels,
    int num)
{
	const struct mint_tcb_level *level;
	int i;

	mint_put_text(b, "\"tcbLevels\":[");
	for (i = 0; i < num && i < MINT_TCB_LEVELS_MAX; i++) {
		level = &levels[i];
		mint_put_text(b, "{\"tcb\":{");
		put_components(b, "sgxtcbcomponents", level->components,
		    level->num_components, sgx_names, NUM(sgx_names));
		put_number(b, "pcesvn", level->pce_svn);
		if (level->num_tdx_components >= 0)
			put_components(b, "tdxtcbcomponents",
			    level->tdx_components, level->num_tdx_components,
			    tdx_names, NUM(tdx_names));
		put_end(b, "},");
		put_status(b, level->tcb_date, level->tcb_status,
		    level->num_advisory_ids, level->advisory_ids);
		put_end(b, "},");
	}
	put_end(b, "],");
}

static void
put_tdx_module(struct mint_buffer *b, const struct mint_tdx_module *module)
{
	put_hex(b, "mrsigner", BYTES_OF(module->mrsigner), true);
	put_hex(b, "attributes", BYTES_OF(module->attributes), true);
	put_hex(b, "attributesMask", BYTES_OF(module->attributes_mask), true);
}

static void
put_tdx_module_identities(struct mint_buffer *b,
    const struct mint_tdx_module *modules, int num)
{
	int i;

	mint_put_text(b, "\"tdxModuleIdentities\":[");
	for (i = 0; i < num && i < MINT_TDX_MODULES_MAX; i++) {
		mint_put_text(b, "{");
		put_string(b, "id", modules[i].id);
		put_tdx_module(b, &modules[i]);
		put_isv_levels(b, modules[i].levels, modules[i].num_levels);
		put_end(b, "},");
	}
	put_end(b, "],");
}

void
mint_put_tcb_info(struct mint_buffer *out, const struct mint_tcb_info *info)
{
	if (info->text != NULL) {
		mint_put_text(out, "%s", info->text);
		return;
	}
	mint_put_text(out, "{");
	put_string(out, "id", info->id);
	put_number(out, "version", info->version);
	put_instant(out, "issueDate", info->issue_date);
	put_instant(out, "nextUpdate", info->next_update);
	put_hex(out, "fmspc", BYTES_OF(info->fmspc), false);
	put_hex(out, "pceId", BYTES_OF(info->pce_id), false);
	put_number(out, "tcbType", info->tcb_type);
	put_number(out, "tcbEvaluationDataNumber",
	    info->tcb_evaluation_data_number);
	if (info->has_tdx_module) {
		mint_put_text(out, "\"tdxModule\":{");
		put_tdx_module(out, &info->tdx_module);
		put_end(out, "},");
	}
	if (info->num_tdx_module_identities >= 0)
		put_tdx_module_identities(out, info->tdx_module_identities,
		    info->num_tdx_module_identities);
	put_tcb_levels(out, info->levels, info->num_levels);
	put_end(out, "}");
}

void
mint_put_qe_identity(struct mint_buffer *out,
    const struct mint_qe_identity *identity)
{
	if (identity->text != NULL) {
		mint_put_text(out, "%s", identity->text);
		return;
	}
	mint_put_text(out, "{");
	put_string(out, "id", identity->id);
	put_number(out, "version", identity->version);
	put_instant(out, "issueDate", identity->issue_date);
	put_instant(out, "nextUpdate", identity->next_update);
	put_number(out, "tcbEvaluationDataNumber",
	    identity->tcb_evaluation_data_number);
	put_hex(out, "miscselect", BYTES_OF(identity->miscselect), true);
	put_hex(out, "miscselectMask", BYTES_OF(identity->miscselect_mask),
	    true);
	put_hex(out, "attributes", BYTES_OF(identity->attributes), true);
	put_hex(out, "attributesMask", BYTES_OF(identity->attributes_mask),
	    true);
	put_hex(out, "mrsigner", BYTES_OF(identity->mrsigner), true);
	put_number(out, "isvprodid", identity->isv_prod_id);
	put_isv_levels(out, identity->levels, identity->num_levels);
	put_end(out, "}");
}
