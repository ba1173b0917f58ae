"""A stand-in for Intel's PCS, or a PCCS, on loopback: a real HTTP server that
serves collateral files in Intel's form and can be told to misbehave.

As a module:

    server = Pcs(["a.json", "b.json"]).start()
    server.url, server.port         where it is
    server.serve(["c.json"])        from now on these files and no others
    server.hold("next", ["d.json"]) documents of another time
    server.switch("tcb_info", status=500)
    server.counts()                 {"tcb_info": 3, ..., "connections": 4}
    server.targets()                what was asked for, ["/sgx/...", ...]
    server.reset()                  no switches, counts at zero
    server.stop()

As a program:

    python3 tests/pcs [--port N] [--pccs] [--collateral FILE...]
        [--older FILE...] [--next FILE...] [--early FILE...] [--pck FILE...]

prints its URL as the first line and serves until it is ended. Both answer

    GET  /_counts       the counts, as JSON
    GET  /_targets      the targets, as JSON
    POST /_control      {"serve": [FILE...], "hold": {"next": [FILE...]},
                         "reset": true,
                         "switch": {"tcb_info": {"status": 500}}}

A collateral file is a JSON object of the nine fields, minted or real. TEE and
FMSPC are read from its tcb_info, the CA from its pck_crl_issuer_chain (else
from the file's name). Where files overlap, the later one is served. A PCK
file is a JSON object of what is asked with (encrypted_ppid, cpusvn, pcesvn,
pceid and, where only a PCCS has it, qeid) and of what comes back
(certificate, issuer_chain, tcbm).

Switches, for one of DOCUMENTS or for "all" of them:

    status=N            this status and a short body; also location="URL" and
                        retry_after=SECONDS or an HTTP date
    hang=True           reads the request and never answers
    reset=True          reads the request and resets the connection
    close=True          reads the request and closes the connection
    drip=SECONDS        waits that long before each byte of the body
    delay=SECONDS       waits that long, then answers
    truncate=N          announces the whole body, sends N bytes, closes
    pad=N               N more bytes, chunked, without a length
    headers_pad=N       N more bytes of headers
    body="TEXT"         this body
    chain="TEXT"        this issuer chain header, as it stands; None: no header
    header_case="lower" or "upper"
    old_names=True      header names of older services
    crl="der", "hex" or "pem"
    forged=True         a signature with one bit changed
    time="older" or "next"  the document that is held for that time
    times=N             all this for N requests for the document, then no more
"""

from pcs.server import PCCS, Pcs, main
from pcs.stock import DOCUMENTS, crl_body

__all__ = ["DOCUMENTS", "PCCS", "Pcs", "crl_body", "main"]
