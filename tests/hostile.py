"""
What the hostile requests of hostile_forms.py, hostile_lines.py and
hostile_wire.py are made of, and how one of them is tried: bytes to the front's
port, and what may come of them.
"""

import json
import os
import re
import socket

import answer
from e2e import BASE

# In every request, and in no answer to it.
MARK = b"qUeRtZmArK"
API = BASE.encode()
HOST = b"Host: attestry\r\nUser-Agent: " + MARK + b"\r\n"
CLOSE = HOST + b"Connection: close\r\n"
JSON = b"application/json"
URLENCODED = b"application/x-www-form-urlencoded"
BOUNDARY = b"----" + MARK
# The checksum of no quote.
NONE = b"0" * 64

# Beside statuses: the connection ends without an answer.
CLOSED = 0
# Longer than any answer takes, shorter than the timeouts of the fronts.
PATIENCE_S = 8
# What one request may add to all logs: some lines, none of them long.
LOG_GROWTH_MAX = 3000

# All headers that an answer may have.
HEADERS = set("""
    date server connection keep-alive content-type content-length
    transfer-encoding content-disposition etag cache-control cdn-cache-control
    vary allow retry-after accept-ranges last-modified upgrade
    access-control-allow-origin access-control-expose-headers
    access-control-allow-methods access-control-allow-headers
    access-control-max-age x-content-type-options x-request-id
    content-security-policy cross-origin-resource-policy referrer-policy
    """.split())


class Row:
    """
    request	bytes
    allowed	the statuses of its one answer, or CLOSED: a number, a set, or
    		a dict of these by front; a list for several answers
    echo	None, "input" when the contract has the client's text in a 422,
    		or the header that repeats it
    head	it asks with HEAD
    cut	no more is sent after it, so that the front sees its end
    padding	of the quote, when the verdict is on more than the quote
    """

    def __init__(self, name, request, allowed, echo=None, head=False,
                 cut=False, padding=b""):
        self.name, self.request, self.allowed = name, request, allowed
        self.echo, self.head, self.cut = echo, head, cut
        self.padding = padding

    def statuses(self, front):
        """A list of sets, one an answer."""
        allowed = self.allowed
        if isinstance(allowed, dict):
            allowed = allowed[front]
        if not isinstance(allowed, list):
            allowed = [allowed]
        return [{one} if isinstance(one, int) else set(one)
                for one in allowed]


def by_front(nginx, apache):
    """What is allowed where the two differ."""
    return {"nginx": nginx, "apache": apache}


def named(table):
    """Rows of (name, row) or (name, request, allowed)."""
    rows = []
    for name, *rest in table:
        row = rest[0] if isinstance(rest[0], Row) else Row(None, *rest)
        row.name = name
        rows.append(row)
    return rows


# --- writing requests --------------------------------------------------------

def ask(target, headers=b"", method=b"GET", version=b"HTTP/1.1"):
    """A request without a body; a target without "/" is the API's."""
    if target and not target.startswith((b"/", b"http", b"*")):
        target = API + b"/" + target
    return (method + b" " + target + b" " + version + b"\r\n" + HOST +
            headers + b"\r\n")


def post(headers, body=b"", target=b"verify"):
    """An upload whose headers are all its own."""
    return ask(target, headers, b"POST") + body


def send(body, content_type=None, headers=b"", length=None, target=b"verify"):
    """An upload of these bytes, and their length if no other is given."""
    if content_type is not None:
        headers += b"Content-Type: " + content_type + b"\r\n"
    if length is None:
        length = b"Content-Length: %d\r\n" % len(body)
    return ask(target, headers + length, b"POST") + body


def chunks(body, size=4000):
    """The body in the chunked coding."""
    return b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + size]),
                                       body[at:at + size])
                    for at in range(0, len(body), size)) + b"0\r\n\r\n"


def part(disposition, data, headers=b""):
    """A part of a form; its disposition is written out."""
    return (b"Content-Disposition: " + disposition + b"\r\n" + headers +
            b"\r\n" + data)


def file_part(data, headers=b""):
    return part(b'form-data; name="file"; filename="q.bin"', data, headers)


def hex_part(text, headers=b""):
    return part(b'form-data; name="hex"', text, headers)


