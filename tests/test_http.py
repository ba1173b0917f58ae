"""Requests good and bad, through libfcgi, against the toy service."""

import json
import socket
import time

import fcgi
from tap import done, note, ok
from toy import Toy, wait_until


def test_request(toy):
    r = fcgi.request(toy.path, "POST", "/a%2Fb?x=1&y=%20", b"\x00\xff\r\n",
                     CONTENT_TYPE="text/plain", HTTP_IF_NONE_MATCH='"e"',
                     REMOTE_ADDR="192.0.2.1", REQUEST_ID="id-1",
                     HTTP_ACCEPT="*/*")
    seen = json.loads(r.body)
    seen.pop("pid")
    ok(r.status == 200 and r.ended and seen == {
        "method": "POST", "path": "/a%2Fb", "query": "x=1&y=%20",
        "content_type": "text/plain", "if_none_match": '"e"',
        "remote_addr": "192.0.2.1", "request_id": "id-1", "accept": "*/*",
        "body": "00ff0d0a", "body_too_large": False},
       "a request with everything")
    ok(r.lines[0] == "Status: 200 OK" and
       r.headers["content-length"] == str(len(r.body)),
       "status line and length")

    seen = json.loads(fcgi.request(toy.path, uri="").body)
    ok(seen["path"] == "" and seen["query"] == "" and
       seen["content_type"] == "" and seen["body"] == "",
       "a request with nothing")
    for uri, path, query in (
            ("http://x:1/a?b", "/a", "b"), ("HTTPS://u@x/a/", "/a/", ""),
            ("http://x?b", "", "b"), ("http://x", "", ""),
            ("/http://x/a", "/http://x/a", ""), ("ftp://x/a", "ftp://x/a", ""),
            ("*", "*", "")):
        seen = json.loads(fcgi.request(toy.path, uri=uri).body)
        ok((seen["path"], seen["query"]) == (path, query),
           "the path of %s is %r" % (uri, path))
    for bad in ("", "a b", 'a"b', "x" * 65, "a\r\nb"):
        seen = json.loads(toy.ask(REQUEST_ID=bad).body)
        ok(seen["request_id"] != bad and seen["request_id"] != "",
           "request id %r is replaced" % bad[:8])


def test_body(toy):
    body = bytes(range(256)) * 256
    r = fcgi.request(toy.path, "POST", body=body)
    ok(json.loads(r.body)["body"] == body.hex(), "a body of just the limit")

    r = fcgi.request(toy.path, "POST", body=body + b"x")
    seen = json.loads(r.body)
    ok(r.status == 413 and seen["body_too_large"] and seen["body"] == "",
       "one byte more: 413, not read")
    r = fcgi.request(toy.path, "POST", body=bytes(1 << 20))
    ok(r.status == 413, "a megabyte: 413")
    r = fcgi.request(toy.path, "POST", body=b"x", CONTENT_LENGTH=1 << 62)
    ok(r.status == 413, "a length of 2^62: 413")

    for bad in ("-1", "x", "1x", "+1", " 1", "0x10", "9" * 30, "1.0", "\n1"):
        r = fcgi.request(toy.path, "POST", body=b"x", CONTENT_LENGTH=bad)
        ok(r.status == 400, "Content-Length %r: 400" % bad[:8])
    r = fcgi.request(toy.path, "POST", body=b"abc", CONTENT_LENGTH=4)
    ok(r.status == 400 and json.loads(r.body)["detail"],
       "shorter than announced: 400")
    r = fcgi.request(toy.path, "POST", body=b"abcd", CONTENT_LENGTH=3)
    ok(json.loads(r.body)["body"] == b"abc".hex(),
       "longer than announced: the rest is left")
    r = fcgi.request(toy.path, "POST", body=b"abc", CONTENT_LENGTH="")
    ok(json.loads(r.body)["body"] == "", "no length, no body")


def test_form(toy):
    content = b"\r\n\x00--B\r\n\xff\r"
    body = (b"--BB\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" +
            content + b"\r\n--BB--\r\n")
    r = fcgi.request(toy.path, "POST", "/form", body,
                     CONTENT_TYPE="multipart/form-data; boundary=BB")
    ok(r.status == 200 and r.body == content, "a form's file")
    r = fcgi.request(toy.path, "POST", "/form", body[:-4],
                     CONTENT_TYPE="multipart/form-data; boundary=BB")
    ok(r.status == 422, "a form cut short")


def test_reply(toy):
    get = toy.ask("/big?1000")
    head = fcgi.request(toy.path, "HEAD", "/big?1000")
    ok(head.ended and head.body == b"" and head.lines == get.lines and
       head.headers["content-length"] == "1000",
       "HEAD: GET's headers, no body")
    r = toy.ask("/big?3000000")
    ok(r.ended and len(r.body) == 3000000, "three megabytes")
    r = toy.ask("/big?0")
    ok(r.ended and r.headers["content-length"] == "0", "an empty body")
    r = toy.ask("/304")
    ok(r.status == 304 and r.body == b"" and r.headers["etag"] == '"x"' and
       "content-length" not in r.headers and "content-type" not in r.headers,
       "304: no body, no length")
    r = toy.ask("/headers?12")
    ok(r.status == 200 and
       len([x for x in r.lines if x.startswith("X-Test")]) == 12,
       "as many headers as fit")

    for uri, name in (("/inject", "CR LF in a header"),
                      ("/long", "a header too long"),
                      ("/headers?13", "a header too many"),
                      ("/silent", "no status")):
        r = toy.ask(uri)
        ok(r.status == 500 and "x-evil" not in r.headers and
           "x-test" not in r.headers and
           json.loads(r.body)["detail"] == "Internal server error",
           "%s: 500" % name)


