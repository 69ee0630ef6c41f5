# pymirage: hot
"""One block of a metadata pair: a log of commits, each ended by a checksum (littlefs SPEC, "Directories").

`read` replays the commits that are whole; `Log.append` and `Log.compacted` make the bytes of the next one.
"""

from __future__ import annotations

import binascii
from typing import Final, final

from pymirage.octets import b32, b32_le, u32, u32_le
from pymirage.storage.error import StorageError
from pymirage.storage.littlefs import tag as tags
from pymirage.storage.littlefs.tag import Attribute

Pair = tuple[int, int]

NO_PAIR: Final = (tags.NULL, tags.NULL)
# What commits are aligned to. A reader's own unit may differ: then it starts a new block.
UNIT: Final = 16
_SEED: Final = 0xFFFF_FFFF
_MOST_ENTRIES: Final = 0x3FF
# The upper four bits of a checksum's type; those of a forward checksum differ.
_CRC: Final = tags.CRC >> 7


@final
class Entry:
    """A file, directory or superblock: its name, its struct tag, and its user attributes."""

    __slots__ = ("attributes", "data", "kind", "name", "struct")

    def __init__(self) -> None:
        self.kind = -1
        self.name = b""
        self.struct = -1
        self.data = b""
        self.attributes: dict[int, bytes] = {}

    def emit(self, id: int) -> list[Attribute]:
        made = [tags.make(self.kind, id, self.name)]
        if self.struct >= 0:
            made.append(tags.make(self.struct, id, self.data))
        made += [
            tags.make(tags.USER_ATTRIBUTE | chunk, id, data)
            for chunk, data in sorted(self.attributes.items())
        ]
        return made

    def size(self) -> int:
        """Bytes that `emit` takes in a commit."""
        attributes = sum(4 + len(data) for data in self.attributes.values())
        return 4 + len(self.name) + 4 + len(self.data) + attributes


@final
class Log:
    """What a block says: the state after its last whole commit, and where the next one goes."""

    def __init__(self, block: bytes, revision: int) -> None:
        self.block = block
        self.revision: Final = revision
        self.entries: list[Entry] = []
        self.tail: Pair = NO_PAIR
        # Whether the tail is a part of the same directory.
        self.split = False
        self.state = bytes(12)
        self.offset = 0
        self.last = tags.NOTHING_BEFORE
        # Whether nothing was written behind the last commit.
        self.blank = False
        # Something of everything that was read: where the allocator starts.
        self.seed = 0

    def copy(self) -> Log:
        """The same state, to be changed without the original."""
        other = Log(self.block, self.revision)
        for entry in self.entries:
            twin = Entry()
            twin.kind, twin.name, twin.struct, twin.data = entry.kind, entry.name, entry.struct, entry.data
            twin.attributes = dict(entry.attributes)
            other.entries.append(twin)
        other.tail, other.split, other.state = self.tail, self.split, self.state
        other.offset, other.last, other.blank, other.seed = self.offset, self.last, self.blank, self.seed
        return other

    def apply(self, tag: int, data: bytes) -> bool:
        """Changes the state by one attribute; False when it makes no sense here."""
        kind, id = tag >> 20 & 0x7FF, tag >> 10 & 0x3FF
        group = kind >> 8
        entries = self.entries
        if group == tags.NAME_CLASS:
            if id >= _MOST_ENTRIES:
                return False
            # The reference does not sort what it compacts: names may come in any order.
            while id >= len(entries):
                entries.append(Entry())
            entries[id].kind, entries[id].name = kind, data
        elif group in (tags.STRUCT_CLASS, tags.ATTRIBUTE_CLASS):
            if id >= len(entries):
                return False
            if group == tags.STRUCT_CLASS:
                entries[id].struct, entries[id].data = kind, data
            elif tag & 0x3FF == tags.DELETED:
                entries[id].attributes.pop(kind & 0xFF, None)
            else:
                entries[id].attributes[kind & 0xFF] = data
        elif kind == tags.CREATE:
            if id > len(entries) or id >= _MOST_ENTRIES:
                return False
            entries.insert(id, Entry())
        elif kind == tags.DELETE:
            if id >= len(entries):
                return False
            del entries[id]
        elif group == tags.TAIL_CLASS:
            if len(data) != 8:
                return False
            self.tail, self.split = (u32_le(data, 0), u32_le(data, 4)), bool(kind & 1)
        elif kind == tags.MOVE_STATE:
            if len(data) != 12:
                return False
            self.state = data
        return True

    # -- the next commit --

    def append(self, attributes: list[Attribute], *, forward: bool) -> tuple[bytes, int] | None:
        """(the bytes of a commit, where they go); None when the rest of the block cannot take it.

        forward: whether the format has forward checksums (version 2.1).
        """
        if not self.blank:
            return None
        made = _commit(self.block, self.offset, self.last, b"", attributes, forward)
        if made is None:
            return None
        data, self.last = made
        start = self.offset
        self.block = self.block[:start] + data + self.block[start + len(data) :]
        self.offset = start + len(data)
        return data, start

    def compacted(self, revision: int, *, forward: bool) -> Log | None:
        """The same state as the first commit of a fresh block; None when it does not fit one."""
        size = len(self.block)
        other = self.copy()
        head = b32_le(revision)
        made = _commit(b"\xff" * size, 4, tags.NOTHING_BEFORE, head, self.emit(), forward)
        if made is None:
            return None
        data, last = made
        fresh = Log((head + data).ljust(size, b"\xff"), revision)
        fresh.entries, fresh.tail, fresh.split = other.entries, other.tail, other.split
        fresh.state, fresh.seed = other.state, other.seed
        fresh.offset, fresh.last, fresh.blank = 4 + len(data), last, True
        return fresh

    def emit(self) -> list[Attribute]:
        """The whole state."""
        attributes = [attribute for id, entry in enumerate(self.entries) for attribute in entry.emit(id)]
        if self.tail != NO_PAIR:
            kind = tags.HARD_TAIL if self.split else tags.SOFT_TAIL
            attributes.append(tags.make(kind, tags.NO_ID, pair_bytes(self.tail)))
        if any(self.state):
            attributes.append(tags.make(tags.MOVE_STATE, tags.NO_ID, self.state))
        return attributes


