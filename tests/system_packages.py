"""Sees to the system packages that tests need: Chromium, Java for the HTML checker, pango for PDF.

Installs them where that is possible (Debian, as root); else names what is missing in one message.
Run by ``make test`` before the suite.
"""

import ctypes.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = {
    "chromium": lambda: Path("/usr/bin/chromium").exists() or bool(shutil.which("chromium")),
    "default-jre-headless": lambda: bool(shutil.which("java")),
    "libpango-1.0-0": lambda: bool(ctypes.util.find_library("pango-1.0")),
    "libpangoft2-1.0-0": lambda: bool(ctypes.util.find_library("pangoft2-1.0")),
    "libharfbuzz-subset0": lambda: bool(ctypes.util.find_library("harfbuzz-subset")),
}


def missing() -> list[str]:
    """Debian's names of what is not there."""
    return [package for package, present in NEEDED.items() if not present()]


def install(packages: list[str]) -> None:
    """Ask Debian for them, quietly."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=900)


def main() -> int:
    """0 when all is there, 1 with one message when it is not."""
    wanted = missing()
    if wanted and shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing {', '.join(wanted)} ...", flush=True)
        install(wanted)
    still = missing()
    if still:
        print(
            "These system packages are needed for the tests and could not be installed: "
            f"{', '.join(still)}. On Debian: sudo apt-get install {' '.join(still)}",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
