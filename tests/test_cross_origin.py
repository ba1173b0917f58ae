"""
A page of another origin, in Debian's Chromium, behind nginx and behind Apache:
what its fetch may send, with and without a preflight, and what of the answers
it may read, errors of the application's and of the front's among them.

Without npm, a registry or Chromium there is nothing to drive.
"""

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading

import tap
from answer import checksum
from e2e import BASE, Service, need_servers
from npm import SOURCE, install
from world import World

CLIENTS = SOURCE / "clients"
SECONDS = 120


class Page(http.server.SimpleHTTPRequestHandler):
    """The other origin; its only page."""

    def log_message(self, *_):
        pass


def browse(service, world, folder, chromium):
    """What the page tells: of each request by name, and what it may not."""
    with http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0),
            functools.partial(Page, directory=CLIENTS)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        result = subprocess.run(
            ["node", CLIENTS / "drive.cjs", chromium,
             f"http://127.0.0.1:{server.server_port}/page.html",
             f"http://127.0.0.1:{service.port}{BASE}",
             world.quote_file("tdx-v4")],
            cwd=folder, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS)
        server.shutdown()
    if not tap.ok(result.returncode == 0, f"{service.front}: the page ran"):
        tap.note(result.stderr[:3000])
        return {}
    return json.loads(result.stdout)


def uploads(front, told, own):
    for name in ("file", "form hex", "urlencoded", "json",
                 "json with headers"):
        answer = told[name]["answer"]
        tap.same((told[name]["status"], answer["success"],
                  answer["checksum"], answer["quote"]["verified"]),
                 (200, True, own, True), f"{front}: upload: {name}")


def reads(front, told, quote):
    own = checksum(quote)
    tap.same((told["view"]["status"], told["view"]["answer"]["checksum"],
              told["view"]["headers"]["ETag"] is not None), (200, own, True),
             f"{front}: view: the answer and its ETag")
    for name, status, length in [("raw", 200, len(quote)), ("head", 200, 0),
                                 ("unchanged", 304, 0)]:
        headers = told[name]["headers"]
        tap.same((told[name]["status"], told[name]["length"],
                  headers["ETag"]), (status, length, f'"{own}"'),
                 f"{front}: {name}: {status}, with its ETag")
        if status == 200:
            tap.same((headers["Content-Disposition"],
                      headers["Content-Length"]),
                     (f"attachment; filename={own}.bin", str(len(quote))),
                     f"{front}: {name}: its name and length")
    tap.same([one["checksum"] for one in told["recent"]["answer"]], [own],
             f"{front}: recent")


def errors(front, told):
    for name, status, detail in [
            ("bad", 422, "Invalid quote: quote header: want 48 bytes, have 1"),
            ("too large", 413, "Request body too large"),
            ("none", 404, "Quote not found"),
            ("wrong method", 405, "Method Not Allowed")]:
        tap.same((told[name]["status"], told[name]["answer"]),
                 (status, {"detail": detail}),
                 f"{front}: {name}: {status}, and why")


def request_ids(service, told):
    front = service.front
    ids = {name: one["headers"]["X-Request-Id"] for name, one in told.items()}
    tap.ok(all(ids.values()), f"{front}: each answer's name can be read")
    tap.same(ids["json with headers"], "of-the-page",
             f"{front}: the page's own name for a request")
    log = service.log()
    tap.ok(all(f'"request_id":"{ids[name]}"' in log
               for name in ("file", "view", "bad")),
           f"{front}: it is the log's")


def hold(service, world, folder, chromium):
    quote = world.quote("tdx-v4")
    page = browse(service, world, folder, chromium)
    if not page:
        return
    told = page["results"]
    uploads(service.front, told, checksum(quote))
    reads(service.front, told, quote)
    errors(service.front, told)
    request_ids(service, told)
    tap.ok('"method":"OPTIONS"' in service.log(service.front + "-access"),
           f"{service.front}: the browser did ask before")
    tap.ok(page["forbidden"] and '"method":"PUT"' not in
           service.log(service.front + "-access"),
           f"{service.front}: a method that is none of ours is not sent")


def main():
    need_servers()
    chromium = shutil.which("chromium")
    if chromium is None:
        tap.skip_all("no chromium: no page of another origin")
    folder = install("browser", "playwright-core")
    # What Chromium writes is not for the user's own folders.
    os.environ["HOME"] = str(folder)
    with World() as world:
        for front in "nginx", "apache":
            with Service(front=front, **world.settings) as service:
                hold(service, world, folder, chromium)
    tap.done()


main()
