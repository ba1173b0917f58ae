"""
What operators ask: health, readiness, metrics; behind both fronts, and for
this machine alone. Every request is counted, and none twice.
"""

import calendar
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time

from answer import checksum, load
from e2e import BASE, PROGRAMS, Service, free_ports, wait_until
from front import HOST, parse
from metrics import Broken, Metrics
from metrics import parse as parse_metrics
from tap import done, note, ok, same
from world import World

NONE = "0" * 64
OPERATORS = "/healthz", "/readyz", "/metrics"
DAY = 86400


def metrics(service):
    reply = service.get("/metrics")
    if reply.status != 200:
        raise RuntimeError(f"/metrics: {reply}")
    return Metrics(reply.body.decode())


def readyz(service):
    reply = service.get("/readyz")
    return reply.status, load(reply.body)


def states(found):
    return {name: check["state"] for name, check in found["checks"].items()}


# --- the format ----------------------------------------------------------------

def strictness():
    """The parser of this test refuses what it should."""
    good = ("# HELP attestry_a_total x\n# TYPE attestry_a_total counter\n"
            'attestry_a_total{b="c"} 1\n')
    same(parse_metrics(good), {("attestry_a_total", (("b", "c"),)): 1.0},
         "a good text is read")
    for name, bad in [
            ("no line end", good[:-1]), ("twice", good + good),
            ("a sample twice", good + 'attestry_a_total{b="c"} 2\n'),
            ("a counter's name", good.replace("_total", "")),
            ("a value", good.replace("} 1", "} one")),
            ("a label", good.replace('"c"', "c")),
            ("no type", good.replace("# TYPE attestry_a_total counter\n", "")),
            ("an empty line", good + "\n")]:
        try:
            parse_metrics(bad)
            ok(False, f"refused: {name}")
        except Broken:
            ok(True, f"refused: {name}")


# --- each behind each front ------------------------------------------------------

def answers(service):
    front = service.front
    reply = service.get("/healthz")
    same((reply.status, list(load(reply.body).items())[0],
          list(load(reply.body))), (200, ("status", "ok"),
                                    ["status", "version", "fixed_time"]),
         f"{front}: /healthz")
    status, found = readyz(service)
    same((status, found["status"], states(found)),
         (200, "ready", {"database": "good", "collateral": "good",
                         "clock": "good"}), f"{front}: /readyz")
    ok(all(list(check) == ["state", "wanted", "found"] and
           check["wanted"] and check["found"]
           for check in found["checks"].values()),
       f"{front}: /readyz says what was wanted and found")
    reply = service.get("/metrics")
    same(reply.headers["Content-Type"],
         "text/plain; version=0.0.4; charset=utf-8", f"{front}: /metrics")
    for path in OPERATORS:
        reply = service.get(path, {"Origin": "https://example.org"})
        same([reply.headers[name] for name in (
            "Cache-Control", "Access-Control-Allow-Origin",
            "Cross-Origin-Resource-Policy", "X-Content-Type-Options")],
            ["no-store", None, "same-origin", "nosniff"],
            f"{front}: {path}: no other origin reads it")
        head = service.head(path)
        same((head.status, head.body), (200, b""), f"{front}: HEAD {path}")
        reply = service.post(path, b"", "text/plain")
        same((reply.status, reply.headers["Allow"], load(reply.body)),
             (405, "GET, HEAD", {"detail": "Method Not Allowed"}),
             f"{front}: POST {path}")
        for other in path + "/", path + "/x", BASE + path, path.upper():
            same(service.get(other).status, 404, f"{front}: {other}: none")


def forwarded(service):
    """What came through a proxy is refused, whatever address it tells."""
    for path in OPERATORS:
        for name in "X-Forwarded-For", "X-Real-IP", "Forwarded", "Via":
            for value in "127.0.0.1", "192.0.2.77":
                reply = service.get(path, {name: value})
                same((reply.status, reply.headers["Content-Type"],
                      load(reply.body)),
                     (403, "application/json", {"detail": "Forbidden"}),
                     f"{service.front}: {path}, {name}: {value}: 403")
    # The same path, written otherwise.
    for path in (b"//metrics", b"/./metrics", b"/x/../metrics", b"/%6detrics",
                 b"/metrics?x", b"http://other/metrics",
                 BASE.encode() + b"/../../../metrics"):
        status, _, body = parse(service.raw(
            b"GET " + path + b" HTTP/1.1\r\n" + HOST +
            b"X-Forwarded-For: 127.0.0.1\r\n\r\n"))
        ok(status in (400, 403, 404) and b"attestry_" not in body,
           f"{service.front}: {path.decode()}: {status}")


