"""LZ4 blocks in images (runtime/python/lz4.c), against a reader written from the format's description."""

from __future__ import annotations

import ctypes
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime import toolchain
from tests.runtime.host_library import library

ROUNDS = 200_000 if os.environ.get("PYMIRAGE_LONG") else 6_000
SANITIZED = ("-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined")
FOLDER = toolchain.RUNTIME / "python"

# Literals, a distance back, how many octets from there.
Sequence = tuple[bytes, int, int]


def sequences(block: bytes) -> Iterator[Sequence]:
    """lz4_Block_format.md; the last one has no match."""
    at = 0

    def rest(number: int) -> int:
        nonlocal at
        while number >= 15:
            at += 1
            number += block[at - 1]
            if block[at - 1] < 255:
                break
        return number

    while at < len(block):
        token = block[at]
        at += 1
        count = rest(token >> 4)
        literals, at = block[at : at + count], at + count
        if at == len(block):
            yield literals, 0, 0
            return
        distance, at = int.from_bytes(block[at : at + 2], "little"), at + 2
        yield literals, distance, rest(token & 15) + 4


def content(block: bytes) -> bytes:
    output = bytearray()
    for literals, distance, length in sequences(block):
        output += literals
        assert 0 <= distance <= len(output) and (distance or not length)
        for _ in range(length):
            output.append(output[-distance])
    return bytes(output)


@pytest.fixture
def lib(tmp_path: Path) -> ctypes.CDLL:
    loaded = library(tmp_path, ["../python/lz4.c"], "-I", str(FOLDER))
    for function in (loaded.lz4_compress, loaded.lz4_bound, loaded.lz4_work):
        function.restype = ctypes.c_size_t
    loaded.lz4_decompress.restype = ctypes.c_bool
    return loaded


def compress(lib: ctypes.CDLL, octets: bytes) -> bytes:
    size = ctypes.c_size_t(len(octets))
    block = ctypes.create_string_buffer(lib.lz4_bound(size))
    work = ctypes.create_string_buffer(lib.lz4_work(size))
    length = lib.lz4_compress(work, octets, size, block)
    return block.raw[:length]


def decompress(lib: ctypes.CDLL, block: bytes, size: int) -> bytes | None:
    octets = ctypes.create_string_buffer(size + 1)
    whole = lib.lz4_decompress(block, ctypes.c_size_t(len(block)), octets, ctypes.c_size_t(size))
    return octets.raw[:size] if whole else None


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"a",
        b"abcdefghijkl",
        bytes(100_000),
        b"abcd" * 3,
        b"abcd" * 300,
        Path(__file__).read_bytes(),
        random.Random(1).randbytes(1000),
        # Farther away than a distance can say.
        b"only twice" + random.Random(2).randbytes(70_000) + b"only twice" + bytes(20),
    ],
)
def test_blocks_follow_the_format(lib: ctypes.CDLL, octets: bytes) -> None:
    block = compress(lib, octets)
    assert content(block) == octets == decompress(lib, block, len(octets))
    *matches, (last, _, _) = sequences(block)
    # The end of a block is literals, for readers that copy eight octets at a time.
    assert len(last) >= 5 or not matches
    assert len(block) <= lib.lz4_bound(ctypes.c_size_t(len(octets)))


def test_bytecode_becomes_half(lib: ctypes.CDLL) -> None:
    octets = b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.c")))
    assert len(compress(lib, octets)) < len(octets) / 2


@pytest.mark.parametrize(
    ("block", "size"),
    [
        (b"", 0),
        (b"\x10", 1),
        (b"\xf0", 20),
        (b"\xf0\xff\xff", 20),
        (b"\x10a", 2),
        (b"\x20ab", 1),
        (b"\x10a\x00", 5),
        (b"\x10a\x00\x00\x00", 5),
        (b"\x10a\x02\x00\x00", 5),
        (b"\x1fa\x01\x00", 5),
        (b"\x1fa\x01\x00\xff\xff", 5),
        (b"\x10a\x01\x00", 5),
        (b"\x10a\x01\x00\x00", 4),
    ],
)
def test_other_blocks_are_refused(lib: ctypes.CDLL, block: bytes, size: int) -> None:
    assert decompress(lib, block, size) is None


@pytest.mark.parametrize("seed", [1, 20261121])
def test_nothing_a_block_says_reaches_beyond_it(tmp_path: Path, seed: int) -> None:
    reason = toolchain.missing_compiler()
    if reason:
        pytest.skip(reason)
    program = tmp_path / "lz4_fuzz"
    sources = (toolchain.RUNTIME / "tests" / "host" / "lz4_fuzz.c", FOLDER / "lz4.c")
    toolchain.run("gcc", *SANITIZED, "-fno-sanitize-recover", "-I", FOLDER, *sources, "-o", program)
    done = subprocess.run([program, str(seed), str(ROUNDS)], capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[2]) > ROUNDS / 10
