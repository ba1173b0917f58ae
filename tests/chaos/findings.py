"""What a scenario found: figures for the table, and what must not be."""


class Skip(Exception):
    """Why a scenario cannot be run on this machine."""


class Findings:
    def __init__(self, quick):
        self.quick = quick
        self.figures = {}
        self.faults = []  # (kind, sentence)

    def figure(self, name, value):
        if isinstance(value, float):
            value = f"{value:.3f}" if value < 10 else f"{value:.0f}"
        self.figures[name] = value

    def need(self, condition, kind, sentence):
        """A condition; where it is not met that is a fault of a kind."""
        if not condition:
            self.faults.append((kind, sentence))
        return condition

    def goal(self, condition, sentence, kind="slow"):
        """One of speed: a short run on a busy machine says nothing of it."""
        if not self.quick:
            self.need(condition, kind, sentence)

    def kinds(self):
        return {kind for kind, _ in self.faults}

    def text(self):
        return ", ".join(f"{name} {value}"
                         for name, value in self.figures.items())
