"""Network interfaces at an in-memory switch, on the running event loop and its clock."""

from __future__ import annotations

import asyncio

from pymirage.device import Net, NetFeatures, NetStats, Receiver
from pymirage.device.error import Closed
from pymirage.driver.frame import check_frame
from pymirage.driver.impairment import NONE, Impairment
from pymirage.driver.memory.switch import FOREVER, Switch

NANOSECONDS = 1_000_000_000
MTU = 1500


class SwitchedNetwork:
    """A switch and its stations. Under `sched.virtual.run_virtual` simulated seconds cost nothing."""

    def __init__(self, seed: int = 0) -> None:
        self.switch = Switch(seed)
        self._stations: list[SwitchedNet] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = FOREVER

    def station(self, impairment: Impairment = NONE, *, mtu: int = MTU) -> SwitchedNet:
        """One more interface, with an address of its own; `impairment` is suffered by what it sends."""
        port = self.switch.add_port(impairment)
        net = SwitchedNet(self, port, mtu)
        self._stations.append(net)
        return net

    def send(self, port: int, frame: bytes) -> None:
        """What a station sends arrives in a later turn of the loop."""
        self.switch.send(port, frame, now())
        self._schedule()

    def _schedule(self) -> None:
        deadline = self.switch.deadline()
        if deadline >= self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer_at = deadline
        self._timer = loop.call_at(deadline / NANOSECONDS, self._deliver)

    def _deliver(self) -> None:
        # Clocks in floating-point seconds may call some nanoseconds early.
        due = max(now(), self._timer_at)
        self._timer = None
        self._timer_at = FOREVER
        for port, frame in self.switch.deliver(due):
            self._stations[port].arrive(frame)
        self._schedule()


def now() -> int:
    """The loop's clock in nanoseconds."""
    return round(asyncio.get_running_loop().time() * NANOSECONDS)


class SwitchedNet(Net):
    """One station's interface."""

    def __init__(self, network: SwitchedNetwork, port: int, mtu: int) -> None:
        self._network = network
        self._port = port
        self._mtu = mtu
        self._mac = b"\x02\0\0\0" + (port + 1).to_bytes(2, "big")
        self._features = NetFeatures()
        self._stats = NetStats()
        self._receiver: Receiver | None = None
        self._open = True

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
        self._stats.sent_frames += 1
        self._stats.sent_bytes += len(frame)
        self._network.send(self._port, frame)
        return True

    def set_receiver(self, receiver: Receiver | None) -> None:
        self._receiver = receiver

    async def close(self) -> None:
        self._open = False

    def arrive(self, frame: bytes) -> None:
        """A frame came out of the switch's port."""
        if not self._open:
            return
        if self._receiver is None:
            self._stats.received_dropped += 1
            return
        self._stats.received_frames += 1
        self._stats.received_bytes += len(frame)
        self._receiver.receive(frame)
