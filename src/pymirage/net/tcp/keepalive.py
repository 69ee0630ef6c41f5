# pymirage: hot
"""When to ask an idle peer whether it is there (RFC 9293 §3.8.4)."""

from typing import Final, final

from mypy_extensions import i64

SECOND: Final = 1_000_000_000


@final
class Keepalive:
    """Nanoseconds."""

    def __init__(self, idle: i64 = 7200 * SECOND, interval: i64 = 75 * SECOND, probes: i64 = 9) -> None:
        self.idle: Final = idle
        """Silence before the first probe (MUST-26: two hours unless the application says otherwise)."""
        self.interval: Final = interval
        self.probes: Final = probes
        """Unanswered probes that end the connection."""
