"""
Several sources of collateral in one list: which of them is asked when, for
how long and how often; a folder as a source; PCK certificates from a PCCS.
Real HTTP, real files.
"""

import email.utils
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

from pcs import Pcs
from pcs_client import (BAD, BUILT, MISSING, PCK_CRL, QE_IDENTITY,
                        ROOT_CA_CRL, TCB_INFO, UNAVAILABLE, Client,
                        made_up_world)
from tap import done, note, ok, same

folder = tempfile.TemporaryDirectory()
world, files = made_up_world(folder.name)
good = world["tdx", "platform"]
first, second = Pcs(files).start(), Pcs(files).start()


def requests(server):
    counts = server.counts()
    counts.pop("connections")
    return counts


def reset(*servers):
    """What a client gave up may still wait to be accepted: a request of our
    own stands behind it in the queue."""
    for server in servers or (first, second):
        urllib.request.urlopen(server.url + "/_counts").close()
        server.reset()


def none_of(counts):
    return not any(counts.values())


# The order, and what passes on to the next one.

both = first.url + "," + second.url
for name, urls in (("commas", both),
                   ("white space", " %s\t\n%s " % (first.url, second.url)),
                   ("both", "%s , %s," % (first.url, second.url))):
    reset()
    client = Client(urls)
    same(client.fetch(), good, f"a list with {name}")
    same((client.told, none_of(requests(second))),
         ([[first.url, "good", 0]], True),
         f"a list with {name}: the first is enough")
reset()
same(Client(second.url + "," + first.url).fetch(), good, "the other order")
same(none_of(requests(first)), True, "the other order: is kept")

for name, outcome, switches in (
        ("500", "failed", {"status": 500}),
        ("404", "unknown", {"status": 404}),
        ("410", "unknown", {"status": 410}),
        ("429", "busy", {"status": 429}),
        ("a reset", "failed", {"reset": True}),
        ("a closed connection", "failed", {"close": True}),
        ("half a document", "failed", {"truncate": 40}),
        ("a document that does not end", "failed", {"pad": 3 << 20}),
        ("a page of HTML", "failed", {"body": "<html></html>"})):
    reset()
    first.switch("tcb_info", **switches)
    client = Client(both)
    same(client.fetch(), good, f"{name} passes on to the next source")
    same(client.told, [[first.url, outcome, 0], [second.url, "good", 0]],
         f"{name}: what the gate is told")
gone = Pcs(files).start()
gone.stop()
client = Client(gone.url + " " + second.url)
same(client.fetch(), good, "a source that is not there passes on")
same([t[1] for t in client.told], ["failed", "good"], "and has failed")

reset()
first.switch("qe_identity", status=500)
second.switch("pck_crl", status=500)
answer = Client(both).fetch()
ok(answer["reason"] == UNAVAILABLE and "QE identity from" in answer["message"]
   and "; then PCK CRL from" in answer["message"],
   "documents of two sources are not mixed; each says what is wrong")

reset()
client = Client(both)
client.say("doubt", "90c06f000000")
first_answer = client.fetch()
same((first_answer["reason"], [t[1] for t in client.told]),
     (BAD, ["failed", "failed"]), "documents that are unfit: none is taken")
reset()
first.switch("tcb_info", body=json.dumps(
    {"tcbInfo": {"id": "TDX", "old": 1}, "signature": "ab" * 64}))
client = Client(both)
client.say("doubt", '"old"')
same((client.fetch(), [t[1] for t in client.told]),
     (good, ["failed", "good"]), "documents that are unfit: the next source")

# What is wanted.

reset()
client = Client(both)
for name, wanted, fields in (
        ("PCK CRL", PCK_CRL, {"pck_crl", "pck_crl_issuer_chain"}),
        ("root CA CRL", ROOT_CA_CRL, {"root_ca_crl"}),
        ("TCB info", TCB_INFO, {"tcb_info", "tcb_info_signature",
                                "tcb_info_issuer_chain"}),
        ("QE identity", QE_IDENTITY, {"qe_identity", "qe_identity_signature",
                                      "qe_identity_issuer_chain"})):
    reset()
    same(client.fetch(wanted=wanted), {f: good[f] for f in fields},
         f"only the {name}")
    same(sum(requests(first).values()), 1, f"only the {name}: one request")
