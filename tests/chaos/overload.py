"""Twice as many uploads as can be judged, and readers beside them."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

from e2e import BASE, multipart
from findings import Skip
from instance import change_front
from load import Client, USER_DATA, numbered, percentile

WHAT = "twice the uploads that can be judged: refused at once, not queued"
SEEDED = "accepted late",

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 20, 4
# Enough to find out how much is judged, and none is refused.
CAPACITY_CONNECTIONS = 32
# More than the pool is handed at one time.
CONNECTIONS = 1000
# Goals, in seconds.
ACCEPTED_P99_S, REFUSED_P99_S, GET_P99_S = 1, 0.1, 0.1
GROWTH_MAX_KIB = 4096
ACCEPTED = 200, 400
REFUSALS = {429: "Too many requests", 503: "Service Unavailable"}


class Log:
    """The front's lines of uploads from now on: [(status, seconds)]. What a
    client sees has its own waiting for a processor in it."""

    def __init__(self, service):
        self.path = service.path("log", "nginx-access.log")
        self.at = os.path.getsize(self.path)

    def uploads(self):
        with open(self.path, errors="replace") as file:
            file.seek(self.at)
            lines = [json.loads(line) for line in file]
        return [(int(line["status"]), float(line["request_time"]))
                for line in lines if line["uri"] == f"{BASE}/verify"]


def send(service, connections, delay_ms, seconds, first):
    """Uploads over that many connections: [(status, seconds)]."""
    body, content_type = multipart(("file", "quote.bin", service.quote))
    at = body.index(service.quote) + USER_DATA
    log = Log(service)
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, part in ("before", body[:at]), ("after", body[at + 8:]):
            files.append(os.path.join(folder, name))
            with open(files[-1], "wb") as file:
                file.write(part)
        subprocess.run(
            ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s",
             "--timeout", "30s", "-s", os.path.join(HERE, "overload.lua"),
             f"http://127.0.0.1:{service.port}{BASE}/verify", "--", *files,
             content_type, str(first), str(int(delay_ms))],
            check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            timeout=seconds + 60)
    return log.uploads()


class Reader:
    """Reads all the time, and uploads now and then, on a connection of its
    own."""

    def __init__(self, service, first):
        self.client, self.service = Client(service.port), service
        self.path = f"view/{service.get('recent').json()[0]['checksum']}"
        self.reads, self.uploads, self.next = [], [], first
        self.is_over = False
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.is_over:
            for _ in range(5):
                self.reads.append(self.client.get(self.path))
                time.sleep(0.02)
            self.uploads.append(self.client.upload(
                numbered(self.service.quote, self.next)))
            self.next += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()


def memory(service):
    """KiB of their own that workers have, all together."""
    total = 0
    for pid in service.worker_pids():
        with open(f"/proc/{pid}/status") as file:
            lines = dict(line.split(":", 1) for line in file)
        total += int(lines["RssAnon"].split()[0])
    return total


def check(findings, service, seconds, first):
    if shutil.which("wrk") is None:
        raise Skip("wrk is not installed")
    # One address stands for many, and all count.
    change_front(service, "limit_conn attestry_address 100",
                 "limit_conn attestry_address 20000")
    spent = max(1, seconds // 4)
    capacity = len(send(service, CAPACITY_CONNECTIONS, 0, spent, first)) / \
        spent
    before = memory(service)
    with Reader(service, first + 20_000_000) as reader:
        uploads = send(service, CONNECTIONS,
                       1000 * CONNECTIONS / (2.5 * capacity), seconds,
                       first + 10_000_000)
    accepted = [took for status, took in uploads if status in ACCEPTED]
    refused = [took for status, took in uploads if status in REFUSALS]
    # 499: wrk leaves when its time is over
    other = {status for status, _ in uploads
             if status not in (*ACCEPTED, *REFUSALS, 499)}
    findings.figure("capacity /s", capacity)
    findings.figure("offered /s", len(uploads) / seconds)
    findings.figure("accepted", len(accepted))
    findings.figure("refused", len(refused))
    findings.need(accepted, "down", "nothing is accepted")
    findings.need(not other, "answered", f"such as {other}")
    pace(findings, "accepted", accepted, ACCEPTED_P99_S)
    pace(findings, "refused", refused, REFUSED_P99_S)
    pace(findings, "GET", [answer.seconds for answer in reader.reads],
         GET_P99_S)
    findings.need({answer.status for answer in reader.reads} == {200},
                  "reads", "a reader is refused")
    as_json(findings, reader.uploads)
    afterwards(findings, service, before, first)


def as_json(findings, uploads):
    """What is refused says so."""
    wrong = [(answer.status, answer.body[:200]) for answer in uploads
             if answer.status not in ACCEPTED and answer.body != json.dumps(
                 {"detail": REFUSALS.get(answer.status)},
                 separators=(",", ":")).encode()]
    findings.need(uploads and not wrong, "answered", f"such as {wrong[:1]}")


def pace(findings, name, seconds, limit):
    if not seconds:
        return
    p99 = percentile(seconds, 0.99)
    findings.figure(f"{name} p99, s", p99)
    findings.goal(p99 < limit, f"{name}: want a p99 of {limit} s, have"
                  f" {p99:.3f}", f"{name} late")


def afterwards(findings, service, before, first):
    """All is as it was."""
    client = Client(service.port)
    answers = [client.upload(numbered(service.quote, first + 30_000_000 + i))
               for i in range(20)]
    findings.need({answer.status for answer in answers} <= set(ACCEPTED),
                  "down", "refused afterwards, too")
    grown = memory(service) - before
    findings.figure("grown, KiB", grown)
    findings.need(grown < GROWTH_MAX_KIB, "grown", f"{grown} KiB")


def run(findings, service, quick):
    check(findings, service, SECONDS[quick], 0)


def control(findings, service, quick):
    """A front that hands on whatever comes, to a database that is slow."""
    change_front(service, "max_conns=128", "max_conns=100000")
    service.sql("CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql"
                " AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$")
    service.sql("CREATE TRIGGER linger BEFORE INSERT ON quote"
                " FOR EACH ROW EXECUTE FUNCTION linger()")
    check(findings, service, SECONDS[quick], 100_000_000)
