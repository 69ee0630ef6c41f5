"""How a TCP connection behaves: what a program may ask for beyond defaults."""

from __future__ import annotations

from pymirage.error import UsageError

SECOND = 1_000_000_000


class TcpOptions:
    """Times are nanoseconds; a host's sockets round them up to seconds and milliseconds. Never changed.

    keepalive: the silence after which the peer is asked whether it is there (RFC 9293 §3.8.4); 0: never.
    keepalive_interval, keepalive_probes: how often it is asked again, and how many silent answers end the
    connection. user_time_out: how long data may stay unacknowledged (RFC 9293 §3.8.3); 0: the system's own
    patience. no_delay: small pieces leave at once (no Nagle's algorithm).
    """

    __slots__ = ("keepalive", "keepalive_interval", "keepalive_probes", "no_delay", "user_time_out")

    def __init__(
        self,
        *,
        keepalive: int = 0,
        keepalive_interval: int = 75 * SECOND,
        keepalive_probes: int = 9,
        user_time_out: int = 0,
        no_delay: bool = True,
    ) -> None:
        if keepalive < 0 or user_time_out < 0 or keepalive_interval <= 0 or keepalive_probes <= 0:
            raise UsageError("times of TcpOptions are nanoseconds from 0 on; interval and probes above 0")
        self.keepalive = keepalive
        self.keepalive_interval = keepalive_interval
        self.keepalive_probes = keepalive_probes
        self.user_time_out = user_time_out
        self.no_delay = no_delay

    def __repr__(self) -> str:
        """What differs from the defaults."""
        changed = [
            f"{name}={value}"
            for name, value in ((name, getattr(self, name)) for name in self.__slots__)
            if value != DEFAULTS[name]
        ]
        return f"TcpOptions({', '.join(changed)})"


DEFAULTS = {name: getattr(TcpOptions(), name) for name in TcpOptions.__slots__}
