"""Sending: segments, windows, Nagle, zero windows, keepalive (RFC 9293 §3.7, §3.8)."""

from dataclasses import replace

import pytest

from pymirage.net.link import CHECKSUM_OUT, SEGMENT_V4
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.keepalive import Keepalive
from pymirage.net.tcp.send_buffer import WHEN_FULL, WHEN_TIGHT
from pymirage.net.tcp.settings import Settings
from pymirage.net.tcp.state import State
from pymirage.wire import tcp
from tests.net.tcp.peer import SYN, Peer, Segment, established

SECOND = 1_000_000_000


def acknowledge(peer: Peer, at: float, number: int, window: int = 65535) -> None:
    peer.send(at=at, segment=Segment(".", seq=1, ack=number, window=window))


def test_data_is_cut_into_segments() -> None:
    peer = established()
    peer.connection.write(b"a" * 3000)
    peer.expect(at=0, segment=Segment(".", seq=1, size=1460))
    peer.expect(at=0, segment=Segment(".", seq=1461, size=1460))
    last = peer.expect(at=0, segment=Segment("P.", seq=2921, size=80))
    assert last.data == b"a" * 80


def test_pieces_are_joined_into_segments() -> None:
    """What is written in one turn leaves together: header and body are not two small segments."""
    peer = established()
    peer.connection.write(b"HTTP/1.1 200 OK\r\n\r\n")
    peer.connection.write(b"body" * 1000)
    first = peer.expect(at=0, segment=Segment(".", seq=1, size=1460))
    assert first.data.startswith(b"HTTP/1.1 200 OK\r\n\r\nbody")


def test_initial_window_is_ten_segments() -> None:
    """RFC 6928."""
    peer = established()
    peer.connection.write(b"a" * 60_000)
    for index in range(10):
        peer.expect(at=0, segment=Segment(".", seq=1 + 1460 * index, size=1460))
    peer.expect_nothing(until=0)
    acknowledge(peer, 5, 1 + 2920)
    for index in range(10, 14):
        peer.expect(at=5, segment=Segment(".", seq=1 + 1460 * index, size=1460))
    peer.expect_nothing(until=5)


def test_peers_window_is_respected() -> None:
    peer = established(window=2000)
    peer.connection.write(b"a" * 5000)
    peer.expect(at=0, segment=Segment(".", seq=1, size=1460))
    peer.expect_nothing(until=0)
    acknowledge(peer, 1, 1461, window=540)
    peer.expect_nothing(until=1)
    acknowledge(peer, 2, 1461, window=4000)
    peer.expect(at=2, segment=Segment(".", seq=1461, size=1460))
    peer.expect(at=2, segment=Segment(".", seq=2921, size=1460))
    peer.expect(at=2, segment=Segment("P.", seq=4381, size=620))


def test_old_segment_does_not_change_the_window() -> None:
    """SND.WL1 and SND.WL2."""
    peer = established()
    peer.send(at=0, segment=Segment("P.", seq=1, ack=1, data=b"ab", window=5000))
    peer.send(at=0, segment=Segment(".", seq=2, ack=1, data=b"b", window=1))
    assert peer.connection.snd_wnd == 5000


def test_nagle_holds_a_second_small_segment() -> None:
    peer = established()
    peer.write(at=0, data=b"a")
    peer.expect(at=0, segment=Segment("P.", seq=1, data=b"a"))
    peer.write(at=1, data=b"b")
    peer.write(at=2, data=b"c")
    peer.expect_nothing(until=5)
    acknowledge(peer, 6, 2)
    peer.expect(at=6, segment=Segment("P.", seq=2, data=b"bc"))


def test_end_of_a_long_write_does_not_wait() -> None:
    """Minshall: no small segment is out, so one may leave though full ones are unacknowledged."""
    peer = established()
    peer.write(at=0, data=b"a" * 2000)
    peer.expect(at=0, segment=Segment(".", seq=1, size=1460))
    peer.expect(at=0, segment=Segment("P.", seq=1461, size=540))
    peer.write(at=1, data=b"b")
    peer.expect_nothing(until=2)


def test_no_delay() -> None:
    peer = established()
    peer.connection.set_no_delay(True)
    for index in range(4):
        peer.write(at=index, data=b"a")
        peer.expect(at=index, segment=Segment("P.", seq=1 + index, data=b"a"))


def test_switching_nagle_off_sends_what_it_held() -> None:
    peer = established()
    peer.write(at=0, data=b"a")
    peer.expect(at=0, segment=Segment("P.", seq=1, data=b"a"))
    peer.write(at=1, data=b"b")
    peer.expect_nothing(until=1)
    peer.connection.set_no_delay(True)
    peer.expect(at=1, segment=Segment("P.", seq=2, data=b"b"))


