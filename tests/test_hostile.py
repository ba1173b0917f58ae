"""
Requests that mean harm, against the pool behind nginx and behind Apache: the
rows of hostile_forms.py, hostile_lines.py and hostile_wire.py, each with what
may come of it, then crowds, slow ones and such as go away. Whatever comes back
is one answer a request, in JSON, without what the client wrote; the next
request is answered; the workers live on, and the logs stay small and readable.
"""

import socket
import threading
import time

import hostile_forms
import hostile_lines
import hostile_wire
from answer import checksum, load
from e2e import Service, multipart, wait_until
from hostile import (API, CLOSE, HOST, LOG_GROWTH_MAX, MARK, attempt,
                     check_logs, chunks, file_part, form, form_type,
                     log_sizes)
from tap import done, note, ok, same
from world import World

NUM_MIN = 300
VERIFY = b"POST " + API + b"/verify HTTP/1.1\r\n"
TEXT = form(file_part(b"text"))
FORM = b"Content-Type: " + form_type() + b"\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(TEXT)


class Logs:
    """How much they grow."""

    def __init__(self, service):
        self.service = service
        self.sizes = log_sizes(service)

    def growth(self):
        before, self.sizes = self.sizes, log_sizes(self.service)
        return sum(size - before.get(name, 0)
                   for name, size in self.sizes.items())


def printable(name):
    return ascii(name)[1:-1].replace("#", "number sign")


def table(service, world):
    """Each row, and that it did no harm."""
    quote = world.quote("tdx-v4")
    rows = (hostile_forms.rows(quote) + hostile_lines.rows(quote) +
            hostile_wire.rows(quote))
    pids = service.worker_pids()
    logs = Logs(service)
    for row in rows:
        problems, statuses = attempt(service.port, service.front, row, quote)
        if service.worker_pids() != pids:
            problems.append("a worker died")
            pids = service.worker_pids()
        growth = logs.growth()
        if growth > LOG_GROWTH_MAX * (len(statuses) + 1):
            problems.append(f"{growth} bytes of logs")
        name = f"{service.front}: {printable(row.name)}"
        if not ok(not problems, f"{name}: {statuses}"):
            note("\n".join(problems))
    ok(len({row.name for row in rows}) == len(rows) >= NUM_MIN and
       sum(MARK not in row.request for row in rows) < 20,
       f"{service.front}: {len(rows)} hostile requests, each with its name")


def httpoxy(service, world):
    """A header of the client's is no proxy for what the worker fetches."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.2)
        url = f"http://127.0.0.1:{trap.getsockname()[1]}"
        body, kind = multipart(("file", "q", world.quote("tdx-v4")))
        before = len(world.pcs.targets())
        reply = service.post("verify", body, kind, {
            "Proxy": url, "HTTP_PROXY": url, "Http-Proxy": url,
            "All-Proxy": url})
        try:
            trap.accept()
            is_caught = True
        except TimeoutError:
            is_caught = False
    ok(reply.status == 200 and len(world.pcs.targets()) > before and
       not is_caught, f"{service.front}: a Proxy header: collateral is "
       "fetched, and not through it")


def num_verified(service):
    return service.log().count('"route":"verify"')


def lengths_that_lie(service):
    """A body that never comes: nginx's workers do not hear of it."""
    before = num_verified(service)
    for request in [VERIFY + HOST + FORM + b"Content-Length: 60000\r\n\r\n" +
                    TEXT] * 5 + [
                    VERIFY + HOST + FORM +
                    b"Transfer-Encoding: chunked\r\n\r\n" +
                    chunks(TEXT)[:-5]]:
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(request)
    ok(wait_until(lambda: service.get("recent").status == 200, 5),
       f"{service.front}: bodies that stop halfway")
    if service.front == "nginx":
        same(num_verified(service), before, "no worker hears of them")


