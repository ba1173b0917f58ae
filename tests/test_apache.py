"""
The shipped Apache configuration: what Apache answers by itself, in the form of
the application; what it adds to answers; what it bounds. What the application
answers behind it: test_contract.py.
"""

import json
import socket
import time

from e2e import BASE, Service, wait_until
from front import (HOST, RECENT, Examples, get, is_own_answer, parse,
                   post, two_queues)
from tap import done, note, ok, same

API = BASE.encode()

# Name, request, status, detail.
OWN_ANSWERS = [
    ("not HTTP", b"GARBAGE\r\n\r\n", 400, "Bad Request"),
    ("no Host", b"GET / HTTP/1.1\r\n\r\n", 400, "Bad Request"),
    ("a bad escape", get(b"/%zz"), 400, "Bad Request"),
    ("a NUL in the path", get(RECENT + b"%00"), 404, "Not Found"),
    ("above the root", get(b"/../x"), 400, "Bad Request"),
    ("two lengths", post(b"Content-Length: 1\r\nContent-Length: 2", b"ab"),
     400, "Bad Request"),
    ("a length of 30 digits", post(b"Content-Length: " + b"9" * 30, b"ab"),
     400, "Bad Request"),
    ("a length of 15 digits", post(b"Content-Length: " + b"9" * 15, b"ab"),
     413, "Request body too large"),
    ("bad chunks", post(b"Transfer-Encoding: chunked", b"zz\r\n"), 400,
     "Bad Request"),
    ("a space before a colon", get(RECENT, b"X : y\r\n"), 400, "Bad Request"),
    ("an unknown path", get(b"/nothing"), 404, "Not Found"),
    ("a path that only begins alike", get(API + b"x/recent"), 404,
     "Not Found"),
    ("TRACE", b"TRACE " + RECENT + b" HTTP/1.1\r\n" + HOST + b"\r\n", 405,
     "Method Not Allowed"),
    ("one byte over the limit", post(b"Content-Length: 65537", b"x" * 65537),
     413, "Request body too large"),
    ("1 MB", post(b"Content-Length: 1000000", b"x" * 1000000), 413,
     "Request body too large"),
    ("a long URI", get(b"/" + b"a" * 9000), 414, "Request URI too long"),
    ("a long header", get(b"/", b"X: " + b"a" * 9000 + b"\r\n"), 400,
     "Bad Request"),
    ("101 headers", get(b"/", b"X: y\r\n" * 101), 400, "Bad Request"),
    ("an unknown transfer coding", post(b"Transfer-Encoding: gzip"), 400,
     "Bad Request"),
    ("an unknown expectation", get(RECENT, b"Expect: x\r\n"), 417,
     "Expectation Failed"),
]


def own_answers(service):
    for name, request, status, detail in OWN_ANSWERS:
        headers = is_own_answer(service.raw(request), "Apache", status, detail,
                                name)
        if status == 405:
            same(headers.get("allow"), ["GET, HEAD, POST, OPTIONS", ""],
                 f"{name}: Allow")
    status, headers, body = parse(service.raw(
        b"HEAD /nothing HTTP/1.1\r\n" + HOST + b"\r\n"))
    same((status, body), (404, b""), "HEAD: the error, and no body")


def requests(service):
    """What reaches the application is what the client sent."""
    for name, request, status in [
            ("an encoded slash", get(API + b"/view/a%2fb"), 422),
            ("raw bytes in the query", get(RECENT + b"?limit=\xff"), 422),
            ("bytes in the query", get(RECENT + b"?limit=%ff%00"), 422),
            ("two slashes", get(API + b"//recent"), 404),
            ("a dot", get(API + b"/./recent"), 404),
            ("an absolute address", get(b"http://other" + RECENT), 200),
            ("Proxy", get(RECENT, b"Proxy: http://192.0.2.1\r\n"), 200),
            ("a chunked body", post(
                b"Content-Type: application/json\r\n"
                b"Transfer-Encoding: chunked",
                b'9\r\n{"hex":"0\r\n3\r\n0"}\r\n0\r\n\r\n'), 422)]:
        got, headers, body = parse(service.raw(request))
        if not ok(got == status and headers["content-type"] ==
                  ["application/json"], f"{name}: {got}"):
            note(body[:300])


