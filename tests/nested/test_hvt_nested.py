"""hvt on an ordinary KVM (emulated AMD-V): our tender at privilege level 3, the image at level 0.

So do images that start from their memory, as `pymirage build` makes them, at either level.
unix and spt images start there too, for what an older kernel (Debian 12's) makes of their segments.

Level 0 is what Solo5's hvt tender offers; it is tried with a launcher that prepares the processor the same
way, and with Solo5's own tender where the environment variable SOLO5_HVT names it. One machine is booted
for all the tests, as that takes most of the time.
"""

import os
from pathlib import Path

import pytest

from pymirage.tool import doctor
from tests.boot_images.harness import COLD, Lab
from tests.nested import machine
from tests.runtime import toolchain

pytestmark = pytest.mark.timeout(machine.PATIENCE + 600)

GUESTS = {  # name of a case: guest, arguments
    "hello": ("hello", ""),
    "time": ("time", ""),
    "yield": ("yield", ""),
    "entropy": ("entropy", ""),
    "tls": ("tls", ""),
    "memory": ("memory", ""),
    "vectors": ("vectors", ""),
    "command_line": ("command_line", "a b"),
    "status": ("exit_status", "7"),
    "abort": ("exit_status", "abort"),
    "read_null": ("fault", "read_null"),
    "write_text": ("fault", "write_text"),
    "execute_heap": ("fault", "execute_heap"),
    "overflow_stack": ("fault", "overflow_stack"),
    "invalid_instruction": ("fault", "invalid_instruction"),
    "divide": ("fault", "divide"),
    "host_port": ("fault", "host_port"),
    "privileged_instruction": ("fault", "privileged_instruction"),
    "system_call": ("fault", "system_call"),
    "frames": ("net_flood", "source"),
}
OPTIONS = {"frames": "--net:service=tap0"}
ON_THIS_KERNEL = {  # case: options and arguments of the guest
    "hello": "",
    "memory": "",
    "overflow_stack": "overflow_stack",
    "write_constant": "write_constant",
}
# From memory: what was done when it was built, and what each boot has to do itself.
RESUMED = """\
import asyncio
import random
import time

from pymirage.boot import when_built, when_started

HOOKS = []
TABLE = {f"key {number}": number for number in range(1000)}


@when_built
def build() -> None:
    HOOKS.append("built")


@when_started
def start() -> None:
    HOOKS.append("started")


async def main() -> None:
    before = time.monotonic()
    await asyncio.gather(*(asyncio.sleep(0.01) for _ in range(10)))
    assert time.monotonic() - before >= 0.01
    assert time.time() > 1.7e9
    assert TABLE["".join(["key ", str(999)])] == 999
    print(HOOKS, 1.5 * len(TABLE), random.random())
"""
RESUMED_BOOTS = ("resumed", "again")

STATUS = {"status": 7, "abort": 255}
SUCCEED = ("hello", "time", "yield", "entropy", "tls", "memory", "vectors", "command_line", "frames")


def launchers() -> dict[str, Path]:
    found = {"level3": toolchain.tender("hvt"), "level0": toolchain.level0_launcher()}
    stock = os.environ.get("SOLO5_HVT")
    return {**found, "stock": Path(stock)} if stock else found


