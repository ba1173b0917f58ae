"""
attestry reverify: stored quotes are judged again when there is newer
collateral. Real PostgreSQL, pool and nginx; a PCS whose world moves on.
"""

import os
import signal
import tempfile
import time

from answer import checksum, in_order, load
from e2e import Service, wait_until
from ops import Operator
from tap import done, note, ok, same
from world import NOW, World

DONE, UNDECIDED, USAGE = 0, 3, 64
LATER = "2026-06-20T12:00:00Z"
LATEST = "2026-06-25T12:00:00Z"
OUTDATED = "tcb_info.tcb_evaluation_data_number=20 ; " \
    "tcb_info.levels[0].tcb_status=OutOfDate ; " \
    "tcb_info.levels[0].advisory_ids=INTEL-SA-01111,INTEL-SA-01112"
MENDED = "tcb_info.tcb_evaluation_data_number=21"
TDX_FMSPC, SGX_FMSPC = "90c06f000000", "00606a000000"
NUM_COPIES = 300  # more than are looked at in one go


def rows(service):
    """How many verdicts each quote has."""
    return {own: int(num) for own, num in service.sql(
        "SELECT encode(checksum, 'hex'), count(*) FROM verdict GROUP BY 1")}


def newest(service, own):
    return load(service.get(f"verdicts/{own}?limit=1").body)[0]


def is_run(run, status, numbers, name, how=""):
    if not same((run.status, run.how, run.numbers), (status, how, numbers),
                f"{name}: {status}, {numbers}"):
        note(run)


def changes(run):
    return [line for line in run.log if line["event"] in (
        "verdict_changed", "verdict_first")]


class Times:
    """The world at three times: good, out of date, mended. SGX stays well."""

    def __init__(self):
        self.good = World(settings="")
        self.outdated = World(now=LATER, settings=OUTDATED)
        self.mended = World(now=LATEST, settings=MENDED)
        self.pcs = self.good.pcs

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for world in self.good, self.outdated, self.mended:
            world.__exit__()

    def serve(self, world):
        """SGX from the first world, but for the CRLs that both share."""
        self.pcs.serve([
            name for name in self.good.files if "/sgx-" in name] + [
            name for name in world.files if "/tdx-" in name])


def nothing_new(service, operator):
    before = rows(service)
    run = operator.run("reverify")
    is_run(run, DONE, (0, 0, 0, 0), "nothing new")
    same((rows(service), run.log, "\r" in run.err), (before, [], False),
         "nothing new: no row, no log line, no progress")


def moves_on(service, operator, times):
    """A newer TCB info turns the TDX platform out of date."""
    raw = times.good.quote("tdx-v4")
    own = checksum(raw)
    before = rows(service)
    old = load(service.get(f"collateral/{own}").body)
    etag = {"If-None-Match": service.get(f"view/{own}").headers["ETag"]}
    times.serve(times.outdated)
    service.up(ATTESTRY_TIME=LATER)
    run = operator.run("refresh")
    is_run(run, DONE, (3, 3, 0), "refresh")
    same(rows(service), before, "refresh judges nothing")

    run = operator.run("reverify", "--rate", "0")
    changed = {line["checksum"] for line in changes(run)}
    tdx = {checksum(times.good.quote(name)) for name in (
        "tdx-v4", "tdx-v5", "tdx10-v5")} | {
        checksum(raw + bytes(n)) for n in range(1, NUM_COPIES + 1)}
    ok(tdx <= changed and len(changes(run)) == len(changed),
       "reverify: a log line for each quote that changed")
    is_run(run, DONE, (len(before), len(changed), 0, 0),
           "reverify: all are judged, some change")
    line = next(line for line in changes(run) if line["checksum"] == own)
    same([line[key] for key in (
        "level", "event", "was_verified", "verified", "was_tcb_status",
        "tcb_status", "was_reason", "reason", "was_num_advisories",
        "num_advisories")],
        ["info", "verdict_changed", 1, 0, "UpToDate", "OutOfDate", "",
         "tcb_status", 0, 2], "reverify: what the line says")
    same(rows(service), {one: num + (one in changed)
                         for one, num in before.items()},
         "reverify: one row more for each that changed, none for the others")

    view = service.get(f"view/{own}", etag)
    have = load(view.body)
    same((view.status, have["verified"], have["tcb_status"],
          have["advisory_ids"], have["verified_at"]),
         (200, False, "OutOfDate", ["INTEL-SA-01111", "INTEL-SA-01112"],
          LATER.replace("Z", "+00:00")), "view shows the new verdict")
    history = load(service.get(f"verdicts/{own}").body)
    same([(one["number"], one["verified"], one["tcb_status"])
          for one in history],
         [(2, False, "OutOfDate"), (1, True, "UpToDate")],
         "the history has both")
    same(line["collateral_id"], history[0]["collateral_id"],
         "the line names the collateral")
    same([in_order(load(service.get(
        f"collateral/{own}?verdict={number}").body)) for number in (1, 2)],
        [in_order(old), in_order(times.outdated.collateral("tdx-v4"))],
        "each verdict leads to its own collateral")
    same(load(service.upload(raw).body)["tcb_status"], "OutOfDate",
         "an upload is judged alike")


