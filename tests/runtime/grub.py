"""GRUB, which starts an image by Multiboot 2 from a second disk.

GRUB is downloaded once, with apt-get, into `$XDG_CACHE_HOME/pymirage/grub`; nothing is installed.
"""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.nested.machine import appear, output_of
from tests.runtime import toolchain

MODULES = ("biosdisk", "tar", "multiboot2")


def grub() -> Path:
    """Where its parts are. Raises Unavailable."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pymirage"
    folder = cache / "grub"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as name:
            work = Path(name)
            options = ("-q", "-o", "APT::Sandbox::User=root")
            output_of("apt-get", *options, "download", "grub-pc-bin", "grub-common", cwd=work)
            for package in work.glob("*.deb"):
                output_of("dpkg-deb", "-x", str(package), str(work / "whole"))
            appear(work / "whole", folder)
    return folder


def disk(parts: Path, arguments: str, work: Path) -> Path:
    """GRUB's first sector, and GRUB behind it."""
    modules = parts / "usr" / "lib" / "grub" / "i386-pc"
    (work / "early.cfg").write_text(f"multiboot2 (hd1)/image {arguments}\nboot\n")
    core, made = work / "core.img", work / "grub.disk"
    output_of(
        *(str(parts / "usr" / "bin" / "grub-mkimage"), "-d", str(modules), "-O", "i386-pc", "-o", str(core)),
        *("-p", "(hd1)/", "-c", str(work / "early.cfg"), *MODULES),
    )
    made.write_bytes((modules / "boot.img").read_bytes() + core.read_bytes() + bytes(1 << 20))
    return made


def archive(image: Path, work: Path) -> Path:
    """A disk with nothing but an archive, which GRUB reads as a file system."""
    made = work / "image.disk"
    with tarfile.open(made, "w") as members:
        members.add(image, "image")
    return made


def start(image: Path, arguments: str, work: Path) -> subprocess.CompletedProcess[str]:
    """A machine with that disk, until it ends. Raises Unavailable, or FileNotFoundError."""
    disks = disk(grub(), arguments, work), archive(image, work)
    quiet = ("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none")
    machine = ("-m", "64", "-machine", "pc,accel=tcg", "-cpu", "max", "-serial", "stdio")
    drives = [word for each in disks for word in ("-drive", f"file={each},format=raw,if=ide")]
    command = ("qemu-system-x86_64", *quiet, *machine, *drives)
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=toolchain.PATIENCE
    )
