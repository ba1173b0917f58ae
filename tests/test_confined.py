"""A running service: its workers are nobody of importance and confined
(tests/test_sandbox.c tries what that means), its socket is for owner and
group, and root's own start is refused."""

import json
import os
import signal
import stat
import subprocess
import tempfile

from e2e import BUILD, PROGRAMS, USER, Service, wait_until
from tap import done, note, ok, same, skip
from world import World

EX_CONFIG = 78
# What /proc shows of a process with filters; configure may leave them out.
with open(os.path.join(BUILD, "attestry-fcgi"), "rb") as program:
    HAS_SECCOMP = b"libseccomp.so" in program.read()
FILTERS = "2" if HAS_SECCOMP else "0"


def status_of(pid):
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file
                    if ":\t" in line)


def rights(pid):
    """(no uid is root's, no_new_privs, seccomp's mode, capabilities)"""
    status = status_of(pid)
    return ("0" not in status["Uid"].split(), status["NoNewPrivs"],
            status["Seccomp"],
            {status[name].strip("0") for name in ("CapEff", "CapPrm")})


def events(log, name):
    found = []
    for line in log.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("event") == name:
            found.append(event)
    return found


def confined(service, name):
    wait_until(lambda: len(service.worker_pids()) == 2)
    # processes are confined when they are about to serve
    wait_until(lambda: service.keeper_pid() and all(
        rights(pid)[0] for pid in service.children()))
    for pid in service.worker_pids():
        same(rights(pid), (True, "1", FILTERS, {""}), f"{name}: a worker")
    same(rights(service.keeper_pid()), (True, "1", FILTERS, {""}),
         f"{name}: the keeper")
    status = status_of(service.pid())
    same((status["NoNewPrivs"], status["Seccomp"]), ("1", FILTERS),
         f"{name}: the master makes no forbidden call either")


def on(service, world):
    confined(service, "at first")
    event = events(service.log(), "sandbox")[-1]
    same((event["level"], event["user"], event["no_new_privs"],
          event["seccomp"]),
         ("info", USER.get("ATTESTRY_USER", ""), 1, int(HAS_SECCOMP)),
         "the log tells what confines them")
    note(f"Landlock's version: {event['landlock']}")
    same(service.upload(world.quote("tdx-v4")).status, 200,
         "a quote is verified and kept in there")
    old = service.worker_pids()
    os.kill(service.pid(), signal.SIGHUP)
    ok(wait_until(lambda: len(service.worker_pids()) == 2 and
                  not set(old) & set(service.worker_pids())),
       "workers are replaced")
    confined(service, "replaced")


def off(service, world):
    service.up(ATTESTRY_SANDBOX="off")
    wait_until(lambda: len(service.worker_pids()) == 2)
    for pid in service.worker_pids():
        same(rights(pid), (True, "1", "0", {""}),
             "off: not root and no new privileges all the same")
    event = events(service.log(), "sandbox")[-1]
    same((event["seccomp"], event["landlock"],
          [event["level"] for event in events(service.log(), "sandbox_off")]),
         (0, 0, ["warning"]), "off: the log says so, and warns")
    same(service.upload(world.quote("sgx-v3")).status, 200, "off: it serves")


def log_of(folder):
    with open(os.path.join(folder, "log")) as file:
        return file.read()


def start(folder, **settings):
    """A pool without a database, whatever the umask."""
    with open(os.path.join(folder, "log"), "w") as log:
        return subprocess.Popen(
            [os.path.join(BUILD, "attestry-fcgi")], cwd=folder, umask=0,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={"PATH": PROGRAMS, "ATTESTRY_DATABASE": "host=/nonexistent",
                 "ATTESTRY_WORKERS": "1",
                 "ATTESTRY_LISTEN": f"unix:{folder}/s", **settings})


def socket_mode(folder):
    pool = start(folder, **USER)
    path = os.path.join(folder, "s")
    try:
        ok(wait_until(lambda: events(log_of(folder), "pool_start")) and
           stat.S_IMODE(os.stat(path).st_mode) == 0o660,
           "the socket is for owner and group, whatever the umask")
    finally:
        pool.terminate()
        same(pool.wait(20), 0, "and it stops")


def refused(folder, name, wanted, **settings):
    pool = start(folder, **settings)
    try:
        status = pool.wait(20)
    except subprocess.TimeoutExpired:
        pool.kill()
        status = None
    messages = [event["message"]
                for event in events(log_of(folder), "start")
                if event["level"] == "error"]
    ok(status == EX_CONFIG and wanted in "".join(messages),
       f"refused: {name}")


def starts(folder):
    if os.geteuid() != 0:
        skip("root's own start", "only root can try")
        refused(folder, "to become another", "only root",
                ATTESTRY_USER="root")
        return
    refused(folder, "root without a user", "ATTESTRY_USER")
    refused(folder, "root as root", "not root", ATTESTRY_USER="root")
    refused(folder, "an unknown user", "no-such-user",
            ATTESTRY_USER="no-such-user")


with World() as world, Service(
        ATTESTRY_KEEPER_S="30", **world.settings) as service:
    on(service, world)
    off(service, world)
with tempfile.TemporaryDirectory(prefix="attestry-") as folder:
    socket_mode(folder)
    starts(folder)
done()
