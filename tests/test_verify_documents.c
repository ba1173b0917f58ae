/*
 * TCB info and QE identity: signatures, members, and whether they are those
 * of the quote. Dates are in test_verify_time.c, levels in test_verify_tcb.c.
 */
#include <string.h>

#include "worlds.h"

#define BAD FAULT_BAD_COLLATERAL
#define MISMATCH FAULT_COLLATERAL_MISMATCH
#define N "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

#define LEVEL0 "tcb_info.levels[0]."

/* Six SGX components of 0, as text. */
#define ZEROS6 "{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0}," \
	"{\"svn\":0},{\"svn\":0}"

static const struct world_case signature_cases[] = {
	{ "TCB info signed by a stranger", ALL, "tcb_info.signer=foreign",
	    BAD, "TCB info: signature" },
	{ "TCB info signed by another TCB signing key", ALL,
	    "tcb_info.signer=spare", BAD, "TCB info: signature" },
	{ "TCB info signed by the root", ALL, "tcb_info.signer=root", BAD,
	    "TCB info: signature" },
	{ "TCB info altered", ALL, "patch=tcb_info:after:-10:^01", BAD },
	{ "TCB info with a space before its end", ALL,
	    "patch=tcb_info:after:-1:+20", BAD, "TCB info: signature" },
	{ "TCB info with a space inside", ALL, "patch=tcb_info:after:1:+20",
	    BAD, "TCB info: signature" },
	{ "TCB info: r = s = 0", ALL, "patch=tcb_info:signature:0:00*64",
	    BAD, "TCB info: signature" },
	{ "TCB info: r = n", ALL, "patch=tcb_info:signature:0:" N, BAD,
	    "TCB info: signature" },
	{ "TCB info: s = n", ALL, "patch=tcb_info:signature:32:" N, BAD,
	    "TCB info: signature" },
	{ "QE identity signed by a stranger", ALL,
	    "qe_identity.signer=foreign", BAD, "QE identity: signature" },
	{ "QE identity signed by another TCB signing key", ALL,
	    "qe_identity.signer=spare", BAD, "QE identity: signature" },
	{ "QE identity altered", ALL, "patch=qe_identity:after:-10:^01",
	    BAD },
	{ "QE identity with a space inside", ALL,
	    "patch=qe_identity:after:1:+20", BAD, "QE identity: signature" },
	{ "QE identity: r = s = 0", ALL,
	    "patch=qe_identity:signature:0:00*64", BAD,
	    "QE identity: signature" },

	/* What was signed is what counts, however it is laid out. */
	{ "TCB info signed with white space", ALL,
	    "tcb_info.edit={=>{ \t\r\n ; tcb_info.edit=:3=> : 3 " },
	{ "QE identity signed with white space", ALL,
	    "qe_identity.edit={=>{\n\n ; qe_identity.edit=:2=> : 2 " },
	{ "members that are new to us", ALL,
	    "tcb_info.edit={=>{\"news\":{\"a\":[1,null,true,-0.5e+3]}, ; "
	    "qe_identity.edit={=>{\"news\":\"\\u20ac\"," },
	{ "members in another order", SGX_V3,
	    "tcb_info.edit=\"id\":\"SGX\",=> ; "
	    "tcb_info.edit=\"pceId\"=>\"id\":\"SGX\",\"pceId\"" },
	{ "a member with the name of another, deeper down", ALL,
	    "tcb_info.edit={=>{\"x\":{\"id\":\"none\",\"fmspc\":1}," },
};

