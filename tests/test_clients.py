"""
Clients as people write them, behind nginx and behind Apache: the README's own
lines, curl, JavaScript's fetch, Python's urllib and requests. They know the
base URL and nothing else of this service.
"""

import json
import os
import re
import shutil
import subprocess

from answer import checksum
from e2e import BASE, TOP, Service
from tap import done, note, ok, same, skip
from world import World

CLIENTS = os.path.join(TOP, "tests", "clients")
UPLOADS = "file", "form hex", "json", "urlencoded"
SECONDS = 120

# As shells run them, with BASE, HEX, CHECKSUM and a file quote.bin; what is
# printed is JSON.
CURL = [
    ("file", 'curl -X POST "$BASE/verify"'
     ' -H "Content-Type: multipart/form-data" -F "file=@quote.bin"'),
    ("file", 'curl -F file=@quote.bin "$BASE/verify"'),
    ("file", 'cat quote.bin | curl -F "file=@-;filename=q" $BASE/verify'),
    ("file", 'curl --http1.0 -F file=@quote.bin "$BASE/verify"'),
    ("file", 'curl -H "Transfer-Encoding: chunked" -F file=@quote.bin'
     ' "$BASE/verify"'),
    ("file", 'curl -H "Expect: 100-continue" -F file=@quote.bin'
     ' "$BASE/verify"'),
    ("form hex", 'curl -F "hex=$HEX" "$BASE/verify"'),
    ("form hex", 'echo $HEX >hex.txt; curl -F "hex=<hex.txt" "$BASE/verify"'),
    ("json", 'curl -X POST "$BASE/verify" -H "Content-Type: application/json"'
     ' -d "{\\"hex\\": \\"$HEX\\"}"'),
    ("json", 'curl -fsS -X POST "$BASE/verify" -H "accept: application/json"'
     ' -H "content-type: application/json" -H "X-API-Key: phak_none"'
     ' -H "X-Phala-Version: 2025-10-28" -d "{\\"hex\\":\\"0x$HEX\\"}"'),
    ("json", 'printf \'{"hex":"%s"}\' "$HEX" | curl --json @- $BASE/verify'),
    ("urlencoded", 'curl -d "hex=$HEX" "$BASE/verify"'),
    ("urlencoded", 'echo $HEX >hex.txt; curl --data-urlencode hex@hex.txt'
     ' "$BASE/verify"'),
    ("view", 'curl --compressed "$BASE/view/$CHECKSUM"'),
    ("bad", 'curl -d hex=00 "$BASE/verify"'),
    ("raw", 'curl -OJ "$BASE/raw/$CHECKSUM"; od -An -v -tx1 $CHECKSUM.bin |'
     ' tr -d " \\n" | sed \'s/.*/"&"/\''),
    ("unchanged", 'curl -o nothing -H "If-None-Match: \\"$CHECKSUM\\""'
     ' "$BASE/raw/$CHECKSUM"; echo null'),
]

# The status of each of the README's lines, by how it goes on.
README = [("verify", "=@tdx-v4.bin ", 200),
          ("verify", "=@tdx-v4-outdated.bin ", 400),
          ("verify", "=@/etc/hostname ", 422),
          ("view", "", 200), ("collateral", "", 200), ("verdicts", "", 200),
          ("collateral", "?verdict=1", 200), ("raw", "-I ", 200),
          ("recent", "?limit=2", 200)]


def check(quote, case):
    """What is wrong with what a client was told."""
    name, status, answer = case["name"], case["status"], case["answer"]
    own = checksum(quote)
    if name in UPLOADS:
        return (status, answer["success"], answer["checksum"],
                answer["quote"]["verified"]) != (200, True, own, True)
    if name == "view":
        return (status, answer["checksum"], answer["verified"]) != (
            200, own, True)
    if name == "raw":
        return (status, answer) != (200, quote.hex())
    if name == "unchanged":
        return (status, answer) != (304, None)
    return (status, answer) != (422, {
        "detail": "Invalid quote: quote header: want 48 bytes, have 1"})


