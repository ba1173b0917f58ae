"""
attestry refresh: the collateral of every platform in use is renewed before
anybody waits for it. Real PostgreSQL, pool and nginx; a PCS on loopback.
"""

import signal
import time

from answer import load
from e2e import Service, wait_until
from ops import Operator
from tap import done, note, ok, same
from world import World

DONE, UNDECIDED, USAGE = 0, 3, 64
SOON = "2026-06-15T12:01:00Z"
LATER = "2026-06-20T12:00:00Z"
DOCUMENTS = ("pck_crl", "root_ca_crl", "tcb_info", "qe_identity")
NUM_PLATFORMS = 3  # of the quotes in a world
NUM_DOCUMENTS = 8  # of these platforms: they share some


def is_run(run, status, numbers, name, how=""):
    if not same((run.status, run.how, run.numbers), (status, how, numbers),
                f"{name}: {status}, {numbers}"):
        note(run)


def counts(world):
    counted = world.pcs.counts()
    return sum(counted[name] for name in DOCUMENTS)


def quiet(service, operator, world):
    """What is young and lasts is left as it is."""
    world.pcs.reset()
    run = operator.run("refresh")
    is_run(run, DONE, (NUM_PLATFORMS, 0, 0), "refresh, nothing to do")
    same((run.out, run.err), (f"refresh: {NUM_PLATFORMS} platforms, 0 renewed,"
                              " 0 failed\n", ""),
         "refresh, nothing to do: one line, no progress")
    same(counts(world), 0, "refresh, nothing to do: nobody is asked")


def margin(service, operator, world):
    """The world's documents end on 2026-07-12 or later."""
    ends = [load(service.get("collateral/" + own).body) for own, in
            service.sql("SELECT encode(checksum, 'hex') FROM quote")]
    ends = min(load(c[name].encode())["nextUpdate"] for c in ends
               for name in ("tcb_info", "qe_identity"))
    hours = (time.mktime(time.strptime(ends, "%Y-%m-%dT%H:%M:%SZ")) -
             time.mktime(time.strptime(world.now, "%Y-%m-%dT%H:%M:%SZ"))
             ) / 3600
    hours = int(hours)
    run = operator.run("refresh", "--margin", str(hours - 1))
    is_run(run, DONE, (NUM_PLATFORMS, 0, 0),
           "a margin that is a little too short")
    world.pcs.reset()
    run = operator.run("refresh", "--margin", str(hours + 1))
    is_run(run, DONE, (NUM_PLATFORMS, NUM_PLATFORMS, 0),
           "a margin that is a little longer: all are renewed")
    ok(counts(world) >= 4, "and the PCS was asked")
    for options in (["--margin"], ["--margin", "-1"], ["--margin", "soon"],
                    ["--margin", "8761"], ["--all"], ["now"]):
        run = operator.run("refresh", *options)
        same((run.status, run.out), (USAGE, ""),
             " ".join(["refresh", *options]) + ": usage")


def old(operator, world):
    """Older than its TTL."""
    time.sleep(1.1)
    run = operator.run("refresh", ATTESTRY_COLLATERAL_TTL_S="1")
    ok(run.status == DONE and run.numbers == (NUM_PLATFORMS, NUM_PLATFORMS, 0),
       f"past the TTL: {run.out.strip()}")
    is_run(operator.run("refresh"), DONE, (NUM_PLATFORMS, 0, 0),
           "and by the usual TTL all is well")


def twice_at_once(operator, world):
    """For another instant all is fetched anew, whatever its age."""
    world.pcs.reset()
    world.pcs.switch("all", delay=0.3)
    moment = {"ATTESTRY_TIME": SOON}
    both = [operator.start("refresh", **moment) for _ in range(2)]
    both = [operator.finish(process) for process in both]
    ok(all(run.status == DONE and run.numbers[0] == NUM_PLATFORMS and
           run.numbers[2] == 0 for run in both) and
       sum(run.numbers[1] for run in both) >= NUM_PLATFORMS,
       f"twice at once: {[run.out.strip() for run in both]}")
    same(counts(world), NUM_DOCUMENTS,
         "twice at once: each document is asked for once")
    world.pcs.reset()
    is_run(operator.run("refresh", **moment), DONE, (NUM_PLATFORMS, 0, 0),
           "and then there is nothing to do")
    is_run(operator.run("refresh"), DONE, (NUM_PLATFORMS, NUM_PLATFORMS, 0),
           "back at the first instant")


