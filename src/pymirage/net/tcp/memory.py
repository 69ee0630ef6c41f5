# pymirage: hot
"""Octets held by all connections of a stack, against one limit.

Each connection is bounded by its own buffers. When all together come near the limit, buffers stop growing
(tight), then windows open no further (short), then nothing is taken (full): refusal instead of growth.
"""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection


@final
class Memory:
    """The account."""

    def __init__(self, limit: i64) -> None:
        self.limit: Final = limit
        self.used: i64 = 0

    def tight(self) -> bool:
        return self.used > self.limit >> 1

    def short(self) -> bool:
        return self.used > (self.limit >> 2) * 3

    def full(self) -> bool:
        return self.used >= self.limit

    def charge(self, connection: "Connection") -> None:
        """Bring the account up to date with what the connection holds."""
        held = (
            connection.incoming.size
            + connection.assembler.size
            + connection.outgoing.size
            + connection.flight.size
        )
        self.used += held - connection.charged
        connection.charged = held
