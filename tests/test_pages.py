"""
The pages, without a browser: what they say of each kind of quote, that they
are well-formed and run nothing, forms without a script, old links.
"""

import hashlib
import os
import re
import subprocess
import tempfile
from urllib.parse import quote as percent

from answer import checksum
from e2e import BUILD, BASE, Service, multipart
from page import Page
from tap import done, note, ok, same
from world import World

POLICY = "default-src 'none'; script-src 'self'; style-src 'self';" \
    " img-src 'self'; form-action 'self'; base-uri 'none';" \
    " frame-ancestors 'none'"
NONE = "0" * 64
LATER = "2026-09-01T12:00:00Z"  # when the world's collateral has expired

# In the order of verify.c; what each reason fails, and what it proves.
CHECKS = ["Structure", "PCK certificate chain", "Collateral", "Revocation",
          "Dates", "Platform", "QE report", "QE identity", "Quote signature",
          "TDX module", "TCB level", "Debug", "TD attributes", "Policy"]
REASONS = {
    "unsupported_quote": ("Structure", 0),
    "missing_certificates": ("PCK certificate chain", 1),
    "untrusted_root": ("PCK certificate chain", 1),
    "bad_certificate": ("PCK certificate chain", 1),
    "bad_collateral": ("Collateral", 2),
    "certificate_revoked": ("Revocation", 2),
    "certificate_expired": ("Dates", 4),
    "collateral_expired": ("Dates", 4),
    "collateral_mismatch": ("Platform", 2),
    "bad_qe_report": ("QE report", 6),
    "qe_identity_mismatch": ("QE identity", 7),
    "bad_quote_signature": ("Quote signature", 8),
    "tdx_module_mismatch": ("TDX module", 9),
    "tcb_not_found": ("TCB level", 10),
    "debug_enabled": ("Debug", 11),
    "td_attributes": ("TD attributes", 12),
    "service_td": ("TD attributes", 12),
    "tcb_status": ("Policy", 13),
}


def get_page(service, path, status=200, **options):
    """A page: well-formed, and with the headers that every page has."""
    reply = service.get(path, **options)
    shown = re.sub(r"[0-9a-f]{60,}", lambda m: m[0][:8] + "…", path)[:60]
    page = Page(reply.body)
    same((reply.status, reply.headers["Content-Type"],
          reply.headers.get_all("Content-Security-Policy"), page.problems),
         (status, "text/html; charset=utf-8", [POLICY], []),
         f"GET {shown}: {status}, well-formed, and runs nothing")
    ok(not re.search(r"\bsafe", page.text(), re.I), f"GET {shown}: never says"
       " safe")
    return page


def results(page):
    """{check: word} of a report."""
    return {name: word.lstrip("✓✗!– ") for name, word, _ in
            page.rows("checks")}


def send(service, *parts, **options):
    return service.post("/upload", *multipart(*parts), **options)


def sees(reply, own):
    return (reply.status, reply.headers["Location"]) == \
        (303, f"/reports/{own}")


# --- the first page ----------------------------------------------------------

def home(service):
    page = get_page(service, "/")
    text = page.text()
    ok(text.index("kept for good") < text.index("Verify and keep the file"),
       "home: what it keeps is said before the upload")
    same([(f.attributes["action"], f.attributes["method"],
           f.attributes["enctype"],
           [e.attributes["name"] for e in f.all("input", "textarea")])
          for f in page.all("form")],
         [("/upload", "post", "multipart/form-data", [name])
          for name in ("file", "hex")], "home: a form for each way")
    ok("There is none yet." in text, "home: no quotes yet")
    for path, title in [
            ("/?skip=-1", 400), ("/?skip=x", 400), ("/?skip=", 400),
            ("/?skip=9999999999", 400), ("/?before=x", 400),
            ("/?skip=0&before=2026-06-15T12:00:00Z", 200)]:
        get_page(service, path, title)


