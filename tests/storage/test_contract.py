"""Every store, disk and combinator keeps the contract of its device."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.device import Block, KeyValueReader
from pymirage.device.error import ReadOnly
from pymirage.driver.memory.block import RamBlock
from pymirage.driver.memory.key_value import MemoryKeyValue
from pymirage.storage.block import Cache, Part, ReadOnlyBlock
from pymirage.storage.combine import Overlay, PrefixReader
from tests.chance import examples
from tests.contract import block, key_value, key_value_reader
from tests.contract.fixture import Check, each
from tests.storage import stores
from tests.storage.model import Operation, agree, called, operations, outcome, snapshot
from tests.storage.straight import run

DISKS: dict[str, Callable[[], Block]] = {
    "part": lambda: Part(RamBlock(200), 50, 100),
    "cache": lambda: Cache(RamBlock(128), 32 * 512),
    "small cache": lambda: Cache(RamBlock(128), 5 * 512),
}


async def lower(content: dict[str, bytes]) -> KeyValueReader:
    """Half of it in the store above, half below."""
    keys = sorted(content)
    above, below = keys[::2], keys[1::2]
    return Overlay(
        MemoryKeyValue({key: content[key] for key in above}),
        MemoryKeyValue({key: content[key] for key in below}),
    )


async def below_prefix(content: dict[str, bytes]) -> KeyValueReader:
    return PrefixReader(MemoryKeyValue({f"x/y/{key}": value for key, value in content.items()}), "x/y")


READERS: dict[str, Callable[[dict[str, bytes]], Awaitable[KeyValueReader]]] = {
    "tar, read only": stores.tar_reader,
    "overlay of two": lower,
    "prefix, read only": below_prefix,
}


@pytest.mark.parametrize("name", stores.STORES)
@each(*key_value.CHECKS)
def test_key_value(check: Check, name: str) -> None:
    asyncio.run(check(stores.STORES[name]))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", stores.STORES)
@each(*key_value_reader.CHECKS)
def test_key_value_reader(check: Check, name: str) -> None:
    make = stores.STORES[name]
    asyncio.run(check(lambda: stores.filled(make, key_value_reader.CONTENT)))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", READERS)
@each(*key_value_reader.CHECKS)
def test_readers(check: Check, name: str) -> None:
    asyncio.run(check(lambda: READERS[name](key_value_reader.CONTENT)))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", DISKS)
@each(*block.CHECKS)
def test_block(check: Check, name: str) -> None:
    async def made() -> Block:
        return DISKS[name]()

    asyncio.run(check(made))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["overlay", "overlay that hides", "prefix", "cache"])
@examples(30)
@given(sequence=operations())
def test_combinators_against_the_model(name: str, sequence: list[Operation]) -> None:
    store = run(stores.STORES[name]())
    agree(store, sequence, lambda: store, atomic=name == "cache")


@pytest.mark.parametrize("name", stores.STORES)
@pytest.mark.parametrize("seed", range(3))
def test_a_long_life(name: str, seed: int) -> None:
    """Directories grow over many blocks and shrink again; after each stretch all is as it should be."""
    chance = random.Random(seed)
    store, model = run(stores.STORES[name]()), MemoryKeyValue()
    keys = [f"d{number % 5}/{'e/' * (number % 3)}a name with number {number}" for number in range(150)]
    directories = [f"d{number}" for number in range(5)]
    for stretch in range(6):
        # First more comes than goes, then the reverse.
        for _ in range(120):
            key = chance.choice(keys)
            kind = chance.random()
            words: tuple[object, ...]
            if kind < (0.85 if stretch < 3 else 0.2):
                words = ("set", key, bytes(chance.choice([0, 3, 60, 300, 3000])))
            elif kind < 0.9:
                words = ("remove", key)
            elif kind < 0.98:
                words = ("rename", key, chance.choice(keys))
            else:
                words = ("remove", chance.choice(directories))
            assert outcome(store, called(*words)) == outcome(model, called(*words)), words
        assert snapshot(store) == snapshot(model)


def test_read_only_disk() -> None:
    disk = ReadOnlyBlock(RamBlock.holding(b"x" * 1024))
    assert disk.info().read_only
    assert run(disk.read(1, 1)) == b"x" * 512
    with pytest.raises(ReadOnly):
        run(disk.write(0, bytes(512)))
    with pytest.raises(ReadOnly):
        run(disk.discard(0, 1))


@examples(50)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 31), st.integers(1, 6), st.binary(max_size=1))))
def test_cache_tells_the_truth(steps: list[tuple[bool, int, int, bytes]]) -> None:
    plain, behind = RamBlock(40), RamBlock(40)
    cached = Cache(behind, 24 * 512)
    for writes, sector, count, fill in steps:
        if writes:
            for disk in (plain, cached):
                run(disk.write(sector, (fill or b"y") * 512 * count))
        assert run(cached.read(sector, count)) == run(plain.read(sector, count))
    assert run(behind.read(0, 40)) == run(plain.read(0, 40))
