# pymirage: hot
"""IEEE 802.1Q: virtual interfaces on a trunk, one for each VLAN.

A VLAN's frames arrive at an interface of its own, without their tag; what that interface sends gets the tag
and leaves by the trunk. Frames of VLANs that nobody added are dropped and counted by the trunk.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.handler import FrameHandler
from pymirage.net.interface import Interface
from pymirage.net.link import Link
from pymirage.wire import vlan
from pymirage.wire.drop import Drop


@final
class VlanLink(Link):
    """What a VLAN's interface sends by. Offloads are not passed on: offsets would be four octets off."""

    def __init__(self, trunk: Interface, identifier: i64, priority: i64) -> None:
        self.trunk: Final = trunk
        self.identifier: Final[i64] = identifier
        self.priority: Final[i64] = priority

    def send(
        self,
        frame: bytes,
        checksum_start: i64,  # noqa: ARG002
        checksum_offset: i64,  # noqa: ARG002
        segment_size: i64,  # noqa: ARG002
    ) -> None:
        """Put the tag in."""
        self.trunk.send(vlan.tag_frame(frame, int(self.identifier), int(self.priority)), 0, 0, 0)


@final
class VlanHandler(FrameHandler):
    """Takes the tagged frames of one trunk."""

    def __init__(self) -> None:
        self.interfaces: Final[dict[int, Interface]] = {}
        """By VLAN identifier."""

    def receive_frame(
        self, interface: Interface, frame: bytes, at: i64, verified: bool, now: i64
    ) -> Drop | None:
        """Find the VLAN's interface; identifier 0 only carries a priority and belongs to the trunk itself."""
        tag = vlan.parse(frame, int(at))
        if isinstance(tag, Drop):
            return tag
        plain = frame[: vlan.ADDRESSES] + frame[vlan.ADDRESSES + vlan.SIZE :]
        if tag.identifier == vlan.PRIORITY_ONLY:
            if tag.ethertype == vlan.TPID:
                # A tag in a tag: not ours to unpack, and no end to it.
                return Drop.VLAN
            return interface.receive(plain, verified, now)
        own = self.interfaces.get(tag.identifier)
        if own is None:
            return Drop.VLAN
        own.receive(plain, verified, now)
        return None


def add_vlan(trunk: Interface, identifier: i64, priority: i64 = 0) -> VlanLink | None:
    """The link for a VLAN's interface; None when it is no identifier.

    The interface that is made with it, of the trunk's MTU and without features, goes to `connect_vlan`.
    """
    if not 0 < identifier < vlan.RESERVED_ID or not 0 <= priority <= 7:
        return None
    return VlanLink(trunk, identifier, priority)


def connect_vlan(trunk: Interface, handler: VlanHandler, identifier: i64, interface: Interface) -> None:
    """Frames of the VLAN reach `interface` from now on. A trunk has one handler for all its VLANs."""
    handler.interfaces[identifier] = interface
    trunk.vlan = handler
