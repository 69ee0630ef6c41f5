"""The encrypted disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, final

from pymirage.device.block import Block, BlockInfo
from pymirage.device.error import Closed, OutOfRange, ReadOnly
from pymirage.error import UsageError
from pymirage.security.crypto import provider
from pymirage.security.crypto.error import InvalidTag
from pymirage.storage.encrypted import header
from pymirage.storage.encrypted.layout import HEADERS, NEVER, NONCE, Layout, put, seals
from pymirage.storage.error import StorageError, WrongFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymirage.device.secret import Secret
    from pymirage.security.crypto.aead import Aead

GROUPS = 256
"""Whose labels are kept in memory: 150 KiB with sectors of 512 octets."""


async def connect(block: Block, secret: Secret, *, create: bool = False) -> Encrypted:
    """Opens the disk; with `create` makes a blank one (all zeros) an encrypted one first.

    Raises WrongKey for another disk's key, WrongFormat for a disk that is not encrypted, or blank.
    """
    info = block.info()
    raw = await block.read(0, HEADERS)
    copies = [raw[: info.sector_size], raw[info.sector_size :]]
    with secret.revealed() as octets:
        found = header.read(octets, copies)
        if found is None:
            if not create:
                raise WrongFormat("the disk is blank: create=True makes it an encrypted one")
            found, content = header.make(octets, info.sector_size, info.sectors)
            await block.write(0, content * HEADERS)
            await block.flush()
    if found.sector_size != info.sector_size or found.sectors > info.sectors:
        raise WrongFormat(
            f"the encrypted disk has {found.sectors} sectors of {found.sector_size} bytes,"
            f" this one {info.sectors} of {info.sector_size}"
        )
    layout = Layout(found.sector_size, found.sectors)
    return Encrypted(block, layout, provider.aead("aes-ccm", found.key))


@final
class Group:
    """The labels of a group, and which of a sector's two seals is that of its content."""

    __slots__ = ("current", "labels")

    def __init__(self, labels: bytearray, current: bytearray) -> None:
        self.labels = labels
        self.current = current


