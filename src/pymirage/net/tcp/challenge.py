# pymirage: hot
"""How many challenge ACKs and resets may leave in a second (RFC 5961 §7).

A fixed limit that all connections share lets an outsider count what is left of it and so find out about
connections that are not his (CVE-2016-5696): each second's limit is therefore drawn from an interval.
"""

from typing import Final, final

from mypy_extensions import i64

SECOND: Final = 1_000_000_000


@final
class Allowance:
    """So many per second, more or less."""

    def __init__(self, per_second: i64, seed: i64) -> None:
        self.per_second: Final = per_second
        self.random: i64 = seed & 0x7FFF_FFFF
        self.second: i64 = -1
        self.left: i64 = 0

    def take(self, now: i64) -> bool:
        """Whether one more may leave."""
        second = now // SECOND
        if second != self.second:
            self.second = second
            # A linear congruence from a secret seed suffices: nobody sees its output.
            self.random = (self.random * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
            self.left = self.per_second // 2 + (self.random >> 8) % max(self.per_second, 1)
        if self.left <= 0:
            return False
        self.left -= 1
        return True