static const struct world_case tcb_info_cases[] = {
	/* Kind. */
	{ "TCB info: id of neither TEE", ALL, "tcb_info.id=TEE", BAD,
	    "TCB info: id" },
	{ "TCB info: id in small letters", SGX, "tcb_info.id=sgx", BAD,
	    "TCB info: id" },
	{ "TCB info: no id", SGX_V3, "tcb_info.edit=\"id\":\"SGX\",=>", BAD,
	    "TCB info: id" },
	{ "TCB info: id is a number", SGX_V3, "tcb_info.edit=\"SGX\"=>1", BAD,
	    "TCB info: id" },
	{ "TCB info: id is null", SGX_V3, "tcb_info.id=null", BAD,
	    "TCB info: id" },
	{ "TCB info: id twice", SGX_V3,
	    "tcb_info.edit={=>{\"id\":\"SGX\",", BAD, "twice" },
	{ "TCB info: version 2", ALL, "tcb_info.version=2", BAD, "version" },
	{ "TCB info: version 4", ALL, "tcb_info.version=4", BAD, "version" },
	{ "TCB info: version 0", ALL, "tcb_info.version=0", BAD, "version" },
	{ "TCB info: version \"3\"", ALL,
	    "tcb_info.edit=\"version\":3=>\"version\":\"3\"", BAD,
	    "version" },
	{ "TCB info: version 3.0", ALL,
	    "tcb_info.edit=\"version\":3=>\"version\":3.0", BAD, "version" },
	{ "TCB info: version 3e0", ALL,
	    "tcb_info.edit=\"version\":3=>\"version\":3e0", BAD, "version" },
	{ "TCB info: version 2^32 + 3", ALL,
	    "tcb_info.version=4294967299", BAD, "version" },
	{ "TCB info: version 2^64 + 3", ALL, "tcb_info.edit=\"version\":3=>"
	    "\"version\":18446744073709551619", BAD, "version" },
	{ "TCB info: no version", ALL, "tcb_info.edit=\"version\":3,=>", BAD,
	    "version" },
	{ "TCB info: tcbType 1", ALL, "tcb_info.tcb_type=1", BAD,
	    "tcbType" },
	{ "TCB info: tcbType -1", ALL, "tcb_info.tcb_type=-1", BAD,
	    "tcbType" },
	{ "TCB info: no tcbType", ALL, "tcb_info.edit=\"tcbType\":0,=>", BAD,
	    "tcbType" },
	{ "TCB info: tcbType false", ALL,
	    "tcb_info.edit=\"tcbType\":0=>\"tcbType\":false", BAD,
	    "tcbType" },
	{ "TCB info: evaluation number 0", ALL,
	    "tcb_info.tcb_evaluation_data_number=0" },
	{ "TCB info: evaluation number -1", ALL,
	    "tcb_info.tcb_evaluation_data_number=-1", BAD,
	    "tcbEvaluationDataNumber" },
	{ "TCB info: evaluation number 2^31", ALL,
	    "tcb_info.tcb_evaluation_data_number=2147483648", BAD,
	    "tcbEvaluationDataNumber" },
	{ "TCB info: no evaluation number", ALL,
	    "tcb_info.edit=\"tcbEvaluationDataNumber\":19,=>", BAD,
	    "tcbEvaluationDataNumber" },
	{ "evaluation numbers that differ", ALL,
	    "tcb_info.tcb_evaluation_data_number=17" },

	/* Platform. */
	{ "FMSPC of another platform", ALL,
	    "tcb_info.fmspc=00906ed50000", MISMATCH, "FMSPC" },
	{ "FMSPC, last octet", SGX_V3, "tcb_info.fmspc=00606a000001",
	    MISMATCH, "FMSPC" },
	{ "FMSPC in the other case", SGX_V3,
	    "tcb_info.edit=00606a=>00606A" },
	{ "FMSPC of five octets", SGX_V3,
	    "tcb_info.edit=00606a000000=>00606a0000", BAD, "fmspc" },
	{ "FMSPC of seven octets", SGX_V3,
	    "tcb_info.edit=00606a000000=>00606a00000000", BAD, "fmspc" },
	{ "FMSPC that is not hex", SGX_V3,
	    "tcb_info.edit=00606a000000=>00606a00000g", BAD, "fmspc" },
	{ "FMSPC behind a space", SGX_V3,
	    "tcb_info.edit=\"00606a000000=>\" 0606a000000", BAD, "fmspc" },
	{ "no FMSPC", SGX_V3,
	    "tcb_info.edit=\"fmspc\":\"00606a000000\",=>", BAD, "fmspc" },
	{ "PCE ID of another PCE", ALL, "tcb_info.pce_id=0001", MISMATCH,
	    "PCE ID" },
	{ "PCE ID the other way round", ALL,
	    "pck.pce_id=0100 ; tcb_info.pce_id=0001", MISMATCH, "PCE ID" },
	{ "a PCE ID that is not zero", ALL,
	    "pck.pce_id=0102 ; tcb_info.pce_id=0102" },
	{ "PCE ID of one octet", ALL,
	    "tcb_info.edit=\"pceId\":\"0000\"=>\"pceId\":\"00\"", BAD,
	    "pceId" },
	{ "no PCE ID", ALL, "tcb_info.edit=\"pceId\":\"0000\",=>", BAD,
	    "pceId" },

	/* Of the other TEE. */
	{ "TCB info of the other TEE alone", TDX, "tcb_info.id=SGX",
	    MISMATCH, "TCB info is for SGX" },
	{ "QE identity of the other TEE alone", TDX, "qe_identity.id=QE",
	    MISMATCH, "QE identity for SGX" },
	{ "QE identity of the other TEE alone", SGX, "qe_identity.id=TD_QE",
	    MISMATCH, "QE identity for TDX" },
	{ "both of the other TEE", TDX,
	    "tcb_info.id=SGX ; qe_identity.id=QE", MISMATCH, "want TDX" },
	{ "both of the other TEE", SGX, "tcb_info.id=TDX ; "
	    "qe_identity.id=TD_QE ; tcb_info.has_tdx_module=true ; "
	    "tcb_info.num_levels=1 ; " LEVEL0 "num_tdx_components=16",
	    MISMATCH, "want SGX" },
	{ "SGX TCB info with TDX members", SGX,
	    "tcb_info.has_tdx_module=true ; "
	    "tcb_info.num_tdx_module_identities=0" },

	/* TDX modules. */
	{ "no tdxModule", TDX, "tcb_info.has_tdx_module=false", BAD,
	    "tdxModule: want an object" },
	{ "tdxModule is a list", TDX, "tcb_info.edit=\"tdxModule\":{"
	    "=>\"tdxModule\":[],\"x\":{", BAD, "tdxModule: want an object" },
	{ "tdxModule: MRSIGNER of 47 octets", TDX,
	    "tcb_info.edit=\"mrsigner\":\"00=>\"mrsigner\":\"", BAD,
	    "tdxModule: want mrsigner" },
	{ "tdxModule: no attributes", TDX,
	    "tcb_info.edit=\"attributes\":=>\"attribute\":", BAD,
	    "tdxModule: want mrsigner" },
	{ "tdxModule: no mask", TDX,
	    "tcb_info.edit=\"attributesMask\":=>\"mask\":", BAD,
	    "tdxModule: want mrsigner" },
	{ "module identities are an object", TDX,
	    "tcb_info.edit=\"tdxModuleIdentities\":["
	    "=>\"tdxModuleIdentities\":{},\"x\":[", BAD,
	    "tdxModuleIdentities: want an array" },
	{ "module identities are null", TDX,
	    "tcb_info.edit=\"tdxModuleIdentities\":["
	    "=>\"tdxModuleIdentities\":null,\"x\":[", BAD,
	    "tdxModuleIdentities: want an array" },
	{ "a module identity is a number", TDX,
	    "tcb_info.edit=\"tdxModuleIdentities\":["
	    "=>\"tdxModuleIdentities\":[1,", BAD, "tdxModuleIdentities" },
	{ "a module identity without MRSIGNER, all else right", TDX,
	    "tcb_info.edit=\"tdxModuleIdentities\":[=>"
	    "\"tdxModuleIdentities\":[{\"id\":\"TDX_7E\","
	    "\"attributes\":\"0000000000000000\","
	    "\"attributesMask\":\"FFFFFFFFFFFFFFFF\",\"tcbLevels\":["
	    "{\"tcb\":{\"isvsvn\":0},\"tcbDate\":\"2020-01-01T00:00:00Z\","
	    "\"tcbStatus\":\"UpToDate\"}]},", BAD,
	    "tdxModuleIdentities: want mrsigner" },
	{ "a module identity without an id", TDX,
	    "tcb_info.edit=\"id\":\"TDX_=>\"name\":\"TDX_", BAD, "id: want" },
	{ "module id shorter than TDX_", TDX,
	    "tcb_info.tdx_module_identities[0].id=TDX", BAD, "id: want" },
	{ "module id without its version", TDX,
	    "tcb_info.tdx_module_identities[0].id=TDX_", BAD, "id: want" },
	{ "module id with one digit", TDX,
	    "tcb_info.tdx_module_identities[0].id=TDX_3", BAD, "id: want" },
	{ "module id with three digits", TDX,
	    "tcb_info.tdx_module_identities[0].id=TDX_003", BAD,
	    "id: want" },
	{ "module id of another name", TDX,
	    "tcb_info.tdx_module_identities[0].id=TDY_03", BAD, "id: want" },
	{ "module id that is not hex", TDX,
	    "tcb_info.tdx_module_identities[0].id=TDX_0g", BAD, "id: want" },
	{ "module id null", TDX,
	    "tcb_info.tdx_module_identities[0].id=null", BAD, "id: want" },
	{ "a module twice", TDX,
	    "tcb_info.tdx_module_identities[0].id=TDX_01", BAD,
	    "TDX_01 stands twice" },
	{ "a module twice, in either case", TDX,
	    "tcb_info.tdx_module_identities[0].id=TDX_0a ; "
	    "tcb_info.tdx_module_identities[1].id=TDX_0A", BAD, "twice" },
	{ "module without levels", TDX,
	    "tcb_info.tdx_module_identities[0].num_levels=0", BAD,
	    "TDX module: tcbLevels: want 1" },
	{ "module with a level twice", TDX,
	    "tcb_info.tdx_module_identities[0].levels[1].isv_svn=3", BAD,
	    "two have isvsvn 3" },
	{ "module with a status of platforms", TDX,
	    "tcb_info.tdx_module_identities[0].levels[0].tcb_status="
	    "SWHardeningNeeded", BAD, "TDX module: tcbStatus" },
	{ "module with an unknown status", TDX,
	    "tcb_info.tdx_module_identities[0].levels[0].tcb_status=Fine",
	    BAD, "TDX module: tcbStatus" },
	{ "module level of 65536", TDX,
	    "tcb_info.tdx_module_identities[0].levels[0].isv_svn=65536", BAD,
	    "isvsvn" },
	{ "module level of -1", TDX,
	    "tcb_info.tdx_module_identities[0].levels[1].isv_svn=-1", BAD,
	    "isvsvn" },
};

