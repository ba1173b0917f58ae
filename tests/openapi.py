"""
docs/openapi.json held against reality: every answer that a test gets of the
API is looked up there. What the document does not have fails the test: a
route, a status, a type, a key of the answer, a header that should be there.

e2e.Service hands each of its answers to check(); `seen` has those that are
documented, as (path, method, status).
"""

import json
import os
import re

from tap import note, ok

try:
    import jsonschema
except ImportError:
    jsonschema = None

TOP = os.environ.get("top_srcdir") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..")

# What a front answers before it looks at the path, in the form of an error.
FRONTS_OWN = {400, 403, 408, 411, 413, 414, 416, 429, 431, 500, 501, 502, 503,
              504, 505}

with open(os.path.join(TOP, "docs", "openapi.json")) as file:
    DOCUMENT = json.load(file)

seen = set()
_valid = set()  # what was valid once is so again
_validators = {}


def missing():
    """What this module needs and this machine has not; or None."""
    return None if jsonschema else "python3-jsonschema is not installed"


def resolve(value):
    while "$ref" in value:
        found = DOCUMENT
        for name in value["$ref"].removeprefix("#/").split("/"):
            found = found[name.replace("~1", "/").replace("~0", "~")]
        value = found
    return value


def schema_errors(schema, value):
    """What is wrong with a value, each as a sentence."""
    key = json.dumps(schema)
    if key not in _validators:
        _validators[key] = jsonschema.Draft202012Validator(
            schema, resolver=jsonschema.RefResolver("", DOCUMENT))
    for error in _validators[key].iter_errors(value):
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message}"


def prefixes(item):
    return [server["url"].rstrip("/")
            for server in item.get("servers", DOCUMENT["servers"])]


def is_of_api(path):
    return path.startswith(tuple(
        server["url"] for server in DOCUMENT["servers"])) or \
        path == "/api/v1/openapi.json"


def find(path):
    """The template and the item of a path; (None, None) if there is none."""
    for template, item in DOCUMENT["paths"].items():
        pattern = re.sub(r"\\\{[a-z]+\\\}", "[^/]+", re.escape(template))
        for prefix in prefixes(item):
            if re.fullmatch(re.escape(prefix) + pattern, path, re.DOTALL):
                return template, item
    return None, None


def check_error(reply, has_body):
    """An error of no operation: of the front, or of no route or method."""
    if not has_body:
        return
    if reply.headers.get_content_type() != "application/json":
        yield f"content type {reply.headers['Content-Type']}"
        return
    yield from schema_errors({"$ref": "#/components/schemas/Error"},
                             json.loads(reply.body))


def check_headers(response, reply):
    for name, header in response.get("headers", {}).items():
        header, value = resolve(header), reply.headers[name]
        if value is None:
            if header.get("required"):
                yield f"no {name}"
            continue
        for error in schema_errors(header["schema"], value):
            yield f"{name} {error}"


def check_body(response, reply):
    kind = reply.headers.get_content_type()
    if kind not in response.get("content", {}):
        yield f"content type {kind}"
    elif kind == "application/json":
        try:
            value = json.loads(reply.body)
        except ValueError as problem:
            yield f"not JSON: {problem}"
            return
        yield from schema_errors(response["content"][kind]["schema"], value)


def problems(method, path, reply):
    """What the document does not say of an answer."""
    template, item = find(path)
    has_body = method != "HEAD" and reply.status not in (204, 304)
    operation = "get" if method == "HEAD" else method.lower()
    if not has_body and reply.body:
        yield "a body"
    if method == "OPTIONS" and reply.status == 204:
        return
    if item is None or operation not in item:
        if reply.status not in FRONTS_OWN | {404 if item is None else 405}:
            yield "no such operation is documented"
        if reply.status == 405 and not reply.headers["Allow"]:
            yield "no Allow"
        yield from check_error(reply, has_body)
        return
    responses = item[operation]["responses"]
    if str(reply.status) not in responses:
        yield "this status is not documented"
        return
    response = resolve(responses[str(reply.status)])
    yield from check_headers(response, reply)
    if has_body and reply.headers["Content-Encoding"] is None:
        yield from check_body(response, reply)
    seen.add((template, operation, str(reply.status)))


def check(method, target, reply):
    """Fails the test whose answer is not as it is documented."""
    path = re.split("[?#]", target, maxsplit=1)[0]
    if not is_of_api(path):
        return
    known = hash((method, path, reply.status, reply.body,
                  tuple(reply.headers.items())))
    if known in _valid:
        return
    found = list(problems(method, path, reply))
    if not found:
        _valid.add(known)
        return
    ok(False, f"as documented: {method} {path[:60]}: {reply.status}")
    note("\n".join(problem[:500] for problem in found[:5]))
    note(reply.body[:500])