def slowness(service):
    """Clients that do not go on are left, and told why where it helps."""
    started = time.monotonic()
    slow = {
        "a body that does not end": (post(b"Content-Length: 10", b"x"), 3, 15),
        "a header that does not end": (b"GET / HTTP/1.1\r\n", 8, 25),
        "an idle connection": (b"GET " + RECENT + b" HTTP/1.1\r\nHost: x\r\n"
                               b"\r\n", 8, 25),
    }
    sockets = {}
    for name, (request, *_) in slow.items():
        sockets[name] = socket.create_connection(("127.0.0.1", service.port))
        sockets[name].settimeout(30)
        sockets[name].sendall(request)
    for name, connection in sockets.items():
        _, least, most = slow[name]
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except (ConnectionError, TimeoutError):
            pass
        seconds = time.monotonic() - started
        ok(least < seconds < most, f"{name}: left after {seconds:.0f} s")
        if name.startswith("an idle"):
            continue
        got, headers, body = parse(answer) if answer else (0, {}, b"")
        ok(got in (0, 400, 408) and (not body or (
            headers["content-type"] == ["application/json"] and
            list(json.loads(body)) == ["detail"])), f"{name}: {got} {body}")
        connection.close()


def connections(service):
    """One address cannot take all of Apache's threads."""
    waiting = []
    # in less than the ten seconds that a header may take
    while len(waiting) < 120 and (len(waiting) < 85 or
                                  service.raw(get(RECENT))):
        connection = socket.create_connection(("127.0.0.1", service.port))
        connection.sendall(b"GET / HTTP/1.1\r\n")
        waiting.append(connection)
    ok(90 <= len(waiting) <= 101,
       f"{len(waiting)} connections of one address are served at once")
    for connection in waiting:
        connection.close()

    def is_served():
        try:
            return service.get("recent").status == 200
        except OSError:
            return False
    ok(wait_until(is_served, 5), "served again when they are gone")


def workers(service):
    """A worker that is killed, a pool that is gone."""
    service.stop("attestry-fcgi")
    headers = is_own_answer(service.raw(get(RECENT)), "Apache", 503,
                            "Service Unavailable", "no pool")
    same(headers.get("retry-after"), ["1"], "no pool: Retry-After")
    service.up()
    same(service.get("recent").status, 200, "and again when it is back, at "
         "once")


def front_again(service):
    before = service.pid("apache"), service.pid()
    service.up()
    same((service.pid("apache"), service.pid()), before,
         "up again: nothing is started anew")
    service.front = "nginx"
    service.up()
    same((service.get("recent").headers["Server"], service.pid()),
         ("nginx", before[1]), "another front in its place, the same pool")
    service.front = "apache"
    service.up()
    same(service.get("recent").headers["Server"], "Apache", "and back")


def examples(service):
    modules = "".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
        for name in ("ssl", "remoteip"))
    Examples(service, r"(?m)^#(\t+</?[A-Z].*|\t+[A-Z].*)$", [
        (r"Listen .*\n", "Listen 127.0.0.1:PORT\n" + modules),
        (r":443>", ":PORT>"), (r"run/apache.pid", "tls/apache.pid"),
        (r"apache/attestry", "tls/attestry"),
    ]).hold(["apache2", "-f", "/proc/self/cwd/tls/apache.conf",
             "-DFOREGROUND"], "apache-access.log")


def access_log(service):
    service.raw(get(RECENT + b"?x=\xff\"\\", b"User-Agent: \xff\"\\\x80\r\n"
                    b"Referer: \"\\\xfe\r\n"))
    lines = service.log("apache-access").splitlines()
    bad = []
    for line in lines:
        try:
            if not {"time", "request_id", "status", "path"} <= \
                    json.loads(line).keys():
                bad.append(line)
        except ValueError:
            bad.append(line)
    same(bad, [], f"every line of the access log is JSON ({len(lines)})")


with Service(front="apache") as service:
    own_answers(service)
    requests(service)
    access_log(service)
    examples(service)
    two_queues(service)
    connections(service)
    slowness(service)
    workers(service)
    front_again(service)
done()
