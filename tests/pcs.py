"""A stand-in for Intel's PCS, or a PCCS, on loopback: a real HTTP server that
serves collateral files in Intel's form and can be told to misbehave.

As a module:

    server = Pcs(["a.json", "b.json"]).start()
    server.url, server.port         where it is
    server.serve(["c.json"])        from now on these files and no others
    server.switch("tcb_info", status=500)
    server.counts()                 {"tcb_info": 3, ..., "connections": 4}
    server.reset()                  no switches, counts at zero
    server.stop()

As a program:

    pcs.py [--port N] [--pccs] --collateral FILE...

prints its URL as the first line and serves until it is ended. Both answer

    GET  /_counts       the counts, as JSON
    POST /_control      {"serve": [FILE...], "reset": true,
                         "switch": {"tcb_info": {"status": 500}}}

A collateral file is a JSON object of the nine fields. TEE and FMSPC are read
from its tcb_info, the CA from its pck_crl_issuer_chain (else from the file's
name). Where files overlap, the later one is served.

Switches, for one of DOCUMENTS or for "all" of them:

    status=N            this status and a short body; also location="URL" and
                        retry_after=SECONDS
    hang=True           reads the request and never answers
    reset=True          reads the request and closes the connection
    drip=SECONDS        waits that long before each byte of the body
    delay=SECONDS       waits that long, then answers
    truncate=N          announces the whole body, sends N bytes, closes
    pad=N               N more bytes, chunked, without a length
    headers_pad=N       N more bytes of headers
    body="TEXT"         this body
    chain="TEXT"        this issuer chain header, as it stands; None: no header
    header_case="lower" or "upper"
    old_names=True      header names of older services
    crl="der", "hex" or "pem"
"""

import argparse
import base64
import http.server
import json
import os
import re
import signal
import ssl
import sys
import threading
import urllib.parse

DOCUMENTS = ("pck_crl", "root_ca_crl", "tcb_info", "qe_identity")
PCCS = {"old_names": True, "crl": "hex"}  # how an older PCCS answers

PATH = re.compile(r"(?:/[^/]+)*/(sgx|tdx)/certification/v4/(.+)")
PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END", re.DOTALL)


def ca_of(collateral, name):
    """Which CA issued the PCK CRL: "platform" or "processor"."""
    leaf = PEM.search(collateral["pck_crl_issuer_chain"])
    der = base64.b64decode(leaf.group(1)) if leaf else b""
    for ca in ("platform", "processor"):
        if b"PCK " + ca.capitalize().encode() + b" CA" in der:
            return ca
    return "processor" if "processor" in os.path.basename(name) else "platform"


class Stock:
    """The documents of some collateral files, by what they are asked for."""

    def __init__(self, files):
        self.found = {}
        for name in files:
            with open(name, encoding="utf-8") as file:
                self.add(json.load(file), name)

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
            self.found[key] = (text, chain)


def find(target):
    """What a request asks for: a key of Stock.found, and the form of a CRL.
    A bad request is (None, status)."""
    url = urllib.parse.urlsplit(target)
    query = dict(urllib.parse.parse_qsl(url.query))
    if url.path.endswith("/IntelSGXRootCA.der"):
        return ("root_ca_crl",), "der"
    match = PATH.fullmatch(url.path)
    tee, what = match.groups() if match else (None, None)
    if (tee, what) == ("sgx", "rootcacrl"):
        return ("root_ca_crl",), "hex"
    if (tee, what) == ("sgx", "pckcrl"):
        if query.get("ca") not in ("platform", "processor"):
            return None, 400
        return ("pck_crl", query["ca"]), query.get("encoding", "pem")
    if what == "tcb":
        if not re.fullmatch("[0-9a-fA-F]{12}", query.get("fmspc", "")):
            return None, 400
        return ("tcb_info", tee, query["fmspc"].lower()), None
    if what == "qe/identity":
        return ("qe_identity", tee), None
    return None, 404


def crl_body(hex_text, form):
    der = bytes.fromhex(hex_text)
    if form == "pem":
        return (b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(der) +
                b"-----END X509 CRL-----\n")
    return der if form == "der" else hex_text.encode()


