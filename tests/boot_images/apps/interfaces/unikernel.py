"""Runs the contract checks of network interfaces on two that the host has joined, and says SUCCESS."""

import asyncio
from contextlib import suppress
from itertools import count

from pymirage.device import Net
from tests.contract import net
from tests.contract.net import Inbox, Wire, frame


async def joined(one: Net, other: Net) -> None:
    """Returns when frames pass both ways, and none is on its way any more.

    A bridge takes a moment to notice that its ports are in use: what it dropped is sent again. So several may
    be on their way, of which the last one arrives last.
    """
    async with asyncio.timeout(200):
        for sender, receiver in ((one, other), (other, one)):
            inbox = Inbox()
            receiver.set_receiver(inbox)
            for number in count():
                sent = frame(sender, receiver, b"anybody there? %d" % number + bytes(46))
                sender.send(sent)
                if await arrives(sent, inbox, 0.01 * 2**number):
                    break
            receiver.set_receiver(None)


async def arrives(sent: bytes, inbox: Inbox, seconds: float) -> bool:
    """Within so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while sent not in inbox.frames:
                await inbox.wait_for(len(inbox.frames) + 1)
    return sent in inbox.frames


async def main(one: Net, other: Net) -> None:
    async def made() -> Wire:
        return one, other

    await joined(one, other)
    for check in net.CHECKS:
        await check(made)
        print(check.__name__)
    print("SUCCESS")
