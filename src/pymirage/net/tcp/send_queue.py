# pymirage: hot
"""Octets that the application wrote and that were not sent yet.

What is sent moves to the flight (flight.py), which refers to the same pieces: nothing is copied until a
frame is built.
"""

from typing import Final, final

from mypy_extensions import i64

SMALL: Final = 2048
"""Pieces below this are joined, so that many small writes do not cost an object each."""
COMPACT: Final = 64


@final
class SendQueue:
    """`take` leaves the octets in `data` from `at` on."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.head: i64 = 0
        """Index of the first piece that is not used up."""
        self.offset: i64 = 0
        """What of that piece is used up."""
        self.size: i64 = 0
        """Octets in the queue."""
        self.data: bytes = b""
        self.at: i64 = 0

    def append(self, data: bytes) -> None:
        count: i64 = len(data)
        if count == 0:
            return
        self.size += count
        last: i64 = len(self.pieces) - 1
        if last > self.head or (last == self.head and self.offset == 0):
            piece = self.pieces[last]
            if len(piece) + count <= SMALL:
                self.pieces[last] = piece + data
                return
        self.pieces.append(data)

    def take(self, count: i64) -> None:
        """Remove the first `count` octets (at most `size`, at least 1), as `data` and `at`."""
        piece = self.pieces[self.head]
        available: i64 = len(piece) - self.offset
        self.size -= count
        if count < available:
            self.data = piece
            self.at = self.offset
            self.offset += count
        elif count == available:
            self.data = piece
            self.at = self.offset
            self._next_piece()
        else:
            self._join(count)

    def _join(self, count: i64) -> None:
        """Take octets that lie in several pieces."""
        parts: list[bytes] = []
        while count > 0:
            piece = self.pieces[self.head]
            available: i64 = len(piece) - self.offset
            part = min(count, available)
            parts.append(piece[self.offset : self.offset + part])
            count -= part
            if part == available:
                self._next_piece()
            else:
                self.offset += part
        self.data = b"".join(parts)
        self.at = 0

    def _next_piece(self) -> None:
        self.pieces[self.head] = b""
        self.head += 1
        self.offset = 0
        if self.head == len(self.pieces):
            self.pieces.clear()
            self.head = 0
        elif self.head >= COMPACT and self.head * 2 > len(self.pieces):
            del self.pieces[: self.head]
            self.head = 0

    def clear(self) -> None:
        self.pieces.clear()
        self.head = 0
        self.offset = 0
        self.size = 0
        self.data = b""