class OtherFront:
    """
    A second front whose clients have the address that they tell in X-Test, as
    behind a proxy that is trusted.
    """

    SETTING = {
        "nginx": (r"(?m)^\tserver_tokens off;", "\tserver_tokens off;\n"
                  "\tset_real_ip_from 127.0.0.1;\n\treal_ip_header X-Test;"),
        "apache": (r"(?m)^TraceEnable Off", "TraceEnable Off\n"
                   "LoadModule remoteip_module"
                   " /usr/lib/apache2/modules/mod_remoteip.so\n"
                   "RemoteIPHeader X-Test\nRemoteIPInternalProxy 127.0.0.1")}

    def __init__(self, service):
        self.service, self.front = service, service.front
        self.port = free_ports()
        folder = service.path("other")
        os.mkdir(folder)
        os.makedirs(service.path("run", "other"), exist_ok=True)
        old = str(service.port)
        for name in os.listdir(service.path(self.front)):
            with open(service.path(self.front, name)) as file:
                text = file.read()
            for pattern, new in [
                    self.SETTING[self.front],
                    (rf":{old}\b", f":{self.port}"),
                    (r"run/nginx/", "run/other/"),
                    (r"(?m)(pid) run/", r"\1 other/"),
                    (r"PidFile run/", "PidFile other/"),
                    (r"apache/attestry", "other/attestry"),
                    (r"log/", "other/")]:
                text = re.sub(pattern, new, text)
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)

    def __enter__(self):
        command = {
            "nginx": ["nginx", "-p", ".", "-c", "other/nginx.conf", "-e",
                      "other/error.log", "-g", "daemon off;"],
            "apache": ["apache2", "-f", "/proc/self/cwd/other/apache.conf",
                       "-DFOREGROUND"]}[self.front]
        command[0] = shutil.which(command[0], path=PROGRAMS)
        self.process = subprocess.Popen(command, cwd=self.service.dir,
                                        stderr=subprocess.PIPE)
        if not wait_until(self.is_up, 15):
            note("the other front does not start")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        note(self.process.stderr.read().decode())
        self.process.wait()

    def is_up(self):
        try:
            return self.ask(f"{BASE}/recent", {})[0] == 200
        except OSError:
            return False

    def ask(self, path, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=20)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def strangers(service):
    """By their own address, as nginx and Apache know it."""
    with OtherFront(service) as other:
        for path in OPERATORS:
            for address, status in [
                    (None, 200), ("127.0.0.1", 200), ("::1", 200),
                    ("127.9.9.9", 200), ("192.0.2.77", 403),
                    ("10.0.0.1", 403), ("2001:db8::1", 403),
                    ("::ffff:192.0.2.77", 403)]:
                got, body = other.ask(
                    path, {"X-Test": address} if address else {})
                same((got, load(body) if got == 403 else None),
                     (status, {"detail": "Forbidden"} if status == 403
                      else None),
                     f"{service.front}: {path}, a client at {address}: "
                     f"{status}")
        same(other.ask(f"{BASE}/recent", {"X-Test": "192.0.2.77"})[0], 200,
             f"{service.front}: and it may use the API")


# --- the counters ----------------------------------------------------------------

def counts_of(service):
    """Requests by (route, status), without those of the scrapes."""
    return {key: number for key, number in
            metrics(service).all("requests_total").items()
            if key[0] not in ("metrics", "readyz", "healthz")}


def exactly(service, want, name):
    """A request is counted when its answer has gone: a moment later."""
    wait_until(lambda: counts_of(service) == want, 5)
    return same(counts_of(service), want, name)


