"""The file allocation table: one number per cluster, which leads to the next of its chain.

FAT32 specification, "FAT Data Structure". Parts of it are kept in memory, PAGES at most; changes are
written, to every copy, by `write`.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import Final, final

from pymirage.device.error import NoSpace
from pymirage.storage.error import StorageError
from pymirage.storage.fat.geometry import FIRST_CLUSTER, Geometry
from pymirage.storage.span import Span

PAGE_SIZE: Final = 64 * 1024
PAGES: Final = 32

FREE: Final = 0

Run = tuple[int, int]  # first cluster, number of clusters


@final
class Table:
    """`free`: how many clusters are free, once `count` has counted them."""

    def __init__(self, span: Span, geometry: Geometry) -> None:
        self._span = span
        self._geometry = geometry
        # A FAT12 table is smaller than a page; its entries would straddle the border of two.
        self._per_page = PAGE_SIZE // (4 if geometry.bits == 32 else 2)
        self._pages: dict[int, array[int]] = {}
        self._dirty: dict[int, set[int]] = {}
        self._mask = (1 << min(geometry.bits, 28)) - 1
        self.end_mark: Final = self._mask
        self._first_end: Final = self._mask - 7
        self.bad: Final = self._mask - 8
        self.free = 0
        self._next = FIRST_CLUSTER

    async def count(self, hint: int = FIRST_CLUSTER) -> None:
        """Counts the free clusters. hint: where to look for one first."""
        self.free = 0
        for number in range(-(-self._geometry.end_of_clusters // self._per_page)):
            entries = await self._load(number)
            first = number * self._per_page
            entries = entries[: self._geometry.end_of_clusters - first]
            if max(entries, default=0) > self._mask:
                # The upper four bits of a FAT32 entry are reserved, and zero nearly always.
                entries = array("I", [entry & self._mask for entry in entries])
            # Entries 0 and 1 are not clusters.
            self.free += entries.count(FREE) - (entries[:2].count(FREE) if number == 0 else 0)
        self._next = hint if self._geometry.is_cluster(hint) else FIRST_CLUSTER

    async def get(self, cluster: int) -> int:
        number, at = divmod(cluster, self._per_page)
        page = self._pages.get(number)
        if page is None:
            page = await self._page(number)
        return page[at] & self._mask

    async def runs(self, first: int, limit: int | None = None) -> list[Run]:
        """The chain that starts at `first` as runs of neighbours, up to `limit` clusters of it.

        Raises StorageError when it leaves the volume, meets a free or bad cluster, or never ends.
        """
        geometry = self._geometry
        found: list[Run] = []
        left = geometry.clusters if limit is None else limit
        cluster = first
        while left > 0:
            self._check(cluster, first)
            start = cluster
            while True:
                left -= 1
                number, at = divmod(cluster, self._per_page)
                page = await self._page(number)
                # Within the page, neighbours are followed without a look-up for each.
                last = min(at + left, len(page) - 1, geometry.end_of_clusters - 1 - number * self._per_page)
                base = number * self._per_page + 1
                while at < last and page[at] & self._mask == base + at:
                    at += 1
                left -= at + base - 1 - cluster
                cluster = at + base - 1
                following = page[at] & self._mask
                if following != cluster + 1 or left <= 0 or not geometry.is_cluster(following):
                    break
                cluster = following
            found.append((start, cluster + 1 - start))
            if following >= self._first_end:
                return found
            cluster = following
        if limit is None:
            raise StorageError(f"the chain of cluster {first} never ends", self.place(first))
        return found

    async def allocate(self, count: int) -> list[Run]:
        """Takes `count` free clusters, in as few runs as a first look finds, linked and ended.

        Raises NoSpace, having taken none.
        """
        if count > self.free:
            need, have = count * self._geometry.cluster, self.free * self._geometry.cluster
            raise NoSpace(f"{need} bytes are needed on the FAT volume, {have} are free")
        runs: list[Run] = []
        left = count
        while left:
            start = await self._find_free()
            length = 1
            while length < left and await self._is_free(start + length):
                length += 1
            await self._link_run(start, length)
            if runs:
                await self._set(runs[-1][0] + runs[-1][1] - 1, start)
            runs.append((start, length))
            left -= length
            self._next = start + length
        self.free -= count
        return runs

    async def link(self, cluster: int, following: int) -> None:
        """Makes the chain go on from its last cluster."""
        await self._set(cluster, following)

    async def release(self, runs: Sequence[Run]) -> None:
        for start, count in runs:
            for cluster in range(start, start + count):
                await self._set(cluster, FREE)
            self.free += count

    async def write(self) -> None:
        """Writes what has changed, to all copies; no flush."""
        for number in sorted(self._dirty):
            await self._write_page(number)
        self._dirty.clear()

    @property
    def next(self) -> int:
        """Where the next search starts: FSInfo keeps it as a hint."""
        return self._next

    def place(self, cluster: int) -> int:
        """The offset of the cluster's entry, for error messages; of the table when there is none."""
        if not self._geometry.is_cluster(cluster):
            return self._geometry.fats[0]
        return self._geometry.fats[0] + cluster * self._geometry.bits // 8

    # -- inside --

    def _check(self, cluster: int, first: int) -> None:
        if not self._geometry.is_cluster(cluster):
            what = "is free" if cluster == FREE else "is bad" if cluster == self.bad else "is out of range"
            raise StorageError(
                f"the chain of cluster {first} leads to {cluster}, which {what}", self.place(first)
            )

    async def _is_free(self, cluster: int) -> bool:
        return self._geometry.is_cluster(cluster) and await self.get(cluster) == FREE

    async def _find_free(self) -> int:
        """The first free cluster from `_next` on, around the end; the caller knows that there is one."""
        at = self._next if self._geometry.is_cluster(self._next) else FIRST_CLUSTER
        for _ in range(2 + self._geometry.end_of_clusters // self._per_page):
            number, index = divmod(at, self._per_page)
            page = await self._page(number)
            last = min(len(page), self._geometry.end_of_clusters - number * self._per_page)
            try:
                found = number * self._per_page + page.index(FREE, index, last)
            except ValueError:
                at = (number + 1) * self._per_page
                if at >= self._geometry.end_of_clusters:
                    at = FIRST_CLUSTER
            else:
                return found
        raise StorageError("the file allocation table changed behind our back", self._geometry.fats[0])

    async def _link_run(self, start: int, count: int) -> None:
        for cluster in range(start, start + count - 1):
            await self._set(cluster, cluster + 1)
        await self._set(start + count - 1, self.end_mark)

    async def _set(self, cluster: int, entry: int) -> None:
        number, at = divmod(cluster, self._per_page)
        page = await self._page(number)
        # The upper four bits of a FAT32 entry are not ours to change.
        page[at] = (page[at] & ~self._mask) | entry
        byte = cluster * self._geometry.bits // 8
        dirty = self._dirty.setdefault(number, set())
        dirty.add(byte // self._geometry.sector)
        # A FAT12 entry can lie across the border of two sectors.
        dirty.add((byte + 1) // self._geometry.sector)

    async def _page(self, number: int) -> array[int]:
        page = self._pages.pop(number, None)
        if page is None:
            page = await self._load(number)
            while len(self._pages) >= PAGES:
                await self._evict()
        self._pages[number] = page
        return page

    async def _evict(self) -> None:
        """Forgets the page that was not used for longest; its changes are written before."""
        number = next(iter(self._pages))
        if number in self._dirty:
            await self._write_page(number)
            del self._dirty[number]
        del self._pages[number]

    async def _load(self, number: int) -> array[int]:
        cached = self._pages.get(number)
        if cached is not None:
            return cached
        geometry = self._geometry
        if geometry.bits == 12:
            return _unpack_12(await self._span.read(geometry.fats[0], min(geometry.fat_size, PAGE_SIZE)))
        start = number * PAGE_SIZE
        data = await self._span.read(geometry.fats[0] + start, min(PAGE_SIZE, geometry.fat_size - start))
        entries = array("H" if geometry.bits == 16 else "I", data)
        if sys.byteorder == "big":
            entries.byteswap()
        return entries

    async def _write_page(self, number: int) -> None:
        geometry = self._geometry
        page = self._pages[number]
        if geometry.bits == 12:
            data, start = _pack_12(page), 0
        else:
            little = page
            if sys.byteorder == "big":
                little = page[:]
                little.byteswap()
            data, start = little.tobytes(), number * PAGE_SIZE
        for first, last in _ranges(sorted(self._dirty[number])):
            at = first * geometry.sector - start
            piece = data[max(at, 0) : (last + 1) * geometry.sector - start]
            for fat in geometry.fats:
                await self._span.write(fat + start + at, piece)


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    """Ascending numbers as (first, last) of neighbours."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] + 1 == number:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _unpack_12(data: bytes) -> array[int]:
    """Two entries in three bytes; what is left over at the end holds none."""
    entries = array("H")
    for at in range(0, len(data) - 2, 3):
        low, middle, high = data[at], data[at + 1], data[at + 2]
        entries.append(low | (middle & 0x0F) << 8)
        entries.append(middle >> 4 | high << 4)
    rest = len(data) % 3
    if rest == 2:
        entries.append(data[-2] | (data[-1] & 0x0F) << 8)
    return entries


def _pack_12(entries: array[int]) -> bytes:
    data = bytearray()
    for at in range(0, len(entries) - 1, 2):
        one, other = entries[at], entries[at + 1]
        data += bytes((one & 0xFF, one >> 8 | (other & 0x0F) << 4, other >> 4))
    if len(entries) % 2:
        data += bytes((entries[-1] & 0xFF, entries[-1] >> 8))
    return bytes(data)