def test_bad_clients(toy):
    """A pool of one worker gets over each of these."""
    whole = fcgi.request_bytes("POST", "/", b"abc")
    for name, raw in (
            ("nothing", b""),
            ("half a record", whole[:5]),
            ("half of the parameters", whole[:40]),
            ("no FastCGI", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("another version", b"\x02" + whole[1:]),
            ("noise", bytes(range(256)) * 8)):
        with fcgi.connect(toy.path) as s:
            s.sendall(raw)
        ok(toy.is_up(), "a client that sends %s and leaves" % name)

    for name, raw in (("half a record", whole[:5]),
                      ("half of the parameters", whole[:40]),
                      ("half of the body", whole[:-10])):
        began = time.monotonic()
        with fcgi.connect(toy.path) as s:
            s.sendall(raw)
            r = fcgi.read_reply(s)
        took = time.monotonic() - began
        ok(0.5 < took < 3 and r.status in (0, 400) and toy.is_up(),
           "%s, then silence: given up after the time limit" % name)
        note("%.2f s, status %d" % (took, r.status))

    began = time.monotonic()
    with fcgi.connect(toy.path) as s:
        try:
            for i in range(len(whole)):
                s.sendall(whole[i:i + 1])
                time.sleep(0.2)
        except OSError:
            pass
    took = time.monotonic() - began
    ok(took < 4 and toy.is_up(), "one byte at a time: given up, too")
    note("%.2f s" % took)

    began = time.monotonic()
    with fcgi.connect(toy.path) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(fcgi.request_bytes(uri="/big?50000000"))
        ok(toy.is_up() and time.monotonic() - began < 5,
           "a client that does not read its reply")
        note("%.2f s" % (time.monotonic() - began))

    with fcgi.connect(toy.path) as s:
        s.sendall(fcgi.request_bytes())
        r = fcgi.read_reply(s)
        began = time.monotonic()
        up = toy.is_up()
        ok(r.ended and up and time.monotonic() - began < 4,
           "a client that keeps the connection open")
        note("%.2f s" % (time.monotonic() - began))


def test_gone(toy):
    """The only worker is busy; who waits behind it and leaves is dropped."""
    with fcgi.connect(toy.path) as busy:
        busy.sendall(fcgi.request_bytes(uri="/sleep?500"))
        time.sleep(0.1)
        for _ in range(5):
            with fcgi.connect(toy.path) as s:
                s.sendall(fcgi.request_bytes(uri="/sleep?60000"))
        r = fcgi.read_reply(busy)
    began = time.monotonic()
    ok(r.status == 200 and toy.is_up() and time.monotonic() - began < 2,
       "requests of clients that are gone are dropped")
    ok(len([e for e in toy.events() if e.get("status") == 499]) == 5,
       "and logged as 499")


def test_log(toy):
    toy.ask("/x?secret", REQUEST_ID="for-the-log")
    fcgi.request(toy.path, uri="nonsense\x01\n\"\xff" + "y" * 5000,
                 REQUEST_METHOD="GE\"T", REQUEST_ID="odd")
    wait_until(lambda: toy.events()[-1].get("request_id") == "odd")
    events = toy.events()
    ok(not [e for e in events if e["event"] == "not JSON"],
       "each line of the log is JSON")
    line = [e for e in events if e.get("request_id") == "for-the-log"][0]
    ok(list(line) == ["time", "level", "pid", "event", "request_id", "method",
                      "route", "status", "bytes", "duration_ms"] and
       line["event"] == "request" and line["level"] == "info" and
       line["method"] == "GET" and line["status"] == 200 and
       line["route"] == "toy" and "secret" not in json.dumps(events),
       "one line a request")
    ok(len([e for e in events if e.get("request_id") == "odd"]) == 1,
       "odd text cannot make lines of its own")


def rss_kb(pid):
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith("VmRSS"):
                return int(line.split()[1])


def test_memory(toy):
    body = (b"--BB\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" +
            bytes(5000) + b"\r\n--BB--\r\n")

    def load():
        for i in range(1000):
            fcgi.request(toy.path, "POST", "/form",
                         body[:-4] if i % 3 == 0 else body,
                         CONTENT_TYPE="multipart/form-data; boundary=BB")
            fcgi.request(toy.path, uri="/big?20000")
            fcgi.request(toy.path, uri="/inject")

    pid = toy.workers()[0]
    load()
    before = rss_kb(pid)
    load()
    after = rss_kb(pid)
    ok(toy.workers() == [pid] and after <= before + 256,
       "3000 requests later the worker is as large as before")
    note("%d KB before, %d KB after" % (before, after))


with Toy(num_workers=1) as toy:
    if not ok(toy.wait_up(), "the service is up"):
        done()
    test_request(toy)
    test_body(toy)
    test_form(toy)
    test_reply(toy)
    test_bad_clients(toy)
    test_gone(toy)
    test_log(toy)
    test_memory(toy)
    ok(toy.stop()[0] == 0, "it stops")
done()
