"""
Quotes that bring down whoever judges them, by tests/watch_verify.c in front of
GnuTLS.
"""

import json
import os

from e2e import preloaded
from metrics import Metrics

# The report data of a TDX quote of version 4: header, and the report's end.
REPORT_DATA = 48 + 584 - 64


def deadly(raw, how, number=0):
    """A quote that ends its judge by a signal; 0: that exits."""
    mark = b"die by %d " % how
    return (raw[:REPORT_DATA] + mark + raw[REPORT_DATA + len(mark):] +
            b"%d" % number)


class Crashes:
    """The pool with that library, and how often somebody died."""

    def __init__(self, service, folder):
        self.service = service
        self.path = os.path.join(folder, "crashes")
        self.environment = {**preloaded("watch_verify.c", folder),
                            "CRASH_LOG": self.path}
        # by root and by the workers' user alike
        with open(self.path, "w"):
            os.chmod(self.path, 0o666)

    def num(self):
        return os.path.getsize(self.path)

    def pool(self):
        return self.service.own_pool(**self.environment)

    def lines(self, event):
        return [json.loads(line) for line in self.service.log().splitlines()
                if f'"event":"{event}"' in line]

    def counted(self, name, **labels):
        return Metrics(self.service.get("/metrics").body.decode()).get(
            name, **labels)
