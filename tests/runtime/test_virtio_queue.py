"""Virtqueues against a device that writes anything, under the sanitizers (runtime/tests/host/queue_fuzz.c).

Short here; with PYMIRAGE_LONG=1 for minutes.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.runtime import toolchain

ROUNDS = 5_000_000 if os.environ.get("PYMIRAGE_LONG") else 10_000
# Seconds: the long run takes three minutes, and ten times as long on a machine that is busy.
PATIENCE = 3600
SANITIZED = ("-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined")


@pytest.mark.timeout(PATIENCE + 300)
@pytest.mark.parametrize("seed", [1, 20261121])
def test_nothing_a_device_says_breaks_a_queue(tmp_path: Path, seed: int) -> None:
    reason = toolchain.missing_compiler()
    if reason:
        pytest.skip(reason)
    folder = toolchain.RUNTIME / "bindings" / "virtio"
    program = tmp_path / "queue_fuzz"
    sources = (toolchain.RUNTIME / "tests" / "host" / "queue_fuzz.c", folder / "queue.c")
    toolchain.run("gcc", *SANITIZED, "-fno-sanitize-recover", "-I", folder, *sources, "-o", program)
    done = subprocess.run([program, str(seed), str(ROUNDS)], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    rounds, _, rest = done.stdout.partition(" rounds, ")
    assert int(rounds) == ROUNDS and int(rest.split()[0]) > ROUNDS / 10


def test_arithmetic_of_kvm_s_clock(tmp_path: Path) -> None:
    reason = toolchain.missing_compiler()
    if reason:
        pytest.skip(reason)
    folders = [
        toolchain.RUNTIME / name for name in ("include", "common", "bindings/common", "bindings/virtio")
    ]
    includes = [word for folder in folders for word in ("-I", str(folder))]
    sources = (toolchain.RUNTIME / "tests/host/pvclock_check.c", folders[-1] / "pvclock.c")
    program = tmp_path / "pvclock_check"
    toolchain.run("gcc", *SANITIZED, *includes, *sources, "-o", program)
    assert subprocess.run([program], capture_output=True, text=True, check=True).stdout == "SUCCESS\n"
