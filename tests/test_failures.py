"""
What the whole service does when something under it fails: the PCS, the
database, a worker, an operator.
"""

import glob
import os
import signal
import time

import answer
from answer import checksum, in_order, load
from e2e import TOP, Service, is_running, together, wait_until
from tap import done, note, ok, same
from world import World

DEADLINE_S = 1.5
GARBAGE = "{" * 1000
DOCUMENTS = ("pck_crl", "root_ca_crl", "tcb_info", "qe_identity")


def timed(function, *arguments):
    """What it returns, and the seconds that it took."""
    started = time.monotonic()
    result = function(*arguments)
    return result, time.monotonic() - started


# --- the PCS ----------------------------------------------------------------

def is_kept(service, raw, name):
    """No verdict, but nothing is lost."""
    own = checksum(raw)
    view = load(service.get(f"view/{own}").body)
    same([view[key] for key in ("verified", "verified_at", "tcb_status",
                                "advisory_ids", "reason", "message")],
         [False, None, None, [], None, None], f"{name}: view has no verdict")
    same(service.get(f"raw/{own}").body, raw, f"{name}: raw has the quote")
    same([one["verified"] for one in
          load(service.get("recent?limit=100").body)
          if one["checksum"] == own], [0], f"{name}: recent says 0")


def undecided(service, raw, name):
    reply, seconds = timed(service.upload, raw)
    have = load(reply.body)
    same((reply.status, in_order(have)), (500, in_order({
        "detail": "Internal server error during verification",
        "reason": "collateral_unavailable", "message": have.get("message"),
        "checksum": checksum(raw), "tcb_status": None, "advisory_ids": [],
        "content_sha256": answer.content_sha256(raw), "tcb": None})),
        f"{name}: 500, undecided")
    ok(seconds < DEADLINE_S + 2 and
       not answer.INTERNAL.search(reply.body), f"{name}: in time")
    return seconds


def faults(world):
    """Each with nothing cached: (name, what it does to the PCS)."""
    pcs = world.pcs
    yield "hangs", lambda: pcs.switch("all", hang=True)
    yield "drips", lambda: pcs.switch("tcb_info", drip=0.1)
    yield "closes", lambda: pcs.switch("all", reset=True)
    yield "answers 500", lambda: pcs.switch("all", status=500)
    yield "answers 429", lambda: pcs.switch(
        "all", status=429, retry_after=1)
    yield "redirects", lambda: pcs.switch(
        "all", status=302, location=pcs.url + "/IntelSGXRootCA.der")
    for document in DOCUMENTS:
        yield f"has no {document}", lambda: pcs.switch(document, status=404)
        yield f"serves garbage as {document}", lambda: pcs.switch(
            document, body=GARBAGE)
        yield f"serves an empty {document}", lambda: pcs.switch(
            document, body="")
    yield "stops in the middle", lambda: pcs.switch("tcb_info", truncate=900)
    yield "serves 8 MB", lambda: pcs.switch("qe_identity", pad=8 << 20)
    yield "serves a wrong chain", lambda: pcs.switch("tcb_info", chain="x")
    yield "is not there", pcs.stop


def pcs_fails(service, world):
    raw = world.quote("tdx-v4")
    slowest = 0
    for num, (name, break_it) in enumerate(faults(world)):
        world.pcs.reset()
        break_it()
        own = raw + bytes(num)
        slowest = max(slowest, undecided(service, own, f"the PCS {name}"))
        if name == "answers 429":
            time.sleep(1.1)  # so long is it left alone
        if num == 0 or name == "is not there":
            is_kept(service, own, f"the PCS {name}")
            reply, seconds = timed(
                service.get, f"collateral/{checksum(own)}")
            same((reply.status, load(reply.body)),
                 (400, {"detail": "Unable to retrieve collateral data"}),
                 f"the PCS {name}: no collateral")
            ok(seconds < DEADLINE_S + 2, f"the PCS {name}: said in time")
    note(f"the slowest took {slowest:.2f} s of {DEADLINE_S} s and a little")

    world.restart_pcs()
    before = load(service.get(f"view/{checksum(own)}").body)["uploaded_at"]
    same(load(service.get(f"collateral/{checksum(own)}").body),
         world.collateral("tdx-v4"), "the PCS is back: collateral is fetched")
    reply = service.upload(own)
    same((reply.status, load(reply.body).get("uploaded_at")), (200, before),
         "the PCS is back: the next upload is verified")
    same([load(service.get("recent?limit=100").body)[0]["verified"],
          load(service.get(f"view/{checksum(own)}").body)["verified"]],
         [1, True], "and is shown so")


