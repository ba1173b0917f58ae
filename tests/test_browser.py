"""
The pages in Debian's Chromium, driven by tests/browser/drive.mjs: every way
in, what a report can do, both colour schemes, a phone, paper, no JavaScript,
keyboard only; axe-core looks at each page. The screenshots are for people:
they go into screenshots/ of the build folder.

Without npm, a registry or Chromium there is nothing to drive.
"""

import json
import os
import pathlib
import shutil
import subprocess

import tap
from e2e import BUILD, Service, need_servers
from npm import SOURCE, install
from world import World

SECONDS = 300


def add_undecided(service):
    """A quote that was kept and never judged; its checksum."""
    [(checksum,)] = service.sql(
        "INSERT INTO quote (checksum, raw, content_sha256, tee, version)"
        " SELECT sha256(r), r, content_sha256, tee, version FROM"
        " (SELECT raw || '\\x00' AS r, * FROM quote WHERE tee = 'SGX'"
        " LIMIT 1) q RETURNING encode(checksum, 'hex')")
    return checksum


def drive(service, world, folder, chromium):
    screenshots = pathlib.Path(BUILD, "screenshots")
    shutil.rmtree(screenshots, ignore_errors=True)
    screenshots.mkdir()
    service.upload(world.quote("tdx-v4"))
    service.repeat_verdicts()
    service.upload(world.quote("sgx-v4"))
    driver = subprocess.Popen(
        ["node", SOURCE / "browser" / "drive.mjs", json.dumps({
            "base": f"http://127.0.0.1:{service.port}",
            "chromium": chromium,
            "screenshots": str(screenshots),
            "quotes": {name: world.quote_file(name)
                       for name in world.samples},
            "undecided": add_undecided(service)})],
        cwd=folder, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE)
    for line in driver.stdout:
        case = json.loads(line)
        if not tap.ok(case["ok"], case["name"]):
            tap.note(case["note"])
    tap.same(driver.wait(SECONDS), 0, "the driver came to its end")
    for image in sorted(screenshots.iterdir()):
        tap.ok(image.stat().st_size > 5000, f"screenshots/{image.name}")


def main():
    need_servers()
    chromium = shutil.which("chromium")
    if chromium is None:
        tap.skip_all("no chromium: nothing shows the pages")
    folder = install("browser", "playwright-core")
    # What npm and Chromium write is not for the user's own folders.
    os.environ["HOME"] = str(folder)
    with World() as world, Service(**world.settings) as service:
        drive(service, world, folder, chromium)
    tap.done()


main()
