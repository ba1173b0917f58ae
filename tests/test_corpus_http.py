"""
Real quotes and real Intel collateral over HTTP, with Intel's own trust anchor.

The corpus is a folder outside the project, named by ATTESTRY_CORPUS. Of its
pairs of quote and collateral this takes some of every kind; each set of
collateral is served by a PCS on loopback, at an instant when it was good.
tests/corpus_known.txt says where the corpus expects something else than we.
"""

import json
import os
from datetime import datetime, timezone

import answer
from answer import checksum, in_order, load
from e2e import TOP, Service
from pcs import Pcs
from tap import done, note, ok, same, skip_all

NUM_QUOTES_MIN = 60
# Of each set of collateral: so many pairs at least, if it has them.
NUM_OF_SET = 4

corpus = os.environ.get("ATTESTRY_CORPUS") or skip_all(
    "ATTESTRY_CORPUS names no folder of real quotes")
try:
    with open(os.path.join(corpus, "index.json")) as file:
        quotes = json.load(file)["quotes"]
except (OSError, ValueError, KeyError):
    skip_all("ATTESTRY_CORPUS has no readable index.json")


class Pair:
    def __init__(self, entry, pair, known):
        self.entry = entry
        self.name = entry["name"]
        self.collateral = pair["collateral"]
        self.at = pair["at"]
        self.expect = {**pair["expect"],
                       **known.get((self.name, self.collateral), {})}

    @property
    def kinds(self):
        """What this pair is an example of."""
        e = self.entry
        return {tuple(str(e[key]) for key in (
            "tee", "version", "body_type", "cert_type", "ca", "fmspc")) +
            (self.expect["reason"], self.expect["tcb_status"])} | {
            "".join(c for c in quirk if not c.isdigit())
            for quirk in e["quirks"]}


def read_known():
    known = {}
    with open(os.path.join(TOP, "tests", "corpus_known.txt")) as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                name, collateral, rest = line.split()
                key, _, value = rest.partition("=")
                known.setdefault((name, collateral), {})[key] = (
                    value.split(",") if key == "advisory_ids" else value)
    return known


