"""The page allocator against a model: a set of page numbers in use."""

from __future__ import annotations

import ctypes
import random
from pathlib import Path

import pytest

from tests.runtime.host_library import library

PAGE = 4096
TOTAL = 512

STUBS = """
#include <stdlib.h>
#include "shim.h"
#include "solo5.h"
#include "stage.h"
bool initialising;
void message(const char *text) { (void)text; }
void stage_exit(int status) { exit(status); }
bool stage_is_initialise(void) { return initialising; }
void *stage_scratch(size_t size) { return calloc(1, size); }
"""


class Use(ctypes.Structure):
    _fields_ = (
        ("total", ctypes.c_size_t),
        ("used", ctypes.c_size_t),
        ("peak", ctypes.c_size_t),
        ("exhausted", ctypes.c_bool),
    )


class Pages:
    """The allocator over memory of this process. Addresses are page numbers."""

    def __init__(self, directory: Path, initialising: bool = False, total: int = TOTAL) -> None:
        self.lib = library(directory, ["pages.c"], source=STUBS)
        ctypes.c_bool.in_dll(self.lib, "initialising").value = initialising
        self.lib.pages_conclude.restype = ctypes.c_void_p
        self.lib.pages_resume.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
        self.lib.pages_allocate.restype = ctypes.c_void_p
        self.lib.pages_allocate.argtypes = (ctypes.c_size_t, ctypes.c_bool)
        self.lib.pages_free.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
        self.lib.pages_extend.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_bool)
        self.lib.pages_extend.restype = ctypes.c_bool
        self.lib.pages_use.restype = Use
        self.memory = ctypes.create_string_buffer((TOTAL + 1) * PAGE)
        self.start = (ctypes.addressof(self.memory) + PAGE - 1) // PAGE * PAGE
        self.lib.pages_initialise(ctypes.c_void_p(self.start), ctypes.c_size_t(total * PAGE))

    def allocate(self, count: int, zeroed: bool = True) -> int | None:
        address = self.lib.pages_allocate(count, zeroed)
        return None if address is None else (address - self.start) // PAGE

    def free(self, page: int, count: int) -> None:
        self.lib.pages_free(self.start + page * PAGE, count)

    def extend(self, page: int, count: int, more: int) -> bool:
        extended: bool = self.lib.pages_extend(self.start + page * PAGE, count, more, True)
        return extended

    def content(self, page: int, count: int) -> bytes:
        return ctypes.string_at(self.start + page * PAGE, count * PAGE)

    def fill(self, page: int, count: int) -> None:
        ctypes.memset(self.start + page * PAGE, 0xAA, count * PAGE)

    def used(self) -> int:
        use: Use = self.lib.pages_use()
        return int(use.used)


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path)


def longest_free(used: set[int]) -> int:
    longest = run = 0
    for page in range(TOTAL):
        run = 0 if page in used else run + 1
        longest = max(longest, run)
    return longest


@pytest.mark.parametrize("seed", range(20))
def test_against_model(pages: Pages, seed: int) -> None:
    choose = random.Random(seed)
    table = pages.used()
    runs: list[tuple[int, int]] = []
    used = set(range(table))

    for _ in range(600):
        action = choose.random()
        if action < 0.5:
            count = choose.choice((1, 1, 2, 3, 5, 16, 64, 200))
            zeroed = choose.random() < 0.7
            page = pages.allocate(count, zeroed)
            if page is None:
                assert longest_free(used) < count, "a run was free"
                continue
            taken = set(range(page, page + count))
            assert not taken & used and max(taken) < TOTAL
            assert not zeroed or not any(pages.content(page, count))
            pages.fill(page, count)
            used |= taken
            runs.append((page, count))
        elif runs and action < 0.6:
            page, count = runs.pop(choose.randrange(len(runs)))
            more = choose.randrange(1, 8)
            behind = set(range(page + count, page + count + more))
            possible = max(behind) < TOTAL and not behind & used
            assert pages.extend(page, count, more) == possible
            if possible:
                assert not any(pages.content(page + count, more))
                assert all(pages.content(page, count)), "what was there is there still"
                pages.fill(page + count, more)
                used |= behind
                count += more
            runs.append((page, count))
        elif runs:
            page, count = runs.pop(choose.randrange(len(runs)))
            part = choose.randrange(1, count + 1)
            pages.free(page, part)
            used -= set(range(page, page + part))
            if part < count:
                runs.append((page + part, count - part))
        assert pages.used() == len(used)

    for page, count in runs:
        pages.free(page, count)
    assert pages.used() == table
    assert pages.allocate(TOTAL - table) == table, "freed runs join again"


def test_exhaustion_is_none_and_leaves_the_rest(pages: Pages) -> None:
    free = TOTAL - pages.used()
    assert pages.allocate(free + 1) is None
    assert pages.allocate(2**40) is None
    assert not pages.lib.pages_use().exhausted, "one wish too large says nothing about the heap"
    first = pages.allocate(free)
    assert first is not None
    assert pages.allocate(1) is None
    assert pages.lib.pages_use().exhausted
    pages.free(first + 10, 1)
    assert pages.allocate(1) == first + 10


def test_freed_memory_is_used_before_untouched(pages: Pages) -> None:
    first, second = pages.allocate(4), pages.allocate(4)
    assert first is not None and second is not None
    pages.free(first, 4)
    assert pages.allocate(3) == first


def test_reserve(pages: Pages) -> None:
    pages.lib.pages_keep_reserve(ctypes.c_size_t(10))
    free = TOTAL - pages.used()
    assert pages.allocate(free) is not None
    assert pages.allocate(1) is None
    pages.lib.pages_release_reserve()
    assert pages.allocate(10) is not None


@pytest.mark.parametrize("seed", range(8))
def test_saved_and_resumed(tmp_path: Path, seed: int) -> None:
    """What an image does: allocates and frees in a memory of one size, and goes on in one of another."""
    choose = random.Random(seed)
    pages = Pages(tmp_path, initialising=True, total=TOTAL // 2)
    kept: dict[int, int] = {}
    for _ in range(40):
        count = choose.choice((1, 2, 3, 8))
        page = pages.allocate(count, zeroed=False)
        assert page is not None
        pages.fill(page, count)
        kept[page] = count
        if choose.random() < 0.5:
            gone = choose.choice(list(kept))
            pages.free(gone, kept.pop(gone))
    end = (pages.lib.pages_conclude() - pages.start) // PAGE
    used = {page + each for page, count in kept.items() for each in range(count)}
    assert end <= TOTAL // 2 and used <= set(range(end))
    # All that was freed reads as zero: it will not be in a file.
    for page in range(1, end):
        assert page in used or pages.content(page, 1).count(0) > PAGE // 2

    ctypes.c_bool.in_dll(pages.lib, "initialising").value = False
    # On some machines others have pages behind the image.
    others = range(end, end + choose.choice((0, 5)))
    pages.fill(others.start, len(others))
    pages.lib.pages_resume(pages.start + others.stop * PAGE, (TOTAL - others.stop) * PAGE)
    taken: set[int] = set()
    while (page := pages.allocate(1)) is not None:
        assert page < TOTAL and page not in used and page not in taken and page not in others
        assert not any(pages.content(page, 1))
        taken.add(page)
    assert len(taken) >= TOTAL - others.stop - 2  # less the new table
    assert all(pages.content(page, 1) == bytes([0xAA]) * PAGE for page in others)
    for page, count in kept.items():
        assert all(pages.content(page, count))
        pages.free(page, count)
    for page in taken:
        pages.free(page, 1)
