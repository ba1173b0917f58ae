"""
What is measured: a private instance of everything, in a made-up world, and
beside it the floor program and nginx's static files, behind the same nginx.
"""

import datetime
import os
import pwd
import re
import shutil
import signal
import subprocess
import urllib.error
import urllib.request

from load import CONNECTIONS
from e2e import BASE, BUILD, PROGRAMS, Service, free_ports, wait_until
from world import World

DAYS = 30
# Where the floor's files are: as many characters as BASE.
STATIC = "/static".ljust(len(BASE), "-")
# enum freshness of quotes.h
FRESH_REPORT, FRESH_BLOCK, FRESH_LEAF = 1, 2, 3


def pack(now, freshness, first, count, path):
    """Has that many quotes written to a file of bench/pack's form."""
    with open(path, "wb") as file:
        subprocess.run(
            [os.path.join(BUILD, "bench", "pack"), now, str(DAYS),
             str(freshness), str(first), str(count)],
            check=True, stdin=subprocess.DEVNULL, stdout=file)


def unpack(path):
    """The quotes of such a file."""
    with open(path, "rb") as file:
        while head := file.read(4):
            yield file.read(int.from_bytes(head, "big"))


def children(master):
    with open(f"/proc/{master}/task/{master}/children") as file:
        return [int(pid) for pid in file.read().split()]


def run_ns(pid):
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            return int(file.read().split()[0])
    except ProcessLookupError:
        return 0


