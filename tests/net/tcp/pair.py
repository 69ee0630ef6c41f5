# ruff: noqa: ARG001, ARG002
"""Two stacks back to back over a wire that loses, delays, repeats and reorders as a schedule says."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

from pymirage.net.interface import Interface
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.handler import ConnectionHandler, ListenHandler
from pymirage.net.tcp.settings import Settings
from pymirage.net.tcp.stack import TcpStack
from pymirage.net.tcp.state import State
from tests.net.tcp.surroundings import MILLISECOND, SECOND, OneRoute, Recorder, packet_of

ADDRESSES = {
    4: (b"\x0a\0\0\1", b"\x0a\0\0\2"),
    6: (bytes.fromhex("fd" + "00" * 14 + "01"), bytes.fromhex("fd" + "00" * 14 + "02")),
}

Fate = Callable[[int], list[int]]
"""What becomes of the n-th frame: its delays, one for each copy that arrives."""


def faithful(number: int) -> list[int]:
    return [MILLISECOND]


class Application(ConnectionHandler):
    """Reads, and writes what it is given as far as there is room."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.received = b""
        self.parts: list[bytes] = []
        self.to_write = b""
        self.written = 0
        self.then_close = False
        self.ended = False
        self.closed = False
        self.failure: Failure | None = None

    def give(self, connection: Connection, data: bytes) -> None:
        self.to_write = data
        self.written = 0
        self._write(connection)

    def _write(self, connection: Connection) -> None:
        if self.written < len(self.to_write):
            self.written += connection.write(self.to_write[self.written :])
        if self.written == len(self.to_write) and self.then_close and connection.state is not State.SYN_SENT:
            connection.shutdown()

    def on_connected(self, connection: Connection) -> None:
        self._write(connection)

    def on_readable(self, connection: Connection) -> None:
        while data := connection.read_piece(self.pair.now):
            self.parts.append(data)
        if connection.at_end():
            self.ended = True
        self.received = b"".join(self.parts)

    def on_writable(self, connection: Connection) -> None:
        self._write(connection)

    def on_closed(self, connection: Connection) -> None:
        self.closed = True

    def on_error(self, connection: Connection, failure: Failure) -> None:
        self.failure = failure


class Acceptor(ListenHandler):
    def __init__(self, pair: Pair) -> None:
        self.pair = pair

    def on_accept(self, connection: Connection) -> ConnectionHandler:
        self.pair.server = connection
        return self.pair.server_application


class Host:
    def __init__(self, address: bytes, settings: Settings, seed: int) -> None:
        self.link = Recorder()
        self.interface = Interface("net", self.link, b"\x02\0\0\0\0\1", 1500, 0)
        self.stack = TcpStack(OneRoute(self.interface, address), random.Random(seed).randbytes, settings)


class Pair:
    """`fates` says what becomes of frames from the client and from the server."""

    def __init__(
        self,
        to_server: Fate = faithful,
        to_client: Fate = faithful,
        version: int = 4,
        settings: Settings | None = None,
        server_settings: Settings | None = None,
        seed: int = 1,
    ) -> None:
        self.now = 1000 * SECOND
        self.fates = (to_server, to_client)
        self.sent = [0, 0]
        self.flying: list[tuple[int, int, int, bytes]] = []
        addresses = ADDRESSES[version]
        self.hosts = (
            Host(addresses[0], settings or Settings(), seed),
            Host(addresses[1], server_settings or settings or Settings(), seed + 1),
        )
        self.client_application = Application(self)
        self.server_application = Application(self)
        self.hosts[1].stack.listen(80, Acceptor(self))
        self.server: Connection | None = None
        client = self.hosts[0].stack.connect(addresses[1], 80, self.client_application, self.now)
        assert isinstance(client, Connection)
        self.client = client

    def _send(self) -> None:
        """Put what both stacks sent onto the wire."""
        for index, host in enumerate(self.hosts):
            for frame in host.link.take():
                number = self.sent[index]
                self.sent[index] += 1
                for copy, delay in enumerate(self.fates[index](number)):
                    order = number * 8 + copy
                    heapq.heappush(self.flying, (self.now + delay, order, 1 - index, frame))

    def step(self, end: int) -> bool:
        """Go to the next thing that happens; false when nothing will until `end`."""
        self._send()
        times = [host.stack.deadline() for host in self.hosts]
        if self.flying:
            times.append(self.flying[0][0])
        time = min(times)
        if time > end:
            self.now = end
            return False
        self.now = max(self.now, time)
        while self.flying and self.flying[0][0] <= self.now:
            _, _, index, frame = heapq.heappop(self.flying)
            host = self.hosts[index]
            host.stack.receive_packet(packet_of(host.interface, frame), self.now)
        for host in self.hosts:
            host.stack.poll(self.now)
        return True

    def run(
        self, until: Callable[[], bool] = lambda: False, seconds: int = 3600, steps: int = 1_000_000
    ) -> None:
        """Until nothing more happens, `until` holds, or the time is over."""
        end = self.now + seconds * SECOND
        for _ in range(steps):
            if until() or not self.step(end):
                return
        raise AssertionError("it never ends")
