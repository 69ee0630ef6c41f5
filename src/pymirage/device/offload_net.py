"""A network interface that does part of the work of TCP and UDP: checksums, and cutting long segments."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pymirage.device.net import Net

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

# Frames in one turn of an event loop: enough to spread the cost of a turn, few enough that a flood leaves
# timers and other tasks their share.
BATCH: Final = 32


class OffloadReceiver(ABC):
    """Whoever takes frames together with what the device knows of them."""

    @abstractmethod
    def receive_offloaded(self, frames: list[bytes], verified: int) -> None:
        """The frames that have come since, at most `BATCH`; each may hold up to 64 KiB.

        They come together so that what they cause is sent together. Called and bound like `Receiver.receive`.
        verified: bit n of it says that the TCP or UDP checksum of frame n is known to be good, or was never
        written because the frame did not cross a wire; the field itself then means nothing.
        """


class OffloadNet(Net):
    """What `features()` announces may be used through these; plain frames go as with any Net."""

    @abstractmethod
    def send_offloaded(
        self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int
    ) -> bool:
        """Sends one frame of up to 64 KiB.

        checksum_start: 0, or where summing starts to the end of the packet; the 16-bit field at
        checksum_start + checksum_offset then holds the pseudo header's sum and is completed.
        segment_size: 0, or the payload of each TCP segment that the frame is cut into.
        """

    def sender(self) -> Callable[[bytes, int, int, int], object]:
        """What sends like `send_offloaded`, for whoever calls it for every frame of a connected device.

        May leave out the checks of its arguments, and raise OSError in place of DeviceError.
        """
        return self.send_offloaded

    @abstractmethod
    def set_offload_receiver(self, receiver: OffloadReceiver | None) -> None:
        """Frames go to `receiver` from now on, in place of one set by `set_receiver`."""
