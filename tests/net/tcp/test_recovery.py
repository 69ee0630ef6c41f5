"""Loss: timeouts, RACK, tail loss probes, NewReno, Eifel, path MTU, giving up."""

from dataclasses import replace

from pymirage.net.handler import HOST_UNREACHABLE, PORT_UNREACHABLE, TOO_BIG, IcmpError
from pymirage.net.tcp import recovery
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.settings import Settings
from pymirage.net.tcp.state import State
from pymirage.wire.drop import Drop
from tests.net.tcp.peer import SYN, Peer, Segment, connecting, established

MSS = 1460
MILLISECOND = 1_000_000


def sack(ack: int, *blocks: tuple[int, int]) -> Segment:
    return Segment(".", seq=1, ack=ack, sack=blocks)


def at(index: int) -> int:
    """Number of the first octet of the n-th full segment."""
    return 1 + MSS * index


def sent(peer: Peer, count: int) -> Peer:
    """The connection, with 20 ms of round trip, has sent so many full segments at 20 ms."""
    peer.connection.congestion.window = 100 * MSS
    peer.write(at=20, data=b"x" * (MSS * count))
    for index in range(count):
        peer.expect(at=20, segment=Segment(".", seq=at(index), size=MSS))
    return peer


def with_sack(count: int) -> Peer:
    return sent(established(round_trip=20), count)


def without_sack(count: int) -> Peer:
    return sent(established(syn=SYN, round_trip=20), count)


def test_time_out_with_growing_distance() -> None:
    """RFC 6298: 20 ms measured once, so 220 ms, doubled each time."""
    peer = established(syn=SYN, round_trip=20)
    peer.write(at=20, data=b"hello")
    when = 20.0
    for factor in (1, 2, 4, 8, 16):
        peer.expect(at=when, segment=Segment("P.", seq=1, data=b"hello"))
        when += factor * 220
    assert peer.connection.congestion.window == MSS


def test_peer_that_stays_silent_is_given_up() -> None:
    settings = Settings()
    settings.timestamps = False
    settings.user_time_out = 5_000 * MILLISECOND
    peer = sent(established(settings, syn=SYN, round_trip=20), 1)
    peer.advance(at=30_000)
    assert peer.events() == ["connected", Failure.TIMED_OUT]
    assert peer.seen[-1][1].flags == "R."
    assert peer.stack.count() == 0 and peer.stack.memory.used == 0


def test_round_trip_is_not_measured_on_what_was_sent_twice() -> None:
    """Karn's rule."""
    peer = without_sack(1)
    before = peer.connection.round_trip.smoothed
    peer.expect(at=240, segment=Segment(".", seq=1, size=MSS))
    peer.send(at=250, segment=Segment(".", seq=1, ack=at(1)))
    assert peer.connection.round_trip.smoothed == before
    assert peer.connection.round_trip.backoff == 0


def test_rack_finds_a_loss_after_three_segments() -> None:
    """RFC 8985 §6.2: three segments sacked without reordering seen: no waiting."""
    peer = with_sack(6)
    peer.send(at=40, segment=sack(at(0), (at(1), at(2))))
    peer.expect_nothing(until=40)
    peer.send(at=40, segment=sack(at(0), (at(1), at(3))))
    peer.expect_nothing(until=40)
    peer.send(at=40, segment=sack(at(0), (at(1), at(4))))
    peer.expect(at=40, segment=Segment(".", seq=at(0), size=MSS))
    assert peer.connection.recovery.mode == recovery.FAST
    peer.send(at=60, segment=Segment(".", seq=1, ack=at(6)))
    assert peer.connection.recovery.mode == recovery.OPEN
    peer.expect_nothing(until=10_000)


def test_rack_waits_a_quarter_of_the_round_trip_for_reordering() -> None:
    """One later segment arrived: it may be reordering; 5 ms later it is loss."""
    peer = with_sack(3)
    peer.send(at=40, segment=sack(at(0), (at(1), at(2))))
    peer.expect_nothing(until=44)
    peer.expect(at=45, segment=Segment(".", seq=at(0), size=MSS))


def test_reordering_is_no_loss() -> None:
    peer = with_sack(3)
    peer.send(at=40, segment=sack(at(0), (at(1), at(2))))
    peer.send(at=43, segment=Segment(".", seq=1, ack=at(2)))
    peer.send(at=43, segment=Segment(".", seq=1, ack=at(3)))
    peer.expect_nothing(until=1000)
    assert peer.connection.recovery.mode == recovery.OPEN
    assert peer.connection.rack.reordering_seen


