"""Whether there is the memory that a machine shall have, said as our tenders say it."""

from __future__ import annotations

from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

from pymirage.tool.qemu.error import QemuError


def check(megabytes: int) -> None:
    """Raises QemuError where the host refuses what QEMU will ask for; asking alone takes none of it."""
    try:
        mmap(-1, megabytes << 20, MAP_PRIVATE | MAP_ANONYMOUS).close()
    except (OSError, OverflowError):
        raise QemuError(f"the host refused {megabytes} MB of memory (give less with --mem)") from None
