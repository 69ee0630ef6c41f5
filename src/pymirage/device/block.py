"""Disks: numbered sectors of one size."""

from __future__ import annotations

from abc import ABC, abstractmethod


class BlockInfo:
    """Facts of a disk that do not change while it is connected."""

    __slots__ = ("read_only", "sector_size", "sectors")

    def __init__(self, *, sector_size: int, sectors: int, read_only: bool = False) -> None:
        self.sector_size = sector_size
        self.sectors = sectors
        self.read_only = read_only

    @property
    def size(self) -> int:
        """The capacity in bytes."""
        return self.sector_size * self.sectors

    def __repr__(self) -> str:
        mode = "read-only" if self.read_only else "read-write"
        return f"BlockInfo({self.sectors} sectors of {self.sector_size} bytes, {mode})"


class Block(ABC):
    """A disk. Sectors are numbered from 0; nothing smaller than a sector is read or written.

    Operations take effect in the order in which they complete. A crash may lose, or tear at a sector's
    border, any write that was not followed by a completed `flush`, in any order; a single sector is
    old or new, never a mixture. After `close` every operation raises Closed.
    """

    @abstractmethod
    def info(self) -> BlockInfo:
        """Sector size, number of sectors, whether it may be written. Does not block."""

    @abstractmethod
    async def read(self, sector: int, count: int) -> bytes:
        """The `count` sectors from number `sector` on: count x sector_size bytes.

        Raises OutOfRange when they are not all on the disk, DeviceError when the host cannot read them.
        """

    @abstractmethod
    async def write(self, sector: int, data: bytes) -> None:
        """Writes whole sectors from number `sector` on. What is read afterwards is `data`.

        Raises UsageError when the length is not a multiple of the sector size, OutOfRange when the data
        does not fit, ReadOnly, DeviceError.
        """

    @abstractmethod
    async def flush(self) -> None:
        """A barrier: returns when every write completed before it would survive a crash of the host.

        Where the host's interface has no such call (the stock Solo5 tenders) what was written has been
        handed to the host's kernel, and survives a crash of the guest and of the tender, but a
        power failure only by chance. Raises DeviceError when the host reports that data was lost.
        """

    @abstractmethod
    async def discard(self, sector: int, count: int) -> None:
        """Says that the contents are no longer needed; until written again, reading gives old data or zeros.

        A hint: a device that has no use for it does nothing. Raises OutOfRange, ReadOnly.
        """

    @abstractmethod
    async def close(self) -> None:
        """Gives the disk back, without a flush. Closing twice is harmless."""