def settles(service, operator):
    """The second run has nothing to do, though most verdicts are older."""
    before = rows(service)
    stale = int(service.sql(
        "SELECT count(*) FROM quote q WHERE fmspc IS NOT NULL AND ("
        "SELECT collateral_id FROM verdict v WHERE v.checksum = q.checksum"
        " ORDER BY recorded_at DESC LIMIT 1) NOT IN (SELECT collateral_id"
        " FROM verdict ORDER BY recorded_at DESC LIMIT 1)")[0][0])
    ok(stale > 5, f"{stale} verdicts were reached with older collateral")
    for _ in range(2):
        is_run(operator.run("reverify"), DONE, (0, 0, 0, 0),
               "reverify, once more")
    same(rows(service), before, "reverify, once more: no row")
    same(int(service.sql("SELECT count(*) FROM reverification")[0][0]), 3,
         "for each platform it is kept that it was looked at")


def selections(service, operator, times):
    before = rows(service)
    num = len(before)
    num_tdx, num_sgx = (int(service.sql(
        "SELECT count(*) FROM quote WHERE fmspc = "
        f"'\\x{fmspc}'")[0][0]) for fmspc in (TDX_FMSPC, SGX_FMSPC))
    split, late = service.sql(
        "SELECT uploaded_at, (SELECT count(*) FROM quote o WHERE"
        " o.uploaded_at >= q.uploaded_at) FROM quote q"
        " ORDER BY uploaded_at OFFSET 150 LIMIT 1")[0]
    split = split.replace(" ", "T") + ":00"
    for options, judged in [
            (["--all"], num), (["--all", "--fmspc", TDX_FMSPC], num_tdx),
            (["--all", "--fmspc", SGX_FMSPC.upper()], num_sgx),
            (["--all", "--fmspc", "0123456789ab"], 0),
            (["--all", "--since", split], int(late)),
            (["--all", "--since", "2100-01-01T00:00:00Z"], 0),
            (["--since", "2020-01-01T00:00:00Z"], 0),
            (["--fmspc", TDX_FMSPC], 0)]:
        is_run(operator.run("reverify", "--rate", "0", *options), DONE,
               (judged, 0, 0, 0), " ".join(["reverify", *options]))
    ok(num_tdx > NUM_COPIES and num_sgx >= 3 and 0 < int(late) < num,
       f"of {num} quotes: {num_tdx} TDX, {num_sgx} SGX, {late} late ones")
    same(rows(service), before, "what comes out as before adds no row")


def at_an_instant(service, operator, times):
    """By the collateral of that time, and nothing is kept."""
    before = rows(service)
    raw = times.good.quote("tdx-v4")
    for instant, verified, status in [
            (NOW, True, "UpToDate"), (LATER, False, "OutOfDate"),
            ("2026-06-19T00:00:00Z", True, "UpToDate")]:
        run = operator.run("reverify", "--rate", "0", "--at", instant)
        lines = {line["checksum"]: line
                 for line in map(load, run.out.encode().splitlines())}
        is_run(run, DONE, (len(before), 0, 0, 0), f"--at {instant}")
        have = lines[checksum(raw)]
        same((set(lines), list(have)),
             (set(before), ["checksum", "verified", "verified_at",
                            "tcb_status", "advisory_ids", "reason", "message",
                            "collateral_id"]),
             f"--at {instant}: a line for each quote")
        same((have["verified"], have["tcb_status"], have["verified_at"]),
             (verified, status, instant.replace("Z", "+00:00")),
             f"--at {instant}: what would have been said")
        number = 1 if verified else 2
        same(have["collateral_id"], load(service.get(
            f"verdicts/{checksum(raw)}").body)[-number]["collateral_id"],
            f"--at {instant}: with what was there then")
    run = operator.run("reverify", "--at", "2026-06-01T00:00:00Z", "--fmspc",
                       TDX_FMSPC)
    is_run(run, UNDECIDED, (0, 0, 0, 1), "--at before there was any")
    same([(line["event"], line["tee"], line["fmspc"], line["ca"],
           line["reason"]) for line in run.log],
         [("reverify_platform", "TDX", TDX_FMSPC, "platform",
           "collateral_unavailable")], "--at before there was any: says so")
    same(rows(service), before, "--at keeps nothing")

    # as the first version of the schema kept it
    first = load(service.get(f"verdicts/{checksum(raw)}").body)[-1][
        "collateral_id"]
    service.sql("INSERT INTO collateral_fetch (tee, fmspc, ca, fixed_at,"
                " collateral_id) SELECT tee, fmspc, ca, '2026-05-30', id"
                f" FROM collateral WHERE id = '\\x{first}'")
    run = operator.run("reverify", "--rate", "0", "--at",
                       "2026-06-01T00:00:00Z", "--fmspc", TDX_FMSPC)
    lines = list(map(load, run.out.encode().splitlines()))
    same((run.status, {(line["reason"], line["collateral_id"])
                       for line in lines}),
         (DONE, {("collateral_expired", first)}),
         "--at a time of which only the first schema knows")


