"""Joins an interface of the stack to a network device: frames and their offloads, both ways."""

from __future__ import annotations

from pymirage.device import Net
from pymirage.device.offload_net import OffloadNet
from pymirage.net.link import CHECKSUM_IN, CHECKSUM_OUT, SEGMENT_V4, SEGMENT_V6, FunctionLink, Link


class PlainLink(Link):
    """Over a device that carries complete frames."""

    def __init__(self, net: Net) -> None:
        self._net = net

    def send(self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int) -> None:  # noqa: ARG002
        # A device without room counts the loss; whoever needs the frame sends it again.
        self._net.send(frame)


def link_of(net: Net) -> Link:
    return FunctionLink(net.sender()) if isinstance(net, OffloadNet) else PlainLink(net)


def features_of(net: Net) -> int:
    """What the link offers, in the constants of `net.link`."""
    if not isinstance(net, OffloadNet):
        return 0
    offered = net.features()
    found = CHECKSUM_OUT if offered.checksum_out else 0
    found |= CHECKSUM_IN if offered.checksum_in else 0
    return found | (SEGMENT_V4 | SEGMENT_V6 if offered.segment else 0)
