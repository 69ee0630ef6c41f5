# pymirage: hot
"""Signature of congestion control (RFC 5681, RFC 5033): how the window grows, and how far it falls.

What was lost, and when to send again, is recovery's matter (recovery.py), the same for all algorithms.
"""

from abc import ABC, abstractmethod
from typing import Final

from mypy_extensions import i64

UNBOUNDED: Final = 0x7FFF_FFFF


def initial_window(segment_size: i64) -> i64:
    """RFC 6928 §2."""
    return min(10 * segment_size, max(2 * segment_size, 14_600))


class CongestionControl(ABC):
    """Windows in octets, times in nanoseconds."""

    def __init__(self, segment_size: i64) -> None:
        self.window: i64 = initial_window(segment_size)
        self.threshold: i64 = UNBOUNDED
        """ssthresh."""
        self.growth_divisor: i64 = 1
        """How much slower than what is acknowledged slow start grows (hystart.py)."""
        self.segment_size: i64 = segment_size

    def start(self, segment_size: i64, syn_lost: bool) -> None:
        """The segment size is agreed upon; after a lost SYN begin with one segment (RFC 5681 §3.1)."""
        self.segment_size = segment_size
        self.window = segment_size if syn_lost else initial_window(segment_size)

    def in_first_slow_start(self) -> bool:
        """No loss was seen yet."""
        return self.threshold == UNBOUNDED

    def in_slow_start(self) -> bool:
        return self.window < self.threshold

    def slow_start(self, acknowledged: i64) -> i64:
        """Grow by what was acknowledged; returns what is left of it once the threshold is reached.

        RFC 3465 without its limit: acknowledgments of many segments have become usual.
        """
        grown = min(self.window + acknowledged // self.growth_divisor, self.threshold)
        left = acknowledged - (grown - self.window) if grown == self.threshold else 0
        self.window = grown
        return left

    @abstractmethod
    def acknowledged(self, octets: i64, round_trip: i64, now: i64) -> None:
        """New data was acknowledged outside recovery, while the window was in full use."""

    @abstractmethod
    def congestion(self, flight: i64, now: i64) -> None:
        """Loss was found: set `threshold`; the window follows through recovery.py."""

    def time_out(self, flight: i64, now: i64) -> None:
        """The retransmission timer went off (RFC 5681 §3.1): begin again from one segment."""
        self.congestion(flight, now)
        self.window = self.segment_size

    def idle(self) -> None:
        """Nothing was sent for longer than a timeout: the window says nothing any more (RFC 5681 §4.1)."""
        self.window = min(self.window, initial_window(self.segment_size))

    def undo(self, window: i64, threshold: i64) -> None:
        """The congestion was none: go back to what was before it."""
        self.window = max(self.window, window)
        self.threshold = threshold

    def resize(self, segment_size: i64) -> None:
        """The path takes another segment size; a window of octets stays what it is, but holds a segment."""
        self.segment_size = segment_size
        self.window = max(self.window, segment_size)
