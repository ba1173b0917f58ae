"""
Hostile HTTP around a good or a bad body: where a message ends, what its first
line says, how long it is, what its headers mean. A row is a name, the bytes,
and the statuses that may come of them; where nginx and Apache differ, of each.
"""

import gzip
import zlib

from answer import checksum
from hostile import (API, CLOSE, CLOSED, HOST, JSON, MARK, Row, ask, chunks,
                     file_part, form, form_type, send, send_form)

CHUNKED = b"Transfer-Encoding: chunked\r\n"
FORM = b"Content-Type: " + form_type() + b"\r\n"
NONE = b"0" * 64
BAD = form(file_part(MARK))
SMUGGLED = b"GET " + API + b"/view/smuggled HTTP/1.1\r\n" + CLOSE + b"\r\n"


def by_front(nginx, apache):
    return {"nginx": nginx, "apache": apache}


def post(headers, body=b"", target=b"verify"):
    """An upload whose headers are all its own."""
    return ask(target, headers, b"POST") + body


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
            FORM + b"Content-Length: 60000\r\n", BAD), {400, CLOSED},
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


def methods():
    """Methods, known and not."""
    return [
        *[(f"{repr(method)[2:9]} {len(method)} {target.decode():.7}", Row(
            None, ask(target, b"Content-Length: 0\r\n", method), status,
            head=method == b"HEAD"))
          for target in (b"verify", b"recent", b"view/" + NONE)
          for method, status in [
              (b"PUT", 405), (b"PATCH", 405), (b"DELETE", 405),
              (b"TRACE", 405), (b"PROPFIND", 405), (b"LOCK", 405),
              (b"BREW", 405), (b"X" * 60, 405), (b"X" * 9000, {400, 414}),
              (b"get", {400, 405}), (b"Post", {400, 405}),
              (b"GET\0", 400), (b"G E T", 400), (b'G"ET', 400),
              (b"\xff", 400), (b"", 400), (b"-", {400, 405}),
              (b"GET:", 400), (b"_", {400, 405})]],
        ("GET verify", ask(b"verify"), 405),
        ("HEAD verify", Row(None, ask(b"verify", method=b"HEAD"), 405,
                            head=True)),
        ("POST recent", post(b"Content-Length: 4\r\n", b"abcd", b"recent"),
         405),
        ("POST view", post(b"Content-Length: 0\r\n", b"", b"view/" + NONE),
         405),
        ("a method by header", ask(b"recent", b"X-HTTP-Method-Override: "
                                   b"DELETE\r\nX-Method: PUT\r\n"), 200),
        ("CONNECT", b"CONNECT attestry:80 HTTP/1.1\r\n" + HOST + b"\r\n",
         {400, 405}),
        ("CONNECT to a path", ask(b"recent", b"", b"CONNECT"), {400, 405}),
        ("OPTIONS *", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
         by_front({400, 404, 405}, {200, 400, 404, 405})),
        ("GET *", b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", {400, 404}),
        ("a preflight", ask(b"verify", b"Origin: http://" + MARK +
                            b"\r\nAccess-Control-Request-Method: POST\r\n",
                            b"OPTIONS"), 204),
        ("a preflight for a header", Row(None, ask(
            b"verify", b"Access-Control-Request-Headers: x-" + MARK +
            b"\r\n", b"OPTIONS"), 204, echo="access-control-allow-headers")),
        ("a preflight for CRLF", ask(
            b"recent", b"Access-Control-Request-Headers: a%0d%0aX-Injected: " +
            MARK + b"\r\n", b"OPTIONS"), 204),
        ("a preflight for bytes", ask(
            b"recent", b"Access-Control-Request-Headers: \xff\xfe" + MARK +
            b"\r\n", b"OPTIONS"), 204),
        ("a preflight for a page", ask(
            b"recent", b"Access-Control-Request-Headers: <script>" + MARK +
            b"\r\n", b"OPTIONS"), 204),
        ("a preflight for 4 KB", ask(
            b"recent", b"Access-Control-Request-Headers: " + MARK * 400 +
            b"\r\n", b"OPTIONS"), 204),
        ("a preflight for two lines", Row(None, ask(
            b"recent", b"Access-Control-Request-Headers: a\r\n"
            b"Access-Control-Request-Headers: b\r\n", b"OPTIONS"), 204)),
        ("a preflight elsewhere", ask(b"/" + MARK, b"", b"OPTIONS"),
         {204, 404}),
        ("a preflight with a body", ask(
            b"verify", b"Content-Length: 10\r\n", b"OPTIONS") + MARK, 204),
    ]


def targets(quote):
    """What the first line asks for."""
    known = checksum(quote).encode()

    def row(name, target, allowed, echo=None):
        return name, Row(None, ask(target), allowed, echo=echo)
    rows = [row(f"{route.decode()}/{what}", route + b"/" + text, status,
                "input") for route in (b"view", b"raw", b"collateral")
            for what, text, status in [
                ("of 63 digits", NONE[:63], 422),
                ("of 65 digits", NONE + b"0", 422),
                ("in capitals", b"ABCDEF" + NONE[6:], 404),
                ("of 0x", b"0x" + NONE, 404),
                ("of 0X", b"0X" + NONE, 404),
                ("of 0x0x", b"0x0x" + NONE, 422),
                ("of 0x alone", b"0x", 422),
                ("the marker", MARK, 422),
                ("with CRLF", b"%0d%0aX-Injected:%201", 422),
                ("of 64 with CRLF", NONE[:57] + b"%0d%0aX:1", 422),
                ("with CRLF behind it", NONE + b"%0d%0aX-Injected:%201", 422),
                ("with a NUL behind it", NONE + b"%00",
                 {400, 404, 422}),
                ("with a space behind it", NONE + b"%20", 422),
                ("an escaped digit", b"%30" + NONE[1:], 422),
                ("a slash behind it", NONE + b"/", 404),
                ("an encoded slash", NONE[:32] + b"%2f" + NONE[:31], 422),
                ("an encoded backslash", b"..%5c..%5c" + MARK, 422),
                ("encoded dots", b"%2e%2e", {400, 404, 422}),
                ("a semicolon", NONE + b";x=1", {404, 422}),
                ("a colon", NONE + b":80", 422),
                ("in full-width digits", "０".encode() * 10, {400, 422}),
                ("of escaped UTF-8", b"%ef%bc%90" * 10, 422),
                ("of escaped bytes", b"%ff%fe" + MARK, 422),
                ("a quote", b"%22" + MARK, 422),
                ("a page", b"%3Cscript%3E" + MARK, 422),
                ("SQL", b"'%20OR%20'1'='1", 422),
                ("a format", b"%25s%25n%25n", by_front(422, {400, 422})),
                ("a pattern", b"*", 422),
                ("of 4000", MARK * 400, 422),
                ("nothing", b"", {404, 422}),
            ]]
    rows += [row(what, target, status) for what, target, status in [
        ("up", b"../../../etc/passwd", {400, 404}),
        ("up and back", b"../attestations/recent", 404),
        ("encoded up", b"%2e%2e/%2e%2e/etc/passwd", {400, 404}),
        ("up by encoded slashes", b"..%2f..%2fetc%2fpasswd", {400, 404}),
        ("up by backslashes", b"..\\..\\etc\\passwd", {400, 404}),
        ("above the root", b"/../../etc/passwd", 400),
        ("up from view", b"view/../recent", 404),
        ("a dot", b"./recent", 404),
        ("two slashes", b"/" + API + b"/recent", {400, 404}),
        ("two slashes inside", b"/recent", 404),
        ("a slash behind it", b"recent/", 404),
        ("a dot behind it", b"recent.", 404),
        ("a NUL behind it", b"recent%00", {400, 404}),
        ("a semicolon behind it", b"recent;x", 404),
        ("a letter in another case", b"Recent", 404),
        ("an encoded letter", b"%72ecent", 404),
        ("encoded twice", b"%2572ecent", 404),
        ("an encoded question mark", b"recent%3Flimit=1", 404),
        ("a fragment", b"recent#" + MARK, {200, 400, 404}),
        ("half an escape", b"%", 400),
        ("a wrong escape", b"%zz", 400),
        ("an escape of Unicode", b"%u002f", 400),
        ("overlong UTF-8", b"%c0%ae%c0%ae/" + MARK, {400, 404}),
        ("a suffix", b"recent.json", 404),
        ("nothing", API, 404),
        ("a slash", API + b"/", 404),
        ("another prefix", API + b"x/recent", 404),
        ("the prefix in capitals", API.upper() + b"/recent", 404),
        ("the root", b"/", 404),
        ("a file of the server's", b"/etc/passwd", 404),
        ("a hidden file", b"/.git/config", 404),
        ("a program", b"/cgi-bin/" + MARK, 404),
        ("the status of the server", b"/server-status", 404),
        ("the page of errors", b"/.attestry-error", 404),
        ("Windows", b"/c:\\windows\\" + MARK, {400, 404}),
        ("an absolute address", b"http://" + MARK + API + b"/recent", 200),
        ("an absolute address of https",
         b"https://attestry" + API + b"/recent", {200, 400}),
        ("an absolute address without a path", b"http://attestry", {400, 404}),
        ("an absolute address with a user",
         b"http://u:p@attestry" + API + b"/recent", {200, 400}),
        ("an address of 8000", b"view/" + b"a" * 8000, {414, 422}),
        ("an address of 9000", b"view/" + b"a" * 9000, 414),
        ("an address of 60000", b"view/" + b"a" * 60000, {414, CLOSED}),
        ("300 levels", b"a/" * 300, {400, 404}),
    ]]
    rows += [row(f"recent?{what}", b"recent?" + query, status, "input")
             for what, query, status in [
        ("limit of 0", b"limit=0", 422), ("of -1", b"limit=-1", 422),
        ("of 101", b"limit=101", 422), ("of 1.0", b"limit=1.0", 422),
        ("of 1e1", b"limit=1e1", 422), ("of 0x1", b"limit=0x1", 422),
        ("of ' 1'", b"limit=%201", 422), ("of +1", b"limit=%2B1", {200, 422}),
        ("of 1 and a NUL", b"limit=1%00", 422),
        ("of 1 and CRLF", b"limit=1%0d%0a", 422),
        ("of 30 digits", b"limit=" + b"1" * 30, 422),
        ("of 7000 digits", b"limit=" + b"1" * 7000, 422),
        ("of the marker", b"limit=" + MARK, 422),
        ("of a page", b"limit=%3Cscript%3E" + MARK, 422),
        ("of a quote", b"limit=%22" + MARK + b"%22", 422),
        ("of bytes", b"limit=%ff%c3%28" + MARK, 422),
        ("of half an escape", b"limit=%f", 422),
        ("of nothing", b"limit=", {200, 422}),
        ("without =", b"limit", 200),
        ("twice", b"limit=x&limit=1", 200),
        ("twice, the last one bad", b"limit=1&limit=" + MARK, 422),
        ("a list", b"limit[]=" + MARK, 200),
        ("LIMIT", b"LIMIT=" + MARK, 200),
        ("skip of 2^63", b"skip=9223372036854775808", 422),
        ("skip of 2^63 - 1", b"skip=9223372036854775807", 200),
        ("skip of SQL", b"skip=1;DROP%20TABLE%20quote", 422),
        ("before of the marker", b"before=" + MARK, 422),
        ("before of SQL", b"before='" + MARK, 422),
        ("before of year 10000", b"before=10000-01-01T00:00:00Z", 422),
        ("before of 60 s", b"before=2026-01-01T00:00:60Z", 422),
        ("before of a NUL", b"before=2026-01-01T00:00:00Z%00" + MARK, 422),
        ("another parameter", MARK + b"=" + MARK, 200),
        ("7000 bytes of limit=1", b"limit=1&" * 875, 200),
        ("question marks", b"???" + MARK, 200),
        ("ampersands", b"&&&&=&=", 200)]]
    rows += [row(what, target, status, "input") for what, target, status in [
        ("bytes in the path", b"view/\xff\xfe\x80", {400, 422}),
        ("bytes in another path", b"\xff\xfe\"", {400, 404}),
        ("bytes in the query", b"recent?limit=\xff\xfe\xc3", {400, 422}),
        ("a space in the path", b"view/a b", 400),
        ("a tab in the path", b"view/a\tb", 400),
        ("a NUL in the path", b"view/\0", 400),
        ("a CR in the path", b"view/\rX-Injected: 1", 400),
        ("a DEL in the path", b"view/\x7f", {400, 422}),
        ("a quote in the path", b"view/\"<>\\^`{|}", {400, 422}),
        ("verdict 0", b"collateral/" + known + b"?verdict=0", {404, 422}),
        ("verdict of the marker", b"collateral/" + known + b"?verdict=" +
         MARK, 422),
        ("verdicts of the marker", b"verdicts/" + MARK, 422),
        ("the good one, as it is", b"raw/" + known, 200),
        ("the good one, in capitals", b"view/" + known.upper(), 200),
        ("the good one, with a query", b"raw/" + known + b"?" + MARK, 200),
    ]]
    return rows


def first_lines():
    """What is hardly HTTP."""
    def line(text, headers=CLOSE):
        return text + b"\r\n" + headers + b"\r\n"
    recent = API + b"/recent"
    versions = [(b"HTTP/1.2", 200), (b"HTTP/1.9", 200),
                (b"HTTP/2.0", by_front({400, 505}, {200, 400, 505})),
                (b"HTTP/9.9", by_front({400, 505}, {200, 400, 505})),
                (b"HTTP/0.9", {400, 505}), (b"HTTP/1", 400),
                (b"HTTP/1.", 400), (b"HTTP/1.1.1", 400), (b"HTTP/01.1", 400),
                (b"HTTP/1.01", 400), (b"HTTP/1.10", 400), (b"HTTP/-1.1", 400),
                (b"http/1.1", 400), (b"HTTPS/1.1", 400), (b"HTTP 1.1", 400),
                (b"HTTP/1.1x", 400), (b"ICY/1.1", 400), (b"HTTP/1.\xb9", 400),
                (b"HTTP/1.1 " + MARK, 400),
                (b"HTTP/" + b"1" * 5000, {400, 505})]
    # nginx is lenient with the small number, and reads 1.1 of 1.x.
    return [
        *[(f"version {version.decode('latin-1')[:12]}", line(
            b"GET " + recent + b" " + version),
           by_front({200, 400, 505}, {200, 400, 505})
           if version[:7] in (b"HTTP/1.", b"HTTP/01") and version not in (
               b"HTTP/1.", b"HTTP/1.1x", b"HTTP/1.1.1", b"HTTP/1.\xb9")
           else status) for version, status in versions],
        ("1.0 without Host", b"GET " + recent + b" HTTP/1.0\r\n\r\n", 200),
        ("1.1 without Host", b"GET " + recent + b" HTTP/1.1\r\n\r\n", 400),
        ("an empty Host", line(b"GET " + recent + b" HTTP/1.1",
                               b"Host:\r\n"), {200, 400}),
        ("two Hosts", line(b"GET " + recent + b" HTTP/1.1",
                           HOST + b"Host: " + MARK + b"\r\n"), 400),
        ("a Host with a slash", line(b"GET " + recent + b" HTTP/1.1",
                                     b"Host: a/b\r\n"), 400),
        ("a Host with a NUL", line(b"GET " + recent + b" HTTP/1.1",
                                   b"Host: a\0\r\n"), 400),
        ("a Host with a wrong port", line(
            b"GET " + recent + b" HTTP/1.1", b"Host: a:99999999\r\n"),
         {200, 400}),
        ("a Host of 5000", line(b"GET " + recent + b" HTTP/1.1",
                                b"Host: " + b"a" * 5000 + b"\r\n"),
         {200, 400}),
        ("a Host of dots", line(b"GET " + recent + b" HTTP/1.1",
                                b"Host: ....\r\n"), {200, 400}),
        ("another Host", line(b"GET " + recent + b" HTTP/1.1",
                              b"Host: " + MARK + b"\r\n"), 200),
        ("a space before the method", line(b" GET " + recent +
                                           b" HTTP/1.1"), 400),
        ("two spaces", line(b"GET  " + recent + b"  HTTP/1.1"), {200, 400}),
        ("a tab", line(b"GET\t" + recent + b" HTTP/1.1"), 400),
        ("a vertical tab", line(b"GET\x0b" + recent + b" HTTP/1.1"), 400),
        ("line ends before it", b"\r\n\r\n" + ask(b"recent"), 200),
        ("LFs before it", b"\n\n" + ask(b"recent"), {200, 400}),
        ("a request of LF lines", ask(b"recent").replace(b"\r\n", b"\n"),
         {200, 400}),
        ("a request of CR lines", Row(
            None, ask(b"recent").replace(b"\r\n", b"\r"), {400, CLOSED},
            cut=True)),
        ("a line of 20000", b"GET /" + MARK * 2000 + b"\r\n\r\n",
         {400, 414}),
        ("no target", line(b"GET HTTP/1.1"), 400),
        ("a method alone", line(b"GET"), 400),
        ("a target without a slash", line(b"GET recent HTTP/1.1"), 400),
        ("an answer", line(b"HTTP/1.1 200 OK"), 400),
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
         {400, 405, 505}),
        ("an upgrade to HTTP/2", ask(
            b"recent", b"Connection: Upgrade, HTTP2-Settings\r\n"
            b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"), 200),
        ("an upgrade to a WebSocket", ask(
            b"recent", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n"), 200),
        ("TLS", Row(None, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" +
                    bytes(100) + b"\r\n\r\n", {400, CLOSED})),
        ("SSH", b"SSH-2.0-" + MARK + b"\r\n\r\n", 400),
        ("SMTP", b"EHLO " + MARK + b"\r\n\r\n", {400, 405}),
        ("the PROXY protocol", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" +
         ask(b"recent"), 400),
        ("FastCGI", Row(None, b"\x01\x01\x00\x01\x00\x08\x00\x00" + bytes(8) +
                        b"\n\n", {400, CLOSED}, cut=True)),
        ("NULs", Row(None, bytes(3000), {400, CLOSED}, cut=True)),
        ("bytes", Row(None, bytes(range(128, 256)) * 20 + b"\r\n\r\n",
                      {400, 414, CLOSED}, cut=True)),
        ("JSON", Row(None, b'{"hex":"' + MARK + b'"}\r\n\r\n', 400)),
        ("a colon", Row(None, b":\r\n\r\n", 400)),
        ("not a byte", Row(None, b"", {CLOSED, 400, 408}, cut=True)),
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
    table = (lengths() + codings(quote) + methods() + targets(quote) +
             first_lines() + headers(quote))
    out = []
    for name, *rest in table:
        row = rest[0] if isinstance(rest[0], Row) else Row(None, *rest)
        row.name = name
        out.append(row)
    return out
