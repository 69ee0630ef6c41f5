"""The encrypted disk: unreadable, unchangeable, and as safe in a crash as the disk beneath."""

from __future__ import annotations

import asyncio
import random

import pytest

from pymirage.device import Block
from pymirage.device.error import ReadOnly
from pymirage.driver.memory.block import RamBlock
from pymirage.error import UsageError
from pymirage.security.crypto import provider
from pymirage.storage.block import ReadOnlyBlock
from pymirage.storage.encrypted import Encrypted, WrongKey, connect
from pymirage.storage.encrypted.layout import HEADERS, NONCE, Layout, seals
from pymirage.storage.error import StorageError, WrongFormat
from pymirage.storage.secret import Held
from tests.contract import block
from tests.contract.fixture import Check, each
from tests.storage.crash import RecordingBlock

KEY = b"an application's disk, 32 octets"


async def opened(disk: Block, key: bytes = KEY, *, create: bool = False) -> Encrypted:
    return await connect(disk, Held(bytearray(key)), create=create)


async def fresh(sectors: int = 200, size: int = 512) -> tuple[RamBlock, Encrypted]:
    disk = RamBlock(sectors, sector_size=size)
    return disk, await opened(disk, create=True)


@pytest.mark.parametrize("size", (512, 4096))
@each(*block.CHECKS)
def test_contract(check: Check, size: int) -> None:
    async def make() -> Block:
        return (await fresh(size=size))[1]

    asyncio.run(check(make))  # type: ignore[arg-type]


