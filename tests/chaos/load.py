"""
Clients for the scenarios: uploads that go on whatever fails, and what must be
true of those that were acknowledged.
"""

import hashlib
import http.client
import json
import struct
import threading
import time

from e2e import BASE, multipart, wait_until

# Where a quote's bytes may be anything and still be read: the header's user
# data. The signature does not hold then, which is a verdict, too.
USER_DATA = 28
LIMIT = 100


class Answer:
    """Of one request: status (0: none came), body, and when it was sent and
    answered (time.monotonic)."""

    def __init__(self, status, body, sent, answered):
        self.status, self.body = status, body
        self.sent, self.answered = sent, answered

    @property
    def seconds(self):
        return self.answered - self.sent

    def json(self):
        return json.loads(self.body)


class Client:
    """
    One connection to the front, made anew when it is lost; with is_brief, for
    each request.
    """

    def __init__(self, port, source="127.0.0.1", timeout=30, is_brief=False):
        self.port, self.source, self.timeout = port, source, timeout
        self.is_brief = is_brief
        self.connection = None

    def ask(self, method, path, body=None, headers={}):
        if not path.startswith("/"):
            path = f"{BASE}/{path}"
        sent = time.monotonic()
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    "127.0.0.1", self.port, timeout=self.timeout,
                    source_address=(self.source, 0))
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            status, body = response.status, response.read()
            if response.will_close or self.is_brief:
                self.close()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            status, body = 0, repr(error).encode()
        return Answer(status, body, sent, time.monotonic())

    def get(self, path):
        return self.ask("GET", path)

    def upload(self, quote):
        body, content_type = multipart(("file", "quote.bin", quote))
        return self.ask("POST", "verify", body,
                        {"Content-Type": content_type})

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def checksum(quote):
    return hashlib.sha256(quote).hexdigest()


def numbered(quote, number):
    """
    A quote of its own for each number: one in four is genuine (padded), the
    others' signatures do not hold.
    """
    mark = struct.pack("<Q", number)
    if number % 4 == 0:
        return quote + mark
    return quote[:USER_DATA] + mark + quote[USER_DATA + 8:]


def is_acknowledged(answer):
    """Whether it says that the upload is kept: with a verdict, good or bad."""
    if answer.status == 200:
        return answer.json()["can_download"]
    return answer.status == 400 and \
        answer.json().get("reason") == "bad_quote_signature"


class Crowd:
    """Clients at work, each in a thread that calls run(its number), which
    ends soon once `is_over`."""

    def __init__(self, num_clients):
        self.is_over = False
        self.threads = [threading.Thread(target=self.run, args=(i,),
                                         daemon=True)
                        for i in range(num_clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()


class Uploads(Crowd):
    """
    Threads that upload one quote after the other, each until it is
    acknowledged. `acknowledged` is {checksum: (quote, uploaded_at or None)},
    `answers` all answers but their bodies.
    """

    def __init__(self, service, num_clients=4, first=0):
        super().__init__(num_clients)
        self.service = service
        self.acknowledged, self.answers, self.odd = {}, [], []
        self.next = first
        self.lock = threading.Lock()

    def take(self):
        with self.lock:
            self.next += 1
            return numbered(self.service.quote, self.next)

    def run(self, _):
        client = Client(self.service.port)
        while not self.is_over:
            quote = self.take()
            while not self.is_over and not self.send(client, quote):
                time.sleep(0.02)
        client.close()

    def send(self, client, quote):
        answer = client.upload(quote)
        good = is_acknowledged(answer)
        with self.lock:
            self.answers.append((answer.status, answer.sent, answer.answered))
            if good:
                self.acknowledged[checksum(quote)] = (
                    quote, answer.json().get("uploaded_at"))
            elif answer.status not in (0, 500, 502, 503, 504):
                self.odd.append(answer)
        return good

    def wait(self, num, seconds=60):
        """Until so many more are acknowledged."""
        num += len(self.acknowledged)
        return wait_until(lambda: len(self.acknowledged) >= num, seconds)

    def first_since(self, at, seconds=30):
        """
        When the first upload was acknowledged that was sent at `at` (of
        time.monotonic) or later; None: none in so many seconds.
        """
        def found():
            with self.lock:
                return [answered for status, sent, answered in self.answers
                        if status in (200, 400) and sent >= at]
        return min(found()) if wait_until(found, seconds) else None


def recent(client):
    """[(checksum, created_at)] of all quotes, newest first."""
    rows = []
    while True:
        page = client.get(f"recent?limit={LIMIT}&skip={len(rows)}").json()
        rows += [(row["checksum"], row["created_at"]) for row in page]
        if len(page) < LIMIT:
            return rows


def check_kept(findings, service, acknowledged):
    """
    Every acknowledged upload is there: the same bytes, once in the list, at
    the time that was told. Nobody uploads meanwhile.
    """
    client = Client(service.port)
    lost, changed = [], []
    for own, (quote, _) in acknowledged.items():
        answer = client.get(f"raw/{own}")
        if answer.status != 200:
            lost.append(own)
        elif answer.body != quote:
            changed.append(own)
    listed = {}
    for own, created_at in recent(client):
        listed.setdefault(own, []).append(created_at)
    missing = [own for own in acknowledged if own not in listed]
    twice = [own for own, times in listed.items() if len(times) > 1]
    moved = [own for own, (_, uploaded_at) in acknowledged.items()
             if uploaded_at and own in listed and
             listed[own] != [uploaded_at]]
    findings.figure("acknowledged", len(acknowledged))
    findings.figure("lost", len(lost))
    for what, found in (("lost", lost), ("changed", changed),
                        ("not in recent", missing), ("twice", twice),
                        ("at another time", moved)):
        findings.need(not found, what if what != "not in recent" else "lost",
                      f"{what}: {len(found)} of {len(acknowledged)}, such as"
                      f" {found[:1]}")


def percentile(values, part):
    """The value below which that part of them is: 0.99."""
    values = sorted(values)
    return values[min(len(values) - 1, int(part * len(values)))]
