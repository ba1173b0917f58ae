"""Test Anything Protocol, as tests/tap.h: ok() for each case, done() at the end."""

import sys

_num = 0
_num_failed = 0


def ok(condition, name):
    """One case: passed or not, and its name. Returns the condition."""
    global _num, _num_failed
    _num += 1
    _num_failed += not condition
    print(f"{'' if condition else 'not '}ok {_num} - {name}", flush=True)
    return bool(condition)


def same(got, want, name):
    """One case: two values are equal; shows them when they are not."""
    if not ok(got == want, name):
        note(f"got  {got!r}")
        note(f"want {want!r}")
    return got == want


def note(text):
    """A note beside the case before it, shown in the log."""
    for line in str(text).splitlines():
        print("#", line, flush=True)


def skip(name, why):
    """One case that cannot be tried here."""
    global _num
    _num += 1
    print(f"ok {_num} - {name} # SKIP {why}", flush=True)


def skip_all(why):
    """The whole program cannot run here; says why and ends it."""
    print(f"1..0 # SKIP {why}", flush=True)
    sys.exit(0)


def done():
    """The plan; ends the program."""
    print(f"1..{_num}", flush=True)
    sys.exit(_num_failed > 0)
