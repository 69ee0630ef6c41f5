"""What a disk in a file refuses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pymirage.device.error import ReadOnly
from pymirage.driver.host.block import FileBlock
from pymirage.error import DeviceError


def disk(path: Path, size: int = 5120) -> str:
    path.write_bytes(bytes(size))
    return str(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="nowhere"):
        asyncio.run(FileBlock.connect(str(tmp_path / "nowhere")))


@pytest.mark.parametrize("size", [0, 1, 511, 513])
def test_no_whole_number_of_sectors(tmp_path: Path, size: int) -> None:
    with pytest.raises(DeviceError, match=f"{size} bytes"):
        asyncio.run(FileBlock.connect(disk(tmp_path / "disk", size)))


def test_two_writers_would_destroy_it(tmp_path: Path) -> None:
    path = disk(tmp_path / "disk")

    async def main() -> None:
        first = await FileBlock.connect(path)
        with pytest.raises(DeviceError, match="in use"):
            await FileBlock.connect(path)
        await first.close()
        await (await FileBlock.connect(path)).close()

    asyncio.run(main())


def test_two_readers_do_no_harm(tmp_path: Path) -> None:
    path = disk(tmp_path / "disk")

    async def main() -> None:
        disks = [await FileBlock.connect(path, read_only=True) for _ in range(2)]
        for each in disks:
            assert await each.read(0, 1) == bytes(512)
            await each.close()

    asyncio.run(main())


def test_read_only(tmp_path: Path) -> None:
    async def main() -> None:
        each = await FileBlock.connect(disk(tmp_path / "disk"), read_only=True)
        assert each.info().read_only
        with pytest.raises(ReadOnly):
            await each.write(0, bytes(512))
        with pytest.raises(ReadOnly):
            await each.discard(0, 1)
        await each.close()

    asyncio.run(main())


def test_a_disk_that_was_cut(tmp_path: Path) -> None:
    path = disk(tmp_path / "disk")

    async def main() -> None:
        each = await FileBlock.connect(path)
        with Path(path).open("r+b") as file:
            file.truncate(512)
        with pytest.raises(DeviceError, match="shorter"):
            await each.read(0, 2)
        await each.close()

    asyncio.run(main())


def test_discarded_sectors_take_no_room(tmp_path: Path) -> None:
    path = Path(disk(tmp_path / "disk"))
    path.write_bytes(b"x" * (1 << 20))

    async def main() -> None:
        each = await FileBlock.connect(str(path))
        await each.flush()
        before = path.stat().st_blocks
        await each.discard(512, 1024)
        await each.discard(0, 0)
        # Where the host's file system has no holes, nothing has changed.
        assert await each.read(512, 1024) in (bytes(512 * 1024), b"x" * (512 * 1024))
        assert await each.read(511, 1) + await each.read(1536, 1) == b"x" * 1024
        assert path.stat().st_blocks <= before
        assert path.stat().st_size == 1 << 20
        await each.close()

    asyncio.run(main())