def test_duplicate_report_widens_the_reordering_window() -> None:
    """RFC 8985 §6.2, step 4."""
    peer = with_sack(8)
    peer.send(at=40, segment=sack(at(0), (at(1), at(4))))
    peer.expect(at=40, segment=Segment(".", seq=at(0), size=MSS))
    peer.send(at=41, segment=sack(at(4), (at(0), at(1))))
    peer.send(at=42, segment=sack(at(4), (at(5), at(6))))
    assert peer.connection.rack.multiplier == 2


def test_lost_retransmission_is_sent_again_without_time_out() -> None:
    """What dupacks cannot do: RACK sees that segments sent after the retransmission arrived."""
    peer = with_sack(6)
    peer.write(at=25, data=b"y" * (MSS * 4))
    for index in range(6, 10):
        peer.expect(at=25, segment=Segment(".", seq=at(index), size=MSS))
    peer.send(at=40, segment=sack(at(0), (at(1), at(6))))
    peer.expect(at=40, segment=Segment(".", seq=at(0), size=MSS))
    peer.write(at=41, data=b"z" * (MSS * 2))
    peer.send(at=45, segment=sack(at(0), (at(1), at(10))))
    peer.seen.clear()
    peer.send(at=65, segment=sack(at(0), (at(1), at(12))))
    peer.advance(at=90)
    assert any(segment.seq == at(0) for _, segment in peer.seen)
    assert peer.connection.round_trip.backoff == 0


def test_losses_are_resent_before_new_data() -> None:
    peer = with_sack(10)
    peer.write(at=30, data=b"y" * (MSS * 20))
    peer.advance(at=30)
    peer.seen.clear()
    peer.send(at=40, segment=sack(at(0), (at(1), at(2)), (at(3), at(10))))
    first = peer.expect(at=40, segment=Segment(".", size=MSS))
    assert first.seq == at(0)
    peer.send(at=41, segment=sack(at(0), (at(1), at(2)), (at(3), at(12))))
    assert peer.expect(at=41, segment=Segment(".", size=MSS)).seq == at(2)


def test_window_falls_once_for_a_round_trip_of_losses() -> None:
    """RFC 9438 §4.6 through proportional rate reduction: 0.7 of what was in flight."""
    peer = with_sack(20)
    for index in range(1, 20):
        peer.send(at=40, segment=sack(at(0), (at(1), at(index + 1))))
    peer.send(at=60, segment=Segment(".", seq=1, ack=at(20)))
    assert peer.connection.congestion.window == int(20 * MSS * 0.7)


def test_tail_loss_probe() -> None:
    """RFC 8985 §7: two round trips after the last segment, it is sent again."""
    peer = with_sack(3)
    peer.expect(at=60, segment=Segment(".", seq=at(2), size=MSS))
    assert peer.connection.recovery.mode == recovery.OPEN
    peer.send(at=80, segment=sack(at(0), (at(2), at(3))))
    peer.expect(at=80, segment=Segment(".", seq=at(0), size=MSS))


def test_tail_loss_probe_of_one_segment_leaves_time_for_a_delayed_ack() -> None:
    peer = with_sack(1)
    peer.expect(at=240, segment=Segment(".", seq=1, size=MSS))
    assert peer.connection.round_trip.backoff <= 1


def test_tail_loss_probe_prefers_new_data() -> None:
    peer = with_sack(2)
    peer.connection.congestion.window = 2 * MSS
    peer.write(at=21, data=b"new")
    peer.expect_nothing(until=59)
    peer.expect(at=60, segment=Segment("P.", seq=at(2), data=b"new"))


def test_loss_repaired_by_the_probe_is_congestion() -> None:
    """RFC 8985 §7.4.2."""
    peer = with_sack(3)
    window = peer.connection.congestion.window
    peer.expect(at=60, segment=Segment(".", seq=at(2), size=MSS))
    peer.send(at=80, segment=Segment(".", seq=1, ack=at(3)))
    peer.write(at=81, data=b"more")
    peer.expect(at=81, segment=Segment("P.", seq=at(3), data=b"more"))
    peer.send(at=101, segment=Segment(".", seq=1, ack=at(3) + 4))
    assert peer.connection.congestion.window < window


def test_probe_that_was_not_needed_is_no_congestion() -> None:
    peer = with_sack(3)
    window = peer.connection.congestion.window
    peer.expect(at=60, segment=Segment(".", seq=at(2), size=MSS))
    peer.send(at=61, segment=Segment(".", seq=1, ack=at(3)))
    peer.send(at=80, segment=sack(at(3), (at(2), at(3))))
    assert peer.connection.congestion.window >= window
    assert not peer.connection.probe.outstanding


