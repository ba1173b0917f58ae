"""
The program tests/pcs_fetch for tests, and a made-up world that it may fetch.
"""

import atexit
import base64
import json
import os
import subprocess
import time

BUILT = os.environ.get("top_builddir", ".")
PCS_FETCH = os.path.join(BUILT, "tests", "pcs_fetch")
UNAVAILABLE, BAD = "collateral_unavailable", "bad_collateral"
MISSING = "missing_certificates"

PCK_CRL, ROOT_CA_CRL, TCB_INFO, QE_IDENTITY = 1, 2, 4, 8
ALL = 15
FMSPC = {"sgx": "00906ed50000", "tdx": "90c06f000000"}


class Client:
    """One pcs_fetch process: one client, any number of fetches."""

    def __init__(self, url, crl_url="", timeout_ms=5000, connect_ms=3000,
                 update="standard", env=()):
        self.process = subprocess.Popen(
            [PCS_FETCH, url, crl_url, str(timeout_ms), str(connect_ms),
             update], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **dict(env)})
        atexit.register(self.end)

    def say(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def fetch(self, tee="tdx", ca="platform", fmspc=None, wanted=ALL):
        """The fields or the fault; self.seconds is how long it took,
        self.told what the gate was told of the sources."""
        start = time.monotonic()
        answer = self.say("fetch", tee, fmspc or FMSPC[tee], ca, str(wanted))
        self.seconds = time.monotonic() - start
        self.told = answer.pop("told")
        self.unknown = answer.pop("unknown")
        return answer

    def fetch_pck(self, quote):
        """The PCK chain for a quote in a file: "pck_chain", or the fault."""
        start = time.monotonic()
        answer = self.say("pck", quote)
        self.seconds = time.monotonic() - start
        self.told = answer.pop("told")
        return answer

    def end(self):
        """What it still says, and its exit status."""
        out, _ = self.process.communicate()
        atexit.unregister(self.end)
        return out, self.process.returncode


def made_up(tee, ca):
    """Nine fields: nothing in them is genuine, the client does not look."""

    def pem(text):
        der = b"\x30\x82\xfb\xef\xbe" + text.encode()  # base64 with a '+'
        return ("-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
                % base64.b64encode(der).decode())

    root = pem("Made-up Root CA")
    return {
        "pck_crl_issuer_chain":
            pem("Made-up PCK %s CA" % ca.capitalize()) + root,
        "root_ca_crl": "308200" + "ab" * 290,
        "pck_crl": "308201" + ca.encode().hex() * 100,
        "tcb_info_issuer_chain": pem("TCB signing 1") + root,
        "tcb_info": '{"id":"%s","version":3,"fmspc":"%s","a":"\\/ \u00e9"}'
                    % (tee.upper(), FMSPC[tee]),
        "tcb_info_signature": "1d" * 64,
        "qe_identity_issuer_chain": pem("TCB signing 2") + root,
        "qe_identity": '{"id":"%s","version":2,"b":1.0}' % tee,
        "qe_identity_signature": "2e" * 64,
    }


def made_up_world(folder):
    """Of both TEEs and both CAs: {(tee, ca): the nine fields}, and files of
    them in that folder."""
    world, files = {}, []
    for tee in ("sgx", "tdx"):
        for ca in ("platform", "processor"):
            files.append(os.path.join(folder, "%s-%s.json" % (tee, ca)))
            world[tee, ca] = made_up(tee, ca)
            with open(files[-1], "w", encoding="utf-8") as out:
                json.dump(world[tee, ca], out)
    return world, files
