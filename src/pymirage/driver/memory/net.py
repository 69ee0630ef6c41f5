"""Two network interfaces joined by a wire, in memory."""

from __future__ import annotations

import asyncio

from pymirage.device import Net, NetFeatures, NetStats, Receiver
from pymirage.device.error import Closed
from pymirage.driver.frame import check_frame

MTU = 1500
# Locally administered addresses (IEEE 802, section 8.2).
MACS = (bytes.fromhex("020000000001"), bytes.fromhex("020000000002"))


class MemoryNet(Net):
    """One end of the wire: frames reach the other end in order, in a later turn of the event loop."""

    def __init__(self, mac: bytes, mtu: int, *, capacity: int) -> None:
        self._mac = mac
        self._mtu = mtu
        self._capacity = capacity
        self._features = NetFeatures()
        self._stats = NetStats()
        self._receiver: Receiver | None = None
        self._peer = self
        self._in_flight = 0
        self._open = True

    def connect_to(self, peer: MemoryNet) -> None:
        self._peer = peer
        peer._peer = self

    def mac(self) -> bytes:
        return self._mac

    def mtu(self) -> int:
        return self._mtu

    def features(self) -> NetFeatures:
        return self._features

    def stats(self) -> NetStats:
        return self._stats

    def send(self, frame: bytes) -> bool:
        if not self._open:
            raise Closed("this interface was closed")
        check_frame(frame, self._mtu)
        if self._in_flight >= self._capacity:
            self._stats.sent_dropped += 1
            return False
        self._in_flight += 1
        self._stats.sent_frames += 1
        self._stats.sent_bytes += len(frame)
        asyncio.get_running_loop().call_soon(self._arrive, frame)
        return True

    def set_receiver(self, receiver: Receiver | None) -> None:
        self._receiver = receiver

    async def close(self) -> None:
        self._open = False

    def _arrive(self, frame: bytes) -> None:
        self._in_flight -= 1
        peer = self._peer
        if not peer._open:
            return
        if peer._receiver is None:
            peer._stats.received_dropped += 1
            return
        peer._stats.received_frames += 1
        peer._stats.received_bytes += len(frame)
        peer._receiver.receive(frame)


def net_pair(mtu: int = MTU, *, capacity: int = 256) -> tuple[MemoryNet, MemoryNet]:
    """Two ends of a wire on which up to `capacity` frames are under way at a time, each way."""
    one, other = (MemoryNet(mac, mtu, capacity=capacity) for mac in MACS)
    one.connect_to(other)
    return one, other
