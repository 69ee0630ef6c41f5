"""Files that are disks: what QEMU would refuse, or cut off, said in the words of our tenders."""

from __future__ import annotations

import os
import stat

from pymirage.tool.qemu.error import QemuError
from pymirage.tool.qemu.machine import Disk

SECTOR_SIZE = 512


def check(disk: Disk) -> None:
    """Raises QemuError where the file cannot be opened, is empty, or is no whole number of sectors."""
    given = f"--block:{disk.name}={disk.file}"
    try:
        descriptor = os.open(disk.file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise QemuError(f"{given}: no such file (truncate -s 16M {disk.file})") from None
    except OSError as error:
        raise QemuError(f"{given}: {(error.strerror or '').lower()} (choose a file of yours)") from None
    try:
        kind = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(kind) and not stat.S_ISBLK(kind):
            raise QemuError(f"{given}: not a file or block device")
        _check_size(disk, os.lseek(descriptor, 0, os.SEEK_END))
    finally:
        os.close(descriptor)


def _check_size(disk: Disk, size: int) -> None:
    sector_size = disk.sector_size or SECTOR_SIZE
    if size == 0:
        raise QemuError(
            f"block device '{disk.name}': the file is empty (truncate -s 16M FILE makes an empty disk)"
        )
    if size % sector_size:
        raise QemuError(
            f"block device '{disk.name}': its size, {size}, is not a multiple of {sector_size} "
            f"(truncate -s %{sector_size} FILE rounds it up)"
        )