def weight(service):
    """All that the first page loads, with a full list."""
    reply = service.get("/")
    page = Page(reply.body)
    paths = [e.attributes.get("href") or e.attributes.get("src")
             for e in page.all("link", "script")]
    kinds = []
    total = len(reply.body)
    for path in paths:
        asset = service.get(path)
        total += len(asset.body)
        kinds.append(asset.headers["Content-Type"])
        same((asset.status, asset.headers["Cache-Control"]),
             (200, "public, max-age=31536000, immutable"),
             f"{path}: kept by clients")
        ok(hashlib.sha256(asset.body).hexdigest()[:12] in path,
           f"{path}: named by its content")
        same(service.get(path, {"If-None-Match":
                                asset.headers["ETag"]}).status, 304,
             f"{path}: 304")
        reply = service.head(path)
        same((reply.status, reply.body, reply.headers["Content-Length"]),
             (200, b"", str(len(asset.body))), f"{path}: HEAD")
    same(kinds, ["image/svg+xml", "text/css; charset=utf-8",
                 "text/javascript; charset=utf-8"], "icon, style, script")
    ok(len(page.rows("recent")) == 20, "a full list")
    ok(total < 20 * 1024, f"home, icon, style and script: {total} bytes")
    for path in "/assets/attestry.css", "/assets/", "/assets/../x", \
            "/assets/attestry-000000000000.css":
        same(service.get(path).status in (400, 404), True, f"{path}: none")


# --- uploads -----------------------------------------------------------------

def uploads(service, world):
    raw = world.quote("tdx-v4")
    own = checksum(raw)
    for name, reply in [
            ("a file", send(service, ("file", "q.bin", raw))),
            ("hex", send(service, ("hex", None, raw.hex().encode()))),
            ("hex with 0x and white space", send(service, (
                "hex", None, b" 0x" + raw.hex().upper().encode() + b"\r\n"))),
            ("a file, and hex left empty", send(
                service, ("file", "q.bin", raw), ("hex", None, b""))),
            ("urlencoded hex", service.post(
                "/upload", "hex=" + raw.hex(),
                "application/x-www-form-urlencoded"))]:
        ok(sees(reply, own), f"upload: {name}: to its report")
        same((reply.body, reply.headers["Cache-Control"]), (b"", "no-store"),
             f"upload: {name}: not cached")
    before = service.sql("SELECT count(*) FROM quote")
    for name, reply, status, heading, says in [
            ("no quote", send(service, ("file", "x", b"abc")), 422,
             "That is not a quote", "want 48 bytes, have 3"),
            ("nothing", send(service, ("hex", None, b"")), 400,
             "The upload was not taken", "must be provided"),
            ("no file", send(service, ("file", "", b"")), 422,
             "That is not a quote", "have 0"),
            ("both", send(service, ("file", "q", raw),
                          ("hex", None, raw.hex().encode())), 400,
             "The upload was not taken", "Only one of"),
            ("no hex", send(service, ("hex", None, b"<script>")), 400,
             "The upload was not taken", "want hex digits"),
            ("too much", send(service, ("file", "q", raw + bytes(20480))),
             413, "The upload was not taken", "too large"),
            ("JSON's type and nothing in it", service.post(
                "/upload", "", "application/json"), 400,
             "The upload was not taken", "JSON"),
            ("another type", service.post("/upload", "x", "text/plain"), 415,
             "The upload was not taken", "Unsupported")]:
        page = Page(reply.body)
        same((reply.status, page.problems, page.heading(),
              reply.headers["Cache-Control"]),
             (status, [], heading, "no-store"), f"upload: {name}: {status}")
        ok(says in page.text() and "Nothing was kept" in page.text() and
           "<script>" not in reply.body.decode(),
           f"upload: {name}: what was wanted, what was found")
    same(service.sql("SELECT count(*) FROM quote"), before,
         "upload: none of that was kept")
    same(service.request("GET", "/upload").status, 405, "GET /upload: 405")


