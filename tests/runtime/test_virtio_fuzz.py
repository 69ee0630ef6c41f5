"""The virtio bindings on a host, under the sanitizers, against whatever devices, machines and loaders say.

The C files are those of the images; `runtime/tests/host` plays the rest. Short here; with PYMIRAGE_LONG=1 for
minutes (`make virtio`).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.runtime import toolchain

LONG = bool(os.environ.get("PYMIRAGE_LONG"))
HOST = toolchain.RUNTIME / "tests" / "host"
FLAGS = (
    *("-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror"),
    *("-fsanitize=address,undefined", "-fno-sanitize-recover", "-include", str(HOST / "machine.h")),
    *toolchain.include("tests/host", "include", "common", "bindings/common", "bindings/virtio"),
)
VIRTIO, COMMON = "bindings/virtio", "common"
FUZZERS = {
    "device_fuzz": (
        *(f"{VIRTIO}/{name}.c" for name in ("queue", "transport", "net", "block", "console", "entropy")),
        *(f"{COMMON}/{name}.c" for name in ("manifest", "text", "memory")),
        *(f"bindings/common/{name}.c" for name in ("net_plain", "block_request")),
    ),
    "discovery_fuzz": (
        *(f"{VIRTIO}/{name}.c" for name in ("queue", "transport", "pci", "pci_device", "mmio")),
        *(f"{VIRTIO}/{name}.c" for name in ("acpi", "acpi_devices", "command_line")),
        *(f"{COMMON}/{name}.c" for name in ("text", "memory")),
        "tests/host/boot_info_host.c",
    ),
}
SEEDS = (1, 20261121)
CASES = 500_000 if LONG else 2_000
# Seconds for one seed: half a million cases take three minutes, and ten times as long where others are busy.
PATIENCE = 3600


def build(folder: Path, name: str, sources: Sequence[str]) -> Path:
    """The drivers' variables get sections of their own, so that each case begins as an image does."""
    for source in sources:
        toolchain.run(
            "gcc", *FLAGS, "-c", toolchain.RUNTIME / source, "-o", folder / f"{Path(source).stem}.o"
        )
    drivers = folder / "drivers"
    toolchain.run("ld", "-r", *sorted(folder.glob("*.o")), "-o", drivers)
    sections = ("--rename-section", ".bss=driver_bss", "--rename-section", ".data=driver_data")
    toolchain.run("objcopy", *sections, drivers)
    program = folder / name
    toolchain.run("gcc", *FLAGS, HOST / f"{name}.c", HOST / "machine.c", drivers, "-o", program)
    return program


@pytest.mark.timeout(2 * PATIENCE + 600)
@pytest.mark.parametrize("name", FUZZERS)
def test_nothing_that_is_said_breaks_an_image(tmp_path: Path, name: str) -> None:
    reason = toolchain.missing_compiler()
    if reason:
        pytest.skip(reason)
    program = build(tmp_path, name, FUZZERS[name])
    for seed in SEEDS:
        try_cases(program, seed, CASES)


def try_cases(program: Path, seed: int, cases: int) -> None:
    done = subprocess.run([program, str(seed), str(cases)], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    told = {
        what: int(number)
        for number, _, what in (each.partition(" ") for each in done.stdout.strip().split(", "))
    }
    assert told.pop("cases") == cases
    # Not in vain: there is much that goes well, and much that is named.
    assert min(told.values()) > cases / 50, told
