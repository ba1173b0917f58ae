"""
docs/openapi.json: is it whole, is it what is served, does it have every route, and does every answer that it has
come about? That all other tests' answers are as documented is seen to by
openapi.py, which is tried here.
"""

import json
import os
import re
import types
from email.message import Message

import openapi
from answer import checksum
from e2e import BASE, TOP, Service, need_servers
from openapi import DOCUMENT
from tap import done, note, ok, same
from world import World

NONE = "0" * 64
JSON = "application/json"
SERVED = "/api/v1/openapi.json"

# What is documented and not made to happen here, and why.
UNSEEN = {
    "408": "takes as long as the front waits for an upload",
    "429": "reads are refused by the number of connections (test_nginx.py)",
    "502": "nginx answers 503; Apache, where a worker dies amid its answer",
    "504": "no handler takes so long",
}


# --- by itself -------------------------------------------------------------------

def objects(value, path=""):
    """Every object in the document, and where it is."""
    if isinstance(value, dict):
        yield path, value
    if isinstance(value, (dict, list)):
        for key, child in (value.items() if isinstance(value, dict)
                           else enumerate(value)):
            yield from objects(child, f"{path}/{key}")


def completeness():
    schemas = list(objects(DOCUMENT["components"]["schemas"]))
    same([path for path, schema in schemas if "properties" in schema and
          schema.get("type") == "object" and
          schema.get("additionalProperties") is not False], [],
         "no answer may have a key that is not documented")
    same([f"{path}/{name}" for path, schema in schemas
          if schema.get("type") == "object"
          for name, value in schema["properties"].items()
          if "$ref" not in value and "description" not in value], [],
         "every key is explained")
    same([(path, name) for path, schema in schemas
          if schema.get("type") == "object"
          for name in set(schema["properties"]) - set(schema["required"]) -
          {"tdx_components", "tee_tcb_svn2", "mrservicetd"}], [],
         "and is always there, but for three of some quotes")
    for path, media in objects(DOCUMENT):
        if "schema" not in media or ("example" not in media and
                                     "examples" not in media):
            continue
        examples = [media["example"]] if "example" in media else [
            one["value"] for one in media["examples"].values()]
        for example in examples:
            same(list(openapi.schema_errors(media["schema"], example)), [],
                 f"an example is as its schema says: {path[-60:]}")


def routes():
    """Those of the program, out of its table."""
    with open(os.path.join(TOP, "src", "api.c")) as file:
        table = re.search(r"api_routes\[\] = \{(.*?)\n\};", file.read(),
                          re.DOTALL)[1]
    want = {(path + "/{checksum}" * int(argument),
             "post" if post == "true" else "get")
            for path, argument, post in re.findall(
                r'\{ "(/[a-z]+)", ([01]), (true|false),', table)}
    ok(len(want) >= 6, f"{len(want)} routes")
    have = {(path, method) for path, item in DOCUMENT["paths"].items()
            for method in item if method in ("get", "post")}
    same(have, want | {(SERVED, "get")}, "every route is documented")


# --- the check itself ------------------------------------------------------------

def reply_of(status, value, **headers):
    message = Message()
    for name, text in {"Content_Type": JSON, "X_Request_Id": "x",
                       **headers}.items():
        if text is not None:
            message[name.replace("_", "-")] = text
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return types.SimpleNamespace(status=status, headers=message, body=body)


def check_is_strict():
    recent = [{"checksum": NONE, "verified": 1,
               "created_at": "2026-01-01T00:00:00.000001+00:00"}]
    good = {"ETag": '"ab"', "Cache_Control": "public, max-age=2",
            "Vary": "Accept-Encoding"}
    path = f"{BASE}/recent"

    def wrong(name, *arguments, method="GET", where=path, **headers):
        found = list(openapi.problems(method, where, reply_of(
            *arguments, **headers)))
        ok(found, f"is found: {name}")

    seen = set(openapi.seen)
    same(list(openapi.problems("GET", path, reply_of(200, recent, **good))),
         [], "a good answer")
    same(list(openapi.problems("GET", f"{BASE}/nothing", reply_of(
        404, {"detail": "Not Found"}))), [], "a path that there is not")
    wrong("another key", 200, [{**recent[0], "x": 1}], **good)
    wrong("a key is missing", 200, [{"checksum": NONE, "verified": 1}],
          **good)
    wrong("another kind of value", 200, [{**recent[0], "verified": True}],
          **good)
    wrong("another form of a checksum", 200,
          [{**recent[0], "checksum": "0x" + NONE}], **good)
    wrong("an object for a list", 200, recent[0], **good)
    wrong("another status", 201, recent, **good)
    wrong("another type", 200, recent, **{**good,
                                          "Content_Type": "text/html"})
    wrong("no ETag", 200, recent, **{**good, "ETag": None})
    wrong("another Cache-Control", 200, recent,
          **{**good, "Cache_Control": "public, max-age=3"})
    wrong("a body with 304", 304, recent, **good)
    wrong("a body with HEAD", 200, recent, method="HEAD", **good)
    wrong("no JSON", 200, b"[", **good)
    wrong("an error with another key", 500, {"detail": "x", "y": 1})
    wrong("no Retry-After", 502, {"detail": "Bad Gateway"})
    wrong("a path that is not documented", 200, {}, where=f"{BASE}/nothing")
    wrong("a method that is not documented", 200, recent, method="POST",
          **good)
    wrong("405 without Allow", 405, {"detail": "x"}, method="POST")
    openapi.seen.clear()
    openapi.seen.update(seen)


