"""The disk of the database is full for a while."""

import contextlib
import os

import instance as base
from findings import Skip
from load import (Client, check_kept, checksum, is_acknowledged, numbered)

WHAT = "a full disk: uploads are refused, reads go on, nothing is lost"
SEEDED = "reads",

SIZE_MB = 160
# What is left to PostgreSQL of a full disk.
LEFT_BYTES = 1 << 20
REFUSALS = 100, 20
DETAIL = "Internal server error during verification"


@contextlib.contextmanager
def instance():
    """Its cluster alone is on a small tmpfs."""
    if os.geteuid() != 0:
        raise Skip("needs root, to mount a tmpfs")
    with base.instance() as service, base.cluster_on(
            service, "tmpfs", "none", f"size={SIZE_MB}m") as service.mount:
        # the log of transactions has a segment of its own in hand
        service.sql("SELECT pg_switch_wal()")
        service.sql("CHECKPOINT")
        yield service


def fill(service):
    """A file that takes all but a little."""
    path = os.path.join(service.mount, "ballast")
    free = os.statvfs(service.mount)
    left = free.f_bavail * free.f_bsize - LEFT_BYTES
    with open(path, "wb") as file:
        for _ in range(left // (1 << 20)):
            file.write(bytes(1 << 20))
    return path


def upload_until_refused(service, acknowledged, first, num):
    """So many refusals in a row; they."""
    client, refusals = Client(service.port), []
    for number in range(first, first + 20000):
        quote = numbered(service.quote, number)
        answer = client.upload(quote)
        if is_acknowledged(answer):
            acknowledged[checksum(quote)] = quote, None
            refusals = []
        else:
            refusals.append(answer)
        if len(refusals) == num:
            break
    return refusals


def check_reads(findings, service, acknowledged):
    client = Client(service.port)
    some = list(acknowledged)[-50:]
    paths = ["recent", *(f"view/{own}" for own in some),
             *(f"raw/{own}" for own in some)]
    statuses = [client.get(path).status for path in paths]
    findings.figure("reads while full", len(paths))
    findings.need(set(statuses) == {200}, "reads",
                  f"while the disk is full: {sorted(set(statuses))}")


def run(findings, service, quick):
    acknowledged = {}
    workers = service.worker_pids()
    ballast = fill(service)
    refusals = upload_until_refused(service, acknowledged, 0,
                                    REFUSALS[quick])
    findings.figure("before it was full", len(acknowledged))
    findings.figure("refused", len(refusals))
    findings.need(len(refusals) == REFUSALS[quick], "few",
                  "the disk does not get full")
    wrong = [(answer.status, answer.body[:200]) for answer in refusals
             if answer.status != 500 or
             answer.json().get("detail") != DETAIL]
    findings.need(not wrong, "answered", f"such as {wrong[:1]}")
    check_reads(findings, service, acknowledged)
    os.unlink(ballast)
    again = numbered(service.quote, 100_000)
    answer = Client(service.port).upload(again)
    findings.need(is_acknowledged(answer), "down",
                  f"with room again: {answer.status} {answer.body[:200]}")
    acknowledged[checksum(again)] = again, None
    findings.need(service.worker_pids() == workers, "restarted",
                  "the workers are not those of before")
    check_kept(findings, service, acknowledged)


def control(findings, service, quick):
    """A database that does not survive a full disk."""
    acknowledged = {}
    fill(service)
    upload_until_refused(service, acknowledged, 200_000, 3)
    base.kill_postgres(service)
    check_reads(findings, service, acknowledged)
