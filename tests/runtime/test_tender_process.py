"""A running guest as the host sees it: signals, privileges, memory; and what its image may not contain."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.runtime import toolchain

NOBODY = "65534"


@contextmanager
def running(target: str, guest: str, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """The guest after it printed its line."""
    command = toolchain.command(guest, target, *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "SUCCESS\n"
            yield process
        finally:
            process.kill()


def facts(process: "subprocess.Popen[str]") -> dict[str, str]:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize("guest", ["idle", "spin"])
@pytest.mark.parametrize(("number", "word"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
def test_signal_ends_the_guest(target: str, guest: str, number: signal.Signals, word: str) -> None:
    with running(target, guest) as process:
        process.send_signal(number)
        _, errors = process.communicate(timeout=toolchain.PATIENCE)
    assert process.returncode == 128 + number
    assert errors.count("\n") == 1 and errors.endswith(f": {word}\n")


def test_privileges_are_gone(tender_target: str) -> None:
    if tender_target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
        pytest.skip("/dev/kvm is missing or not permitted")
    with running(tender_target, "idle") as process:
        status = facts(process)
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert status["CapEff"] == status["CapPrm"] == "0000000000000000"
    if os.getuid() == 0:
        assert status["Uid"].split() == status["Gid"].split() == [NOBODY] * 4


def test_memory_is_what_the_guest_touched(own_target: str) -> None:
    with running(own_target, "idle", "--mem=512") as process:
        kilobytes = int(facts(process)["VmRSS"].split()[0])
    assert kilobytes < 1024


@pytest.mark.parametrize("guest", ["hello", "net_echo", "block"])
def test_hvt_image_holds_no_system_call(guest: str) -> None:
    reason = toolchain.missing_compiler()
    if reason:
        pytest.skip(reason)
    listing = subprocess.run(
        ["objdump", "-d", str(toolchain.guest(guest, "hvt"))], capture_output=True, text=True, check=True
    ).stdout
    assert not re.search(r"\t(syscall|sysenter|int +\$0x80)", listing)


def segments(image: Path) -> list[tuple[str, int, str]]:
    """Type, address and flags of each program header."""
    listing = subprocess.run(
        ["readelf", "-lW", str(image)], capture_output=True, text=True, check=True
    ).stdout
    pattern = r"^  (\w+) +0x\w+ 0x(\w+) 0x\w+ 0x\w+ 0x\w+ ([R ][W ][E ])"
    return [(kind, int(at, 16), flags) for kind, at, flags in re.findall(pattern, listing, re.MULTILINE)]


def test_no_segment_is_writable_and_executable(own_target: str) -> None:
    image = toolchain.guest("hello", own_target)
    loads = [(at, flags) for kind, at, flags in segments(image) if kind == "LOAD"]
    assert [flags for _, flags in loads] == ["R  ", "R E", "RW ", "   ", "RW "]
    assert loads == sorted(loads) and loads[0][0] == 0x100000


def test_no_segment_of_a_machine_is_writable_and_executable() -> None:
    loads = [flags for kind, _, flags in segments(toolchain.guest("hello", "virtio")) if kind == "LOAD"]
    assert "R E" in loads and not any("W" in flags and "E" in flags for flags in loads)


def test_host_kernel_refuses_to_start_a_solo5_image(tender_target: str) -> None:
    with pytest.raises(FileNotFoundError):
        subprocess.run([str(toolchain.guest("hello", tender_target))], check=False)


ATTACKS = (
    *(
        "argument_null",
        "argument_past_memory",
        "argument_across_end",
        "answer_into_text",
        "answer_into_guard",
    ),
    *("answer_into_boot_info", "console_wraps", "console_huge", "console_guard", "no_such_call"),
    *("block_into_text", "short_write", "read_port"),
)


@pytest.fixture
def hostile(disk: Path) -> list[str]:
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        pytest.skip("/dev/kvm is missing or not permitted")
    return toolchain.command("hostile_hvt", "hvt", f"--block:storage={disk}")


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_hypercall_ends_the_guest(hostile: list[str], attack: str) -> None:
    done = subprocess.run([*hostile, attack], capture_output=True, text=True, timeout=toolchain.PATIENCE)
    assert done.returncode in (1, 255)
    assert done.stdout == ""
    assert done.stderr.startswith(("pymirage-hvt: the image ", "fault: "))


def test_unknown_handle_is_an_answer(hostile: list[str]) -> None:
    done = subprocess.run(
        [*hostile, "no_such_handle"], capture_output=True, text=True, timeout=toolchain.PATIENCE
    )
    assert (done.returncode, done.stdout) == (0, "SUCCESS\n")
