"""The first client of an image that serves HTTP: our own stack, on an image's wire.

Frames and time in, frames out, and no randomness: an image that is built twice meets the same visitor. It
finds the image by what ARP says of it, waits until the image is idle, and asks for `/`, twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import shake_128
from typing import Final, final

from pymirage.net.addresses import STATIC, LocalAddress
from pymirage.net.host import Host, HostWatcher
from pymirage.net.interface import Interface
from pymirage.net.link import FunctionLink
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.handler import ConnectionHandler
from pymirage.net.tcp.settings import Settings
from pymirage.wire import arp, ethernet

MAC: Final = bytes.fromhex("02000000ff01")
MTU: Final = 1500
PREFIX: Final = 24

MILLISECOND: Final = 1_000_000
# Who does not listen yet is asked again so often, after as long.
TRIES: Final = 5
PAUSE: Final = 200 * MILLISECOND

# Where HTTP is looked for in any case.
PORTS: Final = (80, 8080)

# As browsers ask first, and as the least of clients does.
REQUESTS: Final = (
    b"GET / HTTP/1.1\r\nHost: image\r\nUser-Agent: pymirage\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: image\r\nConnection: close\r\n\r\n",
)


@final
class Call(ConnectionHandler):
    """A connection to one port, with its requests."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.asked = 0
        self.connection: Connection | None = None
        """While it is open."""

    def on_connected(self, connection: Connection) -> None:
        self.connection = connection
        self.ask()

    def on_readable(self, connection: Connection) -> None:
        answer = connection.read(connection.readable(), self.visitor.now)
        self.visitor.octets += len(answer)
        self.visitor.is_served |= answer.startswith(b"HTTP/")
        if connection.at_end():
            connection.shutdown()

    def on_writable(self, connection: Connection) -> None:
        """A request fits."""

    def on_closed(self, connection: Connection) -> None:
        del connection
        self.connection = None

    def on_error(self, connection: Connection, failure: Failure) -> None:
        del connection, failure
        self.connection = None

    def ask(self) -> bool:
        """The next request, or the end; False when there is nothing more to say."""
        connection = self.connection
        if connection is None:
            return False
        if self.asked < len(REQUESTS):
            connection.write(REQUESTS[self.asked])
        elif self.asked == len(REQUESTS):
            connection.shutdown()
        self.asked += 1
        return self.asked <= len(REQUESTS) + 1


class Nobody(HostWatcher):
    def address_ready(self, address: LocalAddress, now: int) -> None:
        del address, now

    def address_conflict(self, address: LocalAddress, mac: bytes, now: int) -> None:
        del address, mac, now

    def name_servers(self, interface: Interface, servers: tuple[bytes, ...], until: int, now: int) -> None:
        del interface, servers, until, now


@final
class Visitor:
    """Tries `ports` and the usual ones. It was answered `octets`, and `is_served` if that was HTTP."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = sorted({*PORTS, *ports})
        self.frames: list[bytes] = []
        """To the image."""
        self.octets = 0
        self.is_served = False
        self.now = 0
        self._drawn = 0
        self._host = Host(self._entropy, Settings(), Nobody())
        self._attachment = self._host.attach("wire", FunctionLink(self._send), MAC, MTU, 0)
        self._image = b""
        self._tries = 0
        self._again = 0
        self._calls: list[Call] = []

    def receive(self, frame: bytes, now: int) -> None:
        self.now = now
        if not self._image:
            self._look_for_image(frame)
        self._attachment.interface.receive(frame, True, now)
        self._host.tell()

    def wait(self, now: int, deadline: int) -> int:
        """The image waits, until `deadline` for nothing else: when is it to go on? It has `frames` then."""
        self.now = now
        self._host.poll(now)
        if not self.frames:
            self._speak()
            self._host.poll(now)
        if self.frames:
            return now
        return max(now, min(deadline, self._host.deadline(), self._again or deadline))

    def has_finished(self) -> bool:
        """It was answered, and has no more to say."""
        return self.octets > 0 and not any(call.connection for call in self._calls)

    def _speak(self) -> None:
        """To an image that is idle."""
        spoken = [call.ask() for call in self._calls]
        if any(spoken) or not self._image or self.octets or self._tries == TRIES or self.now < self._again:
            return
        self._tries += 1
        self._again = self.now + PAUSE if self._tries < TRIES else 0
        self._calls = [Call(self) for _ in self.ports]
        for port, call in zip(self.ports, self._calls, strict=True):
            self._host.tcp.connect(self._image, port, call, self.now)

    def _look_for_image(self, frame: bytes) -> None:
        """A station says who it is, or, before that, asks whether somebody else is (RFC 5227)."""
        if len(frame) < ethernet.SIZE or ethernet.ethertype(frame) != ethernet.ARP:
            return
        packet = arp.parse(frame, ethernet.SIZE)
        if not isinstance(packet, arp.Arp):
            return
        self._image = packet.target_ip if packet.is_probe() else packet.sender_ip
        own = self._image[:3] + bytes([self._image[3] ^ 1])
        self._host.add_address(self._attachment, own, PREFIX, STATIC, self.now)

    def _send(self, frame: bytes, *_: int) -> None:
        self.frames.append(frame)

    def _entropy(self, size: int) -> bytes:
        self._drawn += 1
        return shake_128(self._drawn.to_bytes(4, "big")).digest(size)
