"""
The life of collateral over workers, machines and restarts: how often sources
are asked for each document, what is kept, and that nothing older ever takes
its place. Real PostgreSQL, pool and nginx; a PCS on loopback.
"""

import json
import os
import re
import signal
import threading
import time

from answer import checksum, load
from e2e import TOP, Service, wait_until
from ops import Operator
from tap import done, note, ok, same
from world import World

DEADLINE_S = 5
NUM_UPLOADS = 200
DOCUMENTS = ("pck_crl", "root_ca_crl", "tcb_info", "qe_identity")
FMSPCS = ("00a067110000", "00a067110001", "00a067110002", "00a067110003")

# Times of one world: documents of these numbers.
NUMBERS = ("tcb_info.tcb_evaluation_data_number={} ; "
           "qe_identity.tcb_evaluation_data_number={} ; "
           "pck_crl.crl_number={} ; root_crl.crl_number={}")


def numbered(number, *others):
    return " ; ".join((NUMBERS.format(*[number] * 4), *others))


def counts(world):
    return [world.pcs.counts()[document] for document in DOCUMENTS]


def copies(raw, num):
    """So many uploads of one quote, no two the same."""
    return [raw + bytes(i) for i in range(num)]


class Uploads:
    """Uploads at once, each from an address of its own."""

    def __init__(self, service, quotes):
        self.replies = [None] * len(quotes)
        self.took = [None] * len(quotes)
        self.threads = [
            threading.Thread(target=self.run, args=(service, i, quote))
            for i, quote in enumerate(quotes)]
        for thread in self.threads:
            thread.start()

    def run(self, service, i, quote):
        began = time.monotonic()
        self.replies[i] = service.upload(
            quote, source=f"127.0.{1 + i // 200}.{1 + i % 200}")
        self.took[i] = time.monotonic() - began

    def statuses(self):
        for thread in self.threads:
            thread.join()
        return sorted({reply.status for reply in self.replies})


def anew(service, world, **settings):
    """An empty database, new workers, and a PCS that behaves."""
    service.fresh_database()
    world.pcs.serve(world.files)
    world.pcs.reset()
    service.up(**settings, ATTESTRY_PCS_CONNECT_TIMEOUT_MS=str(
        3000 if "ATTESTRY_PCS_CONNECT_TIMEOUT_MS" not in service.settings or
        service.settings["ATTESTRY_PCS_CONNECT_TIMEOUT_MS"] != "3000"
        else 2999))


def events(service, name):
    return [line for line in service.log().splitlines()
            if f'"event":"{name}"' in line]


# --- one request for each document ------------------------------------------

def cold(service, world):
    """200 uploads at once, and nothing is there yet."""
    for workers in 4, 8:
        service.workers = workers
        anew(service, world)
        world.pcs.switch("all", delay=0.3)
        began = time.monotonic()
        uploads = Uploads(service, copies(world.quote("sgx-v3"), NUM_UPLOADS))
        same(uploads.statuses(), [200],
             f"{workers} workers, {NUM_UPLOADS} cold uploads at once: verified")
        same(counts(world), [1, 1, 1, 1],
             f"{workers} workers: one request for each document")
        note(f"{workers} workers: {counts(world)} requests, "
             f"{time.monotonic() - began:.2f} s, the slowest "
             f"{max(uploads.took):.2f} s")