def counters(service, world):
    front = service.front
    want = {("recent", "200"): counts_of(service)["recent", "200"]}
    ready = metrics(service).get("queue_wait_seconds_count")

    def ask(route, status, call, *arguments, **options):
        reply = call(*arguments, **options)
        same(reply.status, int(status), f"{front}: {route} {status}")
        want[route, status] = want.get((route, status), 0) + 1
        return reply

    own = checksum(world.quote("tdx-v4"))
    for _ in range(5):
        ask("verify", "200", service.upload, world.quote("tdx-v4"))
    for _ in range(3):
        ask("verify", "400", service.upload, world.quote("sgx-v3-forged"))
    ask("verify", "400", service.upload, world.quote("tdx-v4-outdated"))
    for _ in range(2):
        ask("verify", "422", service.upload, b"nothing")
    ask("verify", "415", service.post, "verify", b"x", "text/plain")
    ask("verify", "413", service.upload, bytes(20481))
    ask("verify", "405", service.get, "verify")
    for _ in range(7):
        ask("view", "200", service.get, f"view/{own}")
    ask("view", "304", service.get, f"view/{own}", {"If-None-Match": "*"})
    if front == "nginx":  # which makes the 304 of what it was given for all
        del want["view", "304"]
        want["view", "200"] += 1
    ask("view", "404", service.get, f"view/{NONE}")
    ask("view", "422", service.get, "view/x")
    ask("verdicts", "200", service.get, f"verdicts/{own}")
    ask("collateral", "200", service.head, f"collateral/{own}")
    for _ in range(4):
        ask("recent", "200", service.get, "recent?limit=3")
    for path in "nothing", "<script>", own, "view/a/b":
        ask("none", "404", service.get, path)
    ask("view", "405", service.request, "BREW", f"view/{own}")
    exactly(service, want, f"{front}: as many requests as were made")

    found = metrics(service)
    same({key: number for key, number in
          found.all("verdicts_total").items() if number},
         {("UpToDate", "TDX"): 5, ("OutOfDate", "TDX"): 1,
          # its signature was found wrong before its TCB was looked at
          (world.samples["sgx-v3-forged"]["expect"]["tcb_status"] or "none",
           "SGX"): 3}, f"{front}: verdicts, by tee and status")
    same({key[0]: number for key, number in
          found.all("refusals_total").items() if number},
         {world.samples["sgx-v3-forged"]["expect"]["reason"]: 3,
          "tcb_status": 1, "malformed_quote": 2},
         f"{front}: refusals, by reason")
    lookups = found.all("collateral_lookups_total")
    same(sum(lookups.values()), 9, f"{front}: lookups of collateral")
    ok(lookups["miss",] >= 2, f"{front}: of which the first are misses")
    fetches = found.all("collateral_fetches_total")
    ok(fetches["good", "0"] >= 2 and set(source for _, source in fetches) ==
       {"0"} and sum(fetches.values()) == fetches["good", "0"],
       f"{front}: fetches, by result: {fetches['good', '0']} good")
    for (route, _), number in want.items():
        total = sum(n for (r, _), n in want.items() if r == route)
        same(found.get("request_duration_seconds_count", route=route),
             total, f"{front}: durations of {route}: {total}")
    ok(0 < found.get("request_duration_seconds_sum", route="verify") < 60,
       f"{front}: and how long they took in all")
    ok(found.get("queue_wait_seconds_count") >= ready + sum(want.values()) -
       want["recent", "200"], f"{front}: the wait for a worker, of each")
    ok(found.get("queue_wait_seconds_sum") < 60,
       f"{front}: {found.get('queue_wait_seconds_sum')} s in all")
    same((found.get("seats"), found.get("seats_taken"),
          found.get("parked_requests"), found.get("workers_wanted")),
         (1, 0, 0, 3), f"{front}: seats, parked requests, workers")
    same(found.get("build_info", version=load(service.get(
        "/healthz").body)["version"]), 1, f"{front}: which program it is")
    ok(0 <= time.time() - found.get("start_time_seconds") < 600,
       f"{front}: and since when")
    for secret in own, NONE, "script", "127.0.0.1", "BREW", "http:":
        ok(secret not in found.text, f"{front}: nowhere: {secret[:12]}")
    return want


