"""Targets that the C guests run on: a target that this machine cannot run is skipped, with the reason."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pymirage.tool.qemu.installed import missing as missing_qemu
from tests.runtime import toolchain

Run = Callable[..., subprocess.CompletedProcess[str]]


def reason_not_to_run(target: str) -> str | None:
    missing = toolchain.missing_compiler()
    if missing:
        return missing
    if target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "/dev/kvm is missing or not permitted"
    if target == "virtio":
        return missing_qemu()
    return None


@pytest.fixture(params=toolchain.TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    reason = reason_not_to_run(name)
    if reason:
        pytest.skip(f"{name}: {reason}")
    return name


@pytest.fixture(params=[name for name in toolchain.TARGETS if name != "virtio"])
def own_target(request: pytest.FixtureRequest) -> str:
    """A target whose tender is ours, or none: not a whole machine in QEMU (`test_guest_virtio.py`)."""
    name: str = request.param
    reason = reason_not_to_run(name)
    if reason:
        pytest.skip(f"{name}: {reason}")
    return name


@pytest.fixture(params=("spt", "hvt"))
def tender_target(request: pytest.FixtureRequest) -> str:
    """A target that has a tender; building for it is enough, so hvt needs no KVM."""
    reason = toolchain.missing_compiler()
    if reason:
        pytest.skip(reason)
    name: str = request.param
    return name


@pytest.fixture
def run_guest(target: str) -> Run:
    """Runs a guest to its end: run_guest("hello", "--mem=4", arguments=["a"])."""

    def run(name: str, *options: str, arguments: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        command = toolchain.command(name, target, *options, arguments=arguments)
        return subprocess.run(command, capture_output=True, text=True, timeout=toolchain.PATIENCE)

    return run


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "disk"
    with path.open("wb") as file:
        file.truncate(1 << 20)
    return path
