# pymirage: hot
"""CUBIC congestion control (RFC 9438).

Windows are in segments in the formulas, as in the RFC; times in seconds.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.tcp.congestion import CongestionControl

C: Final = 0.4
BETA: Final = 0.7
ALPHA: Final = 0.5294117647058824
"""3 (1 - BETA) / (1 + BETA): the increase that makes the Reno-friendly estimate fair (§4.3)."""
SECOND: Final = 1_000_000_000.0
NEVER: Final = -1


@final
class Cubic(CongestionControl):
    """The window is a cubic function of the time since the last congestion, flat where that happened."""

    def __init__(self, segment_size: i64) -> None:
        super().__init__(segment_size)
        self.epoch: i64 = NEVER
        """When the present congestion avoidance began; NEVER before its first acknowledgment."""
        self.maximum: float = 0.0
        """W_max."""
        self.origin: float = 0.0
        """K: seconds until the function is back at W_max."""
        self.estimate: float = 0.0
        """W_est: what Reno would have (§4.3)."""
        self.prior: float = 0.0
        """cwnd_prior."""
        self.current: float = 0.0
        """The window with its fraction of a segment."""

    def acknowledged(self, octets: i64, round_trip: i64, now: i64) -> None:
        if self.in_slow_start():
            octets = self.slow_start(octets)
            if octets == 0:
                return
        size = float(self.segment_size)
        if self.epoch == NEVER:
            self._begin(float(self.window) / size, now)
        segments = float(octets) / size
        # §4.2: the target is where the function will be a round trip later, within one and a half of now's.
        later = self._function(float(now - self.epoch + round_trip) / SECOND)
        target = min(max(later, self.current), 1.5 * self.current)
        self.estimate += (1.0 if self.estimate >= self.prior else ALPHA) * segments / self.current
        if self._function(float(now - self.epoch) / SECOND) < self.estimate:
            self.current = max(self.current, self.estimate)
        else:
            self.current += (target - self.current) / self.current * segments
        self.window = max(self.window, i64(int(self.current * size)))

    def _begin(self, window: float, now: i64) -> None:
        """First acknowledgment of congestion avoidance (§4.2, §4.10 when slow start ended without a loss)."""
        self.epoch = now
        self.current = window
        self.estimate = window
        if self.maximum < window:
            self.maximum = window
            self.origin = 0.0
        else:
            self.origin = float(((self.maximum - window) / C) ** (1.0 / 3.0))

    def _function(self, time: float) -> float:
        """W_cubic (§4.2)."""
        distance = time - self.origin
        return C * distance * distance * distance + self.maximum

    def congestion(self, flight: i64, now: i64) -> None:  # noqa: ARG002
        size = float(self.segment_size)
        window = float(self.window) / size
        # §4.7: falling below the last maximum means that others want bandwidth: release some more.
        self.maximum = window * (1.0 + BETA) / 2.0 if window < self.maximum else window
        self.prior = window
        self.epoch = NEVER
        self.threshold = max(i64(int(float(flight) * BETA)), 2 * self.segment_size)

    def idle(self) -> None:
        super().idle()
        self.epoch = NEVER

    def undo(self, window: i64, threshold: i64) -> None:
        super().undo(window, threshold)
        self.maximum = self.prior
        self.epoch = NEVER
