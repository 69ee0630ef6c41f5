"""Content codings of responses: gzip and deflate (RFC 9110 §8.4.1), decompressed in bounded pieces."""

from __future__ import annotations

from pymirage.web.client.error import BadResponse

try:
    import zlib
except ImportError:  # a runtime without it
    zlib = None  # type: ignore[assignment]

PIECE = 64 * 1024
EITHER = 47
"""zlib's window of 32 KiB, with the header of gzip or of zlib."""
RAW = -15
"""Without any: what some servers mean by deflate."""


def accepted() -> str:
    """What we can decompress, as Accept-Encoding says it."""
    return "" if zlib is None else "gzip, deflate"


def decoder_of(coding: str) -> Decoder | None:
    """None where there is nothing to decode, or nothing that we can."""
    name = coding.strip().lower()
    if zlib is None or name not in ("gzip", "x-gzip", "deflate"):
        return None
    return Decoder(name == "deflate")


class Decoder:
    """Octets in, pieces of at most PIECE out: a few that expand to very many take no memory."""

    def __init__(self, may_be_raw: bool) -> None:
        self._stream = zlib.decompressobj(EITHER)
        self._may_be_raw = may_be_raw
        self._pending = b""
        self._begun = False

    def feed(self, data: bytes) -> None:
        """More compressed octets; `take` all pieces first."""
        self._pending += data

    def take(self) -> bytes:
        """The next piece; b"" when more must be fed. Raises BadResponse."""
        while self._pending:
            if self._stream.eof:
                # A gzip file may have several members (RFC 1952 §2.2).
                self._stream = zlib.decompressobj(EITHER)
            try:
                piece = self._stream.decompress(self._pending, PIECE)
            except zlib.error as error:
                piece = self._retry(error)
            self._begun = True
            self._pending = self._stream.unused_data or self._stream.unconsumed_tail
            if piece:
                return piece
            if not self._stream.eof:
                break
        return b""

    def complete(self) -> bool:
        """Nothing is missing."""
        return not self._pending and (self._stream.eof or not self._begun)

    def _retry(self, error: Exception) -> bytes:
        if self._begun or not self._may_be_raw:
            raise BadResponse(f"the content cannot be decompressed: {error}") from None
        self._stream = zlib.decompressobj(RAW)
        try:
            return self._stream.decompress(self._pending, PIECE)
        except zlib.error:
            raise BadResponse(f"the content cannot be decompressed: {error}") from None
