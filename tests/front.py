"""What a front (nginx, Apache) answers by itself, as bytes on the wire."""

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess

from e2e import BASE, PROGRAMS, free_ports, wait_until
from tap import note, ok, same, skip

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


UPLOAD_PATHS = (VERIFY, b"/proofofcloud/attestations/verify", b"/upload",
                b"/api/upload", b"/r")
READ_PATHS = RECENT, b"/", b"/docs", VERIFY + b"/"


def two_queues(service):
    """Uploads go to a socket of their own, and nothing else does."""
    for queue, is_there in (("uploads", READ_PATHS), ("fcgi", UPLOAD_PATHS)):
        path = service.path("run", f"attestry-{queue}.sock")
        os.rename(path, path + ".away")
        try:
            found = [path for path in READ_PATHS + UPLOAD_PATHS if
                     parse(service.raw(
                         b"POST " + path + b" HTTP/1.1\r\n" + HOST +
                         b"Content-Length: 0\r\n\r\n"))[0] != 503]
        finally:
            os.rename(path + ".away", path)
        same(found, list(is_there), f"without the socket {queue}: the others")


class Examples:
    """
    A second front of a service, with what stands in its configuration as a
    comment (TLS, another proxy before it) made true: is it right?

    comment	the regular expression of such a line, group 1 what it says
    changes	further (regular expression, replacement) for this front
    """

    def __init__(self, service, comment, changes):
        self.service = service
        self.openssl = shutil.which("openssl")
        if not self.openssl:
            return
        self.folder = service.path("tls")
        os.mkdir(self.folder)
        self.certificate = os.path.join(self.folder, "attestry.pem")
        self.port = free_ports()
        subprocess.run(
            [self.openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-days", "1", "-subj", "/CN=localhost", "-keyout",
             self.certificate + ".key", "-out", self.certificate], check=True,
            stderr=subprocess.DEVNULL)
        changes = [
            (comment, r"\1"),
            (r"/etc/ssl/certs/attestry.pem", self.certificate),
            (r"/etc/ssl/private/attestry.key", self.certificate + ".key"),
            (r"192\.0\.2\.1\b", "127.0.0.1"),
            (r"(?m)(pid) run/", r"\1 tls/"), (r"log/", "tls/"), *changes]
        for name in os.listdir(service.path(service.front)):
            with open(service.path(service.front, name)) as file:
                text = file.read()
            for old, new in changes:
                text = re.sub(old, new.replace("PORT", str(self.port)), text)
            with open(os.path.join(self.folder, name), "w") as file:
                file.write(text)

    def ask(self):
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=10,
            context=ssl.create_default_context(cafile=self.certificate))
        try:
            connection.request("GET", f"{BASE}/recent", headers={
                "X-Forwarded-For": "192.0.2.77"})
            return connection.getresponse()
        finally:
            connection.close()

    def is_up(self):
        try:
            return self.ask().status == 200
        except OSError:
            return False

    def hold(self, command, log):
        """Runs it in the service's folder; `log` is its access log."""
        if not self.openssl:
            skip("TLS, real addresses", "there is no openssl")
            return
        command[0] = shutil.which(command[0], path=PROGRAMS)
        with subprocess.Popen(command, cwd=self.service.dir,
                              stderr=subprocess.PIPE) as server:
            if ok(wait_until(self.is_up, 10), "TLS: answers"):
                same(self.ask().headers["Strict-Transport-Security"],
                     "max-age=31536000", "TLS: its header")
                with open(os.path.join(self.folder, log)) as file:
                    line = file.read().splitlines()[-1]
                same(json.loads(line)["remote_addr"], "192.0.2.77",
                     "behind a proxy: the client's own address")
            server.terminate()
            note(server.stderr.read().decode())
