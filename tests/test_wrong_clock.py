"""
A machine whose clock is behind gives no verdict: not the service, not the
command line; and one whose clock is a little behind does.
"""

import json
import os
import signal
import subprocess
import tempfile
import time

import answer
from answer import checksum, in_order, load
from e2e import BUILD, PROGRAMS, Service, preloaded, wait_until
from tap import done, note, ok, same
from world import World

DAY = 86400
SENTENCE = "this machine's clock: want "


def instant(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def world_of(days):
    """Collateral that was issued so many days before now (below 0: is of the
    future)."""
    return World(now=instant(time.time() + (3 - days) * DAY), days=60)


def settings(world):
    return {name: value for name, value in world.settings.items()
            if name != "ATTESTRY_TIME"}


def lines_of(service, event):
    return [json.loads(line) for line in service.log().splitlines()
            if f'"event":"{event}"' in line]


def undecided(service, raw, name):
    """500, kept, logged, and no verdict."""
    before = len(lines_of(service, "undecided"))
    verdicts = service.sql("SELECT count(*) FROM verdict")
    reply = service.upload(raw)
    have = load(reply.body)
    same((reply.status, in_order(have)), (500, in_order({
        "detail": "Internal server error during verification",
        "reason": "internal", "message": have.get("message"),
        "checksum": checksum(raw), "tcb_status": None, "advisory_ids": [],
        "content_sha256": answer.content_sha256(raw), "tcb": None})),
        f"{name}: 500")
    same(service.sql("SELECT count(*) FROM verdict"), verdicts,
         f"{name}: no verdict")
    same(service.get(f"raw/{checksum(raw)}").body, raw, f"{name}: kept")
    said = lines_of(service, "undecided")[before:]
    ok(len(said) == 1 and said[0]["level"] == "error" and
       said[0]["message"].startswith(SENTENCE) and
       said[0]["message"].count("T") >= 2, f"{name}: an error in the log")
    note(said and said[0]["message"])


def of_the_future(now, later):
    """The source serves what was issued two days from now."""
    with Service(workers=1, **settings(now)) as service:
        same(service.upload(now.quote("tdx-v4")).status, 200,
             "by the machine's clock: verified")
        forged = now.quote("sgx-v3-forged")
        same(service.upload(forged).status, 400, "or refused")
        stored_is_newer(service, now)

    with Service(workers=1, ATTESTRY_KEEPER_S="1",
                 **settings(later)) as service:
        undecided(service, later.quote("tdx-v4"), "issued in two days")
        undecided(service, later.quote("tdx-v4")[:-3000] + bytes(3000),
                  "issued in two days: a quote without certificates")
        reply = service.get(f"collateral/{checksum(later.quote('tdx-v4'))}")
        same(reply.status, 400, "issued in two days: no collateral")


def move_stored(service, seconds):
    """The newest documents were issued so long from now."""
    service.sql(
        "ALTER TABLE document DISABLE TRIGGER ALL;"
        " UPDATE document SET issued_at ="
        f" now() + interval '{seconds} seconds';"
        " ALTER TABLE document ENABLE TRIGGER ALL;"
        " ALTER TABLE document ENABLE ALWAYS TRIGGER append_only")
    old = service.worker_pids()
    os.kill(service.pid(), signal.SIGHUP)
    wait_until(lambda: len(service.worker_pids()) == len(old) and
               set(old).isdisjoint(service.worker_pids()))


def stored_is_newer(service, world):
    """What another worker has seen, perhaps on another machine."""
    raw = world.quote("sgx-v3-forged")
    move_stored(service, DAY + 60)
    undecided(service, raw + bytes(1), "a day and a minute behind")
    move_stored(service, DAY - 60)
    same(service.upload(raw + bytes(1)).status, 400,
         "a day behind, less a minute: judged")


def shifted(shift_s):
    """The environment of a program whose clock is off."""
    return {**preloaded("clock_shift.c", folder.name),
            "CLOCK_SHIFT_S": str(shift_s)}


def before_it_was_made(world):
    """The clock says ten years ago."""
    with Service(workers=1, **settings(world)) as service, \
            service.own_pool(**shifted(-3650 * DAY)):
        undecided(service, world.quote("tdx-v4"), "ten years ago")
        undecided(service, world.quote("sgx-v3-forged"),
                  "ten years ago, forged")


def cli(world, *arguments, sample="tdx-v4", **environment):
    run = subprocess.run(
        [os.path.join(BUILD, "attestry"), "verify",
         world.quote_file(sample), *arguments], text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": PROGRAMS, "ATTESTRY_ROOT_CA": world.root_ca,
             **world.pcs_settings, **environment})
    return run.returncode, json.loads(run.stdout)


def command_line(now, later, soon):
    same(cli(now)[0], 0, "attestry verify: by the machine's clock")
    for name, arguments in (
            ("fetched", ()),
            ("from a file",
             ("--collateral", later.collateral_file("tdx-v4")))):
        status, report = cli(later, *arguments)
        ok(status == 3 and report["message"].startswith(SENTENCE) and
           report["message"].count("Z") >= 2 and not report["verified"],
           f"attestry verify: issued in two days, {name}: status 3")
        note(report["message"])
        same(cli(later, *arguments, "--time", later.now)[0], 0,
             f"attestry verify: issued in two days, {name}, --time: judged")
    same(cli(later, ATTESTRY_TIME=later.now)[0], 0,
         "attestry verify: ATTESTRY_TIME, too")
    status, report = cli(soon, "--collateral", soon.collateral_file("tdx-v4"))
    same((status, report["reason"]), (1, "collateral_expired"),
         "attestry verify: issued in 23 hours: a verdict, and no good one")

    for sample in "tdx-v4", "sgx-v3-forged":
        status, report = cli(now, sample=sample, **shifted(-3650 * DAY))
        ok(status == 3 and report["message"].startswith(SENTENCE),
           f"attestry verify: ten years ago: status 3 for {sample}")
        note(report["message"])
    same(cli(now, "--time", now.now, **shifted(-3650 * DAY))[0], 0,
         "attestry verify: ten years ago, --time: judged")
    same(cli(now, **shifted(-60))[0], 0 if made_before(60) else 3,
         "attestry verify: a minute behind")


def made_before(seconds):
    """Whether the programs are older than that."""
    with open(os.path.join(BUILD, "config.log")) as file:
        built_at = next(line.split()[2] for line in file
                        if line.startswith("#define BUILT_AT "))
    return time.time() - int(built_at) > seconds


folder = tempfile.TemporaryDirectory(prefix="attestry-clock-")
with folder, world_of(3) as now, world_of(-2) as later, \
        world_of(-23 / 24) as soon:
    of_the_future(now, later)
    before_it_was_made(now)
    command_line(now, later, soon)
done()
