"""
Every figure: what is measured, against which floor, and the ratio that is
wanted. All of them are in the table, measured or not.
"""

import collections
import contextlib
import io
import json
import os
import re
import subprocess
import time

import npm

from e2e import BUILD
from load import BadRound, Load, compare, take_turns
from stack import FRESH_LEAF, FRESH_REPORT, unpack

# name: for the command line; goal: the least ratio of value to floor
# needs_all_rows: measured at last, when as many quotes are stored as will be
Figure = collections.namedtuple(
    "Figure", "name title floor goal measure needs_all_rows",
    defaults=[False])

HERE = os.path.dirname(os.path.abspath(__file__))

# Quotes that are uploaded again and again.
KNOWN_NUM = 64


class NotMeasured(Exception):
    """Why there is no figure."""


# --- in process --------------------------------------------------------------

def run_speed(seconds, name):
    run = subprocess.run(
        [os.path.join(BUILD, "bench", "speed"), str(seconds), name],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode != 0:
        raise NotMeasured(run.stderr.strip())
    return json.loads(run.stdout)


def in_process(name):
    def measure(bench):
        result = run_speed(bench.options.in_process_s, name)
        del result["figure"]
        return result
    return measure


def npm_folder():
    """Where the package is; tests/npm.py says why not by ending a test."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            return npm.install("differ", "the comparison")
    except SystemExit:
        raise NotMeasured(said.getvalue().strip()) from None


def against_dcap_qvl(ours_name):
    """One quote, verified over and over by that package; ours by a figure in
    process. Both by time on a core."""
    def measure(bench):
        return compare_with_dcap_qvl(bench, ours_name)
    return measure


def compare_with_dcap_qvl(bench, ours_name):
    folder = npm_folder()
    service = bench.stack.service
    with open(bench.stack.world.root_ca) as file:
        root = re.sub(r"-----[^-]*-----|\s", "", file.read())
    given = json.dumps({
        "quote": service.get("raw/" + bench.checksum).body.hex(),
        "root": root, "at": int(time.time()),
        "collateral": service.get("collateral/" + bench.checksum).json()})
    seconds = bench.options.seconds

    def theirs():
        run = subprocess.run(
            ["node", os.path.join(HERE, "qvl.mjs"), folder, str(seconds)],
            input=given, capture_output=True, text=True, timeout=300)
        if run.returncode != 0:
            raise NotMeasured(run.stderr.strip()[-300:])
        return json.loads(run.stdout)

    def ours():
        return {"rate": run_speed(seconds, ours_name)["value"]}

    return turns(bench, theirs, ours)


# --- uploads -----------------------------------------------------------------

def turns(bench, floor, figure):
    options = bench.options
    return compare(take_turns(floor, figure, options.rounds, options.warm))


def post_new(freshness):
    """Each round uploads quotes of its own; the floor takes any."""
    def measure(bench):
        stack, options = bench.stack, bench.options
        floor_url = stack.floor_url(
            f"verify?verify={freshness}&insert=1&body={bench.answer_len}")
        supply = options.first_supply
        file = stack.new_quotes(freshness, supply)

        def floor():
            return bench.run(Load(floor_url, "quotes", file, "again"))

        def figure():
            nonlocal supply
            stack.new_quotes(freshness, supply)
            result = bench.run(Load(stack.url("verify"), "quotes", file))
            if result["all_sent"] and not options.dry:
                supply *= 2
            return result

        return turns(bench, floor, figure)
    return measure


def known_quotes(bench):
    """A file of quotes that are stored, with their verdicts."""
    count = min(KNOWN_NUM, bench.options.first_supply // 10)
    file = bench.stack.new_quotes(FRESH_REPORT, count, "known.pack")
    for quote in unpack(file):
        reply = bench.stack.service.upload(quote)
        if reply.status != 200:
            raise NotMeasured(f"an upload: {reply!r}")
    return file


def post_known_checksum(has_upload):
    def measure(bench):
        stack = bench.stack
        file = known_quotes(bench)
        paths = bench.paths("view")
        upload_url = stack.floor_url("view/" + bench.checksum)

        def floor():
            if has_upload:
                return bench.run(Load(upload_url, "quotes", file, "again"))
            stack.forget_cached()
            return bench.run(Load(stack.floor_url(""), "paths", paths))

        def figure():
            return bench.run(Load(stack.url("verify"), "quotes", file,
                                  "again"))

        return turns(bench, floor, figure)
    return measure


# --- reads -------------------------------------------------------------------

def get_uncached(what):
    """Each round asks for every quote once, and nothing is in the cache."""
    def measure(bench):
        stack = bench.stack
        paths = bench.paths(what)

        def once(url):
            stack.forget_cached()
            return bench.run(Load(url, "paths", paths))

        return turns(bench, lambda: once(stack.floor_url("")),
                     lambda: once(stack.url("")))
    return measure


def get_cached(what, is_304=False):
    """One answer that nginx may keep; the floor's is a file as long, at an
    address as long."""
    def measure(bench):
        stack = bench.stack
        path = f"{what}/{bench.checksum}"
        reply = stack.service.get(path)
        static = stack.static_url(path, reply.body)
        figure = Load(stack.url(path))
        floor = Load(static)
        if is_304:
            figure.headers = [f"If-None-Match: {reply.headers['ETag']}"]
            floor.headers = [f"If-None-Match: {stack.etag(static)}"]
            for load in figure, floor:
                if stack.status(load.url, load.headers) != 304:
                    raise NotMeasured(f"{load.url}: no 304")
        return turns(bench, lambda: bench.run(floor),
                     lambda: bench.run(figure))
    return measure


def get_recent(bench):
    stack = bench.stack
    body_len = len(stack.service.get("recent").body)
    floor = Load(stack.floor_url(f"recent?body={body_len}"))
    figure = Load(stack.url("recent"))
    result = turns(bench, lambda: bench.run(floor),
                   lambda: bench.run(figure))
    result["rows"] = bench.num_rows
    return result


FIGURES = [
    Figure("verify-new-platform",
           "in process, new platform (3 signatures)",
           "3 bare P-256 verifications", 0.88,
           in_process("verify-new-platform")),
    Figure("verify-known-leaf",
           "in process, known PCK leaf (2)",
           "2 bare P-256 verifications", 0.93,
           in_process("verify-known-leaf")),
    Figure("verify-known-block",
           "in process, known certification block (1)",
           "1 bare P-256 verification", 0.90,
           in_process("verify-known-block")),
    Figure("verify-known-checksum",
           "in process, known checksum (0)",
           "one SHA-256, one lookup", 0.5,
           in_process("verify-known-checksum")),
    Figure("post-new-platform",
           "POST verify, never seen, durable",
           "3 verifications, one durable INSERT", 0.90,
           post_new(FRESH_LEAF)),
    Figure("post-known-platform",
           "POST verify, known platform, durable",
           "1 verification, one durable INSERT", 0.85,
           post_new(FRESH_REPORT)),
    Figure("post-known-checksum",
           "POST verify, known checksum",
           "GET floor: one SELECT by key", 0.85,
           post_known_checksum(False)),
    Figure("post-known-checksum-upload",
           "POST verify, known checksum",
           "one SELECT by key, the same upload taken", 0.85,
           post_known_checksum(True)),
    Figure("get-raw", "GET raw, not cached",
           "one SELECT by key", 0.90, get_uncached("raw")),
    Figure("get-view", "GET view, not cached",
           "one SELECT by key", 0.90, get_uncached("view")),
    Figure("cached-raw", "GET raw, from nginx's cache",
           "nginx: a static file as long", 0.90, get_cached("raw")),
    Figure("cached-view", "GET view, from nginx's cache",
           "nginx: a static file as long", 0.90, get_cached("view")),
    Figure("cached-collateral", "GET collateral, from nginx's cache",
           "nginx: a static file as long", 0.90, get_cached("collateral")),
    Figure("304-raw", "GET raw, 304", "nginx: its own 304", 0.90,
           get_cached("raw", is_304=True)),
    Figure("304-view", "GET view, 304", "nginx: its own 304", 0.90,
           get_cached("view", is_304=True)),
    Figure("304-collateral", "GET collateral, 304", "nginx: its own 304",
           0.90, get_cached("collateral", is_304=True)),
    Figure("recent", "GET recent, 20 rows",
           "the same SELECT, a fixed body", 0.85, get_recent,
           needs_all_rows=True),
    Figure("dcap-qvl", "in process, the same block again, per core",
           "npm @phala/dcap-qvl, per core", 20,
           against_dcap_qvl("verify-known-block")),
    Figure("dcap-qvl-new-platform", "in process, new platform, per core",
           "npm @phala/dcap-qvl, per core", 20,
           against_dcap_qvl("verify-new-platform")),
]


def measure(figure, bench):
    """The figure's row: {"name", …, "ratio", "is_met"}, or "why_not"."""
    row = {"name": figure.name, "title": figure.title,
           "floor_is": figure.floor, "goal": figure.goal, "is_met": False}
    try:
        row.update(figure.measure(bench))
        row["is_met"] = row["ratio"] >= figure.goal
    except (NotMeasured, BadRound, subprocess.SubprocessError,
            OSError) as why:
        row["why_not"] = str(why)
    return row
