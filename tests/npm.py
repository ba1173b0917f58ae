"""Packages of npm that a test uses, in the build folder. Nothing of them is
shipped."""

import fcntl
import os
import pathlib
import shutil
import subprocess

import tap

SOURCE = pathlib.Path(os.environ["top_srcdir"], "tests")
BUILD = pathlib.Path(os.environ["top_builddir"], "tests")
PACKAGE_FILES = ("package.json", "package-lock.json")
INSTALL_SECONDS = 300


def install(name, what):
    """The folder that has what tests/NAME asks for in its node_modules. Ends
    the test, skipped, where that cannot be had."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            tap.skip_all(f"no {program}: {what} needs it")
    # one test at a time
    with open(BUILD / f"lock-{name}-npm", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return install_locked(name, what)


def install_locked(name, what):
    folder = BUILD / f"{name}-npm"
    lock = (SOURCE / name / "package-lock.json").read_bytes()
    stamp = folder / "installed"
    if stamp.exists() and stamp.read_bytes() == lock:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for file in PACKAGE_FILES:
        shutil.copyfile(SOURCE / name / file, folder / file)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
               "--prefer-offline", "--fetch-retries=1",
               "--fetch-timeout=20000"]
    try:
        result = subprocess.run(command, cwd=folder, timeout=INSTALL_SECONDS,
                                stdin=subprocess.DEVNULL, text=True,
                                capture_output=True)
    except subprocess.TimeoutExpired:
        tap.skip_all(f"npm ci: not done in {INSTALL_SECONDS} seconds")
    if result.returncode != 0:
        tap.note(result.stderr)
        tap.skip_all(f"npm ci: {what} cannot be had")
    stamp.write_bytes(lock)
    return folder
