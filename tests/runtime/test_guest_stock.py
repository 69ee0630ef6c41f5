"""The same images under Solo5's own tenders, where the machine has them.

They are looked for on PATH as `solo5-spt` and `solo5-hvt`, or where the environment variables SOLO5_SPT and
SOLO5_HVT say. Solo5's hvt tender runs the image at privilege level 0.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.runtime import tap, toolchain


@pytest.fixture(params=("spt", "hvt"))
def stock(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A target and the path of Solo5's tender for it."""
    target: str = request.param
    path = os.environ.get(f"SOLO5_{target.upper()}") or shutil.which(f"solo5-{target}")
    if path is None:
        pytest.skip(f"solo5-{target} is neither on PATH nor named by SOLO5_{target.upper()}")
    if target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
        pytest.skip("/dev/kvm is missing or not permitted")
    return target, path


def run(
    stock: tuple[str, str], guest: str, *options: str, argument: str = ""
) -> subprocess.CompletedProcess[str]:
    target, tender = stock
    command = [tender, *options, "--", str(toolchain.guest(guest, target)), *argument.split()]
    return subprocess.run(command, capture_output=True, text=True, timeout=toolchain.PATIENCE)


@pytest.mark.parametrize("guest", ["hello", "time", "yield", "entropy", "tls", "command_line"])
def test_guest(stock: tuple[str, str], guest: str) -> None:
    done = run(stock, guest, "--mem=16")
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["SUCCESS"]), done.stdout + done.stderr


@pytest.mark.parametrize(("argument", "status"), [("0", 0), ("1", 1), ("return 3", 3), ("abort", 255)])
def test_exit_status(stock: tuple[str, str], argument: str, status: int) -> None:
    assert run(stock, "exit_status", "--mem=16", argument=argument).returncode == status


def test_block_storage(stock: tuple[str, str], disk: Path) -> None:
    done = run(stock, "block", "--mem=16", f"--block:storage={disk}")
    assert done.stdout.endswith("SUCCESS\n"), done.stdout + done.stderr


def test_frames_come_back(stock: tuple[str, str]) -> None:
    why = tap.reason_not_to_run()
    if why:
        pytest.skip(f"no TAP interface in a namespace: {why}")
    target, tender = stock
    image = str(toolchain.guest("net_echo", target))
    result = tap.inside("echo", tender, "--mem=16", "--net:service=tap0", image)
    assert (result["echoed"], result["rest"], result["status"]) == (True, "SUCCESS\n", 0)


@pytest.mark.parametrize("fault", ["invalid_instruction", "read_null", "divide"])
def test_image_reports_its_own_faults_at_level_0(stock: tuple[str, str], fault: str) -> None:
    target, _ = stock
    if target != "hvt":
        pytest.skip("a fault under solo5-spt is the host's signal")
    done = run(stock, "fault", "--mem=16", argument=fault)
    assert done.returncode == 255
    assert done.stdout.startswith("fault: ") and "rip" in done.stdout


def test_stack_overflow_does_not_pass_the_guard(stock: tuple[str, str]) -> None:
    done = run(stock, "fault", "--mem=16", argument="overflow_stack")
    assert done.returncode != 0
    assert "no fault" not in done.stdout
