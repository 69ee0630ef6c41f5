# pymirage: hot
# ruff: noqa: ARG002
"""What the segment benchmark puts around the stack, compiled with it: a link that keeps frames, a reader.

In an image the driver is compiled too; an interpreted one would add 50 ns to each frame.
"""

from typing import final

from mypy_extensions import i64

from pymirage.net.interface import Interface
from pymirage.net.link import Link
from pymirage.net.next_hop import Neighbours, NextHop
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.handler import ConnectionHandler, ListenHandler
from pymirage.net.tcp.stack import TcpStack
from pymirage.wire.drop import Drop


@final
class KeepingLink(Link):
    """Keeps what is sent until it is taken."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def send(self, frame: bytes, checksum_start: i64, checksum_offset: i64, segment_size: i64) -> None:
        self.frames.append(frame)

    def take(self) -> list[bytes]:
        frames = self.frames
        self.frames = []
        return frames


@final
class KnownNeighbour(Neighbours):
    """Every neighbour is known."""

    def next_hop(self, address: bytes, now: i64) -> NextHop | Drop:
        return Drop.NEIGHBOUR_LIMIT

    def usable(self, hop: NextHop, now: i64) -> bool:
        return True

    def hold(
        self,
        hop: NextHop,
        frame: bytes,
        checksum_start: i64,
        checksum_offset: i64,
        segment_size: i64,
        now: i64,
    ) -> Drop | None:
        return Drop.NEIGHBOUR_LIMIT

    def confirm(self, hop: NextHop, now: i64) -> None:
        pass


@final
class Reader(ConnectionHandler):
    """Reads all that comes, as pieces, and counts it."""

    def __init__(self) -> None:
        self.octets: i64 = 0

    def on_connected(self, connection: Connection) -> None:
        pass

    def on_readable(self, connection: Connection) -> None:
        data = connection.read_piece(0)
        while data:
            self.octets += len(data)
            data = connection.read_piece(0)

    def on_writable(self, connection: Connection) -> None:
        pass

    def on_closed(self, connection: Connection) -> None:
        pass

    def on_error(self, connection: Connection, failure: Failure) -> None:
        raise AssertionError(failure)


@final
class Readers(ListenHandler):
    """Accepts everything."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []

    def on_accept(self, connection: Connection) -> ConnectionHandler:
        self.connections.append(connection)
        return Reader()


def write_all(connection: Connection, stack: TcpStack, payload: bytes, count: i64, now: i64) -> None:
    """So many writes that leave one by one."""
    for _ in range(count):
        connection.write(payload)
        stack.poll(now)


def receive_all(interface: Interface, frames: list[bytes], now: i64) -> None:
    """What a driver does with a batch of frames."""
    for frame in frames:
        interface.receive(frame, False, now)