def fails(service, operator, world):
    """Says for which platforms; what is there serves on."""
    world.pcs.switch("all", status=500)
    time.sleep(1.1)
    run = operator.run("refresh", ATTESTRY_COLLATERAL_TTL_S="1")
    is_run(run, UNDECIDED, (NUM_PLATFORMS, 0, NUM_PLATFORMS),
           "the PCS answers 500")
    lines = [line for line in run.err.splitlines() if not line.startswith("{")]
    ok(len(lines) == NUM_PLATFORMS and all(
        any(line.startswith(f"attestry: refresh: {key}: ") for line in lines)
        for key in ("TDX 90c06f000000 platform", "SGX 00606a000000 platform",
                    "SGX 00906ed50000 processor")),
       f"the PCS answers 500: says for which, {lines[:1]}")
    ok(service.upload(world.quote("tdx-v4")).status == 200,
       "the PCS answers 500: stored collateral serves on")
    world.pcs.reset()
    is_run(operator.run("refresh", ATTESTRY_COLLATERAL_TTL_S="1"), DONE,
           (NUM_PLATFORMS, NUM_PLATFORMS, 0), "the PCS is back")
    for name, conninfo in [
            ("a superuser", service.conninfo()),
            ("no database", "host=/none dbname=attestry")]:
        run = operator.run("refresh", ATTESTRY_DATABASE=conninfo)
        ok(run.status == UNDECIDED and "database" in run.err,
           f"{name}: {run.err.splitlines()[-1]}")


def interrupted(service, operator, world):
    world.pcs.reset()
    world.pcs.switch("all", delay=1)
    time.sleep(1.1)
    process = operator.start("refresh", ATTESTRY_COLLATERAL_TTL_S="1")
    wait_until(lambda: counts(world) > 0)
    began = time.monotonic()
    run = operator.stop(process, signal.SIGINT)
    ok(run.status == UNDECIDED and run.how == "interrupted after" and
       1 <= run.numbers[0] < NUM_PLATFORMS and run.numbers[2] == 0,
       f"INT: {run.out.strip()}")
    ok(time.monotonic() - began < 5, "INT: within seconds")
    world.pcs.reset()


def progress(operator):
    run, shown = operator.run_on_terminal("refresh")
    is_run(run, DONE, (NUM_PLATFORMS, 0, 0), "on a terminal")
    ok(f"refresh: 1 of {NUM_PLATFORMS} platforms, 0 renewed, 0 failed" in
       shown and "\r" in shown and shown.count("\n") == 0,
       f"on a terminal: {shown!r}")


def uploads_do_not_wait(service, operator, world):
    """After a refresh an upload finds what it needs, and asks nobody."""
    service.up(ATTESTRY_TIME=LATER)
    is_run(operator.run("refresh"), DONE, (NUM_PLATFORMS, NUM_PLATFORMS, 0),
           "at another instant: all are fetched for it")
    world.pcs.reset()
    same((service.upload(world.quote("sgx-v3-processor")).status,
          counts(world)), (200, 0), "and an upload asks nobody")


with World() as world, Service(**world.settings) as service:
    operator = Operator(service)
    run = operator.run("refresh")
    is_run(run, DONE, (0, 0, 0), "no quotes, no platforms")
    for name in world.samples:
        service.upload(world.quote(name))
    quiet(service, operator, world)
    margin(service, operator, world)
    old(operator, world)
    twice_at_once(operator, world)
    fails(service, operator, world)
    interrupted(service, operator, world)
    progress(operator)
    uploads_do_not_wait(service, operator, world)
done()
