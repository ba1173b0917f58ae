"""An instance to be broken, and what breaks it."""

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import time

from e2e import PROGRAMS, Service, is_running, wait_until
from findings import Skip
from world import World

SETTINGS = {
    # Padded copies of one attestation are to be kept, however many.
    "ATTESTRY_COPIES_MAX": "1000000",
}


@contextlib.contextmanager
def instance(workers=4, **settings):
    """A service, with a genuine `quote` that it has verified."""
    with World() as world, Service(
            workers=workers,
            **{**SETTINGS, **world.settings, **settings}) as service:
        service.checks_logs = False  # what is killed says so in them
        service.quote = world.quote("tdx-v4")
        if service.upload(service.quote).status != 200:
            raise RuntimeError("a genuine quote is not verified")
        yield service


def alter(service, *settings):
    """ALTER SYSTEM SET each ("name = value"), and has PostgreSQL read it."""
    for setting in settings:
        service.sql(f"ALTER SYSTEM SET {setting}")
    service.sql("SELECT pg_reload_conf()")
    time.sleep(0.2)


def stop_writing(service):
    """
    Commits are acknowledged before they are on disk, and who would write them
    soon is held up, as by a slow disk.
    """
    alter(service, "synchronous_commit = off")
    pid = service.sql("SELECT pid FROM pg_stat_activity"
                      " WHERE backend_type = 'walwriter'")[0][0]
    os.kill(int(pid), signal.SIGSTOP)


def change_front(service, old, new):
    """nginx with another configuration, from now on."""
    for name in os.listdir(service.path("nginx")):
        with open(service.path("nginx", name)) as file:
            text = file.read()
        with open(service.path("nginx", name), "w") as file:
            file.write(text.replace(old, new))
    reload_front(service)


def reload_front(service):
    """As nginx -s reload; until the workers of before are gone."""
    def workers():
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return set(file.read().split())

    pid = service.pid("nginx")
    old = workers()
    os.kill(pid, signal.SIGHUP)
    wait_until(lambda: workers() and not old & workers())


def restart_workers(service):
    """HUP; until the workers of before are gone."""
    old = set(service.worker_pids())
    os.kill(service.pid(), signal.SIGHUP)
    wait_until(lambda: len(service.worker_pids()) == service.workers and
               not old & set(service.worker_pids()))


def alive_in(folder):
    """The processes whose working directory that is."""
    folder, found = os.path.realpath(folder), []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.readlink(f"/proc/{name}/cwd") == folder:
                found.append(int(name))
        except OSError:  # gone, or a zombie
            pass
    return list(filter(is_running, found))


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def kill_all_in(folder):
    while pids := alive_in(folder):
        for pid in pids:
            kill(pid)


def kill_postgres(service):
    """All of it, at one blow."""
    kill_all_in(service.path("postgres"))


def kill_workers(service, num):
    """Some of the workers at once; those that were killed."""
    pids = service.worker_pids()
    killed = random.sample(pids, min(num, len(pids)))
    for pid in killed:
        kill(pid)
    return killed


def kill_one(service, what):
    """A master, and it alone."""
    pid = service.pid(what)
    kill(pid)
    wait_until(lambda: not is_running(pid))


READY = re.compile(r"^(\S+ \S+) \S+ \[\d+\] LOG:  database system is ready to"
                   " accept", re.MULTILINE)


def recovered_at(service):
    """When PostgreSQL last said that it is ready, by time.monotonic()."""
    said = READY.findall(service.log("postgres"))[-1]
    instant, _, fraction = said.partition(".")
    at = time.mktime(time.strptime(instant, "%Y-%m-%d %H:%M:%S"))
    zone = service.sql("SHOW log_timezone")[0][0]
    if zone in ("Etc/UTC", "UTC", "GMT"):
        at -= time.timezone
    return at + float("0." + fraction) - time.time() + time.monotonic()


def run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL,
                   env={"PATH": PROGRAMS})


@contextlib.contextmanager
def cluster_on(service, kind, device, options):
    """
    The service's cluster on a file system of its own; gives where it is
    mounted. SKIPs where that cannot be.
    """
    folder = service.path("postgres")
    service.stop("postgres")
    os.rename(folder, folder + ".old")
    os.mkdir(folder)
    mounted = subprocess.run(
        ["mount", "-t", kind, "-o", options, device, folder],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if mounted.returncode != 0:
        raise Skip(f"cannot mount: {mounted.stderr.strip()}")
    try:
        run("cp", "-a", folder + ".old/.", folder)
        run("sync", "-f", folder)
        shutil.rmtree(folder + ".old")
        service.up()
        yield folder
    finally:
        kill_postgres(service)
        run("umount", folder)
