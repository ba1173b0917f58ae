"""The master: workers that die, restarts, stopping, and where the socket
comes from."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time

import fcgi
from tap import done, note, ok
from toy import Client, Toy, wait_until


class Load:
    """Clients that ask without a pause, and what became of it."""

    def __init__(self, toy, num_clients=8, uri="/"):
        self.toy = toy
        self.uri = uri
        self.num_answered = 0
        self.lost = []
        self.refused = []
        self.is_over = False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run)
                        for _ in range(num_clients)]
        for t in self.threads:
            t.start()

    def run(self):
        while not self.is_over:
            try:
                s = fcgi.connect(self.toy.path)
            except OSError as e:
                with self.lock:
                    self.refused.append(repr(e))
                return
            try:
                with s:
                    s.sendall(fcgi.request_bytes(uri=self.uri))
                    r = fcgi.read_reply(s)
                what = None if r.ended and r.status == 200 else "cut short"
            except OSError as e:
                what = repr(e)
            with self.lock:
                if what is None:
                    self.num_answered += 1
                else:
                    self.lost.append(what)

    def end(self):
        self.is_over = True
        for t in self.threads:
            t.join()


def is_alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_start():
    with Toy(num_workers=3) as toy:
        ok(toy.wait_up() and wait_until(lambda: len(toy.workers()) == 3),
           "as many workers as wanted")
        ok(stat.S_IMODE(os.stat(toy.path).st_mode) == 0o660,
           "the socket is for owner and group")
        pids = {json.loads(toy.ask().body)["pid"] for _ in range(50)}
        ok(pids <= set(toy.workers()), "requests are answered by workers")
        status, took = toy.stop()
        ok(status == 0 and took < 0.5 and not os.path.exists(toy.path),
           "idle workers stop at once, the socket is removed")
        note("%.3f s" % took)

    with Toy(num_workers=0) as toy:
        num = 2 * os.sysconf("SC_NPROCESSORS_ONLN")
        ok(wait_until(lambda: len(toy.workers()) == num),
           "two workers a core unless told otherwise")


def test_prompt_stop():
    """There is no moment at which a worker does not hear TERM."""
    slowest = 0
    all_good = True
    for i in range(40):
        with Toy(num_workers=8) as toy:
            wait_until(toy.is_up)
            load = Load(toy, 2)
            time.sleep(0.01 * (i % 5))
            status, took = toy.stop()
            load.end()
            slowest = max(slowest, took)
            all_good = all_good and status == 0 and not load.lost
    ok(all_good and slowest < 1, "40 stops under load are prompt and clean")
    note("slowest %.3f s" % slowest)


def test_replacement():
    with Toy(num_workers=2) as toy:
        toy.wait_up()
        wait_until(lambda: len(toy.workers()) == 2)
        old = toy.workers()
        began = time.monotonic()
        os.kill(old[0], signal.SIGKILL)
        ok(wait_until(lambda: len(set(toy.workers()) - set(old)) == 1 and
                      old[0] not in toy.workers()) and toy.is_up(),
           "a killed worker is replaced")
        note("after %.3f s" % (time.monotonic() - began))
        ok(old[1] in toy.workers(), "the other one is left alone")
        r = toy.ask("/crash")
        ok(not r.ended and wait_until(lambda: len(toy.workers()) == 2) and
           toy.is_up(), "a crashing request costs itself only")
        os.kill(toy.workers()[0], signal.SIGTERM)
        ok(wait_until(lambda: len(toy.workers()) == 2) and toy.is_up(),
           "a worker told to leave by somebody else is replaced")
        deaths = [e for e in toy.events() if e["event"] == "worker_died"]
        ok([e.get("signal") for e in deaths[:2]] ==
           [signal.SIGKILL, signal.SIGABRT], "deaths are logged")


def test_crash_loop():
    with Toy(num_workers=2) as toy:
        toy.wait_up()
        open(toy.fail, "w").close()
        for pid in toy.workers():
            os.kill(pid, signal.SIGKILL)
        time.sleep(3)
        deaths = [e for e in toy.events() if e["event"] == "worker_died"]
        ok(toy.process.poll() is None and 4 <= len(deaths) <= 20,
           "workers that die at once are started with growing pauses")
        note("%d deaths in 3 s" % len(deaths))
        os.unlink(toy.fail)
        ok(toy.wait_up(), "and serve again when the cause is gone")

        # A restart while new workers fail leaves the old ones at work.
        wait_until(lambda: len(toy.workers()) == 2)
        old = toy.workers()
        open(toy.fail, "w").close()
        toy.signal(signal.SIGHUP)
        time.sleep(1)
        ok(set(old) <= set(toy.workers()) and toy.is_up(),
           "HUP with workers that fail: the old ones stay")
        os.unlink(toy.fail)
        ok(wait_until(lambda: len(toy.workers()) == 2 and
                      not set(old) & set(toy.workers())),
           "and go when the new ones work")

        open(toy.fail, "w").close()
        for pid in toy.workers():
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.5)
        status, took = toy.stop()
        ok(status == 0 and took < 2, "TERM ends a crash loop")


def test_killed_often():
    """Starting them works, so who kills them cannot keep them away."""
    with Toy(num_workers=2) as toy:
        toy.wait_up()
        slowest = 0
        for _ in range(10):
            wait_until(lambda: len(toy.workers()) == 2 and toy.is_up())
            began = time.monotonic()
            for pid in toy.workers():
                os.kill(pid, signal.SIGKILL)
            toy.wait_up()
            slowest = max(slowest, time.monotonic() - began)
        ok(slowest < 1, "all workers killed ten times: back within a second")
        note("%.3f s" % slowest)


def follow(events, num_workers):
    """Replays the log. Returns the fewest workers that were ready at a time,
    the most that there were, and how many were started."""
    alive, ready, fewest, most, num_started = set(), set(), None, 0, 0
    for e in events:
        if e["event"] == "worker_start":
            alive.add(e["worker"])
            num_started += 1
        elif e["event"] == "worker_ready":
            ready.add(e["worker"])
        elif e["event"] == "worker_stop":
            ready.discard(e["worker"])
        elif e["event"] == "worker_left":
            alive.discard(e["worker"])
        most = max(most, len(alive))
        if fewest is None and len(ready) == num_workers:
            fewest = num_workers
        if fewest is not None:
            fewest = min(fewest, len(ready))
    return fewest, most, num_started


def test_restart():
    with Toy(num_workers=3) as toy:
        toy.wait_up()
        wait_until(lambda: len(toy.workers()) == 3)
        load = Load(toy)
        for _ in range(5):
            old = set(toy.workers())
            toy.signal(signal.SIGHUP)
            wait_until(lambda: len(toy.workers()) == 3 and
                       not old & set(toy.workers()))
        load.end()
        ok(not load.lost and not load.refused and load.num_answered > 100,
           "five restarts under load lose no request")
        note("%d answered" % load.num_answered)
        for what in (load.lost + load.refused)[:5]:
            note(what)
        fewest, most, num_started = follow(toy.events(), 3)
        ok(fewest == 3 and most == 4 and num_started == 18,
           "one by one: a worker goes when its successor is ready")
        note("%d ready at least, %d at most, %d started" %
                  (fewest, most, num_started))
        old = set(toy.workers())
        for _ in range(20):
            toy.signal(signal.SIGHUP)
        ok(wait_until(lambda: len(toy.workers()) == 3 and
                      not old & set(toy.workers())) and toy.is_up(),
           "twenty HUPs at once are like one or two")
        toy.signal(signal.SIGHUP)
        status, took = toy.stop()
        ok(status == 0 and took < 2, "TERM during a restart")


def test_stop_under_load():
    num_answered, lost, bad_stops = 0, [], 0
    for _ in range(10):
        with Toy(num_workers=4) as toy:
            toy.wait_up()
            load = Load(toy, 16, "/sleep?5")
            time.sleep(0.2)
            status, took = toy.stop()
            load.end()
            bad_stops += status != 0 or took > 2 or os.path.exists(toy.path)
            num_answered += load.num_answered
            lost += load.lost
    ok(not lost and num_answered > 500 and bad_stops == 0,
       "stopping under load loses nobody who was connected")
    note("%d answered, %d lost" % (num_answered, len(lost)))
    for what in lost[:5]:
        note(what)


def test_stop_busy():
    with Toy(num_workers=2) as toy:
        toy.wait_up()
        with fcgi.connect(toy.path) as s:
            s.sendall(fcgi.request_bytes(uri="/sleep?2500"))
            time.sleep(1)
            status, took = toy.stop()
            r = fcgi.read_reply(s)
        ok(r.ended and r.status == 200 and status == 0 and 0.5 < took < 3.5,
           "a busy worker finishes first")
        note(f"status {r.status}, {status}; stopped after {took:.2f} s")

    with Toy(num_workers=2, drain_ms=1000) as toy:
        toy.wait_up()
        with fcgi.connect(toy.path) as s:
            s.sendall(fcgi.request_bytes(uri="/sleep?60000"))
            time.sleep(0.2)
            status, took = toy.stop()
            r = fcgi.read_reply(s)
        ok(not r.ended and status == 0 and 0.9 < took < 2,
           "one that hangs is killed after the time limit")

    with Toy(num_workers=2) as toy:
        toy.wait_up()
        toy.signal(signal.SIGINT)
        ok(toy.process.wait(5) == 0, "INT is like TERM")


def test_master_killed():
    with Toy(num_workers=3) as toy:
        toy.wait_up()
        wait_until(lambda: len(toy.workers()) == 3)
        workers = toy.workers()
        toy.process.kill()
        toy.process.wait()
        ok(wait_until(lambda: not any(is_alive(pid) for pid in workers)),
           "workers leave when their master dies")
        ok(os.path.exists(toy.path), "(it leaves its socket behind)")
        with Toy(folder=toy.folder) as second:
            ok(second.wait_up(), "a socket that is left over is replaced")
            with Toy(folder=toy.folder) as third:
                ok(third.process.wait(5) == 1 and second.is_up() and
                   os.path.exists(second.path),
                   "one that another master serves is not")
            os.unlink(second.path)
            other = socket.socket(socket.AF_UNIX)
            other.bind(second.path)
            ok(second.stop()[0] == 0 and os.path.exists(second.path),
               "a socket that another put in its place is left alone")
            other.close()


def test_bad_path():
    folder = tempfile.mkdtemp(prefix="toy-")
    path = os.path.join(folder, "s")
    with open(path, "w") as f:
        f.write("precious")
    with Toy(folder=folder) as toy:
        ok(toy.process.wait(5) == 1 and open(path).read() == "precious",
           "a file that is no socket is left alone")
    with Toy(listen="unix:/nonexistent/s") as toy:
        ok(toy.process.wait(5) == 1, "no such folder")
    with Toy(listen="192.0.2.1:9000") as toy:
        ok(toy.process.wait(5) == 1, "an address of another machine")
    with Toy(listen="-") as toy:
        ok(toy.process.wait(5) == 1, "no socket at all")
    shutil.rmtree(folder)


def test_two_at_once():
    folder = tempfile.mkdtemp(prefix="toy-")
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(os.path.join(folder, "s"))
    stale.close()
    toys = [Toy(folder=folder, num_workers=1) for _ in range(6)]
    wait_until(lambda: len([t for t in toys
                            if t.process.poll() is None]) == 1)
    alive = [t for t in toys if t.process.poll() is None]
    ok(len(alive) == 1 and alive[0].wait_up(),
       "of six masters that start at once one serves")
    for t in toys:
        t.__exit__()
    shutil.rmtree(folder)


def num_woken(pid):
    """How often it has gone to sleep so far."""
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", f.read(),
                             re.MULTILINE)[1])


def test_one_wakes():
    """Of 16 workers that have nothing to do, one request wakes one or two:
    the next may come while the one before it is still being ended."""
    with Toy(16) as toy:
        toy.wait_up()
        time.sleep(0.2)
        pids = toy.workers()
        before = sum(map(num_woken, pids))
        answers = [toy.ask().status for _ in range(100)]
        woken = sum(map(num_woken, pids)) - before
        ok(set(answers) == {200} and len(pids) == 16 and 100 <= woken < 600,
           "one wakes up, of 16")
        note(f"100 requests woke up {woken} times one of 16 workers")


def num_before(crowd, path):
    """How many of a crowd of 20 a late one has to wait for; the first of them
    holds the only worker until all have come."""
    order = []
    clients = [Client(crowd, "/sleep?1000", order=order)]
    clients += [Client(crowd, "/sleep?20", order=order) for _ in range(19)]
    clients.append(Client(path, "/sleep?20", order=order))
    if {client.reply().status for client in clients} != {200}:
        raise RuntimeError("not all are answered")
    return order.index(clients[-1])


def test_two_queues():
    with Toy(num_workers=1) as toy:
        toy.wait_up()
        ok(stat.S_IMODE(os.stat(toy.uploads_path).st_mode) == 0o660,
           "the socket for uploads: mode 0660")
        before = {(crowd, path): num_before(getattr(toy, crowd),
                                            getattr(toy, path))
                  for crowd in ("path", "uploads_path")
                  for path in ("path", "uploads_path")}
        note(repr(before))
        ok(before["path", "path"] == 20 and
           before["uploads_path", "uploads_path"] == 20,
           "who comes last to a queue is served last")
        ok(before["uploads_path", "path"] <= 2,
           "a read does not wait for the uploads before it")
        ok(before["path", "uploads_path"] <= 2,
           "nor an upload for the reads")
        crowd = [Client(path, "/sleep?20") for _ in range(10)
                 for path in (toy.path, toy.uploads_path)]
        status, _ = toy.stop()
        ok(status == 0 and not os.path.exists(toy.path) and
           not os.path.exists(toy.uploads_path), "it stops, both paths go")
        ok({client.reply().status for client in crowd} == {200},
           "who waits at either when it stops is served")


def test_inherited():
    folder = tempfile.mkdtemp(prefix="toy-")
    path = os.path.join(folder, "s")
    held = socket.socket(socket.AF_UNIX)
    held.bind(path)
    held.listen(128)
    with Toy(folder=folder, listen="-", stdin=held) as toy:
        ok(toy.wait_up(), "the socket as fd 0")
        ok(os.readlink("/proc/%d/fd/0" % toy.process.pid) == "/dev/null",
           "fd 0 is out of the way")
        ok(toy.stop()[0] == 0 and os.path.exists(path),
           "a socket of somebody else stays")

    command = ('LISTEN_PID=$$ LISTEN_FDS=%d; export LISTEN_PID LISTEN_FDS; '
               'exec "$0" "$@" 3<&%d 4<&%d')
    uploads_path = os.path.join(folder, "uploads")
    held_uploads = socket.socket(socket.AF_UNIX)
    held_uploads.bind(uploads_path)
    held_uploads.listen(128)
    fds = held.fileno(), held_uploads.fileno()

    def systemd_like(num_fds, fds=fds):
        toy = Toy.__new__(Toy)
        toy.folder, toy.is_own_folder, toy.path = folder, False, path
        toy.log = open(os.path.join(folder, "log2"), "ab")
        toy.process = subprocess.Popen(
            ["sh", "-c", command % (num_fds, *fds),
             fcgi.program("tests/toy_fcgi"), "-", "2"],
            stdin=subprocess.DEVNULL, stderr=toy.log, pass_fds=fds)
        return toy

    with systemd_like(1) as toy:
        ok(toy.wait_up(), "the socket from systemd")
        with fcgi.connect(path) as s:
            s.sendall(fcgi.request_bytes(uri="/sleep?300"))
            time.sleep(0.1)
            toy.signal(signal.SIGTERM)
            r = fcgi.read_reply(s)
        toy.process.wait(5)
        with fcgi.connect(path) as waiting:
            waiting.sendall(fcgi.request_bytes())
            with systemd_like(1) as second:
                r2 = fcgi.read_reply(waiting)
                second.stop()
        ok(r.ended and r2.ended and r2.status == 200,
           "who connects between two masters is served by the second")
    with systemd_like(2) as toy:
        ok(toy.wait_up() and
           fcgi.request(uploads_path, uri="/").status == 200,
           "two sockets from systemd")
        toy.stop()
        ok(os.path.exists(path) and os.path.exists(uploads_path),
           "they stay, both")
    with systemd_like(3) as toy:
        ok(toy.process.wait(5) == 1, "three sockets from systemd: refused")
    with open("/dev/null") as null, \
            systemd_like(2, (fds[0], null.fileno())) as toy:
        ok(toy.process.wait(5) == 1, "a file from systemd: refused")
    held.close()
    held_uploads.close()
    shutil.rmtree(folder)


def free_port(family, host):
    with socket.socket(family) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


def test_tcp():
    for family, host, text in ((socket.AF_INET, "127.0.0.1", "127.0.0.1"),
                               (socket.AF_INET6, "::1", "[::1]")):
        try:
            port = free_port(family, host)
        except OSError:
            note("no %s on this machine" % text)
            continue
        with Toy(listen="%s:%d" % (text, port)) as toy:
            toy.path = (host, port)
            ok(toy.wait_up(), "TCP at %s" % text)
            ok(toy.stop()[0] == 0, "and it stops")


test_start()
test_prompt_stop()
test_replacement()
test_crash_loop()
test_killed_often()
test_restart()
test_stop_under_load()
test_stop_busy()
test_master_killed()
test_bad_path()
test_two_at_once()
test_one_wakes()
test_two_queues()
test_inherited()
test_tcp()
done()