def test_three_duplicates_without_sack() -> None:
    """RFC 6582, with limited transmit (RFC 3042)."""
    peer = without_sack(10)
    peer.connection.congestion.window = 10 * MSS
    peer.write(at=30, data=b"y" * (MSS * 5))
    duplicate = Segment(".", seq=1, ack=1)
    peer.send(at=40, segment=duplicate)
    peer.expect(at=40, segment=Segment(".", seq=at(10), size=MSS))
    peer.send(at=40, segment=duplicate)
    peer.expect(at=40, segment=Segment(".", seq=at(11), size=MSS))
    peer.send(at=40, segment=duplicate)
    peer.expect(at=40, segment=Segment(".", seq=at(0), size=MSS))
    assert peer.connection.recovery.mode == recovery.FAST


def test_partial_acknowledgment_without_sack() -> None:
    """RFC 6582 §3.2 step 3: the next hole is resent at once."""
    peer = without_sack(10)
    for _ in range(5):
        peer.send(at=40, segment=Segment(".", seq=1, ack=1))
    peer.expect(at=40, segment=Segment(".", seq=at(0), size=MSS))
    peer.send(at=60, segment=Segment(".", seq=1, ack=at(3)))
    peer.expect(at=60, segment=Segment(".", seq=at(3), size=MSS))
    peer.send(at=80, segment=Segment(".", seq=1, ack=at(10)))
    assert peer.connection.recovery.mode == recovery.OPEN


def test_acknowledgments_with_data_or_another_window_are_no_duplicates() -> None:
    """RFC 5681 §2."""
    peer = without_sack(4)
    for index in range(5):
        peer.send(at=40, segment=Segment("P.", seq=1 + index, ack=1, data=b"x"))
        peer.send(at=40, segment=Segment(".", seq=2 + index, ack=1, window=60_000 - index))
    assert peer.connection.recovery.mode == recovery.OPEN


def test_newreno_halves() -> None:
    settings = Settings()
    settings.timestamps = False
    settings.congestion = "newreno"
    peer = sent(established(settings, syn=SYN, round_trip=20), 10)
    for _ in range(3):
        peer.send(at=40, segment=Segment(".", seq=1, ack=1))
    assert peer.connection.congestion.threshold == 5 * MSS


def test_spurious_time_out_is_undone() -> None:
    """Eifel: the echo is older than the retransmission."""
    settings = Settings()
    peer = established(settings, replace(SYN, stamp=(1, 0), sack_permitted=True), round_trip=20)
    peer.connection.congestion.window = 10 * (MSS - 12)
    peer.write(at=20, data=b"x" * 2000)
    first = peer.expect(at=20, segment=Segment(".", seq=1, size=1448))
    peer.expect(at=20, segment=Segment("P.", size=552))
    peer.advance(at=400)
    assert peer.connection.recovery.mode == recovery.TIMED_OUT
    assert first.stamp is not None
    peer.seen.clear()
    peer.send(at=401, segment=Segment(".", seq=1, ack=2001, stamp=(2, first.stamp[0])))
    assert peer.connection.recovery.mode == recovery.OPEN
    assert peer.connection.congestion.window >= 10 * (MSS - 12)


def test_real_time_out_is_not_undone() -> None:
    peer = established(Settings(), replace(SYN, stamp=(1, 0), sack_permitted=True), round_trip=20)
    peer.write(at=20, data=b"x" * 2000)
    peer.advance(at=700)
    again = peer.seen[-1][1]
    assert again.stamp is not None
    peer.send(at=720, segment=Segment(".", seq=1, ack=1449, stamp=(2, again.stamp[0])))
    assert peer.connection.congestion.window < 10 * MSS


def test_after_a_time_out_all_is_sent_again_by_slow_start() -> None:
    peer = without_sack(8)
    peer.expect(at=240, segment=Segment(".", seq=at(0), size=MSS))
    peer.send(at=260, segment=Segment(".", seq=1, ack=at(1)))
    peer.expect(at=260, segment=Segment(".", seq=at(1), size=MSS))
    peer.expect(at=260, segment=Segment(".", seq=at(2), size=MSS))
    peer.expect_nothing(until=260)
    peer.send(at=280, segment=Segment(".", seq=1, ack=at(3)))
    for index in range(3, 7):
        peer.expect(at=280, segment=Segment(".", seq=at(index), size=MSS))


