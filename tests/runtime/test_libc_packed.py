"""Allocators while an image is initialised: blocks keep their content, and what asks another counts once."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from tests.runtime.host_library import library

# Places for requests of 48 octets, in a region; and malloc(), which is never packed here.
PACKING = """
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "musl/src/malloc/pymirage/inside.h"
#include "packed.h"

static char region[4096];
static size_t used, sizes[4096];
static void *blocks[4096];
size_t count, taken, calls;

void *packing_take(size_t size, size_t alignment)
{
    taken++;
    sizes[count] = size;
    used = (used + alignment - 1) & -alignment;
    return size == 48 ? region + (used += 48) - 48 : NULL;
}

void packing_note(const void *memory) { blocks[count++] = (void *)memory; }

ptrdiff_t packing_drop(const void *memory)
{
    for (size_t i = count; i-- > 0;)
        if (blocks[i] == memory) {
            blocks[i] = NULL;
            return (ptrdiff_t)sizes[i];
        }
    return -1;
}

bool packing_is_packed(const void *memory)
{
    return (char *)memory >= region && (char *)memory < region + sizeof region;
}

const struct __pymirage_malloc_instead *__pymirage_malloc_instead;
void *__pymirage_malloc(size_t size) { calls++; return malloc(size); }
void *__pymirage_realloc(void *memory, size_t size) { calls++; return realloc(memory, size); }
void __pymirage_free(void *memory) { calls++; free(memory); }

/* An allocator that asks malloc() for what is large. */
static void *allocate(void *context, size_t count, size_t size)
{
    (void)context;
    return __pymirage_malloc_instead->allocate(count * size);
}
static void *resize(void *context, void *memory, size_t size)
{
    (void)context;
    return __pymirage_malloc_instead->resize(memory, size);
}
static void release(void *context, void *memory)
{
    (void)context;
    __pymirage_malloc_instead->release(memory);
}
const struct packed asking = {8, NULL, allocate, resize, release};
"""


@pytest.fixture
def lib(tmp_path: Path) -> ctypes.CDLL:
    loaded = library(tmp_path, ["packed.c"], source=PACKING)
    loaded.packed_allocate.restype = loaded.packed_resize.restype = ctypes.c_void_p
    loaded.packed_allocate.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
    loaded.packed_resize.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
    loaded.packed_release.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    loaded.packing_is_packed.restype = ctypes.c_bool
    loaded.packing_is_packed.argtypes = (ctypes.c_void_p,)
    loaded.packed_malloc_begin()
    return loaded


def number(lib: ctypes.CDLL, name: str) -> int:
    value: int = ctypes.c_size_t.in_dll(lib, name).value
    return value


def test_what_asks_another_counts_once(lib: ctypes.CDLL) -> None:
    asking = ctypes.byref(ctypes.c_char.in_dll(lib, "asking"))
    block = lib.packed_allocate(asking, 10, 100)
    assert ctypes.string_at(block, 1000) == bytes(1000)
    ctypes.memset(block, 1, 1000)
    longer = lib.packed_resize(asking, block, 2000)
    assert ctypes.string_at(longer, 2000) == b"\1" * 1000 + bytes(1000)
    lib.packed_release(asking, longer)
    assert number(lib, "taken") == number(lib, "count") == 2, "one allocation, one change of its size"


def test_packed_blocks_go_by_becoming_zero(lib: ctypes.CDLL) -> None:
    asking = ctypes.byref(ctypes.c_char.in_dll(lib, "asking"))
    block = lib.packed_allocate(asking, 1, 48)
    assert lib.packing_is_packed(block)
    ctypes.memset(block, 1, 48)
    shorter = lib.packed_resize(asking, block, 20)
    assert ctypes.string_at(shorter, 20) == b"\1" * 20 and not lib.packing_is_packed(shorter)
    assert ctypes.string_at(block, 48) == bytes(48)
    before = number(lib, "calls")
    again = lib.packed_allocate(asking, 1, 48)
    ctypes.memset(again, 1, 48)
    lib.packed_release(asking, again)
    assert ctypes.string_at(again, 48) == bytes(48) and number(lib, "calls") == before
    lib.packed_release(asking, None)


def test_no_product_overflows(lib: ctypes.CDLL) -> None:
    """Who is asked refuses; nothing is taken."""
    lib.packed_malloc_end()
    taken = number(lib, "taken")
    allocation = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
    refusing = allocation(lambda *_: None)
    usual = (ctypes.c_void_p * 5)(8, None, ctypes.cast(refusing, ctypes.c_void_p), None, None)
    assert lib.packed_allocate(usual, 1 << 40, 1 << 40) is None
    assert number(lib, "taken") == taken