def samples(service, world):
    """Each kind of quote, and what its report says."""
    for name, sample in world.samples.items():
        raw = world.quote(name)
        own = checksum(raw)
        ok(sees(send(service, ("file", "q", raw)), own), f"{name}: uploaded")
        page = get_page(service, f"/reports/{own}")
        expect = sample["expect"]
        same(page.heading(),
             "Verified" if expect["verified"] else "Not verified",
             f"{name}: in words")
        ok(page.title().startswith(page.heading()), f"{name}: in the title")
        have = results(page)
        same(list(have), CHECKS, f"{name}: all checks")
        same(list(have.values()), want_results(
            expect["reason"], sample["tee"] == "tdx", expect["tcb_status"]),
            f"{name}: each result")
        terms = page.terms()
        same(terms["Checksum"].text(), own, f"{name}: checksum")
        view = service.get(f"view/{own}").json()
        measures = page.terms("measurements")
        for field, value in view["body"].items():
            if field == "mr_config_id":
                continue
            value = str(value).removeprefix("0x")
            if next(measures[field].all("code")).text() != value:
                same(measures[field].text(), value, f"{name}: {field}")
        same(set(view["body"]) - set(measures) - {"mr_config_id"}, set(),
             f"{name}: every field of the body")


def want_results(reason, is_tdx, tcb_status):
    failed, num = REASONS[reason] if reason else (None, len(CHECKS))
    words = []
    for i, check in enumerate(CHECKS):
        word = "failed" if check == failed else \
            "passed" if i < num else "not checked"
        if check == "TCB level" and word == "passed" and \
                tcb_status != "UpToDate":
            word = "falls short"
        if check in ("TDX module", "TD attributes") and not is_tdx:
            word = "does not apply"
        words.append(word)
    return words


def add_verdict(service, own, reason, message, status="NULL"):
    """A verdict as the service would have recorded it."""
    service.sql(
        "INSERT INTO verdict (checksum, verified_at, fixed_time, verified,"
        " tcb_status, reason, message, advisory_ids, policy, engine_version,"
        " collateral_id) SELECT checksum, verified_at, true, false,"
        f" {status}, '{reason}', '{message}', '{{}}', policy, '9',"
        " CASE WHEN %s THEN collateral_id END FROM verdict"
        " WHERE checksum = '\\x%s' AND collateral_id IS NOT NULL"
        " ORDER BY recorded_at LIMIT 1" % (
            "false" if REASONS[reason][1] < 2 else "true", own))


def reasons(service, world):
    """Whatever the reason, nothing is claimed that was not proven."""
    own = checksum(world.quote("tdx-v5"))
    for reason in REASONS:
        status = "'OutOfDate'" if reason in (
            "debug_enabled", "td_attributes", "service_td", "tcb_status") \
            else "NULL"
        add_verdict(service, own, reason, f"<b>{reason}</b> & more", status)
        page = get_page(service, f"/reports/{own}")
        same(list(results(page).values()),
             want_results(reason, True, "OutOfDate"), f"{reason}: results")
        rows = {row[0]: row[2] for row in page.rows("checks")}
        same(rows[REASONS[reason][0]], f"<b>{reason}</b> & more",
             f"{reason}: told beside its check")
        ok(page.heading() == "Not verified" and "not proven" in
           page.text(), f"{reason}: not verified")
    history = page.rows("history")
    same([row[0] for row in history],
         [str(n) for n in range(19, 0, -1)][:len(history)],
         "history: numbered, newest first")
    same([row[4] for row in history[:len(REASONS)]], list(reversed(REASONS)),
         "history: every reason")


# --- a report's parts --------------------------------------------------------

