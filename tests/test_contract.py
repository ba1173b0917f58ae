"""
The contract with clients, a row each: one list, held against the pool behind
nginx and behind Apache.
"""

import json
import re
import time
from urllib.parse import quote as escape

import answer
from answer import checksum, in_order, load
from e2e import BASE, Service, multipart, wait_until
from tap import done, note, ok, same
from world import NOW, World

NOW_OUT = NOW.replace("Z", "+00:00")
NONE = "0" * 64
PREFIXES = BASE, "/proofofcloud/attestations"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
EXPOSED = "ETag, Content-Disposition, Content-Length, Retry-After," \
    " X-Request-Id"
METHODS = "GET, HEAD, POST, OPTIONS"
SAMPLES = "tdx-v4", "tdx-v5", "sgx-v3"
REFUSED = "sgx-v3-forged", "tdx-v4-outdated", "tdx-v4-debug"
NUMBER = "Input should be a valid integer, unable to parse string as an" \
    " integer"
PATTERN = "String should match pattern '^(0[xX])?[0-9a-fA-F]{64}$'"


class Row:
    """
    A request and what must come of it. `json` is the value, with its keys in
    their order, or a function that takes the one that came; `headers` are
    values, None for one that must not be there.
    """

    def __init__(self, name, method, path, status, json=None, body=None,
                 headers=None, send=None, data=None):
        self.name = name
        self.method, self.path = method, path
        self.send, self.data = send or {}, data
        self.status, self.json, self.body = status, json, body
        self.headers = headers or {}


def get(name, path, status, json=None, **rest):
    return Row(name, "GET", path, status, json, **rest)


def post(name, data, content_type, status, json, send=None, path="verify",
         **rest):
    send = dict(send or {})
    if content_type is not None:
        send["Content-Type"] = content_type
    return Row(name, "POST", path, status, json, data=data, send=send, **rest)


def error(detail):
    return {"detail": detail}


def invalid(place, name, kind, msg, value):
    return error([{"type": kind, "loc": [place, name], "msg": msg,
                   "input": value}])


# --- what is wrong with a reply ----------------------------------------------

def check_body(row, reply):
    if row.method == "HEAD" or reply.status in (204, 304):
        if reply.body:
            yield "a body"
        return
    if row.body is not None and reply.body != row.body:
        yield f"another body of {len(reply.body)} bytes"
    if reply.headers.get_all("Content-Length") != [str(len(reply.body))]:
        yield f"Content-Length {reply.headers.get_all('Content-Length')}"
    if row.json is None:
        return
    if reply.headers.get_all("Content-Type") != [JSON]:
        yield f"Content-Type {reply.headers.get_all('Content-Type')}"
    try:
        have = load(reply.body)
    except ValueError as problem:
        yield f"not JSON: {problem}"
        return
    want = row.json(have) if callable(row.json) else row.json
    if in_order(have) != in_order(want):
        yield f"have {in_order(have)[:1000]}"
        yield f"want {in_order(want)[:1000]}"
    if reply.status >= 400 and answer.INTERNAL.search(reply.body):
        yield "shows something of the inside"


def check_headers(row, reply):
    want = {"Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": EXPOSED,
            "Access-Control-Allow-Credentials": None,
            "X-Content-Type-Options": "nosniff",
            "Location": None, "Set-Cookie": None, **row.headers}
    if reply.status >= 400:
        want.setdefault("ETag", None)
    for name, value in want.items():
        have = reply.headers.get_all(name)
        if have != (None if value is None else [value]):
            yield f"{name}: have {have}, want {value}"
    cached = reply.headers["Cache-Control"]
    if reply.status >= 400 and cached not in (None, "no-store"):
        yield f"an error that is cached: {cached}"
    if not re.fullmatch(r"[A-Za-z0-9._-]{8,64}",
                        reply.headers["X-Request-Id"] or ""):
        yield f"X-Request-Id {reply.headers['X-Request-Id']}"


