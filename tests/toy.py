"""Starts tests/toy_fcgi and looks after it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import fcgi
from logs import faults
from tap import note, ok


class Toy:
    """One pool with its own folder; stopped and removed at the end."""

    def __init__(self, num_workers=2, listen=None, drain_ms=3000,
                 io_timeout_ms=1000, park_ms=0, park_stop_ms=0, folder=None,
                 **options):
        self.folder = folder or tempfile.mkdtemp(prefix="toy-")
        self.is_own_folder = folder is None
        self.path = os.path.join(self.folder, "s")
        self.uploads_path = os.path.join(self.folder, "uploads")
        self.fail = os.path.join(self.folder, "fail")
        self.news = os.path.join(self.folder, "news")
        self.log_path = os.path.join(self.folder, "log")
        self.log = open(self.log_path, "ab")
        listen = listen or "unix:" + self.path
        # A sanitizer keeps freed memory; little of it, for test_memory.
        env = dict(os.environ, TOY_FAIL=self.fail, TOY_NEWS=self.news,
                   TOY_LISTEN_UPLOADS="unix:" + self.uploads_path,
                   ASAN_OPTIONS="quarantine_size_mb=1:" +
                   os.environ.get("ASAN_OPTIONS", ""))
        self.process = subprocess.Popen(
            [fcgi.program("tests/toy_fcgi"), listen, str(num_workers),
             str(drain_ms), str(io_timeout_ms), str(park_ms),
             str(park_stop_ms)],
            stderr=self.log, env=env,
            stdin=options.pop("stdin", subprocess.DEVNULL), **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()
        self.check_log()
        if self.is_own_folder:
            shutil.rmtree(self.folder)

    def check_log(self):
        """A case of the test only where there is a fault, for a test has
        many of these. Workers that abort are told to (/crash)."""
        with open(self.log.name, errors="replace") as f:
            found = faults(f.read(), '"signal":6,')
        if found:
            ok(False, "no sanitizer text in any log")
            note("\n".join(found[:20]))

    def ask(self, uri="/", **params):
        return fcgi.request(self.path, uri=uri, **params)

    def is_up(self):
        try:
            return self.ask().status == 200
        except OSError:
            return False

    def wait_up(self):
        return wait_until(self.is_up)

    def workers(self):
        """The pids of the master's children that are not dead."""
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open("/proc/%s/stat" % name) as f:
                    fields = f.read().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[1] == str(self.process.pid) and fields[0] != "Z":
                found.append(int(name))
        return sorted(found)

    def tell(self, num=1):
        """News for requests of /park: `num` more."""
        with open(self.news, "ab") as f:
            f.write(b"x" * num)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, timeout=10):
        """TERM; returns (exit status or None, seconds that it took)."""
        began = time.monotonic()
        self.signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            status = None
        return status, time.monotonic() - began

    def events(self):
        """The log's lines, read."""
        found = []
        with open(self.log_path) as f:
            for line in f:
                try:
                    found.append(json.loads(line))
                except ValueError:
                    found.append({"event": "not JSON", "line": line})
        return found


class Client:
    """
    Of a request that may wait; like a web server it reads at once. When it is
    answered it adds itself to `order`.
    """

    def __init__(self, path, uri, body=b"", order=None, method="POST",
                 **params):
        self.uri, self.body = uri, body
        self.order = [] if order is None else order
        self.began = time.monotonic()
        self.took = None
        self.answer = None
        self.socket = fcgi.connect(path, timeout=20)
        self.socket.sendall(fcgi.request_bytes(method, uri, body, **params))
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        try:
            self.answer = fcgi.read_reply(self.socket)
        except OSError:
            self.answer = fcgi.Reply(b"")
        self.took = time.monotonic() - self.began
        self.order.append(self)
        self.socket.close()

    def is_answered(self):
        return self.answer is not None

    def reply(self):
        self.thread.join()
        return self.answer

    def seen(self):
        """What toy_fcgi tells of the request."""
        body = self.reply().body
        return json.loads(body) if body else {}

    def leave(self):
        self.socket.shutdown(socket.SHUT_RDWR)


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()
