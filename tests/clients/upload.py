"""A client in Python: upload.py LIBRARY BASE QUOTE. Prints what came of each
way to ask as a line of JSON."""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid

library, base, path = sys.argv[1:]
with open(path, "rb") as file:
    quote = file.read()


def tell(name, status, answer, **rest):
    print(json.dumps({"name": name, "status": status, "answer": answer,
                      **rest}))


def with_urllib():
    def ask(name, url, data=None, **headers):
        request = urllib.request.Request(url, data, {
            key.replace("_", "-"): value for key, value in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                body = reply.read()
                if reply.headers.get_content_type() != "application/json":
                    body = json.dumps(body.hex())
                tell(name, reply.status, json.loads(body),
                     etag=reply.headers["ETag"])
        except urllib.error.HTTPError as error:
            tell(name, error.code, json.loads(error.read() or "null"))

    boundary = uuid.uuid4().hex
    form = (f"--{boundary}\r\n"
            'Content-Disposition: form-data; name="file"; '
            'filename="quote.bin"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n").encode() + \
        quote + f"\r\n--{boundary}--\r\n".encode()
    verify = base + "/verify"
    ask("file", verify, form,
        Content_Type=f"multipart/form-data; boundary={boundary}")
    ask("json", verify, json.dumps({"hex": quote.hex()}).encode(),
        Content_Type="application/json")
    ask("urlencoded", verify,
        urllib.parse.urlencode({"hex": "0x" + quote.hex()}).encode())
    ask("bad", verify, json.dumps({"hex": "00"}).encode(),
        Content_Type="application/json")
    checksum = json.load(urllib.request.urlopen(base + "/recent?limit=1"))[0][
        "checksum"]
    ask("view", f"{base}/view/{checksum}")
    ask("raw", f"{base}/raw/{checksum}")
    ask("unchanged", f"{base}/raw/{checksum}",
        If_None_Match=f'"{checksum}"')


def with_requests():
    import requests

    def ask(name, reply):
        is_json = reply.headers.get("Content-Type") == "application/json"
        tell(name, reply.status_code, reply.json() if is_json else
             reply.content.hex() or None, etag=reply.headers.get("ETag"))

    verify = base + "/verify"
    with open(path, "rb") as file:
        ask("file", requests.post(verify, files={"file": file}, timeout=30))
    ask("file", requests.post(verify, files={
        "file": ("quote.bin", quote, "application/octet-stream")},
        timeout=30))
    ask("form hex", requests.post(verify, files={
        "hex": (None, quote.hex())}, timeout=30))
    ask("json", requests.post(verify, json={"hex": quote.hex()}, timeout=30))
    ask("urlencoded", requests.post(verify, data={"hex": quote.hex()},
                                    timeout=30))
    ask("bad", requests.post(verify, json={"hex": "00"}, timeout=30))
    with requests.Session() as session:
        checksum = session.get(base + "/recent", params={
            "limit": 1}).json()[0]["checksum"]
        ask("view", session.get(f"{base}/view/{checksum}"))
        ask("raw", session.get(f"{base}/raw/{checksum}"))
        ask("unchanged", session.get(f"{base}/raw/{checksum}", headers={
            "If-None-Match": f'"{checksum}"'}))


{"urllib": with_urllib, "requests": with_requests}[library]()
