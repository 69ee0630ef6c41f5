"""Joins an interface of the stack to a network device: frames and their offloads, both ways."""

from __future__ import annotations

from pymirage.device import Net, Receiver
from pymirage.device.offload_net import OffloadNet, OffloadReceiver
from pymirage.net.link import CHECKSUM_IN, CHECKSUM_OUT, SEGMENT_V4, SEGMENT_V6, FunctionLink, Link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Arrive = Callable[[list[bytes], int], None]
    """Frames, and the set of those whose checksum is known to be good."""


class PlainLink(Link):
    """Over a device that carries complete frames."""

    def __init__(self, net: Net) -> None:
        self._net = net

    def send(self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int) -> None:  # noqa: ARG002
        # A device without room counts the loss; whoever needs the frame sends it again.
        self._net.send(frame)


class PlainReceiver(Receiver):
    """Nothing is known of received checksums."""

    def __init__(self, arrive: Arrive) -> None:
        self._arrive = arrive

    def receive(self, frame: bytes) -> None:
        self._arrive([frame], 0)


class KnowingReceiver(OffloadReceiver):
    """The device knows which checksums are good."""

    def __init__(self, arrive: Arrive) -> None:
        self._arrive = arrive

    def receive_offloaded(self, frames: list[bytes], verified: int) -> None:
        self._arrive(frames, verified)


def link_of(net: Net) -> Link:
    return FunctionLink(net.send_offloaded) if isinstance(net, OffloadNet) else PlainLink(net)


def features_of(net: Net) -> int:
    """What the link offers, in the constants of `net.link`."""
    if not isinstance(net, OffloadNet):
        return 0
    offered = net.features()
    found = CHECKSUM_OUT if offered.checksum_out else 0
    found |= CHECKSUM_IN if offered.checksum_in else 0
    return found | (SEGMENT_V4 | SEGMENT_V6 if offered.segment else 0)


def receive_from(net: Net, one: Arrive, batch: Arrive) -> None:
    """From now on frames of `net` go to `batch` when the device hands up all that came, else to `one`."""
    if isinstance(net, OffloadNet):
        net.set_offload_receiver(KnowingReceiver(batch))
    else:
        net.set_receiver(PlainReceiver(one))


def stop_receiving(net: Net) -> None:
    if isinstance(net, OffloadNet):
        net.set_offload_receiver(None)
    else:
        net.set_receiver(None)