reset()
same(set(client.fetch(wanted=PCK_CRL | QE_IDENTITY)),
     {"pck_crl", "pck_crl_issuer_chain", "qe_identity",
      "qe_identity_signature", "qe_identity_issuer_chain"}, "two documents")
same(requests(first), {"pck_crl": 1, "root_ca_crl": 0, "tcb_info": 0,
                       "qe_identity": 1}, "two documents: two requests")

# standard and early

reset()
early_files = [os.path.join(folder.name, "early.json")]
early = {**good, "tcb_info": good["tcb_info"].replace('"a"', '"early"'),
         "qe_identity": good["qe_identity"].replace('"b"', '"early"')}
with open(early_files[0], "w", encoding="utf-8") as out:
    json.dump(early, out)
first.hold("early", early_files)
same(Client(first.url).fetch(), good, "update=standard")
ok(not any("update" in target for target in first.targets()),
   "update=standard is what a service does unasked")
reset()
same(Client(first.url, update="early").fetch(), early, "update=early")
same(sorted(target.split("update=")[0].rstrip("?&") for target in
            first.targets() if target.endswith("update=early")),
     ["/tdx/certification/v4/qe/identity",
      "/tdx/certification/v4/tcb?fmspc=90c06f000000"],
     "update=early: for TCB info and QE identity")

# Does every source say that it does not know this FMSPC?

for name, unknown, switch_first, switch_second in (
        ("both do not know it", True, {"status": 404}, {"status": 410}),
        ("one does not know it, one fails", True, {"status": 404},
         {"status": 500}),
        ("one fails, one does not know it", True, {"reset": True},
         {"status": 404}),
        ("both fail", False, {"status": 500}, {"status": 500}),
        ("one is busy, one fails", False, {"status": 429}, {"status": 500})):
    reset()
    first.switch("tcb_info", **switch_first)
    second.switch("tcb_info", **switch_second)
    client = Client(both)
    answer = client.fetch()
    same((answer["reason"], client.unknown), (UNAVAILABLE, unknown), name)
reset()
first.switch("qe_identity", status=404)
second.switch("tcb_info", status=404)
client = Client(both)
client.fetch()
same(client.unknown, False, "one has no QE identity: it knows the FMSPC")
client.fetch("sgx")
same(client.unknown, False, "an FMSPC that is known")

# Once more, and once only, for what could pass by itself.

for name, switches, seconds in (
        ("500", {"status": 500}, 0.1), ("503", {"status": 503}, 0.1),
        ("502", {"status": 502}, 0.1), ("a reset", {"reset": True}, 0.1),
        ("a closed connection", {"close": True}, 0.1),
        ("half a document", {"truncate": 40}, 0.1),
        ("silence", {"hang": True}, 2)):
    reset()
    first.switch("tcb_info", times=1, **switches)
    client = Client(first.url, timeout_ms=4000)
    same(client.fetch(), good, f"{name}, once: good the second time")
    same((requests(first), client.told),
         ({"pck_crl": 1, "root_ca_crl": 1, "tcb_info": 2, "qe_identity": 1},
          [[first.url, "good", 0]]), f"{name}, once: only that document")
    ok(seconds <= client.seconds < seconds + 1.9,
       f"{name}, once: a pause, a short one ({client.seconds:.2f} s)")
    reset()
    first.switch("tcb_info", **switches)
    client = Client(first.url, timeout_ms=2000)
    same((client.fetch()["reason"], requests(first)["tcb_info"]),
         (UNAVAILABLE, 2), f"{name}, always: twice and no more")
for status in (400, 401, 403, 404, 410, 429):
    reset()
    first.switch("tcb_info", status=status)
    Client(first.url).fetch()
    same(requests(first)["tcb_info"], 1, f"{status}: not asked again")
reset()
first.switch("tcb_info", pad=3 << 20)
Client(first.url).fetch()
same(requests(first)["tcb_info"], 1, "too long: not asked again")
reset()
first.switch("tcb_info", drip=0.01)
client = Client(first.url, timeout_ms=2000)
client.fetch()
same(requests(first)["tcb_info"], 1, "slow, but it speaks: not asked again")
reset()
first.switch("all", delay=0.8)
client = Client(first.url, timeout_ms=4000)
same((client.fetch(), requests(first)["tcb_info"]), (good, 1),
     "slow to begin, but not half of the time: not asked again")

pauses = set()
for _ in range(6):
    reset()
    first.switch("tcb_info", times=1, status=500)
    client = Client(first.url)
    client.fetch()
    pauses.add(round(client.seconds, 2))
