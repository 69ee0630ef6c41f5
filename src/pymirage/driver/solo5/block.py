"""A disk that the tender attaches under a name of the image's manifest."""

from __future__ import annotations

from pymirage.device import Block, BlockInfo
from pymirage.device.error import Closed
from pymirage.driver.sectors import check_discard, check_range, check_write
from pymirage.driver.solo5 import _contract
from pymirage.error import DeviceError


class Solo5Block(Block):
    """The image stands still while the host's disk works: the contract's calls are synchronous."""

    def __init__(self, name: str, handle: int, info: BlockInfo) -> None:
        self._name = name
        self._handle = handle
        self._info = info
        self._open = True

    @classmethod
    async def connect(cls, name: str) -> Solo5Block:
        """Raises DeviceError when no disk is attached under that name."""
        try:
            handle, capacity, sector_size = _contract.block_acquire(name)
        except OSError as error:
            raise DeviceError(f"cannot connect disk {name!r}: {error}") from error
        return cls(name, handle, BlockInfo(sector_size=sector_size, sectors=capacity // sector_size))

    def info(self) -> BlockInfo:
        return self._info

    async def read(self, sector: int, count: int) -> bytes:
        self._check_open()
        check_range(self._info, sector, count)
        size = self._info.sector_size
        if count == 0:
            return b""
        try:
            return _contract.block_read(self._handle, sector * size, count * size)
        except OSError as error:
            raise self._failed("read", error) from error

    async def write(self, sector: int, data: bytes) -> None:
        self._check_open()
        check_write(self._info, sector, data)
        if not data:
            return
        try:
            _contract.block_write(self._handle, sector * self._info.sector_size, data)
        except OSError as error:
            raise self._failed("write", error) from error

    async def flush(self) -> None:
        self._check_open()
        try:
            _contract.block_flush(self._handle)
        except OSError as error:
            raise self._failed("flush", error) from error

    async def discard(self, sector: int, count: int) -> None:
        self._check_open()
        check_discard(self._info, sector, count)
        size = self._info.sector_size
        if count == 0:
            return
        try:
            _contract.block_discard(self._handle, sector * size, count * size)
        except OSError as error:
            raise self._failed("discard", error) from error

    async def close(self) -> None:
        # The contract has no way to give a device back: it ends with the image.
        self._open = False

    def _check_open(self) -> None:
        if not self._open:
            raise Closed(f"disk {self._name!r} was closed")

    def _failed(self, what: str, error: OSError) -> DeviceError:
        return DeviceError(f"cannot {what} disk {self._name!r}: {error}")
