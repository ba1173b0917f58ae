"""
What a right answer looks like, worked out from the bytes of a quote without
the project's own parser: names, order and hex forms are those that clients of
the API know.
"""

import hashlib
import json
import re
import struct

# Names and lengths in wire order; None: reserved.
HEADER = [("version", 2), (None, 2), ("tee_type", 4), (None, 4),
          ("qe_vendor", 16), ("user_data", 20)]
ENCLAVE_REPORT = [
    ("cpusvn", 16), ("miscselect", 4), (None, 12), ("isvextprodid", 16),
    ("attributes", 16), ("mrenclave", 32), (None, 32), ("mrsigner", 32),
    (None, 32), ("configid", 64), ("isvprodid", 2), ("isvsvn", 2),
    ("configsvn", 2), (None, 42), ("isvfamilyid", 16), ("reportdata", 64)]
TD_REPORT = [
    ("tee_tcb_svn", 16), ("mrseam", 48), ("mrsignerseam", 48),
    ("seamattributes", 8), ("tdattributes", 8), ("xfam", 8), ("mrtd", 48),
    ("mrconfig", 48), ("mrowner", 48), ("mrownerconfig", 48), ("rtmr0", 48),
    ("rtmr1", 48), ("rtmr2", 48), ("rtmr3", 48), ("reportdata", 64)]
TD_REPORT15 = TD_REPORT + [("tee_tcb_svn2", 16), ("mrservicetd", 48)]

# The order of the answer, where it is not that of the wire.
SGX_ORDER = ["cpusvn", "miscselect", "attributes", "mrenclave", "mrsigner",
             "isvprodid", "isvsvn", "reportdata", "isvextprodid", "configid",
             "configsvn", "isvfamilyid"]
TDX_ORDER = [name for name, _ in TD_REPORT] + ["mr_config_id"]
INTEGERS = {"version", "isvprodid", "isvsvn", "configsvn"}
BARE = {"tee_tcb_svn", "tee_tcb_svn2"}

COLLATERAL = ["pck_crl_issuer_chain", "root_ca_crl", "pck_crl",
              "tcb_info_issuer_chain", "tcb_info", "tcb_info_signature",
              "qe_identity_issuer_chain", "qe_identity",
              "qe_identity_signature"]
UPLOAD = ["id", "success", "proof_of_cloud", "quote", "checksum",
          "can_download", "uploaded_at", "verified_at", "quote_collateral",
          "node_provider", "tcb_status", "advisory_ids", "reason", "message",
          "content_sha256", "tcb"]
VIEW = ["header", "cert_data", "body", "verified", "uploaded_at", "checksum",
        "can_download", "verified_at", "ppid", "proof_of_cloud", "tcb_status",
        "advisory_ids", "reason", "message", "content_sha256", "tcb"]
REFUSAL = ["detail", "reason", "message", "checksum", "tcb_status",
           "advisory_ids", "content_sha256", "tcb"]
TCB = ["tcb_date", "tcb_evaluation_data_number", "platform", "tdx_module",
       "qe", "shortfalls", "validity", "ends_first", "expires_at"]

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")

# What no body may show: paths, SQL, the words of libraries.
INTERNAL = re.compile(
    rb"/tmp|/usr|/var|/run|\.[ch]:\d|SELECT|INSERT|relation|libpq|psql|"
    rb"postgres|gnutls|json-c|json_|curl|gmime|fcgi|socket|errno|nginx/|"
    rb"127\.0\.0\.1|localhost|0x[0-9a-f]{12}\b|<html", re.IGNORECASE)


def load(body):
    """JSON in UTF-8; refuses duplicate keys."""
    def pairs(items):
        if len(dict(items)) != len(items):
            raise ValueError("duplicate keys")
        return dict(items)
    return json.loads(body.decode("utf-8"), object_pairs_hook=pairs)


def checksum(raw):
    return hashlib.sha256(raw).hexdigest()


class Cursor:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, length):
        self.at += length
        if self.at > len(self.data):
            raise ValueError("too short")
        return self.data[self.at - length:self.at]

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize(form)))[0]


def read_fields(cursor, layout):
    fields = {}
    for name, length in layout:
        data = cursor.take(length)
        if name in INTEGERS:
            fields[name] = int.from_bytes(data, "little")
        elif name is not None:
            fields[name] = ("" if name in BARE else "0x") + data.hex()
    return fields


def read_certificates(cursor, version):
    """The certification data of the PCK, behind the body."""
    auth = Cursor(cursor.take(cursor.number("I")))
    auth.take(64 + 64)  # signature, attestation key
    if version > 3:
        if auth.number("H") != 6:
            raise ValueError("not a QE report certification")
        auth = Cursor(auth.take(auth.number("I")))
    auth.take(384 + 64)  # QE report, its signature
    auth.take(auth.number("H"))
    kind = auth.number("H")
    data = auth.take(auth.number("I")).rstrip(b"\0")
    return data.decode("ascii") if kind >= 4 else None


