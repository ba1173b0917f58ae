"""The server of the local PCS; see pcs/__init__.py."""

import argparse
import http.server
import json
import signal
import socket
import ssl
import struct
import sys
import threading
import urllib.parse

from pcs.stock import (CHAIN_NAMES, DOCUMENTS, BadRequest, Stock, crl_body,
                       find, forge)

PCCS = {"old_names": True, "crl": "hex"}  # how an older PCCS answers
TIMES = ("now", "older", "next", "early")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def do_GET(self):
        pcs = self.server.pcs
        if self.path in ("/_counts", "/_targets"):
            told = pcs.counts() if self.path == "/_counts" else pcs.targets()
            self.reply(200, [], json.dumps(told).encode())
            return
        if pcs.stopped.is_set():  # a connection older than stop()
            self.close_connection = True
            return
        try:
            key, form, early = find(self.path)
        except BadRequest as bad:
            pcs.note(self.path)
            self.reply(bad.args[0], [], b"")
            return
        pcs.note(self.path, key[0])
        switches = pcs.take_switches(key[0])
        found = pcs.find(key, "early" if early else switches.get("time"))
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
        for time, files in order.get("hold", {}).items():
            pcs.hold(time, files)
        for document, switches in order.get("switch", {}).items():
            pcs.switch(document, **switches)
        self.reply(200, [], b"{}")

    def answer(self, document, found, form, s):
        stopped = self.server.pcs.stopped
        if s.get("hang"):
            stopped.wait()
        if s.get("reset"):  # no orderly end: the kernel sends RST
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.rfile.close()
            self.connection.close()
        if s.get("hang") or s.get("reset") or s.get("close"):
            self.close_connection = True
            return
        stopped.wait(s.get("delay", 0))
        if "status" in s:
            headers = [(name, s[key]) for key, name in (
                ("location", "Location"), ("retry_after", "Retry-After"))
                if key in s]
            self.reply(s["status"], headers, b"no\n", s)
            return

        text, chain, others = found
        if s.get("forged"):
            text = forge(document, text)
        headers = [("X-Pad", "x" * 991)] * (s.get("headers_pad", 0) // 1000)
        headers += others
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

    def process_request(self, request, client_address):
        self.pcs.count("connections")
        super().process_request(request, client_address)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # it went away
            super().handle_error(request, client_address)


class Pcs:
    def __init__(self, files=(), port=0, switches=None, certificate=None,
                 pck_files=()):
        """certificate: a PEM file with key and certificate, for https"""
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.always = dict(switches or {})
        self.held = {}
        self.reset()
        self.serve(files, pck_files)
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

    @property
    def stock(self):
        return self.held["now"]

    def serve(self, files, pck_files=()):
        self.held["now"] = Stock(files, pck_files)

    def hold(self, time, files):
        """Documents for the switch time=, or for update=early."""
        if time not in TIMES:
            raise ValueError(time)
        self.held[time] = Stock(files)

    def find(self, key, time=None):
        """What there is of that time; of now, when it is not held."""
        held = self.held.get(time or "now", self.stock)
        return held.found.get(key, self.stock.found.get(key))

    def switch(self, document, **switches):
        if document != "all" and document not in DOCUMENTS:
            raise ValueError(document)
        with self.lock:
            self.switches[document] = switches
            self.used[document] = dict.fromkeys(DOCUMENTS, 0)

    def take_switches(self, document):
        """For one more request for that document."""
        taken = dict(self.always)
        with self.lock:
            for name in ("all", document):
                switches = self.switches.get(name)
                if switches is None:
                    continue
                self.used[name][document] += 1
                if self.used[name][document] <= switches.get(
                        "times", sys.maxsize):
                    taken.update(switches)
        return taken

    def count(self, what):
        with self.lock:
            self.counted[what] = self.counted.get(what, 0) + 1

    def note(self, target, document=None):
        with self.lock:
            self.asked.append(target)
        if document is not None:
            self.count(document)

    def counts(self):
        with self.lock:
            return dict(self.counted)

    def targets(self):
        with self.lock:
            return list(self.asked)

    def reset(self):
        with self.lock:
            self.switches = {}
            self.used = {}
            self.asked = []
            self.counted = dict.fromkeys((*DOCUMENTS[:4], "connections"), 0)


def main():
    parser = argparse.ArgumentParser(
        prog="pcs", description="A stand-in for Intel's PCS, or a PCCS.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pccs", action="store_true",
                        help="older header names, CRLs in hex")
    parser.add_argument("--collateral", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--pck", nargs="+", default=[], metavar="FILE")
    for time in TIMES[1:]:
        parser.add_argument("--" + time, nargs="+", default=[],
                            metavar="FILE")
    arguments = parser.parse_args()
    server = Pcs(arguments.collateral, arguments.port,
                 PCCS if arguments.pccs else None, pck_files=arguments.pck)
    for time in TIMES[1:]:
        if getattr(arguments, time):
            server.hold(time, getattr(arguments, time))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(server.url, flush=True)
    try:
        server.server.serve_forever()
    except KeyboardInterrupt:
        pass
