"""The collateral client against a real HTTP server: what it brings home, and
what it refuses."""

import glob
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request

from pcs import PCCS, Pcs, crl_body
from pcs_client import (ALL, BAD, BUILT, FMSPC, UNAVAILABLE, Client,
                        made_up_world)
from tap import done, note, ok, skip

MINT = os.path.join(BUILT, "attestry-mint")
JSON_MAX, CRL_MAX = 1 << 20, 2 << 20
folder = tempfile.TemporaryDirectory()
world, files = made_up_world(folder.name)
good = world["tdx", "platform"]
server = Pcs(files).start()
root_crl_url = server.url + "/IntelSGXRootCA.der"

# What it brings home.

client = Client(server.url, root_crl_url)
for (tee, ca), fields in world.items():
    ok(client.fetch(tee, ca) == fields, "%s, %s CA, as Intel serves" % (tee, ca))
counts = server.counts()
ok(all(counts[d] == 4 for d in counts if d != "connections"),
   "four fetches: four requests for each document")
ok(counts["connections"] <= 4, "four fetches: connections are used again")

for name, url, crl_url in (
        ("root CA CRL as rootcacrl", server.url, ""),
        ("a slash at the end of the URL", server.url + "/", ""),
        ("a path in front", server.url + "/pccs/a%20b/", ""),
        ("localhost", server.url.replace("127.0.0.1", "localhost"), "")):
    ok(Client(url, crl_url).fetch() == good, name)

for name, document, switches in (
        ("older header names, CRLs in hex", "all", PCCS),
        ("CRLs in PEM", "all", {"crl": "pem"}),
        ("header names in lower case", "all", {"header_case": "lower"}),
        ("header names in upper case", "all", {"header_case": "upper"}),
        ("hex in upper case with a line end", "root_ca_crl",
         {"body": good["root_ca_crl"].upper() + "\r\n"}),
        ("8000 bytes of other headers", "all", {"headers_pad": 8000}),
        ("chunked", "qe_identity", {"pad": 0})):
    server.reset()
    server.switch(document, **switches)
    ok(client.fetch() == good, name)

server.reset()
proxy = Pcs(files).start()
variables = ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
proxied = Client(server.url, "", env={name: proxy.url for name in variables})
ok(proxied.fetch() == good and proxy.counts()["connections"] == 0,
   "proxies of the environment are not used")

server.stop()
server = Pcs(files, server.port).start()
ok(client.fetch() == good, "after the server was restarted")

# What it refuses, and says about it. Each time the same client goes on.