def is_spoofed(service):
    """A client's own header is not the front's word."""
    before = metrics(service)
    service.get("recent", {"ATTESTRY_FRONT_AT": "1.0",
                           "Attestry-Front-At": "1.0",
                           "X-Attestry-Front-At": "t=1000000"})
    wait_until(lambda: metrics(service).get(
        "requests_total", route="recent", status="200") >
        before.get("requests_total", route="recent", status="200"), 5)
    found = metrics(service)
    ok(found.get("queue_wait_seconds_count") >
       before.get("queue_wait_seconds_count") and
       found.get("queue_wait_seconds_sum") < 60,
       f"{service.front}: a client cannot say how long it waited")


def a_killed_worker(service, want):
    front = service.front
    before = metrics(service)
    same((before.get("processes", kind="worker"),
          before.get("process_deaths_total", kind="worker")), (3, 0),
         f"{front}: three workers, none has died")
    victim = service.worker_pids()[0]
    os.kill(victim, signal.SIGKILL)
    ok(wait_until(lambda: (victim not in service.worker_pids() and
                           len(service.worker_pids()) == 3), 20),
       f"{front}: one is killed, and replaced")
    exactly(service, want, f"{front}: what it had counted stays")
    found = metrics(service)
    same((found.get("processes", kind="worker"),
          found.get("process_deaths_total", kind="worker"),
          found.get("process_starts_total", kind="worker")),
         (3, 1, before.get("process_starts_total", kind="worker") + 1),
         f"{front}: and its death is counted")
    # All of them anew, none of which has died.
    old = service.worker_pids()
    os.kill(service.pid(), signal.SIGHUP)
    ok(wait_until(lambda: len(service.worker_pids()) == 3 and
                  set(old).isdisjoint(service.worker_pids()), 30),
       f"{front}: HUP: three others")
    exactly(service, want, f"{front}: HUP: the counts stay")
    same(metrics(service).get("process_deaths_total", kind="worker"), 1,
         f"{front}: HUP is no death")


def log_lines(service):
    """One JSON line a request, whatever a stranger puts into it."""
    service.raw(b'GET /api/v1/attestations/"},{"x":"\\ HTTP/1.1\r\n' + HOST +
                b"\r\n")
    service.request("BREW", "view/" + NONE)
    lines = service.log().splitlines()
    lines = [json.loads(line) for line in lines]
    requests = [line for line in lines if line["event"] == "request"]
    ok(requests and all(list(line) == [
        "time", "level", "pid", "event", "request_id", "method", "route",
        "status", "bytes", "duration_ms"] for line in requests),
       f"{service.front}: {len(requests)} requests, a line each, all alike")
    same(len({line["request_id"] for line in requests}), len(requests),
         f"{service.front}: each has a name of its own")


# --- readiness -------------------------------------------------------------------

def is_not_ready(service, check, pattern, name, at_most_s=3):
    began = time.monotonic()
    status, found = readyz(service)
    took = time.monotonic() - began
    same((status, found["status"], states(found).get(check)),
         (503, "not ready", "bad"), f"{name}: 503, {check}")
    if not ok(re.search(pattern, found["checks"][check]["found"]),
              f"{name}: says so"):
        note(found)
    ok(took < at_most_s, f"{name}: after {took:.2f} s")
    same([service.get("/healthz").status, service.get("/metrics").status],
         [200, 200], f"{name}: health and metrics are told all the same")
    return found


def tell_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:  # it has left by itself
            pass


def databases(service):
    service.sql("INSERT INTO migration (version, name) VALUES (99, 'x')")
    is_not_ready(service, "database", "schema: want version [0-9]+, have 99",
                 "another schema")
    service.fresh_database()
    same(readyz(service)[0], 200, "its own schema: ready")
    service.sql("ALTER TABLE quote DISABLE TRIGGER append_only")
    is_not_ready(service, "database", "trigger append_only", "no trigger")
    service.fresh_database()
    # A server that is there and does not answer.
    postgres = service.pid("postgres")
    group = [postgres, *map(int, subprocess.run(
        ["pgrep", "-P", str(postgres)], stdout=subprocess.PIPE,
        text=True).stdout.split())]
    tell_all(group, signal.SIGSTOP)
    try:
        is_not_ready(service, "database", "database: ", "a database that"
                     " hangs", at_most_s=8)
    finally:
        tell_all(group, signal.SIGCONT)
    ok(wait_until(lambda: readyz(service)[0] == 200), "on it goes: ready")
    service.stop("postgres")
    found = is_not_ready(service, "database", "connect", "no database")
    same(states(found), {"database": "bad", "collateral": "bad",
                         "clock": "good"}, "no database: nor collateral")
    service.up()
    same(readyz(service)[0], 200, "the database is back: ready")


