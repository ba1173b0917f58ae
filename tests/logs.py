"""What must not be in any log that a test makes, whatever the test did."""

import re

FAULTS = re.compile("|".join((
    # sanitizers, and what libc and assert say before they abort
    r"(Address|Leak|Memory|Thread|UndefinedBehavior)Sanitizer",
    r": runtime error: ",
    r"Assertion .* failed",
    r"stack smashing detected|buffer overflow detected",
    r"double free|free\(\): invalid|corrupted (size|double-linked|top)",
    r"malloc\(\): |realloc\(\): |munmap_chunk\(\)",
    # a worker of ours that died of its own: of ILL, TRAP, ABRT, BUS, FPE,
    # SEGV, SYS
    r'"event":"worker_died".*"signal":(4|5|6|7|8|11|31)\b',
    # nginx and Apache; a pool that is away is what tests make
    r"\[(\w+:)?(alert|emerg)\]",
    r"\[(\w+:)?crit\](?!.* connect\(\) to unix:)",
    # PostgreSQL
    r"\bPANIC: ",
    r"was terminated by signal (4|5|6|7|8|11|31)\b",
    r"invalid page in block|page verification failed",
)))


def faults(text, expected=None):
    """The lines with a fault, but those that match `expected`."""
    return [line for line in text.splitlines()
            if FAULTS.search(line) and
            not (expected and re.search(expected, line))]
