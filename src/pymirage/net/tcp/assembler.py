# pymirage: hot
"""Data that arrived ahead of its turn, and the SACK blocks that report it (RFC 2018 §4, RFC 2883).

Blocks are kept in order, apart from each other, few (LIMIT). Only what is in the receive window comes here,
so the window bounds the octets.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.tcp import seqno

LIMIT: Final = 128
"""Blocks; a segment that would make one more is not taken, and comes again."""
SMALL: Final = 512
JOINED: Final = 4096


@final
class Block:
    """Consecutive octets; `touched` orders blocks by when they last grew."""

    def __init__(self, start: i64, end: i64, data: bytes, touched: i64) -> None:
        self.start: i64 = start
        self.end: i64 = end
        self.pieces: list[bytes] = [data]
        self.touched: i64 = touched

    def prepend(self, data: bytes) -> None:
        first = self.pieces[0]
        if len(data) < SMALL and len(first) + len(data) <= JOINED:
            self.pieces[0] = data + first
        else:
            self.pieces.insert(0, data)
        self.start = seqno.add(self.start, -len(data))

    def append(self, data: bytes) -> None:
        last = self.pieces[len(self.pieces) - 1]
        if len(data) < SMALL and len(last) + len(data) <= JOINED:
            self.pieces[len(self.pieces) - 1] = last + data
        else:
            self.pieces.append(data)
        self.end = seqno.add(self.end, len(data))


@final
class Assembler:
    """The blocks, and a duplicate to report (RFC 2883)."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.size: i64 = 0
        """Octets in all blocks."""
        self.clock: i64 = 0
        self.duplicate_start: i64 = 0
        self.duplicate_end: i64 = 0
        """A range that arrived twice, reported once; empty when both are equal."""

    def insert(self, start: i64, data: bytes) -> bool:
        """Keep data that begins at `start`, after the next octet expected; false when there is no room."""
        end = seqno.add(start, len(data))
        self.clock += 1
        at = self._position(start)
        # Cut what the block before already has.
        if at > 0 and seqno.not_before(self.blocks[at - 1].end, start):
            known = self.blocks[at - 1]
            overlap = seqno.distance(start, known.end)
            known.touched = self.clock
            if overlap > 0:
                self.report_duplicate(start, seqno.earlier(known.end, end))
            if seqno.not_after(end, known.end):
                return True
            data = data[overlap:]
            start = known.end
        return self._fill(at, start, end, data)

    def _fill(self, at: i64, start: i64, end: i64, data: bytes) -> bool:
        """Put data in before the blocks from `at` on, cutting what they have."""
        if at < len(self.blocks) and seqno.after(end, self.blocks[at].start):
            following = self.blocks[at]
            room = seqno.distance(start, following.start)
            beyond = seqno.distance(following.end, end)
            self.report_duplicate(following.start, seqno.earlier(following.end, end))
            if not self._place(at, start, data[:room]):
                return False
            if beyond <= 0:
                return True
            # `_place` joined it with `following`; what is beyond goes on from there.
            rest = data[len(data) - beyond :]
            return self._fill(self._position(seqno.add(end, -beyond)), seqno.add(end, -beyond), end, rest)
        return self._place(at, start, data)

    def _place(self, at: i64, start: i64, data: bytes) -> bool:
        """Put in data that overlaps nothing; it may touch the blocks beside it."""
        end = seqno.add(start, len(data))
        touches_before = at > 0 and self.blocks[at - 1].end == start
        touches_after = at < len(self.blocks) and self.blocks[at].start == end
        if touches_before:
            block = self.blocks[at - 1]
            block.append(data)
            if touches_after:
                following = self.blocks[at]
                block.pieces.extend(following.pieces)
                block.end = following.end
                del self.blocks[at]
            block.touched = self.clock
        elif touches_after:
            block = self.blocks[at]
            block.prepend(data)
            block.touched = self.clock
        elif len(self.blocks) >= LIMIT:
            return False
        else:
            self.blocks.insert(at, Block(start, end, data, self.clock))
        self.size += len(data)
        return True

    def _position(self, start: i64) -> i64:
        """Index of the first block that begins after `start`: mostly that after the last."""
        at: i64 = len(self.blocks)
        while at > 0 and seqno.after(self.blocks[at - 1].start, start):
            at -= 1
        return at

    def ready(self, expected: i64) -> Block | None:
        """Take out the first block if it begins at `expected` or before it."""
        if len(self.blocks) == 0 or seqno.after(self.blocks[0].start, expected):
            return None
        block = self.blocks[0]
        del self.blocks[0]
        self.size -= seqno.distance(block.start, block.end)
        return block

    def report_duplicate(self, start: i64, end: i64) -> None:
        """Remember that start … end arrived again."""
        self.duplicate_start = start
        self.duplicate_end = end

    def has_report(self) -> bool:
        """There is something to put into a SACK option."""
        return len(self.blocks) > 0 or self.duplicate_start != self.duplicate_end

    def latest(self, before: i64) -> Block | None:
        """The block that grew last before `before`: RFC 2018 §4 wants the newest first."""
        found: Block | None = None
        for block in self.blocks:
            if block.touched < before and (found is None or block.touched > found.touched):
                found = block
        return found

    def clear(self) -> None:
        self.blocks.clear()
        self.size = 0
        self.duplicate_start = self.duplicate_end
