"""A store in memory that is full, and its dates."""

import asyncio

import pytest

from pymirage.device.error import NoSpace
from pymirage.driver.memory.clock import MockClock, MockWallClock
from pymirage.driver.memory.key_value import MemoryKeyValue


def test_a_full_store_keeps_what_it_has() -> None:
    async def main() -> None:
        store = MemoryKeyValue(capacity=100)
        await store.set("a", bytes(60))
        with pytest.raises(NoSpace):
            await store.set("b", bytes(41))
        with pytest.raises(NoSpace):
            await store.set("a", bytes(101))
        with pytest.raises(NoSpace):
            await store.set_partial("a", 100, b"x")
        with pytest.raises(NoSpace):
            await store.allocate("c", 41)
        assert await store.size("a") == 60
        assert await store.exists("b") is None

    asyncio.run(main())


def test_room_comes_back() -> None:
    async def main() -> None:
        store = MemoryKeyValue({"dir/a": bytes(40), "dir/b": bytes(40), "c": bytes(20)}, capacity=100)
        await store.set("c", b"")
        await store.set("d", bytes(20))
        await store.rename("d", "dir/a")
        await store.set("e", bytes(40))
        await store.remove("dir")
        await store.set("f", bytes(60))
        with pytest.raises(NoSpace):
            await store.set("g", b"x")

    asyncio.run(main())


def test_dates_come_from_the_clock() -> None:
    async def main() -> None:
        clock = MockClock()
        store = MemoryKeyValue(clock=MockWallClock(clock, date=1000))
        await store.set("dir/a", b"1")
        clock.advance(10)
        await store.set("dir/a", b"2")
        assert await store.last_modified("dir/a") == 1010
        clock.advance(10)
        await store.remove("dir/a")
        assert await store.last_modified("dir") == 1020

    asyncio.run(main())
