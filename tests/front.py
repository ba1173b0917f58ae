"""What a front (nginx, Apache) answers by itself, as bytes on the wire."""

import json

from e2e import BASE
from tap import same

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


def get(path, headers=b""):
    return b"GET " + path + b" HTTP/1.1\r\n" + HOST + headers + b"\r\n"


def post(length_header, body=b""):
    return (b"POST " + VERIFY + b" HTTP/1.1\r\n" + HOST + length_header +
            b"\r\n\r\n" + body)


def is_own_answer(answer, server, status, detail, name):
    """In the application's form, with the headers of every answer."""
    got, headers, body = parse(answer)
    same((got, headers.get("content-type"), body),
         (status, ["application/json"],
          json.dumps({"detail": detail}, separators=(",", ":")).encode()),
         f"{name}: {status} {detail}")
    same([headers.get(h) for h in
          ("access-control-allow-origin", "x-content-type-options", "server")],
         [["*"], ["nosniff"], [server]], f"{name}: headers of every answer")
    return headers
