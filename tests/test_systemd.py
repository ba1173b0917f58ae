"""The units: systemd takes them and finds little to say against them, what
they start is installed beside them, and they fit the program and the files of
the web servers. Nothing is started: the units are only read."""

import configparser
import glob
import os
import re
import shutil
import subprocess
import tempfile

from e2e import BUILD, PROGRAMS, TOP
from tap import done, note, ok, same, skip

# Exposure in tenths, as systemd-analyze counts it; a service without any
# protection has 96. How much it counts changes with systemd's version.
EXPOSURE_MAX = 15
SERVICES = ("attestry@.service", "attestry-refresh@.service",
            "attestry-reverify@.service")
UNITS = SERVICES + ("attestry@.socket", "attestry-refresh@.timer",
                    "attestry-reverify@.timer")


def run(*command, **options):
    """Exit status, and all that was printed."""
    ended = subprocess.run(
        command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, **options)
    return ended.returncode, ended.stdout


def install(folder):
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    status, output = run("make", "-C", BUILD, "install", f"DESTDIR={folder}",
                         env=environment)
    if not ok(status == 0, "make install into a folder"):
        note(output)


class Unit(configparser.RawConfigParser):
    """A unit's sections; of a line that is repeated the last one."""

    optionxform = str

    def __init__(self, path):
        super().__init__(strict=False, delimiters="=", comment_prefixes="#",
                         interpolation=None)
        with open(path) as file:
            self.read_file(file)


def analyze(folder, units):
    """What systemd says of them, with their programs where they are now."""
    analyzer = shutil.which("systemd-analyze", path=PROGRAMS)
    if not analyzer:
        skip("systemd-analyze", "systemd is not installed")
        return
    copies = os.path.join(folder, "units")
    os.mkdir(copies)
    for name, path in units.items():
        with open(path) as file:
            text = file.read()
        with open(os.path.join(copies, name), "w") as file:
            file.write(text.replace("ExecStart=", f"ExecStart={folder}"))
    for name in units:
        same(run(analyzer, "--man=no", "verify", os.path.join(copies, name)),
             (0, ""), f"verify: {name}")
    wrong = os.path.join(copies, "wrong.service")
    with open(wrong, "w") as file:
        file.write("[Service]\nExecStart=/bin/true\nSocketMode=0660\n")
    ok("SocketMode" in run(analyzer, "--man=no", "verify", wrong)[1],
       "control: what is wrong in a unit is found")
    for name in SERVICES:
        path = os.path.join(copies, name)
        found = run(analyzer, "security", "--no-pager", "--offline=true",
                    f"--threshold={EXPOSURE_MAX}", path)
        if not ok(found[0] == 0, f"security: {name}"):
            note(found[1])
        note(found[1].strip().splitlines()[-1])
        with open(path) as file:
            text = file.read().replace("CapabilityBoundingSet=", "#")
        with open(path, "w") as file:
            file.write(text)
        ok(run(analyzer, "security", "--no-pager", "--offline=true",
               f"--threshold={EXPOSURE_MAX}", path)[0] != 0,
           f"control: one protection less is too little for {name}")


def programs(folder, units):
    for name in SERVICES:
        command = Unit(units[name])["Service"]["ExecStart"].split()
        ok(os.access(folder + command[0], os.X_OK),
           f"{name}: {command[0]} is installed")
        if len(command) > 1:
            status, output = run(folder + command[0], command[1], "--nonsense")
            ok(status == 64 and "nonsense" in output,
               f"{name}: {command[1]} is a command of it")


def constant(file, name):
    with open(os.path.join(TOP, "src", file)) as header:
        return int(re.search(rf"#define {name} (\d+)", header.read())[1])


def fits_the_program(units):
    pool = Unit(units["attestry@.service"])["Service"]
    drain_s = constant("pool.h", "POOL_DRAIN_MS") / 1000
    ok(int(pool["TimeoutStopSec"]) > 1.5 * drain_s,
       "the pool may take as long to stop as it does")
    same((pool["KillMode"], pool["Restart"], pool["ExecReload"]),
         ("mixed", "always", "/bin/kill -HUP $MAINPID"),
         "TERM and HUP for the master alone, and it is always started again")
    socket = Unit(units["attestry@.socket"])["Socket"]
    same((socket["SocketMode"], int(socket["Backlog"])),
         ("0660", constant("listener.h", "LISTENER_BACKLOG")),
         "the sockets: for owner and group, as long queues as the program's")
    with open(units["attestry@.socket"]) as file:
        paths = [path.replace("%i", "attestry") for path in
                 re.findall(r"^ListenStream=(.*)$", file.read(), re.M)]
    same(paths, ["/run/attestry/attestry-fcgi.sock",
                 "/run/attestry/attestry-uploads.sock"],
         "for everything, and for uploads: in the program's order")
    for folder in "nginx", "apache":
        text = "".join(
            open(name).read()
            for name in glob.glob(os.path.join(TOP, folder, "*.conf")))
        ok(all(path in text for path in paths),
           f"the files for {folder} name both")


def settings():
    """Each setting of the example is one of the program's."""
    program = os.path.join(BUILD, "attestry-fcgi")
    status, example = run(program, "--example-config")
    names = re.findall(r"^#(ATTESTRY_\w+)=", example, re.M)
    ok(status == 0 and len(names) > 10, "the example of settings")
    # in this order: what is refused is the first that is not known
    status, output = run(program, env=dict.fromkeys([*names, "ATTESTRY_X"],
                                                    ""))
    ok(status == 78 and "setting ATTESTRY_X: there is none" in output,
       "every name in it is known, and another one is refused")
    ok(all(re.fullmatch(r"#.*|", line) for line in example.splitlines()),
       "as it is it sets nothing")


with tempfile.TemporaryDirectory(prefix="attestry-") as folder:
    install(folder)
    found = {os.path.basename(path): path for path in glob.glob(
        folder + "/**/systemd/system/*", recursive=True)}
    same(sorted(found), sorted(UNITS), "the units are installed")
    user = glob.glob(folder + "/**/sysusers.d/attestry.conf", recursive=True)
    ok(len(user) == 1 and "\nu attestry " in open(user[0]).read(),
       "and the user that they name is described")
    same({Unit(found[name])["Service"]["User"] for name in SERVICES},
         {"attestry"}, "all services run as that user")
    analyze(folder, found)
    programs(folder, found)
    fits_the_program(found)
    settings()
done()
