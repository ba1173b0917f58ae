"""Twice as many uploads as can be judged, from many addresses, and readers
beside them."""

import asyncio
import json
import threading
import time

from e2e import BASE, multipart
from instance import change_front
from load import Client, numbered, percentile

WHAT = "twice the uploads that can be judged: refused at once, not queued"
SEEDED = "accepted late",

SECONDS = 20, 4
ADDRESSES = [f"127.0.1.{number}" for number in range(1, 33)]
CAPACITY_CLIENTS = 8
# A client gives up after that.
PATIENCE_S = 20
# Goals, in seconds.
ACCEPTED_P99_S, REFUSED_P99_S, GET_P99_S = 1, 0.1, 0.1
GROWTH_MAX_KIB = 4096
REFUSALS = {429: "Too many requests", 503: "Service Unavailable"}


def request_of(quote):
    body, content_type = multipart(("file", "quote.bin", quote))
    return (f"POST {BASE}/verify HTTP/1.1\r\nHost: attestry\r\n"
            f"Connection: close\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


async def send(port, source, request):
    """(status, body, seconds); status 0: no answer."""
    began = time.monotonic()
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(
            "127.0.0.1", port, local_addr=(source, 0)), PATIENCE_S)
        try:
            writer.write(request)
            answer = await asyncio.wait_for(reader.read(-1), PATIENCE_S)
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
    except (OSError, asyncio.TimeoutError, IndexError, ValueError) as error:
        status, body = 0, repr(error).encode()
    return status, body, time.monotonic() - began


async def closed(service, num_clients, seconds, first):
    """Clients that wait for their answers: uploads a second."""
    until, num = time.monotonic() + seconds, 0

    async def client(number):
        nonlocal num
        while time.monotonic() < until:
            await send(service.port, ADDRESSES[0],
                       request_of(numbered(service.quote, number)))
            number += num_clients
            num += 1

    await asyncio.gather(*[client(first + i) for i in range(num_clients)])
    return num / seconds


async def open_(service, rate, seconds, first):
    """Clients that come at a rate, whatever becomes of those before."""
    began, tasks = time.monotonic(), []
    for number in range(int(rate * seconds)):
        delay = began + number / rate - time.monotonic()
        if delay > 0:
            await asyncio.sleep(delay)
        tasks.append(asyncio.ensure_future(send(
            service.port, ADDRESSES[number % len(ADDRESSES)],
            request_of(numbered(service.quote, first + number)))))
    return await asyncio.gather(*tasks)


class Reader:
    """Reads all the time, on a connection of its own."""

    def __init__(self, service):
        self.client = Client(service.port)
        self.path = f"view/{service.get('recent').json()[0]['checksum']}"
        self.answers, self.is_over = [], False
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.is_over:
            self.answers.append(self.client.get(self.path))
            time.sleep(0.02)

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
    # Nobody's address has used up its burst, and all count.
    change_front(service, "burst=100 nodelay", "burst=100000 nodelay")
    capacity = asyncio.run(closed(service, CAPACITY_CLIENTS, seconds / 4,
                                  first))
    before = memory(service)
    with Reader(service) as reader:
        answers = asyncio.run(open_(service, 2 * capacity, seconds,
                                    first + 1_000_000))
    accepted = [took for status, _, took in answers if status in (200, 400)]
    refused = [took for status, _, took in answers if status in REFUSALS]
    other = [(status, body[:200]) for status, body, _ in answers
             if status not in (200, 400, *REFUSALS)]
    not_json = [(status, body[:200]) for status, body, _ in answers
                if status in REFUSALS and
                body != json.dumps({"detail": REFUSALS[status]},
                                   separators=(",", ":")).encode()]
    findings.figure("capacity /s", capacity)
    findings.figure("accepted", len(accepted))
    findings.figure("refused", len(refused))
    findings.need(accepted, "down", "nothing is accepted")
    findings.need(not other, "answered", f"{len(other)}, such as {other[:1]}")
    findings.need(not not_json, "answered", f"such as {not_json[:1]}")
    pace(findings, "accepted", accepted, ACCEPTED_P99_S)
    pace(findings, "refused", refused, REFUSED_P99_S)
    pace(findings, "GET", [answer.seconds for answer in reader.answers],
         GET_P99_S)
    findings.need({answer.status for answer in reader.answers} == {200},
                  "reads", "a reader is refused")
    afterwards(findings, service, before, first)


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
    answers = [client.upload(numbered(service.quote, first + 3_000_000 + i))
               for i in range(20)]
    findings.need({answer.status for answer in answers} <= {200, 400},
                  "down", "refused afterwards, too")
    grown = memory(service) - before
    findings.figure("grown, KiB", grown)
    findings.need(grown < GROWTH_MAX_KIB, "grown", f"{grown} KiB")


def run(findings, service, quick):
    check(findings, service, SECONDS[quick], 0)


def control(findings, service, quick):
    """A front that hands on whatever comes."""
    change_front(service, "max_conns=128", "max_conns=100000")
    check(findings, service, SECONDS[quick], 10_000_000)
