# pymirage: hot
"""The timers of one connection: when each goes off, FOREVER when it is not set."""

from typing import final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.deadline import FOREVER


@final
@mypyc_attr(acyclic=True)
class Timers:
    """What each does when it goes off: expiry.py."""

    def __init__(self) -> None:
        self.retransmit: i64 = FOREVER
        """RFC 6298."""
        self.probe: i64 = FOREVER
        """Tail loss probe, RFC 8985 §7."""
        self.reorder: i64 = FOREVER
        """RACK's wait for reordered segments, RFC 8985 §6.2."""
        self.persist: i64 = FOREVER
        """Zero-window probe, RFC 9293 §3.8.6.1."""
        self.delayed_ack: i64 = FOREVER
        """RFC 9293 §3.8.6.3."""
        self.keepalive: i64 = FOREVER
        """RFC 9293 §3.8.4."""
        self.close: i64 = FOREVER
        """End of TIME-WAIT or of an orphan's FIN-WAIT-2; before them, of patience with an orphan's peer."""

    def next(self) -> i64:
        """The earliest."""
        first = self.retransmit
        if self.probe < first:
            first = self.probe
        if self.reorder < first:
            first = self.reorder
        if self.persist < first:
            first = self.persist
        if self.delayed_ack < first:
            first = self.delayed_ack
        if self.keepalive < first:
            first = self.keepalive
        if self.close < first:
            first = self.close
        return first

    def stop(self) -> None:
        self.stop_sending()
        self.delayed_ack = FOREVER
        self.keepalive = FOREVER
        self.close = FOREVER

    def stop_sending(self) -> None:
        """Clear those that wait for acknowledgments."""
        self.retransmit = FOREVER
        self.probe = FOREVER
        self.reorder = FOREVER
        self.persist = FOREVER