def hold(service, row):
    """One row against one service; returns what came."""
    reply = service.request(row.method, row.path, row.data, row.send)
    if reply.status == row.status:
        problems = [*check_body(row, reply), *check_headers(row, reply)]
    else:
        problems = [f"have {reply.status}: {reply.body[:300]}"]
    if not ok(not problems, f"{service.front}: {row.name}: {row.status}"):
        note("\n".join(problems))
    return reply


# --- the rows ----------------------------------------------------------------

def good(world, name):
    """The answer to a good upload, whatever its instant is."""
    raw = world.quote(name)
    collateral = world.collateral(name)
    return lambda have: answer.upload(
        raw, collateral, verified_at=NOW_OUT, tcb_status="UpToDate",
        uploaded_at=have["uploaded_at"], advisory_ids=[],
        tcb=have["tcb"]) if (
            answer.INSTANT.fullmatch(have["uploaded_at"]) and
            answer.tcb_holds(have["tcb"], collateral)) else None


def upload_forms(world):
    raw = world.quote("tdx-v4")
    digits = raw.hex()
    want = good(world, "tdx-v4")
    body, kind = multipart(("file", "quote.bin", raw))
    for prefix in PREFIXES:
        path = f"{prefix}/verify"
        yield post(f"{path}: file", body, kind, 200, want, path=path)
        yield post(f"{path}: text hex", *multipart(
            ("hex", None, digits.encode())), 200, want, path=path)
        yield post(f"{path}: JSON", json.dumps({"hex": digits}), JSON, 200,
                   want, path=path)
        yield post(f"{path}: urlencoded", "hex=" + digits, FORM, 200, want,
                   path=path)
    yield post("file, any name, any type", body.replace(
        b'; filename="quote.bin"', b'; filename="../a\xc3\xa4.pdf"\r\n'
        b"Content-Type: application/pdf"), kind, 200, want)
    yield post("file without a filename", *multipart(("file", None, raw)),
               200, want)
    yield post("file in chunks", [body[:99], body[99:3000], body[3000:]],
               kind, 200, want)
    yield post("JSON in chunks", [b'{"hex":"', digits.encode(), b'"}'],
               JSON, 200, want)
    yield post("other keys of JSON", json.dumps(
        {"a": [1, {"hex": "00"}], "hex": digits, "file": None}), JSON, 200,
        want)
    yield post("other fields", f"a=b&hex={digits}&c", FORM, 200, want)
    yield post("JSON in UTF-8", json.dumps({"hex": digits}),
               "application/json; charset=utf-8", 200, want)
    for text in ("0x" + digits, "0X" + digits.upper(), f" \r\n{digits}\t\n",
                 f"\n0x{digits.upper()} ", digits.swapcase()):
        name = f"hex {text[:4]!r}…{text[-2:]!r}"
        yield post(f"{name}, JSON", json.dumps({"hex": text}), JSON, 200, want)
        yield post(f"{name}, urlencoded", "hex=" + escape(text), FORM, 200,
                   want)
        yield post(f"{name}, text part", *multipart(
            ("hex", None, text.encode())), 200, want)
    full = world.quote("sgx-v3") + bytes(20480 - len(world.quote("sgx-v3")))
    whole = lambda have: {**have, "id": checksum(full),
                          "checksum": checksum(full)}
    yield post("20480 bytes, file", *multipart(("file", "q", full)), 200,
               whole)
    yield post("20480 bytes, text hex", *multipart(
        ("hex", None, b"0x" + full.hex().encode())), 200, whole)
    yield post("20480 bytes, JSON", json.dumps({"hex": full.hex()}), JSON,
               200, whole)
    yield post("20480 bytes, urlencoded", "hex=" + full.hex(), FORM, 200,
               whole)
    for name in SAMPLES[1:]:
        yield post(f"{name}: the whole answer", *multipart(
            ("file", "q", world.quote(name))), 200, good(world, name))


