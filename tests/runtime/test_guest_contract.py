"""The contract, as one-purpose guests see it on every target."""

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.runtime.conftest import Run


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("SUCCESS\n"), done.stdout
    return done.stdout


def test_hello_knows_its_target(run_guest: Run, target: str) -> None:
    assert succeeded(run_guest("hello")) == f"target {target}\nSUCCESS\n"


@pytest.mark.parametrize("guest", ["time", "yield", "entropy", "tls", "vectors"])
def test_guest(run_guest: Run, guest: str) -> None:
    succeeded(run_guest(guest))


@pytest.mark.parametrize("status", [0, 1, 2, 64, 254])
def test_exit_status_reaches_the_host(run_guest: Run, status: int) -> None:
    assert run_guest("exit_status", arguments=[str(status)]).returncode == status


def test_returned_status_is_an_exit_status(run_guest: Run) -> None:
    done = run_guest("exit_status", arguments=["return", "7"])
    assert (done.returncode, done.stdout) == (7, "SUCCESS\n")


def test_abort_is_255(run_guest: Run) -> None:
    assert run_guest("exit_status", arguments=["abort"]).returncode == 255


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["plain", "--key=value", "a_b@c%d+e=f:g,h.i/j-k"],
        [""],
        ["two words", "it's", '"quoted"', "tab\there", "new\nline", "$HOME", "back\\slash", "é"],
        ["'", "''", "a'b'c"],
    ],
)
def test_arguments_survive_the_command_line(run_guest: Run, arguments: list[str]) -> None:
    line = succeeded(run_guest("command_line", arguments=arguments)).removesuffix("\nSUCCESS\n")
    assert shlex.split(line.removeprefix("[").removesuffix("]")) == arguments


def test_only_what_needs_quotes_is_quoted(run_guest: Run) -> None:
    done = run_guest("command_line", arguments=["--key=a/b", "x y", "it's", ""])
    assert done.stdout.splitlines()[0] == r"[--key=a/b 'x y' 'it'\''s' '']"


def test_command_line_too_long_is_refused(run_guest: Run, target: str) -> None:
    done = run_guest("command_line", arguments=["x" * 9000])
    assert done.returncode == 1
    assert f"longer than {4095 if target == 'virtio' else 8191} characters" in done.stderr


@pytest.mark.parametrize("megabytes", [4, 5, 16, 64, 512, 4096])
def test_memory_is_what_was_asked(run_guest: Run, target: str, megabytes: int) -> None:
    if target == "virtio" and megabytes > 512:
        pytest.skip("touching all of it takes long when emulated: see test_guest_virtio.py")
    heap = int(succeeded(run_guest("memory", f"--mem={megabytes}")).split()[1]) * 1024
    # What a machine has no tender for is in its own memory: page tables.
    assert (megabytes - (4 if target == "virtio" else 3)) << 20 < heap < megabytes << 20


@pytest.mark.parametrize("block_size", [512, 4096, 32768])
def test_block_storage(run_guest: Run, disk: Path, block_size: int) -> None:
    option = f"--block-sector-size:storage={block_size}"
    output = succeeded(run_guest("block", f"--block:storage={disk}", option))
    assert output.startswith(f"capacity {1 << 20} block {block_size}\n")
    assert disk.read_bytes()[-block_size:] == bytes((i * 7 + 42) & 0xFF for i in range(block_size))


def test_block_storage_keeps_its_size(run_guest: Run, disk: Path) -> None:
    succeeded(run_guest("block", f"--block:storage={disk}"))
    assert disk.stat().st_size == 1 << 20
