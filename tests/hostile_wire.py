"""
Hostile HTTP around a good or a bad body: where a message ends, how it is
coded, what its headers mean. A row is a name, the bytes, and the statuses that
may come of them; where nginx and Apache differ, of each.
"""

import gzip
import zlib

from answer import checksum
from hostile import (API, CLOSE, CLOSED, JSON, MARK, NONE, Row, ask,
                     by_front, chunks, file_part, form, form_type, named,
                     post, send, send_form)

CHUNKED = b"Transfer-Encoding: chunked\r\n"
FORM = b"Content-Type: " + form_type() + b"\r\n"
BAD = form(file_part(MARK))
SMUGGLED = b"GET " + API + b"/view/smuggled HTTP/1.1\r\n" + CLOSE + b"\r\n"


def lengths():
    """Where does the body end? No second reading of it is answered."""
    length = b"Content-Length: %d\r\n" % len(BAD)
    four = b"abcd"

    def of(value, body=four):
        return post(b"Content-Length: " + value + b"\r\n", body)
    return [
        # Apache takes the chunks (RFC 9112 6.3), and closes.
        ("a length and chunks", post(
            FORM + length + CHUNKED, chunks(BAD) + SMUGGLED),
         by_front(400, {400, 422})),
        ("chunks and a length", post(
            FORM + CHUNKED + length, chunks(BAD) + SMUGGLED),
         by_front(400, {400, 422})),
        ("a length of 0 and chunks", post(
            FORM + b"Content-Length: 0\r\n" + CHUNKED, chunks(BAD) +
            SMUGGLED), by_front(400, {400, 422})),
        ("two lengths", post(length + b"Content-Length: 0\r\n", BAD), 400),
        ("the same length twice", post(length * 2, BAD), 400),
        ("a list of lengths", of(b"4, 4"), 400),
        ("two numbers", of(b"4 4"), 400),
        ("a length with a plus", of(b"+4"), 400),
        ("a negative length", of(b"-4"), 400),
        ("a length of -1", of(b"-1"), 400),
        ("a length in hex", of(b"0x4"), 400),
        ("a length with a point", of(b"4.0"), 400),
        ("a length with an exponent", of(b"4e0"), 400),
        ("a length with letters", of(b"4x"), 400),
        ("a length in quotes", of(b'"4"'), 400),
        ("a length of leading zeros", of(b"0000000004"), 415),
        ("a length of 30 digits", of(b"9" * 30), {400, 413}),
        ("a length of 2^63", of(b"9223372036854775808"), {400, 413}),
        ("a length of 2^64 + 4", of(b"18446744073709551620"), {400, 413}),
        ("a length of 2^32 + 4", of(b"4294967300"), 413),
        ("a length of 10 MB and nothing", of(b"10485760", b""), 413),
        ("an empty length", of(b"", b""), {400, 415}),
        ("a length with a NUL", of(b"4\0"), 400),
        ("a length in a folded line", post(
            b"X: y\r\n Content-Length: 4\r\n", four), 400),
        ("a length behind a vertical tab", post(
            b"Content-Length:\x0b4\r\n", four), 400),
        ("Content_Length", post(FORM + length + b"Content_Length: 3\r\n",
                                BAD), 422),
        ("no length, no body", post(FORM), 400),
        ("no length, a body that is a request", post(
            FORM, ask(b"recent")), by_front([400, 200], 400)),
        ("a length shorter than the body", post(
            FORM + length, BAD + ask(b"recent")), [422, 200]),
        ("a GET with a body that is a request", ask(
            b"recent", b"Content-Length: %d\r\n" % len(SMUGGLED)) + SMUGGLED,
         200),
        ("a body that stops", Row(None, post(
            FORM + b"Content-Length: 50000\r\n", BAD), {400, CLOSED},
            cut=True)),
        ("a body that does not begin", Row(None, post(FORM + length),
                                           {400, CLOSED}, cut=True)),
        *[(f"a body of {num} bytes", send(b"x" * num, JSON), status)
          for num, status in [
              (0, 400), (1, 400), (57344, 400), (57345, 413), (65536, 413),
              (65537, 413), (131072, 413)]],
        ("a body of 1 MB", send(b"x" * 1000000, JSON), 413),
        ("a body of 10 MB", send(b"x" * 10000000, JSON), {413, CLOSED}),
        ("10 MB in chunks", post(FORM + CHUNKED, chunks(
            b"x" * 10000000, 65000)), by_front(
                {413, CLOSED}, {400, CLOSED})),
    ]