static const struct world_case level_cases[] = {
	{ "no level", ALL, "tcb_info.num_levels=0", BAD, "want 1" },
	{ "no tcbLevels", SGX, "tcb_info.edit=\"tcbLevels\"=>\"levels\"",
	    BAD, "tcbLevels: want an array" },
	{ "tcbLevels is an object", SGX,
	    "tcb_info.edit=\"tcbLevels\":[=>\"tcbLevels\":{},\"x\":[", BAD,
	    "tcbLevels: want an array" },
	{ "a level is a number", SGX,
	    "tcb_info.edit=\"tcbLevels\":[=>\"tcbLevels\":[1,", BAD, "tcb" },
	{ "a level is null", SGX,
	    "tcb_info.edit=\"tcbLevels\":[=>\"tcbLevels\":[null,", BAD,
	    "tcb" },
	{ "a level without tcb", ALL,
	    "tcb_info.edit={\"tcb\":{\"sgx=>{\"tcm\":{\"sgx", BAD,
	    "tcb: want an object" },
	{ "15 SGX components", ALL, LEVEL0 "num_components=15", BAD,
	    "sgxtcbcomponents: want an array of 16" },
	{ "17 SGX components", ALL, LEVEL0 "num_components=17", BAD,
	    "sgxtcbcomponents: want an array of 16" },
	{ "no SGX components", ALL, LEVEL0 "num_components=0", BAD,
	    "sgxtcbcomponents: want an array of 16" },
	{ "15 SGX components in the last level", ALL,
	    "tcb_info.levels[2].num_components=15", BAD,
	    "sgxtcbcomponents: want an array of 16" },
	{ "15 TDX components", TDX, LEVEL0 "num_tdx_components=15", BAD,
	    "tdxtcbcomponents: want an array of 16" },
	{ "17 TDX components", TDX, LEVEL0 "num_tdx_components=17", BAD,
	    "tdxtcbcomponents: want an array of 16" },
	{ "no TDX components", TDX, LEVEL0 "num_tdx_components=-1", BAD,
	    "tdxtcbcomponents: want an array of 16" },
	{ "SVN 256", ALL, LEVEL0 "components[0]=256", BAD,
	    "component 1: svn" },
	{ "SVN -1", ALL, LEVEL0 "components[15]=-1", BAD,
	    "component 16: svn" },
	{ "SVN as text", ALL, "tcb_info.edit={\"svn\":8=>{\"svn\":\"8\"",
	    BAD, "component 1: svn" },
	{ "SVN with a fraction", ALL, "tcb_info.edit={\"svn\":8=>"
	    "{\"svn\":8.5", BAD, "component 1: svn" },
	{ "SVN null", ALL, "tcb_info.edit={\"svn\":8=>{\"svn\":null", BAD,
	    "component 1: svn" },
	{ "SVN missing", ALL, "tcb_info.edit={\"svn\":8,=>{", BAD,
	    "component 1: svn" },
	{ "SVN twice", ALL, "tcb_info.edit={\"svn\":8=>{\"svn\":8,\"svn\":8",
	    BAD, "twice" },
	{ "SVN 08", ALL, "tcb_info.edit={\"svn\":8=>{\"svn\":08", BAD,
	    "begins with 0" },
	{ "a component that is a number", ALL,
	    "tcb_info.edit=\"sgxtcbcomponents\":[{\"svn\":8,\"category\":"
	    "\"BIOS\",\"type\":\"Early Microcode Update\"}=>"
	    "\"sgxtcbcomponents\":[8", BAD, "component 1: svn" },
	{ "components without category and type", ALL,
	    "tcb_info.edit=,\"category\":\"BIOS\","
	    "\"type\":\"Early Microcode Update\"=>" },
	{ "TDX SVN 256", TDX, LEVEL0 "tdx_components[2]=256", BAD,
	    "tdxtcbcomponents: component 3" },
	{ "PCE SVN 0", ALL,
	    "tcb_info.num_levels=1 ; " LEVEL0 "pce_svn=0" },
	{ "PCE SVN 65536", ALL, LEVEL0 "pce_svn=65536", BAD, "pcesvn" },
	{ "PCE SVN -1", ALL, "tcb_info.levels[2].pce_svn=-1", BAD,
	    "pcesvn" },
	{ "PCE SVN missing", ALL, "tcb_info.edit=\"pcesvn\":13=>\"p\":13",
	    BAD, "pcesvn" },
	{ "PCE SVN 13.0", ALL, "tcb_info.edit=\"pcesvn\":13=>\"pcesvn\":13.0",
	    BAD, "pcesvn" },
	{ "PCE SVN 2^63", ALL, "tcb_info.edit=\"pcesvn\":13=>"
	    "\"pcesvn\":9223372036854775808", BAD, "pcesvn" },
	{ "a status of nobody", ALL, LEVEL0 "tcb_status=Unknown", BAD,
	    "tcbStatus" },
	{ "a status of nobody in the last level", ALL,
	    "tcb_info.levels[2].tcb_status=Fine", BAD, "tcbStatus" },
	{ "a status in small letters", ALL, LEVEL0 "tcb_status=uptodate",
	    BAD, "tcbStatus" },
	{ "a status with an escape for a letter", ALL,
	    LEVEL0 "tcb_status=\\u0055pToDate" },
	{ "a status with a NUL behind", ALL,
	    LEVEL0 "tcb_status=UpToDate\\u0000", BAD, "tcbStatus" },
	{ "an empty status", ALL, LEVEL0 "tcb_status=", BAD, "tcbStatus" },
	{ "status null", ALL, LEVEL0 "tcb_status=null", BAD, "tcbStatus" },
	{ "Intel's own relaunch status is none of a level's", ALL,
	    LEVEL0 "tcb_status=TDRelaunchAdvised", BAD, "tcbStatus" },
	{ "two equal levels", ALL, "tcb_info.levels[1].components="
	    "8,8,2,2,4,1,0,6,0,0,0,0,0,0,0,0", BAD, "same numbers" },
	{ "no date", ALL, "tcb_info.edit=\"tcbDate\"=>\"date\"", BAD,
	    "tcbDate" },
	{ "a date without a time", SGX, "tcb_info.edit="
	    "\"tcbDate\":\"2025-05-14T00:00:00Z\"=>"
	    "\"tcbDate\":\"2025-05-14\"", BAD, "tcbDate" },
	{ "a date with an offset", SGX, "tcb_info.edit="
	    "\"tcbDate\":\"2025-05-14T00:00:00Z\"=>"
	    "\"tcbDate\":\"2025-05-14T00:00:00+00:00\"", BAD, "tcbDate" },
	{ "advisories that are a text", ALL,
	    LEVEL0 "advisory_ids=INTEL-SA-1 ; "
	    "tcb_info.edit=[\"INTEL-SA-1\"]=>\"INTEL-SA-1\"", BAD,
	    "advisoryIDs" },
	{ "advisories that are null", ALL,
	    LEVEL0 "advisory_ids=INTEL-SA-1 ; "
	    "tcb_info.edit=[\"INTEL-SA-1\"]=>null", BAD, "advisoryIDs" },
	{ "an advisory that is a number", ALL,
	    LEVEL0 "advisory_ids=INTEL-SA-1 ; "
	    "tcb_info.edit=\"INTEL-SA-1\"=>1", BAD, "advisoryIDs" },
	{ "the second advisory is a number", ALL,
	    LEVEL0 "advisory_ids=INTEL-SA-1 ; "
	    "tcb_info.edit=[\"INTEL-SA-1\"]=>[\"INTEL-SA-1\",1]", BAD,
	    "number 2 is not a text" },
	{ "an advisory without characters", ALL, LEVEL0 "advisory_ids=a ; "
	    "tcb_info.edit=[\"a\"]=>[\"\"]", BAD,
	    "number 1 is not 1 to 39 printable" },
	{ "an advisory with a line end", ALL, LEVEL0 "advisory_ids=a ; "
	    "tcb_info.edit=[\"a\"]=>[\"a\\n\"]", BAD, "advisoryIDs" },
	{ "an advisory that begins with a line end", ALL,
	    LEVEL0 "advisory_ids=a ; tcb_info.edit=[\"a\"]=>[\"\\na\"]", BAD,
	    "advisoryIDs" },
	{ "an advisory with a space", ALL, LEVEL0 "advisory_ids=a b", BAD,
	    "advisoryIDs" },
	{ "an advisory with a quote", ALL, LEVEL0 "advisory_ids=a\\\"b", BAD,
	    "advisoryIDs" },
	{ "an advisory with a backslash", ALL, LEVEL0 "advisory_ids=a\\\\b",
	    BAD, "advisoryIDs" },
	{ "an advisory with DEL", ALL, LEVEL0 "advisory_ids=a\x7f", BAD,
	    "advisoryIDs" },
	{ "an advisory with a letter beyond ASCII", ALL,
	    LEVEL0 "advisory_ids=\xc3\xa9", BAD, "advisoryIDs" },
	{ "an advisory of every other kind of character", ALL,
	    LEVEL0 "advisory_ids=!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~" },
	{ "an advisory with a NUL", ALL, LEVEL0 "advisory_ids=a ; "
	    "tcb_info.edit=[\"a\"]=>[\"a\\u0000b\"]", BAD, "advisoryIDs" },
	{ "an advisory of 40 characters", ALL, LEVEL0 "advisory_ids="
	    "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd", BAD, "advisoryIDs" },
	{ "an empty list of advisories", ALL, LEVEL0 "advisory_ids=" },
	{ "six more components in a deeper object", SGX_V3,
	    "tcb_info.edit=\"pcesvn\":13=>\"pcesvn\":13,\"more\":["
	    ZEROS6 "]" },
};

