"""What lies where on an encrypted disk.

Two sectors of header, then groups: one sector of labels and the data sectors that they are for. A label has
room for two seals of its sector, of the content that it has and of the one that it is to have; a seal is the
nonce and the tag of AES-CCM. All zero: never written.

    | header | header | labels | data × n | labels | data × n | …      n = sector size / 64

Why two seals: data and label cannot change in one step, and a crash between must leave the sector old or new
(`device/block.py`). Why random nonces of 13 octets and not counters: a disk that was put back to an older
state would repeat a counter, and two messages under one nonce give both away. Of 2³⁶ sectors written with one
key (32 TiB at 512 octets) two share a nonce with a probability of 2⁻³³.
"""

from __future__ import annotations

from typing import Final, final

HEADERS: Final = 2
LABEL: Final = 64
NONCE: Final = 13
TAG: Final = 16
SEAL: Final = NONCE + TAG
NEVER: Final = bytes(SEAL)


@final
class Layout:
    """The arithmetic of a disk with `count` sectors of `size` octets."""

    __slots__ = ("count", "group", "sectors", "size")

    def __init__(self, size: int, count: int) -> None:
        self.size = size
        self.count = count
        # Data sectors of a group.
        self.group = size // LABEL
        groups, rest = divmod(max(0, count - HEADERS), self.group + 1)
        # Data sectors of the disk; the last group may be shorter.
        self.sectors = groups * self.group + max(0, rest - 1)

    def labels(self, group: int) -> int:
        """The sector of the labels of a group."""
        return HEADERS + group * (self.group + 1)

    def data(self, sector: int) -> int:
        """Where a data sector is."""
        group, at = divmod(sector, self.group)
        return self.labels(group) + 1 + at

    def members(self, group: int) -> int:
        """How many data sectors a group has."""
        return min(self.group, self.sectors - group * self.group)


def seals(labels: bytes | bytearray, at: int) -> tuple[bytes, bytes]:
    """Both seals of the sector `at` of its group."""
    start = at * LABEL
    return bytes(labels[start : start + SEAL]), bytes(labels[start + SEAL : start + 2 * SEAL])


def put(labels: bytearray, at: int, slot: int, seal: bytes) -> None:
    start = at * LABEL + slot * SEAL
    labels[start : start + SEAL] = seal
