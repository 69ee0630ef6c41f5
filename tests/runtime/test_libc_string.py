"""The string functions for every short length, alignment and overlap, against bytes."""

from __future__ import annotations

import ctypes
import mmap

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


PAGE = mmap.PAGESIZE


@pytest.fixture(scope="module")
def page() -> int:
    """Where a page begins that has unmapped ones on both sides."""
    host = ctypes.CDLL(None, use_errno=True)
    host.mmap.restype = ctypes.c_void_p
    host.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long)
    nothing, private = 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    start: int = host.mmap(None, 3 * PAGE, nothing, private, -1, 0)
    readable = mmap.PROT_READ | mmap.PROT_WRITE
    assert host.mprotect(ctypes.c_void_p(start + PAGE), ctypes.c_size_t(PAGE), readable) == 0
    return start + PAGE


@pytest.mark.parametrize("length", (*range(1, 140), 1000, PAGE))
def test_nothing_beyond_the_ends_is_touched(lib: ctypes.CDLL, page: int, length: int) -> None:
    size = ctypes.c_size_t(length)
    other = ctypes.create_string_buffer(length)
    for start in (page, page + PAGE - length):
        at = ctypes.c_void_p(start)
        lib.memset(at, 1, size)
        lib.memcpy(other, at, size)
        lib.memmove(at, other, size)
        assert lib.memcmp(at, other, size) == 0
        assert lib.memchr(at, 2, size) is None


@pytest.mark.parametrize("length", range(1, 40))
def test_find_stops_where_it_finds(lib: ctypes.CDLL, page: int, length: int) -> None:
    """C11 7.24.5.1: "as if it reads the characters sequentially"; strnlen() and "%.100s" go by that."""
    start = page + PAGE - length
    ctypes.memset(start, 1, length - 1)
    ctypes.memset(page + PAGE - 1, 0, 1)
    for size in (length, length + 1, 100, 2**64 - 1):
        assert lib.memchr(ctypes.c_void_p(start), 0, ctypes.c_size_t(size)) == page + PAGE - 1
    assert lib.memchr(ctypes.c_void_p(start), 0, ctypes.c_size_t(length - 1)) is None
