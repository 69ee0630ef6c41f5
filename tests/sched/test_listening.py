"""Listening on any port where each version of IP has ports of its own."""

from __future__ import annotations

import asyncio
import errno
from types import SimpleNamespace
from typing import Any

from pymirage.sched.stream_tcp import StreamTcp


class Host:
    """Gives two different ports at first, and somebody else has the first of these with IPv6."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.open: list[Any] = []

    async def create_server(self, make: Any, address: Any, port: int, backlog: int) -> Any:
        del make, address, backlog
        self.asked.append(port)
        if port == 5001:
            raise OSError(errno.EADDRINUSE, "in use")
        free = (5001, 5002) if len(self.asked) == 1 else (5003, 5004)
        numbers = (port, port) if port else free
        sockets = [SimpleNamespace(getsockname=lambda number=number: ("", number)) for number in numbers]
        made = SimpleNamespace(sockets=sockets)
        made.close = lambda: self.open.remove(made)
        self.open.append(made)
        return made


def test_a_port_that_both_versions_have() -> None:
    host = Host()
    listener = asyncio.run(StreamTcp(host).listen_protocol(0, asyncio.Protocol))
    assert listener.port() == 5003
    assert host.asked == [0, 5001, 0, 5003]
    assert len(host.open) == 1