@pytest.mark.parametrize("size, group", ((512, 8), (4096, 64)))
def test_layout_uses_every_sector_once(size: int, group: int) -> None:
    for count in (2, 3, 4, 12, 11 + group, 100, 1000):
        layout = Layout(size, count)
        used = [layout.data(sector) for sector in range(layout.sectors)]
        groups = range(-(-layout.sectors // group))
        used += [layout.labels(number) for number in groups]
        assert layout.group == group and sum(map(layout.members, groups)) == layout.sectors
        assert len(set(used)) == len(used) and all(HEADERS <= place < count for place in used)
        assert count - HEADERS - len(used) <= 1


async def content(disk: Block) -> bytearray:
    return bytearray(await disk.read(0, disk.info().sectors))


def test_nothing_readable_is_on_the_disk() -> None:
    async def scenario() -> None:
        disk, encrypted = await fresh()
        await encrypted.write(3, b"x" * 1024)
        first = await content(disk)
        # As long as nobody's random octets are by chance.
        assert b"x" * 16 not in first and KEY not in first
        await encrypted.write(3, b"x" * 1024)
        layout = Layout(512, 200)
        place = layout.data(3) * 512
        assert (await content(disk))[place : place + 512] != first[place : place + 512], "nonces are new"

    asyncio.run(scenario())


def test_another_key_is_told_at_once() -> None:
    async def scenario() -> None:
        disk, _ = await fresh()
        with pytest.raises(WrongKey, match="encrypted with another key"):
            await opened(disk, b"some other key, of 32 octets too")
        with pytest.raises(UsageError, match="16 octets or more, not 8"):
            await opened(disk, b"password")
        damaged = await content(disk)
        damaged[:512] = bytes(512)
        again = await opened(RamBlock.holding(bytes(damaged)))
        assert again.info().sectors == 176, "the other copy of the header"

    asyncio.run(scenario())


def test_blank_and_foreign_disks() -> None:
    async def scenario() -> None:
        with pytest.raises(WrongFormat, match="create=True"):
            await opened(RamBlock(100))
        with pytest.raises(WrongFormat, match="no encrypted disk"):
            await opened(RamBlock.holding(b"data" * 12800), create=True)
        disk, _ = await fresh(200)
        cut = (await content(disk))[: 100 * 512]
        with pytest.raises(WrongFormat, match="has 200 sectors of 512 bytes, this one 100"):
            await opened(RamBlock.holding(bytes(cut)))
        with pytest.raises(ReadOnly):
            await (await opened(ReadOnlyBlock(disk))).write(0, bytes(512))

    asyncio.run(scenario())


def test_every_changed_bit_is_noticed() -> None:
    async def scenario() -> None:
        disk, encrypted = await fresh(20)
        await encrypted.write(0, b"secret!!" * 64)
        whole = await content(disk)
        layout = Layout(512, 20)
        nonce_and_tag = range(layout.labels(0) * 512, layout.labels(0) * 512 + NONCE + 16)
        data = range(layout.data(0) * 512, layout.data(0) * 512 + 512, 37)
        for at in (*nonce_and_tag, *data):
            changed = bytearray(whole)
            changed[at] ^= 1
            again = await opened(RamBlock.holding(bytes(changed)))
            with pytest.raises(StorageError, match="sector 0 is damaged, or somebody changed it"):
                await again.read(0, 1)
            await again.write(0, bytes(512))
            assert await again.read(0, 1) == bytes(512), "writing it anew is the remedy"

    asyncio.run(scenario())


def test_sectors_cannot_change_places() -> None:
    async def scenario() -> None:
        disk, encrypted = await fresh(40)
        layout = Layout(512, 40)
        await encrypted.write(0, b"a" * 512)
        await encrypted.write(8, b"b" * 512)
        whole = await content(disk)
        for one, other in ((layout.data(0), layout.data(8)), (layout.labels(0), layout.labels(1))):
            first, second = (bytes(whole[at * 512 : (at + 1) * 512]) for at in (one, other))
            whole[one * 512 : (one + 1) * 512], whole[other * 512 : (other + 1) * 512] = second, first
        with pytest.raises(StorageError):
            await (await opened(RamBlock.holding(bytes(whole)))).read(0, 1)

    asyncio.run(scenario())


def test_no_nonce_twice() -> None:
    async def scenario() -> None:
        disk, encrypted = await fresh(100)
        seen: set[bytes] = set()
        for _ in range(50):
            await encrypted.write(0, bytes(512 * 20))
            raw = await content(disk)
            layout = Layout(512, 100)
            for sector in range(20):
                group, at = divmod(sector, layout.group)
                labels = raw[layout.labels(group) * 512 :][:512]
                seen.update(seal[:NONCE] for seal in seals(labels, at) if any(seal))
        assert len(seen) == 50 * 20

    asyncio.run(scenario())


@pytest.mark.parametrize("seed", range(12))
def test_a_crash_leaves_each_sector_old_or_new(seed: int) -> None:
    """After a crash at any moment every sector has a content that it had since the last flush."""

    async def scenario() -> None:
        chance = random.Random(seed)
        blank, _ = await fresh(40)
        disk = RecordingBlock(bytes(await content(blank)))
        encrypted = await opened(disk)
        sectors = encrypted.info().sectors
        # For each moment: what each sector may hold.
        allowed = [{bytes(512)} for _ in range(sectors)]
        moments = [(0, [set(each) for each in allowed])]
        for step in range(12):
            first = chance.randrange(sectors)
            count = min(chance.choice((1, 1, 2, 9)), sectors - first)
            parts = [bytes((step + 1, at)) * 256 for at in range(count)]
            for at, part in enumerate(parts, first):
                allowed[at].add(part)
            moments.append((len(disk.events), [set(each) for each in allowed]))
            await encrypted.write(first, b"".join(parts))
            for at, part in enumerate(parts, first):
                allowed[at].add(part)
            if chance.random() < 0.4:
                await encrypted.flush()
                now = await encrypted.read(0, sectors)
                allowed = [{now[at * 512 : (at + 1) * 512]} for at in range(sectors)]
        for events, found in disk.crashed(seed, tries=2):
            may = next(may for began, may in reversed(moments) if began < events or not began)
            after = await opened(RamBlock.holding(found))
            for at in range(sectors):
                assert await after.read(at, 1) in may[at], (events, at)

    asyncio.run(scenario())


def test_every_random_octet_is_the_provider_s(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = provider.random

    def random(_: object, size: int) -> bytes:
        sizes.append(size)
        return real(size)

    monkeypatch.setattr(type(provider), "random", random)

    async def scenario() -> None:
        _, encrypted = await fresh()
        await encrypted.write(0, bytes(512 * 3))

    asyncio.run(scenario())
    assert sizes == [32, 3 * NONCE]
