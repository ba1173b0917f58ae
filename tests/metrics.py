"""
Prometheus's text format 0.0.4, read strictly: what a scraper would forgive is
an error here.
"""

import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
HEAD = re.compile(rf"# (HELP|TYPE) ({NAME}) (.+)")
TYPES = {"counter", "gauge", "histogram"}
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}


class Broken(Exception):
    """What is wrong with the text."""


def need(condition, what):
    if not condition:
        raise Broken(what)


def read_labels(text, line):
    labels, at = {}, 0
    while text and at < len(text):
        found = LABEL.match(text, at)
        need(found, f"labels: {line}")
        need(found[1] not in labels, f"a label twice: {line}")
        labels[found[1]] = found[2]
        at = found.end()
        need(at == len(text) or text[at] == ",", f"labels: {line}")
        at += 1
    return tuple(sorted(labels.items()))


def read_value(text, line):
    need(re.fullmatch(r"[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?", text),
         f"a value: {line}")
    return float(text)


def check_name(name, kind):
    need(kind in TYPES, f"{name}: type {kind}")
    need(name.startswith("attestry_"), f"{name}: whose is it?")
    need((kind == "counter") == name.endswith("_total"),
         f"{name}: a {kind}")
    need(kind != "histogram" or name.endswith("_seconds"),
         f"{name}: in which unit?")


def check_histogram(name, samples):
    """Buckets grow, the last one is +Inf and is the count."""
    groups = {}
    for (series, labels), value in samples.items():
        rest = tuple(pair for pair in labels if pair[0] != "le")
        group = groups.setdefault(rest, {"buckets": []})
        if series == name + "_bucket":
            le = dict(labels)["le"]
            group["buckets"].append(
                (math.inf if le == "+Inf" else float(le), value))
        else:
            group[series] = value
    for labels, group in groups.items():
        ends = [end for end, _ in group["buckets"]]
        counts = [number for _, number in group["buckets"]]
        need(ends == sorted(set(ends)) and ends[-1] == math.inf,
             f"{name}{labels}: buckets {ends}")
        need(counts == sorted(counts) and
             counts[-1] == group.get(name + "_count"),
             f"{name}{labels}: counts {counts}")
        need(name + "_sum" in group, f"{name}{labels}: no sum")


def parse(text):
    """
    {(series, ((label, value), ...)): number}; raises Broken. Each metric is
    one block: HELP, TYPE, its samples.
    """
    need(text.endswith("\n"), "no end of line at the end")
    samples, blocks, name, kind = {}, {}, None, None
    for line in text[:-1].split("\n"):
        head = HEAD.fullmatch(line)
        if head and head[1] == "HELP":
            name, kind = head[2], None
            need(name not in blocks, f"twice: {line}")
            blocks[name] = {}
        elif head:
            need(head[2] == name and kind is None, f"out of place: {line}")
            kind = head[3]
            check_name(name, kind)
        else:
            found = SAMPLE.fullmatch(line)
            need(found and kind, f"not a sample: {line}")
            need(found[1] in [name + suffix for suffix in
                              SUFFIXES.get(kind, ("",))],
                 f"not of {name}: {line}")
            key = found[1], read_labels(found[2], line)
            need(key not in samples, f"twice: {line}")
            samples[key] = blocks[name][key] = read_value(found[3], line)
            if kind == "histogram" and len(blocks[name]) == 1:
                blocks[name]["is_histogram"] = True
    for name, block in blocks.items():
        if block.pop("is_histogram", False):
            check_histogram(name, block)
    return samples


class Metrics:
    """One scrape: get("requests_total", route="view", status="200")."""

    def __init__(self, text):
        self.text = text
        self.samples = parse(text)

    def get(self, name, **labels):
        return self.samples.get(
            ("attestry_" + name, tuple(sorted(labels.items()))))

    def all(self, name):
        """{label values, in the order of the labels' names: number}."""
        return {tuple(value for _, value in labels): number
                for (series, labels), number in self.samples.items()
                if series == "attestry_" + name}
