# pymirage: hot
"""Octets that were received and not yet understood, and the body that is being read from them.

Nothing is looked at twice: the end of a head is searched for from where the last search stopped.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.protocol.http.chunked import ChunkedReader
from pymirage.protocol.http.events import NO_TRAILERS, BodyEvent, Data, End
from pymirage.protocol.http.framing import CHUNKED, UNTIL_CLOSE
from pymirage.protocol.http.head import stray_line_end
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.octet import CR, LF, TOKEN
from pymirage.protocol.http.refusal import Refusal

MORE: Final = -1
WRONG: Final = -2


@final
class Reader:
    """`data` from `at` on is what is left. padded: see `ChunkedReader`."""

    def __init__(self, limits: Limits, padded: bool) -> None:
        self.limits: Final = limits
        self.padded: Final = padded
        self.data = b""
        self.at: i64 = 0
        self.scanned: i64 = 0
        """Before this offset no head ends."""
        self.skipped = False
        """An empty line was passed over since the last head."""
        self.ended = False
        """The peer has shut down its side."""
        self.left: i64 = 0
        """Of the body: octets, CHUNKED or UNTIL_CLOSE."""
        self.size: i64 = 0
        """Octets of a body that ends with the connection, so far."""
        self.chunked: ChunkedReader | None = None
        self.refusal = Refusal.START_LINE
        """Why the last step went wrong."""

    def receive(self, data: bytes) -> None:
        """More octets, in order."""
        if self.at == len(self.data):
            self.data = data
        else:
            self.data = self.data[self.at :] + data
        self.scanned = max(self.scanned - self.at, 0)
        self.at = 0

    def buffered(self) -> i64:
        """Octets that wait."""
        return len(self.data) - self.at

    def rest(self) -> bytes:
        """Takes what is left: it belongs to another protocol."""
        data = self.data[self.at :]
        self.data = b""
        self.at = 0
        return data

    # -- heads --

    def skip_empty_line(self) -> None:
        """One, before a request: some old clients end a body with it (RFC 9112 §2.2)."""
        data = self.data
        if not self.skipped and len(data) >= self.at + 2 and data[self.at] == CR and data[self.at + 1] == LF:
            self.at += 2
            self.skipped = True

    def find_head(self) -> i64:
        """Where the last line of a head ends: before its empty line. MORE or WRONG without."""
        data = self.data
        found: i64 = data.find(b"\r\n\r\n", max(self.at, self.scanned - 3))
        if found >= 0 and found - self.at <= self.limits.head:
            return found + 2
        return self._unfinished()

    def _unfinished(self) -> i64:
        """What is there is no whole head; it may be seen already that it will be none."""
        data, end = self.data, len(self.data)
        if end == self.at:
            return MORE
        first = data[self.at]
        if TOKEN.table[first] == 0 and (first != CR or (end > self.at + 1 and data[self.at + 1] != LF)):
            return self._wrong(Refusal.START_LINE)
        if (
            end - self.at > self.limits.start_line
            and data.find(b"\n", self.at, self.at + self.limits.start_line) < 0
        ):
            return self._wrong(Refusal.START_LINE_SIZE)
        if end - self.at > self.limits.head:
            return self._wrong(Refusal.HEAD_SIZE)
        if stray_line_end(data, self.at, max(self.at, self.scanned), end):
            return self._wrong(Refusal.LINE_END)
        self.scanned = end
        return MORE

    def _wrong(self, refusal: Refusal) -> i64:
        self.refusal = refusal
        return WRONG

    # -- bodies --

    def begin_body(self, length: int) -> Refusal | None:
        """The body begins here. `length` as in `framing`."""
        self.left = length
        self.size = 0
        self.scanned = 0
        self.skipped = False
        if length == CHUNKED:
            self.chunked = ChunkedReader(self.limits, self.padded)
        elif length > self.limits.body:
            return Refusal.BODY_SIZE
        return None

    def next_of_body(self) -> BodyEvent | None:
        """What comes next of it; None when that is not there yet."""
        if self.left >= 0:
            return self._counted()
        if self.left == CHUNKED:
            return self._chunked()
        return self._until_close()

    def _take(self, size: i64) -> Data:
        data = self.data
        start = self.at
        if start == 0 and size == len(data):
            self.data = b""
            return Data(data)
        self.at += size
        return Data(data[start : start + size])

    def _counted(self) -> BodyEvent | None:
        if self.left == 0:
            return NO_TRAILERS
        size = min(self.left, self.buffered())
        if size == 0:
            return Refusal.INCOMPLETE if self.ended else None
        self.left -= size
        return self._take(size)

    def _chunked(self) -> BodyEvent | None:
        decoder = self.chunked
        assert decoder is not None
        self.at = decoder.feed(self.data, self.at)
        if decoder.pieces:
            return Data(decoder.take())
        if decoder.refusal is not None:
            return decoder.refusal
        if decoder.done():
            self.chunked = None
            return End(decoder.trailers)
        return Refusal.INCOMPLETE if self.ended else None

    def _until_close(self) -> BodyEvent | None:
        assert self.left == UNTIL_CLOSE
        size = self.buffered()
        if size > 0:
            self.size += size
            return Refusal.BODY_SIZE if self.size > self.limits.body else self._take(size)
        return NO_TRAILERS if self.ended else None
