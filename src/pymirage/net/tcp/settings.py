# pymirage: hot
"""Bounds and times of the TCP of one stack, with the reason of each default."""

from typing import Final, final

from mypy_extensions import i64

MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000


@final
class Settings:
    """Change the attributes before the stack is made. Octets and nanoseconds."""

    def __init__(self) -> None:
        self.connections: i64 = 65_536
        """Connections in all; more are refused."""
        self.memory: i64 = 256 << 20
        """Octets held for all connections, in both directions; beyond it nothing more is taken in."""
        self.receive_initial: i64 = 128 << 10
        """First receive buffer: two round trips of a sender's first 64 KiB."""
        self.receive_maximum: i64 = 6 << 20
        """Limit of the receive buffer's growth: 100 ms at 480 Mbit/s."""
        self.send_maximum: i64 = 4 << 20
        """Octets that a connection takes from the application and holds unacknowledged."""
        self.time_wait_connections: i64 = 16_384
        """Connections in TIME-WAIT; beyond it the oldest ends early."""
        self.time_wait: i64 = 60 * SECOND
        """Twice the maximum segment lifetime: 30 s, as common systems take it (RFC 9293 says 2 minutes)."""
        self.orphan_fin_wait: i64 = 60 * SECOND
        """How long FIN-WAIT-2 lasts when the application closed and can no longer read."""
        self.orphan_patience: i64 = 100 * SECOND
        """How long a peer has for orphan_octets of what the application left when it closed (RFC 6429).

        R2 of RFC 9293 §3.8.3 is no less.
        """
        self.orphan_octets: i64 = 10_000
        """Or for all of it, where it is less; then for the next ones."""
        self.syn_time_out: i64 = 180 * SECOND
        """R2 of a SYN (RFC 9293 §3.8.3, MUST-23: at least 3 minutes)."""
        self.user_time_out: i64 = 300 * SECOND
        """R2 of data: how long it may stay unacknowledged (RFC 9293 §3.9.1.2 OPEN: 5 minutes)."""
        self.delayed_ack: i64 = 40 * MILLISECOND
        """How long an acknowledgment waits for company (RFC 9293 §3.8.6.3: below 500 ms)."""
        self.ack_every: i64 = 2
        """Full segments that are acknowledged at once (RFC 9293 §3.8.6.3: every second)."""
        self.minimum_rto: i64 = 200 * MILLISECOND
        """RFC 6298 §2.4 says 1 s, against clocks of 500 ms; all common systems go lower."""
        self.maximum_rto: i64 = 60 * SECOND
        """RFC 6298 §2.5."""
        self.keepalive_probes: i64 = 9
        self.challenge_acks: i64 = 100
        """Challenge ACKs a second, in all (RFC 5961 §7; randomised, see challenge.py)."""
        self.resets: i64 = 200
        """Resets a second for segments of no connection."""
        self.half_open: i64 = 1024
        """Connections in SYN-RECEIVED in all; SYN cookies beyond it."""
        self.timestamps: bool = True
        self.selective: bool = True
        """Offer SACK."""
        self.congestion: str = "cubic"
        """Or "newreno"."""
