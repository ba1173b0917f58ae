"""Uploads that come at one time are kept together; each is answered as if it
had come alone, also when that fails."""

import functools
import hashlib
import struct
import threading
import time

from e2e import Service, together, wait_until
from tap import done, note, ok, same
from world import World

USER_DATA = 28  # of the header; signed
ADVICE = "one_by_one"


def numbered(quote, number):
    """(quote, status) of its own for each number: genuine and padded, forged,
    or none."""
    mark = struct.pack("<Q", number)
    if number % 4 == 0:
        return quote[:64] + mark, 422
    if number % 4 == 1:
        return quote + mark, 200
    return quote[:USER_DATA] + mark + quote[USER_DATA + 8:], 400


def checksum(quote):
    return hashlib.sha256(quote).hexdigest()


def upload_all(service, quotes):
    """What is answered to uploads that are sent at one time."""
    return together(*[functools.partial(service.upload, quote)
                      for quote in quotes])


def wrong(service, crowd, replies):
    """Those that are not answered, or not kept, as they should be."""
    found = []
    for (quote, status), reply in zip(crowd, replies):
        own = checksum(quote)
        rows = service.sql(
            "SELECT (SELECT count(*) FROM quote WHERE checksum = c),"
            " (SELECT count(*) FROM verdict WHERE checksum = c),"
            " (SELECT bool_and(verified) FROM verdict WHERE checksum = c)"
            f" FROM decode('{own}', 'hex') c")[0]
        want = {422: ["0", "0", ""], 200: ["1", "1", "t"],
                400: ["1", "1", "f"]}[status]
        if reply.status != status or list(rows) != want or (
                status != 422 and reply.json()["checksum"] != own):
            found.append((status, reply.status, rows, reply.body[:200]))
    return found


def num_transactions(service):
    return int(service.sql(
        "SELECT count(DISTINCT xmin::text) FROM quote")[0][0])


def num_quotes(service):
    return int(service.sql("SELECT count(*) FROM quote")[0][0])


def crowd_of(quote, first, num=48):
    return [numbered(quote, number) for number in range(first, first + num)]


def many(service, quote):
    crowd = crowd_of(quote, 1000)
    crowd += [crowd[1]] * 4 + [crowd[2]] * 4
    before = num_transactions(service), num_quotes(service)
    replies = upload_all(service, [quote for quote, _ in crowd])
    same(wrong(service, crowd, replies), [],
         "genuine, forged, malformed and equal ones: each has its answer")
    added = num_quotes(service) - before[1]
    together = num_transactions(service) - before[0]
    same(added, 36, "each is kept once")
    ok(together < added, "in fewer transactions than there are quotes")
    note(f"{added} quotes in {together} transactions")
    times = [reply.json().get("uploaded_at") for reply in replies[-8:-4]]
    same(len(set(times) | {replies[1].json().get("uploaded_at")}), 1,
         "equal ones have the same instant")


def change_verdicts(service, statement):
    """As nobody may but a superuser who takes the trigger away."""
    service.sql("ALTER TABLE verdict DISABLE TRIGGER append_only")
    service.sql(statement)
    service.sql("ALTER TABLE verdict ENABLE ALWAYS TRIGGER append_only")


def known(service, quote):
    """Those that are there already are not judged, and told as before."""
    crowd = [pair for pair in crowd_of(quote, 1000) if pair[1] != 422]
    raws = [raw for raw, _ in crowd]
    before = [service.upload(raw) for raw in raws]
    replies = upload_all(service, raws)
    same([(reply.status, reply.body) for reply in replies],
         [(reply.status, reply.body) for reply in before],
         "known ones at one time: each is told what it was told alone")
    number = "tcb_evaluation_data_number"
    change_verdicts(
        service, f"UPDATE verdict SET tcb = regexp_replace(tcb::text,"
        f" '\"{number}\":[0-9]+', '\"{number}\":4711')::json")
    ok(4711 in {reply.json()["tcb"][number]
                for reply in upload_all(service, raws)},
       "which comes out of the database")
    mixed = crowd_of(quote, 1000, 24) + crowd_of(quote, 1100, 24)
    same(wrong(service, mixed, upload_all(
        service, [raw for raw, _ in mixed])), [], "known and new ones, mixed")
    change_verdicts(service, "DELETE FROM verdict")
    same(wrong(service, crowd, upload_all(service, raws)), [],
         "their verdicts are gone: they are judged anew")