def cold_platforms(service, world, platforms):
    """The same, of several platforms that share what they can."""
    anew(service, world)
    world.pcs.serve([file for one in platforms for file in one.files])
    world.pcs.switch("all", delay=0.3)
    quotes = [quote for one in platforms for quote in copies(
        one.quote("sgx-v3"), NUM_UPLOADS // len(platforms))]
    uploads = Uploads(service, quotes)
    same(uploads.statuses(), [200],
         f"{len(platforms)} platforms, cold, at once: verified")
    same(counts(world), [1, 1, len(platforms), 1],
         "TCB info once for each, and what they share once")
    asked = [t for t in world.pcs.targets() if "/tcb?" in t]
    same(len(asked), len(set(asked)), "no TCB info is asked for twice")
    note(f"{len(platforms)} platforms: {counts(world)} requests, the slowest "
         f"{max(uploads.took):.2f} s")


def other_machines(service, world):
    """Processes that share nothing but the database."""
    operator = Operator(service)
    anew(service, world)
    world.pcs.switch("all", status=500)
    same(service.upload(world.quote("sgx-v3")).status, 500, "no collateral")
    world.pcs.reset()
    world.pcs.switch("all", delay=0.3)
    others = [operator.start("refresh") for _ in range(4)]
    uploads = Uploads(service, copies(world.quote("sgx-v3"), 20))
    same(uploads.statuses(), [200], "uploads beside four refreshes: verified")
    same([operator.finish(one).status for one in others], [0] * 4,
         "four refreshes at once: all content")
    same(counts(world), [1, 1, 1, 1], "and still one request each")


def fetcher_dies(service, world):
    """Who waits for it goes on by itself."""
    service.workers = 4
    anew(service, world)
    world.pcs.switch("all", hang=True, times=1)
    pids = service.worker_pids()
    first = Uploads(service, [world.quote("sgx-v3")])
    ok(wait_until(lambda: counts(world) == [1, 1, 1, 1]), "one is fetching")
    holder = service.sql(
        "SELECT DISTINCT a.pid FROM pg_locks l JOIN pg_stat_activity a"
        " USING (pid) WHERE l.locktype = 'advisory'")
    same(len(holder), 1, "and has the documents locked")
    second = Uploads(service, copies(world.quote("sgx-v4"), 3))
    time.sleep(0.3)
    began = time.monotonic()
    # its client is the worker with a connection to the PCS
    victims = [pid for pid in pids if has_connection(pid, world.pcs.port)]
    same(len(victims), 1, "one worker is connected to the PCS")
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    same((second.statuses(), first.statuses()), ([200], [200]),
         "it is killed: the others fetch by themselves")
    ok(time.monotonic() - began < DEADLINE_S, "at once")
    same(counts(world), [2, 2, 2, 2], "with one more request for each")


def has_connection(pid, port):
    with open(f"/proc/{pid}/net/tcp") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows
              if int(row[2].split(":")[1], 16) == port and row[3] == "01"}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            if os.readlink(f"/proc/{pid}/fd/{name}") in inodes:
                return True
        except FileNotFoundError:
            pass
    return False


# --- what is at hand serves -------------------------------------------------

def stale(service, world):
    """Past the TTL one process renews, and nobody waits for it."""
    service.workers = 8
    raw = world.quote("sgx-v3")
    anew(service, world, ATTESTRY_COLLATERAL_TTL_S="2")
    # every worker has it
    Uploads(service, copies(raw, 64)).statuses()
    time.sleep(2.1)
    world.pcs.reset()
    world.pcs.switch("all", delay=1)
    uploads = Uploads(service, copies(raw, 40))
    same(uploads.statuses(), [200], "past the TTL, 40 at once: verified")
    slow = sum(took > 0.9 for took in uploads.took)
    # the one that renews, and those that nginx gave to the same worker
    ok(slow <= 40 // 4, f"all but a few at once: {slow} waited")
    same(counts(world), [1, 1, 1, 1], "and each document is renewed once")
    note(f"past the TTL: {slow} of 40 waited, the median took "
         f"{sorted(uploads.took)[20]:.3f} s")
    service.up(ATTESTRY_COLLATERAL_TTL_S=None)


def expired(service, world):
    """Past its dates nothing serves, and it is there again at once."""
    raw = world.quote("sgx-v3")
    anew(service, world)
    same(service.upload(raw).status, 200, "collateral is stored")
    world.pcs.stop()
    service.up(ATTESTRY_TIME="2026-07-30T00:00:00Z")
    reply = service.upload(raw)
    same((reply.status, load(reply.body)["reason"]),
         (500, "collateral_unavailable"), "no source, past its dates: 500")
    service.up(ATTESTRY_TIME=world.now)
    same(service.upload(raw).status, 200, "no source, inside its dates: 200")
    world.restart_pcs()
    service.up()


# --- never back -------------------------------------------------------------

def state(service, own):
    """What a quote is judged as, and by which numbers."""
    view = load(service.get(f"view/{own}").body)
    collateral = load(service.get(f"collateral/{own}").body)
    return (view["verified"], view["reason"], *(
        load(collateral[name].encode())["tcbEvaluationDataNumber"]
        for name in ("tcb_info", "qe_identity")))


def judged(service, raw):
    """Every worker's opinion, past every TTL."""
    time.sleep(1.1)
    Uploads(service, copies(raw, 16)).statuses()
    time.sleep(1.1)
    statuses = Uploads(service, copies(raw, 16)).statuses()
    return statuses, state(service, checksum(raw))


def never_back(service, world, older, newer):
    raw = world.quote("sgx-v3")
    service.workers = 4
    anew(service, world, ATTESTRY_COLLATERAL_TTL_S="1",
         ATTESTRY_PCS_UNKNOWN_S="1")
    good = ([200], (True, None, 18, 18))
    same(judged(service, raw), good, "documents of number 18")
    world.pcs.serve(older.files)
    world.pcs.reset()
    same(judged(service, raw), good, "older ones are offered: 18 serves on")
    ok(min(counts(world)) > 0, "and they were")
    lines = events(service, "document_older")
    ok(len(lines) >= 4 and all(any(f'"document":"{name}' in line
                                   for line in lines) for name in DOCUMENTS),
       "each refusal is logged")
    ok('"count":' in lines[-1], "and counted")
    same(service.sql("SELECT count(DISTINCT name) FROM document_miss"
                     " WHERE reason = 'older'"), [("4",)], "for all to know")
    service.stop("attestry-fcgi", signal.SIGTERM)
    service.up()
    same(judged(service, raw), good, "after a restart, too")
    run = Operator(service).run("refresh")
    same((run.status, run.numbers[1:]), (3, (0, 1)),
         "refresh says that it could not be renewed")
    same(service.sql("SELECT count(*) FROM document"), [("4",)],
         "no older one is stored")
    world.pcs.serve(newer.files)
    same(judged(service, raw), ([200], (True, None, 19, 19)),
         "newer ones are taken")


def earlier_date(service, world, earlier, resigned):
    """The number is the same: the date counts, and then who comes last."""
    raw = world.quote("sgx-v3")
    anew(service, world)
    first = judged(service, raw)
    own = checksum(raw)
    before = load(service.get(f"collateral/{own}").body)
    world.pcs.serve(earlier.files)
    same((judged(service, raw), load(service.get(f"collateral/{own}").body)),
         (first, before), "same numbers, earlier dates: refused")
    world.pcs.serve(resigned.files)
    judged(service, raw)
    after = load(service.get(f"collateral/{own}").body)
    same((after["tcb_info"] != before["tcb_info"], after["tcb_info"]),
         (True, resigned.collateral("sgx-v3")["tcb_info"]),
         "same numbers, same dates, other bytes: the later one")


def revocation_stays(service, world, revoking):
    """An older CRL does not give a certificate its good name back."""
    raw = world.quote("sgx-v3")
    anew(service, world)
    same(judged(service, raw)[0], [200], "a platform in good standing")
    world.pcs.serve(revoking.files)
    revoked = ([400], (False, "certificate_revoked", 18, 18))
    same(judged(service, raw), revoked, "its certificate is revoked")
    world.pcs.serve(world.files)
    same(judged(service, raw), revoked, "the CRL of before: it still is")
    service.stop("attestry-fcgi", signal.SIGTERM)
    service.up()
    same(judged(service, raw), revoked, "also after a restart")


def signer_revoked(service, world, revoking):
    """The root's CRL takes the signer of what is at hand away."""
    raw = world.quote("sgx-v3")
    anew(service, world)
    same(judged(service, raw)[0], [200], "a signer in good standing")
    world.pcs.serve(revoking.files)
    same(judged(service, raw)[0], [500], "revoked: nothing it signed serves")
    same(service.sql("SELECT name FROM document GROUP BY 1"
                     " HAVING count(*) > 1 ORDER BY 1"),
         [("pck_crl/platform",), ("root_ca_crl",)],
         "and of what it signed nothing new is stored")


def unverified(service, world):
    """What does not verify is kept nowhere, what does is."""
    raw = world.quote("sgx-v3")
    anew(service, world, ATTESTRY_COLLATERAL_TTL_S=None,
         ATTESTRY_PCS_UNKNOWN_S=None)
    world.pcs.switch("tcb_info", forged=True)
    same(service.upload(raw).status, 500, "a forged TCB info")
    same(service.sql("SELECT name FROM document ORDER BY 1"),
         [("pck_crl/platform",), ("qe_identity/SGX",), ("root_ca_crl",)],
         "is not stored, and the others are")
    same(service.sql("SELECT count(*) FROM collateral"), [("0",)],
         "nor is collateral with it")
    ok(any('"document":"tcb_info/SGX' in line
           for line in events(service, "document_refused")), "it is logged")
    world.pcs.reset()
    same(service.upload(raw).status, 200, "the genuine one")
    same(counts(world), [0, 0, 1, 0], "only what is missing is asked for")


# --- sources that fail ------------------------------------------------------

def breaker(service, world):
    raw = world.quote("sgx-v3")
    service.workers = 4
    anew(service, world, ATTESTRY_PCS_PAUSE_S="3")
    world.pcs.switch("all", status=500)
    for quote in copies(raw, 5):
        same(service.upload(quote).status, 500, "a source that fails")
    asked = sum(counts(world))
    replies = Uploads(service, copies(raw, 40))
    same(replies.statuses(), [500], "40 more at once: undecided")
    same(sum(counts(world)), asked, "five failures: the source is left alone")
    ok(max(replies.took) < DEADLINE_S / 2, "and nobody waits for it")
    same(service.sql("SELECT count(*) FROM source_outcome WHERE NOT good"),
         [("5",)], "its failures are five rows")
    time.sleep(3.1)
    world.pcs.reset()
    world.pcs.switch("all", hang=True)
    replies = Uploads(service, copies(raw, 40))
    same(replies.statuses(), [500], "it hangs now")
    # a hang in the connection is worth a second request
    ok(max(counts(world)) <= 2, "after the pause one process tries it")
    world.pcs.reset()
    same(service.upload(raw).status, 500, "left alone again")
    same(sum(counts(world)), 0, "not asked")
    time.sleep(3.1)
    same(service.upload(raw).status, 200, "it is well: one tries, and serves")
    same({service.upload(quote).status for quote in copies(raw, 8)}, {200},
         "so are the others")
    same(service.sql("SELECT good, count(*) FROM source_outcome GROUP BY 1"
                     " ORDER BY 1"), [("f", "6"), ("t", "1")],
         "one row says that it is well, and no more are written")
    note(f"breaker: {asked} requests until it opened, 0 in the pause, "
         "1 a document for the probe")


def patience(service, world):
    """429: all workers obey."""
    raw = world.quote("sgx-v3")
    anew(service, world, ATTESTRY_PCS_PAUSE_S="1")
    world.pcs.switch("all", status=429, retry_after=3)
    same(service.upload(raw).status, 500, "a source that asks for patience")
    asked = sum(counts(world))
    same(Uploads(service, copies(raw, 20)).statuses(), [500], "so it is")
    same(sum(counts(world)), asked, "and no worker asks again")
    world.pcs.reset()
    time.sleep(3.1)
    same((service.upload(raw).status, counts(world)), (200, [1, 1, 1, 1]),
         "after that it is asked")


def unknown(service, world):
    raw = world.quote("sgx-v3")
    anew(service, world, ATTESTRY_PCS_UNKNOWN_S="3",
         ATTESTRY_PCS_PAUSE_S=None)
    world.pcs.switch("tcb_info", status=404)
    same(Uploads(service, copies(raw, 40)).statuses(), [500],
         "an FMSPC that is unknown")
    same(counts(world)[2], 1, "40 uploads: asked for once")
    same(service.sql("SELECT reason, count(*) FROM document_miss GROUP BY 1"),
         [("unknown", "1")], "and noted once")
    same(service.sql("SELECT count(*) FROM source_outcome"), [("0",)],
         "which is no failure of the source")
    world.pcs.reset()
    same((service.upload(raw).status, counts(world)), (500, [0] * 4),
         "remembered, also when it is there")
    time.sleep(3.1)
    same((service.upload(raw).status, counts(world)[2]), (200, 1),
         "and asked for again when the time is up")


# --- what version 1 of the schema has kept ----------------------------------

def make_version_1(service):
    """The database as it was, migrated by hand."""
    service.sql("DROP DATABASE attestry WITH (FORCE)", database="postgres")
    service.sql("CREATE DATABASE attestry", database="postgres")
    for name in "roles", "001_schema":
        with open(os.path.join(TOP, "sql", name + ".sql")) as file:
            service.sql(("SET ROLE attestry_owner; " if name != "roles" else "")
                        + file.read())
    service.sql("SET ROLE attestry_owner; INSERT INTO migration"
                " (version, name) VALUES (1, '001_schema.sql')")


def keep_as_version_1(service, rows):
    for table, columns, values in rows:
        service.sql("INSERT INTO {} ({}) SELECT * FROM json_to_record($json${}"
                    "$json$) AS x ({})".format(
                        table, ", ".join(columns), json.dumps(values),
                        ", ".join(f"{name} {kind}" for name, kind
                                  in columns.items())))


def columns_of(service, table, names):
    found = dict(service.sql(
        "SELECT column_name, CASE data_type WHEN 'ARRAY' THEN 'text[]' ELSE"
        f" data_type END FROM information_schema.columns WHERE table_name ="
        f" '{table}'"))
    return {name: found[name] for name in names}


def rows_of(service, table):
    return [json.loads(row[0]) for row in service.sql(
        f"SELECT row_to_json(t) FROM {table} t")]


def migration(service, world, older):
    """Quotes, verdicts and collateral of version 1, brought to today's."""
    raw = world.quote("sgx-v3")
    own = checksum(raw)
    anew(service, world)
    same(service.upload(raw).status, 200, "a quote and its verdict")
    tables = ("quote", "collateral", "collateral_fetch", "verdict")
    kept = [(table, row) for table in tables
            for row in rows_of(service, table)]
    before = load(service.get(f"view/{own}").body)
    make_version_1(service)
    rows = []
    for table, row in kept:
        known = {name for name, in service.sql(
            "SELECT column_name FROM information_schema.columns"
            f" WHERE table_name = '{table}'")}
        names = [name for name in row if name in known]
        rows.append((table, columns_of(service, table, names), row))
    keep_as_version_1(service, rows)
    run = service.attestry("migrate")
    same(run.returncode, 0, f"migrated: {run.stdout.strip()}")
    same([service.sql(f"SELECT count(*) FROM {table}") for table in tables],
         [[("1",)]] * 4, "all rows are still there")
    same(load(service.get(f"view/{own}").body), {**before, "tcb": None},
         "and shown as they were, but for what was not kept then")

    world.pcs.stop()
    service.up(ATTESTRY_PCS_UPDATE="early")
    reply = service.upload(raw + b"\0")
    same((reply.status, service.sql("SELECT count(*) FROM collateral")),
         (200, [("1",)]), "no source: what version 1 fetched serves on")
    world.restart_pcs()
    world.pcs.serve(older.files)
    service.up(ATTESTRY_PCS_UPDATE=None, ATTESTRY_COLLATERAL_TTL_S="1",
               ATTESTRY_PCS_UNKNOWN_S="1")
    same(judged(service, raw), ([200], (True, None, 18, 18)),
         "past its TTL: nothing older takes its place")
    world.pcs.serve(world.files)
    time.sleep(1.1)
    judged(service, raw)
    same(service.sql("SELECT count(*) FROM document"), [("4",)],
         "what is as new is fetched, and kept as documents")
    service.up(ATTESTRY_COLLATERAL_TTL_S=None, ATTESTRY_PCS_UNKNOWN_S=None)


# --- what it costs ----------------------------------------------------------

def statements(service, function):
    """What PostgreSQL runs for the pool meanwhile."""
    before = len(service.log("postgres"))
    function()
    time.sleep(0.2)
    return [line for line in service.log("postgres")[before:].splitlines()
            if re.search("execute (<unnamed>|attestry_)", line)]


def cost(service, world):
    raw = world.quote("sgx-v3")
    service.workers = 1
    anew(service, world, ATTESTRY_PCS_UNKNOWN_S=None)
    service.sql("ALTER SYSTEM SET log_statement = 'all'")
    service.sql("SELECT pg_reload_conf()")
    time.sleep(0.3)
    first = statements(service, lambda: service.upload(raw))
    hot = statements(service, lambda: service.upload(raw + b"\0"))
    service.stop("attestry-fcgi", signal.SIGTERM)
    service.up()
    service.upload(world.quote("tdx-v4"))  # is connected
    cold_worker = statements(service, lambda: service.upload(raw + b"\0\0"))
    service.sql("ALTER SYSTEM RESET log_statement")
    service.sql("SELECT pg_reload_conf()")
    same(len(hot), 1, "a hot upload: one statement")
    same(len(cold_worker), 4, "a worker's first of a platform: two more")
    note(f"statements: {len(first)} with a fetch, {len(cold_worker)} with "
         f"documents of the database, {len(hot)} hot")
    ok(len(first) <= 20, "a fetch: few more")


with World(settings=numbered(18)) as world, \
        World(settings=numbered(17)) as older, \
        World(settings=numbered(19)) as newer, \
        World(now="2026-06-14T12:00:00Z", settings=numbered(18)) as earlier, \
        World(settings=numbered(18, "tcb_info.edit={=>{\"news\":1,")) \
        as resigned, \
        World(settings=numbered(18, "pck_crl.crl_number=19",
                                "pck_crl.revokes=pck")) as revoking, \
        World(settings=numbered(19, "root_crl.revokes=tcb_signing")) \
        as untrusting:
    platforms = [World(settings=numbered(18, f"fmspc={fmspc}"))
                 for fmspc in FMSPCS]
    with Service(ATTESTRY_COPIES_MAX="1000",
                 ATTESTRY_PCS_TIMEOUT_MS=str(DEADLINE_S * 1000),
                 **world.settings) as service:
        cold(service, world)
        cold_platforms(service, world, platforms)
        other_machines(service, world)
        fetcher_dies(service, world)
        stale(service, world)
        expired(service, world)
        never_back(service, world, older, newer)
        earlier_date(service, world, earlier, resigned)
        revocation_stays(service, world, revoking)
        signer_revoked(service, world, untrusting)
        unverified(service, world)
        breaker(service, world)
        patience(service, world)
        unknown(service, world)
        cost(service, world)
        migration(service, world, older)
    for platform in platforms:
        platform.__exit__()
done()