def form(*parts, boundary=BOUNDARY):
    """The body of a form in its proper way."""
    return b"".join(b"--" + boundary + b"\r\n" + one + b"\r\n"
                    for one in parts) + b"--" + boundary + b"--\r\n"


def form_type(boundary=BOUNDARY):
    return b"multipart/form-data; boundary=" + boundary


def send_form(body, boundary=BOUNDARY, headers=b""):
    return send(body, form_type(boundary), headers)


# --- reading answers ---------------------------------------------------------

class Answer:
    """status, headers (lists by lower-case name), body, raw; is_last when the
    connection ends with it."""

    def __init__(self, status, headers, body, raw, is_last):
        self.status, self.headers = status, headers
        self.body, self.raw, self.is_last = body, raw, is_last


class Broken(Exception):
    """What came is not an answer, as a sentence."""


class Connection:
    """A client's; reads one answer after the other."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port),
                                               timeout=PATIENCE_S)
        self.rest = b""
        self.is_cut_off = False

    def close(self):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except ConnectionError:  # its answer may be there all the same
            self.is_cut_off = True

    def end(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.is_cut_off = True

    def more(self):
        """Reads on; False at the end."""
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            data = b""
        except TimeoutError:
            raise Broken(f"no end within {PATIENCE_S} s") from None
        self.rest += data
        return bool(data)

    def read_until(self, end):
        while end not in self.rest:
            if not self.more():
                raise Broken(f"ends in {self.rest[-60:]!r}")
        text, _, self.rest = self.rest.partition(end)
        return text + end

    def read(self, length):
        while len(self.rest) < length:
            if not self.more():
                raise Broken(f"{len(self.rest)} bytes of {length}")
        data, self.rest = self.rest[:length], self.rest[length:]
        return data

    def read_to_end(self):
        while self.more():
            pass
        data, self.rest = self.rest, b""
        return data

    def read_chunks(self):
        body = raw = b""
        while True:
            line = self.read_until(b"\r\n")
            data = self.read(int(line, 16) + 2)
            raw += line + data
            if data == b"\r\n":
                return body, raw
            body += data[:-2]

    def answer(self, head=False):
        """The next one, or None when the connection ends before it."""
        if not self.rest and not self.more():
            return None
        if not self.rest.startswith(b"HTTP/1.1 "):
            raise Broken(f"not an answer: {self.read_to_end()[:200]!r}")
        raw = self.read_until(b"\r\n\r\n")
        lines = raw.decode("latin-1").split("\r\n")[:-2]
        status = int(lines[0].split(" ")[1])
        if status == 100:
            return self.answer(head)
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon:
                raise Broken(f"a header {line!r}")
            headers.setdefault(name.lower(), []).append(value.strip())
        is_last = headers.get("connection") == ["close"]
        if head or status in (204, 304):
            body = framed = b""
        elif "transfer-encoding" in headers:
            body, framed = self.read_chunks()
        elif "content-length" in headers:
            body = framed = self.read(int(headers["content-length"][0]))
        else:
            body = framed = self.read_to_end()
            is_last = True
        return Answer(status, headers, body, raw + framed, is_last)


# --- what is wrong with an answer --------------------------------------------

def check_echo(row, reply):
    """Nothing that the client wrote comes back, but where it has to."""
    if row.echo == "input" and reply.status == 422:
        value = answer.load(reply.body)["detail"][0]["input"]
        if reply.raw.count(MARK) != value.encode().count(MARK):
            yield "the client's text outside of input"
    elif row.echo == "page":
        if b"<b>" + MARK in reply.raw or b"<i>" + MARK in reply.raw:
            yield "the client's markup"
    elif row.echo not in (None, "input"):
        value = " ".join(reply.headers.get(row.echo, []))
        if reply.raw.count(MARK) != value.encode().count(MARK):
            yield "the client's text outside of " + row.echo
    elif MARK in reply.raw:
        yield "the client's text"


def check_answer(row, reply, quote):
    """All that holds for every answer; `quote` is the only good one."""
    others = reply.headers.keys() - HEADERS
    if others:
        yield f"headers {sorted(others)}"
    yield from check_echo(row, reply)
    if row.head or reply.status in (204, 304):
        if reply.body:
            yield "a body"
        return
    kind = reply.headers.get("content-type")
    if kind is None and not reply.body and reply.status == 200:
        return  # OPTIONS *
    if kind == ["application/octet-stream"] and reply.status == 200:
        if reply.body != quote:
            yield "other bytes than the quote's"
        return
    if kind == ["text/html; charset=utf-8"] and row.echo == "page":
        if not reply.body.startswith(b"<!DOCTYPE html>"):
            yield f"not a page: {reply.body[:200]!r}"
        return
    if kind != ["application/json"]:
        yield f"Content-Type {kind}"
    try:
        value = answer.load(reply.body)
    except ValueError as problem:
        yield f"not JSON: {problem}: {reply.body[:200]!r}"
        return
    if reply.status >= 400:
        if list(value)[:1] != ["detail"]:
            yield f"an error without detail: {reply.body[:200]!r}"
        if answer.INTERNAL.search(reply.body):
            yield f"shows something of the inside: {reply.body[:200]!r}"
    if isinstance(value, dict) and "id" in value and \
            value["id"] != answer.checksum(quote + row.padding):
        yield "a verdict on other bytes than were sent"


# --- one request -------------------------------------------------------------

GOOD = b"GET " + API + b"/recent?limit=1 HTTP/1.1\r\nHost: attestry\r\n" \
    b"Connection: close\r\n\r\n"


def check_good(connection, what):
    """A good request on it is answered, and nothing else comes."""
    connection.send(GOOD)
    reply = connection.answer()
    if reply is None:
        return None
    if reply.status != 200 or not isinstance(json.loads(reply.body), list):
        raise Broken(f"{what}: {reply.raw[:200]!r}")
    rest = connection.read_to_end()
    if rest:
        raise Broken(f"{what}: {rest[:200]!r} behind it")
    return reply


def read_answers(connection, row, num, quote):
    """The statuses that came, CLOSED among them, and what is wrong."""
    statuses, problems = [], []
    is_last = False
    while len(statuses) < num and not is_last:
        reply = connection.answer(row.head)
        if reply is None:
            statuses.append(CLOSED)
            is_last = True
        else:
            statuses.append(reply.status)
            problems += check_answer(row, reply, quote)
            is_last = reply.is_last
    return statuses, problems, is_last


def attempt(port, front, row, quote):
    """What is wrong with how a row is answered: sentences, none if all is
    well; and the statuses."""
    want = row.statuses(front)
    connection = Connection(port)
    statuses = []
    try:
        connection.send(row.request)
        if row.cut:
            connection.end()
        statuses, problems, is_last = read_answers(connection, row, len(want),
                                                   quote)
        if len(statuses) != len(want) or any(
                have not in may for have, may in zip(statuses, want)):
            problems.append(f"have {statuses}, want {want}")
        if row.cut or is_last:
            connection.end()
            rest = connection.read_to_end()
            if rest:
                problems.append(f"behind it: {rest[:200]!r}")
        elif check_good(connection, "the next on the connection") is not None:
            return problems, statuses
        connection.close()
        connection = Connection(port)
        if check_good(connection, "the next connection") is None:
            problems.append("the next connection is not answered")
    except Broken as broken:
        return [str(broken)], statuses
    finally:
        connection.close()
    return problems, statuses


# --- logs --------------------------------------------------------------------

def log_sizes(service):
    folder = service.path("log")
    return {name: os.path.getsize(os.path.join(folder, name))
            for name in os.listdir(folder)}


def check_logs(service):
    """Every line JSON in UTF-8 where lines are JSON; in no log anything that
    moves a terminal's cursor."""
    for name in sorted(log_sizes(service)):
        with open(service.path("log", name), "rb") as file:
            lines = file.read().split(b"\n")
        for line in lines:
            # What is no ASCII may be half a character.
            if re.search(rb"[^\t -~]", line):
                yield f"{name}: {line[:300]!r}"
            elif name in ("attestry-fcgi.log", f"{service.front}-access.log") \
                    and line:
                try:
                    if not isinstance(answer.load(line), dict):
                        yield f"{name}: not an object: {line[:300]!r}"
                except ValueError as problem:
                    yield f"{name}: {problem}: {line[:300]!r}"
