"""Messages between a WebSocket and its application: in order, and bounded by number and size."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pymirage.web.asgi.inbox import MOST_MESSAGES, MOST_OCTETS, Inbox


def message(number: int) -> dict[str, Any]:
    return {"type": "websocket.receive", "number": number}


@pytest.mark.parametrize(("size", "room"), ((0, MOST_MESSAGES), (MOST_OCTETS // 4, 4), (10 * MOST_OCTETS, 1)))
def test_who_puts_waits_for_room(size: int, room: int) -> None:
    async def run() -> None:
        inbox = Inbox()

        async def fill() -> None:
            for number in range(room + 3):
                await inbox.put(message(number), size)

        filling = asyncio.create_task(fill())
        for taken in range(room + 3):
            for _ in range(50):
                await asyncio.sleep(0)
            assert len(inbox._messages) == min(room, 3 + room - taken)
            assert (await inbox.get())["number"] == taken
        await filling
        assert inbox._size == 0

    asyncio.run(run())


def test_the_last_one_always_fits() -> None:
    async def run() -> None:
        inbox = Inbox()
        getting = asyncio.create_task(inbox.get())
        await asyncio.sleep(0)
        for number in range(MOST_MESSAGES + 1):
            inbox.put_last(message(number), MOST_OCTETS)
        assert (await getting)["number"] == 0

    asyncio.run(run())


def test_nobody_waits_for_who_has_gone() -> None:
    async def run() -> None:
        inbox = Inbox()
        inbox.put_last(message(0), MOST_OCTETS)
        putting = asyncio.create_task(inbox.put(message(1), 1))
        await asyncio.sleep(0)
        assert not putting.done()
        inbox.close()
        await putting
        await inbox.put(message(2), 1)
        assert not inbox._messages

    asyncio.run(run())
