"""
No request ever leaves for an address that is found in input. A canary listens
where everything points to that strangers, or Intel, can put an address into:
certificates of quotes and of collateral, headers, forms, targets, redirects.
Nobody may ever connect to it.
"""

import re
import socket
import ssl
import threading
import urllib.parse

import fcgi
from e2e import BASE, Service, multipart
from tap import done, note, ok, same
from world import World

# Authority information access (RFC 5280 4.2.2.1), and what it can say.
AIA = "1.3.6.1.5.5.7.1.1"
OCSP = bytes.fromhex("06082b06010505073001")
CA_ISSUERS = bytes.fromhex("06082b06010505073002")


class Canary:
    """Counts who connects to it, and hangs up."""

    def __init__(self):
        self.num = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            connection, _ = self.listener.accept()
            self.num += 1
            connection.close()


def der(tag, *parts):
    content = b"".join(parts)
    assert len(content) < 128
    return bytes([tag, len(content)]) + content


def access_to(url):
    """The extension's value, with both kinds of access."""
    place = der(0x86, url.encode())
    return der(0x30, der(0x30, OCSP, place), der(0x30, CA_ISSUERS, place))


def in_certificates(canary):
    """Settings of mint: every certificate's CRLs are at the canary's."""
    certs = "root", "ca", "pck", "tcb_signing"
    return " ; ".join(f"certs[{cert}].crl_url={canary.url}/{cert}.crl"
                      for cert in certs)


def in_pck_as_well(canary):
    return (f"{in_certificates(canary)} ; certs[pck].extras[0].oid={AIA} ; "
            f"certs[pck].extras[0].value={access_to(canary.url).hex()}")


def certificates_in(quote):
    """The PCK chain's, as DER."""
    return [ssl.PEM_cert_to_DER_cert(pem) for pem in re.findall(
        "-----BEGIN.*?-----END CERTIFICATE-----", quote.decode("latin-1"),
        re.S)]


def headers_to(canary):
    return [
        {"Host": canary.host},
        {"Proxy": canary.url},
        {"X-Forwarded-Host": canary.host, "X-Forwarded-For": canary.host,
         "X-Forwarded-Proto": "http", "X-Forwarded-Server": canary.host,
         "Forwarded": f'for=127.0.0.1;host="{canary.host}"'},
        {"Referer": canary.url, "Origin": canary.url},
        {"X-Original-URL": canary.url, "X-Rewrite-URL": canary.url,
         "X-Accel-Redirect": canary.url, "Via": canary.host},
        {"Http-Proxy": canary.url, "All-Proxy": canary.url,
         "Https-Proxy": canary.url},
    ]


class Watch:
    """Says for each step whether the canary was left alone meanwhile."""

    def __init__(self, canary, world):
        self.canary = canary
        self.world = world

    def quiet(self, name):
        if not ok(self.canary.num == 0, f"nobody connects: {name}"):
            note(f"{self.canary.num} connections")

    def fetched(self, do, name):
        """The same where collateral was fetched for it."""
        before = self.world.pcs.counts()["connections"]
        reply = do()
        self.quiet(name)
        ok(self.world.pcs.counts()["connections"] > before,
           f"and collateral was asked for: {name}")
        return reply


def fresh(service):
    """Nothing is stored and no worker remembers anything."""
    service.fresh_database()
    service.up(ATTESTRY_PCS_TIMEOUT_MS=next(fresh.timeouts))


fresh.timeouts = (str(5000 + n) for n in range(100))


def certificates(service, world, other, watch):
    for name in "tdx-v4", "sgx-v3":
        fresh(service)
        reply = watch.fetched(lambda: service.upload(world.quote(name)),
                              f"CRL distribution points, {name}")
        same((reply.status, reply.json()["quote"]["verified"]), (200, True),
             f"{name} is verified")
        reply = service.upload(other.quote(name))
        watch.quiet(f"authority information access, {name}")
        note(f"{reply.status} {reply.json().get('reason')}")


