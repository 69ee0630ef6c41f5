# pymirage: hot
"""What a connection tells asyncio's transport over it.

A class of its own, because a compiled base takes no second; and compiled, because interpreted it would be one
more call of Python for all data that arrives.
"""

from typing import TYPE_CHECKING, Final, final

from pymirage.net.tcp.handler import ConnectionHandler

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection
    from pymirage.net.tcp.failure import Failure
    from pymirage.sched.tcp_transport import TcpTransport


@final
class Events(ConnectionHandler):
    """Hands a connection's events to a transport."""

    def __init__(self, transport: "TcpTransport") -> None:
        self.transport: Final = transport

    def on_connected(self, connection: "Connection") -> None:
        """The transport gets its connection."""
        self.transport.connected(connection)

    def on_readable(self, connection: "Connection") -> None:  # noqa: ARG002
        """To the protocol."""
        self.transport.read()

    def on_writable(self, connection: "Connection") -> None:  # noqa: ARG002
        """What waits goes on."""
        self.transport.writable()

    def on_closed(self, connection: "Connection") -> None:  # noqa: ARG002
        """In good order."""
        self.transport.lost(None)

    def on_error(self, connection: "Connection", failure: "Failure") -> None:  # noqa: ARG002
        """As the exception that a socket would raise."""
        self.transport.failed(failure)
