# pymirage: hot
"""A port that is listened on (RFC 9293 §3.10.1, passive OPEN): LISTEN as an object."""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64

from pymirage.net.address import is_v4
from pymirage.net.tcp.handler import ListenHandler

if TYPE_CHECKING:
    from pymirage.net.tcp.stack import TcpStack


@final
class Listener:
    """Made by `TcpStack.listen`."""

    def __init__(
        self,
        stack: "TcpStack",
        high: i64,
        low: i64,
        port: i64,
        handler: ListenHandler,
        backlog: i64,
        version: i64,
    ) -> None:
        self.stack: Final = stack
        self.high: Final = high
        self.low: Final = low
        """The address, halves as in `Packet`; both 0: any address."""
        self.version: Final = version
        """4 or 6 when any address of one IP version is meant; 0: of both."""
        self.port: Final = port
        self.handler: Final = handler
        self.backlog: Final = backlog
        """Connections in SYN-RECEIVED; more are made by SYN cookies only."""
        self.closed: bool = False
        self.half_open: i64 = 0

    def any_address(self) -> bool:
        return self.high == 0 and self.low == 0

    def takes(self, high: i64, low: i64) -> bool:
        """Whether a connection to this address of ours is for it."""
        if self.any_address():
            return self.version == 0 or (self.version == 4) == is_v4(high, low)
        return self.high == high and self.low == low

    def close(self) -> None:
        """Take no new connections; those that are established go on."""
        self.closed = True
        self.stack.close_listener(self)