def test_fin_is_not_held_by_nagle() -> None:
    peer = established()
    peer.write(at=0, data=b"a")
    peer.expect(at=0, segment=Segment("P.", seq=1, data=b"a"))
    peer.write(at=1, data=b"b")
    peer.connection.shutdown()
    peer.expect(at=1, segment=Segment("FP.", seq=2, data=b"b"))


def test_closed_window_is_probed() -> None:
    """RFC 9293 §3.8.6.1: first after a retransmission timeout, then with growing distance; never given up."""
    peer = established(window=0, round_trip=10)
    peer.write(at=10, data=b"hello")
    rto = peer.connection.round_trip.rto / 1_000_000
    at = 10 + rto
    peer.expect(at=at, segment=Segment(".", seq=0, ack=1))
    for factor in (2, 4, 8, 16, 32):
        acknowledge(peer, at + 1, 1, window=0)
        at += factor * rto
        peer.expect(at=at, segment=Segment(".", seq=0, ack=1))
    acknowledge(peer, at + 1, 1, window=100)
    peer.expect(at=at + 1, segment=Segment("P.", seq=1, data=b"hello"))


def test_window_that_stays_closed_for_hours_does_not_end_the_connection() -> None:
    peer = established(window=0)
    peer.write(at=0, data=b"hello")
    for minute in range(1, 180):
        peer.advance(at=60_000 * minute)
        peer.seen.clear()
        acknowledge(peer, 60_000 * minute, 1, window=0)
    assert peer.state() is State.ESTABLISHED


def test_silent_peer_with_closed_window_is_given_up() -> None:
    peer = established(window=0)
    peer.write(at=0, data=b"hello")
    peer.advance(at=400_000)
    assert peer.events() == ["connected", Failure.TIMED_OUT]


def test_small_window_is_used_after_a_while() -> None:
    """§3.8.6.2.1: the sender's silly window avoidance has a time-out."""
    peer = established(window=60_000)
    acknowledge(peer, 0, 1, window=500)
    peer.write(at=0, data=b"a" * 2000)
    peer.expect_nothing(until=10)
    peer.advance(at=1100)
    sent = peer.seen.pop(0)[1]
    assert sent.seq == 1 and len(sent.data) == 500


def test_window_that_closes_over_data_in_flight() -> None:
    """A peer should not do that (§3.8.6); nothing is lost by it, and no congestion is seen in it."""
    peer = established(round_trip=10)
    peer.write(at=10, data=b"a" * 1000)
    peer.expect(at=10, segment=Segment("P.", seq=1, size=1000))
    acknowledge(peer, 11, 1, window=0)
    peer.advance(at=5000)
    assert all(segment.size == 0 or segment.seq == 1 for _, segment in peer.seen)
    peer.seen.clear()
    acknowledge(peer, 5001, 1001, window=5000)
    assert peer.connection.flight.head is None


def test_buffer_is_bounded_and_tells_when_there_is_room() -> None:
    settings = Settings()
    settings.timestamps = False
    settings.send_maximum = 10_000
    peer = established(settings)
    assert peer.connection.write(b"a" * 25_000) == 10_000
    assert peer.connection.write(b"a") == 0
    assert peer.connection.writable() == 0
    peer.advance(at=0)
    peer.seen.clear()
    acknowledge(peer, 1, 1461)
    assert "writable" not in peer.events()
    acknowledge(peer, 2, 1 + 5 * 1460)
    assert peer.events()[-1] == "writable"
    assert peer.connection.writable() == 7300


def test_writing_is_bounded_for_all_connections() -> None:
    settings = Settings()
    settings.memory = 5000
    peer = established(settings)
    assert peer.connection.write(b"a" * 25_000) == 5000
    peer.connection.abort(peer.now)
    assert peer.stack.memory.used == 0


def test_those_who_hold_little_are_served_when_memory_is_short() -> None:
    settings = Settings()
    settings.memory = 200_000
    settings.send_maximum = 150_000
    peer = established(settings)
    assert peer.connection.write(bytes(300_000)) == 150_000
    assert peer.stack.memory.tight() and peer.connection.writable() == 0
    held = peer.stack.memory.used
    peer.stack.memory.used = settings.memory
    assert peer.connection.writable() == 0
    peer.connection.outgoing.clear()
    assert peer.connection.writable() == WHEN_FULL, "or nothing would ever wake it"
    peer.stack.memory.used = held - 20_000
    assert peer.connection.writable() == WHEN_TIGHT
    peer.stack.memory.used = 0
    assert peer.connection.writable() == 150_000


def test_device_cuts_and_completes_checksums() -> None:
    peer = established(features=CHECKSUM_OUT | SEGMENT_V4)
    peer.connection.write(b"a" * 14_000)
    peer.stack.poll(peer.now)
    frame, start, offset, size = peer.link.frames[0]
    assert size == 1460
    assert (start, offset) == (34, tcp.CHECKSUM)
    assert len(frame) == 14 + 20 + 20 + 14_000, "the short rest goes along"
    assert len(peer.link.frames) == 1
    peer.connection.write(b"a" * 2000)
    peer.stack.poll(peer.now)
    assert len(peer.link.frames) == 1, "the window is used up"


