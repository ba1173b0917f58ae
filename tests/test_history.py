"""
The history of a quote over HTTP: every verdict that it ever had, newest
first, and the collateral that each was reached with.
"""

from datetime import datetime

import answer
from answer import checksum, in_order, load
from e2e import Service
from tap import done, ok, same
from world import NOW, World

VERDICT = ["number", "verified", "verified_at", "recorded_at", "tcb_status",
           "advisory_ids", "reason", "message", "collateral_id", "policy",
           "engine_version"]
DEFAULT = "UpToDate,SWHardeningNeeded,ConfigurationNeeded," \
    "ConfigurationAndSWHardeningNeeded"
LATER = "2026-06-20T12:00:00Z"  # inside the world's dates as well
NONE = "0" * 64


def out(instant):
    return instant.replace("Z", "+00:00")


def verdicts(service, own, query=""):
    reply = service.get(f"verdicts/{own}{query}")
    return reply, load(reply.body)


def said(verdict):
    """What does not hang on the clock or on keys made up for the test."""
    return {name: verdict[name] for name in VERDICT if name not in (
        "recorded_at", "message", "collateral_id", "engine_version")}


def three_verdicts(service, world, raw):
    """Refused, then accepted by another policy, then refused later on."""
    own = checksum(raw)
    same(service.upload(raw).status, 400, "out of date: refused")
    service.up(ATTESTRY_TCB_POLICY="UpToDate,OutOfDate")
    same(service.upload(raw).status, 200, "another policy: accepted")
    service.up(ATTESTRY_TCB_POLICY=None, ATTESTRY_TIME=LATER)
    same(service.upload(raw).status, 400, "the policy of before: refused")
    reply, have = verdicts(service, own)
    same((reply.status, reply.headers["Content-Type"],
          reply.headers["Cache-Control"]),
         (200, "application/json", "public, max-age=60"), "verdicts: headers")
    same([list(one) for one in have], [VERDICT] * 3,
         "verdicts: names and their order")

    def want(number, verified, at, policy):
        return {"number": number, "verified": verified,
                "verified_at": out(at), "tcb_status": "OutOfDate",
                "advisory_ids": ["INTEL-SA-00960"],
                "reason": None if verified else "tcb_status",
                "policy": policy}

    same([said(one) for one in have],
         [want(3, False, LATER, DEFAULT), want(2, True, NOW,
                                               "UpToDate,OutOfDate"),
          want(1, False, NOW, DEFAULT)], "verdicts: all three, newest first")
    rows = service.sql(
        "SELECT encode(collateral_id, 'hex'), engine_version, coalesce("
        f"message, '') FROM verdict WHERE checksum = '\\x{own}'"
        " ORDER BY recorded_at DESC")
    same([(one["collateral_id"], one["engine_version"], one["message"] or "")
          for one in have], rows, "verdicts: collateral, engine and message")
    instants = [one["recorded_at"] for one in have]
    ok(all(answer.INSTANT.fullmatch(at) for at in instants) and
       instants == sorted(instants, reverse=True, key=datetime.fromisoformat),
       "verdicts: recorded one after the other")


def pages(service, own):
    everything = verdicts(service, own)[1]
    for query, want in [
            ("?limit=1", everything[:1]), ("?skip=1", everything[1:]),
            ("?skip=1&limit=1", everything[1:2]),
            ("?limit=100", everything), ("?skip=3", []),
            ("?skip=9223372036854775807", [])]:
        reply, have = verdicts(service, own, query)
        same((reply.status, have), (200, want), f"verdicts{query}")
    service.sql(  # as 30 more uploads would
        "INSERT INTO verdict (checksum, verified_at, fixed_time, verified,"
        " tcb_status, reason, message, advisory_ids, policy, engine_version,"
        " collateral_id) SELECT checksum, verified_at, true, false,"
        " tcb_status, 'tcb_status', n::text, advisory_ids, policy, '9',"
        " collateral_id FROM verdict, generate_series(1, 30) n"
        f" WHERE checksum = '\\x{own}' AND recorded_at ="
        " (SELECT min(recorded_at) FROM verdict"
        f" WHERE checksum = '\\x{own}')")
    same([one["number"] for one in verdicts(service, own)[1]],
         list(range(33, 13, -1)), "verdicts: 20 of them")
    same([one["number"] for one in verdicts(
        service, own, "?skip=20&limit=100")[1]], list(range(13, 0, -1)),
        "verdicts: and what is left")


