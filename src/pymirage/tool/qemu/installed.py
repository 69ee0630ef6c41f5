"""Whether there is a QEMU, and one that is new enough."""

from __future__ import annotations

import re
import shutil
import subprocess

from pymirage.tool.qemu.command import PROGRAM

PACKAGE = "qemu-system-x86"
# PVH is from 4.0, microvm and devices of VirtIO 1 in memory from 4.2.
OLDEST = (4, 2)
PATIENCE = 60.0


def missing() -> str | None:
    """Why QEMU cannot be run; None when it is there."""
    if shutil.which(PROGRAM) is None:
        return f"{PROGRAM} is not installed (apt-get install {PACKAGE})"
    return None


def too_old() -> str | None:
    """Why the QEMU that is there does not start images; None when it does, as far as its version says."""
    try:
        done = subprocess.run(
            [PROGRAM, "--version"], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{PROGRAM} does not run: {error}"
    version = re.search(r"version (\d+)\.(\d+)", done.stdout)
    if version is None:
        return f"{PROGRAM} does not say its version: {(done.stderr or done.stdout).strip()[:200]}"
    if (int(version[1]), int(version[2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return f"{PROGRAM} is version {version[1]}.{version[2]}: images need {oldest} or later"
    return None
