"""The string functions for every short length, alignment and overlap, against bytes."""

from __future__ import annotations

import ctypes

import pytest

from tests.runtime.host_library import library

FOLDER = "musl/src/string/x86_64"
FILES = [f"{FOLDER}/{name}.c" for name in ("memmove", "memset", "memcmp", "memchr")]
LENGTHS = (*range(140), 191, 192, 193, 255, 256, 257, 1460, 8191, 8192, 8195, 65536)
ROOM = 70_000


@pytest.fixture(scope="module")
def lib(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    loaded = library(tmp_path_factory.mktemp("string"), FILES, "-ffreestanding")
    for name in ("memmove", "memcpy", "memset", "memchr"):
        getattr(loaded, name).restype = ctypes.c_void_p
    return loaded


@pytest.fixture
def memory() -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(bytes(i * 7 % 251 for i in range(ROOM)), ROOM)


@pytest.mark.parametrize("distance", (-100, -64, -17, -16, -8, -1, 0, 1, 3, 8, 16, 17, 63, 64, 65, 1000))
def test_move(lib: ctypes.CDLL, memory: ctypes.Array[ctypes.c_char], distance: int) -> None:
    start = ctypes.addressof(memory)
    for length in LENGTHS:
        before = bytes(memory)
        source, target = 2000, 2000 + distance
        expected = bytearray(before)
        expected[target : target + length] = before[source : source + length]
        answer = lib.memmove(
            ctypes.c_void_p(start + target), ctypes.c_void_p(start + source), ctypes.c_size_t(length)
        )
        assert answer == start + target
        assert bytes(memory) == expected, length


@pytest.mark.parametrize("alignment", range(17))
def test_set(lib: ctypes.CDLL, memory: ctypes.Array[ctypes.c_char], alignment: int) -> None:
    start = ctypes.addressof(memory)
    for length in LENGTHS:
        expected = bytearray(memory)
        expected[alignment : alignment + length] = b"\x9c" * length
        lib.memset(ctypes.c_void_p(start + alignment), 0x19C, ctypes.c_size_t(length))
        assert bytes(memory) == expected, length


@pytest.mark.parametrize("length", (*range(70), 1000))
def test_compare_and_find(lib: ctypes.CDLL, length: int) -> None:
    content = bytes(i % 100 + 1 for i in range(length))
    size = ctypes.c_size_t(length)
    assert lib.memcmp(content, bytes(content), size) == 0
    assert lib.memchr(content, 0xFF, size) is None
    for at in range(0, length, 3):
        other = bytearray(content)
        other[at] = 0xFF
        different = bytes(other) + b"\xff"
        assert lib.memcmp(content, different, size) < 0 < lib.memcmp(different, content, size)
        buffer = ctypes.create_string_buffer(different)
        assert lib.memchr(buffer, 0xFF, size) == ctypes.addressof(buffer) + at
