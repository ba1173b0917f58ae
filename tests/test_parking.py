"""Requests that wait for something are parked: others are served, and nobody
is forgotten."""

import os
import signal
import time

import fcgi
from tap import done, note, ok
from toy import Client, Toy, wait_until

PARKED_MAX = 128  # HTTP_PARKED_NUM_MAX


def waiting(toy, num=1, body=b"", **params):
    """A client that waits for so many news."""
    return Client(toy.path, f"/park?{num}", body, **params)


def replies(clients):
    """The statuses of all of them; 0: hung up on."""
    return [c.reply().status for c in clients]


def log_lines(toy, prefix):
    return [e for e in toy.events()
            if str(e.get("request_id", "")).startswith(prefix)]


def test_one():
    with Toy(num_workers=1, park_ms=1500) as toy:
        toy.wait_up()
        c = waiting(toy, 1, b"the body", REQUEST_ID="one")
        time.sleep(0.2)
        ok(not c.is_answered() and toy.is_up(),
           "a parked request leaves the only worker free")
        began = time.monotonic()
        toy.tell()
        r = c.reply()
        ok(r.status == 200 and r.ended and c.seen()["body"] == "the body" and
           r.headers["x-call"] == "2" and time.monotonic() - began < 0.5,
           "with news it is called again, and answered whole")
        ok([e["status"] for e in log_lines(toy, "one")] == [200] and
           log_lines(toy, "one")[0]["duration_ms"] >= 150,
           "it is logged once, with its whole duration")

        c = waiting(toy, 100, REQUEST_ID="late")
        time.sleep(0.3)
        for _ in range(5):
            toy.tell()
            time.sleep(0.05)
        ok(not c.is_answered(), "news that do not help: it waits on")
        r = c.reply()
        ok(r.status == 500 and 1.4 < c.took < 2.5,
           "its time is over: the last call, and its answer")
        note("%.2f s, %d calls" % (c.took, c.seen()["calls"]))
        ok(3 <= c.seen()["calls"] <= 8, "called for news only")
        ok(not c.seen()["may_wait"], "and may begin nothing long by then")
        ok([e["status"] for e in log_lines(toy, "late")] == [500],
           "it is logged once, too")

        c = waiting(toy, 100)
        time.sleep(1)
        toy.tell(200)
        ok(c.reply().status == 200 and not c.seen()["may_wait"],
           "in the second half of its time nothing long is begun")
        c = waiting(toy, 1)
        ok(c.reply().status == 200 and c.seen()["may_wait"] and
           c.seen()["calls"] == 1, "in the first it may")
        status, took = toy.stop()
        ok(status == 0 and took < 0.5, "nobody parked: it stops at once")


def test_many():
    with Toy(num_workers=2, park_ms=8000) as toy:
        toy.wait_up()
        clients = [waiting(toy, 1, b"%d" % i, REQUEST_ID="many-%d" % i)
                   for i in range(150)]
        worst = 0
        for _ in range(50):
            began = time.monotonic()
            assert toy.is_up()
            worst = max(worst, time.monotonic() - began)
        ok(worst < 0.5, "150 parked: others are served")
        note("the slowest took %.3f s" % worst)
        ok(not any(c.is_answered() for c in clients), "and all 150 wait")
        began = time.monotonic()
        toy.tell()
        ok(replies(clients) == [200] * 150, "news: all are answered")
        note("in %.3f s" % (time.monotonic() - began))
        ok([c.seen()["body"] for c in clients] ==
           [str(i) for i in range(150)], "each with its own body")
        ids = sorted(e["request_id"] for e in log_lines(toy, "many-"))
        ok(ids == sorted("many-%d" % i for i in range(150)),
           "each is logged once, by its own id")

        # Rounds that help a few each time.
        base = os.path.getsize(toy.news)
        clients = [waiting(toy, base + 1 + i % 10) for i in range(100)]
        for _ in range(10):
            time.sleep(0.03)
            toy.tell()
        ok(replies(clients) == [200] * 100, "ten pieces of news: ten each")

    with Toy(num_workers=1, park_ms=1000) as toy:
        toy.wait_up()
        clients = [waiting(toy) for _ in range(PARKED_MAX)]
        more = [waiting(toy) for _ in range(10)]
        statuses = replies(more)
        ok(statuses == [500] * 10 and max(c.took for c in more) < 0.9,
           "more than fit: answered at once")
        statuses = replies(clients)
        slowest = max(c.took for c in clients)
        ok(statuses == [500] * PARKED_MAX and slowest < 2,
           "those that fit: when their time is over")
        note("the slowest after %.2f s" % slowest)
        ok(toy.is_up(), "and it serves on")


