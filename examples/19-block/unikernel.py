"""Reads, writes and misuses a disk."""

from pymirage.device import Block, Console
from pymirage.device.error import OutOfRange
from pymirage.error import UsageError


def pattern(sector: int, size: int) -> bytes:
    return (b"sector %6d\n" % sector * size)[:size]


async def main(console: Console, disk: Block) -> None:
    info = disk.info()
    console.write(f"{info.sectors} sectors of {info.sector_size} bytes\n".encode())
    size = info.sector_size
    for sector in (0, 1, info.sectors // 2, info.sectors - 1):
        await disk.write(sector, pattern(sector, size))
    await disk.write(2, b"".join(pattern(sector, size) for sector in range(2, 10)))
    await disk.flush()
    for sector in (*range(10), info.sectors // 2, info.sectors - 1):
        assert await disk.read(sector, 1) == pattern(sector, size), sector
    assert await disk.read(1, 3) == b"".join(pattern(sector, size) for sector in range(1, 4))
    console.write(b"what was written was read\n")
    for what, wrong in (
        ("behind the end", disk.read(info.sectors, 1)),
        ("over the end", disk.read(info.sectors - 1, 2)),
        ("half a sector", disk.write(0, b"x" * (size // 2))),
    ):
        try:
            await wrong
        except (OutOfRange, UsageError):
            console.write(f"refused: {what}\n".encode())
