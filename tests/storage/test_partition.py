"""Partition tables that other programs made, and damaged ones."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pymirage.device.error import NotFound
from pymirage.driver.memory.block import RamBlock
from pymirage.storage.error import StorageError, WrongFormat
from pymirage.storage.fat.format import format
from pymirage.storage.partition import connect, partitions
from tests.storage.straight import run

SECTORS = 20_000
needs_sfdisk = pytest.mark.skipif(not shutil.which("sfdisk"), reason="needs sfdisk (package fdisk)")


def made(script: str, tmp_path: Path) -> bytearray:
    image = tmp_path / "disk"
    image.write_bytes(bytes(SECTORS * 512))
    subprocess.run(["sfdisk", "--no-reread", image], input=script, text=True, check=True, capture_output=True)
    return bytearray(image.read_bytes())


def shape(image: bytes | bytearray) -> list[tuple[int, int, int]]:
    found = run(partitions(RamBlock.holding(bytes(image))))
    return [(entry.number, entry.first, entry.count) for entry in found]


GPT = "label: gpt\nstart=2048, size=2048, name=boot, type=U\nstart=8192, size=1000, name=dätä\n"
GPT_SHAPE = [(1, 2048, 2048), (2, 8192, 1000)]
MBR = """label: dos
start=2048, size=1000, type=c
start=4000, size=12000, type=5
start=4100, size=1000, type=83
start=6000, size=2000, type=83
start=9000, size=100, type=83
"""
MBR_SHAPE = [(1, 2048, 1000), (5, 4100, 1000), (6, 6000, 2000), (7, 9000, 100)]


@needs_sfdisk
def test_gpt(tmp_path: Path) -> None:
    image = made(GPT, tmp_path)
    assert shape(image) == GPT_SHAPE
    boot, data = run(partitions(RamBlock.holding(bytes(image))))
    assert (boot.name, boot.kind) == ("boot", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
    part = run(connect(RamBlock.holding(bytes(image)), "dätä"))
    assert (part.info().sectors, data.name) == (1000, "dätä")


@needs_sfdisk
@pytest.mark.parametrize("damage", [0, 512, 512 + 24, 1024, 512 * 3])
def test_backup_of_a_damaged_gpt(damage: int, tmp_path: Path) -> None:
    image = made(GPT, tmp_path)
    image[damage : damage + 8] = b"damaged!"
    assert shape(image) == GPT_SHAPE


@needs_sfdisk
def test_gpt_without_a_good_copy(tmp_path: Path) -> None:
    image = made(GPT, tmp_path)
    image[1024 + 32] ^= 1
    image[-512 * 33 + 32] ^= 1
    with pytest.raises(StorageError, match=r"wrong checksum.*0x400"):
        shape(image)


@needs_sfdisk
def test_mbr_with_logical_partitions(tmp_path: Path) -> None:
    assert shape(made(MBR, tmp_path)) == MBR_SHAPE


@needs_sfdisk
def test_mbr_that_leads_in_a_circle(tmp_path: Path) -> None:
    image = made(MBR, tmp_path)
    second = 4000 * 512 + 446 + 16
    # The first extended record leads to itself.
    image[second + 8 : second + 12] = bytes(4)
    with pytest.raises(StorageError, match="never ends"):
        shape(image)


@needs_sfdisk
def test_partition_outside_the_disk(tmp_path: Path) -> None:
    image = made(MBR, tmp_path)
    with pytest.raises(StorageError, match="the disk has 2500"):
        shape(image[: 2500 * 512])


@needs_sfdisk
def test_no_such_partition(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="it has 1, 2"):
        run(connect(RamBlock.holding(bytes(made(GPT, tmp_path))), 3))


def test_no_table() -> None:
    with pytest.raises(WrongFormat, match="zeros"):
        shape(bytes(4096))
    block = RamBlock(4000)
    run(format(block))
    with pytest.raises(WrongFormat, match="FAT12"):
        run(partitions(block))