def bad_parameters(service, own):
    number = "Input should be a valid integer, unable to parse string as an" \
        " integer"
    least = "Input should be greater than or equal to "
    most = "Input should be less than or equal to "
    for path, name, kind, msg, value in [
            ("verdicts/{}?skip=-1", "skip", "greater_than_equal",
             least + "0", "-1"),
            ("verdicts/{}?limit=0", "limit", "greater_than_equal",
             least + "1", "0"),
            ("verdicts/{}?limit=101", "limit", "less_than_equal",
             most + "100", "101"),
            ("verdicts/{}?limit=many", "limit", "int_parsing", number, "many"),
            ("collateral/{}?verdict=0", "verdict", "greater_than_equal",
             least + "1", "0"),
            ("collateral/{}?verdict=-7", "verdict", "greater_than_equal",
             least + "1", "-7"),
            ("collateral/{}?verdict=", "verdict", "int_parsing", number, ""),
            ("collateral/{}?verdict=newest", "verdict", "int_parsing", number,
             "newest"),
            ("collateral/{}?verdict=1.0", "verdict", "int_parsing", number,
             "1.0")]:
        reply = service.get(path.format(own))
        same((reply.status, load(reply.body)["detail"]),
             (422, [{"type": kind, "loc": ["query", name], "msg": msg,
                     "input": value}]), f"{path}: 422")
        same(service.get(path.format(NONE)).status, 422,
             f"{path}: 422 of a quote that is not there, too")
    for path in f"verdicts/{NONE}", f"collateral/{NONE}?verdict=1":
        reply = service.get(path)
        same((reply.status, load(reply.body)),
             (404, {"detail": "Quote not found"}), f"{path[:12]}… of none")


def changes(service, world):
    """The list has another ETag when there is another verdict."""
    raw = world.quote("sgx-v4")
    own = checksum(raw)
    service.upload(raw)
    first = service.get(f"verdicts/{own}")
    etag = {"If-None-Match": first.headers["ETag"]}
    same(service.get(f"verdicts/{own}", etag).status, 304,
         "verdicts, nothing new: 304")
    same(service.get(f"verdicts/{own}").headers["ETag"],
         first.headers["ETag"], "verdicts, nothing new: the same ETag")
    service.upload(raw)
    same(service.get(f"verdicts/{own}", etag).status, 304,
         "uploaded again, under the same collateral: nothing new")
    service.repeat_verdicts(f"checksum = '\\x{own}'")
    again = service.get(f"verdicts/{own}", etag)
    same((again.status, load(again.body)[1:]), (200, load(first.body)),
         "verdicts, one more: 200, and the old ones stay as they were")
    head = service.head(f"/proofofcloud/attestations/verdicts/{own}")
    same((head.status, head.body, head.headers["ETag"]),
         (200, b"", again.headers["ETag"]), "HEAD, under the other prefix")


def collateral_of_each(service, world, raw):
    """Each verdict leads to what it was reached with."""
    own = checksum(raw)
    with World(now="2026-06-16T12:00:00Z") as other:  # keys of its own
        theirs = other.quote("tdx-v4-outdated")
        service.up(**other.settings)
        same(service.upload(raw).status, 400, "under another root: refused")
        service.up(**world.settings)
    have = verdicts(service, own)[1]
    same((have[0]["reason"], have[0]["collateral_id"], theirs != raw),
         ("untrusted_root", None, True),
         "refused before collateral was needed: none is named")
    plain = service.get(f"collateral/{own}")
    last = have[0]["number"]
    reply = service.get(f"collateral/{own}?verdict={last}")
    same((reply.status, load(reply.body)),
         (400, {"detail": "Unable to retrieve collateral data"}),
         "its collateral: 400")
    reply = service.get(f"collateral/{own}?verdict={last - 1}")
    same((reply.status, in_order(load(reply.body))), (200, in_order(
        {field: world.collateral("tdx-v4-outdated")[field]
         for field in answer.COLLATERAL})), "collateral of the one before it")
    same([reply.headers[name] for name in (
        "ETag", "Cache-Control", "CDN-Cache-Control", "Vary")],
        [f'"{have[1]["collateral_id"]}"', "public, max-age=86400",
         "public, max-age=86400", "Accept-Encoding"],
        "its headers: those of collateral, its own ETag")
    same(plain.headers["ETag"], f'"{own}"', "the plain one keeps its ETag")
    for number in last + 1, 9223372036854775807:
        reply = service.get(f"collateral/{own}?verdict={number}")
        same((reply.status, load(reply.body), reply.headers["Cache-Control"]),
             (404, {"detail": "Verdict not found"}, "no-store"),
             f"verdict {number}: 404")


def never_judged(service, world):
    """A quote that is kept without a verdict has an empty history."""
    raw = world.quote("sgx-v3-processor")
    own = checksum(raw)
    world.pcs.switch("all", status=500)
    same(service.upload(raw).status, 500, "the PCS is down: undecided")
    world.pcs.reset()
    reply, have = verdicts(service, own)
    same((reply.status, have), (200, []), "its history: empty")
    reply = service.get(f"collateral/{own}?verdict=1")
    same((reply.status, load(reply.body)),
         (404, {"detail": "Verdict not found"}), "its first verdict: 404")


with World() as world, Service(**world.settings) as service:
    raw = world.quote("tdx-v4-outdated")
    never_judged(service, world)
    three_verdicts(service, world, raw)
    pages(service, checksum(raw))
    bad_parameters(service, checksum(raw))
    changes(service, world)
    collateral_of_each(service, world, raw)
done()
