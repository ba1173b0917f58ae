"""
The HTTP interface as clients see it: real nginx, real pool, real PostgreSQL,
a PCS on loopback that serves a minted world.
"""

import gzip
import hashlib
import re
import subprocess
from datetime import datetime, timezone

import answer
from answer import checksum, in_order, load
from e2e import BASE, Service, multipart
from tap import done, note, ok, same
from world import NOW, World

NONE = "0" * 64
NOW_OUT = NOW.replace("Z", "+00:00")
LATER = "2026-06-20T12:00:00Z"  # inside the world's dates as well

unfit = []  # replies that no client should ever get


def check(reply):
    """Every JSON body is JSON, and shows nothing of the inside."""
    kind = reply.headers["Content-Type"]
    text = reply.body
    if reply.headers["Content-Encoding"] == "gzip":
        text = gzip.decompress(text)
    fit = reply.status < 400 or kind == "application/json"
    if kind == "application/json" and text:
        try:
            body = load(text)
            fit = reply.status < 400 or (
                next(iter(body)) == "detail" and
                not answer.INTERNAL.search(text))
        except ValueError:
            fit = False
    if not fit:
        unfit.append(reply)
    return reply


class Client(Service):
    def request(self, *arguments, **named):
        return check(super().request(*arguments, **named))

    def num_stored(self):
        return [int(n) for n in self.sql(
            "SELECT (SELECT count(*) FROM quote),"
            " (SELECT count(*) FROM verdict)")[0]]


def headers_of(reply, *names):
    return [reply.headers.get_all(name) for name in names]


def is_now(text):
    seconds = (datetime.now(timezone.utc) -
               datetime.fromisoformat(text)).total_seconds()
    return answer.INSTANT.fullmatch(text) and -1 < seconds < 60


def is_error(reply, status, detail, name):
    same((reply.status, load(reply.body)), (status, {"detail": detail}),
         f"{name}: {status} {detail}")


# --- POST /verify -----------------------------------------------------------

def good_uploads(service, world):
    for name in ("tdx-v4", "tdx10-v5", "tdx-v5", "sgx-v3", "sgx-v4", "sgx-v5",
                 "sgx-v3-processor"):
        raw = world.quote(name)
        reply = service.upload(raw)
        have = load(reply.body)
        uploaded_at = have.get("uploaded_at", "")
        same((reply.status, in_order(have)), (200, in_order(answer.upload(
            raw, world.collateral(name), uploaded_at=uploaded_at,
            verified_at=NOW_OUT, tcb_status="UpToDate", advisory_ids=[],
            tcb=have.get("tcb")))), f"{name}: the whole answer, in its order")
        ok(answer.tcb_holds(have["tcb"], world.collateral(name)) and
           have["tcb"]["shortfalls"] == [],
           f"{name}: where its TCB stands, and nothing is short")
        ok(is_now(uploaded_at), f"{name}: uploaded just now")
        same(headers_of(reply, "Content-Type", "Content-Length", "ETag"),
             [["application/json"], [str(len(reply.body))], None],
             f"{name}: headers")
    body = load(service.upload(world.quote("tdx-v5")).body)["quote"]["body"]
    same(list(body)[-3:], ["mr_config_id", "tee_tcb_svn2", "mrservicetd"],
         "TDX 1.5: two more fields, the last ones")
    ok(not body["tee_tcb_svn"].startswith("0x") and
       not body["tee_tcb_svn2"].startswith("0x") and
       all(body[field].startswith("0x") for field in body
           if not field.startswith("tee_tcb_svn")),
       "TDX: hex begins with 0x, but that of tee_tcb_svn and tee_tcb_svn2")
    ok(re.fullmatch(r"(-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]+\n)+"
                    r"-----END CERTIFICATE-----\n?){3}",
                    load(service.get(
                        f"view/{checksum(world.quote('tdx-v4'))}").body)
                    ["cert_data"]),
       "cert_data: three certificates, with real newlines")