def counts(world):
    return [world.pcs.counts()[document] for document in DOCUMENTS]


def collateral_lives(service, world):
    """Fetched once for its TTL, by whichever worker; after it, anew."""
    raw = world.quote("sgx-v3")
    service.workers = 4
    service.up(ATTESTRY_COLLATERAL_TTL_S="3600")
    service.fresh_database()
    world.pcs.reset()
    for num in range(40):
        service.upload(raw + bytes(num))
    same(counts(world), [1, 1, 1, 1], "40 uploads: each document once")
    service.up(ATTESTRY_COLLATERAL_TTL_S="60")
    same((service.upload(raw).status, counts(world)), (200, [1, 1, 1, 1]),
         "new workers: collateral of the database")
    service.upload(world.quote("sgx-v3-processor"))
    same(counts(world), [2, 1, 2, 1],
         "another platform: its TCB info and its CA's CRL, the rest is shared")
    service.upload(world.quote("tdx-v4"))
    same(counts(world), [2, 1, 3, 2],
         "the other TEE: its TCB info and QE identity, the rest is shared")

    service.fresh_database()
    service.workers = 2
    service.up(ATTESTRY_COLLATERAL_TTL_S="2")
    world.pcs.reset()
    service.upload(raw)
    time.sleep(2.2)
    same({service.upload(raw + bytes(num)).status for num in range(4)}, {200},
         "past its TTL")
    same(counts(world), [2, 2, 2, 2], "past its TTL: fetched once more")
    time.sleep(2.2)
    world.pcs.switch("all", hang=True)
    replies = [timed(service.upload, raw + bytes(num)) for num in range(12)]
    same({reply.status for reply, _ in replies}, {200},
         "past its TTL and no PCS: serves on, inside its dates")
    ok(sum(seconds > DEADLINE_S / 2 for _, seconds in replies) <=
       service.workers + 2,
       "past its TTL and no PCS: a worker waits for it once, then serves")
    world.pcs.stop()
    same(load(service.get(f"collateral/{checksum(raw)}").body),
         world.collateral("sgx-v3"), "past its TTL and no PCS: shown")
    ok("collateral_fetch" in service.log(), "past its TTL and no PCS: logged")
    world.restart_pcs()
    time.sleep(2.2)
    same((service.upload(raw).status, counts(world)), (200, [1, 1, 1, 1]),
         "the PCS is back: fetched anew")

    service.up(ATTESTRY_TIME="2026-07-30T00:00:00Z")
    world.pcs.stop()
    undecided(service, raw, "past the dates of all that is stored")
    world.restart_pcs()
    undecided(service, raw, "past the dates of what the PCS has, too")

    service.workers = 4
    service.up(ATTESTRY_TIME=world.now, ATTESTRY_COLLATERAL_TTL_S="3600")
    service.fresh_database()
    world.pcs.reset()
    world.pcs.switch("all", delay=0.1)
    replies = together(*[
        lambda num=num: service.upload(raw + bytes(num)) for num in range(12)])
    same({reply.status for reply in replies}, {200}, "12 cold uploads at once")
    same(counts(world), [1, 1, 1, 1], "and one request for each document")
    service.workers = 2
    service.up(ATTESTRY_COLLATERAL_TTL_S=None)


# --- the database -----------------------------------------------------------

