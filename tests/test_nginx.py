"""
The shipped nginx configuration: what nginx answers by itself, in the form of
the application; what it adds to answers; what it bounds.
"""

import contextlib
import json
import os
import signal
import socket
import threading
import time

import fcgi

from e2e import BASE, Service, wait_until
from front import (HOST, RECENT, Examples, get, is_own_answer, parse,
                   post, two_queues)
from tap import done, ok, same

# Name, request, status, detail.
OWN_ANSWERS = [
    ("not HTTP", b"GARBAGE\r\n\r\n", 400, "Bad Request"),
    ("no Host", b"GET / HTTP/1.1\r\n\r\n", 400, "Bad Request"),
    ("a bad escape", b"GET /%zz HTTP/1.1\r\n" + HOST + b"\r\n", 400,
     "Bad Request"),
    ("a NUL in the path", b"GET " + RECENT + b"%00 HTTP/1.1\r\n" + HOST +
     b"\r\n", 400, "Bad Request"),
    ("above the root", b"GET /../x HTTP/1.1\r\n" + HOST + b"\r\n", 400,
     "Bad Request"),
    ("two lengths", post(b"Content-Length: 1\r\nContent-Length: 2", b"ab"),
     400, "Bad Request"),
    ("a length and chunks", post(
        b"Content-Length: 3\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
     400, "Bad Request"),
    ("bad chunks", post(b"Transfer-Encoding: chunked", b"zz\r\n"), 400,
     "Bad Request"),
    ("an unknown path", b"GET /nothing HTTP/1.1\r\n" + HOST + b"\r\n", 404,
     "Not Found"),
    ("a path that only begins alike", b"GET " + BASE.encode() +
     b"x/recent HTTP/1.1\r\n" + HOST + b"\r\n", 404, "Not Found"),
    ("the page of errors itself", b"GET /.attestry-error HTTP/1.1\r\n" +
     HOST + b"\r\n", 404, "Not Found"),
    ("TRACE", b"TRACE " + RECENT + b" HTTP/1.1\r\n" + HOST + b"\r\n", 405,
     "Method Not Allowed"),
    ("one byte over the limit", post(b"Content-Length: 65537", b"x" * 65537),
     413, "Request body too large"),
    ("1 MB", post(b"Content-Length: 1000000", b"x" * 1000000), 413,
     "Request body too large"),
    ("chunks over the limit", post(
        b"Transfer-Encoding: chunked",
        2 * (b"8001\r\n" + b"x" * 0x8001 + b"\r\n") + b"0\r\n\r\n"), 413,
     "Request body too large"),
    ("a long URI", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST +
     b"\r\n", 414, "Request URI too long"),
    ("a long header", b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 9000 +
     b"\r\n\r\n", 431, "Request header too large"),
    ("an unknown transfer coding", post(b"Transfer-Encoding: gzip"), 501,
     "Not Implemented"),
    ("a version to come", b"GET / HTTP/9.9\r\n" + HOST + b"\r\n", 505,
     "HTTP Version Not Supported"),
]


def own_answers(service):
    for name, request, status, detail in OWN_ANSWERS:
        headers = is_own_answer(service.raw(request), "nginx", status, detail,
                                name)
        if status == 405:
            same(headers.get("allow"), ["GET, HEAD, POST, OPTIONS"],
                 f"{name}: Allow")
    status, headers, body = parse(service.raw(
        b"HEAD /nothing HTTP/1.1\r\n" + HOST + b"\r\n"))
    same((status, headers["content-length"], body), (404, ["22"], b""),
         "HEAD: the length of the error, and no body")


def cross_origin(service):
    reply = service.get("recent", {"Origin": "https://example.org"})
    same((reply.headers.get_all("Access-Control-Allow-Origin"),
          reply.headers["Access-Control-Expose-Headers"]),
         (["*"], "ETag, Content-Disposition, Content-Length, Retry-After,"
          " X-Request-Id"),
         "any origin may read")
    for wanted, allowed in (
            ({}, "Accept, Content-Type, If-None-Match, Range"),
            ({"Access-Control-Request-Headers": "content-type,x-client"},
             "content-type,x-client")):
        reply = service.request("OPTIONS", "verify", headers={
            "Origin": "https://example.org",
            "Access-Control-Request-Method": "POST", **wanted})
        same([reply.status, reply.body] + [
            reply.headers[f"Access-Control-{name}"] for name in
            ("Allow-Origin", "Allow-Methods", "Allow-Headers", "Max-Age")],
            [204, b"", "*", "GET, HEAD, POST, OPTIONS", allowed, "86400"],
            f"preflight: may send {allowed}")


def application_answers(service):
    for path in f"{BASE}/recent", "/proofofcloud/attestations/recent":
        reply = service.get(path)
        same((reply.status, reply.headers["Content-Type"], reply.body,
              reply.headers.get_all("Cache-Control"),
              reply.headers.get_all("Vary")),
             (200, "application/json", b"[]", ["public, max-age=2"],
              ["Accept-Encoding"]), f"{path} is the application's")


def num_asked(service, what="raw"):
    """How many requests of a route the pool has answered."""
    return service.log().count(f'"route":"{what}"')


def cache(service):
    """The bytes of a quote are asked for twice, whoever asks first: a file is
    made for what is wanted again. Never for what has a parameter."""
    [(checksum,)] = service.sql(
        "INSERT INTO quote (checksum, raw, content_sha256, tee, version)"
        " SELECT sha256(raw), raw, sha256(raw), 'SGX', 3"
        " FROM (SELECT 'anything'::bytea AS raw) r"
        " RETURNING encode(checksum, 'hex')")
    own = f"raw/{checksum}"
    before = num_asked(service)
    replies = [service.head(own), *[service.get(own) for _ in range(3)],
               service.get(f"/proofofcloud/attestations/{own}"),
               service.get(f"raw/0x{checksum}"), service.get(own + "?x=1"),
               service.head(own)]
    same([(reply.status, reply.body, reply.headers["Content-Length"],
           reply.headers["ETag"], reply.headers["Cache-Control"])
          for reply in replies],
         [(200, body, "8", f'"{checksum}"',
           "public, max-age=31536000, immutable")
          for body in [b"", *[b"anything"] * 6, b""]],
         "raw, HEAD first: the bytes, all the same")
    same(num_asked(service), before + 5,
         "and the pool was asked twice, and once at each other address")
    before = num_asked(service)
    same([service.get(own + "?x=1").body for _ in range(3)],
         [b"anything"] * 3, "with a parameter: the bytes")
    same(num_asked(service), before + 3, "and the pool is asked each time")
    for condition, status in (f'"{checksum}"', 304), (f'W/"{checksum}"', 304), \
            ("*", 304), (f'"a", "{checksum}"', 304), ('"a"', 200):
        reply = service.get(own, {"If-None-Match": condition})
        same((reply.status, reply.headers["Cache-Control"]),
             (status, "public, max-age=31536000, immutable"),
             f"from the cache, If-None-Match {condition[:8]}: {status}")
    # nginx's 416 would have each header of an answer twice.
    for part in "bytes=3-5", "bytes=9-":
        reply = service.get(own, {"Range": part})
        same((reply.status, reply.body), (200, b"anything"),
             f"from the cache, Range {part} is not heeded")
    same(num_asked(service), before + 3, "and the pool was not asked")
    same(json.loads(service.log("nginx-access").splitlines()[-1])["cache"],
         "HIT", "the access log says so")

    before = num_asked(service)
    none = "raw/" + "0" * 64
    same([service.get(none).status for _ in range(3)] +
         [service.head(none).status], [404] * 4, "none: 404")
    same([service.get("raw/x").status for _ in range(2)] +
         [service.head("raw/x").status], [422] * 3, "not a checksum: 422")
    same(num_asked(service), before + 7, "and that is never cached")
    for path, status in (f"/./raw/{checksum}", 404), \
            (f"/raw/%{ord(checksum[0]):x}{checksum[1:]}", 422), \
            (f"/raw/{checksum}/", 404), (f"/raw/{checksum}%3f", 422):
        answer = service.raw(get(BASE.encode() + path.encode()))
        same(parse(answer)[0], status, f"{path[:9]}…: {status}, as ever")
    before = num_asked(service, "view")
    same([service.get("view/" + "0" * 64).status for _ in range(2)],
         [404] * 2, "view of none")
    same(num_asked(service, "view"), before + 2, "which is never cached")

    service.stop("postgres")
    same(service.get(own).body, b"anything", "and served with no database")
    service.up()


class Slow:
    """
    A pool that answers one request at a time as libfcgi does, in writes of
    8 KB, and rests after so many of them.
    """
    WRITE = 8192
    BODY = b"x" * 12 * WRITE

    def __init__(self, path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o666)
        self.listener.listen()

    def serve(self, num_writes, rests):
        """Calls `rests` after `num_writes`."""
        connection, _ = self.listener.accept()
        with connection:
            connection.recv(65536)
            answer = (b"Status: 200 OK\r\nContent-Type: text/plain\r\n"
                      b"Content-Length: %d\r\n\r\n" % len(self.BODY)
                      + self.BODY)
            out = b"".join(
                fcgi.record(fcgi.STDOUT, answer[i:i + self.WRITE - 8])
                for i in range(0, len(answer), self.WRITE - 8))
            connection.sendall(out[:num_writes * self.WRITE])
            rests()
            with contextlib.suppress(BrokenPipeError):
                connection.sendall(out[num_writes * self.WRITE:] +
                                   fcgi.record(fcgi.STDOUT) +
                                   fcgi.record(fcgi.END, bytes(8)))


def reload_in_an_answer(service):
    """nginx leaves when it has no timer any more, and has none while it waits
    for more than what has filled a buffer to its end."""
    def reload():
        time.sleep(0.3)  # until nginx has read what there is
        os.kill(service.pid("nginx"), signal.SIGHUP)
        time.sleep(0.5)  # until the old worker would have left

    service.stop("attestry-fcgi")
    slow = Slow(service.path("run", "attestry-fcgi.sock"))
    for num_writes in range(1, 6):
        pool = threading.Thread(target=slow.serve, args=(num_writes, reload))
        pool.start()
        answer = service.raw(get(RECENT))
        pool.join()
        same(len(parse(answer)[2]), len(Slow.BODY),
             f"reload after {num_writes} writes of an answer: all of it comes")
    slow.listener.close()
    service.up()


def examples(service):
    os.mkdir(service.path("run", "nginx-tls"))
    Examples(service, r"(?m)^\t?#\t([a-z].*;)$", [
        (r"listen \[::\]:443 ssl http2;", ""),
        (r"listen 443 ", "listen 127.0.0.1:PORT "),
        (r"listen 127.0.0.1:\d+;", ""),
        (r"run/nginx/", "run/nginx-tls/"),
    ]).hold(["nginx", "-p", ".", "-c", "tls/nginx.conf", "-e",
             "tls/error.log", "-g", "daemon off;"], "nginx-access.log")


def connections(service):
    """Clients that send a body slowly: 100 are heard, one more is refused."""
    recent = b"GET " + RECENT + b" HTTP/1.1\r\n" + HOST + b"\r\n"
    waiting = []
    while len(waiting) < 110 and parse(service.raw(recent))[0] == 200:
        connection = socket.create_connection(("127.0.0.1", service.port))
        connection.sendall(post(b"Content-Length: 10", b"x"))
        waiting.append(connection)
        time.sleep(0.01)
    same(len(waiting), 100, "100 connections of one address are served at once")
    headers = is_own_answer(service.raw(recent), "nginx", 429,
                            "Too many requests", "one connection more")
    same(headers.get("retry-after"), ["1"], "one connection more: Retry-After")
    for connection in waiting:
        connection.close()
    ok(wait_until(lambda: service.get("recent").status == 200, 5),
       "served again when they are gone")


def too_many_uploads(service):
    """
    While no worker gets to it 256 uploads wait, and one more is told at once to
    come again; one that has not arrived yet takes no room.
    """
    def begin(source, body):
        connection = socket.create_connection(
            ("127.0.0.1", service.port), timeout=30, source_address=(source, 0))
        connection.sendall(post(b"Content-Type: text/plain\r\n"
                                b"Content-Length: 2", body))
        return connection

    def read(connection):
        with connection, connection.makefile("rb") as file:
            return file.read()

    workers = service.worker_pids()
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        arriving = [begin("127.0.3.1", b"x") for _ in range(50)]
        waiting = [begin(f"127.0.3.{2 + number % 4}", b"xx")
                   for number in range(256)]
        time.sleep(1)  # until nginx has handed them on
        started = time.monotonic()
        headers = is_own_answer(read(begin("127.0.3.9", b"xx")), "nginx", 503,
                                "Service Unavailable", "an upload too many")
        ok(time.monotonic() - started < 1, "an upload too many: at once")
        same(headers.get("retry-after"), ["1"],
             "an upload too many: Retry-After")
        reader = socket.create_connection(("127.0.0.1", service.port))
        reader.sendall(get(RECENT))
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    same({parse(read(connection))[0] for connection in waiting}, {415},
         "those that waited are answered")
    same(parse(read(reader))[0], 200, "and so is who reads")
    for connection in arriving:
        connection.sendall(b"x")
    same({parse(read(connection))[0] for connection in arriving}, {415},
         "and who took a while to arrive")


def slowness(service):
    """Three clients that do not go on are left after 10 s."""
    started = time.monotonic()
    slow = {
        "a header that does not end": b"GET / HTTP/1.1\r\n",
        "a body that does not end": post(b"Content-Length: 10", b"x"),
        "an idle connection": b"GET " + RECENT +
        b" HTTP/1.1\r\nHost: attestry\r\n\r\n",
    }
    sockets = {}
    for name, request in slow.items():
        sockets[name] = socket.create_connection(("127.0.0.1", service.port))
        sockets[name].settimeout(30)
        sockets[name].sendall(request)
    for name, connection in sockets.items():
        try:
            while connection.recv(65536):
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            ok(False, f"{name}: left after 10 s")
            continue
        ok(8 < time.monotonic() - started < 25, f"{name}: left after 10 s")
        connection.close()


def no_pool(service):
    service.stop("attestry-fcgi")
    headers = is_own_answer(
        service.raw(b"GET " + RECENT + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
        "nginx", 503, "Service Unavailable", "no pool")
    same(headers.get("retry-after"), ["1"], "no pool: Retry-After")
    service.up()
    same(service.get("recent").status, 200, "and again when it is back")


def access_log(service):
    lines = service.log("nginx-access").splitlines()
    ok(len(lines) > 20 and all(
        {"time", "request_id", "status", "uri"} <= json.loads(line).keys()
        for line in lines), "every line of the access log is JSON")


with Service() as service:
    own_answers(service)
    cross_origin(service)
    application_answers(service)
    cache(service)
    examples(service)
    two_queues(service)
    connections(service)
    too_many_uploads(service)
    slowness(service)
    no_pool(service)
    reload_in_an_answer(service)
    access_log(service)
done()
