"""IEEE 802.1Q: virtual interfaces on a trunk, one for each VLAN, and one for what has no tag.

Frames of VLANs that nobody asked for are dropped and counted by the trunk. Part of `config.net.vlan`.
"""

from __future__ import annotations

from pymirage.device import Net, Receiver
from pymirage.device.error import Closed
from pymirage.device.offload_net import OffloadNet, OffloadReceiver
from pymirage.driver.frame import check_frame
from pymirage.driver.station import Station
from pymirage.error import UsageError
from pymirage.wire import ethernet, vlan
from pymirage.wire.drop import Drop

UNTAGGED = 0
"""The number under which the trunk keeps what carries no tag, or one with a priority only."""


class Trunk(Receiver, OffloadReceiver):
    """Takes all frames of an interface, and knows which VLAN's interface each is for."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self._ports: dict[int, VlanNet] = {}

    def add(self, port: VlanNet, identifier: int) -> None:
        """Frames of a VLAN go to `port`. Raises UsageError when it has one already."""
        if identifier in self._ports:
            what = f"VLAN {identifier}" if identifier else "the untagged network"
            raise UsageError(f"{what} has an interface already")
        self._ports[identifier] = port

    def remove(self, identifier: int) -> bool:
        """Whether it was the last."""
        self._ports.pop(identifier, None)
        return not self._ports

    def listen(self) -> None:
        """Somebody wants frames: long ones and open checksums only when everybody can take them."""
        plain = any(port.takes_plain_frames() for port in self._ports.values())
        if isinstance(self.net, OffloadNet):
            self.net.set_offload_receiver(None if plain else self)
        self.net.set_receiver(self)

    def receive(self, frame: bytes) -> None:
        self.receive_offloaded([frame], 0)

    def receive_offloaded(self, frames: list[bytes], verified: int) -> None:
        """In batches as they come, for each VLAN in order."""
        batches: dict[int, tuple[list[bytes], int]] = {}
        for number, frame in enumerate(frames):
            identifier, plain = self._untag(frame)
            taken, known = batches.get(identifier, ([], 0))
            known |= (verified >> number & 1) << len(taken)
            taken.append(plain)
            batches[identifier] = taken, known
        for identifier, (taken, known) in batches.items():
            port = self._ports.get(identifier)
            if port is None:
                self.net.stats().received_dropped += len(taken)
            else:
                port.arrive(taken, known)

    def _untag(self, frame: bytes) -> tuple[int, bytes]:
        """The VLAN, and the frame without its tag; what is no frame is nobody's."""
        if len(frame) < ethernet.SIZE:
            return vlan.RESERVED_ID, frame
        if ethernet.ethertype(frame) != vlan.TPID:
            return UNTAGGED, frame
        tag = vlan.parse(frame, ethernet.SIZE)
        if isinstance(tag, Drop):
            return vlan.RESERVED_ID, frame
        return tag.identifier, frame[: vlan.ADDRESSES] + frame[vlan.ADDRESSES + vlan.SIZE :]


class VlanNet(Station, OffloadNet):
    """One VLAN of a trunk as an interface, under the trunk's address; identifier 0: what carries no tag.

    The trunk's offloads are passed on: Linux and our tenders find their way around a tag.
    """

    def __init__(self, trunk: Trunk, identifier: int, priority: int = 0) -> None:
        if not 0 <= identifier < vlan.RESERVED_ID:
            raise UsageError(f"{identifier} is no number of a VLAN: 1 to {vlan.RESERVED_ID - 1}")
        if not 0 <= priority <= 7:
            raise UsageError(f"{priority} is no priority of a VLAN: 0 to 7")
        inner = trunk.net
        super().__init__(inner.mac(), tagged_mtu(inner), inner.features())
        self._trunk = trunk
        self._identifier = identifier
        self._priority = priority
        self._offload_receiver: OffloadReceiver | None = None
        trunk.add(self, identifier)

    def send(self, frame: bytes) -> bool:
        check_frame(frame, self._mtu)
        return self.send_offloaded(frame, 0, 0, 0)

    def send_offloaded(
        self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int
    ) -> bool:
        if not self._open:
            raise Closed("this VLAN's interface was closed")
        inner = self._trunk.net
        tagged = frame
        if self._identifier != UNTAGGED:
            tagged = vlan.tag_frame(frame, self._identifier, self._priority)
            if checksum_start:
                checksum_start += vlan.SIZE
        if isinstance(inner, OffloadNet):
            taken = inner.send_offloaded(tagged, checksum_start, checksum_offset, segment_size)
        else:
            taken = inner.send(tagged)
        if taken:
            self.sent(frame)
        else:
            self._stats.sent_dropped += 1
        return taken

    def set_receiver(self, receiver: Receiver | None) -> None:
        super().set_receiver(receiver)
        self._trunk.listen()

    def set_offload_receiver(self, receiver: OffloadReceiver | None) -> None:
        self._offload_receiver = receiver
        self._trunk.listen()

    async def close(self) -> None:
        if self._open:
            self._open = False
            if self._trunk.remove(self._identifier):
                await self._trunk.net.close()

    def takes_plain_frames(self) -> bool:
        """Whoever receives here knows of no offloads."""
        return self._receiver is not None and self._offload_receiver is None

    def arrive(self, frames: list[bytes], verified: int) -> None:
        """Frames of this VLAN, without their tags."""
        if self._offload_receiver is None:
            for frame in frames:
                self.hand_up(frame)
            return
        for frame in frames:
            self.received(frame)
        self._offload_receiver.receive_offloaded(frames, verified)


def tagged_mtu(net: Net) -> int:
    """As on any VLAN where the interface takes longer frames, else what a tag leaves of a full one."""
    return net.mtu() if net.features().segment else net.mtu() - vlan.SIZE