def test_gone():
    with Toy(num_workers=1, park_ms=5000) as toy:
        toy.wait_up()
        clients = [waiting(toy, REQUEST_ID="%s-%d" % ("gs"[i % 2], i))
                   for i in range(PARKED_MAX)]
        toy.is_up()
        for c in clients[::2]:
            c.leave()
        ok(wait_until(lambda: len(log_lines(toy, "g-")) == PARKED_MAX // 2,
                      2) and
           {e["status"] for e in log_lines(toy, "g-")} == {499},
           "parked clients that leave are dropped at once")
        more = [waiting(toy) for _ in range(PARKED_MAX // 2)]
        toy.is_up()
        ok(not any(c.is_answered() for c in more), "their places are free")
        toy.tell()
        ok(set(replies(clients[1::2] + more)) == {200},
           "those that stay are answered")
        for c in [waiting(toy, 10) for _ in range(PARKED_MAX)]:
            c.leave()
        ok(wait_until(toy.is_up, 2), "all at once leave")
        with fcgi.connect(toy.path) as s:
            s.sendall(fcgi.request_bytes("POST", "/park?10", b"x" * 10)[:-14])
            ok(wait_until(toy.is_up, 4), "a body that never comes")


def test_death():
    with Toy(num_workers=2, park_ms=5000) as toy:
        toy.wait_up()
        clients = [waiting(toy) for _ in range(20)]
        toy.is_up()
        victim = toy.workers()[0]
        os.kill(victim, signal.SIGKILL)
        ok(wait_until(lambda: len(toy.workers()) == 2 and
                      victim not in toy.workers()) and toy.is_up(),
           "a killed worker is replaced")
        toy.tell()
        statuses = replies(clients)
        pids = {c.seen()["pid"] for c in clients if c.answer.status == 200}
        ok(set(statuses) <= {0, 200} and victim not in pids,
           "what it had parked hears so; the rest is answered")
        note("%d of 20 were its" % statuses.count(0))


def test_stop():
    with Toy(num_workers=2, park_ms=20000, park_stop_ms=1500,
             drain_ms=3000) as toy:
        toy.wait_up()
        clients = [waiting(toy, 1 + 100 * (i % 2)) for i in range(40)]
        toy.is_up()
        toy.signal(signal.SIGTERM)
        began = time.monotonic()
        time.sleep(0.3)
        toy.tell()
        statuses = replies(clients)
        status = toy.process.wait(10)
        took = time.monotonic() - began
        ok(statuses == [200, 500] * 20 and status == 0,
           "TERM: who can be helped is, the others are told")
        ok(all(c.answer.ended and not c.seen()["may_wait"]
               for c in clients), "whole, and nothing long is begun")
        ok(1.3 < took < 2.8 and not [e for e in toy.events()
                                     if e["event"] == "worker_killed"],
           "in time")
        note("%.2f s" % took)

    with Toy(num_workers=2, park_ms=20000, park_stop_ms=1000) as toy:
        toy.wait_up()
        clients = [waiting(toy) for i in range(20)]
        toy.is_up()
        old = set(toy.workers())
        toy.signal(signal.SIGHUP)
        later, is_up = [], True
        while not old.isdisjoint(toy.workers()):
            later.append(waiting(toy))
            is_up = is_up and toy.is_up()
            time.sleep(0.05)
        ok(is_up, "HUP: served all the time")
        ok(replies(clients) == [500] * 20,
           "HUP: what old workers had parked is answered")
        toy.tell()
        statuses = replies(later)
        ok(set(statuses) <= {200, 500} and 200 in statuses,
           "what came meanwhile waits with the new ones")
        ok(not [e for e in toy.events() if e["event"] == "worker_killed"],
           "and no worker had to be killed")


test_one()
test_many()
test_gone()
test_death()
test_stop()
done()
