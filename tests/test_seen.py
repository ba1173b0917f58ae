"""
What a worker has seen before: how many signatures it still checks, and that
what it remembers ends with what made it true.
"""

import os
import tempfile

from answer import checksum, load
from e2e import Service, preloaded, wait_until
from tap import done, ok, same
from world import World

# Both worlds are good at this instant; the second is the newer one.
AT = "2026-06-15T13:00:00Z"
REVOKED = "pck_crl.revokes=pck"


class Counter:
    """Of the signatures that the workers check."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "count")
        self.environment = {**preloaded("watch_verify.c", folder),
                            "VERIFY_LOG": self.path}
        with open(self.path, "w"):
            os.chmod(self.path, 0o666)

    def of(self, action):
        """What `action` gives, and how many it took."""
        before = os.path.getsize(self.path)
        result = action()
        return result, os.path.getsize(self.path) - before


def num_verdicts(service, raw):
    return len(load(service.get(f"verdicts/{checksum(raw)}").body))


def fewer_each_time(service, counter, world):
    raw = world.quote("tdx-v4")
    padded = raw + b"\0"
    first, cold = counter.of(lambda: service.upload(raw))
    ok(cold > 5, "never seen: chain, collateral, QE report and quote")
    second, known = counter.of(lambda: service.upload(raw))
    same((first.status, load(second.body), known), (200, load(first.body), 0),
         "the same bytes: the same answer, and no signature is checked")
    same(num_verdicts(service, raw), 1, "and no verdict more")
    other, block = counter.of(lambda: service.upload(padded))
    same((other.status, load(other.body)["verified_at"], block),
         (200, load(first.body)["verified_at"], 1),
         "another quote of that enclave: one signature")
    forged = bytearray(raw)
    forged[48 + 600] ^= 1  # of the signature
    refused, checked = counter.of(lambda: service.upload(bytes(forged)))
    same((refused.status, load(refused.body)["reason"], checked),
         (400, "bad_quote_signature", 1), "a forged one of it: refused")
    again, checked = counter.of(lambda: service.upload(bytes(forged)))
    same((again.status, load(again.body), checked),
         (400, load(refused.body), 0), "and refused again, of its own bytes")
    for path in "view", "raw":
        _, checked = counter.of(
            lambda: service.get(f"{path}/{checksum(padded)}"))
        same(checked, 0, f"{path}: no signature")


def asked(service, what):
    return service.log().count(f'"route":"{what}"')


def shown(service, world):
    """What a crowd looks at is asked for once a second."""
    own = checksum(world.quote("tdx-v4"))
    for what in "view", "collateral":
        path = f"{what}/{own}"
        before = asked(service, what)
        replies = [service.head(path, fresh=False),
                   *[service.get(path, fresh=False) for _ in range(20)]]
        ok(asked(service, what) - before <= 2,
           f"{what}: two of 21 requests reach a worker at most")
        same({(reply.status, reply.headers["ETag"],
               reply.headers["Content-Length"]) for reply in replies},
             {(200, replies[0].headers["ETag"], str(len(replies[1].body)))},
             f"{what}: and all are answered alike")
        reply = service.get(path, {"If-None-Match":
                                   replies[0].headers["ETag"]}, fresh=False)
        same((reply.status, reply.body), (304, b""), f"{what}: unchanged")
        before = asked(service, what)
        for headers in "no-cache", "max-age=0", "No-Cache, max-age=5":
            service.get(path, {"Cache-Control": headers})
        same(asked(service, what) - before, 3, f"{what}: wanted as it is now")


def revoked(service, counter, good, bad):
    """A new list of what is revoked counts for all that was seen."""
    raw = good.quote("tdx-v4")
    own = f"view/{checksum(raw)}"
    same(load(service.get(own, fresh=False).body)["verified"], True,
         "it is verified")
    good.pcs.serve(bad.files)
    ok(wait_until(lambda: service.upload(raw).status == 400),
       "the same bytes, now revoked: refused as soon as the list is here")
    reply = load(service.upload(raw).body)
    same(reply["reason"], "certificate_revoked", "for that very reason")
    reply, checked = counter.of(lambda: service.upload(raw + b"\0\0"))
    same((reply.status, load(reply.body)["reason"], checked),
         (400, "certificate_revoked", 0),
         "another quote of the chain that is known to be good: refused too")
    same(num_verdicts(service, raw), 2, "a verdict more, and not two")
    same(load(service.get(own).body)["verified"], False,
         "and it is shown at once to who wants what is there now")
    ok(wait_until(lambda: not load(service.get(own, fresh=False).body)
                  ["verified"], 2), "to others within the second")


def main():
    folder = tempfile.mkdtemp(prefix="attestry-seen-")
    os.chmod(folder, 0o755)
    counter = Counter(folder)
    with World(settings="") as good, \
            World(now=AT, settings=REVOKED) as bad, \
            Service(workers=1, **good.settings) as service:
        settings = {"ATTESTRY_TIME": AT, "ATTESTRY_COLLATERAL_TTL_S": "1"}
        with service.own_pool(**counter.environment, **settings):
            fewer_each_time(service, counter, good)
            shown(service, good)
            revoked(service, counter, good, bad)
    done()


main()
