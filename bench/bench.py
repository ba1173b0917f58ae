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
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]
os.environ.setdefault("top_srcdir", str(HERE.parent))
os.environ.setdefault("top_builddir", str(HERE.parent / "build"))

import draw
import fill
import figures
import growth
from e2e import BASE, TOP, missing_server
from load import CONNECTIONS, Load
from stack import FRESH_LEAF, FRESH_REPORT, Stack, unpack

# Quotes that all workers are warmed up with.
WARM_NUM = 64

# Stored quotes that are asked for in a round.
PATHS_MAX = 30_000


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
        # what a worker needs only once, it has from here on
        few = self.stack.new_quotes(FRESH_REPORT, WARM_NUM)
        for _ in range(self.options.warm):
            self.run(Load(self.stack.url("verify"), "quotes", few, "again"))

    def grow(self, rows):
        """Stores quotes until there are so many, or no more room or time."""
        if rows <= self.num_rows:
            return
        if not growth.has_room(self, rows):
            say(f"no room on this disk for {rows} quotes")
            return
        say(f"storing {rows - self.num_rows} quotes more")
        self.num_rows = fill.fill(
            self.stack.service, self.checksum, self.num_rows + 1, rows,
            time.time() + self.options.fill_s)
        if self.num_rows < rows:
            say(f"only {self.num_rows} in {self.options.fill_s} seconds")

    def run(self, load):
        return self.stack.run(load, self.options.seconds,
                              self.options.connections)

    def paths(self, what):
        """A file of the addresses of stored quotes, in no order."""
        path = self.stack.path(f"{what}.paths")
        with open(path, "w") as file:
            for checksum, in self.stack.service.sql(
                    "SELECT encode(checksum, 'hex') FROM quote"
                    f" ORDER BY content_sha256 LIMIT {PATHS_MAX}"):
                file.write(f"{BASE}/{what}/{checksum}\n")
        return path


# --- what is told ------------------------------------------------------------

def machine():
    def first_line(*command):
        try:
            run = subprocess.run(command, check=True, capture_output=True,
                                 text=True)
            return (run.stdout + run.stderr).strip().splitlines()[0]
        except (OSError, subprocess.CalledProcessError, IndexError):
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
    if "rows" in row:
        row = {**row, "title": f"{row['title']}, of {row['rows']:,}"}
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


def print_growth(grown):
    for step in grown:
        print(f"\n{step['rows']:,} stored quotes: "
              f"{step['bytes_per_quote']:,} bytes on disk each, and "
              f"{step['bytes_per_verdict']:,} its verdict")
        for name, told in step["latency"].items():
            print(f"  {name:22}", told.get("why_not") or
                  f"p50 {told['p50_ms']:.2f} ms, p99 {told['p99_ms']:.2f} ms")


def print_memory(memory):
    if memory is None:
        return
    print(f"\nlargest worker over {memory['requests']:,} requests:",
          memory.get("why_not") or
          f"{memory['kib_after_tenth']:,} KiB of its own after a tenth of "
          f"them, {memory['kib_at_end']:,} KiB at the end")


# --- the command line --------------------------------------------------------

# base_rows: stored when the figures are measured; fill_s, memory_s: at most
FULL = {"connections": CONNECTIONS, "rounds": 9, "warm": 1, "seconds": 1.0,
        "base_rows": 30_000, "rows": [1000, 100_000, 1_000_000],
        "requests": 1_000_000, "fill_s": 600, "memory_s": 600,
        "first_supply": 6000}
QUICK = {"connections": CONNECTIONS, "rounds": 3, "warm": 1, "seconds": 0.5,
         "base_rows": 5000, "rows": [1000],
         "requests": 10_000, "fill_s": 60, "memory_s": 30,
         "first_supply": 3000}
DRY = {"connections": 4, "rounds": 1, "warm": 0, "seconds": 0.2,
       "base_rows": 100, "rows": [50, 100],
       "requests": 50, "fill_s": 60, "memory_s": 60,
       "first_supply": 200}


def read_rows(text):
    return sorted({int(number) for number in text.split(",")} - {0})


def read_options(arguments):
    names = [*(figure.name for figure in figures.FIGURES), "growth", "memory"]
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
    parser.add_argument("--rows", type=read_rows, metavar="N,N,…",
                        help="how many stored quotes growth is measured at\n"
                        "(default: 1000,100000,1000000; 0: not at all)")
    parser.add_argument("--requests", type=int,
                        help="that a worker's memory is measured over\n"
                        "(default: 1000000; 0: it is not)")
    parser.add_argument("--workers", type=int,
                        default=2 * len(os.sched_getaffinity(0)),
                        help="of both pools (default: two a processor)")
    parser.add_argument("--out", type=pathlib.Path, default=HERE,
                        help="folder of results.json and results.svg")
    options = parser.parse_args(arguments)
    for name in options.figures:
        if name not in names:
            parser.error(f"{name} is not one of: {' '.join(names)}")
    preset = DRY if options.dry else QUICK if options.quick else FULL
    for name, value in preset.items():
        if getattr(options, name, None) is None:
            setattr(options, name, value)
    options.in_process_s = options.rounds * options.seconds
    return options


def is_chosen(options, name):
    return not options.figures or name in options.figures


def measure(bench):
    """(figures in their order, growth): what needs few rows comes first."""
    options = bench.options
    chosen = [figure for figure in figures.FIGURES
              if is_chosen(options, figure.name)]
    rows, grown = {}, []
    steps = options.rows if is_chosen(options, "growth") else []

    def take(number):
        before = bench.num_rows
        bench.grow(number)
        if bench.num_rows > before:
            say(f"growth: {bench.num_rows} stored quotes")
            grown.append(growth.measure(bench))

    for number in steps:
        if number <= options.base_rows:
            take(number)
    bench.grow(options.base_rows)
    for figure in chosen:
        if not figure.needs_all_rows:
            say(figure.name)
            rows[figure.name] = figures.measure(figure, bench)
    for number in steps:
        if number > options.base_rows:
            take(number)
    for figure in chosen:
        if figure.needs_all_rows:
            bench.grow(max(options.rows, default=0))
            say(figure.name)
            rows[figure.name] = figures.measure(figure, bench)
    return [rows[figure.name] for figure in chosen], grown


def run(stack, options):
    began = datetime.datetime.now(datetime.timezone.utc)
    about = machine()
    memory = None
    bench = Bench(stack, options)
    bench.prepare()
    rows, grown = measure(bench)
    if options.requests and is_chosen(options, "memory"):
        say("memory")
        memory = growth.memory(bench)
    return {
        "at": began.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": about,
        "workers": options.workers,
        "connections": options.connections,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "base_rows": options.base_rows,
        "figures": rows,
        "growth": grown,
        "memory": memory,
    }


def tell(results, folder):
    if results["figures"]:
        print_table(results["figures"])
    print_growth(results["growth"])
    print_memory(results["memory"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results.json"
    path.write_text(json.dumps(results, indent=2) + "\n")
    draw.draw(results, folder / "results.svg")
    say(f"{path} and results.svg: written")


def main():
    options = read_options(sys.argv[1:])
    why = missing_server()
    if why:
        sys.exit(f"bench: {why}")
    with Stack(options.workers) as stack:
        results = run(stack, options)
    tell(results, options.out)


if __name__ == "__main__":
    main()
