"""Wrapped interfaces keep the contract of what they wrap, and do their own part."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pymirage.device import Net, Receiver
from pymirage.driver.impairment import Impairment
from pymirage.driver.memory.clock import MockClock, MockWallClock
from pymirage.driver.memory.net import net_pair
from pymirage.driver.middleware.counters import CountingNet
from pymirage.driver.middleware.faults import FaultyNet
from pymirage.driver.middleware.pcap import PcapNet
from pymirage.driver.middleware.wrapper import WrappedNet
from pymirage.sched.virtual import run_virtual
from tests.contract import net
from tests.contract.fixture import Check, each

DATE = 1_700_000_000_123_456_789


class Nothing(Receiver):
    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def receive(self, frame: bytes) -> None:
        self.frames.append(frame)


def recording(inner: Net) -> Net:
    return PcapNet(inner, MockWallClock(MockClock(), DATE), bytearray().extend)


WRAPPERS: dict[str, Callable[[Net], Net]] = {
    "plain": WrappedNet,
    "pcap": recording,
    "counters": CountingNet,
    "faults": FaultyNet,
}


@each(*net.CHECKS)
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_contract(check: Check, wrapper: str) -> None:
    async def wire() -> tuple[Net, Net]:
        one, other = net_pair()
        return WRAPPERS[wrapper](one), WRAPPERS[wrapper](other)

    run_virtual(check(wire), MockClock())  # type: ignore[arg-type]


def arp_frame() -> bytes:
    return (
        b"\xff" * 6
        + b"\x02\0\0\0\0\1"
        + bytes.fromhex("08060001080006040001")
        + b"\x02\0\0\0\0\1"
        + bytes(14)
    )


def test_recording_is_read_by_tshark(tmp_path: Path) -> None:
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed")
    capture = bytearray()

    async def main() -> None:
        one, other = net_pair()
        recorded = PcapNet(one, MockWallClock(MockClock(), DATE), capture.extend)
        recorded.set_receiver(Nothing())
        recorded.send(arp_frame())
        other.send(arp_frame())

    clock = MockClock()
    run_virtual(main(), clock)
    file = tmp_path / "capture.pcap"
    file.write_bytes(capture)
    fields = ["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.protocols", "-e", "frame.len"]
    shown = subprocess.run([tshark, "-r", file, *fields], capture_output=True, text=True, check=True)
    line = f"1700000000.123456789\teth:ethertype:arp\t{len(arp_frame())}"
    assert shown.stdout.splitlines() == [line, line]


def test_recording_of_both_directions() -> None:
    capture = bytearray()
    one = PcapNet(net_pair()[0], MockWallClock(MockClock(), DATE), capture.extend)
    one.set_receiver(Nothing())
    one.receive(arp_frame())
    assert len(capture) == 24 + 16 + len(arp_frame())
    assert capture[:4] == bytes.fromhex("a1b23c4d")


def test_counters() -> None:
    counting = CountingNet(net_pair()[0])
    counting.set_receiver(Nothing())
    for size in (46, 46, 500):
        counting.receive(b"\x02" + bytes(11) + b"\x08\0" + bytes(size))
    counting.receive(arp_frame())
    assert counting.received.frames == 4
    assert counting.received.groups == 1
    assert counting.received.by_ethertype == {0x0800: 3, 0x0806: 1}
    assert counting.received.by_size == {64: 3, 1024: 1}
    for kind in range(1000):
        counting.receive(bytes(12) + kind.to_bytes(2, "big"))
    assert len(counting.received.by_ethertype) <= 65


def test_faults() -> None:
    async def main() -> int:
        one, other = net_pair(capacity=2000)
        inbox = Nothing()
        other.set_receiver(inbox)
        faulty = FaultyNet(one, sent=Impairment(loss=0.5, delay=1_000_000), seed=3)
        for _ in range(1000):
            faulty.send(arp_frame())
        await clock.sleep(10_000_000)
        return len(inbox.frames)

    clock = MockClock()
    assert 400 < run_virtual(main(), clock) < 600
