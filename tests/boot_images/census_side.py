"""Clients that come and go in many ways, and what an image still holds of them.

`python -m tests.boot_images.census_side STORY COMMAND …`, as `linux_side`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable
from typing import Any

from tests.boot_images.linux_side import Guest, main, story
from tests.boot_images.web_side import connected
from tests.interop.laboratory import OURS4
from tests.web.asgi.client import Peer

MANY = 1000
REGION = 256 * 1024
"""By which the memory grows that malloc() and the interpreter divide."""
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"


def asks(client: socket.socket) -> None:
    client.sendall(HEAD + b"Content-Length: 0\r\n\r\n")
    assert client.recv(65536).endswith(b"0 octets")


def uploads(client: socket.socket) -> None:
    client.sendall(HEAD + b"Content-Length: 20000\r\n\r\n" + bytes(20_000))
    assert client.recv(65536).endswith(b"20000 octets")


def breaks_off(client: socket.socket) -> None:
    """In the middle of a chunk, with the handler waiting for more."""
    client.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\nabc")


def says_half_a_head(client: socket.socket) -> None:
    client.sendall(HEAD)


def says_nothing(_: socket.socket) -> None:
    """Comes and goes."""


def resets(client: socket.socket) -> None:
    asks(client)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


WAYS = (asks, uploads, breaks_off, says_half_a_head, says_nothing, resets)


def come_and_go(way: Callable[[socket.socket], None]) -> None:
    for _ in range(MANY // 2):
        with socket.create_connection((OURS4, 80), timeout=100) as client:
            way(client)


@story
async def leave_nothing(guest: Guest) -> None:
    """After a thousand connections of each kind there is as much as after five hundred: exactly."""
    await guest.line("serving")
    asking = await connected()
    for way in WAYS:
        counts = []
        for _ in range(3):
            await asyncio.to_thread(come_and_go, way)
            counts.append(await census(asking))
        _, once, twice = counts
        assert not (more := difference(once["alive"], twice["alive"])), (way.__name__, more)
        assert twice["blocks"] - once["blocks"] < MANY // 10, (way.__name__, once["blocks"], twice["blocks"])
        assert twice["used"] - once["used"] <= REGION, (way.__name__, once["used"], twice["used"])
    assert all(count < 100 for name, count in twice["alive"].items() if name.startswith("pymirage.net.tcp"))


async def census(asking: Peer) -> dict[str, Any]:
    """What is alive once the last client's end has been dealt with: the second answer."""
    for _ in range(2):
        status, text = await asking.request("GET", "/census")
        assert status == 200
    found: dict[str, Any] = json.loads(text)
    return found


def difference(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Empty when nothing grew with the connections: a list or two of the interpreter's come and go."""
    grown = {name: count - before.get(name, 0) for name, count in after.items()}
    return {name: count for name, count in grown.items() if count > 5 * name.startswith("builtins.")}


if __name__ == "__main__":
    main()
