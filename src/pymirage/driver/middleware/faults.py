"""An interface over a bad link: the damage of `driver.impairment` either way, on the loop's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

from pymirage.device import Net
from pymirage.device.error import Closed
from pymirage.driver.frame import check_frame
from pymirage.driver.impairment import NONE, ImpairedLink, Impairment
from pymirage.driver.middleware.wrapper import WrappedNet

NANOSECONDS = 1_000_000_000


class FaultyNet(WrappedNet):
    """Spoils what is sent and what is received, each in its own way; the same seed, the same faults."""

    def __init__(
        self, inner: Net, *, sent: Impairment = NONE, received: Impairment = NONE, seed: int = 0
    ) -> None:
        super().__init__(inner)
        random = Random(seed)
        self.outgoing = ImpairedLink(sent, random)
        self.incoming = ImpairedLink(received, random)
        self._open = True

    def send(self, frame: bytes) -> bool:
        if not self._open:
            raise Closed("this interface was closed")
        check_frame(frame, self.mtu())
        self._carry(self.outgoing, frame, self._send_on)
        return True

    def receive(self, frame: bytes) -> None:
        self._carry(self.incoming, frame, super().receive)

    async def close(self) -> None:
        self._open = False
        await super().close()

    def _carry(self, link: ImpairedLink, frame: bytes, arrive: Callable[[bytes], object]) -> None:
        loop = asyncio.get_running_loop()
        now = round(loop.time() * NANOSECONDS)
        for arrival, copy in link.carry(frame, now):
            if arrival <= now:
                arrive(copy)
            else:
                loop.call_at(arrival / NANOSECONDS, arrive, copy)

    def _send_on(self, frame: bytes) -> None:
        # A frame that was under way when the interface was closed is lost, like on a wire that is cut.
        if self._open:
            self.inner.send(frame)
