"""
A source that hangs harms nobody else: how long other requests take meanwhile,
how many workers wait for it, and what becomes of the uploads that need it.
"""

import glob
import os
import signal
import threading
import time

from answer import checksum, load
from e2e import Service, is_running, wait_until
from tap import done, note, ok, same
from world import World

DEADLINE_S = 5
NUM_WORKERS = 8
NUM_UPLOADS = 40
# Of three platforms.
SAMPLES = ("tdx-v4", "sgx-v3", "sgx-v3-processor", "tdx-v5", "sgx-v4")


def cold_quotes(world, num):
    """So many uploads, no two the same."""
    return [world.quote(SAMPLES[i % len(SAMPLES)]) + bytes(1 + i // 5)
            for i in range(num)]


class Uploads:
    """Uploads at once, each by a client of its own."""

    def __init__(self, service, quotes):
        self.service = service
        self.began = time.monotonic()
        self.replies = [None] * len(quotes)
        self.took = [None] * len(quotes)
        self.threads = [threading.Thread(target=self.run, args=(i, quote))
                        for i, quote in enumerate(quotes)]
        for thread in self.threads:
            thread.start()

    def run(self, i, quote):
        self.replies[i] = self.service.upload(
            quote, source=f"127.0.0.{1 + i % 16}")
        self.took[i] = time.monotonic() - self.began

    def are_over(self):
        return not any(thread.is_alive() for thread in self.threads)

    def statuses(self):
        for thread in self.threads:
            thread.join()
        return [reply.status for reply in self.replies]


def connections_to(port):
    """The inodes of this machine's connections to a port."""
    with open("/proc/net/tcp") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return {row[9] for row in rows
            if row[2].endswith(":%04X" % port) and row[3] == "01"}


def has_socket(pid, inodes):
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            link = os.readlink(f"/proc/{pid}/fd/{fd}")
            if link.startswith("socket:[") and link[8:-1] in inodes:
                return True
    except OSError:
        pass
    return False


def num_connected(service, world):
    """How many workers have a connection to the source."""
    inodes = connections_to(world.pcs.port)
    return sum(has_socket(pid, inodes) for pid in service.worker_pids())


def waiting_pids(service):
    """The workers that wait for the source, or for others that ask it: those
    with a seat, which is a lock."""
    with open("/proc/locks") as file:
        locks = [line.split() for line in file]
    seats = {os.stat(link).st_ino for link in glob.glob(
        f"/proc/{service.pid()}/fd/*")
        if "attestry-seats" in os.readlink(link)}
    return set(service.worker_pids()) & {
        int(lock[4]) for lock in locks
        if lock[1] == "POSIX" and lock[3] == "WRITE" and
        int(lock[5].split(":")[2]) in seats}


def half_wait(service, seconds=3):
    return wait_until(
        lambda: len(waiting_pids(service)) == NUM_WORKERS // 2, seconds)


class Watch:
    """GETs without a pause, and how many workers wait meanwhile."""

    def __init__(self, service, world, quote):
        own = checksum(quote)
        self.service, self.world = service, world
        self.paths = ["recent", f"view/{own}", f"raw/{own}",
                      f"collateral/{own}"]
        self.seconds = {path: [] for path in self.paths}
        self.statuses = set()
        self.most_waiting = self.most_connected = 0
        self.is_over = False
        self.threads = [threading.Thread(target=self.ask, args=(path,))
                        for path in self.paths]
        self.threads.append(threading.Thread(target=self.count))
        for thread in self.threads:
            thread.start()

    def ask(self, path):
        while not self.is_over:
            began = time.monotonic()
            self.statuses.add(self.service.get(path).status)
            self.seconds[path].append(time.monotonic() - began)
            time.sleep(0.01)

    def count(self):
        while not self.is_over:
            self.most_waiting = max(
                self.most_waiting, len(waiting_pids(self.service)))
            self.most_connected = max(
                self.most_connected, num_connected(self.service, self.world))
            time.sleep(0.02)

    def end(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()

    def report(self):
        for path, seconds in self.seconds.items():
            ordered = sorted(seconds)
            note(f"{path[:12]}: {len(ordered)} answers, median"
                 f" {ordered[len(ordered) // 2] * 1000:.1f} ms, slowest"
                 f" {ordered[-1] * 1000:.1f} ms")

    def slowest(self):
        return max(max(seconds) for seconds in self.seconds.values())


def renew_workers(service):
    """New ones, which remember nothing and have no connection."""
    old = service.worker_pids()
    os.kill(service.pid(), signal.SIGHUP)
    if not wait_until(lambda: len(service.worker_pids()) == len(old) and
                      set(old).isdisjoint(service.worker_pids())):
        raise RuntimeError("workers are not replaced")


def source_hangs(service, world):
    known = world.quote("tdx-v4")
    same(service.upload(known).status, 200, "a quote before the hang")
    quotes = [q for q in cold_quotes(world, 2 * NUM_UPLOADS)
              if q[4:8] != known[4:8]][:NUM_UPLOADS]
    same(len(quotes), NUM_UPLOADS, "forty uploads of platforms not seen yet")

    renew_workers(service)
    world.pcs.switch("all", hang=True)
    watch = Watch(service, world, known)
    time.sleep(0.5)
    uploads = Uploads(service, quotes)
    same(set(uploads.statuses()), {500}, "all are answered, with 500")
    watch.end()
    same({load(reply.body)["reason"] for reply in uploads.replies},
         {"collateral_unavailable"}, "no verdict")
    ok(DEADLINE_S - 0.5 < min(uploads.took) and
       max(uploads.took) < DEADLINE_S + 2, "at the deadline")
    note(f"after {min(uploads.took):.2f} to {max(uploads.took):.2f} s;"
         f" the deadline is {DEADLINE_S} s")
    same(watch.statuses, {200}, "GETs meanwhile: all answered")
    ok(watch.slowest() < 1, "GETs meanwhile: as fast as ever")
    watch.report()
    same(watch.most_waiting, NUM_WORKERS // 2,
         "half of the workers wait for the source, and no more")
    ok(1 <= watch.most_connected <= NUM_WORKERS // 2,
       "no more of them have a connection to it")
    note(f"{watch.most_connected} at most: others wait for what these bring")
    same(service.sql("SELECT count(*) FROM quote"),
         [(str(NUM_UPLOADS + 1),)], "all are kept")
    same({service.get(f"raw/{checksum(q)}").body == q for q in quotes},
         {True}, "byte for byte")
    lines = [line for line in service.log().splitlines()
             if '"event":"request"' in line and '"route":"verify"' in line]
    same(len(lines), NUM_UPLOADS + 1, "each is logged once")
    return quotes


def is_settled(service, quotes):
    """Whether all have a verdict, looked at without asking for one."""
    own = ",".join(f"'\\x{checksum(quote)}'" for quote in quotes)
    return service.sql("SELECT count(DISTINCT checksum) FROM verdict"
                       f" WHERE checksum IN ({own})") == [(str(len(quotes)),)]


def source_comes_back(service, world, quotes):
    """Nobody asks, and the quotes that were kept are judged."""
    world.pcs.reset()
    began = time.monotonic()
    ok(wait_until(lambda: is_settled(service, quotes), 60),
       "the source is back: all get their verdicts by themselves")
    note(f"after {time.monotonic() - began:.1f} s")
    same({load(service.get(f"view/{checksum(quote)}").body)["verified"]
          for quote in quotes}, {True}, "they are verified")
    same(service.sql("SELECT count(*) FROM verdict"),
         [(str(len(quotes) + 1),)], "each once")
    same(service.log().count('"event":"keeper_verdict"'), len(quotes),
         "and logged once")


def waiting_workers_die(service, world):
    """A seat comes back with the worker that is killed on it."""
    service.fresh_database()
    renew_workers(service)
    world.pcs.switch("all", hang=True)
    quote = world.quote("sgx-v3")
    uploads = Uploads(service, [quote + bytes(100 + i) for i in range(20)])
    ok(half_wait(service), "half of the workers wait again")
    victims = waiting_pids(service)
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    ok(wait_until(lambda: len(waiting_pids(service) - victims) ==
                  NUM_WORKERS // 2, 2),
       "they are killed: others take their seats")
    same(service.get("recent").status, 200, "and the rest serves")
    # nginx tries uploads of the dead again
    same(set(uploads.statuses()), {500}, "all uploads are answered")
    note(f"after {min(uploads.took):.2f} to {max(uploads.took):.2f} s")


def pool_stops(service, world):
    """Uploads that wait do not hold a restart or a stop up."""
    quote = world.quote("sgx-v3")
    uploads = Uploads(service, [quote + bytes(200 + i) for i in range(20)])
    half_wait(service)
    old = service.worker_pids()
    os.kill(service.pid(), signal.SIGHUP)
    same(set(uploads.statuses()), {500}, "HUP: all uploads are answered")
    ok(wait_until(lambda: set(old).isdisjoint(service.worker_pids()), 30),
       "HUP: all workers are replaced")
    same(service.get("recent").status, 200, "HUP: served")
    ok("worker_killed" not in service.log(), "HUP: nobody had to be killed")

    uploads = Uploads(service, [quote + bytes(300 + i) for i in range(20)])
    half_wait(service)
    began = time.monotonic()
    pid = service.pid()
    os.kill(pid, signal.SIGTERM)
    ok(wait_until(lambda: not is_running(pid)) and
       time.monotonic() - began < DEADLINE_S + 3, "TERM: it stops")
    note(f"in {time.monotonic() - began:.2f} s")
    same(set(uploads.statuses()), {500}, "TERM: all uploads are answered")
    ok("worker_killed" not in service.log(), "TERM: nobody had to be killed")
    service.up()


def source_is_slow(service, world):
    """Everybody wants the same at once."""
    world.pcs.reset()
    service.fresh_database()
    world.pcs.switch("all", delay=0.3)
    quotes = cold_quotes(world, 200)
    uploads = Uploads(service, quotes)
    statuses = uploads.statuses()
    same({status: statuses.count(status) for status in set(statuses)},
         {200: 200}, "200 cold uploads at once: all are verified")
    note(f"after {min(uploads.took):.2f} to {max(uploads.took):.2f} s")


def settings(world):
    return {**world.settings,
            "ATTESTRY_PCS_TIMEOUT_MS": str(1000 * DEADLINE_S),
            "ATTESTRY_KEEPER_S": "1"}


with World() as world, Service(
        workers=NUM_WORKERS, **settings(world),
        # padded copies of one quote, all of them to be kept
        ATTESTRY_COPIES_MAX="1000") as service:
    quotes = source_hangs(service, world)
    source_comes_back(service, world, quotes)
    waiting_workers_die(service, world)
    pool_stops(service, world)
    source_is_slow(service, world)
done()
