"""In which turn of the loop an answer leaves: two stacks on devices that hand frames over in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from random import Random

import pytest

from pymirage.device.offload_net import OffloadNet, OffloadReceiver
from pymirage.device.platform import FOREVER, Platform
from pymirage.driver.station import Station
from pymirage.sched.loop import EventLoop
from pymirage.sched.network import Network
from pymirage.sched.resolving import Resolving
from pymirage.sched.stack import NetStack

OURS, PEER = 1, 2


class Cable(Platform):
    """Joins the devices of handles OURS and PEER; time jumps when nothing is on it."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.under_way: dict[int, list[bytes]] = {OURS: [], PEER: []}
        self._now = 0

    def now(self) -> int:
        return self._now

    def wait(self, deadline: int) -> int:
        self.log.append("turn")
        ready = sum(1 << handle for handle, frames in self.under_way.items() if frames)
        if not ready:
            assert deadline != FOREVER
            self._now = max(self._now, deadline)
        return ready


class Plug(Station, OffloadNet):
    def __init__(self, cable: Cable, handle: int) -> None:
        super().__init__(b"\x02\0\0\0\0" + bytes((handle,)), 1500)
        self.cable = cable
        self.handle = handle
        self.receiver: OffloadReceiver | None = None

    def set_offload_receiver(self, receiver: OffloadReceiver | None) -> None:
        self.receiver = receiver

    def send(self, frame: bytes) -> bool:
        return self.send_offloaded(frame, 0, 0, 0)

    def send_offloaded(
        self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int
    ) -> bool:
        assert checksum_start == segment_size == 0, f"no offload was offered ({checksum_offset})"
        if self.handle == OURS:
            self.cable.log.append("sent")
        self.cable.under_way[OURS + PEER - self.handle].append(frame)
        return True

    def read(self) -> None:
        frames, self.cable.under_way[self.handle] = self.cable.under_way[self.handle], []
        assert self.receiver is not None
        if self.handle == OURS:
            self.cable.log.append("heard")
        self.receiver.receive_offloaded(frames, 0)

    async def close(self) -> None:
        self.receiver = None


def place(cable: Cable, handle: int) -> Network:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, EventLoop)
    stack = NetStack(Random(handle).randbytes)
    plug = Plug(cable, handle)
    stack.configure(stack.attach(plug), ipv4=f"10.0.0.{handle}/24")
    loop.add_device_reader(handle, plug.read)
    return Network(stack, Resolving(stack))


class AtOnce(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


def by_a_task() -> asyncio.Protocol:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line[:2])
            writer.write(line[2:])
            await writer.drain()
        writer.close()

    return asyncio.StreamReaderProtocol(asyncio.StreamReader(), serve)


class Asking(asyncio.Protocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def data_received(self, data: bytes) -> None:
        self.heard.put_nowait(data)


async def connected(cable: Cable, make: Callable[[], asyncio.Protocol]) -> tuple[asyncio.Transport, Asking]:
    """The peer's end of a connection to our server."""
    ours, peer = place(cable, OURS), place(cable, PEER)
    await ours.create_server(make, "10.0.0.1", 7)
    transport, asking = await peer.create_connection(Asking, "10.0.0.1", 7)
    return transport, asking


async def ask(cable: Cable, make: Callable[[], asyncio.Protocol]) -> list[str]:
    """What our side did from hearing a request on, up to its next turn."""
    transport, asking = await connected(cable, make)
    for _ in range(3):
        await asyncio.sleep(1)
        cable.log.clear()
        transport.write(b"octets\n")
        assert await asking.heard.get() == b"octets\n"
    transport.close()
    heard = cable.log.index("heard")
    return cable.log[heard : cable.log.index("turn", heard)]


def run(story: Callable[[Cable], Coroutine[None, None, list[str]]]) -> list[str]:
    cable = Cable()
    with asyncio.Runner(loop_factory=lambda: EventLoop(cable)) as runner:
        return runner.run(story(cable))


@pytest.mark.parametrize("make", [AtOnce, by_a_task])
def test_an_answer_leaves_in_the_turn_of_the_request_and_takes_the_acknowledgment_along(
    make: Callable[[], asyncio.Protocol],
) -> None:
    assert run(lambda cable: ask(cable, make)) == ["heard", "sent"]


def test_an_acknowledgment_alone_is_sent_when_its_time_has_come() -> None:
    """Nobody answers: at the end of the turn the stack says when it wants to be called."""
    heard, turn, *later = run(tell)
    assert (heard, turn) == ("heard", "turn")
    assert "sent" in later


async def tell(cable: Cable) -> list[str]:
    """What our side did from hearing something on that nobody answers."""
    transport, _ = await connected(cable, Asking)
    for _ in range(3):
        await asyncio.sleep(1)
        cable.log.clear()
        transport.write(b"octets")
    await asyncio.sleep(1)
    transport.close()
    return cable.log[cable.log.index("heard") :]