def needing_database(service, raw, own):
    return [("POST verify", lambda: service.upload(raw),
             "Internal server error during verification"), *(
        (f"GET {path[:10]}", lambda path=path: service.get(path),
         "Internal server error") for path in (
            "recent", "recent?skip=5", f"view/{own}",
            # not one that nginx has in its cache
            f"raw/{'0' * 64}", f"collateral/{own}", f"view/{'0' * 64}"))]


def is_down(service, raw, own, name, limit):
    requests = needing_database(service, raw, own)
    results = together(*[lambda call=call: timed(call)
                         for _, call, _ in requests])
    for (request, _, detail), (reply, _) in zip(requests, results):
        same((reply.status, reply.headers["Content-Type"], load(reply.body),
              reply.headers["Cache-Control"], reply.headers["ETag"]),
             (500, "application/json", {"detail": detail}, "no-store", None),
             f"{name}: {request}: 500")
    slowest = max(seconds for _, seconds in results)
    ok(slowest < limit, f"{name}: in time")
    note(f"the slowest took {slowest:.2f} s")


def database_stops(service, world):
    raw = world.quote("tdx-v4")
    own = checksum(raw)
    service.upload(raw)
    pids = service.worker_pids()
    service.stop("postgres")
    is_down(service, raw, own, "no database", 4)
    same((service.get("view/x").status, service.get("nothing").status,
          service.get("verify").status, service.upload(b"text").status,
          service.post("verify", b"x", "text/plain").status),
         (422, 404, 405, 422, 415),
         "no database: what needs none is answered")
    service.up()
    same((service.upload(raw).status, service.get("recent").status,
          service.get(f"raw/{own}").body), (200, 200, raw),
         "the database is back: all is served again")
    same(service.worker_pids(), pids, "the database is back: same workers")

    # All at once, so that every worker has a connection that is dead.
    service.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'attestry_worker'")
    same({service.get("recent").status for _ in range(8)} |
         {service.upload(raw).status}, {200}, "connections cut: not noticed")


def database_is_older(service, world):
    """What was acknowledged is lost, as with a standby that took over."""
    raw = world.quote("sgx-v4")
    service.workers = 1  # more of them would help each other
    service.up()
    service.upload(raw)
    service.fresh_database()
    statuses = [service.upload(raw + bytes(num)).status for num in range(4)]
    same(statuses[1:], [200] * 3,
         "a database without the collateral in use: stored there again")


def database_hangs(service, world):
    raw = world.quote("tdx-v4")
    service.workers = 8
    service.up()
    same({reply.status for reply in together(
        *[lambda: service.get("recent")] * 16)}, {200}, "connected")
    postmaster = service.pid("postgres")
    with open(f"/proc/{postmaster}/task/{postmaster}/children") as file:
        processes = [postmaster, *map(int, file.read().split())]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        is_down(service, raw, checksum(raw), "a database that hangs", 11)
    finally:
        for process in processes:
            if is_running(process):
                os.kill(process, signal.SIGCONT)
    ok(wait_until(lambda: service.get("recent").status == 200 and
                  service.upload(raw).status == 200),
       "a database that hung: served again")
    service.workers = 2
    service.up()


def starts_without_database(service):
    service.stop("postgres")
    with service.own_pool() as pool:
        reply = service.get("recent")
        same((reply.status, load(reply.body)),
             (500, {"detail": "Internal server error"}),
             "a pool that starts without a database: 500")
        same(pool.poll(), None, "and waits for it")
    service.up()
    same(service.get("recent").status, 200, "and serves when it is there")


# --- workers ----------------------------------------------------------------

def workers_die(service, world):
    raw = world.quote("tdx-v4")
    service.upload(raw)
    service.expected = f'"worker_died".*"signal":{int(signal.SIGSEGV)},'
    for sig in signal.SIGKILL, signal.SIGSEGV:
        pids = service.worker_pids()
        os.kill(pids[0], sig)
        statuses = {service.get("recent").status for _ in range(20)}
        same(statuses, {200}, f"a worker gets {sig.name}: nobody notices")
        ok(wait_until(lambda: len(service.worker_pids()) == len(pids) and
                      pids[0] not in service.worker_pids()),
           f"a worker gets {sig.name}: replaced")
    pids = service.worker_pids()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    same((service.get("recent").status, service.upload(raw).status),
         (200, 200), "all workers killed: the next request waits and is served")
    ok(not set(pids) & set(service.worker_pids()), "all workers replaced")


