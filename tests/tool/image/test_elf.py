"""Trimming and checking finished images, on small programs made by the compiler."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pymirage.tool.image import check, elf
from pymirage.tool.image.error import ImageError

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")

PROGRAM = """
static const unsigned char table[] = {0x0f, 0x05, 1, 2};
int number = 7;
int helper(int x) { return x * 0x050f0000 + table[x & 3]; }
void _start(void) { number = helper(number); for (;;); }
"""


def build(directory: Path, source: str, *flags: str) -> Path:
    (directory / "program.c").write_text(source)
    path = directory / "program"
    command = ["gcc", "-O0", "-static", "-nostdlib", "-no-pie", "-fno-asynchronous-unwind-tables"]
    subprocess.run(
        [*command, *flags, "-o", path, directory / "program.c"], check=True, stderr=subprocess.DEVNULL
    )
    return path


def symbols(path: Path) -> list[tuple[str, str]]:
    done = subprocess.run(["nm", "--numeric-sort", path], check=True, capture_output=True, text=True)
    return [(line.split()[1], line.split()[2]) for line in done.stdout.splitlines()]


def test_trim_keeps_function_names_only(tmp_path: Path) -> None:
    path = build(tmp_path, PROGRAM)
    assert ("D", "number") in symbols(path)
    path.write_bytes(elf.trim(path.read_bytes()))
    assert symbols(path) == [("t", "helper"), ("t", "_start")]


def test_trim_leaves_what_is_loaded(tmp_path: Path) -> None:
    content = build(tmp_path, PROGRAM).read_bytes()
    trimmed = elf.trim(content)
    for before, after in zip(elf.Elf(content).segments, elf.Elf(trimmed).segments, strict=True):
        assert before == after
        # The first segment holds the ELF header, which says where the section headers are.
        start, end = max(before.offset, 64), before.offset + before.file_size
        assert content[start:end] == trimmed[start:end]


def test_trimmed_file_can_still_be_disassembled(tmp_path: Path) -> None:
    path = build(tmp_path, PROGRAM)
    path.write_bytes(elf.trim(path.read_bytes()))
    done = subprocess.run(["objdump", "-d", path], check=True, capture_output=True, text=True)
    assert "<helper>:" in done.stdout
    assert subprocess.run(["readelf", "-a", path], check=True, capture_output=True, text=True).stderr == ""


def test_octets_that_only_look_like_a_system_call(tmp_path: Path) -> None:
    path = build(tmp_path, PROGRAM)
    assert b"\x0f\x05" in path.read_bytes()
    check.check(elf.Elf(path.read_bytes()), path, "hvt")


@pytest.mark.parametrize("instruction", ["syscall", "sysenter", "int $0x80"])
def test_system_call_is_refused_on_hvt(tmp_path: Path, instruction: str) -> None:
    path = build(tmp_path, f'{PROGRAM}\nvoid guilty(void) {{ __asm__("{instruction}"); }}')
    with pytest.raises(ImageError, match="guilty holds a system call instruction"):
        check.check(elf.Elf(path.read_bytes()), path, "hvt")
    check.check(elf.Elf(path.read_bytes()), path, "spt")


def test_writable_code_is_refused(tmp_path: Path) -> None:
    path = build(tmp_path, PROGRAM, "-Wl,--omagic")
    with pytest.raises(ImageError, match="writable and executable"):
        check.check(elf.Elf(path.read_bytes()), path, "unix")


def test_not_an_elf_file() -> None:
    with pytest.raises(ImageError, match="not a 64-bit ELF file"):
        elf.Elf(b"#!/bin/sh")


def test_assembly_without_sizes(tmp_path: Path) -> None:
    lines = [
        ".globl _start",
        ".type _start, @function",
        "_start: syscall",
        ".type last, @function",
        "last: ret",
    ]
    source = '__asm__("' + "; ".join(lines) + '");'
    path = build(tmp_path, source)
    path.write_bytes(elf.trim(path.read_bytes()))
    assert symbols(path) == [("t", "_start"), ("t", "last")]
    with pytest.raises(ImageError, match="_start holds a system call instruction"):
        check.check(elf.Elf(path.read_bytes()), path, "hvt")