def codings(quote):
    """Chunks, other transfer codings, encodings of the content."""
    good = form(file_part(quote))

    def chunked(body, headers=b""):
        return post(FORM + CHUNKED + headers, body)

    def coded(value):
        return post(FORM + b"Transfer-Encoding: " + value + b"\r\n",
                    chunks(good))

    def encoded(coding, body):
        return send_form(body, headers=b"Content-Encoding: " + coding +
                         b"\r\n")
    bomb = gzip.compress(bytes(30000000))
    unknown = by_front({400, 501}, {400, 501})
    tail = b"\r\n0\r\n\r\n"
    return [
        ("chunks", chunked(chunks(good)), 200),
        ("chunks of 1", chunked(chunks(good, 1)), 200),
        ("chunks in capitals", chunked(b"%X\r\n%s\r\n0\r\n\r\n" % (
            len(good), good)), 200),
        ("a chunk size of leading zeros", chunked(
            b"00000%x\r\n%s" % (len(good), good) + tail), 200),
        ("a chunk size of 40 zeros", chunked(
            b"0" * 40 + b"%x\r\n%s" % (len(good), good) + tail), {200, 400}),
        ("an extension", chunked(b"%x;a=b\r\n%s" % (len(good), good) + tail),
         200),
        ("an extension in quotes", chunked(b'%x;a="b;\\""\r\n%s' % (
            len(good), good) + tail), {200, 400}),
        ("an extension of 9 KB", chunked(
            b"%x;a=" % len(good) + b"x" * 9000 + b"\r\n" + good + tail),
         {200, 400, 413}),
        ("an extension with an LF", chunked(
            b"%x;a\nb\r\n%s" % (len(good), good) + tail), {200, 400}),
        ("a trailer", chunked(chunks(good)[:-2] + b"X-Trailer: " + MARK +
                              b"\r\n\r\n"), 200),
        ("a trailer that is a length", chunked(
            chunks(good)[:-2] + b"Content-Length: 3\r\n\r\n"), 200),
        ("a trailer without a colon", chunked(
            chunks(good)[:-2] + MARK + b"\r\n\r\n"), {200, 400}),
        ("no trailer's end", Row(None, chunked(chunks(good)[:-2]),
                                 {400, CLOSED}, cut=True)),
        ("no last chunk", Row(None, chunked(chunks(good)[:-5]),
                              {400, CLOSED}, cut=True)),
        ("half a chunk", Row(None, chunked(b"fff\r\n" + MARK),
                             {400, CLOSED}, cut=True)),
        ("no chunks", chunked(b"0\r\n\r\n"), 400),
        ("a size of letters", chunked(b"zz\r\n" + MARK + tail), 400),
        ("a size of nothing", chunked(b"\r\nabcd" + tail), 400),
        ("a size in 0x", chunked(b"0x4\r\nabcd" + tail), 400),
        ("a negative size", chunked(b"-4\r\nabcd" + tail), 400),
        ("a size with a plus", chunked(b"+4\r\nabcd" + tail), 400),
        ("a size behind a space", chunked(b" 4\r\nabcd" + tail), 400),
        ("a size of 17 digits", chunked(b"10000000000000004\r\nabcd" + tail),
         {400, 413}),
        ("a size of 2^63", chunked(b"8000000000000000\r\nabcd" + tail),
         {400, 413}),
        ("a size of 2^64 - 1", chunked(b"ffffffffffffffff\r\nabcd" + tail),
         {400, 413}),
        ("a size of 2^31", Row(None, chunked(b"80000000\r\nabcd" + tail),
                               {400, 413, CLOSED}, cut=True)),
        ("a chunk longer than it says", chunked(b"2\r\nabcd" + tail), 400),
        ("a chunk shorter than it says", chunked(b"5\r\nabcd" + tail), 400),
        ("chunks of LF", Row(None, chunked(chunks(good, 2000).replace(
            b"\r\n", b"\n")), {200, 400, CLOSED}, cut=True)),
        ("a chunked GET", ask(b"recent", CHUNKED) + b"0\r\n\r\n", 200),
        ("a chunked GET with a request", ask(b"recent", CHUNKED) +
         chunks(SMUGGLED), 200),
        ("a chunked HEAD", Row(None, ask(b"recent", CHUNKED, b"HEAD") +
                               chunks(MARK), 200, head=True)),
        ("chunks in HTTP/1.0", ask(b"verify", FORM + CHUNKED, b"POST",
                                   b"HTTP/1.0") + chunks(good),
         {400, 411, 200}),
        ("chunked twice", coded(b"chunked, chunked"), unknown),
        ("chunked in two lines", post(FORM + CHUNKED * 2, chunks(good)),
         unknown),
        ("gzip, chunked", coded(b"gzip, chunked"), unknown),
        ("chunked, gzip", coded(b"chunked, gzip"), unknown),
        ("identity", coded(b"identity"), unknown),
        ("gzip", coded(b"gzip"), unknown),
        ("xchunked", coded(b"xchunked"), unknown),
        ("Chunked", coded(b"Chunked"), 200),
        ("chunked;q=1", coded(b"chunked;q=1"), unknown),
        ("chunked in quotes", coded(b'"chunked"'), unknown),
        ("chunked and a NUL", coded(b"chunked\0"), 400),
        ("no coding", coded(b""), {400, 501}),
        ("a coding behind a vertical tab", coded(b"\x0bchunked"), unknown),
        ("a coding before a space", post(
            FORM + b"Transfer-Encoding : chunked\r\n", chunks(good)), 400),
        ("a folded coding", post(FORM + b"Transfer-Encoding:\r\n chunked\r\n",
                                 chunks(good)), by_front(400, {200, 400})),
        ("Transfer_Encoding", send_form(good, headers=b"Transfer_Encoding: "
                                        b"chunked\r\n"), 200),
        # What is not understood is not guessed at.
        ("a form in gzip", encoded(b"gzip", gzip.compress(good)), {400, 415}),
        ("a form in deflate", encoded(b"deflate", zlib.compress(good)),
         {400, 415}),
        ("a form in br", encoded(b"br", MARK), {400, 415}),
        ("a form in an unknown encoding", encoded(MARK, MARK), {400, 415}),
        ("a form in gzip, gzip", encoded(b"gzip, gzip", MARK), {400, 415}),
        ("a form said to be in gzip", encoded(b"gzip", good), {200, 415}),
        ("a form in identity", encoded(b"identity", good), 200),
        ("a gzip bomb", encoded(b"gzip", bomb[:50000]), {400, 415}),
        ("JSON in gzip", send(gzip.compress(b'{"hex":"00"}'), JSON,
                              b"Content-Encoding: gzip\r\n"), {400, 415}),
        ("what is expected", post(
            FORM + b"Content-Length: %d\r\nExpect: 100-continue\r\n" %
            len(good), good), 200),
        ("what is expected, in capitals", post(
            FORM + b"Content-Length: %d\r\nExpect: 100-CONTINUE\r\n" %
            len(good), good), 200),
        ("what is expected of a GET", ask(
            b"recent", b"Expect: 100-continue\r\n"), 200),
        ("too much is expected", post(
            FORM + b"Content-Length: 10485760\r\nExpect: 100-continue\r\n"),
         413),
        ("something else is expected", send_form(
            good, headers=b"Expect: " + MARK + b"\r\n"),
         by_front({200, 417}, 417)),
        ("two expectations", send_form(
            good, headers=b"Expect: 100-continue\r\n" * 2),
         {200, 400, 417}),
    ]


