"""What a local PCS has in store: documents by what they are asked for."""

import base64
import json
import os
import re
import urllib.parse

DOCUMENTS = ("pck_crl", "root_ca_crl", "tcb_info", "qe_identity", "pck")

PATH = re.compile(r"(?:/[^/]+)*/(sgx|tdx)/certification/v4/(.+)")
PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END", re.DOTALL)
PCK_QUERY = ("encrypted_ppid", "cpusvn", "pcesvn", "pceid")


def ca_of(collateral, name):
    """Which CA issued the PCK CRL: "platform" or "processor"."""
    leaf = PEM.search(collateral["pck_crl_issuer_chain"])
    der = base64.b64decode(leaf.group(1)) if leaf else b""
    for ca in ("platform", "processor"):
        if b"PCK " + ca.capitalize().encode() + b" CA" in der:
            return ca
    return "processor" if "processor" in os.path.basename(name) else "platform"


class Stock:
    """The documents of some files, by what they are asked for: the text to
    serve, the headers that go with it."""

    def __init__(self, files=(), pck_files=()):
        self.found = {}
        for name in files:
            with open(name, encoding="utf-8") as file:
                self.add(json.load(file), name)
        for name in pck_files:
            with open(name, encoding="utf-8") as file:
                self.add_pck(json.load(file))

    def add(self, c, name):
        info = json.loads(c["tcb_info"])
        tee = info["id"].lower()
        for key, text, chain in (
                (("root_ca_crl",), c["root_ca_crl"], None),
                (("pck_crl", ca_of(c, name)), c["pck_crl"],
                 c["pck_crl_issuer_chain"]),
                (("tcb_info", tee, info["fmspc"].lower()),
                 '{"tcbInfo":%s,"signature":"%s"}' %
                 (c["tcb_info"], c["tcb_info_signature"]),
                 c["tcb_info_issuer_chain"]),
                (("qe_identity", tee),
                 '{"enclaveIdentity":%s,"signature":"%s"}' %
                 (c["qe_identity"], c["qe_identity_signature"]),
                 c["qe_identity_issuer_chain"])):
            self.found[key] = (text, chain, ())

    def add_pck(self, p):
        key = ("pck", *(p[name].lower() for name in PCK_QUERY))
        self.found[key] = (
            p["certificate"], p["issuer_chain"],
            (("SGX-TCBm", p["tcbm"]),) if p.get("tcbm") is not None else ())


class BadRequest(Exception):
    """The status to answer with."""


def need(query, name, pattern):
    """A parameter of that form, in lower case."""
    if not re.fullmatch(pattern, query.get(name, "")):
        raise BadRequest(400)
    return query[name].lower()


def check_update(query):
    """As Intel's: early or standard, or a number, and not both."""
    if "update" in query:
        need(query, "update", "early|standard")
        if "tcbEvaluationDataNumber" in query:
            raise BadRequest(400)
    return query.get("update") == "early"


def find(target):
    """What a request asks for: a key of Stock.found, the form of a CRL, and
    whether it is of update=early. Raises BadRequest."""
    url = urllib.parse.urlsplit(target)
    query = dict(urllib.parse.parse_qsl(url.query))
    if url.path.endswith("/IntelSGXRootCA.der"):
        return ("root_ca_crl",), "der", False
    match = PATH.fullmatch(url.path)
    tee, what = match.groups() if match else (None, None)
    if (tee, what) == ("sgx", "rootcacrl"):
        return ("root_ca_crl",), "hex", False
    if (tee, what) == ("sgx", "pckcrl"):
        ca = need(query, "ca", "platform|processor")
        form = query.get("encoding", "pem")
        return ("pck_crl", ca), form, False
    if what == "tcb":
        fmspc = need(query, "fmspc", "[0-9a-fA-F]{12}")
        return ("tcb_info", tee, fmspc), None, check_update(query)
    if what == "qe/identity":
        return ("qe_identity", tee), None, check_update(query)
    if (tee, what) == ("sgx", "pckcert"):
        return ("pck", need(query, "encrypted_ppid", "[0-9a-fA-F]{512,768}"),
                need(query, "cpusvn", "[0-9a-fA-F]{32}"),
                need(query, "pcesvn", "[0-9a-fA-F]{4}"),
                need(query, "pceid", "[0-9a-fA-F]{4}")), None, False
    raise BadRequest(404)


def crl_body(hex_text, form):
    der = bytes.fromhex(hex_text)
    if form == "pem":
        return (b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(der) +
                b"-----END X509 CRL-----\n")
    return der if form == "der" else hex_text.encode()


def forge(document, text):
    """The same with one bit of its signature changed: the last hex digit of
    a CRL, or the first one of a signed document's signature."""
    at = (len(text) - 1 if document.endswith("crl") else
          text.rindex('"signature":"') + len('"signature":"'))
    return text[:at] + "%x" % (int(text[at], 16) ^ 1) + text[at + 1:]


CHAIN_NAMES = {  # of today, of older services
    "pck_crl": ("SGX-PCK-CRL-Issuer-Chain",) * 2,
    "tcb_info": ("TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain"),
    "qe_identity": ("SGX-Enclave-Identity-Issuer-Chain",) * 2,
    "pck": ("SGX-PCK-Certificate-Issuer-Chain",) * 2,
}
