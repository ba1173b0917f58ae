"""
Quotes that bring an encrypted PPID in place of their PCK chain: a source has
the certificate, or there is none, or it is of another TCB or another root.
"""

import json
import os
import subprocess
import tempfile

import answer
from answer import checksum, load
from e2e import BUILD, Service, wait_until
from tap import done, note, ok, same
from world import World

DETAIL = "Quote verification failed"
END = "-----END CERTIFICATE-----\n"
PPID_LEN = {2: 256, 3: 384}


def certificates(raw):
    """Leaf and issuers out of a quote that brings them."""
    pem = raw[raw.index(b"-----BEGIN"):].decode().rstrip("\0")
    at = pem.index(END) + len(END)
    return pem[:at], pem[at:]


def pck_entry(raw, kind, certificates, **changes):
    """What a PCCS has for this quote, to be asked for by what is in it."""
    data = raw[-(PPID_LEN[kind] + 20):]
    ppid, svns = data[:-20], data[-20:]
    return {"encrypted_ppid": ppid.hex(), "cpusvn": svns[:16].hex(),
            "pcesvn": svns[16:18].hex(), "pceid": svns[18:].hex(),
            "certificate": certificates[0], "issuer_chain": certificates[1],
            "tcbm": svns[:18].hex().upper(), **changes}


def serve(world, *entries):
    names = []
    for entry in entries:
        with tempfile.NamedTemporaryFile("w", dir=world.dir, suffix=".json",
                                         delete=False) as out:
            json.dump(entry, out)
        names.append(out.name)
    world.pcs.reset()
    world.pcs.serve(world.files, names)


def fetched(service, world, plain, kind, name):
    """The same answer as to the quote that brings its chain."""
    raw = world.quote(name)
    serve(world, pck_entry(raw, kind, certificates(plain.quote(name))))
    reply = service.upload(raw)
    have = load(reply.body)
    same((reply.status, have.get("tcb_status"), have.get("reason")),
         (200, "UpToDate", None), f"type {kind}, {name}: verified")
    same(world.pcs.counts().get("pck"), 1, f"type {kind}, {name}: one request")
    ok(answer.tcb_holds(have["tcb"], plain.collateral(name)),
       f"type {kind}, {name}: where its TCB stands")
    view = load(service.get(f"view/{checksum(raw)}").body)
    same((view["verified"], service.get(f"raw/{checksum(raw)}").body),
         (True, raw), f"type {kind}, {name}: kept as it came")


def refused(service, world, plain, name):
    raw = world.quote(name)
    good = certificates(plain.quote(name))
    for what, entries in (
            ("no source has it", []),
            ("SGX-TCBm of another TCB", [pck_entry(
                raw, 3, good, tcbm="00" * 18)])):
        serve(world, *entries)
        reply = service.upload(raw)
        have = load(reply.body)
        same((reply.status, have["detail"], have["reason"], list(have)),
             (422, DETAIL, "missing_certificates", answer.REFUSAL), what)
        ok(not answer.INTERNAL.search(reply.body), f"{what}: nothing leaks")
    other = World(settings="pck.cpu_svn=07080202040100060000000000000000")
    with other:
        serve(world, pck_entry(raw, 3, certificates(other.quote(name))))
        reply = service.upload(raw)
        have = load(reply.body)
        if not same((reply.status, have["reason"]),
                    (422, "missing_certificates"),
                    "a certificate of another CPUSVN, whatever SGX-TCBm says"):
            note(have)
        ok("CPUSVN: want 0808" in have["message"] and "have 0708" in
           have["message"], "and both are named")
    with World() as stranger:
        serve(world, pck_entry(raw, 3, certificates(stranger.quote(name))))
        reply = service.upload(raw)
        same((reply.status, load(reply.body)["reason"]),
             (500, "collateral_unavailable"),
             "a chain of another root is the source's fault")


def source_is_down(service, world, plain, name):
    raw = world.quote(name) + b"\0\0"
    serve(world, pck_entry(world.quote(name), 3,
                           certificates(plain.quote(name))))
    world.pcs.switch("pck", status=500)
    reply = service.upload(raw)
    same((reply.status, load(reply.body)["reason"]),
         (500, "collateral_unavailable"), "the source is down: undecided")
    same(service.get(f"raw/{checksum(raw)}").body, raw, "and kept")
    asked = world.pcs.counts()["pck"]
    ok(wait_until(lambda: world.pcs.counts()["pck"] > asked, 30),
       "and tried again meanwhile")
    world.pcs.switch("pck")
    ok(wait_until(lambda: load(service.get(
        f"verdicts/{checksum(raw)}").body), 30) and
        load(service.get(f"verdicts/{checksum(raw)}").body)[0]["verified"],
       "when it is back the quote is judged by itself")


def on_the_command_line(world, plain, name):
    environment = {**os.environ, **world.pcs_settings}
    command = [os.path.join(BUILD, "attestry"), "verify",
               world.quote_file(name), "--root-ca", world.root_ca,
               "--time", world.now]
    for what, entries, status, reason in (
            ("a source has it", [pck_entry(
                world.quote(name), 3, certificates(plain.quote(name)))],
             0, None),
            ("no source has it", [], 1, "missing_certificates")):
        serve(world, *entries)
        run = subprocess.run(command, env=environment,
                             stdin=subprocess.DEVNULL, capture_output=True)
        same((run.returncode, load(run.stdout)["reason"]), (status, reason),
             f"attestry verify: {what}")
    world.pcs.switch("pck", status=500)
    run = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                         capture_output=True)
    same((run.returncode, load(run.stdout)["reason"]),
         (3, "collateral_unavailable"), "attestry verify: the source is down")


with World(settings="") as plain:
    for kind in 2, 3:
        with World(settings=f"quote.cert_data_type={kind}") as world, \
                Service(**world.settings, ATTESTRY_KEEPER_S="1",
                        ATTESTRY_PCS_PAUSE_S="0", ATTESTRY_PCS_TIMEOUT_MS="2000",
                        ATTESTRY_PCS_UNKNOWN_S="0") as service:
            for name in "sgx-v3", "sgx-v4", "tdx-v5":
                fetched(service, world, plain, kind, name)
            if kind == 3:
                refused(service, world, plain, "tdx-v4")
                source_is_down(service, world, plain, "tdx10-v5")
                on_the_command_line(world, plain, "sgx-v5")
done()