ok(len(pauses) > 1, f"the pause is not always the same: {sorted(pauses)}")

# One deadline over all sources, a fair share for each.

silent = socket.create_server(("127.0.0.1", 0))
silent_url = "http://127.0.0.1:%d" % silent.getsockname()[1]
tls_url = silent_url.replace("http", "https")
for name, urls, timeout_ms, share in (
        ("hangs", [first.url, second.url], 3000, 1.5),
        ("never speaks", [silent_url, second.url], 3000, 1.5),
        ("the first two hang", [first.url, silent_url, second.url], 4500,
         3)):
    reset()
    first.switch("all", hang=True)
    client = Client(" ".join(urls), timeout_ms=timeout_ms)
    same(client.fetch(), good, f"{name}: the next source has time left")
    ok(share - 0.1 < client.seconds < timeout_ms / 1000,
       f"{name}: its share and no more ({client.seconds:.2f} s)")
client = Client(tls_url + " " + second.url, timeout_ms=60000, connect_ms=400)
same(client.fetch(), good, "never connects: the next source has time left")
ok(0.8 < client.seconds < 25,
   f"never connects: twice the time to connect ({client.seconds:.2f} s)")
reset()
first.switch("all", hang=True)
second.switch("all", hang=True)
for num, timeout_ms in ((1, 2000), (2, 2000), (4, 2000)):
    client = Client(" ".join([first.url, second.url][i % 2]
                             for i in range(num)), timeout_ms=timeout_ms)
    answer = client.fetch()
    ok(answer["reason"] == UNAVAILABLE and 1.9 < client.seconds < 3.5,
       f"{num} that hang: one deadline ({client.seconds:.2f} s)")
reset()
first.switch("all", status=500)
second.switch("all", delay=3)
client = Client(both, timeout_ms=8000)
same(client.fetch(), good, "what the first does not use the second has")
silent.close()

# Patience that was asked for.

reset()
first.switch("pck_crl", status=429, retry_after=4)
client = Client(both)
same((client.fetch(), client.told),
     (good, [[first.url, "busy", 4], [second.url, "good", 0]]),
     "429: told how long, and the next source asked")
time.sleep(0.5)  # what was under way when the 429 came has arrived
before = requests(first)
for _ in range(3):
    same((client.fetch(), client.told), (good, [[second.url, "good", 0]]),
         "429: not asked again before that time")
same(requests(first), before, "429: no request has come")
reset(first)
time.sleep(4.1)
same((client.fetch(), client.told), (good, [[first.url, "good", 0]]),
     "429: asked again after it")
first.switch("all", status=429, retry_after=30)
client = Client(first.url)
client.fetch()
answer = client.fetch()
ok(answer["reason"] == UNAVAILABLE and not client.unknown and
   "asked for patience, another " in answer["message"] and
   client.told == [], "429: nobody else to ask")
reset()
first.switch("all", status=429, retry_after=60)
second.switch("all", times=2, status=500)
client = Client(second.url + " " + first.url, timeout_ms=8000)
client.fetch()
reset(second)
second.switch("all", delay=3)
same((client.fetch(), requests(second)["tcb_info"]), (good, 1),
     "429: the others have its share of the time")
for name, switches, told in (
        ("429 with a date", {"status": 429, "retry_after":
         email.utils.formatdate(time.time() + 600, usegmt=True)}, 600),
        ("429 for a year", {"status": 429, "retry_after": 31536000}, 3600),
        ("503 with Retry-After", {"status": 503, "retry_after": 60}, 60)):
    reset()
    first.switch("tcb_info", **switches)
    client = Client(first.url)
    client.fetch()
    (_, outcome, seconds), = client.told
    ok(outcome == "busy" and told - 5 <= seconds <= told and
       requests(first)["tcb_info"] == 1, f"{name}: {seconds} s")
reset()
first.switch("all", status=429)
client = Client(first.url)
client.fetch()
reset(first)
same(client.fetch(), good, "429 without Retry-After: asked again")

# The gate.

reset()
client = Client(both)
client.say("shut", first.url)
same((client.fetch(), client.told), (good, [[second.url, "good", 0]]),
     "a source that the gate does not let through is passed over")
