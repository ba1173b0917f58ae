"""Many clients with one quote, and reads right after writes."""

import functools

from e2e import together
from instance import change_front
from load import Client, checksum, is_acknowledged, numbered, recent

WHAT = "64 identical uploads at once; reads right after writes"
SEEDED = "unequal", "stale"
NUM = 64
ROUNDS = 10, 2
READS = 200, 20


def at_once(service, quotes):
    """What as many clients are answered that send them at one time."""
    clients = [Client(service.port) for _ in quotes]
    for client in clients:
        client.get("recent?limit=1")  # connected
    return together(*[functools.partial(client.upload, quote)
                      for client, quote in zip(clients, quotes)])


def check_round(findings, service, quotes):
    """Of quotes that should all be the same."""
    answers = at_once(service, quotes)
    own = checksum(quotes[0])
    findings.need(all(is_acknowledged(answer) for answer in answers),
                  "refused", f"{sorted({a.status for a in answers})}")
    # Instants of judging differ from second to second, nothing else does.
    told = {tuple(sorted((key, str(value)) for key, value in
                         answer.json().items() if key != "verified_at"))
            for answer in answers}
    findings.need(len(told) == 1, "unequal",
                  f"{NUM} uploads of one quote, {len(told)} answers")
    rows = [row for row in recent(Client(service.port)) if row[0] == own]
    findings.need(len(rows) == 1, "twice", f"{len(rows)} rows of one quote")
    times = {answer.json().get("uploaded_at") for answer in answers}
    findings.need(times <= {None} | {row[1] for row in rows}, "unequal",
                  f"uploaded_at: told {times}, listed {rows}")


def check_reads(findings, service, num, first=1_000_000):
    """Missed twice, so that it would be kept; uploaded, read: found at once."""
    client, wrong = Client(service.port), []
    for number in range(num):
        raw = numbered(service.quote, first + number)
        own = checksum(raw)
        paths = [f"raw/{own}", f"view/{own}", f"verdicts/{own}"]
        missed = [client.get(path).status for path in 2 * paths]
        upload = client.upload(raw)
        found = [client.get(path) for path in paths]
        head = client.ask("HEAD", paths[0])
        newest = client.get("recent?limit=1").json()
        if missed != [404] * 6 or not is_acknowledged(upload) or \
                [answer.status for answer in found] != [200] * 3 or \
                found[0].body != raw or head.status != 200 or \
                newest[0]["checksum"] != own:
            wrong.append((missed, upload.status,
                          [answer.status for answer in found]))
    findings.figure("reads after writes", 5 * num)
    findings.need(not wrong, "stale", f"{len(wrong)}, such as {wrong[:1]}")


def run(findings, service, quick):
    for number in range(ROUNDS[quick]):
        check_round(findings, service, NUM * [numbered(service.quote, number)])
    findings.figure("rounds", ROUNDS[quick])
    findings.figure("uploads", ROUNDS[quick] * NUM)
    check_reads(findings, service, READS[quick])


def control(findings, service, quick):
    """Uploads that are not identical, and a front that keeps what it missed."""
    check_round(findings, service, [numbered(service.quote, 2_000_000 + number)
                                    for number in range(NUM)])
    change_front(
        service, "fastcgi_cache_lock on;", "fastcgi_cache_lock on;"
        " fastcgi_ignore_headers Cache-Control Expires;"
        " fastcgi_cache_valid 404 1m;")
    check_reads(findings, service, 3, 3_000_000)