def slow_bodies(service):
    """Behind nginx slow clients hold no workers, and are served in the
    end."""
    clients = []
    for _ in range(3 * service.workers):
        client = socket.create_connection(("127.0.0.1", service.port))
        client.sendall(VERIFY + CLOSE + FORM + LENGTH + b"\r\n" + TEXT[:-20])
        clients.append(client)
    slowest = 0
    for at in range(-20, 0, 4):
        for client in clients:
            client.sendall(TEXT[at:at + 4 or None])
        started = time.monotonic()
        status = service.get("recent").status
        slowest = max(slowest, time.monotonic() - started)
        time.sleep(0.1)
    ok(status == 200 and slowest < 3,
       f"{len(clients)} slow clients: others are served meanwhile")
    statuses = []
    for client in clients:
        client.settimeout(10)
        stream = b""
        while chunk := client.recv(65536):
            stream += chunk
        client.close()
        statuses.append(stream[:12])
    same(statuses, [b"HTTP/1.1 422"] * len(clients), "and they too, in the "
         "end")


def bounded_bodies(service):
    """Behind Apache a slow body holds a worker, and no longer than said."""
    clients = []
    for _ in range(service.workers):
        client = socket.create_connection(("127.0.0.1", service.port))
        client.sendall(VERIFY + CLOSE + FORM + LENGTH + b"\r\n" + TEXT[:-20])
        clients.append(client)
    time.sleep(0.3)
    started = time.monotonic()
    status = service.get("recent").status
    seconds = time.monotonic() - started
    ok(status == 200 and seconds < 20,
       f"a slow client for each worker: others wait {seconds:.0f} s")
    for client in clients:
        client.close()


def gone_clients(service, world):
    """Clients that hang up before the answer."""
    raw = world.quote("tdx-v4")
    body = form(file_part(raw))
    request = VERIFY + HOST + FORM + b"Content-Length: %d\r\n\r\n" % len(
        body) + body
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(request)
    ok(wait_until(lambda: service.upload(raw).status == 200, 10),
       f"{service.front}: 50 clients that hung up: served")


def flood(service, world):
    """Many at once, good and bad: each gets its own answer."""
    good = world.quote("tdx-v4")
    wrong = []

    def client(num):
        for i in range(6):
            raw = good + bytes(1 + 6 * num + i)
            reply = service.upload(raw)
            if reply.status != 429 and (
                    reply.status, load(reply.body).get("checksum")) != (
                    200, checksum(raw)):
                wrong.append(reply)
            reply = service.get(f"raw/{checksum(raw)}")
            if reply.status == 200 and reply.body != raw:
                wrong.append(reply)
            reply = service.upload(b"text")
            if reply.status not in (422, 429):
                wrong.append(reply)

    threads = [threading.Thread(target=client, args=(num,))
               for num in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(wrong, [], f"{service.front}: 12 clients at once: each has its own "
         "answers")


def end(service, world, pids):
    """What must be as it was, or as it should."""
    same(service.worker_pids(), pids,
         f"{service.front}: the same workers all along")
    reply = service.upload(world.quote("sgx-v3"))
    same((service.get("recent").status, reply.status,
          reply.json()["quote"]["verified"],
          reply.json()["checksum"]),
         (200, 200, True, checksum(world.quote("sgx-v3"))),
         f"{service.front}: a good upload has its verdict at the end")
    same(list(check_logs(service)), [],
         f"{service.front}: the logs: JSON where they should be, and nothing "
         "for a terminal to obey")
    events = [load(line.encode())["event"]
              for line in service.log().splitlines()]
    ok("request" in events and "worker_died" not in events and
       "Sanitizer" not in service.log(), f"{service.front}: no worker died")


for front in "nginx", "apache":
    with World() as world, Service(front=front, **world.settings) as service:
        httpoxy(service, world)
        pids = service.worker_pids()
        table(service, world)
        lengths_that_lie(service)
        if front == "nginx":
            slow_bodies(service)
        else:
            bounded_bodies(service)
        gone_clients(service, world)
        flood(service, world)
        end(service, world, pids)
done()