def test_blocks_outside_of_the_flight_are_ignored() -> None:
    peer = with_sack(2)
    peer.send(at=40, segment=sack(at(0), (at(1), at(200))))
    peer.send(at=40, segment=sack(at(0), (at(2), at(1))))
    peer.send(at=40, segment=sack(at(0), (-5000, -100)))
    assert peer.connection.flight.sacked == 0


def test_blocks_of_single_octets_do_not_multiply_records() -> None:
    peer = with_sack(4)
    for index in range(200):
        start = at(1) + 3 * index
        peer.send(at=40, segment=sack(at(0), (start, start + 1)))
    assert peer.connection.flight.records == 4


def icmp(peer: Peer, kind: int, seq: int, mtu: int = 0) -> IcmpError:
    """An ICMP error that quotes one of our segments."""
    connection = peer.connection
    assert peer.our_isn is not None
    number = (peer.our_isn + seq) & 0xFFFF_FFFF
    quoted = int(connection.local_port).to_bytes(2, "big") + int(connection.remote_port).to_bytes(2, "big")
    quoted += number.to_bytes(4, "big")
    return IcmpError(
        kind,
        mtu,
        6,
        connection.local_high,
        connection.local_low,
        connection.remote_high,
        connection.remote_low,
        quoted,
        0,
        8,
    )


def test_packet_too_big() -> None:
    """RFC 8201 §4: what was lost leaves at once in smaller segments; it is no congestion."""
    peer = with_sack(2)
    window = peer.connection.congestion.window
    assert peer.stack.receive_error(icmp(peer, TOO_BIG, seq=1, mtu=1240), peer.now) is None
    peer.expect(at=20, segment=Segment(".", seq=1, size=1200))
    peer.expect(at=20, segment=Segment(".", seq=1201, size=260))
    peer.expect(at=20, segment=Segment(".", seq=1461, size=1200))
    peer.expect(at=20, segment=Segment(".", seq=2661, size=260))
    assert peer.connection.congestion.window == window


def test_icmp_error_about_what_is_not_in_flight_is_ignored() -> None:
    """RFC 5927 §4.1."""
    peer = with_sack(1)
    assert peer.stack.receive_error(icmp(peer, TOO_BIG, seq=5000, mtu=600), peer.now) is Drop.ICMP_UNRELATED
    assert peer.connection.segment_size == MSS


def test_unreachable_is_soft_once_established() -> None:
    """RFC 9293 MUST-56, RFC 5461."""
    peer = with_sack(1)
    peer.stack.receive_error(icmp(peer, PORT_UNREACHABLE, seq=1), peer.now)
    assert peer.state() is State.ESTABLISHED


def test_unreachable_answers_a_syn() -> None:
    peer = connecting()
    peer.expect(at=0, segment=Segment("S", seq=0))
    peer.stack.receive_error(icmp(peer, HOST_UNREACHABLE, seq=0), peer.now)
    assert peer.state() is State.SYN_SENT, "a host may come up"
    peer.stack.receive_error(icmp(peer, PORT_UNREACHABLE, seq=0), peer.now)
    assert peer.events() == [Failure.REFUSED]


def test_black_hole() -> None:
    """Full segments vanish without a word: after two timeouts the segments become small (RFC 4821 §7.7)."""
    peer = without_sack(2)
    peer.expect(at=240, segment=Segment(".", seq=1, size=MSS))
    peer.expect(at=680, segment=Segment(".", seq=1, size=1076 - 40))
    peer.send(at=700, segment=Segment(".", seq=1, ack=1 + 1036))
    assert all((segment.size or 0) <= 1036 for _, segment in peer.seen)
    assert peer.connection.path.mtu == 1076


def test_a_lossy_path_is_no_black_hole() -> None:
    """A full segment got through before: two timeouts in a row are bad luck, four are not."""
    peer = without_sack(3)
    peer.send(at=40, segment=Segment(".", seq=1, ack=at(1)))
    peer.seen.clear()
    peer.advance(at=1_000)
    assert {segment.size for _, segment in peer.seen} == {MSS}
    peer.advance(at=10_000)
    assert peer.seen[-1][1].size == 1076 - 40


def held_back(window: int) -> Peer:
    """So many full segments are on the way, as many as the window allows, and more wait."""
    peer = established(round_trip=20)
    peer.connection.congestion.window = window * MSS
    peer.connection.congestion.threshold = window * MSS
    peer.write(at=20, data=b"x" * (MSS * 100))
    peer.advance(at=20)
    assert len(peer.seen) == window
    return peer


