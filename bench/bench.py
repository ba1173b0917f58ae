#!/usr/bin/python3
"""
./dev bench: how fast attestry is, in ratios to what the same machine can do
at all, measured in the same run.

Prints a table, writes bench/results.json and draws bench/results.svg.
docs/performance.md tells what each figure is and how it is measured.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import figures
import fill
from e2e import BASE, BUILD, TOP, missing_server
from stack import FRESH_LEAF, Stack, unpack


class Bench:
    """One instance, with quotes in it, and what all figures need of it."""

    def __init__(self, stack, options):
        self.stack = stack
        self.options = options
        self.num_rows = 0

    def prepare(self):
        """The quote that all reads are of, and the stored ones."""
        quote = next(unpack(self.stack.new_quotes(FRESH_LEAF, 1)))
        reply = self.stack.service.upload(quote)
        if reply.status != 200:
            raise RuntimeError(f"the first upload: {reply!r}")
        self.checksum = reply.json()["checksum"]
        self.answer_len = len(reply.body)
        self.grow(self.options.rows)

    def grow(self, rows):
        if rows > self.num_rows:
            fill.fill(self.stack.service, self.checksum, self.num_rows + 1,
                      rows)
            self.num_rows = rows

    def run(self, load):
        return self.stack.run(load, self.options.seconds)

    def paths(self, what):
        """A file of the addresses of stored quotes, in no order."""
        path = self.stack.path(f"{what}.paths")
        with open(path, "w") as file:
            for checksum, in self.stack.service.sql(
                    "SELECT encode(checksum, 'hex') FROM quote"
                    f" ORDER BY checksum LIMIT {self.options.paths_max}"):
                file.write(f"{BASE}/{what}/{checksum}\n")
        return path


# --- what is told ------------------------------------------------------------

def machine():
    def first_line(*command):
        try:
            run = subprocess.run(command, capture_output=True, text=True)
            return (run.stdout + run.stderr).strip().splitlines()[0]
        except (OSError, IndexError):
            return None

    with open("/proc/cpuinfo") as file:
        models = [line.partition(":")[2].strip() for line in file
                  if line.startswith("model name")]
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": models[0] if models else platform.machine(),
        "kernel": platform.release(),
        "load_before": os.getloadavg()[0],
        "nginx": first_line("nginx", "-v"),
        "postgresql": first_line("psql", "--version"),
        "gnutls": first_line("pkg-config", "--modversion", "gnutls"),
        "node": first_line("node", "--version"),
        "compiler": first_line("gcc", "--version"),
        "commit": first_line("git", "-C", TOP, "describe", "--always",
                             "--dirty", "--abbrev=12"),
    }


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def row_cells(row):
    goal = f"{row['goal']:g}"
    if "why_not" in row:
        return (row["title"], "-", row["floor_is"], "-", "-", "-", goal,
                "not measured: " + row["why_not"])
    cpu = f"{row['cpu_ratio']:.2f}" if "cpu_ratio" in row else "-"
    return (row["title"], number(row["value"]), row["floor_is"],
            number(row["floor"]), f"{row['ratio']:.2f}", cpu, goal,
            "met" if row["is_met"] else "not met")


def print_table(rows):
    lines = [("figure", "per second", "floor", "per second", "ratio",
              "by CPU", "goal", "")]
    lines += [row_cells(row) for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(7)]
    right = {1, 3, 4, 5, 6}
    for line in lines:
        cells = [cell.rjust(width) if i in right else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join([*cells, line[7]]).rstrip())


# --- the command line --------------------------------------------------------

def read_options(arguments):
    names = [figure.name for figure in figures.FIGURES]
    parser = argparse.ArgumentParser(
        prog="./dev bench", formatter_class=argparse.RawTextHelpFormatter,
        description="Measures figures in ratios to floors of this machine.",
        epilog="figures: " + "\n         ".join(names))
    parser.add_argument("figures", nargs="*", metavar="FIGURE",
                        help="only these")
    parser.add_argument("--quick", action="store_true",
                        help="short rounds, few rows")
    parser.add_argument("--dry", action="store_true",
                        help="one round of few requests: tries the harness")
    parser.add_argument("--rounds", type=int, help="of each figure")
    parser.add_argument("--seconds", type=float, help="of one round")
    parser.add_argument("--rows", type=int, help="stored quotes to read from")
    parser.add_argument("--workers", type=int,
                        default=4 * len(os.sched_getaffinity(0)),
                        help="of both pools (default: four a processor)")
    parser.add_argument("--out", type=pathlib.Path, default=HERE,
                        help="folder of results.json and results.svg")
    options = parser.parse_args(arguments)
    for name in options.figures:
        if name not in names:
            parser.error(f"{name} is not one of: {' '.join(names)}")
    rounds, seconds, rows = (1, 0.2, 200) if options.dry else \
        (3, 0.5, 5000) if options.quick else (5, 1.0, 30000)
    options.rounds = options.rounds or rounds
    options.seconds = options.seconds or seconds
    options.rows = options.rows or rows
    options.in_process_seconds = options.rounds * options.seconds
    options.is_dry = options.dry
    options.first_supply = 300 if options.dry else \
        int(6000 * max(options.seconds, 0.5))
    options.paths_max = 30000
    return options


def run(options):
    chosen = [figure for figure in figures.FIGURES
              if not options.figures or figure.name in options.figures]
    rows = []
    began = datetime.datetime.now(datetime.timezone.utc)
    about = machine()
    with Stack(options.workers) as stack:
        bench = Bench(stack, options)
        say(f"storing {options.rows} quotes")
        bench.prepare()
        for figure in chosen:
            say(figure.name)
            rows.append(figures.measure(figure, bench))
    return {
        "at": began.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": about,
        "workers": options.workers,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "rows": options.rows,
        "figures": rows,
    }


def main():
    options = read_options(sys.argv[1:])
    why = missing_server()
    if why:
        sys.exit(f"bench: {why}")
    results = run(options)
    print_table(results["figures"])
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "results.json"
    path.write_text(json.dumps(results, indent=2) + "\n")
    say(f"{path}: written")


if __name__ == "__main__":
    main()
