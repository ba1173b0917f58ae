"""Quotes without a verdict are judged by themselves: which, when, by whom, and
what does not hold the others up."""

import os
import signal
import threading
import time

from answer import checksum, load
from e2e import Service, is_running, wait_until
from tap import done, note, ok, same
from world import World

TIMEOUT_MS = 1000
YOUNG_S = 2 * TIMEOUT_MS / 1000 + 10


def put(service, world, name, num=1, age=f"{YOUNG_S + 1} seconds",
        padding=1):
    """
    Stored as a worker does that dies before it can judge; name is that of a
    sample that was uploaded. Returns their checksums.
    """
    service.sql(
        "INSERT INTO quote (checksum, raw, content_sha256, tee, version,"
        " fmspc, ca, ppid, pce_id, uploaded_at)"
        " SELECT sha256(x.padded), x.padded, content_sha256, tee, version,"
        f" fmspc, ca, ppid, pce_id, now() - interval '{age}'"
        " FROM quote CROSS JOIN LATERAL (SELECT"
        "  raw || decode(repeat('00', n), 'hex') AS padded"
        f"  FROM generate_series({padding}, {padding + num - 1}) n) x"
        f" WHERE checksum = '\\x{checksum(world.quote(name))}'")
    return [checksum(world.quote(name) + bytes(padding + i))
            for i in range(num)]


def renew_keeper(service):
    """A new one begins with the oldest quotes."""
    old = service.keeper_pid()
    os.kill(old, signal.SIGKILL)
    if not wait_until(lambda: service.keeper_pid() not in (None, old)):
        raise RuntimeError("the keeper is not replaced")


def num_decided(service, own):
    listed = ",".join(f"'\\x{one}'" for one in own)
    return int(service.sql("SELECT count(DISTINCT checksum) FROM verdict"
                           f" WHERE checksum IN ({listed})")[0][0])


def all_decided(service, own):
    return num_decided(service, own) == len(own)


def samples(service, world):
    """One upload of each, for put()."""
    names = ("tdx-v4", "sgx-v3", "sgx-v3-processor", "sgx-v3-forged")
    same([service.upload(world.quote(name)).status for name in names],
         [200, 200, 200, 400], "samples of three platforms")


def left_behind(service, world):
    """What a worker could not finish."""
    own = put(service, world, "tdx-v4", 20, padding=1)
    forged = put(service, world, "sgx-v3-forged", padding=1)
    ok(wait_until(lambda: all_decided(service, own + forged), 10),
       "quotes that a dead worker left are judged")
    same([load(service.get(f"view/{one}").body)[key]
          for one in (own[0], forged[0]) for key in ("verified", "reason")],
         [True, None, False, "bad_quote_signature"], "and judged right")
    before = service.sql("SELECT count(*) FROM verdict")
    time.sleep(2.5)
    same(service.sql("SELECT count(*) FROM verdict"), before,
         "what has a verdict is left alone")

    old = put(service, world, "tdx-v4", age="31 days", padding=100)
    young = put(service, world, "tdx-v4", age="1 second", padding=200)
    border = put(service, world, "tdx-v4", age="29 days", padding=300)
    began = time.monotonic()
    ok(wait_until(lambda: all_decided(service, young), YOUNG_S + 5),
       "a young quote is judged when it is no worker's any more")
    took = time.monotonic() - began
    ok(took > YOUNG_S - 3, "and not before")
    note(f"after {took:.1f} s")
    same(num_decided(service, old + border), 0,
         "what appears before its place waits for the next pass")
    renew_keeper(service)
    ok(wait_until(lambda: all_decided(service, border), 10),
       "the next pass, of a new keeper, finds it")
    same(num_decided(service, old), 0, "but nothing older than 30 days")


def renew_processes(service):
    old = [service.keeper_pid(), *service.worker_pids()]
    os.kill(service.pid(), signal.SIGHUP)
    ok(wait_until(lambda: len(service.children()) == len(old) and
                  set(old).isdisjoint(service.children())),
       "HUP replaces workers and keeper")


def source_is_down(service, world):
    """One platform waits, the others do not, and nobody is pestered."""
    service.fresh_database()
    renew_processes(service)
    world.pcs.serve([world.collateral_file("tdx-v4")])
    same([service.upload(world.quote(name)).status
          for name in ("tdx-v4", "sgx-v3")], [200, 500],
         "collateral for one platform, none for another")
    world.pcs.reset()
    never = put(service, world, "sgx-v3", 30, age="3 hours", padding=1) + \
        put(service, world, "sgx-v3", 30, age="2 hours", padding=50)
    later = put(service, world, "tdx-v4", 20, age="1 hour", padding=1)
    renew_keeper(service)
    ok(wait_until(lambda: all_decided(service, later), 10),
       "60 older quotes that cannot be judged do not hold 20 others up")
    same(num_decided(service, never), 0, "those wait")
    time.sleep(6)
    asked = world.pcs.counts()["tcb_info"]
    ok(3 <= asked <= 8, "their platform is tried again, with growing pauses")
    note(f"{asked} times in some 8 s")
    more = put(service, world, "sgx-v3", 5, age="1 minute", padding=500)
    world.pcs.serve(world.files)
    ok(wait_until(lambda: all_decided(service, never + more), 30),
       "the source has it: all are judged")


def one_at_a_time(service, world):
    """Another machine's keeper has the turn."""
    lock = ("SELECT pg_advisory_lock(hashtextextended('attestry keeper', 0)),"
            " pg_sleep(4)")
    holder = threading.Thread(target=service.sql, args=(lock,))
    holder.start()
    time.sleep(1.5)
    own = put(service, world, "tdx-v4", padding=900)
    time.sleep(1.5)
    same(num_decided(service, own), 0, "somebody else's turn: nothing is done")
    holder.join()
    ok(wait_until(lambda: all_decided(service, own), 5),
       "when it is over, it is done")


def life(service, world):
    keeper, workers = service.keeper_pid(), service.worker_pids()
    os.kill(keeper, signal.SIGKILL)
    ok(wait_until(lambda: service.keeper_pid() not in (None, keeper), 5),
       "a killed keeper is replaced")
    same(service.worker_pids(), workers, "the workers are not concerned")
    renew_processes(service)
    service.stop("postgres")
    time.sleep(2)
    keeper = service.keeper_pid()
    service.up()
    own = put(service, world, "tdx-v4", padding=1000)
    ok(wait_until(lambda: all_decided(service, own), 10) and
       service.keeper_pid() == keeper, "a database that was down: it goes on")
    pid, keeper = service.pid(), service.keeper_pid()
    began = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    ok(wait_until(lambda: not is_running(pid)) and not is_running(keeper) and
       time.monotonic() - began < 2, "TERM: it leaves with the pool")
    service.up(ATTESTRY_KEEPER_S="0")
    same((len(service.worker_pids()), service.keeper_pid()), (2, None),
         "0: there is none")


with World() as world, Service(
        workers=2, **world.settings, ATTESTRY_KEEPER_S="1",
        # the keeper's own pauses are what is looked at
        ATTESTRY_PCS_PAUSE_S="0", ATTESTRY_PCS_UNKNOWN_S="0",
        ATTESTRY_PCS_TIMEOUT_MS=str(TIMEOUT_MS)) as service:
    samples(service, world)
    left_behind(service, world)
    source_is_down(service, world)
    one_at_a_time(service, world)
    life(service, world)
done()