same(first.counts()["connections"], 0, "and not even connected to")
client = Client(first.url)
client.say("shut", first.url)
answer = client.fetch()
ok(answer["reason"] == UNAVAILABLE and client.told == [] and
   "left alone" in answer["message"] and not client.unknown,
   "no source is let through")
client.say("shut", "-")
same(client.fetch(), good, "it is let through again")

# A folder.

DIR = os.path.join(folder.name, "a folder")
FILES = {
    "root_ca_crl.json": ("root_ca_crl",),
    "pck_crl-platform.json": ("pck_crl", "pck_crl_issuer_chain"),
    "tcb_info-tdx-90c06f000000.json":
        ("tcb_info", "tcb_info_signature", "tcb_info_issuer_chain"),
    "qe_identity-tdx.json":
        ("qe_identity", "qe_identity_signature", "qe_identity_issuer_chain"),
}
TCB_FILE = "tcb_info-tdx-90c06f000000.json"


def write(name, fields):
    with open(os.path.join(DIR, name), "w", encoding="utf-8") as out:
        out.write(fields if isinstance(fields, str) else json.dumps(fields))


def fill():
    shutil.rmtree(DIR, ignore_errors=True)
    os.mkdir(DIR)
    for name, names in FILES.items():
        write(name, {field: good[field] for field in names})


fill()
url = "file://" + DIR.replace(" ", "%20")
for name, text in (("file:///", url), ("file:/", url.replace("//", "", 1)),
                   ("file://localhost/", url.replace("//", "//localhost", 1)),
                   ("a slash at its end", url + "/"),
                   ("FILE:", url.replace("file", "FILE", 1))):
    client = Client(text)
    same(client.fetch(), good, f"a folder, {name}")
same(client.told, [[url.replace("file", "FILE", 1), "good", 0]],
     "a folder: told as any source")
client = Client(url)
same(client.fetch(wanted=TCB_INFO), {f: good[f] for f in FILES[TCB_FILE]},
     "a folder: only what is wanted")
write(TCB_FILE, good)
write("root_ca_crl.json", {"root_ca_crl": good["root_ca_crl"], "more": [1]})
same(client.fetch(), good, "other members of a file are ignored")

answer = client.fetch("sgx")
ok(client.unknown and client.told[0][1] == "unknown" and
   "tcb_info-sgx-00906ed50000.json: want a file of this name"
   in answer["message"], "an FMSPC that the folder does not have")
os.unlink(os.path.join(DIR, "qe_identity-tdx.json"))
answer = client.fetch()
ok(not client.unknown and client.told[0][1] == "unknown" and
   "qe_identity-tdx.json" in answer["message"], "no QE identity in it")
reset()
client = Client(url + "," + first.url)
same((client.fetch(), [t[1] for t in client.told]),
     (good, ["unknown", "good"]), "what a folder has not, the next source has")
client = Client(first.url + "," + url)
fill()
first.switch("all", status=500)
same((client.fetch(), [t[1] for t in client.told]), (good, ["failed", "good"]),
     "a folder for when the service fails")

reset(first)
first.switch("all", hang=True)
client = Client(first.url + "," + url, timeout_ms=2000)
same((client.fetch(), [t[1] for t in client.told]), (good, ["failed", "good"]),
     "a folder for when the service hangs")
ok(client.seconds > 1.9, "which has all the time: a folder needs none")
reset(first)

client = Client(url)
secret = os.path.join(folder.name, "secret.json")
with open(secret, "w", encoding="utf-8") as out:
    json.dump(good, out)
os.mkdir(os.path.join(DIR, "inside"))
fifo = os.path.join(folder.name, "fifo")
os.mkfifo(fifo)
for name, make, words in (
        ("a link to outside", lambda path: os.symlink(secret, path), "a link"),
        ("a link within", lambda path: os.symlink(
            "qe_identity-tdx.json", path), "a link"),
        ("a folder", os.mkdir, "want a plain file"),
        ("a FIFO", os.mkfifo, "want a plain file"),
        ("a device", lambda path: os.symlink("/dev/zero", path), "a link"),
        ("a socket", lambda path: socket.socket(socket.AF_UNIX).bind(path),
         "")):
    fill()
    os.unlink(os.path.join(DIR, TCB_FILE))
    make(os.path.join(DIR, TCB_FILE))
    answer = client.fetch()
    if not ok(answer.get("reason") == UNAVAILABLE and words in
              answer["message"] and client.told[0][1] == "failed" and
              client.seconds < 1, f"{name} in place of a file"):
        note(answer)