def interrupted(service, operator, times, folder):
    """Ended in the middle, four times, and gone on with: each once."""
    before = rows(service)
    path = os.path.join(folder, "place")
    times.serve(times.mended)
    service.up(ATTESTRY_TIME=LATEST)
    is_run(operator.run("refresh"), DONE, (3, 3, 0), "refresh again")
    judged = changed = 0
    for sig in signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL:
        had = sum(rows(service).values())
        process = operator.start("reverify", "--rate", "50", "--resume", path)
        wait_until(lambda: sum(rows(service).values()) >= had + 15)
        run = operator.stop(process, sig)
        name = f"{signal.Signals(sig).name} in the middle"
        if sig == signal.SIGKILL:
            same(run.status, -signal.SIGKILL, name)
        else:
            ok(run.status == UNDECIDED and run.how == "interrupted after" and
               0 < run.numbers[0] < len(before) and os.path.exists(path),
               f"{name}: {run.out.strip()}")
            same(sum(rows(service).values()) - had, run.numbers[1],
                 f"{name}: what it says was kept")
            judged += run.numbers[0]
        changed += sum(rows(service).values()) - had
    ok(changed >= 60, f"{changed} changes so far")
    is_run(operator.run("reverify", "--all", "--resume", path), USAGE, None,
           "going on with other options", how=None)
    run = operator.run("reverify", "--rate", "0", "--resume", path)
    ok(run.status == DONE and run.how == "" and not os.path.exists(path) and
       judged + run.numbers[0] <= len(before),
       f"and the rest: {run.out.strip()}")
    after = rows(service)
    same({after[one] - before[one] for one in after} <= {0, 1} and
         sum(after.values()) - sum(before.values()),
         changed + run.numbers[1], "each quote once, none doubled")
    lost = [name for name in times.good.samples if "tdx" in name and
            "outdated" not in name and "debug" not in name and
            not newest(service, checksum(times.good.quote(name)))["verified"]]
    lost += [n for n in range(1, NUM_COPIES + 1) if not newest(
        service, checksum(times.good.quote("tdx-v4") + bytes(n)))["verified"]]
    same(lost, [], "and none is lost: all are verified again")
    is_run(operator.run("reverify"), DONE, (0, 0, 0, 0),
           "then there is nothing to do")
    for text in "", "{}", "[1]", "x" * 5000, '{"all":0,"since_us":-1}':
        with open(path, "w") as file:
            file.write(text)
        run = operator.run("reverify", "--resume", path)
        same((run.status, run.out, run.err.startswith("attestry: --resume")),
             (USAGE, "", True), f"going on from {text[:30]!r}: refused")


def rate(operator):
    began = time.monotonic()
    run = operator.run("reverify", "--all", "--fmspc", SGX_FMSPC, "--rate",
                       "4")
    seconds = time.monotonic() - began
    ok(run.numbers[0] / 4 - 0.5 < seconds < run.numbers[0] / 4 + 5,
       f"--rate 4: {run.numbers[0]} quotes in {seconds:.1f} s")


def undecided_before(service, operator, times):
    """A quote that was kept without a verdict gets its first one."""
    raw = times.good.quote("tdx-v5") + b"late"
    service.stop("attestry-fcgi", signal.SIGTERM)
    service.sql(
        "INSERT INTO quote (checksum, raw, content_sha256, tee, version,"
        " fmspc, ca, ppid, pce_id) SELECT sha256(r), r, content_sha256, tee,"
        " version, fmspc, ca, ppid, pce_id FROM quote, LATERAL (SELECT raw ||"
        f" 'late'::bytea AS r) x WHERE checksum = '\\x{checksum(raw[:-4])}'")
    service.up()
    is_run(operator.run("reverify", "--since", "2100-01-01T00:00:00Z"), DONE,
           (0, 0, 0, 0), "--since leaves it out")
    run = operator.run("reverify")
    is_run(run, DONE, (1, 1, 0, 0), "a quote without a verdict")
    same([line["event"] for line in run.log], ["verdict_first"],
         "a quote without a verdict: its first one is logged")
    same(newest(service, checksum(raw))["number"], 1, "and kept")


