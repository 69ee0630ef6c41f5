"""What drivers of network interfaces have in common: what an interface knows of itself, and its counters."""

from __future__ import annotations

from pymirage.device import Net, NetFeatures, NetStats, Receiver


class Station(Net):
    """`send` and `close` are the driver's; so is calling `hand_up` for each frame that comes."""

    def __init__(self, mac: bytes, mtu: int, features: NetFeatures | None = None) -> None:
        self._mac = mac
        self._mtu = mtu
        self._features = features or NetFeatures()
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

    def set_receiver(self, receiver: Receiver | None) -> None:
        self._receiver = receiver

    def sent(self, frame: bytes) -> None:
        """Count a frame that left."""
        self._stats.sent_frames += 1
        self._stats.sent_bytes += len(frame)

    def received(self, frame: bytes) -> None:
        """Count a frame that came for somebody here."""
        self._stats.received_frames += 1
        self._stats.received_bytes += len(frame)

    def hand_up(self, frame: bytes) -> None:
        """To the receiver; without one it is lost, and after `close` it never came."""
        if not self._open:
            return
        if self._receiver is None:
            self._stats.received_dropped += 1
            return
        self.received(frame)
        self._receiver.receive(frame)
