# pymirage: hot
"""Round-trip time, the retransmission timeout made of it (RFC 6298), and the minimum (RFC 8985 §6.2)."""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

INITIAL_RTO: Final = 1_000_000_000
"""RFC 6298 §2.1."""
GRANULARITY: Final = 1_000_000
"""G: ours is finer, but a peer's clock and scheduler are not."""
MINIMUM_WINDOW: Final = 300_000_000_000
"""How long a minimum stands (RFC 8985 suggests a long window, as paths change)."""
UNKNOWN: Final = -1


@final
@mypyc_attr(acyclic=True)
class RoundTrip:
    """All times in nanoseconds."""

    def __init__(self, minimum_rto: i64, maximum_rto: i64) -> None:
        self.minimum_rto: Final = minimum_rto
        self.maximum_rto: Final = maximum_rto
        self.smoothed: i64 = UNKNOWN
        self.variation: i64 = 0
        self.rto: i64 = INITIAL_RTO
        self.backoff: i64 = 0
        """How often the timer went off since the last acknowledgment of new data."""
        self.minimum: i64 = UNKNOWN
        self.minimum_at: i64 = 0

    def sample(self, time: i64) -> None:
        """Take a measurement of a segment that was sent once (Karn's rule) or that a timestamp told apart."""
        if self.smoothed == UNKNOWN:
            self.smoothed = time
            self.variation = time >> 1
        else:
            error = time - self.smoothed
            self.variation += ((error if error >= 0 else -error) - self.variation) >> 2
            self.smoothed += error >> 3
        # The minimum is kept above the round trip, not under the sum: on a steady path the variation falls to
        # nothing, and the peer's delayed ACK would then look like a loss.
        margin = max(max(4 * self.variation, GRANULARITY), self.minimum_rto)
        self.rto = min(self.smoothed + margin, self.maximum_rto)

    def observe_minimum(self, time: i64, now: i64) -> None:
        if self.minimum == UNKNOWN or time <= self.minimum or now - self.minimum_at > MINIMUM_WINDOW:
            self.minimum = time
            self.minimum_at = now

    def current_rto(self) -> i64:
        """The timeout with its back-off (RFC 6298 §5.5)."""
        if self.backoff == 0:
            return self.rto
        if self.backoff > 16:
            return self.maximum_rto
        return min(self.rto << self.backoff, self.maximum_rto)

    def back_off(self) -> None:
        self.backoff += 1

    def progress(self) -> None:
        """New data was acknowledged: the back-off ends."""
        self.backoff = 0

    def initial_lost(self) -> None:
        """The SYN's timer went off: data begins with 3 s (RFC 6298 §5.7)."""
        self.rto = 3 * INITIAL_RTO
