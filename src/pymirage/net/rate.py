# pymirage: hot
"""A token bucket: so many a second on average, so many at once (RFC 4443 §2.4 (f), RFC 1812 §4.3.2.8)."""

from typing import Final, final

from mypy_extensions import i64

SECOND: Final = 1_000_000_000


@final
class TokenBucket:
    """Full at the start."""

    def __init__(self, rate: i64, burst: i64) -> None:
        self.interval: Final[i64] = SECOND // rate
        """Nanoseconds in which one token comes in."""
        self.burst: Final[i64] = burst
        self.tokens: i64 = burst
        self.since: i64 = 0
        """Up to when tokens were counted in."""

    def take(self, now: i64) -> bool:
        """Take a token; false when there is none."""
        fresh: i64 = (now - self.since) // self.interval
        if fresh > 0:
            self.tokens = min(self.tokens + fresh, self.burst)
            self.since += fresh * self.interval
        if self.tokens == 0:
            return False
        self.tokens -= 1
        return True