def headers(service, world, watch):
    for one in headers_to(watch.canary):
        fresh(service)
        body, kind = multipart(("file", "q", world.quote("tdx-v4")))
        watch.fetched(lambda: service.post("verify", body, kind, one),
                      f"upload with {', '.join(one)}")
    target = f"{watch.canary.url}{BASE}/recent"
    service.raw(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                "\r\n".encode())
    watch.quiet("a target with an address")


def parameters(service, world, watch):
    """Without nginx before it, as a CGI's environment (CVE-2016-5385)."""
    fresh(service)
    body, kind = multipart(("file", "q", world.quote("tdx-v4")))
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy",
             "https_proxy", "all_proxy", "ATTESTRY_PCS_URL", "PGHOST")
    reply = watch.fetched(
        lambda: fcgi.request(
            service.path("run", "attestry-fcgi.sock"), uri=f"{BASE}/verify",
            method="POST", body=body, CONTENT_TYPE=kind,
            **dict.fromkeys(names, watch.canary.url)),
        "FastCGI parameters")
    same(reply.status, 200, "FastCGI parameters: verified")


def forms(service, watch):
    url = watch.canary.url
    for path, body, kind in [
            ("verify", *multipart(("file", url, url.encode()))),
            ("verify", *multipart(("url", None, url.encode()))),
            ("verify", f'{{"url": "{url}"}}'.encode(), "application/json"),
            ("verify", f'{{"hex": "{url}"}}'.encode(), "application/json"),
            ("verify", f"url={urllib.parse.quote(url)}".encode(),
             "application/x-www-form-urlencoded"),
            ("verify", f"hex={urllib.parse.quote(url)}".encode(),
             "application/x-www-form-urlencoded")]:
        reply = service.post(path, body, kind)
        ok(400 <= reply.status < 500, f"{kind[:33]}: {reply.status}")
    quoted = urllib.parse.quote(url, safe="")
    for path in (f"/r?url={quoted}", f"/raw/{quoted}", f"/reports/{quoted}",
                 f"/compare?a={quoted}&b={quoted}", f"/?url={quoted}"):
        service.get(path)
    watch.quiet("addresses in forms and targets")


def redirects(service, world, watch):
    for status in 301, 302, 307, 308:
        fresh(service)
        world.pcs.switch("all", status=status, location=watch.canary.url)
        reply = watch.fetched(
            lambda: service.upload(world.quote("tdx-v4") + bytes([status % 256])),
            f"a source that answers {status}")
        same(reply.status, 500, f"{status}: no collateral came of it")
    world.pcs.reset()


def command(world, service, watch):
    for name, arguments in (
            ("verify", ["verify", world.quote_file("tdx-v4")]),
            ("refresh", ["refresh"]), ("reverify", ["reverify", "--all"])):
        run = service.attestry(
            *arguments, **world.settings,
            ATTESTRY_DATABASE=service.conninfo("attestry_worker"))
        ok(run.returncode == 0, f"attestry {name} runs")
        watch.quiet(f"attestry {name}")


def control(service, world, canary):
    """It does hear who connects."""
    fresh(service)
    service.up(ATTESTRY_PCS_URL=canary.url)
    service.upload(world.quote("tdx-v4"))
    ok(canary.num > 0, "control: a source at the canary's address is heard")


canary = Canary()
with World(settings=in_certificates(canary)) as world, \
        World(settings=in_pck_as_well(canary)) as other, \
        Service(ATTESTRY_PCS_PAUSE_S="0", ATTESTRY_PCS_UNKNOWN_S="0",
                **world.settings) as service:
    ok(all(canary.url.encode() in der for quote in (world, other)
           for der in certificates_in(quote.quote("tdx-v4"))) and
       access_to(canary.url) in certificates_in(other.quote("tdx-v4"))[0],
       "the address is in every certificate")
    watch = Watch(canary, world)
    certificates(service, world, other, watch)
    headers(service, world, watch)
    parameters(service, world, watch)
    forms(service, watch)
    redirects(service, world, watch)
    command(world, service, watch)
    control(service, world, canary)
done()
