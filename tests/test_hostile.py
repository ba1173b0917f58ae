"""
Requests that mean harm, as bytes on the wire: two readings of one message,
lengths that lie, bytes that could end a header, a log line or a JSON string.
What comes back is one answer a request, in JSON; the workers live on.
"""

import re
import socket
import threading
import time

import answer
from answer import checksum, load
from e2e import BASE, Service, multipart, wait_until
from tap import done, note, ok, same
from world import World

HOST = b"Host: attestry\r\n"
CLOSE = HOST + b"Connection: close\r\n"
API = BASE.encode()
RECENT = b"GET " + API + b"/recent HTTP/1.1\r\n"
POST = b"POST " + API + b"/verify HTTP/1.1\r\n"
SMUGGLED = b"GET " + API + b"/view/smuggled HTTP/1.1\r\n" + CLOSE + b"\r\n"

BODY, TYPE = multipart(("file", "q", b"text"))
FORM = b"Content-Type: " + TYPE.encode() + b"\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


def split(stream):
    """The answers on one connection: [(status, headers, body)]."""
    answers = []
    while stream:
        head, _, rest = stream.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        length = int(headers.get("content-length", ["0"])[0])
        if status != 100:
            answers.append((status, headers, rest[:length]))
        stream = rest[length:]
    return answers


def is_fit(status, headers, body):
    """An answer that may be seen: JSON, nothing of the inside, no header of
    the client's making."""
    if any(name.startswith("x-injected") for name in headers):
        return False
    if status in (204, 304) or not body:
        return True
    if headers.get("content-type") != ["application/json"]:
        return False
    try:
        value = load(body)
    except ValueError:
        return False
    return status < 400 or (list(value)[:1] == ["detail"] and
                            not answer.INTERNAL.search(body))


