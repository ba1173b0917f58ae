"""
The shipped nginx configuration: what nginx answers by itself, in the form of
the application; what it adds to answers; what it bounds.
"""

import json
import socket
import time

from e2e import BASE, Service, wait_until
from tap import done, ok, same

HOST = b"Host: attestry\r\nConnection: close\r\n"
VERIFY = BASE.encode() + b"/verify"
RECENT = BASE.encode() + b"/recent"


def parse(answer):
    """Status, headers and body of an answer as it came."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers.setdefault(name.lower(), []).append(value.strip())
    return int((lines[0].split(" ") + ["0"])[1]), headers, body


def post(length_header, body=b""):
    return (b"POST " + VERIFY + b" HTTP/1.1\r\n" + HOST + length_header +
            b"\r\n\r\n" + body)


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
    ("an unknown path", b"GET / HTTP/1.1\r\n" + HOST + b"\r\n", 404,
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


def is_own_answer(answer, status, detail, name):
    got, headers, body = parse(answer)
    same((got, headers.get("content-type"), body),
         (status, ["application/json"],
          json.dumps({"detail": detail}, separators=(",", ":")).encode()),
         f"{name}: {status} {detail}")
    same([headers.get(h) for h in
          ("access-control-allow-origin", "x-content-type-options", "server")],
         [["*"], ["nosniff"], ["nginx"]], f"{name}: headers of every answer")
    return headers


def own_answers(service):
    for name, request, status, detail in OWN_ANSWERS:
        headers = is_own_answer(service.raw(request), status, detail, name)
        if status == 405:
            same(headers.get("allow"), ["GET, HEAD, POST, OPTIONS"],
                 f"{name}: Allow")
    status, headers, body = parse(service.raw(
        b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n"))
    same((status, headers["content-length"], body), (404, ["22"], b""),
         "HEAD: the length of the error, and no body")


def cross_origin(service):
    reply = service.get("recent", {"Origin": "https://example.org"})
    same((reply.headers.get_all("Access-Control-Allow-Origin"),
          reply.headers["Access-Control-Expose-Headers"]),
         (["*"], "ETag, Content-Disposition, Content-Length"),
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
    headers = is_own_answer(service.raw(recent), 429, "Too many requests",
                            "one connection more")
    same(headers.get("retry-after"), ["1"], "one connection more: Retry-After")
    for connection in waiting:
        connection.close()
    ok(wait_until(lambda: service.get("recent").status == 200, 5),
       "served again when they are gone")


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
        502, "Bad Gateway", "no pool")
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
    connections(service)
    slowness(service)
    no_pool(service)
    access_log(service)
done()
