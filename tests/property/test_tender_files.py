"""Properties of the tenders: whatever file or command line they get, they end by themselves and explain.

The mutations concentrate on the headers, notes and program headers: damage to the code is the guest's own
affair, and at worst ends as a machine fault of the guest.
"""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.chance import examples
from tests.runtime import toolchain

HEADERS = 0x400  # ELF header, program headers, notes
OFTEN = examples(150)

interesting = st.one_of(
    st.integers(0, 255).map(lambda value: bytes([value])),
    st.sampled_from(
        [0, 1, 0x7F, 0xFF, 0x1000, 0xFFFF, 1 << 31, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
    ).map(lambda value: value.to_bytes(8, "little")),
)
mutations = st.lists(st.tuples(st.integers(0, HEADERS - 1), interesting), min_size=1, max_size=4)
lengths = st.one_of(st.none(), st.integers(0, 0x6000))


def can_run(target: str) -> bool:
    return target == "spt" or os.access("/dev/kvm", os.R_OK | os.W_OK)


@pytest.fixture(params=("spt", "hvt"), scope="module")
def target(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    reason = toolchain.missing_compiler()
    if reason:
        pytest.skip(reason)
    return name


def mutated(target: str, changes: list[tuple[int, bytes]], length: int | None) -> bytes:
    content = bytearray(toolchain.guest("hello", target).read_bytes())
    for at, new in changes:
        content[at : at + len(new)] = new
    return bytes(content[:length])


def explained(done: subprocess.CompletedProcess[bytes], target: str) -> bool:
    """A refusal in one line, a guest that ran to its end, its fault with registers, or its own last words."""
    if done.returncode == 1:
        lines = done.stderr.splitlines()
        return len(lines) == 1 and lines[0].startswith(f"pymirage-{target}: ".encode())
    if done.returncode == 255:
        return done.stderr.startswith(b"fault: ") or (done.stderr == b"" and b"fatal: " in done.stdout)
    return done.returncode >= 0 and done.stderr == b""


@OFTEN
@given(changes=mutations, length=lengths)
@example(changes=[(0x18, bytes(8))], length=None)  # entry point
@example(changes=[(0x20, b"\xff" * 8)], length=None)  # offset of the program headers
@example(changes=[(0x38, b"\xff\xff")], length=None)  # their number
@example(changes=[(0xED, bytes(8))], length=None)  # more memory than there is, which the guest finds out
def test_damaged_image(target: str, changes: list[tuple[int, bytes]], length: int | None) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(mutated(target, changes, length))
        file.flush()
        command = [str(toolchain.tender(target)), "--mem=16", file.name]
        done = subprocess.run(command, capture_output=True, timeout=60)
    assert explained(done, target), (done.returncode, done.stderr)


@OFTEN
@given(content=st.binary(max_size=512), magic=st.booleans())
def test_arbitrary_file(target: str, content: bytes, magic: bool) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write((b"\x7fELF\x02\x01\x01" if magic else b"") + content)
        file.flush()
        done = subprocess.run([str(toolchain.tender(target)), file.name], capture_output=True, timeout=60)
    assert done.returncode == 1 and explained(done, target), (done.returncode, done.stderr)


words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
options = st.one_of(
    words,
    st.builds("--mem={}".format, st.one_of(st.integers(), words)),
    st.builds("--net:{}={}".format, words, words),
    st.builds("--net-mac:{}={}".format, words, words),
    st.builds("--block:{}={}".format, words, words),
    st.builds("--block-sector-size:{}={}".format, words, st.one_of(st.integers(), words)),
    st.sampled_from(["--", "-", "--help", "--version", "--net:", "--block:", "--mem="]),
)


@OFTEN
@given(arguments=st.lists(options, max_size=6), with_image=st.booleans())
def test_odd_command_line(target: str, arguments: list[str], with_image: bool) -> None:
    """Nothing but --help, --version and a well-formed line before a good image ends well."""
    image = [str(toolchain.guest("command_line", target))] if with_image else []
    command = [str(toolchain.tender(target)), *arguments, *image]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, capture_output=True, timeout=60, cwd=folder)
    assert explained(done, target), (done.returncode, done.stderr)
    assert done.returncode in (0, 1)


@OFTEN
@given(arguments=st.lists(words, max_size=8))
def test_any_arguments_reach_the_guest(target: str, arguments: list[str]) -> None:
    if not can_run(target):
        pytest.skip("/dev/kvm is missing or not permitted")
    command = toolchain.command("command_line", target, "--mem=4", arguments=arguments)
    done = subprocess.run(command, capture_output=True, timeout=60)
    line = done.stdout.decode().removesuffix("]\nSUCCESS\n").removeprefix("[")
    assert shlex.split(line) == arguments


def test_file_that_shrinks_is_the_guest_s_fault(target: str, tmp_path: Path) -> None:
    """The image is mapped: a file cut short after the checks ends the guest, not the host."""
    image = tmp_path / "image"
    image.write_bytes(toolchain.guest("idle", target).read_bytes())
    if not can_run(target):
        pytest.skip("/dev/kvm is missing or not permitted")
    command = [str(toolchain.tender(target)), "--mem=16", str(image)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"SUCCESS\n"
        image.write_bytes(b"")
        process.terminate()
        assert process.wait(60) == 128 + 15
