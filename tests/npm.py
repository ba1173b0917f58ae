"""What tests have of npm: exact versions, installed into the build folder."""

import shutil
import subprocess

from tap import note

INSTALL_SECONDS = 300
PACKAGE_FILES = ("package.json", "package-lock.json")


def install(source, folder):
    """
    Installs what the package-lock.json in `source` names. Returns the folder
    that has it in its node_modules, and None; or None and why not.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return None, f"there is no {program}"
    lock = (source / "package-lock.json").read_bytes()
    stamp = folder / "installed"
    if stamp.exists() and stamp.read_bytes() == lock:
        return folder, None
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in PACKAGE_FILES:
        shutil.copyfile(source / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
               "--prefer-offline", "--fetch-retries=1",
               "--fetch-timeout=20000"]
    try:
        result = subprocess.run(command, cwd=folder, timeout=INSTALL_SECONDS,
                                stdin=subprocess.DEVNULL, text=True,
                                capture_output=True)
    except subprocess.TimeoutExpired:
        return None, f"npm ci: not done in {INSTALL_SECONDS} seconds"
    if result.returncode != 0:
        note(result.stderr)
        return None, "npm ci: the packages cannot be had"
    stamp.write_bytes(lock)
    return folder, None