def opposite_orders(service, quote):
    """Two workers with the same quotes do not wait for each other."""
    for first in range(2000, 2400, 40):
        crowd = [pair for pair in crowd_of(quote, first, 30)
                 if pair[1] != 422]
        both = crowd + crowd[::-1]
        replies = upload_all(service, [quote for quote, _ in both])
        found = wrong(service, both, replies)
        if found:
            break
    same(found, [], "the same quotes in opposite orders: all are kept")
    ok(ADVICE not in service.log(), "and nobody was in another's way")


def one_refused(service, quote):
    """By the database: verdicts that it does not take, one in a crowd. Once
    at least such a one is kept together with others."""
    service.sql("CREATE TABLE refused (checksum bytea)")
    service.sql("GRANT SELECT ON refused TO attestry_worker")
    service.sql(
        "CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN IF EXISTS (SELECT FROM refused r"
        " WHERE r.checksum = NEW.checksum) THEN RAISE 'not this one';"
        " END IF; RETURN NEW; END $$")
    service.sql("CREATE TRIGGER refuse_one BEFORE INSERT ON verdict"
                " FOR EACH ROW EXECUTE FUNCTION refuse_one()")
    found, told, kept = [], set(), []
    for first in range(3000, 4000, 100):
        crowd = [pair for pair in crowd_of(quote, first) if pair[1] != 422]
        raw, status = crowd.pop(7)
        bad = checksum(raw)
        service.sql(f"INSERT INTO refused VALUES ('\\x{bad}')")
        *replies, refused = upload_all(
            service, [quote for quote, _ in crowd] + [raw])
        found += wrong(service, crowd, replies)
        told.add((refused.status, refused.json().get("checksum") == bad))
        kept.append(service.get(f"raw/{bad}").body == raw)
        if found or ADVICE in service.log():
            break
    same(found, [], "one that the database refuses: all others are kept")
    same(told, {(500, True)}, "and that one is told that it has no verdict")
    ok(all(kept), "but its bytes are kept")
    ok(ADVICE in service.log(), "the log says so")
    service.sql("DROP FUNCTION refuse_one() CASCADE")
    same(service.upload(raw).status, status, "and later it is judged")


def database_restarts(service, quote):
    """Connections are lost under them; who is answered is kept."""
    numbers = iter(range(10_000, 100_000))
    answers, lock, is_over = [], threading.Lock(), threading.Event()

    def send():
        while not is_over.is_set():
            with lock:
                quote_of, status = numbered(quote, next(numbers))
            reply = service.upload(quote_of)
            with lock:
                answers.append((quote_of, status, reply))

    threads = [threading.Thread(target=send) for _ in range(24)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        time.sleep(0.3)
        service.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE usename = 'attestry_worker'")
    time.sleep(0.3)
    is_over.set()
    for thread in threads:
        thread.join()
    same(sorted({(status, reply.status) for _, status, reply in answers}),
         [(200, 200), (400, 400), (422, 422)],
         f"connections that are cut: {len(answers)} uploads are answered")
    kept = {row[0] for row in service.sql(
        "SELECT encode(checksum, 'hex') FROM quote JOIN verdict"
        " USING (checksum)")}
    same([status for quote_of, status, _ in answers
          if (checksum(quote_of) in kept) != (status != 422)], [],
         "and all that were acknowledged are kept, with their verdicts")


def collateral_changes(service, quote):
    """What they were judged with goes stale between judging and keeping."""
    until = time.monotonic() + 4
    first, found = 200_000, []
    while time.monotonic() < until and not found:
        crowd = crowd_of(quote, first, 40)
        found = wrong(service, crowd, upload_all(
            service, [quote for quote, _ in crowd]))
        first += 40
    same(found, [], "collateral of a second's age: all are answered")
    note(f"{first - 200_000} uploads")


with World() as world, Service(
        workers=2, ATTESTRY_COPIES_MAX="1000000",
        **world.settings) as service:
    quote = world.quote("tdx-v4")
    same(service.upload(quote).status, 200, "one alone")
    many(service, quote)
    known(service, quote)
    opposite_orders(service, quote)
    one_refused(service, quote)
    database_restarts(service, quote)
    with service.own_pool(ATTESTRY_COLLATERAL_TTL_S="1",
                          ATTESTRY_COPIES_MAX="1000000"):
        wait_until(lambda: service.get("recent").status == 200)
        collateral_changes(service, quote)
done()
