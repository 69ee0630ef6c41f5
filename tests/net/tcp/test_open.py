"""How connections begin (RFC 9293 §3.5, §3.10.1, §3.10.7.2, §3.10.7.3)."""

from dataclasses import replace

from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.listener import Listener
from pymirage.net.tcp.settings import Settings
from pymirage.net.tcp.state import State
from pymirage.wire.drop import Drop
from tests.net.tcp.peer import (
    ACK,
    OURS,
    SYN,
    SYN_ACK,
    THEIRS,
    Peer,
    Segment,
    connecting,
    established,
    listening,
)


def test_listen_syn() -> None:
    peer = listening()
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=SYN_ACK)
    peer.send(at=10, segment=ACK)
    assert peer.state() is State.ESTABLISHED
    assert peer.events() == ["connected"]
    peer.expect_nothing(until=10_000)


def test_options_are_used_when_both_offer_them() -> None:
    peer = listening(Settings())
    peer.send(
        at=0,
        segment=Segment("S", seq=0, mss=1300, scale=9, sack_permitted=True, stamp=(1000, 0), window=60000),
    )
    answer = peer.expect(at=0, segment=replace(SYN_ACK, mss=1460, scale=7, sack_permitted=True))
    assert answer.stamp is not None and answer.stamp[1] == 1000
    assert answer.window == 65535
    peer.send(at=5, segment=replace(ACK, stamp=(1005, answer.stamp[0]), window=100))
    connection = peer.connection
    assert connection.snd_wnd == 100 << 9
    assert connection.segment_size == 1300 - 12
    assert connection.selective and connection.timestamps_on


def test_options_that_the_peer_does_not_offer_are_not_used() -> None:
    peer = listening(Settings())
    peer.send(at=0, segment=Segment("S", seq=0))
    answer = peer.expect(at=0, segment=SYN_ACK)
    assert answer.stamp is None and answer.scale is None and not answer.sack_permitted
    peer.send(at=0, segment=ACK)
    assert peer.connection.segment_size == 536, "RFC 9293 MUST-15"


def test_window_scale_above_14_is_14() -> None:
    peer = listening()
    peer.send(at=0, segment=replace(SYN, scale=200))
    peer.expect(at=0, segment=SYN_ACK)
    peer.send(at=0, segment=replace(ACK, window=1))
    assert peer.connection.snd_wnd == 1 << 14


def test_syn_ack_is_sent_again() -> None:
    peer = listening()
    peer.send(at=0, segment=SYN)
    for at in (0, 1000, 3000, 7000):
        peer.expect(at=at, segment=SYN_ACK)
    peer.send(at=7100, segment=ACK)
    assert peer.state() is State.ESTABLISHED
    assert peer.connection.congestion.window == peer.connection.segment_size, "RFC 5681 §3.1: SYN was lost"


def test_repeated_syn_is_answered_again() -> None:
    peer = listening()
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=SYN_ACK)
    peer.send(at=300, segment=SYN)
    peer.expect(at=300, segment=SYN_ACK)


def test_half_open_connection_is_given_up_silently() -> None:
    peer = listening()
    peer.send(at=0, segment=SYN)
    peer.advance(at=300_000)
    assert peer.seen[-1][1].flags == "R."
    assert peer.stack.count() == 0
    assert peer.stack.half_open == 0
    assert peer.events() == []


def test_reset_ends_half_open_connection() -> None:
    peer = listening()
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=SYN_ACK)
    peer.send(at=1, segment=Segment("R", seq=1))
    assert peer.stack.count() == 0
    peer.send(at=2, segment=replace(SYN, seq=100))
    peer.expect(at=2, segment=Segment("S.", ack=101))


def test_wrong_acknowledgment_of_our_syn_is_reset() -> None:
    peer = listening()
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=SYN_ACK)
    assert peer.send(at=1, segment=Segment(".", seq=1, ack=2000)) is Drop.TCP_ACK
    peer.expect(at=1, segment=Segment("R", seq=2000))
    peer.send(at=2, segment=ACK)
    assert peer.state() is State.ESTABLISHED


def test_data_with_the_acknowledgment_of_our_syn() -> None:
    peer = listening()
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=SYN_ACK)
    peer.send(at=1, segment=Segment("P.", seq=1, ack=1, data=b"GET /"))
    assert peer.application.received == b"GET /"
    assert peer.events() == ["connected"]


def test_fin_with_the_acknowledgment_of_our_syn() -> None:
    peer = listening()
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=SYN_ACK)
    peer.send(at=1, segment=Segment("F.", seq=1, ack=1, data=b"x"))
    peer.expect(at=1, segment=Segment(".", seq=1, ack=3))
    assert peer.state() is State.CLOSE_WAIT


def test_nobody_listens() -> None:
    peer = listening()
    peer.port = 81
    assert peer.send(at=0, segment=SYN) is Drop.NO_PORT
    peer.expect(at=0, segment=Segment("R.", seq=0, ack=1))
    peer.our_isn = None
    peer.our_isn = 0
    peer.send(at=1, segment=Segment(".", seq=5, ack=77))
    peer.expect(at=1, segment=Segment("R", seq=77))
    peer.send(at=2, segment=Segment("R", seq=5))
    peer.expect_nothing(until=1000)


