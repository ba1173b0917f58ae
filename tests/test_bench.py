"""
./dev bench: that it measures what it says, in rounds too short to mean
anything; no speed is looked at. And what it makes of numbers.
"""

import contextlib
import io
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import xml.etree.ElementTree

from e2e import BUILD, TOP, multipart, need_servers, wait_until
from tap import done, note, ok, same, skip_all

BENCH = pathlib.Path(TOP, "bench")
sys.path.append(str(BENCH))

# figure: the ratio that is wanted
GOALS = {
    "verify-new-platform": 0.88, "verify-known-leaf": 0.93,
    "verify-known-block": 0.90, "verify-known-checksum": 0.5,
    "post-new-platform": 0.90, "post-known-platform": 0.85,
    "post-known-checksum": 0.85, "post-known-checksum-upload": 0.85,
    "get-raw": 0.90, "get-view": 0.90,
    "cached-raw": 0.90, "cached-view": 0.90, "cached-collateral": 0.90,
    "304-raw": 0.90, "304-view": 0.90, "304-collateral": 0.90,
    "recent": 0.85, "dcap-qvl": 20, "dcap-qvl-new-platform": 20,
}
# What may be had or not: a package of npm.
MAY_LACK = {"dcap-qvl", "dcap-qvl-new-platform"}


# --- numbers -----------------------------------------------------------------

def turn(floor, value, cpu=None):
    sides = [{"rate": rate, "p99_ms": 1.0} for rate in (floor, value)]
    for side, us in zip(sides, cpu or ()):
        side["cpu_us"] = us
    return tuple(sides)


def ratios():
    from load import BadRound, compare, read_result, take_turns

    told = compare([turn(100, 50), turn(1000, 900), turn(10, 9)])
    same((told["floor"], told["value"], told["ratio"]), (100, 50, 0.9),
         "the ratio is the median of the rounds', not of the rates")
    told = compare([turn(2, 1, ({"nginx": 1, "pool": 2},
                                {"nginx": 1, "pool": 5}))])
    same(told["cpu_ratio"], 0.5, "by CPU: of what all servers spent")
    order = []
    take_turns(lambda: order.append("f"), lambda: order.append("v"), 3)
    same("".join(order), "fvvffvvf", "floor and figure take turns at being "
         "first; one turn more warms up")

    for output, why in (
            ("unable to connect", "what wrk says when it cannot"),
            ('{"requests":9,"seconds":1,"bad":1}', "a failed request")):
        try:
            read_result(output)
            ok(False, f"no figure: {why}")
        except BadRound:
            ok(True, f"no figure: {why}")


def judged():
    import figures

    def told(measure):
        return figures.measure(figures.Figure("x", "", "", 0.9, measure), None)

    def fails(_):
        raise figures.NotMeasured("no registry")

    same([told(lambda _, r=r: {"ratio": r})["is_met"] for r in (0.89, 0.9)],
         [False, True], "met: at the goal, and not below")
    row = told(fails)
    same((row["is_met"], row["why_not"]), (False, "no registry"),
         "what is not measured stays in the table, and is not met")


def drawn(folder):
    import draw

    rows = [{"name": "a<b", "goal": 1, "why_not": "x", "is_met": False}]
    path = folder / "x.svg"
    draw.draw({"figures": rows, "growth": [], "workers": 1, "at": "now",
               "machine": {"cpu": "x & y", "cores": 1, "commit": None}}, path)
    ok("not measured" in "".join(
        xml.etree.ElementTree.parse(path).getroot().itertext()),
       "drawn: well-formed, and says what is not measured")


# --- quotes ------------------------------------------------------------------

def packed(*arguments):
    data = subprocess.run(
        [os.path.join(BUILD, "bench", "pack"), "2026-06-15T12:00:00Z", "30",
         *map(str, arguments)], check=True, stdout=subprocess.PIPE).stdout
    quotes = []
    while data:
        end = 4 + int.from_bytes(data[:4], "big")
        quotes.append(data[4:end])
        data = data[end:]
    return quotes


def quotes():
    auth = 48 + 584 + 4 + 64  # attestation key, QE report, PCK chain
    for freshness, is_report_new, is_leaf_new in (
            (1, False, False), (2, True, False), (3, True, True)):
        a, b = packed(freshness, 7, 2)
        what = f"{freshness} fresh signatures"
        same(packed(freshness, 8, 1), [b], f"{what}: the same by number")
        ok(a[:632] != b[:632], f"{what}: another TD report")
        same(a[auth + 64:auth + 64 + 600] != b[auth + 64:auth + 64 + 600],
             is_report_new, f"{what}: another QE report")
        same(a[-3000:] != b[-3000:], is_leaf_new,
             f"{what}: another certificate")


# --- floors ------------------------------------------------------------------

def fetch(url, quote=None, headers={}):
    """A GET, or an upload of a quote; the body that is answered."""
    request = urllib.request.Request(url, headers=headers)
    if quote is not None:
        request.data, content_type = multipart(("file", "q", quote))
        request.add_header("Content-Type", content_type)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as reply:
        return reply.read()


def cache_says(stack, url):
    """What nginx logs of a GET, once it does: MISS, HIT, ..."""
    name = secrets.token_hex(8)

    def logged():
        return [json.loads(line)["cache"] for line in
                stack.service.log("nginx-access").splitlines()
                if name in line]

    fetch(url, headers={"X-Request-Id": name})
    wait_until(logged)
    return "".join(logged())