def upload_errors(world):
    raw = world.quote("tdx-v4")
    neither = error("Either 'file' or 'hex' must be provided")
    both = error("Only one of 'file' or 'hex' must be provided")
    no_hex = error("JSON body must contain 'hex' field")
    parsing = error("There was an error parsing the body")
    unsupported = error("Unsupported Media Type")
    too_large = error("Request body too large")
    digits = "want hex digits, have something else at character {} of {}"
    even = "want an even number of hex digits, have {}"
    body, kind = multipart(("file", "q", raw))
    yield post("neither, multipart", *multipart(("x", "q", raw)), 400, neither)
    yield post("neither, urlencoded", "x=1", FORM, 400, neither)
    yield post("neither, an empty urlencoded body", "", FORM, 400, neither)
    yield post("neither, an empty hex", "hex=", FORM, 400, neither)
    yield post("neither, no body of no type", b"", None, 400, neither)
    yield post("both", *multipart(("file", "q", raw), ("hex", None, b"00")),
               400, both)
    yield post("both, hex first", *multipart(
        ("hex", None, raw.hex().encode()), ("file", "q", raw)), 400, both)
    for text in ("{}", "[]", '"hex"', "null", "12", "", "{", "hex=00",
                 '{"Hex":"00"}', '{"hex":"00","hex":"00"}', '{"hex":"00"}}',
                 '[{"hex":"00"}]'):
        yield post(f"JSON {text!r}", text, JSON, 400, no_hex)
    for text, why in [("xyz", digits.format(1, 3)), ("0x123", even.format(3)),
                      ("00 00", digits.format(3, 5)), ("1", even.format(1)),
                      ("0x0x00", digits.format(2, 4)),
                      ("00\u00e9", None)]:
        message = re.escape(why) if why else "want hex digits, .*"
        for form, data, content_type in [
                ("JSON", json.dumps({"hex": text}), JSON),
                ("form", "hex=" + escape(text), FORM),
                ("form", *multipart(("hex", None, text.encode())))]:
            yield post(
                f"{content_type.partition(';')[0]}, hex {text!r}", data,
                content_type, 400, lambda have, m=message, form=form: error(
                    have["detail"] if re.fullmatch(
                        f"Invalid {form} hex: {m}", have["detail"])
                    else f"Invalid {form} hex: {m}"))
    yield post("JSON, hex is a number", '{"hex":1}', JSON, 400, error(
        "Invalid JSON hex: want a string, have another kind of value"))
    yield post("a form cut short", body[:-6], kind, 400, parsing)
    yield post("no boundary", body, "multipart/form-data", 400, parsing)
    yield post("a field twice", *multipart(
        ("file", "q", raw), ("file", "q", raw)), 400, parsing)
    yield post("an escape cut short", "hex=00%0", FORM, 400, parsing)
    for content_type in ("text/plain", "application/octet-stream", "",
                         "application/xml", "multipart/mixed; boundary=x",
                         "application/jsonp"):
        yield post(f"type {content_type!r}", raw, content_type, 415,
                   unsupported)
    over = raw + bytes(20481 - len(raw))
    yield post("20481 bytes, file", *multipart(("file", "q", over)), 413,
               too_large)
    yield post("20481 bytes, text hex", *multipart(
        ("hex", None, over.hex().encode())), 413, too_large)
    yield post("20481 bytes, JSON", json.dumps({"hex": over.hex()}), JSON, 413,
               too_large)
    yield post("20481 bytes, urlencoded", "hex=" + over.hex(), FORM, 413,
               too_large)
    yield post("60 KB", bytes(60000), JSON, 413, too_large)
    yield post("1 MB", bytes(1 << 20), JSON, 413, too_large)
    yield post("1 MB in chunks", [bytes(1 << 16)] * 16, JSON, 413, too_large)
    for name, data in [("text", b"Hello"), ("half", raw[:2000]), ("", b""),
                       ("one byte less", raw[:-1]),
                       ("another version", b"\x09" + raw[1:])]:
        malformed = lambda have: error(
            have["detail"] if re.fullmatch(r"Invalid quote: [ -~]{5,}",
                                           have["detail"]) else "Invalid …")
        yield post(f"not a quote: {name!r}, file", *multipart(
            ("file", "q", data)), 422, malformed)
        if data:
            yield post(f"not a quote: {name!r}, urlencoded",
                       "hex=" + data.hex(), FORM, 422, malformed)
        yield post(f"not a quote: {name!r}, JSON",
                   json.dumps({"hex": data.hex()}), JSON, 422, malformed)