def check_all(quote, who, cases, wanted):
    for num, case in enumerate(cases, 1):
        if not ok(not check(quote, case), f"{who}: {num}: {case['name']}"):
            note(str(case)[:1000])
    same({case["name"] for case in cases}, wanted, f"{who}: each way to ask")


def run(who, command, **options):
    """What a client printed, or None."""
    result = subprocess.run(command, text=True, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            timeout=SECONDS, **options)
    if not ok(result.returncode == 0, f"{who}: ran"):
        note(result.stderr[:2000])
        return None
    return result.stdout


def programs(service, world):
    """Clients that tell a line of JSON for each way to ask."""
    base = f"http://127.0.0.1:{service.port}{BASE}"
    path = world.quote_file("tdx-v4")
    every = {*UPLOADS, "bad", "view", "raw", "unchanged"}
    script = os.path.join(CLIENTS, "upload.py")
    for who, command, wanted in [
            ("node", ["node", os.path.join(CLIENTS, "upload.mjs")], every),
            ("urllib", ["python3", script, "urllib"], every - {"form hex"}),
            ("requests", ["python3", script, "requests"], every)]:
        who = f"{service.front}: {who}"
        if not has(command):
            skip(who, "not installed")
            continue
        out = run(who, [*command, base, path], env={
            "PATH": os.environ["PATH"], "no_proxy": "*"})
        if out is not None:
            check_all(world.quote("tdx-v4"), who,
                      [json.loads(line) for line in out.splitlines()], wanted)


def has(command):
    """Whether its program, and the library that it names, are here."""
    if not shutil.which(command[0]):
        return False
    test = {"requests": ["python3", "-c", "import requests"],
            "urllib": ["python3", "-c", ""]}.get(
        command[-1], ["node", "-e", "fetch, FormData, Blob"])
    return subprocess.run(test, stdin=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def shell(service, line, **environment):
    """Runs a line; what it printed, and the status that its curl saw."""
    result = subprocess.run(
        ["bash", "-c", 'curl() { command curl -qsS --noproxy "*" -D heads '
         '"$@"; }\n' + line], cwd=service.path("client"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=SECONDS,
        env={"PATH": os.environ["PATH"], **environment})
    with open(service.path("client", "heads")) as file:
        statuses = re.findall(r"(?m)^HTTP/\S+ (\d+)", file.read())
    return int(statuses[-1]), result.stdout.decode() + result.stderr.decode()


def curl(service, world):
    quote = world.quote("tdx-v4")
    shutil.copyfile(world.quote_file("tdx-v4"),
                    service.path("client", "quote.bin"))
    cases = []
    for name, line in CURL:
        status, text = shell(
            service, line, HEX=quote.hex(), CHECKSUM=checksum(quote),
            BASE=f"http://127.0.0.1:{service.port}{BASE}")
        cases.append({"name": name, "status": status,
                      "answer": json.loads(text)})
    check_all(quote, f"{service.front}: curl", cases,
              {*UPLOADS, "view", "bad", "raw", "unchanged"})


def readme(service, world):
    """Its lines, with the address and the checksum of this instance."""
    for name in "tdx-v4", "tdx-v4-outdated":
        shutil.copyfile(world.quote_file(name),
                        service.path("client", name + ".bin"))
    with open(os.path.join(TOP, "README.md")) as file:
        lines = re.findall(r"(?m)^\$ (curl .*)$", file.read())
    seen = []
    for line in lines:
        status, text = shell(service, line.replace(
            "http://127.0.0.1:8080", f"http://127.0.0.1:{service.port}")
            .replace("c4ed5459…", checksum(world.quote("tdx-v4"))))
        seen += [row for row in README
                 if f"/{row[0]}" in line and row[1] in line and
                 row[2] == status][-1:]
        if not ok(seen[-1:] and seen[-1][2] == status,
                  f"{service.front}: README: {line}: {status}"):
            note(text[:1000])
    same(seen, README, f"{service.front}: README: every line")


with World() as world:
    for front in "nginx", "apache":
        with Service(front=front, **world.settings) as service:
            os.mkdir(service.path("client"))
            curl(service, world)
            programs(service, world)
            readme(service, world)
done()
