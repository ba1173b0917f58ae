"""Clients that hold connections and send next to nothing."""

import socket
import threading
import time

from e2e import BASE
from instance import change_front
from load import Client, is_acknowledged, numbered, percentile

WHAT = "200 idle and 100 dripping clients do not hurt others"
SEEDED = "failed",

IDLE, DRIPPING = 200, 100
SECONDS = 10, 3
LATEST_S = 1
HEAD = (f"POST {BASE}/verify HTTP/1.1\r\nHost: attestry\r\n"
        "Content-Type: application/octet-stream\r\n"
        "Content-Length: 5000\r\n\r\n").encode()


class Slow:
    """
    The slow ones, each on a connection that it makes anew when the front has
    had enough of it.
    """

    def __init__(self, service):
        self.port = service.port
        self.is_over = False
        self.num_open = 0
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        end = time.monotonic() + 10
        while self.num_open < IDLE + DRIPPING and time.monotonic() < end:
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()

    def connect(self, drips):
        s = socket.create_connection(
            ("127.0.0.1", self.port), timeout=5,
            source_address=("127.0.2.2" if drips else "127.0.2.1", 0))
        s.setblocking(False)
        if drips:
            s.send(HEAD)
        return s

    def run(self):
        drips = [False] * IDLE + [True] * DRIPPING
        sockets = [self.connect(each) for each in drips]
        self.num_open = len(sockets)
        while not self.is_over:
            for i, each in enumerate(drips):
                if self.is_closed(sockets[i]) or \
                        (each and not self.drip(sockets[i])):
                    sockets[i].close()
                    sockets[i] = self.connect(each)
            time.sleep(0.3)
        for s in sockets:
            s.close()

    def is_closed(self, s):
        try:
            return s.recv(4096) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def drip(self, s):
        try:
            return s.send(b"x") == 1
        except OSError:
            return False


def check(findings, service, seconds, first):
    client = Client(service.port, is_brief=True, timeout=5)
    answers, failed = [], []
    with Slow(service) as slow:
        findings.figure("slow clients", slow.num_open)
        findings.need(slow.num_open == IDLE + DRIPPING, "few",
                      "the slow clients cannot connect")
        until = time.monotonic() + seconds
        while time.monotonic() < until or len(answers) < 20:
            answer = client.upload(numbered(service.quote,
                                            first + len(answers)))
            read = client.get("recent?limit=5")
            answers += [answer, read]
            if not is_acknowledged(answer) or read.status != 200:
                failed.append((answer.status, read.status, answer.body[:80]))
            if len(failed) > 3:
                break
    findings.figure("requests of others", len(answers))
    findings.figure("failed", len(failed))
    findings.figure("p99, s",
                    percentile([answer.seconds for answer in answers], 0.99))
    findings.need(not failed, "failed", f"such as {failed[:1]}")
    findings.goal(percentile([a.seconds for a in answers], 0.99) < LATEST_S,
                  f"want others' p99 within {LATEST_S} s")


def run(findings, service, quick):
    check(findings, service, SECONDS[quick], 0)


def control(findings, service, quick):
    """A front that hands requests on before they are complete."""
    change_front(service, "fastcgi_request_buffering on",
                 "fastcgi_request_buffering off")
    check(findings, service, SECONDS[quick], 100_000)
