"""Two network interfaces joined by a wire, in memory."""

from __future__ import annotations

import asyncio

from pymirage.device.error import Closed
from pymirage.driver.frame import check_frame
from pymirage.driver.station import Station

MTU = 1500
# Locally administered addresses (IEEE 802, section 8.2).
MACS = (bytes.fromhex("020000000001"), bytes.fromhex("020000000002"))


class MemoryNet(Station):
    """One end of the wire: frames reach the other end in order, in a later turn of the event loop."""

    def __init__(self, mac: bytes, mtu: int, *, capacity: int) -> None:
        super().__init__(mac, mtu)
        self._capacity = capacity
        self._peer = self
        self._in_flight = 0

    def connect_to(self, peer: MemoryNet) -> None:
        self._peer = peer
        peer._peer = self

    def send(self, frame: bytes) -> bool:
        if not self._open:
            raise Closed("this interface was closed")
        check_frame(frame, self._mtu)
        if self._in_flight >= self._capacity:
            self._stats.sent_dropped += 1
            return False
        self._in_flight += 1
        self.sent(frame)
        asyncio.get_running_loop().call_soon(self._arrive, frame)
        return True

    async def close(self) -> None:
        self._open = False

    def _arrive(self, frame: bytes) -> None:
        self._in_flight -= 1
        self._peer.hand_up(frame)


def net_pair(mtu: int = MTU, *, capacity: int = 256) -> tuple[MemoryNet, MemoryNet]:
    """Two ends of a wire on which up to `capacity` frames are under way at a time, each way."""
    one, other = (MemoryNet(mac, mtu, capacity=capacity) for mac in MACS)
    one.connect_to(other)
    return one, other