def fails(service, operator, times):
    """Nothing is said where there is no collateral; the others go on."""
    before = rows(service)
    times.pcs.switch("tcb_info", status=500)
    far = "2027-03-01T00:00:00Z"
    run = operator.run("reverify", "--all", "--rate", "0", ATTESTRY_TIME=far)
    ok(run.status == UNDECIDED and run.numbers[1] == 0 and
       run.numbers[3] == 3, f"no collateral: {run.out.strip()}")
    same({(line["tee"], line["fmspc"], line["ca"]) for line in run.log
          if line["event"] == "reverify_platform"},
         {("TDX", TDX_FMSPC, "platform"), ("SGX", SGX_FMSPC, "platform"),
          ("SGX", "00906ed50000", "processor")},
         "no collateral: says for which platforms")
    times.pcs.reset()
    same(rows(service), before, "no collateral: no verdict changes")
    for name, conninfo in [
            ("a superuser", service.conninfo()),
            ("no database", "host=/none dbname=attestry")]:
        run = operator.run("reverify", ATTESTRY_DATABASE=conninfo)
        ok(run.status == UNDECIDED and "database" in run.err,
           f"{name}: {run.err.splitlines()[-1]}")
    for options in (["--since", "noon"], ["--fmspc", "00"], ["--at", "now"],
                    ["--fmspc", "x" * 12], ["--rate", "-1"], ["--rate", "1.5"],
                    ["--at", NOW, "--all"], ["--at", NOW, "--resume", "x"],
                    ["--policy", "UpToDate"], ["now"], ["--margin", "3"]):
        run = operator.run("reverify", *options)
        same((run.status, run.out), (USAGE, ""),
             "reverify " + " ".join(options) + ": usage")


def clock_behind(service, operator, times):
    """Documents of the far future have been seen: nothing is judged."""
    before = rows(service)
    service.sql(
        "INSERT INTO document SELECT sha256(trust || behind_length(name) ||"
        " behind_length('x') || behind_length(body) ||"
        " behind_length(signature)), trust, name, number, '2998-01-01',"
        " '2999-01-01', 'x', body, signature FROM document"
        " WHERE name LIKE 'qe_identity/%' LIMIT 1")
    service.sql(
        "INSERT INTO document_fetch (trust, name, number, issued_at,"
        " document_id) SELECT trust, name, number, issued_at, id"
        " FROM document WHERE issued_at = '2998-01-01'")
    for command in ["refresh"], ["reverify", "--all"]:
        run = operator.run(*command, ATTESTRY_TIME="")
        ok(run.status == UNDECIDED and "2998-01-01" in run.err and
           run.how == "broken off after" and set(run.numbers) == {0},
           f"the clock is behind, {command[0]}: {run.err.splitlines()[-1]}")
    same(rows(service), before, "the clock is behind: no verdict")


def progress(operator):
    run, shown = operator.run_on_terminal(
        "reverify", "--all", "--fmspc", TDX_FMSPC, "--rate", "200")
    same((run.status, run.how), (DONE, ""), "on a terminal")
    states = [state for state in shown.split("\r") if "reverify: [" in state]
    ok(len(states) > 3 and "%" in states[0] and
       len(set(states)) == len(states) and
       all(len(state) < 80 for state in states),
       f"on a terminal: {len(states)} states of a bar, such as "
       f"{states[len(states) // 2].encode()!r}")


with tempfile.TemporaryDirectory() as folder, Times() as times, Service(
        # padded copies of one quote, all of them to be kept
        ATTESTRY_COPIES_MAX="1000", **times.good.settings) as service:
    operator = Operator(service)
    for name in times.good.samples:
        service.upload(times.good.quote(name))
    for n in range(1, NUM_COPIES + 1):
        service.upload(times.good.quote("tdx-v4") + bytes(n))
    nothing_new(service, operator)
    moves_on(service, operator, times)
    settles(service, operator)
    selections(service, operator, times)
    at_an_instant(service, operator, times)
    interrupted(service, operator, times, folder)
    rate(operator)
    undecided_before(service, operator, times)
    fails(service, operator, times)
    progress(operator)
    clock_behind(service, operator, times)
done()
