"""Everything is killed while uploads run; nothing that was acknowledged may
be lost."""

import random
import time

from e2e import wait_until
from instance import (kill_one, kill_postgres, kill_workers, recovered_at,
                      stop_writing)
from load import Uploads, check_kept

WHAT = "kill -9 of workers, master, nginx and PostgreSQL under load"
SEEDED = "lost",

# How often each is killed: (in full, quick).
KILLS = {"worker": (10, 2), "all workers": (3, 1), "master": (4, 1),
         "nginx": (4, 1), "postgres": (6, 1)}
UPLOADS = 1000, 60
BACK_WORKER_S = 1
BACK_DATABASE_S = 5


def plan(quick):
    kills = [what for what, nums in KILLS.items()
             for _ in range(nums[quick])]
    random.shuffle(kills)
    return kills


def kill_some(service, uploads, num):
    """The seconds until an upload that was sent since is acknowledged, and
    until there are as many workers as before."""
    kill_workers(service, num)
    at = time.monotonic()
    first = uploads.first_since(at)
    wait_until(lambda: len(service.worker_pids()) == service.workers)
    return (first or at + 99) - at, time.monotonic() - at


def kill_any(service, uploads, what):
    """Kills it, has it started again; how long until it serves, of its own
    kind, or None."""
    if what == "worker":
        return kill_some(service, uploads, 1)[0]
    if what == "all workers":
        return kill_some(service, uploads, service.workers)[0]
    if what == "postgres":
        kill_postgres(service)
        service.up()
        at = recovered_at(service)
        first = uploads.first_since(at)
        return max(0, (first or at + 99) - at)
    kill_one(service, "attestry-fcgi" if what == "master" else what)
    service.up()
    return None


def run(findings, service, quick):
    back = {}
    kills = plan(quick)
    pause = UPLOADS[quick] // len(kills) + 1
    with Uploads(service) as uploads:
        for what in kills:
            uploads.wait(pause, 20)
            seconds = kill_any(service, uploads, what)
            if seconds is not None:
                back.setdefault(what, []).append(seconds)
        uploads.wait(pause, 20)
    findings.figure("kills", len(kills))
    check_kept(findings, service, uploads.acknowledged)
    findings.need(len(uploads.acknowledged) >= UPLOADS[quick], "few",
                  f"want {UPLOADS[quick]} acknowledged uploads")
    findings.need(not uploads.odd, "odd", f"{uploads.odd[:1]}")
    for what, seconds in back.items():
        limit = BACK_DATABASE_S if what == "postgres" else BACK_WORKER_S
        findings.figure(f"back after {what}, s", max(seconds))
        findings.goal(max(seconds) < limit,
                      f"{what}: want service back in {limit} s, have"
                      f" {max(seconds):.3f}")


def control(findings, service, quick):
    """A database that acknowledges what it has in memory."""
    service.up(ATTESTRY_DURABILITY="any")
    stop_writing(service)
    with Uploads(service, first=1_000_000) as uploads:
        uploads.wait(UPLOADS[quick] // 4, 20)
        kill_postgres(service)
    service.up()
    check_kept(findings, service, uploads.acknowledged)
