"""The domain that `build` writes, in libvirt's own hands: start, console, shutdown, end.

libvirt's daemon of one user is started for the test. Its domain is of type qemu here, which emulates.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from pymirage.tool.image import plan
from pymirage.tool.qemu import files
from tests.boot_images.harness import Lab, cannot_run

PROGRAMS = {
    "virsh": "libvirt-clients",
    "libvirtd": "libvirt-daemon",
}
PATIENCE = 240
# To root, libvirt's session is the system's; in a user namespace of its own nobody is root.
AS_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000") if os.geteuid() == 0 else ()

CONFIG = """
from pymirage.config import block, stack, unikernel

powered = unikernel("unikernel:main", block.default("storage"))
"""
UNIKERNEL = """
import asyncio
from pymirage.device import Block

async def main(storage: Block) -> None:
    print("ready with", storage.info().sectors, "sectors", flush=True)
    try:
        await asyncio.sleep(600)
    finally:
        await storage.write(0, b"put away".ljust(storage.info().sector_size))
"""


@dataclass(frozen=True)
class Libvirt:
    """A user's libvirt, whose files are all in one folder with a short name (its sockets have paths)."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        places = {f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("CONFIG", "CACHE", "DATA")}
        return {**os.environ, **places, "XDG_RUNTIME_DIR": str(self.folder / "run"), "HOME": str(self.folder)}

    def virsh(self, *words: str | Path) -> str:
        command = (*AS_USER, "virsh", "--quiet", "-c", "qemu:///session", *map(str, words))
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, env=self.environment, check=False
        )
        assert done.returncode == 0, done.stderr + self.log()
        return done.stdout.strip()

    def log(self) -> str:
        return "".join(path.read_text() for path in self.folder.rglob("*.log"))

    def end(self) -> None:
        """The domains that a failed test left, and the daemons that virsh started."""
        for file in (self.folder / "run" / "libvirt" / "qemu" / "run").glob("*.pid"):
            if file.stem != "driver":
                self.virsh("destroy", file.stem)
        for file in (self.folder / "run" / "libvirt").glob("*d.pid"):
            with suppress(ProcessLookupError, ValueError):
                os.kill(int(file.read_text()), signal.SIGTERM)


@pytest.fixture
def libvirt() -> Iterator[Libvirt]:
    reason = cannot_run("virtio")
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
    missing = {package for name, package in PROGRAMS.items() if shutil.which(name, path=path) is None}
    if reason is not None or missing:
        pytest.skip(reason or f"libvirt is not installed (apt-get install {' '.join(sorted(missing))})")
    if AS_USER and subprocess.run([*AS_USER, "true"], capture_output=True, check=False).returncode:
        pytest.skip("root has no user namespaces here, and its libvirt would be the system's")
    with tempfile.TemporaryDirectory(prefix="lv-", ignore_cleanup_errors=True) as folder:
        (Path(folder) / "run").mkdir(mode=0o700)
        made = Libvirt(Path(folder))
        try:
            yield made
        finally:
            made.end()


def test_domain(libvirt: Libvirt, tmp_path: Path) -> None:
    """`virsh shutdown` presses the power button, which cancels what runs."""
    written = build(tmp_path)
    disk = written.parent / "storage.img"
    disk.write_bytes(bytes(1 << 20))
    domain = written.read_text().replace("type='kvm'", "type='qemu'").replace("host-passthrough", "maximum")
    written.write_text(domain)
    libvirt.virsh("create", "--paused", written)
    with Path(libvirt.virsh("ttyconsole", "powered")).open("rb", buffering=0) as terminal:
        libvirt.virsh("resume", "powered")
        assert line_of(terminal) == "ready with 2048 sectors"
        libvirt.virsh("shutdown", "powered")
    late = time.monotonic() + PATIENCE
    while libvirt.virsh("list", "--all", "--name"):
        assert time.monotonic() < late, "the domain stays"
    # The disk says it, and not the terminal: that ends with the domain, and with what nobody has read yet.
    assert disk.read_bytes()[:512].rstrip() == b"put away"


def line_of(terminal: IO[bytes]) -> str:
    """A terminal's line, read in octets: what comes after it may not come yet."""
    line = b""
    while not line.endswith(b"\n"):
        octet = terminal.read(1)
        assert octet, f"the terminal ended after {line!r}"
        line += octet
    return line.decode().strip()


def build(directory: Path) -> Path:
    """The domain's file, as the verb writes it behind the image."""
    lab = Lab("virtio", directory)
    project = lab.project({"config.py": CONFIG, "unikernel.py": UNIKERNEL})
    lab.build(project)
    return files.write(plan.read(project.build / "virtio"))[0]
