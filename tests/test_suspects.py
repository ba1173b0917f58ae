"""
Uploads that bring down whoever judges them: a library in front of GnuTLS makes
some. Each costs a process once, and is answered 500 and not touched from then
on; nobody else notices.
"""

import os
import signal
import tempfile
import threading

from answer import checksum, load
from deadly_quote import Crashes, deadly
from e2e import Service, wait_until
from tap import done, note, ok, same
from world import World

UNDECIDED = {"detail": "Internal server error during verification"}


def once(crashes, raw):
    """What brings itself down does it once."""
    service = crashes.service
    for how in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE,
                signal.SIGILL, signal.SIGSYS, 0):
        before = crashes.num(), len(crashes.lines("suspect"))
        quote = deadly(raw, how)
        replies = [service.upload(quote) for _ in range(4)]
        same([(reply.status, load(reply.body)) for reply in replies],
             [(500, UNDECIDED)] * 4, f"dies by {int(how)}: 500")
        same(crashes.num() - before[0], 1,
             f"dies by {int(how)}: once, though the front tries again")
        said = crashes.lines("suspect")[before[1]:]
        same([(line["level"], line["checksum"]) for line in said],
             [("error", checksum(quote))],
             f"dies by {int(how)}: one alert, with its checksum")
    same(service.upload(raw).status, 200, "others are judged")


def twice(crashes, raw):
    """A signal that may come from elsewhere counts the second time."""
    service = crashes.service
    before = crashes.num()
    quote = deadly(raw, signal.SIGKILL)
    replies = [service.upload(quote) for _ in range(3)]
    same({reply.status for reply in replies} - {503}, {500},
         "killed: in the end 500")
    same(crashes.num() - before, 2, "killed: twice, not more")
    same(load(replies[-1].body), UNDECIDED, "killed: as the contract has it")


def at_once(crashes, raw):
    """Several that are deadly, many that are not."""
    service = crashes.service
    before = crashes.num(), crashes.counted("suspects_total")
    num = 12
    statuses = {"deadly": [], "good": [], "recent": []}

    def send(kind, number):
        if kind == "deadly":
            reply = service.upload(deadly(raw, signal.SIGSEGV, number))
        elif kind == "good":
            reply = service.upload(raw)
        else:
            reply = service.get("recent")
        statuses[kind].append(reply.status)

    threads = [threading.Thread(target=send, args=(kind, number))
               for number in range(1, num + 1) for kind in statuses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same((set(statuses["good"]), set(statuses["recent"])), ({200}, {200}),
         "whoever comes beside deadly uploads is served")
    same(set(statuses["deadly"]), {500}, "they themselves are not")
    same(crashes.num() - before[0], num, "each costs one worker")
    same(crashes.counted("suspects_total") - before[1], num,
         "and is counted")


def outlives(crashes, raw):
    service = crashes.service
    quote = deadly(raw, signal.SIGSEGV)
    before = crashes.num()
    old = set(service.worker_pids())
    os.kill(service.pid(), signal.SIGHUP)
    wait_until(lambda: len(service.worker_pids()) == len(old) and
               not old & set(service.worker_pids()))
    same((service.upload(quote).status, crashes.num() - before), (500, 0),
         "new workers know them, too")


def anew(crashes, raw):
    quote = deadly(raw, signal.SIGSEGV)
    before = crashes.num()
    with crashes.pool():
        same((crashes.service.upload(quote).status,
              crashes.num() - before), (500, 1),
             "a pool that is started anew gives each a new chance")


def stored(crashes, raw):
    """One that is stored and undecided: the keeper dies of it once."""
    service = crashes.service
    service.fresh_database()
    service.up()
    quote = deadly(raw, signal.SIGSEGV, 99)
    other = raw + b"later"
    # What a version before may have left: kept, and without a verdict.
    service.upload(raw)
    for bytes_, ago in (quote, 200), (other, 100):
        service.sql(
            "INSERT INTO quote (checksum, raw, content_sha256, tee, version,"
            " fmspc, ca, ppid, pce_id) SELECT sha256(n), n, sha256(n), tee,"
            " version, fmspc, ca, ppid, pce_id FROM quote,"
            f" decode('{bytes_.hex()}', 'hex') n"
            f" WHERE checksum = decode('{checksum(raw)}', 'hex')")
        service.sql(
            "ALTER TABLE quote DISABLE TRIGGER append_only;"
            f" UPDATE quote SET uploaded_at = now() - interval '{ago} s'"
            f" WHERE checksum = decode('{checksum(bytes_)}', 'hex');"
            " ALTER TABLE quote ENABLE ALWAYS TRIGGER append_only")
    before = crashes.num()
    service.settings["ATTESTRY_KEEPER_S"] = "1"
    with crashes.pool():
        ok(wait_until(lambda: load(service.get(
            f"view/{checksum(other)}").body)["verified"], 30),
           "the keeper gets past a quote that it died of")
        same((crashes.num() - before, service.keeper_pid() is not None),
             (1, True), "it died once, and is at work")
        view = load(service.get(f"view/{checksum(quote)}").body)
        same((view["verified"], view["verified_at"],
              service.get(f"raw/{checksum(quote)}").body),
             (False, None, quote), "the quote is kept, without a verdict")
        same((service.upload(quote).status, crashes.num() - before),
             (500, 1), "uploaded again: 500, and untouched")
    note(crashes.lines("suspect")[-1])


with tempfile.TemporaryDirectory(prefix="attestry-crash-") as folder, \
        World() as world, Service(workers=4, **world.settings) as service:
    service.expected = '"event":"worker_died"'
    os.chmod(folder, 0o755)
    crashes = Crashes(service, folder)
    raw = world.quote("tdx-v4")
    with crashes.pool():
        once(crashes, raw)
        twice(crashes, raw)
        at_once(crashes, raw)
        outlives(crashes, raw)
    anew(crashes, raw)
    stored(crashes, raw)
done()
