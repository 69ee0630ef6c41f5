"""Bytes at any offset of a block device, for formats that are not laid out in its sectors."""

from typing import final

from pymirage.device.block import Block
from pymirage.device.error import OutOfRange
from pymirage.storage.error import StorageError


@final
class Span:
    """A block device seen as `size` bytes."""

    def __init__(self, block: Block) -> None:
        info = block.info()
        self.block = block
        self.sector_size = info.sector_size
        self.size = info.size
        self.read_only = info.read_only

    async def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes. Raises StorageError when the device ends before them: disks say where."""
        if offset < 0 or length < 0 or offset + length > self.size:
            raise StorageError(
                f"{length} bytes are expected where the device of {self.size} bytes ends", offset
            )
        if not length:
            return b""
        sector, skip = divmod(offset, self.sector_size)
        count = -(-(skip + length) // self.sector_size)
        data = await self.block.read(sector, count)
        return data if len(data) == length else data[skip : skip + length]

    async def write(self, offset: int, data: bytes) -> None:
        """Writes `data`; the rest of the first and last sector keeps what it holds."""
        end = offset + len(data)
        if offset < 0 or end > self.size:
            raise OutOfRange(f"bytes {offset} to {end} are not all on a device of {self.size} bytes")
        if not data:
            return
        sector, skip = divmod(offset, self.sector_size)
        last, rest = divmod(end, self.sector_size)
        before = after = b""
        if skip:
            before = (await self.block.read(sector, 1))[:skip]
        if rest:
            after = (await self.block.read(last, 1))[rest:]
        await self.block.write(sector, b"".join((before, data, after)) if before or after else data)

    async def flush(self) -> None:
        await self.block.flush()
