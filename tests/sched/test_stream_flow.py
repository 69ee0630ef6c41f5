"""A flow over a transport: what is not read yet."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

from pymirage.sched.stream_flow import HIGH_WATER, JOINED, StreamFlow


def test_tiny_pieces_are_few_objects() -> None:
    """Somebody who sends octet by octet must not cost an object for each."""

    async def run() -> None:
        flow = StreamFlow()
        transport = Mock()
        flow.connection_made(transport)
        data = bytes(number % 251 for number in range(HIGH_WATER))
        for at in range(0, len(data), 3):
            flow.data_received(data[at : at + 3])
        assert len(flow._pieces) <= len(data) // (JOINED - 3) + 1
        assert not transport.pause_reading.called
        flow.data_received(bytes(100_000))
        assert transport.pause_reading.called
        flow.eof_received()
        received = b""
        while piece := await flow.read():
            received += piece
        assert received == data + bytes(100_000)

    asyncio.run(run())
