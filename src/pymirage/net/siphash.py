# pymirage: hot
"""SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of a few numbers.

The words are signed 64-bit numbers that wrap. Compiled arithmetic does so by itself, interpreted does not, so
`wrap` is applied wherever a number may leave the range.
"""

from typing import Final, final

from mypy_extensions import i64

LOW: Final = 0x7FFF_FFFF_FFFF_FFFF


def wrap(number: i64) -> i64:
    """The number modulo 2**64, as a signed one."""
    return (number & LOW) - ((number >> 63 & 1) << 63)


def rotate(number: i64, count: i64) -> i64:
    """Rotate left by 1 to 63."""
    # The right shift must not drag the sign along. (A mask `(1 << count) - 1` would be computed in 32 bits:
    # mypyc writes the literal as a C int.)
    return wrap(number << count) | (number >> 1 & LOW) >> (63 - count)


@final
class SipHash:
    """One key; hashes sequences of 64-bit words given one by one: `start`, `word` …, `finish`."""

    def __init__(self, key: bytes) -> None:
        """The key has 16 octets and is secret."""
        self.key0: Final[i64] = int.from_bytes(key[:8], "little", signed=True)
        self.key1: Final[i64] = int.from_bytes(key[8:16], "little", signed=True)
        self.v0: i64 = 0
        self.v1: i64 = 0
        self.v2: i64 = 0
        self.v3: i64 = 0

    def start(self) -> None:
        self.v0 = self.key0 ^ 0x736F_6D65_7073_6575
        self.v1 = self.key1 ^ 0x646F_7261_6E64_6F6D
        self.v2 = self.key0 ^ 0x6C79_6765_6E65_7261
        self.v3 = self.key1 ^ 0x7465_6462_7974_6573

    def word(self, number: i64) -> None:
        self.v3 ^= number
        self._round()
        self._round()
        self.v0 ^= number

    def finish(self, words: i64) -> i64:
        """The hash of the `words` words given: a signed number."""
        self.word(wrap(words * 8 << 56))
        self.v2 ^= 0xFF
        self._round()
        self._round()
        self._round()
        self._round()
        return self.v0 ^ self.v1 ^ self.v2 ^ self.v3

    def _round(self) -> None:
        v0 = wrap(self.v0 + self.v1)
        v1 = rotate(self.v1, 13) ^ v0
        v0 = rotate(v0, 32)
        v2 = wrap(self.v2 + self.v3)
        v3 = rotate(self.v3, 16) ^ v2
        v0 = wrap(v0 + v3)
        v3 = rotate(v3, 21) ^ v0
        v2 = wrap(v2 + v1)
        v1 = rotate(v1, 17) ^ v2
        v2 = rotate(v2, 32)
        self.v0 = v0
        self.v1 = v1
        self.v2 = v2
        self.v3 = v3


def hash_of(key: SipHash, first: i64, second: i64, third: i64, fourth: i64, fifth: i64) -> i64:
    """The hash of five words."""
    key.start()
    key.word(first)
    key.word(second)
    key.word(third)
    key.word(fourth)
    key.word(fifth)
    return key.finish(5)
