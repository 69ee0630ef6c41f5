"""IGMP membership as transcripts."""

from pymirage.net.addresses import PREFERRED, Addresses, LocalAddress
from pymirage.net.multicast import IgmpHandler, Membership
from pymirage.net.output import send_igmp
from pymirage.wire import igmp
from pymirage.wire.drop import Drop
from pymirage.wire.membership import TO_EXCLUDE, TO_INCLUDE, Message, Query, Records, Report
from tests.net.simple import SECOND, Half, Recorder, as_packet, interface

US = bytes((10, 0, 0, 1))
GROUP = bytes((239, 1, 2, 3))
OTHER = bytes((239, 1, 2, 4))


class Host:
    """One interface, one address."""

    def __init__(self) -> None:
        self.link = Recorder()
        self.interface = interface(self.link)
        self.addresses = Addresses()
        mine = LocalAddress(self.interface, US, 24)
        mine.state = PREFERRED
        self.addresses.add(mine)
        self.membership = Membership(self.interface, self.addresses, Half())
        self.handler = IgmpHandler([self.membership])
        self.membership.join(igmp.ALL_SYSTEMS, 0)

    def receive(self, now: int, message: Message, destination: bytes = igmp.ALL_SYSTEMS) -> Drop | None:
        wire = Recorder()
        send_igmp(interface(wire), bytes((10, 0, 0, 254)), destination, igmp.emit(message))
        return self.handler.receive_packet(as_packet(self.interface, self.addresses, wire.sent[0]), now)

    def sent(self) -> list[tuple[bytes, Message]]:
        """(destination, message); router alert, time to live and checksums are verified."""
        found = []
        for frame in self.link.take():
            assert frame[:6] == b"\x01\x00\x5e" + bytes((frame[34 - 3] & 0x7F,)) + frame[32:34]
            assert frame[14] == 0x46
            assert frame[22] == 1
            assert frame[34:38] == b"\x94\x04\0\0"
            message = igmp.parse(frame[38:])
            assert not isinstance(message, Drop)
            found.append((frame[30:34], message))
        return found

    def settle(self) -> None:
        self.membership.expire(100 * SECOND)
        self.link.take()


def test_join_and_leave_are_reported_twice() -> None:
    host = Host()
    assert host.sent() == []
    host.membership.join(GROUP, 0)
    host.membership.expire(host.membership.deadline())
    host.membership.leave(GROUP, 2 * SECOND)
    host.membership.expire(host.membership.deadline())
    kinds = []
    for destination, message in host.sent():
        assert destination == igmp.ALL_V3_ROUTERS
        assert isinstance(message, Records)
        kinds += [(record.kind, record.group) for record in message.records]
    assert kinds == [(TO_EXCLUDE, GROUP)] * 2 + [(TO_INCLUDE, GROUP)] * 2


def test_general_query_is_answered_for_every_group() -> None:
    host = Host()
    host.membership.join(GROUP, 0)
    host.membership.join(OTHER, 0)
    host.settle()
    assert host.receive(100 * SECOND, Query(3, igmp.GENERAL, 10 * SECOND, ())) is None
    assert host.membership.deadline() == 105 * SECOND
    host.membership.expire(105 * SECOND)
    groups = [
        record.group
        for _, message in host.sent()
        if isinstance(message, Records)
        for record in message.records
    ]
    assert groups == [GROUP, OTHER]


def test_version_2_querier_gets_version_2() -> None:
    host = Host()
    host.membership.join(GROUP, 0)
    host.settle()
    host.receive(100 * SECOND, Query(2, GROUP, SECOND, ()), GROUP)
    host.membership.expire(101 * SECOND)
    ((destination, message),) = host.sent()
    assert destination == GROUP
    assert isinstance(message, Report)
    assert message.kind == igmp.REPORT_V2
    host.membership.leave(GROUP, 101 * SECOND)
    (destination, message), *_ = host.sent()
    assert destination == igmp.ALL_ROUTERS
    assert isinstance(message, Report)
    assert message.kind == igmp.LEAVE
    host.membership.join(GROUP, 500 * SECOND)
    assert isinstance(host.sent()[0][1], Records)


def test_report_of_another_member_spares_ours() -> None:
    host = Host()
    host.membership.join(GROUP, 0)
    host.settle()
    host.receive(100 * SECOND, Query(2, igmp.GENERAL, SECOND, ()))
    host.receive(100 * SECOND, Report(igmp.REPORT_V2, GROUP), GROUP)
    host.membership.expire(200 * SECOND)
    assert host.sent() == []


def test_groups_are_bounded() -> None:
    host = Host()
    joined = [host.membership.join(bytes((239, 9, n >> 8, n & 255)), 0) for n in range(400)]
    assert joined.count(True) < 256
    assert not joined[-1]