def parts(service, world):
    own = checksum(world.quote("tdx-v4-outdated"))
    page = get_page(service, f"/reports/{own}")
    ok("One check failed, after 12 that passed and one that falls short."
       in page.text(), "out of date: counted")
    same(page.rows("tcb")[0][:2], ["Platform", "OutOfDate"],
         "out of date: where its platform stands")
    shorts = [e.text() for e in page.below("tcb") if e.name == "li"]
    same(shorts, [one["message"] for one in
                  service.get(f"view/{own}").json()["tcb"]["shortfalls"]],
         "out of date: what is short")
    ok(shorts, "out of date: something is")
    ok("INTEL-SA-00960" in page.terms()["Security advisories"].text(),
       "out of date: advisories")
    svg = next(page.all("svg"))
    texts = [e.text() for e in svg.all("text")]
    same((svg.attributes["role"], texts),
         ("img", ["judged", "2026-06-12", "2026-07-15"]),
         "the line of time: since when, until when")
    same(page.terms("dates")["Judged at"].text(), "2026-06-15 12:00:00 UTC",
         "dates: judged")
    ok(page.terms("dates")["Evidence ends"].text().startswith("2026-07-15"),
       "dates: the end, in text")
    ok("PCK CRL" in [row[0] for row in page.rows("dates")],
       "dates: the lists' too")
    rows = page.rows("certificates")
    same([row[0] for row in rows],
         ["Intel SGX PCK Certificate", "Intel SGX PCK Platform CA",
          "Intel SGX Root CA", "Root CA", "PCK CA"],
         "certificates and lists: all five")
    same([(row[2], row[3:]) for row in rows[3:]],
         [(num, ["2026-06-12 12:00:00 UTC", "2026-07-15 12:00:00 UTC"])
          for num in ("0", "2")],
         "lists: what is revoked, dates")
    same(page.terms("certificates")["fmspc"].text(), "90c06f000000",
         "certificates: the platform's model")
    for path in f"/raw/{own}", f"/api/collateral/{own}", \
            f"{BASE}/view/{own}":
        ok(path in page.links(), f"{path[:20]}…: can be downloaded")
        same(service.get(path).status, 200, f"{path[:20]}…: is there")
    same(page.terms()["Link to this report"].text(),
         f"http://127.0.0.1:{service.port}/reports/{own}",
         "a link to share")
    ok("demonstration" in page.text(), "the trust anchor is not Intel's")
    ok("a fixed time" in page.text(), "the time is not the clock's")


def counts(service, world):
    """What the verdict's first sentence counts is what the table has."""
    for name, says in [
            ("tdx-v4", "All 14 checks that apply passed."),
            ("sgx-v3", "All 12 checks that apply passed."),
            ("sgx-v3-forged",
             "One check failed, after 8 that passed; 3 were not made.")]:
        page = get_page(service, f"/reports/{checksum(world.quote(name))}")
        ok(says in page.text(), f"{name}: {says}")
    service.up(ATTESTRY_TCB_POLICY="UpToDate,OutOfDate")
    raw = world.quote("tdx-v4-outdated")
    send(service, ("file", "q", raw))
    page = get_page(service, f"/reports/{checksum(raw)}")
    ok(page.heading() == "Verified" and "13 checks passed; the TCB level falls"
       " short, which the policy accepts." in page.text(),
       "out of date and accepted: it is said what is short")
    service.up(ATTESTRY_TCB_POLICY=None)


def expects(service, world):
    raw = world.quote("tdx-v4")
    own = checksum(raw)
    body = service.get(f"view/{own}").json()["body"]
    for name, value, says in [
            ("as the API has it", body["mrtd"], "It is equal to mrtd."),
            ("with colons, upper case",
             ":".join(re.findall("..", body["rtmr1"][2:])).upper(),
             "It is equal to rtmr1."),
            ("one digit else", body["mrtd"][:-1] + "f",
             "None of the values is equal to these 48 bytes."),
            ("zeros", "00" * 48, "It is equal to rtmr3."),
            ("fewer zeros", "00" * 32, "None of the values"),
            ("a part", body["mrtd"][:40], "None of the values"),
            ("nothing", "", "cannot be compared"),
            ("no hex", '"><script>x', "want hex digits"),
            ("half a byte", "abc", "even number of hex digits, have 3"),
            ("too long", "00" * 65, "want at most 128 hex digits"),
            ("far too long", "00" * 1000, "want at most 128 hex digits")]:
        page = get_page(service, f"/reports/{own}?expect={percent(value)}")
        status = next(e for e in page.all("div")
                      if e.attributes.get("role") == "status")
        ok(says in status.text(), f"expected: {name}: {says}") or \
            note(status.text())
        box = next(e for e in page.all("input")
                   if e.attributes["id"] == "expect")
        ok(box.attributes["value"] == value[:399],
           f"expected: {name}: shown again")
    forged = checksum(world.quote("sgx-v3-forged"))
    value = service.get(f"view/{forged}").json()["body"]["mrenclave"]
    page = get_page(service, f"/reports/{forged}?expect={value}")
    ok("It is equal to mrenclave." in page.text() and
       "But the quote is not verified." in page.text(),
       "expected: equal, and the quote is forged")


