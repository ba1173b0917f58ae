"""
What is kept of what is uploaded: so many variants of one attestation and no
more, and, where it is set so, only quotes whose chain leads to the trust
anchor. What is not kept is judged and answered all the same.
"""

import threading

import answer
from answer import checksum, in_order, load
from e2e import Service
from tap import done, ok, same
from world import NOW, World

NOW_OUT = NOW.replace("Z", "+00:00")


def rows(service):
    return [int(n) for n in service.sql(
        "SELECT (SELECT count(*) FROM quote),"
        " (SELECT count(*) FROM verdict)")[0]]


def statuses(service, raw):
    return [service.get(f"{kind}/{checksum(raw)}").status
            for kind in ("view", "raw", "collateral")]


def is_not_kept(service, world, raw, quote, name):
    before = rows(service)
    reply = service.upload(raw)
    have = load(reply.body)
    same((reply.status, in_order(have)), (200, in_order({
        **answer.upload(raw, world.collateral(quote), verified_at=NOW_OUT,
                        uploaded_at=None, tcb_status="UpToDate",
                        advisory_ids=[], tcb=have["tcb"]),
        "can_download": False})),
        f"{name}: the whole answer, can_download false, uploaded_at null")
    same(rows(service), before, f"{name}: neither quote nor verdict is kept")
    same(statuses(service, raw), [404] * 3, f"{name}: not found afterwards")


def variants(service, world):
    raw = world.quote("tdx-v4")
    kept = [raw + bytes(n) for n in range(3)]
    first = [load(service.upload(one).body) for one in kept]
    ok(all(one["can_download"] and one["uploaded_at"] for one in first),
       "as many variants as are set are kept")
    is_not_kept(service, world, raw + b"x", "tdx-v4", "one more")
    is_not_kept(service, world, raw + b"x", "tdx-v4", "the same again")
    before = rows(service)
    same([load(service.upload(one).body) for one in kept], first,
         "those that are kept: the same answers as before")
    same(rows(service), before, "and nothing is added")
    same(load(service.upload(world.quote("sgx-v3")).body)["can_download"],
         True, "another attestation is kept")

    refused = world.quote("tdx-v4-outdated")
    for n in range(3):
        service.upload(refused + bytes(n))
    before = rows(service)
    reply = service.upload(refused + b"x")
    have = load(reply.body)
    same((reply.status, list(have), have["reason"], have["checksum"],
          have["tcb_status"]), (400, answer.REFUSAL, "tcb_status",
                                checksum(refused + b"x"), "OutOfDate"),
         "one more that is refused: 400 and why")
    same((rows(service), statuses(service, refused + b"x")),
         (before, [404] * 3), "one more that is refused: not kept")


def forged(service, world):
    """Forged variants take no room from a genuine one."""
    raw = world.quote("tdx-v5")
    signature_at = 48 + 6 + 648 + 4
    found = []
    for n in range(5):
        bad = bytearray(raw)
        bad[signature_at + n] ^= 1
        found.append((service.upload(bytes(bad)).status,
                      service.get(f"raw/{checksum(bytes(bad))}").status))
    same(found, [(400, 200)] * 3 + [(400, 404)] * 2,
         "forged: as many as are set are kept")
    for n in range(3):
        have = load(service.upload(raw + bytes(n)).body)
        same((have["can_download"], statuses(service, raw + bytes(n))),
             (True, [200] * 3), f"forged: genuine variant {n + 1} is kept")
    is_not_kept(service, world, raw + b"x", "tdx-v5", "forged: a fourth")


def no_collateral(service, world):
    """One more, and no verdict: it must not be said to be kept."""
    raw = world.quote("sgx-v5")
    service.fresh_database()
    service.up(ATTESTRY_PCS_TIMEOUT_MS="2000")  # and workers without memory
    world.pcs.switch("all", status=500)
    for n in range(3):
        have = load(service.upload(raw + bytes(n)).body)
    ok("is kept" in have["message"], "without collateral, kept: told so")
    reply = service.upload(raw + b"x")
    same((reply.status, load(reply.body)), (
        500, {"detail": "Internal server error during verification"}),
        "without collateral, not kept: nothing of it is said")
    same(statuses(service, raw + b"x"), [404] * 3, "and it is not there")


def at_once(service, world):
    """Many at once: at most one too many for each other worker."""
    raw = world.quote("sgx-v4")
    answers = []

    def client(num):
        for n in range(6):
            answers.append(service.upload(raw + bytes([num, n])))

    threads = [threading.Thread(target=client, args=(num,))
               for num in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    num = sum(load(reply.body)["can_download"] for reply in answers)
    ok(len(answers) == 36 and {reply.status for reply in answers} == {200} and
       3 <= num < 3 + service.workers,
       f"36 at once, {service.workers} workers: {num} are kept")


def genuine_only(service, world):
    service.up(ATTESTRY_KEEP="genuine")
    raw = bytearray(world.quote("sgx-v3-processor"))
    at = raw.index(b"-----BEGIN") + 100
    raw[at] ^= 1
    raw = bytes(raw)
    before = rows(service)
    reply = service.upload(raw)
    have = load(reply.body)
    same((reply.status, list(have), have["detail"], have["checksum"]),
         (400, answer.REFUSAL, "Quote verification failed", checksum(raw)),
         f"genuine only, another chain: 400 {have['reason']}")
    same((rows(service), statuses(service, raw)), (before, [404] * 3),
         "genuine only, another chain: not kept")
    for name in "sgx-v3-processor", "sgx-v3-forged", "tdx-v4-debug":
        raw = world.quote(name)
        reply = service.upload(raw)
        same((reply.status, statuses(service, raw)),
             (world.samples[name]["expect"]["status"], [200] * 3),
             f"genuine only, {name}: its chain leads to the anchor, kept")
    service.up(ATTESTRY_KEEP=None)


with World() as world, Service(
        workers=4, ATTESTRY_COPIES_MAX="3", **world.settings) as service:
    variants(service, world)
    forged(service, world)
    at_once(service, world)
    genuine_only(service, world)
    no_collateral(service, world)
done()
