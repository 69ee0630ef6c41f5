"""A disk kept in a file, or a block device, of the host."""

from __future__ import annotations

import fcntl
import os

from pymirage.device import Block, BlockInfo
from pymirage.device.error import Closed
from pymirage.driver.sectors import check_discard, check_range, check_write
from pymirage.error import DeviceError

SECTOR_SIZE = 512


class FileBlock(Block):
    """Sectors of 512 bytes. Blocks while the host's disk does."""

    def __init__(self, path: str, descriptor: int, info: BlockInfo) -> None:
        self._path = path
        self._descriptor = descriptor
        self._info = info
        self._open = True

    @classmethod
    async def connect(cls, path: str, *, read_only: bool = False) -> FileBlock:
        """Opens the disk, and locks it against others who would write to it. Raises DeviceError."""
        try:
            descriptor = os.open(path, (os.O_RDONLY if read_only else os.O_RDWR) | os.O_CLOEXEC)
        except OSError as error:
            raise DeviceError(error.errno, f"cannot open disk {path!r}: {error.strerror}") from error
        try:
            _lock(path, descriptor, fcntl.LOCK_SH if read_only else fcntl.LOCK_EX)
            info = BlockInfo(sector_size=SECTOR_SIZE, sectors=_sectors(path, descriptor), read_only=read_only)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor, info)

    def info(self) -> BlockInfo:
        return self._info

    async def read(self, sector: int, count: int) -> bytes:
        self._check_open()
        check_range(self._info, sector, count)
        end = (sector + count) * SECTOR_SIZE
        pieces = []
        at = sector * SECTOR_SIZE
        while at < end:
            try:
                piece = os.pread(self._descriptor, end - at, at)
            except OSError as error:
                raise self._failed("read", error) from error
            if not piece:
                raise DeviceError(f"disk {self._path!r} became shorter while it was connected")
            pieces.append(piece)
            at += len(piece)
        return b"".join(pieces)

    async def write(self, sector: int, data: bytes) -> None:
        self._check_open()
        check_write(self._info, sector, data)
        rest = memoryview(data)
        at = sector * SECTOR_SIZE
        while rest:
            try:
                written = os.pwrite(self._descriptor, rest, at)
            except OSError as error:
                raise self._failed("write", error) from error
            rest = rest[written:]
            at += written

    async def flush(self) -> None:
        self._check_open()
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._failed("flush", error) from error

    async def discard(self, sector: int, count: int) -> None:
        self._check_open()
        check_discard(self._info, sector, count)
        # Few disks are ever discarded, and ctypes takes a while to import.
        from pymirage.driver.host.hole import punch

        try:
            punch(self._descriptor, sector * SECTOR_SIZE, count * SECTOR_SIZE)
        except OSError as error:
            raise self._failed("discard", error) from error

    async def close(self) -> None:
        if self._open:
            self._open = False
            os.close(self._descriptor)

    def _check_open(self) -> None:
        if not self._open:
            raise Closed(f"disk {self._path!r} was closed")

    def _failed(self, what: str, error: OSError) -> DeviceError:
        return DeviceError(error.errno, f"cannot {what} disk {self._path!r}: {error.strerror}")


def _lock(path: str, descriptor: int, kind: int) -> None:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        raise DeviceError(error.errno, f"disk {path!r} is in use by another program") from error


def _sectors(path: str, descriptor: int) -> int:
    size = os.lseek(descriptor, 0, os.SEEK_END)
    if size == 0 or size % SECTOR_SIZE:
        raise DeviceError(f"disk {path!r} has {size} bytes: make it a multiple of {SECTOR_SIZE}, not zero")
    return size // SECTOR_SIZE