def compares(service, world):
    a, b = (checksum(world.quote(name))
            for name in ("tdx-v4", "tdx-v4-debug"))
    page = get_page(service, f"/compare/{a}/{b}")
    words = {row[0]: row[1] for row in page.rows_of_table()}
    same({name for name, word in words.items() if word == "different"},
         {"Verdict", "Reason", "tdattributes"}, "compare: what differs")
    same(words["mrtd"], "equal", "compare: and what does not")
    sgx = checksum(world.quote("sgx-v3"))
    page = get_page(service, f"/compare/{a}/{sgx}")
    rows = {row[0]: row[1:] for row in page.rows_of_table()}
    same((rows["mrtd"][0], rows["mrtd"][2], rows["mrenclave"][:2],
          len(rows["Verdict"])),
         ("different", "not there", ["different", "not there"], 2),
         "compare: TDX and SGX")
    same({row[1] for row in get_page(
        service, f"/compare/{a}/{a}").rows_of_table()}, {"equal"},
        "compare: one with itself")
    for path, status in [(f"/compare/{a}/{NONE}", 404),
                         (f"/compare/{NONE}/{a}", 404),
                         (f"/compare/{a}/x", 404), ("/compare", 400),
                         (f"/compare?a={a}&b=<script>", 400)]:
        get_page(service, path, status)
    same(service.get(f"/compare?a={a}&b=0x{b.upper()}").headers["Location"],
         f"/compare/{a}/{b}", "compare: the form leads there")
    same(service.get(f"/compare/{a}").status, 404, "compare: one alone")


def old_links(service, world):
    raw = world.quote("sgx-v4")
    own = checksum(raw)
    for old, new in [(f"/raw/{own}", f"raw/{own}"),
                     (f"/api/collateral/{own}", f"collateral/{own}"),
                     (f"/raw/{NONE}", f"raw/{NONE}"), ("/raw/x", "raw/x")]:
        a, b = service.get(old), service.get(new)
        same((a.status, a.body, a.headers["Content-Type"], a.headers["ETag"],
              a.headers["Cache-Control"]),
             (b.status, b.body, b.headers["Content-Type"], b.headers["ETag"],
              b.headers["Cache-Control"]), f"{old[:20]}: as {new[:15]}")
    same(service.post("/api/upload", *multipart(("file", "q", raw))).json(),
         service.upload(raw).json(), "POST /api/upload: as verify")
    same(service.get("/api/upload").status, 405, "GET /api/upload: 405")
    # A whole quote does not fit into a request line: one that ends early.
    reply = service.get("/r?hex=" + raw[:1000].hex())
    same((reply.status, Page(reply.body).heading()),
         (422, "That is not a quote"), "/r?hex=…: judged as an upload")
    reply = service.get("/r?x=y")
    same((reply.status, Page(reply.body).heading()),
         (400, "The upload was not taken"), "/r without hex")
    small = small_quote(raw)
    ok(sees(service.get("/r?hex=0x" + small.hex()), checksum(small)),
       "/r?hex=…: to its report")
    page = get_page(service, f"/reports/{checksum(small)}")
    same((page.heading(), results(page)["PCK certificate chain"]),
         ("Not verified", "failed"), "a quote without certificates")
    ok("no certificates" in page.text() and
       "none needed" in page.text(), "and its page says so")