def test_listener_ignores_what_is_no_syn() -> None:
    peer = listening()
    peer.our_isn = 0
    assert peer.send(at=0, segment=Segment("", seq=0)) is Drop.TCP_FLAGS
    assert peer.send(at=0, segment=Segment("SF", seq=0)) is Drop.TCP_FLAGS
    peer.expect_nothing(until=0)
    peer.send(at=0, segment=Segment("S.", seq=0, ack=9))
    peer.expect(at=0, segment=Segment("R", seq=9))


def test_connect() -> None:
    peer = connecting()
    peer.expect(at=0, segment=Segment("S", seq=0, mss=1460, scale=7, sack_permitted=True))
    peer.send(at=20, segment=Segment("S.", seq=0, ack=1, mss=1460, window=5000))
    peer.expect(at=20, segment=ACK)
    assert peer.state() is State.ESTABLISHED
    assert peer.events() == ["connected"]
    assert peer.connection.round_trip.smoothed == 20_000_000


def test_what_was_written_before_leaves_with_the_last_segment_of_the_handshake() -> None:
    peer = connecting()
    peer.expect(at=0, segment=Segment("S", seq=0))
    peer.write(at=1, data=b"early")
    peer.expect_nothing(until=5)
    peer.send(at=20, segment=Segment("S.", seq=0, ack=1, mss=1460))
    peer.expect(at=20, segment=Segment("P.", seq=1, ack=1, data=b"early"))
    peer.expect_nothing(until=20)


def test_connect_syn_is_sent_again_and_given_up() -> None:
    peer = connecting()
    for at in (0, 1000, 3000, 7000, 15000, 31000, 63000, 123_000):
        peer.expect(at=at, segment=Segment("S", seq=0))
    peer.expect_nothing(until=300_000)
    assert peer.events() == [Failure.TIMED_OUT]
    assert peer.stack.count() == 0


def test_connect_is_refused() -> None:
    peer = connecting()
    peer.expect(at=0, segment=Segment("S", seq=0))
    peer.send(at=1, segment=Segment("R.", seq=0, ack=1))
    assert peer.events() == [Failure.REFUSED]
    assert peer.state() is State.CLOSED


def test_reset_without_our_number_is_not_believed() -> None:
    peer = connecting()
    peer.expect(at=0, segment=Segment("S", seq=0))
    assert peer.send(at=1, segment=Segment("R", seq=0)) is Drop.TCP_RESET
    assert peer.send(at=1, segment=Segment("R.", seq=0, ack=2)) is Drop.TCP_ACK
    assert peer.state() is State.SYN_SENT


def test_acknowledgment_of_an_old_connection_is_reset() -> None:
    """RFC 9293 §3.5.1, figure 9: the peer still has a half-open connection."""
    peer = connecting()
    peer.expect(at=0, segment=Segment("S", seq=0))
    peer.send(at=1, segment=Segment(".", seq=300, ack=100))
    peer.expect(at=1, segment=Segment("R", seq=100))
    assert peer.state() is State.SYN_SENT


def test_simultaneous_open() -> None:
    """RFC 9293 §3.5, figure 8."""
    peer = connecting()
    peer.expect(at=0, segment=Segment("S", seq=0))
    peer.send(at=1, segment=SYN)
    peer.expect(at=1, segment=SYN_ACK)
    assert peer.state() is State.SYN_RECEIVED
    peer.send(at=2, segment=Segment("S.", seq=0, ack=1, mss=1460))
    assert peer.state() is State.ESTABLISHED
    peer.expect(at=2, segment=ACK)
    assert peer.events() == ["connected"]
    peer.send(at=3, segment=Segment("P.", seq=1, ack=1, data=b"x"))
    assert peer.application.received == b"x"


def test_simultaneous_open_completed_by_a_plain_ack() -> None:
    peer = connecting()
    peer.expect(at=0, segment=Segment("S", seq=0))
    peer.send(at=1, segment=SYN)
    peer.expect(at=1, segment=SYN_ACK)
    peer.send(at=2, segment=ACK)
    assert peer.state() is State.ESTABLISHED


def test_reset_in_simultaneous_open_is_a_refusal() -> None:
    peer = connecting()
    peer.expect(at=0, segment=Segment("S", seq=0))
    peer.send(at=1, segment=SYN)
    peer.expect(at=1, segment=SYN_ACK)
    peer.send(at=2, segment=Segment("R", seq=1))
    assert peer.events() == [Failure.REFUSED]


