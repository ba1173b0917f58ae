"""
`attestry collateral --mirror`: a folder filled from a PCS over real HTTP, and
used as the only source by a verifier that has nothing else.
"""

import glob
import json
import os
import subprocess
import tempfile
import urllib.parse
from datetime import datetime, timezone

from pcs import PCCS, Pcs
from pcs_client import BUILT, Client
from tap import done, note, ok, same, skip

ATTESTRY = os.path.join(BUILT, "attestry")
NOW, LATER = "2026-06-15T12:00:00Z", "2026-06-20T12:00:00Z"
SGX, PROCESSOR, TDX = "00606a000000", "00906ed50000", "90c06f000000"
ALL_FILES = {
    "root_ca_crl.json", "pck_crl-platform.json", "pck_crl-processor.json",
    f"tcb_info-sgx-{SGX}.json", f"tcb_info-sgx-{PROCESSOR}.json",
    f"tcb_info-tdx-{TDX}.json", "qe_identity-sgx.json",
    "qe_identity-tdx.json"}

folder = tempfile.TemporaryDirectory()


def mint(now, *options):
    out = tempfile.mkdtemp(dir=folder.name)
    subprocess.run([os.path.join(BUILT, "attestry-mint"), "--out", out,
                    "--now", now, "--fixed-keys", *options], check=True)
    return out


def collateral_files(out):
    return sorted(glob.glob(os.path.join(out, "collateral", "*.json")))


def load(name):
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def attestry(*arguments, now=NOW, source=None, **environment):
    return subprocess.run(
        [ATTESTRY, *arguments], text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "ATTESTRY_ROOT_CA": root_ca, "ATTESTRY_TIME": now,
             "ATTESTRY_PCS_URL": source or server.url, **environment})


def mirror(into, *fmspcs, **more):
    return attestry("collateral", "--mirror", into, *fmspcs, **more)


def contents(into):
    return {name: load(os.path.join(into, name)) for name in os.listdir(into)}


def url_of(path):
    return "file://" + urllib.parse.quote(path)


def fetch_from(into, name):
    """The nine fields of a collateral file's platform, from that folder."""
    tee, fmspc, ca = os.path.basename(name)[:-len(".json")].split("-")[:3]
    return Client(url_of(into)).fetch(tee, ca, fmspc)


world = mint(NOW)
root_ca = os.path.join(world, "root-ca.pem")
files = collateral_files(world)
server = Pcs(files).start()

# Whole, and what was served.

for name, switches in (("of Intel's form", {}), ("of an older PCCS", PCCS),
                       ("of PEM", {"crl": "pem"})):
    into = os.path.join(folder.name, name)
    server.reset()
    server.switch("all", **switches)
    run = mirror(into, SGX, PROCESSOR, TDX.upper())
    same((run.returncode, run.stdout, run.stderr),
         (0, f"{SGX}: SGX\n{PROCESSOR}: SGX\n{TDX.upper()}: TDX\n", ""),
         f"a mirror {name}: a line for each FMSPC")
    same(set(os.listdir(into)), ALL_FILES, f"a mirror {name}: its files")
    for file in files:
        same(fetch_from(into, file), load(file),
             f"a mirror {name}: {os.path.basename(file)}")
counts = server.counts()
counts.pop("connections")
same(counts, {"root_ca_crl": 1, "pck_crl": 2, "tcb_info": 6,
              "qe_identity": 2}, "what platforms share is asked for once")
for quote in "sgx-v3", "sgx-v3-processor", "tdx-v4", "tdx-v5":
    run = attestry("verify", os.path.join(world, "quotes", quote + ".bin"),
                   source=url_of(into))
    same((run.returncode, json.loads(run.stdout)["verified"]),
         (0, True), f"{quote}: verified with the folder alone")

both = mint(NOW, "--set", f"fmspc={TDX}")
server.serve(collateral_files(both) + files[1:2])
into = os.path.join(folder.name, "both TEEs")
same(mirror(into, TDX).stdout, f"{TDX}: SGX TDX\n", "a platform of both TEEs")
server.serve(files)
mode = os.stat(os.path.join(into, "root_ca_crl.json")).st_mode & 0o777
ok(mode & 0o444 and not mode & 0o111, f"readable files ({mode:o})")

# A later time replaces an earlier one.

into = os.path.join(folder.name, "two times")
mirror(into, SGX)
before = contents(into)
inode = os.stat(os.path.join(into, "root_ca_crl.json")).st_ino
server.serve(collateral_files(mint(
    LATER, "--set", "tcb_info.tcb_evaluation_data_number=99")))
same(mirror(into, SGX, now=LATER).returncode, 0, "once more, later")
after = contents(into)
ok(set(after) == set(before) and
   all(after[name] != before[name] for name in before),
   "every file is of the later time")
ok('"tcbEvaluationDataNumber":99' in
   after[f"tcb_info-sgx-{SGX}.json"]["tcb_info"] and
   os.stat(os.path.join(into, "root_ca_crl.json")).st_ino != inode,
   "and another file of that name")

# What is not good is not written, and what is there stays.

