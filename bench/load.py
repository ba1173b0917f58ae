"""
Rounds of wrk: bounded in time and, where each request is made once, in count.
Floor and figure take turns, so that whatever else the machine does hits both.
"""

import json
import os
import signal
import statistics
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
THREADS = 2
CONNECTIONS = 64
# wrk's own end, in case that nobody ends it.
SECONDS_MAX = 60


class BadRound(Exception):
    """Requests failed: such a round says nothing."""


class Load:
    """
    What a round sends: `kind`, `file` and `how` as load.lua has them.

    headers	lines, "Name: value"
    """

    def __init__(self, url, kind="url", file=None, how="once", headers=()):
        self.url = url
        self.kind = kind
        self.file = file
        self.how = how
        self.headers = headers

    def command(self, connections):
        threads = 1 if self.file else min(THREADS, connections)
        lines = [option for line in self.headers for option in ("-H", line)]
        # a line of its output is to be seen when it is written
        return ["stdbuf", "-oL", "wrk", "-t", str(threads),
                "-c", str(connections), "-d", f"{SECONDS_MAX}s",
                "--timeout", "10s", *lines,
                "-s", os.path.join(HERE, "load.lua"), self.url, "--",
                self.kind, str(self.file), self.how]

    def run(self, seconds, connections=CONNECTIONS):
        """
        One round, longer where nothing is answered within it. Returns
        load.lua's members and `rate`, per second.
        """
        result = self.run_once(seconds, connections)
        while not result["requests"]:
            seconds *= 4
            if seconds > SECONDS_MAX:
                raise BadRound("no request is answered")
            result = self.run_once(seconds, connections)
        result["rate"] = result["requests"] / result["seconds"]
        return result

    def run_once(self, seconds, connections):
        wrk = subprocess.Popen(
            self.command(connections), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            # "Running 1m test @ …": all is read, and it begins
            first = wrk.stdout.readline()
            if first.startswith("Running"):
                time.sleep(seconds)
            wrk.send_signal(signal.SIGINT)
            output = first + wrk.communicate(timeout=30)[0]
        finally:
            if wrk.poll() is None:
                wrk.kill()
                wrk.wait()
        return read_result(output)


def read_result(output):
    last = output.rstrip().rpartition("\n")[2]
    try:
        result = json.loads(last)
    except ValueError:
        raise BadRound(f"wrk: {output.strip()[-300:]}") from None
    if result["bad"]:
        raise BadRound(f"{result['bad']} of {result['requests']} requests"
                       " failed")
    return result


def take_turns(floor, figure, rounds, warm=1):
    """
    floor, figure	each called once a round; return what Load.run does
    warm	so many turns come first and do not count

    Returns [(floor, figure)].
    """
    turns = []
    for number in range(warm + rounds):
        if number % 2:
            second = figure()
            turn = floor(), second
        else:
            turn = floor(), figure()
        if number >= warm:
            turns.append(turn)
    return turns


def compare(turns):
    """Medians of both rates, and of their ratios."""
    result = {
        "floor": statistics.median(floor["rate"] for floor, _ in turns),
        "value": statistics.median(value["rate"] for _, value in turns),
        "ratio": statistics.median(value["rate"] / floor["rate"]
                                   for floor, value in turns),
        "rounds": len(turns),
    }
    if "p99_ms" in turns[0][1]:
        result["p99_ms"] = statistics.median(
            value["p99_ms"] for _, value in turns)
    if all("cpu_us" in result for turn in turns for result in turn):
        result["cpu_us"] = {
            name: {server: statistics.median(
                turn[number]["cpu_us"][server] for turn in turns)
                for server in turns[0][number]["cpu_us"]}
            for number, name in enumerate(("floor", "value"))}
        result["cpu_ratio"] = statistics.median(
            sum(floor["cpu_us"].values()) / sum(value["cpu_us"].values())
            for floor, value in turns)
    return result
