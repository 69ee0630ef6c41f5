"""Runs the contract checks of network interfaces on two that the host has joined, and says SUCCESS."""

import asyncio

from pymirage.device import Net
from tests.contract import net
from tests.contract.net import Inbox, Wire, frame


async def joined(one: Net, other: Net) -> None:
    """Returns when frames pass both ways: a bridge takes a moment to notice that its ports are in use."""
    async with asyncio.timeout(10):
        for sender, receiver in ((one, other), (other, one)):
            inbox = Inbox()
            receiver.set_receiver(inbox)
            while not inbox.frames:
                sender.send(frame(sender, receiver, b"anybody there?".ljust(46)))
                await asyncio.sleep(0.01)
            receiver.set_receiver(None)


async def main(one: Net, other: Net) -> None:
    async def made() -> Wire:
        return one, other

    await joined(one, other)
    for check in net.CHECKS:
        await check(made)
        print(check.__name__)
    print("SUCCESS")