# Name, request, statuses of the answers.
REQUESTS = [
    # Where does the body end?
    ("a length and chunks", POST + CLOSE + FORM + LENGTH + CHUNKED +
     b"\r\n" + CHUNKS + SMUGGLED, [400]),
    ("chunks and a length", POST + CLOSE + FORM + CHUNKED + LENGTH +
     b"\r\n" + CHUNKS + SMUGGLED, [400]),
    ("two lengths", POST + HOST + LENGTH + b"Content-Length: 0\r\n\r\n" +
     BODY, [400]),
    ("the same length twice", POST + HOST + LENGTH * 2 + b"\r\n" + BODY,
     [400]),
    ("a list of lengths", POST + HOST + b"Content-Length: 4, 4\r\n\r\nabcd",
     [400]),
    ("a length with a sign", POST + HOST + b"Content-Length: +4\r\n\r\nabcd",
     [400]),
    ("a negative length", POST + HOST + b"Content-Length: -4\r\n\r\nabcd",
     [400]),
    ("a length in hex", POST + HOST + b"Content-Length: 0x4\r\n\r\nabcd",
     [400]),
    ("a length of 30 digits", POST + HOST + b"Content-Length: " + b"9" * 30 +
     b"\r\n\r\nabcd", [400, 413]),
    ("an empty length", POST + HOST + b"Content-Length: \r\n\r\n", [400, 415]),
    ("chunked twice", POST + HOST + b"Transfer-Encoding: chunked, chunked\r\n"
     b"\r\n" + CHUNKS, [400, 501]),
    ("two codings in two lines", POST + HOST + CHUNKED * 2 + b"\r\n" + CHUNKS,
     [400, 501]),
    ("almost chunked", POST + HOST + b"Transfer-Encoding: xchunked\r\n\r\n" +
     CHUNKS, [400, 501]),
    ("chunked behind a tab", POST + HOST + b"Transfer-Encoding:\x0bchunked"
     b"\r\n\r\n" + CHUNKS, [400, 501]),
    ("a space before the colon", POST + HOST + b"Transfer-Encoding : chunked"
     b"\r\n\r\n" + CHUNKS, [400]),
    ("a length in a folded line", POST + HOST + b"X: y\r\n Content-Length: "
     b"4\r\n\r\nabcd", [400]),
    ("a chunk of a negative length", POST + HOST + CHUNKED + b"\r\n-4\r\nabcd"
     b"\r\n0\r\n\r\n", [400]),
    ("a chunk of 17 digits", POST + HOST + CHUNKED + b"\r\n10000000000000004"
     b"\r\nabcd\r\n0\r\n\r\n", [400, 413]),
    ("a chunk of 2^63", POST + HOST + CHUNKED + b"\r\n8000000000000000\r\n"
     b"abcd\r\n0\r\n\r\n", [400, 413]),
    ("a chunk longer than it says", POST + HOST + FORM + CHUNKED + b"\r\n"
     b"2\r\nabcd\r\n0\r\n\r\n", [400]),
    ("a chunked GET", RECENT + CLOSE + CHUNKED + b"\r\n0\r\n\r\n", [200]),
    ("HTTP/1.0 with chunks", POST.replace(b"1.1", b"1.0") + CLOSE + FORM +
     CHUNKED + b"\r\n" + CHUNKS, [400, 411, 422]),
    ("a GET with a body that is a request", RECENT + CLOSE +
     b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED, [200]),
    ("a body shorter than the next request", POST + HOST + FORM + LENGTH +
     b"\r\n" + BODY + RECENT + CLOSE + b"\r\n", [422, 200]),
    ("a header of a body of none", POST + HOST + FORM + b"\r\n" + RECENT +
     CLOSE + b"\r\n", [400, 200]),

    # What does the request line say?
    ("HTTP/0.9", b"GET " + API + b"/recent\r\n", None),
    ("two spaces", b"GET  " + API + b"/recent  HTTP/1.1\r\n" + CLOSE +
     b"\r\n", [200, 400]),
    ("a tab", b"GET\t" + API + b"/recent HTTP/1.1\r\n" + CLOSE + b"\r\n",
     [400]),
    ("a space in the path", b"GET " + API + b"/view/a b HTTP/1.1\r\n" + CLOSE +
     b"\r\n", [400]),
    ("a lower-case method", b"get " + API + b"/recent HTTP/1.1\r\n" + CLOSE +
     b"\r\n", [400]),
    ("an absolute address", b"GET http://other" + API + b"/recent HTTP/1.1"
     b"\r\n" + CLOSE + b"\r\n", [200]),
    ("CONNECT", b"CONNECT attestry:80 HTTP/1.1\r\n" + CLOSE + b"\r\n",
     [400, 405]),
    ("OPTIONS *", b"OPTIONS * HTTP/1.1\r\n" + CLOSE + b"\r\n",
     [400, 404, 405]),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
     None),
    ("an address of 8000 bytes", b"GET " + API + b"/view/" + b"a" * 8000 +
     b" HTTP/1.1\r\n" + CLOSE + b"\r\n", [414, 422]),
    ("an address of 60000 bytes", b"GET " + API + b"/view/" + b"a" * 60000 +
     b" HTTP/1.1\r\n" + CLOSE + b"\r\n", [414]),
    ("a query of 7000 bytes", b"GET " + API + b"/recent?" + b"limit=1&" * 875 +
     b" HTTP/1.1\r\n" + CLOSE + b"\r\n", [200]),
    ("one long parameter", b"GET " + API + b"/recent?limit=" + b"1" * 7000 +
     b" HTTP/1.1\r\n" + CLOSE + b"\r\n", [422]),
    ("300 headers", RECENT + CLOSE + b"".join(
        b"X-%d: y\r\n" % n for n in range(300)) + b"\r\n", [200, 400, 431]),
    ("100 KB of headers", RECENT + CLOSE + b"".join(
        b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(100)) + b"\r\n",
     [400, 431]),

    # Bytes that could end something.
    ("a NUL in a header", RECENT + CLOSE + b"X: a\0b\r\n\r\n", [400]),
    ("a NUL in the path", b"GET " + API + b"/view/\0 HTTP/1.1\r\n" + CLOSE +
     b"\r\n", [400]),
    ("a CR in a header", RECENT + CLOSE + b"X: a\rX-Injected: 1\r\n\r\n",
     [200, 400]),
    ("CRLF in a checksum", b"GET " + API + b"/view/%0d%0aX-Injected:%201 "
     b"HTTP/1.1\r\n" + CLOSE + b"\r\n", [422]),
    ("CRLF in a checksum of 64", b"GET " + API + b"/raw/" + b"0" * 52 +
     b"%0d%0aX:%201 HTTP/1.1\r\n" + CLOSE + b"\r\n", [422]),
    ("CRLF in a query", b"GET " + API + b"/recent?limit=%0d%0aX-Injected:1 "
     b"HTTP/1.1\r\n" + CLOSE + b"\r\n", [422]),
    ("CRLF in an asked for header", b"OPTIONS " + API + b"/recent HTTP/1.1"
     b"\r\n" + CLOSE + b"Access-Control-Request-Headers: a%0d%0aX-Injected: 1"
     b"\r\n\r\n", [204]),
    ("raw bytes in the path", b"GET " + API + b"/view/\xff\xfe\x80 HTTP/1.1"
     b"\r\n" + CLOSE + b"\r\n", [422, 400]),
    ("raw bytes in another path", b"GET " + API + b"/\xff\xfe\" HTTP/1.1\r\n" +
     CLOSE + b"\r\n", [404, 400]),
    ("raw bytes in the query", b"GET " + API + b"/recent?limit=\xff\xfe\xc3"
     b" HTTP/1.1\r\n" + CLOSE + b"\r\n", [422]),
    ("bytes in the query", b"GET " + API + b"/recent?before=%ff%c3%28%ed%a0"
     b"%80 HTTP/1.1\r\n" + CLOSE + b"\r\n", [422]),
    ("half an escape", b"GET " + API + b"/recent?limit=%f HTTP/1.1\r\n" +
     CLOSE + b"\r\n", [422]),
    ("bytes in headers", RECENT + CLOSE + b"User-Agent: \xff\"\\\r\n"
     b"Referer: \xfe\x80\r\nIf-None-Match: \"\xff\r\nX-\xff: 1\r\n\r\n",
     [200, 400]),
    ("bytes in the content type", POST + CLOSE + b"Content-Type: multipart/"
     b"form-data; boundary=\xff\xfe\r\n" + LENGTH + b"\r\n" + BODY, [400]),
    ("two content types", POST + CLOSE + FORM + b"Content-Type: text/plain\r\n"
     + LENGTH + b"\r\n" + BODY, [400, 415, 422]),
    ("a content type of 4000 bytes", POST + CLOSE + FORM[:-2] + b"; x=" +
     b"y" * 4000 + b"\r\n" + LENGTH + b"\r\n" + BODY, [400]),
    ("two boundaries", POST + CLOSE + FORM[:-2] + b"; boundary=x\r\n" +
     LENGTH + b"\r\n" + BODY, [400]),
    ("headers that would be variables", POST + CLOSE + FORM + LENGTH +
     b"Proxy: http://192.0.2.1\r\nX_Y: z\r\nRequest-Uri: /x\r\n"
     b"Content_Length: 3\r\n\r\n" + BODY, [422]),
    ("what must be expected", POST + CLOSE + FORM + LENGTH + b"Expect: 100-"
     b"continue\r\n\r\n" + BODY, [422]),
]


