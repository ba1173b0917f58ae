"""A database that may lose what it acknowledged is not served."""

import time

from instance import alter
from load import Client, checksum, is_acknowledged, numbered

WHAT = "fsync, full_page_writes or synchronous_commit off: no service"
SEEDED = "served", "started"
SETTINGS = "fsync", "full_page_writes", "synchronous_commit"
EX_CONFIG = 78


def cut(service):
    service.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'attestry_worker'")


def check_refusal(findings, service, setting, number):
    """What does not start, and what does not go on."""
    alter(service, f"{setting} = off")
    with service.own_pool() as pool:
        time.sleep(0.5)
        status = pool.poll()
    findings.need(status == EX_CONFIG, "started",
                  f"{setting} off: the pool's status is {status}")
    findings.need(f"{setting}: want" in service.log() or status is None,
                  "silent", f"{setting} off: the log does not say so")
    alter(service, f"{setting} = on")
    service.up()

    alter(service, f"{setting} = off")
    cut(service)
    client = Client(service.port)
    quote = numbered(service.quote, number)
    answers = [client.upload(quote), client.get("recent"),
               client.get(f"view/{checksum(service.quote)}"),
               client.get("/readyz")]
    findings.need([answer.status for answer in answers] ==
                  [500, 500, 500, 503], "served",
                  f"{setting} off: {[answer.status for answer in answers]}")
    alter(service, f"{setting} = on")
    answers = [client.upload(quote), client.get("recent"),
               client.get("/readyz")]
    findings.need(is_acknowledged(answers[0]) and
                  [answer.status for answer in answers[1:]] == [200, 200],
                  "down", f"{setting} on again:"
                  f" {[answer.status for answer in answers]}")


def check_all(findings, service, first):
    for number, setting in enumerate(SETTINGS):
        check_refusal(findings, service, setting, first + number)
    findings.figure("settings", len(SETTINGS))


def run(findings, service, quick):
    check_all(findings, service, 0)
    checksums = service.sql("SHOW data_checksums")[0][0]
    findings.figure("data checksums", checksums)
    findings.need(checksums == "on", "unchecked", "data_checksums is off")


def control(findings, service, quick):
    """A pool that is told to take any database."""
    service.up(ATTESTRY_DURABILITY="any")
    check_all(findings, service, 100)
    findings.need("any_durability" in service.log(), "silent",
                  "the log does not say that any database is taken")
