"""What the doctor says of machines that lack something."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import pytest

from pymirage.tool import doctor


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            FileNotFoundError(2, "x"),
            "/dev/kvm is missing: load kvm_intel or kvm_amd, or allow nested virtualisation",
        ),
        (
            PermissionError(13, "x"),
            "/dev/kvm is not yours to use: add yourself to the group kvm and log in again",
        ),
        (OSError(6, "No such device"), "/dev/kvm does not open: No such device"),
    ],
)
def test_no_kvm(monkeypatch: pytest.MonkeyPatch, error: OSError, reason: str) -> None:
    def refuse(*_: Any) -> int:
        raise error

    monkeypatch.setattr(os, "open", refuse)
    assert doctor.cannot_run("hvt") == reason


def test_something_else_is_no_kvm(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open
    monkeypatch.setattr(os, "open", lambda _, flags: real("/dev/null", flags))
    assert doctor.cannot_run("hvt") == "/dev/kvm is no KVM: Inappropriate ioctl for device"


def test_no_seccomp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    actions = tmp_path / "actions_avail"
    monkeypatch.setattr(doctor, "_SECCOMP_ACTIONS", actions)
    assert doctor.cannot_run("spt") == "the kernel has no seccomp filters (CONFIG_SECCOMP_FILTER)"
    actions.write_text("kill_thread trap")
    assert doctor.cannot_run("spt") == "the kernel's seccomp cannot kill a process: use Linux 4.14 or later"
    actions.write_text("kill_process trap")
    assert doctor.cannot_run("spt") is None


def test_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert doctor.cannot_run("unix") == f"images are for x86-64 Linux, this is aarch64 {platform.system()}"


def test_no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.cannot_build() == "gcc is not installed: apt-get install build-essential"


def test_no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "later"))
    assert doctor.cannot_build() is None
    assert not (tmp_path / "later").exists()
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path and access(path, mode))
    remedy = "set XDG_CACHE_HOME to another place"
    assert doctor.cannot_build() == (
        f"the cache {tmp_path}/later/pymirage cannot be written ({tmp_path} is not yours to write): {remedy}"
    )
    (tmp_path / "later").write_text("")
    assert doctor.cannot_build() == (
        f"the cache {tmp_path}/later/pymirage cannot be written ({tmp_path}/later is no directory): {remedy}"
    )
