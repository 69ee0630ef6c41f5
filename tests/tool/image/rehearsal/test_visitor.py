"""The first client of an image, at the other end of a wire from a host that is one."""

from __future__ import annotations

from hashlib import sha256

import pytest

from pymirage.net.addresses import STATIC, LocalAddress
from pymirage.net.host import Host, HostWatcher
from pymirage.net.interface import Interface
from pymirage.net.link import FunctionLink
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.handler import ConnectionHandler, ListenHandler
from pymirage.net.tcp.listener import Listener
from pymirage.net.tcp.settings import Settings
from pymirage.tool.image.rehearsal.visitor import Visitor

SECOND = 1_000_000_000
MAC = bytes.fromhex("020000000001")


class Watcher(HostWatcher):
    def address_ready(self, address: LocalAddress, now: int) -> None:
        del address, now

    def address_conflict(self, address: LocalAddress, mac: bytes, now: int) -> None:
        del address, mac, now
        raise AssertionError("the visitor took the image's address")

    def name_servers(self, interface: Interface, servers: tuple[bytes, ...], until: int, now: int) -> None:
        del interface, servers, until, now


class Server(ConnectionHandler, ListenHandler):
    """Answers each request alike, and ends with who says "close"."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.answer = b"HTTP/1.1"

    def on_accept(self, connection: Connection) -> ConnectionHandler:
        del connection
        return self

    def on_connected(self, connection: Connection) -> None:
        del connection
        self.heard.append(b"connected")

    def on_readable(self, connection: Connection) -> None:
        request = connection.read(65536, 0)
        if request:
            self.heard.append(request)
            connection.write(self.answer)
        if b"close" in request or connection.at_end():
            connection.shutdown()

    def on_writable(self, connection: Connection) -> None:
        """Never full."""

    def on_closed(self, connection: Connection) -> None:
        del connection
        self.heard.append(b"closed")

    def on_error(self, connection: Connection, failure: Failure) -> None:
        raise AssertionError(connection, failure)


class Image:
    """A host that listens from its start or later, and waits for what the visitor says."""

    def __init__(self, visitor: Visitor, listens_at: int = SECOND, address: bytes = b"\x0a\0\0\2") -> None:
        self.visitor = visitor
        self.now = SECOND
        self.listens_at = listens_at
        self.server = Server()
        self.sent: list[bytes] = []
        self.host = Host(bytes, Settings(), Watcher())
        self.attachment = self.host.attach("service", FunctionLink(self.send), MAC, 1500, 0)
        self.host.add_address(self.attachment, address, 24, STATIC, self.now)

    def send(self, frame: bytes, *_: int) -> None:
        self.sent.append(frame)
        self.visitor.receive(frame, self.visitor.now)

    def run(self, end: int = 5 * SECOND) -> None:
        """Until the visitor has finished, or the end."""
        listening = False
        while self.now < end and not self.visitor.has_finished():
            if not listening and self.now >= self.listens_at:
                listening = isinstance(self.host.tcp.listen(80, self.server), Listener)
            self.host.poll(self.now)
            deadline = min(self.host.deadline(), self.now + SECOND // 10)
            self.now = max(self.now + 1000, self.visitor.wait(self.now, deadline))
            frames = self.visitor.frames[:]
            self.visitor.frames.clear()
            self.attachment.interface.receive_all(frames, 0, self.now)
            self.host.tell()


def test_asks_twice_and_leaves() -> None:
    visitor = Visitor((80, 443))
    image = Image(visitor)
    image.run()
    first, second = (each for each in image.server.heard if each.startswith(b"GET / HTTP/1.1\r\n"))
    assert b"Accept-Encoding: gzip" in first
    assert b"Connection: close" in second
    assert image.server.heard[0] == b"connected" and visitor.is_served
    assert visitor.has_finished() and image.now < 2 * SECOND


@pytest.mark.parametrize("address", [bytes((192, 168, 1, 1)), bytes((10, 9, 8, 254))])
def test_any_address(address: bytes) -> None:
    visitor = Visitor(())
    Image(visitor, address=address).run()
    assert visitor.is_served


def test_another_protocol() -> None:
    visitor = Visitor(())
    image = Image(visitor)
    image.server.answer = b"220 ready\r\n"
    image.run()
    assert visitor.has_finished() and visitor.octets and not visitor.is_served


def test_who_listens_late_is_asked_again() -> None:
    visitor = Visitor(())
    Image(visitor, listens_at=SECOND + SECOND // 2).run()
    assert visitor.is_served


def test_nobody_listens() -> None:
    visitor = Visitor(())
    image = Image(visitor, listens_at=10 * SECOND)
    image.run()
    assert visitor.octets == 0 and not visitor.has_finished() and len(image.sent) < 100


def test_nobody_speaks() -> None:
    visitor = Visitor(())
    assert visitor.wait(SECOND, 3 * SECOND) == 3 * SECOND
    visitor.receive(b"", SECOND)
    visitor.receive(bytes(12) + b"\x08\x06" + bytes(9), SECOND)
    assert visitor.wait(3 * SECOND, 4 * SECOND) == 4 * SECOND and not visitor.frames


def test_always_the_same() -> None:
    seen = set()
    for _ in range(2):
        image = Image(Visitor((80, 443)))
        image.run()
        seen.add(sha256(b"".join(image.sent)).hexdigest())
    assert len(seen) == 1
