"""Tagged frames at an interface without VLANs."""

from pymirage.net.addresses import STATIC
from pymirage.net.host import Host
from pymirage.net.tcp.settings import Settings
from pymirage.wire import arp, vlan
from pymirage.wire.drop import Drop
from tests.net.simple import MAC, Recorder
from tests.net.test_host import Watcher

US = bytes((10, 0, 7, 1))
PEER = bytes((10, 0, 7, 2))
PEER_MAC = b"\x02\0\0\0\0\x02"
REQUEST = b"\xff" * 6 + PEER_MAC + b"\x08\x06" + arp.emit(arp.Arp(arp.REQUEST, PEER_MAC, PEER, bytes(6), US))


class Plain:
    """A host that is asked for its address."""

    def __init__(self) -> None:
        self.link = Recorder()
        self.host = Host(bytes, Settings(), Watcher())
        self.attachment = self.host.attach("plain", self.link, MAC, 1500, 0)
        self.host.add_address(self.attachment, US, 24, STATIC, 0)
        self.link.take()

    def receive(self, frame: bytes) -> Drop | None:
        return self.attachment.interface.receive(frame, False, 0)


def test_priority_tags_belong_to_the_untagged_network() -> None:
    plain = Plain()
    assert plain.receive(vlan.tag_frame(REQUEST, 0, 5)) is None
    (answer,) = plain.link.take()
    assert answer[:14] == PEER_MAC + MAC + b"\x08\x06"


def test_vlans_are_dropped_and_counted() -> None:
    plain = Plain()
    assert plain.receive(vlan.tag_frame(REQUEST, 8)) is Drop.VLAN
    assert plain.receive(vlan.tag_frame(REQUEST, 0xFFF)) is Drop.VLAN
    assert plain.receive(vlan.tag_frame(REQUEST, 8)[:15]) is Drop.TRUNCATED
    assert plain.link.take() == []
    assert plain.attachment.interface.counters.drops == {Drop.VLAN: 2, Drop.TRUNCATED: 1}


def test_tags_in_tags_end() -> None:
    frame = REQUEST
    for _ in range(300):
        frame = vlan.tag_frame(frame, 0)
    assert Plain().receive(frame) is Drop.VLAN
