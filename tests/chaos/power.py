"""A power cut under the database: what was not on disk is gone."""

import contextlib
import fcntl
import os
import shutil
import struct
import subprocess

import instance as base
from findings import Skip
from load import Uploads, check_kept

WHAT = "a power cut: the disk of that instant, and PostgreSQL's recovery"
SEEDED = "lost",

SIZE_MB = 512
UPLOADS = 1000, 60
# linux/ext4.h: from now on nothing reaches the disk, not even its journal.
EXT4_IOC_SHUTDOWN = 0x8004587d
NOLOGFLUSH = 2


def image(service):
    """In memory: what the loop device writes there is what is on disk."""
    return os.path.join("/dev/shm", os.path.basename(service.dir) + ".img")


@contextlib.contextmanager
def instance():
    """Its cluster is on a file system of its own, on a loop device."""
    if os.geteuid() != 0:
        raise Skip("needs root, to mount a file system")
    with base.instance() as service:
        path = image(service)
        try:
            with open(path, "wb") as file:
                file.truncate(SIZE_MB << 20)
            made = subprocess.run(["mkfs.ext4", "-q", path],
                                  stderr=subprocess.PIPE, text=True)
            if made.returncode != 0:
                raise Skip(f"no ext4: {made.stderr.strip()}")
            with base.cluster_on(service, "ext4", path, "loop") \
                    as service.mount:
                yield service
        finally:
            for left in path, path + ".cut":
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(left)


def cut_power(service):
    """
    The file system forgets what it has not written. Its image is copied, and
    the copy put in its place.
    """
    path = image(service)
    folder = os.open(service.mount, os.O_RDONLY)
    try:
        fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
    except OSError as error:
        raise Skip(f"this kernel's ext4 cannot be cut off: {error}")
    finally:
        os.close(folder)
    base.kill_postgres(service)
    base.run("umount", service.mount)
    shutil.copyfile(path, path + ".cut")
    os.replace(path + ".cut", path)
    base.run("mount", "-t", "ext4", "-o", "loop", path, service.mount)


def upload_and_cut(findings, service, num, first):
    with Uploads(service, first=first) as uploads:
        uploads.wait(num, 60)
        cut_power(service)
    try:
        service.up()
    except RuntimeError as error:
        findings.need(False, "lost", f"no recovery: {str(error)[-500:]}")
        return
    check_kept(findings, service, uploads.acknowledged)
    findings.need(len(uploads.acknowledged) >= num, "few",
                  f"want {num} acknowledged uploads")


def run(findings, service, quick):
    upload_and_cut(findings, service, UPLOADS[quick], 0)


def control(findings, service, quick):
    """A database that asks nobody to write to disk."""
    service.up(ATTESTRY_DURABILITY="any")
    base.alter(service, "fsync = off")
    upload_and_cut(findings, service, UPLOADS[quick], 1_000_000)