def old_collateral(service, world):
    service.up(ATTESTRY_COLLATERAL_TTL_S="2")
    status, found = readyz(service)
    same((status, found["checks"]["collateral"]["found"]), (200, "none yet"),
         "no collateral was needed: ready")
    same(service.upload(world.quote("tdx-v4")).status, 200, "an upload")
    same(readyz(service)[0], 200, "collateral was fetched: ready")
    ok(wait_until(lambda: readyz(service)[0] == 503, 15),
       "twice its time later: not ready")
    found = is_not_ready(service, "collateral", "^fetched [0-9]+ s ago$",
                         "old collateral")
    same((found["checks"]["collateral"]["wanted"], states(found)),
         ("the newest fetched in the last 4 s, or none yet",
          {"database": "good", "collateral": "bad", "clock": "good"}),
         "old collateral: what was wanted")
    same(service.upload(world.quote("tdx-v4")).status, 200, "another upload")
    ok(wait_until(lambda: readyz(service)[0] == 200, 3), "renewed: ready")


def wrong_clock(world):
    settings = {name: value for name, value in world.settings.items()
                if name != "ATTESTRY_TIME"}
    with Service(workers=1, **settings) as service:
        same(service.upload(world.quote("tdx-v4")).status, 200, "by the clock")
        status, found = readyz(service)
        same(status, 200, "by the clock: ready")
        ok(abs(time.time() - instant_of(found["checks"]["clock"]["found"])) <
           60, "and the clock is told")
        same(load(service.get("/healthz").body)["fixed_time"], None,
             "no fixed time")
        service.sql(
            "ALTER TABLE document DISABLE TRIGGER ALL;"
            " UPDATE document SET issued_at = now() + interval '2 days';"
            " ALTER TABLE document ENABLE TRIGGER ALL;"
            " ALTER TABLE document ENABLE ALWAYS TRIGGER append_only")
        is_not_ready(service, "clock", "this machine's clock: want at most a"
                     " day before", "a document of the day after tomorrow")


def instant_of(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def made_now():
    return World(now=time.strftime(
        "%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - DAY)), days=60)


# --- who waits -------------------------------------------------------------------

def parked(service, world):
    """Uploads of several platforms while the source hangs, for two workers."""
    service.fresh_database()
    service.up(ATTESTRY_PCS_TIMEOUT_MS="4000", ATTESTRY_COLLATERAL_TTL_S=None)
    world.pcs.switch("all", delay=60)
    threads = [threading.Thread(target=service.upload, args=(
        world.quote(name) + bytes(i),)) for i, name in enumerate(
            ("tdx-v4", "sgx-v3", "tdx-v5", "sgx-v4", "sgx-v5", "tdx-v4"))]
    for thread in threads:
        thread.start()
    ok(wait_until(lambda: metrics(service).get("parked_requests") >= 2 and
                  metrics(service).get("seats_taken") == 1, 10),
       "a source that hangs: one seat is taken, others are parked")
    note(metrics(service).get("parked_requests"))
    for thread in threads:
        thread.join()
    world.pcs.reset()
    ok(wait_until(lambda: metrics(service).get("parked_requests") == 0 and
                  metrics(service).get("seats_taken") == 0, 10),
       "and later none")
    found = metrics(service)
    ok(found.get("parked_seconds_count") >= 2 and
       found.get("parked_seconds_sum") > 2, "how long they were parked")
    ok(found.get("collateral_fetches_total", source="0", result="failed") >=
       1, "the source has failed")
    same(found.get("refusals_total", reason="collateral_unavailable"), 6,
         "six uploads without a verdict")


strictness()
with World() as world:
    for front in "nginx", "apache":
        with Service(workers=3, front=front, **world.settings) as service:
            want = counters(service, world)
            a_killed_worker(service, want)
            is_spoofed(service)
            answers(service)
            forwarded(service)
            strangers(service)
            log_lines(service)
    with Service(workers=2, **world.settings) as service:
        databases(service)
        old_collateral(service, world)
        parked(service, world)
with made_now() as world:
    wrong_clock(world)
done()