static const struct world_case qe_identity_cases[] = {
	{ "QE identity: id of nobody", ALL, "qe_identity.id=QVE", BAD,
	    "QE identity: id" },
	{ "QE identity: id in small letters", ALL, "qe_identity.id=qe", BAD,
	    "QE identity: id" },
	{ "QE identity: id null", ALL, "qe_identity.id=null", BAD,
	    "QE identity: id" },
	{ "QE identity: version 1", ALL, "qe_identity.version=1", BAD,
	    "version" },
	{ "QE identity: version 3", ALL, "qe_identity.version=3", BAD,
	    "version" },
	{ "QE identity: version \"2\"", ALL,
	    "qe_identity.edit=\"version\":2=>\"version\":\"2\"", BAD,
	    "version" },
	{ "QE identity: evaluation number 0", ALL,
	    "qe_identity.tcb_evaluation_data_number=0" },
	{ "QE identity: a level without a tcb", ALL,
	    "qe_identity.edit=\"tcb\":{\"isvsvn\"=>\"t\":{\"isvsvn\"", BAD,
	    "isvsvn: want a number" },
	{ "QE identity: ISVPRODID 0", ALL, "qe_identity.isv_prod_id=0 ; "
	    "quote.qe_report.isv_prod_id=0" },
	{ "QE identity: ISVPRODID 258", ALL, "qe_identity.isv_prod_id=258 ; "
	    "quote.qe_report.isv_prod_id=258" },
	{ "QE identity: level 0", ALL, "qe_identity.levels[1].isv_svn=0" },
	{ "QE identity: no evaluation number", ALL,
	    "qe_identity.edit=\"tcbEvaluationDataNumber\":19,=>", BAD,
	    "tcbEvaluationDataNumber" },
	{ "QE identity: MISCSELECT of 3 octets", ALL,
	    "qe_identity.edit=\"miscselect\":\"00=>\"miscselect\":\"", BAD,
	    "miscselect" },
	{ "QE identity: no MISCSELECT mask", ALL,
	    "qe_identity.edit=miscselectMask=>mask", BAD, "miscselect" },
	{ "QE identity: ATTRIBUTES of 17 octets", ALL,
	    "qe_identity.edit=\"attributes\":\"=>\"attributes\":\"00", BAD,
	    "attributes" },
	{ "QE identity: no ATTRIBUTES mask", ALL,
	    "qe_identity.edit=attributesMask=>mask", BAD, "attributes" },
	{ "QE identity: MRSIGNER that is not hex", ALL,
	    "qe_identity.edit=\"mrsigner\":\"=>\"mrsigner\":\"zz", BAD,
	    "mrsigner" },
	{ "QE identity: no MRSIGNER", ALL,
	    "qe_identity.edit=\"mrsigner\"=>\"signer\"", BAD, "mrsigner" },
	{ "QE identity: MRSIGNER twice", ALL,
	    "qe_identity.edit=\"mrsigner\"=>\"mrsigner\":\"\",\"mrsigner\"",
	    BAD, "twice" },
	{ "QE identity: ISVPRODID 65536", ALL,
	    "qe_identity.isv_prod_id=65536", BAD, "isvprodid" },
	{ "QE identity: ISVPRODID -1", ALL, "qe_identity.isv_prod_id=-1",
	    BAD, "isvprodid" },
	{ "QE identity: no ISVPRODID", ALL,
	    "qe_identity.edit=\"isvprodid\"=>\"prodid\"", BAD, "isvprodid" },
	{ "QE identity: no levels", ALL, "qe_identity.num_levels=0", BAD,
	    "want 1" },
	{ "QE identity: no tcbLevels", ALL,
	    "qe_identity.edit=tcbLevels=>levels", BAD, "tcbLevels" },
	{ "QE identity: a level twice", ALL,
	    "qe_identity.levels[0].isv_svn=3 ; "
	    "qe_identity.levels[1].isv_svn=3", BAD, "two have isvsvn 3" },
	{ "QE identity: level 65536", ALL,
	    "qe_identity.levels[0].isv_svn=65536", BAD, "isvsvn" },
	{ "QE identity: level without its number", ALL,
	    "qe_identity.edit=\"isvsvn\"=>\"svn\"", BAD, "isvsvn" },
	{ "QE identity: SWHardeningNeeded", ALL,
	    "qe_identity.levels[0].tcb_status=SWHardeningNeeded", BAD,
	    "tcbStatus" },
	{ "QE identity: ConfigurationNeeded", ALL,
	    "qe_identity.levels[1].tcb_status=ConfigurationNeeded", BAD,
	    "tcbStatus" },
	{ "QE identity: OutOfDateConfigurationNeeded", ALL,
	    "qe_identity.levels[1].tcb_status=OutOfDateConfigurationNeeded",
	    BAD, "tcbStatus" },
	{ "QE identity: a status of nobody", ALL,
	    "qe_identity.levels[1].tcb_status=Fine", BAD, "tcbStatus" },
	{ "QE identity: a date of the 30th of February", ALL,
	    "qe_identity.edit=\"tcbDate\":\"2024-03-13=>"
	    "\"tcbDate\":\"2024-02-30", BAD, "tcbDate" },
	{ "QE identity: level 65535 and below", ALL,
	    "qe_identity.levels[0].isv_svn=65535 ; "
	    "quote.qe_report.isv_svn=65535" },
};

