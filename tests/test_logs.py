"""
The last of all: no test has left an alert or a sanitizer's text in its log.
Logs of servers are looked through when the server ends (tests/e2e.py,
tests/toy.py); here are those of the tests themselves, with what their programs
said on standard error. And proofs that faults are found.
"""

import glob
import os

from e2e import BUILD, Service
from logs import faults
from tap import done, note, ok, same

SEEDED = [
    "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6020",
    "==7==ERROR: LeakSanitizer: detected memory leaks",
    "SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior ../src/der.c:9",
    "../src/der.c:9:7: runtime error: signed integer overflow: 2 + 1",
    "attestry-fcgi: ../src/api.c:9: api_new: Assertion `x' failed.",
    "*** stack smashing detected ***: terminated",
    "*** buffer overflow detected ***: terminated",
    "free(): double free detected in tcache 2",
    "free(): invalid pointer",
    "malloc(): corrupted top size",
    "corrupted size vs. prev_size",
    '{"time":"x","level":"warning","pid":1,"event":"worker_died","worker":2,'
    '"signal":11,"lived_ms":7}',
    '{"time":"x","level":"warning","pid":1,"event":"worker_died","worker":2,'
    '"signal":31,"lived_ms":7}',
    "2026/11/25 17:10:01 [alert] 7#7: worker process 8 exited on signal 11",
    "nginx: [emerg] bind() to 127.0.0.1:80 failed (98: Address in use)",
    "2026/11/25 17:10:01 [crit] 7#7: *1 pwrite() failed (28: No space left)",
    "[Wed Nov 25 17:10:01 2026] [core:alert] [pid 7] AH00000: no",
    "2026-11-25 17:10:08 UTC [7] PANIC:  could not write to file",
    "LOG:  server process (PID 7) was terminated by signal 11: Segmentation",
    "ERROR:  invalid page in block 0 of relation base/1/2",
]
HARMLESS = [
    '{"event":"worker_died","worker":2,"signal":9,"lived_ms":7}',
    '{"event":"worker_died","worker":2,"signal":15,"lived_ms":11}',
    '{"event":"worker_left","worker":11}',
    "2026/11/25 17:10:01 [error] 7#7: *1 upstream prematurely closed",
    "2026/11/25 17:10:01 [crit] 7#7: *1 connect() to unix:run/attestry-fcgi"
    ".sock failed (2: No such file or directory) while connecting",
    "ok 7 - no alert, no sanitizer text in any log",
    "LOG:  server process (PID 7) was terminated by signal 9: Killed",
]


def found_and_not():
    for line in SEEDED:
        same(faults(f"before\n{line}\nafter"), [line], f"found: {line[:50]}")
    for line in HARMLESS:
        same(faults(line), [], f"not a fault: {line[:50]}")
    same(faults(SEEDED[0], "heap-buffer"), [], "one that is expected is not")


def in_an_instance():
    with Service() as service:
        for name in "attestry-fcgi", "nginx-error", "postgres":
            with open(service.path("log", name + ".log"), "a") as log:
                log.write(SEEDED[0] + "\n")
        same(service.faults(), 3 * [SEEDED[0]],
             "control: an instance finds it in each of its logs")
        service.expected = "heap-buffer-overflow"


def in_the_logs_of_tests():
    paths = [path for path in glob.glob(os.path.join(BUILD, "tests", "*.log"))
             if not path.endswith("/test_logs.log")]
    bad = []
    for path in sorted(paths):
        with open(path, errors="replace") as file:
            bad += [f"{os.path.basename(path)}: {line[:200]}"
                    for line in faults(file.read())]
    if not ok(not bad, f"{len(paths)} tests: no alert, no sanitizer text in "
              "any log"):
        note("\n".join(bad[:50]))


found_and_not()
in_an_instance()
in_the_logs_of_tests()
done()
