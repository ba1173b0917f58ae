"""
The memory of a worker stays flat, whatever is uploaded.

    test_memory.py [UPLOADS]    1000 unless told otherwise; 10000 take a minute
"""

import collections
import sys
import threading

from e2e import Service, multipart
from tap import done, note, ok, same
from world import World

NUM = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
NUM_CLIENTS = 4
# What a heap may still grow by for reasons of its own, in KiB.
GROWTH_MAX = 1024


def memory(pid):
    """(resident, of that the process's own) in KiB."""
    with open(f"/proc/{pid}/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return tuple(int(lines[key].split()[0]) for key in ("VmRSS", "RssAnon"))


class Mix:
    """Uploads by number: new and known, good, bad and malformed."""

    def __init__(self, world):
        self.good = [world.quote(name) for name, sample in
                     world.samples.items() if sample["expect"]["verified"]]
        self.bad = [world.quote(name) for name, sample in
                    world.samples.items() if not sample["expect"]["verified"]]

    def send(self, service, num):
        good = self.good[num % len(self.good)]
        bad = self.bad[num % len(self.bad)]
        mark = b"%d" % num
        kind = num % 10
        if kind in (0, 1, 2):
            return service.upload(good + mark), 200
        if kind == 3:
            return service.upload(good), 200
        if kind == 4:
            return service.upload(bad + mark), 400
        if kind == 5:  # a bit of its body changed
            forged = bytearray(good + mark)
            forged[100 + num % 300] ^= 1
            return service.upload(bytes(forged)), 400
        if kind == 6:
            return service.upload(good[:num % len(good)]), 422
        if kind == 7:
            return service.upload(mark * 500), 422
        if kind == 8:
            body, content_type = multipart(("file", "q", good))
            return service.post("verify", body[:-9], content_type), 400
        return service.upload(good + bytes(20500 - len(good))), 413


def upload_many(service, mix, numbers):
    """Several clients at once; counts (got, wanted)."""
    counts = collections.Counter()
    queue = collections.deque(numbers)

    def client():
        while True:
            try:
                num = queue.popleft()
            except IndexError:
                return
            reply, wanted = mix.send(service, num)
            counts[reply.status, wanted] += 1

    threads = [threading.Thread(target=client) for _ in range(NUM_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


with World() as world, Service(**world.settings) as service:
    mix = Mix(world)
    upload_many(service, mix, range(300))
    before = {pid: memory(pid) for pid in service.worker_pids()}
    counts = upload_many(service, mix, range(300, 300 + NUM))
    after = {pid: memory(pid) for pid in service.worker_pids()}
    wrong = {pair: n for pair, n in counts.items() if pair[0] != pair[1]}
    same(wrong, {}, f"{NUM} uploads: each answered as it should be")
    same(list(after), list(before), "by the same workers all along")
    for pid in before.keys() & after.keys():
        growth = after[pid][1] - before[pid][1]
        ok(growth < GROWTH_MAX, f"a worker has grown by {growth} KiB")
        note(f"resident {before[pid][0]} -> {after[pid][0]} KiB, its own"
             f" {before[pid][1]} -> {after[pid][1]} KiB")
done()
