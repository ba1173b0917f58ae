"""
The operator's commands in a test: `attestry refresh` and `attestry reverify`
on a service's database, as its worker role.
"""

import json
import os
import pty
import re
import signal
import subprocess

from e2e import BUILD, PROGRAMS

REFRESH = re.compile(r"refresh: (interrupted after |broken off after |)(\d+) "
                     r"platforms, (\d+) renewed, (\d+) failed\n")
REVERIFY = re.compile(r"reverify: (interrupted after |broken off after |)"
                      r"(\d+) judged, (\d+) changed, (\d+) quotes and (\d+) "
                      r"platforms failed\n")


class Run:
    """What a command said: `status`, `out`, `err`; of its summary `how` and
    the numbers; `log`, the JSON lines among `err`."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err
        self.log = [json.loads(line) for line in err.splitlines()
                    if line.startswith("{")]
        found = REFRESH.search(out) or REVERIFY.search(out) or \
            REVERIFY.search(err)
        self.how = found and found.group(1).strip()
        self.numbers = found and tuple(int(n) for n in found.groups()[1:])

    def __repr__(self):
        return f"<{self.status} {self.out[-300:]!r} {self.err[-600:]!r}>"


class Operator:
    """Runs commands with a service's settings; `environment` goes on top."""

    def __init__(self, service):
        self.service = service

    def start(self, *arguments, stderr=subprocess.PIPE, **environment):
        return subprocess.Popen(
            [os.path.join(BUILD, "attestry"), *arguments], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
            env={"PATH": PROGRAMS, "LC_ALL": "C.UTF-8",
                 "ATTESTRY_DATABASE": self.service.conninfo(
                     "attestry_worker"),
                 **self.service.settings, **environment})

    def finish(self, process, timeout=60):
        out, err = process.communicate(timeout=timeout)
        return Run(process.returncode, out, err)

    def run(self, *arguments, **environment):
        return self.finish(self.start(*arguments, **environment))

    def stop(self, process, sig=signal.SIGTERM):
        process.send_signal(sig)
        return self.finish(process)

    def run_on_terminal(self, *arguments, **environment):
        """The run, and what its standard error, a terminal, was shown."""
        master, slave = pty.openpty()
        process = self.start(*arguments, stderr=slave, **environment)
        os.close(slave)
        shown = b""
        while True:
            try:
                shown += os.read(master, 65536)
            except OSError:  # its last writer is gone
                break
        os.close(master)
        out = process.stdout.read()
        process.wait()
        return Run(process.returncode, out, ""), shown.decode()
