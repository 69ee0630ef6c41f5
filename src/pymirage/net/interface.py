# pymirage: hot
"""One network interface: Ethernet frames in, to the handler of their EtherType; frames out, to the link."""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.counters import Counters
from pymirage.net.handler import FrameHandler
from pymirage.net.link import Link
from pymirage.net.next_hop import UNRESOLVED, Neighbours, NextHop
from pymirage.wire import ethernet, vlan
from pymirage.wire.drop import Drop


@final
class Interface:
    """Joins a link to the handlers above it, which are attached later: they need the interface."""

    def __init__(self, name: str, link: Link, mac: bytes, mtu: i64, features: i64) -> None:
        self.name: Final = name
        self.link: Final = link
        self.mac: Final[i64] = int.from_bytes(mac, "big")
        self.mtu: i64 = mtu
        """Largest IP packet."""
        self.features: Final = features
        """What the link offers: constants of link.py."""
        self.loops: bool = False
        """It leads back to this host."""
        self.counters: Final = Counters()
        self.ipv4: FrameHandler | None = None
        self.ipv6: FrameHandler | None = None
        self.arp: FrameHandler | None = None
        self.neighbours4: Neighbours | None = None
        self.neighbours6: Neighbours | None = None

    def receive(self, frame: bytes, verified: bool, now: i64) -> Drop | None:
        """Take one frame from the link; `verified`: its TCP or UDP checksum is known to be good."""
        self.counters.received_frames += 1
        self.counters.received_octets += len(frame)
        reason = self._dispatch(frame, verified, now)
        if reason is not None:
            self.counters.drop(reason)
        return reason

    def receive_all(self, frames: list[bytes], verified: i64, now: i64) -> None:
        """Take frames that came together; bit n of `verified` is about frame n."""
        for frame in frames:
            self.receive(frame, verified & 1 != 0, now)
            verified >>= 1

    def _dispatch(self, frame: bytes, verified: bool, now: i64) -> Drop | None:
        if len(frame) < ethernet.SIZE:
            return Drop.TRUNCATED
        destination = ethernet.destination(frame)
        if destination != self.mac and destination & ethernet.GROUP == 0:
            return Drop.OTHER_STATION
        ethertype = ethernet.ethertype(frame)
        handler = self._handler(ethertype)
        if handler is None:
            if ethertype == ethernet.VLAN:
                return self._tagged(frame, verified, now)
            return Drop.ETHERTYPE
        return handler.receive_frame(self, frame, ethernet.SIZE, verified, now)

    def _handler(self, ethertype: i64) -> FrameHandler | None:
        if ethertype == ethernet.IPV4:
            return self.ipv4
        if ethertype == ethernet.IPV6:
            return self.ipv6
        if ethertype == ethernet.ARP:
            return self.arp
        return None

    def _tagged(self, frame: bytes, verified: bool, now: i64) -> Drop | None:
        """A tag with a priority only is of the untagged network (802.1Q §6.9); VLANs are interfaces apart.

        A tag in a tag is not ours to unpack, and there is no end to it.
        """
        tag = vlan.parse(frame, ethernet.SIZE)
        if isinstance(tag, Drop):
            return tag
        if tag.identifier != vlan.PRIORITY_ONLY or tag.ethertype == vlan.TPID:
            return Drop.VLAN
        return self._dispatch(frame[: vlan.ADDRESSES] + frame[vlan.ADDRESSES + vlan.SIZE :], verified, now)

    def transmit(
        self,
        hop: NextHop,
        frame: bytes,
        checksum_start: i64,
        checksum_offset: i64,
        segment_size: i64,
        now: i64,
    ) -> Drop | None:
        """Send to a neighbour a frame that was built with `hop.mac` (any MAC while that is unresolved)."""
        if now >= hop.fresh_until and (not hop.neighbours.usable(hop, now) or hop.mac == UNRESOLVED):
            return hop.neighbours.hold(hop, frame, checksum_start, checksum_offset, segment_size, now)
        self.send(frame, checksum_start, checksum_offset, segment_size)
        return None

    def send(self, frame: bytes, checksum_start: i64, checksum_offset: i64, segment_size: i64) -> None:
        """Send a complete frame as it is (ARP, multicast and broadcast, what a neighbour cache held)."""
        self.counters.sent_frames += 1
        self.counters.sent_octets += len(frame)
        self.link.send(frame, checksum_start, checksum_offset, segment_size)