long_json = '{"tcb_info":"%s"}' % ("x" * (5 << 20))
for name, file, content, reason, words in (
        ("a file that is too long", TCB_FILE, long_json, UNAVAILABLE,
         "want at most 5242880 bytes, have 5242895"),
        ("a TCB info that is too long", TCB_FILE,
         {**good, "tcb_info": "x" * ((1 << 20) + 1)}, BAD,
         "tcb_info: want at most 1048576 bytes"),
        ("a CRL that is too long", "root_ca_crl.json",
         {"root_ca_crl": "a" * ((4 << 20) + 2)}, BAD,
         "root_ca_crl: want at most 4194304 bytes"),
        ("an issuer chain that is too long", TCB_FILE,
         {**good, "tcb_info_issuer_chain": "x" * 16385}, BAD,
         "want at most 16384 bytes"),
        ("an empty file", TCB_FILE, "", BAD, TCB_FILE),
        ("half a file", TCB_FILE, json.dumps(good)[:2000], BAD, TCB_FILE),
        ("a document without its signature", TCB_FILE,
         {f: good[f] for f in ("tcb_info", "tcb_info_issuer_chain")}, BAD,
         "tcb_info_signature: want a text"),
        ("a document without its issuers", TCB_FILE,
         {f: good[f] for f in ("tcb_info", "tcb_info_signature")}, BAD,
         "tcb_info_issuer_chain: want a text"),
        ("a number", TCB_FILE, {**good, "tcb_info": 3}, BAD, "want a text"),
        ("a member twice", TCB_FILE,
         '{"tcb_info":"a","tcb_info":"b"}', BAD, TCB_FILE),
        ("a NUL", TCB_FILE, {**good, "tcb_info": "a\0b"}, BAD,
         "want a text")):
    fill()
    write(file, content)
    answer = client.fetch()
    if not ok(answer.get("reason") == reason and words in answer["message"]
              and client.told[0][1] == "failed", f"refused: {name}"):
        note(str(answer)[:300])
fill()
os.rename(DIR, DIR + ".old")
answer = client.fetch()
ok(answer["reason"] == UNAVAILABLE and client.told[0][1] == "failed" and
   not client.unknown and "No such file" in answer["message"],
   "a folder that is not there has failed")
os.rename(DIR + ".old", DIR)
same(client.fetch(), good, "and is read when it is back")
for text in ("file:relative", "file://", "file://example.org/a", "file:///a?b",
             "file:///a#b", "file://user@localhost/a", "file:///a%00b"):
    out, status = Client(text).end()
    ok(status == 1 and '"internal"' in out, f"not a folder's URL: {text}")
out, status = Client(" ".join([first.url] * 9)).end()
ok(status == 1 and "at most 8 sources" in out, "nine sources are too many")

# PCK certificates.


def mint(*options):
    out = tempfile.mkdtemp(dir=folder.name)
    subprocess.run([os.path.join(BUILT, "attestry-mint"), "--out", out,
                    "--now", "2026-06-15T12:00:00Z", "--fixed-keys",
                    *options], check=True)
    return out


def quote_of(out, name="sgx-v3.bin"):
    return os.path.join(out, "quotes", name)


with open(quote_of(mint()), "rb") as file:
    pem = file.read()
pem = pem[pem.index(b"-----BEGIN"):].decode().rstrip("\0")
END = "-----END CERTIFICATE-----\n"
leaf, issuers = pem[:pem.index(END) + len(END)], pem[pem.index(END) + len(END):]
by_type = {kind: mint("--set", f"quote.cert_data_type={kind}")
           for kind in (1, 2, 3, 4)}


def pck_file(kind, **changes):
    """What a PCCS has for the quotes of that type, in a file."""
    with open(quote_of(by_type[kind]), "rb") as quote:
        raw = quote.read()
    data = raw[-((256 if kind == 2 else 384) + 20):]
    ppid, svns = data[:-20].hex(), data[-20:]
    entry = {"encrypted_ppid": ppid, "cpusvn": svns[:16].hex(),
             "pcesvn": svns[16:18].hex(), "pceid": svns[18:].hex(),
             "certificate": leaf, "issuer_chain": issuers,
             "tcbm": svns[:18].hex().upper(), **changes}
    name = os.path.join(folder.name, "pck.json")
    with open(name, "w", encoding="utf-8") as out:
        json.dump(entry, out)
    return name


