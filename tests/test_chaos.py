"""
./dev chaos, in short: nothing is lost, and the checks find what a seeded fault
loses. How fast that is depends on who else uses the machine.
"""

import os
import re
import subprocess
import sys

from e2e import TOP, need_servers
from tap import done, note, ok, same

SCENARIOS = "kills", "identical"
FIGURE = re.compile(r"acknowledged (\d+), lost (\d+)")


def chaos(*arguments):
    run = subprocess.run(
        [sys.executable, os.path.join(TOP, "tests", "chaos"), *arguments],
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    return run.returncode, run.stdout


need_servers()
status, output = chaos("--quick", *SCENARIOS)
note(output)
same(status, 0, "all scenarios end well")
rows = {line.split()[0]: line for line in output.splitlines()
        if " good " in line}
same(list(rows), list(SCENARIOS), "each is good")
ok("found lost" in rows["kills"] and
   "found unequal and stale" in rows["identical"],
   "and each control run finds its fault")
figures = [tuple(map(int, pair)) for pair in FIGURE.findall(output)]
ok(figures[0][0] >= 60 and figures[0][1] == 0, "killed: nothing is lost")
ok(figures[1][1] > 0, "killed without durable commits: something is")
same(chaos("nonsense")[0], 2, "no such scenario: refused")
done()