def refusals(world):
    for name in REFUSED:
        raw, expect = world.quote(name), world.samples[name]["expect"]
        collateral = world.collateral(name)
        want = lambda have, raw=raw, expect=expect, collateral=collateral: {
            "detail": "Quote verification failed",
            "reason": expect["reason"],
            "message": have["message"] if re.fullmatch(
                "[ -~]{10,400}", have["message"]) else "a sentence",
            "checksum": checksum(raw), "tcb_status": expect["tcb_status"],
            "advisory_ids": expect["advisory_ids"],
            "content_sha256": answer.content_sha256(raw), "tcb": have["tcb"]
            if answer.tcb_holds(have["tcb"], collateral) else "a report"}
        yield post(f"{name}, file", *multipart(("file", "q", raw)), 400, want)
        yield post(f"{name}, JSON", json.dumps({"hex": raw.hex()}), JSON, 400,
                   want)


def caching(kind, own):
    """The headers that 200 and 304 of a route share; the ETag, or None."""
    if kind == "view":
        return {"Cache-Control": "public, max-age=60",
                "Vary": "Accept-Encoding"}, None
    if kind == "recent":
        return {"Cache-Control": "public, max-age=2",
                "Vary": "Accept-Encoding"}, None
    if kind == "collateral":
        return {"Cache-Control": "public, max-age=86400",
                "CDN-Cache-Control": "public, max-age=86400",
                "Vary": "Accept-Encoding", "ETag": f'"{own}"'}, f'"{own}"'
    return {"Cache-Control": "public, max-age=31536000, immutable",
            "Content-Disposition": f"attachment; filename={own}.bin",
            "Vary": None, "ETag": f'"{own}"'}, f'"{own}"'


def view_of(world, name, verified):
    raw, expect = world.quote(name), world.samples[name]["expect"]
    return lambda have: answer.view(
        raw, verified=verified, uploaded_at=have["uploaded_at"],
        verified_at=NOW_OUT, ppid=have["ppid"],
        tcb_status=expect["tcb_status"] if not verified else "UpToDate",
        advisory_ids=expect["advisory_ids"], reason=expect["reason"],
        message=have["message"], tcb=have["tcb"])


def documents(world):
    """What each GET route gives for a quote: path, type, JSON, bytes."""
    raw = world.quote("tdx-v4")
    own = checksum(raw)
    collateral = world.collateral("tdx-v4")
    return own, [
        ("view", f"view/{own}", JSON, view_of(world, "tdx-v4", True), None),
        ("collateral", f"collateral/{own}", JSON,
         {name: collateral[name] for name in answer.COLLATERAL}, None),
        ("raw", f"raw/{own}", "application/octet-stream", None, raw),
        ("recent", "recent", JSON, lambda have: have, None)]


def gets(world):
    own, found = documents(world)
    for kind, path, content_type, value, body in found:
        headers, _ = caching(kind, own)
        headers = {**headers, "Content-Type": content_type}
        paths = [path, *(f"{prefix}/{path}" for prefix in PREFIXES)]
        if kind != "recent":
            paths += [path.replace(own, own.upper()),
                      path.replace(own, "0x" + own),
                      path.replace(own, "0X" + own.upper())]
        for one in paths:
            shown = one.replace(own, "…").replace(own.upper(), "…A-F…")
            yield get(f"GET {shown}", one, 200, value, body=body,
                      headers=headers)
            yield Row(f"HEAD {shown}", "HEAD", one, 200, headers=headers)
    for name in REFUSED:
        yield get(f"view of {name}", f"view/{checksum(world.quote(name))}",
                  200, view_of(world, name, False))


