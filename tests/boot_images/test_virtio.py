"""What only a machine does: the power button."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from tests.boot_images.harness import Lab, runtime

WAITS = """
import asyncio

async def main():
    print("ready")
    try:
        await asyncio.sleep(60)
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
    command = [*runtime("virtio").starter, *qemu, "--", str(image.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(str(monitor))
            channel.sendall(b"system_powerdown\n")
            assert process.stdout.read() == "put away\n"
    assert process.returncode == 143
