"""What every Net keeps (`pymirage.device.net`), shown on two interfaces alone on one wire."""

import asyncio

from pymirage.device import Net, Receiver
from pymirage.device.error import Closed
from pymirage.error import UsageError
from tests.contract.expect import Make, Violation, equal, raises_now, true

Wire = tuple[Net, Net]

HEADER = 14
# IEEE 802 experimental: nobody's protocol.
EXPERIMENTAL = b"\x88\xb5"


class Inbox(Receiver):
    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self._arrived = asyncio.Event()

    def receive(self, frame: bytes) -> None:
        self.frames.append(frame)
        self._arrived.set()

    async def wait_for(self, count: int) -> list[bytes]:
        try:
            async with asyncio.timeout(60):
                while len(self.frames) < count:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError as late:
            raise Violation(f"{len(self.frames)} of {count} frames arrived") from late
        return self.frames


def frame(sender: Net, receiver: Net, payload: bytes) -> bytes:
    return receiver.mac() + sender.mac() + EXPERIMENTAL + payload


async def facts(make: Make[Wire]) -> None:
    for net in await make():
        equal(len(net.mac()), 6, "length of the address")
        true(not net.mac()[0] & 1, "the address is not a group's")
        true(68 <= net.mtu() <= 65535, f"MTU {net.mtu()}")


async def frames_arrive_in_order(make: Make[Wire]) -> None:
    one, other = await make()
    inbox = Inbox()
    other.set_receiver(inbox)
    sent = [frame(one, other, b"%04d" % number + bytes(100)) for number in range(50)]
    for each in sent:
        true(one.send(each), "the device has room for 50 frames")
    equal(inbox.frames, [], "frames that arrived inside send")
    equal(await inbox.wait_for(50), sent, "the frames that arrived")


async def smallest_and_largest(make: Make[Wire]) -> None:
    one, other = await make()
    inbox = Inbox()
    other.set_receiver(inbox)
    sent = [frame(one, other, bytes(size)) for size in (46, one.mtu())]
    for each in sent:
        one.send(each)
    equal(await inbox.wait_for(2), sent, "the frames that arrived")
    for size in (0, HEADER - 1, HEADER + one.mtu() + 1):
        raises_now(UsageError, lambda size=size: one.send(bytes(size)), f"a frame of {size} bytes")  # type: ignore[misc]


async def both_ways(make: Make[Wire]) -> None:
    one, other = await make()
    inboxes = Inbox(), Inbox()
    one.set_receiver(inboxes[0])
    other.set_receiver(inboxes[1])
    there, back = frame(one, other, b"there" + bytes(60)), frame(other, one, b"back" + bytes(60))
    one.send(there)
    other.send(back)
    equal(await inboxes[1].wait_for(1), [there], "what arrived there")
    equal(await inboxes[0].wait_for(1), [back], "what arrived back")


async def counters(make: Make[Wire]) -> None:
    one, other = await make()
    inbox = Inbox()
    other.set_receiver(inbox)
    each = frame(one, other, bytes(86))
    before = counted(one, other)
    for _ in range(3):
        one.send(each)
    await inbox.wait_for(3)
    grown = tuple(now - then for now, then in zip(counted(one, other), before, strict=True))
    equal(grown, (3, 300, 3, 300), "frames and bytes counted when sent, and when received")


def counted(sender: Net, receiver: Net) -> tuple[int, int, int, int]:
    there, here = sender.stats(), receiver.stats()
    return there.sent_frames, there.sent_bytes, here.received_frames, here.received_bytes


async def closed(make: Make[Wire]) -> None:
    one, other = await make()
    await one.close()
    await one.close()
    raises_now(Closed, lambda: one.send(frame(one, other, bytes(60))), "send after close")


CHECKS = (facts, frames_arrive_in_order, smallest_and_largest, both_ways, counters, closed)
