"""
docs/openapi.json by Redocly's linter, which comes from npm.
"""

import json
import os
import subprocess

from npm import SOURCE, install
from tap import done, note, ok

folder = install("openapi_lint", "Redocly's linter")
run = subprocess.run(
    ["node", folder / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js",
     "lint", "--format", "json", "--config",
     SOURCE / "openapi_lint" / "redocly.yaml",
     SOURCE.parent / "docs" / "openapi.json"],
    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    cwd=folder, env={**os.environ, "REDOCLY_TELEMETRY": "off",
                     "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"})
try:
    totals = json.loads(run.stdout)["totals"]
    found = totals["errors"], totals["warnings"]
except (ValueError, KeyError):
    found = None
if not ok(run.returncode == 0 and found == (0, 0),
          "neither an error nor a warning"):
    note(run.stdout[-3000:] + run.stderr[-1000:])
done()
