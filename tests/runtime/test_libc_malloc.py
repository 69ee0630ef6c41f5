"""malloc() against a model: blocks that hold what was written, do not overlap, and all come back."""

from __future__ import annotations

import ctypes
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runtime.host_library import library

# Counts the pages that malloc() holds, and refuses more than a limit.
PAGES = """
#undef mmap
#undef munmap
#undef mremap
#include <stddef.h>
#include <sys/mman.h>
size_t pages_held, pages_limit = (size_t)1 << 40;
void *test_mmap(void *at, size_t length, int protection, int flags, int fd, long offset)
{
    if (pages_held + length > pages_limit)
        return MAP_FAILED;
    pages_held += length;
    return mmap(at, length, protection, flags, fd, offset);
}
int test_munmap(void *at, size_t length)
{
    pages_held -= length;
    return munmap(at, length);
}
void *test_mremap(void *at, size_t old, size_t new, int flags, ...)
{
    if (pages_held + new - old > pages_limit)
        return MAP_FAILED;
    pages_held += new - old;
    return mremap(at, old, new, flags);
}
"""
RENAMED = ("-Dmmap=test_mmap", "-Dmunmap=test_munmap", "-Dmremap=test_mremap")
FUNCTIONS = ("-Dmalloc=__libc_malloc_impl", "-Dfree=__libc_free")
REGION = 256 * 1024


class Heap:
    def __init__(self, directory: Path, source: str = "") -> None:
        files = ["musl/src/malloc/pymirage/malloc.c"]
        flags = (*RENAMED, *FUNCTIONS, "-Wno-implicit-function-declaration")
        self.lib = lib = library(directory, files, *flags, source=PAGES + source)
        # By getattr, because Python mangles names with two underscores inside of a class.
        names = ("__libc_malloc_impl", "__libc_free", "__libc_realloc")
        self.malloc, self.free, self.realloc = (getattr(lib, name) for name in names)
        self.aligned, self.usable = lib.aligned_alloc, lib.malloc_usable_size
        for function in (self.malloc, self.realloc, self.aligned):
            function.restype = ctypes.c_void_p
        self.usable.restype = ctypes.c_size_t
        self.malloc.argtypes = (ctypes.c_size_t,)
        self.free.argtypes = self.usable.argtypes = (ctypes.c_void_p,)
        self.realloc.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
        self.aligned.argtypes = (ctypes.c_size_t, ctypes.c_size_t)
        self.held = ctypes.c_size_t.in_dll(lib, "pages_held")
        self.floor = ctypes.c_size_t.in_dll(lib, "__pymirage_malloc_floor")
        self.limit = ctypes.c_size_t.in_dll(lib, "pages_limit")


@pytest.fixture
def heap(tmp_path: Path) -> Heap:
    return Heap(tmp_path)


def some_size(choose: random.Random) -> int:
    largest = choose.choice((40, 600, 5000, 70_000, 300_000))
    return choose.randrange(largest)


@pytest.mark.parametrize("seed", range(20))
def test_against_model(heap: Heap, seed: int) -> None:
    choose = random.Random(seed)
    blocks: dict[int, bytes] = {}

    def fill(address: int, size: int) -> None:
        assert address % 16 == 0 and heap.usable(address) >= size
        content = choose.randbytes(1) * heap.usable(address)
        ctypes.memmove(address, content, len(content))
        blocks[address] = content

    def check(address: int, content: bytes) -> None:
        assert ctypes.string_at(address, len(content)) == content

    for _ in range(2000):
        action = choose.random()
        if action < 0.45 or not blocks:
            size = some_size(choose)
            fill(heap.malloc(size), size)
        elif action < 0.5:
            size, alignment = some_size(choose), 2 ** choose.randrange(4, 13)
            address = heap.aligned(alignment, size)
            assert address % alignment == 0
            fill(address, size)
        else:
            address = choose.choice(list(blocks))
            content = blocks.pop(address)
            check(address, content)
            if action < 0.65:
                size = some_size(choose)
                moved = heap.realloc(address, size)
                check(moved, content[:size])
                fill(moved, size)
            else:
                heap.free(address)
    for address, content in blocks.items():
        check(address, content)
        heap.free(address)
    assert heap.held.value <= REGION, "all but one region went back"


def test_a_loop_asks_for_no_pages(heap: Heap) -> None:
    address = heap.malloc(1500)
    before = heap.held.value
    for _ in range(1000):
        other = heap.malloc(1500)
        heap.free(other)
        assert heap.held.value == before
    heap.free(address)