def test_device_does_not_get_what_nagle_holds() -> None:
    peer = established(features=CHECKSUM_OUT | SEGMENT_V4)
    peer.connection.write(b"a" * 100)
    peer.stack.poll(peer.now)
    peer.connection.write(b"a" * 3000)
    peer.stack.poll(peer.now)
    assert [len(frame) - 54 for frame, _, _, _ in peer.link.frames] == [100, 2920]


def test_frames_for_the_device_stay_within_64_kib() -> None:
    peer = established(
        syn=replace(SYN, sack_permitted=True, scale=8), features=CHECKSUM_OUT | SEGMENT_V4, window=40_000
    )
    peer.connection.congestion.window = 1 << 20
    peer.connection.write(b"a" * 300_000)
    peer.stack.poll(peer.now)
    assert max(len(frame) for frame, _, _, _ in peer.link.frames) <= 14 + 65_535
    assert sum(len(frame) - 54 for frame, _, _, _ in peer.link.frames) == 300_000


def test_segment_size_is_the_smallest_of_all() -> None:
    assert established(syn=replace(SYN, mss=900)).connection.segment_size == 900
    assert established(syn=replace(SYN, mss=9000)).connection.segment_size == 1460
    assert established(syn=replace(SYN, mss=9000), mtu=9000).connection.segment_size == 8960
    assert established(syn=replace(SYN, mss=1)).connection.segment_size == 64


def test_keepalive() -> None:
    """RFC 9293 §3.8.4."""
    peer = established()
    peer.connection.set_keepalive(Keepalive(10 * SECOND, 2 * SECOND, 3), peer.now)
    peer.expect(at=10_000, segment=Segment(".", seq=0, ack=1))
    acknowledge(peer, 10_010, 1)
    peer.expect(at=20_010, segment=Segment(".", seq=0, ack=1))
    peer.expect(at=22_010, segment=Segment(".", seq=0, ack=1))
    peer.expect(at=24_010, segment=Segment(".", seq=0, ack=1))
    peer.expect(at=26_010, segment=Segment("R.", seq=1, ack=1))
    assert peer.events() == ["connected", Failure.TIMED_OUT]


def test_keepalive_is_off_by_default_and_moves_with_traffic() -> None:
    peer = established()
    peer.expect_nothing(until=10_000_000)
    peer.connection.set_keepalive(Keepalive(10 * SECOND), peer.now)
    peer.send(at=10_005_000, segment=Segment("P.", seq=1, ack=1, data=b"x"))
    peer.expect(at=10_005_040, segment=Segment(".", ack=2))
    peer.expect_nothing(until=10_014_999)
    peer.connection.set_keepalive(None, peer.now)
    peer.expect_nothing(until=20_000_000)


def test_user_time_out() -> None:
    """RFC 9293 §3.8.3: to the moment, though the next try would be later."""
    peer = established()
    peer.connection.set_user_time_out(5 * SECOND)
    peer.write(at=1000, data=b"a")
    peer.advance(at=5999)
    assert [segment.seq for _, segment in peer.seen] == [1] * len(peer.seen)
    peer.seen.clear()
    peer.expect(at=6000, segment=Segment("R.", seq=2, ack=1))
    assert peer.events() == ["connected", Failure.TIMED_OUT]


def test_user_time_out_starts_anew_with_each_answer() -> None:
    peer = established()
    peer.connection.set_user_time_out(5 * SECOND)
    peer.write(at=0, data=b"ab")
    acknowledge(peer, 4000, 2)
    peer.write(at=4000, data=b"c")
    acknowledge(peer, 8000, 4)
    assert peer.state() is State.ESTABLISHED


def test_user_time_out_in_place_of_the_number_of_probes() -> None:
    peer = established()
    peer.connection.set_keepalive(Keepalive(10 * SECOND, 2 * SECOND, 3), peer.now)
    peer.connection.set_user_time_out(15 * SECOND)
    for at in (10_000, 12_000, 14_000):
        peer.expect(at=at, segment=Segment(".", seq=0, ack=1))
    peer.expect(at=16_000, segment=Segment("R.", seq=1, ack=1))
    assert peer.events() == ["connected", Failure.TIMED_OUT]


@pytest.mark.parametrize("version", [4, 6])
def test_both_versions_of_ip(version: int) -> None:
    """The whole frame is right over IPv6, too: it is parsed with its checksum by the other end."""
    from tests.net.tcp.pair import Pair

    pair = Pair(version=version)
    pair.client.write(b"hello" * 1000)
    pair.run()
    assert pair.server_application.received == b"hello" * 1000
