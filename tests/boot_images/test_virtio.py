"""What only a machine does: the power button, other loaders and kinds of machine."""

from __future__ import annotations

import socket
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from pymirage.tool.image import elf
from pymirage.tool.image.snapshot import PT_NOTE
from pymirage.tool.qemu.command import command
from pymirage.tool.qemu.machine import MACHINES, Machine
from tests.boot_images.harness import COLD, Lab, runtime
from tests.nested.machine import Unavailable
from tests.runtime import grub

WAITS = """
import asyncio

async def main():
    print("ready")
    try:
        await asyncio.sleep(600)
    finally:
        await asyncio.sleep(0.01)
        print("put away")
"""


def test_power_button_cancels_the_program(lab: Lab, tmp_path: Path) -> None:
    """Status 143, as SIGTERM gives a process; what must be put away is."""
    if lab.target != "virtio":
        pytest.skip(f"{lab.target} has no power button")
    image = lab.build({"unikernel.py": WAITS})
    monitor = tmp_path / "monitor"
    qemu = ["--mem=64", "--qemu=-monitor", f"--qemu=unix:{monitor},server=on,wait=off"]
    starter = [*runtime("virtio").starter, *qemu, "--", str(image.path)]
    with subprocess.Popen(starter, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(str(monitor))
            channel.sendall(b"system_powerdown\n")
            assert process.stdout.read() == "put away\n"
    assert process.returncode == 143


SAYS = """
import secrets

async def main(*, x: int):
    print("x is", x, len(secrets.token_bytes(8)))
"""
KEY = """\
from pymirage.config import key, unikernel

app = unikernel("unikernel:main", x=key("x", int, default=7, help="a number"))
"""


def test_machines(lab: Lab) -> None:
    """Also without the processor's random numbers, and without its FSGSBASE."""
    if lab.target != "virtio":
        pytest.skip(f"{lab.target} images run under tenders")
    image = lab.build({"config.py": KEY, "unikernel.py": SAYS})
    for kind in MACHINES:
        for cpu in ("max", "qemu64"):
            boot = lab.boot(image, "--x=8", options=[f"--machine={kind}", f"--cpu={cpu}", "--mem=16"])
            assert (boot.status, boot.console) == (0, "x is 8 8\n"), (kind, cpu)


def test_a_machine_without_entropy_is_told_what_to_add(lab: Lab) -> None:
    if lab.target != "virtio":
        pytest.skip(f"{lab.target} images have the host's")
    image = lab.build({"config.py": KEY, "unikernel.py": SAYS})
    words = command(Machine(str(image.path), memory=64, cpu="max,-rdrand,-rdseed"), "tcg")
    at = words.index("virtio-rng-pci")
    done = subprocess.run([*words[: at - 1], *words[at + 1 :]], capture_output=True, text=True, timeout=300)
    assert done.stdout.endswith("(in QEMU add -device virtio-rng-pci)\n") and done.returncode == 3
    assert ": no entropy: neither the processor (RDRAND, RDSEED) nor a virtio device" in done.stdout


def test_grub_starts_an_image_with_python(lab: Lab, tmp_path: Path) -> None:
    """It wants the program headers at the beginning, and leaves what it tells where it likes."""
    if lab.target != "virtio":
        pytest.skip(f"GRUB does not start {lab.target} images")
    image = lab.build({"config.py": KEY, "unikernel.py": SAYS})
    try:
        done = grub.start(image.path, "--x=9", tmp_path)
    except (Unavailable, FileNotFoundError) as error:
        pytest.skip(f"GRUB cannot be had here: {error}")
    assert (done.returncode, done.stdout) == (0, "x is 9 8\n")


def test_what_loaders_look_for(lab: Lab) -> None:
    """GRUB has the first 32 KiB; Firecracker keeps the last note; QEMU goes by a note's alignment."""
    if lab.target != "virtio":
        pytest.skip(f"{lab.target} images have tenders")
    content = lab.build({"config.py": KEY, "unikernel.py": SAYS}).path.read_bytes()
    file = elf.Elf(content)
    phoff, phnum = file.header[5], file.header[10]
    assert phoff + phnum * elf.PROGRAM_HEADER.size < 32 << 10
    last = [segment for segment in file.segments if segment.type == PT_NOTE][-1]
    assert content[last.offset + 12 : last.offset + last.file_size][:4] == b"Xen\0" and last.alignment == 4
    loads = [segment for segment in file.segments if segment.type == elf.PT_LOAD]
    assert all(one.address + one.memory_size <= next.address for one, next in pairwise(loads))
    # What has a checksum is whole pages: only some loaders clear the rest of one. Functions' names have none.
    assert COLD or sum(segment.file_size % 4096 > 0 for segment in loads) <= 1


FILLS = """
import gc

PIECE = 1 << 16

async def main():
    pieces = []
    spare = bytes(1 << 20)
    try:
        while True:
            pieces.append(bytes([len(pieces) % 251]) * PIECE)
    except MemoryError:
        del spare
    assert all(piece.count(number % 251) == PIECE for number, piece in enumerate(pieces))
    print(len(pieces) * PIECE >> 20)
    pieces.clear()
    gc.collect()
"""


def test_all_memory_holds_what_is_written(lab: Lab) -> None:
    """Also what an image from memory leaves free between its own parts, and lends to devices and the heap."""
    if lab.target != "virtio":
        pytest.skip(f"{lab.target} has no memory map")
    image = lab.build({"unikernel.py": FILLS})
    done = lab.boot(image, options=["--mem=48"])
    assert done.status == 0 and int(done.console) >= 24, done.console
