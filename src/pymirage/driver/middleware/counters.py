"""Counting frames by kind, beyond what a device counts itself."""

from __future__ import annotations

from collections import Counter

from pymirage.device import Net
from pymirage.driver.middleware.wrapper import WrappedNet

MAXIMUM_KINDS = 64
"""EtherTypes that are told apart: a flood of invented ones counts as others."""
OTHERS = -1


class Traffic:
    """One direction."""

    def __init__(self) -> None:
        self.frames = 0
        self.bytes = 0
        self.groups = 0
        """Multicast and broadcast among the frames."""
        self.refused = 0
        """Frames that the device had no room for."""
        self.by_ethertype: Counter[int] = Counter()
        self.by_size: Counter[int] = Counter()
        """Frames whose length is at most so many bytes, a power of two each."""

    def count(self, frame: bytes) -> None:
        self.frames += 1
        self.bytes += len(frame)
        self.groups += frame[0] & 1 if frame else 0
        kind = int.from_bytes(frame[12:14], "big")
        known = kind in self.by_ethertype or len(self.by_ethertype) < MAXIMUM_KINDS
        self.by_ethertype[kind if known else OTHERS] += 1
        self.by_size[1 << max(len(frame) - 1, 0).bit_length()] += 1


class CountingNet(WrappedNet):
    """`sent` and `received` may be read at any time."""

    def __init__(self, inner: Net) -> None:
        super().__init__(inner)
        self.sent = Traffic()
        self.received = Traffic()

    def send(self, frame: bytes) -> bool:
        taken = super().send(frame)
        if taken:
            self.sent.count(frame)
        else:
            self.sent.refused += 1
        return taken

    def receive(self, frame: bytes) -> None:
        self.received.count(frame)
        super().receive(frame)
