# pymirage: hot
"""How much a connection may take from its application: less when all connections together hold much.

So peers that do not read cannot take what others need. It is never nothing: whoever was refused then holds
something, whose acknowledgment wakes it.
"""

from typing import TYPE_CHECKING, Final

from mypy_extensions import i64

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

WHEN_TIGHT: Final = 16 << 10
WHEN_SHORT: Final = 8 << 10
WHEN_FULL: Final = 4 << 10


def size(connection: "Connection") -> i64:
    """Octets, those that are in flight included."""
    stack = connection.stack
    memory = stack.memory
    most: i64 = stack.settings.send_maximum
    if not memory.tight():
        return most
    if memory.full():
        return min(most, WHEN_FULL)
    return min(most, WHEN_SHORT if memory.short() else WHEN_TIGHT)


def room(connection: "Connection") -> i64:
    """How much more it may take now."""
    memory = connection.stack.memory
    held = connection.outgoing.size + connection.flight.size
    left = max(memory.limit - memory.used, WHEN_FULL - held)
    return max(min(size(connection) - held, left), 0)