def not_found(world):
    own = checksum(world.quote("tdx-v4"))
    for kind in "view", "collateral", "raw":
        yield get(f"{kind} of none", f"{kind}/{NONE}", 404,
                  error("Quote not found"))
        yield Row(f"HEAD {kind} of none", "HEAD", f"{kind}/{NONE}", 404)
        yield get(f"{kind} of none, which would be any", f"{kind}/{NONE}", 404,
                  error("Quote not found"), send={"If-None-Match": "*"})
        for text in ("x", own[:-1], own + "0", own[:-1] + "g", "0x",
                     "0x0x" + own[4:], "-" + own[1:], "%30" + own[1:],
                     "%20" + own[1:], "%ff%fe", "%0d%0aX:1", "a" * 200):
            yield get(f"{kind}/{text[:12]}…{len(text)}", f"{kind}/{text}", 422,
                      invalid("path", "checksum", "string_pattern_mismatch",
                              PATTERN, text))
        yield Row(f"HEAD {kind}/x", "HEAD", f"{kind}/x", 422)
    for path in ("", "/", "/nothing", "/recent/", "/view", "/view/a/b",
                 "/verify/x", "/Recent"):
        for prefix in PREFIXES:
            yield get(f"GET {prefix}{path}", prefix + path, 404, error(
                "Not Found"))
    yield get("GET /nothing", "/nothing", 404, error("Not Found"))


def parameters():
    at_least = "Input should be greater than or equal to {}"
    at_most = "Input should be less than or equal to {}"
    for query, name, kind, msg, value in [
            ("skip=-1", "skip", "greater_than_equal", at_least.format(0),
             "-1"),
            ("limit=0", "limit", "greater_than_equal", at_least.format(1),
             "0"),
            ("limit=-5", "limit", "greater_than_equal", at_least.format(1),
             "-5"),
            ("limit=101", "limit", "less_than_equal", at_most.format(100),
             "101"),
            ("skip=1.5", "skip", "int_parsing", NUMBER, "1.5"),
            ("limit=many", "limit", "int_parsing", NUMBER, "many"),
            ("limit=", "limit", "int_parsing", NUMBER, ""),
            ("skip=0x10", "skip", "int_parsing", NUMBER, "0x10"),
            ("limit=5&limit=0", "limit", "greater_than_equal",
             at_least.format(1), "0"),
            ("skip=x&limit=0", "skip", "int_parsing", NUMBER, "x")]:
        yield get(f"recent?{query}", f"recent?{query}", 422,
                  invalid("query", name, kind, msg, value))
    for value in "yesterday", "2026-01-01", "", "1", "2026-13-01T00:00:00Z":
        yield get(f"recent?before={value}", f"recent?before={value}", 422,
                  lambda have, value=value: invalid(
                      "query", "before", have["detail"][0]["type"],
                      have["detail"][0]["msg"], value))
    for query in ("", "skip=0", "limit=1", "limit=100", "skip=00", "other=1",
                  "skip=%30", "before=2026-01-01T00:00:00Z",
                  "before=2026-01-01T00:00:00%2B00:00",
                  "before=2026-01-01T00:00:00+00:00"):
        yield get(f"recent?{query}", f"recent?{query}", 200, lambda have: [
            {key: one[key] for key in ("checksum", "verified", "created_at")}
            for one in have] if all(
                one["verified"] in (0, 1) and
                answer.INSTANT.fullmatch(one["created_at"])
                for one in have) else None)


