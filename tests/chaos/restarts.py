"""What an operator does all day must not cost a request."""

import signal
import time

from instance import reload_front, restart_workers
from load import Client, Crowd, is_acknowledged, numbered, percentile

WHAT = "HUP and nginx -s reload under load"
SEEDED = "failed",
ROUNDS = 10, 2
NUM_CLIENTS = 6


class Load(Crowd):
    """Clients that read and upload, on a connection for each request."""

    def __init__(self, service):
        super().__init__(NUM_CLIENTS)
        self.service = service
        self.seconds, self.failed = [], []

    def run(self, number):
        client = Client(self.service.port, is_brief=True)
        while not self.is_over:
            number += NUM_CLIENTS
            if number % 3:
                answer = client.get("recent?limit=5")
                good = answer.status == 200
            else:
                answer = client.upload(numbered(self.service.quote, number))
                good = is_acknowledged(answer)
            self.seconds.append(answer.seconds)
            if not good:
                self.failed.append((answer.status, answer.body[:80]))

    def tell(self, findings):
        findings.figure("requests", len(self.seconds))
        findings.figure("failed", len(self.failed))
        findings.figure("slowest, s", max(self.seconds))
        findings.figure("p99, s", percentile(self.seconds, 0.99))
        findings.goal(len(self.seconds) > 100, "want 100 requests")
        findings.need(not self.failed, "failed", f"such as {self.failed[:1]}")


def run(findings, service, quick):
    with Load(service) as load:
        for _ in range(ROUNDS[quick]):
            restart_workers(service)
            time.sleep(0.2)
            reload_front(service)
            time.sleep(0.2)
    findings.figure("restarts", ROUNDS[quick])
    findings.figure("reloads", ROUNDS[quick])
    load.tell(findings)


def control(findings, service, quick):
    """The pool stopped and started instead."""
    with Load(service) as load:
        time.sleep(0.5)
        service.stop("attestry-fcgi", signal.SIGTERM)
        service.up()
        time.sleep(0.5)
    load.tell(findings)
