"""The database is down, restarted, cut off in the middle of queries, and
replaced by its standby."""

import os
import shutil
import signal
import subprocess
import time

import instance as base
from e2e import PROGRAMS, psql, wait_until
from load import Uploads, check_kept

WHAT = "database restarted, cut off, failed over to a standby"
SEEDED = "lost",

UPLOADS = 300, 40
RESTARTS = 4, 1
CUTTING_S = 8, 2
CUT_EVERY_S = 0.03
BACK_S = 5


class Standby:
    """A copy of the database that follows it, with a socket of its own."""

    def __init__(self, service, number):
        self.service = service
        self.folder = service.path(f"standby{number}")
        self.sockets = service.path("run", f"standby{number}")
        self.held = None  # a process of it that stands still
        self.conninfo = f"host={self.sockets} user=postgres dbname=attestry"

    def user(self, *command):
        """As PostgreSQL's own user, who owns the cluster."""
        if os.geteuid() != 0:
            return list(command)
        return ["setpriv", "--reuid=postgres", "--regid=postgres",
                "--init-groups", *command]

    def program(self, name):
        return os.path.join(os.path.dirname(psql()), name)

    def start(self):
        own = os.stat(self.service.path("postgres"))
        for folder in self.folder, self.sockets:
            os.mkdir(folder, 0o700)
            os.chown(folder, own.st_uid, own.st_gid)
        like = os.stat(self.service.path("run", "postgres"))
        os.chown(self.sockets, like.st_uid, like.st_gid)
        os.chmod(self.sockets, like.st_mode & 0o777)
        subprocess.run(
            self.user(self.program("pg_basebackup"), "-D", self.folder, "-h",
                      self.service.path("run", "postgres"), "-U", "postgres",
                      "-R", "-c", "fast"),
            check=True, cwd="/", env={"PATH": PROGRAMS})
        with open(self.service.path("log", "standby.log"), "a") as log:
            self.process = subprocess.Popen(
                self.user(self.program("postgres"), "-D", self.folder, "-c",
                          "listen_addresses=", "-c",
                          f"unix_socket_directories={self.sockets}", "-c",
                          "unix_socket_permissions=0777", "-c",
                          "max_connections=1000"),
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={"PATH": PROGRAMS})
        if not wait_until(lambda: self.sql("SELECT 1") == "1", 60):
            raise RuntimeError("the standby does not start")

    def sql(self, statement):
        """The first value, as text; "" when there is none."""
        return subprocess.run(
            [psql(), "-XAtq", "-c", statement, self.conninfo], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": PROGRAMS}).stdout.strip()

    def promote(self):
        if self.held:
            os.kill(self.held, signal.SIGTERM)
            os.kill(self.held, signal.SIGCONT)
        self.sql("SELECT pg_promote()")

    def stop(self):
        base.kill_all_in(self.folder)
        self.process.wait()
        shutil.rmtree(self.folder)
        shutil.rmtree(self.sockets)


def both(service, standby):
    """A connection string for whichever of the two takes writes."""
    sockets = ",".join("/proc/self/cwd/" + os.path.relpath(path, service.dir)
                       for path in (service.path("run", "postgres"),
                                    standby.sockets))
    return f"host={sockets} user=attestry_worker dbname=attestry" \
        " target_session_attrs=read-write"


def restarts(findings, service, quick, uploads):
    """Stopped as an operator does, started again."""
    slowest = 0
    for _ in range(RESTARTS[quick]):
        uploads.wait(UPLOADS[quick] // 10, 20)
        service.stop("postgres")
        time.sleep(0.3)
        service.up()
        at = base.recovered_at(service)
        first = uploads.first_since(at)
        slowest = max(slowest, (first or at + 99) - at)
    findings.figure("restarts", RESTARTS[quick])
    findings.figure("back after one, s", slowest)
    findings.goal(slowest < BACK_S, f"want service back in {BACK_S} s")


def cuts(findings, service, quick, uploads):
    """Its connections are ended all the time, whatever they are at."""
    until = time.monotonic() + CUTTING_S[quick]
    before, num = len(uploads.acknowledged), 0
    while time.monotonic() < until:
        num += len(service.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'attestry_worker'"))
        time.sleep(CUT_EVERY_S)
    findings.figure("connections cut", num)
    findings.figure("acknowledged meanwhile",
                    len(uploads.acknowledged) - before)
    at = time.monotonic()
    findings.need(uploads.first_since(at), "down",
                  "after the cuts nothing is acknowledged")


def fail_over(findings, service, quick, standby, uploads, before=None):
    """The database is killed and never comes back; the standby takes over."""
    uploads.wait(UPLOADS[quick] // 3, 30)
    if before:
        before()
        uploads.wait(UPLOADS[quick] // 3, 30)
    base.kill_postgres(service)
    standby.promote()
    at = time.monotonic()
    first = uploads.first_since(at)
    findings.figure("back after fail-over, s", (first or at + 99) - at)
    findings.goal(first and first - at < BACK_S,
                  f"fail-over: want service back in {BACK_S} s")


def run(findings, service, quick):
    with Uploads(service) as uploads:
        restarts(findings, service, quick, uploads)
        cuts(findings, service, quick, uploads)
    check_kept(findings, service, uploads.acknowledged)
    standby = Standby(service, 1)
    standby.start()
    usual = service.settings.get("ATTESTRY_DATABASE")
    try:
        base.alter(service, "synchronous_standby_names = '*'")
        service.up(ATTESTRY_DATABASE=both(service, standby))
        with Uploads(service, first=1_000_000) as late:
            fail_over(findings, service, quick, standby, late)
        check_kept(findings, service,
                   {**uploads.acknowledged, **late.acknowledged})
        findings.need(len(late.acknowledged) >= UPLOADS[quick] // 3, "few",
                      "too few uploads around the fail-over")
    finally:
        standby.stop()
        service.settings["ATTESTRY_DATABASE"] = usual
    findings.figure("acknowledged",
                    len(uploads.acknowledged) + len(late.acknowledged))


def control(findings, service, quick):
    """A standby that nobody waits for, and that has fallen behind."""
    with open(service.path("postgres", "postgresql.auto.conf"), "a") as file:
        file.write("synchronous_standby_names = ''\n")
    service.up(ATTESTRY_DATABASE=None)
    standby = Standby(service, 2)
    standby.start()

    def hold():
        """Its receiver stands still until the database is gone."""
        pid = int(standby.sql("SELECT pid FROM pg_stat_wal_receiver"))
        os.kill(pid, signal.SIGSTOP)
        standby.held = pid

    try:
        service.up(ATTESTRY_DATABASE=both(service, standby))
        with Uploads(service, first=2_000_000) as uploads:
            fail_over(findings, service, quick, standby, uploads, hold)
        check_kept(findings, service, uploads.acknowledged)
    finally:
        standby.stop()