def conditions(world):
    """Needs the ETags that the routes give: a row is made of one."""
    own, found = documents(world)
    for kind, path, content_type, value, body in found:
        for condition, status in [
                ("{}", 304), ("W/{}", 304), ("*", 304), ('"a", {}', 304),
                ('W/"a",W/{} , "b"', 304), ('"a,b" ,{}', 304),
                ('"another"', 200), ("", 200), ('W/"another", "x"', 200)]:
            for method in "GET", "HEAD":
                headers, etag = caching(kind, own)
                row = Row(f"{method} {kind}, If-None-Match {condition!r}",
                          method, path, status, None, headers=headers)
                row.condition, row.etag = condition, etag
                if status == 200 and method == "GET":
                    row.json, row.body = value, body
                yield row


def other_methods(world):
    own = checksum(world.quote("tdx-v4"))
    for path, allow in [("verify", "POST"), ("recent", "GET, HEAD"), *(
            (f"{kind}/{own}", "GET, HEAD")
            for kind in ("view", "collateral", "raw", "verdicts"))]:
        for method in "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "BREW":
            if method in allow.split(", "):
                continue
            yield Row(f"{method} {path[:12]}", method, path, 405,
                      error("Method Not Allowed"), headers={"Allow": allow},
                      data=None if method == "HEAD" else b"")


def cross_origin(world):
    own = checksum(world.quote("tdx-v4"))
    origin = {"Origin": "https://example.org"}
    for path in ("verify", "recent", f"view/{own}", f"raw/{own}",
                 f"collateral/{NONE}", f"{PREFIXES[1]}/verify"):
        for wanted in "content-type", "content-type, x-client":
            yield Row(
                f"preflight of {path[:20]} with {wanted}", "OPTIONS", path,
                204, send={**origin, "Access-Control-Request-Method": "POST",
                           "Access-Control-Request-Headers": wanted},
                headers={"Access-Control-Allow-Methods": METHODS,
                         "Access-Control-Allow-Headers": wanted,
                         "Access-Control-Max-Age": "86400"})
        yield Row(f"preflight of {path[:20]} with no headers", "OPTIONS", path,
                  204, send={**origin, "Access-Control-Request-Method": "GET"},
                  headers={"Access-Control-Allow-Methods": METHODS,
                           "Access-Control-Allow-Headers":
                           "Accept, Content-Type, If-None-Match, Range"})
    # The headers of every answer are looked at in every row.
    yield get("another origin reads", f"view/{own}", 200, lambda have: have,
              send=origin)
    yield get("another origin reads an error", f"view/{NONE}", 404,
              error("Quote not found"), send=origin)
    yield Row("another origin, 304", "GET", f"raw/{own}", 304,
              send={**origin, "If-None-Match": "*"})


def security(world):
    own = checksum(world.quote("tdx-v4"))
    headers = {"Content-Security-Policy":
               "default-src 'none'; frame-ancestors 'none'",
               "Cross-Origin-Resource-Policy": "cross-origin",
               "Referrer-Policy": "no-referrer"}
    for path, status in [("recent", 200), (f"raw/{own}", 200),
                         ("/nothing", 404), (f"view/{NONE}", 404),
                         ("view/x", 422)]:
        yield get(f"headers of {path[:8]}", path, status, headers=headers)
    for name in "given-by.client_1", "x" * 64:
        yield get(f"request {name[:20]}", "recent", 200,
                  send={"X-Request-Id": name}, headers={"X-Request-Id": name})


# --- what is not one request -------------------------------------------------

def run_conditions(service, world):
    for row in conditions(world):
        full = service.get(row.path)
        etag = row.etag or full.headers["ETag"]
        row.headers["ETag"] = etag
        row.send = {"If-None-Match": row.condition.format(etag)}
        hold(service, row)


