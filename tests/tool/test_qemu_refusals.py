"""What cannot be started is one line with its remedy, and status 1, before there is a machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pymirage.tool import doctor
from pymirage.tool.image import elf
from pymirage.tool.qemu import accelerator, installed
from pymirage.tool.qemu.command import PROGRAM

NO_IMAGE = "image.virtio"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A QEMU that must not be started, and files beside it."""
    qemu(tmp_path / "bin", "echo 'QEMU emulator version 9.9.1'; echo started >&2; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "image").write_bytes(elf.HEADER.pack(b"\x7fELF\x02\x01", *[0] * 13))
    for name, size in {"odd": 1000, "big": 1536, "empty": 0, "disk": 4096}.items():
        (tmp_path / name).write_bytes(bytes(size))
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)


def qemu(folder: Path, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / PROGRAM).write_text(f"#!/bin/sh\n{script}\n")
    (folder / PROGRAM).chmod(0o755)


def refusal(*options: str, image: str = "image") -> str:
    command = [sys.executable, "-P", "-m", "pymirage.tool.qemu", *options, "--", image]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.removeprefix("pymirage-virtio: ").rstrip("\n")


# More than a process has addresses for, whatever the host makes of memory that nobody has touched.
TOO_MUCH = 1 << 27

REFUSALS = {
    (f"--mem={TOO_MUCH}",): f"the host refused {TOO_MUCH} MB of memory (give less with --mem)",
    (f"--mem={10**20}",): f"the host refused {10**20} MB of memory (give less with --mem)",
    ("--block:storage=absent",): "--block:storage=absent: no such file (truncate -s 16M absent)",
    ("--block:storage=folder",): "--block:storage=folder: not a file or block device",
    ("--block:storage=/dev/null",): "--block:storage=/dev/null: not a file or block device",
    ("--block:storage=empty",): (
        "block device 'storage': the file is empty (truncate -s 16M FILE makes an empty disk)"
    ),
    ("--block:storage=odd",): (
        "block device 'storage': its size, 1000, is not a multiple of 512 "
        "(truncate -s %512 FILE rounds it up)"
    ),
    ("--block:storage=big", "--block-sector-size:storage=1024"): (
        "block device 'storage': its size, 1536, is not a multiple of 1024 "
        "(truncate -s %1024 FILE rounds it up)"
    ),
    ("--block:storage=disk", "--block-sector-size:storage=1000"): (
        "bad value '1000' for --block-sector-size:storage (expected a power of two from 512 to 32768)"
    ),
    ("--block-sector-size:storage=512",): (
        "--block-sector-size:storage is for no device: add --block:storage=FILE"
    ),
    ("--block:storage=disk", "--block:storage=disk"): "--block:storage is given twice (give it once)",
    ("--net:a=user", "--net:a=user"): "--net:a is given twice (give it once)",
    ("--net:a=absent0",): (
        "interface 'absent0' does not exist (ip tuntap add absent0 mode tap && ip link set absent0 up)"
    ),
    ("--net:a=absent0", "--net:b=absent0"): ("interface 'absent0' is for 'a' and 'b' (each needs its own)"),
}


@pytest.mark.parametrize("options", REFUSALS, ids=" ".join)
def test_refusals(options: tuple[str, ...]) -> None:
    assert refusal(*options) == REFUSALS[options]


def test_no_image() -> None:
    assert refusal(image=NO_IMAGE) == f"there is no image {NO_IMAGE} (build it first)"


def test_an_image_that_is_not_all_there(tmp_path: Path) -> None:
    assert refusal(image="empty") == "empty: not an image (not an ELF file)"
    fields = [b"\x7fELF\x02\x01", *[0] * 13]
    fields[5], fields[10] = 64, 1
    (tmp_path / "image").write_bytes(elf.HEADER.pack(*fields))
    assert refusal() == (
        "image: truncated or damaged image: its program headers are not in the file (build it again)"
    )


def test_a_loopback_interface_is_no_tap() -> None:
    assert "interface 'lo' cannot be used: " in refusal("--net:a=lo")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_disk_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "disk").chmod(0)
    assert refusal("--block:a=disk") == "--block:a=disk: permission denied (choose a file of yours)"


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_port_in_use(protocol: str) -> None:
    kind = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}[protocol]
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if protocol == "tcp":
            taken.listen()
        port = taken.getsockname()[1]
        assert refusal(f"--net:a=user:{protocol}:{port}-80") == (
            f"port {port} ({protocol}) of this host is in use by another program "
            "(stop it, or forward another: user:PORT-80)"
        )


def test_no_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "folder"))
    reason = f"{PROGRAM} is not installed (apt-get install qemu-system-x86)"
    assert refusal() == reason
    assert doctor.cannot_run("virtio") == reason


def test_a_qemu_that_is_too_old(tmp_path: Path) -> None:
    qemu(tmp_path / "bin", "echo 'QEMU emulator version 2.12.0 (Debian 1:2.12)'; exit 1")
    reason = f"{PROGRAM} is version 2.12: images need 4.2 or later"
    assert installed.too_old() == reason
    assert doctor.cannot_run("virtio") == reason


def test_a_qemu_that_ends_is_looked_at(tmp_path: Path) -> None:
    """It could not start the image, so that nothing was said; why comes after its own words."""
    answer = "echo 'QEMU emulator version 2.5.0'"
    qemu(tmp_path / "bin", f'test "$1" = --version && {answer} && exit; exit 1')
    assert refusal() == f"{PROGRAM} is version 2.5: images need 4.2 or later"


def test_something_else_is_no_qemu(tmp_path: Path) -> None:
    qemu(tmp_path / "bin", "echo nothing of use")
    assert installed.too_old() == f"{PROGRAM} does not say its version: nothing of use"


# -- which KVM --


def test_the_probe_s_answer_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def probe(accelerator: str) -> bool:
        asked.append(accelerator)
        return False

    monkeypatch.setattr(accelerator, "DEVICE", "/dev/null")
    monkeypatch.setattr(accelerator, "probe", probe)
    assert (accelerator.probed(), accelerator.probed(), asked) == (False, False, ["kvm"])
    monkeypatch.setattr(accelerator, "circumstances", lambda: "another boot")
    assert (accelerator.probed(), asked) == (False, ["kvm", "kvm"])


def test_what_was_kept_may_be_nonsense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "DEVICE", "/dev/null")
    monkeypatch.setattr(accelerator, "probe", lambda _: True)
    kept = tmp_path / "cache" / "pymirage" / "kvm-probe"
    kept.parent.mkdir(parents=True)
    kept.write_text("nonsense")
    assert accelerator.probed() and kept.read_text().endswith(" works")


def test_the_doctor_says_whether_images_are_emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "no_kvm", lambda: "there is no /dev/kvm")
    assert doctor.slowly("virtio") == "there is no /dev/kvm"
    assert doctor.slowly("hvt") is None