def again(service, world):
    raw = world.quote("tdx-v4")
    before = service.num_stored()
    first, second = (load(service.upload(raw).body) for _ in range(2))
    same(first, second, "uploaded twice: the same answer, the same uploaded_at")
    same(service.num_stored(), [before[0], before[1]],
         "uploaded twice: one quote, and the verdict that is there")
    other = service.post("/proofofcloud/attestations/verify",
                         *multipart(("file", "x", raw)))
    same((other.status, load(other.body)), (200, first),
         "the other prefix: the same answer")
    same(load(service.upload(raw, filename="").body), first,
         "a part whose filename is empty")
    body, content_type = multipart(
        ("comment", None, b"hello"), ("file", "../../etc/passwd", raw),
        ("more", None, b""))
    same(load(service.post("verify", body, content_type).body), first,
         "between other parts, under any filename")
    same(load(service.post("verify", *multipart(
        ("file", None, raw))).body), first, "a part without a filename")
    body, content_type = multipart(("file", "q", raw))
    boundary = content_type.partition("=")[2]
    for content_type in (f'Multipart/Form-Data; Boundary="{boundary}"',
                         f"multipart/form-data;charset=utf-8;boundary="
                         f"{boundary}"):
        same(load(service.post("verify", body, content_type).body), first,
             content_type)


def byte_for_byte(service, world):
    """What ends or contains what a form reader could trip over."""
    raw = world.quote("sgx-v4")
    for name, tail in [
            ("CR", b"\r"), ("LF", b"\n"), ("CRLF", b"\r\n"),
            ("two CRLF", b"\r\n\r\n"), ("CRLF and dashes", b"\r\n--"),
            ("most of the boundary", b"\r\n------attestry-e2"),
            ("the boundary without its CRLF", b"x------attestry-e2e--"),
            ("LF and the boundary's beginning", b"\n------attestry-"),
            ("all bytes", bytes(range(256))), ("spaces", b" \t "),
            ("a NUL", b"\0"), ("70 zero bytes", bytes(70)),
            ("zero bytes up to 16384", bytes(16384 - len(raw))),
            ("zero bytes up to 20480", bytes(20480 - len(raw)))]:
        padded = raw + tail
        reply = service.upload(padded)
        back = service.get(f"raw/{checksum(padded)}")
        same((reply.status, load(reply.body).get("checksum"), back.status,
              back.body == padded, back.headers["Content-Length"]),
             (200, checksum(padded), 200, True, str(len(padded))),
             f"a quote and {name}: byte for byte")
    body, content_type = multipart(("file", "q", raw + b"\r\n"))
    reply = service.post("verify", body[:-2], content_type)
    same(load(reply.body).get("checksum"), checksum(raw + b"\r\n"),
         "a body that ends right after the closing boundary")
    padded = raw + b"chunks\n"
    body, content_type = multipart(("file", "q", padded))
    chunks = (body[at:at + 1000] for at in range(0, len(body), 1000))
    reply = service.post("verify", chunks, content_type)
    same((reply.status, load(reply.body).get("checksum")),
         (200, checksum(padded)), "an upload in chunks")


