"""
attestry, the command line: options, the one JSON object, exit statuses.
"""

import json
import os
import subprocess

import answer
from answer import checksum, in_order, load
from e2e import BUILD, PROGRAMS, Service, missing_server
from tap import done, note, ok, same, skip
from world import NOW, World

VERIFY = ["verified", "tcb_status", "advisory_ids", "reason", "message",
          "quote", "checksum", "verified_at", "collateral_expires_at",
          "content_sha256", "tcb"]
VERIFIED, REFUSED, UNREADABLE, UNDECIDED, USAGE = 0, 1, 2, 3, 64


def attestry(*arguments, stdin=b"", **environment):
    return subprocess.run(
        [os.path.join(BUILD, "attestry"), *arguments], input=stdin,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": PROGRAMS, "LC_ALL": "C.UTF-8", **environment})


class Given:
    """Files of the world, and `verify` with everything that it needs."""

    def __init__(self, world):
        self.world = world
        self.options = ["--root-ca", world.root_ca, "--time", world.now]

    def file(self, name, content):
        path = self.world.path(name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def verify(self, name, *options, stdin=b"", collateral=None,
               **environment):
        """A sample's name or a path; later options win."""
        path = name
        if name in self.world.samples:
            path = self.world.quote_file(name)
            collateral = collateral or self.world.collateral_file(name)
        return attestry("verify", path, "--collateral",
                        collateral or self.world.collateral_file("tdx-v4"),
                        *self.options, *options, stdin=stdin, **environment)


def is_object(run, status, name):
    """One JSON object with the keys of `verify`; returns it."""
    try:
        have = load(run.stdout)
    except ValueError:
        have = {}
    if not ok(run.returncode == status and list(have) == VERIFY and
              have["verified"] is (status == VERIFIED) and
              (have["reason"] is None) == (status == VERIFIED) and
              run.stderr == b"",
              f"{name}: {run.returncode} {have.get('reason')}"):
        note(run)
    return have


def complains(run, status, name, words=b""):
    """Nothing on standard output, a sentence on standard error."""
    if not ok(run.returncode == status and run.stdout == b"" and
              run.stderr and words in run.stderr, f"{name}: {status}"):
        note(run)


# --- verify -----------------------------------------------------------------

def samples(given):
    for name, sample in given.world.samples.items():
        expect, raw = sample["expect"], given.world.quote(name)
        have = is_object(given.verify(name),
                         VERIFIED if expect["verified"] else REFUSED, name)
        same(in_order({key: have.get(key) for key in VERIFY
                       if key not in ("collateral_expires_at", "tcb")}),
             in_order({
            "verified": expect["verified"],
            "tcb_status": expect["tcb_status"],
            "advisory_ids": expect["advisory_ids"],
            "reason": expect["reason"], "message": have.get("message"),
            "quote": {**answer.quote(raw), "verified": expect["verified"]},
            "checksum": checksum(raw),
            "verified_at": NOW.replace("Z", "+00:00"),
            "content_sha256": answer.content_sha256(raw)}),
            f"{name}: the whole answer, in its order")
        ok(answer.tcb_holds(have["tcb"], given.world.collateral(name)),
           f"{name}: where its TCB stands")
        if expect["verified"]:
            info = json.loads(given.world.collateral(name)["tcb_info"])
            expires_at = have["collateral_expires_at"]
            ok(NOW < expires_at <= info["nextUpdate"].replace("Z", "+00:00"),
               f"{name}: the evidence expires at {expires_at}")


def quote_files(given):
    raw = given.world.quote("tdx-v4")
    text = raw.hex()
    for name, content in [
            ("bytes", raw), ("hex", text.encode()),
            ("HEX", text.upper().encode()), ("0x", b"0x" + text.encode()),
            ("0X and a newline", b"0X" + text.encode() + b"\n"),
            ("white space around", b" \t\r\n0x" + text.encode() +
             b" \r\n\r\n")]:
        path = given.file("in", content)
        for source, run in [("a file", given.verify(path)),
                            ("standard input",
                             given.verify("-", stdin=content))]:
            have = is_object(run, VERIFIED, f"{source} with {name}")
            same(have.get("checksum"), checksum(raw),
                 f"{source} with {name}: its checksum")
    for name, content in [
            ("nothing", b""), ("a text", b"hello\n"), ("only 0x", b"0x"),
            ("an odd number of digits", text[:-1].encode()),
            ("hex with a wrong digit", text[:-1].encode() + b"g"),
            ("hex in two pieces", text[:99].encode() + b" " +
             text[99:].encode()),
            ("half of it", raw[:2000]), ("half of its hex",
                                         text[:2000].encode()),
            ("version 6", b"\6" + raw[1:]),
            ("20481 bytes", raw + bytes(20481 - len(raw))),
            ("1 MB", bytes(1 << 20))]:
        path = given.file("in", content)
        have = is_object(given.verify(path), UNREADABLE, f"a file of {name}")
        ok(have.get("quote", 0) is None and
           have["reason"] in ("malformed_quote", "unsupported_quote") and
           have["tcb_status"] is None and have["advisory_ids"] == [],
           f"a file of {name}: {have.get('message')}")
    is_object(given.verify(given.world.path("none")), UNREADABLE,
              "a file that is not there")
    is_object(given.verify(given.world.dir), UNREADABLE, "a folder")


def collateral_files(given):
    world = given.world
    good = world.collateral("tdx-v4")
    text = json.dumps(good).encode()

    def verify(content):
        return given.verify(world.quote_file("tdx-v4"),
                            collateral=given.file("collateral.json", content))

    is_object(verify(text), VERIFIED, "collateral in another layout")
    is_object(verify(json.dumps({"more": 1, **good}).encode()), VERIFIED,
              "collateral with one more key")
    for name, content in [
            ("empty", b""), ("cut short", text[:-100]), ("a list", b"[]"),
            ("not JSON", b"hello"), ("twice", text + text),
            ("with a key twice", text[:-1] + b', "tcb_info": ""}'),
            ("10 MB", b" " * (10 << 20) + text)]:
        have = is_object(verify(content), UNREADABLE, f"collateral {name}")
        same((have.get("reason"), have.get("checksum")),
             ("bad_collateral", checksum(world.quote("tdx-v4"))),
             f"collateral {name}: bad_collateral")
    for field in answer.COLLATERAL:
        for name, change in [
                ("missing", {k: v for k, v in good.items() if k != field}),
                ("null", {**good, field: None}),
                ("a number", {**good, field: 7})]:
            is_object(verify(json.dumps(change).encode()), UNREADABLE,
                      f"{field} is {name}")
        for name, value in [("empty", ""), ("garbage", "x" * 100)]:
            run = verify(json.dumps({**good, field: value}).encode())
            is_object(run, REFUSED if run.returncode == 1 else UNREADABLE,
                      f"{field} is {name}")
    for name, field, old, new in [
            ("TCB info changed", "tcb_info", "UpToDate", "UpToDatf"),
            ("QE identity changed", "qe_identity", "UpToDate", "UpToDatf"),
            ("TCB info with one space more", "tcb_info", ",", ", ")]:
        changed = {**good, field: good[field].replace(old, new, 1)}
        have = is_object(verify(json.dumps(changed).encode()), REFUSED, name)
        same(have.get("reason"), "bad_collateral", f"{name}: bad_collateral")
    for name in "sgx-v3", "sgx-v3-processor":
        have = is_object(given.verify(
            world.quote_file("tdx-v4"),
            collateral=world.collateral_file(name)), REFUSED,
            f"the collateral of {name}")
        same(have.get("reason"), "collateral_mismatch",
             f"the collateral of {name}: collateral_mismatch")
    is_object(given.verify(world.quote_file("tdx-v4"),
                           collateral=world.path("none")), UNREADABLE,
              "collateral that is not there")


def options(given):
    for name, more, status, reason in [
            ("at its last day", ["--time", "2026-07-10T00:00:00Z"], VERIFIED,
             None),
            ("in another zone", ["--time", "2026-06-15T14:00:00+02:00"],
             VERIFIED, None),
            ("before it was issued", ["--time", "2026-06-01T00:00:00Z"],
             REFUSED, "collateral_expired"),
            ("after its end", ["--time", "2026-09-01T00:00:00Z"], REFUSED,
             "collateral_expired"),
            ("UpToDate only", ["--policy", "UpToDate"], VERIFIED, None),
            ("OutOfDate only", ["--policy", "OutOfDate"], REFUSED,
             "tcb_status")]:
        have = is_object(given.verify("tdx-v4", *more), status, name)
        same(have.get("reason"), reason, f"{name}: {reason}")
    have = is_object(given.verify("tdx-v4-outdated", "--policy",
                                  "UpToDate,OutOfDate"), VERIFIED,
                     "out of date, and the policy takes it")
    same((have.get("tcb_status"), have.get("advisory_ids")),
         ("OutOfDate", ["INTEL-SA-00960"]),
         "out of date, and the policy takes it: still said")
    for name, environment in [
            ("policy", {"ATTESTRY_TCB_POLICY": "OutOfDate"}),
            ("time", {"ATTESTRY_TIME": "2026-09-01T00:00:00Z"})]:
        is_object(given.verify("tdx-v4", "--policy", "UpToDate",
                               **environment), VERIFIED,
                  f"an option wins over the setting: {name}")
    world = given.world
    plain = [world.quote_file("tdx-v4"), "--collateral",
             world.collateral_file("tdx-v4")]
    have = is_object(attestry("verify", *plain, "--time", world.now), REFUSED,
                     "Intel's root")
    same(have.get("reason"), "untrusted_root", "Intel's root: untrusted_root")
    is_object(attestry("verify", *plain, ATTESTRY_ROOT_CA=world.root_ca,
                       ATTESTRY_TIME=world.now), VERIFIED, "all by settings")
    with World() as other:
        have = is_object(given.verify("tdx-v4", "--root-ca", other.root_ca),
                         REFUSED, "another root of the same name")
        same(have.get("reason"), "untrusted_root",
             "another root of the same name: untrusted_root")
        is_object(given.verify("tdx-v4", collateral=other.collateral_file(
            "tdx-v4")), REFUSED, "collateral of another root")


def usage(given):
    quote = given.world.quote_file("tdx-v4")
    for arguments in [
            [], ["nonsense"], ["verify"], ["verify", quote, quote],
            ["verify", quote, "--nonsense"], ["verify", quote, "-x"],
            ["verify", quote, "--time"], ["verify", quote, "--time", "noon"],
            ["verify", quote, "--time", "2026-02-30T00:00:00Z"],
            ["verify", quote, "--policy", "Good"],
            ["verify", quote, "--policy", "UpToDate,Revoked"],
            ["verify", quote, "--policy", ""],
            ["verify", quote, "--root-ca", "/none"],
            ["verify", quote, "--root-ca", quote],
            ["show"], ["show", quote, quote], ["collateral"],
            ["migrate", "now"], ["check", "it"], ["--nonsense"]]:
        complains(attestry(*arguments), USAGE, " ".join(
            ["attestry", *arguments]).replace(given.world.dir, "…"))
    for name, value in [
            ("ATTESTRY_TIME", "noon"), ("ATTESTRY_PCS_TIMEOUT_MS", "soon"),
            ("ATTESTRY_TCB_POLICY", "Good"), ("ATTESTRY_ROOT_CA", "none.pem"),
            ("ATTESTRY_PCS_URL", "http://example.org")]:
        complains(given.verify("tdx-v4", **{name: value}) if name not in (
            "ATTESTRY_TCB_POLICY", "ATTESTRY_ROOT_CA") else
            attestry("verify", quote, **{name: value}), USAGE,
            f"{name}={value}", name.encode())
    for option in "--help", "help", "--version":
        run = attestry(option)
        ok(run.returncode == 0 and run.stdout and not run.stderr,
           f"attestry {option}: 0")
    text = attestry("--help").stdout.decode()
    ok(all(f"attestry {command}" in text for command in (
        "verify", "show", "collateral", "migrate", "check")) and
        all(f"ATTESTRY_{name}" in text for name in (
            "DATABASE", "PCS_URL", "ROOT_CA", "TIME")),
       "attestry --help: the commands and the settings")


# --- show, collateral -------------------------------------------------------

def show(given):
    for name in "tdx-v5", "sgx-v3-processor", "sgx-v3-forged":
        raw = given.world.quote(name) + b"\0\0\0"
        run = attestry("show", given.file("in", raw), "--root-ca",
                       given.world.root_ca)
        have = load(run.stdout)
        same((run.returncode, run.stderr, list(have)),
             (0, b"", ["checksum", "header", "cert_data", "body",
                       "cert_data_type", "trailing_len", "content_sha256",
                       "fmspc", "ca", "ppid", "pce_id"]), f"show {name}: keys")
        same(have["content_sha256"], answer.content_sha256(raw),
             f"show {name}: the digest of what is signed")
        collateral = json.loads(given.world.collateral(name)["tcb_info"])
        same((in_order({key: have[key] for key in ("header", "cert_data",
                                                   "body")}),
              have["checksum"], have["trailing_len"], have["fmspc"],
              have["ca"]),
             (in_order(answer.quote(raw)), checksum(raw), 3,
              collateral["fmspc"].lower(),
              "processor" if "processor" in name else "platform"),
             f"show {name}: what is in it")
    run = attestry("show", given.world.quote_file("tdx-v5"))
    have = load(run.stdout)
    same((run.returncode, have["fmspc"], have["ppid"]), (0, None, None),
         "show, a chain of another root: no platform")
    complains(attestry("show", given.file("in", b"text")), UNREADABLE,
              "show a text")
    complains(attestry("show", given.world.path("none")), UNREADABLE,
              "show what is not there")


def collateral(given):
    world = given.world
    quote, out = world.quote_file("tdx-v4"), world.path("out.json")
    settings = {**world.settings, "ATTESTRY_PCS_TIMEOUT_MS": "700"}
    run = attestry("collateral", quote, "-o", out, **settings)
    same((run.returncode, run.stdout, run.stderr), (0, b"", b""),
         "collateral -o: done, nothing said")
    with open(out, "rb") as file:
        written = file.read()
    same(in_order(load(written)), in_order(
        {field: world.collateral("tdx-v4")[field]
         for field in answer.COLLATERAL}), "collateral -o: the nine fields")
    is_object(given.verify(quote, collateral=out), VERIFIED,
              "verify takes it")
    same(attestry("collateral", quote, **settings).stdout, written,
         "collateral: the same to standard output")
    same(attestry("collateral", "-", stdin=world.quote("tdx-v4").hex().encode(
        ), **settings).stdout, written, "collateral: of standard input")
    complains(attestry("collateral", quote, "-o", "/none/out", **settings),
              UNDECIDED, "collateral -o where nothing can be written")
    complains(attestry("collateral", given.file("in", b"text"), **settings),
              UNREADABLE, "collateral of a text")
    have = is_object(attestry(
        "verify", quote, **{**settings, "ATTESTRY_TIME":
                            "2026-09-01T00:00:00Z"}), UNDECIDED,
        "verify when what the PCS has is out of date")
    same(have.get("reason"), "collateral_unavailable",
         "verify when what the PCS has is out of date: says so")
    complains(attestry("collateral", quote, **world.pcs_settings), REFUSED,
              "collateral of a chain of another root")

    is_object(attestry("verify", quote, **settings), VERIFIED,
              "verify: fetches the collateral itself")
    name = "verify, and the PCS"
    for what, break_it in [
            ("hangs", lambda: world.pcs.switch("all", hang=True)),
            ("answers 500", lambda: world.pcs.switch("all", status=500)),
            ("answers 404", lambda: world.pcs.switch("all", status=404)),
            ("serves garbage", lambda: world.pcs.switch("all", body="x")),
            ("serves what nobody signed", lambda: world.pcs.switch(
                "tcb_info", body='{"tcbInfo":{"id":"TDX"},"signature":"%s"}'
                % ("0" * 128))),
            ("is not there", world.pcs.stop)]:
        world.pcs.reset()
        break_it()
        have = is_object(attestry("verify", quote, **settings), UNDECIDED,
                         f"{name} {what}")
        same((have.get("reason"), have.get("checksum")),
             ("collateral_unavailable", checksum(world.quote("tdx-v4"))),
             f"{name} {what}: collateral_unavailable")
        if "signed" not in what:  # which only verify looks at
            complains(attestry("collateral", quote, **settings), UNDECIDED,
                      f"collateral, and the PCS {what}")
    world.restart_pcs()


# --- migrate, check ---------------------------------------------------------

def database():
    with Service() as service:
        worker = service.conninfo("attestry_worker")
        run = service.attestry("check", ATTESTRY_DATABASE=worker)
        same((run.returncode, run.stdout, run.stderr),
             (0, "settings: good\ncryptography: good\ndatabase: good\n", ""),
             "check: all is good")
        for name, conninfo, words in [
                ("a superuser", service.conninfo(), "superuser"),
                ("a reader", service.conninfo("attestry_reader"),
                 "may not add rows"),
                ("another database", service.conninfo(
                    "attestry_worker", "postgres"), ""),
                ("no database", "host=/none dbname=attestry", ""),
                ("no connection string", "what is this", "")]:
            run = service.attestry("check", ATTESTRY_DATABASE=conninfo)
            if not ok(run.returncode == UNDECIDED and words in run.stdout and
                      "database" in run.stdout.splitlines()[-1],
                      f"check, {name}: {run.stdout.splitlines()[-1]}"):
                note(run)
        run = service.attestry("check", ATTESTRY_WORKERS="-1")
        ok(run.returncode == USAGE and "ATTESTRY_WORKERS" in run.stdout,
           "check: a wrong setting is 64")
        same(service.attestry("migrate").returncode, 0, "migrate: 0")
        for name, conninfo in [
                ("the workers' role", worker),
                ("no database", "host=/none dbname=attestry")]:
            run = service.attestry("migrate", ATTESTRY_DATABASE=conninfo)
            ok(run.returncode == UNDECIDED and run.stderr and not run.stdout,
               f"migrate, {name}: {run.stderr.strip()}")


with World() as world:
    given = Given(world)
    samples(given)
    quote_files(given)
    collateral_files(given)
    options(given)
    usage(given)
    show(given)
    collateral(given)
why = missing_server()
if why:
    skip("migrate, check", why)
else:
    database()
done()