def small_quote(raw):
    """An SGX quote of version 4 with a PPID in place of its certificates."""
    at = raw.index(b"-----BEGIN CERTIFICATE-----") - 6
    cut = bytearray(raw[:at] + b"\1\0" + (36).to_bytes(4, "little") +
                    bytes(36))
    body = 48 + 384
    # The sizes before it, of the authentication data and of type 6.
    for at in body, body + 4 + 64 + 64 + 2:
        size = int.from_bytes(cut[at:at + 4], "little")
        cut[at:at + 4] = (size + len(cut) - len(raw)).to_bytes(4, "little")
    return bytes(cut)


def conditions(service, world):
    own = checksum(world.quote("sgx-v5"))
    for path in "/", f"/reports/{own}":
        reply = service.get(path)
        head = service.head(path)
        same((head.status, head.body, head.headers["Content-Length"],
              head.headers["ETag"]),
             (200, b"", str(len(reply.body)), reply.headers["ETag"]),
             f"HEAD {path[:9]}")
        same(reply.headers["Cache-Control"], "no-cache",
             f"{path[:9]}: asked for again each time")
        again = service.get(path, {"If-None-Match": reply.headers["ETag"]})
        same((again.status, again.body), (304, b""), f"{path[:9]}: 304")
    add_verdict(service, own, "tcb_status", "new", "'OutOfDate'")
    again = service.get(path, {"If-None-Match": reply.headers["ETag"]})
    same((again.status, Page(again.body).heading()), (200, "Not verified"),
         "a new verdict is another page")
    for path in f"/reports/{NONE}", "/reports/x", "/reports/", \
            "/reports/" + "%3Cscript%3E":
        page = get_page(service, path, 404)
        same(page.heading(), "There is no such report", f"{path[:12]}: none")
    same(service.get(f"/reports/{NONE}").headers["Cache-Control"], "no-store",
         "none: not to be kept")
    same(get_page(service, f"/reports/0x{own.upper()}").heading(),
         "Not verified", "a checksum in upper case, with 0x")
    same(service.request("POST", f"/reports/{own}", "").status, 405,
         "POST to a report: 405")
    same(service.get("/nothing").json(), {"detail": "Not Found"},
         "another path: the front's JSON")
    same(service.get("recent").headers.get_all("Content-Security-Policy"),
         ["default-src 'none'; frame-ancestors 'none'"],
         "the API's own policy")
    for host in "a'b", 'a"b', "a$(id)", "a b", "x" * 300, "<script>":
        reply = service.raw(
            f"GET /reports/{own} HTTP/1.1\r\nHost: {host}\r\nConnection:"
            " close\r\n\r\n".encode())
        ok(b" 400 " in reply[:20] or b"http://localhost/reports/" in reply,
           f"a host {host[:9]} is never shown")


def commands(service, world):
    """What the report says to type, typed."""
    own = checksum(world.quote("sgx-v3"))
    page = get_page(service, f"/reports/{own}")
    own_way, openssl = [e.text_as_is() for e in page.below("evidence")
                        if e.name == "code"]
    openssl = re.sub(r"(?m)^curl .*RootCA.pem$", "", openssl).replace(
        "Intel_SGX_Provisioning_Certification_RootCA.pem", world.root_ca)
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "PATH": BUILD + ":" + os.environ["PATH"],
            "ATTESTRY_ROOT_CA": world.root_ca}
        for name, script, says in (
                ("attestry", own_way, '"verified": true'),
                ("OpenSSL", openssl, "chain.pem: OK")):
            run = subprocess.run(
                ["sh", "-e", "-c", script], cwd=folder, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, env=environment)
            ok(run.returncode == 0 and says in run.stdout,
               f"the commands: {name}") or note(run.stdout)


# --- strangers ---------------------------------------------------------------

