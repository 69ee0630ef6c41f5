"""An Ethernet switch in memory (IEEE 802.1D §7.8: learning, §7.7: forwarding), with a bad link at each port.

A pure core: frames and the time in, (port, frame) out, `deadline()` for the next that is under way. With the
same seed everything repeats. `switched_net` joins it to an event loop.
"""

import heapq
from random import Random
from typing import Final, final

from pymirage.driver.impairment import NONE, ImpairedLink, Impairment

FOREVER: Final = 0x7FFF_FFFF_FFFF_FFFF
MAXIMUM_ADDRESSES: Final = 4096
HEADER: Final = 14


@final
class Switch:
    """Ports are numbered as they are added."""

    def __init__(self, seed: int = 0) -> None:
        self._random: Final = Random(seed)
        self._links: list[ImpairedLink] = []
        self._learned: dict[bytes, int] = {}
        self._under_way: list[tuple[int, int, int, bytes]] = []
        self._order = 0

    def add_port(self, impairment: Impairment = NONE) -> int:
        """The number of a new port; `impairment` is suffered by what the port's station sends."""
        self._links.append(ImpairedLink(impairment, self._random))
        return len(self._links) - 1

    def link(self, port: int) -> ImpairedLink:
        """A port's link, to make it worse or better or to read its counters."""
        return self._links[port]

    def send(self, port: int, frame: bytes, now: int) -> None:
        """A station sends; what arrives is told by `deliver`."""
        if len(frame) < HEADER:
            return
        for arrival, copy in self._links[port].carry(frame, now):
            self._order += 1
            heapq.heappush(self._under_way, (arrival, self._order, port, copy))

    def deadline(self) -> int:
        """When the next frame arrives at the switch."""
        return self._under_way[0][0] if self._under_way else FOREVER

    def deliver(self, now: int) -> list[tuple[int, bytes]]:
        """What goes out of which ports by now, in order."""
        delivered: list[tuple[int, bytes]] = []
        while self._under_way and self._under_way[0][0] <= now:
            _, _, port, frame = heapq.heappop(self._under_way)
            delivered += [(out, frame) for out in self._forward(port, frame)]
        return delivered

    def _forward(self, port: int, frame: bytes) -> list[int]:
        """Learn the sender's place; groups and unknown stations are flooded."""
        source, destination = frame[6:12], frame[:6]
        if not source[0] & 1 and (source in self._learned or len(self._learned) < MAXIMUM_ADDRESSES):
            self._learned[source] = port
        known = None if destination[0] & 1 else self._learned.get(destination)
        if known is not None:
            return [] if known == port else [known]
        return [out for out in range(len(self._links)) if out != port]
