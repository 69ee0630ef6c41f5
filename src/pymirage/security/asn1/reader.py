"""Reads DER, and nothing but DER: what has two encodings could be signed in one and compared in the other.

Lengths are definite and as short as they can be (X.690 §10.1), tags below 31, integers minimal, booleans 00
or FF, unused bits zero (§11.2). Nothing is copied until a value is taken; nothing nests by itself, so that
the depth is that of the grammar of whoever reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, final

from pymirage.security.asn1 import date, oid, tag, text
from pymirage.security.asn1.error import EncodingError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LONGEST_LENGTH = 4
"""Octets of a length: elements of 4 GiB are nobody's."""


@final
class Reader:
    """Walks over the elements of `data` from `start` to `end`."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._at = start
        self._end = len(data) if end is None else end

    # -- elements --

    def at_end(self) -> bool:
        return self._at == self._end

    def finish(self) -> None:
        """Nothing follows."""
        if self._at != self._end:
            raise self._error(f"{self._end - self._at} octets too many")

    def peek(self) -> int:
        """The next identifier octet; -1 at the end."""
        return self._data[self._at] if self._at < self._end else -1

    def element(self, wanted: int) -> Reader:
        """Step into the next element, which has this tag."""
        found = self.peek()
        if found != wanted:
            raise self._error(f"tag {wanted:02x} expected, {_shown(found)} found")
        return self._step()

    def any(self) -> Reader:
        """Step into the next element whatever its tag."""
        if self.peek() < 0:
            raise self._error("an element expected, the end found")
        return self._step()

    def optional(self, wanted: int) -> Reader | None:
        return self._step() if self.peek() == wanted else None

    def raw(self) -> bytes:
        """The next element with its tag and length, as it is signed."""
        start = self._at
        self.any()
        return self._data[start : self._at]

    def rest(self) -> bytes:
        """All octets that are left, unread."""
        found = self._data[self._at : self._end]
        self._at = self._end
        return found

    def sequence(self) -> Reader:
        return self.element(tag.SEQUENCE)

    def set(self) -> Reader:
        return self.element(tag.SET)

    def explicit(self, number: int) -> Reader | None:
        """Inside of [number] EXPLICIT, where it is present."""
        return self.optional(tag.context(number, constructed=True))

    # -- values: X.690 §8.2 to §8.25 under the restrictions of §10 and §11 --

    def boolean(self) -> bool:
        value = self.element(tag.BOOLEAN).rest()
        if value not in (b"\x00", b"\xff"):
            raise self._error("a boolean is 00 or ff")
        return value == b"\xff"

    def integer(self, kind: int = tag.INTEGER) -> int:
        return self._number(self.element(kind).rest())

    def small(self, most: int, kind: int = tag.INTEGER) -> int:
        """A number from 0 to `most`."""
        value = self.integer(kind)
        if not 0 <= value <= most:
            raise self._error(f"a number from 0 to {most} expected")
        return value

    def null(self) -> None:
        self.element(tag.NULL).finish()

    def octet_string(self, kind: int = tag.OCTET_STRING) -> bytes:
        return self.element(kind).rest()

    def bit_string(self, kind: int = tag.BIT_STRING) -> tuple[bytes, int]:
        """The octets and how many bits of the last one are unused."""
        value = self.element(kind).rest()
        if not value or value[0] > 7 or (len(value) == 1 and value[0]):
            raise self._error("a bit string begins with its number of unused bits")
        if value[0] and value[-1] & ((1 << value[0]) - 1):
            raise self._error("unused bits are zero")
        return value[1:], value[0]

    def octets_of_bits(self) -> bytes:
        """A bit string of whole octets: keys and signatures."""
        value, unused = self.bit_string()
        if unused:
            raise self._error("whole octets expected")
        return value

    def named_bits(self, kind: int = tag.BIT_STRING) -> int:
        """A list of named bits, bit 0 as 1 << 0. Trailing zero bits are left out (§11.2.2)."""
        value, unused = self.bit_string(kind)
        if value and not value[-1] & (1 << unused):
            raise self._error("named bits end with a bit that is set")
        if len(value) > 8:
            raise self._error("more named bits than any standard has")
        return sum(1 << at for at in range(len(value) * 8) if value[at // 8] & (0x80 >> at % 8))

    def oid(self, kind: int = tag.OBJECT_IDENTIFIER) -> str:
        value = self.element(kind).rest()
        return self._converted(oid.decode, value)

    def time(self) -> int:
        """Seconds since 1970-01-01T00:00:00Z, of either type as RFC 5280 §4.1.2.5 allows them."""
        kind = self.peek()
        value = self.any().rest()
        if kind == tag.UTC_TIME:
            return self._converted(date.utc_time, value)
        if kind == tag.GENERALIZED_TIME:
            return self._converted(date.generalized_time, value)
        raise self._error(f"a time expected, {_shown(kind)} found")

    def string(self) -> str:
        """Text of any of the string types."""
        kind = self.peek()
        if kind not in text.CODECS:
            raise self._error(f"a string expected, {_shown(kind)} found")
        return self._converted(lambda value: text.decode(kind, value), self._step().rest())

    # -- steps --

    def _step(self) -> Reader:
        """Over the element here; its length is checked."""
        data, at, end = self._data, self._at, self._end
        if data[at] & 0x1F == 0x1F:
            raise self._error("tags from 31 on are not in use")
        if at + 2 > end:
            raise self._error("cut off in a length")
        length = data[at + 1]
        at += 2
        if length >= 0x80:
            size = length & 0x7F
            if size == 0:
                raise self._error("indefinite length")
            if size > LONGEST_LENGTH or at + size > end:
                raise self._error("a length that cannot be")
            length = int.from_bytes(data[at : at + size], "big")
            if length < 0x80 or data[at] == 0:
                raise self._error("a length that could be shorter")
            at += size
        if length > end - at:
            raise self._error("cut off in a value")
        self._at = at + length
        return Reader(data, at, at + length)

    def _number(self, value: bytes) -> int:
        if not value:
            raise self._error("an integer without octets")
        if len(value) > 1 and (value[0], value[1] >> 7) in ((0x00, 0), (0xFF, 1)):
            raise self._error("an integer that could be shorter")
        return int.from_bytes(value, "big", signed=True)

    def _converted(self, convert: Callable[[bytes], T], value: bytes) -> T:
        try:
            return convert(value)
        except ValueError as error:
            raise self._error(str(error)) from None

    def _error(self, what: str) -> EncodingError:
        return EncodingError(f"{what}, at octet {self._at}")


def _shown(found: int) -> str:
    return "the end" if found < 0 else f"{found:02x}"