# --- the operator -----------------------------------------------------------

def fixed_time(service, world):
    """Intel's root, verdicts by the clock, and then ATTESTRY_TIME."""
    service.up(ATTESTRY_ROOT_CA=None, ATTESTRY_TIME=None)
    service.fresh_database()
    service.up(ATTESTRY_TIME=world.now)
    reply = service.upload(world.quote("tdx-v4"))
    same((reply.status, load(reply.body).get("reason")),
         (400, "untrusted_root"), "Intel's root: a minted quote is refused")
    service.up(ATTESTRY_TIME=None)
    service.up(ATTESTRY_TIME="2026-06-16T12:00:00Z")
    ok("fixed" in service.log() or "ATTESTRY_TIME" in service.log(),
       "a fixed instant is logged")
    service.up(ATTESTRY_TIME=None)
    service.upload(world.quote("tdx-v4"))
    same(service.sql("SELECT fixed_time, count(*) FROM verdict GROUP BY 1"
                     " ORDER BY 1"), [("f", "1"), ("t", "1")],
         "one verdict by the clock, one by a fixed instant")
    try:
        service.up(ATTESTRY_TIME=world.now)
        ok(False, "a fixed instant over verdicts by the clock: no start")
    except RuntimeError:
        ok("ATTESTRY_TIME: this database holds verdicts" in service.log(),
           "a fixed instant over verdicts by the clock: no start, and why")
    service.up(ATTESTRY_ROOT_CA=world.root_ca)
    same(service.upload(world.quote("tdx-v4")).status, 200,
         "with a root that is not Intel's: any instant")
    service.up(ATTESTRY_ROOT_CA=None, ATTESTRY_TIME=None)
    same(service.get("recent").status, 200, "the clock again: served")
    service.up(**world.settings)


def migrations(service):
    again = service.attestry("migrate")
    version = len(glob.glob(os.path.join(TOP, "sql", "[0-9]*.sql")))
    same((again.returncode, again.stdout), (
        0, f"schema: version {version}, nothing to do\n"),
        "migrate, once more")
    schema = "SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM (" \
        "SELECT table_name, column_name, data_type FROM" \
        " information_schema.columns WHERE table_schema = 'public') t"
    before = service.sql(schema)
    for round_ in range(3):
        service.sql("DROP DATABASE attestry WITH (FORCE)",
                    database="postgres")
        service.sql("CREATE DATABASE attestry", database="postgres")
        runs = together(*[lambda: service.attestry("migrate")] * 3)
        same([run.returncode for run in runs], [0, 0, 0],
             f"three migrations at once: {[run.stdout for run in runs]}")
        same(sum("nothing to do" in run.stdout for run in runs), 2,
             "one of them did it")
        same((service.sql(schema), service.sql(
            "SELECT max(version), count(*) FROM migration")),
            (before, [(str(version), str(version))]),
            "the schema is whole")
    same(service.get("recent").body, b"[]", "the pool goes on")


# Many uploads of one quote, padded, all of them to be kept.
with World() as world, Service(
        ATTESTRY_COPIES_MAX="1000",
        ATTESTRY_PCS_TIMEOUT_MS=str(int(DEADLINE_S * 1000)),
        # each fault is tried, however often the PCS failed before
        ATTESTRY_PCS_PAUSE_S="0", ATTESTRY_PCS_UNKNOWN_S="0",
        **world.settings) as service:
    pcs_fails(service, world)
    collateral_lives(service, world)
    database_stops(service, world)
    database_is_older(service, world)
    database_hangs(service, world)
    workers_die(service, world)
    starts_without_database(service)
    fixed_time(service, world)
    migrations(service)
done()
