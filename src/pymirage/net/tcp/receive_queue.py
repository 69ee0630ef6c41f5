# pymirage: hot
"""Octets that arrived in order and that the application has not read yet."""

from typing import Final, final

from mypy_extensions import i64

SMALL: Final = 512
"""Pieces below this are joined up to JOINED: many tiny segments must not cost an object each."""
JOINED: Final = 4096
COMPACT: Final = 64


@final
class ReceiveQueue:
    """A list of pieces, each as it arrived."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.head: i64 = 0
        self.size: i64 = 0
        """Octets in the queue."""

    def append(self, data: bytes) -> None:
        count: i64 = len(data)
        self.size += count
        last: i64 = len(self.pieces) - 1
        if count < SMALL and last >= self.head:
            piece = self.pieces[last]
            if len(piece) + count <= JOINED:
                self.pieces[last] = piece + data
                return
        self.pieces.append(data)

    def piece(self) -> bytes:
        """Take the first piece, whatever its size; empty when there is none."""
        if self.size == 0:
            return b""
        data = self.pieces[self.head]
        self.size -= len(data)
        self._next_piece()
        return data

    def read(self, limit: i64) -> bytes:
        """Take up to `limit` octets."""
        if limit <= 0 or self.size == 0:
            return b""
        first = self.pieces[self.head]
        if len(first) == limit or (len(first) < limit and self.size == len(first)):
            return self.piece()
        parts: list[bytes] = []
        while limit > 0 and self.size > 0:
            piece = self.pieces[self.head]
            count: i64 = len(piece)
            if count > limit:
                self.pieces[self.head] = piece[limit:]
                parts.append(piece[:limit])
                self.size -= limit
                break
            parts.append(piece)
            self.size -= count
            limit -= count
            self._next_piece()
        return b"".join(parts)

    def _next_piece(self) -> None:
        self.pieces[self.head] = b""
        self.head += 1
        if self.head == len(self.pieces):
            self.pieces.clear()
            self.head = 0
        elif self.head >= COMPACT and self.head * 2 > len(self.pieces):
            del self.pieces[: self.head]
            self.head = 0

    def clear(self) -> None:
        self.pieces.clear()
        self.head = 0
        self.size = 0