def test_full_backlog_is_served_by_cookies() -> None:
    peer = listening(Settings(), backlog=1)
    peer.send(at=0, segment=replace(SYN, stamp=(7, 0), scale=3, sack_permitted=True))
    peer.expect(at=0, segment=SYN_ACK)
    peer.their_port += 1
    offer = replace(SYN, mss=1400, stamp=(900, 0), scale=5, sack_permitted=True)
    assert peer.send(at=1, segment=offer) is Drop.TCP_BACKLOG
    answer = peer.expect(at=1, segment=replace(SYN_ACK, scale=7, sack_permitted=True))
    assert answer.stamp is not None
    assert peer.stack.count() == 1, "a cookie leaves nothing behind"
    peer.send(at=50, segment=Segment("P.", seq=1, ack=1, stamp=(950, answer.stamp[0]), window=10, data=b"hi"))
    assert peer.application.received == b"hi"
    connection = peer.connection
    assert connection.state is State.ESTABLISHED
    assert connection.selective and connection.timestamps_on
    assert connection.snd_wnd == 10 << 5
    assert connection.peer_maximum_size == 1380, "the largest size of the table that fits"


def test_cookie_without_timestamps_loses_scale_and_sack() -> None:
    peer = listening(Settings(), backlog=0)
    peer.send(at=0, segment=replace(SYN, scale=5, sack_permitted=True))
    answer = peer.expect(at=0, segment=SYN_ACK)
    assert answer.scale is None and not answer.sack_permitted
    peer.send(at=1, segment=replace(ACK, window=1000))
    assert peer.connection.snd_wnd == 1000
    assert peer.connection.peer_maximum_size == 1460


def test_wrong_or_old_cookie_is_refused() -> None:
    peer = listening(Settings(), backlog=0)
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=SYN_ACK)
    assert peer.send(at=1, segment=Segment(".", seq=1, ack=2)) is Drop.TCP_COOKIE
    peer.expect(at=1, segment=Segment("R", seq=2))
    assert peer.send(at=200_000, segment=ACK) is Drop.TCP_COOKIE
    assert peer.stack.count() == 0


def test_flood_of_syns_is_bounded() -> None:
    settings = Settings()
    settings.half_open = 16
    peer = listening(settings, backlog=1000)
    for port in range(1000):
        peer.send(at=0, segment=SYN, port=20_000 + port)
    assert peer.stack.count() == 16
    assert peer.stack.half_open == 16


def test_too_many_connections_are_refused() -> None:
    settings = Settings()
    settings.connections = 3
    peer = listening(settings)
    for port in range(5):
        peer.send(at=0, segment=SYN, port=20_000 + port)
    assert peer.stack.count() == 3
    assert peer.reason is Drop.TCP_BACKLOG
    assert peer.stack.connect(THEIRS, 9, peer.application, peer.now) is Failure.NO_MEMORY


def test_ports_and_addresses_of_listeners() -> None:
    peer = listening()
    assert peer.stack.listen(80, peer.acceptor) is Failure.IN_USE
    own = peer.stack.listen(80, peer.acceptor, OURS)
    assert not isinstance(own, Failure)
    own.close()
    own.close()
    assert 80 in peer.stack.listeners


def test_port_of_one_ip_version() -> None:
    """The other version's is somebody else's; a listener for both takes it whole."""
    peer = Peer()
    six = peer.stack.listen(80, peer.acceptor, version=6)
    assert isinstance(six, Listener)
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=Segment("R.", seq=0, ack=1))
    assert peer.stack.listen(80, peer.acceptor) is Failure.IN_USE
    assert isinstance(peer.stack.listen(80, peer.acceptor, version=4), Listener)
    peer.send(at=10, segment=SYN, port=50_001)
    peer.expect(at=10, segment=SYN_ACK)


def test_connect_without_route_or_with_port_in_use() -> None:
    peer = established()
    used = peer.stack.connect(THEIRS, 50_000, peer.application, peer.now, OURS, 80)
    assert used is Failure.IN_USE
    peer.routes.unreachable = True
    assert peer.stack.connect(THEIRS, 9, peer.application, peer.now) is Failure.NO_ROUTE


def test_local_ports_differ() -> None:
    peer = connecting()
    ports = set()
    for _ in range(100):
        connection = peer.stack.connect(THEIRS, 80, peer.application, peer.now)
        assert isinstance(connection, Connection)
        ports.add(connection.local_port)
    assert len(ports) == 100
    assert min(ports) >= 32768


def test_initial_numbers_follow_a_clock_and_a_secret() -> None:
    """RFC 6528: later connections of the same endpoints begin later, others anywhere."""
    peer = connecting()
    peer.expect(at=0, segment=Segment("S"))
    first = peer.our_isn
    local = peer.connection.local_port
    peer.connection.abort(peer.now)
    peer.advance(at=100)
    again = peer.stack.connect(THEIRS, 80, peer.application, peer.now, OURS, local)
    assert isinstance(again, Connection) and first is not None
    assert (again.iss - first) & 0xFFFF_FFFF == 100_000_000 // 4_000


def test_closed_listener_makes_no_more_connections() -> None:
    peer = listening()
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=SYN_ACK)
    peer.stack.listeners[80][0].close()
    peer.send(at=1, segment=ACK)
    assert peer.stack.count() == 0
    assert peer.events() == []


def test_unreachable_is_the_reason_when_a_connection_is_given_up() -> None:
    """RFC 1122 §4.2.3.9."""
    peer = connecting()
    peer.advance(at=0)
    peer.connection.soft_failure = Failure.UNREACHABLE
    peer.advance(at=400_000)
    assert peer.events() == [Failure.UNREACHABLE]
