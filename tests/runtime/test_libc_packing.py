"""What lives to the end lies densely, and is what was allocated, however unlike the two times are."""

from __future__ import annotations

import ctypes
import random
import shutil
import uuid
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.runtime.host_library import library

PAGE = 4096
MEBIBYTE = 1 << 20
HEAP = 16 * MEBIBYTE

STUBS = f"""
#include <stdlib.h>
#include "initialise_abi.h"
#include "shim.h"
#include "stage.h"
__attribute__((aligned(4096))) char __image_end[{HEAP}];
uintptr_t __pymirage_malloc_floor = 1;
struct initialise_plan *plan;
void message(const char *text) {{ (void)text; }}
void stage_exit(int status) {{ exit(status); }}
bool stage_is_initialise(void) {{ return true; }}
void *stage_scratch(size_t size) {{ return calloc(1, size); }}
struct initialise_plan *stage_plan(void) {{ return plan; }}
"""


class Account(ctypes.Structure):
    _fields_ = (("size", ctypes.c_size_t), ("in_vain", ctypes.c_size_t), ("elsewhere", ctypes.c_size_t))


@dataclass(frozen=True, slots=True)
class Event:
    """An allocation of (size), which (ends) so many allocations later, or never."""

    size: int
    alignment: int
    ends: int | None