def quote(raw):
    """`header`, `cert_data`, `body` of the answer, in its order."""
    cursor = Cursor(raw)
    head = read_fields(cursor, HEADER)
    is_tdx = head["tee_type"] == "0x81000000"
    layout = TD_REPORT if is_tdx else ENCLAVE_REPORT
    if head["version"] == 5:
        kind = cursor.number("H")
        layout = {1: ENCLAVE_REPORT, 2: TD_REPORT, 3: TD_REPORT15}[kind]
        if cursor.number("I") != sum(length for _, length in layout):
            raise ValueError("a body of another length")
    body = read_fields(cursor, layout)
    order = SGX_ORDER
    if is_tdx:
        body["mr_config_id"] = body["mrconfig"]
        order = TDX_ORDER + [name for name in body if name not in TDX_ORDER]
    return {
        "header": {
            "version": head["version"],
            "ak_type": "ECDSA_P256",
            "tee_type": "TEE_TDX" if is_tdx else "TEE_SGX",
            "qe_vendor": head["qe_vendor"],
            "user_data": head["user_data"],
        },
        "cert_data": read_certificates(cursor, head["version"]),
        "body": {name: body[name] for name in order},
    }


def content_sha256(raw):
    """Over what is signed: the quote up to its signature data, QE's report."""
    cursor = Cursor(raw)
    version, is_tdx = struct.unpack("<H2xI", raw[:8])
    body = 6 + int.from_bytes(raw[50:54], "little") if version == 5 else \
        584 if is_tdx else 384
    signed = cursor.take(48 + body)
    cursor.take(4 + 64 + 64 + (6 if version > 3 else 0))
    return hashlib.sha256(signed + cursor.take(384)).hexdigest()


def numbers_of(level):
    """A level of TCB info: what can be compared with, and its two dates."""
    tcb = level["tcb"]
    return {"tcb_status": level["tcbStatus"],
            "tcb_date": level["tcbDate"].replace("Z", "+00:00"),
            **{name.replace("tcbc", "_c"):
               bytes(c["svn"] for c in tcb[name]).hex()
               for name in ("sgxtcbcomponents", "tdxtcbcomponents")
               if name in tcb}, "pce_svn": tcb["pcesvn"]}


def tcb_holds(tcb, collateral):
    """Does this report say what the documents do?"""
    info, qe = (json.loads(collateral[name])
                for name in ("tcb_info", "qe_identity"))
    newest = max((numbers_of(level) for level in info["tcbLevels"]),
                 key=lambda n: (n["sgx_components"], n["pce_svn"],
                                n.get("tdx_components", "")))
    ends = {entry["what"]: entry["not_after"] for entry in tcb["validity"]}
    return (list(tcb) == TCB and
            tcb["tcb_evaluation_data_number"] ==
            min(info["tcbEvaluationDataNumber"],
                qe["tcbEvaluationDataNumber"]) and
            (tcb["platform"] is None or
             (tcb["platform"]["newest"] == newest and
              tcb["qe"]["newest"]["isvsvn"] ==
              max(level["tcb"]["isvsvn"] for level in qe["tcbLevels"]))) and
            len(ends) == 13 and
            ends["TCB info"] == info["nextUpdate"].replace("Z", "+00:00") and
            ends["QE identity"] == qe["nextUpdate"].replace("Z", "+00:00") and
            tcb["expires_at"] == min(ends.values()) ==
            ends[tcb["ends_first"]] and
            all(entry["have"] < entry["want"] and
                f"is {entry['have']}, needs {entry['want']}" in
                entry["message"] for entry in tcb["shortfalls"]))


def upload(raw, collateral, **rest):
    """The answer to a good upload; `rest` is what the bytes do not tell."""
    whole = {
        "id": checksum(raw), "success": True, "proof_of_cloud": False,
        "quote": {**quote(raw), "verified": True},
        "checksum": checksum(raw), "can_download": True,
        "quote_collateral": {name: collateral[name] for name in COLLATERAL},
        "node_provider": None, "reason": None, "message": None,
        "content_sha256": content_sha256(raw), **rest}
    return {name: whole[name] for name in UPLOAD}


def view(raw, **rest):
    whole = {**quote(raw), "checksum": checksum(raw), "can_download": True,
             "proof_of_cloud": False, "content_sha256": content_sha256(raw),
             **rest}
    return {name: whole[name] for name in VIEW}


def in_order(value):
    """Text that two values share when their keys also have the same order."""
    return json.dumps(value)
