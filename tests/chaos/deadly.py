"""A build that crashes over certain quotes, which somebody uploads again and
again."""

import os
import signal
import tempfile
import time

from deadly_quote import Crashes, deadly
from load import Client
from restarts import Load

WHAT = "a build that a certain quote crashes, under load"
SEEDED = "again",
QUOTES = 40, 5
TIMES = 5


def check_deaths(findings, crashes, groups):
    """Of each group, which should be uploads of one quote, the first alone
    may cost a worker."""
    client = Client(crashes.service.port)
    slowest = 0
    answers = []
    for quotes in groups:
        answers.append(client.upload(quotes[0]))
        before = crashes.num()
        later = [client.upload(quote) for quote in quotes[1:]]
        slowest = max([slowest, *(answer.seconds for answer in later)])
        answers += later
        findings.need(crashes.num() == before, "again",
                      f"{crashes.num() - before} more deaths by one quote")
    statuses = {answer.status for answer in answers}
    findings.need(statuses == {500}, "answered", f"{statuses}")
    findings.figure("deadly uploads", len(answers))
    findings.figure("deaths", crashes.num())
    findings.figure("slowest of the later, s", slowest)


def run_groups(findings, service, groups):
    with tempfile.TemporaryDirectory(prefix="attestry-crash-") as folder:
        os.chmod(folder, 0o755)
        crashes = Crashes(service, folder)
        with crashes.pool() as pool:
            with Load(service) as load:
                time.sleep(0.5)
                check_deaths(findings, crashes, groups)
            load.tell(findings)
            findings.need(pool.poll() is None, "down", "the master is gone")


def run(findings, service, quick):
    run_groups(findings, service, [
        TIMES * [deadly(service.quote, signal.SIGABRT, number)]
        for number in range(QUOTES[quick])])


def control(findings, service, quick):
    """Another quote each time, with the same fault in it."""
    run_groups(findings, service, [
        [deadly(service.quote, signal.SIGABRT, number)
         for number in range(TIMES)]])