def headers(quote):
    """Odd headers of good requests."""
    known = b"raw/" + checksum(quote).encode()
    tag = b'"' + checksum(quote).encode() + b'"'
    good = form(file_part(quote))

    def recent(text, status):
        return ask(b"recent", text), status
    rows = [(f"If-None-Match {num}: {text.decode('latin-1')[:16]}", ask(
        known, b"If-None-Match: " + text + b"\r\n"), status)
        for num, (text, status) in enumerate([
            (tag, 304), (b"W/" + tag, 304), (b"*", 304), (b"w/" + tag, 200),
            (tag[1:-1], 200), (tag[:-1], 200), (tag[1:], 200),
            (tag.upper(), 200), (b'"a", ' + tag, 304), (b'"a",' + tag, 304),
            (b'"a" ' + tag, {200, 304}), (b",,, " + tag, {200, 304}),
            (b"'" + tag[1:-1] + b"'", 200), (b'"' + MARK + b'"', 200),
            (b"W/", 200), (b'""', 200), (b'"', 200), (b"", 200),
            (b"**", 200), (b'"*"', 200), (b"W/*", 200),
            (b'"\xff\xfe"', {200, 400}), (b'"a' + tag, 200),
            (b'"a", ' * 900 + tag, {304, 200, 400}),
            (tag + b", " + MARK, 304), (b"W/W/" + tag, 200)])]
    rows += [(f"Range: {text.decode()[:14]}", ask(
        known, b"Range: " + text + b"\r\n"), 200) for text in (
            b"bytes=0-0", b"bytes=-1", b"bytes=99999999-", b"bytes=5-1",
            b"bytes=0-0,1-1", b"bytes=" + b"0-," * 1000, b"bytes=-",
            b"lines=0-1", b"bytes=0-18446744073709551616", MARK)]
    rows += [(what, *recent(text, status)) for what, text, status in [
        ("two If-None-Match", b'If-None-Match: "a"\r\n' * 2, {200, 400}),
        ("a bad date", b"If-Modified-Since: " + MARK + b"\r\n", 200),
        ("If-Match", b'If-Match: "' + MARK + b'"\r\n', {200, 412}),
        ("a cookie of 7 KB", b"Cookie: a=" + MARK * 700 + b"\r\n", 200),
        ("a cookie of 40 KB", b"Cookie: a=" + MARK * 4000 + b"\r\n",
         {400, 431}),
        ("30 cookies of 1 KB", (b"Cookie: a=" + MARK * 100 + b"\r\n") * 30,
         {200, 400, 431}),
        ("90 headers", b"X: y\r\n" * 90, 200),
        ("300 headers", b"X-Y: z\r\n" * 300, {200, 400, 431}),
        ("100 KB of headers", (b"X: " + b"y" * 1000 + b"\r\n") * 100,
         {400, 431}),
        ("a NUL in a header", b"X: a\0b\r\n", 400),
        ("a CR in a header", b"X: a\rX-Injected: 1\r\n", {200, 400}),
        ("a header without a colon", MARK + b"\r\n", {200, 400}),
        ("a header without a name", b": " + MARK + b"\r\n", {200, 400}),
        ("a space before a colon", b"X : y\r\n", {200, 400}),
        ("a folded header", b"X: y\r\n " + MARK + b"\r\n", {200, 400}),
        ("a name of bytes", b"X-\xff: 1\r\n", {200, 400}),
        ("a name of 5000", b"X" * 5000 + b": 1\r\n", {200, 400}),
        ("bytes in headers", b"User-Agent: \xff\"\\\x9b\r\nReferer: \xfe\x80"
         b"\r\nIf-None-Match: \"\xff\r\n", {200, 400}),
        ("a terminal's codes", b"User-Agent: \x1b[2J\x07\r\n"
         b"Referer: \x7f\x1b]0;x\x07\r\n", {200, 400}),
        ("Accept of nothing there", b"Accept: text/html;q=0\r\n", 200),
        ("an encoding of 2000", b"Accept-Encoding: " + b"x," * 1000 +
         b"\r\n", 200),
        ("Proxy", b"Proxy: http://" + MARK + b"\r\n", 200),
        ("variables", b"X_Y: z\r\nRequest-Uri: /x\r\nScript-Filename: /x\r\n"
         b"Http-Proxy: x\r\nRequest_Method: PUT\r\n", 200),
        ("forwarding", b"X-Forwarded-For: " + MARK + b"\r\nX-Original-URL: "
         b"/x\r\nX-Rewrite-URL: /x\r\nX-Forwarded-Host: " + MARK +
         b"\r\nForwarded: for=" + MARK + b"\r\n", 200),
        ("an origin", b"Origin: http://" + MARK + b"\r\n", 200),
        ("a login", b"Authorization: Basic " + MARK + b"\r\n", 200),
        ("a request id that is none", b"X-Request-Id: a b" + MARK + b"\r\n",
         200),
        ("a request id of CRLF", b"X-Request-Id: a%0d%0aX: " + MARK + b"\r\n",
         200),
        ("a request id of 65", b"X-Request-Id: " + b"a" * 55 + MARK +
         b"\r\n", 200),
        ("two request ids", b"X-Request-Id: a/" + MARK + b"\r\n"
         b"X-Request-Id: b/" + MARK + b"\r\n", 200),
        ("Connection names a header", b"Connection: host, content-length\r\n",
         {200, 400}),
        ("TE", b"TE: trailers, chunked;q=0\r\n", 200),
        # (Apache's proxy thinks that it goes in circles.)
        ("Max-Forwards", b"Max-Forwards: 0\r\n", by_front(200, {200, 400})),
    ]]
    return rows + [
        ("a request id", Row(None, ask(
            b"recent", b"X-Request-Id: " + MARK + b"\r\n"), 200,
            echo="x-request-id")),
        ("two content types", send_form(
            good, headers=b"Content-Type: text/plain\r\n"), {200, 400, 415}),
        ("two content types, the right one second", send(
            good, b"text/plain", b"Content-Type: " + form_type() + b"\r\n"),
         {200, 400, 415}),
        ("a content type of 4000", send(
            good, form_type() + b"; x=" + b"y" * 4000), 400),
        ("a content type of bytes", send(
            good, b"\xff\xfe\x9b" + MARK), {400, 415}),
        ("a HEAD of the good one", Row(None, ask(known, method=b"HEAD"), 200,
                                       head=True)),
        ("HTTP/1.0 that keeps on", ask(
            b"recent", b"Connection: keep-alive\r\n", version=b"HTTP/1.0"),
         200),
        ("three requests at once", ask(b"recent") + ask(b"view/" + NONE) +
         ask(b"recent?limit=1"), [200, 404, 200]),
        ("twenty requests at once", ask(b"view/" + NONE) * 20, [404] * 20),
        ("an upload between requests", ask(b"recent") + send_form(good) +
         ask(b"recent"), [200, 200, 200]),
        ("two uploads, the first bad", send_form(BAD) + send_form(good),
         [422, 200]),
        ("garbage behind a request", ask(b"recent") + MARK + b"\r\n\r\n",
         [200, 400]),
        ("a request behind one that says close", ask(
            b"recent", b"Connection: close\r\n") + ask(b"recent"), 200),
        ("a request behind one too large", send(b"x" * 70000, JSON) +
         ask(b"recent"), [413]),
    ]


def rows(quote):
    """All of them."""
    return named(lengths() + codings(quote) + headers(quote))
