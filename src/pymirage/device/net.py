"""Network interfaces: Ethernet frames out and in."""

from __future__ import annotations

from abc import ABC, abstractmethod


class NetFeatures:
    """What the device does for us beyond plain frames. Everything is off unless the device says so."""

    __slots__ = ("checksum_in", "checksum_out", "segment")

    def __init__(self, *, checksum_in: bool = False, checksum_out: bool = False, segment: int = 0) -> None:
        # Received frames were verified, or never crossed a wire.
        self.checksum_in = checksum_in
        # Frames may leave with a partial checksum (only the pseudo header's sum filled in).
        self.checksum_out = checksum_out
        # The longest TCP segment, in bytes, that the device cuts to the MTU itself; 0: it cuts none.
        self.segment = segment


class NetStats:
    """Counters since the device was connected. Whoever reads them leaves them alone, and asks again later."""

    __slots__ = (
        "received_bytes",
        "received_dropped",
        "received_frames",
        "sent_bytes",
        "sent_dropped",
        "sent_frames",
    )

    def __init__(self) -> None:
        self.received_frames = 0
        self.received_bytes = 0
        # Frames that arrived while nobody had set a receiver.
        self.received_dropped = 0
        self.sent_frames = 0
        self.sent_bytes = 0
        # Frames that the host had no room for.
        self.sent_dropped = 0


class Receiver(ABC):
    """Whoever takes the frames that arrive. (An object, because compiled code calls a method faster.)"""

    @abstractmethod
    def receive(self, frame: bytes) -> None:
        """One Ethernet frame, from destination address to the end of the payload (no frame check sequence).

        Called from the event loop, never inside `send`; must not block, and must not raise: a bad frame
        is a counter.
        """


class Net(ABC):
    """An Ethernet interface. After `close`, `send` raises Closed and nothing more is received."""

    @abstractmethod
    def mac(self) -> bytes:
        """The six octets of the interface's own address."""

    @abstractmethod
    def mtu(self) -> int:
        """The longest payload of a frame in bytes, without the 14 octets of Ethernet header."""

    @abstractmethod
    def features(self) -> NetFeatures:
        """What the device offers; constant while it is connected."""

    @abstractmethod
    def stats(self) -> NetStats:
        """The device's own counters, up to now."""

    @abstractmethod
    def send(self, frame: bytes) -> bool:
        """Sends one frame and never waits. False when the host has no room: the frame is dropped and counted.

        Raises UsageError when the frame is shorter than its header or longer than header and MTU,
        DeviceError when the host's interface is gone.
        """

    @abstractmethod
    def set_receiver(self, receiver: Receiver | None) -> None:
        """Frames go to `receiver` from now on; to nobody with None."""

    @abstractmethod
    async def close(self) -> None:
        """Stops receiving and gives the interface back. Closing twice is harmless."""