def request_ids(service):
    """A name that cannot stand in a log is replaced, and all use one name."""
    for bad in "x" * 65, 'a"b', "a b", "<x>", "\xff":
        reply = service.get("recent", {"X-Request-Id": bad})
        name = reply.headers["X-Request-Id"]
        ok(re.fullmatch("[0-9a-f]{32}", name) and
           f'"request_id":"{name}"' in service.log(),
           f"{service.front}: request {bad[:10]!r} gets another name")
    names = {service.get("recent").headers["X-Request-Id"] for _ in range(5)}
    same(len(names), 5, f"{service.front}: five requests, five names")
    service.get("recent", {"X-Request-Id": "seen-in-both-logs"})
    # A front writes its line when the answer has gone.
    ok('"request_id":"seen-in-both-logs"' in service.log() and wait_until(
        lambda: '"request_id":"seen-in-both-logs"' in
        service.log(f"{service.front}-access"), 10),
       f"{service.front}: the client's name is in both logs")


def pages(service, world):
    """Page after page with before=, while uploads go on."""
    first = load(service.get("recent?limit=2").body)
    everything = load(service.get("recent?limit=100").body)
    seen, cursor = list(first), first[0]["created_at"]
    for page in range(1, 4):
        service.upload(world.quote("sgx-v3") + bytes(20 + page))
        seen += load(service.get(
            f"recent?skip={2 * page}&limit=2&before={escape(cursor)}").body)
    same(seen, everything[:8],
         f"{service.front}: before=: none skipped or doubled")
    now = load(service.get("recent?limit=100").body)
    same(now, sorted(now, key=lambda one: (
        one["created_at"],), reverse=True), f"{service.front}: newest first")


def compressed(service, world):
    own, found = documents(world)
    for kind, path, content_type, value, body in found[:3]:
        reply = service.get(path, {"Accept-Encoding": "gzip"})
        encoding = reply.headers["Content-Encoding"]
        same(encoding, None if kind == "raw" else "gzip",
             f"{service.front}: {kind} with gzip: {encoding}")
        ok(kind == "view" or reply.headers["ETag"] in (
            f'"{own}"', f'W/"{own}"'), f"{service.front}: {kind}: its ETag")
        if kind == "raw":
            same((reply.body, reply.headers["Content-Length"]),
                 (body, str(len(body))), f"{service.front}: raw as it is")
            continue
        again = service.get(path, {
            "Accept-Encoding": "gzip",
            "If-None-Match": reply.headers["ETag"]})
        same(again.status, 304, f"{service.front}: {kind}: 304 for that ETag")


def seen_at_once(service, world):
    """A miss, an upload, a hit: nothing in front remembers the miss."""
    raw = world.quote("sgx-v3") + b"seen at once"
    own = checksum(raw)
    for method in "GET", "HEAD":
        for kind in "raw", "view", "collateral":
            same(service.request(method, f"{kind}/{own}").status, 404,
                 f"{service.front}: {method} {kind} before the upload")
    same(service.upload(raw).status, 200, f"{service.front}: the upload")
    for kind in "raw", "view", "collateral":
        head = service.head(f"{kind}/{own}")
        same((head.status, head.body), (200, b""),
             f"{service.front}: HEAD {kind} right after it")
    for _ in range(2):
        reply = service.get(f"raw/{own}")
        same((reply.status, reply.body, reply.headers["Content-Length"]),
             (200, raw, str(len(raw))), f"{service.front}: raw after HEAD")


def ranges(service, world):
    raw = world.quote("tdx-v4")
    for header in ("bytes=0-9", "bytes=10-", "bytes=-5", "bytes=99999-",
                   "bytes=0-0,5-9", "x=1", "bytes=9-0"):
        reply = service.get(f"raw/{checksum(raw)}", {"Range": header})
        part = raw
        one = re.fullmatch(r"bytes=(\d*)-(\d*)", header)
        if reply.status == 206 and one:
            start, end = one.groups()
            part = raw[int(start):int(end) + 1 if end else None] if start \
                else raw[-int(end):]
        ok((reply.status == 416 and list(load(reply.body)) == ["detail"]) or (
            reply.status == 206 and not one) or reply.body == part,
            f"{service.front}: Range {header}: {reply.status}, never wrong")