def requests(service):
    for name, request, wanted in REQUESTS:
        stream = service.raw(request)
        try:
            answers = split(stream)
        except (ValueError, IndexError):
            answers = None
        if wanted is None:  # HTTP it is not; anything but an answer in 200
            good = answers is None or all(a[0] >= 400 for a in answers) or \
                name == "HTTP/0.9"
        else:
            several = name.startswith(("a body shorter", "a header of a body"))
            statuses = [a[0] for a in answers or []]
            good = all(is_fit(*a) for a in answers or []) and (
                statuses == wanted if several else
                len(statuses) == 1 and statuses[0] in wanted)
        if not ok(good, f"{name}: {[a[0] for a in answers or []]}"):
            note(stream[:500])


def lengths_that_lie(service):
    """A body that never comes: no worker hears of it."""
    before = service.log().count('"route":"verify"')
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(POST + HOST + FORM + b"Content-Length: 60000\r\n"
                           b"\r\n" + BODY)
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(POST + HOST + FORM + CHUNKED + b"\r\n" + CHUNKS[:-5])
    time.sleep(0.1)
    same(service.log().count('"route":"verify"'), before,
         "bodies that stop halfway: no worker hears of them")


def slow_bodies(service):
    """Slow clients hold no workers, and are served in the end."""
    clients = []
    for _ in range(3 * service.workers):
        client = socket.create_connection(("127.0.0.1", service.port))
        client.sendall(POST + CLOSE + FORM + LENGTH + b"\r\n" + BODY[:-20])
        clients.append(client)
    slowest = 0
    for at in range(-20, 0, 4):
        for client in clients:
            client.sendall(BODY[at:at + 4 or None])
        started = time.monotonic()
        status = service.get("recent").status
        slowest = max(slowest, time.monotonic() - started)
        time.sleep(0.1)
    ok(status == 200 and slowest < 3,
       f"{len(clients)} slow clients: others are served meanwhile")
    statuses = []
    for client in clients:
        client.settimeout(10)
        stream = b""
        while chunk := client.recv(65536):
            stream += chunk
        client.close()
        statuses += [a[0] for a in split(stream)]
    same(statuses, [422] * len(clients), "and they too, in the end")