def serve_pck(server, kind, **changes):
    server.reset()
    server.serve(files, [pck_file(kind, **changes)])


for kind in (2, 3):
    serve_pck(first, kind)
    client = Client(first.url)
    for name in ("sgx-v3.bin", "sgx-v4.bin", "tdx-v5.bin"):
        same(client.fetch_pck(quote_of(by_type[kind], name)),
             {"pck_chain": pem}, f"type {kind}, {name}: the chain")
    same(first.counts()["pck"], 3, f"type {kind}: a request each")
target = first.targets()[0]
ok(target.startswith("/sgx/certification/v4/pckcert?encrypted_ppid=e5e5") and
   "&cpusvn=08080202040100060000000000000000&" in target and
   target.endswith("&qeid=d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"),
   "what is asked with")
note(target[:60] + "…" + target[-140:])
same(client.told, [[first.url, "good", 0]], "told as any request")
serve_pck(first, 3, certificate=leaf.rstrip("\n"))
same(client.fetch_pck(quote_of(by_type[3])), {"pck_chain": pem},
     "a leaf without a line end")

reset()
for kind in (1, 4):
    answer = client.fetch_pck(quote_of(by_type[kind]))
    ok(answer["reason"] == MISSING and client.told == [] and
       f"with type 2 or 3, have {kind}" in answer["message"],
       f"type {kind}: there is nothing to ask with")
answer = client.fetch_pck(quote_of(mint()))
ok(answer["reason"] == MISSING and client.told == [], "type 5: nor there")

for name, changes, reason, outcome, words in (
        ("a lower CPUSVN", {"tcbm": "07" + "00" * 17}, MISSING, "unknown",
         "want one for CPUSVN and PCESVN 0808020204010006"),
        ("the next PCESVN", {"tcbm": "080802020401000600000000000000000c00"},
         MISSING, "unknown", "have one for 0808020204010006"),
        ("no TCBm", {"tcbm": None}, UNAVAILABLE, "failed", "SGX-TCBm"),
        ("half a TCBm", {"tcbm": "0808"}, UNAVAILABLE, "failed", "SGX-TCBm"),
        ("no PEM", {"certificate": "MII"}, UNAVAILABLE, "failed",
         "want certificates in PEM"),
        ("no PEM behind it", {"issuer_chain": "MII"}, UNAVAILABLE, "failed",
         "want certificates in PEM"),
        ("a long leaf", {"certificate": leaf + "\n" * 8192}, UNAVAILABLE,
         "failed", "want at most 8192 bytes"),
        ("a long chain", {"certificate": leaf + "\n" * 4000,
                          "issuer_chain": issuers + "\n" * 1200},
         UNAVAILABLE, "failed", "want a chain of at most 8192 bytes")):
    serve_pck(first, 3, **changes)
    client = Client(first.url)
    answer = client.fetch_pck(quote_of(by_type[3]))
    if not ok(answer.get("reason") == reason and words in answer["message"]
              and client.told == [[first.url, outcome, 0]],
              f"refused: {name}"):
        note(answer)
serve_pck(first, 3, tcbm="00" * 18)
serve_pck(second, 3)
client = Client(both)
same((client.fetch_pck(quote_of(by_type[3])), [t[1] for t in client.told]),
     ({"pck_chain": pem}, ["unknown", "good"]),
     "for another TCB: the next source is asked")
for name, switches, reason, outcome in (
        ("nobody has it", {"status": 404}, MISSING, "unknown"),
        ("a request that is not taken", {"status": 400}, MISSING, "unknown"),
        ("a source that fails", {"status": 500}, UNAVAILABLE, "failed"),
        ("a source that is busy", {"status": 429}, UNAVAILABLE, "busy")):
    serve_pck(first, 3)
    serve_pck(second, 3)
    first.switch("pck", **switches)
    second.switch("pck", status=404)
    client = Client(both + "," + url)
    answer = client.fetch_pck(quote_of(by_type[3]))
    same((answer["reason"], client.told[0][1], len(client.told)),
         (reason, outcome, 3), name)
reset()
first.switch("pck", times=1, status=500)
client = Client(first.url)
same((client.fetch_pck(quote_of(by_type[3])), first.counts()["pck"]),
     ({"pck_chain": pem}, 2), "500, once: good the second time")

first.stop()
second.stop()
done()