crl_pem = crl_body(good["root_ca_crl"], "pem").decode()
PEM = "-----BEGIN%20CERTIFICATE-----%0A"
pck_crl_len = len(good["pck_crl"]) // 2
for name, document, switches, reason, words in (
        ("unknown FMSPC", "tcb_info", {"status": 404}, UNAVAILABLE,
         "TCB info from 127.0.0.1: FMSPC 90c06f000000 is not known there"),
        ("no QE identity", "qe_identity", {"status": 404}, UNAVAILABLE,
         "QE identity from 127.0.0.1: want HTTP status 200, have 404"),
        ("gone", "tcb_info", {"status": 410}, UNAVAILABLE, "have 410"),
        ("too many requests", "pck_crl", {"status": 429},
         UNAVAILABLE, "PCK CRL from 127.0.0.1: want HTTP status 200, "
         "have 429"),
        ("server error", "root_ca_crl", {"status": 500}, UNAVAILABLE,
         "root CA CRL from 127.0.0.1: want HTTP status 200, have 500"),
        ("redirect", "all", {"status": 302, "location": proxy.url + "/x"},
         UNAVAILABLE, "have 302"),
        ("closed without an answer", "all", {"reset": True}, UNAVAILABLE,
         "from 127.0.0.1: "),
        ("cut short", "tcb_info", {"truncate": 40}, UNAVAILABLE,
         "TCB info from 127.0.0.1: "),
        ("TCB info too long, chunked", "tcb_info", {"pad": JSON_MAX},
         UNAVAILABLE, "want at most 1048576 bytes, have more"),
        ("QE identity too long, chunked", "qe_identity", {"pad": JSON_MAX},
         UNAVAILABLE, "want at most 1048576 bytes, have more"),
        ("TCB info too long", "tcb_info", {"body": " " * (JSON_MAX + 1)},
         UNAVAILABLE, "want at most 1048576 bytes, have more"),
        ("TCB info of exactly the length allowed", "tcb_info",
         {"body": " " * JSON_MAX}, BAD, "TCB info from 127.0.0.1: "),
        ("PCK CRL one byte too long", "pck_crl",
         {"pad": CRL_MAX - pck_crl_len + 1}, UNAVAILABLE,
         "want at most 2097152 bytes, have more"),
        ("root CA CRL too long", "root_ca_crl", {"pad": CRL_MAX},
         UNAVAILABLE, "want at most 2097152 bytes, have more"),
        ("headers too long", "root_ca_crl", {"headers_pad": 17000},
         UNAVAILABLE, "want at most 16384 bytes of headers, have more"),
        ("an empty TCB info", "tcb_info", {"body": ""}, BAD, "have 0 bytes"),
        ("an HTML page for TCB info", "tcb_info", {"body": "<html></html>"},
         BAD, "TCB info from 127.0.0.1: "),
        ("TCB info with a NUL", "tcb_info",
         {"body": '{"tcbInfo":{"a":"\0"},"signature":"%s"}' % ("ab" * 64)},
         BAD, "TCB info from 127.0.0.1: "),
        ("the other document", "qe_identity",
         {"body": '{"tcbInfo":{},"signature":"%s"}' % ("ab" * 64)}, BAD,
         "QE identity from 127.0.0.1: "),
        ("an HTML page for a CRL", "pck_crl", {"body": "<html></html>"}, BAD,
         "PCK CRL from 127.0.0.1: want DER, or hex"),
        ("PEM that is cut short", "root_ca_crl",
         {"body": crl_pem[:len(crl_pem) // 2]}, BAD,
         "root CA CRL from 127.0.0.1: not a X509 CRL in PEM"),
        ("PEM with text behind it", "root_ca_crl", {"body": crl_pem + "x"},
         BAD, "1 more bytes"),
        ("PEM with a dash in it", "root_ca_crl",
         {"body": crl_pem.replace("\n", "\n-", 1)}, BAD, "not a X509 CRL"),
        ("PEM of a certificate for a CRL", "root_ca_crl",
         {"body": good["tcb_info_issuer_chain"]}, BAD, "want DER, or hex"),
        ("an odd number of hex digits", "root_ca_crl", {"body": "30820"}, BAD,
         "want DER, or hex"),
        ("hex with a NUL", "root_ca_crl", {"body": "3082\0" + "00"}, BAD,
         "want DER, or hex"),
        ("no issuer chain", "tcb_info", {"chain": None}, BAD,
         "want a header TCB-Info-Issuer-Chain, have none"),
        ("an empty issuer chain", "pck_crl", {"chain": ""}, BAD,
         "SGX-PCK-CRL-Issuer-Chain: want certificates in PEM"),
        ("an issuer chain that is not PEM", "qe_identity", {"chain": "MIIC"},
         BAD, "SGX-Enclave-Identity-Issuer-Chain: want certificates in PEM"),
        ("an issuer chain with a NUL", "tcb_info", {"chain": PEM + "a%00b"},
         BAD, "want certificates in PEM"),
        ("an issuer chain with a control character", "tcb_info",
         {"chain": PEM + "a%1bb"}, BAD, "want certificates in PEM"),
        ("an issuer chain beyond ASCII", "tcb_info", {"chain": PEM + "%c3%a9"},
         BAD, "want certificates in PEM")):
    server.reset()
    server.switch(document, **switches)
    answer = client.fetch()
    if not ok(answer.get("reason") == reason and words in answer["message"],
              "refused: " + name):
        note(str(answer)[:400])
ok(proxy.counts()["connections"] == 0, "the redirect was not followed")

server.reset()
answer = client.fetch("sgx", fmspc="00606a0000ff")
ok("FMSPC 00606a0000ff is not known there" in answer["message"],
   "an FMSPC that the server does not have")
ok(client.fetch() == good, "good again after all that")

server.switch("pck_crl", pad=CRL_MAX - pck_crl_len)
ok(len(client.fetch().get("pck_crl", "")) == 2 * CRL_MAX,
   "a CRL of exactly the length allowed")

# One deadline for all four.

server.reset()
hasty = Client(server.url, "", 1500)
ok(hasty.fetch() == good, "in time")
for name, document, switches, words in (
        ("all hang", "all", {"hang": True}, "within 1500 ms, have 0 bytes"),
        ("one hangs", "qe_identity", {"hang": True},
         "QE identity from 127.0.0.1: want the whole answer within 1500 ms"),
        ("a byte now and then", "tcb_info", {"drip": 0.05},
         "TCB info from 127.0.0.1: want the whole answer within 1500 ms"),
        ("too slow to begin", "all", {"delay": 5}, "within 1500 ms")):
    server.reset()
    server.switch(document, **switches)
    answer = hasty.fetch()
    ok(answer.get("reason") == UNAVAILABLE and words in answer["message"] and
       1.4 < hasty.seconds < 4, "deadline: %s (%.2f s)"
       % (name, hasty.seconds))
server.reset()
ok(hasty.fetch() == good, "good again after all that")
server.switch("all", hang=True)
server.switch("qe_identity", hang=False, status=404)
ok("have 404" in client.fetch()["message"] and client.seconds < 2,
   "when one fails the others are not waited for")
server.reset()
server.switch("all", delay=1)
ok(client.fetch() == good and client.seconds < 3.8,
   "side by side: four answers of 1 s in %.2f s" % client.seconds)
server.reset()

# Who answers.

silent = socket.create_server(("127.0.0.1", 0))
silent_url = "https://127.0.0.1:%d" % silent.getsockname()[1]
# Twice, with a pause. A handshake begins with reading the authorities, which
# takes its time on a busy machine.
for timeout_ms, connect_ms, limit_ms, total_s in (
        (1500, 3000, 1500, 8), (30000, 3000, 3000, 14), (20000, 500, 500, 9)):
    mute = Client(silent_url, "", timeout_ms, connect_ms)
    answer = mute.fetch()
    ok("want a connection within %d ms, have none" % limit_ms
       in answer["message"] and mute.seconds < total_s,
       "no TLS handshake, %d ms for two attempts of %d: given up after %.2f s"
       % (timeout_ms, connect_ms, mute.seconds))
silent.close()
answer = Client(silent_url).fetch()
ok(answer.get("reason") == UNAVAILABLE, "nobody listens")

if shutil.which("openssl"):
    pem = os.path.join(folder.name, "tls.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", pem, "-out",
         pem + ".crt"], check=True, stderr=subprocess.DEVNULL)
    with open(pem, "a", encoding="ascii") as out, open(pem + ".crt") as crt:
        out.write(crt.read())
    unknown = Pcs(files, certificate=pem).start()
    answer = Client(unknown.url).fetch()
    ok(answer.get("reason") == UNAVAILABLE and
       not any(unknown.counts()[d] for d in ("pck_crl", "tcb_info")),
       "a certificate that no authority signed")
else:
    skip("a certificate that no authority signed", "there is no openssl")

# Settings.

for url in ("", "localhost", "http://example.org", "http://10.0.0.1",
            "http://127.0.0.1.example.org", "http://localhost.example.org",
            "http://[::2]", "http://127.0.0.1@example.org",
            "https://name:word@example.org", "ftp://localhost",
            "https://example.org/?a=b",
            "https://example.org/#a", "https://example.org/" + "a" * 300):
    out, status = Client(url).end()
    ok(status == 1 and '"internal"' in out, "URL refused: '%.40s'" % url)
for url in ("https://example.org", "http://127.9.9.9:8081", "http://[::1]:1/a",
            "HTTP://LOCALHOST/", "https://api.trustedservices.intel.com"):
    ok(Client(url).end() == ("", 0), "URL taken: '%s'" % url)
for crl_url, status in (("http://example.org/a.der", 1), ("x", 1),
                        ("https://example.org/a.der?b=c", 0)):
    ok(Client("https://example.org", crl_url).end()[1] == status,
       "root CA CRL URL %s: '%s'" % ("refused" if status else "taken", crl_url))
ok(Client("https://example.org", "", 0).end()[1] == 1, "no deadline: refused")

# Whole documents: a minted world's, and Intel's own.


def fetch_each(names):
    for name in sorted(names):
        with open(name, encoding="utf-8") as file:
            fields = json.load(file)
        server.serve([name])
        (tee, fmspc), = (k[1:] for k in server.stock.found
                         if k[0] == "tcb_info")
        (ca,), = (k[1:] for k in server.stock.found if k[0] == "pck_crl")
        ok(client.fetch(tee, ca, fmspc) == fields, os.path.basename(name))


if os.path.exists(MINT):
    minted = os.path.join(folder.name, "minted")
    subprocess.run([MINT, "--out", minted], check=True,
                   stdout=subprocess.DEVNULL)
    fetch_each(glob.glob(os.path.join(minted, "collateral", "*.json")))
else:
    skip("minted collateral", "attestry-mint is not built")
if "ATTESTRY_CORPUS" in os.environ:
    fetch_each(glob.glob(os.path.join(os.environ["ATTESTRY_CORPUS"],
                                      "collateral", "*.json")))
else:
    skip("real collateral", "ATTESTRY_CORPUS is not set")

# The local PCS itself, as a program: what other tests switch from outside.


def control(url, path, **order):
    """GET, or POST of an order; the answer."""
    data = json.dumps(order).encode() if order else None
    with urllib.request.urlopen(url + path, data) as reply:
        return json.load(reply)


def variant(name, **changes):
    """A file of `good` in which these texts have been replaced."""
    path = os.path.join(folder.name, name + ".json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump({**good, **changes}, out)
    return path


times = {name: good["tcb_info"].replace('"a"', '"%s"' % name)
         for name in ("older", "next", "early")}
here = os.path.join(os.environ.get("top_srcdir", "."), "tests", "pcs")
program = subprocess.Popen(
    [sys.executable, here, "--collateral", *files,
     *(word for name, text in times.items()
       for word in ("--" + name, variant(name, tcb_info=text)))],
    stdout=subprocess.PIPE, text=True)
url = program.stdout.readline().strip()
client = Client(url)
ok(client.fetch() == good, "tests/pcs as a program")
ok(control(url, "/_counts")["tcb_info"] == 1 and
   "/tdx/certification/v4/tcb?fmspc=90c06f000000" in
   control(url, "/_targets"), "it counts, and tells what was asked for")
for name in ("older", "next"):
    control(url, "/_control", switch={"tcb_info": {"time": name, "times": 1}})
    ok(client.fetch() == {**good, "tcb_info": times[name]},
       "the %s document" % name)
    ok(client.fetch() == good, "the %s document, once" % name)
ok(Client(url, update="early").fetch() == {**good, "tcb_info": times["early"]},
   "the early document")
for document, field in (("tcb_info", "tcb_info_signature"),
                        ("qe_identity", "qe_identity_signature"),
                        ("pck_crl", "pck_crl"), ("root_ca_crl", "root_ca_crl")):
    control(url, "/_control", reset=True,
            switch={document: {"forged": True}})
    answer = client.fetch()
    ok([f for f in good if answer[f] != good[f]] == [field] and
       bin(int(answer[field], 16) ^ int(good[field], 16)).count("1") == 1,
       "one bit of the signature of %s" % document)
control(url, "/_control", reset=True, serve=[variant("new", tcb_info=times[
    "next"])])
ok(client.fetch() == {**good, "tcb_info": times["next"]} and
   control(url, "/_counts")["tcb_info"] == 1, "other files, counts at zero")
program.terminate()
ok(program.wait(10) == 0, "and it ends when told to")

ok(client.end() == ("", 0), "the client ends")
done()
