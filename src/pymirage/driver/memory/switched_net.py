"""Network interfaces at an in-memory switch, on the running event loop and its clock."""

from __future__ import annotations

import asyncio

from pymirage.device.error import Closed
from pymirage.driver.frame import check_frame
from pymirage.driver.impairment import NONE, Impairment
from pymirage.driver.memory.switch import FOREVER, Switch
from pymirage.driver.station import Station

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
            self._stations[port].hand_up(frame)
        self._schedule()


def now() -> int:
    """The loop's clock in nanoseconds."""
    return round(asyncio.get_running_loop().time() * NANOSECONDS)


class SwitchedNet(Station):
    """One station's interface."""

    def __init__(self, network: SwitchedNetwork, port: int, mtu: int) -> None:
        super().__init__(b"\x02\0\0\0" + (port + 1).to_bytes(2, "big"), mtu)
        self._network = network
        self._port = port

    def send(self, frame: bytes) -> bool:
        if not self._open:
            raise Closed("this interface was closed")
        check_frame(frame, self._mtu)
        self.sent(frame)
        self._network.send(self._port, frame)
        return True

    async def close(self) -> None:
        self._open = False
