"""Another verifier, npm's @phala/dcap-qvl, judges every world that the tables
of the verify tests judge, and the corpus. Where it and attestry do not agree,
differ_known.txt has the case and why ours is right: what does not stand there
fails, and so does what stands there and no longer happens.

The package goes into the build folder. Without node, or npm and a registry,
there is nothing to compare with."""

import collections
import functools
import json
import os
import re
import subprocess
import tempfile

import tap
from npm import BUILD, SOURCE, install

PROGRAMS = ("quote", "chain", "pck", "collateral", "documents", "tcb", "time",
            "crypto", "corpus")

# name: "chain: bad_certificate: no root [SGX v3]"
# what: how the two differ; "": they do not
Case = collections.namedtuple("Case", "name what")
# line: where it stands; name: a pattern when there is a * in it
Known = collections.namedtuple("Known", "line what name")


# --- what both say -----------------------------------------------------------

def program_of(name):
    return BUILD / ("test_" + (name if name in ("crypto", "corpus")
                               else "verify_" + name))


def run_program(name, out):
    """Runs a test program, writes its worlds to `out`; yields for each
    (name of the case, what we say of it)."""
    environ = dict(os.environ, ATTESTRY_WORLDS="1")
    program = subprocess.Popen([program_of(name)], env=environ,
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE)
    decoder = json.JSONDecoder()
    worlds = []
    for line in program.stdout:
        if line.startswith(b"#world "):
            line = line[len(b"#world "):]
            out.write(line)
            # The facts alone; the collateral behind them is long.
            facts, _ = decoder.raw_decode(line.decode(errors="replace"), 1)
            del facts["quote"]
            worlds.append(facts)
        elif re.match(rb"(not )?ok ", line):
            case = re.sub(r"^(not )?ok \d+ - (tcb_cases\.txt:\d+: )?",
                          name + ": ", line.decode().rstrip())
            yield from name_worlds(case, worlds)
            worlds = []
    status = program.wait()
    tap.ok(status == 0, f"test_{name} ran")


def name_worlds(case, worlds):
    """Some cases judge several worlds of a kind: those have numbers."""
    kinds = [world["kind"] for world in worlds]
    seen = collections.Counter()
    for world in worlds:
        kind = world["kind"]
        seen[kind] += 1
        name = f"{case} [{kind}]" if kind else case
        yield name + (f" #{seen[kind]}" if kinds.count(kind) > 1 else ""), world


def collect(folder):
    """[(name, what we say, what they say)]"""
    ours = []
    with tempfile.TemporaryFile() as answers:
        node = subprocess.Popen(
            ["node", SOURCE / "differ" / "verify.mjs", folder],
            stdin=subprocess.PIPE, stdout=answers)
        with node.stdin:
            for name in PROGRAMS:
                ours.extend(run_program(name, node.stdin))
        tap.ok(node.wait() == 0, "the other verifier ran")
        answers.seek(0)
        theirs = [json.loads(line) for line in answers]
    tap.ok(len(theirs) == len(ours), f"{len(ours)} quotes judged by both")
    return [(name, our, their) for (name, our), their in zip(ours, theirs)]


# --- the comparison ----------------------------------------------------------

def compare(ours, theirs):
    """How the two differ: "" not at all. It has no policy and leaves statuses
    other than Revoked to the caller: those are no refusals here."""
    accepted = ours["verified"] or (ours["reason"] == "tcb_status" and
                                    ours["tcb_status"] != "Revoked")
    if not accepted:
        return "" if "error" in theirs else "accepts"
    if "error" in theirs:
        return "refuses: " + theirs["error"]
    if ours["tcb_status"] != theirs["tcb_status"]:
        return "status " + theirs["tcb_status"]
    if set(ours["advisory_ids"]) != set(theirs["advisory_ids"]):
        return "advisories"
    return ""


def is_pattern(known):
    return "*" in known.name


@functools.cache
def pattern_of(name):
    return re.compile(".*".join(map(re.escape, name.split("*"))))


def covers(known, case):
    """Is that case, of every kind or of the one named, among those?"""
    if is_pattern(known):
        return pattern_of(known.name).fullmatch(case.name) is not None
    kind = case.name[len(known.name):]
    return case.name.startswith(known.name) and (
        kind == "" or kind.startswith(" [") and kind.count("[") == 1)


def explains(known, case):
    """The start of a sentence will do, which may end in numbers."""
    return covers(known, case) and (
        case.what == known.what or
        known.what.startswith("refuses: ") and
        case.what.startswith(known.what))


def read_known():
    """Paragraphs: lines of "#" that say why, then WHAT | CASE."""
    why = False
    known = []
    path = SOURCE / "differ_known.txt"
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.strip()
        if not line:
            why = False
        elif line.startswith("#"):
            why = True
        else:
            what, _, name = line.partition(" | ")
            if not why or not name:
                tap.ok(False, f"differ_known.txt:{number}: want a reason, "
                       "then WHAT | CASE")
            known.append(Known(number, what.strip(), name.strip()))
    return known


def check_known(known, cases):
    """What an entry says happens: somewhere for a pattern, everywhere for a
    case by name."""
    covered = [case for case in cases if covers(known, case)]
    explained = [case for case in covered if explains(known, case)]
    other = [] if is_pattern(known) else [
        case for case in covered if case not in explained]
    if not explained or other:
        tap.ok(False, f"differ_known.txt:{known.line}: {known.what}: "
               f"{known.name}: happens {len(explained)} times")
        for case in other:
            tap.note(f"not so for {case.name}: {case.what or 'both agree'}")
    return bool(explained) and not other


def show_unknown(cases):
    """The lines that are missing, one for all kinds that differ alike."""
    kinds = collections.defaultdict(list)
    for case in cases:
        name, _, kind = case.name.partition(" [")
        kinds[case.what, name].append(kind.rstrip("]"))
    for (what, name), found in kinds.items():
        tap.ok(False, f"not known: {what} | {name}")
        tap.note("so for " + ", ".join(found))


def main():
    folder = install("differ", "another verifier")
    cases = [Case(name, compare(our, their))
             for name, our, their in collect(folder)]
    known = read_known()
    if not any(case.name.startswith("corpus: ") for case in cases):
        known = [entry for entry in known
                 if not entry.name.startswith("corpus: ")]
    differing = [case for case in cases if case.what]
    unknown = [case for case in differing
               if not any(explains(entry, case) for entry in known)]
    show_unknown(unknown)
    happens = [check_known(entry, cases) for entry in known]
    tap.ok(cases and not unknown and all(happens),
           f"of {len(cases)} worlds {len(cases) - len(differing)} agree, "
           f"{len(differing) - len(unknown)} are known not to")
    tap.done()


main()
