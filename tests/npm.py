"""
Packages of npm's that tests run, as they run node itself: never a part of
what is built or served. Each set of them has a folder of its own in the build
tree, npm-NAME..., and stays there.

    try:
        modules = npm.install("playwright-core@1.65.1")
    except npm.Missing as why:
        skip_all(why)
    subprocess.run(["node", script], env={**os.environ, "NODE_PATH": modules})

(NODE_PATH is heeded by require(), not by import.)
"""

import fcntl
import os
import re
import shutil
import subprocess

INSTALL_SECONDS = 120
NODE_MIN = 18


class Missing(Exception):
    """What is not to be had on this machine, as a sentence."""


def check_node():
    """node and npm, of a version that the tests can use."""
    for program in "node", "npm":
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")
    version = subprocess.run(["node", "--version"], text=True,
                             stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE).stdout
    match = re.match(r"v(\d+)\.", version)
    if not match or int(match.group(1)) < NODE_MIN:
        raise Missing(f"node {NODE_MIN} is wanted, {version.strip()} is here")


def fetch(folder, packages):
    """npm puts the packages into the folder."""
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund",
               "--prefer-offline", "--save-exact", "--fetch-retries=1",
               "--fetch-timeout=20000", *packages]
    with open(os.path.join(folder, "package.json"), "w") as file:
        file.write('{"private": true}\n')
    try:
        run = subprocess.run(command, cwd=folder, timeout=INSTALL_SECONDS,
                             stdin=subprocess.DEVNULL, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        raise Missing(f"npm install: not done in {INSTALL_SECONDS} seconds")
    if run.returncode != 0:
        lines = run.stdout.strip().splitlines() or ["no word of it"]
        raise Missing(f"npm cannot install {' '.join(packages)}: {lines[0]}")


def install(*packages):
    """
    Installs "name@1.2.3", ... if they are not there yet; several programs may
    ask at once. Returns the path of their node_modules, or raises Missing.
    """
    for package in packages:
        if not re.fullmatch(r"(@[\w.-]+/)?[\w.-]+@\d+\.\d+\.\d+", package):
            raise ValueError(f"{package}: want name@1.2.3")
    check_node()
    build = os.path.abspath(os.environ.get("top_builddir") or ".")
    name = "npm-" + "-".join(re.sub(r"[^\w.]+", "_", package)
                             for package in sorted(packages))
    folder = os.path.join(build, name)
    with open(folder + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # What has this name is whole.
        if not os.path.isdir(folder):
            new = folder + ".new"
            shutil.rmtree(new, ignore_errors=True)
            os.mkdir(new)
            fetch(new, sorted(packages))
            os.rename(new, folder)
    return os.path.join(folder, "node_modules")
