"""
Whether cost grows with work: latency and room on disk at more and more stored
quotes, and the memory of a worker over many requests.
"""

import shutil
import time

import fill
from load import BadRound, Load
from stack import FRESH_REPORT

# Few enough that nothing queues: what is told is how long a request takes.
CONNECTIONS = 4
SKIP = 100_000
# A stored quote with its verdict and indexes takes 5.7 KB; and as much again
# is written ahead.
ROOM_FOR_QUOTE = 12_000


def has_room(bench, rows):
    free = shutil.disk_usage(bench.stack.path()).free
    return free > (rows - bench.num_rows) * ROOM_FOR_QUOTE


def loads(bench):
    """[(name, load)] for so many rows as there are."""
    stack = bench.stack
    supply = int(3000 * bench.options.seconds) + 1000
    quotes = stack.new_quotes(FRESH_REPORT, supply, "growth.pack")
    yield "upload", Load(stack.url("verify"), "quotes", quotes)
    stack.forget_cached()
    for what in "view", "raw":
        yield what, Load(stack.url(""), "paths", bench.paths(what))
    yield "recent", Load(stack.url("recent"))
    if bench.num_rows > SKIP:
        yield f"recent, skip {SKIP}", Load(stack.url(f"recent?skip={SKIP}"))


def latencies(bench):
    """{name: {"p50_ms", "p99_ms", "rate"}}, or {"why_not"}"""
    result = {}
    for name, load in loads(bench):
        try:
            run = bench.stack.run(load, bench.options.seconds, CONNECTIONS)
            result[name] = {key: run[key]
                            for key in ("p50_ms", "p99_ms", "rate")}
        except BadRound as why:
            result[name] = {"why_not": str(why)}
    return result


def measure(bench):
    """What growth has to tell of the rows that there are now."""
    quote, verdict = fill.size_of(bench.stack.service)
    count, = bench.stack.service.sql("SELECT count(*) FROM quote")[0]
    return {"rows": int(count), "latency": latencies(bench),
            "bytes_per_quote": round(quote / int(count)),
            "bytes_per_verdict": round(verdict / int(count))}


# --- memory ------------------------------------------------------------------

def own_kib(pid):
    """A process's own memory, without what it shares."""
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    return 0


def largest_worker(bench):
    return max(map(own_kib, bench.stack.service.worker_pids()))


def mix(bench):
    """One round after the other, of every kind of request, for ever."""
    stack = bench.stack
    paths = {what: bench.paths(what) for what in ("view", "raw")}
    known = stack.new_quotes(FRESH_REPORT, 64, "known.pack")
    while True:
        supply = int(3000 * bench.options.seconds) + 1000
        yield Load(stack.url("verify"), "quotes", stack.new_quotes(
            FRESH_REPORT, supply, "memory.pack"))
        yield Load(stack.url("verify"), "quotes", known, "again")
        stack.forget_cached()
        for what, file in paths.items():
            yield Load(stack.url(""), "paths", file)
        yield Load(stack.url("collateral/" + bench.checksum))
        yield Load(stack.url("recent"))


def memory(bench):
    """
    The workers' own memory, of which the largest counts: after a tenth of the
    requests and after all of them.
    """
    want, end = bench.options.requests, time.time() + bench.options.memory_s
    total, points = 0, []
    pids = bench.stack.service.worker_pids()
    for load in mix(bench):
        try:
            total += bench.run(load)["requests"]
        except BadRound as why:
            return {"requests": total, "why_not": str(why)}
        points.append([total, largest_worker(bench)])
        if total >= want or time.time() > end:
            break
    early = next(kib for requests, kib in points if requests >= total / 10)
    return {"requests": total, "wanted": want, "kib_after_tenth": early,
            "kib_at_end": points[-1][1], "points": points,
            "is_same_workers": pids == bench.stack.service.worker_pids()}
