"""GRUB starts an image by Multiboot 2, from a disk that it shares with it.

GRUB is downloaded once, with apt-get, into `$XDG_CACHE_HOME/pymirage/grub`; nothing is installed.
"""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from tests.nested.machine import Unavailable, output_of
from tests.runtime import toolchain
from tests.runtime.conftest import reason_not_to_run

CONFIG = "multiboot2 (memdisk)/image --x=1 two\nboot\n"
MODULES = ("biosdisk", "memdisk", "tar", "multiboot2")


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
            (work / "whole").rename(folder)
    return folder


def disk(parts: Path, image: Path, work: Path) -> Path:
    """GRUB's first sector, and behind it GRUB with the image in a file system of its own."""
    modules = parts / "usr" / "lib" / "grub" / "i386-pc"
    with tarfile.open(work / "memory.tar", "w") as archive:
        archive.add(image, "image")
    (work / "early.cfg").write_text(CONFIG)
    core, made = work / "core.img", work / "disk"
    output_of(
        *(str(parts / "usr" / "bin" / "grub-mkimage"), "-d", str(modules), "-O", "i386-pc", "-o", str(core)),
        *("-p", "(memdisk)/", "-m", str(work / "memory.tar"), "-c", str(work / "early.cfg"), *MODULES),
    )
    made.write_bytes((modules / "boot.img").read_bytes() + core.read_bytes() + bytes(1 << 20))
    return made


def test_grub_starts_an_image(tmp_path: Path) -> None:
    reason = reason_not_to_run("virtio")
    if reason:
        pytest.skip(reason)
    try:
        made = disk(grub(), toolchain.guest("command_line", "virtio"), tmp_path)
    except (Unavailable, FileNotFoundError) as error:
        pytest.skip(f"GRUB cannot be had here: {error}")
    command = (
        *(
            "qemu-system-x86_64",
            "-nodefaults",
            "-no-user-config",
            "-no-reboot",
            "-display",
            "none",
            "-m",
            "64",
        ),
        *("-machine", "pc,accel=tcg", "-serial", "stdio", "-drive", f"file={made},format=raw,if=ide"),
    )
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "[--x=1 two]\nSUCCESS\n")