@final
class Encrypted(Block):
    """Sectors are as large and as safe as those beneath: after a crash each is old or new.

    The order of a write that leaves it so: data of sectors that were never written, barrier, labels, barrier,
    data of the others. Barriers that nothing needs are left out: the first is for those new sectors, and for
    sectors whose last content has passed no barrier yet, because their label now forgets the one before.
    """

    def __init__(self, block: Block, layout: Layout, aead: Aead) -> None:
        self._block = block
        self._layout = layout
        self._aead = aead
        read_only = block.info().read_only
        self._info = BlockInfo(sector_size=layout.size, sectors=layout.sectors, read_only=read_only)
        self._groups: dict[int, Group] = {}
        # Sectors written over since the last barrier.
        self._unsettled: set[int] = set()
        self._turn = asyncio.Lock()
        self._open = True

    def info(self) -> BlockInfo:
        return self._info

    async def read(self, sector: int, count: int) -> bytes:
        self._check(sector, count)
        if not count:
            return b""
        async with self._turn:
            return b"".join(self._opened(sector, await self._span(sector, count), count))

    async def write(self, sector: int, data: bytes) -> None:
        size = self._layout.size
        count, rest = divmod(len(data), size)
        self._check_writable()
        if rest:
            raise UsageError(f"{len(data)} bytes are no whole number of sectors")
        self._check(sector, count)
        if not count:
            return
        async with self._turn:
            try:
                await self._write(sector, data, count)
            except BaseException:
                # How far it came is to be read from the disk.
                for group in self._touched(sector, count):
                    self._groups.pop(group, None)
                raise

    async def flush(self) -> None:
        self._check(0, 0)
        async with self._turn:
            await self._barrier()

    async def discard(self, sector: int, count: int) -> None:
        """Does nothing: which sectors hold nothing is not the host's business."""
        self._check_writable()
        self._check(sector, count)

    async def close(self) -> None:
        if self._open:
            self._open = False
            self._groups.clear()
            await self._block.close()

    # -- reading

    async def _span(self, sector: int, count: int) -> bytes:
        """All from the first group's labels to the last sector's data."""
        first = self._layout.labels(sector // self._layout.group)
        return await self._block.read(first, self._layout.data(sector + count - 1) + 1 - first)

    def _opened(self, sector: int, span: bytes, count: int) -> Iterator[bytes]:
        layout, size = self._layout, self._layout.size
        start = layout.labels(sector // layout.group)
        for number in range(sector, sector + count):
            group, at = divmod(number, layout.group)
            labels = (layout.labels(group) - start) * size
            data = (layout.data(number) - start) * size
            both = seals(span[labels : labels + size], at)
            known = self._groups.get(group)
            likely = known.current[at] if known else 0
            yield self._open_sector(number, both, span[data : data + size], likely)[0]

    def _open_sector(
        self, number: int, both: tuple[bytes, bytes], data: bytes, likely: int = 0
    ) -> tuple[bytes, int]:
        """The content, and which seal was its own. Raises StorageError when neither is."""
        if both == (NEVER, NEVER):
            return bytes(len(data)), 1
        associated = number.to_bytes(8, "big")
        for slot in (likely, 1 - likely):
            seal = both[slot]
            if seal != NEVER:
                try:
                    return self._aead.open(seal[:NONCE], data + seal[NONCE:], associated), slot
                except InvalidTag:
                    pass
        raise StorageError(
            f"sector {number} is damaged, or somebody changed it", self._layout.data(number) * len(data)
        )

    # -- writing

    def _touched(self, sector: int, count: int) -> range:
        return range(sector // self._layout.group, (sector + count - 1) // self._layout.group + 1)

    async def _write(self, sector: int, data: bytes, count: int) -> None:
        size = self._layout.size
        groups = {number: await self._group(number) for number in self._touched(sector, count)}
        fresh: dict[int, bytes] = {}
        others: dict[int, bytes] = {}
        nonces = provider.random(NONCE * count)
        for index in range(count):
            number = sector + index
            group, at = divmod(number, self._layout.group)
            mine = groups[group]
            nonce = nonces[index * NONCE : (index + 1) * NONCE]
            content = data[index * size : (index + 1) * size]
            sealed = self._aead.seal(nonce, content, number.to_bytes(8, "big"))
            before = seals(mine.labels, at) == (NEVER, NEVER)
            (fresh if before else others)[number] = sealed[:size]
            mine.current[at] ^= 1
            put(mine.labels, at, mine.current[at], nonce + sealed[size:])
        if fresh:
            await self._write_data(fresh)
        if fresh or not self._unsettled.isdisjoint(others):
            await self._barrier()
        for number, mine in groups.items():
            await self._block.write(self._layout.labels(number), bytes(mine.labels))
        if others:
            await self._barrier()
            self._unsettled.update(others)
            await self._write_data(others)
        while len(self._groups) > GROUPS:
            del self._groups[next(iter(self._groups))]

    async def _barrier(self) -> None:
        await self._block.flush()
        self._unsettled.clear()

    async def _write_data(self, sectors: dict[int, bytes]) -> None:
        """Neighbours in one go."""
        run: list[bytes] = []
        first = 0
        for number, data in sorted((self._layout.data(each), data) for each, data in sectors.items()):
            if run and number != first + len(run):
                await self._block.write(first, b"".join(run))
                run = []
            if not run:
                first = number
            run.append(data)
        await self._block.write(first, b"".join(run))

    async def _group(self, number: int) -> Group:
        """Its labels; the first time its sectors are read, to learn which seals are theirs."""
        found = self._groups.pop(number, None)
        if found is None:
            layout, size = self._layout, self._layout.size
            raw = await self._block.read(layout.labels(number), 1 + layout.members(number))
            labels, current = bytearray(raw[:size]), bytearray(layout.group)
            for at in range(layout.members(number)):
                data = raw[(1 + at) * size : (2 + at) * size]
                current[at] = self._slot(number * layout.group + at, seals(labels, at), data)
            found = Group(labels, current)
        # Last used, last forgotten.
        self._groups[number] = found
        return found

    def _slot(self, number: int, both: tuple[bytes, bytes], data: bytes) -> int:
        try:
            return self._open_sector(number, both, data)[1]
        except StorageError:
            # Damaged: there is nothing to preserve, and writing it anew is the remedy.
            return 1

    # -- checks

    def _check(self, sector: int, count: int) -> None:
        if not self._open:
            raise Closed("this encrypted disk was closed")
        if sector < 0 or count < 0 or sector + count > self._info.sectors:
            what = f"sectors {sector} to {sector + count}"
            raise OutOfRange(f"{what} are not all on an encrypted disk of {self._info.sectors} sectors")

    def _check_writable(self) -> None:
        if self._open and self._info.read_only:
            raise ReadOnly("the disk is connected read-only")