def read(block: bytes, place: int, *, forward: bool = True) -> Log | None:
    """The state of a block, which lies at `place` of the device; None when it holds no whole commit.

    Raises StorageError when what is whole makes no sense.
    """
    size = len(block)
    log = Log(block, u32_le(block, 0))
    pending: list[tuple[int, int, int]] = []
    whole: list[tuple[int, int, int]] = []
    offset, last, start = 4, tags.NOTHING_BEFORE, 0
    blank = False
    while offset + 4 <= size:
        tag = u32(block, offset) ^ last
        if tag & tags.INVALID:
            blank = not pending
            break
        length = tag & 0x3FF
        end = offset + 4 + (0 if length == tags.DELETED else length)
        if end > size:
            break
        last = tag
        if tag >> 27 & 0xF != _CRC:
            pending.append((tag, offset + 4, end))
            offset = end
            continue
        if end < offset + 8:
            break
        check = crc(block, start, offset + 4)
        if check != u32_le(block, offset + 4):
            break
        # The low bit of the type says what the valid bit of the next commit is.
        log.offset, log.last = end, tag ^ (tag >> 20 & 1) << 31
        log.seed ^= check
        log.blank = _is_blank(block, pending, end, forward)
        whole += pending
        pending = []
        last = log.last
        offset = start = end
    if not log.offset:
        return None
    for tag, begin, end in whole:
        if not log.apply(tag, block[begin:end]):
            raise StorageError(f"littlefs metadata with the senseless tag {tag:08x}", place + begin - 4)
    if any(entry.kind < 0 for entry in log.entries):
        raise StorageError("littlefs metadata with an entry that has no name", place)
    log.blank = log.blank and blank and log.offset % UNIT == 0
    return log


def _is_blank(block: bytes, commit: list[tuple[int, int, int]], end: int, forward: bool) -> bool:
    """Whether what follows the commit is what was there when it was made, by its forward checksum."""
    for tag, begin, stop in commit:
        if tag >> 20 & 0x7FF == tags.FORWARD_CRC and stop - begin == 8:
            size = u32_le(block, begin)
            return 0 < size <= len(block) - end and crc(block, end, end + size) == u32_le(block, begin + 4)
    # Before version 2.1 there were none, and one had to hope.
    return not forward


def _commit(
    block: bytes, offset: int, last: int, head: bytes, attributes: list[Attribute], forward: bool
) -> tuple[bytes, int] | None:
    """(bytes from `offset` on, last tag) of a commit, padded to whole units; None when it does not fit.

    head: what comes before and is a part of the checksum: the revision, in a block's first commit.
    """
    size = len(block)
    made = bytearray()
    for tag, data in attributes:
        made += b32(tag ^ last)
        made += data
        last = tag
    at = offset + len(made)
    if at > size - 8:
        return None
    # Tag and value of the forward checksum and of the checksum are five words.
    end = -(-min(at + 20, size) // UNIT) * UNIT
    lead = 0xFF
    if end <= size - UNIT:
        lead = block[end]
        if forward:
            check = crc(block, end, end + UNIT)
            tag = tags.FORWARD_CRC << 20 | tags.NO_ID << 10 | 8
            made += b32(tag ^ last) + b32_le(UNIT) + b32_le(check)
            last = tag
            at += 12
    # The next commit's valid bit is to be the opposite of what lies there now.
    flip = 0 if lead & 0x80 else 1
    tag = (tags.CRC | flip) << 20 | tags.NO_ID << 10 | (end - at - 4)
    made += b32(tag ^ last)
    made += b32_le(crc(head + bytes(made), 0, len(head) + len(made)))
    return bytes(made).ljust(end - offset, b"\xff"), tag ^ flip << 31


def crc(data: bytes, start: int, end: int) -> int:
    """CRC-32 (polynomial 0x04C11DB7, reflected) from all ones, without the final inversion."""
    return binascii.crc32(data[start:end]) ^ _SEED


def pair_bytes(pair: Pair) -> bytes:
    return b32_le(pair[0]) + b32_le(pair[1])
