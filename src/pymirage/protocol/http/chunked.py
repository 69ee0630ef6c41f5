# pymirage: hot
"""Chunked bodies: RFC 9112 §7.1.

    chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF          a chunk of size 0 is the last
    trailer-section = *( field-line CRLF ) CRLF
    chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS value ] )        ignored, but bounded

Line ends are CR LF and nothing else, also behind extensions, where lenient parsers disagree.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.head import parse_fields, stray_line_end
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.octet import CR, FIELD, HEXADECIMAL, LF, SPACE, TAB, TOKEN, span
from pymirage.protocol.http.percent import digit
from pymirage.protocol.http.refusal import Refusal

SIZE: Final = 0
DATA: Final = 1
DATA_END: Final = 2
TRAILERS: Final = 3
DONE: Final = 4

LONGEST_SIZE: Final = 14
"""Hexadecimal digits, as many as never pass what machines count."""
SEMICOLON: Final = 0x3B


@final
class ChunkedReader:
    """Takes the encoded octets in pieces of any size; `pieces` collects what they carry.

    padded: white space behind the size is passed over, as some old servers send it.
    """

    def __init__(self, limits: Limits, padded: bool = False) -> None:
        self.limits: Final = limits
        self.padded: Final = padded
        self.state: i64 = SIZE
        self.left: i64 = 0
        """Of the chunk that is being read."""
        self.size: i64 = 0
        """Octets of content so far."""
        self.extensions: i64 = 0
        self.scanned: i64 = 0
        """So many octets of the trailers, from where they begin, hold no end of them."""
        self.pieces: list[bytes] = []
        self.trailers = Fields()
        self.refusal: Refusal | None = None

    def feed(self, data: bytes, at: i64) -> i64:
        """Reads on from data[at:]; gives where it stopped, and what is behind must come again with more."""
        while self.state != DONE and self.refusal is None:
            before = at
            state = self.state
            if state == SIZE:
                at = self._size(data, at)
            elif state == DATA:
                at = self._data(data, at)
            elif state == DATA_END:
                at = self._data_end(data, at)
            else:
                at = self._trailers(data, at)
            if at == before and self.state == state:
                break
        return at

    def done(self) -> bool:
        return self.state == DONE

    def take(self) -> bytes:
        """What was collected."""
        data = self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
        self.pieces.clear()
        return data

    def _refuse(self, refusal: Refusal, at: i64) -> i64:
        self.refusal = refusal
        return at

    def _size(self, data: bytes, at: i64) -> i64:
        """chunk-size [ chunk-ext ] CRLF"""
        end: i64 = len(data)
        after = span(HEXADECIMAL, data, at, min(end, at + LONGEST_SIZE + 1))
        if after - at > LONGEST_SIZE:
            return self._refuse(Refusal.CHUNK_SIZE, at)
        if after == end:
            return at
        if after == at:
            return self._refuse(Refusal.CHUNK_SIZE, at)
        line_end = self._extension(data, after, end)
        if line_end < 0:
            return at
        number: i64 = 0
        for index in range(at, after):
            number = number << 4 | digit(data[index])
        if number == 0:
            self.state = TRAILERS
            return line_end
        if number > self.limits.body - self.size:
            return self._refuse(Refusal.BODY_SIZE, at)
        self.size += number
        self.left = number
        self.state = DATA
        return line_end

    def _extension(self, data: bytes, at: i64, end: i64) -> i64:
        """From behind the size to behind the line's end; -1 when that is not there, or wrong."""
        start = at
        while at < end and (data[at] == SPACE or data[at] == TAB):
            at += 1
        if at < end and data[at] == SEMICOLON:
            name = at + 1
            while name < end and (data[name] == SPACE or data[name] == TAB):
                name += 1
            if name < end and TOKEN.table[data[name]] == 0:
                return self._refuse(Refusal.LINE_END if data[name] == LF else Refusal.CHUNK_EXTENSION, -1)
            at = span(FIELD, data, at, end)
        elif at < end and at > start and not self.padded:
            return self._refuse(Refusal.CHUNK_SIZE, -1)
        if self.extensions + at - start > self.limits.chunk_extensions:
            return self._refuse(Refusal.CHUNK_EXTENSION_SIZE, -1)
        if at == end:
            return -1
        if data[at] != CR:
            wrong = Refusal.CHUNK_SIZE if at == start else Refusal.CHUNK_EXTENSION
            return self._refuse(Refusal.LINE_END if data[at] == LF else wrong, -1)
        if at + 1 == end:
            return -1
        if data[at + 1] != LF:
            return self._refuse(Refusal.LINE_END, -1)
        self.extensions += at - start
        return at + 2

    def _data(self, data: bytes, at: i64) -> i64:
        end = min(len(data), at + self.left)
        if end > at:
            self.pieces.append(data[at:end])
            self.left -= end - at
        if self.left == 0:
            self.state = DATA_END
        return end

    def _data_end(self, data: bytes, at: i64) -> i64:
        """The CR LF behind the data."""
        end: i64 = len(data)
        if at < end and data[at] != CR:
            return self._refuse(Refusal.CHUNK_END, at)
        if at + 1 >= end:
            return at
        if data[at + 1] != LF:
            return self._refuse(Refusal.CHUNK_END, at)
        self.state = SIZE
        return at + 2

    def _trailers(self, data: bytes, at: i64) -> i64:
        end: i64 = len(data)
        if at + 2 <= end and data[at] == CR and data[at + 1] == LF:
            self.state = DONE
            return at + 2
        found: i64 = data.find(b"\r\n\r\n", max(at, at + self.scanned - 3))
        if found < 0 or found - at > self.limits.trailers:
            if end - at > self.limits.trailers:
                return self._refuse(Refusal.TRAILER_SIZE, at)
            if stray_line_end(data, at, at + self.scanned, end):
                return self._refuse(Refusal.LINE_END, at)
            self.scanned = end - at
            return at
        fields = parse_fields(data, at, found + 2, self.limits)
        if isinstance(fields, Refusal):
            return self._refuse(fields, at)
        self.trailers = fields
        self.state = DONE
        return found + 4


# -- writing --


def emit_chunk(data: bytes) -> bytes:
    """One chunk. Empty data would be the end, so it gives nothing."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def emit_last(trailers: Fields) -> bytes:
    """The last chunk and the trailers."""
    if not len(trailers):
        return b"0\r\n\r\n"
    lines = [b"0\r\n"]
    for name, value in trailers.pairs:
        lines.append(name + b": " + value + b"\r\n")
    lines.append(b"\r\n")
    return b"".join(lines)
