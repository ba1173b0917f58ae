"""
./dev chaos: what is left after something dies. Runs scenarios, each of which
is a module here with

	WHAT		a sentence
	SEEDED		the kinds of fault that its control run must find
	run(findings, place, quick)
	control(findings, place, quick)
			the same checks over a seeded fault, after run
	instance()	where it happens, if not instance.instance()

and prints a table of what they found.

    python3 tests/chaos [--quick] [--seed N] [SCENARIO...]
"""

import argparse
import importlib
import os
import random
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, HERE)

import e2e  # noqa: E402
from findings import Findings, Skip  # noqa: E402
from instance import instance  # noqa: E402

SCENARIOS = ("kills", "power", "disk", "database", "restarts", "deadly",
             "identical", "overload", "slow", "durability")


def options():
    parser = argparse.ArgumentParser(
        prog="./dev chaos",
        description="Breaks what a private attestry stands on, under load,"
        " and looks whether anything that it acknowledged is lost.")
    parser.add_argument("--quick", action="store_true",
                        help="shorter: fewer uploads, fewer deaths")
    parser.add_argument("--seed", type=int, default=None,
                        help="of what is random (else told at the start)")
    parser.add_argument("scenario", nargs="*", metavar="SCENARIO",
                        help=f"one of {', '.join(SCENARIOS)}; default: all")
    chosen = parser.parse_args()
    for name in chosen.scenario:
        if name not in SCENARIOS:
            parser.error(f"{name} is not one of: {' '.join(SCENARIOS)}")
    return chosen


class Row:
    """One scenario, run."""

    def __init__(self, name, quick):
        self.name, self.quick = name, quick
        self.skipped = None
        self.found, self.control = Findings(quick), Findings(False)
        scenario = importlib.import_module(name)
        self.seeded = scenario.SEEDED
        print(f"{name}: {scenario.WHAT}", flush=True)
        began = time.monotonic()
        try:
            with getattr(scenario, "instance", instance)() as place:
                self.attempt("", scenario.run, self.found, place)
                self.attempt("control: ", scenario.control, self.control,
                             place)
        except Skip as why:
            self.skipped = str(why)
            print(f"    SKIP: {why}", flush=True)
        except Exception as error:
            self.tell_broken(self.found, error)
        self.seconds = time.monotonic() - began

    def attempt(self, which, function, findings, place):
        try:
            function(findings, place, self.quick)
        except Skip:
            raise
        except Exception as error:
            self.tell_broken(findings, error)
        print(f"    {which}{findings.text()}", flush=True)
        for kind, sentence in findings.faults:
            print(f"    {which}{kind}: {sentence[:300]}", flush=True)

    def tell_broken(self, findings, error):
        traceback.print_exc()
        findings.need(False, "broken", f"the scenario itself: {error!r}")

    def result(self):
        if self.skipped:
            return "SKIP"
        return "FAILED" if self.found.faults else "good"

    def control_result(self):
        """Its fault has to be found, and nothing else to be broken."""
        if self.skipped:
            return "SKIP"
        return f"found {' and '.join(self.seeded)}" if self.is_proven() \
            else "FAILED"

    def is_proven(self):
        kinds = self.control.kinds()
        return kinds.issuperset(self.seeded) and "broken" not in kinds

    def is_good(self):
        return bool(self.skipped) or \
            (not self.found.faults and self.is_proven())


def print_table(rows):
    print(f"\n{'scenario':<12}{'result':<8}{'control':<22}{'s':>5}  figures")
    for row in rows:
        print(f"{row.name:<12}{row.result():<8}{row.control_result():<22}"
              f"{row.seconds:>5.0f}  {row.skipped or row.found.text()}")


def main():
    chosen = options()
    why = e2e.missing_server()
    if why:
        sys.exit(f"chaos: {why}")
    seed = chosen.seed if chosen.seed is not None else \
        random.SystemRandom().randrange(1 << 32)
    random.seed(seed)
    print(f"seed {seed}", flush=True)
    rows = [Row(name, chosen.quick)
            for name in chosen.scenario or SCENARIOS]
    print_table(rows)
    bad = [row.name for row in rows if not row.is_good()]
    if bad:
        sys.exit(f"chaos: failed: {', '.join(bad)}")


main()