/* The QE's report against the QE identity. */
static const struct world_case qe_report_cases[] = {
	{ "MISCSELECT another", ALL, "quote.qe_report.miscselect=01000000",
	    FAULT_QE_IDENTITY_MISMATCH, "MISCSELECT" },
	{ "MISCSELECT, last octet", ALL,
	    "quote.qe_report.miscselect=00000080",
	    FAULT_QE_IDENTITY_MISMATCH, "MISCSELECT" },
	{ "MISCSELECT outside the mask", ALL,
	    "quote.qe_report.miscselect=01000000 ; "
	    "qe_identity.miscselect_mask=feffffff" },
	{ "MISCSELECT that is wanted", ALL,
	    "quote.qe_report.miscselect=01000000 ; "
	    "qe_identity.miscselect=01000000" },
	{ "MISCSELECT wanted outside the mask", ALL,
	    "quote.qe_report.miscselect=01000000 ; "
	    "qe_identity.miscselect=01000000 ; "
	    "qe_identity.miscselect_mask=feffffff",
	    FAULT_QE_IDENTITY_MISMATCH, "MISCSELECT" },
	{ "ATTRIBUTES: MODE64 is outside the mask", ALL,
	    "quote.qe_report.attributes=11000000000000000000000000000000" },
	{ "ATTRIBUTES: no PROVISIONKEY", ALL,
	    "quote.qe_report.attributes=0500000000000000e700000000000000",
	    FAULT_QE_IDENTITY_MISMATCH, "ATTRIBUTES are" },
	{ "ATTRIBUTES: EINITTOKENKEY", ALL,
	    "quote.qe_report.attributes=3500000000000000e700000000000000",
	    FAULT_QE_IDENTITY_MISMATCH, "ATTRIBUTES are" },
	{ "ATTRIBUTES: DEBUG", ALL,
	    "quote.qe_report.attributes=1700000000000000e700000000000000",
	    FAULT_QE_IDENTITY_MISMATCH, "ATTRIBUTES are" },
	{ "ATTRIBUTES: DEBUG that the mask lets through", ALL,
	    "quote.qe_report.attributes=1700000000000000e700000000000000 ; "
	    "qe_identity.attributes_mask=f9ffffffffffffff0000000000000000",
	    FAULT_QE_IDENTITY_MISMATCH, "DEBUG is on" },
	{ "ATTRIBUTES: DEBUG that the identity wants", ALL,
	    "quote.qe_report.attributes=1700000000000000e700000000000000 ; "
	    "qe_identity.attributes=13000000000000000000000000000000",
	    FAULT_QE_IDENTITY_MISMATCH, "DEBUG is on" },
	{ "ATTRIBUTES: XFRM is compared under a full mask", ALL,
	    "qe_identity.attributes_mask=fbffffffffffffffffffffffffffffff",
	    FAULT_QE_IDENTITY_MISMATCH, "ATTRIBUTES are" },
	{ "ATTRIBUTES: XFRM that is wanted", ALL,
	    "qe_identity.attributes_mask=fbffffffffffffffffffffffffffffff ; "
	    "qe_identity.attributes=1100000000000000e700000000000000" },
	{ "MRSIGNER of zeros", ALL, "quote.qe_report.mrsigner="
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    FAULT_QE_IDENTITY_MISMATCH, "MRSIGNER" },
	{ "MRSIGNER, last octet", ALL, "patch=qe_report:before:159:^01",
	    FAULT_QE_IDENTITY_MISMATCH, "MRSIGNER" },
	{ "MRSIGNER, first octet", ALL, "patch=qe_report:before:128:^80",
	    FAULT_QE_IDENTITY_MISMATCH, "MRSIGNER" },
	{ "any MRENCLAVE", ALL, "patch=qe_report:before:64:ff*32" },
	{ "any CPUSVN", ALL, "patch=qe_report:before:0:ff*16" },
	{ "ISVPRODID another", ALL, "quote.qe_report.isv_prod_id=7",
	    FAULT_QE_IDENTITY_MISMATCH, "ISVPRODID" },
	{ "ISVPRODID, high octet", ALL, "patch=qe_report:before:257:01",
	    FAULT_QE_IDENTITY_MISMATCH, "ISVPRODID" },
	{ "SGX's QE in a TDX quote", TDX, "quote.qe_report.isv_prod_id=1",
	    FAULT_QE_IDENTITY_MISMATCH, "ISVPRODID: want 2, have 1" },
	{ "ISVSVN below every level", ALL, "quote.qe_report.isv_svn=1",
	    FAULT_QE_IDENTITY_MISMATCH, "below every level" },
	{ "ISVSVN 0", ALL, "quote.qe_report.isv_svn=0",
	    FAULT_QE_IDENTITY_MISMATCH, "below every level" },
	{ "ISVSVN above every level", ALL, "quote.qe_report.isv_svn=65535" },
	{ "ISVSVN in the high octet", ALL, "quote.qe_report.isv_svn=0x0100" },
	{ "a rogue enclave with a key of its own", ALL,
	    "quote.qe_report.mrsigner="
	    "6100000000000000000000000000000000000000000000000000000000000061"
	    " ; quote.attest_key=foreign ; quote.signer=foreign",
	    FAULT_QE_IDENTITY_MISMATCH, "MRSIGNER" },
};