for name, document, switches, words in (
        ("a TCB info with a wrong signature", "tcb_info", {"forged": True},
         "TCB info: signature"),
        ("a QE identity with a wrong signature", "qe_identity",
         {"forged": True}, "QE identity: signature"),
        ("a CRL with a wrong signature", "pck_crl", {"forged": True},
         "pck_crl: signature"),
        ("a root CRL with a wrong signature", "root_ca_crl",
         {"forged": True}, "root_ca_crl: signature"),
        ("half a TCB info", "tcb_info", {"truncate": 900}, "TCB info"),
        ("a page of HTML", "qe_identity", {"body": "<html>"}, "QE identity"),
        ("a server that fails", "pck_crl", {"status": 500}, "have 500"),
        ("a QE identity that is not there", "qe_identity", {"status": 404},
         "have 404"),
        ("a TCB info that is not there", "tcb_info", {"status": 404},
         f"FMSPC {SGX} is not known there"),
        ("a list of the other CA", "pck_crl", {"body": load(files[1])[
            "pck_crl"]}, "")):
    server.reset()
    server.switch(document, **switches)
    run = mirror(into, SGX, now=LATER)
    if not ok(run.returncode == 3 and words in run.stderr and
              run.stdout == "" and contents(into) == after,
              f"{name}: refused, nothing is changed"):
        note(run)
server.reset()
server.hold("older", files)
server.switch("tcb_info", time="older")
run = mirror(into, SGX, now="2026-07-19T12:00:00Z")
ok(run.returncode == 3 and contents(into) == after and
   "TCB info" in run.stderr, "one that has expired: refused")
note(run.stderr)
server.reset()
run = mirror(into, SGX, now=LATER, ATTESTRY_ROOT_CA="")
ok(run.returncode == 3 and contents(into) == after,
   "of another root of trust: refused")

server.serve(files)
into = os.path.join(folder.name, "some of them")
run = mirror(into, SGX, "ffeeddccbbaa", TDX)
same((run.returncode, run.stdout), (3, f"{SGX}: SGX\n{TDX}: TDX\n"),
     "one FMSPC that nobody knows: the others are written")
ok("ffeeddccbbaa" in run.stderr, "and it is named")

# Sources, folder, usage.

second = Pcs(files).start()
server.switch("all", status=500)
into = os.path.join(folder.name, "second source")
same(mirror(into, SGX, source=server.url + " " + second.url).returncode, 0,
     "from the next source when one fails")
server.reset()
into = os.path.join(folder.name, "a copy")
same((mirror(into, SGX, source=url_of(
    os.path.join(folder.name, "second source"))).returncode,
      contents(into)),
     (0, contents(os.path.join(folder.name, "second source"))),
     "from a folder")
os.unlink(os.path.join(into, "root_ca_crl.json"))
os.symlink("/dev/null", os.path.join(into, "root_ca_crl.json"))
mirror(into, SGX)
ok(not os.path.islink(os.path.join(into, "root_ca_crl.json")),
   "a link in the way is replaced, not followed")
os.unlink(os.path.join(into, "root_ca_crl.json"))
os.mkdir(os.path.join(into, "root_ca_crl.json"))
run = mirror(into, SGX)
ok(run.returncode == 3 and "root_ca_crl.json" in run.stderr and
   not [name for name in os.listdir(into) if name.startswith(".")],
   "a file that cannot be written: said, nothing left behind")
for path in root_ca, "/nonexistent/folder":
    run = mirror(path, SGX)
    ok(run.returncode == 3 and path in run.stderr, f"not a folder: {path}")
for arguments in ((), ("00606a",), ("00606a00000g",), (SGX, "")):
    server.reset()
    run = mirror(into, *arguments)
    ok(run.returncode == 64 and server.counts()["connections"] == 0,
       f"wrong usage: {arguments}")

# Real documents.

corpus = os.environ.get("ATTESTRY_CORPUS")


def date_of(name):
    return int(os.path.basename(name).split("-")[3])


def mirror_real(pair, others):
    """With the list of the other CA that is nearest in time; both must hold
    at the pair's instant, else False."""
    name = os.path.join(corpus, pair["collateral"])
    fmspc = os.path.basename(name).split("-")[1]
    other = min(others, key=lambda o: abs(date_of(o) - date_of(name)))
    server.serve([os.path.join(corpus, other), name])
    into = os.path.join(folder.name, "real " + os.path.basename(name))
    now = datetime.fromtimestamp(pair["at"], timezone.utc)
    if mirror(into, fmspc, now=now.isoformat(),
              ATTESTRY_ROOT_CA="").returncode != 0:
        return False
    return same(fetch_from(into, name), load(name),
                f"real: {os.path.basename(name)}")


if corpus:
    pairs = {pair["collateral"]: pair
             for quote in load(os.path.join(corpus, "index.json"))["quotes"]
             for pair in quote["pairs"]}
    by_ca = {ca: [name for name in pairs if ca in name]
             for ca in ("platform", "processor")}
    num = {"platform": 0, "processor": 0}
    for name in sorted(pairs, key=date_of, reverse=True):
        ca = os.path.basename(name).split("-")[2]
        other = "processor" if ca == "platform" else "platform"
        if num[ca] < 3 and mirror_real(pairs[name], by_ca[other]):
            num[ca] += 1
    same(num, {"platform": 3, "processor": 3}, "real: three of each CA")
else:
    skip("real documents", "ATTESTRY_CORPUS is not set")

server.stop()
second.stop()
done()