class Time:
    """One of the two: runs events against the packing, with an allocator of its own for what has no place.

    Each has a copy of the library, so that it begins from nothing but the plan.
    """

    def __init__(self, compiled: Path, plan: ctypes.Array[ctypes.c_char], directory: Path) -> None:
        self.lib = ctypes.CDLL(str(shutil.copy(compiled, directory / f"{uuid.uuid4()}.so")))
        ctypes.c_void_p.in_dll(self.lib, "plan").value = ctypes.addressof(plan)
        self.lib.packing_take.restype = ctypes.c_void_p
        self.lib.packing_take.argtypes = (ctypes.c_size_t, ctypes.c_size_t)
        self.lib.packing_drop.restype = ctypes.c_ssize_t
        self.lib.packing_is_packed.restype = ctypes.c_bool
        for name in ("packing_note", "packing_drop", "packing_is_packed", "packing_watch"):
            getattr(self.lib, name).argtypes = (ctypes.c_void_p,)
        self.lib.packing_conclude.restype = Account
        self.lib.pages_allocate.restype = ctypes.c_void_p
        start = ctypes.addressof(ctypes.c_char.in_dll(self.lib, "__image_end"))
        self.lib.pages_initialise(ctypes.c_void_p(start), ctypes.c_size_t(HEAP))
        self.lib.packing_begin()
        self.alive: dict[int, bytes] = {}
        self.elsewhere = self.lib.pages_allocate(ctypes.c_size_t(8 * MEBIBYTE // PAGE), True)

    def allocate(self, event: Event, content: bytes) -> int:
        address: int = self.lib.packing_take(event.size, event.alignment) or self.usual(event.size)
        self.lib.packing_note(address)
        assert address % event.alignment == 0
        assert ctypes.string_at(address, event.size) == bytes(event.size), "zeroed"
        ctypes.memmove(address, content, event.size)
        self.alive[address] = content
        return address

    def usual(self, size: int) -> int:
        address: int = self.elsewhere
        self.elsewhere += (size // 16 + 1) * 16
        return address

    def free(self, address: int) -> None:
        content = self.alive.pop(address)
        assert ctypes.string_at(address, len(content)) == content, "nobody else wrote there"
        assert self.lib.packing_drop(address) == len(content)
        ctypes.memset(address, 0, len(content))

    def run(self, events: Sequence[Event], written: Container[int] = ()) -> Account:
        """A start then writes to those that were `written` as the last octet of their blocks."""
        ends: dict[int, list[int]] = {}
        last: list[int] = []
        for at, event in enumerate(events):
            address = self.allocate(event, (at % 255 + 1).to_bytes(1) * event.size)
            if event.ends is not None:
                ends.setdefault(at + event.ends, []).append(address)
            elif at in written and event.size:
                last.append(address + event.size - 1)
            for dead in ends.pop(at, ()):
                self.free(dead)
        for dead in (address for addresses in ends.values() for address in addresses):
            self.free(dead)
        account: Account = self.lib.packing_conclude()
        for address, content in self.alive.items():
            assert ctypes.string_at(address, len(content)) == content
        self.lib.packing_watch(self.elsewhere)
        for address in last:
            ctypes.memset(address, 0, 1)
        self.lib.packing_settle()
        return account


Begin = Callable[[], Time]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("packing")
    library(directory, ["packing.c", "pages.c"], source=STUBS)
    return directory / "library.so"


@pytest.fixture
def begin(compiled: Path, tmp_path: Path) -> Begin:
    plan = ctypes.create_string_buffer(MEBIBYTE)
    return lambda: Time(compiled, plan, tmp_path)


def some_events(choose: random.Random, count: int) -> list[Event]:
    def event() -> Event:
        size = choose.randrange(choose.choice((9, 64, 64, 64, 600, 5000)))
        alignment = choose.choice((8, 8, 8, 16))
        return Event(size, alignment, choose.choice((None, choose.randrange(200))))

    return [event() for _ in range(count)]


def room(events: Sequence[Event]) -> int:
    """What those that live to the end need."""
    return sum(event.size for event in events if event.ends is None)


@pytest.mark.parametrize("seed", range(6))
def test_alike(begin: Begin, seed: int) -> None:
    events = some_events(random.Random(seed), 1000)
    first = begin()
    assert first.run(events, range(0, 1000, 7)).size == 0, "the first time packs nothing"
    second = begin()
    account = second.run(events)
    assert (account.in_vain, account.elsewhere) == (0, 0)
    assert all(second.lib.packing_is_packed(address) for address in second.alive)
    survivors = sum(event.ends is None for event in events)
    assert room(events) <= account.size <= room(events) + 8 * survivors + PAGE


def unlike(events: Sequence[Event], choose: random.Random) -> list[Event]:
    """Some came in another order, some not at all, some for the first time, some end at another time."""
    changed = list(events)
    for _ in range(12):
        at = choose.randrange(len(changed) - 20)
        match choose.randrange(4):
            case 0:
                changed[at : at + 20] = choose.sample(changed[at : at + 20], 20)
            case 1:
                del changed[at : at + choose.randrange(1, 20)]
            case 2:
                changed[at:at] = some_events(choose, choose.randrange(1, 20))
            case _:
                event = changed[at]
                changed[at] = Event(event.size, event.alignment, None if event.ends is not None else 3)
    return changed


@pytest.mark.parametrize("seed", range(12))
def test_unlike(begin: Begin, seed: int) -> None:
    """Costs room, and little of it."""
    choose = random.Random(seed)
    events = some_events(choose, 4000)
    changed = unlike(events, choose)
    begin().run(events)
    second = begin()
    account = second.run(changed)
    places = account.size - account.in_vain
    assert places + account.elsewhere >= room(changed)
    assert account.elsewhere + account.in_vain < room(changed) // 3


def test_unlike_altogether(begin: Begin) -> None:
    begin().run(some_events(random.Random(1), 3000))
    changed = some_events(random.Random(2), 3000)
    account = begin().run(changed)
    assert account.size + account.elsewhere >= room(changed)


def test_what_a_start_writes_to_lies_together(begin: Begin) -> None:
    events = [Event(40, 8, None) for _ in range(1000)]
    begin().run(events, written=range(3, 1000, 10))
    second = begin()
    second.run(events)
    written = [address for at, address in enumerate(second.alive) if at % 10 == 3]
    assert written == list(range(written[0], written[0] + 100 * 40, 40))