static enum fault_code
read_documents(const struct mint_world *w)
{
	struct tcb_info tcb_info;
	struct qe_identity qe_identity;
	struct fault f = { 0 };
	struct bytes text;

	text = bytes_of_string(w->fields[MINT_FIELD_TCB_INFO]);
	if (tcb_info_read(&tcb_info, text, &f) < 0)
		return tcb_info.levels == NULL ? f.code : FAULT_INTERNAL;
	tcb_info_clear(&tcb_info);
	text = bytes_of_string(w->fields[MINT_FIELD_QE_IDENTITY]);
	if (qe_identity_read(&qe_identity, text, &f) < 0)
		return qe_identity.levels.levels == NULL ? f.code :
							   FAULT_INTERNAL;
	qe_identity_clear(&qe_identity);
	return FAULT_NONE;
}

/*
 * The readers by themselves: a fault that one sets and then does not return
 * would refuse the quote all the same, for collateral keeps its fault.
 */
static void
test_readers(struct mint *mint, const struct world_case *cases, size_t num)
{
	const struct world_case *c;
	enum fault_code want;
	enum mint_kind kind;
	struct mint_world w;
	bool good;

	for (c = cases; c < cases + num; c++) {
		want = c->code == BAD ? BAD : FAULT_NONE;
		good = true;
		for (kind = 0; kind < MINT_KIND__MAX; kind++) {
			if ((c->kinds >> kind & 1) == 0)
				continue;
			world_make(&w, mint, kind, c->settings);
			good &= read_documents(&w) == want;
			mint_world_clear(&w);
		}
		ok(good, "reader by itself: %s", c->name);
	}
}