def test_a_batch_of_acknowledgments_does_not_hide_the_window() -> None:
    """Loss is found while the flight is not filled up again: the reduction starts from the window."""
    peer = held_back(10)
    news = (sack(at(6), (at(7), at(8))), sack(at(6), (at(7), at(9))), sack(at(6), (at(7), at(10))))
    peer.send_together(40, Segment(".", seq=1, ack=at(6)), *news)
    assert peer.connection.recovery.mode == recovery.FAST
    assert 7 * MSS <= peer.connection.congestion.threshold < 8 * MSS


def test_a_batch_of_acknowledgments_lets_the_window_grow() -> None:
    peer = held_back(10)
    peer.connection.congestion.threshold = 20 * MSS
    acks = (Segment(".", seq=1, ack=at(index)) for index in range(1, 11))
    peer.send_together(40, *acks)
    assert peer.connection.congestion.window == 20 * MSS


def test_a_segment_that_is_lost_again_and_again_does_not_widen_the_window() -> None:
    """What was sent meanwhile and arrived is behind it in SND.NXT - SND.UNA, and not in the network."""
    peer = held_back(10)
    window = int(peer.connection.congestion.window)
    peer.send(at=40, segment=sack(at(0), (at(1), at(10))))
    edge = 10
    for number in range(8):
        # Whatever leaves arrives, but for the first segment and the thirteenth.
        edge = (int(peer.connection.snd_nxt) - int(peer.connection.iss)) // MSS
        peer.send(at=60 + 20 * number, segment=sack(at(0), (at(13), at(edge)), (at(1), at(12))))
    assert edge > 30
    # The first arrived at last, and with it everything up to the thirteenth, which begins a new recovery.
    peer.send(at=220, segment=sack(at(12), (at(13), at(edge))))
    edge = (int(peer.connection.snd_nxt) - int(peer.connection.iss)) // MSS
    peer.send(at=240, segment=sack(at(12), (at(13), at(edge))))
    assert peer.connection.recovery.mode == recovery.FAST
    assert int(peer.connection.congestion.threshold) < window


def test_window_is_small_after_idling() -> None:
    """RFC 5681 §4.1."""
    peer = with_sack(20)
    peer.send(at=40, segment=Segment(".", seq=1, ack=at(20)))
    assert peer.connection.congestion.window >= 100 * MSS
    peer.write(at=20_000, data=b"x" * (MSS * 50))
    peer.advance(at=20_000)
    assert len(peer.seen) == 10


def test_window_grows_only_when_it_is_used() -> None:
    peer = established(round_trip=20)
    window = peer.connection.congestion.window
    for index in range(50):
        peer.write(at=20 + 20 * index, data=b"x")
        peer.expect(at=20 + 20 * index, segment=Segment("P.", seq=1 + index, size=1))
        peer.send(at=30 + 20 * index, segment=Segment(".", seq=1, ack=2 + index))
    assert peer.connection.congestion.window == window


def test_progress_confirms_the_neighbour() -> None:
    peer = with_sack(1)
    peer.send(at=40, segment=Segment(".", seq=1, ack=at(1)))
    assert peer.routes.neighbours.confirmed == 1


def test_route_given_up_is_asked_for_again() -> None:
    peer = established()
    old = peer.connection.path
    old.valid = False
    peer.routes.paths.clear()
    peer.write(at=1, data=b"x")
    peer.expect(at=1, segment=Segment("P.", seq=1, data=b"x"))
    assert peer.connection.path is not old


def test_blocks_that_are_repeated_and_grow() -> None:
    """Only what a report adds is looked for."""
    peer = with_sack(30)
    flight = peer.connection.flight
    peer.send(at=40, segment=sack(at(0), (at(20), at(22))))
    peer.send(at=40, segment=sack(at(0), (at(10), at(12)), (at(20), at(22))))
    peer.send(at=40, segment=sack(at(0), (at(20), at(25)), (at(10), at(12))))
    assert flight.sacked == 7 * MSS
    peer.send(at=40, segment=sack(at(0), (at(10), at(25))))
    assert flight.sacked == 15 * MSS
    peer.send(at=41, segment=sack(at(5), (at(10), at(26))))
    assert flight.sacked == 16 * MSS
    peer.send(at=41, segment=sack(at(5), (at(10), at(26)), (at(28), at(29))))
    assert flight.sacked == 17 * MSS
    peer.send(at=42, segment=Segment(".", seq=1, ack=at(30)))
    assert (flight.sacked, flight.lost, flight.resent, flight.records) == (0, 0, 0, 0)