CHAIN_NAMES = {  # of today, of older services
    "pck_crl": ("SGX-PCK-CRL-Issuer-Chain",) * 2,
    "tcb_info": ("TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain"),
    "qe_identity": ("SGX-Enclave-Identity-Issuer-Chain",) * 2,
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def handle(self):
        self.server.pcs.count("connections")
        super().handle()

    def do_GET(self):
        pcs = self.server.pcs
        if self.path == "/_counts":
            self.reply(200, [], json.dumps(pcs.counts()).encode())
            return
        key, form = find(self.path)
        if pcs.stopped.is_set():  # a connection older than stop()
            self.close_connection = True
            return
        if key is None:
            self.reply(form, [], b"")
            return
        pcs.count(key[0])
        switches = pcs.switches_of(key[0])
        found = pcs.stock.found.get(key)
        if found is None:
            switches.setdefault("status", 404)
        self.answer(key[0], found, form, switches)

    def do_POST(self):
        pcs = self.server.pcs
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if order.get("reset"):
            pcs.reset()
        if "serve" in order:
            pcs.serve(order["serve"])
        for document, switches in order.get("switch", {}).items():
            pcs.switch(document, **switches)
        self.reply(200, [], b"{}")

    def answer(self, document, found, form, s):
        stopped = self.server.pcs.stopped
        if s.get("hang"):
            stopped.wait()
        if s.get("hang") or s.get("reset"):
            self.close_connection = True
            return
        stopped.wait(s.get("delay", 0))
        if "status" in s:
            headers = [(name, s[key]) for key, name in
                       (("location", "Location"), ("retry_after", "Retry-After"))
                       if key in s]
            self.reply(s["status"], headers, b"no\n")
            return

        text, chain = found
        headers = [("X-Pad", "x" * 991)] * (s.get("headers_pad", 0) // 1000)
        if document in CHAIN_NAMES:
            chain = s.get("chain", urllib.parse.quote(chain, safe=""))
            name = CHAIN_NAMES[document][s.get("old_names", False)]
            headers += [(name, chain)] if chain is not None else []
        if "body" in s:
            text = s["body"]
        elif form is not None:
            self.reply(200, headers, crl_body(text, s.get("crl", form)), s)
            return
        self.reply(200, headers, text.encode(), s)

    def reply(self, status, headers, body, s=()):
        s = dict(s)
        case = {"lower": str.lower, "upper": str.upper, None: str}
        headers = headers + [("Transfer-Encoding", "chunked") if "pad" in s
                             else ("Content-Length", len(body))]
        self.send_response(status)
        for name, value in headers:
            self.send_header(case[s.get("header_case")](name), value)
        self.end_headers()
        if "pad" in s:
            body += b" " * s["pad"]
            for at in range(0, len(body), 65536):
                part = body[at:at + 65536]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        elif "drip" in s:
            for byte in body:
                if self.server.pcs.stopped.wait(s["drip"]):
                    break
                self.wfile.write(bytes([byte]))
        else:
            self.wfile.write(body[:s.get("truncate")])
        self.close_connection |= "truncate" in s


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # it went away
            super().handle_error(request, client_address)


class Pcs:
    def __init__(self, files=(), port=0, switches=None, certificate=None):
        """certificate: a PEM file with key and certificate, for https"""
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.always = dict(switches or {})
        self.reset()
        self.serve(files)
        self.server = Server(("127.0.0.1", port), Handler)
        self.server.pcs = self
        self.port = self.server.server_address[1]
        self.url = "http://127.0.0.1:%d" % self.port
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True,
                do_handshake_on_connect=False)
            self.url = "https" + self.url[4:]

    def start(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()
        return self

    def stop(self):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()

    def serve(self, files):
        self.stock = Stock(files)

    def switch(self, document, **switches):
        if document != "all" and document not in DOCUMENTS:
            raise ValueError(document)
        with self.lock:
            self.switches[document] = switches

    def switches_of(self, document):
        with self.lock:
            return {**self.always, **self.switches.get("all", {}),
                    **self.switches.get(document, {})}

    def count(self, what):
        with self.lock:
            self.counted[what] += 1

    def counts(self):
        with self.lock:
            return dict(self.counted)

    def reset(self):
        with self.lock:
            self.switches = {}
            self.counted = dict.fromkeys((*DOCUMENTS, "connections"), 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pccs", action="store_true",
                        help="older header names, CRLs in hex")
    parser.add_argument("--collateral", nargs="+", default=[], metavar="FILE")
    arguments = parser.parse_args()
    server = Pcs(arguments.collateral, arguments.port,
                 PCCS if arguments.pccs else None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(server.url, flush=True)
    try:
        server.server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
