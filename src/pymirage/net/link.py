# pymirage: hot
"""Signature of what carries frames beneath an interface: a device driver, or a test."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

# What a link offers (sum of these).
CHECKSUM_OUT: Final = 1
"""Completes a partial checksum of TCP and UDP: the field holds the pseudo-header's sum."""
CHECKSUM_IN: Final = 2
"""Says of each received frame whether its TCP or UDP checksum is known to be good."""
SEGMENT_V4: Final = 4
"""Cuts one long TCP/IPv4 frame into segments of a given size (TSO)."""
SEGMENT_V6: Final = 8
"""The same for TCP/IPv6."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Link(ABC):
    """Takes frames to send; the driver calls `Interface.receive` for those that arrive."""

    @abstractmethod
    def send(self, frame: bytes, checksum_start: i64, checksum_offset: i64, segment_size: i64) -> None:
        """Send one Ethernet frame without waiting; the device drops and counts what does not fit its queue.

        checksum_start: 0 when the frame is complete; else the offset where summing starts, and the 16-bit
        field at `checksum_start + checksum_offset` must be completed (needs CHECKSUM_OUT).
        segment_size: 0, or the payload size of the TCP segments to cut the frame into (SEGMENT_V4, _V6).
        """


@final
class FunctionLink(Link):
    """Over a function, such as a driver's method; what it answers is not looked at.

    A device without room counts the loss; whoever needs the frame sends it again.
    """

    def __init__(self, function: Callable[[bytes, int, int, int], object]) -> None:
        self.function: Final = function

    def send(self, frame: bytes, checksum_start: i64, checksum_offset: i64, segment_size: i64) -> None:
        """Hand it on."""
        self.function(frame, checksum_start, checksum_offset, segment_size)
