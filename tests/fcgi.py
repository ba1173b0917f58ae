"""A FastCGI client for the tests in Python."""

import os
import socket
import struct

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7


def record(kind, content=b""):
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def stream(kind, content):
    """Records of a stream, with the empty one at its end."""
    parts = [record(kind, content[i:i + 32768])
             for i in range(0, len(content), 32768)]
    return b"".join(parts) + record(kind)


def length(n):
    return bytes([n]) if n < 128 else struct.pack(">I", n | 0x80000000)


def encode_params(params):
    out = b""
    for name, value in params.items():
        name = name.encode()
        value = value if isinstance(value, bytes) else str(value).encode()
        out += length(len(name)) + length(len(value)) + name + value
    return out


def begin():
    return record(BEGIN, struct.pack(">HB5x", 1, 0))


def request_bytes(method="GET", uri="/", body=b"", **params):
    all_params = {"REQUEST_METHOD": method, "REQUEST_URI": uri,
                  "CONTENT_LENGTH": len(body) if body else ""}
    all_params.update(params)
    return (begin() + stream(PARAMS, encode_params(all_params)) +
            stream(STDIN, body))


def connect(address, timeout=10):
    """To a path, or a (host, port)."""
    if isinstance(address, str):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(timeout)
        s.connect(address)
    else:
        s = socket.create_connection(address, timeout)
    return s


class Reply:
    """What came back; `ended` tells whether it is whole."""

    def __init__(self, raw):
        self.ended = False
        out = b""
        while len(raw) >= 8:
            _, kind, _, num, padding, _ = struct.unpack(">BBHHBB", raw[:8])
            content = raw[8:8 + num]
            raw = raw[8 + num + padding:]
            if kind == STDOUT:
                out += content
            if kind == END:
                self.ended = True
        head, _, self.body = out.partition(b"\r\n\r\n")
        self.lines = head.decode("latin-1").split("\r\n")
        self.headers = {}
        for line in self.lines:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        self.status = int(self.headers.get("status", "0 ").split()[0])


def read_reply(s):
    raw = b""
    while True:
        part = s.recv(65536)
        if not part:
            return Reply(raw)
        raw += part


def request(address, method="GET", uri="/", body=b"", **params):
    with connect(address) as s:
        s.sendall(request_bytes(method, uri, body, **params))
        return read_reply(s)


def program(name):
    """A program of the build tree, by its path in it."""
    top = os.environ.get("top_builddir", ".")
    return os.path.abspath(os.path.join(top, name))
