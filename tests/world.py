"""
A minted world for one test: a root of trust, sample quotes, and a PCS on
loopback (tests/pcs) that serves their collateral.

    with World() as world, Service(**world.settings) as service:
        service.upload(world.quote("tdx-v4"))
"""

import glob
import json
import os
import shutil
import subprocess
import tempfile

from e2e import BUILD
from pcs import Pcs

NOW = "2026-06-15T12:00:00Z"


class World:
    """What attestry-mint makes for the instant `now`. Worlds with `settings`
    (of attestry-mint --set, perhaps "") have the same keys: they are other
    times of one world."""

    def __init__(self, now=NOW, days=30, settings=None):
        self.dir = tempfile.mkdtemp(prefix="attestry-world-")
        self.now = now
        subprocess.run(
            [os.path.join(BUILD, "attestry-mint"), "--out", self.dir,
             "--now", now, "--days", str(days),
             *(() if settings is None else
               ("--fixed-keys", "--set", settings))],
            check=True, stdin=subprocess.DEVNULL)
        with open(self.path("index.json")) as file:
            self.samples = {
                os.path.basename(sample["file"])[:-len(".bin")]: sample
                for sample in json.load(file)["quotes"]}
        self.root_ca = self.path("root-ca.pem")
        self.files = sorted(glob.glob(self.path("collateral", "*.json")))
        self.pcs = Pcs(self.files).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pcs.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def restart_pcs(self):
        """The PCS again, at the same address, after pcs.stop()."""
        self.pcs = Pcs(self.files, port=self.pcs.port).start()

    @property
    def pcs_settings(self):
        return {"ATTESTRY_PCS_URL": self.pcs.url,
                "ATTESTRY_PCS_CRL_URL": self.pcs.url + "/IntelSGXRootCA.der"}

    @property
    def settings(self):
        """For a service that lives in this world, at its instant."""
        return {**self.pcs_settings, "ATTESTRY_ROOT_CA": self.root_ca,
                "ATTESTRY_TIME": self.now}

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def quote_file(self, name):
        return self.path(self.samples[name]["file"])

    def quote(self, name):
        with open(self.quote_file(name), "rb") as file:
            return file.read()

    def collateral_file(self, name):
        """Of the quote of that name."""
        return self.path(self.samples[name]["collateral"])

    def collateral(self, name):
        with open(self.collateral_file(name)) as file:
            return json.load(file)
