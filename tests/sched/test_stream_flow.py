"""A flow over a transport: what is not read yet."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

import pytest

from pymirage.device.error import ConnectionLost
from pymirage.sched.stream_flow import HIGH_WATER, JOINED, PIECE, TURN, StreamFlow


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


def test_a_long_write_hears_that_the_connection_broke() -> None:
    """asyncio tells in the next turn of the loop, and takes octets for nobody until then."""

    async def run() -> None:
        flow = StreamFlow()
        transport = Mock()
        loop = asyncio.get_running_loop()
        transport.write.side_effect = lambda _: loop.call_soon(flow.connection_lost, BrokenPipeError())
        flow.connection_made(transport)
        with pytest.raises(ConnectionLost):
            await flow.write(bytes(64 * TURN))
        assert transport.write.call_count <= TURN // PIECE

    asyncio.run(run())
