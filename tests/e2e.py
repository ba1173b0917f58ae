"""
The whole service for one test: PostgreSQL, the pool and nginx (or Apache),
private, in a temporary folder, made by ./dev from the programs of the build
tree.

    with Service(ATTESTRY_TIME="2026-01-01T00:00:00Z") as service:
        reply = service.upload(quote)
        ok(reply.status == 200, "a genuine quote is verified")

Programs and sources are found through `top_builddir` and `top_srcdir`, which
`make check` sets.
"""

import contextlib
import glob
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import openapi
from logs import faults
from tap import note, ok, skip_all

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.environ.get("top_srcdir") or os.path.join(HERE, ".."))
BUILD = os.path.abspath(
    os.environ.get("top_builddir") or os.path.join(TOP, "build"))
BASE = "/api/v1/attestations"
# Who workers become when this is root; nobody else can become another.
USER = {} if os.geteuid() else {"ATTESTRY_USER": "nobody"}
PROGRAMS = os.environ["PATH"] + ":/usr/local/sbin:/usr/sbin:/sbin"


def missing_server():
    """What a service needs and this machine has not, as a sentence; or None."""
    if not glob.glob("/usr/lib/postgresql/*/bin/initdb"):
        return "PostgreSQL is not installed"
    for program in "nginx", "apache2", "curl":
        if not shutil.which(program, path=PROGRAMS):
            return f"{program} is not installed"
    return openapi.missing()


def need_servers():
    """Skips the test program where a server is not installed."""
    why = missing_server()
    if why:
        skip_all(why)


def psql():
    return sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]


def free_ports():
    """
    A port of 127.0.0.1 that nobody uses, and the next one as well. Below those
    that the kernel gives to clients: one of them could take it meanwhile.
    """
    while True:
        port = random.randrange(10000, 32000)
        with socket.socket() as a, socket.socket() as b:
            try:
                a.bind(("127.0.0.1", port))
                b.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def preloaded(source, folder):
    """
    The environment of a program before which tests/`source` is loaded, built
    in `folder`; what that reads from its environment comes on top.
    """
    library = os.path.join(folder, source.replace(".c", ".so"))
    if not os.path.exists(library):
        subprocess.run(
            [*os.environ.get("CC", "cc").split(), "-shared", "-fPIC", "-o",
             library, os.path.join(TOP, "tests", source)], check=True)
    return {"LD_PRELOAD": library,
            "ASAN_OPTIONS": "verify_asan_link_order=0"}


def wait_until(condition, seconds=20):
    """Polls until `condition()` is true; returns whether it came true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def together(*functions):
    """Runs them at one time, once all are there; what each returned."""
    results = [None] * len(functions)
    barrier = threading.Barrier(len(functions))

    def run(i):
        barrier.wait()
        results[i] = functions[i]()

    threads = [threading.Thread(target=run, args=(i,))
               for i in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def multipart(*parts, boundary="----attestry-e2e"):
    """
    A multipart/form-data body of (name, filename or None, bytes), written out
    by hand. Returns it and its content type.
    """
    body = b""
    for name, filename, data in parts:
        disposition = f'form-data; name="{name}"'
        if filename is not None:
            disposition += f'; filename="{filename}"'
        body += (f"--{boundary}\r\nContent-Disposition: {disposition}\r\n"
                 "\r\n").encode() + data + b"\r\n"
    return (body + f"--{boundary}--\r\n".encode(),
            f"multipart/form-data; boundary={boundary}")


class Reply:
    """What came back: `status`, `headers` (any case), `body` as bytes."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:200]!r}>"


class SqlError(Exception):
    """What psql said."""


