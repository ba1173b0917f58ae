"""
Hostile first lines: what they ask for and how, and what is hardly HTTP. A row
is a name, the bytes, and the statuses that may come of them; where nginx and
Apache differ, of each.
"""

from answer import checksum
from hostile import (API, CLOSE, CLOSED, HOST, MARK, NONE, Row, ask, by_front,
                     named, post)


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
        ("a file of the server's", b"/etc/passwd", 404),
        ("a hidden file", b"/.git/config", 404),
        ("a program", b"/cgi-bin/" + MARK, 404),
        ("the status of the server", b"/server-status", 404),
        ("the page of errors", b"/.attestry-error", 404),
        ("Windows", b"/c:\\windows\\" + MARK, {400, 404}),
        ("an absolute address", b"http://" + MARK + API + b"/recent", 200),
        ("an absolute address of https",
         b"https://attestry" + API + b"/recent", {200, 400}),
        ("an absolute address with a user",
         b"http://u:p@attestry" + API + b"/recent", {200, 400}),
        ("an address of 8000", b"view/" + b"a" * 8000, {414, 422}),
        ("an address of 9000", b"view/" + b"a" * 9000, 414),
        ("an address of 60000", b"view/" + b"a" * 60000, {414, CLOSED}),
        ("300 levels", b"a/" * 300, {400, 404}),
    ]]
    rows += [row("page: " + what, target, status, "page")
             for what, target, status in [
        ("the root", b"/", 200),
        ("an absolute address without a path", b"http://attestry",
         {200, 400}),
        ("before of markup", b"/?before=%3Cb%3E" + MARK, 400),
        ("another parameter", b"/?%3Cb%3E" + MARK, 200),
        ("a report of markup", b"/reports/%3Cb%3E" + MARK, {404, 422}),
        ("a report of CRLF", b"/reports/%0d%0aX-Injected:%201", {404, 422}),
        ("a report of a NUL", b"/reports/%00", {400, 404, 422}),
        ("a report of nothing", b"/reports/", {404, 422}),
        ("a report of nobody", b"/reports/" + b"0" * 64, 404),
        ("a report with more", b"/reports/" + b"0" * 64 + b"/x", 404),
        ("expecting markup", b"/reports/" + b"0" * 64 + b"?expect=%3Cb%3E" +
         MARK, 404),
        ("comparing markup", b"/compare/%3Cb%3E" + MARK + b"/%3Ci%3E" + MARK,
         {404, 422}),
        ("comparing one", b"/compare/" + b"0" * 64, 404),
        ("comparing three", b"/compare/a/b/c", 404),
        ("comparing by form", b"/compare?a=%3Cb%3E" + MARK + b"&b=" + MARK,
         400),
        ("an asset above", b"/assets/../../etc/passwd", {400, 404}),
        ("an asset encoded above", b"/assets/%2e%2e%2f%2e%2e%2fpasswd",
         {400, 404}),
        ("an asset of nobody", b"/assets/" + MARK + b".css", 404),
        ("a link without hex", b"/r", {400, 422}),
        ("a link of markup", b"/r?hex=%3Cb%3E" + MARK, {400, 422}),
        ("a link of an odd digit", b"/r?hex=0", {400, 422}),
        ("a link of zeros", b"/r?hex=" + b"00" * 500, {400, 422}),
        ("a link of half an escape", b"/r?hex=%f", {400, 422}),
        ("a link twice", b"/r?hex=00&hex=" + MARK, {400, 422})]]
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


def rows(quote):
    """All of them."""
    return named(methods() + targets(quote) + first_lines())
