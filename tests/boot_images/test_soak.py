"""Memory over a long run: a heap of a few megabytes, under a server's load, does not fray.

SOAK_SECONDS says how long (default 6); an hour is a good test of a release.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.boot_images.harness import Lab

APP = Path(__file__).parent / "apps" / "soak"
SECONDS = int(os.environ.get("SOAK_SECONDS", "6"))

# A few empty regions of malloc() and arenas, as chance has it.
SLACK = 1 << 20


def test_memory_stays_flat(lab: Lab) -> None:
    if lab.target == "hvt" and SECONDS < 60:
        pytest.skip("hvt: what allocates is the same on every target; SOAK_SECONDS=60 runs it here, too")
    image = lab.build(APP)
    seconds = max(SECONDS, 40) if lab.target == "virtio" else SECONDS  # emulated, and slower for it
    run = lab.boot(image, f"--seconds={seconds}", options=["--mem=24"], patience=seconds + 500.0)
    assert run.status == 0, run.console
    used = [int(line) for line in run.console.splitlines()]
    early = max(used[: max(2, len(used) // 4)])
    assert max(used) <= early + SLACK, used