class Service:
    """
    One instance. Keyword arguments are settings of attestry-fcgi. It judges
    nothing by itself (ATTESTRY_KEEPER_S) unless they say so. At its end a case
    of the test is that no log has a fault (tests/logs.py), but those that
    match `expected`.
    """

    expected = None
    checks_logs = True

    def __init__(self, demo=False, workers=2, front="nginx", **settings):
        need_servers()
        self.demo = demo
        self.front = front
        self.workers = workers
        self.settings = {"ATTESTRY_KEEPER_S": "0", **USER, **settings}
        self.dir = tempfile.mkdtemp(prefix="attestry-")
        self.port = free_ports()

    def __enter__(self):
        # told to stop, a test still takes its instance down
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        try:
            self.up()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.show_logs()
        self.down()
        if kind is None and self.checks_logs:
            self.check_logs()
        shutil.rmtree(self.dir, ignore_errors=True)

    # --- life -------------------------------------------------------------

    def dev(self, *arguments):
        """Runs ./dev; returns its exit status and all that it printed."""
        run = subprocess.run(
            [os.path.join(TOP, "dev"), *arguments], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        return run.returncode, run.stdout

    def up(self, **settings):
        """
        Starts what is not running. The pool is started anew when its settings
        are other ones than before; `settings` are added to those of the
        instance, None removes one. The data stay. `output` is what it said.
        """
        self.settings = {
            name: value
            for name, value in {**self.settings, **settings}.items()
            if value is not None}
        status, output = self.dev(
            "up", "--programs", BUILD, "--dir", self.dir,
            "--port", str(self.port), "--workers", str(self.workers),
            "--front", self.front,
            *(["--demo"] if self.demo else []),
            *(f"{name}={value}" for name, value in self.settings.items()))
        if status != 0:
            raise RuntimeError(f"dev up failed:\n{output}")
        self.output = output

    def down(self):
        self.dev("down", "--dir", self.dir)

    def path(self, *names):
        """A file of the instance: path("demo", "root-ca.pem")."""
        return os.path.join(self.dir, *names)

    def pid(self, what="attestry-fcgi"):
        """The pid of the pool's master, of the front or of "postgres"."""
        path = (self.path("postgres", "postmaster.pid")
                if what == "postgres" else self.path("run", what + ".pid"))
        with open(path) as file:
            return int(file.readline())

    def worker_pids(self):
        """The pool's workers: the children of its master, but the keeper."""
        return [pid for pid in self.children() if not is_keeper(pid)]

    def keeper_pid(self):
        """The pool's keeper, or None."""
        return next(filter(is_keeper, self.children()), None)

    def children(self):
        master = self.pid()
        with open(f"/proc/{master}/task/{master}/children") as file:
            return [int(pid) for pid in file.read().split()]

    def stop(self, what, sig=signal.SIGINT):
        """Stops one of the three; up() starts it again, and only it."""
        pid = self.pid(what)
        os.kill(pid, sig)
        if not wait_until(lambda: not is_running(pid)):
            raise RuntimeError(f"{what} does not stop")

    @contextlib.contextmanager
    def own_pool(self, **environment):
        """
        The pool as a child of the test, with what `environment` adds to its
        settings, in place of the one that ./dev started; up() starts that
        again. Gives the process.
        """
        if is_running(self.pid()):
            self.stop("attestry-fcgi", signal.SIGTERM)
        path = self.path("run", "attestry-fcgi.sock")
        uploads_path = self.path("run", "attestry-uploads.sock")
        with open(self.path("log", "attestry-fcgi.log"), "a") as log:
            pool = subprocess.Popen(
                [os.path.join(BUILD, "attestry-fcgi")], cwd=self.dir,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": PROGRAMS, **self.settings,
                     "ATTESTRY_DATABASE": self.conninfo("attestry_worker"),
                     "ATTESTRY_LISTEN": "unix:" + path,
                     "ATTESTRY_LISTEN_UPLOADS": "unix:" + uploads_path,
                     "ATTESTRY_WORKERS": str(self.workers), **environment})
        try:
            wait_until(lambda: os.path.exists(uploads_path) or
                       pool.poll() is not None)
            if pool.poll() is None:
                os.chmod(path, 0o666)
                os.chmod(uploads_path, 0o666)
            with open(self.path("run", "attestry-fcgi.pid"), "w") as file:
                file.write(f"{pool.pid}\n")
            yield pool
        finally:
            pool.terminate()
            pool.wait()

    def log(self, name="attestry-fcgi"):
        with open(self.path("log", name + ".log"), errors="replace") as file:
            return file.read()

    def check_logs(self):
        found = self.faults()
        if not ok(not found, "no alert, no sanitizer text in any log"):
            note("\n".join(found[:20]))

    def faults(self):
        return [line for path in sorted(glob.glob(self.path("log", "*.log")))
                for line in faults(self.log(os.path.basename(path)[:-4]),
                                   self.expected)]

    def show_logs(self):
        for path in sorted(glob.glob(self.path("log", "*.log"))):
            with open(path, errors="replace") as file:
                lines = file.read().splitlines()[-30:]
            note("\n".join([f"--- {path}", *lines]))

    # --- HTTP -------------------------------------------------------------

    def request(self, method, path, body=None, headers={}, timeout=60,
                source="127.0.0.1"):
        """
        A path that begins with "/" is taken whole, else it is the API's,
        and then the answer is held against docs/openapi.json.
        source: the client's address, each of which has its own rate limit.
        """
        if not path.startswith("/"):
            path = f"{BASE}/{path}"
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=timeout,
            source_address=(source, 0))
        try:
            connection.request(method, path, body, headers)
            reply = Reply(connection.getresponse())
        finally:
            connection.close()
        openapi.check(method, path, reply)
        return reply

    def get(self, path, headers={}, fresh=True):
        """fresh: not what the front has kept of it for a second."""
        return self.request("GET", path, headers={
            **({"Cache-Control": "no-cache"} if fresh else {}), **headers})

    def head(self, path, headers={}, fresh=True):
        return self.request("HEAD", path, headers={
            **({"Cache-Control": "no-cache"} if fresh else {}), **headers})

    def post(self, path, body, content_type, headers={}, **options):
        return self.request("POST", path, body,
                            {"Content-Type": content_type, **headers},
                            **options)

    def upload(self, quote, filename="quote.bin", **options):
        """POST /verify with the multipart part `file`."""
        return self.post("verify", *multipart(("file", filename, quote)),
                         **options)

    def raw(self, data, timeout=20):
        """Bytes straight to the front's port; all that comes back."""
        with socket.create_connection(
                ("127.0.0.1", self.port), timeout=timeout) as connection:
            answer = b""
            try:
                connection.sendall(data)
                while chunk := connection.recv(65536):
                    answer += chunk
            except ConnectionError:
                pass
            return answer

    # --- the database -----------------------------------------------------

    def sql(self, statement, role="postgres", database="attestry"):
        """Runs SQL as a role; returns rows of text. Raises SqlError."""
        run = subprocess.run(
            [psql(), "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1",
             "-c", statement, self.conninfo(role, database)],
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": PROGRAMS, "LC_ALL": "C.UTF-8"})
        if run.returncode != 0:
            raise SqlError(run.stderr.strip())
        return [tuple(line.split("\t")) for line in run.stdout.splitlines()]

    def repeat_verdicts(self, where="true"):
        """Verdicts once more: for histories, which uploads under the same
        collateral do not make longer."""
        columns = ("checksum, verified_at, verified, tcb_status,"
                   " advisory_ids, collateral_id, policy, engine_version,"
                   " fixed_time, tcb, expires_at")
        self.sql(f"INSERT INTO verdict ({columns}) SELECT {columns}"
                 f" FROM verdict WHERE {where}")

    def conninfo(self, role="postgres", database="attestry"):
        return f"host={self.path('run', 'postgres')} user={role}" \
            f" dbname={database}"

    def attestry(self, *arguments, **environment):
        """Runs the CLI on this instance's database, as its owner."""
        return subprocess.run(
            [os.path.join(BUILD, "attestry"), *arguments], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": PROGRAMS, "LC_ALL": "C.UTF-8",
                 "ATTESTRY_DATABASE": self.conninfo(), **environment})

    def fresh_database(self):
        """Empties the database, schema and all; the pool reconnects."""
        self.sql("DROP DATABASE attestry WITH (FORCE)", database="postgres")
        self.sql("CREATE DATABASE attestry", database="postgres")
        run = self.attestry("migrate")
        if run.returncode != 0:
            raise RuntimeError(f"attestry migrate: {run.stderr}")


def is_keeper(pid):
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip() == "attestry-keeper"
    except (FileNotFoundError, ProcessLookupError):  # gone meanwhile
        return False


def is_running(pid):
    """Whether the process exists and is not a zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