def not_a_quote(service, world):
    raw = world.quote("tdx-v4")
    before = service.num_stored()
    other_version = b"\x09" + raw[1:]
    for name, data, status, detail in [
            ("an empty file", b"", 422, None),
            ("a text file", b"Hello, I am a text file.\n" * 40, 422, None),
            ("HTML", b"<!doctype html><html>" * 90, 422, None),
            ("version 9", other_version, 422, None),
            ("half of a quote", raw[:len(raw) // 2], 422, None),
            ("a quote without its last byte", raw[:-1], 422, None),
            ("20480 bytes of zero", bytes(20480), 422, None),
            ("20481 bytes", raw + bytes(20481 - len(raw)), 413,
             "Request body too large"),
            ("21 KB", raw + bytes(21000 - len(raw)), 413,
             "Request body too large"),
            ("63 KB", bytes(63 << 10), 413, "Request body too large"),
            ("1 MB", bytes(1 << 20), 413, "Request body too large")]:
        reply = service.upload(data)
        have = load(reply.body)
        ok(reply.status == status and list(have) == ["detail"] and (
            have["detail"] == detail if detail else re.fullmatch(
                r"Invalid quote: [ -~]{5,}", have["detail"])),
           f"{name}: {status} {have.get('detail')}")
    statuses = {service.upload(raw[:length]).status
                for length in [*range(1, 60), *range(60, len(raw), 97)]}
    same(statuses, {422}, "a quote cut short anywhere: 422")
    same(service.num_stored(), before, "nothing of all that is stored")


def bad_requests(service, world):
    raw = world.quote("tdx-v4")
    before = service.num_stored()
    body, content_type = multipart(("file", "q", raw))
    for name, data, kind, status in [
            ("no body", b"", content_type, 400),
            ("another part", *multipart(("data", "q", raw)), 400),
            ("no parts", *multipart(), 400),
            ("no closing boundary", body[:-6], content_type, 400),
            ("two files", *multipart(("file", "a", raw),
                                     ("file", "b", raw)), 400),
            ("many parts", *multipart(*[("x", None, b"")] * 300,
                                      ("file", "q", raw)), 400),
            ("no boundary parameter", body, "multipart/form-data", 400),
            ("another boundary", body, content_type + "x", 400),
            ("a boundary of 71 characters", body,
             "multipart/form-data; boundary=" + "x" * 71, 400),
            ("a NUL in a part's header", body.replace(b'="q"', b'="\0"'),
             content_type, None),
            ("8-bit in a filename", body.replace(b'="q"', b'="\xff\xfe"'),
             content_type, None),
            ("base64", body.replace(
                b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                1), content_type, 400),
            ("plain text", raw, "text/plain", 415),
            ("bytes", raw, "application/octet-stream", 415),
            ("another multipart", body, content_type.replace(
                "form-data", "mixed"), 415),
            ("no content type", raw, "", 415),
            ("8-bit in the content type", body,
             "multipart/form-data; boundary=\xff\xfe", 400)]:
        reply = service.post("verify", data, kind)
        detail = load(reply.body).get("detail")
        ok(reply.status == status or
           (status is None and reply.status in (200, 400)),
           f"{name}: {reply.status} {detail if reply.status != 200 else ''}")
    same(service.num_stored()[0], before[0], "nothing of all that is stored")
    is_error(service.post("verify", *multipart(("data", "q", raw))), 400,
             "Either 'file' or 'hex' must be provided", "no file")
    is_error(service.post("verify", raw, "text/plain"), 415,
             "Unsupported Media Type", "plain text")


def refused(service, world):
    """Refused quotes are kept, with the verdict, and shown."""
    for name in "sgx-v3-forged", "tdx-v4-outdated", "tdx-v4-debug":
        raw, expect = world.quote(name), world.samples[name]["expect"]
        before = service.num_stored()
        reply = service.upload(raw)
        have = load(reply.body)
        same((reply.status, in_order(have)), (400, in_order({
            "detail": "Quote verification failed",
            "reason": expect["reason"], "message": have.get("message"),
            "checksum": checksum(raw), "tcb_status": expect["tcb_status"],
            "advisory_ids": expect["advisory_ids"],
            "content_sha256": answer.content_sha256(raw),
            "tcb": have.get("tcb")})), f"{name}: refused")
        ok(answer.tcb_holds(have["tcb"], world.collateral(name)) and
           (have["tcb"]["shortfalls"] != []) ==
           (expect["tcb_status"] == "OutOfDate"),
           f"{name}: where its TCB stands")
        ok(re.fullmatch("[ -~]{10,}", have["message"]),
           f"{name}: {have['message']}")
        same(service.num_stored(), [n + 1 for n in before], f"{name}: stored")
        view = load(service.get(f"view/{checksum(raw)}").body)
        same(in_order(view), in_order(answer.view(
            raw, verified=False, uploaded_at=view["uploaded_at"],
            verified_at=NOW_OUT, ppid=view["ppid"],
            tcb_status=expect["tcb_status"],
            advisory_ids=expect["advisory_ids"], reason=expect["reason"],
            message=have["message"], tcb=have["tcb"])), f"{name}: in view")
        same(load(service.get("recent?limit=1").body)[0], {
            "checksum": checksum(raw), "verified": 0,
            "created_at": view["uploaded_at"]}, f"{name}: in recent, with 0")
        same(service.get(f"raw/{checksum(raw)}").body, raw, f"{name}: in raw")
        same(load(service.get(f"collateral/{checksum(raw)}").body),
             world.collateral(name), f"{name}: its collateral")


def other_certificates(service, world):
    """Certificates of a stranger's bytes: kept, refused, and shown as JSON."""
    raw = world.quote("tdx-v4")
    at = raw.index(b"-----BEGIN") + 100
    for patch in (b"\xff\xfe\x80", b"\xc3(", b"\0", b'"\\"', b"\x1b[2J",
                  b"</script>", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"):
        bad = raw[:at] + patch + raw[at + len(patch):]
        reply = service.upload(bad)
        view = service.get(f"view/{checksum(bad)}")
        cert_data = load(view.body)["cert_data"]
        ok(reply.status == 400 and view.status == 200 and
           cert_data in (None, bad[raw.index(b"-----BEGIN"):].rstrip(
               b"\0").decode("latin-1")) and
           service.get(f"raw/{checksum(bad)}").body == bad,
           f"{patch!r} in a certificate: {reply.status} "
           f"{load(reply.body)['reason']}, "
           f"{'not ' if cert_data is None else ''}shown")


def by_curl(service, world):
    """The client that most people use."""
    for name, options in [
            ("-F", []),
            ("-F and a part's type", ["type=application/octet-stream"]),
            ("-F and a type of its own", ["-H", "Content-Type: multipart/"
                                          "form-data"]),
            ("-F, expecting 100", ["-H", "Expect: 100-continue"]),
            ("-F, in chunks", ["-H", "Transfer-Encoding: chunked"]),
            ("-F, by HTTP/1.0", ["-0"])]:
        part = f"file=@{world.quote_file('tdx-v4')}"
        if options and options[0].startswith("type="):
            part += ";" + options.pop()
        run = subprocess.run(
            ["curl", "-qs", "--noproxy", "*", "-F", part, *options,
             f"http://127.0.0.1:{service.port}{BASE}/verify"],
            stdout=subprocess.PIPE)
        same(load(run.stdout or b"{}").get("checksum"),
             checksum(world.quote("tdx-v4")), f"curl {name}")


def forged_everywhere(service, world):
    """One bit changed: never verified, whatever it is."""
    raw = world.quote("tdx-v4")
    statuses = {}
    # Up to the certificates: their PEM is text, and may vary in white space.
    for at in range(0, raw.index(b"-----BEGIN"), 23):
        bad = bytearray(raw)
        bad[at] ^= 1
        reply = service.upload(bytes(bad))
        statuses.setdefault(reply.status, []).append(at)
    good = statuses.pop(200, [])
    ok(not good and set(statuses) <= {400, 422, 500},
       "one bit changed, anywhere: never 200")
    note({status: len(where) for status, where in statuses.items()})
    if good or 500 in statuses:
        note((good, statuses.get(500)))


# --- GET --------------------------------------------------------------------

def views(service, world):
    for name in "tdx-v5", "sgx-v3":
        raw = world.quote(name)
        uploaded = load(service.upload(raw).body)
        reply = service.get(f"view/{checksum(raw)}")
        view = load(reply.body)
        same((reply.status, in_order(view)), (200, in_order(answer.view(
            raw, verified=True, uploaded_at=uploaded["uploaded_at"],
            verified_at=uploaded["verified_at"], ppid=view["ppid"],
            tcb_status="UpToDate", advisory_ids=[], reason=None,
            message=None, tcb=uploaded["tcb"]))), f"view of {name}")
        ok(re.fullmatch("[0-9a-f]{32}", view["ppid"]), f"{name}: its PPID")
        same(headers_of(reply, "Content-Type", "Cache-Control", "Vary"),
             [["application/json"], ["public, max-age=60"],
              ["Accept-Encoding"]], f"view of {name}: headers")
        etag = reply.headers["ETag"]
        ok(re.fullmatch(r'"[ -~]+"', etag), f"view of {name}: ETag {etag}")
        same(service.get(f"view/{checksum(raw)}").headers["ETag"], etag,
             f"view of {name}: the same ETag again")


def raws(service, world):
    raw = world.quote("tdx-v4")
    reply = service.get(f"raw/{checksum(raw)}")
    same((reply.status, reply.body), (200, raw), "raw: the very bytes")
    same(headers_of(reply, "Content-Type", "Content-Disposition",
                    "Content-Length", "ETag", "Cache-Control", "Vary"),
         [["application/octet-stream"],
          [f"attachment; filename={checksum(raw)}.bin"], [str(len(raw))],
          [f'"{checksum(raw)}"'], ["public, max-age=31536000, immutable"],
          None], "raw: headers")
    for header in "bytes=0-9", "bytes=-5", "bytes=9-", "bytes=99999-", "x=1":
        part = service.get(f"raw/{checksum(raw)}", {"Range": header})
        ok((part.status, part.body) == (200, raw) or part.status in (206, 416),
           f"raw: Range: {header} is answered rightly or not at all")


def collaterals(service, world):
    raw = world.quote("sgx-v3-processor")
    reply = service.get(f"collateral/{checksum(raw)}")
    have = load(reply.body)
    same((reply.status, in_order(have)), (200, in_order({
        field: world.collateral("sgx-v3-processor")[field]
        for field in answer.COLLATERAL})), "collateral: nine fields, as told")
    same(headers_of(reply, "Cache-Control", "CDN-Cache-Control", "Vary",
                    "ETag"),
         [["public, max-age=86400"]] * 2 +
         [["Accept-Encoding"], [f'"{checksum(raw)}"']], "collateral: headers")
    ok(all(re.fullmatch("([0-9a-f]{2})+", have[field]) for field in
           ("root_ca_crl", "pck_crl")) and
       all(re.fullmatch("[0-9a-f]{128}", have[field]) for field in
           ("tcb_info_signature", "qe_identity_signature")),
       "collateral: CRLs and signatures are bare hex")


def heads(service, world):
    hop = {"Date", "Connection", "X-Request-Id"}
    for path in ("recent", *(f"{kind}/{checksum(world.quote('tdx-v4'))}"
                             for kind in ("view", "collateral", "raw",
                                          "verdicts"))):
        head, get = service.head(path), service.get(path)
        same((head.status, head.body, [
            item for item in head.headers.items() if item[0] not in hop]),
            (200, b"", [item for item in get.headers.items()
                        if item[0] not in hop]),
            f"HEAD {path[:16]}: the headers of GET, and no body")
    same((service.head(f"view/{NONE}").status,
          service.head("view/x").status), (404, 422), "HEAD of what is not")


def conditional(service, world):
    own = checksum(world.quote("tdx-v4"))
    for path in (f"view/{own}", f"collateral/{own}", f"raw/{own}", "recent",
                 f"verdicts/{own}", f"collateral/{own}?verdict=1"):
        kind = path.replace(own, "…")
        full = service.get(path)
        etag = full.headers["ETag"]
        for condition, status in [
                (etag, 304), ("W/" + etag, 304), ("*", 304),
                (f'"a", {etag}', 304), (f'W/"a",W/{etag} , "b"', 304),
                (f'"a,b", {etag}', 304), ('"another"', 200),
                (etag[:-2] + '"', 200), (etag.strip('"'), 200), ("", 200),
                (f'"{etag}', 200), ("\xff\xfe", 200), ('"' * 3000, 200)]:
            for method in "GET", "HEAD":
                reply = service.request(method, path, headers={
                    "If-None-Match": condition})
                caching = ("ETag", "Cache-Control", "CDN-Cache-Control",
                           "Vary", "Access-Control-Allow-Origin")
                same((reply.status, headers_of(reply, *caching)),
                     (status, headers_of(full, *caching)),
                     f"{method} {kind} unless {condition[:20]!r}: {status}")
                if status == 304:
                    ok(not reply.body and
                       reply.headers["Content-Length"] in (None, "0") and
                       reply.headers["Content-Type"] is None,
                       f"{method} {kind} unless {condition[:20]!r}: empty")
    zipped = service.get(f"collateral/{own}", {"Accept-Encoding": "gzip"})
    same((zipped.headers["Content-Encoding"], zipped.headers["ETag"],
          load(gzip.decompress(zipped.body)), zipped.headers.get_all("Vary")),
         ("gzip", f'W/"{own}"', world.collateral("tdx-v4"),
          ["Accept-Encoding"]), "gzip: a weak ETag, the same document")
    same(service.get(f"collateral/{NONE}", {"If-None-Match": "*"}).status,
         404, "If-None-Match: * of what is not there")


def checksums(service, world):
    own = checksum(world.quote("tdx-v4"))
    for kind in "view", "collateral", "raw", "verdicts":
        want = service.get(f"{kind}/{own}")
        for text in own.upper(), "0x" + own, "0X" + own.upper():
            reply = service.get(f"{kind}/{text}")
            same((reply.status, reply.body, reply.headers["ETag"]),
                 (200, want.body, want.headers["ETag"]),
                 f"{kind}/{text[:6]}…: the same")
        reply = service.get(f"/proofofcloud/attestations/{kind}/{own}")
        same((reply.status, reply.body), (200, want.body),
             f"{kind}: under the other prefix")
        reply = service.get(f"{kind}/{NONE}")
        is_error(reply, 404, "Quote not found", f"{kind} of none")
        same(reply.headers["Cache-Control"], "no-store",
             f"{kind} of none is not to be kept")
        for text in ("x", own[:-1], own + "0", own[:-1] + "g", "0x", "0x0x" +
                     own[4:], own[:32] + "%20" + own[33:], "%30" + own[1:],
                     "..", ".", "%2e%2e", "a" * 4000, "%ff%fe", "%0d%0aX:1",
                     "'--", "<b>", "-" + own[1:], " " * 0 + "+" + own[1:],
                     "%00" + own, own + "%00", "%22%5c"):
            reply = service.get(f"{kind}/{text}")
            if reply.status in (400, 404):  # nginx's own answer to the path
                ok(text in ("..", ".", "%2e%2e") or "%00" in text,
                   f"{kind}/{text[:20]}: {reply.status}")
                continue
            detail = load(reply.body)["detail"]
            same((reply.status, [list(d) for d in detail], detail[0]["loc"]),
                 (422, [["type", "loc", "msg", "input"]],
                  ["path", "checksum"]), f"{kind}/{text[:20]}: 422")
            ok(detail[0]["input"] == text or len(text) > 100,
               f"{kind}/{text[:20]}: says what it was given")


def recents(service, world):
    everything = load(service.get("recent?limit=100").body)
    same([list(one) for one in everything],
         [["checksum", "verified", "created_at"]] * len(everything),
         "recent: names and their order")
    ok(len(everything) > 30 and all(
        one["verified"] in (0, 1) and type(one["verified"]) is int and
        answer.INSTANT.fullmatch(one["created_at"]) for one in everything),
       "recent: 1 or 0, and instants")
    same(everything, sorted(everything, reverse=True,
                            key=lambda one: one["created_at"]),
         "recent: newest first")
    reply = service.get("recent")
    same(load(reply.body), everything[:20], "recent: 20 of them")
    same(headers_of(reply, "Content-Type", "Cache-Control"),
         [["application/json"], ["public, max-age=2"]], "recent: headers")
    for skip, limit in (0, 1), (3, 5), (29, 2), (0, 100):
        same(load(service.get(f"recent?skip={skip}&limit={limit}").body),
             everything[skip:skip + limit], f"recent: {limit} after {skip}")
    same(load(service.get("recent?skip=1000000").body), [],
         "recent: none after the last")
    same(load(service.get("recent?skip=9223372036854775807").body), [],
         "recent: none after the largest number")
    view = load(service.get(f"view/{everything[0]['checksum']}").body)
    same((everything[0]["verified"], everything[0]["created_at"]),
         (int(view["verified"]), view["uploaded_at"]),
         "recent and view agree")

    number = "Input should be a valid integer, unable to parse string as an" \
        " integer"
    for query, name, kind, msg, value in [
            ("skip=-1", "skip", "greater_than_equal",
             "Input should be greater than or equal to 0", "-1"),
            ("limit=0", "limit", "greater_than_equal",
             "Input should be greater than or equal to 1", "0"),
            ("limit=101", "limit", "less_than_equal",
             "Input should be less than or equal to 100", "101"),
            ("limit=many", "limit", "int_parsing", number, "many"),
            ("skip=", "skip", "int_parsing", number, ""),
            ("skip=1e3", "skip", "int_parsing", number, "1e3"),
            ("skip=0x10", "skip", "int_parsing", number, "0x10"),
            ("limit=%31%30%ff", "limit", "int_parsing", number, "10?"),
            ("limit=%22%5c%0a", "limit", "int_parsing", number, '"\\?'),
            ("limit=1%00", "limit", "int_parsing", number, "1%00"),
            ("skip=99999999999999999999", "skip", None, None,
             "99999999999999999999"),
            ("limit=5&limit=0", "limit", "greater_than_equal",
             "Input should be greater than or equal to 1", "0"),
            ("before=yesterday", "before", None, None, "yesterday"),
            ("before=2026-01-01", "before", None, None, "2026-01-01"),
            ("before=", "before", None, None, "")]:
        reply = service.get(f"recent?{query}")
        detail = load(reply.body)["detail"]
        ok(reply.status == 422 and len(detail) == 1 and
           list(detail[0]) == ["type", "loc", "msg", "input"] and
           detail[0]["loc"] == ["query", name] and
           kind in (None, detail[0]["type"]) and
           msg in (None, detail[0]["msg"]) and
           value in (None, detail[0]["input"]),
           f"recent?{query}: 422 {detail}")
    for query in "skip=%30", "other=1", "limit=20&", "&&limit=20", "skip=00":
        same(service.get(f"recent?{query}").status, 200, f"recent?{query}")


def pages(service, world):
    """Page after page, while uploads go on."""
    first = load(service.get("recent?limit=10").body)
    seen, cursor = list(first), first[0]["created_at"]
    raw = world.quote("sgx-v5")
    for page in range(1, 4):
        service.upload(raw + bytes(page))
        query = cursor.replace("+", "%2B" if page % 2 else "+")
        seen += load(service.get(
            f"recent?skip={page * 10}&limit=10&before={query}").body)
    everything = load(service.get("recent?limit=100").body)
    same(seen, everything[3:43], "none skipped or doubled with before=")


def ties(service):
    """The same instant: in the order of the checksums."""
    service.fresh_database()
    service.sql(
        "INSERT INTO quote (checksum, raw, content_sha256, tee, version,"
        " uploaded_at) SELECT sha256(raw), raw, sha256(raw), 'SGX', 3,"
        " '2020-01-01' FROM (SELECT int4send(n) AS raw"
        " FROM generate_series(1, 30) n) r")
    pages = [load(service.get(f"recent?skip={skip}&limit=7").body)
             for skip in range(0, 35, 7)]
    same([one["checksum"] for page in pages for one in page],
         sorted(hashlib.sha256(n.to_bytes(4, "big")).hexdigest()
                for n in range(1, 31)), "ties: by checksum, on every page")
    broken = pages[0][0]["checksum"]
    same([service.get(f"{kind}/{broken}").status for kind in
          ("view", "collateral")], [500, 500],
         "a row that is no quote (never by an upload): 500")


# --- all paths --------------------------------------------------------------

def paths(service):
    for path in ("", "/", "/recent/", "/recent/x", "/view", "/view/",
                 f"/view/{NONE}/", f"/view/{NONE}/x", "/verify/", "/Recent",
                 "/recent%2f", "//recent", "/./recent", "/../recent",
                 "/%72ecent", "/recent;x=1", "/%ff", "/a/b/c",
                 "/view/../recent", "/recent%00", "/recent\t",
                 "/" + "a" * 3000):
        answered = service.raw((
            f"GET {BASE}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            "\r\n").encode())
        head, _, body = answered.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        ok(status in (400, 404, 422) and
           (status != 422 or path.startswith("/view/")) and
           list(load(body)) == ["detail"] and b"Location" not in head,
           f"{path[:20]!r}: {status}, no redirect")


def cross_origin(service, world):
    own = checksum(world.quote("tdx-v4"))
    origin = {"Origin": "https://example.org"}
    body = multipart(("file", "q", world.quote("tdx-v4")))
    for name, reply in [
            ("view", service.get(f"view/{own}", origin)),
            ("304", service.get(f"raw/{own}",
                                {**origin, "If-None-Match": "*"})),
            ("404", service.get(f"view/{NONE}", origin)),
            ("422", service.get("view/x", origin)),
            ("405", service.get("verify", origin)),
            ("415", service.post("verify", b"x", "text/plain", origin)),
            ("413", service.post("verify", bytes(1 << 20), "text/plain",
                                 origin)),
            ("upload", service.post("verify", *body, origin))]:
        same(headers_of(reply, "Access-Control-Allow-Origin",
                        "Access-Control-Expose-Headers",
                        "Access-Control-Allow-Credentials"),
             [["*"], ["ETag, Content-Disposition, Content-Length, "
                      "Retry-After, X-Request-Id"], None],
             f"{name}: any origin may read it")
    for path in "verify", f"view/{own}", f"raw/{own}":
        reply = service.request("OPTIONS", path, headers={
            **origin, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type"})
        same((reply.status, reply.body, headers_of(
            reply, "Access-Control-Allow-Origin",
            "Access-Control-Allow-Methods", "Access-Control-Allow-Headers")),
            (204, b"", [["*"], ["GET, HEAD, POST, OPTIONS"],
                        ["content-type"]]), f"preflight of {path[:12]}")


# --- what changes -----------------------------------------------------------

def flips(service, world):
    """`verified` follows the newest verdict; the quote stays the same."""
    raw = world.quote("tdx-v4-outdated") + b"again"
    own = checksum(raw)
    same(service.upload(raw).status, 400, "out of date: refused")
    before = service.get(f"view/{own}")
    listed = load(service.get("recent").body)[0]
    service.up(ATTESTRY_TCB_POLICY="UpToDate,OutOfDate")
    reply = service.upload(raw)
    have = load(reply.body)
    same((reply.status, have["quote"]["verified"], have["tcb_status"],
          have["advisory_ids"], have["uploaded_at"]),
         (200, True, "OutOfDate", ["INTEL-SA-00960"],
          load(before.body)["uploaded_at"]),
         "another policy: verified, uploaded at the same instant as before")
    after = service.get(f"view/{own}", {"If-None-Match":
                                        before.headers["ETag"]})
    same((after.status, load(after.body)["verified"]), (200, True),
         "in view it is verified, under another ETag")
    same(load(service.get("recent").body)[0], {**listed, "verified": 1},
         "in recent too, at the same place")

    service.up(ATTESTRY_TCB_POLICY=None, ATTESTRY_TIME=LATER)
    same(service.upload(raw).status, 400, "the policy of before: refused")
    same((load(service.get(f"view/{own}").body)["verified"],
          load(service.get(f"view/{own}").body)["verified_at"],
          load(service.get("recent").body)[0]["verified"]),
         (False, LATER.replace("Z", "+00:00"), 0), "and shown as refused")

    service.up(ATTESTRY_TIME="2026-06-01T00:00:00Z")
    good = world.quote("sgx-v3")
    early = service.upload(good)
    ok(early.status in (400, 500), f"before its collateral: {early.status} "
       f"{load(early.body).get('reason')}")
    service.up(ATTESTRY_TIME=NOW)
    same((service.upload(good).status,
          load(service.get(f"view/{checksum(good)}").body)["verified"]),
         (200, True), "at another instant: verified")


# Many variants of one quote, forged ones among them, all to be kept.
with World() as world, Client(
        ATTESTRY_COPIES_MAX="1000", **world.settings) as service:
    pids = service.worker_pids()
    good_uploads(service, world)
    again(service, world)
    byte_for_byte(service, world)
    not_a_quote(service, world)
    bad_requests(service, world)
    refused(service, world)
    other_certificates(service, world)
    by_curl(service, world)
    forged_everywhere(service, world)
    views(service, world)
    raws(service, world)
    collaterals(service, world)
    heads(service, world)
    conditional(service, world)
    checksums(service, world)
    recents(service, world)
    pages(service, world)
    paths(service)
    cross_origin(service, world)
    same(service.worker_pids(), pids, "the same workers all along")
    flips(service, world)
    ties(service)
    same(unfit, [], "every body was JSON, and showed nothing of the inside")
done()
