"""
A pooler in transaction mode between the workers and PostgreSQL: connections
of the server go from worker to worker, with what the last one has prepared.
"""

import concurrent.futures
import os
import shutil
import subprocess
import tempfile

from answer import checksum, load
from e2e import PROGRAMS, Service, wait_until
from tap import done, ok, same, skip_all
from world import World

PORT = 6432  # a part of the socket's name only


class Pooler:
    """PgBouncer before a service's database, with two connections to it."""

    def __init__(self, service, folder):
        self.folder = folder
        self.log = os.path.join(folder, "pgbouncer.log")
        ini = os.path.join(folder, "pgbouncer.ini")
        with open(ini, "w") as file:
            file.write(f"""\
[databases]
attestry = host={service.path("run", "postgres")} user=attestry_worker
[pgbouncer]
listen_addr =
listen_port = {PORT}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = 2
logfile = {self.log}
""")
        become = [] if os.geteuid() else [
            "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        os.chmod(folder, 0o777)
        self.process = subprocess.Popen([*become, "pgbouncer", "-q", ini],
                                        stdin=subprocess.DEVNULL,
                                        env={"PATH": PROGRAMS})
        self.answers = wait_until(
            lambda: os.path.exists(os.path.join(folder, f".s.PGSQL.{PORT}")))

    def conninfo(self):
        return (f"host={self.folder} port={PORT} user=attestry_worker "
                "dbname=attestry")

    def stop(self):
        self.process.kill()
        self.process.wait()


def works(service, world):
    quotes = [world.quote("tdx-v4") + bytes(num) for num in range(1, 101)]
    with concurrent.futures.ThreadPoolExecutor(24) as threads:
        replies = list(threads.map(service.upload, quotes))
        same({reply.status for reply in replies}, {200},
             "100 uploads by 24 clients over two connections: all verified")
        ok(int(service.sql("SELECT count(DISTINCT xmin::text)"
                           " FROM quote")[0][0]) < 100,
           "some of them in one round trip")
        views = list(threads.map(
            lambda raw: service.get(f"view/{checksum(raw)}"), quotes))
        raws = list(threads.map(
            lambda raw: service.get(f"raw/{checksum(raw)}"), quotes))
    same([reply.body for reply in raws], quotes,
         "each upload's own bytes come back")
    same([load(reply.body)["checksum"] for reply in views],
         [checksum(raw) for raw in quotes], "and each one's own report")
    same(service.sql("SELECT count(*) FROM quote JOIN verdict"
                     " USING (checksum)"), [("100",)],
         "each is stored once, with one verdict")
    same(service.sql("SELECT count(*) FROM pg_stat_activity"
                     " WHERE usename = 'attestry_worker'"), [("2",)],
         "through two connections")


def main():
    if not shutil.which("pgbouncer", path=PROGRAMS):
        skip_all("pgbouncer is not installed")
    with World() as world, tempfile.TemporaryDirectory() as folder, \
            Service(workers=3, ATTESTRY_COPIES_MAX="1000",
                    **world.settings) as service:
        pooler = Pooler(service, folder)
        try:
            ok(pooler.answers, "the pooler is there")
            service.up(ATTESTRY_DATABASE=pooler.conninfo())
            works(service, world)
        finally:
            pooler.stop()
    done()


main()