# --- what is served --------------------------------------------------------------

def served(service):
    front = service.front
    reply = service.get(SERVED)
    same((reply.status, reply.headers["Content-Type"],
          reply.headers["Access-Control-Allow-Origin"]), (200, JSON, "*"),
         f"{front}: the document is served")
    same(reply.json(), DOCUMENT, f"{front}: and is this one")
    same(service.get(SERVED, {"If-None-Match": reply.headers["ETag"]}).status,
         304, f"{front}: its ETag")
    head = service.head(SERVED)
    same((head.status, head.headers["Content-Length"]),
         (200, str(len(reply.body))), f"{front}: HEAD")
    same(service.post(SERVED, b"", JSON).status, 405, f"{front}: POST")
    same(service.get("/proofofcloud/openapi.json").status, 404,
         f"{front}: nowhere else")


def every_answer(service, world):
    """As many of the documented answers as can be made to happen."""
    good, raw = world.quote("tdx-v4"), world.quote("sgx-v5")
    own = checksum(good)
    service.upload(good)
    service.upload(world.quote("sgx-v3"))
    service.upload(world.quote("sgx-v3-forged"))
    service.upload(b"nothing")
    service.upload(bytes(20481))
    service.post("verify", b"", JSON)
    service.post("verify", good, "text/plain")
    for name in world.samples:
        service.upload(world.quote(name))
        service.get(f"view/{checksum(world.quote(name))}")
    lists = ["recent", f"verdicts/{own}"]
    one = [f"view/{own}", f"collateral/{own}", f"raw/{own}"]
    for path in [*lists, *one, SERVED]:
        service.get(path)
        service.get(path, {"If-None-Match": "*"})
        service.head(path)
    for kind in "view", "collateral", "raw", "verdicts":
        service.get(f"{kind}/{NONE}")
        service.get(f"{kind}/x")
        service.get(f"{kind}/%00")
    service.get(f"collateral/{own}?verdict=99")
    service.get(f"collateral/{own}?verdict=1")
    service.get("recent?limit=0")
    service.get("recent?before=x")
    for _ in range(150):
        if service.request("POST", "verify", b"{}", {"Content-Type": JSON},
                           source="127.0.0.9").status == 429:
            break
    world.pcs.switch("all", status=500)
    service.fresh_database()
    service.up(ATTESTRY_PCS_TIMEOUT_MS="2000")  # workers without memory
    service.upload(raw)
    service.get(f"view/{checksum(raw)}")
    service.get(f"collateral/{checksum(raw)}")
    world.pcs.reset()
    service.stop("postgres")
    service.upload(good)
    for path in [*lists, *one]:
        service.get(path)
    service.stop("attestry-fcgi")
    service.upload(good)
    # (nginx has the bytes of what it has seen.)
    for path in [*lists, *one, f"raw/{NONE}", SERVED]:
        service.get(path)


def coverage():
    documented = {(path, method, status)
                  for path, item in DOCUMENT["paths"].items()
                  for method, operation in item.items()
                  if method in ("get", "post")
                  for status in operation["responses"]}
    missed = sorted(documented - openapi.seen)
    note(f"{len(documented & openapi.seen)} of {len(documented)} documented"
         " answers were seen; the others:")
    for path, method, status in missed:
        note(f"{method} {path}: {status}: {UNSEEN.get(status, '?')}")
    same([one for one in missed if one[2] not in UNSEEN], [],
         "every documented answer comes about, but for those above")
    ok(openapi.seen <= documented, "and no other")


need_servers()
completeness()
routes()
check_is_strict()
with World() as world:
    for front in "nginx", "apache":
        with Service(front=front, **world.settings) as service:
            served(service)
            every_answer(service, world)
coverage()
done()
