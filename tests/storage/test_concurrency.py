"""Tasks that use one store at the same time, on a disk that lets others run in every operation."""

from __future__ import annotations

import asyncio

import pytest

from pymirage.device import Block, BlockInfo, KeyValue
from pymirage.driver.memory.block import RamBlock
from pymirage.storage import disk
from tests.storage.date import wall_clock


class YieldingBlock(Block):
    def __init__(self, sectors: int) -> None:
        self._disk = RamBlock(sectors)

    def info(self) -> BlockInfo:
        return self._disk.info()

    async def read(self, sector: int, count: int) -> bytes:
        await asyncio.sleep(0)
        return await self._disk.read(sector, count)

    async def write(self, sector: int, data: bytes) -> None:
        await asyncio.sleep(0)
        await self._disk.write(sector, data)
        await asyncio.sleep(0)

    async def flush(self) -> None:
        await asyncio.sleep(0)

    async def discard(self, sector: int, count: int) -> None:
        await self._disk.discard(sector, count)

    async def close(self) -> None:
        await self._disk.close()


async def worker(store: KeyValue, number: int) -> None:
    for round in range(8):
        await store.set(f"shared/{number}", b"%d" % round * 300 * number)
        await store.set("contended", b"%d" % number)
        assert await store.get(f"shared/{number}") == b"%d" % round * 300 * number
        await store.set_partial(f"shared/{number}", 5, b"middle")
        await store.rename(f"shared/{number}", f"moved/{number}")
        await store.list("moved")
        await store.rename(f"moved/{number}", f"shared/{number}")
        if round % 3 == number % 3:
            await store.remove(f"shared/{number}")


@pytest.mark.parametrize("kind", sorted(disk.FORMATS))
def test_tasks_wait_for_each_other(kind: str) -> None:
    async def work() -> None:
        block = YieldingBlock(4000)
        await disk.create(block, kind)
        store = await disk.connect(block, wall_clock())
        await asyncio.gather(*(worker(store, number) for number in range(8)))
        assert await store.get("contended") in [b"%d" % number for number in range(8)]
        assert await disk.FORMATS[kind].check(block) == []
        again = await disk.connect(block, wall_clock())
        assert await again.list("shared") == await store.list("shared")

    asyncio.run(work())


@pytest.mark.parametrize("kind", sorted(disk.FORMATS))
def test_cancelled_tasks_leave_the_store_usable(kind: str) -> None:
    async def work() -> None:
        block = YieldingBlock(4000)
        await disk.create(block, kind)
        store = await disk.connect(block, wall_clock())
        await store.set("dir/key", b"before")
        for patience in range(60):
            task = asyncio.create_task(store.set("dir/key", b"%d" % patience * 1000))
            for _ in range(patience):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            value = await store.get("dir/key")
            assert value == b"before" or value in [b"%d" % number * 1000 for number in range(60)]
            await store.set(f"other/{patience}", b"x" * 600)
            again = await disk.connect(block, wall_clock())
            assert await again.get("dir/key") == await store.get("dir/key")
            assert len(await again.list("other")) == patience + 1

    asyncio.run(work())