class Stack:
    """
    One instance with so many workers, and a floor with as many. It judges by
    the real clock, and its collateral is fresh.
    """

    def __init__(self, workers):
        self.workers = workers
        now = datetime.datetime.now(datetime.timezone.utc)
        self.now = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.floor = None
        self.next_quote = 1

    def __enter__(self):
        self.world = World(now=self.now, days=DAYS, settings="")
        try:
            self.service = Service(
                workers=self.workers, ATTESTRY_ROOT_CA=self.world.root_ca,
                **self.world.pcs_settings)
            self.service.checks_logs = False  # a bench is not a test
            self.service.__enter__()
            self.floor_port = free_ports()
            self.start_floor()
            self.add_floor_to_nginx()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *error):
        if self.floor is not None:
            self.floor.send_signal(signal.SIGTERM)
            self.floor.wait(30)
        if hasattr(self, "service"):
            self.service.__exit__(*error)
        self.world.__exit__()

    def path(self, *names):
        return self.service.path(*names)

    # --- the floor --------------------------------------------------------

    def start_floor(self):
        """Bare uploads go to a table of their own; reads are attestry's."""
        self.service.sql(
            "CREATE TABLE floor (key bytea PRIMARY KEY,"
            " raw bytea COMPRESSION lz4 NOT NULL)")
        socket = self.path("run", "floor.sock")
        with open(self.path("log", "floor.log"), "ab") as log:
            self.floor = subprocess.Popen(
                [os.path.join(BUILD, "bench", "floor"), "unix:" + socket,
                 str(self.workers), self.service.conninfo()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if not wait_until(lambda: os.path.exists(socket)):
            raise RuntimeError("bench/floor does not start")
        if os.geteuid() == 0:
            os.chown(socket, -1, pwd.getpwnam("www-data").pw_gid)

    def add_floor_to_nginx(self):
        """
        attestry's own server and queues once more, on another port, with the
        floor in attestry's place and a folder of static files.
        """
        nginx = self.path("nginx")
        with open(os.path.join(nginx, "attestry.conf")) as file:
            conf = file.read()
        blocks = re.findall(r"^(?:upstream|server) .*?^\}\n", conf,
                            re.MULTILINE | re.DOTALL)
        queues = re.findall(r"^upstream (\w+)", conf, re.MULTILINE)
        queue_map = "".join(
            f"\t{name} {name.replace('attestry', 'floor')};\n"
            for name in queues)
        with open(os.path.join(nginx, "floor.conf"), "w") as file:
            file.write(f"map $attestry_pool $floor_pool {{\n{queue_map}}}\n"
                       + "".join(map(self.floor_block, blocks)))
        main = os.path.join(nginx, "nginx.conf")
        with open(main) as file:
            text = file.read()
        with open(main, "w") as file:
            file.write(text.replace(
                "include attestry.conf;",
                "include attestry.conf;\n\tinclude floor.conf;"))
        os.kill(self.service.pid("nginx"), signal.SIGHUP)
        if not wait_until(self.floor_answers):
            raise RuntimeError("nginx does not pass on to bench/floor")

    def floor_block(self, block):
        """One of attestry.conf's blocks, as the floor has it."""
        block = re.sub(r"^upstream attestry", "upstream floor", block)
        block = re.sub(r"zone attestry(\w* \w+;)", r"zone floor\1", block)
        block = re.sub(r"listen 127\.0\.0\.1:\d+",
                       f"listen 127.0.0.1:{self.floor_port}", block)
        block = re.sub(r"run/attestry-\w+\.sock", "run/floor.sock", block)
        block = re.sub(r"fastcgi_pass (\$?)attestry", r"fastcgi_pass \1floor",
                       block)
        # the same store of answers, other names in it
        block = block.replace("fastcgi_cache_key ", "fastcgi_cache_key floor")
        return block.replace(
            "location / {", f"location {STATIC}/ {{\n\t\troot floor;\n"
            "\t\tinclude attestry-headers.conf;\n\t}\n\n\tlocation / {", 1)

    def floor_answers(self):
        """As attestry does not: it wants a POST there."""
        try:
            return self.status(self.floor_url("verify?body=2")) == 200
        except OSError:
            return False

    def static_url(self, path, content):
        """Of a file of nginx's own, as long as the URL of `path` is."""
        file_path = self.path("floor", STATIC[1:], path)
        os.makedirs(os.path.dirname(file_path), exist_ok=True)
        with open(file_path, "wb") as file:
            file.write(content)
        return f"http://127.0.0.1:{self.floor_port}{STATIC}/{path}"

    # --- addresses, quotes ------------------------------------------------

    def url(self, path):
        return f"http://127.0.0.1:{self.service.port}{BASE}/{path}"

    def floor_url(self, path):
        return f"http://127.0.0.1:{self.floor_port}{BASE}/{path}"

    def status(self, url, headers=()):
        return self.head(url, headers)[0]

    def etag(self, url):
        return self.head(url)[1]

    def head(self, url, headers=()):
        """Of a GET: its status and its ETag."""
        request = urllib.request.Request(
            url, headers=dict(line.split(": ", 1) for line in headers))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as reply:
                return reply.status, reply.headers["ETag"]
        except urllib.error.HTTPError as reply:
            return reply.code, reply.headers["ETag"]

    def new_quotes(self, freshness, count, name="quotes.pack"):
        """A file of quotes that were never uploaded."""
        path = self.path(name)
        pack(self.now, freshness, self.next_quote, count, path)
        self.next_quote += count
        return path

    # --- what it costs ----------------------------------------------------

    def cpu_ns(self):
        """Time on a processor so far: {server: {pid: ns}}; None where the
        kernel does not tell."""
        masters = {"nginx": self.service.pid("nginx"),
                   "pool": self.service.pid(), "floor": self.floor.pid,
                   "postgres": self.service.pid("postgres")}
        try:
            return {server: {pid: run_ns(pid) for pid in children(master)}
                    for server, master in masters.items()}
        except FileNotFoundError:
            return None

    def run(self, load, seconds, connections=CONNECTIONS):
        """A round; `cpu_us` is what each server spent for a request."""
        before = self.cpu_ns()
        result = load.run(seconds, connections)
        after = self.cpu_ns()
        if before and after:
            result["cpu_us"] = {
                server: sum(ns - before[server].get(pid, 0)
                            for pid, ns in pids.items())
                / 1000 / result["requests"]
                for server, pids in after.items()}
        return result

    def forget_cached(self):
        """
        Nginx anew, without its store of answers: what has been asked for
        before is in its memory too.
        """
        self.service.stop("nginx", signal.SIGTERM)
        shutil.rmtree(self.path("run", "nginx", "cache"))
        subprocess.run(
            ["nginx", "-p", ".", "-c", "nginx/nginx.conf",
             "-e", "log/nginx-error.log"], cwd=self.path(), check=True,
            env={"PATH": PROGRAMS}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not wait_until(self.floor_answers):
            raise RuntimeError("nginx does not start anew")