def script() -> str:
    lines = ["tunctl -t tap0", "ip link set tap0 up"]
    lines += ["echo '## machine processor'", "grep -m 1 flags /proc/cpuinfo"]
    for launcher in launchers():
        for case, (guest, arguments) in GUESTS.items():
            lines.append(f"echo '## {launcher} {case}'")
            options = f"--mem=32 {OPTIONS.get(case, '')}"
            lines.append(f"timeout 300 /{launcher} {options} /{guest}.hvt {arguments}; echo status $?")
        for case in RESUMED_BOOTS:
            lines.append(f"echo '## {launcher} {case}'")
            lines.append(f"timeout 300 /{launcher} --mem=24 /resumed.hvt; echo status $?")
    for case, arguments in ON_THIS_KERNEL.items():
        guest = case if case in SUCCEED else "fault"
        for target, start in (("unix", ""), ("spt", "/pymirage-spt --mem=32 ")):
            lines.append(f"echo '## {target} {case}'")
            lines.append(f"timeout 300 {start}/{guest}.{target} {arguments}; echo status $?")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """What each launcher and case printed, its exit status last."""
    reason = toolchain.missing_compiler() or doctor.cannot_build()
    if reason:
        pytest.skip(reason)
    files = {f"{guest}.hvt": toolchain.guest(guest, "hvt") for guest, _ in GUESTS.values()}
    files |= {
        f"{guest}.{target}": toolchain.guest(guest, target)
        for guest in ("hello", "memory", "fault")
        for target in ("unix", "spt")
    }
    files["pymirage-spt"] = toolchain.tender("spt")
    lab = Lab("hvt", tmp_path_factory.mktemp("resumed"))
    files["resumed.hvt"] = lab.build({"unikernel.py": RESUMED}).path
    assert COLD or b"PMS1" in files["resumed.hvt"].read_bytes()
    try:
        output = machine.run({**files, **launchers()}, script())
    except machine.Unavailable as reason_not_to_run:
        pytest.skip(f"no nested machine: {reason_not_to_run}")
    cases = {}
    for part in output.split("## ")[1:]:
        title, _, body = part.partition("\n")
        launcher, case = title.split()
        cases[launcher, case] = body
    return cases


@pytest.fixture(params=("level3", "level0", "stock"))
def launcher(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name == "stock" and "SOLO5_HVT" not in os.environ:
        pytest.skip("SOLO5_HVT names no solo5-hvt")
    return name


@pytest.mark.parametrize("case", SUCCEED)
def test_guest_succeeds(console: dict[tuple[str, str], str], launcher: str, case: str) -> None:
    assert console[launcher, case].endswith("SUCCESS\nstatus 0\n")


def test_an_image_starts_from_memory(console: dict[tuple[str, str], str], launcher: str) -> None:
    boots = [console[launcher, case].split() for case in RESUMED_BOOTS]
    for boot in boots:
        assert boot[:3] == ["['built',", "'started']", "1500.0"] and boot[4:] == ["status", "0"], boot
    assert boots[0][3] != boots[1][3]


def test_wide_vectors(console: dict[tuple[str, str], str]) -> None:
    """Our tender gives what KVM offers; at level 0 there is what Solo5's gives."""
    assert "avx" in console["machine", "processor"].split()
    assert console["level3", "vectors"].startswith("256 bits\n")
    assert console["level0", "vectors"].startswith("128 bits\n")


@pytest.mark.parametrize("case", STATUS)
def test_exit_status(console: dict[tuple[str, str], str], launcher: str, case: str) -> None:
    assert console[launcher, case].endswith(f"status {STATUS[case]}\n")


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("read_null", "fault: page fault reading 0x8 at rip 0x"),
        ("write_text", "fault: page fault writing 0x"),
        ("execute_heap", "fault: page fault executing 0x"),
        ("overflow_stack", "fault: stack overflow writing 0x"),
        ("invalid_instruction", "fault: invalid instruction at rip 0x"),
        ("divide", "fault: division by zero"),
        ("host_port", "fault: I/O port 0x80 is no hypercall"),
        ("privileged_instruction", "fault: general protection fault at rip 0x"),
        ("system_call", "fault: invalid instruction at rip 0x"),
    ],
)
def test_fault_at_level_3(console: dict[tuple[str, str], str], case: str, message: str) -> None:
    output = console["level3", case]
    assert output.startswith(message)
    assert output.endswith("status 255\n")


@pytest.mark.parametrize("target", ["unix", "spt"])
@pytest.mark.parametrize("case", ON_THIS_KERNEL)
def test_process_on_this_kernel(console: dict[tuple[str, str], str], target: str, case: str) -> None:
    output = console[target, case]
    if case in SUCCEED:
        assert output.endswith("SUCCESS\nstatus 0\n")
    else:
        assert output.startswith("fault: ") and output.endswith("status 255\n")


@pytest.mark.parametrize("case", ["read_null", "invalid_instruction", "divide"])
def test_fault_at_level_0_is_the_image_s_to_report(
    console: dict[tuple[str, str], str], launcher: str, case: str
) -> None:
    if launcher == "level3":
        pytest.skip("at level 3 the tender reports")
    output = console[launcher, case]
    assert output.startswith("fault: ") and "rip 0000" in output
    assert output.endswith("status 255\n")