#define TEST_READERS(mint, cases) \
	test_readers((mint), (cases), sizeof(cases) / sizeof((cases)[0]))

/* --- how many --------------------------------------------------------------- */

/*
 * Puts `num` texts behind `find` in a document, each with a number of its own
 * in the place of #, and judges.
 */
static void
test_count(struct mint *mint, const char *name, enum mint_kind kind,
    const char *settings, const char *document, const char *find,
    const char *one, int num, const char *says)
{
	int head = (int)strcspn(one, "#"), i;
	struct mint_buffer set = { 0 };
	struct mint_world w;
	struct verdict v;

	mint_put_text(&set, "%s%s.edit=%s=>%s", settings, document, find,
	    find);
	for (i = 0; i < num; i++)
		mint_put_text(&set, "%.*s%02d%s", head, one, i,
		    one + head + 1);
	world_make(&w, mint, kind, (const char *)set.ptr);
	world_judge(&v, &w, w.spec.now);
	ok(verdict_is(&v, says == NULL ? FAULT_NONE : BAD, says,
		says == NULL ? "UpToDate" : NULL), "%s", name);
	mint_world_clear(&w);
	mint_buffer_clear(&set);
}

#define ONE_LEVEL "{\"tcb\":{\"sgxtcbcomponents\":[" ZEROS6 "," ZEROS6 "," \
	"{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0}],\"pcesvn\":1#}," \
	"\"tcbDate\":\"2020-01-01T00:00:00Z\",\"tcbStatus\":\"OutOfDate\"},"
