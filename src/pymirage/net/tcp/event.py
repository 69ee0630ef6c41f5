# pymirage: hot
"""What the handler of a connection is told, once the segment or timer at hand is done with.

Collected in `Connection.events` and delivered at the end, so that a handler may call any method of the
connection without meeting it half changed.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

CONNECTED: Final = 1
READABLE: Final = 2
WRITABLE: Final = 4
CLOSED: Final = 8
FAILED: Final = 16


def deliver(connection: "Connection") -> None:
    """Call the handler for all that happened; a call may cause more."""
    while connection.events != 0:
        events = connection.events
        connection.events = 0
        listener = connection.listener
        if listener is not None and events & CONNECTED != 0:
            connection.listener = None
            connection.handler = listener.handler.on_accept(connection)
        handler = connection.handler
        if handler is None:
            return
        if events & FAILED != 0:
            failure = connection.failure
            connection.handler = None
            if failure is not None:
                handler.on_error(connection, failure)
            return
        if events & CONNECTED != 0:
            handler.on_connected(connection)
        if events & READABLE != 0 and connection.reading:
            handler.on_readable(connection)
        if events & WRITABLE != 0:
            handler.on_writable(connection)
        if events & CLOSED != 0:
            connection.handler = None
            handler.on_closed(connection)
