"""The drivers of images keep the contracts, on a fake of the platform (in real images: tests/boot_images)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pymirage.device import Block, Net
from pymirage.device.error import OutOfRange
from pymirage.device.offload_net import OffloadReceiver
from pymirage.driver.sleep import LoopSleep
from pymirage.driver.solo5.block import Solo5Block
from pymirage.driver.solo5.clock import Solo5MonotonicClock, Solo5WallClock
from pymirage.driver.solo5.console import Solo5Console
from pymirage.driver.solo5.crunch import Crunch
from pymirage.driver.solo5.net import Solo5Net
from pymirage.driver.solo5.platform import Solo5Platform
from pymirage.driver.solo5.random import Solo5Random
from pymirage.error import DeviceError, UsageError
from pymirage.sched.loop import EventLoop
from tests.contract import block, clock, console, key_value_reader, net, random, sleep
from tests.contract.fixture import Check, each
from tests.driver.solo5.fake import FakeContract


def run(main: Awaitable[None]) -> None:
    with asyncio.Runner(loop_factory=lambda: EventLoop(Solo5Platform())) as runner:
        runner.run(main)  # type: ignore[arg-type]


def keep(check: Check, make: Callable[[], Any]) -> None:
    async def made() -> Any:
        return make()

    run(check(made))


@each(*console.CHECKS)
def test_console(check: Check, contract: FakeContract) -> None:
    keep(check, Solo5Console)
    assert contract.console == console.WRITTEN


@each(*clock.MONOTONIC_CHECKS)
def test_monotonic_clock(check: Check) -> None:
    keep(check, Solo5MonotonicClock)


@each(*clock.WALL_CHECKS)
def test_wall_clock(check: Check) -> None:
    keep(check, Solo5WallClock)


@each(*sleep.CHECKS)
def test_sleep(check: Check) -> None:
    keep(check, LoopSleep)


@each(*random.CHECKS)
def test_random(check: Check) -> None:
    keep(check, Solo5Random)


def test_no_entropy_is_an_error(contract: FakeContract) -> None:
    contract.broken = True
    with pytest.raises(DeviceError, match="no random numbers"):
        Solo5Random().bytes(1)


@each(*key_value_reader.CHECKS)
def test_crunch(check: Check, contract: FakeContract) -> None:
    contract.files["site"] = key_value_reader.CONTENT
    keep(check, lambda: Crunch("site"))


def test_crunched_files_have_no_date(contract: FakeContract) -> None:
    contract.files["site"] = key_value_reader.CONTENT
    assert asyncio.run(Crunch("site").last_modified("css/site.css")) == 0


def test_an_absent_table_is_named() -> None:
    with pytest.raises(DeviceError, match="'site'"):
        Crunch("site")


@each(*block.CHECKS)
def test_block(check: Check) -> None:
    async def made() -> Block:
        return await Solo5Block.connect("storage")

    run(check(made))


def test_an_absent_disk_is_named() -> None:
    with pytest.raises(DeviceError, match="'data'"):
        asyncio.run(Solo5Block.connect("data"))


def test_a_flush_reaches_the_host(contract: FakeContract) -> None:
    async def main() -> None:
        await (await Solo5Block.connect("storage")).flush()

    run(main())
    assert contract.flushes == 1


def test_a_failing_disk(contract: FakeContract) -> None:
    async def main() -> None:
        disk = await Solo5Block.connect("storage")
        contract.broken = True
        for attempt in (disk.read(0, 1), disk.write(0, bytes(512)), disk.flush()):
            with pytest.raises(DeviceError, match="'storage': the host failed"):
                await attempt
        with pytest.raises(OutOfRange):
            await disk.read(100, 1)

    run(main())


@each(*net.CHECKS)
def test_net(check: Check) -> None:
    async def made() -> tuple[Net, Net]:
        return await Solo5Net.connect("one"), await Solo5Net.connect("other")

    run(check(made))


def test_an_absent_interface_is_named() -> None:
    async def main() -> None:
        with pytest.raises(DeviceError, match="'service'"):
            await Solo5Net.connect("service")

    run(main())


def test_a_full_device_drops_and_counts(contract: FakeContract) -> None:
    contract.room = 1

    async def main() -> None:
        one = await Solo5Net.connect("one")
        assert [one.send(bytes(60)), one.send(bytes(60))] == [True, False]
        assert (one.stats().sent_frames, one.stats().sent_dropped) == (1, 1)

    run(main())


def test_frames_that_nobody_takes_are_counted(contract: FakeContract) -> None:
    async def main() -> None:
        one = await Solo5Net.connect("one")
        contract.queues[0].extend([bytes(60)] * 3)
        await asyncio.sleep(0.001)
        assert (one.stats().received_frames, one.stats().received_dropped) == (0, 3)

    run(main())


def test_a_failing_interface_is_told_once(contract: FakeContract) -> None:
    async def main() -> list[str]:
        told: list[str] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(str(context["exception"])))
        one = await Solo5Net.connect("one")
        contract.queues[0].append(bytes(60))
        contract.broken = True
        for _ in range(5):
            await asyncio.sleep(0.001)
        with pytest.raises(DeviceError, match="cannot send on interface 'one'"):
            one.send(bytes(60))
        return told

    with asyncio.Runner(loop_factory=lambda: EventLoop(Solo5Platform())) as runner:
        assert runner.run(main()) == ["cannot receive from interface 'one': the host failed"]


class Offloaded(OffloadReceiver):
    def __init__(self) -> None:
        self.frames: list[tuple[bytes, bool]] = []

    def receive_offloaded(self, frames: list[bytes], verified: int) -> None:
        self.frames += [(frame, bool(verified >> number & 1)) for number, frame in enumerate(frames)]


def test_offloads_are_asked_for(contract: FakeContract) -> None:
    contract.features = 15
    long, plain = bytes(60000), bytes(60)
    contract.verified = {long}

    async def main() -> list[tuple[bytes, bool]]:
        one, other = await Solo5Net.connect("one"), await Solo5Net.connect("other")
        features = one.features()
        assert (features.checksum_in, features.checksum_out, features.segment) == (True, True, 65535)
        inbox = Offloaded()
        other.set_offload_receiver(inbox)
        assert contract.offloaded == [False, True]
        one.send_offloaded(long, 34, 16, 1448)
        one.send(plain)
        await asyncio.sleep(0.001)
        other.set_offload_receiver(None)
        assert contract.offloaded == [False, False]
        with pytest.raises(UsageError, match="at most 65549"):
            one.send_offloaded(bytes(65550), 34, 16, 1448)
        return inbox.frames

    with asyncio.Runner(loop_factory=lambda: EventLoop(Solo5Platform())) as runner:
        assert runner.run(main()) == [(long, True), (plain, False)]
    assert contract.requests == [(34, 16, 1448), (0, 0, 0)]


def test_without_features_nothing_is_asked(contract: FakeContract) -> None:
    async def main() -> None:
        one, other = await Solo5Net.connect("one"), await Solo5Net.connect("other")
        inbox = Offloaded()
        other.set_offload_receiver(inbox)
        assert contract.offloaded == [False, False]
        one.send(bytes(60))
        await asyncio.sleep(0.001)
        assert inbox.frames == [(bytes(60), False)]
        with pytest.raises(DeviceError, match="refuses a frame"):
            one.send_offloaded(bytes(60), 34, 16, 0)

    run(main())


def test_the_hosts_own_loop_has_no_devices() -> None:
    with pytest.raises(UsageError, match="event loop"):
        asyncio.run(Solo5Net.connect("one"))