def gone_clients(service, world):
    """Clients that hang up before the answer."""
    raw = world.quote("tdx-v4")
    body, content_type = multipart(("file", "q", raw))
    request = (POST + HOST + f"Content-Type: {content_type}\r\n"
               f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(request)
    ok(wait_until(lambda: service.upload(raw).status == 200, 5),
       "50 clients that hung up: served")


def parts(service, world):
    """Forms at and over their limits."""
    raw = world.quote("tdx-v4")
    for name, form, statuses in [
            ("16 parts", multipart(*[("x", None, b"")] * 15,
                                   ("file", "q", raw)), {200}),
            ("17 parts", multipart(*[("x", None, b"")] * 16,
                                   ("file", "q", raw)), {400}),
            ("700 empty parts", multipart(*[("x", None, b"")] * 700), {400}),
            ("a filename of 4000", multipart(("file", "q" * 4000, raw)),
             {200, 400}),
            ("a part of 40 KB beside it", multipart(
                ("x", "y", bytes(40000)), ("file", "q", raw)), {200}),
            ("a name with a NUL", multipart(("file\0", "q", raw)), {400}),
            ("another case", multipart(("FILE", "q", raw)), {400}),
            ("an empty name", multipart(("", "q", raw)), {400}),
            ("a part of LF lines", (multipart(("file", "q", raw))[0].replace(
                b"\r\n", b"\n"), TYPE), {400}),
            ("only boundaries", (b"------attestry-e2e\r\n" * 2500, TYPE),
             {400}),
            ("a nested form", (BODY.replace(
                b"\r\n\r\n", b"\r\nContent-Type: multipart/mixed; boundary=b"
                b"\r\n\r\n--b\r\n\r\nx\r\n--b--", 1), TYPE), {400, 422}),
            ("one header of 50 KB", (BODY.replace(
                b"\r\n\r\n", b"\r\nX: " + b"y" * 50000 + b"\r\n\r\n", 1), TYPE),
             {400}),
            ("5000 headers", (BODY.replace(
                b"\r\n\r\n", b"\r\nX: y" * 5000 + b"\r\n\r\n", 1), TYPE),
             {400}),
            ("a name in two spellings", (BODY.replace(
                b'name="file"', b"name=\"x\"; name*=utf-8''file"), TYPE),
             {400}),
            ("a message", (BODY.replace(
                b"\r\n\r\n", b"\r\nContent-Type: message/rfc822\r\n\r\n", 1),
                TYPE), {400, 422})]:
        started = time.monotonic()
        reply = service.post("verify", *form)
        ok(reply.status in statuses and time.monotonic() - started < 5 and
           is_fit(reply.status, {"content-type": [
               reply.headers["Content-Type"]]}, reply.body),
           f"{name}: {reply.status}")


def flood(service, world):
    """Many at once, good and bad: each gets its own answer."""
    good = world.quote("tdx-v4")
    wrong = []

    def client(num):
        for i in range(6):
            raw = good + bytes(1 + 6 * num + i)
            reply = service.upload(raw)
            if reply.status != 429 and (
                    reply.status, load(reply.body).get("checksum")) != (
                    200, checksum(raw)):
                wrong.append(reply)
            reply = service.get(f"raw/{checksum(raw)}")
            if reply.status == 200 and reply.body != raw:
                wrong.append(reply)
            reply = service.upload(b"text")
            if reply.status not in (422, 429):
                wrong.append(reply)

    threads = [threading.Thread(target=client, args=(num,))
               for num in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(wrong, [], "12 clients at once: each has its own answers")


def logs(service):
    """A line a request, each of them JSON in UTF-8."""
    with open(service.path("log", "attestry-fcgi.log"), "rb") as file:
        lines = file.read().splitlines()
    bad = []
    for line in lines:
        try:
            if not {"time", "level", "pid", "event"} <= load(line).keys():
                bad.append(line)
        except ValueError:
            bad.append(line)
    same(bad, [], f"the log: {len(lines)} lines, each of them JSON")
    ok(not any(re.search(rb"worker_died|Sanitizer", line) for line in lines),
       "the log: no worker died")


with World() as world, Service(**world.settings) as service:
    service.upload(world.quote("tdx-v4"))
    pids = service.worker_pids()
    requests(service)
    lengths_that_lie(service)
    slow_bodies(service)
    gone_clients(service, world)
    parts(service, world)
    flood(service, world)
    same(service.worker_pids(), pids, "the same workers all along")
    same({service.get("recent").status,
          service.upload(world.quote("sgx-v3")).status}, {200},
         "and they serve on")
    logs(service)
done()