def floors(stack):
    import stack as module

    quote = next(module.unpack(stack.new_quotes(module.FRESH_LEAF, 1)))
    reply = stack.service.upload(quote)
    checksum = reply.json()["checksum"]

    def rows():
        return stack.service.sql("SELECT count(*) FROM floor WHERE"
                                 f" position('\\x{quote.hex()}' IN raw) > 0")

    body = fetch(stack.floor_url("verify?verify=3&insert=0&body=777"), quote)
    same((len(body), rows()), (777, [("0",)]), "the floor: an answer as long "
         "as it is asked for, and nothing kept")
    fetch(stack.floor_url("verify?verify=1&insert=1&body=1"), quote)
    same(rows(), [("1",)], "the floor: one INSERT of the upload")
    same([fetch(stack.floor_url(f"{what}/{checksum}"))
          for what in ("raw", "view")], 2 * [quote],
         "the floor: the stored quote by its checksum")
    same(len(fetch(stack.floor_url("recent?body=3000"))), 3000,
         "the floor: recent")
    static = stack.static_url("x.bin", quote)
    same((fetch(static), stack.status(static, [
        f"If-None-Match: {stack.etag(static)}"])), (quote, 304),
        "the floor: nginx's own file and 304")
    for url in stack.url("raw/" + checksum), stack.floor_url("raw/" + checksum):
        stack.forget_cached()
        states = [cache_says(stack, url) for _ in range(3)]
        stack.forget_cached()
        states += [cache_says(stack, url) for _ in range(2)]
        same(states, ["MISS", "MISS", "HIT", "MISS", "MISS"],
             "nginx keeps an answer until it is to forget")


# --- all of it ---------------------------------------------------------------

def check_row(row):
    name = row["name"]
    if name in MAY_LACK and "why_not" in row:
        ok(row["why_not"], f"{name}: says why it is not measured")
        return
    ok(row.get("floor", 0) > 0 and row.get("value", 0) > 0 and
       row.get("ratio", 0) > 0 and row["is_met"] ==
       (row["ratio"] >= row["goal"]), f"{name}: measured")
    if "why_not" in row:
        note(row["why_not"])


def check_growth(growth):
    same([sorted(step["latency"]) for step in growth],
         2 * [["raw", "recent", "upload", "view"]],
         "growth: everything, at each number of quotes")
    ok(growth[0]["rows"] < growth[1]["rows"], "growth: more quotes each time")
    ok(all("why_not" not in told and 0 < told["p50_ms"] <= told["p99_ms"]
           for step in growth for told in step["latency"].values()),
       "growth: p50 and p99 of everything")


def check_filled(stack):
    same(stack.service.sql(
        "SELECT count(*) FROM quote LEFT JOIN verdict USING (checksum)"
        " WHERE verified IS NULL"), [("0",)],
        "every stored quote has a verdict")
    checksum, = stack.service.sql(
        "SELECT encode(checksum, 'hex') FROM quote ORDER BY uploaded_at")[0]
    reply = stack.service.get("view/" + checksum)
    same((reply.status, reply.json()["verified"]), (200, True),
         "one that was made in the database can be shown")


def whole(folder):
    import bench
    from stack import Stack

    options = bench.read_options(["--dry", "--workers", "2",
                                  "--out", str(folder)])
    told = io.StringIO()
    with Stack(options.workers) as stack:
        floors(stack)
        results = bench.run(stack, options)
        check_filled(stack)
    with contextlib.redirect_stdout(told):
        bench.tell(results, options.out)
    same(json.loads((folder / "results.json").read_text()), results,
         "results.json: all of it")
    rows = results["figures"]
    same({row["name"]: row["goal"] for row in rows}, GOALS,
         "every figure, with its goal")
    for row in rows:
        check_row(row)
    same([name for name in ("at", "machine", "workers", "rounds", "seconds")
          if name not in results], [], "where and how it was measured")
    check_growth(results["growth"])
    memory = results["memory"]
    ok(memory["requests"] >= memory["wanted"] and
       memory["is_same_workers"], "memory: over so many requests")
    table = told.getvalue().splitlines()
    same([row["title"] for row in rows if not any(
        line.startswith(row["title"]) for line in table)], [],
        "the table: a line for each figure")
    texts = "".join(xml.etree.ElementTree.parse(
        folder / "results.svg").getroot().itertext())
    same([name for name in GOALS if name not in texts], [],
         "results.svg: a bar for each figure")


def asked():
    def run(*arguments):
        return subprocess.run(
            [sys.executable, BENCH / "bench.py", *arguments], text=True,
            stdin=subprocess.DEVNULL, capture_output=True)

    told = run("--help")
    same((told.returncode, [name for name in GOALS if name not in told.stdout]),
         (0, []), "--help: every figure by name")
    told = run("verify-known-block", "nothing")
    ok(told.returncode == 2 and "nothing" in told.stderr,
       "a figure that there is not is refused")


need_servers()
if shutil.which("wrk") is None:
    skip_all("wrk is not installed; ./dev bench installs it")
with tempfile.TemporaryDirectory(prefix="attestry-bench-") as name:
    out = pathlib.Path(name)
    ratios()
    judged()
    drawn(out)
    quotes()
    asked()
    whole(out)
done()
