# pymirage: hot
"""All connections by their four-tuple: a hash table with chains through `Connection.next`.

The hash is keyed: who can choose ports and addresses must not be able to choose chains.
"""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

MASK: Final = 0x3FFF_FFFF_FFFF_FFFF
FIRST_SIZE: Final = 256


@final
class ConnectionTable:
    """Addresses are halves as in `Packet`."""

    def __init__(self, secret: i64) -> None:
        self.secret: Final[i64] = secret & MASK | 1
        self.chains: list[Connection | None] = [None] * 256
        self.mask: i64 = FIRST_SIZE - 1
        self.count: i64 = 0

    def _index(self, local_low: i64, local_port: i64, high: i64, low: i64, port: i64) -> i64:
        number = ((low ^ local_low << 16) & MASK) + (port << 16 | local_port)
        number = ((number ^ number >> 31) * 0x1656_67B1_9E37_79F9 + self.secret) & MASK
        number = ((number ^ number >> 29 ^ high & MASK) * self.secret) & MASK
        return (number ^ number >> 32) & self.mask

    def find(
        self, local_high: i64, local_low: i64, local_port: i64, high: i64, low: i64, port: i64
    ) -> "Connection | None":
        connection = self.chains[self._index(local_low, local_port, high, low, port)]
        while connection is not None:
            if (
                connection.remote_port == port
                and connection.local_port == local_port
                and connection.remote_low == low
                and connection.remote_high == high
                and connection.local_low == local_low
                and connection.local_high == local_high
            ):
                return connection
            connection = connection.next
        return None

    def add(self, connection: "Connection") -> None:
        """Add one whose four-tuple is not in the table."""
        if self.count > self.mask:
            self._double()
        self.count += 1
        self._link(connection)

    def remove(self, connection: "Connection") -> bool:
        """False when it was not there."""
        index = self._index_of(connection)
        found = self.chains[index]
        if found is connection:
            self.chains[index] = connection.next
        else:
            while found is not None and found.next is not connection:
                found = found.next
            if found is None:
                return False
            found.next = connection.next
        connection.next = None
        self.count -= 1
        return True

    def _index_of(self, connection: "Connection") -> i64:
        return self._index(
            connection.local_low,
            connection.local_port,
            connection.remote_high,
            connection.remote_low,
            connection.remote_port,
        )

    def _link(self, connection: "Connection") -> None:
        index = self._index_of(connection)
        connection.next = self.chains[index]
        self.chains[index] = connection

    def _double(self) -> None:
        chains = self.chains
        self.mask = self.mask * 2 + 1
        self.chains = [None] * (self.mask + 1)
        for first in chains:
            connection = first
            while connection is not None:
                following = connection.next
                self._link(connection)
                connection = following
