"""What every Block keeps (`pymirage.device.block`), shown on 64 or more sectors to overwrite."""

from pymirage.device import Block
from pymirage.device.error import Closed, OutOfRange
from pymirage.error import UsageError
from tests.contract.expect import Make, equal, raises, true


def pattern(sector: int, count: int, size: int) -> bytes:
    """Content in which every sector differs from every other."""
    return b"".join((b"%08d" % number) * (size // 8) for number in range(sector, sector + count))


async def facts(make: Make[Block]) -> None:
    info = (await make()).info()
    true(info.sector_size >= 512 and info.sector_size.bit_count() == 1, f"sector size {info.sector_size}")
    true(info.sectors >= 64, f"{info.sectors} sectors are too few for these checks")
    equal(info.size, info.sectors * info.sector_size, "size")
    true(not info.read_only, "the disk for these checks must be writable")


async def reads_what_was_written(make: Make[Block]) -> None:
    disk = await make()
    info = disk.info()
    last = info.sectors - 3
    for sector, count in ((0, 1), (5, 7), (40, 20), (last, 3)):
        data = pattern(sector, count, info.sector_size)
        await disk.write(sector, data)
        equal(await disk.read(sector, count), data, f"{count} sectors from {sector} on")
    equal(await disk.read(6, 2), pattern(6, 2, info.sector_size), "sectors inside a longer write")


async def neighbours_are_left_alone(make: Make[Block]) -> None:
    disk = await make()
    size = disk.info().sector_size
    await disk.write(10, pattern(10, 3, size))
    await disk.write(11, b"x" * size)
    wanted = pattern(10, 1, size) + b"x" * size + pattern(12, 1, size)
    equal(await disk.read(10, 3), wanted, "the sectors around an overwritten one")


async def nothing_is_allowed(make: Make[Block]) -> None:
    disk = await make()
    equal(await disk.read(3, 0), b"", "no sectors read")
    await disk.write(3, b"")
    await disk.write(disk.info().sectors, b"")


async def beyond_the_end(make: Make[Block]) -> None:
    disk = await make()
    info = disk.info()
    sector = bytes(info.sector_size)
    for start, count in ((info.sectors, 1), (info.sectors - 1, 2), (-1, 1), (-1, 2), (0, -1), (2**60, 1)):
        await raises(OutOfRange, disk.read(start, count), f"read({start}, {count})")
        await raises(OutOfRange, disk.discard(start, count), f"discard({start}, {count})")
    for start, data in (
        (info.sectors, sector),
        (info.sectors - 1, sector * 2),
        (-1, sector),
        (2**60, sector),
    ):
        await raises(OutOfRange, disk.write(start, data), f"write at {start}")


async def whole_sectors_only(make: Make[Block]) -> None:
    disk = await make()
    for size in (1, disk.info().sector_size - 1, disk.info().sector_size + 1):
        await raises(UsageError, disk.write(0, bytes(size)), f"writing {size} bytes")


async def flush_and_discard(make: Make[Block]) -> None:
    disk = await make()
    size = disk.info().sector_size
    await disk.write(0, pattern(0, 8, size))
    await disk.flush()
    await disk.discard(2, 3)
    await disk.discard(2, 0)
    equal(await disk.read(0, 2), pattern(0, 2, size), "before the discarded sectors")
    equal(await disk.read(5, 3), pattern(5, 3, size), "after the discarded sectors")
    for number in (2, 3, 4):
        found = await disk.read(number, 1)
        true(
            found in (pattern(number, 1, size), bytes(size)), f"discarded sector {number} holds something new"
        )


async def closed(make: Make[Block]) -> None:
    disk = await make()
    size = disk.info().sector_size
    await disk.close()
    await disk.close()
    await raises(Closed, disk.read(0, 1), "read after close")
    await raises(Closed, disk.write(0, bytes(size)), "write after close")
    await raises(Closed, disk.flush(), "flush after close")
    await raises(Closed, disk.discard(0, 1), "discard after close")


CHECKS = (
    facts,
    reads_what_was_written,
    neighbours_are_left_alone,
    nothing_is_allowed,
    beyond_the_end,
    whole_sectors_only,
    flush_and_discard,
    closed,
)
