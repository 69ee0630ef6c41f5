"""Secrets from a block device or from a store: how they come into an image.

On a block device a secret is packed: `pymirage run --secret NAME=FILE` packs a file, in memory, and attaches
that.

    magic 8 | length 4, big-endian | the secret | zeros to the end of the sector
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, final

from pymirage.device.error import Closed, NotFound
from pymirage.device.secret import Secret
from pymirage.error import UsageError
from pymirage.storage.error import WrongFormat

if TYPE_CHECKING:
    from pymirage.device.block import Block
    from pymirage.device.key_value_reader import KeyValueReader

MAGIC: Final = b"pmsecret"
HEAD: Final = len(MAGIC) + 4
LARGEST: Final = 1 << 20
"""Octets: a secret is read whole."""

SECTOR: Final = 4096
"""What is packed is a multiple of this, which every platform's sectors divide."""


@final
class Held(Secret):
    """A secret in memory. Takes `octets` over: who made them has nothing to wipe any more."""

    __slots__ = ("_octets",)

    def __init__(self, octets: bytearray) -> None:
        self._octets: bytearray | None = octets

    @contextmanager
    def revealed(self) -> Iterator[memoryview]:
        if self._octets is None:
            raise Closed("this secret was wiped")
        with memoryview(self._octets) as view, view.toreadonly() as shown:
            yield shown

    def wipe(self) -> None:
        if self._octets is not None:
            self._octets[:] = bytes(len(self._octets))
            self._octets = None

    def __repr__(self) -> str:
        return "<a secret>"


def pack(octets: bytes | bytearray) -> bytearray:
    """As on a block device. Raises UsageError for an empty secret or one larger than LARGEST."""
    if not 0 < len(octets) <= LARGEST:
        raise UsageError(f"a secret has 1 to {LARGEST} bytes, not {len(octets)}")
    packed = bytearray(-(-(HEAD + len(octets)) // SECTOR) * SECTOR)
    packed[:HEAD] = MAGIC + len(octets).to_bytes(4, "big")
    packed[HEAD : HEAD + len(octets)] = octets
    return packed


async def from_block(block: Block) -> Secret:
    """What `pack` made. Raises WrongFormat for anything else."""
    info = block.info()
    first = await block.read(0, 1)
    size = int.from_bytes(first[len(MAGIC) : HEAD], "big")
    if not first.startswith(MAGIC) or not 0 < size <= LARGEST or HEAD + size > info.size:
        raise WrongFormat("no secret: `pymirage run --secret NAME=FILE` attaches one")
    packed = bytearray(first)
    more = -(-(HEAD + size) // info.sector_size) - 1
    if more:
        packed += await block.read(1, more)
    octets = packed[HEAD : HEAD + size]
    packed[:] = bytes(len(packed))
    return Held(octets)


async def from_store(store: KeyValueReader, key: str) -> Secret:
    """A value of a store, to the last byte: an editor's newline is part of it.

    Raises UsageError when it is empty, NotFound.
    """
    if await store.exists(key) is None:
        raise NotFound(f"the store has no secret {key!r}")
    octets = bytearray(await store.get(key))
    if not octets:
        raise UsageError(f"the secret {key!r} is empty")
    return Held(octets)