SCRIPT = "<script>alert(1)</script>"


def strangers(world):
    """A subject that is markup, and report data that is."""
    data = SCRIPT.encode().hex()
    with World(settings=f"certs[pck].subject.cn={SCRIPT} ; "
               f"quote.enclave.report_data={data}{'00' * 39} ; "
               f"quote.td.report_data={data}{'00' * 39}") as odd, \
            Service(**odd.settings) as service:
        for name in "sgx-v3", "tdx-v4":
            raw = odd.quote(name)
            send(service, ("file", "q", raw))
            page = get_page(service, f"/reports/{checksum(raw)}")
            same(page.rows("certificates")[0][0], SCRIPT,
                 f"{name}: a subject <script> is text")
            ok(f"As text: {SCRIPT}" in
               page.terms("measurements")["reportdata"].text(),
               f"{name}: report data <script> is text")
            same(len(list(page.all("script"))), 1, f"{name}: one script, ours")


def undecided(world):
    """No collateral to be had: the quote is kept, and its page says so."""
    with World() as other, Service(**other.settings) as service:
        other.pcs.stop()
        raw = other.quote("sgx-v3")
        own = checksum(raw)
        ok(sees(send(service, ("file", "q", raw)), own),
           "undecided: to its report")
        page = get_page(service, f"/reports/{own}")
        same((page.heading(), results(page)["Structure"],
              set(list(results(page).values())[1:])),
             ("Not judged yet", "passed", {"not checked", "does not apply"}),
             "undecided: nothing is proven")
        ok("There is none yet." in page.text(), "undecided: no history")
        other.restart_pcs()
        # A source that failed is left alone for a while.
        service.up(ATTESTRY_PCS_PAUSE_S="0")
        send(service, ("file", "q", raw))
        service.stop("postgres")
        reply = service.get(f"/reports/{own}")
        same((reply.status, Page(reply.body).heading(),
              reply.headers["Cache-Control"]),
             (500, "Something is wrong here", "no-store"),
             "no database: a page that says so")
        reply = send(service, ("file", "q", raw))
        same((reply.status, Page(reply.body).heading()),
             (500, "It could not be verified"), "no database: an upload")
        service.up()


def not_kept(world):
    with World() as other, Service(
            ATTESTRY_KEEP="genuine", **world.settings) as service:
        raw = other.quote("sgx-v3")  # of another root
        reply = send(service, ("file", "q", raw))
        page = Page(reply.body)
        same((reply.status, page.problems, page.heading(),
              reply.headers["Cache-Control"]),
             (200, [], "Not verified", "no-store"), "not kept: its verdict")
        ok("is not kept" in page.text() and
           not any("/raw/" in link for link in page.links()),
           "not kept: the page says so, and offers nothing")
        same(service.get(f"/reports/{checksum(raw)}").status, 404,
             "not kept: no report")


def expired(service, world):
    own = checksum(world.quote("sgx-v3-processor"))
    ok("That is past" not in get_page(service, f"/reports/{own}").text(),
       "the evidence holds")
    service.up(ATTESTRY_TIME=LATER)
    ok("That is past" in get_page(service, f"/reports/{own}").text(),
       "and later its end is past")
    service.up(ATTESTRY_TIME=world.now)


def older(service, world):
    """Pages of the list."""
    service.sql(
        "INSERT INTO quote (checksum, raw, content_sha256, tee, version)"
        " SELECT sha256(raw), raw, sha256(raw), 'SGX', 3"
        " FROM (SELECT n::text::bytea AS raw FROM generate_series(1, 50) n)"
        " r")
    seen, path = [], "/"
    while path:
        page = get_page(service, path)
        seen += [e.attributes["href"] for e in page.below("recent")
                 if e.name == "a" and e.attributes["href"][:9] ==
                 "/reports/"]
        path = next((link for link in page.links() if "skip=" in link), None)
        path = path and path.partition("#")[0]
        send(service, ("file", "q", world.quote("sgx-v3") + bytes(len(seen))))
    have = service.sql("SELECT count(*) FROM quote")
    ok(len(seen) == len(set(seen)) and
       len(seen) > 60, f"older ones: {len(seen)}, each once") or note(have)
    # A record that is no quote is our fault, and told as one.
    same(service.get(seen[25]).status, 500, "a record that is none: 500")