def choose():
    """
    Pairs by (collateral, instant): first those sets that show the most kinds
    which no earlier one did, of each set the pairs that show something new,
    and some more, evenly spread.
    """
    known = read_known()
    sets = {}
    for entry in quotes:
        for pair in entry["pairs"]:
            pair = Pair(entry, pair, known)
            sets.setdefault((pair.collateral, pair.at), []).append(pair)
    missing = {kind for pairs in sets.values() for pair in pairs
               for kind in pair.kinds}
    chosen = {}
    collaterals = set()
    while missing:
        key = max(sorted(sets), key=lambda key: len(missing & {
            kind for pair in sets[key] for kind in pair.kinds}))
        pairs = sets.pop(key)
        chosen[key] = take = []
        for pair in pairs:
            if missing & pair.kinds:
                missing -= pair.kinds
                take.append(pair)
        spread = pairs[::max(1, len(pairs) // NUM_OF_SET)]
        take += [pair for pair in spread if pair not in take]
        collaterals.add(key[0])
    # And every collateral once.
    for key in sorted(sets):
        if key[0] not in collaterals:
            collaterals.add(key[0])
            chosen[key] = sets[key][::max(1, len(sets[key]) // 2)]
    return chosen


def read(name, mode="rb"):
    with open(os.path.join(corpus, name), mode) as file:
        return file.read()


def rfc3339(at):
    return datetime.fromtimestamp(at, timezone.utc).isoformat()


def advisories(expect, have):
    """What is expected as a set: in the order in which it came."""
    want = expect["advisory_ids"]
    return have if want is None or set(want) == set(have) else want


def differences(service, pair, collateral):
    """What is not as it should be: (what, got, want)."""
    raw = read(pair.name)
    own = checksum(raw)
    expect = pair.expect
    reply = service.upload(raw)
    have = load(reply.body)
    common = {
        "tcb_status": expect["tcb_status"],
        "advisory_ids": advisories(expect, have.get("advisory_ids", [])),
        "reason": expect["reason"], "message": have.get("message"),
        "content_sha256": answer.content_sha256(raw), "tcb": have.get("tcb")}
    view = load(service.get(f"view/{own}").body)
    recent = load(service.get("recent?limit=100").body)
    back = service.get(f"raw/{own}")
    shown = load(service.get(f"collateral/{own}").body)
    if expect["verified"]:
        want = answer.upload(raw, collateral, verified_at=rfc3339(pair.at),
                             uploaded_at=have.get("uploaded_at"), **common)
    else:
        whole = {"detail": "Quote verification failed", "checksum": own,
                 **common}
        want = {name: whole[name] for name in answer.REFUSAL}
    if not answer.tcb_holds(have["tcb"], collateral):
        yield "tcb", have["tcb"], "what the documents say"
    for what, got, want in [
            ("status", reply.status, 200 if expect["verified"] else 400),
            ("answer", in_order(have), in_order(want)),
            ("view", in_order(view), in_order(answer.view(
                raw, verified=expect["verified"],
                uploaded_at=have.get("uploaded_at", view["uploaded_at"]),
                verified_at=rfc3339(pair.at), ppid=pair.entry["ppid"] or
                view["ppid"], **common))),
            ("recent", [one for one in recent if one["checksum"] == own], [{
                "checksum": own, "verified": int(expect["verified"]),
                "created_at": view["uploaded_at"]}]),
            ("raw", (back.status, back.body), (200, raw)),
            ("collateral", in_order(shown), in_order({
                field: collateral[field] for field in answer.COLLATERAL}))]:
        if got != want:
            yield what, got, want


def show(what, got, want):
    if isinstance(got, str):
        at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b),
                  min(len(got), len(want)))
        got, want = got[max(0, at - 80):][:300], want[max(0, at - 80):][:300]
    note(f"{what}: got  {got!r:.500}")
    note(f"{what}: want {want!r:.500}")


def without_certificates(service):
    """Quotes whose certificates no source has, or could have."""
    for entry in quotes:
        if entry["cert_type"] == 5:
            continue
        raw = read(entry["name"])
        reply = service.upload(raw)
        have = load(reply.body)
        same((reply.status, have.get("reason"), have.get("tcb_status")),
             (422 if entry["cert_type"] in (2, 3) else 400,
              "missing_certificates", None),
             f"{entry['name']}: certification data of type "
             f"{entry['cert_type']}")
        view = load(service.get(f"view/{checksum(raw)}").body)
        same(in_order({key: view[key] for key in
                       ("header", "cert_data", "body")}),
             in_order(answer.quote(raw)), f"{entry['name']}: in view")
        same(service.get(f"collateral/{checksum(raw)}").status, 400,
             f"{entry['name']}: no collateral")


chosen = choose()
pcs = Pcs().start()
names = set()
with Service(ATTESTRY_PCS_URL=pcs.url,
             ATTESTRY_PCS_CRL_URL=pcs.url + "/IntelSGXRootCA.der",
             ATTESTRY_TIME="2026-01-01T00:00:00Z") as service:
    without_certificates(service)
    for (name, at), pairs in chosen.items():
        pcs.serve([os.path.join(corpus, name)])
        pcs.reset()
        service.fresh_database()
        service.up(ATTESTRY_TIME=rfc3339(at))
        collateral = json.loads(read(name, "r"))
        for pair in pairs:
            names.add(pair.name)
            wrong = list(differences(service, pair, collateral))
            ok(not wrong, f"{pair.name} with {name}: "
               f"{pair.expect['reason'] or 'verified'}, "
               f"{pair.expect['tcb_status']}")
            for difference in wrong:
                show(*difference)
pcs.stop()
ok(len(names) >= min(NUM_QUOTES_MIN, sum(bool(q["pairs"]) for q in quotes)),
   f"{len(names)} quotes in {sum(map(len, chosen.values()))} pairs with "
   f"{len(chosen)} sets of collateral")
done()