def too_many(service):
    """Another address than this machine's own: uploads are limited."""
    statuses, limited = [], None
    started = time.monotonic()
    while len(statuses) < 150 and time.monotonic() - started < 8:
        reply = service.request("POST", "verify", b"{}", {
            "Content-Type": JSON}, source="127.0.0.9")
        statuses.append(reply.status)
        if reply.status == 429:
            limited = limited or reply
    ok(statuses[:50] == [400] * 50 and limited,
       f"{service.front}: {len(statuses)} uploads of one address: "
       f"{statuses.count(400)} are heard")
    if not limited:
        return
    row = Row("too many uploads", "POST", "verify", 429,
              error("Too many requests"))
    problems = [*check_body(row, limited), *check_headers(row, limited)]
    ok(not problems and limited.headers["Retry-After"].isdigit(),
       f"{service.front}: 429, Retry-After {limited.headers['Retry-After']}")
    note("\n".join(problems))
    same(service.request("GET", "recent", source="127.0.0.9").status, 200,
         f"{service.front}: that address may read on")
    same(service.request("POST", "verify", b"{}", {"Content-Type": JSON},
                         source="127.0.0.10").status, 400,
         f"{service.front}: another address may upload")


def undecided(service, world):
    """No collateral to be had: 500 and kept; collateral of it: 400."""
    service.fresh_database()
    service.up(ATTESTRY_PCS_TIMEOUT_MS="2000")  # workers without memory
    world.pcs.switch("all", status=500)
    raw = world.quote("sgx-v5")
    hold(service, post(
        "no collateral", *multipart(("file", "q", raw)), 500,
        lambda have: {
            "detail": "Internal server error during verification",
            "reason": "collateral_unavailable", "message": have["message"],
            "checksum": checksum(raw), "tcb_status": None,
            "advisory_ids": [],
            "content_sha256": answer.content_sha256(raw), "tcb": None}))
    hold(service, get("collateral that cannot be had",
                      f"collateral/{checksum(raw)}", 400,
                      error("Unable to retrieve collateral data")))
    hold(service, get("raw of what was not decided", f"raw/{checksum(raw)}",
                      200, body=raw))
    world.pcs.reset()
    service.up(ATTESTRY_PCS_TIMEOUT_MS=None)


def no_database(service, world):
    service.stop("postgres")
    hold(service, post("no database", *multipart(
        ("file", "q", world.quote("tdx-v4"))), 500,
        error("Internal server error during verification")))
    for path in f"view/{NONE}", f"raw/{NONE}", f"collateral/{NONE}", "recent":
        hold(service, get(f"{path[:8]}, no database", path, 500,
                          error("Internal server error")))


def no_pool(service):
    service.stop("attestry-fcgi")
    hold(service, get("no pool", "recent", 503, error("Service Unavailable"),
                      headers={"Retry-After": "1"}))


def run(front, world):
    rows = [*upload_forms(world), *upload_errors(world), *refusals(world),
            *gets(world), *not_found(world), *parameters(),
            *other_methods(world), *cross_origin(world), *security(world)]
    with Service(front=front, **world.settings) as service:
        pids = service.worker_pids()
        for row in rows:
            hold(service, row)
        run_conditions(service, world)
        request_ids(service)
        pages(service, world)
        compressed(service, world)
        seen_at_once(service, world)
        ranges(service, world)
        too_many(service)
        same(service.worker_pids(), pids, f"{front}: the same workers")
        undecided(service, world)
        no_database(service, world)
        no_pool(service)
    return len(rows) + len(list(conditions(world)))


with World() as world:
    counts = [run(front, world) for front in ("nginx", "apache")]
    same(counts[0], counts[1], f"{counts[0]} rows behind each front")
done()