def keys(schema, prefix=""):
    """Every key of an object, and of those in it that have no name."""
    for name, member in schema.get("properties", {}).items():
        yield prefix + name
        inner = member.get("items")
        yield from keys(inner or member,
                        f"{prefix}{name}{'[]' if inner else ''}.")


def docs(service):
    """/docs has all that the document for programs has."""
    page = get_page(service, "/docs")
    document = service.get("/api/v1/openapi.json").json()
    text = page.text()
    for path, item in document["paths"].items():
        for method in item.keys() & {"get", "post"}:
            ok(f"{method.upper()} {path}" in text and
               item[method]["summary"] in text,
               f"/docs: {method.upper()} {path}")
    ids = {e.attributes["id"] for e in page.all() if "id" in e.attributes}
    codes = {e.text() for e in page.all("code")}
    for name, schema in document["components"]["schemas"].items():
        ok(name in ids and set(keys(schema)) <= codes and
           schema.get("description", "").replace("`", "") in text,
           f"/docs: {name}, with {len(list(keys(schema)))} keys")
    links = {e.attributes["href"] for e in page.all("a")}
    same({link[1:] for link in links if link[:1] == "#"} - ids, set(),
         "/docs: every link leads somewhere")
    ok("`" not in text, "/docs: no marks of other languages")
    same(service.get("/docs", headers={"If-None-Match": service.get(
        "/docs").headers["ETag"]}).status, 304, "/docs: kept by clients")


def flood(service):
    """Uploads by page and by link are limited as those of programs are."""
    for name, path, method in ("a page", "/upload", "POST"), \
            ("a link", "/r?hex=00", "GET"):
        source = "127.0.0.2" if method == "POST" else "127.0.0.3"
        statuses = {service.request(method, path, source=source).status
                    for _ in range(200)}
        ok(429 in statuses, f"{name}: {statuses}")
    same({service.request("GET", "/", source="127.0.0.4").status
          for _ in range(200)}, {200}, "pages to read are not limited")


def behind_apache(world):
    with Service(front="apache", **world.settings) as service:
        raw = world.quote("tdx-v4")
        own = checksum(raw)
        get_page(service, "/")
        get_page(service, "/docs")
        ok(sees(send(service, ("file", "q", raw)), own), "Apache: an upload")
        page = get_page(service, f"/reports/{own}")
        get_page(service, f"/compare/{own}/{own}")
        get_page(service, f"/reports/{NONE}", 404)
        for path in [e.attributes.get("href") or e.attributes.get("src")
                     for e in page.all("link", "script")] + [
                f"/raw/{own}", f"/api/collateral/{own}"]:
            same(service.get(path).status, 200, f"Apache: {path[:24]}")
        same(service.get("recent").headers.get_all(
            "Content-Security-Policy"),
            ["default-src 'none'; frame-ancestors 'none'"],
            "Apache: the API's own policy")
        same(service.post("/api/upload", *multipart(
            ("file", "q", raw))).status, 200, "Apache: POST /api/upload")
        same(service.get("/nothing").json(), {"detail": "Not Found"},
             "Apache: another path")
        flood(service)


with World() as world:
    with Service(**world.settings) as service:
        home(service)
        uploads(service, world)
        samples(service, world)
        parts(service, world)
        counts(service, world)
        expects(service, world)
        compares(service, world)
        old_links(service, world)
        expired(service, world)
        commands(service, world)
        reasons(service, world)
        conditions(service, world)
        older(service, world)
        weight(service)
        docs(service)
        flood(service)
    not_kept(world)
    behind_apache(world)
    strangers(world)
    undecided(world)
done()