#define ONE_ISV_LEVEL "{\"tcb\":{\"isvsvn\":6#}," \
	"\"tcbDate\":\"2020-01-01T00:00:00Z\",\"tcbStatus\":\"OutOfDate\"},"
#define ONE_MODULE "{\"id\":\"TDX_#\",\"mrsigner\":\"" ZEROS48 "\"," \
	"\"attributes\":\"0000000000000000\"," \
	"\"attributesMask\":\"FFFFFFFFFFFFFFFF\",\"tcbLevels\":[" \
	"{\"tcb\":{\"isvsvn\":0},\"tcbDate\":\"2020-01-01T00:00:00Z\"," \
	"\"tcbStatus\":\"UpToDate\"}]},"
#define ZEROS48 "000000000000000000000000000000000000000000000000" \
	"000000000000000000000000000000000000000000000000"

/* As many as may be, counting those that a good world has, and one more. */
static void
test_counts(struct mint *mint)
{
	test_count(mint, "256 TCB levels", MINT_SGX_V3, "", "tcb_info",
	    "\"tcbLevels\":[", ONE_LEVEL, 253, NULL);
	test_count(mint, "257 TCB levels", MINT_SGX_V3, "", "tcb_info",
	    "\"tcbLevels\":[", ONE_LEVEL, 254, "want 1 to 256, have 257");
	test_count(mint, "256 levels of the QE", MINT_SGX_V3, "",
	    "qe_identity", "\"tcbLevels\":[", ONE_ISV_LEVEL, 254, NULL);
	test_count(mint, "257 levels of the QE", MINT_SGX_V3, "",
	    "qe_identity", "\"tcbLevels\":[", ONE_ISV_LEVEL, 255,
	    "want 1 to 256, have 257");
	test_count(mint, "64 advisories", MINT_SGX_V3,
	    LEVEL0 "advisory_ids=a ; ", "tcb_info", "\"advisoryIDs\":[",
	    "\"INTEL-SA-#\",", 63, NULL);
	test_count(mint, "65 advisories", MINT_SGX_V3,
	    LEVEL0 "advisory_ids=a ; ", "tcb_info", "\"advisoryIDs\":[",
	    "\"INTEL-SA-#\",", 64, "want at most 64, have 65");
	test_count(mint, "64 TDX modules", MINT_TDX_V4,
	    "tcb_info.tdx_module_identities[0].id=TDX_F1 ; "
	    "tcb_info.tdx_module_identities[1].id=TDX_F2 ; ", "tcb_info",
	    "\"tdxModuleIdentities\":[", ONE_MODULE, 62, NULL);
	test_count(mint, "65 TDX modules", MINT_TDX_V4,
	    "tcb_info.tdx_module_identities[0].id=TDX_F1 ; "
	    "tcb_info.tdx_module_identities[1].id=TDX_F2 ; ", "tcb_info",
	    "\"tdxModuleIdentities\":[", ONE_MODULE, 63,
	    "want at most 64, have 65");
}

int
main(void)
{
	struct mint *mint = mint_new();

	WORLDS_RUN(mint, signature_cases);
	WORLDS_RUN(mint, tcb_info_cases);
	WORLDS_RUN(mint, level_cases);
	WORLDS_RUN(mint, qe_identity_cases);
	WORLDS_RUN(mint, qe_report_cases);
	TEST_READERS(mint, tcb_info_cases);
	TEST_READERS(mint, level_cases);
	TEST_READERS(mint, qe_identity_cases);
	test_counts(mint);
	mint_free(mint);
	return tap_done();
}
