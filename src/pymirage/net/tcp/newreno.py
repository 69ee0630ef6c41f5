# pymirage: hot
"""The congestion avoidance of TCP NewReno (RFC 5681 §3.1, RFC 6582)."""

from typing import final

from mypy_extensions import i64

from pymirage.net.tcp.congestion import CongestionControl


@final
class NewReno(CongestionControl):
    """One segment more per round trip, half of what is in flight after a loss."""

    def __init__(self, segment_size: i64) -> None:
        super().__init__(segment_size)
        self.counted: i64 = 0
        """Octets acknowledged towards the next segment (appropriate byte counting, RFC 3465)."""

    def acknowledged(self, octets: i64, round_trip: i64, now: i64) -> None:  # noqa: ARG002
        if self.in_slow_start():
            octets = self.slow_start(octets)
        self.counted += octets
        if self.counted >= self.window:
            self.counted -= self.window
            self.window += self.segment_size

    def congestion(self, flight: i64, now: i64) -> None:  # noqa: ARG002
        self.threshold = max(flight >> 1, 2 * self.segment_size)
        self.counted = 0
