"""Whichever file system a disk holds: found, opened, made, checked. For tools on hosts.

An image names the one file system that it uses, and contains no other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, final

from pymirage.device.block import Block
from pymirage.device.clock import WallClock
from pymirage.device.key_value import KeyValue
from pymirage.error import UsageError
from pymirage.storage import sniff
from pymirage.storage.error import WrongFormat
from pymirage.storage.fat import Fat
from pymirage.storage.fat.check import check as check_fat
from pymirage.storage.fat.format import format as format_fat
from pymirage.storage.littlefs import LittleFs
from pymirage.storage.littlefs.check import check as check_littlefs
from pymirage.storage.littlefs.format import format as format_littlefs
from pymirage.storage.span import Span
from pymirage.storage.tar import TarStore
from pymirage.storage.tar.check import check as check_tar
from pymirage.storage.tar.format import format as format_tar


@final
class Format:
    """connect, check: the format's functions of these names. sniffed: what `sniff.identify` calls it."""

    def __init__(
        self,
        sniffed: tuple[str, ...],
        connect: Callable[[Block, WallClock], Awaitable[KeyValue]],
        check: Callable[[Block], Awaitable[list[str]]],
    ) -> None:
        self.sniffed: Final = sniffed
        self.connect: Final = connect
        self.check: Final = check


FORMATS: Final = {
    "tar": Format(("tar", "zeros"), TarStore.connect, check_tar),
    "fat": Format(("FAT12", "FAT16", "FAT32"), Fat.connect, check_fat),
    "littlefs": Format(("littlefs",), LittleFs.connect, check_littlefs),
}
KINDS: Final = ("tar", "fat", "fat12", "fat16", "fat32", "littlefs")


async def identify(block: Block) -> tuple[str, Format]:
    """(what the disk holds, how to use it). Raises WrongFormat when it is nothing of ours."""
    found = await sniff.identify(Span(block))
    for form in FORMATS.values():
        if found in form.sniffed:
            return found, form
    raise WrongFormat(f"no file system: {sniff.describe(found)}")


async def connect(block: Block, clock: WallClock) -> KeyValue:
    """The disk's file system, whichever it is."""
    _, form = await identify(block)
    return await form.connect(block, clock)


async def create(block: Block, kind: str, *, label: str = "", block_size: int | None = None) -> None:
    """Makes an empty file system of one of KINDS over the whole disk."""
    if block_size is not None and kind != "littlefs":
        raise UsageError(f"a block size can be chosen for littlefs, not for {kind}")
    if label and not kind.startswith("fat"):
        raise UsageError(f"a label can be given to FAT volumes, not to {kind}")
    match kind:
        case "tar":
            await format_tar(block)
        case "littlefs":
            await format_littlefs(block, block_size=block_size)
        case "fat" | "fat12" | "fat16" | "fat32":
            await format_fat(block, bits=int(kind[3:]) if kind[3:] else None, label=label)
        case _:
            raise UsageError(f"no file system {kind!r}: choose one of {', '.join(KINDS)}")
