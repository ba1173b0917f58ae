"""
./dev up --demo: every sample gets the answer that is printed beside it, with
nothing but this machine. And what nginx does when a worker dies under a
request, which takes a quote to show.
"""

import json
import os
import signal
import subprocess
import threading

from e2e import Service, psql, wait_until
from tap import done, ok, same


def samples(service):
    with open(service.path("demo", "index.json")) as file:
        quotes = json.load(file)["quotes"]
    for quote in quotes:
        with open(service.path("demo", quote["file"]), "rb") as file:
            quote["bytes"] = file.read()
    return quotes


def answers(service, quotes):
    for quote in quotes:
        want = quote["expect"]
        reply = service.upload(quote["bytes"])
        got = reply.json()
        same((reply.status, got["checksum"], got["reason"], got["tcb_status"],
              got["advisory_ids"]),
             (want["status"], quote["checksum"], want["reason"],
              want["tcb_status"], want["advisory_ids"]), quote["what"])
        ok(f"/{quote['file']} " in service.output,
           f"{quote['what']}: up tells how to upload it")
        same(service.get("raw/" + quote["checksum"]).body, quote["bytes"],
             f"{quote['what']}: given back as it came")
    same({row["checksum"]: row["verified"]
          for row in service.get("recent").json()},
         {quote["checksum"]: int(quote["expect"]["verified"])
          for quote in quotes}, "all of them are stored, with their verdicts")


def worker_death(service, name, request, status):
    """All workers are killed while the database holds the request up."""
    with subprocess.Popen(
            [psql(), "-Xq", service.conninfo()], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as lock:
        lock.stdin.write("BEGIN; LOCK TABLE quote, verdict;\n")
        lock.stdin.flush()
        wait_until(lambda: service.sql(
            "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock'"
            " AND granted AND relation = 'quote'::regclass"))
        replies = []
        client = threading.Thread(target=lambda: replies.append(request()))
        client.start()
        waiting = wait_until(lambda: service.sql(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND usename = 'attestry_worker'"))
        # At once: none of them may take what another one left.
        pids = service.worker_pids()
        for sig in signal.SIGSTOP, signal.SIGKILL:
            for pid in pids:
                os.kill(pid, sig)
        lock.stdin.write("ROLLBACK;\n")
        lock.stdin.close()
        client.join()
    ok(waiting and replies and replies[0].status == status,
       f"a worker dies under {name}: tried again, {status}")


with Service(demo=True) as instance:
    quotes = samples(instance)
    answers(instance, quotes)
    worker_death(instance, "a GET", lambda: instance.get("recent"), 200)
    worker_death(instance, "an upload",
                 lambda: instance.upload(quotes[0]["bytes"] + b"\0"), 200)
    same(len(instance.get("recent").json()), len(quotes) + 1,
         "and the upload is stored once")
done()