def test_no_memory_is_null_and_the_rest_stays(heap: Heap) -> None:
    heap.limit.value = 1 << 20
    blocks: list[int] = []
    while (address := heap.malloc(1000)) is not None:
        ctypes.memset(address, len(blocks) & 0xFF, 1000)
        blocks.append(address)
    assert len(blocks) > 1000, "a heap of a megabyte holds a thousand blocks of a thousand octets"
    assert heap.malloc(1 << 21) is None
    assert heap.malloc(2**63 - 1) is None
    assert heap.realloc(blocks[5], 2000) is None
    for number, address in enumerate(blocks):
        assert ctypes.string_at(address, 1000) == bytes([number & 0xFF]) * 1000
        heap.free(address)
    assert heap.malloc(1000) is not None


def test_nothing_and_odd_alignment(heap: Heap) -> None:
    heap.free(None)
    assert heap.usable(None) == 0
    assert heap.realloc(None, 10) is not None
    assert heap.aligned(24, 10) is None
    assert heap.aligned(64, 2**64 - 100) is None


def test_what_the_image_brought_along_is_nobodys_to_free(heap: Heap) -> None:
    """Blocks without heads, packed side by side (runtime/libc/packing.h)."""
    packed = ctypes.create_string_buffer(bytes(range(1, 201)), 200)
    address = ctypes.addressof(packed)
    heap.floor.value = address + 200
    before = heap.held.value
    heap.free(address + 8)
    heap.free(None)
    assert heap.held.value == before and packed.raw == bytes(range(1, 201))
    for size in (0, 1, 40, 100, 200, 5000, 100_000):
        copy = heap.realloc(address + 104, size)
        assert ctypes.string_at(copy, min(size, 96)) == bytes(range(105, 201))[:size]
    assert packed.raw == bytes(range(1, 201))


@pytest.mark.parametrize("size", (100, 520, 600, 1100, 5000, 20_000, 65_000))
def test_a_hole_is_filled_by_what_left_it(heap: Heap, size: int) -> None:
    """A server replaces one object among many that stay, for months."""
    blocks = [heap.malloc(size) for _ in range(400)]
    before = heap.held.value
    for _ in range(3):
        for number in range(0, 400, 2):
            heap.free(blocks[number])
        for number in range(0, 400, 2):
            blocks[number] = heap.malloc(size)
    assert heap.held.value == before


TWICE = {
    "alone": "a = heap.malloc({size}); b = heap.malloc({size}); heap.free(a); heap.free(a)",
    "joined to the one in front": "a = heap.malloc({size}); b = heap.malloc({size}); c = heap.malloc({size})"
    "; heap.free(a); heap.free(b); heap.free(b)",
    "joined to the one behind": "a = heap.malloc({size}); b = heap.malloc({size}); c = heap.malloc({size})"
    "; heap.free(b); heap.free(a); heap.free(b)",
}


@pytest.mark.parametrize("how", TWICE)
def test_freed_twice_ends_the_program(tmp_path: Path, how: str) -> None:
    text = f"""
from pathlib import Path
from tests.runtime.test_libc_malloc import Heap
heap = Heap(Path({str(tmp_path)!r}))
{TWICE[how].format(size=100)}
"""
    done = subprocess.run([sys.executable, "-c", text], check=False)
    assert done.returncode == -signal.SIGILL


def test_large_freed_twice_ends_the_program(tmp_path: Path) -> None:
    """Pages that were freed can still be read in an image; here they are only counted."""
    text = f"""
from pathlib import Path
from tests.runtime import test_libc_malloc
test_libc_malloc.PAGES = test_libc_malloc.PAGES.replace("return munmap(at, length)", "return 0")
heap = test_libc_malloc.Heap(Path({str(tmp_path)!r}))
a = heap.malloc(100_000)
heap.free(a)
heap.free(a)
"""
    done = subprocess.run([sys.executable, "-c", text], check=False)
    assert done.returncode == -signal.SIGILL


INSTEAD = """
#include "musl/src/malloc/pymirage/inside.h"
size_t asked;
static void *allocate(size_t size) { asked++; return __pymirage_malloc(size); }
static void *resize(void *memory, size_t size) { asked++; return __pymirage_realloc(memory, size); }
static void release(void *memory) { asked++; __pymirage_free(memory); }
static const struct __pymirage_malloc_instead other = {allocate, resize, release};
void begin(void) { __pymirage_malloc_instead = &other; }
void end(void) { __pymirage_malloc_instead = NULL; }
"""


def test_another_in_its_place(tmp_path: Path) -> None:
    """Is asked once for each request, however many blocks are cut, merged and moved for it."""
    heap = Heap(tmp_path, INSTEAD)
    asked = ctypes.c_size_t.in_dll(heap.lib, "asked")
    heap.lib.begin()
    first, second = heap.malloc(100), heap.malloc(1000)
    heap.free(first)
    moved = heap.realloc(second, 100_000)
    moved = heap.realloc(moved, 50)
    heap.free(moved)
    assert asked.value == 6
    heap.lib.end()
    heap.free(heap.malloc(100))
    assert asked.value == 6
