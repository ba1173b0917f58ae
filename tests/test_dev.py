"""./dev: what it starts, what it leaves alone, what it refuses."""

import os
import signal
import socket
import subprocess
import tempfile

from e2e import BUILD, Service, free_ports, is_running, wait_until
from tap import done, ok, same

SERVERS = "attestry-fcgi", "nginx", "postgres"


def pids(service):
    return {what: service.pid(what) for what in SERVERS}


def first_up(service):
    lines = service.output.splitlines()
    base = f"http://127.0.0.1:{service.port}/api/v1/attestations"
    same(lines[-1], f"curl -F file=@quote.bin {base}/verify",
         "up ends with a line to paste")
    ok(any(line.endswith(base) for line in lines), "up tells the base URL")
    same([service.sql(f"SHOW {name}") for name in
          ("data_checksums", "listen_addresses", "fsync")],
         [[("on",)], [("",)], [("on",)]],
         "PostgreSQL: checksums, no port, fsync")
    same(len(service.worker_pids()), 2, "as many workers as asked for")


def up_again(service):
    service.sql("CREATE TABLE kept ()")
    before = pids(service)
    service.up()
    same(pids(service), before, "up again: nothing is started anew")

    service.up(ATTESTRY_UPLOAD_MAX="20000")
    after = pids(service)
    same([before[what] == after[what] for what in SERVERS],
         [False, True, True], "another setting: only the pool is started anew")
    with open(f"/proc/{after['attestry-fcgi']}/environ") as file:
        ok("ATTESTRY_UPLOAD_MAX=20000" in file.read().split("\0"),
           "another setting: the pool has it")

    old_port, service.port = service.port, free_ports()
    service.up()
    same(service.get("recent").status, 200, "another port: answers there")
    with socket.socket() as other:
        ok(other.connect_ex(("127.0.0.1", old_port)) != 0,
           "another port: and no longer here")


def database_away(service):
    service.up()
    pool, workers = service.pid(), service.worker_pids()
    service.stop("postgres")
    same(service.get("recent").status, 500, "no database: 500")
    service.up()
    same((service.pid(), service.worker_pids()), (pool, workers),
         "up starts PostgreSQL, and not the pool")
    same(service.get("recent").status, 200, "and the workers find it")


def killed(service):
    for pid in pids(service).values():
        os.kill(pid, signal.SIGKILL)
    service.up()
    same(service.get("recent").status, 200, "up after all masters were killed")

    nginx = service.pid("nginx")
    os.kill(service.pid(), signal.SIGKILL)
    os.kill(nginx, signal.SIGKILL)
    service.down()
    with socket.socket() as other:
        ok(other.connect_ex(("127.0.0.1", service.port)) != 0,
           "down ends the workers of a killed nginx")
    service.up()


def refusals(service):
    before = pids(service)
    with tempfile.TemporaryDirectory(prefix="attestry-") as folder:
        other = os.path.join(folder, "other")
        for why, arguments in (
                (f"port {service.port} is in use",
                 ["--port", str(service.port)]),
                ("settings are named ATTESTRY_...", ["PATH=/"]),
                ("ATTESTRY_LISTEN is ./dev's own", ["ATTESTRY_LISTEN=a:1"]),
                ("ATTESTRY_LISTEN_UPLOADS is ./dev's own",
                 ["ATTESTRY_LISTEN_UPLOADS=a:1"]),
                ("0 is not a port", ["--port", "0"]),
                ("65536 is not a port", ["--port=65536"]),
                ("no is not a number of workers", ["--workers", "no"]),
                ("iis is neither nginx nor apache", ["--front", "iis"]),
                ("--demo needs nginx", ["--demo", "--front", "apache"]),
                ("--port: its value is missing", ["--port"]),
                ("--nonsense is not understood", ["--nonsense"]),
                ("too long a path for Unix sockets",
                 ["--dir", os.path.join(folder, 100 * "x")])):
            status, output = service.dev(
                "up", "--programs", BUILD, "--dir", other, *arguments)
            ok(status != 0 and why in output, f"refused: {why}")
        ok(not os.path.exists(os.path.join(other, "postgres")),
           "nothing is made when it is refused")
    status, output = service.dev(
        "up", "--programs", BUILD, "--dir", service.dir, "--demo",
        "--port", str(service.port))
    ok(status != 0 and "two roots of trust do not mix" in output,
       "refused: a demonstration in an instance that was none")
    same(pids(service), before, "the instance runs on")


def bad_setting(service):
    before = pids(service)
    status, output = service.dev(
        "up", "--programs", BUILD, "--dir", service.dir,
        "--port", str(service.port), "ATTESTRY_WORKER=1")
    ok(status != 0 and "ATTESTRY_WORKER" in output,
       "a misspelt setting: up shows what the pool says")
    ok(not any(is_running(pid) for pid in before.values()),
       "a misspelt setting: nothing is left running")
    service.up()


def down(service):
    before = pids(service)
    service.down()
    ok(wait_until(lambda: not any(map(is_running, before.values()))),
       "down stops all three")
    same(service.dev("down", "--dir", service.dir)[0], 0, "down twice")

    with subprocess.Popen(["sleep", "60"]) as stranger:
        for what in "attestry-fcgi", "nginx":
            with open(service.path("run", what + ".pid"), "w") as file:
                file.write(f"{stranger.pid}\n")
        service.down()
        ok(stranger.poll() is None, "down spares who only has the pid")
        stranger.kill()

    service.up()
    same(service.sql("SELECT count(*) FROM kept"), [("0",)],
         "the data outlive down")


with Service() as instance:
    first_up(instance)
    up_again(instance)
    database_away(instance)
    killed(instance)
    refusals(instance)
    bad_setting(instance)
    down(instance)
done()
