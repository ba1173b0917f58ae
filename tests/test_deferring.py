"""Requests that are settled together with others that wait in the queue."""

import os
import signal
import time

import fcgi
from tap import done, note, ok, same
from toy import Client, Toy

TOGETHER_MAX = 8  # HTTP_DEFERRED_NUM_MAX


def together(client):
    return client.seen().get("together")


def held(toy, path=None):
    """One that has the only worker until a crowd has come."""
    return Client(path or toy.path, "/sleep?500")


def crowd(toy, num, uri="/defer", order=None):
    return [Client(toy.path, uri, b"body %d" % i, order) for i in range(num)]


def is_right(clients):
    return all(c.seen().get("body") == c.body.decode() and
               c.reply().status == 200 and
               "x-call" not in str(c.reply().headers).lower()
               for c in clients)


def test_together(toy):
    alone = crowd(toy, 1)
    same([together(c) for c in alone], [0], "one alone is not deferred")
    holder = held(toy)
    clients = crowd(toy, 20)
    ok(is_right(clients), "twenty: each has its own answer")
    note(repr([together(c) for c in clients]))
    same(sorted(together(c) for c in clients),
         [4] * 4 + [TOGETHER_MAX] * 16, "eight, eight and four together")
    ok(holder.seen(), "and who was before them")
    ok(not any(c.seen()["may_defer"] for c in clients),
       "who is settled may not be deferred again")
    holder = held(toy)
    clients = [Client(toy.path, "/defer") for _ in range(4)]
    same([together(c) for c in clients], [0] * 4, "without a body: none is")
    holder.seen()


def test_reads(toy):
    """Others are served between them, and do not put them off for ever."""
    order = []
    holder = held(toy)
    first = Client(toy.path, "/defer", b"first", order)
    reads = [Client(toy.path, "/sleep?5", b"", order, "GET")
             for _ in range(30)]
    ok(is_right([first]) and all(c.seen() for c in reads), "all are answered")
    same(together(first), 1, "one alone among reads is settled")
    ok(order.index(first) <= TOGETHER_MAX + 1,
       "before many of them have been served")
    holder.seen()


def test_gone(toy):
    """Its part is done all the same; the others are not troubled."""
    holder = held(toy)
    leaving = [fcgi.connect(toy.path) for _ in range(3)]
    for client in leaving:
        client.sendall(fcgi.request_bytes("POST", "/defer?30", b"gone"))
    clients = crowd(toy, 3, "/defer?100")
    time.sleep(0.7)  # they are deferred by now, or their turn comes
    for client in leaving:
        client.close()
    ok(is_right(clients), "clients that leave: the others are answered")
    holder.seen()
    ok(toy.is_up(), "and the worker lives")


def test_parked(toy):
    """One that is parked while others are deferred comes back at once."""
    holder = held(toy)
    first = Client(toy.path, "/defer?20", b"first")
    parked = Client(toy.path, "/park?1", b"parked")
    last = Client(toy.path, "/defer?20", b"last")
    same([together(first), together(last)], [2, 2],
         "a request that is parked does not part them")
    time.sleep(0.5)
    toy.tell()
    same([parked.seen().get(name) for name in ("calls", "may_wait")],
         [3, True], "it is called again as soon as they are settled")
    holder.seen()


def test_stop():
    with Toy(num_workers=1) as toy:
        toy.wait_up()
        holder = held(toy)
        clients = crowd(toy, 12, "/defer?20")
        time.sleep(0.6)
        status, _ = toy.stop()
        ok(status == 0 and is_right(clients) and holder.seen(),
           "who is deferred when it stops is answered")


def test_killed():
    with Toy(num_workers=1) as toy:
        toy.wait_up()
        holder = held(toy)
        clients = crowd(toy, 8, "/defer?50")
        holder.seen()
        time.sleep(0.1)
        for pid in toy.workers():
            os.kill(pid, signal.SIGKILL)
        ok(all(not c.reply().ended or c.reply().status == 200 for c in clients),
           "a worker that is killed answers none of them by halves")
        ok(toy.wait_up(), "and the next one serves")


with Toy(num_workers=1, park_ms=5000) as toy:
    toy.wait_up()
    test_together(toy)
    test_reads(toy)
    test_gone(toy)
    test_parked(toy)
test_stop()
test_killed()
done()
